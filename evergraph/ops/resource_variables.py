"""Resource variables: handles, reads, assignments, gathers and updates of parts."""

import functools
from typing import Any

import numpy as np

from evergraph.api import array_ops
from evergraph.api.resource_variable_ops import variable_shape
from evergraph.base import errors
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.registry import Entry, op
from evergraph.kernels import cells
from evergraph.kernels.strided_index import strided_index
from evergraph.ops import shape_rules, variable_shapes

var_handle_op = op(
    "VarHandleOp() -> resource: resource",
    "container: string = ''; shared_name: string = ''; dtype: type; shape: shape",
    stateful=True,
)
read_op = op(
    "ReadVariableOp(resource: resource) -> value: dtype", "dtype: type", stateful=True, view=True
)
is_initialized_op = op(
    "VarIsInitializedOp(resource: resource) -> is_initialized: bool", stateful=True
)
shape_op = op(
    "VariableShape(input: resource) -> output: out_type",
    "out_type: int32 | int64 = int32",
    stateful=True,
)
destroy_op = op(
    "DestroyResourceOp(resource: resource)", "ignore_lookup_error: bool = true", stateful=True
)
assign_op = op("AssignVariableOp(resource: resource, value: dtype)", "dtype: type", stateful=True)
assign_add_op = op(
    "AssignAddVariableOp(resource: resource, value: dtype)", "dtype: type", stateful=True
)
assign_sub_op = op(
    "AssignSubVariableOp(resource: resource, value: dtype)", "dtype: type", stateful=True
)
count_up_to_op = op(
    "ResourceCountUpTo(resource: resource) -> output: T",
    "limit: int; T: int32 | int64",
    stateful=True,
)
gather_op = op(
    "ResourceGather(resource: resource, indices: Tindices) -> output: dtype",
    "batch_dims: int = 0; validate_indices: bool = true; dtype: type; Tindices: int32 | int64",
    stateful=True,
)
gather_nd_op = op(
    "ResourceGatherNd(resource: resource, indices: Tindices) -> output: dtype",
    "dtype: type; Tindices: int32 | int64",
    stateful=True,
)
strided_slice_assign_op = op(
    "ResourceStridedSliceAssign(ref: resource, begin: Index, end: Index, strides: Index, value: T)",
    "T: type; Index: int32 | int64; begin_mask: int = 0; end_mask: int = 0; ellipsis_mask: int = "
    "0; new_axis_mask: int = 0; shrink_axis_mask: int = 0",
    stateful=True,
    host=["begin", "end", "strides"],
)

_SCATTER_ARGS = "(resource: resource, indices: Tindices, updates: dtype)"
_NUMBERS = "dtype: number; Tindices: int32 | int64"
_SCATTER = {
    "update": op(
        "ResourceScatterUpdate" + _SCATTER_ARGS,
        "dtype: type; Tindices: int32 | int64",
        stateful=True,
    ),
    "add": op("ResourceScatterAdd" + _SCATTER_ARGS, _NUMBERS, stateful=True),
    "sub": op("ResourceScatterSub" + _SCATTER_ARGS, _NUMBERS, stateful=True),
    "mul": op("ResourceScatterMul" + _SCATTER_ARGS, _NUMBERS, stateful=True),
    "div": op("ResourceScatterDiv" + _SCATTER_ARGS, _NUMBERS, stateful=True),
    "min": op("ResourceScatterMin" + _SCATTER_ARGS, _NUMBERS, stateful=True),
    "max": op("ResourceScatterMax" + _SCATTER_ARGS, _NUMBERS, stateful=True),
}
_SCATTER_ND_ARGS = "(ref: resource, indices: Tindices, updates: T)"
_SCATTER_ND_ATTRS = "T: type; Tindices: int32 | int64; use_locking: bool = true"
_SCATTER_ND = {
    "update": op("ResourceScatterNdUpdate" + _SCATTER_ND_ARGS, _SCATTER_ND_ATTRS, stateful=True),
    "add": op("ResourceScatterNdAdd" + _SCATTER_ND_ARGS, _SCATTER_ND_ATTRS, stateful=True),
    "sub": op("ResourceScatterNdSub" + _SCATTER_ND_ARGS, _SCATTER_ND_ATTRS, stateful=True),
}

