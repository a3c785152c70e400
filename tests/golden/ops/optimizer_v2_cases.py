"""tf.contrib.optimizer_v2: graphs and values of optimizers on dense and sparse gradients."""

from case_tools import Cases
from contrib_opt_cases import trained

CASES = Cases()
case = CASES.case

MAKERS = {
    "sgd": lambda o: o.GradientDescentOptimizer(0.1),
    "momentum": lambda o: o.MomentumOptimizer(0.1, lambda: 0.9),
    "nesterov": lambda o: o.MomentumOptimizer(0.1, 0.9, use_nesterov=True, use_locking=True),
    "adagrad": lambda o: o.AdagradOptimizer(0.1, initial_accumulator_value=0.2),
    "adadelta": lambda o: o.AdadeltaOptimizer(0.5, rho=lambda: 0.9),
    "rmsprop": lambda o: o.RMSPropOptimizer(0.1, momentum=0.5, epsilon=0.1),
    "centered": lambda o: o.RMSPropOptimizer(0.1, momentum=0.5, epsilon=0.1, centered=True),
    "adam": lambda o: o.AdamOptimizer(lambda: 0.1),
}


def _add(name, make):
    def add(suffix, **settings):
        def function(tf):
            return trained(tf, lambda tf, v, w: make(tf.contrib.optimizer_v2), **settings)

        CASES.simple(**{name + suffix: function})

    add("")
    add("_resource", resource=True)
    add("_sparse", sparse=True)
    add("_sparse_resource", resource=True, sparse=True)


for _name, _make in MAKERS.items():
    _add(_name, _make)


def minimized(**settings):
    def function(tf):
        v = tf.Variable([1.0, 2.0], name="v")
        w = tf.Variable(3.0, name="w", dtype=tf.float32, constraint=tf.abs)
        opt = tf.contrib.optimizer_v2.AdamOptimizer(0.5)
        given = {name: make(tf, v, w) for name, make in settings.items()}
        with tf.control_dependencies([opt.minimize(tf.reduce_sum(v * v) * w, **given)]):
            after = [x.read_value() for x in tf.global_variables()]
        names = [x.name for x in opt.variables()] + opt.get_slot_names()
        return [*after, tf.constant(names)]

    return function


CASES.simple(
    of_some=minimized(var_list=lambda tf, v, w: [w]),
    gated=minimized(gate_gradients=lambda tf, v, w: tf.train.Optimizer.GATE_GRAPH),
    stopped=minimized(stop_gradients=lambda tf, v, w: [v]),
    with_grad_loss=minimized(grad_loss=lambda tf, v, w: tf.constant(2.0)),
    named=minimized(name=lambda tf, v, w: "step"),
    scaled=minimized(scale_loss_by_num_replicas=lambda tf, v, w: True),
    wrong_gate=minimized(gate_gradients=lambda tf, v, w: 7),
)


@case
def half(tf):
    def make(tf, v, w):
        return tf.contrib.optimizer_v2.AdamOptimizer(0.1, epsilon=1e-3)

    return trained(tf, make, dtype=tf.float64)


@case
def no_gradient(tf):
    v = tf.Variable([1.0, 2.0], name="v")
    tf.contrib.optimizer_v2.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0), var_list=[v])


@case
def no_gradient_to_apply(tf):
    v = tf.Variable([1.0, 2.0], name="v")
    tf.contrib.optimizer_v2.GradientDescentOptimizer(0.1).apply_gradients([(None, v)])


@case
def no_variables(tf):
    tf.contrib.optimizer_v2.GradientDescentOptimizer(0.1).apply_gradients([])


@case
def adagrad_negative(tf):
    tf.contrib.optimizer_v2.AdagradOptimizer(0.1, initial_accumulator_value=-1.0)


@case
def no_name(tf):
    tf.contrib.optimizer_v2.AdamOptimizer(0.1, name="")


@case
def creates_slots(tf):
    class Odd(tf.contrib.optimizer_v2.OptimizerV2):
        def _create_slots(self, var_list):
            pass

    Odd(False, "Odd")
