"""apply_op: a call of an op by its type becomes a node.

The order of conversions, the inference of attrs and the messages follow TensorFlow 1.15's op
library.
"""

import collections
from collections.abc import Sequence
from typing import Any

from evergraph.base import errors
from evergraph.base.dtypes import DType
from evergraph.graph import attr_value, eager_binding
from evergraph.graph.conversion import (
    CAPTURE,
    convert_to_tensor,
    get_graph_from_inputs,
    internal_convert_n_to_tensor,
)
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.names import snake_case
from evergraph.graph.operation import Operation
from evergraph.graph.registry import Entry
from evergraph.graph.signature import ArgDef, AttrDef, Signature
from evergraph.graph.tensor import Tensor

_result_types: dict[str, Any] = {}


def apply_op(op_type: str, *args: Any, name: str | None = None, **kwargs: Any) -> Any:
    """Adds a node of type `op_type` to the graph of its inputs, and returns its result.

    Args:
      op_type: a registered op type.
      *args: inputs, in the signature's order; what is no tensor is converted.
      name: the node's name; default: the op type.
      **kwargs: further inputs and attrs, by name.

    Returns:
      The output tensor; the Operation where there is no output; a list for a list output; a named
      tuple for
      several outputs.

    Raises:
      TypeError: an input or attr is missing, unknown or of the wrong type.
      ValueError: shapes do not fit, or a list is too short.
    """
    graph = _graph_of(args, kwargs)
    entry = graph._entry(op_type)
    op = add_op(graph, entry, args, name, kwargs)
    return result_of(op, entry.signature)


def _graph_of(args: Sequence[Any], kwargs: dict[str, Any]) -> Graph:
    default = get_default_graph()
    if default._building_function or default.runs_at_once:
        return default
    first = None
    for value in args:
        if isinstance(value, Tensor):
            graph = value._op._graph
            if first is None:
                first = graph
            elif graph is not first:
                break
    else:
        if first is None:
            return get_graph_from_inputs(_flat((*args, *kwargs.values())))
        # What is not among the plain inputs is looked at when the node is put into its graph.
        if first.runs_at_once and not default.runs_at_once:
            raise RuntimeError(CAPTURE)
        return first
    return get_graph_from_inputs(_flat((*args, *kwargs.values())))


def _flat(values: Sequence[Any]) -> list[Any]:
    """The values that are given, those in lists one by one."""
    flat: list[Any] = []
    for value in values:
        if isinstance(value, (list, tuple)):
            flat.extend(value)
        else:
            flat.append(value)
    return [v for v in flat if v is not None]


def add_op(
    graph: Graph,
    entry: Entry,
    args: Sequence[Any],
    name: str | None,
    kwargs: dict[str, Any],
    checks_lists: bool = True,
) -> Operation:
    """Converts, infers, and adds the node; see `apply_op`.

    `checks_lists`: whether lists are looked at before anything is converted, as the functions do
    that TensorFlow generates for ops.
    """
    signature = entry.signature
    if signature.deprecated is not None:
        _check_deprecated(graph, signature)
    values = _input_values(signature, args, kwargs)
    if checks_lists:
        _check_lists(signature, values, kwargs)
    attrs = _given_attrs(signature, kwargs)
    stacks = graph._stacks
    old_scope = stacks.name_stack
    # What was checked so far takes no name; what fails from here on does, as in TensorFlow.
    asked = name
    scope: Any = graph._scope_for(signature.name if name is None else name) or ""
    name = scope + "/" if scope else scope
    # Nodes that are made on the way, for constants and for a cond's Switches, are in the node's
    # scope.
    stacks.name_stack = scope
    try:
        if graph.runs_at_once:
            inputs, types, colocate = _bind_at_once(signature, values, attrs, asked)
        elif graph is not get_default_graph():
            with graph.as_default():
                inputs, types, colocate = _bind_inputs(signature, values, attrs)
        else:
            inputs, types, colocate = _bind_inputs(signature, values, attrs)
        for declared in signature.given_attrs:
            if declared.minimum is not None or declared.allowed is not None:
                try:
                    _check_attr(signature, declared, attrs[declared.name])
                except (TypeError, ValueError):
                    if graph.runs_at_once:
                        eager_binding.refuse_attr(signature, declared, attrs[declared.name])
                    raise
        if graph.runs_at_once:
            return _run(graph, signature.name, entry, inputs, attrs, name, types, asked)
        if not colocate or graph._finalized:
            return graph._add(signature.name, entry, inputs, attrs, None, name, types)
        pushed = [t._op for t in colocate]
        blocks = graph._blocks
        old_stack, old_devices = blocks.colocation, blocks.devices
        # References stay with their variable, whatever device the surrounding blocks ask for.
        blocks.colocation, blocks.devices = [*old_stack, *pushed], []
        try:
            return graph._add(signature.name, entry, inputs, attrs, None, name, types)
        finally:
            blocks.colocation, blocks.devices = old_stack, old_devices
    finally:
        stacks.name_stack = old_scope


