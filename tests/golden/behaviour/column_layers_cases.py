"""Layers of feature columns: nodes, variables, values; columns asked directly."""

import os
import tempfile

import numpy as np
from estimator_cases import rounded
from monitored_cases import nodes
from outcomes import Cases, describe, plain, tried

CASES = Cases()
case = CASES.case

V2 = "python.feature_column.feature_column_v2"
V1 = "python.feature_column.feature_column"
PATH = os.path.join(tempfile.gettempdir(), "column_layers_words")


def features(tf):
    return {
        "x": tf.constant([[1.0], [5.0], [-2.0]]),
        # Not constant, or TensorFlow computes crosses while it builds.
        "pairs": tf.placeholder_with_default([[1.0, 2.0], [5.0, 6.0], [0.0, -1.0]], [3, 2]),
        "square": tf.constant([[[1.0, 2.0], [3.0, 4.0]]] * 3),
        "vector": tf.constant([1, 2, 3]),
        "ids": tf.SparseTensor([[0, 0], [1, 0], [1, 1]], tf.constant([2, 0, 1], tf.int64), [3, 2]),
        "more": tf.constant([[0], [-1], [2]], tf.int64),
        "words": tf.SparseTensor([[0, 0], [1, 0], [1, 1]], ["a", "b", "zz"], [3, 2]),
        "dense_words": tf.constant([["a", ""], ["b", "c"], ["", ""]]),
        "weights": tf.SparseTensor([[0, 0], [1, 0], [1, 1]], [0.5, 2.0, 1.0], [3, 2]),
        "open": tf.placeholder_with_default([1.0, 2.0, 3.0], None),
    }


def columns(tf):
    fc = tf.feature_column
    with open(PATH, "w") as file:
        file.write("c\na\nb\n")
    x = fc.numeric_column("x", normalizer_fn=lambda t: t * 2.0)
    buckets = fc.bucketized_column(fc.numeric_column("pairs", 2), [0.0, 5.0])
    ids = fc.categorical_column_with_identity("ids", 3)
    words = fc.categorical_column_with_vocabulary_list("words", ["b", "a"], num_oov_buckets=2)
    return {
        "x": x,
        "square": fc.numeric_column("square", (2, 2)),
        "vector": fc.numeric_column("vector", dtype=tf.int32),
        "open": fc.numeric_column("open"),
        "buckets": buckets,
        "ids": ids,
        "default": fc.categorical_column_with_identity("more", 2, default_value=1),
        "words": words,
        "dense_words": fc.categorical_column_with_vocabulary_list("dense_words", ["b", "a"]),
        "file": fc.categorical_column_with_vocabulary_file("words", PATH, default_value=1),
        "hashed": fc.categorical_column_with_hash_bucket("words", 5),
        "hashed ids": fc.categorical_column_with_hash_bucket("ids", 5, tf.int64),
        "weighted": fc.weighted_categorical_column(ids, "weights"),
        "crossed": fc.crossed_column([ids, "words", buckets], 11, 7),
    }


def canonical(names):
    """Nodes; those of tables without the path of their files."""
    return [name.replace(PATH, "PATH") for name in names]


def built(tf, build):
    with tf.Graph().as_default() as graph:
        result = build()
        names = canonical(nodes(graph))
        variables = [v.name for v in tf.global_variables()]
        with tf.Session() as session:
            for i, variable in enumerate(tf.global_variables()):
                shape = variable.shape.as_list()
                start = np.arange(np.prod(shape)).reshape(shape).astype(np.float32) / 8 + i
                session.run(variable.assign(start))
            session.run(tf.tables_initializer())
            return [names, variables, tried(lambda: rounded(session.run(result)))]


def variables_of(layer):
    return [[v.name, v.shape.as_list()] for v in layer.variables]


@case
def linear_models(tf, module):
    v2, found = module(V2), {}
    for name in columns(tf):

        def build(name=name):
            return v2.LinearModel([columns(tf)[name]], units=2)(features(tf))

        found[name] = tried(built, tf, build)

    def several():
        made = columns(tf)
        chosen = [made[name] for name in ("x", "buckets", "ids", "words", "crossed", "weighted")]
        model = v2.LinearModel(chosen, sparse_combiner="sqrtn", name="model")
        outcome = [model(features(tf)), model(features(tf))]
        found["variables"] = variables_of(model)
        found["trainable"] = [v.name for v in model.trainable_variables]
        found["bias"] = model.bias.name
        found["layer"] = [model.layer.name, variables_of(model.layer)]
        found["kind"] = isinstance(model, tf.keras.Model)
        return outcome

    found["several"] = built(tf, several)

    def parts():
        partitioner = tf.fixed_size_partitioner(2, axis=0)
        with tf.variable_scope("scope", partitioner=partitioner):
            made = columns(tf)
            model = v2.LinearModel([made["hashed"], made["square"]], trainable=False)
            return model(features(tf))

    found["parts"] = built(tf, parts)

    def two():
        made = columns(tf)
        models = [v2.LinearModel([made["ids"]]) for _ in range(2)]
        return [model(features(tf)) for model in models]

    found["two"] = built(tf, two)
    found["old"] = built(
        tf, lambda: tf.feature_column.linear_model(features(tf), list(columns(tf).values())[4:7])
    )
    return found


