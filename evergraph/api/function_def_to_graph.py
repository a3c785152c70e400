"""FunctionDef → FuncGraph: the body of a function that is known by its message alone."""

from collections.abc import Sequence
from typing import Any

from evergraph.api.func_graph import FuncGraph
from evergraph.graph.function_def import graph_def_of
from evergraph.graph.graph import get_default_graph
from evergraph.graph.portable import import_graph_def_for_function
from evergraph.proto.framework.tensor_shape_pb2 import TensorShapeProto


def function_def_to_graph(fdef: Any, input_shapes: Sequence[Any] | None = None) -> FuncGraph:
    """The body of a function, which may call functions of the default graph.

    Args:
      fdef: the FunctionDef.
      input_shapes: the arguments' shapes; default: those that the FunctionDef has as an attr.

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
    graph._functions.update(library)
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
