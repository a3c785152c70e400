"""tf.contrib.layers: lookups of vectors, columns that sequences have, targets."""

import numpy as np
from estimator_cases import rounded
from monitored_cases import nodes
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case


def built(tf, build):
    """Nodes, variables and values of what `build` makes."""
    with tf.Graph().as_default() as graph:
        result = build()
        names = nodes(graph)
        variables = [v.name for v in tf.global_variables()]
        with tf.Session() as session:
            for i, variable in enumerate(tf.trainable_variables()):
                shape = variable.shape.as_list()
                start = np.arange(np.prod(shape)).reshape(shape).astype(np.float32) / 8 + i
                session.run(variable.assign(start))
            session.run([tf.local_variables_initializer(), tf.tables_initializer()])
            return [names, variables, tried(lambda: rounded(session.run(result)))]


def table(tf, parts, rows=7, dimension=2, **options):
    """A table of several parts."""
    with tf.variable_scope("table", partitioner=tf.fixed_size_partitioner(parts)):
        shape = [rows, dimension] if dimension else [rows]
        return tf.get_variable("table", shape, **options)


def ids(tf, kind=None):
    kind = kind or tf.int64
    values = tf.constant([3, 0, 6, 3, 5, 1], kind)
    return tf.SparseTensor([[0, 0], [0, 3], [1, 0], [2, 0], [2, 1], [3, 0]], values, [4, 4])


def weights(tf, kind=None):
    values = tf.constant([1, 2, 3, 4, 5, 6], kind or tf.float32)
    return tf.SparseTensor([[0, 0], [0, 3], [1, 0], [2, 0], [2, 1], [3, 0]], values, [4, 4])


@case
def distributed(tf, module):
    """embedding_lookup_sparse_with_distributed_aggregation."""
    ops = module("contrib.layers.python.layers.embedding_ops")
    look_up = ops.embedding_lookup_sparse_with_distributed_aggregation
    found = {}
    for parts in (1, 3):
        for weighted in (False, True):
            for more in (
                {"combiner": "mean"},
                {"combiner": "sqrtn", "partition_strategy": "div"},
                {"combiner": "sum", "max_norm": 1.0},
                {},
            ):

                def build(parts=parts, weighted=weighted, more=more):
                    made = weights(tf) if weighted else None
                    return look_up(table(tf, parts), ids(tf), made, **more)

                label = "%d %s %s" % (parts, weighted, sorted(more.items()))  # noqa: UP031
                found[label] = built(tf, build)

    def gradients():
        variable = table(tf, 3)
        made = look_up(variable, ids(tf), weights(tf), combiner="mean")
        found = tf.gradients(made, list(variable))
        return [tf.convert_to_tensor(gradient) for gradient in found]

    found["gradients"] = built(tf, gradients)
    found["resource"] = built(
        tf, lambda: look_up(table(tf, 2, use_resource=True), ids(tf), None, combiner="sum")
    )
    found["int weights"] = built(
        tf, lambda: look_up(table(tf, 2), ids(tf, tf.int32), weights(tf, tf.int32), "div")
    )
    one = table(tf, 1)
    found["combiner"] = tried(look_up, one, ids(tf), None, combiner="max")
    found["dense"] = tried(look_up, one, [1], None)
    found["dense weights"] = tried(look_up, one, ids(tf), [1.0])
    found["strategy"] = tried(look_up, table_again(tf), ids(tf), None, "other")
    return found


def table_again(tf):
    with tf.variable_scope("again"):
        return table(tf, 2)


