"""tf.layers: what all layers have, dense, dropout and flatten; Keras's functions for them."""

import copy

import numpy as np
from case_tools import Cases, fed, floats, grad_of

CASES = Cases()
case, simple = CASES.case, CASES.simple


def facts(tf, *values):
    """What is no tensor: its text, as a constant."""
    return [tf.constant([str(value) for value in values])]


def names(variables):
    return [v.name for v in variables]


def scaled(tf, **settings):
    """A layer with one weight and whatever is asked for."""
    build, call = settings.pop("build", None), settings.pop("call", None)

    class Scaled(tf.layers.Layer):
        def build(self, shape):
            weight = settings.get("weight", {})
            self.weight = self.add_weight("scale", shape=shape[-1:], **weight)
            if build:
                build(self)
            self.built = True

        def call(self, inputs, training=None):
            if call:
                return call(self, inputs)
            return inputs * self.weight

    return Scaled(**settings.get("made", {}))


# Dense.


@case
def dense(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])
    y = tf.layers.dense(x, 4, kernel_initializer=tf.ones_initializer())
    return grad_of(tf, y, [x, *tf.trainable_variables()], feed)


@case
def dense_seeded(tf):
    x = tf.constant(floats(2, 3))
    first = tf.layers.dense(x, 4, activation=tf.nn.relu)
    second = tf.layers.dense(first, 2, activation="tanh", name="last", use_bias=False)
    return [first, second, *tf.trainable_variables()]


@case
def dense_reused(tf):
    x = tf.constant(floats(2, 3))
    first = tf.layers.dense(x, 4, name="same")
    second = tf.layers.dense(x, 4, name="same", reuse=True)
    with tf.variable_scope("outer"):
        third = tf.layers.dense(x, 4, name="same")
        fourth = tf.layers.dense(x, 4)
    with tf.variable_scope("outer", reuse=True):
        fifth = tf.layers.dense(x, 4, name="same")
    with tf.variable_scope("auto", reuse=tf.AUTO_REUSE):
        sixth = tf.layers.dense(x, 4, name="same")
        seventh = tf.layers.dense(x, 4, name="same")
    values = [first, second, third, fourth, fifth, sixth, seventh]
    return values + facts(tf, names(tf.trainable_variables()))


@case
def dense_object(tf):
    layer = tf.layers.Dense(3, kernel_initializer=tf.ones_initializer())
    before = [layer.name, layer.dtype, layer.built, layer.trainable, layer.dynamic, layer.units]
    x = tf.constant(floats(2, 5), tf.float64)
    first, second = layer(x), layer.apply(x)
    after = [layer.name, layer.dtype, layer.built, layer.scope_name, names(layer.variables)]
    sizes = [layer.count_params(), layer.compute_output_shape([None, 7, 5]), layer.input_spec]
    return [first, second, layer.kernel, layer.bias, *facts(tf, *before, *after, *sizes)]


@case
def dense_ranks(tf):
    found = []
    for value, shape in (
        (floats(2, 3, 4), [None, None, 4]),
        (floats(2, 3, 4), [2, 3, 4]),
        (floats(2, 3, 4), [None, 3, 4]),
        (floats(2, 1, 3, 4), [2, None, 3, 4]),
    ):
        x, _ = fed(tf, value, shape)
        found.append(tf.layers.dense(x, 5))
    return found, None


@case
def dense_rank_three(tf):
    return grad_of(
        tf,
        tf.layers.dense(tf.constant(floats(2, 3, 4)), 5, kernel_initializer=tf.ones_initializer()),
        tf.trainable_variables(),
    )


@case
def dense_losses(tf):
    x = tf.constant(floats(2, 3))

    def penalty(scale):
        return lambda w: tf.multiply(scale, tf.reduce_sum(w), name="penalty")

    layer = tf.layers.Dense(
        2,
        kernel_initializer=tf.ones_initializer(),
        kernel_regularizer=penalty(0.5),
        bias_regularizer=penalty(2.0),
        activity_regularizer=penalty(0.25),
        name="dense",
    )
    y = layer(x)
    again = layer(x)
    collected = tf.losses.get_regularization_losses()
    losses = layer.losses
    return [y, again, *collected, *losses, *layer.get_losses_for(x), *layer.get_losses_for(None)]


