"""Variables that begin with values of checkpoints; looking into checkpoints, waiting for them."""

from outcomes import Cases, Lines, captured, describe, tried
from saver_cases import Folder, nodes, started

CASES = Cases()
case = CASES.case


def earlier(tf, d):
    """A checkpoint of an earlier model."""
    with tf.Graph().as_default():
        with tf.variable_scope("old"):
            tf.get_variable("w", initializer=tf.reshape(tf.range(8.0), [4, 2]))
            tf.get_variable("b", initializer=tf.constant([5.0, 6.0]))
            with tf.variable_scope("deep"):
                tf.get_variable("s", initializer=tf.constant(3.0))
        tf.get_variable("n", initializer=tf.constant(7))
        tf.get_variable(
            "parts",
            initializer=tf.reshape(tf.range(10.0), [5, 2]),
            partitioner=tf.fixed_size_partitioner(2),
        )
        tf.train.create_global_step()
        return tf.train.Saver().save(started(tf), d("m"), global_step=3)


def values(tf):
    sess = started(tf)
    return {v.op.name: describe(sess.run(v)) for v in tf.global_variables()}


@case
def initializers(tf, module):
    d = Folder()
    path = earlier(tf, d)
    found = {}

    def run(label, build, assignment, source=path, graph=False):
        for resource in (False, True):
            with tf.Graph().as_default():
                tf.get_variable_scope().set_use_resource(resource)
                variables = build()
                n = len(tf.get_default_graph().get_operations())
                arguments = assignment(variables) if callable(assignment) else assignment
                key = label + " resource" * resource
                outcome = d.hide(tried(tf.train.init_from_checkpoint, source, arguments))
                found[key] = outcome.split("{")[0]
                if outcome == "None":
                    found[key + " values"] = tried(values, tf)
                    if graph:
                        found[key + " nodes"] = d.hide(nodes(tf, n))

    def simple():
        with tf.variable_scope("new"):
            return [tf.get_variable("w", [4, 2]), tf.get_variable("b", [2])]

    def deep():
        simple()
        with tf.variable_scope("new/deep"):
            tf.get_variable("s", [])
        tf.get_variable("n", [], tf.int32)

    def parts():
        return list(
            tf.get_variable(
                "p",
                [5, 2],
                initializer=tf.zeros_initializer(),
                partitioner=tf.fixed_size_partitioner(3),
            )
        )

    run("by name", simple, {"old/w": "new/w", "old/b": "new/b"}, graph=True)
    run("by variable", simple, lambda v: {"old/w": v[0], "old/b": v[1]})
    run("folder", simple, {"old/w": "new/w", "old/b": "new/b"}, d())
    run("scope", deep, {"old/": "new/", "n": "n"})
    run("scope of root", lambda: tf.get_variable("n", [], tf.int32), {"/": "/"})
    run("root to scope", lambda: tf.get_variable("s", []), {"old/deep/": "/"})
    run("parts", parts, lambda v: {"parts": v}, graph=True)
    run("parts by name", parts, {"parts": "p"})
    run(
        "parts of a whole",
        lambda: tf.get_variable("p", [4, 2], partitioner=tf.fixed_size_partitioner(2)),
        {"old/w": "p"},
    )
    run("whole of parts", lambda: tf.get_variable("p", [5, 2]), {"parts": "p"})
    run("missing", simple, {"old/x": "new/w"})
    run("shape", simple, {"old/b": "new/w"})
    run("scope to tensor", simple, {"old/w": "new/"})
    run("missing in scope", deep, {"old/deep/": "new/"})
    run("unknown", simple, {"old/w": "other"})
    run("nowhere", simple, {"old/w": "new/w"}, d("nowhere"))
    run("type", lambda: tf.get_variable("n", [], tf.float32), {"n": "n"})
    return found