is_initialized_op.not_differentiable()
shape_op.not_differentiable()

var_handle_op.shape(shape_rules.scalar)
is_initialized_op.shape(shape_rules.scalar)
destroy_op.shape(shape_rules.no_outputs)


@read_op.shape
def read_shape(node: Any) -> Any:
    return variable_shapes.checked_dims(node.inputs[0], node.attr("dtype"))


@shape_op.shape
def shape_shape(node: Any) -> Any:
    dims = variable_shapes.variable_dims(node.inputs[0])
    return (None if dims is None else len(dims),)


@assign_op.shape
@assign_add_op.shape
@assign_sub_op.shape
def assign_shape(node: Any) -> Any:
    dims = variable_shapes.assigned_dims(node.inputs[0], node.attr("dtype"))
    shape_rules.merge(dims, node.inputs[1].dims)
    return []


@count_up_to_op.shape
def count_up_to_shape(node: Any) -> Any:
    shape_rules.with_rank(variable_shapes.variable_dims(node.inputs[0]), 0)
    return ()


@gather_op.shape
def gather_shape(node: Any) -> Any:
    dims = variable_shapes.checked_dims(node.inputs[0], node.attr("dtype"))
    batch_dims = node.attr("batch_dims")
    shape_rules.at_least_rank(dims, batch_dims + 1)
    indices = node.inputs[1].dims
    if dims is None or indices is None:
        return None
    return dims[:batch_dims] + indices[batch_dims:] + dims[batch_dims + 1 :]


@gather_nd_op.shape
def gather_nd_shape(node: Any) -> Any:
    dims = variable_shapes.checked_dims(node.inputs[0], node.attr("dtype"))
    indices = shape_rules.at_least_rank(node.inputs[1].dims, 1)
    if dims is None or indices is None or indices[-1] is None:
        return None
    if indices[-1] > len(dims):
        raise shape_rules.ShapeError(
            f"indices.shape[-1] must be <= params.rank, but saw indices shape: "
            f"{shape_rules.text(indices)} and params shape: {shape_rules.text(dims)}"
        )
    return indices[:-1] + dims[indices[-1] :]


@strided_slice_assign_op.shape
def strided_slice_assign_shape(node: Any) -> Any:
    return []


def scatter_shape(node: Any) -> Any:
    dims = variable_shapes.checked_dims(node.inputs[0], node.attr("dtype"))
    variable_shapes.check_rows(dims, node.inputs[1].dims, node.inputs[2].dims)
    return []


def scatter_nd_shape(node: Any) -> Any:
    dims = variable_shapes.checked_dims(node.inputs[0], node.attr("T"))
    variable_shapes.check_slices(dims, node.inputs[1].dims, node.inputs[2].dims)
    return []


@var_handle_op.kernel
def var_handle_kernel(*, node: Any, session: Any) -> Any:
    key = node.attr("shared_name") or node.name
    return session.variable(key, node.attr("dtype"), node.attr("shape"), resource=True)


@is_initialized_op.numpy
def is_initialized_kernel(resource: Any) -> Any:
    return np.bool_(resource.value is not None)


@shape_op.numpy
def shape_kernel(resource: Any, *, out_type: Any) -> Any:
    return np.array(resource.read().shape, out_type.as_numpy_dtype)


@read_op.kernel
@read_op.numpy
def read_kernel(resource: Any) -> Any:
    return resource.read()


@destroy_op.kernel
def destroy_kernel(resource: Any, *, ignore_lookup_error: bool) -> None:
    if hasattr(resource, "destroy"):
        resource.destroy()
        return
    if hasattr(resource, "cancel_all"):  # an iterator, or another object in a place of its own
        resource.cancel_all()
        return
    if resource.value is None and not ignore_lookup_error:
        resource.read()
    resource.value = None


@assign_op.kernel
@assign_op.numpy
def assign_kernel(resource: Any, value: Any) -> None:
    # A copy: the value's memory may belong to a constant, to another variable or to the user.
    resource.value = cells.copied(value)


@assign_op.updates_in_place
def assign_in_place(resource: Any, value: Any) -> None:
    old = resource.value
    if old is None or cells.on_host(old) or cells.on_host(value) or old.shape != value.shape:
        resource.value = cells.copied(value)
    else:
        old.copy_(cells.apart(value, old))