@case
def dense_function_losses(tf):
    x = tf.constant(floats(2, 3))
    with tf.variable_scope("net", regularizer=tf.contrib.layers.l2_regularizer(0.1)):
        tf.layers.dense(x, 2, kernel_regularizer=tf.nn.l2_loss, name="a")
        tf.layers.dense(x, 2, kernel_regularizer=tf.nn.l2_loss, name="a", reuse=True)
    with tf.variable_scope("net", reuse=True):
        tf.layers.dense(x, 2, kernel_regularizer=tf.nn.l2_loss, name="a")
    return tf.losses.get_regularization_losses() + tf.get_collection("regularization_losses")


@case
def dense_partitioned(tf):
    x = tf.constant(floats(2, 4))
    with tf.variable_scope("net", partitioner=tf.fixed_size_partitioner(2)):
        layer = tf.layers.Dense(3, kernel_regularizer=tf.nn.l2_loss)
        y = layer(x)
    kinds = [len(layer.trainable_variables), len(layer.non_trainable_variables)]
    return [y, *layer.losses, *facts(tf, kinds, names(tf.trainable_variables()))]


@case
def dense_resource(tf):
    x = tf.constant(floats(2, 4))
    with tf.variable_scope("net", use_resource=True, initializer=tf.ones_initializer()):
        y = tf.layers.dense(x, 3)
    return grad_of(tf, y, tf.trainable_variables())


@case
def dense_sparse(tf):
    x = tf.SparseTensor([[0, 1], [1, 0]], [2.0, 3.0], [2, 3])
    return [tf.layers.dense(x, 2, kernel_initializer=tf.ones_initializer())]


@case
def dense_half(tf):
    x = tf.constant(floats(2, 3), tf.float16)
    return [tf.layers.dense(x, 2, kernel_initializer=tf.ones_initializer())]


@case
def dense_numpy(tf):
    return [tf.layers.dense(floats(2, 3), 2, kernel_initializer=tf.ones_initializer())]


@case
def dense_frozen(tf):
    x = tf.constant(floats(2, 3))
    layer = tf.layers.Dense(2, trainable=False)
    y = layer(x)
    lists = [layer.trainable_variables, layer.non_trainable_variables, layer.variables]
    made = [tf.trainable_variables(), tf.global_variables()]
    return [y, *facts(tf, *[names(found) for found in lists + made])]


@case
def dense_getter(tf):
    def frozen(getter, *args, **kwargs):
        kwargs["trainable"] = False
        return getter(*args, **kwargs)

    x = tf.constant(floats(2, 3))
    with tf.variable_scope("net", custom_getter=frozen):
        layer = tf.layers.Dense(2)
        y = layer(x)
    lists = [layer.trainable_variables, layer.non_trainable_variables]
    return [y, *facts(tf, *[names(found) for found in lists])]


@case
def dense_constraint(tf):
    x = tf.constant(floats(2, 3))
    layer = tf.layers.Dense(2, kernel_constraint=lambda w: w / 2.0)
    y = layer(x)
    return [y, *facts(tf, layer.kernel.constraint is not None, layer.bias.constraint)]


@case
def dense_config(tf):
    layer = tf.layers.Dense(2, activation=tf.nn.relu, name="d", kernel_regularizer="l2")
    config = layer.get_config()
    other = tf.layers.Dense.from_config(tf.layers.Dense(2, name="e").get_config())
    return facts(tf, sorted(config.items(), key=lambda item: item[0]), other.name, other.units)


@case
def dense_in_loop_of_scopes(tf):
    x = tf.constant(floats(2, 3))
    found = []
    for i in range(3):
        with tf.variable_scope("tower", reuse=i > 0):
            found.append(tf.layers.dense(x, 2))
    return found


@case
def dense_in_name_scope(tf):
    x = tf.constant(floats(2, 3))
    with tf.name_scope("names"):
        y = tf.layers.dense(x, 2)
        with tf.variable_scope("vars"):
            z = tf.layers.dense(y, 2)
    return [y, z]


