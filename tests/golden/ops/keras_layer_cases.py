"""tf.keras.layers on tensors, outside of models: graphs, values, configurations, errors."""

import numpy as np
from case_tools import Cases, fed, floats, grad_of, ints, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple


def layer(name, value, shape="same", call=None, **arguments):
    """A layer called on a placeholder, with its gradients, its configuration and its shape."""

    def function(tf):
        np.random.seed(3)  # seeds of noise come from there
        given = {k: v(tf) if callable(v) else v for k, v in arguments.items()}
        made = getattr(tf.keras.layers, name)(**given)
        x, feed = fed(tf, value, shape)
        y = made(x, **(call or {}))
        shape_told = made.compute_output_shape(x.shape).as_list()
        facts = [made.name, sorted(made.get_config().items(), key=str), shape_told]
        facts += [[w.name for w in made.weights], len(made.losses)]
        sources = [x] if x.dtype.is_floating else []
        found, feed = grad_of(tf, y, [*sources, *made.trainable_weights], feed)
        return [*found, tf.constant(str(facts))], feed

    return function


def merged(name, *values, **arguments):
    def function(tf):
        xs = [tf.constant(v) for v in values]
        made = getattr(tf.keras.layers, name)(**arguments)
        y = made(xs)
        shape_told = made.compute_output_shape([x.shape for x in xs]).as_list()
        return [y, *tf.gradients(y, xs), tf.constant(str([made.name, shape_told]))]

    return function


ONES = {"kernel_initializer": "ones"}
IMAGE = waves(2, 5, 4, 3)
SEQUENCE = waves(2, 5, 3)
for _name in ("ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax", "ThresholdedReLU"):
    CASES[_name] = layer(_name, waves(2, 6) * 4, [None, 6])
for _name in ("Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"):
    CASES[_name] = merged(_name, waves(2, 3), waves(2, 3) * 2, waves(2, 3) - 1)
    CASES[_name + "_of_two"] = merged(_name, floats(2, 3, 4), waves(2, 3, 4))
    if _name != "Concatenate":
        CASES[_name + "_broadcast"] = merged(_name, floats(2, 3, 4), waves(2, 4))
        CASES[_name + "_apart"] = merged(_name, floats(2, 3), waves(2, 4))
for _name in ("add", "subtract", "multiply", "average", "maximum", "minimum", "concatenate"):
    CASES["function_" + _name] = lambda tf, _name=_name: [
        getattr(tf.keras.layers, _name)([tf.constant(floats(2, 3)), tf.constant(waves(2, 3))])
    ]
for _kind in ("Average", "Max"):
    for _rank in (1, 2, 3):
        _name = f"Global{_kind}Pooling{_rank}D"
        _value = waves(2, 3, 4, 5, 2)[(slice(None),) + (0,) * (3 - _rank)]
        CASES[_name] = layer(_name, _value)
        CASES[_name + "_first"] = layer(_name, _value, data_format="channels_first")
        _name = f"{_kind}Pooling{_rank}D"
        CASES[_name] = layer(_name, _value, [None] + list(_value.shape[1:]))

