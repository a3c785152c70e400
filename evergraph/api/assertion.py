"""`tf.Assert`."""

from typing import Any

import numpy as np

from evergraph.api.cond import cond
from evergraph.api.grouping import no_op
from evergraph.base import dtypes, errors
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_n_to_tensor, convert_to_tensor
from evergraph.graph.defaults import executing_eagerly, name_scope


@export("Assert", "debugging.Assert")
def Assert(condition: Any, data: Any, summarize: int | None = None, name: str | None = None) -> Any:
    """An operation that fails with InvalidArgumentError where `condition` is false. Stands for
    `tf.Assert`.

    Args:
      condition: a bool scalar.
      data: a list of tensors, printed in the error.
      summarize: how many entries of each are printed; default: 3.
      name: a name scope for the nodes.

    Returns:
      The operation; it takes effect where something depends on it.
    """
    if executing_eagerly():
        if not condition:
            count = 3 if summarize is None else summarize
            texts = "\n".join(_summary(d, count) for d in data)
            raise errors.InvalidArgumentError(
                None, None, f"Expected '{condition!s}' to be true. Summarized data: {texts}"
            )
        return None
    with name_scope(name, "Assert", [condition, data]):
        xs = convert_n_to_tensor(data)
        if all(x.dtype in (dtypes.string, dtypes.int32) for x in xs):
            # Such data are on the host anyway.
            return apply_op("Assert", condition, data, summarize=summarize)
        condition = convert_to_tensor(condition, name="Condition")

        def failed() -> Any:
            return apply_op("Assert", condition, data, summarize=summarize)

        # The data are copied to the host only where they are to be printed.
        return cond(condition, no_op, failed, name="AssertGuard").op


def _summary(value: Any, count: int) -> str:
    """The first entries of a value; all, if `count` is negative."""
    entries = np.asarray(value).reshape(-1)
    if entries.dtype.kind == "U":
        entries = np.array([e.encode() for e in entries.tolist()], object)
    count = entries.size if count < 0 else count
    more = ", ..." if entries.size > count else ""
    return ", ".join(str(x) for x in entries[:count]) + more
