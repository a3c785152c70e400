"""SequenceExamples parsed to tensors."""

from case_tools import Cases

CASES = Cases()

KINDS = {int: "int64_list", float: "float_list", bytes: "bytes_list"}


def fill(feature, values):
    kind = KINDS[type(values[0])] if values else "int64_list"
    getattr(feature, kind).value.extend(values)
    if values == []:
        getattr(feature, kind).SetInParent()


def sequence(tf, context=(), **lists):
    """A serialized SequenceExample; a step that is None has no list."""
    message = tf.train.SequenceExample()
    for key, values in dict(context).items():
        fill(message.context.feature[key], values)
    for key, steps in lists.items():
        found = message.feature_lists.feature_list[key]
        for step in steps:
            feature = found.feature.add()
            if step is not None:
                fill(feature, step)
    return message.SerializeToString(deterministic=True)


def context(tf):
    return {
        "n": tf.FixedLenFeature([], tf.int64),
        "w": tf.FixedLenFeature([2], tf.float32, [0.5, 0.25]),
        "s": tf.VarLenFeature(tf.string),
        "f": tf.VarLenFeature(tf.float32),
    }


def lists(tf, **more):
    found = {
        "x": tf.FixedLenSequenceFeature([2], tf.float32),
        "i": tf.FixedLenSequenceFeature([], tf.int64, allow_missing=True),
        "t": tf.FixedLenSequenceFeature([], tf.string, allow_missing=True),
        "v": tf.VarLenFeature(tf.int64),
        "b": tf.VarLenFeature(tf.string),
    }
    found.update(more)
    return found


def examples(tf):
    return [
        sequence(
            tf,
            {"n": [3], "w": [1.5, 2.5], "s": [b"a", b"bc"]},
            x=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
            i=[[1], [2], [3]],
            t=[[b"q"]],
            v=[[1, 2], [], [3]],
            b=[[b"x"], None, [b"y", b"z"]],
        ),
        sequence(tf, {"n": [4]}, x=[[7.0, 8.0]], v=[[5]]),
        sequence(tf, {"n": [5], "f": [0.5], "s": [b"d"]}, x=[], i=[[9], [8]]),
    ]


def flat(parsed):
    return [part[key] for part in parsed for key in sorted(part)]


def batch(*more, **changed):
    def case(tf):
        serialized = examples(tf) + [sequence(tf, c, **steps) for c, steps in more]
        return flat(tf.io.parse_sequence_example(serialized, context(tf), lists(tf, **changed)))

    return case


def single(c=(), **steps):
    def case(tf):
        serialized = sequence(tf, c, **steps)
        return flat(tf.parse_single_sequence_example(serialized, context(tf), lists(tf)))

    return case


N = {"n": [1]}
CASES.simple(
    batch=batch(),
    batch_context=lambda tf: flat(tf.io.parse_sequence_example(examples(tf), context(tf))),
    batch_lists=lambda tf: flat(
        tf.io.parse_sequence_example(examples(tf), None, lists(tf), ["a", "b", "c"], name="named")
    ),
    batch_context_missing=batch(({}, {"x": []})),
    batch_list_missing=batch((N, {})),
    batch_context_size=batch(({"n": [1, 2]}, {"x": []})),
    batch_context_type=batch(({"n": [1.5]}, {"x": []})),
    batch_list_type=batch((N, {"x": [[1, 2]]})),
    batch_sparse_list_type=batch((N, {"x": [], "v": [[1.5]]})),
    batch_step_size=batch((N, {"x": [[1.0, 2.0], [1.0]]})),
    batch_nothing=lambda tf: flat(
        tf.io.parse_sequence_example([b"\n\x03abc"], context(tf), example_names=["who"])
    ),
    batch_names=lambda tf: flat(
        tf.io.parse_sequence_example(examples(tf), context(tf), example_names=["who"])
    ),
    batch_scalar=lambda tf: flat(tf.io.parse_sequence_example("a", context(tf))),
    batch_unknown=lambda tf: (
        flat(tf.io.parse_sequence_example(tf.placeholder(tf.string), context(tf), lists(tf))),
        None,
    ),
    single_first=lambda tf: flat(
        tf.parse_single_sequence_example(examples(tf)[0], context(tf), lists(tf))
    ),
    single_second=lambda tf: flat(
        tf.io.parse_single_sequence_example(
            examples(tf)[1], context(tf), lists(tf), example_name="me", name="one"
        )
    ),
    single_third=lambda tf: flat(tf.parse_single_sequence_example(examples(tf)[2], context(tf))),
    single_lists=lambda tf: flat(
        tf.parse_single_sequence_example(examples(tf)[2], sequence_features=lists(tf))
    ),
    single_context_missing=single({}, x=[]),
    single_list_missing=single(N),
    single_context_size=single({"n": [1, 2]}, x=[]),
    single_step_size=single(N, x=[[1.0, 2.0], [1.0]]),
    single_nothing=lambda tf: flat(tf.parse_single_sequence_example(b"\n\x03abc", context(tf))),
    single_vector=lambda tf: flat(tf.parse_single_sequence_example(["a"], context(tf))),
    mistake_nothing=lambda tf: flat(tf.parse_single_sequence_example("a")),
    mistake_kind=lambda tf: flat(
        tf.parse_single_sequence_example("a", {"a": tf.FixedLenSequenceFeature([], tf.int64)})
    ),
    mistake_list_kind=lambda tf: flat(
        tf.io.parse_sequence_example(["a"], None, {"a": tf.FixedLenFeature([], tf.int64)})
    ),
    mistake_default=lambda tf: flat(
        tf.parse_single_sequence_example(
            "a", None, {"a": tf.FixedLenSequenceFeature([], tf.int64, default_value=3)}
        )
    ),
    mistake_default_shape=lambda tf: flat(
        tf.io.parse_sequence_example(
            [sequence(tf)], {"a": tf.FixedLenFeature([2], tf.int64, default_value=[1, 2, 3])}
        )
    ),
)