@case
def dense_scope_default(tf):
    layer = tf.layers.Dense(2, _scope="given", name="named")
    y = layer(tf.constant(floats(2, 3)))
    return [y, *facts(tf, layer.scope_name, layer.name)]


@case
def dense_scope_name(tf):
    with tf.variable_scope("outer"):
        with tf.variable_scope("inner") as scope:
            pass
    layer = tf.layers.Dense(2, name=scope)
    return [layer(tf.constant(floats(2, 3))), *facts(tf, layer.name, layer.scope_name)]


@case
def dense_adam(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])
    y = tf.layers.dense(tf.layers.dense(x, 4, tf.nn.relu), 1)
    loss = tf.reduce_mean(tf.square(y)) + tf.losses.get_regularization_loss()
    return [loss, tf.train.AdamOptimizer(0.1).minimize(loss)], feed


@case
def keras_style(tf):
    x = tf.constant(floats(2, 3))
    with tf.layers.experimental.keras_style_scope():
        first, second = tf.layers.Dense(2, name="a"), tf.layers.Dense(2, name="a")
        found = [first(x), second(x), first(x)]
    return found + facts(tf, names(first.variables + second.variables))


def _dense_errors():
    def last_axis(tf):
        x = tf.placeholder(tf.float32, [2, None])
        return [tf.layers.dense(x, 2)]

    def rank(tf):
        return [tf.layers.dense(tf.constant(floats(3)), 2)]

    def unknown_rank(tf):
        return [tf.layers.dense(tf.placeholder(tf.float32), 2)]

    def integers(tf):
        return [tf.layers.dense(tf.constant([[1, 2]]), 2)]

    def does_not_exist(tf):
        return [tf.layers.dense(tf.constant(floats(2, 3)), 2, name="d", reuse=True)]

    def other_size(tf):
        tf.layers.dense(tf.constant(floats(2, 3)), 2, name="d")
        return [tf.layers.dense(tf.constant(floats(2, 4)), 2, name="d", reuse=True)]

    def called_with_other_size(tf):
        layer = tf.layers.Dense(2)
        layer(tf.constant(floats(2, 3)))
        return [layer(tf.constant(floats(2, 4)))]

    def unknown_argument(tf):
        return [tf.layers.Dense(2, colour="red")]

    def output_shape(tf):
        return [tf.layers.Dense(2).compute_output_shape([2, None])]

    def output_shape_rank(tf):
        return [tf.layers.Dense(2).compute_output_shape([2])]

    def scope_name(tf):
        return [tf.layers.Dense(2).scope_name]

    def activation(tf):
        return [tf.layers.Dense(2, activation=3)]

    def activation_name(tf):
        return [tf.layers.Dense(2, activation="nothing")]

    def initializer(tf):
        return [tf.layers.Dense(2, kernel_initializer=3)]

    def regularizer(tf):
        return [tf.layers.Dense(2, kernel_regularizer=3)]

    def constraint(tf):
        return [tf.layers.Dense(2, kernel_constraint=3)]

    def not_built(tf):
        return [tf.layers.Dense(2).count_params()]

    def keras_scope(tf):
        with tf.layers.experimental.keras_style_scope():
            return [tf.layers.Dense(2, _scope="x")]

    def keras_reuse(tf):
        with tf.layers.experimental.keras_style_scope():
            return [tf.layers.Dense(2, _reuse=True)]

    def keras_scope_of_call(tf):
        with tf.layers.experimental.keras_style_scope():
            return [tf.layers.Dense(2)(tf.constant(floats(2, 3)), scope="x")]

    for name, function in list(locals().items()):
        CASES["dense_error_" + name] = function


_dense_errors()


# Dropout and Flatten.


@case
def dropout(tf):
    x = tf.constant(floats(2, 3))
    return [tf.layers.dropout(x, 0.4, training=True), tf.layers.dropout(x, 0.4)]


@case
def dropout_switched(tf):
    x = tf.constant(floats(2, 3))
    training, feed = fed(tf, True)
    y = tf.layers.dropout(x, 0.4, seed=3, training=training, name="d")
    return grad_of(tf, y, [x], feed)


