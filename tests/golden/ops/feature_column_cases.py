"""Feature columns: graphs, values, errors."""

import numpy as np
from case_tools import Cases, fed

CASES = Cases()

AGES = np.array([[3.0], [18.0], [44.5]], np.float32)
PAIRS = np.array([[1.0, 20.0], [5.0, 6.0], [11.0, 0.5]], np.float32)
WORDS = np.array([["a", "b"], ["c", ""], ["zz", "a"]])
NUMBERS = np.array([[2, -1], [0, 3], [1, 1]], np.int64)


def words(tf):
    return tf.SparseTensor([[0, 0], [1, 0], [1, 1], [2, 1]], ["a", "zz", "b", "c"], [4, 2])


def indicated(build, features):
    def case(tf):
        column = tf.feature_column.indicator_column(build(tf.feature_column, tf))
        return [tf.feature_column.input_layer(features(tf), [column])]

    return case


def embedded(build, features):
    def case(tf):
        column = tf.feature_column.embedding_column(build(tf.feature_column, tf), 3)
        return [tf.feature_column.input_layer(features(tf), [column])]

    return case


def linear(build, features):
    return lambda tf: [tf.feature_column.linear_model(features(tf), [build(tf.feature_column, tf)])]


def without_tables(build):
    """Only the graph: the cases' runs initialize no tables."""
    return lambda tf: (build(tf), None)


KINDS = {"indicator": indicated, "embedding": embedded, "linear": linear}


def add(name, build, features, run=True):
    """A column in input_layer, as indicator and as embedding, and in linear_model."""
    for kind, model in KINDS.items():
        case = model(build, features)
        CASES[name + "_" + kind] = case if run else without_tables(case)


add(
    "identity",
    lambda fc, tf: fc.categorical_column_with_identity("x", 4),
    lambda tf: {"x": tf.constant(NUMBERS)},
)
add(
    "identity_default",
    lambda fc, tf: fc.categorical_column_with_identity("x", 2, default_value=1),
    lambda tf: {"x": NUMBERS.astype(np.int32)},
)
add("hash", lambda fc, tf: fc.categorical_column_with_hash_bucket("w", 7), lambda tf: {"w": WORDS})
add(
    "hash_int",
    lambda fc, tf: fc.categorical_column_with_hash_bucket("w", 7, tf.int64),
    lambda tf: {"w": NUMBERS},
)
add(
    "bucketized",
    lambda fc, tf: fc.bucketized_column(fc.numeric_column("age", shape=(2,)), [2, 6.5, 18]),
    lambda tf: {"age": PAIRS},
)


add(
    "file",
    lambda fc, tf: fc.categorical_column_with_vocabulary_file("w", "words.txt", 3, 2),
    lambda tf: {"w": words(tf)},
    run=False,
)
add(
    "list",
    lambda fc, tf: fc.categorical_column_with_vocabulary_list("w", ["c", "a"], None, 1),
    lambda tf: {"w": words(tf)},
    run=False,
)
add(
    "list_oov",
    lambda fc, tf: fc.categorical_column_with_vocabulary_list("n", (3, 1), None, -1, 2),
    lambda tf: {"n": NUMBERS},
    run=False,
)


@CASES.case
def numeric(tf):
    fc = tf.feature_column
    x, feed = fed(tf, AGES, [None, 1])
    columns = [
        fc.numeric_column("price", shape=2, normalizer_fn=lambda x: x / 2.0),
        fc.numeric_column("age", dtype=tf.int32),
    ]
    tensors = {}
    variables = {}
    result = fc.input_layer({"price": PAIRS, "age": x}, columns, None, True, variables, tensors)
    return [result] + [tensors[c] for c in columns], feed


@CASES.case
def numeric_of_vectors(tf):
    fc = tf.feature_column
    return [fc.input_layer({"age": AGES[:, 0]}, fc.numeric_column("age"))]


@CASES.case
def unknown_rank(tf):
    fc = tf.feature_column
    x, feed = fed(tf, AGES[:, 0], None)
    return [fc.input_layer({"age": x}, fc.numeric_column("age"))], feed


@CASES.case
def bucketized(tf):
    fc = tf.feature_column
    column = fc.bucketized_column(fc.numeric_column("age"), (18, 40))
    return [fc.input_layer({"age": AGES}, [column])]


@CASES.case
def linear_of_many(tf):
    fc = tf.feature_column
    age = fc.numeric_column("age")
    columns = [
        age,
        fc.bucketized_column(age, [18, 40]),
        fc.categorical_column_with_hash_bucket("w", 5),
        fc.indicator_column(fc.categorical_column_with_identity("n", 4)),
        fc.embedding_column(fc.categorical_column_with_identity("n", 4), 2, combiner="sqrtn"),
    ]
    features = {"age": AGES, "w": WORDS, "n": np.array([[2], [0], [1]])}
    variables = {}
    with tf.variable_scope("linear"):
        result = fc.linear_model(features, columns, 3, "mean", ["mine"], cols_to_vars=variables)
    assert len(tf.get_collection("mine")) == 7
    assert variables["bias"][0].op.name == "linear/linear_model/bias_weights"
    assert variables[age][0].op.name == "linear/linear_model/age/weights"
    loss = tf.reduce_mean(result**2)
    return [result] + tf.gradients(loss, tf.trainable_variables()[:1])


