"""Estimators of tf.contrib.factorization; what they print is factorization.json.

Run with the Python that has TensorFlow 1.15 to write it: python factorization_models.py
"""

import json
import os
import tempfile

import numpy as np

RANDOM = np.random.RandomState(3)
MATRIX = (RANDOM.rand(5, 4) * (RANDOM.rand(5, 4) < 0.7)).astype(np.float32)
POINTS = RANDOM.randn(60, 2).astype(np.float32)
POINTS[::2] += 4


def config(tf):
    return tf.contrib.learn.RunConfig(tf_random_seed=2)


def mixture(tf, model_dir, kind, means):
    model = tf.contrib.factorization.GMM(
        2, model_dir, 4, initial_clusters=means, covariance_type=kind, config=config(tf)
    )

    def points():
        return tf.constant(POINTS), None

    model.fit(input_fn=points, steps=5)
    scores = model.evaluate(input_fn=points, steps=1)
    classes = model.predict_assignments(input_fn=points)
    return {
        "clusters": model.clusters(),
        "covariances": model.covariances(),
        "weights": model.weights(),
        "score": model.score(input_fn=points, steps=1),
        "loss": scores["loss"],
        "classes": [next(classes) for _ in range(8)],
        "variables": sorted(model.get_variable_names()),
    }


def product(tf, model_dir, **settings):
    kind = tf.contrib.factorization.WALSMatrixFactorization
    model = kind(5, 4, 2, model_dir=model_dir, config=config(tf), **settings)

    def sparse(matrix, rows):
        at = np.argwhere(matrix[rows])
        values = matrix[rows][tuple(at.T)]
        at[:, 0] = np.array(rows)[at[:, 0]]
        return tf.SparseTensor(at.astype(np.int64), values, matrix.shape)

    def given(of_rows=True, rows=range(5), weights=None):
        def input_fn():
            features = {
                kind.INPUT_ROWS: sparse(MATRIX, list(rows)),
                kind.INPUT_COLS: sparse(MATRIX.T.copy(), list(range(4))),
                kind.PROJECT_ROW: tf.constant(of_rows),
            }
            if weights is not None:
                features[kind.PROJECTION_WEIGHTS] = tf.constant(weights)
            return features, None

        return input_fn

    model.fit(input_fn=given(), steps=6)
    rows = model.get_projections(given(rows=[1, 3]))
    columns = model.get_projections(given(False, weights=[1.0, 2.0, 3.0, 4.0]))
    return {
        "factors": [x.tolist() for x in model.get_row_factors() + model.get_col_factors()],
        "loss": model.evaluate(input_fn=given(), steps=1)["loss"],
        "loss_of_columns": model.evaluate(input_fn=given(False), steps=1)["loss"],
        "rows": [next(rows) for _ in range(2)],
        "columns": [next(columns) for _ in range(4)],
        "sweeps": model.get_variable_value("completed_sweeps"),
        "steps": model.get_variable_value("global_step"),
        "variables": sorted(model.get_variable_names()),
    }


MODELS = {
    "full": lambda tf, path: mixture(tf, path, "full", "random"),
    "diag": lambda tf, path: mixture(tf, path, "diag", POINTS[:2]),
    "wals": product,
    "shards": lambda tf, path: product(
        tf,
        path,
        num_row_shards=2,
        num_col_shards=2,
        regularization_coeff=0.1,
        max_sweeps=3,
        use_factors_weights_cache_for_training=False,
    ),
}


def plain(value):
    return json.loads(json.dumps(value, default=lambda x: np.asarray(x).tolist()))


if __name__ == "__main__":
    import tensorflow

    found = {name: plain(make(tensorflow, tempfile.mkdtemp())) for name, make in MODELS.items()}
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "factorization.json"), "w") as f:
        json.dump(found, f, indent=1)
