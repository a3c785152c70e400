"""Columns of sequences, columns shared in layers, columns that programs derive."""

import collections

import numpy as np
from estimator_cases import rounded
from monitored_cases import nodes
from outcomes import Cases, describe, plain, tried

CASES = Cases()
case = CASES.case

V2 = "python.feature_column.feature_column_v2"
V1 = "python.feature_column.feature_column"
SEQUENCE = "python.feature_column.sequence_feature_column"


def features(tf):
    return {
        "ids": tf.SparseTensor([[0, 0], [1, 0], [1, 1], [3, 0]], [2, 0, 1, 1], [4, 2]),
        "deep": tf.SparseTensor([[0, 0, 0], [1, 1, 0], [1, 1, 1]], [2, 0, 1], [2, 2, 2]),
        "texts": tf.SparseTensor([[0, 0], [1, 0], [1, 1], [3, 0]], ["a", "b", "zz", "c"], [4, 2]),
        "numbers": tf.SparseTensor([[0, 0], [0, 1], [1, 0], [3, 0]], [0.5, 2.0, 1.0, 3.0], [4, 2]),
        "pairs": tf.SparseTensor(
            [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1]], [0.5, 2.0, 1.0, 3.0, 4.0], [3, 4]
        ),
        "x": tf.constant([[1.0], [2.0], [3.0], [4.0]]),
    }


def dense_columns(tf, fc):
    """Columns of sequences by name; `fc` has the functions that make categories."""
    core = tf.feature_column
    ones = tf.ones_initializer()
    ids = fc.sequence_categorical_column_with_identity("ids", 3)
    texts = fc.sequence_categorical_column_with_vocabulary_list("texts", ["c", "b", "a"])
    hashed = fc.sequence_categorical_column_with_hash_bucket("texts", 5)
    return {
        "embedding": core.embedding_column(ids, 2, initializer=ones),
        "indicator": core.indicator_column(ids),
        "deep embedding": core.embedding_column(
            fc.sequence_categorical_column_with_identity("deep", 3), 2, "sum", ones
        ),
        "deep indicator": core.indicator_column(
            fc.sequence_categorical_column_with_identity("deep", 3)
        ),
        "texts": core.indicator_column(texts),
        "hashed": core.embedding_column(hashed, 2, initializer=ones, max_norm=1.0),
        "numbers": fc.sequence_numeric_column("numbers"),
        "pairs": fc.sequence_numeric_column("pairs", (2,), 7.0),
        "normalized": fc.sequence_numeric_column("numbers", normalizer_fn=lambda t: t * 3.0),
    }


def built(tf, build):
    """Nodes, variables and values of what `build` makes of features."""
    with tf.Graph().as_default() as graph:
        result = build(features(tf))
        names, variables = nodes(graph), [v.name for v in tf.global_variables()]
        with tf.Session() as session:
            for variable in tf.global_variables():
                shape = variable.shape.as_list()
                start = np.arange(np.prod(shape)).reshape(shape).astype(np.float32) / 8
                session.run(variable.assign(start))
            session.run(tf.tables_initializer())
            return [names, variables, tried(lambda: rounded(session.run(result)))]


@case
def sequence_features(tf, module):
    found = {}
    for name in dense_columns(tf, tf.feature_column):

        def build(given, name=name):
            column = dense_columns(tf, tf.feature_column)[name]
            return tf.keras.experimental.SequenceFeatures([column])(given)

        found[name] = tried(built, tf, build)

    def build_two(given):
        made = dense_columns(tf, tf.feature_column)
        layer = tf.keras.experimental.SequenceFeatures(
            [made["texts"], made["embedding"], made["indicator"]], name="steps"
        )
        outputs, lengths = layer(given)
        shape = layer.compute_output_shape((4, 2))
        return [outputs, lengths, tf.constant(str(tuple(shape)))]

    found["several"] = built(tf, build_two)

    def build_unequal(given):
        made = dense_columns(tf, tf.feature_column)
        chosen = [made["numbers"], made["embedding"]]
        return tf.keras.experimental.SequenceFeatures(chosen)(given)

    found["unequal"] = built(tf, build_unequal)[2][:40]
    return found


