"""Checkpoints of TensorFlow are read, and written byte for byte the same."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf
from evergraph.base import errors
from evergraph.formats import checkpoint_v1, ordered_code, snappy, tensor_bundle
from evergraph.formats.checkpoint_reader import CheckpointReader
from evergraph.graph.apply import apply_op

GOLDEN = Path(__file__).parents[1] / "golden" / "checkpoints"
EXPECTED = json.loads((GOLDEN / "values.json").read_text())


def array_of(entry: dict[str, Any]) -> np.ndarray:
    dtype = tf.as_dtype(entry["dtype"])
    values = entry["values"]
    if dtype == tf.string:
        array = np.array([v.encode("latin1") for v in values], object)
    elif dtype.is_complex:
        array = np.array([complex(*v) for v in values], dtype.as_numpy_dtype)
    else:
        array = np.array(values, dtype.as_numpy_dtype)
    return array.reshape(entry["shape"])


@pytest.mark.parametrize("version", ["1", "2"])
def test_reads(version: str) -> None:
    reader = CheckpointReader(str(GOLDEN / f"v{version}"))
    expected = EXPECTED[version]
    assert reader.get_variable_to_shape_map() == {n: e["shape"] for n, e in expected.items()}
    dtypes = reader.get_variable_to_dtype_map()
    assert {n: d.name for n, d in dtypes.items()} == {n: e["dtype"] for n, e in expected.items()}
    for name, entry in expected.items():
        assert reader.has_tensor(name)
        np.testing.assert_array_equal(reader.get_tensor(name), array_of(entry))
    if version == "1":
        assert reader.debug_string().decode() == EXPECTED["text"]


def rows(version: str) -> tuple[list[str], list[str], list[np.ndarray], list[Any]]:
    """Names, slices, values and types, in the order in which a Saver writes them."""
    names, specs, arrays, types = [], [], [], []
    for name, entry in sorted(EXPECTED[version].items()):
        array = array_of(entry)
        parts = [("", array)]
        if name == "parts":
            parts = [
                (f"100 2 {start},{size}:0,2", array[start : start + size])
                for start, size in ((0, 34), (34, 33), (67, 33))
            ]
        for spec, part in parts:
            names.append(name)
            specs.append(spec)
            arrays.append(part)
            types.append(tf.as_dtype(entry["dtype"]))
    return names, specs, arrays, types


@pytest.mark.parametrize("version", ["1", "2"])
def test_writes_the_same_bytes(version: str, tmp_path: Path) -> None:
    names, specs, arrays, types = rows(version)
    path = str(tmp_path / f"v{version}")
    with tf.Graph().as_default(), tf.Session() as sess:
        tensors = [tf.constant(a, t) for a, t in zip(arrays, types, strict=True)]
        op_type = "SaveV2" if version == "2" else "SaveSlices"
        sess.run(apply_op(op_type, path, names, specs, tensors))
    suffixes = [".index", ".data-00000-of-00001"] if version == "2" else [""]
    for suffix in suffixes:
        written = Path(path + suffix).read_bytes()
        assert written == (GOLDEN / f"v{version}{suffix}").read_bytes()


@pytest.mark.parametrize("version", ["1", "2"])
def test_restores_tensors_and_slices(version: str) -> None:
    path = str(GOLDEN / f"v{version}")
    whole = array_of(EXPECTED[version]["parts"])
    with tf.Graph().as_default(), tf.Session() as sess:
        found = sess.run(
            apply_op(
                "RestoreV2",
                path,
                ["parts", "parts", "scope/v_string", "scalar"],
                ["", "100 2 30,10:0,2", "", ""],
                dtypes=[tf.float32, tf.float32, tf.string, tf.float32],
            )
        )
    np.testing.assert_array_equal(found[0], whole)
    np.testing.assert_array_equal(found[1], whole[30:40])
    np.testing.assert_array_equal(found[2], array_of(EXPECTED[version]["scope/v_string"]))
    assert found[3] == 2.5


def test_large_tensors_are_read_by_several_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tensor_bundle, "_WORTH_READERS", 1)
    path = str(tmp_path / "m")
    random = np.random.default_rng(1)
    values = [random.random((100 + i, 7)).astype(np.float32) for i in range(20)]
    names = [f"v{i:02}" for i in range(20)]
    with tf.Graph().as_default(), tf.Session() as sess:
        slices = [""] * 20
        sess.run(apply_op("SaveV2", path, names, slices, [tf.constant(v) for v in values]))
        slices[3] = "103 7 5,50:-"
        values[3] = values[3][5:55]
        restored = apply_op("RestoreV2", path, names, slices, dtypes=[tf.float32] * 20)
        for found, value in zip(sess.run(restored), values, strict=True):
            np.testing.assert_array_equal(found, value)
        data = Path(path + ".data-00000-of-00001")
        content = bytearray(data.read_bytes())
        content[-1] ^= 1
        data.write_bytes(content)
        with pytest.raises(errors.DataLossError, match="for tensor v19"):
            sess.run(restored)


def test_merges_shards(tmp_path: Path) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        prefixes = [
            sess.run(apply_op("ShardedFilename", str(tmp_path / "temp" / "part"), i, 2)).decode()
            for i in range(2)
        ]
        for i, prefix in enumerate(prefixes):
            value = tf.constant([float(i), 2.0])
            sess.run(apply_op("SaveV2", prefix, [f"v{i}"], [""], [value]))
        sess.run(apply_op("MergeV2Checkpoints", prefixes, str(tmp_path / "model")))
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "model.data-00000-of-00002",
        "model.data-00001-of-00002",
        "model.index",
    ]
    reader = CheckpointReader(str(tmp_path / "model"))
    assert [reader.get_tensor(f"v{i}").tolist() for i in range(2)] == [[0.0, 2.0], [1.0, 2.0]]


def test_errors(tmp_path: Path) -> None:
    path = str(GOLDEN / "v2")

    def restored(name: str, dtype: Any, prefix: str = path) -> Any:
        with tf.Graph().as_default(), tf.Session() as sess:
            return sess.run(apply_op("RestoreV2", prefix, [name], [""], dtypes=[dtype]))

    with pytest.raises(errors.NotFoundError, match="Key absent not found in checkpoint"):
        restored("absent", tf.float32)
    with pytest.raises(
        errors.InvalidArgumentError,
        match="tensor_name = scalar; expected dtype int32 does not equal original dtype float",
    ):
        restored("scalar", tf.int32)
    with pytest.raises(errors.NotFoundError, match="Failed to find any matching files for"):
        restored("scalar", tf.float32, str(tmp_path / "none"))
    data = bytearray((GOLDEN / "v2.data-00000-of-00001").read_bytes())
    (tmp_path / "bad.index").write_bytes((GOLDEN / "v2.index").read_bytes())
    (tmp_path / "bad.data-00000-of-00001").write_bytes(bytes(b ^ 1 for b in data))
    with pytest.raises(errors.DataLossError, match="Checksum does not match"):
        restored("scalar", tf.float32, str(tmp_path / "bad"))


def test_keys_of_slices_are_ordered() -> None:
    numbers = [-(2**62), -(2**40), -8192, -65, -64, -1, 0, 1, 63, 64, 8191, 8192, 2**40, 2**62]
    assert sorted(numbers, key=ordered_code.signed_number) == numbers


def test_snappy() -> None:
    # "abcd" as it is, then 8 bytes copied from 4 back.
    assert snappy.decompress(bytes([12, 3 << 2]) + b"abcd" + bytes([4 << 2 | 1, 4])) == b"abcd" * 3


def test_slices_that_no_message_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow's limit is 2 GB."""
    monkeypatch.setattr(checkpoint_v1, "_MOST_BYTES", 3000)
    with tf.Graph().as_default(), tf.Session() as sess:
        save = apply_op("Save", str(tmp_path / "m"), ["a"], [tf.ones([600])])
        with pytest.raises(errors.InvalidArgumentError, match="Tensor slice is too large to ser"):
            sess.run(save)
        assert not list(tmp_path.iterdir())
        sess.run(apply_op("Save", str(tmp_path / "m"), ["a"], [tf.ones([400])]))
