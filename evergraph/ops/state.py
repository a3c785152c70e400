"""Ref variables: making them, assigning to them, counting with them.

A Ref input arrives in a kernel as the variable's cell; a Ref output is the cell again. The plain
kernels leave the old value as it is, for whoever still holds it, and give the cell a new one.
"""

from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.graph.registry import op
from evergraph.kernels import cells
from evergraph.kernels.strided_index import strided_index
from evergraph.ops import shape_rules

VARIABLE_ATTRS = "shape: shape; dtype: type; container: string = ''; shared_name: string = ''"

variable_op = op("Variable() -> ref: Ref(dtype)", VARIABLE_ATTRS, stateful=True)
variable_v2_op = op("VariableV2() -> ref: Ref(dtype)", VARIABLE_ATTRS, stateful=True)
temporary_variable_op = op(
    "TemporaryVariable() -> ref: Ref(dtype)",
    "shape: shape; dtype: type; var_name: string = ''",
    stateful=True,
)
destroy_temporary_variable_op = op(
    "DestroyTemporaryVariable(ref: Ref(T)) -> value: T", "T: type; var_name: string"
)
is_variable_initialized_op = op(
    "IsVariableInitialized(ref: Ref(dtype)) -> is_initialized: bool",
    "dtype: type",
    allows_uninitialized_input=True,
)
assign_op = op(
    "Assign(ref: Ref(T), value: T) -> output_ref: Ref(T)",
    "T: type; validate_shape: bool = true; use_locking: bool = true",
    allows_uninitialized_input=True,
)
assign_add_op = op(
    "AssignAdd(ref: Ref(T), value: T) -> output_ref: Ref(T)",
    "T: number; use_locking: bool = false",
)
assign_sub_op = op(
    "AssignSub(ref: Ref(T), value: T) -> output_ref: Ref(T)",
    "T: number; use_locking: bool = false",
)
count_up_to_op = op("CountUpTo(ref: Ref(T)) -> output: T", "limit: int; T: int32 | int64")
strided_slice_assign_op = op(
    "StridedSliceAssign(ref: Ref(T), begin: Index, end: Index, strides: Index, value: T) -> "
    "output_ref: Ref(T)",
    "T: type; Index: int32 | int64; begin_mask: int = 0; end_mask: int = 0; ellipsis_mask: int = "
    "0; new_axis_mask: int = 0; shrink_axis_mask: int = 0",
    host=["begin", "end", "strides"],
)

for _entry in (is_variable_initialized_op, assign_op, assign_add_op, assign_sub_op):
    _entry.not_differentiable()

strided_slice_assign_op.shape(shape_rules.unchanged)
destroy_temporary_variable_op.shape(shape_rules.unchanged)
is_variable_initialized_op.shape(shape_rules.scalar)
assign_add_op.shape(shape_rules.merged)
assign_sub_op.shape(shape_rules.merged)


@variable_op.shape
def variable_shape(node: Any) -> Any:
    # The first Variable op could not say "unknown shape", and used the empty one for it.
    return node.attr("shape") or None


@variable_v2_op.shape
@temporary_variable_op.shape
def variable_v2_shape(node: Any) -> Any:
    return node.attr("shape")


@assign_op.shape
def assign_shape(node: Any) -> Any:
    if node.attr("validate_shape"):
        return shape_rules.merged(node)
    return node.inputs[1].dims


@count_up_to_op.shape
def count_up_to_shape(node: Any) -> Any:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    return ()


@variable_op.kernel
@variable_v2_op.kernel
def variable_kernel(*, node: Any, session: Any) -> Any:
    key = node.attr("shared_name") or node.name
    return session.variable(key, node.attr("dtype"), node.attr("shape"))


@temporary_variable_op.kernel
def temporary_variable_kernel(*, node: Any, session: Any) -> Any:
    key = f"{node.attr('var_name') or node.name}/temporary"
    return session.variable(key, node.attr("dtype"), node.attr("shape"))


@destroy_temporary_variable_op.kernel
@destroy_temporary_variable_op.numpy
def destroy_temporary_variable_kernel(ref: Any) -> Any:
    value, ref.value = ref.read(), None
    return value