@case
def sequence_input_layer(tf, module):
    found, contrib = {}, tf.contrib.feature_column
    for name in dense_columns(tf, contrib):

        def build(given, name=name):
            return contrib.sequence_input_layer(given, [dense_columns(tf, contrib)[name]])

        found[name] = tried(built, tf, build)

    def build_two(given):
        made = dense_columns(tf, contrib)
        chosen = [made["texts"], made["embedding"], made["indicator"]]
        return contrib.sequence_input_layer(given, chosen, ["weights"], trainable=False)

    found["several"] = built(tf, build_two)

    def build_shared(given):
        one = contrib.sequence_categorical_column_with_identity("ids", 3)
        other = contrib.sequence_categorical_column_with_identity("same", 3)
        chosen = tf.feature_column.shared_embedding_columns([one, other], 2)
        return contrib.sequence_input_layer(dict(given, same=given["ids"]), chosen)

    found["shared"] = built(tf, build_shared)
    return found


@case
def context(tf, module):
    join = module(SEQUENCE).concatenate_context_input
    steps = tf.placeholder_with_default(np.ones([2, 3, 1], np.float32), [None, None, 1])
    one = tf.constant([[5.0, 6.0], [7.0, 8.0]])
    with tf.Session() as session:
        value = session.run(join(one, steps))
    return {
        "value": describe(value),
        "rank": tried(join, steps, one),
        "sequence rank": tried(join, one, one),
        "type": tried(join, tf.cast(one, tf.int32), steps),
    }


@case
def lengths(tf, module):
    length = module("python.feature_column.utils").sequence_length_from_sparse_tensor
    given = features(tf)
    with tf.Session() as session:
        return {
            name: describe(session.run(length(given[name], size)))
            for name, size in (("ids", 1), ("pairs", 2), ("pairs", 1), ("deep", 1))
        }


@case
def shared_in_layers(tf, module):
    shared = module(V2).shared_embedding_columns_v2
    core, found = tf.feature_column, {}

    def columns(**more):
        one = core.categorical_column_with_identity("ids", 3)
        other = core.categorical_column_with_identity("same", 3)
        return shared([other, one], 2, **more)

    def build(given):
        layer = tf.keras.layers.DenseFeatures(columns())
        given = dict(given, same=given["ids"])
        return [layer(given), layer(given)]

    found["dense"] = built(tf, build)

    def build_sequence(given):
        one = core.sequence_categorical_column_with_identity("ids", 3)
        other = core.sequence_categorical_column_with_identity("same", 3)
        chosen = shared([one, other], 2, "sum", shared_embedding_collection_name="vectors")
        given = dict(given, same=given["ids"])
        return tf.keras.experimental.SequenceFeatures(chosen)(given)

    found["sequence"] = built(tf, build_sequence)
    first = columns()[0]
    given = dict(features(tf), same=features(tf)["ids"])
    found["texts"] = describe([c.name for c in columns()])
    found["spec"] = describe(first.parse_example_spec)
    found["parents"] = describe([c.name for c in first.parents])
    found["input layer"] = tried(core.input_layer, given, [first])
    found["no sequence"] = tried(tf.keras.experimental.SequenceFeatures([first]).call, given)[:80]
    found["initializer"] = tried(columns, initializer=3)
    found["checkpoint"] = tried(columns, ckpt_to_load_from="a")
    one, other = core.categorical_column_with_identity("a", 3), core.numeric_column("b")
    hashed = core.categorical_column_with_hash_bucket("c", 3)
    more = core.categorical_column_with_identity("d", 4)
    found["dimension"] = tried(shared, [one, more], 0)
    found["kinds"] = tried(shared, [one, hashed], 2)
    found["numbers"] = tried(shared, [one, more], 2)
    found["no categories"] = tried(shared, [other], 2)[:30]
    return found


