"""Random graphs, equal under TensorFlow 1.15.5 and evergraph: a seed decides everything.

Each has tensors made of variables, feeds and constants by thirty steps of layers, arithmetic,
shapes, conditions and loops, a loss of some of them, and a step of an optimizer.
"""

import random

import numpy as np

SHAPES = [(4, 6), (6,), (4, 1), (), (3, 4, 6), (2, 5, 5, 3), (6, 6)]
LARGEST = 4000  # numbers in a tensor


class Builder:
    """Adds steps to the default graph."""

    def __init__(self, tf, seed):
        self.tf = tf
        self.random = random.Random(seed)
        self.numbers = np.random.RandomState(seed)
        self.tensors = []
        self.feeds = {}
        self.steps = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("step_")]
        for i, shape in enumerate(SHAPES):
            self.start(i, shape)

    def values(self, shape):
        return np.asarray(self.numbers.randn(*shape)).astype(np.float32)

    def start(self, i, shape):
        kind, value = self.random.randrange(5), self.values(shape)
        if kind < 2:
            made = self.tf.get_variable(f"v{i}", initializer=value, use_resource=kind == 1)
            self.add(self.tf.identity(made))
        elif kind < 4:
            placeholder = self.tf.placeholder(self.tf.float32, shape)
            self.feeds[placeholder] = value
            self.add(placeholder)
        else:
            self.add(self.tf.constant(value))

    def add(self, *tensors):
        for tensor in tensors:
            if 0 < (tensor.shape.num_elements() or 0) <= LARGEST:
                self.tensors.append(tensor)

    def pick(self, fits=lambda tensor: True):
        found = [t for t in self.tensors if fits(t)]
        return self.random.choice(found[-10:]) if found else None

    def like(self, tensor):
        return self.pick(lambda t: t.shape.as_list() == tensor.shape.as_list())

    def ranked(self, *ranks):
        return self.pick(lambda t: t.shape.ndims in ranks)

    def axis(self, tensor):
        return self.random.randrange(tensor.shape.ndims)

    # -- steps: each adds tensors, or nothing where no tensor fits

    def step_unary(self):
        tf, x = self.tf, self.pick()
        functions = [tf.tanh, tf.sigmoid, tf.square, tf.negative, tf.abs, tf.sin, tf.floor]
        functions += [tf.nn.relu, tf.nn.elu, tf.nn.softplus, tf.nn.leaky_relu, tf.identity]
        functions += [tf.stop_gradient, lambda x: tf.exp(-tf.abs(x)), tf.nn.l2_loss]
        functions += [lambda x: tf.sqrt(tf.abs(x) + 0.1), lambda x: tf.clip_by_value(x, -1.0, 0.5)]
        self.add(self.random.choice(functions)(x))

    def step_binary(self):
        tf, x = self.tf, self.pick()

        def fits(y):
            try:
                return bool(tf.broadcast_static_shape(x.shape, y.shape))
            except ValueError:
                return False

        functions = [tf.add, tf.subtract, tf.multiply, tf.maximum, tf.squared_difference]
        functions += [lambda a, b: a / (1 + tf.abs(b)), lambda a, b: a * 2 - b * 0.5]
        self.add(self.random.choice(functions)(x, self.pick(fits)))

    step_binary_again = step_binary

    def step_reduce(self):
        tf, x = self.tf, self.ranked(1, 2, 3, 4)
        function = self.random.choice([tf.reduce_sum, tf.reduce_mean, tf.reduce_max])
        self.add(function(x, self.axis(x), keepdims=self.random.random() < 0.5))

    def step_shape(self):
        tf, x = self.tf, self.ranked(1, 2, 3)
        dims = x.shape.as_list()
        order = list(range(len(dims)))
        self.random.shuffle(order)
        made = [
            tf.reshape(x, self.random.choice([[-1], [1] + dims, [dims[0], -1], [-1, dims[-1]]])),
            tf.transpose(x, order),
            tf.expand_dims(x, 0),
            tf.reverse(x, [order[0]]),
            tf.tile(x, [2] + dims[1:]),
            tf.pad(x, [[0, 1]] * len(dims)),
        ]
        self.add(self.random.choice(made))

    def step_parts(self):
        tf, x = self.tf, self.ranked(1, 2, 3)
        first = x.shape.as_list()[0]
        rows = self.numbers.randint(first, size=3)
        made = [[tf.gather(x, rows)], tf.unstack(x)[:2], [x[first // 2 :]], [x[::-1]]]
        self.add(*self.random.choice(made))

    def step_joined(self):
        x = self.ranked(1, 2, 3)
        function = self.random.choice([self.tf.concat, self.tf.stack])
        self.add(function([x, self.like(x), x], self.axis(x)))

    def step_product(self):
        tf, x = self.tf, self.ranked(2)
        if x is None:
            return
        y = self.pick(lambda t: t.shape.ndims == 2 and t.shape[0] == x.shape[1])
        if y is not None:
            self.add(tf.matmul(x, y) * 0.3)

    def step_dense(self):
        tf, x = self.tf, self.ranked(2)
        if x is not None:
            activation = self.random.choice([None, tf.nn.relu, tf.tanh])
            self.add(tf.layers.dense(x, 3, activation=activation))

    def step_softmax(self):
        self.add(self.tf.nn.softmax(self.ranked(1, 2, 3)))

    def step_image(self):
        tf, x = self.tf, self.ranked(4)
        if x is None:
            return
        kind = self.random.randrange(4)
        if kind == 0:
            self.add(tf.layers.conv2d(x, 4, 3, padding="SAME", activation=tf.nn.relu))
        elif kind == 1:
            self.add(tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME"))
        elif kind == 2:
            self.add(tf.layers.batch_normalization(x, training=True))
        else:
            self.add(tf.nn.avg_pool(x, [1, 2, 2, 1], [1, 1, 1, 1], "SAME"))

    def step_cond(self):
        tf, x = self.tf, self.pick()
        y, number = self.like(x), tf.reduce_sum(self.pick())
        self.add(tf.cond(number > 0, lambda: tf.tanh(x) + y, lambda: y * 2 - x))

    def step_loop(self):
        tf, x = self.tf, self.pick()
        y, times = self.like(x), self.random.randint(1, 3)
        self.add(
            tf.while_loop(lambda i, _: i < times, lambda i, z: (i + 1, tf.tanh(z + y)), [0, x])[1]
        )

    def step_recurrent(self):
        tf, x = self.tf, self.ranked(3)
        if x is not None:
            cell = tf.nn.rnn_cell.GRUCell(4, name=f"cell{len(self.tensors)}")
            self.add(tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)[0])


def results(tf, seed):
    """What three runs of the graph of a seed give: a few numbers of each."""
    with tf.Graph().as_default():
        tf.set_random_seed(seed)
        builder = Builder(tf, seed)
        for _ in range(30):
            if builder.ranked(1, 2, 3) is not None:
                builder.random.choice(builder.steps)()
        chosen = builder.random.sample(builder.tensors, 4)
        loss = tf.add_n([tf.reduce_mean(tf.tanh(t)) for t in chosen])
        variables = tf.trainable_variables()
        gradients = tf.gradients(loss, variables)
        pairs = [(g, variables[i]) for i, g in enumerate(gradients) if g is not None]
        optimizer = builder.random.choice(
            [
                tf.train.GradientDescentOptimizer(0.1),
                tf.train.MomentumOptimizer(0.1, 0.9),
                tf.train.AdagradOptimizer(0.1),
            ]
        )
        with tf.control_dependencies(chosen + [loss]):
            seen = [tf.reduce_sum(t * t) for t in chosen] + [loss * 1.0]
        with tf.control_dependencies(seen):
            train = optimizer.apply_gradients(pairs) if pairs else tf.no_op()
        found = []
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for _ in range(3):
                found.append(session.run([seen, train], builder.feeds)[0])
        return np.array(found, np.float64).tolist()