@case
def restoring_in_slim(tf, module):
    d = Folder()
    path = earlier(tf, d)
    framework = tf.contrib.framework
    found = {}
    with tf.Graph().as_default():
        w = tf.get_variable("old/w", [4, 2])
        b = tf.get_variable("bias", [2])
        p = tf.get_variable("parts", [5, 2], partitioner=tf.fixed_size_partitioner(3))
        sess = tf.Session()
        op, feeds = framework.assign_from_checkpoint(path, [w] + list(p))
        sess.run(op, feeds)
        found["list"] = describe([sess.run(w), sess.run(p.as_tensor()), op.name, len(feeds)])
        op, feeds = framework.assign_from_checkpoint(path, {"old/b": b, "old/w": [w]})
        sess.run(op, feeds)
        found["dict"] = describe(sess.run([w, b]))
        found["missing"] = tried(framework.assign_from_checkpoint, path, [b])
        found["ignored"] = tried(lambda: len(framework.assign_from_checkpoint(path, [b], True)[1]))
        found["shape"] = tried(framework.assign_from_checkpoint, path, {"old/w": b})
        restore = framework.assign_from_checkpoint_fn(path, {"old/b": b})
        restore(sess)
        found["function"] = describe(sess.run(b))
        found["nothing"] = tried(framework.assign_from_checkpoint_fn, path, [])
        found["all missing"] = tried(framework.assign_from_checkpoint_fn, path, [b], True)
        restore = framework.assign_from_checkpoint_fn(path, [w, b], ignore_missing_vars=True)
        restore(sess)
        flat = tf.get_variable("flat", [8])
        framework.assign_from_checkpoint_fn(path, {"old/w": flat}, reshape_variables=True)(sess)
        found["reshaped"] = describe(sess.run(flat))
        found["not reshaped"] = tried(
            framework.assign_from_checkpoint_fn(path, {"old/w": flat}), sess
        )[:60]
    return found


def vocabularies(d):
    for name, words in {
        "old": ["a", "b", "c", "d"],
        "new": ["c", "x", "a", "y", "d"],
        "twice": ["a", "b", "a"],
        "old columns": ["p", "q"],
        "new columns": ["q", "r", "p"],
    }.items():
        with open(d(name), "w") as f:
            f.write("\n".join(words) + "\n" * (name != "old"))


@case
def remapping(tf, module):
    d = Folder()
    path = earlier(tf, d)
    vocabularies(d)
    raw = tf.raw_ops
    sess = tf.Session()
    found = {}
    for label, keywords in {
        "all": {"new_vocab_offset": 0, "num_new_vocab": 5},
        "part": {"new_vocab_offset": 2, "num_new_vocab": 2},
        "none": {"new_vocab_offset": 5, "num_new_vocab": 0},
        "too many": {"new_vocab_offset": 3, "num_new_vocab": 3},
        "few old": {"new_vocab_offset": 0, "num_new_vocab": 5, "old_vocab_size": 3},
        "many old": {"new_vocab_offset": 0, "num_new_vocab": 5, "old_vocab_size": 9},
    }.items():
        op = raw.GenerateVocabRemapping(
            new_vocab_file=d("new"), old_vocab_file=d("old"), **keywords
        )
        found[label] = d.hide([op[0].shape.as_list(), op[1].shape.as_list(), tried(sess.run, op)])

    def remap(rows, columns, values, tensor="old/w", **keywords):
        keywords.setdefault("num_rows", len(rows))
        keywords.setdefault("num_cols", len(columns) or 2)
        op = raw.LoadAndRemapMatrix(
            ckpt_path=path,
            old_tensor_name=tensor,
            row_remapping=tf.constant(rows, tf.int64),
            col_remapping=tf.constant(columns, tf.int64),
            initializing_values=tf.constant(values, tf.float32),
            **keywords,
        )
        return [op.shape.as_list(), tried(sess.run, op)]

    found["rows"] = remap([2, -1, 0], [], [70, 71])
    found["rows at once"] = remap([3, -1, 1, 0], [], [70, 71], max_rows_in_memory=2)
    found["columns"] = remap([0, 1], [1, -1, 0], [90, 91])
    found["both"] = remap([3, -1], [-1, 1], [90, 91, 92])
    found["nothing old"] = remap([-1, -1], [], [1, 2, 3, 4])
    found["parts"] = remap([4, 0], [], [], "parts")
    found["too few values"] = remap([-1, 0], [], [1])
    found["too many values"] = remap([1, 0], [], [1])
    found["twice"] = remap([1, 1], [], [])
    found["columns twice"] = remap([0], [1, 1], [])
    found["row count"] = remap([1], [], [], num_rows=2)
    found["column count"] = remap([1], [0], [], num_cols=2)
    found["other columns"] = remap([1], [], [], num_cols=3)
    found["type"] = remap([0], [], [], "n")
    found["rank"] = remap([0], [], [], "old/b")
    found["missing"] = remap([0], [], [], "z")
    return found