@case
def derived(tf, module):
    """Columns of programs, by either names of the methods."""
    v2, v1, found = module(V2), module(V1), {}

    class Doubled(v2.DenseColumn, collections.namedtuple("Doubled", ["key"])):
        _is_v2_column = True
        name = property(lambda self: self.key + "_doubled")
        parents = property(lambda self: [self.key])
        parse_example_spec = property(lambda self: {self.key: tf.FixedLenFeature([1], tf.float32)})
        variable_shape = property(lambda self: tf.TensorShape([1]))

        def transform_feature(self, transformation_cache, state_manager):
            return transformation_cache.get(self.key, state_manager) * 2.0

        def create_state(self, state_manager):
            state_manager.create_variable(self, "more", [1], tf.float32)

        def get_dense_tensor(self, transformation_cache, state_manager):
            more = state_manager.get_variable(self, "more")
            return transformation_cache.get(self, state_manager) + more

        def _get_config(self):
            return {"key": self.key}

        @classmethod
        def _from_config(cls, config, custom_objects=None, columns_by_name=None):
            return cls(**config)

    class Halved(v1._DenseColumn, collections.namedtuple("Halved", ["key"])):
        name = property(lambda self: self.key + "_halved")
        _parse_example_spec = property(lambda self: {self.key: tf.FixedLenFeature([1], tf.float32)})
        _variable_shape = property(lambda self: tf.TensorShape([1]))

        def _transform_feature(self, inputs):
            return inputs.get(self.key) / 2.0

        def _get_dense_tensor(self, inputs, weight_collections=None, trainable=None):
            return inputs.get(self)

    class Sorted(v2.CategoricalColumn, collections.namedtuple("Sorted", ["column"])):
        _is_v2_column = True
        name = property(lambda self: "sorted")
        parents = property(lambda self: [self.column])
        parse_example_spec = property(lambda self: self.column.parse_example_spec)
        num_buckets = property(lambda self: self.column.num_buckets)

        def transform_feature(self, transformation_cache, state_manager):
            return transformation_cache.get(self.column, state_manager)

        def get_sparse_tensors(self, transformation_cache, state_manager):
            made = transformation_cache.get(self, state_manager)
            return v2.CategoricalColumn.IdWeightPair(made, None)

        def _get_config(self):
            return {}

    ids = tf.feature_column.categorical_column_with_identity("ids", 3)
    found["doubled"] = built(tf, tf.keras.layers.DenseFeatures([Doubled("x")]))
    found["doubled sum"] = built(tf, v2.LinearModel([Doubled("x")]))
    found["halved"] = built(tf, lambda given: tf.feature_column.input_layer(given, [Halved("x")]))
    found["halved sum"] = built(
        tf, lambda given: tf.feature_column.linear_model(given, [Halved("x")])
    )
    embedding = tf.feature_column.embedding_column(
        Sorted(ids), 2, initializer=tf.ones_initializer()
    )
    found["sorted sum"] = built(tf, v2.LinearModel([Sorted(ids)]))
    found["specs"] = describe(v2.make_parse_example_spec_v2([Doubled("x"), Sorted(ids)]))
    found["old specs"] = describe(tf.feature_column.make_parse_example_spec([Halved("x")]))
    serialization = module("python.feature_column.serialization")
    written = serialization.serialize_feature_columns([Doubled("x")])
    found["written"] = describe(written)
    found["read"] = describe(
        serialization.deserialize_feature_columns(written, {"Doubled": Doubled})[0] == Doubled("x")
    )
    found["not read"] = tried(serialization.deserialize_feature_columns, written)
    found["no class of columns"] = tried(
        serialization.deserialize_feature_column, {"class_name": "A", "config": {}}, {"A": dict}
    )
    found["v2"] = [
        v2.is_feature_column_v2(columns)
        for columns in ([Doubled("x"), ids], [Halved("x")], [embedding], [v1._numeric_column("a")])
    ]

    class Abstract(v2.FeatureColumn):
        name = "abstract"

    class NoTransform(v1._CategoricalColumn):
        name = "none"
        _parse_example_spec = {}
        _num_buckets = 3

    found["abstract"] = tried(Abstract)[:60]
    found["no transform"] = tried(NoTransform)[:60]
    return found