simple(
    dense=layer("Dense", floats(2, 3), [None, 3], units=4, activation="relu", **ONES),
    dense_seeded=layer("Dense", floats(2, 3), units=4, use_bias=False),
    dense_rank_3=layer("Dense", floats(2, 3, 2), [None, 3, 2], units=4, **ONES),
    dense_regularized=layer("Dense", floats(2, 3), units=2, kernel_regularizer="l2", **ONES),
    dropout=layer("Dropout", floats(4, 5), [None, 5], rate=0.4, seed=7),
    dropout_training=layer("Dropout", floats(4, 5), rate=0.4, seed=7, call={"training": True}),
    dropout_off=layer("Dropout", floats(4, 5), rate=0.4, call={"training": False}),
    flatten=layer("Flatten", floats(2, 3, 4), [None, 3, 4]),
    spatial_1=layer("SpatialDropout1D", floats(2, 3, 4), rate=0.4, seed=7),
    spatial_2=layer("SpatialDropout2D", IMAGE, rate=0.4, seed=7, call={"training": True}),
    spatial_first=layer("SpatialDropout2D", IMAGE, rate=0.4, seed=7, data_format="channels_first"),
    conv1d=layer("Conv1D", SEQUENCE, filters=2, kernel_size=3, **ONES),
    conv1d_causal=layer(
        "Conv1D", waves(2, 5, 3), filters=2, kernel_size=2, padding="causal", **ONES
    ),
    conv2d=layer("Conv2D", IMAGE, [None, 5, 4, 3], filters=2, kernel_size=3, **ONES),
    conv2d_strided=layer("Conv2D", IMAGE, filters=2, kernel_size=(2, 3), strides=2),
    conv2d_transposed=layer("Conv2DTranspose", IMAGE, filters=2, kernel_size=2, strides=2, **ONES),
    conv3d=layer("Conv3D", waves(1, 3, 3, 3, 2), filters=2, kernel_size=2, **ONES),
    separable=layer("SeparableConv2D", IMAGE, filters=4, kernel_size=2, depth_multiplier=2),
    batch_norm=layer("BatchNormalization", IMAGE, [None, 5, 4, 3]),
    batch_norm_training=layer("BatchNormalization", floats(4, 3), call={"training": True}),
    batch_norm_off=layer("BatchNormalization", floats(4, 3), call={"training": False}),
    activation=layer("Activation", waves(2, 3), activation="tanh"),
    activation_unknown=layer("Activation", waves(2, 3), activation="nothing"),
    activity=layer("ActivityRegularization", waves(2, 3), l1=0.1, l2=0.2),
    leaky=layer("LeakyReLU", waves(2, 3), alpha=0.1),
    relu_6=layer("ReLU", waves(2, 3) * 20, max_value=6.0),
    relu_bent=layer("ReLU", waves(2, 3) * 20, max_value=5.0, negative_slope=0.1, threshold=1.0),
    relu_negative=layer("ReLU", waves(2, 3), max_value=-1),
    elu=layer("ELU", waves(2, 3), alpha=0.5),
    softmax_axis=layer("Softmax", waves(2, 3, 4), axis=1),
    prelu_shared=layer("PReLU", IMAGE, shared_axes=[1, 2], alpha_initializer="ones"),
    reshape=layer("Reshape", floats(2, 6), [None, 6], target_shape=(3, 2)),
    reshape_unknown=layer("Reshape", floats(2, 6), target_shape=(-1, 2)),
    reshape_wrong=layer("Reshape", floats(2, 6), target_shape=(4, 2)),
    permute=layer("Permute", floats(2, 3, 4), [None, 3, 4], dims=(2, 1)),
    permute_wrong=layer("Permute", floats(2, 3, 4), dims=(2, 3)),
    repeat=layer("RepeatVector", floats(2, 3), [None, 3], n=4),
    repeat_rank=layer("RepeatVector", floats(2, 3, 1), n=4),
    embedding=layer("Embedding", ints(2, 3), [None, 3], input_dim=6, output_dim=2),
    embedding_floats=layer("Embedding", floats(2, 3), input_dim=7, output_dim=2, input_length=3),
    padding_1=layer("ZeroPadding1D", floats(2, 3, 2), padding=2),
    padding_2=layer("ZeroPadding2D", IMAGE, padding=((1, 2), (0, 1))),
    padding_first=layer("ZeroPadding2D", IMAGE, padding=2, data_format="channels_first"),
    padding_3=layer("ZeroPadding3D", waves(1, 2, 3, 2, 2), padding=(1, 2, 0)),
    padding_wrong=layer("ZeroPadding2D", IMAGE, padding=(1, 2, 3)),
    cropping_1=layer("Cropping1D", floats(2, 6, 2), cropping=(1, 2)),
    cropping_2=layer("Cropping2D", IMAGE, [None, 5, 4, 3], cropping=((1, 0), (2, 1))),
    cropping_first=layer("Cropping2D", IMAGE, cropping=1, data_format="channels_first"),
    upsampling=layer("UpSampling2D", IMAGE, [None, 5, 4, 3], size=(2, 3)),
    upsampling_linear=layer("UpSampling2D", IMAGE, size=2, interpolation="bilinear"),
    upsampling_first=layer("UpSampling2D", IMAGE, data_format="channels_first"),
    upsampling_wrong=layer("UpSampling2D", IMAGE, interpolation="cubic"),
    subtract=merged("Subtract", floats(2, 3), waves(2, 3)),
    subtract_three=merged("Subtract", floats(2, 3), waves(2, 3), waves(2, 3)),
    merge_one=merged("Add", floats(2, 3)),
    merge_batches=merged("Add", floats(2, 3), floats(3, 3)),
    concatenate_axis=merged("Concatenate", floats(2, 3), floats(4, 3), axis=0),
    concatenate_apart=merged("Concatenate", floats(2, 3), floats(4, 3)),
    cropping_volumes=layer("Cropping3D", waves(1, 4, 3, 3, 2), cropping=((1, 0), (0, 1), (1, 1))),
    cropping_volumes_first=layer("Cropping3D", waves(1, 2, 4, 5, 3), data_format="channels_first"),
    cropping_volumes_wrong=layer("Cropping3D", waves(1, 2, 4, 5, 3), cropping=(1, 2)),
    upsampling_1=layer("UpSampling1D", waves(2, 3, 2), [None, 3, 2], size=3),
    upsampling_1_unknown=layer("UpSampling1D", waves(2, 3, 2), [None, None, 2]),
    upsampling_3=layer("UpSampling3D", waves(1, 2, 3, 2, 2), size=(1, 2, 3)),
    upsampling_3_first=layer("UpSampling3D", waves(1, 2, 2, 1, 2), data_format="channels_first"),
    depthwise=layer("DepthwiseConv2D", IMAGE, kernel_size=2, depth_multiplier=2, activation="relu"),
    depthwise_strided=layer(
        "DepthwiseConv2D", IMAGE, kernel_size=(3, 2), strides=2, padding="same", use_bias=False
    ),
    depthwise_rank=layer("DepthwiseConv2D", SEQUENCE, kernel_size=2),
    depthwise_unknown=layer("DepthwiseConv2D", IMAGE, [None, 5, 4, None], kernel_size=2),
    gaussian_noise=layer("GaussianNoise", floats(2, 3), call={"training": True}, stddev=0.3),
    gaussian_noise_off=layer("GaussianNoise", floats(2, 3), [None, 3], stddev=0.3),
    gaussian_dropout=layer("GaussianDropout", floats(2, 3), call={"training": 1}, rate=0.3),
    gaussian_dropout_none=layer("GaussianDropout", floats(2, 3), rate=0),
    alpha_dropout=layer("AlphaDropout", floats(4, 3), call={"training": True}, rate=0.4, seed=5),
    alpha_dropout_shape=layer("AlphaDropout", floats(4, 3), rate=0.4, noise_shape=(4, 1)),
    layer_norm=layer("LayerNormalization", floats(2, 3), [None, 3]),
    layer_norm_axes=layer(
        "LayerNormalization", floats(2, 3, 2, 4) ** 2 / 99, axis=(1, 2), gamma_regularizer="l2"
    ),
    layer_norm_plain=layer(
        "LayerNormalization", floats(2, 3, 2) ** 2, axis=[1], center=False, scale=False
    ),
    layer_norm_axis=layer("LayerNormalization", SEQUENCE, axis=3),
    layer_norm_twice=layer("LayerNormalization", SEQUENCE, axis=[1, -2]),
    layer_norm_name=layer("LayerNormalization", SEQUENCE, axis="x"),
    dot=merged("Dot", floats(2, 3), waves(2, 3), axes=1),
    dot_axes=merged("Dot", waves(2, 3, 4), floats(2, 5, 3), axes=(1, 2)),
    dot_normalized=merged("Dot", waves(2, 3, 4), floats(2, 5, 4), axes=-1, normalize=True),
    dot_apart=merged("Dot", waves(2, 3), floats(2, 4), axes=1),
    dot_three=merged("Dot", waves(2, 3), floats(2, 3), floats(2, 3), axes=1),
    dot_names=merged("Dot", waves(2, 3), floats(2, 3), axes="1"),
    dot_one=merged("Dot", waves(2, 3), floats(2, 3), axes=(1,)),
    dot_floats=merged("Dot", waves(2, 3), floats(2, 3), axes=(1.0, 1)),
    dot_function=lambda tf: [
        tf.keras.layers.dot([tf.constant(floats(2, 3)), tf.constant(waves(2, 3))], axes=-1)
    ],
    not_a_list=lambda tf: [tf.keras.layers.Add()(tf.constant(floats(2, 3)))],
)


