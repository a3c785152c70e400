"""Slots: variables that an optimizer or a moving average keeps for each variable."""

import contextlib
from typing import Any

from evergraph.api import array_ops, init_ops, variable_scope
from evergraph.api.resource_variable_ops import is_resource_variable
from evergraph.api.variables import RefVariable, SaveSliceInfo, Variable
from evergraph.library.distribute.distribution_strategy_context import get_strategy


def _create_slot_var(
    primary: Any, val: Any, scope: str, validate_shape: bool, shape: Any, dtype: Any
) -> Any:
    """The slot variable, in the present variable scope."""
    current = variable_scope.get_variable_scope()
    # The primary may be a part of a variable: its slot is not cut again.
    partitioner = current.partitioner
    current.set_partitioner(None)
    use_resource = None
    if is_resource_variable(primary):
        use_resource = True
    elif isinstance(primary, RefVariable):
        use_resource = False
    slot = variable_scope.get_variable(
        scope,
        initializer=val,
        trainable=False,
        use_resource=use_resource,
        shape=shape if callable(val) else None,
        dtype=dtype,
        validate_shape=validate_shape,
    )
    current.set_partitioner(partitioner)
    info = primary._save_slice_info if isinstance(primary, Variable) else None
    if info:
        own_name = slot.name[len(primary.op.name + "/") : -len(":0")]
        slot._set_save_slice_info(
            SaveSliceInfo(
                f"{info.full_name}/{own_name}",
                info.full_shape[:],
                info.var_offset[:],
                info.var_shape[:],
            )
        )
    return slot


def _scope(primary: Any, name: str) -> Any:
    """The variable scope of a slot. Executed nodes have other names than variables."""
    op = primary.op
    primary_name = primary._shared_name if op.graph.runs_at_once else op.name
    return variable_scope.variable_scope(None, f"{primary_name}/{name}")


def _place(primary: Any, colocate: bool) -> contextlib.AbstractContextManager[Any]:
    if not colocate:
        return contextlib.nullcontext()
    return get_strategy().extended.colocate_vars_with(primary)  # type: ignore[no-any-return]


def create_slot(primary: Any, val: Any, name: str, colocate_with_primary: bool = True) -> Any:
    """A slot `primary_name/name` with the initial value `val`, a tensor."""
    validate_shape = val.get_shape().is_fully_defined()
    with _scope(primary, name):
        with _place(primary, colocate_with_primary):
            return _create_slot_var(primary, val, "", validate_shape, None, None)


def create_slot_with_initializer(
    primary: Any,
    initializer: Any,
    shape: Any,
    dtype: Any,
    name: str,
    colocate_with_primary: bool = True,
) -> Any:
    """A slot `primary_name/name` of the given TensorShape and dtype."""
    validate_shape = shape.is_fully_defined()
    with _scope(primary, name):
        with _place(primary, colocate_with_primary):
            return _create_slot_var(primary, initializer, "", validate_shape, shape, dtype)


def create_zeros_slot(
    primary: Any, name: str, dtype: Any = None, colocate_with_primary: bool = True
) -> Any:
    """A slot of zeros, shaped like `primary` (at run time, where that is not known before)."""
    if dtype is None:
        dtype = primary.dtype
    shape = primary.get_shape()
    if shape.is_fully_defined():
        return create_slot_with_initializer(
            primary,
            init_ops.zeros_initializer(),
            shape,
            dtype,
            name,
            colocate_with_primary=colocate_with_primary,
        )
    like = primary.initialized_value() if isinstance(primary, Variable) else primary
    zeros = array_ops.zeros(array_ops.shape(like), dtype=dtype)
    return create_slot(primary, zeros, name, colocate_with_primary=colocate_with_primary)
