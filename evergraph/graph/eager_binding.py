"""How inputs of ops that are executed at once are matched to types: tensors tell theirs before
other values do, and errors are those of TensorFlow's eager runtime."""

from collections.abc import Iterator, Sequence
from typing import Any

from evergraph.base import errors
from evergraph.base.dtypes import DType
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.eager_values import cannot_convert, name_in_c
from evergraph.graph.signature import ArgDef, Signature
from evergraph.graph.tensor import Tensor


def types_of_tensors(signature: Signature, values: Sequence[Any]) -> dict[str, DType]:
    """Attrs of one type, each with that of the first tensor that tells it."""
    found: dict[str, DType] = {}
    for arg, value in _each(signature, values):
        if arg.type_attr is not None and isinstance(value, Tensor):
            found.setdefault(arg.type_attr, value._dtype.base_dtype)
    return found


def raise_mismatch(
    signature: Signature, values: Sequence[Any], attrs: dict[str, Any], name: str | None
) -> None:
    """Raises the error for the first input whose type is none that it may have, if one is so.

    Raises:
      InvalidArgumentError: a tensor is of another type than the op's other inputs, or than it is
        to be.
      NotFoundError: the op has no kernel for the type.
      TypeError: a value cannot be converted.
    """
    op_type = signature.name
    suffix = f" [Op:{op_type}]" + ("" if name is None else f" name: {name}")
    for place, (arg, value) in enumerate(_each(signature, values)):
        wanted = arg.dtype
        declared = None
        if arg.type_attr is not None:
            wanted = attrs.get(arg.type_attr)
            declared = signature.attr_by_name[arg.type_attr]
        if wanted is None:
            continue
        if not isinstance(value, Tensor):
            try:
                value = convert_to_tensor(value, wanted)
            except (TypeError, ValueError):
                raise cannot_convert(value, wanted) from None
        found = value._dtype.base_dtype
        if found is not wanted:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"cannot compute {op_type} as input #{place}(zero-based) was expected to be a "
                f"{name_in_c(wanted)} tensor but is a {name_in_c(found)} tensor{suffix}",
            )
        if declared is not None and declared.allowed and found not in declared.allowed:
            allowed = ", ".join(d.name for d in declared.allowed)
            raise errors.NotFoundError(
                None,
                None,
                "Could not find valid device for node.\n"
                f"Node:{{{{node {op_type}}}}}\n"
                f"Input '{arg.name}' is of type {found.name}; there are kernels for {allowed}"
                f"{suffix}",
            )


def _each(signature: Signature, values: Sequence[Any]) -> Iterator[tuple[ArgDef, Any]]:
    """The inputs one by one, those of lists too."""
    for arg, value in zip(signature.inputs, values, strict=True):
        if arg.number_attr is None and arg.type_list_attr is None:
            yield arg, value
        elif isinstance(value, (list, tuple)):
            yield from ((arg, v) for v in value)
