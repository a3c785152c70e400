"""tf.contrib.layers: what needs neither images nor moving averages."""

import functools

import numpy as np
from case_tools import Cases, fed, floats, grad_of, ints, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple


def facts(tf, *values):
    """What is no tensor: its text, as a constant."""
    return [tf.constant([str(value) for value in values])]


def collections(tf, *keys):
    graph = tf.get_default_graph()
    return facts(tf, *([t.name for t in graph.get_collection(key)] for key in keys))


def sparse(tf, dtype=np.int64):
    indices = np.array([[0, 0], [0, 2], [2, 1], [3, 0], [3, 1]], np.int64)
    return tf.SparseTensor(indices, np.array([1, 4, -1, 2, 2], dtype), np.array([5, 3], np.int64))


@case
def fully_connected(tf):
    layers = tf.contrib.layers
    x, feed = fed(tf, floats(2, 3), [None, 3])
    y = layers.fully_connected(x, 4)
    z = layers.fully_connected(
        y,
        2,
        activation_fn=None,
        weights_regularizer=layers.l2_regularizer(0.5),
        biases_regularizer=layers.l1_regularizer(0.5),
        variables_collections={"weights": ["w"], "biases": ["b", "c"]},
        outputs_collections="out",
        scope="last",
    )
    again = layers.fully_connected(y, 2, scope="last", reuse=True)
    made = collections(tf, "w", "b", "c", "out", "model_variables", "regularization_losses")
    tensors, feed = grad_of(tf, z + again, [x, *tf.trainable_variables()], feed)
    return tensors + made, feed


@case
def fully_connected_normalized(tf):
    layers = tf.contrib.layers
    x = tf.constant(floats(2, 3, 4))
    y = layers.fully_connected(
        x, 5, normalizer_fn=layers.layer_norm, normalizer_params={"center": False}
    )
    z = layers.fully_connected(y, 2, biases_initializer=None, trainable=False)
    return [y, z] + collections(tf, "variables", "trainable_variables", "model_variables")


@case
def fully_connected_partial(tf):
    layers = tf.contrib.layers
    x = tf.constant(waves(2, 3))
    with tf.contrib.framework.arg_scope(
        [layers.fully_connected], weights_initializer=tf.constant_initializer(0.5)
    ):
        return [f(x, 2) for f in (layers.elu, layers.relu, layers.relu6, layers.linear)]


@case
def fully_connected_in_parts(tf):
    layers = tf.contrib.layers
    with tf.variable_scope("s", partitioner=tf.fixed_size_partitioner(2)):
        y = layers.fully_connected(tf.constant(floats(2, 4)), 6, variables_collections=["parts"])
    return [y] + collections(tf, "parts", "model_variables")


@case
def legacy_fully_connected(tf):
    layers = tf.contrib.layers
    x, feed = fed(tf, waves(2, 3, 4), [None, 3, 4])
    y = layers.legacy_relu(x, 5)
    z = layers.legacy_linear(tf.constant(waves(2, 3)), 2, bias_init=None, name="n")
    return [y, z] + collections(tf, "weights", "biases", "activations"), feed


