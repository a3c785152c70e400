"""Datasets of what is in files: `name: build(tf)` gives a dataset, whose graph and elements are
golden. Files are written where the case is run."""

import gzip
import os
import sqlite3
import zipfile
import zlib

CASES = {}


def simple(**functions):
    CASES.update(functions)


def case(function):
    CASES[function.__name__] = function
    return function


def written(name, data):
    with open(name, "wb") as f:
        f.write(data)
    return name


def databases(*names):
    """Databases that LMDB wrote."""
    here = os.path.dirname(os.path.abspath(__file__))
    with zipfile.ZipFile(os.path.join(os.path.dirname(here), "queues", "lmdb.zip")) as archive:
        for name in names:
            archive.extract(name)
    return [name.split("/")[0] for name in names]


LINES = b"one\ntwo\r\n\nfo\rur"
RECORDS = b"HH" + b"abcdefghi" + b"FFF"
CSV = b'a,b,c\n1,2.5,"x,""y"""\n-3,,z\n4,1e3,"two\nlines"\n'


def examples(tf):
    """A TFRecord file of Examples."""
    with tf.python_io.TFRecordWriter("examples") as writer:
        for i in range(5):
            feature = {
                "n": tf.train.Feature(int64_list=tf.train.Int64List(value=[i])),
                "v": tf.train.Feature(
                    float_list=tf.train.FloatList(value=[0.5 * j for j in range(i % 3)])
                ),
                "s": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"s" * i])),
            }
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            writer.write(example.SerializeToString())
    return "examples"


def features(tf):
    return {
        "n": tf.io.FixedLenFeature([], tf.int64),
        "v": tf.io.VarLenFeature(tf.float32),
        "s": tf.io.FixedLenFeature([], tf.string, ""),
    }


def database():
    with sqlite3.connect("people.db") as connection:
        connection.execute("CREATE TABLE people (name TEXT, age INTEGER, size REAL, big INTEGER)")
        rows = [("Ann", 30, 1.7, 1 << 40), ("Bob", None, 1.8, -1), (None, 50, None, 0)]
        connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", rows)
    return "people.db"


simple(
    lines=lambda tf: tf.data.TextLineDataset(written("lines", LINES)),
    lines_of_several=lambda tf: tf.data.TextLineDataset(
        [written("a", LINES), written("b", b"last\n")], num_parallel_reads=2
    ),
    lines_gzip=lambda tf: tf.data.TextLineDataset(
        written("lines.gz", gzip.compress(LINES)), compression_type="GZIP"
    ),
    lines_of_names=lambda tf: tf.data.TextLineDataset(
        tf.data.Dataset.from_tensor_slices([written("a", LINES), "a"])
    ),
    lines_of_no_file=lambda tf: tf.data.TextLineDataset(["nowhere"]),
    lines_bad_compression=lambda tf: tf.data.TextLineDataset(
        [written("a", LINES)], compression_type="LZ"
    ),
    fixed_length=lambda tf: tf.data.FixedLengthRecordDataset(written("f", RECORDS), 3, 2, 3),
    fixed_length_zlib=lambda tf: tf.data.FixedLengthRecordDataset(
        written("f", zlib.compress(RECORDS)), 3, 2, 3, compression_type="ZLIB"
    ),
    fixed_length_no_multiple=lambda tf: tf.data.FixedLengthRecordDataset(
        written("f", RECORDS), 4, 2, 3
    ),
    records=lambda tf: tf.data.TFRecordDataset([examples(tf)]).map(tf.strings.length),
    records_cut=lambda tf: tf.data.TFRecordDataset(
        [written("cut", open(examples(tf), "rb").read()[:-3])]
    ).map(tf.strings.length),
    csv=lambda tf: tf.data.experimental.CsvDataset(
        written("x.csv", CSV), [tf.int32, tf.constant([7.0]), tf.string], header=True
    ),
    csv_columns=lambda tf: tf.data.experimental.CsvDataset(
        written("x.csv", CSV), ["none", [9]], header=True, select_cols=[2, 0][::-1]
    ),
    csv_selected=lambda tf: tf.data.experimental.CsvDataset(
        written("x.csv", CSV), [[9], ["none"]], header=True, select_cols=[0, 2]
    ),
    csv_missing=lambda tf: tf.data.experimental.CsvDataset(
        written("x.csv", CSV), [tf.int32, tf.float32, tf.string], header=True
    ),
    csv_tabs=lambda tf: tf.data.experimental.CsvDataset(
        written("x.tsv", b"1\tNA\n2\t3\n"), [[0], [-1]], field_delim="\t", na_value="NA"
    ),
    csv_short=lambda tf: tf.data.experimental.CsvDataset(written("x.csv", b"1,2\n3\n"), [[0], [0]]),
    csv_no_number=lambda tf: tf.data.experimental.CsvDataset(
        written("x.csv", b"1,2\n3,x\n"), [[0], [0]]
    ),
    make_csv=lambda tf: tf.data.experimental.make_csv_dataset(
        written("x.csv", CSV), 2, label_name="c", shuffle=False, num_epochs=1
    ),
    make_csv_shuffled=lambda tf: tf.data.experimental.make_csv_dataset(
        written("x.csv", b"a,b\n1,2\n3,4\n5,60000000000\n"),
        2,
        select_columns=["b"],
        shuffle_seed=4,
        num_epochs=3,
    ),
    make_csv_bad_label=lambda tf: tf.data.experimental.make_csv_dataset(
        written("x.csv", CSV), 2, label_name="q"
    ),
    parsed=lambda tf: (
        tf.data.TFRecordDataset([examples(tf)])
        .batch(2)
        .apply(tf.data.experimental.parse_example_dataset(features(tf)))
    ),
    batched_features=lambda tf: tf.data.experimental.make_batched_features_dataset(
        examples(tf), 2, features(tf), label_key="n", num_epochs=2, shuffle_seed=3
    ),
    sql=lambda tf: tf.data.experimental.SqlDataset(
        "sqlite",
        database(),
        "SELECT name, age, size, big FROM people",
        (tf.string, tf.int32, tf.float64, tf.int64),
    ),
    sql_no_driver=lambda tf: tf.data.experimental.SqlDataset("mysql", "x", "SELECT 1", (tf.int32,)),
    cache_in_a_file=lambda tf: (
        tf.data.Dataset.range(3).map(lambda x: (x, tf.as_string(x))).cache("kept").repeat(2)
    ),
)


