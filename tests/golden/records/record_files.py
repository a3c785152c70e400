"""Files of records, whole and damaged. Both an old and a new Python read this file."""

import os
import zlib

RECORDS = [b"", b"abc", b"x" * 1000, bytes(bytearray(range(256))) * 10, b"last"]
NAMES = {"": "plain", "GZIP": "gzip", "ZLIB": "zlib"}


def flipped(data, place):
    return data[:place] + bytes(bytearray([data[place] ^ 0xFF])) + data[place + 1 :]


def damaged(plain):
    """Contents by name, made of a plain file's."""
    return {
        "empty": b"",
        "cut_in_length": plain[:3],
        "cut_in_header": plain + plain[:11],
        "cut_before_data": plain + plain[:12],
        "cut_in_data": plain[:60],
        "cut_in_footer": plain[:-1],
        "flipped_length": flipped(plain, 16),
        "flipped_length_check": flipped(plain, 26),
        "flipped_data": flipped(plain, 29),
        "flipped_data_check": flipped(plain, 32),
        "no_gzip": plain,
    }


def packed(plain):
    """Compressed contents that no writer made."""
    pack = zlib.compressobj(-1, zlib.DEFLATED, 31)
    whole = pack.compress(plain) + pack.flush()
    return {
        "two_files_in_one": zlib.compress(plain) * 2,
        "flipped_check": flipped(whole, len(whole) - 8),
    }


def write(folder, plain):
    """Writes all of these; by name what they are to be read as."""
    kinds = {}
    for contents, kind in ((damaged(plain), ""), (packed(plain), "ZLIB")):
        for name, data in contents.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(data)
            kinds[name] = "GZIP" if name in ("no_gzip", "flipped_check") else kind
    return kinds


def outcome(tf, path, kind):
    """What reading a file gives: the number of records, and the error or None."""
    count = 0
    try:
        for _ in tf.python_io.tf_record_iterator(path, tf.python_io.TFRecordOptions(kind)):
            count += 1
    except Exception as error:
        return [count, type(error).__name__, str(error)]
    return [count, None, None]


def write_records(tf, path, kind):
    with tf.python_io.TFRecordWriter(path, tf.python_io.TFRecordOptions(kind)) as writer:
        for record in RECORDS:
            writer.write(record)
