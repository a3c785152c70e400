"""tf.contrib.layers' feature columns, and tf.contrib.learn's estimators with them."""

import os
import tempfile

import numpy as np
from estimator_cases import keeper, rounded
from learn_canned_cases import CLASSES, WORDS, X, Y, constant_start
from monitored_cases import nodes
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case


def features(tf):
    sparse = tf.SparseTensor([[0, 0], [1, 0], [1, 1], [3, 0]], ["a", "b", "zz", "c"], [4, 2])
    numbers = tf.SparseTensor([[0, 0], [1, 0], [3, 1]], tf.constant([3, 11, 5], tf.int64), [4, 2])
    weights = tf.SparseTensor([[0, 0], [1, 0], [1, 1], [3, 0]], [0.5, 2.0, 1.0, 3.0], [4, 2])
    # Not constant, or TensorFlow computes crosses while it builds.
    rows = [[1.0, 5.0], [2.0, 4.0], [3.0, 3.0], [4.0, 2.0]]
    return {
        "x": tf.placeholder_with_default(rows, [None, 2]),
        "y": tf.constant([1, 2, 3, 4]),
        "s": sparse,
        "n": numbers,
        "w": weights,
        "d": tf.constant([["a"], ["b"], [""], ["c"]]),
    }


def columns(tf):
    layers = tf.contrib.layers
    x = layers.real_valued_column("x", 2)
    keys = layers.sparse_column_with_keys("s", ["a", "b", "c"])
    hashed = layers.sparse_column_with_hash_bucket("s", 7, "mean")
    whole = layers.sparse_column_with_integerized_feature("n", 5)
    dense = layers.sparse_column_with_keys("d", ["c", "b", "a"], combiner="sqrtn")
    same = layers.sparse_column_with_keys("d", ["a", "b", "c"])
    ones = tf.ones_initializer()
    weighted = layers.weighted_sparse_column(keys, "w")
    return {
        "x": x,
        "y": layers.real_valued_column("y", dtype=tf.int32, normalizer=lambda v: v * 2),
        "buckets": layers.bucketized_column(x, [2.0, 2.0, 3.5]),
        "y buckets": layers.bucketized_column(layers.real_valued_column("y"), (2.0, 3.0)),
        "keys": keys,
        "hashed": hashed,
        "keyed": layers.sparse_column_with_hash_bucket("s", 7, hash_keys=[[1, 2], [3, 4]]),
        "whole": whole,
        "whole hashed": layers.sparse_column_with_hash_bucket("n", 5, dtype=tf.int64),
        "dense": dense,
        "weighted": weighted,
        "one hot": layers.one_hot_column(keys),
        "weighted one hot": layers.one_hot_column(weighted),
        "embedding": layers.embedding_column(hashed, 3, initializer=ones),
        "weighted embedding": layers.embedding_column(weighted, 2, "sum", ones, max_norm=1.0),
        "crossed": layers.crossed_column([keys, whole], 20),
        "crossed buckets": layers.crossed_column(
            [layers.bucketized_column(x, [2.0, 3.5]), keys], 30, "mean", hash_key=956888297470
        ),
        "crossed twice": layers.crossed_column(
            [layers.crossed_column([keys, whole], 20), layers.bucketized_column(x, [2.0])], 40
        ),
        "shared": layers.shared_embedding_columns([keys, same], 2, initializer=ones),
    }


DEEP = ("x", "y", "buckets", "one hot", "weighted one hot", "embedding", "weighted embedding")
WIDE = ("x", "y", "buckets", "y buckets", "keys", "hashed", "keyed", "whole", "whole hashed")
WIDE += ("dense", "weighted", "crossed", "crossed buckets", "crossed twice")