@case
def dense_features(tf, module):
    fc, found = tf.feature_column, {}
    ones = tf.ones_initializer()
    later = module("python.feature_column.dense_features_v2").DenseFeatures
    for name, column in columns(tf).items():
        if name in ("x", "square", "vector", "open", "buckets"):

            def build(name=name):
                return tf.keras.layers.DenseFeatures([columns(tf)[name]])(features(tf))

            found[name] = tried(built, tf, build)
            continue
        for kind in ("indicator", "embedding"):

            def build(name=name, kind=kind):
                column = columns(tf)[name]
                if kind == "indicator":
                    made = fc.indicator_column(column)
                else:
                    made = fc.embedding_column(column, 2, "sum", ones, max_norm=1.5)
                return tf.keras.layers.DenseFeatures([made])(features(tf))

            found["%s %s" % (name, kind)] = tried(built, tf, build)  # noqa: UP031

    def parts():
        partitioner = tf.fixed_size_partitioner(2, axis=0)
        with tf.variable_scope("scope", partitioner=partitioner):
            made = fc.embedding_column(columns(tf)["hashed"], 2, initializer=ones)
            layer = tf.keras.layers.DenseFeatures(made, trainable=False)
            outcome = [layer(features(tf)), layer(features(tf))]
            found["variables"] = variables_of(layer)
            found["trainable"] = [v.name for v in layer.trainable_variables]
            return outcome

    found["parts"] = built(tf, parts)

    def named_by_layer():
        made = columns(tf)
        chosen = [made["x"], fc.embedding_column(made["ids"], 2, initializer=ones)]
        layer = later(iter(chosen), name="later")
        found["shape"] = tuple(layer.compute_output_shape((3,)))
        outcome = layer(features(tf))
        found["later variables"] = variables_of(layer)
        return outcome

    found["later"] = built(tf, named_by_layer)
    return found


@case
def models(tf, module):
    """A model of features by name, which DenseFeatures makes one tensor of."""
    found = {}

    class Model(tf.keras.Model):
        def __init__(self, chosen):
            super().__init__(name="model")
            self.features = tf.keras.layers.DenseFeatures(chosen)
            self.top = tf.keras.layers.Dense(2, kernel_initializer="ones")

        def call(self, inputs):
            return self.top(self.features(inputs))

    def build():
        made = columns(tf)
        ones = tf.ones_initializer()
        embedding = tf.feature_column.embedding_column(made["ids"], 2, initializer=ones)
        model = Model([made["x"], embedding])
        outcome = [model(features(tf)), model(features(tf))]
        found["variables"] = variables_of(model)
        return outcome

    found["built"] = built(tf, build)
    return found


class Manager:
    """Keeps variables by column and name."""

    def __init__(self, tf):
        self.tf, self.kept, self.tables = tf, {}, []

    def create_variable(
        self, feature_column, name, shape, dtype=None, trainable=True, use_resource=True,
        initializer=None,
    ):  # fmt: skip
        made = self.tf.get_variable(name, shape, dtype, initializer, trainable=trainable)
        self.kept[feature_column.name, name] = made
        return made

    def get_variable(self, feature_column, name):
        return self.kept[feature_column.name, name]

    def add_resource(self, feature_column, name, resource):
        self.tables.append((feature_column.name, name))