def matrix_cases(tf, d):
    """Label, shape, parts and arguments of remapped matrices."""
    return (
        (
            "rows",
            [6, 2],
            1,
            dict(
                new_row_vocab_size=5,
                new_col_vocab_size=2,
                old_row_vocab_file=d("old"),
                new_row_vocab_file=d("new"),
                num_row_oov_buckets=1,
            ),
        ),
        (
            "parts",
            [6, 2],
            3,
            dict(
                new_row_vocab_size=5,
                new_col_vocab_size=2,
                old_row_vocab_file=d("old"),
                new_row_vocab_file=d("new"),
                num_row_oov_buckets=1,
            ),
        ),
        (
            "columns",
            [4, 4],
            1,
            dict(
                new_row_vocab_size=4,
                new_col_vocab_size=3,
                old_col_vocab_file=d("old columns"),
                new_col_vocab_file=d("new columns"),
                num_col_oov_buckets=1,
                initializer=tf.ones_initializer(),
            ),
        ),
        ("no vocabularies", [4, 2], 1, dict(new_row_vocab_size=4, new_col_vocab_size=2)),
        (
            "one vocabulary",
            [4, 2],
            1,
            dict(new_row_vocab_size=4, new_col_vocab_size=2, old_row_vocab_file=d("old")),
        ),
        (
            "negative",
            [4, 2],
            1,
            dict(
                new_row_vocab_size=4,
                new_col_vocab_size=2,
                old_row_vocab_file=d("old"),
                new_row_vocab_file=d("new"),
                num_row_oov_buckets=-1,
            ),
        ),
        (
            "columns of the shape",
            [4, 3],
            1,
            dict(
                new_row_vocab_size=4,
                new_col_vocab_size=2,
                old_row_vocab_file=d("old"),
                new_row_vocab_file=d("new"),
            ),
        ),
        (
            "rows of the shape",
            [9, 2],
            1,
            dict(
                new_row_vocab_size=4,
                new_col_vocab_size=2,
                old_row_vocab_file=d("old"),
                new_row_vocab_file=d("new"),
            ),
        ),
        (
            "rank",
            [4],
            1,
            dict(
                new_row_vocab_size=4,
                new_col_vocab_size=2,
                old_row_vocab_file=d("old"),
                new_row_vocab_file=d("new"),
            ),
        ),
    )


@case
def matrices(tf, module):
    d = Folder()
    path = earlier(tf, d)
    vocabularies(d)
    framework = tf.contrib.framework
    found = {}
    for label, shape, parts, arguments in matrix_cases(tf, d):
        with tf.Graph().as_default():
            initializer = framework.load_and_remap_matrix_initializer(path, "old/w", **arguments)

            def run(shape=shape, parts=parts, initializer=initializer):
                tf.get_variable(
                    "v",
                    shape,
                    initializer=initializer,
                    partitioner=tf.fixed_size_partitioner(parts) if parts > 1 else None,
                )
                return values(tf)

            found[label] = d.hide(tried(run))
            if label in ("parts", "columns"):
                found[label + " nodes"] = d.hide(nodes(tf))
    with tf.Graph().as_default():
        tf.get_variable(
            "bias",
            [6, 1],
            initializer=framework.load_linear_multiclass_bias_initializer(
                path, "old/w", 5, d("old"), d("new"), num_class_oov_buckets=1
            ),
        )
        found["bias"] = tried(values, tf)[:60]
    found["not callable"] = tried(
        framework.load_and_remap_matrix_initializer, path, "x", 1, 1, initializer=3
    )
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        tf.get_variable(
            "e",
            [6, 4],
            initializer=framework.load_embedding_initializer(
                path, "old/w", 5, 4, d("old"), d("new"), num_oov_buckets=1
            ),
        )
        found["embedding nodes"] = d.hide(nodes(tf))
    return found