@case
def learning_phases(tf):
    tf.keras.backend.set_learning_phase(1)
    x = tf.constant(floats(4, 3))
    first = tf.keras.layers.Dropout(0.5, seed=3)(x)
    tf.keras.backend.set_learning_phase(0)
    return [first, tf.keras.layers.BatchNormalization()(x), tf.keras.layers.Dropout(0.5)(x)]


@case
def masked_mean(tf):
    mask = tf.constant([[True, True, False], [True, False, False]])
    return [tf.keras.layers.GlobalAveragePooling1D()(tf.constant(floats(2, 3, 2)), mask=mask)]


@case
def own_layer(tf):
    class Scale(tf.keras.layers.Layer):
        def __init__(self, factor, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor
            self.dense = tf.keras.layers.Dense(3, kernel_initializer="ones")

        def build(self, shape):
            self.offset = self.add_weight("offset", shape=[3], initializer="zeros")
            super().build(shape)

        def call(self, x):
            return self.dense(x) * self.factor + self.offset

    made = Scale(2.0)
    y = made(tf.constant(floats(2, 4)))
    return [y, tf.constant([w.name for w in made.weights])]


@case
def names_in_scopes(tf):
    x = tf.constant(floats(2, 4))
    with tf.name_scope("outer"):
        x = tf.keras.layers.Dense(3, kernel_initializer="ones")(x)
    shared = tf.keras.layers.Dense(3, kernel_initializer="ones")
    with tf.variable_scope("other"):
        x = shared(x)
    y = shared(x)
    return [y, tf.constant([v.name for v in tf.global_variables()])]


def attention(name, *values, masks=None, **arguments):
    def function(tf):
        xs = [tf.constant(v) for v in values]
        made = getattr(tf.keras.layers, name)(**arguments)
        given = {} if masks is None else {"mask": [m and tf.constant(m) for m in masks]}
        y = made(xs, **given)
        facts = [[w.name for w in made.weights], sorted(made.get_config().items(), key=str)]
        facts.append([w.shape.as_list() for w in made.weights])
        told = made.compute_mask(xs, given.get("mask"))
        more = [] if told is None else [told]
        return [y, *tf.gradients(y, xs + made.weights), *more, tf.constant(str(facts))]

    return function


QUERY, VALUE = waves(2, 3, 4), waves(2, 5, 4) + 0.5
MASKS = [[[True, False, True]] * 2, [[True, True, False, True, True], [True] * 2 + [False] * 3]]
for _name in ("Attention", "AdditiveAttention"):
    CASES[_name] = attention(_name, QUERY, VALUE)
    CASES[_name + "_scaled"] = attention(_name, QUERY, VALUE, use_scale=_name == "Attention")
    CASES[_name + "_key"] = attention(_name, QUERY, VALUE, floats(2, 5, 4) / 9, masks=MASKS)
    CASES[_name + "_causal"] = attention(_name, QUERY, QUERY, causal=True)
    CASES[_name + "_causal_mask"] = attention(
        _name, QUERY, VALUE, causal=True, masks=[None, MASKS[1]]
    )
    CASES[_name + "_four"] = attention(_name, *[QUERY] * 4)
    CASES[_name + "_three_masks"] = attention(_name, QUERY, VALUE, masks=[None] * 3)


CASES["Attention_one"] = attention("Attention", QUERY)


@case
def masks_merged(tf):
    keras = tf.keras
    x = keras.layers.Embedding(7, 3, mask_zero=True, embeddings_initializer="ones")
    first = x(tf.constant([[1, 0, 2, 0], [0, 3, 4, 0]]))
    second = x(tf.constant([[1, 1, 2, 0], [0, 0, 4, 0]]))
    added = keras.layers.add([first, second])
    joined = keras.layers.concatenate([first, second], axis=-1)
    behind = keras.layers.concatenate([first, second], axis=1)
    return [y for z in (added, joined, behind) for y in (z, z._keras_mask)]


@case
def masks_wrong(tf):
    x = tf.constant(floats(2, 3))
    return keras_add_mask(tf, [x, x], tf.constant([True, False]))


@case
def masks_too_many(tf):
    x = tf.constant(floats(2, 3))
    return keras_add_mask(tf, [x, x], [None] * 3)


def keras_add_mask(tf, xs, mask):
    return [tf.keras.layers.Add().compute_mask(xs, mask)]


@case
def merged_of_unknown_rank(tf):
    x = tf.placeholder(tf.float32)
    y = tf.keras.layers.Add()([x, tf.constant(floats(2, 3))])
    return [y], {x: waves(2, 3, 1)}


@case
def lambdas(tf):
    keras = tf.keras
    x = tf.constant(floats(2, 3))
    plain = keras.layers.Lambda(lambda x: x * 2)
    more = keras.layers.Lambda(lambda x, k, training=None: x + k, arguments={"k": 3.0})

    def scaled(x):
        return x * tf.Variable(2.0, name="factor") + tf.Variable(1.0, name="more", trainable=False)

    with_weights = keras.layers.Lambda(scaled, output_shape=(3,), mask=lambda x, m: x > 1)
    again = keras.layers.Lambda(lambda x: x[:, 1:], output_shape=lambda s: (s[0], s[1] - 1))
    y = with_weights(x)
    y = with_weights(y) + more(x)
    facts = [[w.name for w in with_weights.weights], len(with_weights.trainable_weights)]
    facts.append(with_weights.compute_output_shape((7, 5)))
    facts.append(again.compute_output_shape((7, 5)))
    facts.append(plain.compute_output_shape((7, 5)).as_list())
    config = with_weights.get_config()
    facts.append([k for k in config if k not in ("function_type", "module")])
    facts.append([config["mask_type"], config["output_shape"], config["output_shape_type"]])
    return [plain(x), again(x), y, with_weights.compute_mask(x), tf.constant(str(facts))]


@case
def lambdas_again(tf):
    keras = tf.keras
    config = keras.layers.Lambda(lambda x, k: x * k, arguments={"k": 3.0}).get_config()
    made = keras.layers.Lambda.from_config(config)
    array = dict(made.get_config(), arguments={"k": {"type": "ndarray", "value": [1.0, 2.0, 3.0]}})
    array = keras.layers.deserialize({"class_name": "Lambda", "config": array})
    named = dict(made.get_config(), function="more", function_type="function")
    named = keras.layers.Lambda.from_config(named, custom_objects={"more": lambda x, k: x + k})
    x = tf.constant(floats(2, 3))
    return [made(x), array(x), named(x)]
