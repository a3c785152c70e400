"""tf.random and the initializers, node for node and value for value.

See tests/golden/random/generate_random_programs.py.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import evergraph as tf

GOLDEN = json.loads((Path(__file__).parents[1] / "golden/random/random_programs.json").read_text())


NOT_YET = ()


def named(cases):
    return [
        pytest.param(
            case,
            id=case["expression"],
            marks=[pytest.mark.skip("not there yet")]
            if any(word in case["expression"] for word in NOT_YET)
            else [],
        )
        for case in cases
    ]


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
                # Products of matrices are rounded in another order.
                check(session.run(tensor), run, 4 if "orthogonal" in case["expression"] else 1)


def check(got, want, slack):
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
    if got.dtype.kind != "f":
        np.testing.assert_array_equal(got, want)
    else:
        scale = slack * max(1e-30, float(np.abs(want).max(initial=0)))
        tolerance = {2: 0, 4: 5e-7, 8: 1e-14}[got.dtype.itemsize]
        np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * scale)


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
