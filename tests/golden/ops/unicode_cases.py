"""Strings as code points: encodings, bytes that are no characters, scripts; n-grams."""

from case_tools import Cases

CASES = Cases()

UTF8 = [
    b"",
    b"a\x00\x1f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
    b"\xef\xbb\xbfbom",
    b"\xc3",
    b"\xe2\x82",
    b"\xf0\x9f\x98a",
    b"\x80\xbf\xff\xc0\xaf",
    b"\xed\xa0\x80\xed\xbf\xbf",
    b"\xf4\x90\x80\x80\xf8\x88\x80\x80\x80",
    b"\xef\xbf\xbd\xef\xbf\xbf\xe0\x80\xf0\x9f",
]
UTF16 = [
    b"\x00a\x20\xac",
    b"a\x00",
    b"\xff\xfe\x3d\xd8\x00\xde",
    b"\xfe\xff\xd8\x3d\xde\x00\xff\xfe",
    b"\xd8\x3d\xd8\x3d\xde\x00",
    b"\xde\x00z",
    b"\xd8\x3d",
    b"\xd8\x3dz",
    b"\xfe\xff",  # last: what comes after it, ICU reads as big-endian
]
UTF32 = [
    b"\x00\x00\x00a\x00\x01\xf6\x00",
    b"a\x00\x00\x00",
    b"\xff\xfe\x00\x00a\x00\x00\x00\x00\xd8\x00\x00",
    b"\x00\x00\xd8\x00\x00\x11\x00\x00",
    b"\x00\x00\x00a\x00zz",
    b"\x00\x00\xfe\xff",
]
BYTES = [bytes(range(256))]
WORDS = [["aa", "b", "c", "d"], ["e", "", "f", "g"]]


def decode(tf, strings, encoding, **arguments):
    raw = tf.raw_ops.UnicodeDecodeWithOffsets
    return list(raw(input=strings, input_encoding=encoding, **arguments))


def transcode(tf, strings, *arguments, **keywords):
    return [tf.strings.unicode_transcode(strings, *arguments, **keywords)]


def add(name, strings, encoding):
    CASES["decode_" + name] = lambda tf: decode(tf, strings, encoding, replacement_char=0xE000)
    CASES["decode_ignoring_" + name] = lambda tf: decode(tf, strings, encoding, errors="ignore")


for encoding, strings in (
    ("UTF-8", UTF8),
    ("US-ASCII", UTF8),
    ("UTF-16", UTF16),
    ("UTF-16BE", UTF16),
    ("utf-16-le", UTF16),
    ("UTF-32", UTF32),
    ("UTF-32BE", UTF32),
    ("UTF-32-LE", UTF32),
):
    add(encoding, strings, encoding)
for encoding in (
    ["latin1", "cp866", "koi8-r", "koi8-u", "macintosh", "windows-1256"]
    + ["ISO-8859-%d" % n for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 15)]  # noqa: UP031
    + ["windows-125%d" % n for n in (0, 1, 2, 4, 5, 7)]  # noqa: UP031 - Python 3.7
):
    add(encoding, BYTES, encoding)
for encoding, text in (
    ("shift_jis", b"a\x83\x5c\x88\x9f\xb1\x82\xa0"),
    ("euc_jp", b"a\xa4\xa2\xb0\xa1\x8e\xb1\x8f\xb0\xa1"),
    ("gb18030", b"a\xb0\xa1\x81\x30\x81\x30\xc4\xe3"),
    ("gbk", b"a\xb0\xa1\xc4\xe3"),
    ("gb2312", b"a\xb0\xa1\xc4\xe3"),
    ("big5", b"a\xa4\xa4\xa4\xe5"),
    ("euc_kr", b"a\xb0\xa1\xc7\xd1"),
):
    add(encoding, [text], encoding)

