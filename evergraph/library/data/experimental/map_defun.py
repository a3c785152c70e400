"""A function on each row of tensors."""

from typing import Any

from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor


def map_defun(
    fn: Any,
    elems: Any,
    output_dtypes: Any,
    output_shapes: Any,
    max_intra_op_parallelism: int = 1,
) -> Any:
    """What a function made by `defun` gives for each row of tensors, stacked.

    Args:
      fn: the function.
      elems: a list of tensors with equal first sizes.
      output_dtypes, output_shapes: lists of the types and static shapes of its results.
      max_intra_op_parallelism: how many threads one op may use; has no effect.

    Raises:
      ValueError: an argument is no list.
    """
    for name, value, what in (
        ("elems", elems, "tensors"),
        ("output_dtypes", output_dtypes, "`tf.DType` objects"),
        ("output_shapes", output_shapes, "`tf.TensorShape` objects"),
    ):
        if not isinstance(value, list):
            raise ValueError(f"`{name}` must be a list of {what}.")
    concrete = fn._get_concrete_function_internal()
    return apply_op(
        "MapDefun",
        [convert_to_tensor(e) for e in elems],
        concrete.captured_inputs,
        output_types=output_dtypes,
        output_shapes=[TensorShape(s) for s in output_shapes],
        f=concrete,
        max_intra_op_parallelism=max_intra_op_parallelism,
    )
