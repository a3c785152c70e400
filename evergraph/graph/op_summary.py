"""Op definitions and types as TensorFlow's runtime writes them in messages."""

from typing import Any

from evergraph.base.dtypes import DType
from evergraph.graph.signature import ArgDef, AttrDef, Signature
from evergraph.graph.tensor import dims_text

_SHORT = {"float16": "half", "float32": "float", "float64": "double"}


def type_name(dtype: DType) -> str:
    """A type's name: `float`, `double_ref`, `int32`."""
    base = dtype.base_dtype.name
    text = _SHORT.get(base, base)
    return text + "_ref" if dtype._is_ref_dtype else text


def enum_name(dtype: DType) -> str:
    """A type's name as in protos: `DT_FLOAT`."""
    return "DT_" + type_name(dtype).upper()


def _argument(arg: ArgDef) -> str:
    if arg.type_list_attr is not None:
        text = arg.type_list_attr
    else:
        text = arg.type_attr or type_name(arg.dtype)  # type: ignore[arg-type]
        if arg.number_attr is not None:
            text = f"{arg.number_attr}*{text}"
    return f"{arg.name}:Ref({text})" if arg.is_ref else f"{arg.name}:{text}"


def value_text(value: Any) -> str:
    """An attr's native value: `DT_FLOAT`, `[1, 2]`, `"text"`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, DType):
        return enum_name(value)
    if isinstance(value, (str, bytes)):
        return f'"{value if isinstance(value, str) else value.decode(errors="replace")}"'
    if isinstance(value, list):
        return "[" + ", ".join(value_text(v) for v in value) + "]"
    if value is None or isinstance(value, tuple):
        return dims_text(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _attr(attr: AttrDef) -> str:
    text = f"attr={attr.name}:{attr.kind}"
    if attr.has_default:
        text += f",default={value_text(attr.default)}"
    if attr.minimum is not None:
        text += f",min={attr.minimum}"
    if attr.allowed is not None:
        text += f",allowed={value_text(list(attr.allowed))}"
    return text


def summary(signature: Signature) -> str:
    """`Op<name=Neg; signature=x:T -> y:T; attr=T:type,allowed=[...]>`."""
    inputs = ", ".join(_argument(a) for a in signature.inputs)
    outputs = ", ".join(_argument(a) for a in signature.outputs)
    parts = [f"name={signature.name}", f"signature={inputs} -> {outputs}"]
    parts.extend(_attr(a) for a in signature.attrs)
    for flag in (
        "is_commutative",
        "is_aggregate",
        "is_stateful",
        "allows_uninitialized_input",
    ):
        if getattr(signature, flag):
            parts.append(f"{flag}=true")
    return "Op<" + "; ".join(parts) + ">"
