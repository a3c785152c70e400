"""tf.contrib.opt's optimizers that count steps, or average over workers."""

from case_tools import Cases, floats
from contrib_opt_cases import trained

CASES = Cases()
case = CASES.case


def _add(name, make, **settings):
    def add(suffix, **more):
        CASES.simple(**{name + suffix: lambda tf: trained(tf, make, **settings, **more)})

    add("")
    add("_resource", resource=True)
    add("_sparse", sparse=True)
    add("_sparse_resource", resource=True, sparse=True)


def step(tf):
    return tf.train.get_or_create_global_step()


_add("adam_gs", lambda tf, v, w: tf.contrib.opt.AdamGSOptimizer(step(tf), 0.1))
_add("lazy_adam_gs", lambda tf, v, w: tf.contrib.opt.LazyAdamGSOptimizer(step(tf), 0.1, name="L"))
_add("shampoo", lambda tf, v, w: tf.contrib.opt.ShampooOptimizer(step(tf)))
_add(
    "shampoo_diagonal",
    lambda tf, v, w: tf.contrib.opt.ShampooOptimizer(step(tf), max_matrix_size=2, gbar_weight=0.5),
)
_add(
    "shampoo_averages",
    lambda tf, v, w: tf.contrib.opt.ShampooOptimizer(
        step(tf),
        gbar_decay=0.5,
        mat_gbar_decay=0.9,
        learning_rate=lambda t: 0.1 / t,
        svd_interval=2,
        precond_update_interval=2,
    ),
)


@case
def shampoo_iterations(tf):
    def make(tf, v, w):
        return tf.contrib.opt.ShampooOptimizer(step(tf), use_iterative_root=True, alpha=0.5)

    return trained(tf, make)


@case
def shampoo_sparse_decay(tf):
    def make(tf, v, w):
        return tf.contrib.opt.ShampooOptimizer(step(tf), max_matrix_size=2, mat_gbar_decay=1.0)

    return trained(tf, make, sparse=True)


def ggt(tf, resource, window=3, **settings):
    v = tf.Variable(floats(3, 2) * 0.1 + 0.5, dtype=tf.float32, use_resource=resource, name="v")
    w = tf.Variable(floats(2) * 0.1 - 0.2, dtype=tf.float32, use_resource=resource, name="b")
    loss = tf.reduce_sum(v * v) + tf.reduce_sum(w * 3)
    opt = tf.contrib.opt.GGTOptimizer(0.1, window=window, **settings)
    with tf.control_dependencies([opt.minimize(loss)]):
        return [v.read_value(), w.read_value(), tf.constant([x.name for x in opt.variables()])]


CASES.simple(
    ggt=lambda tf: ggt(tf, False),
    ggt_resource=lambda tf: ggt(tf, True),
    ggt_eps=lambda tf: ggt(tf, False, eps=1e3),
)


def built(tf, getter, **settings):
    with tf.variable_scope("", custom_getter=getter):
        v = tf.get_variable(
            "v", initializer=tf.constant(floats(3, 2) * 0.1, tf.float32), **settings
        )
        w = tf.get_variable("w", [2], initializer=tf.ones_initializer(), **settings)
        tf.get_variable("other", [], trainable=False, collections=["local_variables"])
    v, w = tf.convert_to_tensor(v), tf.convert_to_tensor(w)
    return tf.reduce_sum(v * v) + tf.reduce_sum(w * 3.0)


def everything(tf):
    names = [
        sorted(x.name for x in tf.get_collection(c)) + [c]
        for c in ("variables", "local_variables", "trainable_variables")
    ]
    return tf.constant([x for part in names for x in part])


def after(tf, update):
    with tf.control_dependencies([update] if update is not None else []):
        found = [x.read_value() for x in tf.global_variables() + tf.local_variables()]
    return [*found, everything(tf)]


