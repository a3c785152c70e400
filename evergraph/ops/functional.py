"""Calls of graph functions: SymbolicGradient, PartitionedCall, StatefulPartitionedCall,
RemoteCall."""

from typing import Any

import torch

from evergraph.base.errors import InternalError, InvalidArgumentError, NotFoundError
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.device import DeviceSpec
from evergraph.graph.function_def import graph_def_of
from evergraph.graph.graph import Graph
from evergraph.graph.portable import import_graph
from evergraph.graph.registry import op
from evergraph.ops.shape_rules import Dims

# There is one executor here, whatever it is called.
_EXECUTORS = ("SINGLE_THREADED_EXECUTOR", "", "DEFAULT")

symbolic_gradient_op = op(
    "SymbolicGradient(input: list(Tin)) -> output: list(Tout)",
    "Tin: list(type) >= 1; Tout: list(type) >= 1; f: func",
)
partitioned_call_op = op(
    "PartitionedCall(args: list(Tin)) -> output: list(Tout)",
    "Tin: list(type) >= 0; Tout: list(type) >= 0; f: func; config: string = ''; "
    "config_proto: string = ''; executor_type: string = ''",
)
stateful_partitioned_call_op = op(
    "StatefulPartitionedCall(args: list(Tin)) -> output: list(Tout)",
    "Tin: list(type) >= 0; Tout: list(type) >= 0; f: func; config: string = ''; "
    "config_proto: string = ''; executor_type: string = ''",
    stateful=True,
)
remote_call_op = op(
    "RemoteCall(target: string, args: list(Tin)) -> output: list(Tout)",
    "Tin: list(type) >= 1; Tout: list(type) >= 1; f: func",
    stateful=True,
)


@symbolic_gradient_op.shape
def symbolic_gradient_shape(node: Any) -> list[Dims]:
    """Each gradient is shaped like its argument; a handle's like the variable, of which nothing is
    known."""
    outputs = len(node.attr("Tout"))
    if outputs > len(node.inputs):
        return [None] * outputs
    handles = {"resource", "variant"}
    return [None if t.dtype.name in handles else t.dims for t in node.inputs[:outputs]]


@symbolic_gradient_op.kernel
def symbolic_gradient_kernel(args: list[Any], *, node: Any, session: Any) -> Any:
    return session.functions.call_gradient(node, args)


@partitioned_call_op.shape
@stateful_partitioned_call_op.shape
def partitioned_call_shape(node: Any) -> list[Dims]:
    """What the body makes of the shapes of the arguments."""
    library = node.graph._functions
    function = library.get(node.attr("f").name)
    if function is None:
        return [None] * len(node.attr("Tout"))
    given = tuple(t.dims for t in node.inputs)
    known = function._result_dims
    if given not in known:
        known[given] = _result_dims(function, library, given)
    return list(known[given])


def _result_dims(function: Any, library: dict[str, Any], given: tuple[Dims, ...]) -> list[Dims]:
    graph_def, _, results = graph_def_of(function.definition, library)
    for placeholder, dims in zip(graph_def.node, given, strict=False):
        if dims is not None:
            placeholder.attr["shape"].shape.CopyFrom(TensorShape(dims).as_proto())
    body = Graph()
    with body.as_default():
        for other in library.values():
            body._functions[other.name] = other
        found = import_graph(graph_def, return_elements=results, name="")
    return [t.dims for t in found or ()]


@partitioned_call_op.kernel
@stateful_partitioned_call_op.kernel
def partitioned_call_kernel(args: list[Any], *, node: Any, session: Any) -> Any:
    executor = node.attr("executor_type")
    if executor not in _EXECUTORS:
        known = ", ".join(_EXECUTORS)
        raise NotFoundError(
            None,
            None,
            f"  No executor factory registered for the given executor type: {executor} "
            f"Registered factories are {{{known}}}.",
        )
    function = node.graph._get_function(node.attr("f").name)
    return session.functions.call(function, node.graph, args)


@remote_call_op.shape
def remote_call_shape(node: Any) -> list[Dims]:
    return [None] * len(node.attr("Tout"))


def _check_target(target: str) -> None:
    """The device must be of this process. The function runs where it pleases all the same."""
    try:
        asked = DeviceSpec.from_string(target)
    except ValueError:
        message = f"Could not parse {target} into a device specification."
        raise InvalidArgumentError(None, None, message) from None
    full = DeviceSpec.from_string("/job:localhost/replica:0/task:0/device:CPU:0")
    full.merge_from(asked)
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    near = (full.job, full.replica, full.task) == ("localhost", 0, 0)
    if not near or (full.device_type == "GPU" and (full.device_index or 0) >= gpus):
        raise InternalError(
            None,
            None,
            "Currently don't support instantiating functions on device: " + full.to_string(),
        )


@remote_call_op.kernel
def remote_call_kernel(target: Any, args: list[Any], *, node: Any, session: Any) -> Any:
    _check_target(target.item().decode())
    function = node.graph._get_function(node.attr("f").name)
    return session.functions.call(function, node.graph, args)
