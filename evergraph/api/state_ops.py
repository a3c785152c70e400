"""Assignments, and updates of parts, as functions of a variable: `tf.assign`, `tf.scatter_add`, ...

Each takes a ref variable (or its reference tensor) or a resource variable. On a ref variable the
result is the reference after the update; on a resource variable an object that reads it then.
"""

from typing import Any

from evergraph.api import array_ops
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, name_scope
from evergraph.graph.tensor import Tensor


def is_ref(variable: Any) -> bool:
    """Whether `variable` is a ref variable or a reference tensor."""
    return bool(variable.dtype._is_ref_dtype)


def variable_op(
    shape: Any,
    dtype: Any,
    name: str = "Variable",
    set_shape: bool = True,
    container: str = "",
    shared_name: str = "",
) -> Tensor:
    """A node of the first Variable op, which later graphs no longer use."""
    result = apply_op(
        "Variable",
        shape=shape if set_shape else None,
        dtype=dtype,
        container=container,
        shared_name=shared_name,
        name=name,
    )
    if set_shape:
        result.set_shape(shape)
    return result


def variable_op_v2(
    shape: Any, dtype: Any, name: str = "Variable", container: str = "", shared_name: str = ""
) -> Tensor:
    """The node that holds a ref variable; the variable is uninitialized until something is
    assigned."""
    return apply_op(
        "VariableV2",
        shape=shape,
        dtype=dtype,
        container=container,
        shared_name=shared_name,
        name=name,
    )


def init_variable(v: Any, init: Any, name: str = "init") -> Any:
    """Assigns `init`, a value or a function of shape and dtype, to `v` under the variable's own
    name."""
    with name_scope(None, v.op.name + "/", [v, init]), name_scope(name) as scope, colocate_with(v):
        if not callable(init):
            return apply_op("Assign", v, convert_to_tensor(init, name="init"), name=scope)
        assert v.get_shape().is_fully_defined(), "Variable shape unknown."
        value = init(v.get_shape().as_list(), v.dtype.base_dtype)
        return apply_op("Assign", v, convert_to_tensor(value, name="value"), name=scope)


def is_variable_initialized(ref: Any, name: str | None = None) -> Tensor:
    """Whether a variable holds a value, as a scalar bool tensor."""
    if is_ref(ref):
        return apply_op("IsVariableInitialized", ref, name=name)
    return ref.is_initialized(name=name)