@case
def dropout_noise_shape(tf):
    x, feed = fed(tf, floats(2, 3, 4), [None, None, 4])
    layer = tf.layers.Dropout(0.3, noise_shape=[None, 1, 4], seed=7)
    return [layer(x, training=True), *facts(tf, layer.get_config()["noise_shape"])], feed


@case
def dropout_variable(tf):
    training = tf.Variable(True)
    return [tf.layers.dropout(tf.constant(floats(2, 3)), 0.4, seed=1, training=training)]


@case
def dropout_within(tf):
    def call(self, inputs):
        return tf.layers.Dropout(0.5, seed=1)(inputs * self.weight)

    layer = scaled(tf, call=call, weight={"initializer": tf.ones_initializer()})
    x = tf.constant(floats(2, 3))
    return [layer(x, training=True), layer(x), layer(x, training=tf.constant(True))]


@case
def flatten(tf):
    found, feed = [], {}
    for shape in ([2, 3, 4], [None, 3, 4], [2, None, 4], [None, None, None]):
        x, one = fed(tf, floats(2, 3, 4), shape)
        feed.update(one)
        found.append(tf.layers.flatten(x))
    found.append(tf.layers.flatten(x, data_format="channels_first"))
    found.append(tf.layers.Flatten(name="f", data_format="CHANNELS_FIRST")(x))
    found.append(tf.layers.flatten(tf.constant(floats(3))))
    return found, feed


@case
def flatten_unknown_rank(tf):
    return [tf.layers.flatten(tf.placeholder(tf.float32))]


@case
def flatten_format(tf):
    return [tf.layers.flatten(tf.constant(floats(2, 3)), data_format="nonsense")]


# What all layers have.


@case
def own_layer(tf):
    layer = scaled(tf)
    x = tf.constant(floats(2, 3))
    with tf.variable_scope("outer"):
        first, second = layer(x), layer(x)
    other = scaled(tf)(x)
    text = [layer.name, layer.scope_name, names(layer.weights), layer.dtype, repr(layer.graph)]
    return [first, second, other, *facts(tf, *text)]


@case
def own_layer_scopes(tf):
    x = tf.constant(floats(2, 3))
    first = scaled(tf, made={"name": "mine"})
    second = scaled(tf, made={"name": "mine"})
    found = [first(x), second(x), first(x), second(x, scope="ignored")]
    found.append(scaled(tf)(x, scope="given"))
    return found + facts(tf, first.scope_name, second.scope_name)


@case
def own_updates(tf):
    def call(self, inputs):
        self.add_update(tf.assign_add(self.total, tf.reduce_sum(inputs)), inputs=True)
        self.add_update([tf.assign(self.count, 1.0), lambda: self.count.assign_add(1.0).op])
        return inputs * self.weight

    def build(self):
        self.total = self.add_weight("total", [], trainable=False)
        self.count = self.add_variable("count", [], trainable=False)

    layer = scaled(tf, build=build, call=call)
    x, feed = fed(tf, floats(2, 3))
    y = layer(x)
    kinds = [
        [getattr(u, "op", u).name for u in found]
        for found in (
            layer.updates,
            layer.get_updates_for(x),
            layer.get_updates_for(None),
            tf.get_collection(tf.GraphKeys.UPDATE_OPS),
        )
    ]
    layer.trainable = False
    return [y, *facts(tf, *kinds, layer.updates, names(layer.non_trainable_variables))], feed


@case
def own_losses(tf):
    def call(self, inputs):
        self.add_loss(tf.reduce_sum(inputs), inputs=inputs)
        self.add_loss([tf.reduce_sum(self.weight), None, 2.0])
        self.add_loss(lambda: tf.reduce_max(self.weight, name="lazy"))
        return inputs * self.weight

    layer = scaled(tf, call=call, weight={"regularizer": lambda w: tf.reduce_min(w)})
    x = tf.constant(floats(2, 3))
    y = layer(x)
    return [y, *layer.losses, *layer.losses, *tf.get_collection("regularization_losses")]


