"""tf.contrib.opt: graphs and values of optimizers on dense and sparse gradients."""

from case_tools import Cases, floats

CASES = Cases()
case = CASES.case


def trained(tf, make, resource=False, sparse=False, minimize=None, dtype=None, values=True):
    """Variables and slots after a step. Gradients are constants: decay runs beside them."""
    dtype = dtype or tf.float32
    v = tf.Variable(floats(3, 2) * 0.1 + 0.5, dtype=dtype, use_resource=resource, name="v")
    w = tf.Variable(floats(2) * 0.1 - 0.2, dtype=dtype, use_resource=resource, name="w")
    if sparse:
        rows = tf.gather(v, [2, 0, 2])
        loss = tf.reduce_sum(rows * tf.constant([[1.0, 2.0]], dtype)) + tf.reduce_sum(w)
    else:
        loss = tf.reduce_sum(v * tf.constant(floats(3, 2) - 2, dtype)) + tf.reduce_sum(w * 3)
    step = tf.train.get_or_create_global_step()
    optimizer = make(tf, v, w)
    minimize = minimize or (lambda opt: opt.minimize(loss, global_step=step))
    with tf.control_dependencies([minimize(optimizer)]):
        after = [x.read_value() for x in tf.global_variables()]
    names = tf.constant([x.name for x in tf.global_variables()])
    return [*after, names] if values else [names]


def decay(tf, step):
    return tf.train.exponential_decay(1.0, step, 10, 0.5)


MAKERS = {
    "adamw": lambda tf, v, w: tf.contrib.opt.AdamWOptimizer(0.01, 0.1),
    "momentumw": lambda tf, v, w: tf.contrib.opt.MomentumWOptimizer(0.01, 0.1, 0.9),
    "extended": lambda tf, v, w: tf.contrib.opt.extend_with_decoupled_weight_decay(
        tf.train.GradientDescentOptimizer
    )(weight_decay=0.1, learning_rate=0.2),
    "lazy_adam": lambda tf, v, w: tf.contrib.opt.LazyAdamOptimizer(0.1),
    "nadam": lambda tf, v, w: tf.contrib.opt.NadamOptimizer(0.1),
    "adamax": lambda tf, v, w: tf.contrib.opt.AdaMaxOptimizer(0.1),
    "addsign": lambda tf, v, w: tf.contrib.opt.AddSignOptimizer(0.1, alpha=0.7),
    "powersign": lambda tf, v, w: tf.contrib.opt.PowerSignOptimizer(0.1, base=2.0),
    "regadagrad": lambda tf, v, w: tf.contrib.opt.RegAdagradOptimizer(0.1),
    "lars": lambda tf, v, w: tf.contrib.opt.LARSOptimizer(0.1, skip_list=["w"]),
    "moving": lambda tf, v, w: tf.contrib.opt.MovingAverageOptimizer(
        tf.train.GradientDescentOptimizer(0.1), average_decay=0.5
    ),
    "moving_at_once": lambda tf, v, w: tf.contrib.opt.MovingAverageOptimizer(
        tf.train.MomentumOptimizer(0.1, 0.9), average_decay=0.5, sequential_update=False
    ),
    "clipping": lambda tf, v, w: tf.contrib.opt.VariableClippingOptimizer(
        tf.train.GradientDescentOptimizer(0.1), {v: [1], w: [0]}, 0.2
    ),
    "multitask": lambda tf, v, w: tf.contrib.opt.MultitaskOptimizerWrapper(
        tf.train.MomentumOptimizer(0.1, 0.9)
    ),
}

WITHOUT_SPARSE_RESOURCES = {"addsign", "powersign"}
RACES = {"moving_at_once"}  # averages are computed while variables change


def _add(name, make):
    def add(suffix, **settings):
        CASES.simple(**{name + suffix: lambda tf: trained(tf, make, **settings)})

    values = name not in RACES
    add("", values=values)
    add("_resource", resource=True, values=values)
    add("_sparse", sparse=True, values=values)
    if name not in WITHOUT_SPARSE_RESOURCES:
        add("_sparse_resource", resource=True, sparse=True, values=values)


for _name, _make in MAKERS.items():
    _add(_name, _make)


@case
def addsign_decay(tf):
    kind = tf.contrib.opt.AddSignOptimizer
    return trained(tf, lambda tf, v, w: kind(0.1, sign_decay_fn=lambda s: decay(tf, s)))


@case
def powersign_decay(tf):
    kind = tf.contrib.opt.PowerSignOptimizer
    return trained(tf, lambda tf, v, w: kind(0.1, sign_decay_fn=lambda s: decay(tf, s)))


@case
def decay_of_some(tf):
    def minimize(opt):
        v, w = tf.trainable_variables()
        return opt.minimize(tf.reduce_sum(v) + tf.reduce_sum(w), decay_var_list=[w])

    return trained(tf, MAKERS["adamw"], minimize=minimize)


@case
def without_slots(tf):
    def minimize(opt):
        v, w = tf.trainable_variables()
        with opt.avoid_updating_slots():
            return opt.minimize(tf.reduce_sum(v) + tf.reduce_sum(w))

    return trained(tf, MAKERS["regadagrad"], minimize=minimize)


@case
def multitask_clip(tf):
    v = tf.Variable(floats(3), dtype=tf.float32)
    w = tf.Variable(floats(2), dtype=tf.float32)
    pairs = [(v * 3, v), (w * 0, w), (None, w)]
    clipped, norm = tf.contrib.opt.clip_gradients_by_global_norm(pairs, 1.5)
    return [clipped[0][0], clipped[1][0], norm]


@case
def swapping_saver(tf):
    v = tf.Variable(floats(3), dtype=tf.float32, name="v")
    opt = tf.contrib.opt.MovingAverageOptimizer(tf.train.GradientDescentOptimizer(0.1))
    opt.minimize(tf.reduce_sum(v))
    opt.swapping_saver()
    return [v]


@case
def swapping_saver_too_early(tf):
    tf.contrib.opt.MovingAverageOptimizer(tf.train.GradientDescentOptimizer(0.1)).swapping_saver()


@case
def lars_negative(tf):
    tf.contrib.opt.LARSOptimizer(0.1, momentum=-1.0)


@case
def multitask_of_none(tf):
    tf.contrib.opt.MultitaskOptimizerWrapper(3)


@case
def packed(tf):
    v = tf.Variable(floats(3, 2), dtype=tf.float32)
    w = tf.Variable(floats(2), dtype=tf.float32)
    loss = tf.reduce_sum(tf.square(v)) + tf.reduce_sum(w)
    made = tf.contrib.opt.ScipyOptimizerInterface(
        loss, equalities=[w[0] - 1.0], inequalities=[v[0, 0]], var_to_bounds={w: (0, [1.0, 2.0])}
    )
    bounds = tf.constant([float(x) for pair in made._packed_bounds for x in pair])
    return [made._packed_var, made._packed_loss_grad, bounds]
