"""The gradients that the walk back begins with: those of the ys."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops
from evergraph.autodiff.colocation import maybe_colocate
from evergraph.base import dtypes
from evergraph.graph.composite import IndexedSlices, convert_n_to_tensor_or_indexed_slices
from evergraph.graph.constant import constant
from evergraph.graph.tensor import Tensor


def default_grad_ys(
    grad_ys: Sequence[Any], ys: Sequence[Any], colocate: bool, uid: str
) -> list[Any]:
    """The gradient of each y: ones where none is given. Raises TypeError where one does not fit its
    y."""
    if len(grad_ys) != len(ys):
        raise ValueError(f"Passed {len(grad_ys)} grad_ys for {len(ys)} ys")
    grad_ys = convert_n_to_tensor_or_indexed_slices(grad_ys, name="grad_y")
    result = []
    for i, (y, grad_y) in enumerate(zip(ys, grad_ys, strict=True)):
        with maybe_colocate(y.op, uid, colocate):
            if grad_y is None:
                if y.dtype.is_complex:
                    raise TypeError(
                        f"Gradients of complex tensors must set grad_ys (y.dtype = {y.dtype!r})"
                    )
                shape = array_ops.shape(y)
                one = constant(1, dtype=y.dtype, name=f"grad_ys_{i}")
                result.append(array_ops.fill(shape, one))
                continue
            _check_grad_y(y, grad_y)
            result.append(_named_grad_y(grad_y, f"grad_ys_{i}"))
    return result


def _check_grad_y(y: Any, grad_y: Any) -> None:
    y_type, grad_type = y.dtype, grad_y.dtype
    if y_type.is_floating or y_type.is_integer:
        if not grad_type.is_floating and not grad_type.is_integer:
            raise TypeError(
                f"Gradient type {grad_type.name} generated for real or integer-valued tensor {y} "
                "with "
                f"type {y_type.name} must be real or integer"
            )
    elif y_type.is_complex:
        if not grad_type.is_complex:
            raise TypeError(
                f"Gradient type {grad_type.name} generated for complex-valued tensor {y} with type "
                f"{y_type.name} must be real"
            )
    elif y_type == dtypes.variant:
        if grad_type != dtypes.variant:
            raise TypeError(
                f"Gradient type {grad_type.name} generated for variant tensor {y} with type "
                f"{y_type.name} must be variant"
            )
    elif y_type == dtypes.resource:
        # The gradient of a handle is that of the variable's value.
        if grad_type == dtypes.resource:
            raise TypeError(
                f"Input gradient {grad_y} for resource tensor {y} should not be a resource"
            )
    else:
        raise TypeError(
            f"Tensor {y} with type {y_type.name} must be numeric to obtain a default gradient"
        )


def _named_grad_y(grad_y: Any, name: str) -> Any:
    """`grad_y` as a node of this call's scope."""
    if not isinstance(grad_y, IndexedSlices):
        return array_ops.identity(grad_y, name=name)

    def named(part: Any, suffix: str) -> Any:
        if not isinstance(part, Tensor):
            return part
        return array_ops.identity(part, name=f"{name}_{suffix}")

    indices = named(grad_y.indices, "indices")
    values = named(grad_y.values, "values")
    return IndexedSlices(values, indices, named(grad_y.dense_shape, "shape"))
