"""Policies of Keras layers: names and types, the global one, layers that are given one."""

import numpy as np
from outcomes import Cases, Lines, describe, tried

CASES = Cases()
case = CASES.case


def parts(policy):
    return [
        policy.name,
        str(policy.compute_dtype),
        str(policy.variable_dtype),
        policy.should_cast_variables,
        str(type(policy.loss_scale).__name__),
        repr(policy).split("loss_scale")[0],
    ]


@case
def policies(tf, module):
    experimental = tf.keras.mixed_precision.experimental
    names = [
        "float32",
        "float64",
        "int32",
        "float16_with_float32_vars",
        "bfloat16_with_float32_vars",
        "float32_with_float32_vars",
        "mixed_float16",
        "mixed_bfloat16",
        "infer",
        "infer_with_float32_vars",
        "infer_float32_vars",
    ]
    found = {name: parts(experimental.Policy(name)) for name in names}
    for bad in ("float33", "abc_with_float32_vars", tf.float32, 5, None):
        found[str(bad)] = tried(experimental.Policy, bad)
    for scale in ("dynamic", 4, 2.0, None):
        found["mixed_float16 %s" % scale] = describe(  # noqa: UP031 - Python 3.7
            repr(experimental.Policy("mixed_float16", loss_scale=scale))
        )
    found["repr"] = repr(experimental.Policy("float32"))
    found["bad scale"] = tried(experimental.Policy, "float16", loss_scale="abc")
    return found


@case
def warnings_of_scales(tf, module):
    experimental = tf.keras.mixed_precision.experimental
    import logging

    lines = Lines()
    logger = logging.getLogger("tensorflow")
    logger.addHandler(lines)
    experimental.Policy("float16", loss_scale=2.0)
    experimental.Policy("infer", loss_scale=2.0)
    experimental.Policy("float32", loss_scale=2.0)
    experimental.Policy("bfloat16", loss_scale="dynamic")
    logger.removeHandler(lines)
    return {"lines": lines.found}


@case
def the_global_one(tf, module):
    experimental = tf.keras.mixed_precision.experimental
    private = module("python.keras.mixed_precision.experimental.policy")
    found = {"first": parts(experimental.global_policy())}
    experimental.set_policy("infer")
    found["set"] = parts(experimental.global_policy())
    policy = experimental.Policy("infer_with_float32_vars")
    experimental.set_policy(policy)
    found["same"] = experimental.global_policy() is policy
    found["rewrite"] = tried(
        tf.train.experimental.enable_mixed_precision_graph_rewrite,
        tf.train.GradientDescentOptimizer(1.0),
    )
    experimental.set_policy(None)
    found["reset"] = parts(experimental.global_policy())
    for name in ("float32", "mixed_float16", "float16_with_float32_vars"):
        found["refused " + name] = tried(experimental.set_policy, name)
    found["refused number"] = tried(experimental.set_policy, 3)
    with private.policy_scope("infer_with_float32_vars"):
        found["in a scope"] = parts(experimental.global_policy())
    found["after it"] = parts(experimental.global_policy())
    found["with a type"] = [
        parts(private.with_input_dtype(experimental.Policy("infer"), "float16")),
        parts(private.with_input_dtype(policy, tf.float64)),
    ]
    return found


@case
def layers(tf, module):
    experimental = tf.keras.mixed_precision.experimental
    found = {}
    for name in ("float64", "float16", "infer"):
        layer = tf.keras.layers.Dense(2, dtype=experimental.Policy(name), name="dense_" + name)
        before = str(layer.dtype)
        x = tf.constant([[1.0, 2.0]], tf.float64 if name != "float16" else tf.float16)
        y = layer(x)
        found[name] = [before, str(layer.dtype), y.dtype.name, layer.kernel.dtype.name]
        found["config " + name] = str(layer.get_config()["dtype"])
        found["policy " + name] = [layer._dtype_policy.name, str(layer._compute_dtype)]
    layer = tf.keras.layers.Dense(2)
    found["by default"] = layer._dtype_policy.name
    found["a type"] = tf.keras.layers.Dense(2, dtype="float64")._dtype_policy.name
    found["a text"] = tried(tf.keras.layers.Dense, 2, dtype="mixed_float16")

    class Own(tf.keras.layers.Layer):
        def build(self, shape):
            self.v = self.add_weight("v", ())
            self.i = self.add_weight("i", (), dtype="int32", initializer="zeros")

        def call(self, x):
            return tf.cast(x, self._compute_dtype) * self.v

    own = Own(dtype=experimental.Policy("float64"))
    found["own"] = [own(tf.constant(1.0)).dtype.name, own.v.dtype.name, own.i.dtype.name]
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))])
    found["model"] = model._dtype_policy.name
    model.compile("sgd", "mse")
    found["fits"] = str(np.isfinite(model.train_on_batch(np.ones((2, 2)), np.ones((2, 1)))))
    return found


