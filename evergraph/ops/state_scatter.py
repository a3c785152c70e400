"""Updates of rows and slices of ref variables: ScatterAdd and its like."""

from typing import Any

from evergraph.graph.registry import Entry, op
from evergraph.kernels import cells
from evergraph.ops import variable_shapes

_NUMBERS = "T: number; Tindices: int32 | int64; use_locking: bool = false"
_ORDERED = "T: floating | int32 | int64; Tindices: int32 | int64; use_locking: bool = false"
_ANY = "T: type; Tindices: int32 | int64; use_locking: bool = true"
_ARGS = "(ref: Ref(T), indices: Tindices, updates: T) -> output_ref: Ref(T)"

scatter_update_op = op("ScatterUpdate" + _ARGS, _ANY)
scatter_add_op = op("ScatterAdd" + _ARGS, _NUMBERS)
scatter_sub_op = op("ScatterSub" + _ARGS, _NUMBERS)
scatter_mul_op = op("ScatterMul" + _ARGS, _NUMBERS)
scatter_div_op = op("ScatterDiv" + _ARGS, _NUMBERS)
scatter_min_op = op("ScatterMin" + _ARGS, _ORDERED)
scatter_max_op = op("ScatterMax" + _ARGS, _ORDERED)

scatter_nd_update_op = op("ScatterNdUpdate" + _ARGS, _ANY)
scatter_nd_add_op = op("ScatterNdAdd" + _ARGS, _NUMBERS)
scatter_nd_sub_op = op("ScatterNdSub" + _ARGS, _NUMBERS)


def scatter_shape(node: Any) -> Any:
    ref, indices, updates = (t.dims for t in node.inputs)
    variable_shapes.check_rows(ref, indices, updates)
    return ref


def scatter_nd_shape(node: Any) -> Any:
    ref, indices, updates = (t.dims for t in node.inputs)
    variable_shapes.check_slices(ref, indices, updates)
    return ref


def _define(entry: Entry, update: Any, how: str) -> None:
    """`update(value, indices, updates, how)` writes into its first argument."""

    def kernel(ref: Any, indices: Any, updates: Any) -> Any:
        value = cells.copied(ref.read())
        update(value, indices, updates, how)
        ref.value = value
        return ref

    def in_place(ref: Any, indices: Any, updates: Any) -> Any:
        update(ref.read(), indices, updates, how)
        return ref

    kernel.__name__ = f"scatter_{how}_kernel"
    in_place.__name__ = f"scatter_{how}_in_place"
    entry.kernel(kernel)
    entry.numpy(kernel)
    entry.updates_in_place(in_place)
    entry.not_differentiable()


for _entry, _how in (
    (scatter_update_op, "update"),
    (scatter_add_op, "add"),
    (scatter_sub_op, "sub"),
    (scatter_mul_op, "mul"),
    (scatter_div_op, "div"),
    (scatter_min_op, "min"),
    (scatter_max_op, "max"),
):
    _entry.shape(scatter_shape)
    _define(_entry, cells.scatter, _how)

for _entry, _how in (
    (scatter_nd_update_op, "update"),
    (scatter_nd_add_op, "add"),
    (scatter_nd_sub_op, "sub"),
):
    _entry.shape(scatter_nd_shape)
    _define(_entry, cells.scatter_nd, _how)
