"""tf.random and the initializers, node for node and value for value.

See tests/golden/random/generate_random_programs.py.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import evergraph as tf

GOLDEN = json.loads((Path(__file__).parents[1] / "golden/random/random_programs.json").read_text())


# Products of matrices and sums are rounded in another order, powers in another way.
ROUNDED = ("orthogonal", "gradients", "gamma")


def named(cases):
    return [pytest.param(case, id=case["expression"]) for case in cases]


@pytest.mark.parametrize("case", named(GOLDEN["programs"]))
def test_program(case):
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(5)
        tensor = eval(case["expression"], {"tf": tf})
        operations = graph.get_operations()
        nodes = [[op.name, op.type, [i.name for i in op.inputs]] for op in operations]
        assert nodes == case["nodes"]
        for name, seeds in case["seeds"].items():
            op = graph.get_operation_by_name(name)
            assert [op.get_attr("seed"), op.get_attr("seed2")] == seeds
        assert (tensor.dtype.name, str(tensor.shape)) == (case["dtype"], case["shape"])
        with tf.Session() as session:
            for run in case["runs"]:
                rounded = any(word in case["expression"] for word in ROUNDED)
                check(session.run(tensor), run, rounded)


def check(got, want, rounded):
    got = np.asarray(got)
    if got.dtype == object:
        assert [[cell.decode() for cell in row] for row in got] == [
            [cell.removeprefix("b'").removesuffix("'") for cell in row] for row in want
        ]
        return
    if got.dtype.kind not in "iufb":  # bfloat16
        got = got.astype(np.float32)
    want = np.array(want, got.dtype)
    assert got.shape == want.shape
    if rounded:
        scale = max(1e-30, float(np.abs(want).max(initial=0)))
        tolerance = 1e-14 if got.dtype.itemsize == 8 else 2e-6
        np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * scale)
    elif got.dtype == np.float64:
        np.testing.assert_array_max_ulp(got, want, 2)
    else:
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("case", named(GOLDEN["failures"]))
def test_failure(case):
    with tf.Graph().as_default():
        with pytest.raises(Exception) as caught:
            eval(case["expression"], {"tf": tf})
    assert type(caught.value).__name__ == case["type"]
    assert str(caught.value) == case["message"]


@pytest.mark.parametrize("case", named(GOLDEN["configs"]))
def test_config(case):
    initializer = eval(case["expression"], {"tf": tf})
    config = initializer.get_config()
    assert config == case["config"]
    again = type(initializer).from_config(config)
    assert again.get_config() == config