@case
def transformed(tf, module):
    v2, core = module(V2), tf.feature_column

    class Manager(v2.StateManager):
        def __init__(self):
            self.kept = []

        def add_resource(self, feature_column, name, resource):
            self.kept.append((feature_column.name, name))

    manager, given, x = Manager(), features(tf), core.numeric_column("x")
    words = core.categorical_column_with_vocabulary_list("texts", ["a", "b"])
    buckets = core.bucketized_column(x, [2.0])
    with tf.Graph().as_default() as graph:
        given = features(tf)
        made = v2._transform_features_v2(given, [words, x, buckets], manager)
        found = {"nodes": nodes(graph), "columns": sorted(c.name for c in made)}
    found["resources"] = describe(manager.kept)
    cache = v2.FeatureTransformationCache(features(tf))
    found["key"] = tried(cache.get, 3, None)
    found["feature"] = tried(cache.get, "z", None)
    plain_manager = v2.StateManager()
    found["variable"] = tried(plain_manager.create_variable, x, "a", [])
    found["get"] = tried(plain_manager.get_variable, x, "a")
    found["add"] = tried(plain_manager.add_variable, x, None)
    found["resource"] = tried(plain_manager.get_resource, x, "a")
    layer = tf.keras.layers.Layer()
    kept = v2._StateManagerImpl(layer, True)
    kept.create_variable(x, "a", [2], tf.float32)
    found["twice"] = tried(kept.create_variable, x, "a", [2], tf.float32)
    found["no variable"] = tried(kept.get_variable, x, "b")
    found["no resource"] = tried(kept.get_resource, x, "b")
    kept.add_resource(x, "b", "table")
    found["a resource"] = kept.get_resource(x, "b")
    found["variables"] = [v.name for v in layer.weights]
    return found


@case
def at_run_time(tf, module):
    """Sequences of which nothing is known before they are fed: empty ones, wrong ones."""
    core, found = tf.feature_column, {}
    whole, real = np.int64, np.float32

    def kinds():
        ids = core.sequence_categorical_column_with_identity("a", 3)
        return {
            "embedding": core.embedding_column(ids, 2, initializer=tf.ones_initializer()),
            "indicator": core.indicator_column(ids),
            "numbers": core.sequence_numeric_column("a"),
            "pairs": core.sequence_numeric_column("a", 2),
        }

    steps = [[0, 0], [1, 0], [1, 1]]
    row = [[0, i] for i in range(4)] + [[1, 0], [1, 1]]
    deep = [[0, 0, 0], [1, 1, 0], [1, 1, 1]]
    given = {
        "some": (("embedding", "indicator"), steps, [1, 2, 0], [3, 2], whole),
        "none": (("embedding", "indicator"), [], [], [3, 2], whole),
        "no steps": (("embedding", "indicator"), [], [], [2, 0], whole),
        "no examples": (("embedding",), [], [], [0, 0], whole),
        "above": (("embedding",), [[0, 0]], [7], [1, 1], whole),
        "below": (("embedding",), [[0, 0]], [-1], [1, 1], whole),
        "deep": (("embedding", "indicator"), deep, [1, 2, 0], [2, 2, 2], whole),
        "few": (("numbers",), [[0, 0], [0, 1], [2, 0]], [1, 2, 3], [3, 2], real),
        "no numbers": (("numbers",), [], [], [3, 2], real),
        "in a row": (("pairs",), row, range(6), [2, 4], real),
        "odd": (("pairs",), row[:3], range(3), [1, 3], real),
        "deep pairs": (("pairs",), [[0, 0, 0], [0, 0, 1], [1, 1, 1]], [5, 6, 7], [2, 2, 2], real),
    }
    for label, (names, indices, values, shape, dtype) in given.items():
        for name in names:
            with tf.Graph().as_default(), tf.Session() as session:
                fed = tf.sparse_placeholder(tf.as_dtype(dtype))
                outputs = tf.keras.experimental.SequenceFeatures([kinds()[name]])({"a": fed})
                session.run(tf.global_variables_initializer())
                places = np.array(indices, np.int64).reshape([-1, len(shape)])
                value = tf.SparseTensorValue(places, np.array(list(values), dtype), shape)
                found["%s %s" % (name, label)] = [  # noqa: UP031
                    [str(output.shape) for output in outputs],
                    tried(session.run, outputs, {fed: value}),
                ]
    return found


