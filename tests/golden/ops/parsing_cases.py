"""Examples, texts and bytes parsed to tensors."""

import zlib

import numpy as np
from case_tools import Cases

CASES = Cases()

FEATURES = {
    "i": ("int64_list", [7]),
    "j": ("int64_list", [-1, 2**40, 300]),
    "f": ("float_list", [1.5, -2.0]),
    "s": ("bytes_list", [b"abc"]),
    "m": ("bytes_list", [b"x", b"", b"zzz"]),
}


def varint(number):
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def example(tf, **features):
    """A serialized Example, the features in the order given: protobuf's own order varies."""
    body = b""
    for key, (kind, values) in features.items():
        message = tf.train.Features()
        getattr(message.feature[key], kind).value.extend(values)
        getattr(message.feature[key], kind).SetInParent()
        body += message.SerializeToString()
    return b"\n" + varint(len(body)) + body


def batch(tf, *more):
    """Examples that all fit, the keys in different orders, and others."""
    found = [example(tf, **FEATURES)]
    found.append(example(tf, **{k: FEATURES[k] for k in reversed(sorted(FEATURES))}))
    return found + [example(tf, **m) for m in more]


def without(*keys, **changed):
    return dict({k: v for k, v in FEATURES.items() if k not in keys}, **changed)


def dense(tf):
    return {
        "i": tf.FixedLenFeature([], tf.int64),
        "j": tf.FixedLenFeature([3], tf.int64),
        "f": tf.FixedLenFeature((1, 2), tf.float32),
        "s": tf.FixedLenFeature([], tf.string),
        "m": tf.FixedLenFeature([3, 1], "string"),
    }


def defaults(tf):
    return {
        "i": tf.FixedLenFeature([], tf.int64, -5),
        "j": tf.FixedLenFeature([3], tf.int64, [1, 2, 3]),
        "f": tf.FixedLenFeature([1, 2], tf.float32, [[0.5, 0.25]]),
        "s": tf.FixedLenFeature([], tf.string, "none"),
        "a/b c": tf.FixedLenFeature([2], tf.float32, (1.0, 2.0)),
    }


def any_length(tf):
    return {
        "i": tf.VarLenFeature(tf.int64),
        "j": tf.VarLenFeature(tf.int64),
        "f": tf.VarLenFeature(tf.float32),
        "s": tf.VarLenFeature(tf.string),
        "m": tf.VarLenFeature(tf.string),
        "nowhere": tf.VarLenFeature(tf.float32),
    }


def rows(tf):
    return {
        "i": tf.FixedLenSequenceFeature([], tf.int64, True),
        "j": tf.FixedLenSequenceFeature([], tf.int64, True, default_value=-9),
        "f": tf.FixedLenSequenceFeature([2], tf.float32, allow_missing=True, default_value=0.5),
        "m": tf.FixedLenSequenceFeature([], tf.string, True),
        "nowhere": tf.FixedLenSequenceFeature([2], tf.float32, True),
    }


SHORTER = without("s", j=("int64_list", [5, 6]), f=("float_list", []), m=("bytes_list", []))
LONGER = without(
    "i", j=("int64_list", list(range(100, 190))), f=("float_list", [0.5] * 60), x=("float_list", [])
)
OTHER = {"i": ("int64_list", []), "m": ("bytes_list", [b"q" * 200, b"w"])}


def flat(parsed):
    """Values of a dict by the order of its keys."""
    return [parsed[key] for key in sorted(parsed)]


def parsed(features, *more):
    return lambda tf: flat(tf.parse_example(batch(tf, *more), features(tf)))


def single(features, **message):
    message = message or FEATURES
    return lambda tf: flat(tf.parse_single_example(example(tf, **message), features(tf)))


