"""Branches and loops made of graph functions: If, While, For, partitioned calls."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import math_ops
from evergraph.api.functional_ops import symbolic_gradient
from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import executing_eagerly as in_eager_mode
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.folds import foldl as foldl
from evergraph.library.folds import foldr as foldr
from evergraph.library.folds import scan as scan
from evergraph.library.function import Defun, get_extra_args
from evergraph.proto.framework.attr_value_pb2 import AttrValue
from evergraph.proto.protobuf.config_pb2 import ConfigProto


def If(
    cond: Any, inputs: Sequence[Any], then_branch: Any, else_branch: Any, name: str | None = None
) -> list[Tensor]:
    """The results of `then_branch(inputs)`, or of `else_branch(inputs)` where `cond` is false.

    Args:
      cond: a scalar, false where it is zero or empty text; or a tensor, false where it is empty.
      inputs: tensors.
      then_branch, else_branch: Defuns with results of the same types.
      name: the node's name.
    """
    types = [arg.type for arg in then_branch.definition.signature.output_arg]
    return apply_op(
        "If",
        cond,
        inputs,
        Tout=types,
        then_branch=then_branch,
        else_branch=else_branch,
        name=name,
    )


def Gradient(inputs: Sequence[Any], f: Any, name: str | None = None) -> list[Tensor]:
    """The gradient of the Defun `f`.

    Args:
      inputs: its arguments, then the gradients of its results.
      f: the function.
      name: the node's name.
    """
    types = [arg.type for arg in f.definition.signature.input_arg]
    return symbolic_gradient(inputs, types, f, name=name)


# Docstrings of functions stand in their FunctionDefs: these are TensorFlow's.
_HANDS_ON = "A wrapper that handles loop-carried captured inputs."
_BODY = "A While wrapper for forbody that handles loop-carried captured inputs."


def _described(text: str) -> Any:
    """Decorator: gives a function a docstring."""

    def describe(func: Any) -> Any:
        func.__doc__ = text
        return func

    return describe


def _with_captured(func: Any) -> Any:
    """A loop's body that hands on the tensors that it captures."""

    @Defun(*func.declared_input_types, func_name=f"{func.name}_Wrapper")
    @_described(_HANDS_ON)
    def wrapper(*args: Any) -> Any:
        results = _as_tuple(func(*args))
        return results + tuple(get_extra_args())

    return wrapper


def _as_tuple(result: Any) -> tuple[Any, ...]:
    """The results of a Defun: it returns a node where there are none, a tensor where there is
    one."""
    if isinstance(result, Operation):
        return ()
    return (result,) if isinstance(result, Tensor) else tuple(result)


def _keep_on_host(node: Operation, inputs: Sequence[int], outputs: Sequence[int]) -> None:
    for name, places in (("_input_hostmem", inputs), ("_output_hostmem", outputs)):
        value = AttrValue()
        value.list.i.extend(places)
        node._set_attr(name, value)


def While(
    input_: Sequence[Any],
    cond: Any,
    body: Any,
    name: str | None = None,
    hostmem: Sequence[int] | None = None,
) -> list[Tensor]:
    """`body` again and again, first of `input_`, then of its own results, while `cond` of them is
    true.

    Args:
      input_: tensors.
      cond: a Defun whose result is a condition, as in `If`.
      body: a Defun with results of the types of its arguments.
      name: the node's name.
      hostmem: numbers of the inputs that stay in the host's memory.

    Raises:
      ValueError: `cond` captures tensors, or takes other types than `body`.
    """
    if cond.captured_inputs:
        raise ValueError(
            "While op 'cond' argument must be a function without implicitly captured inputs."
        )
    declared, captured = body.declared_input_types, body.captured_inputs
    if cond.declared_input_types != declared:
        raise ValueError(
            "While op 'cond' and 'body' signatures do not match. "
            f"{cond.declared_input_types!r} vs {declared!r}"
        )
    if captured:
        types = [*declared, *(t.dtype for t in captured)]

        @Defun(*types, func_name=f"{cond.name}_Wrapper")
        @_described(_HANDS_ON)
        def wrapper(*args: Any) -> Any:
            return cond(*args[: len(declared)])

        found = apply_op(
            "While", [*input_, *captured], cond=wrapper, body=_with_captured(body), name=name
        )
        found = found[: -len(captured)]
    else:
        found = apply_op("While", input_, cond=cond, body=body, name=name)
    if hostmem:
        _keep_on_host(found[0].op, hostmem, hostmem)
    return found


