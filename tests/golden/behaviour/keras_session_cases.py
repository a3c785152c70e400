"""tf.keras.backend: settings, the session, functions of arrays."""

import numpy as np
from outcomes import Cases, tried

CASES = Cases()
case = CASES.case


@case
def settings(tf, module):
    K = tf.keras.backend
    found = {
        "floatx": K.floatx(),
        "epsilon": K.epsilon(),
        "format": K.image_data_format(),
        "backend": K.backend(),
        "half": tried(K.set_floatx, "int32"),
        "other format": tried(K.set_image_data_format, "last"),
        "array": tried(K.cast_to_floatx, [1, 2]),
    }
    K.set_floatx("float64")
    K.set_epsilon(1e-3)
    K.set_image_data_format("channels_first")
    layer = tf.keras.layers.Dense(2, input_shape=(3,))
    layer(tf.keras.Input((3,)))
    found["changed"] = [
        K.floatx(),
        K.epsilon(),
        K.image_data_format(),
        K.placeholder((2,)).dtype.name,
        layer.kernel.dtype.name,
        tf.keras.layers.Flatten().data_format,
        tf.keras.optimizers.Adam().epsilon,
        tf.keras.losses.mse([0], [1.0]).dtype.name,
    ]
    K.set_floatx("float32")
    K.set_epsilon(1e-7)
    K.set_image_data_format("channels_last")
    return found


@case
def phases(tf, module):
    K = tf.keras.backend
    found = {"phase": str(K.learning_phase())}
    with K.learning_phase_scope(1):
        found["inner"] = K.learning_phase()
    found["after"] = str(K.learning_phase())
    found["two"] = tried(K.set_learning_phase, 2)
    found["uids"] = [K.get_uid("a"), K.get_uid("a"), K.get_uid("b"), K.get_uid()]
    K.reset_uids()
    found["reset"] = K.get_uid("a")
    return found


@case
def functions(tf, module):
    K = tf.keras.backend
    x, y = K.placeholder((2,), name="x"), K.placeholder(ndim=2, name="y")
    v = K.variable(np.array([1.0, 2.0]), name="v")
    f = K.function([x, y], [x + K.sum(y)], updates=[K.update_add(v, x)])
    g = K.function([x], {"a": x * 2}, updates=[(v, x)])
    with tf.Session().as_default():
        found = {
            "first": tried(f, [np.array([1, 2]), np.ones((2, 2))]),
            "second": tried(f, [np.array([1, 2]), np.ones((2, 2))]),
            "updated": tried(K.function([], [v]), []),
            "nest": tried(g, [np.array([5, 6])]),
            "tensor": tried(g, [tf.constant([7.0, 8.0])]),
            "value": tried(K.get_value, v),
            "eval": tried(K.eval, v * 2),
            "number": tried(K.get_value, 3),
            "argument": tried(K.function, [x], [x], thing=1),
            "updates": tried(K.function, [x], [x], updates=x),
            "phase": tried(
                K.function([x, K.learning_phase()], [K.in_train_phase(x, -x)]),
                [np.array([1, 2]), 1],
            ),
        }
        K.set_value(v, [3, 4])
        found["set"] = tried(K.batch_get_value, [v, v + 1])
    return found


@case
def facts(tf, module):
    K = tf.keras.backend
    x = K.placeholder((None, 3), name="x")
    sparse = K.placeholder((4, 3), sparse=True)
    return {
        "int_shape": tried(K.int_shape, x),
        "unknown": tried(K.int_shape, tf.placeholder(tf.float32)),
        "ndim": [K.ndim(x), K.ndim(tf.placeholder(tf.float32))],
        "dtype": K.dtype(x),
        "sparse": [K.is_sparse(x), K.is_sparse(sparse)],
        "dense": K.to_dense(sparse).op.type,
        "count": tried(K.count_params, K.zeros((2, 3))),
        "both": tried(K.placeholder, (2,), sparse=True, ragged=True),
    }


@case
def cleared(tf, module):
    K = tf.keras.backend
    # The graph around this case is the default one of a with statement: that is not cleared.
    return {"clear": tried(K.clear_session).split(":")[0]}