CASES.simple(
    dense=parsed(dense),
    defaults=parsed(defaults, {}, without("s", "i")),
    any_length=parsed(any_length, SHORTER, LONGER, OTHER, {}),
    any_length_same=parsed(any_length),
    rows=parsed(rows, SHORTER, LONGER, OTHER, {}),
    rows_same=parsed(rows),
    no_examples=lambda tf: flat(
        tf.parse_example(tf.constant([], tf.string), dict(any_length(tf), k=dense(tf)["j"]))
    ),
    dense_missing=parsed(dense, without("f")),
    dense_wrong_type=parsed(dense, without(f=("int64_list", [1, 2]))),
    dense_wrong_count=parsed(dense, without(j=("int64_list", [1, 2, 3, 4]))),
    dense_too_few=parsed(dense, without(s=("bytes_list", []))),
    sparse_wrong_type=parsed(any_length, without(f=("int64_list", [1, 2]))),
    rows_wrong_type=parsed(rows, without(f=("bytes_list", [b"1"]))),
    rows_wrong_count=parsed(rows, without(f=("float_list", [1, 2, 3]))),
    no_example=lambda tf: flat(tf.parse_example([b"\n\x05abc"], dense(tf))),
    half_an_example=lambda tf: flat(
        tf.parse_example([example(tf, i=FEATURES["i"]), b"\n\x7f\n"], any_length(tf))
    ),
    names=lambda tf: flat(
        tf.parse_example(batch(tf, {}), dense(tf), example_names=["a", "b", "c"], name="with_names")
    ),
    too_few_names=lambda tf: flat(tf.parse_example(batch(tf), any_length(tf), example_names=["a"])),
    single=single(dense),
    single_defaults=single(defaults, i=FEATURES["i"]),
    single_any_length=single(any_length, j=FEATURES["j"], m=FEATURES["m"]),
    single_rows=single(rows, j=FEATURES["j"], f=("float_list", [1, 2, 3, 4])),
    single_missing=single(dense, i=FEATURES["i"]),
    single_wrong_type=single(dense, **without(f=("int64_list", [1, 2]))),
    single_rows_wrong_type=single(rows, **without(f=("int64_list", [1, 2]))),
    single_sparse_wrong_type=single(any_length, **without(f=("int64_list", [1, 2]))),
    single_wrong_count=single(dense, **without(f=("float_list", [1]))),
    single_rows_wrong_count=single(rows, **without(f=("float_list", [1]))),
    single_no_example=lambda tf: flat(tf.parse_single_example(b"\n\x05abc", dense(tf))),
    single_named=lambda tf: flat(
        tf.parse_single_example(
            example(tf, **FEATURES),
            dict(dense(tf), **{"a b": tf.VarLenFeature(tf.int64)}),
            example_names="one",
        )
    ),
    single_named_unknown=lambda tf: (
        flat(
            tf.parse_single_example(
                tf.placeholder(tf.string, name="p"), dense(tf), "n", tf.placeholder(tf.string)
            )
        ),
        None,
    ),
    single_of_vector=lambda tf: flat(tf.parse_single_example(["a"], dense(tf))),
    single_named_of_vector=lambda tf: flat(tf.parse_single_example(["a"], dense(tf), None, "x")),
)


def sparse_feature(tf, **more):
    return {
        "sparse": tf.SparseFeature("ix", "v", tf.float32, 100, **more),
        "two": tf.SparseFeature(["ix", "iy"], "w", tf.int64, [100, 20]),
    }


def sparse_batch(tf):
    one = dict(
        ix=("int64_list", [3, 2]),
        iy=("int64_list", [7, 1]),
        v=("float_list", [0.5, 1.5]),
        w=("int64_list", [4, 5]),
    )
    return [example(tf, **one), example(tf)]


@CASES.case
def sparse_features(tf):
    return flat(tf.parse_example(sparse_batch(tf), sparse_feature(tf)))


@CASES.case
def sparse_features_single(tf):
    parsed = tf.parse_single_example(sparse_batch(tf)[0], sparse_feature(tf, already_sorted=True))
    return flat(parsed)


def unpacked(*chunks):
    """A Feature as other programs may write it."""
    entry = b"\n\x01k\x12" + bytes([len(chunks[0])]) + chunks[0]
    return b"\n" + bytes([len(entry) + 2]) + b"\n" + bytes([len(entry)]) + entry


CASES.simple(
    unpacked_integers=lambda tf: flat(
        tf.parse_example(
            [unpacked(b"\x1a\x05\x08\x05\x08\xac\x02"), unpacked(b"\x1a\x03\n\x01\x07")],
            {"k": tf.VarLenFeature(tf.int64)},
        )
    ),
    unpacked_floats=lambda tf: flat(
        tf.parse_example(
            [unpacked(b"\x12\x05\r\x00\x00\x80?"), unpacked(b"")],
            {"k": tf.FixedLenFeature([], tf.float32, 3.0)},
        )
    ),
    explicit_empty=lambda tf: flat(
        tf.parse_example(
            [unpacked(b"\x1a\x02\n\x00"), unpacked(b"\x1a\x00"), unpacked(b"")],
            {"k": tf.VarLenFeature(tf.int64)},
        )
    ),
)


def mistake(**features):
    return lambda tf: flat(
        tf.parse_example(tf.placeholder(tf.string, [None]), {k: f(tf) for k, f in features.items()})
    )