simple(
    fully_connected_of_text=lambda tf: [
        tf.contrib.layers.fully_connected(tf.constant(floats(2, 3)), "4")
    ],
    fully_connected_of_unknown=lambda tf: [
        tf.contrib.layers.fully_connected(tf.placeholder(tf.float32, [2, None]), 4)
    ],
    legacy_of_vector=lambda tf: [
        tf.contrib.layers.legacy_fully_connected(tf.constant(floats(3)), 4)
    ],
    legacy_of_unknown=lambda tf: [
        tf.contrib.layers.legacy_fully_connected(tf.placeholder(tf.float32), 4)
    ],
    legacy_of_unknown_size=lambda tf: [
        tf.contrib.layers.legacy_fully_connected(tf.placeholder(tf.float32, [2, None]), 4)
    ],
    bias_add=lambda tf: [
        tf.contrib.layers.bias_add(
            tf.constant(floats(2, 3)), tf.nn.relu, tf.ones_initializer(), scope="b"
        ),
        tf.contrib.layers.bias_add(
            tf.constant(floats(1, 2, 3, 4)), data_format="NHWC", outputs_collections="o"
        ),
    ],
    bias_add_of_matrix_first=lambda tf: [
        tf.contrib.layers.bias_add(tf.constant(floats(2, 3)), data_format="NCHW")
    ],
    bias_add_of_unknown=lambda tf: [tf.contrib.layers.bias_add(tf.placeholder(tf.float32))],
    bias_add_of_unknown_size=lambda tf: [
        tf.contrib.layers.bias_add(tf.placeholder(tf.float32, [2, None]))
    ],
    bias_add_format=lambda tf: [
        tf.contrib.layers.bias_add(tf.constant(floats(2, 3)), data_format="CNHW")
    ],
    flatten=lambda tf: [
        tf.contrib.layers.flatten(tf.constant(floats(2, 3, 4))),
        tf.contrib.layers.flatten(tf.placeholder_with_default(floats(2, 3, 4), [None, 3, 4])),
        tf.contrib.layers.flatten(tf.placeholder_with_default(floats(2, 3, 4), [2, None, 4])),
        tf.contrib.layers.flatten(tf.constant(floats(2, 3, 1, 1)), scope="here"),
    ],
    flatten_of_scalar=lambda tf: [tf.contrib.layers.flatten(tf.constant(1.0))],
    dropout_not_training=lambda tf: [
        tf.contrib.layers.dropout(tf.constant(floats(2, 3)), is_training=False)
    ],
    dense_to_sparse=lambda tf: [
        tf.contrib.layers.dense_to_sparse(tf.constant([[1, 0, 2], [0, 0, 3]])),
        tf.contrib.layers.dense_to_sparse(tf.constant([[1, 0, 2], [0, 0, 3]], tf.int64), 3),
    ],
    one_hot_encoding=lambda tf: [
        tf.contrib.layers.one_hot_encoding(tf.constant([0, 2, 5]), 4),
        tf.contrib.layers.one_hot_encoding(tf.constant([[0, 2]], tf.int64), 3, 5.0, -1.0),
        tf.contrib.layers.one_hot_encoding([1, 2], 3, 5, -1, scope="s"),
    ],
    unit_norm=lambda tf: grad_of(
        tf,
        *(lambda x: (sum(tf.contrib.layers.unit_norm(x, dim=d) for d in range(3)), [x]))(
            tf.constant(waves(2, 3, 4))
        ),
    ),
    unit_norm_of_unknown=lambda tf: [
        tf.contrib.layers.unit_norm(tf.placeholder(tf.float32), dim=0)
    ],
    unit_norm_beyond=lambda tf: [tf.contrib.layers.unit_norm(tf.constant(floats(2, 3)), dim=-1)],
    softmax=lambda tf: [
        tf.contrib.layers.softmax(tf.constant(waves(2, 3, 4))),
        tf.contrib.layers.softmax(
            tf.placeholder_with_default(waves(2, 3), [None, 3]), scope="probabilities"
        ),
    ],
    softmax_of_vector=lambda tf: [tf.contrib.layers.softmax(tf.constant(waves(3)))],
    softmax_of_unknown=lambda tf: [tf.contrib.layers.softmax(tf.placeholder(tf.float32))],
    softmax_of_unknown_size=lambda tf: [
        tf.contrib.layers.softmax(tf.placeholder(tf.float32, [2, None]))
    ],
    maxout=lambda tf: [
        tf.contrib.layers.maxout(tf.constant(waves(2, 6)), 3),
        tf.contrib.layers.maxout(tf.placeholder_with_default(waves(2, 4, 3), [None, 4, 3]), 2, 1),
    ],
    maxout_not_divided=lambda tf: [tf.contrib.layers.maxout(tf.constant(waves(2, 6)), 4)],
    images_to_sequence=lambda tf: [
        tf.contrib.layers.images_to_sequence(tf.constant(floats(2, 3, 4, 5))),
        tf.contrib.layers.images_to_sequence(tf.constant(floats(2, 3, 4, 5)), "NCHW"),
    ],
    sequence_to_images=lambda tf: [
        tf.contrib.layers.sequence_to_images(tf.constant(floats(4, 6, 5)), 3),
        tf.contrib.layers.sequence_to_images(tf.constant(floats(4, 6, 5)), 2, "channels_first"),
        tf.contrib.layers.sequence_to_images(
            tf.placeholder_with_default(floats(4, 6, 5), [4, None, 5]), 2
        ),
    ],
    images_to_sequence_format=lambda tf: [
        tf.contrib.layers.images_to_sequence(tf.constant(floats(2, 3, 4, 5)), "CHWN")
    ],
    stack_of_number=lambda tf: [
        tf.contrib.layers.stack(tf.constant(floats(2, 3)), tf.contrib.layers.fully_connected, 2)
    ],
)


