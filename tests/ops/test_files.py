"""Ops on whole files against TensorFlow."""

from pathlib import Path

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf

CASES, GOLDEN = case_runner.load("file_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


def test_what_is_written_is_read_and_found(tmp_path: Path) -> None:
    content = bytes(range(256))
    with tf.Graph().as_default(), tf.Session() as session:
        for name in ("b.bin", "a.bin", "c.txt"):
            session.run(tf.write_file(str(tmp_path / "new" / "folder" / name), content))
        read = tf.read_file(str(tmp_path / "new" / "folder" / "a.bin"))
        assert session.run(read) == content
        pattern = tf.placeholder(tf.string)
        found = tf.matching_files(pattern)
        folder = f"{tmp_path}/new/folder/"
        wanted = [f"{folder}{name}".encode() for name in ("a.bin", "b.bin", "c.txt")]
        np.testing.assert_array_equal(session.run(found, {pattern: folder + "*"}), wanted)
        np.testing.assert_array_equal(session.run(found, {pattern: folder + "?.bin"}), wanted[:2])
        assert session.run(found, {pattern: [folder + "c*", folder + "a*"]}).tolist() == [
            wanted[0],
            wanted[2],
        ]
