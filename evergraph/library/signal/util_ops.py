"""The greatest common divisor of two scalars."""

import math
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.while_loop import while_loop
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor


def gcd(a: Any, b: Any, name: str | None = None) -> Tensor:
    """The greatest common divisor of two integer scalars: a constant where both are known, else
    Euclid's loop.

    Raises:
      ValueError: one is no integer, or no scalar.
    """
    with name_scope(name, "gcd", [a, b]):
        a, b = convert_to_tensor(a), convert_to_tensor(b)
        a.shape.assert_has_rank(0)
        b.shape.assert_has_rank(0)
        for which, number in (("a", a), ("b", b)):
            if not number.dtype.is_integer:
                raise ValueError(f"{which} must be an integer type. Got: {number.dtype}")
        known = constant_value(a), constant_value(b)
        if known[0] is not None and known[1] is not None:
            return convert_to_tensor(math.gcd(int(known[0]), int(known[1])))

        def step(a: Any, b: Any) -> list[Any]:
            return [b, math_ops.mod(a, b)]

        def goes_on(_: Any, b: Any) -> Any:
            return math_ops.greater(b, array_ops.zeros_like(b))

        return while_loop(goes_on, step, [a, b], back_prop=False)[0]