@case
def texts(tf, module):
    core, contrib, found = tf.feature_column, tf.contrib.feature_column, {}
    for prefix, fc in (("core ", core), ("contrib ", contrib)):
        made = dense_columns(tf, fc)
        made["identity"] = fc.sequence_categorical_column_with_identity("ids", 3, 1)
        made["file"] = fc.sequence_categorical_column_with_vocabulary_file("ids", "a", 3, 2)
        for name in ("identity", "file", "texts", "numbers", "pairs"):
            column = made[name]
            found[prefix + name] = [
                # The earlier column of integers names its field otherwise.
                "" if prefix + name == "contrib identity" else plain(str(column)),
                column.name,
                describe(
                    column._parse_example_spec if fc is contrib else column.parse_example_spec
                ),
            ]
    ids = core.sequence_categorical_column_with_identity("ids", 3)
    bucketized = core.bucketized_column(core.numeric_column("x", 2), [1.0])
    crossed = core.crossed_column(["a", bucketized], 5)
    columns = {
        "sequence": ids,
        "numbers": core.sequence_numeric_column("numbers"),
        "numeric": core.numeric_column("x"),
        "bucketized": bucketized,
        "crossed": crossed,
        "indicator": core.indicator_column(ids),
        "weighted": core.weighted_categorical_column(crossed, "w"),
        "file": core.categorical_column_with_vocabulary_file("f", "words", 3),
        "list": core.categorical_column_with_vocabulary_list("l", [1, 2]),
        "hashed": core.categorical_column_with_hash_bucket("h", 3),
    }
    for name, column in columns.items():
        found["config " + name] = describe(sorted(column._get_config().items()))
        found["parents " + name] = describe([str(p) for p in column.parents])
        again = type(column)._from_config(column._get_config())
        found["again " + name] = again == column
        found["bad config " + name] = tried(type(column)._from_config, {"a": 1})
    return found


@case
def wrong(tf, module):
    core, contrib, given = tf.feature_column, tf.contrib.feature_column, features(tf)
    steps = tf.keras.experimental.SequenceFeatures
    ids = core.categorical_column_with_identity("ids", 3)
    sequence = core.sequence_categorical_column_with_identity("ids", 3)
    old = contrib.sequence_categorical_column_with_identity("ids", 3)
    dense = tf.keras.layers.DenseFeatures

    def shown(outcome):
        return plain(outcome)[:260]

    return {
        "numeric": shown(tried(steps, [core.numeric_column("x")])),
        "no columns": tried(steps, []),
        "twice": tried(steps, [core.indicator_column(sequence)] * 2)[:70],
        "no column": tried(steps, [3]),
        "old no column": tried(core.input_layer, given, [3]),
        "no dict": tried(steps([core.indicator_column(sequence)]).call, 3)[:60],
        "embedding": shown(tried(steps([core.embedding_column(ids, 2)]).call, given)),
        "indicator": shown(tried(steps([core.indicator_column(ids)]).call, given)),
        "dense embedding": shown(tried(dense([core.embedding_column(sequence, 2)]).call, given)),
        "dense indicator": shown(tried(dense([core.indicator_column(sequence)]).call, given)),
        "layer embedding": shown(
            tried(core.input_layer, given, [core.embedding_column(sequence, 2)])
        ),
        "layer indicator": shown(tried(core.input_layer, given, [core.indicator_column(sequence)])),
        "sequence layer": shown(
            tried(contrib.sequence_input_layer, given, [core.numeric_column("x")])
        ),
        "sequence layer embedding": shown(
            tried(contrib.sequence_input_layer, given, [core.embedding_column(ids, 2)])
        ),
        "sequence layer indicator": shown(
            tried(contrib.sequence_input_layer, given, [core.indicator_column(ids)])
        ),
        "old in layer": shown(tried(steps([core.embedding_column(old, 2)]).call, given)),
        "shape": tried(core.sequence_numeric_column, "a", [0]),
        "float shape": tried(core.sequence_numeric_column, "a", [0.5]),
        "type": tried(core.sequence_numeric_column, "a", dtype=tf.string),
        "normalizer": tried(core.sequence_numeric_column, "a", normalizer_fn=3),
        "buckets": tried(core.sequence_categorical_column_with_identity, "a", 0),
        "hash": tried(core.sequence_categorical_column_with_hash_bucket, "a", 0),
        "list": tried(core.sequence_categorical_column_with_vocabulary_list, "a", []),
        "file": tried(core.sequence_categorical_column_with_vocabulary_file, "a", ""),
        "boundaries": tried(module(V1)._bucketized_column, module(V1)._numeric_column("a"), None),
        "new boundaries": tried(core.bucketized_column, core.numeric_column("a"), None),
    }
