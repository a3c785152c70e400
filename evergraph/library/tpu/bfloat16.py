"""Variables of float32 read as bfloat16: `tf.tpu.bfloat16_scope`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from evergraph.api import math_ops, variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export


def _read_as_bfloat16(getter: Any, *args: Any, **kwargs: Any) -> Any:
    if kwargs["dtype"] != dtypes.bfloat16:
        return getter(*args, **kwargs)
    return math_ops.cast(getter(*args, **{**kwargs, "dtype": dtypes.float32}), dtypes.bfloat16)


@export("tpu.bfloat16_scope", "contrib.tpu.bfloat16_scope")
@contextmanager
def bfloat16_scope() -> Iterator[Any]:
    """A scope in which a variable asked for in bfloat16 is kept in float32 and cast. Stands
    for `tf.tpu.bfloat16_scope`."""
    with variable_scope.variable_scope("", custom_getter=_read_as_bfloat16) as scope:
        yield scope