def ran(tf, fetches):
    for i, variable in enumerate(sorted(tf.trainable_variables(), key=lambda v: v.name)):
        shape = variable.shape.as_list()
        start = (np.arange(np.prod(shape)).reshape(shape) + i).astype(np.float32) / 8
        tf.add_to_collection("starts", variable.assign(start))
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        session.run(tf.get_collection("starts"))
        return rounded(session.run(fetches))


def built(tf, build, wanted):
    """Nodes, variables and values of what is built of some columns."""
    with tf.Graph().as_default() as graph:
        made = columns(tf)
        chosen = []
        for name in wanted:
            chosen.extend(made[name] if name == "shared" else [made[name]])
        result = build(features(tf), chosen)
        names = nodes(graph)
        variables = [v.name for v in tf.get_collection("weights")]
        return [names, variables, ran(tf, result)]


@case
def one_by_one(tf, module):
    layers, found = tf.contrib.layers, {}

    def deep(given, chosen):
        return layers.input_from_feature_columns(given, chosen, ["weights"])

    def wide(given, chosen):
        return layers.weighted_sum_from_feature_columns(given, chosen, 2, ["weights"])[0]

    def joint(given, chosen):
        return layers.joint_weighted_sum_from_feature_columns(given, chosen, 2, ["weights"])[0]

    for name in (*DEEP, "shared"):
        found["deep " + name] = built(tf, deep, [name])
    for name in WIDE:
        found["wide " + name] = built(tf, wide, [name])
    found["deep"] = built(tf, deep, DEEP)
    found["wide"] = built(tf, wide, WIDE)
    found["joint"] = built(tf, joint, ["keys", "whole"])
    return found


@case
def crosses(tf, module):
    """`sparse_feature_cross`, hashed and not."""
    cross = module("contrib.layers.python.ops.sparse_feature_cross_op").sparse_feature_cross
    first = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], ["x", "y", "z"], [2, 2])
    dense = tf.constant([["p", "q"], ["r", ""]])
    whole = tf.SparseTensor([[0, 0], [1, 0]], tf.constant([5, -7], tf.int64), [2, 1])
    found = {}
    with tf.Session() as session:
        for name, more in (
            ("joined", {}),
            ("hashed", {"hashed_output": True}),
            ("buckets", {"hashed_output": True, "num_buckets": 1000}),
            ("keyed", {"hashed_output": True, "num_buckets": 1000, "hash_key": 956888297470}),
            ("keyed, whole", {"hashed_output": True, "hash_key": 1}),
        ):
            for count, inputs in enumerate(([first, dense], [first, whole], [whole, dense, first])):
                made = session.run(cross(inputs, **more))
                found["%s %d" % (name, count)] = describe(made)  # noqa: UP031
    found["no list"] = tried(cross, first)
    return found


@case
def in_core_functions(tf, module):
    found = {}

    def deep(given, chosen):
        return tf.feature_column.input_layer(given, chosen)

    def wide(given, chosen):
        return tf.feature_column.linear_model(given, chosen)

    for name in ("x", "buckets", "one hot"):
        found["deep " + name] = built(tf, deep, [name])[2]
    for name in ("x", "buckets", "keys", "weighted"):
        found["wide " + name] = built(tf, wide, [name])[2]
    return found


