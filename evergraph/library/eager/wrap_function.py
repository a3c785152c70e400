"""Functions written for graphs, called where ops are executed at once: `tf.wrap_function`."""

from collections.abc import Callable
from typing import Any

from evergraph.api.func_graph import FuncGraph, func_graph_from_py_func
from evergraph.api.resource_variable_ops import UninitializedVariable, is_resource_variable
from evergraph.api.variable_scope import variable_creator_scope
from evergraph.base import nest
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.composite import CompositeTensor, SparseTensor
from evergraph.graph.defaults import add_to_collections, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.names import name_from_scope_name
from evergraph.graph.operation import Operation
from evergraph.graph.portable import import_graph_def
from evergraph.graph.tensor import Tensor
from evergraph.library.eager.function import ConcreteFunction
from evergraph.library.eager.lift_to_graph import lift_to_graph
from evergraph.proto.protobuf.meta_graph_pb2 import TensorInfo


class VariableHolder:
    """The variables that a function makes, by name.

    Args:
      fn: the function.
      share_variables: whether a variable of a known name is the one there is.
    """

    def __init__(self, fn: Callable[..., Any] | None = None, share_variables: bool = False) -> None:
        self._fn = fn
        self._share_variables = share_variables
        self._variables_by_name: dict[str, Any] = {}

    @property
    def variables(self) -> dict[str, Any]:
        """The variables by name."""
        return self._variables_by_name

    def variable_creator_scope(self, next_creator: Any, **kwargs: Any) -> Any:
        """Makes a variable, and puts it into collections as graphs do."""
        collections = kwargs.pop("collections", None)
        with name_scope(kwargs.get("name"), "Variable") as scope:
            name = name_from_scope_name(scope)
            kwargs["name"] = scope
        v = self._variables_by_name.get(name) if self._share_variables else None
        if v is None:
            v = self._variables_by_name[name] = next_creator(**kwargs)
        if collections is None:
            collections = [GraphKeys.GLOBAL_VARIABLES]
        if v.trainable and GraphKeys.TRAINABLE_VARIABLES not in collections:
            collections = [*collections, GraphKeys.TRAINABLE_VARIABLES]
        add_to_collections(collections, v)
        return v

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        assert self._fn is not None
        return self.call_with_variable_creator_scope(self._fn)(*args, **kwargs)

    def call_with_variable_creator_scope(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """`fn`, with its variables held."""

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with variable_creator_scope(self.variable_creator_scope):
                return fn(*args, **kwargs)

        return wrapped


def _of_info(info: Any, graph: Any) -> Any:
    """What a TensorInfo names in a graph."""
    kind = info.WhichOneof("encoding")
    if kind == "name":
        return graph.as_graph_element(info.name)
    if kind == "coo_sparse":
        names = info.coo_sparse
        return SparseTensor(
            graph.get_tensor_by_name(names.indices_tensor_name),
            graph.get_tensor_by_name(names.values_tensor_name),
            graph.get_tensor_by_name(names.dense_shape_tensor_name),
        )
    raise ValueError(f"Invalid TensorInfo.encoding: {kind}")


def _lift_variables(graph: FuncGraph, holder: VariableHolder) -> None:
    """Has variables that were imported into `graph` be outside of it, and captured."""
    lifted: dict[int, Any] = {}
    captured = set(graph.internal_captures)
    for key in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES):
        variables = graph.get_collection_ref(key)
        for i, variable in enumerate(variables):
            if not is_resource_variable(variable):
                logging.log_first_n(
                    logging.WARN,
                    "Unable to create a python object for variable %s because it is a reference "
                    "variable. It may not be visible to training APIs. If this is a problem, "
                    "consider rebuilding the SavedModel after running "
                    "tf.compat.v1.enable_resource_variables().",
                    1,
                    variable,
                )
                continue
            if id(variable) not in lifted:
                if variable.handle.graph is not graph or variable.handle in captured:
                    continue
                lifted[id(variable)] = made = _lifted(variable, graph, holder)
                if key == GraphKeys.LOCAL_VARIABLES and not made.handle.graph.runs_at_once:
                    outside = made.handle.graph
                    outside.get_collection_ref(GraphKeys.GLOBAL_VARIABLES).remove(made)
                    outside.add_to_collection(key, made)
            variables[i] = lifted[id(variable)]


