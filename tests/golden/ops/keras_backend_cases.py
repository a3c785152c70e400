"""tf.keras.backend: graphs, values and errors."""

import numpy as np
from case_tools import Cases, floats, grad_of, waves

CASES = Cases()
simple = CASES.simple


def each(make):
    """A case of K.NAME for each name."""

    def function(tf):
        return make(tf.keras.backend, tf)

    return function


def case(**functions):
    for name, function in functions.items():
        CASES[name] = each(function)


X = waves(3, 4)
IMAGES = waves(2, 5, 4, 2)
VOLUMES = waves(1, 3, 4, 3, 2)
SERIES = waves(2, 6, 3)

for _name in "square abs exp round sign sin cos softplus softsign sigmoid tanh softmax".split():
    case(**{_name: lambda K, tf, n=_name: [getattr(K, n)(tf.constant(X))]})
for _name in "equal not_equal greater greater_equal less less_equal maximum minimum".split():
    case(**{_name: lambda K, tf, n=_name: [getattr(K, n)(tf.constant(X), tf.constant(X[:, ::-1]))]})
for _name in "max min sum prod mean var std argmax argmin".split():
    case(
        **{
            _name: lambda K, tf, n=_name: [
                getattr(K, n)(tf.constant(X)),
                getattr(K, n)(tf.constant(X), axis=0),
            ]
        }
    )