def _run(
    graph: Graph,
    op_type: str,
    entry: Entry,
    inputs: list[Tensor],
    attrs: dict[str, Any],
    name: str,
    types: list[DType] | None,
    asked: str | None,
) -> Operation:
    """Adds a node to a graph that executes. Its errors tell the name that was asked for."""
    try:
        return graph._add(op_type, entry, inputs, attrs, None, name, types)
    except errors.OpError as error:
        if asked is not None and error.message.endswith(f"[Op:{op_type}]"):
            error._message += f" name: {asked}"
        raise


def _check_deprecated(graph: Graph, signature: Signature) -> None:
    assert signature.deprecated is not None
    version, explanation = signature.deprecated
    producer = graph.graph_def_versions.producer
    if producer >= version:
        raise NotImplementedError(
            f"Op {signature.name} is not available in GraphDef version {producer}. It has been "
            "removed "
            f"in version {version}. {explanation}."
        )


def _input_values(signature: Signature, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
    """What the caller gave for the inputs, in order; taken out of `kwargs`."""
    values = list(args)
    if len(values) > len(signature.inputs):
        raise TypeError(
            f"{signature.name} takes {len(signature.inputs)} inputs, {len(values)} were given"
        )
    for arg in signature.inputs[len(values) :]:
        key = arg.name if arg.name in kwargs else arg.name + "_"
        if key not in kwargs:
            raise TypeError(f"No argument for input {arg.name}")
        values.append(kwargs.pop(key))
    for arg, value in zip(signature.inputs, values, strict=True):
        if arg.number_attr is not None and not isinstance(value, (list, tuple)):
            raise TypeError(
                f"Expected list for '{arg.name}' argument to '{snake_case(signature.name)}' Op, "
                f"not {value!r}."
            )
    return values


def _check_lists(signature: Signature, values: list[Any], kwargs: dict[str, Any]) -> None:
    """Raises ValueError for lists of different lengths, TypeError for an attr that is no list."""
    first_of: dict[str, tuple[str, int]] = {}
    for arg, value in zip(signature.inputs, values, strict=True):
        if arg.number_attr is None:
            continue
        first, count = first_of.setdefault(arg.number_attr, (arg.name, len(value)))
        if len(value) != count:
            raise ValueError(
                f"List argument '{arg.name}' to '{snake_case(signature.name)}' Op with length "
                f"{len(value)} must match length {count} of argument '{first}'."
            )
    for name, value in kwargs.items():
        declared = signature.attr_by_name.get(name.removesuffix("_"))
        if declared is None or value is None or not declared.kind.startswith("list("):
            continue
        if not isinstance(value, (list, tuple)):
            raise TypeError(
                f"Expected list for '{declared.name}' argument to '{snake_case(signature.name)}' "
                f"Op, not {value!r}."
            )


def _given_attrs(signature: Signature, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The attrs in `kwargs` in their native form, with defaults for what is None or missing."""
    attrs: dict[str, Any] = {}
    for declared in signature.given_attrs:
        name = declared.name
        key = name if name in kwargs else name + "_"
        if key not in kwargs and not declared.has_default:
            raise TypeError(f"No argument for attr {name}")
        value = kwargs.pop(key, None)
        if value is None and declared.has_default:
            attrs[name] = declared.default
        else:
            attrs[name] = attr_value.make_native(declared.kind, value, name)
            if declared.kind in ("func", "list(func)"):
                _add_functions(value)
    if kwargs:
        inferred = next((k for k in kwargs if k in signature.inferred_attrs), None)
        if inferred is not None:
            raise TypeError(f"Should not specify value for inferred attr '{inferred}'.")
        extra = ", ".join(sorted(kwargs))
        raise TypeError(f"apply_op() got unexpected keyword arguments: {extra}")
    return attrs


def _add_functions(value: Any) -> None:
    """Makes the graph functions that an attr names known in the graph, where they are given as
    such."""
    for function in value if isinstance(value, (list, tuple)) else [value]:
        if hasattr(function, "add_to_graph"):
            function.add_to_graph(get_default_graph())


def _bind_at_once(
    signature: Signature, values: list[Any], attrs: dict[str, Any], name: str | None
) -> tuple[list[Tensor], list[DType] | None, list[Tensor]]:
    """As `_bind_inputs`, for what is executed at once."""
    for key, dtype in eager_binding.types_of_tensors(signature, values).items():
        attrs.setdefault(key, dtype)
    try:
        return _bind_inputs(signature, values, attrs)
    except TypeError:
        eager_binding.raise_mismatch(signature, values, attrs, name)
        raise


def _bind_inputs(
    signature: Signature, values: list[Any], attrs: dict[str, Any]
) -> tuple[list[Tensor], list[DType] | None, list[Tensor]]:
    """Converts the inputs in order, filling `attrs` with what they determine."""
    inputs: list[Tensor] = []
    types: list[DType] = []
    colocate: list[Tensor] = []
    inferred_from: dict[str, str] = {}
    has_ref = False
    by_name = signature.attr_by_name
    for arg, value in zip(signature.inputs, values, strict=True):
        if arg.number_attr is not None or arg.type_list_attr is not None:
            tensors = _bind_list(signature, arg, value, attrs, inferred_from)
            inputs.extend(tensors)
            if arg.is_ref:
                has_ref = True
                colocate.extend(tensors[:1])  # the others TensorFlow takes for later inputs
            types.extend(t._dtype if arg.is_ref else t._dtype.base_dtype for t in tensors)
            continue
        tensor = _bind_one(signature, arg, value, attrs, inferred_from)
        base = tensor._dtype.base_dtype
        key = arg.type_attr
        if key is not None:
            known = attrs.get(key)
            if known is None:
                attrs[key] = base
                inferred_from[key] = arg.name
            elif known is not base:
                _raise_mismatch(signature, arg, base, attrs, inferred_from)
            _check_allowed(by_name[key], base, arg.name)
        elif arg.dtype is not base and arg.dtype is not None:
            _raise_mismatch(signature, arg, base, attrs, inferred_from)
        if arg.is_ref:
            has_ref = True
            if not tensor._dtype._is_ref_dtype:
                raise TypeError(
                    f"'{signature.name}' Op requires that input '{arg.name}' be a mutable tensor "
                    "(e.g.: a tf.Variable)"
                )
            types.append(tensor._dtype)
            colocate.append(tensor)
        else:
            types.append(base)
        inputs.append(tensor)
    return inputs, (types if has_ref else None), colocate


def _bind_one(
    signature: Signature,
    arg: ArgDef,
    value: Any,
    attrs: dict[str, Any],
    inferred_from: dict[str, str],
) -> Tensor:
    # A tensor needs no conversion; its type is compared by the caller.
    if isinstance(value, Tensor):
        if arg.is_ref or not value._dtype._is_ref_dtype:
            return value
        return value
    dtype = arg.dtype
    default = None
    if arg.type_attr is not None:
        dtype = attrs.get(arg.type_attr)
        if dtype is None:
            declared = signature.attr_by_name[arg.type_attr]
            default = declared.default if declared.has_default else None
    try:
        return convert_to_tensor(
            value, dtype, name=arg.name, preferred_dtype=default, as_ref=arg.is_ref
        )
    except TypeError as error:
        if dtype is None:
            raise
        raise TypeError(
            f"Expected {dtype.name} passed to parameter '{arg.name}' of op '{signature.name}', got "
            f"{value!r} of type '{type(value).__name__}' instead. Error: {error}"
        ) from None
    except ValueError:
        try:
            observed = convert_to_tensor(value, as_ref=arg.is_ref).dtype
        except ValueError as error:
            raise ValueError(
                f"Tried to convert '{arg.name}' to a tensor and failed. Error: {error}"
            ) from None
        _raise_mismatch(signature, arg, observed, attrs, inferred_from)
        raise


def _raise_mismatch(
    signature: Signature,
    arg: ArgDef,
    observed: DType,
    attrs: dict[str, Any],
    inferred_from: dict[str, str],
) -> None:
    prefix = (
        f"Input '{arg.name}' of '{signature.name}' Op has type {observed.name} that does not match"
    )
    if arg.dtype is not None:
        raise TypeError(f"{prefix} expected type of {arg.dtype.name}.")
    assert arg.type_attr is not None
    source = inferred_from.get(arg.type_attr)
    raise TypeError(f"{prefix} type {attrs[arg.type_attr].name} of argument '{source}'.")


def _bind_list(
    signature: Signature,
    arg: ArgDef,
    value: Any,
    attrs: dict[str, Any],
    inferred_from: dict[str, str],
) -> list[Tensor]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(
            f"Expected list for '{arg.name}' argument to '{signature.name}' Op, not {value}."
        )
    value = list(value)
    if arg.type_list_attr is not None:
        return _bind_type_list(signature, arg, value, attrs, inferred_from)
    dtype = arg.dtype
    default = None
    if dtype is None:
        assert arg.type_attr is not None
        dtype = attrs.get(arg.type_attr)
        if dtype is None:
            dtype = next((t._dtype.base_dtype for t in value if isinstance(t, Tensor)), None)
            declared = signature.attr_by_name[arg.type_attr]
            default = declared.default if declared.has_default else None
    assert arg.number_attr is not None
    number = signature.attr_by_name[arg.number_attr]
    if arg.number_attr in attrs:
        if len(value) != attrs[arg.number_attr]:
            raise ValueError(
                f"List argument '{arg.name}' to '{signature.name}' Op with length {len(value)} "
                "must "
                f"match length {attrs[arg.number_attr]} of argument "
                f"'{inferred_from[arg.number_attr]}'."
            )
    else:
        attrs[arg.number_attr] = len(value)
        inferred_from[arg.number_attr] = arg.name
        if number.minimum is not None and len(value) < number.minimum:
            raise ValueError(
                f"List argument '{arg.name}' to '{signature.name}' Op with length {len(value)} "
                f"shorter than minimum length {number.minimum}."
            )
    try:
        tensors = internal_convert_n_to_tensor(
            value, dtype=dtype, name=arg.name, as_ref=arg.is_ref, preferred_dtype=default
        )
        if len({t._dtype.base_dtype for t in tensors}) > 1:
            raise TypeError
    except (TypeError, ValueError):
        _raise_list_mismatch(
            signature, arg, value, dtype if arg.type_attr in attrs or arg.dtype else None
        )
        raise
    if arg.type_attr is not None:
        _bind_list_type(signature, arg, tensors, attrs, inferred_from)
    return tensors


def _bind_list_type(
    signature: Signature,
    arg: ArgDef,
    tensors: list[Tensor],
    attrs: dict[str, Any],
    inferred_from: dict[str, str],
) -> None:
    assert arg.type_attr is not None
    declared = signature.attr_by_name[arg.type_attr]
    if not tensors:
        if arg.type_attr not in attrs:
            if not declared.has_default:
                raise TypeError(
                    f"Don't know how to infer type variable from empty input list passed to input "
                    f"'{arg.name}' of '{signature.name}' Op."
                )
            attrs[arg.type_attr] = declared.default
        return
    base = tensors[0]._dtype.base_dtype
    if attrs.setdefault(arg.type_attr, base) is not base:
        _raise_list_mismatch(signature, arg, tensors, attrs[arg.type_attr])
    inferred_from.setdefault(arg.type_attr, arg.name)
    _check_allowed(declared, base, arg.name)


def _raise_list_mismatch(
    signature: Signature, arg: ArgDef, values: list[Any], dtype: DType | None
) -> None:
    observed = []
    for value in values:
        try:
            observed.append(convert_to_tensor(value, as_ref=arg.is_ref).dtype.base_dtype.name)
        except (TypeError, ValueError):
            observed.append("<NOT CONVERTIBLE TO TENSOR>")
    prefix = (
        f"Tensors in list passed to '{arg.name}' of '{signature.name}' Op have types "
        f"[{', '.join(observed)}]"
    )
    if dtype is not None:
        if any(o != dtype.name for o in observed):
            wanted = (
                f"that do not match expected type {dtype.name}."
                if arg.dtype
                else f"that do not match type {dtype.name} inferred from earlier arguments."
            )
            raise TypeError(f"{prefix} {wanted}") from None
    elif len(set(observed)) > 1:
        raise TypeError(f"{prefix} that don't all match.") from None


def _bind_type_list(
    signature: Signature,
    arg: ArgDef,
    value: list[Any],
    attrs: dict[str, Any],
    inferred_from: dict[str, str],
) -> list[Tensor]:
    key = arg.type_list_attr
    assert key is not None
    known = attrs.get(key)
    tensors = [
        convert_to_tensor(v, None, name=f"{arg.name}_{i}", as_ref=arg.is_ref)
        for i, v in enumerate(value)
    ]
    found = [t._dtype.base_dtype for t in tensors]
    if known is None:
        attrs[key] = found
        inferred_from[key] = arg.name
        declared = signature.attr_by_name[key]
        if declared.minimum is not None and len(found) < declared.minimum:
            raise ValueError(
                f"Attr '{key}' of '{signature.name}' Op passed list of length {len(found)} less "
                f"than minimum {declared.minimum}."
            )
        for dtype in found:
            _check_allowed(declared, dtype, arg.name)
    elif known != found:
        raise TypeError(
            f"Input '{arg.name}' of '{signature.name}' Op has type list of "
            f"{', '.join(t.name for t in found)} that does not match type list "
            f"{', '.join(t.name for t in known)} of argument '{inferred_from[key]}'."
        )
    return tensors


def _check_allowed(declared: AttrDef, dtype: DType, parameter: str) -> None:
    if declared.allowed is not None and dtype not in declared.allowed:
        names = ", ".join(d.name for d in declared.allowed)
        raise TypeError(
            f"Value passed to parameter '{parameter}' has DataType {dtype.name} not in list of "
            f"allowed values: {names}"
        )


def _check_attr(signature: Signature, declared: AttrDef, value: Any) -> None:
    kind = declared.kind
    if declared.minimum is not None:
        if kind == "int":
            if value < declared.minimum:
                raise ValueError(
                    f"Attr '{declared.name}' of '{signature.name}' Op passed {value} less than "
                    "minimum "
                    f"{declared.minimum}."
                )
        elif len(value) < declared.minimum:
            raise ValueError(
                f"Attr '{declared.name}' of '{signature.name}' Op passed list of length "
                f"{len(value)} "
                f"less than minimum {declared.minimum}."
            )
    if declared.allowed is None:
        return
    for item in value if kind.startswith("list(") else (value,):
        if isinstance(item, DType):
            _check_allowed(declared, item, declared.name)
        elif item not in declared.allowed:
            names = '", "'.join(str(a) for a in declared.allowed)
            raise ValueError(
                f"Attr '{declared.name}' of '{signature.name}' Op passed string '{item}' not in: "
                f'"{names}".'
            )


def result_of(op: Operation, signature: Signature) -> Any:
    """What a call of the op returns; see `apply_op`."""
    outputs = signature.outputs
    if not outputs:
        return None if op._graph.runs_at_once else op
    if len(outputs) == 1:
        if outputs[0].is_list:
            return list(op._outputs) or (op if signature.is_stateful else [])
        return op._outputs[0]
    fields: list[Any] = []
    position = 0
    for arg in outputs:
        if not arg.is_list:
            fields.append(op._outputs[position])
            position += 1
            continue
        count = (
            len(op._attrs[arg.type_list_attr])
            if arg.type_list_attr is not None
            else op._attrs[arg.number_attr]  # type: ignore[index]
        )
        fields.append(list(op._outputs[position : position + count]))
        position += count
    return _result_type(signature)(*fields)


def _result_type(signature: Signature) -> Any:
    found = _result_types.get(signature.name)
    if found is None:
        names = [o.name for o in signature.outputs]
        found = _result_types[signature.name] = collections.namedtuple(signature.name, names)  # type: ignore[misc]
    return found