@case
def asked(tf, module):
    """Columns by the methods of layers, and by those of before."""
    v2, v1, fc, found = module(V2), module(V1), tf.feature_column, {}
    manager = Manager(tf)

    def flat(result):
        parts = []
        for part in result if isinstance(result, tuple) else [result]:
            if isinstance(part, tf.SparseTensor):
                parts.extend([part.indices, part.values, part.dense_shape])
            elif part is not None:
                parts.append(part)
        return parts

    for name in columns(tf):

        def transformed(name=name):
            return flat(columns(tf)[name].transform_feature(cache(), manager))

        def before(name=name):
            return flat(columns(tf)[name]._transform_feature(v1._LazyBuilder(features(tf))))

        def dense(name=name):
            column = columns(tf)[name]
            if isinstance(column, v2.DenseColumn):
                return flat(column.get_dense_tensor(cache(), manager))
            return flat(tuple(column.get_sparse_tensors(cache(), manager)))

        def dense_before(name=name):
            column, builder = columns(tf)[name], v1._LazyBuilder(features(tf))
            if isinstance(column, v2.DenseColumn):
                return flat(column._get_dense_tensor(builder))
            return flat(tuple(column._get_sparse_tensors(builder)))

        def cache():
            return v2.FeatureTransformationCache(features(tf))

        for label, build in (
            ("transformed", transformed),
            ("before", before),
            ("tensors", dense),
            ("tensors before", dense_before),
        ):
            found["%s %s" % (name, label)] = tried(built, tf, build)  # noqa: UP031
        column = columns(tf)[name]
        found[name] = [
            column.name,
            column._is_v2_column,
            describe(column.parse_example_spec),
            describe(getattr(column, "num_buckets", None)),
            str(getattr(column, "variable_shape", None)),
            isinstance(column, v1._DenseColumn),
            isinstance(column, v1._CategoricalColumn),
            describe([plain(str(p)).split(" object")[0].split("<func")[0] for p in column.parents]),
        ]
    found["tables"] = describe(sorted(set(manager.tables)))

    def embedded():
        made = Manager(tf)
        column = fc.embedding_column(columns(tf)["ids"], 2, initializer=tf.ones_initializer())
        column.create_state(made)
        found["kept"] = sorted(map(str, made.kept))
        given = v2.FeatureTransformationCache(features(tf))
        return column.get_dense_tensor(given, made)

    found["embedded"] = built(tf, embedded)
    return found


@case
def old_and_new(tf, module):
    """Columns of before within new ones."""
    v2, v1, fc, found = module(V2), module(V1), tf.feature_column, {}
    ids = v1._categorical_column_with_identity("ids", 3)
    x = v1._numeric_column("x")
    mixed = {
        "indicator": fc.indicator_column(ids),
        "embedding": fc.embedding_column(ids, 2, initializer=tf.ones_initializer()),
        "buckets": fc.bucketized_column(x, [1.0]),
        "weighted": fc.weighted_categorical_column(ids, "weights"),
        "crossed": fc.crossed_column([ids, "words"], 5),
    }
    found["v2"] = {name: column._is_v2_column for name, column in mixed.items()}
    for name, column in mixed.items():
        call = tf.feature_column.linear_model
        if name in ("indicator", "embedding", "buckets"):
            call = tf.feature_column.input_layer
        found[name] = built(tf, lambda call=call, column=column: call(features(tf), [column]))
    found["old"] = built(tf, lambda: tf.feature_column.linear_model(features(tf), [ids, x]))
    found["together"] = v2.is_feature_column_v2([ids, fc.numeric_column("x")])
    found["none"] = v2.is_feature_column_v2([])
    return found


@case
def from_checkpoints(tf, module):
    """Vectors that begin with those of a checkpoint; what models tell of columns."""
    fc, shared, found = tf.feature_column, module(V2).shared_embedding_columns_v2, {}
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable("vectors", initializer=np.arange(6.0).reshape(3, 2).astype(np.float32))
        session.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(session, os.path.join(tempfile.mkdtemp(), "model"))
    start = {"ckpt_to_load_from": path, "tensor_name_in_ckpt": "vectors"}
    told = {}

    def ids():
        return fc.categorical_column_with_identity("ids", 3)

    def both():
        return [ids(), fc.categorical_column_with_identity("more", 3, default_value=1)]

    def asked():
        variables, outputs = {}, {}
        chosen = [fc.embedding_column(ids(), 2, **start), fc.numeric_column("x")]
        layer = fc.input_layer(
            features(tf), chosen, cols_to_vars=variables, cols_to_output_tensors=outputs
        )
        told["variables"] = sorted([c.name, [v.name for v in vs]] for c, vs in variables.items())
        told["outputs"] = sorted([c.name, o.name] for c, o in outputs.items())
        return layer

    dense = tf.keras.layers.DenseFeatures
    builds = {
        "dense": lambda: dense(fc.embedding_column(ids(), 2, **start))(features(tf)),
        "asked": asked,
        "shared": lambda: fc.input_layer(
            features(tf), fc.shared_embedding_columns(both(), 2, **start)
        ),
        "shared in layers": lambda: dense(shared(both(), 2, **start))(features(tf)),
    }
    for name, build in builds.items():
        for parts in (1, 2):
            with tf.Graph().as_default() as graph, tf.Session() as session:
                partitioner = tf.fixed_size_partitioner(parts, axis=0) if parts > 1 else None
                with tf.variable_scope("scope", partitioner=partitioner):
                    output = build()
                variables = [v.name for v in tf.global_variables()]
                session.run(tf.global_variables_initializer())
                label = "%s %d" % (name, parts)  # noqa: UP031
                found[label] = [nodes(graph), variables, describe(session.run(output))]
    found["told"] = [told["variables"], told["outputs"]]
    return found


