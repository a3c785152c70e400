"""FunctionDef → FuncGraph: the body of a function that is known by its message alone."""

from collections.abc import Sequence
from typing import Any

from evergraph.api.func_graph import FuncGraph
from evergraph.base.version import GRAPH_DEF_VERSION_MIN_CONSUMER
from evergraph.graph.function_def import graph_def_of
from evergraph.graph.graph import get_default_graph
from evergraph.graph.portable import import_graph_def_for_function
from evergraph.proto.framework.tensor_shape_pb2 import TensorShapeProto


def is_function(fname: str) -> bool:
    """Whether the default graph has a function of this name."""
    return get_default_graph()._is_function(fname)


def function_def_to_graph_def(
    fdef: Any, input_shapes: Sequence[Any] | None = None, copy_functions: bool = True
) -> tuple[Any, dict[str, str]]:
    """The body of a function as a GraphDef, and names of its tensors there by those that they have
    in the FunctionDef.

    Args:
      fdef: the FunctionDef.
      input_shapes: the arguments' shapes, None for one that is not known.
      copy_functions: whether all functions of the default graph go with it, or those only that
        nodes call by their op types.

    Raises:
      ValueError: there are not as many shapes as arguments, or a function is missing.
    """
    count = len(fdef.signature.input_arg)
    if input_shapes and len(input_shapes) != count:
        raise ValueError(
            "Length of input_shapes must match the number of input_args. len(input_shapes): "
            f"{len(input_shapes)} len(input_arg): {count}"
        )
    library = get_default_graph()._functions
    _check_functions(fdef)
    names: dict[str, str] = {}
    graph_def, _, _ = graph_def_of(fdef, library, keep_colocation=True, tensors=names)
    graph_def.versions.min_consumer = GRAPH_DEF_VERSION_MIN_CONSUMER
    for i, node in enumerate(graph_def.node[:count]):
        shape = input_shapes[i] if input_shapes else None
        if shape is None:
            del node.attr["shape"]
        else:
            proto = shape if isinstance(shape, TensorShapeProto) else shape.as_proto()
            node.attr["shape"].shape.CopyFrom(proto)
        for key, value in fdef.arg_attr[i].attr.items() if i in fdef.arg_attr else ():
            if key.startswith("_"):
                node.attr[key].CopyFrom(value)
    for node in graph_def.node:
        node.input[:] = [i if ":" in i or i.startswith("^") else f"{i}:0" for i in node.input]
    called = {node.op for node in fdef.node_def}
    for name, function in library.items():
        if copy_functions or name in called:
            graph_def.library.function.add().CopyFrom(function.definition)
    flat = {f"^{node.name}": f"^{node.name}" for node in graph_def.node}
    flat |= {k: v if ":" in v else f"{v}:0" for k, v in names.items() if k.count(":") != 1}
    return graph_def, flat


def _check_functions(fdef: Any) -> None:
    """Raises ValueError where an attr names a function that there is not."""
    for node in fdef.node_def:
        for value in node.attr.values():
            named = [value.func] if value.HasField("func") else value.list.func
            for function in named:
                if not is_function(function.name):
                    raise ValueError(f"{function.name} function not found.")


def function_def_to_graph(
    fdef: Any, input_shapes: Sequence[Any] | None = None, copy_functions: bool = True
) -> FuncGraph:
    """The body of a function, which may call functions of the default graph.

    Args:
      fdef: the FunctionDef.
      input_shapes: the arguments' shapes; default: those that the FunctionDef has as an attr.
      copy_functions: whether all functions of the default graph go with it, or those only that
        nodes call by their op types.

    Raises:
      ValueError: there are not as many shapes as arguments.
    """
    if input_shapes is None and "_input_shapes" in fdef.attr:
        input_shapes = fdef.attr["_input_shapes"].list.shape
    count = len(fdef.signature.input_arg)
    if input_shapes and len(input_shapes) != count:
        raise ValueError(
            "Length of input_shapes must match the number of input_args. len(input_shapes): "
            f"{len(input_shapes)} len(input_arg): {count}"
        )
    library = get_default_graph()._functions
    graph_def, arguments, results = graph_def_of(fdef, library, keep_colocation=True)
    for node, shape in zip(graph_def.node, input_shapes or (), strict=False):
        if shape is not None:
            proto = shape if isinstance(shape, TensorShapeProto) else shape.as_proto()
            node.attr["shape"].shape.CopyFrom(proto)
    for i, attrs in fdef.arg_attr.items():
        for key, value in attrs.attr.items():
            if key.startswith("_"):
                graph_def.node[i].attr[key].CopyFrom(value)
    graph = FuncGraph(fdef.signature.name)
    called = {node.op for node in fdef.node_def}
    graph._functions.update({k: v for k, v in library.items() if copy_functions or k in called})
    with graph.as_default():
        import_graph_def_for_function(graph_def, name="")
    graph.inputs = [graph.get_tensor_by_name(name) for name in arguments]
    graph.outputs = [graph.get_tensor_by_name(name) for name in results]
    graph.control_outputs = [
        graph.get_operation_by_name(fdef.control_ret[name])
        for name in fdef.signature.control_output
    ]
    graph._output_names = {
        t: arg.name for t, arg in zip(graph.outputs, fdef.signature.output_arg, strict=True)
    }
    return graph