@case
def own_weights(tf):
    def build(self):
        self.add_weight("i", [2], dtype=tf.int32, trainable=False)
        self.add_weight("b", [2], dtype=tf.bool, trainable=False)
        self.add_weight("d", [2], dtype=tf.float64, initializer="ones")
        self.add_weight("g", [2], use_resource=True)
        self.add_weight("s", [], initializer=tf.constant_initializer(5.0))
        on_read = tf.VariableSynchronization.ON_READ
        self.add_weight("r", [1], synchronization=on_read, aggregation=tf.VariableAggregation.SUM)

    layer = scaled(tf, build=build)
    y = layer(tf.constant(floats(2, 3)))
    return [y, *facts(tf, names(layer.trainable_weights), names(layer.non_trainable_weights))]


@case
def own_structure(tf):
    class Pair(tf.layers.Layer):
        def build(self, shapes):
            self.shapes = shapes

        def call(self, inputs, factor=1.0):
            return [inputs["a"] * factor, inputs["b"][0] + 1.0]

    layer = Pair()
    found = layer({"a": tf.ones([2]), "b": (np.ones([3], np.float32),)}, factor=3.0)
    return found + facts(tf, sorted(layer.shapes.items()), layer.dtype)


@case
def own_copy(tf):
    class Holder(tf.layers.Layer):
        def __init__(self):
            super().__init__()
            self.tensor = tf.constant(1.0)
            self.numbers = {"a": [1, 2]}

        def call(self, inputs):
            return inputs + self.tensor

    layer = Holder()
    layer(tf.constant(1.0))
    other = copy.deepcopy(layer)
    other.numbers["a"].append(3)
    same = [
        other.tensor is layer.tensor,
        layer.numbers,
        other.numbers,
        other._scope is layer._scope,
    ]
    return [other(tf.constant(2.0)), layer(tf.constant(2.0)), *facts(tf, *same)]


@case
def own_not_connected(tf):
    layer = scaled(tf)
    found = [layer.inbound_nodes, layer.outbound_nodes]
    layer(tf.constant(floats(2, 3)))
    for attribute in ("input", "output", "input_shape", "output_shape"):
        try:
            getattr(layer, attribute)
        except AttributeError as error:
            found.append(error)
    for method in ("get_input_at", "get_output_at", "get_input_shape_at", "get_output_shape_at"):
        try:
            getattr(layer, method)(0)
        except RuntimeError as error:
            found.append(error)
    return facts(tf, *found)


@case
def own_nothing(tf):
    return [scaled(tf, call=lambda self, inputs: None)(tf.constant(floats(2, 3)))]


@case
def own_on_read_trained(tf):
    weight = {"synchronization": tf.VariableSynchronization.ON_READ, "trainable": True}
    return [scaled(tf, weight=weight)(tf.constant(floats(2, 3)))]


@case
def own_unknown_weight_argument(tf):
    return [scaled(tf, weight={"colour": "red"})(tf.constant(floats(2, 3)))]


@case
def own_string_weight(tf):
    return [scaled(tf, weight={"dtype": tf.string})(tf.constant(floats(2, 3)))]


@case
def own_output_shape(tf):
    return [scaled(tf).compute_output_shape([2, 3])]


@case
def own_config(tf):
    return facts(tf, sorted(scaled(tf, made={"name": "s"}).get_config().items()))


@case
def own_config_arguments(tf):
    class Sized(tf.layers.Layer):
        def __init__(self, size):
            super().__init__()

    return facts(tf, Sized(3).get_config())


# InputSpec.


def _spec_cases():
    specs = {
        "ndim": {"ndim": 2},
        "min_ndim": {"min_ndim": 2},
        "max_ndim": {"max_ndim": 2},
        "dtype": {"dtype": "float32"},
        "axes": {"axes": {-1: 3}},
        "axes_dimension": {"ndim": 2, "axes": {1: None, 0: 2}},
        "shape": {"shape": (None, 3)},
    }
    inputs = {
        "vector": lambda tf: tf.constant(floats(3)),
        "matrix": lambda tf: tf.constant(floats(2, 3)),
        "wide": lambda tf: tf.constant(floats(3, 4)),
        "cube": lambda tf: tf.constant(floats(2, 2, 3)),
        "integers": lambda tf: tf.constant([[1, 2, 3]]),
        "unknown": lambda tf: tf.placeholder(tf.float32),
        "open": lambda tf: tf.placeholder(tf.float32, [None, None]),
    }

    def make(arguments, value):
        def build(tf):
            class Checked(tf.layers.Layer):
                def call(self, inputs):
                    return inputs

            layer = Checked(name="checked")
            layer.input_spec = tf.layers.InputSpec(**arguments)
            return [layer(value(tf))], None

        return build

    for spec, arguments in specs.items():
        for name, value in inputs.items():
            CASES[f"spec_{spec}_{name}"] = make(arguments, value)