@case
def scattered(tf, module):
    ops = module("contrib.layers.python.layers.embedding_ops")
    words = tf.constant([["a", "b"], ["c", "a"], ["d", "e"]])
    found = {}
    for parts, more in ((1, {}), (3, {}), (2, {"hash_key": 956888297470})):

        def build(parts=parts, more=more):
            values = tf.constant([["a", "b"], ["c", "a"], ["d", "e"]])
            return ops.scattered_embedding_lookup(table(tf, parts, 11, 0), values, 3, **more)

        found["dense %d %s" % (parts, more)] = built(tf, build)  # noqa: UP031

    def sparse(**more):
        values = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], ["x", "y", "x"], [4, 2])
        return ops.scattered_embedding_lookup_sparse(table(tf, 2, 11, 0), values, 3, **more)

    for more in ({}, {"combiner": "sum"}, {"combiner": "sqrtn", "default_value": "z"}):
        found["sparse %s" % more] = built(tf, lambda more=more: sparse(**more))  # noqa: UP031
    found["whole"] = built(
        tf,
        lambda: ops.scattered_embedding_lookup_sparse(
            table(tf, 1, 11, 0), ids(tf), 2, "mean", hash_key=5
        ),
    )

    def sampled(signs):
        values = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], ["x", "y", "x"], [4, 2])
        candidates = tf.constant([[0, 2], [1, 3], [5, 6], [7, 8]], tf.int64)
        return ops._sampled_scattered_embedding_lookup_sparse(
            table(tf, 1, 11, 0),
            values,
            sampled_candidates=candidates,
            with_sign_hash=signs,
            hash_key=7,
        )

    found["sampled"] = built(tf, lambda: sampled(False))
    found["signs"] = built(tf, lambda: sampled(True))
    one = table(tf, 1, 11, 0)
    found["no dimension"] = tried(ops.scattered_embedding_lookup, one, words, None)
    found["dimension"] = tried(ops.scattered_embedding_lookup, one, words, 0)
    found["rank"] = tried(ops.scattered_embedding_lookup, tf.ones([2, 2]), words, 2)
    found["sizes"] = tried(ops.scattered_embedding_lookup, [tf.ones([2]), tf.ones([3])], words, 2)
    found["no sparse"] = tried(ops.scattered_embedding_lookup_sparse, one, words, 2)
    found["no combiner"] = tried(sparse_wrong, tf, ops)
    return found


def sparse_wrong(tf, ops):
    return ops.scattered_embedding_lookup_sparse(
        tf.ones([5]), tf.SparseTensor([[0, 0]], ["a"], [1, 1]), 2, "max"
    )


def sequence_columns(tf, module):
    layers = tf.contrib.layers
    column = module("contrib.layers.python.layers.feature_column")
    ones = tf.ones_initializer()
    keys = layers.sparse_column_with_integerized_feature("ids", 7)
    weighted = layers.weighted_sparse_column(keys, "weights")
    return {
        "numbers": layers.real_valued_column("x", 2),
        "whole": layers.real_valued_column("y", dtype=tf.int32),
        "normalized": column._real_valued_var_len_column("x", 0.0, normalizer=lambda t: t * 3),
        "sparse": column._real_valued_var_len_column("weights", is_sparse=True),
        "embedding": layers.embedding_column(keys, 2, initializer=ones),
        "weighted": layers.embedding_column(weighted, 2, "sum", ones),
        "one hot": layers.one_hot_column(keys),
        "scattered": layers.scattered_embedding_column("words", 11, 3, 5, initializer=ones),
        "bucketized": layers.bucketized_column(layers.real_valued_column("x", 2), [0.5]),
        "keys": keys,
        "crossed": layers.embedding_column(layers.crossed_column([keys, keys], 5), 2),
    }


def sequences(tf):
    return {
        "x": tf.placeholder_with_default(
            np.arange(12.0).reshape(2, 3, 2).astype("f"), [2, None, 2]
        ),
        "y": tf.constant([[1, 2, 3], [4, 5, 6]]),
        "ids": ids(tf),
        "weights": weights(tf),
        "words": tf.SparseTensor([[0, 0], [0, 1], [2, 0]], ["x", "y", "x"], [4, 2]),
    }


@case
def sequence_input(tf, module):
    found = {}
    combine = tf.contrib.layers.sequence_input_from_feature_columns
    for name in ("numbers", "whole", "normalized", "embedding", "weighted", "one hot", "sparse"):

        def build(name=name):
            return combine(sequences(tf), [sequence_columns(tf, module)[name]])

        found[name] = tried(built, tf, build)

    def several():
        columns = sequence_columns(tf, module)
        return combine(sequences(tf), [columns["numbers"], columns["whole"]], ["w"], scope="s")

    found["several"] = built(tf, several)
    columns = sequence_columns(tf, module)
    for name in ("scattered", "bucketized", "keys", "crossed"):
        found["no " + name] = tried(combine, sequences(tf), [columns[name]])
    vector = {"x": tf.ones([3])}
    found["rank"] = tried(combine, vector, [columns["numbers"]])
    return found