CASES.simple(
    mistake_no_features=lambda tf: flat(tf.parse_example(["a"], {})),
    mistake_no_single_features=lambda tf: flat(tf.parse_single_example("a", {})),
    mistake_no_type=mistake(a=lambda tf: tf.VarLenFeature(None)),
    mistake_no_shape=mistake(a=lambda tf: tf.FixedLenFeature(None, tf.int64)),
    mistake_first_unknown=mistake(a=lambda tf: tf.FixedLenFeature([None, 2], tf.int64)),
    mistake_unknown=mistake(a=lambda tf: tf.FixedLenFeature([2, None], tf.int64)),
    mistake_kind=mistake(a=lambda tf: "a"),
    mistake_not_missing=mistake(a=lambda tf: tf.FixedLenSequenceFeature([2], tf.int64)),
    mistake_types=mistake(
        a=lambda tf: tf.VarLenFeature(tf.float32),
        b=lambda tf: tf.SparseFeature("a", "c", tf.float32, 3),
    ),
    mistake_value_types=mistake(
        a=lambda tf: tf.VarLenFeature(tf.float32),
        b=lambda tf: tf.SparseFeature("c", "a", tf.int64, 3),
    ),
    mistake_no_index=mistake(a=lambda tf: tf.SparseFeature("", "c", tf.int64, 3)),
    mistake_both=mistake(
        c=lambda tf: tf.FixedLenFeature([], tf.int64),
        b=lambda tf: tf.SparseFeature("c", "a", tf.int64, 3),
    ),
    mistake_default=mistake(a=lambda tf: tf.FixedLenFeature([2], tf.int64, [1, 2, 3])),
    mistake_dtype=mistake(a=lambda tf: tf.VarLenFeature(tf.int32)),
    mistake_rank=lambda tf: flat(tf.parse_example("a", dense(tf))),
)

# Bytes.

EVERY = "float16 float32 float64 int32 uint16 uint8 int16 int8 int64 complex64 complex128 bool"
SIXTEEN = [bytes([1, 0] * 8), bytes([0, 1, 1, 0] * 4)]

for _type in EVERY.split():
    CASES["decode_raw_" + _type] = lambda tf, t=_type: [
        tf.decode_raw(SIXTEEN, getattr(tf, t)) if t != "bool" else tf.decode_raw(SIXTEEN, tf.bool)
    ]


CASES.simple(
    decode_raw_big_endian=lambda tf: [
        tf.decode_raw(SIXTEEN, tf.int32, little_endian=False),
        tf.decode_raw(SIXTEEN, tf.uint8, little_endian=False),
    ],
    decode_raw_scalar=lambda tf: [tf.decode_raw("abcd", tf.uint8), tf.decode_raw("", tf.int32)],
    decode_raw_none=lambda tf: [tf.decode_raw(tf.constant([], tf.string, [2, 0]), tf.int32)],
    decode_raw_unknown=lambda tf: (
        [tf.decode_raw(tf.placeholder(tf.string), tf.uint8, name="n")],
        None,
    ),
    decode_raw_lengths=lambda tf: [tf.decode_raw(["ab", "abc"], tf.uint8)],
    decode_raw_multiple=lambda tf: [tf.decode_raw(["abc", "abd"], tf.int32)],
    decode_raw_no_type=lambda tf: [tf.decode_raw(["abc"])],
    decode_raw_old_name=lambda tf: [tf.decode_raw(bytes=["abc"], out_type=tf.uint8)],
    decode_padded_raw=lambda tf: [
        tf.raw_ops.DecodePaddedRaw(
            input_bytes=["abc", "abcdef", ""], fixed_length=4, out_type=tf.uint8
        ),
        tf.raw_ops.DecodePaddedRaw(input_bytes=[["ab"]], fixed_length=4, out_type=tf.int16),
    ],
    decode_padded_raw_multiple=lambda tf: [
        tf.raw_ops.DecodePaddedRaw(
            input_bytes=["abc"], fixed_length=tf.placeholder_with_default(5, []), out_type=tf.int32
        )
    ],
    decode_padded_raw_zero=lambda tf: [
        tf.raw_ops.DecodePaddedRaw(input_bytes=["abc"], fixed_length=0, out_type=tf.int32)
    ],
    decode_compressed=lambda tf: [
        tf.io.decode_compressed([zlib.compress(b"abc" * 9), zlib.compress(b"")], "ZLIB"),
        tf.decode_compressed([["plain"]]),
    ],
    decode_compressed_wrong=lambda tf: [tf.decode_compressed(["abc"], "GZIP")],
    decode_compressed_type=lambda tf: [tf.decode_compressed(["abc"], "BZIP")],
)