@case
def cast_variables(tf, module):
    """A model that computes in halves, with variables of full precision."""
    policy = tf.keras.mixed_precision.experimental.Policy("mixed_float16")
    layers, seen = tf.keras.layers, []

    class Own(layers.Layer):
        def build(self, shape):
            self.v = self.add_weight("v", [int(shape[-1])], initializer="ones")
            self.k = self.add_weight("k", [], initializer="ones", experimental_autocast=False)
            super().build(shape)

        def call(self, x):
            read = [self.v, tf.identity(self.v), self.v * x, self.v.value(), self.v.read_value()]
            read += [self.v.sparse_read([0]), self.k, self.v[0], -self.v, 1.0 + self.v]
            seen.extend(r.dtype.name for r in read)
            return x * self.v + tf.cast(self.k, x.dtype)

    class Bad(layers.Layer):
        def build(self, shape):
            self.add_weight("n", [], tf.int32, initializer="zeros", trainable=False)

    inputs = tf.keras.Input((3,), dtype="float16")
    own, dense = Own(dtype=policy, name="own"), layers.Dense(2, dtype=policy)
    norm = layers.BatchNormalization(dtype=policy)
    x = norm(dense(own(inputs)))
    model = tf.keras.Model(inputs, layers.Lambda(lambda t: tf.cast(t, tf.float32))(x))
    model.set_weights(
        [
            (0.5 + np.cos(np.arange(w.size) + i).reshape(w.shape) / 3).astype(w.dtype)
            for i, w in enumerate(model.get_weights())
        ]
    )
    model.compile(tf.keras.optimizers.SGD(0.1, momentum=0.9), "mse")
    data = np.sin(np.arange(12).reshape(4, 3)).astype("float16")
    wanted = np.ones((4, 2), "float32")
    half = tf.keras.mixed_precision.experimental.Policy("float32_with_float32_vars")
    return {
        "inside": seen,
        "outside": [own.v.dtype.name, own.v.true_dtype.name, own.dtype, (own.v + 1.0).dtype.name],
        "shown": repr(own.v),
        "output": x.dtype.name,
        "kinds": [[v.name, type(v).__name__] for v in model.weights],
        "types": [w.dtype.name for w in model.get_weights()],
        "predict": np.round(model.predict(data), 1).tolist(),
        "train": [round(float(model.train_on_batch(data, wanted)), 2) for _ in range(3)],
        "after": [np.round(w, 1).tolist() for w in model.get_weights()],
        "slots": [v.dtype.name for v in model.optimizer.weights],
        "integers": tried(Bad(dtype=policy), tf.ones([2], tf.float16)),
        "the same type": type(layers.Dense(1, dtype=half)(tf.ones([1, 2])).op).__name__,
    }


@case
def models_with_a_scale(tf, module):
    import logging

    experimental = tf.keras.mixed_precision.experimental
    lines = Lines()
    logger = logging.getLogger("tensorflow")
    experimental.set_policy(experimental.Policy("infer", loss_scale=2.0))
    try:
        model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))])
        model.compile(tf.keras.optimizers.SGD(0.1), "mse")
        found = {
            "optimizer": type(model.optimizer).__name__,
            "scale": repr(model.optimizer.loss_scale),
        }
        model.set_weights([np.ones((2, 1)), np.zeros(1)])
        found["loss"] = float(model.train_on_batch(np.ones((2, 2)), np.ones((2, 1))))
        found["weights"] = [np.round(w, 5).tolist() for w in model.get_weights()]
        found["of tf.train"] = (
            tried(model.compile, tf.train.GradientDescentOptimizer(1.0), "mse")
            .split("Using")[0]
            .split("but got")[0]
        )
        own = experimental.LossScaleOptimizer(tf.keras.optimizers.SGD(0.1), 4.0)
        logger.addHandler(lines)
        model.compile(own, "mse")
        found["own"] = [model.optimizer is own, lines.found]
    finally:
        logger.removeHandler(lines)
        experimental.set_policy(None)
    return found


@case
def after_a_rewrite(tf, module):
    experimental = tf.keras.mixed_precision.experimental
    tf.train.experimental.enable_mixed_precision_graph_rewrite(
        tf.train.GradientDescentOptimizer(1.0)
    )
    try:
        return {"set": tried(experimental.set_policy, "infer")}
    finally:
        tf.train.experimental.disable_mixed_precision_graph_rewrite()
