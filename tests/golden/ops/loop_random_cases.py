"""Random programs of loops and conds, nested in each other, with gradients. See case_tools.py."""

import random

import numpy as np
from case_tools import Cases

CASES = Cases()

# Such that give a few hundred nodes each.
SEEDS = (0, 7, 9, 11, 13, 14, 17, 20, 21, 22, 32, 33, 34, 41, 42, 43, 48)


class Program:
    """One program: vectors of two numbers, combined at random."""

    def __init__(self, tf, seed):
        self.tf = tf
        self.random = random.Random(seed)
        self.feed = {}
        sizes = self.random.choice([[2], [None]])
        self.start = [self.source(i, sizes) for i in range(3)]
        self.table = tf.get_variable(
            "table", [4, 2], initializer=tf.constant_initializer(0.7), use_resource=seed % 2 == 0
        )

    def source(self, i, sizes):
        tf, kind = self.tf, self.random.choice(["const", "fed", "variable"])
        value = [self.random.uniform(0.3, 1.2), self.random.uniform(0.3, 1.2)]
        if kind == "const":
            return tf.constant(value)
        if kind == "fed":
            x = tf.placeholder(tf.float32, sizes)
            self.feed[x] = np.array(value, np.float32)
            return x
        # TensorFlow has no gradient of a resource in a cond in a loop.
        return tf.get_variable(f"v{i}", [2], initializer=tf.constant_initializer(value[0]))

    def results(self):
        y = self.block(self.start, [], 3, 3)
        arguments = {}
        if self.random.random() < 0.2:
            arguments["colocate_gradients_with_ops"] = True
        if self.random.random() < 0.2:
            arguments["aggregation_method"] = 1
        if self.random.random() < 0.2:
            arguments["gate_gradients"] = True
        grads = self.tf.gradients(y, [*self.start, self.table], **arguments)
        found = [y]
        for grad in grads:
            if isinstance(grad, self.tf.IndexedSlices):
                found += [grad.values, grad.indices]
            elif grad is not None:
                found.append(grad)
        return found, self.feed

    def block(self, values, counters, depth, size):
        values = list(values)
        for _ in range(size):
            kind = self.random.random()
            if depth and kind < 0.3:
                values.append(self.loop(values, counters, depth - 1))
            elif depth and kind < 0.55:
                values.append(self.cond(values, counters, depth - 1))
            else:
                values.append(self.combined(values, counters))
        return values[-1]

    def combined(self, values, counters):
        tf = self.tf
        a, b = self.random.choice(values), self.random.choice(values)
        options = [
            lambda: a * b,
            lambda: tf.sin(a) + b,
            lambda: tf.tanh(a) * 0.5,
            lambda: a - 0.3 * tf.reduce_sum(b),
            lambda: tf.concat([a[1:], b[:1]], 0),
            lambda: tf.maximum(a, b),
            lambda: a * tf.constant([0.5, 0.9]),
            lambda: a / (1.0 + tf.square(b)),
        ]
        if counters:
            i = self.random.choice(counters)
            options += [
                lambda: a * tf.gather(self.table, tf.minimum(i, 3)),
                lambda: a * tf.cast(i, tf.float32),
            ]
        return self.random.choice(options)()

    def cond(self, values, counters, depth):
        if counters and self.random.random() < 0.6:
            pred = self.random.choice(counters) < self.random.randrange(3)
        else:
            total = self.tf.reduce_sum(self.random.choice(values))
            pred = total > self.random.uniform(0, 2)

        def branch():
            return self.block(values, counters, depth, self.random.randrange(1, 3))

        return self.tf.cond(pred, branch, branch)

    def loop(self, values, counters, depth):
        tf, n = self.tf, self.random.randrange(1, 4)
        count = self.random.randrange(1, 3)
        start = [tf.convert_to_tensor(self.random.choice(values)) for _ in range(count)]
        arguments = {}
        if self.random.random() < 0.3:
            arguments["parallel_iterations"] = 1
        if self.random.random() < 0.2:
            arguments["swap_memory"] = True
        if self.random.random() < 0.2:
            arguments["maximum_iterations"] = 2
        size, changed = self.random.randrange(1, 4), self.random.randrange(count)

        def body(i, *variables):
            after = list(variables)
            inside = [*values, *variables]
            after[changed] = tf.tanh(self.block(inside, [*counters, i], depth, size))
            return [i + 1, *reversed(after)]

        shapes = [tf.TensorShape([])] + [tf.TensorShape([None])] * count
        result = tf.while_loop(
            lambda i, *_: i < n,
            body,
            [tf.constant(0), *start],
            shape_invariants=shapes,
            **arguments,
        )
        return self.random.choice(result[1:])


def program(seed):
    return lambda tf: Program(tf, seed).results()


CASES.update({f"seed_{seed}": program(seed) for seed in SEEDS})
