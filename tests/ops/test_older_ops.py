"""Ops under names of 2015 and 2016, against TensorFlow."""

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf

CASES, GOLDEN = case_runner.load("older_op_cases")


@pytest.mark.parametrize("name", CASES)
def test_older(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


NUMPY = {
    "FFT": np.fft.fft,
    "IFFT": np.fft.ifft,
    "FFT2D": np.fft.fft2,
    "IFFT2D": np.fft.ifft2,
    "FFT3D": np.fft.fftn,
    "IFFT3D": np.fft.ifftn,
}


@pytest.mark.parametrize("kind", NUMPY)
def test_transforms(kind: str) -> None:
    values = np.arange(24).reshape(2, 3, 4).astype(np.complex64) ** 1.5
    graph_def = tf.GraphDef()
    graph_def.versions.producer = 5
    x = graph_def.node.add(name="x", op="Placeholder")
    x.attr["dtype"].type = tf.complex64.as_datatype_enum
    graph_def.node.add(name="y", op="Batch" + kind).input.append("x")
    with tf.Graph().as_default(), tf.Session() as session:
        (y,) = tf.import_graph_def(graph_def, return_elements=["y:0"], name="")
        found = session.run(y, {"x:0": values})
    np.testing.assert_allclose(found, NUMPY[kind](values), rtol=1e-4, atol=1e-4)


def test_debug_identity_of_a_reference() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable([1.0, 2.0])
        passed = tf.raw_ops.DebugGradientRefIdentity(input=v._variable)
        added = tf.assign_add(passed, [3.0, 4.0])
        session.run(v.initializer)
        assert session.run(added).tolist() == [4.0, 6.0]
        assert session.run(v).tolist() == [4.0, 6.0]