@case
def warm_starts(tf, module):
    d = Folder()
    path = earlier(tf, d)
    vocabularies(d)
    found = {}

    def run(label, build, *arguments, **keywords):
        with tf.Graph().as_default():
            build()
            source = keywords.pop("source", path)
            outcome = d.hide(tried(tf.train.warm_start, source, *arguments, **keywords))
            found[label] = outcome
            if outcome == "None":
                found[label + " values"] = values(tf)

    def same():
        with tf.variable_scope("old"):
            tf.get_variable("w", [4, 2], initializer=tf.zeros_initializer())
            tf.get_variable("b", [2], initializer=tf.zeros_initializer(), trainable=False)

    def grown():
        tf.get_variable("old/w", [6, 2], initializer=tf.zeros_initializer())

    def wide():
        tf.get_variable("old/w", [4, 4], initializer=tf.zeros_initializer())

    def parts():
        tf.get_variable(
            "old/w",
            [6, 2],
            initializer=tf.zeros_initializer(),
            partitioner=tf.fixed_size_partitioner(2),
        )

    def plain_parts():
        tf.get_variable(
            "parts",
            [5, 2],
            initializer=tf.zeros_initializer(),
            partitioner=tf.fixed_size_partitioner(3),
        )

    info = tf.train.VocabInfo(d("new"), 5, 1, d("old"))
    columns = tf.train.VocabInfo(
        d("new columns"), 3, 1, d("old columns"), axis=1, backup_initializer=tf.ones_initializer()
    )
    run("default", same)
    run("folder", same, source=d())
    run("pattern", same, ".*b")
    run("list", same, ["old/b"])
    run("of variables", same, [])
    run("none", same, None)
    run("vocabulary", grown, var_name_to_vocab_info={"old/w": info})
    run("parts", parts, var_name_to_vocab_info={"old/w": info})
    run("columns", wide, var_name_to_vocab_info={"old/w": columns})
    run("plain parts", plain_parts)
    run("renamed", lambda: tf.get_variable("new", [2]), var_name_to_prev_var_name={"new": "old/b"})
    run("misspelled", same, var_name_to_prev_var_name={"olb": "x"})
    run("misspelled vocabulary", same, var_name_to_vocab_info={"olb": info})
    run("number", same, 3)
    run("mixed", same, ["x", 3])
    run("shape", grown)
    run("missing", lambda: tf.get_variable("z", [2]))
    found["info"] = describe(tf.train.VocabInfo("n", 5, 1, "o"))
    found["axis"] = tried(tf.train.VocabInfo, "n", 5, 1, "o", axis=2)
    util = module("python.training.warm_starting_util")
    with tf.Graph().as_default():
        same()
        found["infer"] = [
            tried(util._infer_var_name, [tf.global_variables()[0]]),
            tried(util._get_var_info, "x"),
            tried(util._warm_start_var_with_vocab, None, "a", 0, "c", "d"),
        ]
    return found


@case
def inspecting(tf, module):
    d = Folder()
    path = earlier(tf, d)
    inspect = module("python.tools.inspect_checkpoint")
    show = inspect.print_tensors_in_checkpoint_file

    def lines(*arguments, **keywords):
        text = captured(lambda: show(*arguments, **keywords))
        # The parts of variables have binary names.
        return d.hide([line for line in text.split("\n") if "\0" not in line])

    return {
        "names": lines(path, "", False, True),
        "all": lines(path, "", True),
        "one": lines(path, "old/w", False),
        "missing": lines(path, "x", False),
        "without": lines(path, "", False, True, "old"),
        "nowhere": lines(d("x"), "", False),
        "list": tried(tf.train.list_variables, path),
        "list of folder": tried(tf.train.list_variables, d()),
        "load": tried(tf.train.load_variable, path, "old/w"),
        "load tensor": tried(tf.train.load_variable, path, "old/b:0"),
        "load from folder": tried(tf.train.load_variable, d(), "n"),
        "load nowhere": d.hide(tried(tf.train.load_variable, d("x"), "n")),
        "empty folder": d.hide(tried(tf.train.load_checkpoint, Folder()()))[:60],
        "contrib": tried(tf.contrib.framework.load_variable, d(), "n"),
        "option": [
            tried(inspect.parse_numpy_printoption, o)
            for o in ("nonsense", "x=1", "nanstr=3", "threshold=1000", "suppress=False")
        ],
    }


@case
def waiting(tf, module):
    d = Folder()
    earlier(tf, d)
    lines = Lines()
    logger = __import__("logging").getLogger("tensorflow")
    logger.addHandler(lines)
    level = logger.level
    logger.setLevel("INFO")
    try:
        utils = module("python.training.checkpoint_utils")
        found = {
            "first": d.hide(tried(utils.wait_for_new_checkpoint, d(), timeout=0)),
            "no newer": tried(
                utils.wait_for_new_checkpoint, d(), d("m-3"), seconds_to_sleep=0.01, timeout=0.03
            ),
            "all": d.hide(tried(lambda: list(tf.train.checkpoints_iterator(d(), timeout=0)))),
        }
        answers = [False, True]
        found["asked"] = d.hide(
            tried(
                lambda: list(
                    tf.train.checkpoints_iterator(d(), timeout=0, timeout_fn=lambda: answers.pop(0))
                )
            )
        )
        found["answers left"] = len(answers)
    finally:
        logger.setLevel(level)
        logger.removeHandler(lines)
    found["lines"] = d.hide(lines.found)
    return found
