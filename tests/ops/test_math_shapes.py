"""Static shapes of mathematical ops, and errors of shapes, against TensorFlow's."""

import json
import lzma
import sys
from pathlib import Path
from typing import Any

import numpy as np

from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.graph import Graph

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "ops"
sys.path.insert(0, str(GOLDEN))

import math_shape_cases  # noqa: E402


def tensor(spec: Any) -> Any:
    if isinstance(spec, np.ndarray):
        return constant(spec)
    return apply_op("Placeholder", dtype=spec[0], shape=spec[1])


def infer(op: str, inputs: list[Any], attrs: dict[str, Any]) -> Any:
    tensors = [[tensor(s) for s in i] if isinstance(i, list) else tensor(i) for i in inputs]
    try:
        dims = apply_op(op, *tensors, **attrs).dims
    except (ValueError, TypeError) as error:
        return str(error)
    return None if dims is None else list(dims)


def test_shapes() -> None:
    with lzma.open(GOLDEN / "math_shapes.json.xz", "rt") as f:
        golden = json.load(f)
    wrong = []
    for (op, inputs, attrs), expected in zip(math_shape_cases.cases(), golden, strict=True):
        with Graph().as_default():
            found = infer(op, inputs, attrs)
        if found != expected:
            wrong.append(f"{op} {inputs} {attrs}\n  found      {found}\n  TensorFlow {expected}")
    assert not wrong, f"{len(wrong)} wrong\n" + "\n".join(wrong[:40])