@case
def not_sequences(tf, module):
    layers, found = tf.contrib.layers, {}
    columns = sequence_columns(tf, module)
    given = sequences(tf)

    def matrix():
        return dict(sequences(tf), x=tf.constant([[1.0, 2.0], [3.0, 4.0]]))

    for name in ("scattered", "normalized"):

        def deep(name=name):
            chosen = [sequence_columns(tf, module)[name]]
            return layers.input_from_feature_columns(matrix(), chosen)

        found["deep " + name] = built(tf, deep)

    def core():
        chosen = [sequence_columns(tf, module)["scattered"]]
        return tf.feature_column.input_layer(sequences(tf), chosen)

    found["core scattered"] = built(tf, core)

    def wide():
        chosen = [sequence_columns(tf, module)["normalized"]]
        return layers.weighted_sum_from_feature_columns(matrix(), chosen, 2)[0]

    found["wide normalized"] = built(tf, wide)
    found["wide sparse"] = tried(
        layers.weighted_sum_from_feature_columns, given, [columns["sparse"]], 2
    )
    found["wide scattered"] = tried(
        layers.weighted_sum_from_feature_columns, given, [columns["scattered"]], 2
    )[:80]
    found["deep sparse"] = tried(layers.input_from_feature_columns, given, [columns["sparse"]])[:90]
    column = module("contrib.layers.python.layers.feature_column")
    var_len = column._real_valued_var_len_column
    found["type"] = tried(var_len, "x", dtype=tf.string)
    found["default"] = tried(var_len, "x")
    found["list"] = tried(var_len, "x", [1.0])
    found["texts"] = [
        str(c) for c in (var_len("x", 1), var_len("x", 1.5, tf.int64), columns["sparse"])
    ]
    found["keys"] = [columns[name].key for name in ("normalized", "sparse")]
    found["scattered key"] = columns["scattered"].key
    found["scattered name"] = columns["scattered"].name
    scattered = layers.scattered_embedding_column
    found["dimension"] = tried(scattered, "a", 3, 0, 1)
    found["size"] = tried(scattered, "a", 0, 1, 1)
    found["combiner"] = tried(scattered, "a", 3, 1, 1, "max")
    found["initializer"] = tried(scattered, "a", 3, 1, 1, initializer=3)
    ids_only = columns["keys"]._wide_embedding_lookup_arguments(None)
    found["wide arguments"] = [ids_only.vocab_size, ids_only.combiner]
    deep_only = columns["embedding"]._deep_embedding_lookup_arguments(None)
    found["deep arguments"] = describe([deep_only.vocab_size, deep_only.dimension])
    found["fields"] = describe([ids_only._fields, deep_only._fields])
    found["no wide"] = tried(columns["numbers"]._wide_embedding_lookup_arguments, None)
    found["no deep"] = tried(columns["numbers"]._deep_embedding_lookup_arguments, None)
    found["no dense"] = tried(columns["keys"]._to_dense_tensor, None)
    other = layers.sparse_column_with_integerized_feature("other", 7)
    wider = layers.sparse_column_with_integerized_feature("other", 8)
    found["compatible"] = [columns["keys"].is_compatible(c) for c in (other, wider)]
    return found


@case
def private(tf, module):
    """What programs find beside the public names."""
    column = module("contrib.layers.python.layers.feature_column")
    ops = module("contrib.layers.python.layers.feature_column_ops")

    class Series:
        def required_base_features(self):
            return {"x": tf.FixedLenFeature([2], tf.float32)}

        def build(self, given):
            return tf.cast(given["x"] * 2, tf.int32)

    given = {"x": tf.constant([[1.0, 2.0], [3.0, 4.0]])}
    series = column.DataFrameColumn("frame", Series())
    # TensorFlow's cannot be the key of a dict.
    made = series._to_dnn_input_layer(series.series.build(given))
    doubled = tf.contrib.layers.real_valued_column("x", 2, normalizer=lambda t: t * 2)
    layer = ops._Transformer(given).transform(doubled)
    bucketize = module("contrib.layers.python.ops.bucketization_op").bucketize
    found = {
        "column": [series.name, series.key, describe(series.config)],
        "reshaped": str(ops._maybe_reshape_input_tensor(tf.ones([2, 3, 4]), "a", 2).shape),
        "boundaries": tried(bucketize, [1.0], 3),
    }
    with tf.Session() as session:
        found["made"] = describe(session.run(made))
        found["layer"] = describe(session.run(layer))
        found["buckets"] = describe(session.run(bucketize(tf.constant([1.0, 5.0]), [2.0, 5.0])))

    class Idle(column._FeatureColumn):
        name = key = "idle"
        config = {}

        def insert_transformed_feature(self, columns_to_tensors):
            pass

    found["not made"] = tried(ops._Transformer({}).transform, Idle())
    return found