@case
def agn(tf, period=2, **settings):
    getter = tf.contrib.opt.AGNCustomGetter("/cpu:0")
    loss = built(tf, getter, **settings)
    opt = tf.contrib.opt.AGNOptimizer(tf.train.AdamOptimizer(0.1), 2, getter, period)
    update = opt.apply_gradients(opt.compute_gradients(loss), global_step=step(tf))
    return [*after(tf, update), opt.get_init_op(0)], None


@case
def agn_partitioned(tf):
    return agn(tf, partitioner=tf.fixed_size_partitioner(2))


@case
def agn_resource(tf):
    return agn(tf, use_resource=True)


@case
def agn_empty(tf):
    getter = tf.contrib.opt.AGNCustomGetter("/cpu:0")
    tf.contrib.opt.AGNOptimizer(tf.train.AdamOptimizer(0.1), 2, getter).get_init_op(0)


@case
def elastic(tf, synchronous=False, base=None, **settings):
    getter = tf.contrib.opt.ElasticAverageCustomGetter("/cpu:0")
    loss = built(tf, getter, **settings)
    base = base or tf.train.MomentumOptimizer(0.1, 0.9)
    opt = tf.contrib.opt.ElasticAverageOptimizer(
        base, 2, getter, 2, rho=0.5 if synchronous else None, synchronous=synchronous
    )
    update = opt.apply_gradients(opt.compute_gradients(loss), global_step=step(tf))
    init = opt.get_init_op(1)
    opt.swapping_saver()
    return [*after(tf, update), init], None


@case
def elastic_synchronous(tf):
    return elastic(tf, True)


@case
def elastic_partitioned(tf):
    return elastic(tf, partitioner=tf.fixed_size_partitioner(2))


@case
def elastic_too_early(tf):
    getter = tf.contrib.opt.ElasticAverageCustomGetter("/cpu:0")
    opt = tf.contrib.opt.ElasticAverageOptimizer(tf.train.GradientDescentOptimizer(0.1), 2, getter)
    opt.swapping_saver()


@case
def elastic_empty(tf):
    getter = tf.contrib.opt.ElasticAverageCustomGetter("/cpu:0")
    tf.contrib.opt.ElasticAverageOptimizer(
        tf.train.GradientDescentOptimizer(0.1), 2, getter
    ).get_init_op(0)


@case
def elastic_adam(tf):
    return elastic(tf, True, tf.train.AdamOptimizer(0.1))


@case
def average(tf, chief=True, given=None, pairs=True):
    getter = tf.contrib.opt.ModelAverageCustomGetter("/cpu:0")
    loss = built(tf, getter)
    opt = tf.contrib.opt.ModelAverageOptimizer(
        tf.train.GradientDescentOptimizer(0.1), 2, chief, getter, 3
    )
    grads = opt.compute_gradients(loss) if pairs else []
    update = opt.apply_gradients(grads, global_step=step(tf) if given is None else None)
    hook = opt.make_session_run_hook()
    hook.begin()
    return [*after(tf, update), opt.get_init_op()], None


@case
def average_of_others(tf):
    return average(tf, chief=False)


@case
def average_without_step(tf):
    return average(tf, given=False)


@case
def average_of_nothing(tf):
    return average(tf, pairs=False)


@case
def stale(tf, staleness=0):
    v = tf.Variable(floats(3), dtype=tf.float32, name="v")
    w = tf.Variable(floats(3), dtype=tf.float32, name="w")
    opt = tf.contrib.opt.DropStaleGradientOptimizer(tf.train.MomentumOptimizer(0.1, 0.9), staleness)
    loss = tf.reduce_sum(v * v) + tf.reduce_sum(tf.gather(w, [1, 1]))
    update = opt.minimize(loss, global_step=step(tf))
    names = tf.constant(opt.get_slot_names())
    with tf.control_dependencies([update]):
        return [update, v.read_value(), w.read_value(), step(tf).read_value(), names]


@case
def too_stale(tf):
    return stale(tf, -1)