def _for_by_while(
    start: Any, limit: Any, delta: Any, inputs: Sequence[Any], body: Any, name: Any, hostmem: Any
) -> list[Tensor]:
    step = math_ops.abs(delta)
    # A division of floats: what this rewriting is for has none of integers.
    distance = math_ops.cast(math_ops.abs(limit - start) + step - 1, dtypes.float32)
    count = math_ops.cast(distance / math_ops.cast(step, dtypes.float32), dtypes.int32)
    types = [dtypes.int32] * 4 + list(body.declared_input_types)[1:]

    @Defun(*types, func_name=f"{body.name}_Cond")
    def goes_on(i: Any, n: Any, *args: Any) -> Any:
        del args
        return i < n

    @Defun(*types, func_name=f"{body.name}_Body")
    @_described(_BODY)
    def step_body(i: Any, n: Any, start: Any, delta: Any, *args: Any) -> Any:
        results = _as_tuple(body(start + i * delta, *args))
        return (i + 1, n, start, delta, *results)

    found = While(
        input_=[0, count, start, delta, *inputs],
        cond=goes_on,
        body=step_body,
        name=name,
        hostmem=[0, 1, 2, 3, *(4 + i for i in hostmem or ())],
    )
    return list(found[4:])


def For(
    start: Any,
    limit: Any,
    delta: Any,
    inputs: Sequence[Any],
    body: Any,
    name: str | None = None,
    hostmem: Sequence[int] | None = None,
    rewrite_with_while: bool | None = None,
) -> list[Tensor]:
    """`body(i, *values)` for each `i` in `range(start, limit, delta)`, of its own results.

    Args:
      start, limit, delta: int32 scalars.
      inputs: the first values.
      body: a Defun of an int32 and the values that returns the next values.
      name: the node's name.
      hostmem: numbers of the inputs that stay in the host's memory.
      rewrite_with_while: make a While node instead of a For node.
    """
    if rewrite_with_while:
        return _for_by_while(start, limit, delta, inputs, body, name, hostmem)
    captured = body.captured_inputs
    if captured:
        values = [*inputs, *captured]
        found = apply_op("For", start, limit, delta, values, body=_with_captured(body), name=name)
        found = found[: -len(captured)]
    else:
        found = apply_op("For", start, limit, delta, inputs, body=body, name=name)
    if hostmem:
        _keep_on_host(found[0].op, [3 + i for i in hostmem], hostmem)
    return found


def partitioned_call(
    args: Sequence[Any],
    f: Any,
    tout: Sequence[Any] | None = None,
    executing_eagerly: bool | None = None,
    config: Any = None,
    executor_type: str | None = None,
) -> Any:
    """Calls the Defun `f`, whose nodes keep their devices.

    Args:
      args: its arguments, captured tensors among them.
      f: the function.
      tout: types of the results; default: those of `f`.
      executing_eagerly: without a meaning here.
      config: a serialized ConfigProto; default: one that leaves the function as it is.
      executor_type: the name of the executor to use.

    Returns:
      The results; the Operation where there are none.
    """
    if tout is None:
        tout = tuple(arg.type for arg in f.definition.signature.output_arg)
    op_type = "StatefulPartitionedCall" if f.stateful_ops else "PartitionedCall"
    # Sessions say how graphs are rewritten: nodes without results never say it themselves.
    if config is None or not tout:
        unchanged = ConfigProto()
        unchanged.graph_options.rewrite_options.disable_meta_optimizer = True
        config = unchanged.SerializeToString()
    attrs = {"config_proto": config, "executor_type": executor_type or ""}
    if tout:
        return apply_op(op_type, args, Tout=tout, f=f, **attrs)
    tensors = [convert_to_tensor(x) for x in args]
    f.add_to_graph(get_default_graph())
    apply_op(op_type, tensors, Tout=[], f=f, name="PartitionedFunctionCall", **attrs)
    # Nodes that run at once are not kept.
    return [] if in_eager_mode() else get_default_graph().get_operations()[-1]


def remote_call(
    target: Any, args: Sequence[Any], Tout: Sequence[Any], f: Any, name: str | None = None
) -> list[Tensor]:
    """Calls the Defun `f` on a device.

    Args:
      target: the device's name.
      args: its arguments.
      Tout: the types of the results.
      f: the function.
      name: the node's name.
    """
    return apply_op("RemoteCall", target, args, Tout=Tout, f=f, name=name)
