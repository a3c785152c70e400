"""Functions of a graph: FunctionDefs that nodes call by their op type."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.compat import as_str
from evergraph.base.dtypes import DType
from evergraph.graph import attr_value
from evergraph.graph.registry import Entry
from evergraph.graph.signature import ArgDef, AttrDef, Signature


def _argument(arg: Any) -> ArgDef:
    dtype = dtypes.as_dtype(arg.type) if arg.type else None
    return ArgDef(
        arg.name,
        dtype=dtype,
        type_attr=arg.type_attr or None,
        number_attr=arg.number_attr or None,
        type_list_attr=arg.type_list_attr or None,
        is_ref=arg.is_ref,
    )


def _attr(attr: Any) -> AttrDef:
    allowed = None
    if attr.HasField("allowed_values"):
        allowed = tuple(attr_value.from_proto(attr.allowed_values))
    return AttrDef(
        attr.name,
        attr.type,
        allowed=allowed,
        minimum=attr.minimum if attr.has_minimum else None,
        default=attr_value.from_proto(attr.default_value),
        has_default=attr.HasField("default_value"),
    )


def signature_of_op_def(op_def: Any) -> Signature:
    """The Signature that an OpDef holds."""
    deprecated = None
    if op_def.HasField("deprecation"):
        deprecated = (op_def.deprecation.version, op_def.deprecation.explanation)
    return Signature(
        op_def.name,
        tuple(_argument(a) for a in op_def.input_arg),
        tuple(_argument(a) for a in op_def.output_arg),
        tuple(_attr(a) for a in op_def.attr),
        is_stateful=op_def.is_stateful,
        is_commutative=op_def.is_commutative,
        is_aggregate=op_def.is_aggregate,
        allows_uninitialized_input=op_def.allows_uninitialized_input,
        deprecated=deprecated,
    )


class GraphFunction:
    """A function by its FunctionDef.

    `grad_func_name` is the name of the function that is its gradient, or None; `python_grad_func`
    makes the
    gradient's nodes in Python instead.
    """

    def __init__(
        self, definition: Any, grad_func_name: str | None = None, python_grad_func: Any = None
    ) -> None:
        self._definition = definition
        self._grad_func_name = grad_func_name
        self._python_grad_func = python_grad_func
        self._entry: Entry | None = None
        # Shapes of the results by those of the arguments: eager calls ask for them each time.
        self._result_dims: dict[Any, list[Any]] = {}

    @property
    def name(self) -> str:
        return self.definition.signature.name

    @property
    def definition(self) -> Any:
        """The FunctionDef."""
        return self._definition

    @property
    def grad_func_name(self) -> str | None:
        return self._grad_func_name

    @property
    def python_grad_func(self) -> Any:
        return self._python_grad_func

    @property
    def stateful_ops(self) -> list[tuple[str, str]]:
        """Name and type of the nodes inside that have state."""
        return []

    @property
    def declared_input_types(self) -> list[DType]:
        """The types of the arguments."""
        return [dtypes.as_dtype(a.type) for a in self.definition.signature.input_arg]

    @property
    def entry(self) -> Entry:
        """The function as an op type, whose kernel has the session run the function's nodes."""
        if self._entry is None:
            self._entry = Entry(signature_of_op_def(self.definition.signature), (), False, ())
            self._entry.kernel(self._call)
        return self._entry

    def _call(self, *args: Any, node: Any, session: Any) -> Any:
        results = session.functions.call(self, node.graph, args)
        return results[0] if len(results) == 1 else results

    def add_to_graph(self, graph: Any) -> None:
        """Makes the function known in a graph, and its gradient function, where that is known,
        too."""
        if not graph._is_function(self.name):
            graph._add_function(self)


def functions_of_library(library: Any) -> list[GraphFunction]:
    """The functions of a FunctionDefLibrary, those that others have as their gradient first.

    Raises:
      ValueError: a gradient is not in the library, or functions are gradients of one another.
    """
    gradients = {as_str(g.function_name): as_str(g.gradient_func) for g in library.gradient}
    definitions = {f.signature.name: f for f in library.function}
    for name, gradient in gradients.items():
        if name not in definitions:
            raise ValueError(f"FunctionDefLibrary missing '{name}' FunctionDef\n{library}")
        if gradient not in definitions:
            raise ValueError(f"FunctionDefLibrary missing '{gradient}' FunctionDef\n{library}")
    made: dict[str, GraphFunction] = {}
    while len(made) < len(definitions):
        ready = [
            name
            for name in definitions
            if name not in made and (name not in gradients or gradients[name] in made)
        ]
        if not ready:
            left = sorted(set(definitions) - set(made))
            raise ValueError(
                "There is a cyclic dependency between gradient functions in the library: "
                + ", ".join(left)
            )
        for name in ready:
            made[name] = GraphFunction(definitions[name], gradients.get(name))
    return list(made.values())