@CASES.case
def models_twice(tf):
    fc = tf.feature_column
    columns = [fc.numeric_column("age")]
    first = fc.linear_model({"age": AGES}, columns)
    second = fc.linear_model({"age": AGES}, columns)
    third = fc.input_layer({"age": AGES}, columns)
    return [first, second, third, fc.input_layer({"age": AGES}, columns)]


@CASES.case
def reused_embedding(tf):
    fc = tf.feature_column
    column = fc.embedding_column(
        fc.categorical_column_with_identity("x", 4),
        2,
        "sum",
        tf.ones_initializer(),
        max_norm=1.0,
        trainable=False,
    )
    with tf.variable_scope("a"):
        first = fc.input_layer({"x": NUMBERS}, column)
    with tf.variable_scope("a", reuse=True):
        second = fc.input_layer({"x": NUMBERS}, [column])
    return [first, second]


@CASES.case
def parsed(tf):
    fc = tf.feature_column
    columns = [
        fc.numeric_column("price", shape=2, default_value=[1, 2]),
        fc.bucketized_column(fc.numeric_column("age"), [18, 40]),
        fc.indicator_column(fc.categorical_column_with_hash_bucket("w", 5)),
    ]
    # Two messages, one after the other, are one: so the order of the features is fixed.
    age, word = tf.train.Example(), tf.train.Example()
    age.features.feature["age"].float_list.value.append(22)
    word.features.feature["w"].bytes_list.value.extend([b"a", b"b"])
    record = age.SerializeToString() + word.SerializeToString()
    spec = fc.make_parse_example_spec(columns)
    features = tf.parse_example([record], spec)
    return [fc.input_layer(features, columns)]


def refused(name, build):
    """A case whose words are the error's."""
    CASES["error_" + name] = lambda tf: build(tf.feature_column, tf)


refused("shape_type", lambda fc, tf: fc.numeric_column("a", shape=[1.5]))
refused("shape_zero", lambda fc, tf: fc.numeric_column("a", shape=0))
refused("numeric_dtype", lambda fc, tf: fc.numeric_column("a", dtype=tf.string))
refused("default_type", lambda fc, tf: fc.numeric_column("a", default_value="x"))
refused("default_shape", lambda fc, tf: fc.numeric_column("a", [2, 1], default_value=[1, 2]))
refused("default_int", lambda fc, tf: fc.numeric_column("a", default_value=1.5, dtype=tf.int32))
refused("normalizer", lambda fc, tf: fc.numeric_column("a", normalizer_fn=3))
refused("numeric_key", lambda fc, tf: fc.numeric_column(("a",)))
refused("bucket_source", lambda fc, tf: fc.bucketized_column("a", [1]))
refused("bucket_rank", lambda fc, tf: fc.bucketized_column(fc.numeric_column("a", [2, 3]), [1]))
refused("bucket_none", lambda fc, tf: fc.bucketized_column(fc.numeric_column("a"), []))
refused("bucket_order", lambda fc, tf: fc.bucketized_column(fc.numeric_column("a"), [1, 1]))
refused("bucket_kind", lambda fc, tf: fc.bucketized_column(fc.numeric_column("a"), 5))
refused("hash_size", lambda fc, tf: fc.categorical_column_with_hash_bucket("a", 0))
refused("hash_none", lambda fc, tf: fc.categorical_column_with_hash_bucket("a", None))
refused("hash_dtype", lambda fc, tf: fc.categorical_column_with_hash_bucket("a", 2, tf.float32))
refused("identity_size", lambda fc, tf: fc.categorical_column_with_identity("a", 0))
refused("identity_bad", lambda fc, tf: fc.categorical_column_with_identity("a", 2, 2))
refused("no_file", lambda fc, tf: fc.categorical_column_with_vocabulary_file("a", ""))
refused("lost_file", lambda fc, tf: fc.categorical_column_with_vocabulary_file("a", "not/there"))
refused(
    "file_oov",
    lambda fc, tf: fc.categorical_column_with_vocabulary_file("a", "f", 3, 2, default_value=1),
)
refused("list_empty", lambda fc, tf: fc.categorical_column_with_vocabulary_list("a", []))
refused("list_twice", lambda fc, tf: fc.categorical_column_with_vocabulary_list("a", ["b", "b"]))
refused("list_kind", lambda fc, tf: fc.categorical_column_with_vocabulary_list("a", [1.5]))
refused(
    "list_dtype", lambda fc, tf: fc.categorical_column_with_vocabulary_list("a", ["b"], tf.int32)
)
refused(
    "list_oov",
    lambda fc, tf: fc.categorical_column_with_vocabulary_list("a", ["b"], num_oov_buckets=-1),
)


def embedding(fc, *args, **kwargs):
    return fc.embedding_column(fc.categorical_column_with_identity("a", 2), *args, **kwargs)


