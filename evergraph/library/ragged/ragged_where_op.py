"""tf.where for ragged tensors."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.ragged import ragged_concat_ops, ragged_gather_ops
from evergraph.library.ragged.ragged_functional_ops import map_flat_values
from evergraph.library.ragged.ragged_tensor import (
    RaggedTensor,
    convert_to_tensor_or_ragged_tensor,
    is_ragged,
    match_row_splits_dtypes,
)


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Any:
    """Where `condition` holds: the places; or with `x` and `y` elements or rows of these.

    Raises:
      ValueError: only one of `x` and `y` is given, or shapes do not fit.
    """
    if (x is None) != (y is None):
        raise ValueError("x and y must be either both None or both non-None")
    with name_scope("RaggedWhere", name, [condition, x, y]):
        condition = convert_to_tensor_or_ragged_tensor(condition, name="condition")
        if x is None:
            return _places(condition)
        x = convert_to_tensor_or_ragged_tensor(x, name="x")
        y = convert_to_tensor_or_ragged_tensor(y, name="y")
        condition, x, y = match_row_splits_dtypes(condition, x, y)
        ragged = [is_ragged(t) for t in (condition, x, y)]
        if not any(ragged):
            return array_ops.where(condition, x, y)
        if all(ragged):
            return map_flat_values(array_ops.where, condition, x, y)
        if ragged[0]:
            raise ValueError("Input shapes do not match.")
        # The condition chooses rows.
        condition.shape.assert_has_rank(1)
        both = ragged_concat_ops.concat([x, y], axis=0)
        x_rows = _nrows(x, both.row_splits.dtype)
        y_rows = _nrows(y, both.row_splits.dtype)
        rows = array_ops.where(condition, math_ops.range(x_rows), x_rows + math_ops.range(y_rows))
        return ragged_gather_ops.gather(both, rows)


def _places(condition: Any) -> Tensor:
    if not is_ragged(condition):
        return array_ops.where(condition)
    inner = _places(condition.values)
    condition = condition.with_row_splits_dtype(inner.dtype)
    first = inner[:, 0]
    rows = array_ops.gather(condition.value_rowids(), first)
    columns = first - array_ops.gather(condition.row_splits, rows)
    return array_ops.concat(
        [array_ops.expand_dims(rows, 1), array_ops.expand_dims(columns, 1), inner[:, 1:]], axis=1
    )


def _nrows(tensor: Any, dtype: Any) -> Tensor:
    if isinstance(tensor, RaggedTensor):
        return tensor.nrows(out_type=dtype)
    return array_ops.shape(tensor, out_type=dtype)[0]