@export("assign")
def assign(
    ref: Any,
    value: Any,
    validate_shape: bool | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> Any:
    """Gives a variable a new value. Stands for `tf.assign`.

    Args:
      ref: a variable; it may be uninitialized.
      value: a tensor of the variable's dtype and, unless `validate_shape` is false, shape.
      validate_shape: whether the shapes must be equal (default: true).
      use_locking: whether the assignment holds the variable's lock (default: true).
      name: the node's name.

    Returns:
      The variable's value after the assignment.
    """
    if not is_ref(ref):
        return ref.assign(value, name=name)
    return apply_op(
        "Assign",
        ref,
        value,
        validate_shape=True if validate_shape is None else validate_shape,
        use_locking=True if use_locking is None else use_locking,
        name=name,
    )


@export("assign_add")
def assign_add(
    ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None
) -> Any:
    """Adds `value`, of the variable's shape and dtype, to a variable. Stands for
    `tf.assign_add`."""
    if not is_ref(ref):
        return ref.assign_add(value)
    return apply_op("AssignAdd", ref, value, use_locking=bool(use_locking), name=name)


@export("assign_sub")
def assign_sub(
    ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None
) -> Any:
    """Subtracts `value`, of the variable's shape and dtype. Stands for `tf.assign_sub`."""
    if not is_ref(ref):
        return ref.assign_sub(value)
    return apply_op("AssignSub", ref, value, use_locking=bool(use_locking), name=name)


@export("count_up_to")
def count_up_to(ref: Any, limit: int, name: str | None = None) -> Tensor:
    """The value of a scalar integer variable, which is then one more. Stands for `tf.count_up_to`.

    Running it raises OutOfRangeError once the variable has reached `limit`.
    """
    if is_ref(ref):
        return apply_op("CountUpTo", ref, limit=limit, name=name)
    return apply_op("ResourceCountUpTo", ref.handle, limit=limit, T=ref.dtype, name=name)


def _scatter(
    what: str, ref: Any, indices: Any, updates: Any, use_locking: bool, name: str | None
) -> Any:
    if is_ref(ref):
        return apply_op(
            "Scatter" + what, ref, indices, updates, use_locking=bool(use_locking), name=name
        )
    updates = convert_to_tensor(updates, ref.dtype)
    node = apply_op("ResourceScatter" + what, ref.handle, indices, updates, name=name)
    return ref._lazy_read(node)


@export("scatter_update")
def scatter_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Any:
    """Replaces rows of a variable: ``ref[indices[i...]] = updates[i...]``. Stands for
    `tf.scatter_update`.

    Args:
      ref: a variable of rank 1 or more.
      indices: int32 or int64 of any shape, each in [0, ref.shape[0]).
      updates: a scalar, or of shape ``indices.shape + ref.shape[1:]``.
      use_locking: whether the update holds the variable's lock.
      name: the node's name.

    Returns:
      The whole variable after the update. Where an index repeats, the last one counts.
    """
    return _scatter("Update", ref, indices, updates, use_locking, name)


@export("scatter_add")
def scatter_add(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Adds to rows of a variable; repeated indices add up. Stands for `tf.scatter_add`.

    Arguments and result as of `scatter_update`.
    """
    return _scatter("Add", ref, indices, updates, use_locking, name)


@export("scatter_sub")
def scatter_sub(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Subtracts from rows of a variable; repeated indices add up. Stands for `tf.scatter_sub`.

    Arguments and result as of `scatter_update`.
    """
    return _scatter("Sub", ref, indices, updates, use_locking, name)


@export("scatter_mul")
def scatter_mul(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Multiplies rows of a variable, once for each time an index occurs. Stands for
    `tf.scatter_mul`. Arguments and result as of `scatter_update`.
    """
    return _scatter("Mul", ref, indices, updates, use_locking, name)


@export("scatter_div")
def scatter_div(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Divides rows of a variable, once for each time an index occurs. Stands for `tf.scatter_div`.

    Arguments and result as of `scatter_update`.
    """
    return _scatter("Div", ref, indices, updates, use_locking, name)


@export("scatter_max")
def scatter_max(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Raises rows of a variable to `updates` where those are larger. Stands for `tf.scatter_max`.

    Arguments and result as of `scatter_update`.
    """
    return _scatter("Max", ref, indices, updates, use_locking, name)


@export("scatter_min")
def scatter_min(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Lowers rows of a variable to `updates` where those are smaller. Stands for `tf.scatter_min`.

    Arguments and result as of `scatter_update`.
    """
    return _scatter("Min", ref, indices, updates, use_locking, name)


@export("scatter_nd_update")
def scatter_nd_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Any:
    """Replaces slices of a variable. Stands for `tf.scatter_nd_update`.

    Args:
      ref: a variable of rank P.
      indices: int32 or int64 of shape [..., K]: each last dimension names an element (K = P) or a
        slice (K < P) of the variable.
      updates: of shape ``indices.shape[:-1] + ref.shape[K:]``.
      use_locking: whether the update holds the variable's lock.
      name: the node's name.

    Returns:
      The whole variable after the update.
    """
    return _scatter("NdUpdate", ref, indices, updates, use_locking, name)


@export("scatter_nd_add")
def scatter_nd_add(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Adds to slices of a variable. Stands for `tf.scatter_nd_add`.

    Arguments and result as of `scatter_nd_update`.
    """
    return _scatter("NdAdd", ref, indices, updates, use_locking, name)


@export("scatter_nd_sub")
def scatter_nd_sub(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Subtracts from slices of a variable. Stands for `tf.scatter_nd_sub`.

    Arguments and result as of `scatter_nd_update`.
    """
    return _scatter("NdSub", ref, indices, updates, use_locking, name)


def strided_slice_assign(
    ref: Any, begin: Any, end: Any, strides: Any, value: Any, name: str | None = None, **masks: int
) -> Tensor:
    """``ref[begin:end:strides] = value`` on a reference; masks as of a strided slice."""
    return apply_op("StridedSliceAssign", ref, begin, end, strides, value, name=name, **masks)


@export("batch_scatter_update")
def batch_scatter_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Any:
    """`scatter_update` within each batch entry. Stands for `tf.batch_scatter_update`.

    The first ``indices.rank - 1`` dimensions are those of the batch, shared by `ref`, `indices` and
    `updates`; the last one of `indices` names rows of that batch entry.

    Raises:
      ValueError: the rank of `indices` is unknown.
    """
    with name_scope(name):
        indices = convert_to_tensor(indices, name="indices")
        sizes = array_ops.shape(indices)
        rank = indices.get_shape().ndims
        if rank is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        last = array_ops.expand_dims(indices, axis=-1)
        parts = []
        for axis in range(rank - 1):
            size = sizes[axis]
            spread = [1] * (rank + 1)
            spread[axis] = size
            numbers = array_ops.reshape(apply_op("Range", 0, size, 1), spread)
            if numbers.dtype.base_dtype != last.dtype:
                numbers = apply_op("Cast", numbers, DstT=last.dtype)
            parts.append(numbers * array_ops.ones_like(last))
        full = array_ops.concat([*parts, last], axis=-1)
        return scatter_nd_update(ref, full, updates, use_locking=use_locking)