_spec_cases()


@case
def spec_number(tf):
    layer = scaled(tf)
    layer.input_spec = [tf.layers.InputSpec(), None]
    return [layer(tf.constant(floats(2, 3)))]


@case
def spec_none(tf):
    layer = scaled(tf)
    layer.input_spec = [None]
    return [layer(tf.constant(floats(2, 3)))]


@case
def spec_wrong(tf):
    layer = scaled(tf)
    layer.input_spec = [3]
    return []


@case
def spec_text(tf):
    spec = tf.layers.InputSpec
    specs = [spec(), spec(ndim=3), spec(dtype=tf.int32, shape=(1, None)), spec(axes={"1": 2})]
    specs.append(spec(min_ndim=1, max_ndim=4))
    copies = [spec.from_config(s.get_config()) for s in specs]
    return facts(tf, *specs, *copies, *[sorted(s.get_config().items()) for s in specs[1:3]])


@case
def spec_axes_text(tf):
    return [tf.layers.InputSpec(axes={"a": 2})]


@case
def spec_axes_beyond(tf):
    return [tf.layers.InputSpec(ndim=2, axes={2: 2})]


@case
def spec_axes_beyond_maximum(tf):
    return [tf.layers.InputSpec(max_ndim=3, axes={5: 2})]


# Keras's functions.

SIGNED = np.array([[-8.5, -1.25, -0.5, 0.0], [0.25, 1.0, 5.75, 7.5]], np.float32)


@case
def keras_activations(tf):
    x = tf.constant(SIGNED)
    functions = tf.keras.activations
    plain = (
        "softmax elu selu softplus softsign relu tanh sigmoid exponential hard_sigmoid linear"
    ).split()
    found = [functions.get(name)(x) for name in plain]
    found.append(functions.softmax(tf.reshape(x, [2, 2, 2]), axis=1))
    found.append(functions.elu(x, 0.5))
    found.append(functions.relu(x, alpha=0.1))
    found.append(functions.relu(x, max_value=6))
    found.append(functions.relu(x, max_value=5, threshold=1))
    found.append(functions.relu(x, alpha=0.1, max_value=5, threshold=1))
    found.append(functions.relu(x, alpha=0.1, max_value=5))
    serialized = [functions.serialize(functions.get(name)) for name in (None, "relu")]
    return found + facts(tf, *serialized, functions.serialize(tf.nn.softmax))


@case
def keras_softmax_of_vector(tf):
    return [tf.keras.activations.softmax(tf.constant(floats(3)))]


@case
def keras_regularizers(tf):
    x = tf.constant(SIGNED)
    found = tf.keras.regularizers
    made = [found.l1(0.5), found.l2(0.25), found.l1_l2(0.5, 0.25), found.L1L2(), found.get("l2")]
    made.append(found.get(found.serialize(made[2])))
    return [r(x) for r in made] + facts(tf, *[sorted(r.get_config().items()) for r in made])


@case
def keras_regularizer_unknown(tf):
    return [tf.keras.regularizers.get("l3")]


@case
def keras_constraints(tf):
    x = tf.constant(SIGNED)
    found = tf.keras.constraints
    made = [
        found.MaxNorm(3),
        found.MaxNorm(2, axis=[0, 1]),
        found.NonNeg(),
        found.UnitNorm(axis=1),
        found.MinMaxNorm(0.5, 2.0, rate=0.25),
        found.get("max_norm"),
    ]
    made.append(found.get(found.serialize(made[4])))
    return [c(x) for c in made] + facts(tf, *[sorted(c.get_config().items()) for c in made])


@case
def keras_constraint_unknown(tf):
    return [tf.keras.constraints.get("nothing")]