def records(tf, name, count, kind=""):
    """A file of records, of which one is a prefix of the next."""
    kinds = tf.python_io.TFRecordCompressionType
    options = tf.python_io.TFRecordOptions(getattr(kinds, kind or "NONE"))
    with tf.python_io.TFRecordWriter(name, options) as writer:
        for i in range(count):
            writer.write(b"0123456789"[: i + 3])
    return name


def changed(name, change):
    with open(name, "rb") as f:
        data = bytearray(f.read())
    data = change(data)
    with open(name, "wb") as f:
        f.write(data)
    return name


def flipped(place):
    """A file with one bit of another value."""

    def change(data):
        data[place] ^= 1
        return data

    return change


def failing_generator(tf):
    def generate():
        yield 1
        yield 2
        raise ValueError("no more")

    return tf.data.Dataset.from_generator(generate, tf.int32)


# The second record begins at 19 and has its data at 31.
simple(
    records_cut=lambda tf: tf.data.TFRecordDataset(
        changed(records(tf, "r", 3), lambda data: data[:-2])
    ),
    records_cut_in_header=lambda tf: tf.data.TFRecordDataset(
        changed(records(tf, "r", 3), lambda data: data[:25])
    ),
    records_corrupt_data=lambda tf: tf.data.TFRecordDataset(
        changed(records(tf, "r", 3), flipped(32))
    ),
    records_corrupt_length=lambda tf: tf.data.TFRecordDataset(
        changed(records(tf, "r", 3), flipped(19))
    ),
    records_corrupt_then_more=lambda tf: tf.data.TFRecordDataset(
        [changed(records(tf, "r", 3), flipped(32)), records(tf, "s", 1)]
    ),
    records_corrupt_in_batch=lambda tf: tf.data.TFRecordDataset(
        changed(records(tf, "r", 5), flipped(60))
    ).batch(2),
    records_corrupt_ignored=lambda tf: tf.data.TFRecordDataset(
        [changed(records(tf, "r", 3), flipped(32)), records(tf, "s", 2)]
    ).apply(tf.data.experimental.ignore_errors()),
    records_corrupt_interleaved=lambda tf: tf.data.Dataset.from_tensor_slices(
        [changed(records(tf, "r", 3), flipped(32)), records(tf, "s", 2)]
    ).interleave(lambda name: tf.data.TFRecordDataset(name), 2),
    records_of_no_file=lambda tf: tf.data.TFRecordDataset([records(tf, "r", 2), "nowhere"]),
    records_of_empty_file=lambda tf: tf.data.TFRecordDataset(
        [written("e", b""), records(tf, "r", 1)]
    ),
    records_of_no_records=lambda tf: tf.data.TFRecordDataset(written("t", b"this is a text")),
    records_gzip_cut=lambda tf: tf.data.TFRecordDataset(
        changed(records(tf, "r", 3, "GZIP"), lambda data: data[:-12]), "GZIP"
    ),
    records_gzip_as_plain=lambda tf: tf.data.TFRecordDataset(records(tf, "r", 3, "GZIP")),
    records_plain_as_gzip=lambda tf: tf.data.TFRecordDataset(records(tf, "r", 3), "GZIP"),
    lines_then_no_file=lambda tf: tf.data.TextLineDataset([written("x", b"a\nb\n"), "nowhere"]),
    lines_of_empty_file=lambda tf: tf.data.TextLineDataset([written("x", b"")]),
    fixed_of_short_file=lambda tf: tf.data.FixedLengthRecordDataset(
        [written("x", b"abcdef"), written("y", b"abcde")], 3
    ),
    generator_that_raises_ignored=lambda tf: failing_generator(tf).apply(
        tf.data.experimental.ignore_errors()
    ),
)


simple(
    lmdb=lambda tf: tf.contrib.data.LMDBDataset(databases("few", "folder/data.mdb")),
    lmdb_missing=lambda tf: tf.contrib.data.LMDBDataset(["nowhere"]),
    lmdb_of_one=lambda tf: tf.contrib.data.LMDBDataset(databases("few")[0]).map(
        lambda key, value: tf.strings.join([key, value])
    ),
)