def tensors(tf):
    return [
        np.array([[1.5, 2], [3, 4], [5, 6]], np.float32),
        np.array(7, np.int64),
        np.array([b"a", b"", b"ccc"], object),
        np.array([], np.float64),
        np.array([True, False]),
        np.array([1 + 2j]),
        np.array([1, 2], np.float16),
    ]


@CASES.case
def serialize_and_parse(tf):
    serialized = [tf.serialize_tensor(t) for t in tensors(tf)]
    types = ["float32", "int64", "string", "float64", "bool", "complex128", "float16"]
    return serialized + [tf.parse_tensor(s, types[i]) for i, s in enumerate(serialized)]


CASES.simple(
    parse_tensor_type=lambda tf: [tf.parse_tensor(tf.serialize_tensor(1.5), tf.int32)],
    parse_tensor_nothing=lambda tf: [tf.io.parse_tensor("abc", tf.int32)],
    parse_tensor_empty=lambda tf: [tf.io.parse_tensor("", tf.int32)],
    parse_tensor_vector=lambda tf: [
        tf.io.parse_tensor(tf.placeholder_with_default(["", ""], None), tf.int32)
    ],
)

# JSON.


@CASES.case
def json_examples(tf):
    texts = [
        '{"features": {"feature": {"i": {"int64List": {"value": [1, "2"]}}}}}',
        '{"features": {"feature": {"f": {"floatList": {"value": [0.5]}}}}}',
        '{"features": {"feature": {"s": {"bytesList": {"value": ["YWI="]}}}}}',
    ]
    binary = tf.decode_json_example(texts)
    features = {"i": tf.VarLenFeature(tf.int64), "f": tf.VarLenFeature(tf.float32)}
    features["s"] = tf.VarLenFeature(tf.string)
    return flat(tf.parse_example(binary, features))


CASES.simple(json_no_object=lambda tf: [tf.io.decode_json_example("[]")])

# CSV.

LINES = ["1,2.5,abc,-7,1e300", '4," 5 ","a ""b"", c",8,0.5', ",,,,"]


def columns(tf):
    return [[0], 1.5, ["none"], tf.constant([9], tf.int64), tf.constant([2.5], tf.float64)]


def csv(lines, *args, **options):
    return lambda tf: tf.decode_csv(lines, columns(tf), *args, **options)


CASES.simple(
    csv=csv(LINES),
    csv_scalar=csv(LINES[0], name="one"),
    csv_matrix=csv([LINES[:2]]),
    csv_delimiter=csv(["1\t2\ta,b\t3\t4\r\n"[:-2]], field_delim="\t"),
    csv_no_quotes=csv(['1,2,"a",3,4'], use_quote_delim=False),
    csv_line_ends=csv(["\n1,2,a,3,4"]),
    csv_missing_value=csv(["NA,2,NA,3,NA"], na_value="NA"),
    csv_select=lambda tf: tf.decode_csv(LINES[:2], [[0], [""]], select_cols=[0, 2]),
    csv_required=lambda tf: tf.decode_csv(["1,", "2,3"], [[0], tf.constant([], tf.int32)]),
    csv_too_few=csv(["1,2"]),
    csv_too_many=csv(["1,2,3,4,5,6"]),
    csv_no_int=csv(["x,2,3,4,5"]),
    csv_no_float=csv(["1,2x,3,4,5"]),
    csv_no_int64=csv(["1,2,3,4.5,5"]),
    csv_no_double=csv(["1,2,3,4,-"]),
    csv_too_large=csv(["3000000000,2,3,4,5"]),
    csv_quote_inside=csv(['1,2,a"b,4,5']),
    csv_quote_unescaped=csv(['1,2,"a"b",4,5']),
    csv_quote_open=csv(['1,2,"ab,4,5']),
    csv_empty_record=csv([""]),
    csv_last_missing=csv(["1,2,3,4,"]),
    csv_two_defaults=lambda tf: tf.decode_csv(["1"], [[1, 2]]),
    csv_two_defaults_unknown=lambda tf: tf.decode_csv(
        ["1"], [tf.placeholder_with_default([1, 2], None)]
    ),
    csv_default_rank=lambda tf: tf.decode_csv(["1"], [[[1]]]),
    csv_long_delimiter=csv(LINES, field_delim=",,"),
    csv_select_order=lambda tf: tf.decode_csv(LINES, [[0], [0]], select_cols=[2, 1]),
    csv_select_negative=lambda tf: tf.decode_csv(LINES, [[0], [0]], select_cols=[-1, 1]),
    csv_select_length=lambda tf: tf.decode_csv(LINES, [[0]], select_cols=[0, 1]),
    csv_unknown=lambda tf: (tf.decode_csv(tf.placeholder(tf.string), columns(tf)), None),
)
