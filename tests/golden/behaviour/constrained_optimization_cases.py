"""Constrained optimization: steps, states, nodes, projections, candidates, errors."""

import numpy as np
from outcomes import Cases, tried

CASES = Cases()
case = CASES.case
OPTIMIZERS = (
    "AdditiveExternalRegretOptimizer",
    "AdditiveSwapRegretOptimizer",
    "MultiplicativeSwapRegretOptimizer",
)


def problem(tf, proxies=False, before=None, dtype="float32"):
    """Linear: large weights are wanted, their absolute sum is bounded in both directions."""
    weights = tf.get_variable("weights", initializer=tf.constant([0.5, -0.5, 1.0], dtype))
    objective = tf.reduce_sum((weights - 2.0) ** 2)
    linear = tf.stack([tf.reduce_sum(weights) - 1.0, weights[0] - 0.25])

    class Problem(tf.contrib.constrained_optimization.ConstrainedMinimizationProblem):
        @property
        def objective(self):
            return objective

        @property
        def constraints(self):
            return tf.sign(linear) if proxies else linear

        @property
        def proxy_constraints(self):
            return linear if proxies else None

        @property
        def pre_train_ops(self):
            return before

    return Problem(), weights


def steps(tf, train_op, names, count=6):
    """The variables after some steps."""
    variables = [v for v in tf.global_variables() if v.op.name.split("/")[0] in names]
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        rows = []
        for _ in range(count):
            s.run(train_op)
            rows.append([np.round(v, 4).tolist() for v in s.run(variables)])
    return [v.op.name for v in variables], rows[1], rows[-1]


STATES = ("weights", "external_regret_optimizer_state", "swap_regret_optimizer_state", "counter")


def of_optimizer(name):
    def run(tf, module):
        package = tf.contrib.constrained_optimization
        found = {}
        for label, own, options, proxies in (
            ("one", None, {}, False),
            ("two", 0.5, {}, False),
            ("proxies", 1.0, {}, True),
            ("more", 1.0, "more", False),
        ):
            if options == "more":
                options = {
                    OPTIMIZERS[0]: {"maximum_multiplier_radius": 0.75},
                    OPTIMIZERS[1]: {},
                    OPTIMIZERS[2]: {
                        "minimum_multiplier_radius": 0.01,
                        "initial_multiplier_radius": 0.3,
                    },
                }[name]
            with tf.Graph().as_default() as g:
                made, _ = problem(tf, proxies)
                if own is not None:
                    options["constraint_optimizer"] = tf.train.GradientDescentOptimizer(own)
                optimizer = getattr(package, name)(
                    tf.train.GradientDescentOptimizer(0.1), **options
                )
                train_op = optimizer.minimize(made, name="train" if proxies else None)
                if own is not None:  # else TensorFlow updates both in any order
                    found[label] = steps(tf, train_op, STATES)
                found[label + " op"] = [train_op.name, type(train_op).__name__]
                found[label + " nodes"] = [n.name + " " + n.op for n in g.as_graph_def().node]
                if own is not None:
                    given = optimizer.constraint_optimizer is options["constraint_optimizer"]
                    found[label + " optimizers"] = [given, type(optimizer.optimizer).__name__]
        with tf.Graph().as_default() as g:
            made, _ = problem(tf)
            counter = tf.train.get_or_create_global_step()
            second = tf.train.GradientDescentOptimizer(0.5)
            optimizer = getattr(package, name)(tf.train.AdamOptimizer(0.1), second)
            train_op = optimizer.minimize(made, unconstrained_steps=2, global_step=counter)
            found["unconstrained first"] = steps(tf, train_op, STATES)
            found["unconstrained op"] = [str(train_op)]
            with tf.Session() as s:
                s.run(tf.global_variables_initializer())
                for _ in range(3):
                    s.run(train_op)
                found["counted"] = int(s.run(counter))
        with tf.Graph().as_default():
            made, _ = problem(tf)
            counter = tf.train.get_or_create_global_step()
            sgd = tf.train.GradientDescentOptimizer
            optimizer = getattr(package, name)(sgd(0.1), sgd(0.5))
            train_op = optimizer.minimize_constrained(made, global_step=counter)
            found["with a counter"] = [train_op.name, steps(tf, train_op, STATES)]
        return found

    run.__name__ = name
    return run


for _name in OPTIMIZERS:
    CASES[_name] = of_optimizer(_name)