@case
def texts(tf, module):
    layers, made = tf.contrib.layers, columns(tf)
    made["shared"], made["other"] = made["shared"]
    found = {name: [column.name, column.key] for name, column in made.items()}
    found = {k: [n, key.split(", initializer")[0]] for k, (n, key) in found.items()}
    plain = [made[n] for n in ("x", "y", "keys", "whole", "weighted", "one hot", "embedding")]
    found["spec"] = describe(layers.create_feature_spec_for_parsing(plain))
    found["defaults"] = describe(
        layers.create_feature_spec_for_parsing(
            [
                layers.real_valued_column("a", 2, 1),
                layers.real_valued_column("b", 2, [1, 2.5]),
                layers.real_valued_column("c", 1, 3, tf.int64),
            ]
        )
    )
    placeholders = layers.make_place_holder_tensors_for_base_features([made["x"], made["keys"]])
    found["placeholders"] = sorted(placeholders)
    found["inferred"] = describe(
        [str(c) for c in layers.infer_real_valued_columns({"p": tf.ones([3, 2, 4])})]
    )
    found["inferred one"] = str(layers.infer_real_valued_columns(tf.ones([3, 2], tf.int32))[0])
    found["input"] = [str(c) for c in tf.contrib.learn.infer_real_valued_columns_from_input(X)]
    found["transformed"] = sorted(
        c.name for c in layers.transform_features(features(tf), [made["x"], made["keys"]])
    )
    example = tf.train.Example()
    example.features.feature["x"].float_list.value.extend([1.0, 2.0])
    example.features.feature["s"].bytes_list.value.append(b"b")
    parsed = layers.parse_feature_columns_from_examples(
        [example.SerializeToString()], [made["x"], made["keys"]]
    )
    with tf.Session() as session:
        session.run(tf.tables_initializer())
        found["parsed"] = rounded(session.run(parsed[made["x"]]))
        found["parsed ids"] = rounded(session.run(parsed[made["keys"]].values))
    return found


@case
def wrong(tf, module):
    layers = tf.contrib.layers
    x, keys = layers.real_valued_column("x", 2), layers.sparse_column_with_keys("s", ["a"])
    given = features(tf)
    real = layers.real_valued_column
    return {
        "dimension": tried(real, "x", 0),
        "float dimension": tried(real, "x", 1.5),
        "no dimension": tried(real, "x", None),
        "type": tried(real, "x", dtype=tf.string),
        "default": tried(real, "x", 2, [1.0]),
        "float default": tried(real, "x", 1, 1.5, tf.int32),
        "text default": tried(real, "x", 1, "a"),
        "source": tried(layers.bucketized_column, keys, [1.0])[:70],
        "boundaries": tried(layers.bucketized_column, x, []),
        "order": tried(layers.bucketized_column, x, [2.0, 1.0]),
        "size": tried(layers.sparse_column_with_hash_bucket, "s", 0),
        "hash type": tried(layers.sparse_column_with_hash_bucket, "s", 2, dtype=tf.float32),
        "whole type": tried(layers.sparse_column_with_integerized_feature, "s", 2, dtype=tf.string),
        "keys": tried(layers.sparse_column_with_hash_bucket, "s", 2, hash_keys=[[1]]),
        "no keys": tried(layers.sparse_column_with_hash_bucket, "s", 2, hash_keys=[]),
        "file": tried(layers.sparse_column_with_vocabulary_file, "s", "file"),
        "weights": tried(layers.weighted_sparse_column, keys, "w", tf.string),
        "initializer": tried(layers.embedding_column, keys, 2, initializer=3),
        "checkpoint": tried(layers.embedding_column, keys, 2, ckpt_to_load_from="a"),
        "shared": tried(layers.shared_embedding_columns, [x], 2)[:60],
        "none shared": tried(layers.shared_embedding_columns, [], 2),
        "text shared": tried(layers.shared_embedding_columns, "ab", 2)[:60],
        "twice": tried(layers.check_feature_columns, [x, x]),
        "dict": tried(layers.check_feature_columns, {}),
        "sparse in networks": tried(layers.input_from_feature_columns, given, [keys])[:60],
        "no feature": tried(layers.input_from_feature_columns, {}, [real("z")])[:30],
        "joint": tried(layers.joint_weighted_sum_from_feature_columns, given, [x], 1),
        "embedding in sums": tried(
            layers.weighted_sum_from_feature_columns,
            given,
            [layers.embedding_column(keys, 2, initializer=tf.ones_initializer())],
            1,
        )[:60],
        "crossed kind": tried(layers.crossed_column, [x, keys], 10)[:60],
        "crossed few": tried(layers.crossed_column, [keys], 10)[:50],
        "crossed buckets": tried(layers.crossed_column, [keys, keys], 1),
        "crossed deep": tried(
            layers.input_from_feature_columns,
            given,
            [layers.crossed_column([keys, layers.sparse_column_with_keys("d", ["a"])], 9)],
        )[:60],
        "spec": tried(layers.create_feature_spec_for_parsing, [3]),
    }