def _lifted(variable: Any, graph: FuncGraph, holder: VariableHolder) -> Any:
    """A variable outside of `graph`, whose handle the one inside stands for."""
    made = UninitializedVariable(
        shape=variable.shape,
        dtype=variable.dtype,
        name=variable.op.name,
        trainable=variable.trainable,
        extra_handle_data=variable.handle,
    )
    made._initializer_op = variable._initializer_op
    graph.add_capture(made.handle, variable.handle)
    variable.handle.op.__dict__["_stands_for"] = made.handle
    holder._variables_by_name[made.name.split(":")[0]] = made
    graph.variables = [*graph.variables, made]
    graph.watch_variable(made)
    return made


class WrappedFunction(ConcreteFunction):
    """A function of a graph: only what its results need is run. Made by `tf.wrap_function`.

    Args:
      fn_graph: the body.
      variable_holder: holds its variables.
      attrs, signature: as of ConcreteFunction.
    """

    def __init__(
        self, fn_graph: FuncGraph, variable_holder: Any, attrs: Any = None, signature: Any = None
    ) -> None:
        self._variable_holder = variable_holder
        _lift_variables(fn_graph, variable_holder)
        super().__init__(fn_graph, attrs=attrs, signature=signature)

    def _element(self, fetch: Any) -> Any:
        """What is to be fetched: a tensor, a composite or an operation of the graph."""
        if isinstance(fetch, TensorInfo):
            return _of_info(fetch, self._func_graph)
        if isinstance(fetch, (Tensor, Operation, CompositeTensor)):
            return fetch
        return self.graph.as_graph_element(fetch)

    def prune(
        self, feeds: Any, fetches: Any, name: str | None = None, input_signature: Any = None
    ) -> "WrappedFunction":
        """The part of the function from some tensors to others, as a function.

        Args:
          feeds: tensors of the graph, or their names, perhaps nested: the arguments.
          fetches: tensors, operations, TensorInfos or names, perhaps nested: the results.
            Operations are run and give None.
          name: the name of the new graph.
          input_signature: the specs of its arguments.

        Raises:
          ValueError: a feed is no tensor, or something is of another graph.
        """
        graph = self.graph
        captured = {id(t) for t in graph.internal_captures}
        given = [graph.as_graph_element(t) for t in nest.flatten(feeds, expand_composites=True)]
        if not all(isinstance(t, Tensor) for t in given):
            raise ValueError("Feeds must be tensors.")
        given = [t for t in given if id(t) not in captured]
        infos = [f for f in nest.flatten(fetches) if isinstance(f, TensorInfo)]
        fetches = nest.map_structure(self._element, fetches)
        wanted = nest.flatten(fetches, expand_composites=True)
        tensors = [f for f in wanted if isinstance(f, Tensor)]
        operations = [f for f in wanted if isinstance(f, Operation)]
        for f in [*given, *tensors, *operations]:
            if f.graph is not graph:
                raise ValueError(
                    "Can only prune function whose feeds and fetches are from this graph "
                    f"({graph}). Input {f} is from graph {f.graph}"
                )
        with graph.as_default():
            pruned = FuncGraph(name or "pruned")
        copies = lift_to_graph(
            [*operations, *tensors], pruned, sources=[*given, *graph.internal_captures]
        )
        pruned.outputs.extend(copies[t] for t in tensors)
        pruned.control_outputs.extend(copies[f] for f in operations)
        pruned.inputs.extend(copies[t] for t in given)
        for outside, inside in graph.captures:
            pruned.add_capture(outside, copies[inside])
        for info in infos:
            if info.WhichOneof("encoding") == "name":
                element = pruned.as_graph_element(info.name)
                if isinstance(element, Tensor):
                    element.set_shape(info.tensor_shape)
        for function in graph._functions.values():
            pruned._add_function(function)
        pruned.variables = graph.variables
        pruned.structured_outputs = nest.map_structure(
            lambda f: None if isinstance(f, Operation) else copies[f],
            fetches,
            expand_composites=True,
        )
        pruned.structured_input_signature = input_signature
        made = WrappedFunction(pruned, variable_holder=self._variable_holder)
        made._num_positional_args = len(given)
        made._arg_keywords = [t.op.name for t in given]
        return made


