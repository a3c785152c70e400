"""The nodes of control flow, one by one: switch, merge, enter, exit, next iteration, identity.

Each takes a tensor, a reference, or what is made of several tensors (IndexedSlices, SparseTensor),
which is
switched, merged, ... component by component.
"""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api.product_ops import _as_indexed_slices_list
from evergraph.base import nest
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import (
    CompositeTensor,
    IndexedSlices,
    convert_to_tensor_or_composite,
    internal_convert_to_tensor_or_indexed_slices,
)
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, name_scope
from evergraph.graph.tensor import Tensor


def _as_ref_or_composite(data: Any, dtype: Any = None, name: str | None = None) -> Any:
    data = internal_convert_to_tensor_or_indexed_slices(data, dtype, name, as_ref=True)
    if not isinstance(data, (Tensor, CompositeTensor)):
        raise TypeError(f"Type {type(data)} not supported")
    return data


def _each(
    data: Any, plain: str, ref: str, again: Callable[..., Any], name: str | None, **attrs: Any
) -> Any:
    data = _as_ref_or_composite(data)
    if isinstance(data, CompositeTensor):
        return nest.map_structure(again, data, expand_composites=True)
    op_type = ref if data.dtype._is_ref_dtype else plain
    return apply_op(op_type, data, name=name, **attrs)


def _Identity(data: Any, name: str | None = None) -> Any:
    """A node that passes `data` on: references as references."""
    return _each(data, "Identity", "RefIdentity", _Identity, name)


def _NextIteration(data: Any, name: str | None = None) -> Any:
    """Makes `data` available to the next iteration of its loop."""
    return _each(data, "NextIteration", "RefNextIteration", _NextIteration, name)


def exit(data: Any, name: str | None = None) -> Any:
    """Makes `data` available outside of its loop."""
    return _each(data, "Exit", "RefExit", exit, name)


def _Enter(
    data: Any,
    frame_name: str,
    is_constant: bool = False,
    parallel_iterations: int = 10,
    use_ref: bool = True,
    use_input_shape: bool = True,
    name: str | None = None,
) -> Any:
    """Makes `data` available inside the loop whose frame is called `frame_name`.

    Args:
      data: a tensor or composite.
      frame_name: the frame; made by its first Enter.
      is_constant: whether every iteration sees the same value.
      parallel_iterations: how many iterations may run at a time.
      use_ref: whether a reference enters as one.
      use_input_shape: whether the result has the static shape of `data`.
      name: the node's name.
    """
    data = _as_ref_or_composite(data)
    attrs: dict[str, Any] = {
        "frame_name": frame_name,
        "is_constant": is_constant,
        "parallel_iterations": parallel_iterations,
    }
    if isinstance(data, CompositeTensor):
        return nest.map_structure(
            lambda t: _Enter(t, use_ref=use_ref, use_input_shape=use_input_shape, **attrs),
            data,
            expand_composites=True,
        )
    op_type = "RefEnter" if data.dtype._is_ref_dtype and use_ref else "Enter"
    result = apply_op(op_type, data, name=name, **attrs)
    if use_input_shape:
        result.set_shape(data.shape)
    return result


def switch(data: Any, pred: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Passes `data` on to one of two outputs.

    Args:
      data: a tensor or composite.
      pred: a bool scalar.
      dtype: the type that `data` is converted to.
      name: the node's name.

    Returns:
      `(output_false, output_true)`: `data` comes out of the one that `pred` says; the other is
      dead.
    """
    with name_scope(name, "Switch", [data, pred]) as scope:
        data = _as_ref_or_composite(data, dtype, "data")
        pred = convert_to_tensor(pred, name="pred")
        if isinstance(data, Tensor):
            return apply_op("Switch", data, pred, name=scope)
        tensors = nest.flatten(data, expand_composites=True)
        pairs = [apply_op("Switch", t, pred) for t in tensors]
        return tuple(
            nest.pack_sequence_as(data, [p[i] for p in pairs], expand_composites=True)
            for i in (0, 1)
        )


def _SwitchRefOrTensor(data: Any, pred: Any, name: str = "Switch") -> Any:
    """As `switch`, next to `data`; references are switched as such."""
    data = convert_to_tensor_or_composite(data, name="data")
    # The surrounding blocks may ask for another place (an optimizer's, beside its variable).
    with colocate_with(data, ignore_existing=True):
        if isinstance(data, Tensor) and data.dtype._is_ref_dtype:
            return apply_op("RefSwitch", data, pred, name=name)
        return switch(data, pred, name=name)


def merge(inputs: Sequence[Any], name: str | None = None) -> Any:
    """Passes on the one of `inputs` that is not dead.

    Args:
      inputs: tensors, or composites of one structure; tensors among IndexedSlices become such.
      name: the node's name.

    Returns:
      The value, and its index among `inputs`.

    Raises:
      ValueError: an input is None.
    """
    if any(i is None for i in inputs):
        raise ValueError(f"At least one of the merge inputs is None: {inputs}")
    with name_scope(name, "Merge", inputs) as scope:
        inputs = [_as_ref_or_composite(i) for i in inputs]
        if all(isinstance(i, Tensor) for i in inputs):
            refs = all(i.dtype._is_ref_dtype for i in inputs)
            return apply_op("RefMerge" if refs else "Merge", inputs, name=scope)
        if all(isinstance(i, (IndexedSlices, Tensor)) for i in inputs):
            inputs = _as_indexed_slices_list(inputs, optimize=False)
        for i in inputs:
            if not isinstance(i, CompositeTensor):
                raise TypeError(f"Type {type(i)} not supported")
            nest.assert_same_structure(inputs[0], i, expand_composites=True)
        flat = [nest.flatten(i, expand_composites=True) for i in inputs]
        merged = [apply_op("Merge", component) for component in zip(*flat, strict=True)]
        values = [value for value, _ in merged]
        packed = nest.pack_sequence_as(inputs[0], values, expand_composites=True)
        return packed, merged[0][1]


def flow_of(value: Any) -> Any:
    """The tensor that stands for a TensorArray in conds and loops; anything else is itself."""
    return value.flow if hasattr(value, "flow") and hasattr(value, "handle") else value


def arrays_of_flows(like: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """`values`, those that are flows of a TensorArray in `like` as such again."""
    return [
        a.with_flow(v) if hasattr(a, "with_flow") else v for a, v in zip(like, values, strict=True)
    ]
