"""Random forests of every kind, and what they give. Runs on Python 3.7 too."""

import numpy as np

RANDOM = np.random.RandomState(4)
COUNT = 120
X = RANDOM.normal(size=(COUNT, 4)).astype(np.float32)
Z = RANDOM.randint(0, 4, COUNT)
CLASSES = (X[:, 0] > 0).astype(np.int64) + (X[:, 1] + Z > 1.5)
NUMBERS = np.stack([X[:, 0] - Z, X[:, 1] * X[:, 2]], 1).astype(np.float32)
WEIGHTS = RANDOM.randint(1, 4, COUNT).astype(np.float32)
WORDS = np.array(["red", "green", "blue", "a long word of many letters"])[Z][:, None]
# Some entries of a sparse matrix, in order.
SPARSE = [(i, j) for i in range(COUNT) for j in range(5) if (i * 7 + j * 3) % 4 == 0]

# With these TensorFlow looks at memory that is not its own.
UNCERTAIN = ("bagged features",)
COMMON = {"num_trees": 2, "split_after_samples": 15, "base_random_seed": 5, "max_nodes": 40}
KINDS = {
    "classes": {},
    "few nodes": {"max_nodes": 9},
    "sparse leaves": {"model_name": "all_sparse", "split_name": "less"},
    "numbers": {"regression": True, "num_classes": 2},
    "averages": {"initialize_average_splits": True},
    "collated": {"collate_examples": True, "num_splits_to_consider": 4, "num_trees": 1},
    "running": {"use_running_stats_method": True},
    "half": {"split_pruning_name": "half", "prune_every_samples": 6},
    "tenth": {"split_pruning_name": "10_percent", "prune_every_samples": 7},
    "hoeffding": {
        "split_pruning_name": "hoeffding",
        "prune_every_samples": 10,
        "dominate_fraction": 0.6,
    },
    "bagged": {"bagging_fraction": 0.7},
    "bagged features": {"bagged": [[0, 2], [3, 1]]},
    "kept statistics": {"checkpoint_stats": True},
    "kept statistics of numbers": {
        "checkpoint_stats": True,
        "regression": True,
        "num_classes": 2,
        "num_trees": 1,
    },
    "paths": {"inference_tree_paths": True, "num_trees": 1, "max_nodes": 7},
    "weighted": {"weighted": True},
    "by depth": {"split_after_samples": "linear {slope: 10 y_intercept: 12 max_val: 60}"},
    "mixed": {"features": "mixed", "num_features": 5},
    "words": {"features": "words", "num_features": 2},
    "sparse": {"features": "sparse", "num_trees": 1, "num_features": 5},
}


def features(tf, kind, rows):
    if kind == "mixed":
        return {"x": tf.constant(X[rows]), "z": tf.constant(Z[rows][:, None])}
    if kind == "words":
        return {"x": tf.constant(X[rows][:, :1]), "words": tf.constant(WORDS[rows])}
    if kind == "sparse":
        first = rows.start or 0
        pairs = [(i - first, j) for i, j in SPARSE if i in range(COUNT)[rows]]
        values = np.array([(3 * i + j) % 5 for i, j in pairs], np.int64)
        shape = [len(X[rows]), 5]
        return tf.SparseTensor(np.array(pairs, np.int64), tf.to_float(values), shape)
    return tf.constant(X[rows])


def hparams(tensor_forest, name):
    """The filled parameters of a kind."""
    options = dict(COMMON, num_classes=3, num_features=4)
    options.update(KINDS[name])
    for key in ("features", "weighted", "bagged"):
        options.pop(key, None)
    filled = tensor_forest.ForestHParams(**options).fill()
    if "bagged" in KINDS[name]:
        filled.bagged_features = KINDS[name]["bagged"]
        filled.num_features = 4
    return filled


def build(tf, tensor_forest, name):
    """A forest: operations of two batches, its size, predictions, importances."""
    options = KINDS[name]
    forest = tensor_forest.RandomForestGraphs(hparams(tensor_forest, name))
    labels = NUMBERS if options.get("regression") else CLASSES
    trains = []
    for rows in (slice(0, 70), slice(70, COUNT)):
        more = {}
        if options.get("weighted"):
            more["input_weights"] = tf.constant(WEIGHTS[rows])
        given = features(tf, options.get("features"), rows)
        trains.append(forest.training_graph(given, tf.constant(labels[rows]), **more))
    predictions, paths, variance = forest.inference_graph(
        features(tf, options.get("features"), slice(0, 9))
    )
    outputs = [predictions, variance, forest.feature_importances()]
    return trains, forest.training_loss(None, None), outputs, paths


def graph(tf, tensor_forest, name):
    """The nodes, a line each."""
    with tf.Graph().as_default() as found:
        build(tf, tensor_forest, name)
        nodes = found.as_graph_def().node
        lines = ["%s %s %s" % (n.name, n.op, list(n.input)) for n in nodes]  # noqa: UP031
        lines += [n.attr["input_spec"].s.decode() for n in nodes if "input_spec" in n.attr]
        lines += [n.attr["params"].s.hex() for n in nodes if "params" in n.attr][:1]
        return lines


def results(tf, tensor_forest, resources, name, folder):
    """Sizes while it grows, what it gives, and what a checkpoint holds and leads to."""
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        trains, size, outputs, paths = build(tf, tensor_forest, name)
        saver = tf.train.Saver()
        create = tf.group(
            tf.global_variables_initializer(),
            resources.initialize_resources(resources.shared_resources()),
        )
        # In order, for TensorFlow draws tests by whichever thread comes first.
        config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)

        def trained(session, steps):
            found = []
            for i in range(steps):
                session.run(trains[i % 2])
                found.append(float(session.run(size)))
            return found

        with tf.Session(config=config) as session:
            session.run(create)
            found = {"sizes": trained(session, 7)}
            path = saver.save(session, folder + "/forest")
            reader = tf.train.load_checkpoint(path)
            names = sorted(reader.get_variable_to_shape_map())
            found["saved"] = {n: reader.get_tensor(n).hex() for n in names if "device" not in n}
            found["outputs"] = [v.astype(np.float64).tolist() for v in session.run(outputs)]
            found["paths"] = [p.hex() for p in session.run(paths).ravel()]
        with tf.Session(config=config) as session:
            saver.restore(session, path)
            found["more sizes"] = trained(session, 5)
            found["more outputs"] = [v.astype(np.float64).tolist() for v in session.run(outputs)]
        return found