refused("embedding_dimension", lambda fc, tf: embedding(fc, 0))
refused("embedding_initializer", lambda fc, tf: embedding(fc, 2, initializer=3))
refused("embedding_checkpoint", lambda fc, tf: embedding(fc, 2, ckpt_to_load_from="a"))
refused("no_columns", lambda fc, tf: fc.input_layer({"a": AGES}, []))
refused("columns_dict", lambda fc, tf: fc.input_layer({"a": AGES}, {"a": fc.numeric_column("a")}))
refused("columns_kind", lambda fc, tf: fc.input_layer({"a": AGES}, ["a"]))
refused("columns_twice", lambda fc, tf: fc.input_layer({"a": AGES}, [fc.numeric_column("a")] * 2))
refused(
    "categorical",
    lambda fc, tf: fc.input_layer({"a": AGES}, [fc.categorical_column_with_identity("a", 2)]),
)
refused("no_feature", lambda fc, tf: fc.input_layer({"b": AGES}, [fc.numeric_column("a")]))
refused("scalar", lambda fc, tf: fc.input_layer({"a": tf.constant(1.0)}, [fc.numeric_column("a")]))
refused(
    "batch_sizes",
    lambda fc, tf: fc.linear_model(
        {"a": AGES, "b": AGES[:2]}, [fc.numeric_column("a"), fc.numeric_column("b")]
    ),
)
refused("sparse_numbers", lambda fc, tf: fc.input_layer({"a": words(tf)}, fc.numeric_column("a")))
refused("specs_kind", lambda fc, tf: fc.make_parse_example_spec(["a"]))
refused(
    "specs_differ",
    lambda fc, tf: fc.make_parse_example_spec(
        [fc.numeric_column("a"), fc.categorical_column_with_identity("a", 2)]
    ),
)


def _identity(tf, key="x"):
    return tf.feature_column.categorical_column_with_identity(key, 4)


def _open(tf, value):
    """A value whose shape is not known while the graph is built."""
    return tf.placeholder_with_default(value.copy(), [None] * value.ndim)


def _numbers(tf):
    return {"x": tf.constant(NUMBERS), "y": tf.constant(NUMBERS[::-1].copy())}


add(
    "crossed",
    lambda fc, tf: fc.crossed_column([_identity(tf), "w"], 7),
    lambda tf: {"x": _open(tf, NUMBERS), "w": _open(tf, WORDS)},
)
add(
    "crossed_twice",
    lambda fc, tf: fc.crossed_column(
        [
            fc.crossed_column(["v", "w"], 5),
            fc.bucketized_column(fc.numeric_column("age"), [10.0, 30.0]),
        ],
        9,
        hash_key=5,
    ),
    lambda tf: {"v": _open(tf, WORDS), "w": _open(tf, WORDS[::-1]), "age": _open(tf, AGES)},
)
add(
    "weighted",
    lambda fc, tf: fc.weighted_categorical_column(_identity(tf), "weight"),
    lambda tf: {
        "x": tf.SparseTensor([[0, 0], [1, 0], [1, 1]], tf.constant([2, 0, 3], tf.int64), [3, 2]),
        "weight": tf.SparseTensor([[0, 0], [1, 0], [1, 1]], [0.5, 2.0, 3.0], [3, 2]),
    },
)
add(
    "weighted_by_integers",
    lambda fc, tf: fc.weighted_categorical_column(_identity(tf), "weight", tf.int32),
    lambda tf: {"x": tf.constant(NUMBERS[1:]), "weight": tf.constant([[1, 2], [3, 4]])},
)
CASES["weighted_by_other_types"] = indicated(
    lambda fc, tf: fc.weighted_categorical_column(_identity(tf), "y"), _numbers
)


def shared(names="xy", **more):
    def case(tf):
        columns = [_identity(tf, name) for name in names]
        columns = tf.feature_column.shared_embedding_columns(columns, 3, **more)
        return [tf.feature_column.input_layer(_numbers(tf), columns)]

    return case


CASES["shared"] = shared()
CASES["shared_named"] = shared("yx", shared_embedding_collection_name="both", combiner="sum")
CASES["shared_no_dimension"] = lambda tf: [
    tf.feature_column.shared_embedding_columns([_identity(tf)], 0)
]
CASES["shared_other_sizes"] = lambda tf: [
    tf.feature_column.shared_embedding_columns(
        [_identity(tf), tf.feature_column.categorical_column_with_identity("y", 5)], 2
    )
]
CASES["crossed_of_hashed"] = lambda tf: [
    tf.feature_column.crossed_column(
        ["a", tf.feature_column.categorical_column_with_hash_bucket("b", 4)], 3
    )
]
CASES["crossed_of_one"] = lambda tf: [tf.feature_column.crossed_column(["a"], 3)]
CASES["crossed_into_none"] = lambda tf: [tf.feature_column.crossed_column(["a", "b"], 0)]
CASES["crossed_of_weighted"] = indicated(
    lambda fc, tf: fc.crossed_column(
        [fc.weighted_categorical_column(_identity(tf), "y", tf.int64), "z"], 7
    ),
    lambda tf: dict(_numbers(tf), z=tf.constant(WORDS)),
)