@case
def problems(tf, module):
    package = tf.contrib.constrained_optimization
    counter = tf.get_variable("counter", initializer=0)
    before = [tf.assign_add(counter, 1)]
    made, weights = problem(tf, before=before)
    sgd = tf.train.GradientDescentOptimizer
    optimizer = package.AdditiveExternalRegretOptimizer(sgd(0.1), sgd(0.5))
    constrained = optimizer.minimize(made)
    unconstrained = optimizer.minimize_unconstrained(made, var_list=[weights])
    found = {
        "count": made.num_constraints,
        "constrained": steps(tf, constrained, STATES),
        "unconstrained": steps(tf, unconstrained, STATES),
        "no counter": tried(optimizer.minimize, made, unconstrained_steps=3),
        "abstract": tried(package.ConstrainedMinimizationProblem)[:40],
        "abstract optimizer": tried(package.ConstrainedOptimizer, None)[:40],
    }

    class Other(package.ConstrainedMinimizationProblem):
        def __init__(self, constraints, proxies=None):
            self._constraints, self._proxies = constraints, proxies

        @property
        def objective(self):
            return tf.constant(1.0)

        @property
        def constraints(self):
            return self._constraints

        @property
        def proxy_constraints(self):
            return self._proxies

    unknown = tf.placeholder(tf.float32, [None])
    for label, constraints, proxies in (
        ("unknown", unknown, None),
        ("unknown proxies", tf.ones([2]), unknown),
        ("unknown rank", tf.placeholder(tf.float32), None),
        ("other shape", tf.ones([2]), tf.ones([3])),
        ("two axes", tf.ones([2, 3]), tf.ones([2, 3])),
        ("other type", tf.ones([2], tf.float64), None),
    ):
        other = Other(constraints, proxies)
        found[label] = tried(lambda other=other: other.num_constraints)
        if label in ("other type", "unknown"):
            found[label + " minimized"] = tried(optimizer.minimize, other)
    return found


@case
def arguments(tf, module):
    package = tf.contrib.constrained_optimization
    sgd = tf.train.GradientDescentOptimizer(0.1)
    multiplicative = package.MultiplicativeSwapRegretOptimizer
    additive = package.AdditiveExternalRegretOptimizer
    return {
        "radius": tried(additive, sgd, maximum_multiplier_radius=-1.0),
        "least 0": tried(multiplicative, sgd, minimum_multiplier_radius=0.0),
        "least 1": tried(multiplicative, sgd, minimum_multiplier_radius=1.0),
        "first below": tried(multiplicative, sgd, initial_multiplier_radius=1e-4),
    }


@case
def projections(tf, module):
    path = "contrib.constrained_optimization.python."
    external = module(path + "external_regret_optimizer")
    swap = module(path + "swap_regret_optimizer")
    vector = external._project_multipliers_wrt_euclidean_norm
    power = swap._maximal_eigenvector_power_method
    square = swap._project_stochastic_matrix_wrt_euclidean_norm
    logs = swap._project_log_stochastic_matrix_wrt_kl_divergence
    matrix = tf.constant([[0.6, 0.7, 0.2], [-0.1, 0.5, 0.9], [1.5, 0.0, 0.1]])
    with tf.Session() as s:
        values = s.run(
            {
                "inside": vector(tf.constant([0.1, 0.2, 0.3]), 1.0),
                "outside": vector(tf.constant([0.1, 2.0, -0.3, 1.5]), 1.0),
                "eigenvector": power(matrix),
                "square": square(matrix),
                "logs": logs(matrix),
            }
        )
    found = {k: np.round(v, 5).tolist() for k, v in values.items()}
    found["int vector"] = tried(vector, tf.constant([1, 2]), 1.0)
    found["unknown vector"] = tried(vector, tf.placeholder(tf.float32), 1.0)
    found["matrix as vector"] = tried(vector, matrix, 1.0)
    found["unknown size"] = tried(vector, tf.placeholder(tf.float32, [None]), 1.0)
    found["int matrix"] = tried(power, tf.constant([[1]]))
    found["epsilon"] = tried(power, matrix, epsilon=0.0)
    found["iterations"] = tried(power, matrix, maximum_iterations=0)
    found["int square"] = tried(square, tf.constant([[1]]))
    found["unknown square"] = tried(square, tf.placeholder(tf.float32))
    found["vector as matrix"] = tried(square, tf.constant([1.0]))
    found["not square"] = tried(square, tf.ones([2, 3]))
    found["unknown sizes"] = tried(square, tf.placeholder(tf.float32, [None, None]))[:60]
    return found


@case
def candidates(tf, module):
    package = tf.contrib.constrained_optimization
    distribution = package.find_best_candidate_distribution
    index = package.find_best_candidate_index
    objectives = np.array([6.0, 1.0, 3.0, 0.5, 4.0])
    feasible = np.array([[-1.0, 0.5, -0.25, 3.0, -0.25], [0.0, 0.5, -0.5, 1.0, 0.0]])
    not_feasible = feasible + 2.0
    return {
        "feasible": np.round(distribution(objectives, feasible), 4).tolist(),
        "not feasible": np.round(distribution(objectives, not_feasible, 1e-6), 4).tolist(),
        "index": [int(index(objectives, m)) for m in (feasible, not_feasible)],
        "ranked": [int(index(objectives, m, rank_objectives=True)) for m in (feasible, -feasible)],
        "epsilon": tried(distribution, objectives, feasible, epsilon=-1.0),
        "shapes": tried(distribution, objectives[:3], feasible),
        "shapes of ranks": tried(index, objectives[:3], feasible),
    }
