"""How inputs of ops that are executed at once are matched to types: tensors tell theirs before
other values do, and errors are those of TensorFlow's eager runtime."""

from collections.abc import Iterator, Sequence
from typing import Any

from evergraph.base import errors
from evergraph.base.dtypes import DType
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.eager_values import cannot_convert, name_in_c
from evergraph.graph.signature import ArgDef, AttrDef, Signature
from evergraph.graph.tensor import Tensor

# Attrs that TensorFlow's kernels on the CPU do not look at, so that a kernel is found before the
# type is: in all ops that have one, and in some.
_ANY_IN_KERNELS = frozenset(
    "Index S T_threshold Taxis Tblock_shape Tcomplex Tindex Tnumsegments Tperm Treal Tseed".split()
)
_ANY_IN_KERNEL = frozenset(
    [(name, "Tidx") for name in ("ArgMax", "ArgMin", "BroadcastTo", "ConcatV2")]
    + [(name, "T") for name in ("AsString", "Bitcast", "EncodePng", "ParameterizedTruncatedNormal")]
    + [(name, "T") for name in ("RandomStandardNormal", "RandomUniform", "RandomUniformInt")]
    + [(name, "T") for name in ("TruncatedNormal", "StatelessRandomNormal")]
    + [(name, "T") for name in ("StatelessRandomUniform", "StatelessTruncatedNormal")]
)


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
        to be; or of one that the op may not have, while its kernels would take any.
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
            if declared.name in _ANY_IN_KERNELS or (op_type, declared.name) in _ANY_IN_KERNEL:
                names = ", ".join(name_in_c(d) for d in declared.allowed)
                said = f"{name_in_c(found)} is not in the list of allowed values: {names}"
                raise _bad_attr(signature, declared, said)
            allowed = ", ".join(d.name for d in declared.allowed)
            raise errors.NotFoundError(
                None,
                None,
                "Could not find valid device for node.\n"
                f"Node:{{{{node {op_type}}}}}\n"
                f"Input '{arg.name}' is of type {found.name}; there are kernels for {allowed}"
                f"{suffix}",
            )


def refuse_attr(signature: Signature, declared: AttrDef, value: Any) -> None:
    """Raises the error for a value that an attr may not have; for a list the caller's will do.

    Raises:
      InvalidArgumentError: the value is too small, or none of those allowed.
      NotFoundError: it is a type that the op has no kernel for.
    """
    if isinstance(value, DType):
        raise errors.NotFoundError(
            None,
            None,
            "Could not find valid device for node.\n"
            f"Node:{{{{node {signature.name}}}}}\n"
            f"Attr '{declared.name}' is {value.name} [Op:{signature.name}]",
        )
    if isinstance(value, int):
        problem = f"{value} must be at least minimum {declared.minimum}"
    elif isinstance(value, str):
        names = ", ".join(f'"{a}"' for a in declared.allowed or ())
        problem = f'"{value}" is not in the list of allowed values: {names}'
    else:
        return
    raise _bad_attr(signature, declared, problem)


def _bad_attr(signature: Signature, declared: AttrDef, problem: str) -> Exception:
    node = f"{{{{node {signature.name}}}}} [Op:{signature.name}]"
    said = f"Value for attr '{declared.name}' of {problem}\n\t; NodeDef: {node}"
    return errors.InvalidArgumentError(None, None, said)


def _each(signature: Signature, values: Sequence[Any]) -> Iterator[tuple[ArgDef, Any]]:
    """The inputs one by one, those of lists too."""
    for arg, value in zip(signature.inputs, values, strict=True):
        if arg.number_attr is None and arg.type_list_attr is None:
            yield arg, value
        elif isinstance(value, (list, tuple)):
            yield from ((arg, v) for v in value)
