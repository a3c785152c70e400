"""Strings: joined, split, matched, converted, hashed."""

from case_tools import Cases

CASES = Cases()

S = ["", "a", "ab", "abcd", "abcdefgh", "x" * 15, "y" * 17, "z" * 33, "0123456789" * 7]
S += ["w" * 64, "v" * 65, "q" * 200, "p" * 129, "k" * 128]


def wrapped(result):
    """A list of tensors."""
    return list(result) if isinstance(result, tuple) else [result]


CASES.simple(
    string_join_1=lambda tf: wrapped(tf.string_join([["a", "b"], "-", ["x", "y"]])),
    string_join_2=lambda tf: wrapped(tf.string_join(["a", "b"], separator="/")),
    string_join_3=lambda tf: wrapped(tf.string_join([["a", "b"], ["x", "y", "z"]])),
    string_split_1=lambda tf: wrapped(tf.string_split(["hello world", "a  b c", ""])),
    string_split_2=lambda tf: wrapped(
        tf.string_split(["hello world", "a  b c", ""], skip_empty=False)
    ),
    string_split_3=lambda tf: wrapped(tf.string_split(["abc", "d"], "")),
    string_split_4=lambda tf: wrapped(tf.string_split(["a,b;c", "d,;e"], ",;")),
    string_split_5=lambda tf: wrapped(tf.string_split("abc")),
    StringSplitV2_1=lambda tf: wrapped(
        tf.raw_ops.StringSplitV2(input=["hello  world", " a b "], sep="")
    ),
    StringSplitV2_2=lambda tf: wrapped(
        tf.raw_ops.StringSplitV2(input=["a<>b<><>c", "<>d"], sep="<>", maxsplit=1)
    ),
    StringSplitV2_3=lambda tf: wrapped(
        tf.raw_ops.StringSplitV2(input=[" a  b c "], sep="", maxsplit=1)
    ),
    substr_1=lambda tf: wrapped(tf.substr(["hello", "world"], 1, 3)),
    substr_2=lambda tf: wrapped(tf.substr(["hello", "world"], [1, 2], [3, 10])),
    substr_3=lambda tf: wrapped(tf.substr(["hello", "wo"], 3, 1)),
    substr_4=lambda tf: wrapped(tf.substr("hello", -3, 2)),
    substr_5=lambda tf: wrapped(tf.substr("hello", -6, 2)),
    substr_6=lambda tf: wrapped(tf.strings.substr("h\u00e9llo", 1, 2, unit="UTF8_CHAR")),
    substr_7=lambda tf: wrapped(tf.substr([["a"], ["b"]], [[0], [0]], [[1], [1]])),
    string_to_number_1=lambda tf: wrapped(
        tf.string_to_number(["1.5", "-2e3", "nan", " 7 ", "0x10"])
    ),
    string_to_number_2=lambda tf: wrapped(tf.string_to_number(["1", "-2"], tf.int64)),
    string_to_number_3=lambda tf: wrapped(tf.string_to_number(["1.5"], tf.int32)),
    string_to_number_4=lambda tf: wrapped(tf.string_to_number(["99999999999"], tf.int32)),
    string_to_number_5=lambda tf: wrapped(tf.string_to_number(["abc"])),
    as_string_1=lambda tf: wrapped(tf.as_string([1.5, -2, 1e10])),
    as_string_2=lambda tf: wrapped(tf.as_string([1.5, -2, 1e10], precision=2, scientific=True)),
    as_string_3=lambda tf: wrapped(tf.as_string([1.5, -2, 1e10], shortest=True)),
    as_string_4=lambda tf: wrapped(tf.as_string([1, 20], width=5, fill="0")),
    as_string_5=lambda tf: wrapped(tf.as_string([True, False])),
    as_string_6=lambda tf: wrapped(tf.as_string([1 + 2j])),
    as_string_7=lambda tf: wrapped(tf.as_string([1.5], width=8, precision=1)),
    as_string_8=lambda tf: wrapped(tf.as_string([1], precision=2)),
    as_string_9=lambda tf: wrapped(tf.as_string([1.0], fill="x", width=3)),
    as_string_10=lambda tf: wrapped(tf.as_string([1.0], scientific=True, shortest=True)),
    regex_replace_1=lambda tf: wrapped(tf.regex_replace(["hello", "abc"], "l+", "<\\0>")),
    regex_replace_2=lambda tf: wrapped(
        tf.strings.regex_replace(["hello"], "(l)(l)", "\\2-\\1", replace_global=False)
    ),
    regex_replace_3=lambda tf: wrapped(
        tf.strings.regex_replace(["hello"], tf.constant("l"), "L", replace_global=False)
    ),
    regex_full_match_1=lambda tf: wrapped(tf.strings.regex_full_match(["hello", "xhello"], "h.*o")),
    regex_full_match_2=lambda tf: wrapped(tf.strings.regex_full_match(["hello", "xhello"], "h(")),
    length_1=lambda tf: wrapped(tf.strings.length(["h\u00e9llo", ""])),
    length_2=lambda tf: wrapped(tf.strings.length(["h\u00e9llo", ""], unit="UTF8_CHAR")),
    strip_1=lambda tf: wrapped(tf.strings.strip([" a b ", "\tx\n"])),
    lower_1=lambda tf: wrapped(tf.strings.lower(["HeL\xc9"])),
    lower_2=lambda tf: wrapped(tf.strings.lower(["HeL\u00c9"], encoding="utf-8")),
    upper_1=lambda tf: wrapped(tf.strings.upper(["Hel"])),
    encode_base64_1=lambda tf: wrapped(tf.encode_base64(["hello", "a?>"], pad=True)),
    encode_base64_2=lambda tf: wrapped(tf.encode_base64(["hello", "a?>"])),
    decode_base64_1=lambda tf: wrapped(tf.decode_base64(["aGVsbG8=", "aGVsbG8"])),
    decode_base64_2=lambda tf: wrapped(tf.decode_base64(["a!"])),
    reduce_join_1=lambda tf: wrapped(tf.reduce_join([["a", "b"], ["c", "d"]], 0)),
    reduce_join_2=lambda tf: wrapped(
        tf.reduce_join([["a", "b"], ["c", "d"]], [0, 1], separator=".")
    ),
    reduce_join_3=lambda tf: wrapped(tf.reduce_join([["a", "b"], ["c", "d"]])),
    reduce_join_4=lambda tf: wrapped(tf.reduce_join([["a", "b"], ["c", "d"]], -1, keep_dims=True)),
    reduce_join_5=lambda tf: wrapped(tf.reduce_join([["a", "b"], ["c", "d"]], [])),
    reduce_join_6=lambda tf: wrapped(tf.reduce_join([["a", "b"], ["c", "d"]], 2)),
    reduce_join_7=lambda tf: wrapped(tf.reduce_join([["a", "b"], ["c", "d"]], [0, 0])),
    string_to_hash_bucket_fast_1=lambda tf: wrapped(tf.string_to_hash_bucket_fast(S, 2**62)),
    string_to_hash_bucket_1=lambda tf: wrapped(tf.string_to_hash_bucket(S, 2**62)),
    string_to_hash_bucket_strong_1=lambda tf: wrapped(
        tf.string_to_hash_bucket_strong(S, 2**62, [1, 2])
    ),
    string_to_hash_bucket_strong_2=lambda tf: wrapped(
        tf.string_to_hash_bucket_strong(S, 2**62, [2**62, -1])
    ),
    fingerprint_1=lambda tf: wrapped(tf.fingerprint(["a", "bc"])),
    fingerprint_2=lambda tf: wrapped(tf.fingerprint([[1, 2], [3, 4]])),
    fingerprint_3=lambda tf: wrapped(tf.fingerprint([["a", "b"], ["c", "d"]])),
    unsorted_segment_join_1=lambda tf: wrapped(
        tf.strings.unsorted_segment_join(["a", "b", "c"], [0, 1, 0], 2, separator=":")
    ),
    cross_hashed_1=lambda tf: wrapped(
        tf.sparse.cross_hashed(
            [
                tf.SparseTensor([[0, 0], [1, 0]], ["a", "b"], [2, 1]),
                tf.constant([["x", "y"], ["y", "z"]]),
            ],
            100,
        )
    ),
    cross_hashed_2=lambda tf: wrapped(
        tf.sparse.cross_hashed(
            [
                tf.SparseTensor([[0, 0], [1, 0]], tf.constant([5, 6], tf.int64), [2, 1]),
                tf.constant([["x"], ["y"]]),
            ],
            0,
        )
    ),
    cross_hashed_3=lambda tf: wrapped(
        tf.sparse.cross_hashed(
            [
                tf.SparseTensor([[0, 0], [1, 0]], tf.constant([5, 6], tf.int64), [2, 1]),
                tf.constant([[7], [8]]),
            ],
            0,
            hash_key=5,
        )
    ),
    cross_1=lambda tf: wrapped(
        tf.sparse.cross(
            [
                tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([5, 6, 7], tf.int64), [2, 2]),
                tf.constant([["x", "w"], ["y", "z"]]),
                tf.constant([[7], [8]]),
            ]
        )
    ),
)