def _operands(resource: Any, value: Any, verb: str) -> tuple[Any, Any]:
    old = resource.read()
    value = cells.like(value, old)
    if not cells.same_shape(old, value):
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Cannot update variable with shape {cells.text(old.shape)} using a Tensor with shape "
            f"{cells.text(value.shape)}, shapes must be equal.",
        )
    return old, value


@assign_add_op.kernel
@assign_add_op.numpy
def assign_add_kernel(resource: Any, value: Any) -> None:
    old, value = _operands(resource, value, "add")
    resource.value = old + value


@assign_add_op.updates_in_place
def assign_add_in_place(resource: Any, value: Any) -> None:
    old, value = _operands(resource, value, "add")
    old += cells.apart(value, old)  # a NumPy scalar makes a new one
    resource.value = old


@assign_sub_op.kernel
@assign_sub_op.numpy
def assign_sub_kernel(resource: Any, value: Any) -> None:
    old, value = _operands(resource, value, "sub")
    resource.value = old - value


@assign_sub_op.updates_in_place
def assign_sub_in_place(resource: Any, value: Any) -> None:
    old, value = _operands(resource, value, "sub")
    old -= cells.apart(value, old)
    resource.value = old


@count_up_to_op.numpy
def count_up_to_kernel(resource: Any, *, limit: int) -> Any:
    with resource.lock:
        return cells.count_up_to(resource, limit)


@gather_op.kernel
@gather_op.numpy
def gather_kernel(resource: Any, indices: Any, *, batch_dims: int) -> Any:
    return cells.gather(resource.read(), indices, batch_dims)


@gather_nd_op.kernel
@gather_nd_op.numpy
def gather_nd_kernel(resource: Any, indices: Any) -> Any:
    return cells.gather_nd(resource.read(), indices)


@strided_slice_assign_op.kernel
@strided_slice_assign_op.numpy
def strided_slice_assign_kernel(
    ref: Any, begin: Any, end: Any, strides: Any, value: Any, *, node: Any
) -> None:
    old = ref.read()
    masks = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    index = strided_index(begin, end, strides, len(old.shape), *map(node.attr, masks))
    ref.value = cells.assigned_slice(cells.copied(old), index, value)


def _define_update(entry: Entry, update: Any, how: str) -> None:
    """`update(value, indices, updates, how)` writes into its first argument."""

    def kernel(resource: Any, indices: Any, updates: Any) -> None:
        value = cells.copied(resource.read())
        update(value, indices, updates, how)
        resource.value = value

    def in_place(resource: Any, indices: Any, updates: Any) -> None:
        update(resource.read(), indices, updates, how)

    kernel.__name__ = f"resource_scatter_{how}_kernel"
    in_place.__name__ = f"resource_scatter_{how}_in_place"
    entry.kernel(kernel)
    entry.numpy(kernel)
    entry.updates_in_place(in_place)


for _how, _entry in _SCATTER.items():
    _entry.shape(scatter_shape)
    _define_update(_entry, functools.partial(cells.scatter, of_resource=True), _how)

for _how, _entry in _SCATTER_ND.items():
    _entry.shape(scatter_nd_shape)
    _define_update(_entry, cells.scatter_nd, _how)


@read_op.gradient
def read_gradient(node: Any, grad: Any) -> Any:
    return grad


@gather_op.gradient
def gather_gradient(node: Any, grad: Any) -> Any:
    handle, indices = node.inputs
    params_shape = variable_shape(handle)
    size = array_ops.expand_dims(array_ops.size(indices), 0)
    values_shape = array_ops.concat([size, params_shape[1:]], 0)
    values = array_ops.reshape(grad, values_shape)
    indices = array_ops.reshape(indices, size)
    return IndexedSlices(values, indices, params_shape), None


@gather_nd_op.gradient
def gather_nd_gradient(node: Any, grad: Any) -> Any:
    handle, indices = node.inputs
    shape = apply_op("VariableShape", handle, out_type=indices.dtype)
    if indices.dims is not None and len(indices.dims) == 2 and indices.dims[-1] == 1:
        return IndexedSlices(grad, array_ops.squeeze(indices, axis=-1), shape), None
    return array_ops.scatter_nd(indices, grad, shape), None