@case
def dropout(tf):
    layers = tf.contrib.layers
    x = tf.constant(floats(2, 30))
    training = tf.placeholder_with_default(True, [])
    return [
        layers.dropout(x, 0.7, outputs_collections="o"),
        layers.dropout(x, tf.constant(0.25), seed=7, scope="d"),
        layers.dropout(x, noise_shape=[2, 1], is_training=training),
    ] + collections(tf, "o")


def named(x, scope):
    return x.graph.as_graph_element(x) * 2


@case
def repeated_lambda(tf):
    return [tf.contrib.layers.repeat(tf.constant(1.0), 1, lambda x, scope: x, scope="s")]


@case
def repeated(tf):
    layers = tf.contrib.layers
    x = tf.constant(floats(2, 3))
    connected = functools.partial(layers.fully_connected, activation_fn=None)
    y = layers.repeat(x, 2, layers.fully_connected, 4)
    y = layers.repeat(y, 2, connected, 3, scope="r", biases_initializer=None)
    y = layers.repeat(y, 1, named)
    y = layers.stack(y, layers.fully_connected, [2, [3, tf.nn.tanh]])
    y = layers.stack(y, connected, (2,), scope="s")
    return [y] + collections(tf, "trainable_variables")


@case
def scale_gradient(tf):
    x = tf.constant(floats(2, 3))
    y = tf.contrib.layers.scale_gradient(x, tf.constant(0.5))
    return grad_of(tf, y, [x])


@case
def spatial_softmax(tf):
    layers = tf.contrib.layers
    x = tf.placeholder_with_default(waves(2, 3, 4, 5), [None, None, None, 5])
    y = layers.spatial_softmax(x)
    z = layers.spatial_softmax(
        tf.constant(waves(2, 5, 3, 4)),
        temperature=2.0,
        name="cold",
        trainable=False,
        data_format="NCHW",
        variables_collections="t",
    )
    return [y, z] + collections(tf, "t", "trainable_variables", "model_variables")


simple(
    spatial_softmax_format=lambda tf: [
        tf.contrib.layers.spatial_softmax(tf.constant(waves(2, 3, 4, 5)), data_format="HW")
    ],
    spatial_softmax_of_unknown=lambda tf: [
        tf.contrib.layers.spatial_softmax(tf.placeholder(tf.float32, [2, 3, 4, None]))
    ],
)


@case
def instance_norm(tf):
    layers = tf.contrib.layers
    x = tf.constant(waves(2, 3, 4, 5))
    y = layers.instance_norm(x, activation_fn=tf.nn.relu, outputs_collections="o")
    z = layers.instance_norm(
        x,
        center=False,
        data_format="NCHW",
        param_initializers={"gamma": tf.constant_initializer(2.0)},
        variables_collections=["p"],
        scope="first",
    )
    w = layers.instance_norm(x, center=False, scale=False, epsilon=1e-3)
    made = collections(tf, "o", "p", "model_variables")
    # Scaled, as small gradients are differences of larger ones.
    return grad_of(tf, (y + z + w) / 64, [x, *tf.trainable_variables()])[0] + made


@case
def group_norm(tf):
    layers = tf.contrib.layers
    x = tf.constant(waves(2, 3, 4, 6))
    y = layers.group_norm(x, groups=3, outputs_collections="o")
    z = layers.group_norm(
        tf.placeholder_with_default(waves(2, 6, 3, 4), [None, 6, 3, 4]),
        groups=2,
        channels_axis=1,
        reduction_axes=(2, 3),
        scale=False,
        activation_fn=tf.nn.relu,
        scope="first",
    )
    w = layers.group_norm(x, groups=2, center=False, mean_close_to_zero=True, trainable=False)
    made = collections(tf, "o", "model_variables", "trainable_variables")
    return [z] + grad_of(tf, y + w, [x, *tf.trainable_variables()])[0] + made


def grouped(tf, *shape, **arguments):
    return [tf.contrib.layers.group_norm(tf.placeholder(tf.float32, shape), **arguments)]