@case
def sequence_examples(tf, module):
    layers = tf.contrib.layers
    column = module("contrib.layers.python.layers.feature_column")
    example = tf.train.SequenceExample()
    example.context.feature["age"].float_list.value.append(30.0)
    for values in ([1.0, 2.0], [3.0, 4.0]):
        steps = example.feature_lists.feature_list["x"].feature.add()
        steps.float_list.value.extend(values)
    for words in ([b"a"], [b"b", b"c"]):
        steps = example.feature_lists.feature_list["words"].feature.add()
        steps.bytes_list.value.extend(words)
    keys = layers.sparse_column_with_hash_bucket("words", 10)
    columns = [
        layers.real_valued_column("x", 2),
        layers.real_valued_column("z", 2, 0.0),
        keys,
        column._real_valued_var_len_column("v", 1.0),
    ]
    read = layers.parse_feature_columns_from_sequence_examples
    context, sequence = read(
        [example.SerializeToString()], [layers.real_valued_column("age")], columns
    )
    with tf.Session() as session:
        found = {"context": describe(session.run(context))}
        values = session.run(sequence)
        found["sequence"] = describe([values[name] for name in ("x", "z", "v")])
        found["words"] = describe(values["words"])
    spec = column._create_sequence_feature_spec_for_parsing
    found["spec"] = describe(sorted(spec(columns).items()))
    found["missing"] = describe(sorted(spec(columns, True).items()))
    found["nothing"] = tried(read, "", None, None)
    found["several"] = tried(read, ["", ""], None, None)[:80]
    return found


@case
def targets(tf, module):
    layers = tf.contrib.layers
    column = module("contrib.layers.python.layers.target_column")
    kinds = {
        "regression": (layers.regression_target, {}, [[2.0], [3.0], [0.5]], [1.0, 5.0, 0.0]),
        "regressions": (
            layers.regression_target,
            {"label_dimension": 2},
            [[2.0, 1.0], [3.0, 0.0], [0.5, 2.0]],
            [[1.0, 0.0], [5.0, 1.0], [0.0, 0.5]],
        ),
        "two": (layers.multi_class_target, {"n_classes": 2}, [[2.0], [-3.0], [0.5]], [1, 0, 0]),
        "three": (
            layers.multi_class_target,
            {"n_classes": 3},
            [[2.0, 1.0, 0.0], [3.0, 0.0, 1.0], [0.5, 2.0, 3.0]],
            [[1], [0], [2]],
        ),
        "svm": (column.binary_svm_target, {}, [[2.0], [-3.0], [0.5]], [1, 0, 0]),
    }
    found = {}
    for name, (make, options, logits, labels) in kinds.items():
        for weighted in (False, True):

            def build(name=name, make=make, options=options, given=(logits, labels), w=weighted):
                logits, labels = (tf.constant(value) for value in given)
                target = make(weight_column_name="w" if w else None, **options)
                features = {"w": tf.constant([[2], [1], [3]])}
                predictions = target.logits_to_predictions(logits)
                metrics = {"error": tf.contrib.metrics.streaming_mean_absolute_error}
                if "regression" not in name:
                    metrics = (
                        None
                        if name == "two"
                        else {("right", "classes"): tf.contrib.metrics.streaming_accuracy}
                    )
                if name == "regressions":
                    metrics = None
                evaluated = target.get_eval_ops(features, logits, labels, metrics)
                updates = {k: v[1] for k, v in evaluated.items()}
                return [
                    target.training_loss(logits, labels, features),
                    target.loss(logits, labels, features),
                    predictions,
                    updates,
                ]

            found["%s %s" % (name, weighted)] = tried(built, tf, build)  # noqa: UP031
    two, svm = layers.multi_class_target(2, "label", "w"), column.binary_svm_target()
    logits = tf.constant([[2.0], [-3.0]])
    with tf.Session() as session:
        found["probabilities"] = rounded(session.run(two.logits_to_predictions(logits, True)))
    found["names"] = [two.label_name, two.weight_column_name, two.num_label_columns]
    found["kinds"] = [two.problem_type, layers.regression_target().problem_type]
    found["no probabilities"] = tried(svm.logits_to_predictions, logits, True)
    found["classes"] = tried(layers.multi_class_target, 1)
    found["labels in a dict"] = tried(two.loss, logits, {"label": 1}, {})
    three = layers.multi_class_target(3)
    found["label type"] = tried(three.loss, tf.ones([2, 3]), tf.ones([2]), {})
    plain = layers.multi_class_target(2)
    labels = tf.constant([1, 0])
    for label, metrics in (
        ("long", {("a", "b", "c"): 1}),
        ("kind", {("a", "b"): 1}),
        ("no name", {3: 1}),
    ):
        found["metrics " + label] = tried(plain.get_eval_ops, {}, logits, labels, metrics)
    found["binary"] = sorted(column.get_default_binary_metrics_for_eval([0.25, 0.5]))
    target = column._TargetColumn(lambda a, b: a, 1, None, None, 0)
    found["abstract"] = tried(target.logits_to_predictions, logits)
    found["no loss"] = tried(column._TargetColumn, None, 1, None, None, 0)
    found["no columns"] = tried(column._TargetColumn, max, None, None, None, 0)
    return found