@case
def estimators(tf, module):
    """Linear estimators of columns of before, and of columns that share a variable."""
    fc, layers, v1, found = tf.feature_column, tf.contrib.layers, module(V1), {}
    ids = fc.categorical_column_with_identity("ids", 3)
    more = fc.categorical_column_with_identity("more", 3)
    chosen = {
        "contrib": [
            layers.real_valued_column("x"),
            layers.sparse_column_with_integerized_feature("ids", 3),
        ],
        "earlier": [v1._numeric_column("x"), v1._categorical_column_with_identity("ids", 3)],
        "shared": fc.shared_embedding_columns([ids, more], 2),
    }

    def input_fn():
        numbers = tf.constant([[0], [2]], tf.int64)
        given = {"x": tf.constant([[1.0], [2.0]]), "ids": numbers, "more": numbers}
        return given, tf.constant([0.0, 1.0])

    class Keeper(tf.train.SessionRunHook):
        def begin(self):
            self.nodes = nodes(tf.get_default_graph())

    for name, made in chosen.items():
        for units in (1, 3):
            keeper = Keeper()
            options = {"model_dir": tempfile.mkdtemp()}
            if units == 1:
                estimator = tf.estimator.LinearRegressor(made, **options)
            else:
                estimator = tf.estimator.LinearRegressor(made, label_dimension=3, **options)

            def train_fn(units=units):
                given, labels = input_fn()
                return given, labels if units == 1 else tf.tile(labels[:, None], [1, 3])

            estimator.train(train_fn, steps=1, hooks=[keeper])
            label = "%s %d" % (name, units)  # noqa: UP031
            found[label] = [keeper.nodes, estimator.get_variable_names()]
    return found