@case
def vocabularies(tf, module):
    layers = tf.contrib.layers
    path = os.path.join(tempfile.mkdtemp(), "words")
    with open(path, "w") as file:
        file.write("b\na\nc\n")
    column = layers.sparse_column_with_vocabulary_file("s", path, 2, 3)
    made = layers.transform_features(features(tf), [column])
    with tf.Session() as session:
        session.run(tf.tables_initializer())
        return {"ids": rounded(session.run(made[column].values)), "length": column.length}


def flowers(tf, name):
    """The first steps of the tutorials: arrays, columns of their numbers."""
    learn, kept, found = tf.contrib.learn, {}, {}
    inferred = learn.infer_real_valued_columns_from_input(X)
    config = learn.RunConfig(tf_random_seed=1, model_dir=tempfile.mkdtemp())
    estimator = {
        "dnn": lambda: learn.DNNClassifier([4, 3], inferred, n_classes=3, config=config),
        "linear": lambda: learn.LinearClassifier(inferred, n_classes=3, config=config),
        "dnn regressor": lambda: learn.DNNRegressor([3], inferred, config=config),
        "linear regressor": lambda: learn.LinearRegressor(inferred, config=config),
    }[name]()
    y = Y if "regressor" in name else CLASSES
    estimator.fit(
        X, y, steps=4, batch_size=20, monitors=[keeper(tf, kept, "train"), constant_start(tf)]
    )
    found["evaluate"] = rounded(sorted(estimator.evaluate(X, y).items(), key=str)[0][1])
    found["predict"] = rounded(list(estimator.predict(X[:4])))
    found["names"] = estimator.get_variable_names()
    found["nodes"] = kept["train"]
    return found


@case
def flowers_dnn(tf, module):
    return flowers(tf, "dnn")


@case
def flowers_linear(tf, module):
    return flowers(tf, "linear")


@case
def flowers_dnn_regressor(tf, module):
    return flowers(tf, "dnn regressor")


@case
def flowers_linear_regressor(tf, module):
    return flowers(tf, "linear regressor")


@case
def wide_and_deep(tf, module):
    learn, layers, kept, found = tf.contrib.learn, tf.contrib.layers, {}, {}
    words = layers.sparse_column_with_keys("v", ["a", "b", "c"])
    numbers = layers.real_valued_column("x", 2)
    wide = [words, layers.bucketized_column(numbers, [0.2, 0.5])]
    ones = tf.ones_initializer()
    deep = [numbers, layers.embedding_column(words, 2, initializer=ones)]
    estimator = learn.DNNLinearCombinedClassifier(
        tempfile.mkdtemp(),
        linear_feature_columns=wide,
        dnn_feature_columns=deep,
        dnn_hidden_units=[4],
        embedding_lr_multipliers={deep[1]: 0.5},
        fix_global_step_increment_bug=True,
        config=learn.RunConfig(tf_random_seed=1),
    )

    def input_fn():
        return {"x": tf.constant(X), "v": tf.constant(WORDS)}, tf.constant(CLASSES % 2)

    hooks = [keeper(tf, kept, "train"), constant_start(tf)]
    estimator.fit(input_fn=input_fn, steps=4, monitors=hooks)
    values = estimator.evaluate(input_fn=input_fn, steps=1)
    found["evaluate"] = [[k, rounded(v)] for k, v in sorted(values.items())]
    found["predict"] = rounded(list(estimator.predict(input_fn=input_fn)))
    found["nodes"] = kept["train"]
    return found
