"""Whole files: what is read, written and found."""

from case_tools import Cases

CASES = Cases()

CASES.simple(
    read_missing=lambda tf: [tf.read_file("/no/such/file")],
    read_directory=lambda tf: [tf.read_file("/usr")],
    read_vector=lambda tf: [tf.read_file(["a"])],
    read_fed_vector=lambda tf: ([tf.io.read_file(tf.placeholder_with_default(["a"], None))], {}),
    write_vector=lambda tf: tf.write_file("a", ["b"]),
    write_directory=lambda tf: [tf.write_file("/usr", "b")],
    match_nothing=lambda tf: [tf.matching_files("/usr/no such file*")],
    match_missing=lambda tf: [tf.matching_files("/no such directory/*")],
    match_matrix=lambda tf: [tf.matching_files([["a"]])],
    match_fed_matrix=lambda tf: [tf.io.matching_files(tf.placeholder_with_default([["a"]], None))],
    match_two=lambda tf: [tf.matching_files(["/usr/bin*", "/dev/nul?", "/usr/b?n"])],
)