case(
    log_of_sqrt=lambda K, tf: [K.log(K.sqrt(tf.constant(X)) + K.epsilon())],
    any_all=lambda K, tf: [K.any(tf.constant(X > 0), 1), K.all(tf.constant(X), 0, True)],
    mean_of_bools=lambda K, tf: [K.mean(tf.constant(X > 0), axis=-1, keepdims=True)],
    cumulative=lambda K, tf: [K.cumsum(tf.constant(X), 1), K.cumprod(tf.constant(X))],
    clip=lambda K, tf: [K.clip(tf.constant(X), -0.2, 0.3), K.clip(tf.constant(X), 0, None)],
    pow=lambda K, tf: [K.pow(tf.constant(X), 2)],
    relu=lambda K, tf: [
        K.relu(tf.constant(X)),
        K.relu(tf.constant(X), alpha=0.1),
        K.relu(tf.constant(X), max_value=6),
        K.relu(tf.constant(X), alpha=0.1, max_value=0.3),
        K.relu(tf.constant(X), threshold=0.1, alpha=0.2, max_value=0.5),
    ],
    elu=lambda K, tf: [K.elu(tf.constant(X)), K.elu(tf.constant(X), 0.5)],
    hard_sigmoid=lambda K, tf: [K.hard_sigmoid(tf.constant(X))],
    l2_normalize=lambda K, tf: [K.l2_normalize(tf.constant(X), axis=1)],
    in_top_k=lambda K, tf: [K.in_top_k(tf.constant(X), tf.constant([0, 2, 1]), 2)],
    cast=lambda K, tf: [K.cast(tf.constant(X), "float64"), K.cast(tf.constant(X), "int32")],
    dot=lambda K, tf: [K.dot(tf.constant(X), tf.constant(waves(4, 2)))],
    dot_of_three=lambda K, tf: [K.dot(tf.constant(SERIES), tf.constant(waves(5, 3, 2)))],
    dot_unknown=lambda K, tf: (
        [K.dot(K.placeholder((None, 6, 3), name="x"), tf.constant(waves(3, 2)))],
        {"x:0": SERIES},
    ),
    batch_dot=lambda K, tf: [
        K.batch_dot(tf.constant(SERIES), tf.constant(waves(2, 3, 4))),
        K.batch_dot(tf.constant(SERIES), tf.constant(waves(2, 6, 4)), axes=1),
        K.batch_dot(tf.constant(X), tf.constant(X[:, ::-1]), axes=1),
        K.batch_dot(tf.constant(SERIES), tf.constant(waves(2, 3)), axes=[2, 1]),
    ],
    shapes=lambda K, tf: [
        K.transpose(tf.constant(X)),
        K.gather(tf.constant(X), [2, 0]),
        K.reshape(tf.constant(X), (4, 3)),
        K.permute_dimensions(tf.constant(SERIES), (2, 0, 1)),
        K.repeat(tf.constant(X), 2),
        K.repeat_elements(tf.constant(X), 2, 1),
        K.tile(tf.constant(X), [2, 1]),
        K.flatten(tf.constant(X)),
        K.batch_flatten(tf.constant(SERIES)),
        K.expand_dims(tf.constant(X)),
        K.squeeze(K.expand_dims(tf.constant(X), 1), 1),
        K.stack([tf.constant(X), tf.constant(X)], 1),
        K.concatenate([tf.constant(X), tf.constant(X)]),
        K.one_hot(tf.constant([1, 0]), 3),
        K.reverse(tf.constant(X), 1),
        K.arange(5),
        K.arange(1, 4, dtype="float32"),
        K.zeros_like(tf.constant(X)),
        K.ones_like(tf.constant(X)),
        K.shape(tf.constant(X)),
        K.stop_gradient(tf.constant(X)),
    ],
    padding=lambda K, tf: [
        K.temporal_padding(tf.constant(SERIES), (1, 2)),
        K.spatial_2d_padding(tf.constant(IMAGES)),
        K.spatial_2d_padding(tf.constant(IMAGES), ((1, 0), (0, 2)), "channels_first"),
        K.spatial_3d_padding(tf.constant(VOLUMES)),
    ],
    resize=lambda K, tf: [
        K.resize_images(tf.constant(IMAGES), 2, 3, "channels_last"),
        K.resize_images(tf.constant(IMAGES), 2, 2, "channels_first", "bilinear"),
        K.resize_volumes(tf.constant(VOLUMES), 1, 2, 1, "channels_last"),
    ],
    conv=lambda K, tf: [
        K.conv1d(tf.constant(SERIES), tf.constant(waves(2, 3, 2)), padding="causal"),
        K.conv2d(tf.constant(IMAGES), tf.constant(waves(3, 2, 2, 3)), (2, 1), "same"),
        K.conv2d(tf.constant(IMAGES), tf.constant(waves(3, 2, 5, 3)), data_format="channels_first"),
        K.conv3d(tf.constant(VOLUMES), tf.constant(waves(2, 2, 2, 2, 1))),
    ],
    conv2d_transpose=lambda K, tf: [
        K.conv2d_transpose(
            tf.constant(IMAGES), tf.constant(waves(3, 2, 3, 2)), (2, 10, 8, 3), (2, 2), "same"
        )
    ],
    separable_conv2d=lambda K, tf: [
        K.separable_conv2d(
            tf.constant(IMAGES), tf.constant(waves(2, 2, 2, 1)), tf.constant(waves(1, 1, 2, 3))
        )
    ],
    pool=lambda K, tf: [
        K.pool2d(tf.constant(IMAGES), (2, 2)),
        K.pool2d(tf.constant(IMAGES), (2, 2), (2, 2), "same", pool_mode="avg"),
        K.pool3d(tf.constant(VOLUMES), (2, 2, 2)),
    ],
    pool_of_nothing=lambda K, tf: [K.pool2d(tf.constant(IMAGES), (2, 2), pool_mode="sum")],
    padding_of_nothing=lambda K, tf: [K.pool2d(tf.constant(IMAGES), (2, 2), padding="full")],
    local_conv1d=lambda K, tf: [
        K.local_conv1d(tf.constant(SERIES), tf.constant(waves(5, 6, 4)), (2,), (1,))
    ],
    local_conv2d=lambda K, tf: [
        K.local_conv2d(tf.constant(IMAGES), tf.constant(waves(6, 12, 3)), (3, 2), (2, 1), (2, 3))
    ],
    bias_add=lambda K, tf: [
        K.bias_add(tf.constant(X), tf.constant(waves(4))),
        K.bias_add(tf.constant(SERIES), tf.constant(waves(3))),
        K.bias_add(tf.constant(SERIES), tf.constant(waves(6)), "channels_first"),
        K.bias_add(tf.constant(IMAGES), tf.constant(waves(2))),
        K.bias_add(tf.constant(IMAGES), tf.constant(waves(5, 4, 2))),
        K.bias_add(tf.constant(VOLUMES), tf.constant(waves(2))),
        K.bias_add(tf.constant(VOLUMES), tf.constant(waves(3)), "channels_first"),
    ],
    bias_of_two=lambda K, tf: [K.bias_add(tf.constant(IMAGES), tf.constant(waves(4, 2)))],
    batch_normalization=lambda K, tf: [
        K.batch_normalization(
            tf.constant(IMAGES), *[tf.constant(waves(2) + 1)] * 2, beta=None, gamma=None
        ),
        K.batch_normalization(tf.constant(X), *[tf.constant(waves(4) + 1)] * 4),
    ],
    normalize_batch=lambda K, tf: [
        *K.normalize_batch_in_training(tf.constant(X), None, tf.constant(waves(4)), [0]),
        *K.normalize_batch_in_training(tf.constant(SERIES), tf.constant(waves(6)), None, [0, 2]),
        *K.normalize_batch_in_training(tf.constant(IMAGES), None, None, [0, 1, 2])[:3],
    ],
    entropies=lambda K, tf: [
        K.binary_crossentropy(tf.constant(abs(X)), K.sigmoid(tf.constant(X))),
        K.binary_crossentropy(tf.constant(abs(X)), tf.constant(abs(X[:, ::-1]))),
        K.categorical_crossentropy(tf.constant(abs(X)), tf.constant(abs(X) + 0.1), axis=0),
        K.categorical_crossentropy(tf.constant(abs(X)), tf.constant(X), from_logits=True),
        K.sparse_categorical_crossentropy(tf.constant([1, 0, 3]), K.softmax(tf.constant(X))),
    ],
    switch=lambda K, tf: [
        K.switch(tf.constant(1), tf.constant(X), lambda: tf.constant(X + 1)),
        K.switch(tf.constant(X > 0), tf.constant(X), tf.constant(X - 9)),
        K.switch(tf.constant([True, False]), tf.constant(SERIES), tf.constant(SERIES + 2)),
    ],
    switch_of_more_axes=lambda K, tf: [
        K.switch(tf.constant(X > 0), tf.constant(X[0]), tf.constant(X[0]))
    ],
    phases=lambda K, tf: [
        K.in_train_phase(tf.constant(X), lambda: tf.constant(X + 1)),
        K.in_test_phase(tf.constant(X), tf.constant(X + 1), training=1),
        K.in_train_phase(lambda: tf.constant(X), tf.constant(X + 1), training=0),
    ],
    random=lambda K, tf: [
        K.random_normal((2, 3), 1.0, 0.5, seed=1),
        K.random_uniform((2, 3), -1.0, seed=2),
        K.truncated_normal((2, 3), seed=3),
        K.random_binomial((2, 3), 0.5, seed=4),
        K.dropout(tf.constant(X), 0.5, seed=5),
    ],
    folds=lambda K, tf: [
        K.map_fn(lambda x: x * 2, tf.constant(X)),
        K.foldl(lambda a, x: a - x, tf.constant(X)),
        K.foldr(lambda a, x: a - x, tf.constant(X)),
    ],
    gradients=lambda K, tf: K.gradients(*(lambda x: (K.sum(K.square(x)), [x]))(tf.constant(X))),
    print_tensor=lambda K, tf: [K.print_tensor(tf.constant(X), "x is ")],
    ctc_labels=lambda K, tf: [
        K.to_dense(K.ctc_label_dense_to_sparse(tf.constant(LABELS), tf.constant([2, 3])))
    ],
    ctc_batch_cost=lambda K, tf: grad_of(
        tf,
        *(
            lambda y: (
                K.ctc_batch_cost(tf.constant(LABELS), y, *map(tf.constant, LENGTHS)),
                [y],
            )
        )(tf.constant(CHANCES)),
    ),
    ctc_decode=lambda K, tf: [
        *(lambda d, p: [*d, p])(*K.ctc_decode(tf.constant(CHANCES), tf.constant([6, 5]))),
        *(lambda d, p: [*d, p])(
            *K.ctc_decode(
                tf.constant(CHANCES), tf.constant([6, 5]), greedy=False, beam_width=5, top_paths=2
            )
        ),
    ],
)
LABELS = np.array([[0, 1, 0], [2, 1, 1]], np.int32)
LENGTHS = np.array([[6], [6]]), np.array([[2], [3]])
CHANCES = np.abs(waves(2, 6, 4)) + np.float32(0.125)


