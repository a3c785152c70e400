"""Mathematical ops against TensorFlow's values and errors."""

from typing import Any

import pytest
from ops import math_golden
from ops.math_golden import CASES, ERRORS, VALUES

from evergraph.base import errors
from evergraph.graph.registry import lookup


@pytest.mark.parametrize("case", [pytest.param(c, id=c.key) for c in CASES if c.key in VALUES])
def test_value(case: Any) -> None:
    math_golden.check(case, math_golden.by_session(case))


@pytest.mark.parametrize("case", [pytest.param(c, id=c.key) for c in CASES if c.key in ERRORS])
def test_error(case: Any) -> None:
    name, text = ERRORS[case.key]
    kind = getattr(errors, name, None) or ValueError
    with pytest.raises(kind) as caught:
        math_golden.by_session(case)
    assert str(caught.value).split("\n")[0] == text


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(c, id=c.key)
        for c in CASES
        if c.key in VALUES
        and getattr(lookup(c.op), "numpy_kernel", None) is not None
        # Quantized values are plain integers inside.
        and c.attrs.get("type") != "qint8"
    ],
)
def test_value_on_the_host(case: Any) -> None:
    math_golden.check(case, math_golden.by_numpy(case))