@case
def trained(tf, module):
    """Models of Keras that are given arrays by name."""
    fc, random = tf.feature_column, np.random.RandomState(0)
    arrays = {
        "word": random.choice(["a", "b", "c"], (20, 1)).astype(object),
        "age": random.rand(20).astype(np.float32),
        "ids": random.randint(0, 3, (20, 1)),
    }
    y = (arrays["age"] > 0.5).astype(np.float32)

    def chosen():
        age = fc.numeric_column("age")
        ids = fc.categorical_column_with_identity("ids", 3)
        return [
            age,
            fc.bucketized_column(age, [0.3, 0.6]),
            fc.indicator_column(fc.categorical_column_with_hash_bucket("word", 5)),
            fc.embedding_column(ids, 2, initializer=tf.ones_initializer()),
        ]

    def dense(units):
        return tf.keras.layers.Dense(units, kernel_initializer="ones")

    class Model(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.features, self.top = tf.keras.layers.DenseFeatures(chosen()), dense(1)

        def call(self, inputs):
            return self.top(self.features(inputs))

    found = {}
    layers = [tf.keras.layers.DenseFeatures(chosen()), dense(2), dense(1)]
    for name, model in (("layers", tf.keras.Sequential(layers)), ("model", Model())):
        model.compile(tf.keras.optimizers.SGD(0.01), "mse")
        options = {"batch_size": 8, "epochs": 3, "verbose": 0, "shuffle": False}
        history = model.fit(dict(arrays), y, **options)
        found[name] = rounded(history.history["loss"])
        found["evaluated " + name] = rounded(model.evaluate(dict(arrays), y, verbose=0))
        found["predicted " + name] = rounded(model.predict(dict(arrays)))
        found["names " + name] = [model.input_names, model.output_names]
        found["variables " + name] = variables_of(model)
        found["missing " + name] = tried(model.predict, {"age": arrays["age"]})
    return found


@case
def helpers(tf, module):
    """What columns of programs take from private modules."""
    utils, v2, v1 = module("python.feature_column.utils"), module(V2), module(V1)
    x, ids = tf.feature_column.numeric_column("x"), tf.feature_column.numeric_column("a")
    check = utils.check_default_value
    return {
        "default": describe(check((2, 2), 1, tf.int32, "a")),
        "array": describe(check((2,), np.array([1.0, 2.0]), tf.float32, "a")),
        "shape": tried(check, (2,), [1.0], tf.float32, "a"),
        "type": tried(check, (2,), [1.0, 2.0], tf.int32, "a"),
        "key": tried(utils.assert_key_is_string, 3),
        "no text": tried(utils.assert_string_or_int, tf.float32, "here"),
        "in order": [c.name for c in v2._normalize_feature_columns([x, ids])],
        "as they are": [c.name for c in v1._normalize_feature_columns([x, ids])],
        "checked": tried(v2._check_shape, [2, 0], "a"),
        "sizes": tried(
            v2._verify_static_batch_size_equality, [tf.ones([2]), tf.ones([3])], [x, ids]
        ),
        "leaves": v2._collect_leaf_level_keys(tf.feature_column.crossed_column(["a", "b"], 3)),
    }


@case
def configurations(tf, module):
    v2, fc = module(V2), tf.feature_column
    ids = fc.categorical_column_with_identity("ids", 3)
    chosen = [fc.numeric_column("x"), ids]
    layer = v2._LinearModelLayer(chosen, units=2, sparse_combiner="mean", trainable=False)
    config = layer.get_config()
    found = {"linear": describe(sorted(config.items(), key=str))}
    again = v2._LinearModelLayer.from_config(config)
    found["again"] = describe(sorted(again.get_config().items(), key=str))
    dense = tf.keras.layers.DenseFeatures([fc.embedding_column(ids, 2)], name="d")
    written = dense.get_config()
    found["dense"] = describe(sorted(written.items(), key=str))
    found["dense again"] = describe(
        sorted(tf.keras.layers.DenseFeatures.from_config(written).get_config().items(), key=str)
    )
    steps = tf.keras.experimental.SequenceFeatures([fc.sequence_numeric_column("s", 3)])
    found["steps"] = describe(steps.compute_output_shape((5, 4)))
    found["steps config"] = describe(sorted(steps.get_config().items(), key=str))
    return found


@case
def wrong(tf, module):
    v2, fc = module(V2), tf.feature_column
    x, ids = fc.numeric_column("x"), fc.categorical_column_with_identity("ids", 3)
    dense, model = tf.keras.layers.DenseFeatures, v2.LinearModel
    given = features(tf)
    steps = fc.sequence_numeric_column("x")

    def shown(outcome):
        return str(plain(outcome))[:200]

    return {
        "dense category": shown(tried(dense, [ids])),
        "dense twice": shown(tried(dense, [x, x])),
        "dense none": tried(dense, []),
        "dense dict": tried(dense, {"a": x}),
        "dense no column": tried(dense, ["x"]),
        "linear twice": shown(tried(model, [ids, ids])),
        "linear none": tried(model, []),
        "linear dict": tried(model, {"a": x}),
        "linear no column": tried(model, ["x"]),
        "linear steps": shown(tried(model, [steps])),
        "features": shown(tried(dense([x]).call, [1.0])),
        "no feature": tried(dense([fc.numeric_column("z")]).call, given),
        "rank": shown(tried(dense([x]).call, {"x": tf.constant(1.0)})),
        "sparse": shown(tried(dense([fc.numeric_column("ids")]).call, given)),
        "sizes": shown(
            tried(
                dense([x, fc.numeric_column("y")]).call,
                {"x": tf.ones([3, 1]), "y": tf.ones([2, 1])},
            )
        ),
        "not whole": shown(
            tried(ids.transform_feature, v2.FeatureTransformationCache({"ids": [[1.0]]}), None)
        ),
        "hash type": shown(
            tried(
                fc.categorical_column_with_hash_bucket("ids", 3).transform_feature,
                v2.FeatureTransformationCache({"ids": [[1]]}),
                None,
            )
        ),
        "crossed weights": shown(
            tried(
                fc.crossed_column(
                    [fc.weighted_categorical_column(ids, "weights"), "words"], 5
                ).transform_feature,
                v2.FeatureTransformationCache(given),
                None,
            )
        ),
        "weights type": shown(
            tried(
                fc.weighted_categorical_column(ids, "weights", tf.int32).transform_feature,
                v2.FeatureTransformationCache(given),
                None,
            )
        ),
        "spec": shown(tried(v2.make_parse_example_spec_v2, [3])),
        "specs": shown(
            tried(
                v2.make_parse_example_spec_v2,
                [fc.numeric_column("x"), fc.numeric_column("x", dtype=tf.int32)],
            )
        ),
    }