CASES.simple(
    decode_strict=lambda tf: decode(tf, UTF8[:2], "UTF-8", errors="strict"),
    decode_strict_failing=lambda tf: decode(tf, UTF8, "UTF-8", errors="strict"),
    decode_controls=lambda tf: decode(tf, UTF8, "UTF-8", replace_control_characters=True),
    decode_controls_strictly=lambda tf: decode(
        tf, UTF8[:2], "UTF-8", errors="strict", replace_control_characters=True
    ),
    decode_unknown=lambda tf: decode(tf, UTF8, "none"),
    decode_bad_replacement=lambda tf: decode(tf, UTF8, "UTF-8", replacement_char=0x110000),
    decode_int32=lambda tf: list(
        tf.raw_ops.UnicodeDecode(
            input=[UTF8[:2], UTF8[1:3]], input_encoding="UTF-8", Tsplits=tf.int32
        )
    ),
    transcode_1=lambda tf: transcode(tf, UTF8, "UTF-8", "UTF-8"),
    transcode_2=lambda tf: transcode(tf, UTF8, "UTF-8", "UTF-16-BE", replacement_char=0x1F600),
    transcode_3=lambda tf: transcode(tf, UTF8, "UTF-8", "UTF-32-BE", errors="ignore"),
    transcode_4=lambda tf: transcode(tf, [UTF16], "UTF-16", "UTF-8", "replace", 63, True),
    transcode_5=lambda tf: transcode(tf, "a\0", "UTF-8", "UTF-8", "strict", 63, True),
    transcode_6=lambda tf: transcode(tf, b"\xff", "UTF-8", "UTF-8", "strict"),
    transcode_7=lambda tf: transcode(tf, b"a", "UTF-8", "latin1"),
    transcode_8=lambda tf: transcode(tf, b"\xff", "UTF-8", "UTF-8", replacement_char=0xD800),
    script=lambda tf: [
        tf.strings.unicode_script(
            [[-1, 0, 65, 0xE9, 0x3B1, 0x416], [0x5D0, 0x627, 0x3042, 0x4E2D, 0x10FFFF, 0x110000]]
        )
    ],
    script_of_one=lambda tf: [tf.strings.unicode_script(0x1F600)],
    split=lambda tf: [tf.strings.unicode_split(UTF8[1:3], "UTF-8").flat_values],
    split_with_offsets=lambda tf: [
        t.flat_values for t in tf.strings.unicode_split_with_offsets([UTF8[:3]], "UTF-8", "ignore")
    ],
    decoded=lambda tf: [tf.strings.unicode_decode("a\u20ac", "UTF-8")],
    decoded_matrix=lambda tf: [tf.strings.unicode_decode([["a\u20ac", "b"]], "UTF-8").flat_values],
    encoded_vector=lambda tf: [tf.strings.unicode_encode([72, 0x20AC, -1], "UTF-16-BE")],
    encoded_matrix=lambda tf: [tf.strings.unicode_encode([[72, 0x20AC], [0, 1]], "UTF-8")],
    encoded_cube=lambda tf: [
        tf.strings.unicode_encode([[[72, 0x20AC, 7], [0, 1, 0x110000]]], "UTF-32-BE", "ignore")
    ],
    encoded_ragged=lambda tf: [
        tf.strings.unicode_encode(tf.ragged.constant([[[72], []], [[66, 67]]]), "UTF-8").flat_values
    ],
    encode_strict=lambda tf: [tf.strings.unicode_encode([[72, -1]], "UTF-8", "strict")],
    encode_surrogates=lambda tf: [
        tf.strings.unicode_encode([[65, 0xD83D, 0xDE00, 0xD83D, 66]], e)
        for e in ("UTF-8", "UTF-16-BE", "UTF-32-BE")
    ],
    encode_shapes=lambda tf: list(
        tf.raw_ops.UnicodeEncode(input_values=[1], input_splits=[[0]], output_encoding="UTF-8")
    ),
    ngrams_1=lambda tf: [tf.strings.ngrams(WORDS, 2)],
    ngrams_2=lambda tf: [tf.strings.ngrams(WORDS, [2, 3], "|", "_")],
    ngrams_3=lambda tf: [tf.strings.ngrams(WORDS, 3, "", ("<", ">"), 1)],
    ngrams_4=lambda tf: [tf.strings.ngrams(WORDS, 6, preserve_short_sequences=True)],
    ngrams_5=lambda tf: [tf.strings.ngrams(WORDS[0], 3, padding_width=1, pad_values="p")],
    ngrams_6=lambda tf: [tf.strings.ngrams(WORDS, 0)],
    ngrams_7=lambda tf: [tf.strings.ngrams(WORDS, 2, padding_width=1)],
    ngrams_8=lambda tf: [tf.strings.ngrams(WORDS, 2, pad_values=("a", 1))],
    ngrams_of_rows=lambda tf: [
        tf.strings.ngrams(
            tf.ragged.constant([[["a", "b", "c"], ["d"]], [["e", "f"]]]), [2, 1], pad_values="*"
        ).flat_values
    ],
    base64=lambda tf: [tf.decode_base64(["YQ", "YQ==", "YWI=", "YWJj", ""])],
)
for number, text in enumerate(["YQ=", "YWJj=", "YWJj==", "=", "a?bc", "Y", "YWJj\n", "Y==="]):
    CASES["base64_wrong_%d" % number] = lambda tf, t=text: [tf.decode_base64(t)]  # noqa: UP031
for number, arguments in enumerate(
    [{"shortest": True}, {"scientific": True}, {"fill": "ab"}, {"fill": "ab", "precision": 2}]
):
    CASES["as_string_wrong_%d" % number] = (  # noqa: UP031
        lambda tf, a=arguments: [tf.as_string([1], **a)]
    )
