"""What TensorFlow answers to tests/golden/ops/math_cases.py, and the ways to ask us the same."""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "ops"
sys.path.insert(0, str(GOLDEN))

from math_cases import Case, cases  # noqa: E402

from evergraph.base import dtypes  # noqa: E402
from evergraph.engine.session import Session  # noqa: E402
from evergraph.engine.values import to_numbers  # noqa: E402
from evergraph.graph.apply import apply_op  # noqa: E402
from evergraph.graph.graph import Graph  # noqa: E402
from evergraph.graph.registry import keyword_names, lookup  # noqa: E402

VALUES = dict(np.load(GOLDEN / "math.npz"))
ERRORS = json.loads((GOLDEN / "math_errors.json").read_text())
CASES = [c for c in cases() if c.key in VALUES or c.key in ERRORS]

# How far results may lie from TensorFlow's: relative to the value and to 1.
TOLERANCE = {"float16": 4e-3, "float32": 3e-6, "float64": 1e-12}
TOLERANCE |= {"complex64": 3e-6, "complex128": 1e-12}
LOOSER = {
    # TensorFlow's own approximations in float32 are that far from the true values.
    "Tanh": 10,
    "Sigmoid": 10,
    "Exp": 2,
    "Lgamma": 5,
    "Digamma": 10,
    "Igamma": 20,
    "Igammac": 20,
    "IgammaGradA": 200,
    "Betainc": 100,
    "Zeta": 5,
    "Polygamma": 50,
    "Pow": 5,
    "Tan": 5,
    "Atanh": 5,
    "Asin": 5,
    "Acos": 5,
}


def of_family(family: str) -> list[Any]:
    return [c for c in CASES if c.family == family]


def by_session(case: Case) -> Any:
    """Feeds the inputs as placeholders of unknown shape, as the golden values were made."""
    with Graph().as_default():
        feeds: dict[Any, Any] = {}

        def placeholder(value: Any) -> Any:
            value = np.asarray(value)
            dtype = dtypes.as_dtype(value.dtype)
            tensor = apply_op("Placeholder", dtype=dtype, shape=None)
            feeds[tensor] = value
            return tensor

        inputs = [
            [placeholder(v) for v in i] if isinstance(i, list) else placeholder(i)
            for i in case.inputs
        ]
        output = apply_op(case.op, *inputs, **case.attrs)
        with Session() as session:
            return session.run(output, feeds)


def by_numpy(case: Case) -> Any:
    """Calls the NumPy kernel."""
    entry = lookup(case.op)
    assert entry is not None and entry.numpy_kernel is not None
    attrs = {a.name: a.default for a in entry.signature.attrs} | dict(case.attrs)
    for attr in entry.signature.attrs:
        if attr.kind == "type" and isinstance(attrs[attr.name], str):
            attrs[attr.name] = dtypes.as_dtype(attrs[attr.name])
    for arg, value in zip(entry.signature.inputs, case.inputs, strict=True):
        if arg.type_attr and not isinstance(value, list):
            attrs[arg.type_attr] = dtypes.as_dtype(np.asarray(value).dtype)
    inputs = [
        to_numbers(np.asarray(v)) if i in entry.host else v if isinstance(v, list) else v[()]
        for i, v in enumerate(case.inputs)
    ]
    keywords = {name: attrs[name] for name in keyword_names(entry.numpy_kernel)}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        return entry.numpy_kernel(*inputs, **keywords)


def check(case: Case, found: Any) -> None:
    """Compares a result with TensorFlow's: type, shape and values."""
    expected = VALUES[case.key]
    if expected.dtype.kind == "S":
        found = np.asarray(found, "S")
    assert np.asarray(found).dtype == expected.dtype
    assert np.shape(found) == expected.shape
    tolerance = TOLERANCE.get(expected.dtype.name, 0) * LOOSER.get(case.op, 1)
    if tolerance:
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    else:
        np.testing.assert_array_equal(found, expected)
