"""Linear models trained by stochastic dual coordinate ascent until they stay as they are. Both
TensorFlow's Python and ours read this file."""

import tempfile

import numpy as np

IDS = list("abcdefghijkl")
AGES = np.arange(12) * 7 % 12 / 4.0
PRICES = np.stack([np.arange(12) * 5 % 7, np.arange(12) % 3], 1).astype(np.float32)
COUNTRIES = np.array([["GB", "US"], ["US", ""], ["", ""]] * 4)
WEIGHTS = np.float32([1, 2, 3] * 4)
CLASSES = (AGES + PRICES[:, 1] > 2).astype(np.int32)
VALUES = np.float32(2 * AGES - PRICES[:, 0] / 3 + (COUNTRIES[:, 0] == "US"))


def columns(tf):
    column = tf.feature_column
    country = column.categorical_column_with_hash_bucket("country", 5)
    return [
        column.numeric_column("age"),
        column.numeric_column("prices", shape=2),
        country,
        column.bucketized_column(column.numeric_column("price"), [2.0, 4.0]),
        column.crossed_column(["country", "kind"], 3),
        column.weighted_categorical_column(
            column.categorical_column_with_vocabulary_list("kind", ["a", "b"]), "amount"
        ),
    ]


def inputs(tf, labels):
    features = {
        "id": np.array(IDS),
        "age": AGES.astype(np.float32),
        "prices": PRICES,
        "price": PRICES[:, 0],
        "country": COUNTRIES,
        "kind": np.array(["a", "b", "c"] * 4),
        "amount": np.float32(AGES + 1),
        "w": WEIGHTS,
    }

    def function():
        return tf.data.Dataset.from_tensor_slices((features, labels)).batch(12).repeat()

    return function


def trained(tf, kind, labels, steps=100, weight=None, **options):
    """The names of what is saved, the weights, and how good they are."""
    options.setdefault("symmetric_l2_regularization", 2.0)
    sdca = tf.estimator.experimental.LinearSDCA("id", **options)
    estimator = getattr(tf.estimator, kind)(
        columns(tf),
        model_dir=tempfile.mkdtemp(),
        optimizer=sdca,
        weight_column=weight,
        config=tf.estimator.RunConfig(tf_random_seed=1, save_summary_steps=10**6),
    )
    function = inputs(tf, labels)
    estimator.train(function, steps=steps)
    found = estimator.evaluate(function, steps=1)
    names = sorted(estimator.get_variable_names())
    weights = {
        n: np.asarray(estimator.get_variable_value(n), np.float64).reshape(-1).tolist()
        for n in names
        if n.startswith("linear") and "Table" not in n
    }
    losses = {k: float(found[k]) for k in ("loss", "average_loss", "global_step")}
    return {"names": names, "weights": weights, "losses": losses}


def earlier(tf, kind, labels, weight=None, **options):
    """As `trained`, by `tf.contrib.learn`."""
    layers, learn = tf.contrib.layers, tf.contrib.learn
    country = layers.sparse_column_with_hash_bucket("country", 5)
    age = layers.real_valued_column("age")
    made = [
        age,
        layers.real_valued_column("prices", dimension=2),
        country,
        layers.bucketized_column(layers.real_valued_column("price"), [2.0, 4.0]),
    ]
    options.setdefault("symmetric_l2_regularization", 4.0)
    sdca = tf.contrib.linear_optimizer.SDCAOptimizer("id", adaptive=False, **options)
    estimator = getattr(learn, kind)(
        made, model_dir=tempfile.mkdtemp(), optimizer=sdca, weight_column_name=weight
    )

    def function():
        features, label = tf.data.make_one_shot_iterator(inputs(tf, labels)()).get_next()
        features = {k: v for k, v in features.items()}
        for name in ("id", "age", "prices", "price", "w"):
            features[name].set_shape([12] + features[name].shape.as_list()[1:])
        label.set_shape([12])
        where = tf.where(tf.not_equal(features["country"], ""))
        features["country"] = tf.SparseTensor(
            where, tf.gather_nd(features["country"], where), [12, 2]
        )
        return features, label

    estimator.fit(input_fn=function, steps=60)
    loss = float(estimator.evaluate(input_fn=function, steps=1)["loss"])
    names = sorted(estimator.get_variable_names())
    weights = {
        n: np.asarray(estimator.get_variable_value(n), np.float64).reshape(-1).tolist()
        for n in names
        if n.startswith("linear") and "Table" not in n
    }
    return {"names": names, "weights": weights, "losses": {"loss": loss}}


def complaint(function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except Exception as error:
        return [type(error).__name__, str(error).split("\n")[0]]


def complaints(tf):
    sdca = tf.estimator.experimental.LinearSDCA("id")
    column = [tf.feature_column.numeric_column("x")]
    wide = [tf.feature_column.numeric_column("age", shape=[1, 1])]

    def train(columns, **options):
        made = tf.estimator.experimental.LinearSDCA("id", **options)
        estimator = tf.estimator.LinearClassifier(columns, optimizer=made)
        estimator.train(inputs(tf, CLASSES), steps=1)

    return {
        "classes": complaint(tf.estimator.LinearClassifier, column, n_classes=3, optimizer=sdca),
        "labels": complaint(
            tf.estimator.LinearRegressor, column, label_dimension=2, optimizer=sdca
        ),
        "combiner": complaint(
            tf.estimator.LinearRegressor, column, optimizer=sdca, sparse_combiner="mean"
        ),
        "rank": complaint(train, wide),
        "l2": complaint(train, columns(tf)[:1], symmetric_l2_regularization=0.0),
        "l1": complaint(train, columns(tf)[:1], symmetric_l1_regularization=-1.0),
    }


PROGRAMS = {
    "classes": lambda tf: trained(tf, "LinearClassifier", CLASSES),
    "values": lambda tf: trained(tf, "LinearRegressor", VALUES),
    "weighted": lambda tf: trained(
        tf, "LinearRegressor", VALUES, weight="w", symmetric_l2_regularization=9.0
    ),
    "lasso": lambda tf: trained(
        tf, "LinearRegressor", VALUES, symmetric_l1_regularization=1.5, num_table_shards=3
    ),
    "earlier_classes": lambda tf: earlier(tf, "LinearClassifier", CLASSES),
    "earlier_values": lambda tf: earlier(
        tf, "LinearRegressor", VALUES, weight="w", symmetric_l2_regularization=9.0
    ),
    "complaints": complaints,
}