@is_variable_initialized_op.numpy
def is_variable_initialized_kernel(ref: Any) -> Any:
    return np.bool_(ref.value is not None)


def _check_assigned_shape(ref: Any, value: Any, validate_shape: bool) -> None:
    """The shape of a variable is fixed by its node, or else by what it holds now."""
    if not validate_shape:
        return
    dims = ref.dims
    if dims is None or None in dims:
        dims = None if ref.value is None else cells.dims_of(ref.value)
    if dims is not None and tuple(dims) != cells.dims_of(value):
        raise errors.InvalidArgumentError(
            None,
            None,
            "Assign requires shapes of both tensors to match. "
            f"lhs shape= {cells.text(dims)} rhs shape= {cells.text(cells.dims_of(value))}",
        )


@assign_op.kernel
@assign_op.numpy
def assign_kernel(ref: Any, value: Any, *, validate_shape: bool) -> Any:
    _check_assigned_shape(ref, value, validate_shape)
    # What was read before such an assignment keeps the memory that it had (`Lowering._keep_reads`),
    # and that is written where the number of elements stays.
    memory = None if validate_shape else cells.memory_for(ref.value, value)
    # A copy: the value's memory may belong to a constant, to another variable or to the user.
    ref.value = cells.copied(value) if memory is None else cells.written(memory, value)
    return ref


@assign_op.updates_in_place
def assign_in_place(ref: Any, value: Any, *, validate_shape: bool) -> Any:
    memory = cells.memory_for(ref.value, value)
    if memory is None:
        return assign_kernel(ref, value, validate_shape=validate_shape)
    _check_assigned_shape(ref, value, validate_shape)
    ref.value = cells.written(memory, value)
    return ref


def _operands(ref: Any, value: Any) -> tuple[Any, Any]:
    old = ref.read()
    value = cells.like(value, old)
    if not cells.same_shape(old, value):
        raise errors.InvalidArgumentError(None, None, "Parameters and update must be the same size")
    return old, value


@assign_add_op.kernel
@assign_add_op.numpy
def assign_add_kernel(ref: Any, value: Any) -> Any:
    old, value = _operands(ref, value)
    ref.value = old + value
    return ref


@assign_add_op.updates_in_place
def assign_add_in_place(ref: Any, value: Any) -> Any:
    old, value = _operands(ref, value)
    old += cells.apart(value, old)  # a NumPy scalar makes a new one
    ref.value = old
    return ref


@assign_sub_op.kernel
@assign_sub_op.numpy
def assign_sub_kernel(ref: Any, value: Any) -> Any:
    old, value = _operands(ref, value)
    ref.value = old - value
    return ref


@assign_sub_op.updates_in_place
def assign_sub_in_place(ref: Any, value: Any) -> Any:
    old, value = _operands(ref, value)
    old -= cells.apart(value, old)
    ref.value = old
    return ref


@count_up_to_op.numpy
def count_up_to_kernel(ref: Any, *, limit: int) -> Any:
    with ref.lock:
        return cells.count_up_to(ref, limit)


def _slice_of(node: Any, begin: Any, end: Any, strides: Any, rank: int) -> tuple[Any, ...]:
    masks = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    return strided_index(begin, end, strides, rank, *map(node.attr, masks))


@strided_slice_assign_op.kernel
@strided_slice_assign_op.numpy
def strided_slice_assign_kernel(
    ref: Any, begin: Any, end: Any, strides: Any, value: Any, *, node: Any
) -> Any:
    old = ref.read()
    index = _slice_of(node, begin, end, strides, len(old.shape))
    ref.value = cells.assigned_slice(cells.copied(old), index, value)
    return ref


@strided_slice_assign_op.updates_in_place
def strided_slice_assign_in_place(
    ref: Any, begin: Any, end: Any, strides: Any, value: Any, *, node: Any
) -> Any:
    old = ref.read()
    index = _slice_of(node, begin, end, strides, len(old.shape))
    ref.value = cells.assigned_slice(old, index, value)
    return ref
