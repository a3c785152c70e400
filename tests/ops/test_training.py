"""Optimizer ops against what TensorFlow computes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import lookup

GOLDEN = Path(__file__).parents[1] / "golden" / "training" / "training_ops.json"
CASES = json.loads(GOLDEN.read_text())
STEPS = 3
SHAPE = (4, 3)
TOLERANCE = {"float32": (2e-6, 1e-6), "float64": (1e-12, 1e-12), "float16": (2e-2, 4e-3)}
NAMES = {"rms_prop": "RMSProp", "centered_rms_prop": "CenteredRMSProp", "adagrad_da": "AdagradDA"}


def values(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.RandomState(seed).randn(*shape).round(3)


def op_type(rule: str) -> str:
    rule = rule.split("/")[0]
    return NAMES.get(rule) or "".join(part.capitalize() for part in rule.split("_"))


def inputs(case: dict[str, Any], step: int) -> list[Any]:
    dtype = tf.as_dtype(case["dtype"])
    rows = 5 if case["sparse"] else SHAPE[0]
    found: list[Any] = []
    for argument in case["arguments"]:
        key, _, number = argument.partition("=")
        if key in ("grad", "delta"):
            found.append(tf.constant(values(step + 1, (rows, SHAPE[1])), dtype))
            if case["sparse"]:
                found.append(tf.constant([2, 0, 2, 3, 2]))
        elif key == "global_step":
            found.append(tf.constant(step + 1, tf.int64))
        elif key.endswith("_power") and key.startswith("beta"):
            base = 0.9 if key == "beta1_power" else 0.99
            found.append(tf.constant(base ** (step + 1), dtype))
        else:
            found.append(tf.constant(float(number), dtype))
    return found


def case_id(case: dict[str, Any]) -> str:
    return f"{case['rule']}-{case['dtype']}{'-sparse' if case['sparse'] else ''}"


@pytest.mark.parametrize("resource", [False, True], ids=["ref", "resource"])
@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_updates_like_tensorflow(case: dict[str, Any], resource: bool) -> None:
    prefix = ("Resource" if resource else "") + ("Sparse" if case["sparse"] else "")
    name = f"{prefix}Apply{op_type(case['rule'])}"
    if lookup(name) is None:
        pytest.skip(f"there is no {name}")
    dtype = tf.as_dtype(case["dtype"])
    with tf.Graph().as_default(), tf.Session() as sess:
        start = [values(0, SHAPE)] + [np.full(SHAPE, s) for s in case["slots"]]
        cells = [tf.Variable(tf.constant(x, dtype), use_resource=resource) for x in start]
        sess.run(tf.global_variables_initializer())
        refs = [c.handle if resource else c._ref() for c in cells]
        for step in range(STEPS):
            sess.run(apply_op(name, *refs, *inputs(case, step), **case["attrs"]))
        found = sess.run(cells)
    rtol, atol = TOLERANCE[case["dtype"]]
    for value, expected in zip(found, case["values"], strict=True):
        assert value.dtype == dtype.as_numpy_dtype
        np.testing.assert_allclose(value.ravel(), expected, rtol=rtol, atol=atol)