simple(
    instance_norm_of_unknown=lambda tf: [
        tf.contrib.layers.instance_norm(tf.placeholder(tf.float32))
    ],
    instance_norm_of_unknown_size=lambda tf: [
        tf.contrib.layers.instance_norm(tf.placeholder(tf.float32, [2, 3, 4, None]))
    ],
    instance_norm_format=lambda tf: [
        tf.contrib.layers.instance_norm(tf.constant(floats(1, 2)), data_format="CN")
    ],
    group_norm_of_unknown=lambda tf: [tf.contrib.layers.group_norm(tf.placeholder(tf.float32))],
    group_norm_unknown_channels=lambda tf: grouped(tf, 2, 3, 4, None),
    group_norm_unknown_sizes=lambda tf: grouped(tf, 2, None, 4, 6, groups=2),
    group_norm_beyond=lambda tf: grouped(tf, 2, 3, 4, 6, channels_axis=4),
    group_norm_beyond_reduction=lambda tf: grouped(tf, 2, 3, 4, 6, reduction_axes=[5]),
    group_norm_twice=lambda tf: grouped(tf, 2, 3, 4, 6, groups=2, reduction_axes=[-1]),
    group_norm_many=lambda tf: grouped(tf, 2, 3, 4, 6, groups=7),
    group_norm_not_divided=lambda tf: grouped(tf, 2, 3, 4, 6, groups=4),
)


@case
def embed_sequence(tf):
    layers = tf.contrib.layers
    ids = tf.constant([[1, 2], [2, 0]])
    a = layers.embed_sequence(ids, 4, 3)
    b = layers.embed_sequence(ids, vocab_size=4, embed_dim=3, unique=True, scope="e")
    c = layers.embed_sequence(ids, vocab_size=4, embed_dim=3, scope="e", reuse=True)
    d = layers.embed_sequence(ids, scope="e", reuse=True)
    made = collections(tf, "model_variables")
    return grad_of(tf, a + b + c + d, tf.trainable_variables())[0] + made


@case
def bow_encoder(tf):
    layers = tf.contrib.layers
    ids = tf.constant([[1, 2, 0], [0, 0, 0]])
    a = layers.bow_encoder(ids, 4, 3, initializer=tf.ones_initializer())
    b = layers.bow_encoder(ids, 4, 3, sparse_lookup=False)
    c = layers.bow_encoder(sparse(tf), 5, 3, scope="c")
    return [a, b, c]


simple(
    embed_sequence_without_size=lambda tf: [tf.contrib.layers.embed_sequence(tf.constant([1]), 4)],
    bow_encoder_without_size=lambda tf: [tf.contrib.layers.bow_encoder(tf.constant([1]), 4, None)],
    bow_encoder_dense_of_sparse=lambda tf: [
        tf.contrib.layers.bow_encoder(sparse(tf), 4, 3, sparse_lookup=False)
    ],
)


@case
def safe_embedding_lookup(tf):
    lookup = tf.contrib.layers.safe_embedding_lookup_sparse
    params = [tf.constant(floats(3, 2)), tf.constant(-floats(2, 2))]
    weights = tf.SparseTensor(
        np.array([[0, 0], [0, 2], [2, 1], [3, 0], [3, 1]], np.int64),
        np.array([1, 2, 1, 0, 3], np.float32),
        np.array([5, 3], np.int64),
    )
    cube = tf.SparseTensor(
        np.array([[0, 0, 0], [1, 1, 2]], np.int64), np.array([1, 2]), np.array([2, 2, 3], np.int64)
    )
    return [
        lookup(params, sparse(tf)),
        lookup(params, sparse(tf), weights, combiner="sqrtn", name="n"),
        lookup(params, sparse(tf), weights, combiner="sum", default_id=3),
        lookup(params, sparse(tf), combiner="mean", partition_strategy="mod", max_norm=2.0),
        lookup(params, cube, default_id=0),
    ]


simple(
    safe_embedding_lookup_without=lambda tf: [
        tf.contrib.layers.safe_embedding_lookup_sparse([], sparse(tf))
    ],
    safe_embedding_lookup_of_none=lambda tf: [
        tf.contrib.layers.safe_embedding_lookup_sparse(None, sparse(tf))
    ],
)


@case
def embedding_lookup_unique(tf):
    lookup = tf.contrib.layers.embedding_lookup_unique
    params = tf.constant(floats(4, 3))
    ids = tf.placeholder_with_default(ints(2, 2), [None, 2])
    y = lookup(params, tf.constant([[1, 1], [3, 1]])) + lookup(params, ids)
    return grad_of(tf, y, [params])