def variables(tf):
    K = tf.keras.backend
    v = K.variable(X, name="v")
    made = [v, K.zeros((2, 3)), K.ones((2,), name="ones"), K.eye(2)]
    made += [
        K.random_uniform_variable((2,), 0, 1, seed=1),
        K.random_normal_variable((2,), 0, 1, seed=2),
    ]
    names = [x.name for x in made]
    updates = [K.update(made[1], tf.constant(floats(2, 3))), K.update_add(v, v), K.update_sub(v, v)]
    return [tf.identity(u) for u in updates[:1]] + [tf.constant(names), K.constant(3)]


CASES["variables"] = variables


def recurrent(mask=False, states=1, **arguments):
    def function(tf):
        K = tf.keras.backend
        x = tf.constant(SERIES)
        w = tf.constant(waves(3, 3))

        def step(inputs, states):
            out = K.tanh(K.dot(inputs + states[0], w)) if states else K.dot(inputs, w)
            return out, [out] * len(states[:1])

        given = {"mask": tf.constant(np.array([[1, 1, 0, 1, 1, 0], [1] * 6], bool))} if mask else {}
        start = [tf.zeros((2, 3))] * states
        last, outputs, final = K.rnn(step, x, start, **given, **arguments)
        if arguments.get("time_major"):
            outputs = tf.transpose(outputs, (1, 0, 2))
        found, feed = grad_of(tf, tf.concat([last[:, None], outputs], 1), [x])
        return found + list(final), feed

    return function


CASES["rnn"] = recurrent()
CASES["rnn_backwards"] = recurrent(go_backwards=True)
CASES["rnn_masked"] = recurrent(mask=True)
CASES["rnn_masked_zero"] = recurrent(mask=True, zero_output_for_mask=True, go_backwards=True)
CASES["rnn_unrolled"] = recurrent(unroll=True, go_backwards=True)
CASES["rnn_unrolled_masked"] = recurrent(unroll=True, mask=True, zero_output_for_mask=True)
CASES["rnn_stateless"] = recurrent(states=0)
CASES["rnn_stateless_masked"] = recurrent(states=0, mask=True)
CASES["rnn_time_major"] = recurrent(states=0, time_major=True)
CASES["rnn_input_length"] = recurrent(input_length=4)
