"""What stays the same of the shapes of a loop's variables from one iteration to the next."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import control_flow_util as util
from evergraph.base import nest
from evergraph.base.tensor_shape import TensorShape
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.type_spec import TypeSpec
from evergraph.graph.composite import CompositeTensor
from evergraph.graph.tensor import Tensor


def _get_shape_invariant(var: Any, shape: Any = None) -> Any:
    """The invariant of a loop variable: a shape, or a list of its components' shapes.

    Args:
      var: a tensor, or what is made of several.
      shape: what the caller said, a TensorShape or a spec; default: the shape of `var`.

    Raises:
      TypeError: `shape` does not describe `var`.
    """
    if isinstance(var, CompositeTensor):
        spec = var._type_spec if shape is None else _shape_invariant_to_type_spec(var, shape)
        return [part.shape for part in nest.flatten(spec, expand_composites=True)]
    if shape is None:
        return var.shape
    if isinstance(shape, TensorSpec) and var.dtype == shape.dtype:
        return shape.shape
    if isinstance(shape, TypeSpec):
        kind = "TensorSpec" if isinstance(shape, TensorSpec) else "TypeSpec"
        raise TypeError(f"{kind} {shape!r} is not compatible with {var!r}")
    return shape


def _shape_invariant_to_type_spec(var: Any, shape: Any) -> Any:
    """The spec that a shape (or a spec, which is checked) stands for.

    Raises:
      TypeError: `shape` is neither, or is not for things like `var`.
    """
    if isinstance(shape, TypeSpec):
        if not shape.is_compatible_with(var):
            raise TypeError(f"TypeSpec {shape!r} is not compatible with {var!r}")
        return shape
    if not isinstance(shape, TensorShape):
        raise TypeError(f"Expected shape to be a TypeSpec or TensorShape, got {shape!r}")
    if isinstance(var, Tensor):
        return TensorSpec(shape, var.dtype)
    if not isinstance(var, CompositeTensor):
        raise TypeError(f"Expected var to be a Tensor or CompositeTensor, got {var}")
    try:
        return var._shape_invariant_to_type_spec(shape)
    except NotImplementedError:
        raise TypeError(
            f"To describe or constrain a {type(var).__name__}, use a "
            f"{type(var._type_spec).__name__} instead of a TensorShape."
        ) from None


def covers(general: Any, special: Any) -> bool:
    """Whether dims are the same as, or less than, those of another shape say."""
    if general is None:
        return True
    if special is None or len(special) != len(general):
        return False
    return all(g is None or g == s for g, s in zip(general, special, strict=True))


def set_shape_invariants(
    inputs: Sequence[Tensor], enters: Sequence[Tensor], invariants: Any
) -> None:
    """Gives the Enter nodes of the loop variables `inputs` their static shapes.

    Raises:
      ValueError: an invariant is no shape, or is not as general as the variable's initial shape.
    """
    shapes = nest.flatten(invariants)
    if not all(isinstance(s, TensorShape) for s in shapes):
        raise ValueError("`shapes` must be a (possibly nested) list of shapes.")
    for value, enter, shape in zip(inputs, enters, shapes, strict=False):
        if not covers(shape._dims_tuple, value.dims):
            raise ValueError(
                f"The shape invariant specified for {value.name} is not compatible with the "
                f"initial shape of the loop variable. It enters the loop with shape {value.shape}, "
                f"but the specified shape invariant is {shape}."
            )
        enter.set_shape(shape)


def check_next_shape(merged: Tensor, following: Tensor) -> None:
    """Checks what a loop variable is after an iteration (`following`) against its Merge's shape.

    Raises:
      ValueError: the shape is less specific, or another one.
    """
    if covers(merged.dims, following.dims):
        return
    enter = merged.op.inputs[0].op
    assert util.IsLoopEnter(enter)
    initial = enter.inputs[0]
    raise ValueError(
        f"Input tensor '{initial.name}' enters the loop with shape {initial.shape}, but has shape "
        f"{following.shape} after one iteration. To allow the shape to vary across iterations, "
        "use the `shape_invariants` argument of tf.while_loop to specify a less-specific shape."
    )