class WrappedGraph:
    """Several functions of one graph, with its variables and collections in common.

    Args:
      variable_holder: holds the variables; default: one that shares them by name.
      **kwargs: of the FuncGraph.
    """

    def __init__(self, variable_holder: VariableHolder | None = None, **kwargs: Any) -> None:
        self._variable_holder = variable_holder or VariableHolder(share_variables=True)
        name = kwargs.pop("name", "wrapped_function_graph")
        collections = kwargs.pop("collections", {})
        self.graph = FuncGraph(name, collections=collections, **kwargs)
        self._wrapped_function = WrappedFunction(self.graph, self._variable_holder)
        self._functions: dict[str, WrappedFunction] = {}

    @property
    def functions(self) -> dict[str, WrappedFunction]:
        """The functions by name."""
        return self._functions

    @property
    def variables(self) -> dict[str, Any]:
        """The variables by name."""
        return self._variable_holder.variables

    def wrap_function(
        self, fn: Callable[..., Any], signature: Any, name: str | None = None
    ) -> WrappedFunction:
        """As `tf.wrap_function`, in this graph; operations among the results are run, and give
        None."""
        operations: dict[int, Operation] = {}
        held = self._variable_holder.call_with_variable_creator_scope(fn)

        def without_operations(*args: Any, **kwargs: Any) -> Any:
            outputs = held(*args, **kwargs)
            flat = nest.flatten(outputs)
            operations.update((i, x) for i, x in enumerate(flat) if isinstance(x, Operation))
            kept = [None if i in operations else x for i, x in enumerate(flat)]
            return nest.pack_sequence_as(outputs, kept)

        func_graph_from_py_func(
            "",
            without_operations,
            args=None,
            kwargs=None,
            signature=signature,
            add_control_dependencies=False,
            func_graph=self.graph,
        )
        captures = len(self.graph.captures)
        inputs = self.graph.inputs[:-captures] if captures else self.graph.inputs
        structure = self.graph.structured_outputs
        flat = [operations.get(i, x) for i, x in enumerate(nest.flatten(structure))]
        outputs = nest.pack_sequence_as(structure, flat)
        name = name or fn.__name__
        made = self._wrapped_function.prune(
            inputs, outputs, name, self.graph.structured_input_signature
        )
        self._functions[name] = made
        return made


@export("wrap_function")
def wrap_function(
    fn: Callable[..., Any], signature: Any, name: str | None = None
) -> WrappedFunction:
    """A function of tensors from one that builds a graph, as programs for sessions do. Stands for
    `tf.wrap_function`.

    It is called once, here. A call of the result runs what the results need, as `session.run`
    does; the function keeps its variables.

    Args:
      fn: builds nodes of its arguments.
      signature: the arguments: TensorSpecs, and values that stay as they are.
      name: part of the name of the function.
    """
    holder = VariableHolder(fn)
    graph = func_graph_from_py_func(
        "wrapped_function" if name is None else f"wrapped_function_{name}",
        holder,
        args=None,
        kwargs=None,
        signature=signature,
        add_control_dependencies=False,
        collections={},
    )
    return WrappedFunction(graph, variable_holder=holder, signature=signature)


def function_from_graph_def(graph_def: Any, inputs: Any, outputs: Any) -> WrappedFunction:
    """The function of a GraphDef from some of its tensors to others, given by names."""
    whole = wrap_function(lambda: import_graph_def(graph_def, name="") and None, [])
    find = whole.graph.as_graph_element
    return whole.prune(nest.map_structure(find, inputs), nest.map_structure(find, outputs))
