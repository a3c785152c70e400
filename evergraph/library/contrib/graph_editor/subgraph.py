"""Views of parts of a graph."""

import copy
from collections.abc import Iterable, Sequence
from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.graph.graph import Graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.graph_editor import select, util
from evergraph.library.contrib.graph_editor.util import ListView, unique

export_constant(__name__, "sgv", "contrib.graph_editor.sgv")
export_constant(__name__, "sgv_scope", "contrib.graph_editor.sgv_scope")


def _picked(ends: list[Tensor], wanted: Iterable[Any], repetition: bool) -> list[Tensor]:
    """Tensors by their numbers, or themselves.

    Raises:
      ValueError: there is no such number, or one comes twice and may not.
    """
    numbers = [w if isinstance(w, int) else ends.index(w) for w in wanted]
    for number in numbers:
        if not 0 <= number < len(ends):
            raise ValueError(f"Out of [0, {len(ends)}[ range: {number}")
    if not repetition and len(set(numbers)) != len(numbers):
        raise ValueError(f"Found repetition in mapping: {numbers}")
    return [ends[number] for number in numbers]


@export("contrib.graph_editor.SubGraphView")
class SubGraphView:
    """Some nodes of a graph, and the tensors that go in and come out, in an order that can be
    changed. Stands for `tf.contrib.graph_editor.SubGraphView`.

    Args:
      inside_ops: the nodes.
      passthrough_ts: tensors that go in and come out without a node.
    """

    def __init__(self, inside_ops: Any = (), passthrough_ts: Any = ()) -> None:
        self._ops = list(util.make_list_of_op(inside_ops))
        through = util.make_list_of_t(passthrough_ts)
        self._graph: Any = None
        self._passthrough_ts: list[Tensor] = []
        self._input_ts: list[Tensor] = []
        self._output_ts: list[Tensor] = []
        if self._ops or through:
            self._graph = util.get_unique_graph([*self._ops, *through])
            inputs, outputs, between = select.compute_boundary_ts(self._ops)
            connected = {*inputs, *outputs, *between}
            self._passthrough_ts = [t for t in through if t not in connected]
            self._input_ts = inputs + self._passthrough_ts
            self._output_ts = outputs + self._passthrough_ts

    def __copy__(self) -> "SubGraphView":
        view = SubGraphView()
        view._assign_from(self)
        return view

    def _assign_from(self, other: Any) -> None:
        """Becomes a view of what `other` is one of."""
        if not isinstance(other, SubGraphView):
            raise TypeError(f"Expected SubGraphView, got: {type(other)}")
        self._graph = other._graph
        for name in ("_ops", "_passthrough_ts", "_input_ts", "_output_ts"):
            setattr(self, name, list(getattr(other, name)))

    def copy(self) -> "SubGraphView":
        """Another view of the same."""
        return copy.copy(self)

    def _with(self, **parts: list[Any]) -> "SubGraphView":
        view = self.copy()
        for name, value in parts.items():
            setattr(view, name, value)
        return view

    def remap_default(
        self, remove_input_map: bool = True, remove_output_map: bool = True
    ) -> "SubGraphView":
        """A view whose inputs, or outputs, are all again, in the first order."""
        inputs, outputs, _ = select.compute_boundary_ts(self._ops)
        parts = {}
        if remove_input_map:
            parts["_input_ts"] = inputs + self._passthrough_ts
        if remove_output_map:
            parts["_output_ts"] = outputs + self._passthrough_ts
        return self._with(**parts)

    def remap_inputs(self, new_input_indices: Iterable[Any]) -> "SubGraphView":
        """A view with these inputs, given by numbers or as tensors.

        Raises:
          ValueError: there is no such input, or one comes twice.
        """
        return self._with(_input_ts=_picked(self._input_ts, new_input_indices, False))

    def remap_outputs(self, new_output_indices: Iterable[Any]) -> "SubGraphView":
        """A view with these outputs, given by numbers or as tensors; they may come twice.

        Raises:
          ValueError: there is no such output.
        """
        return self._with(_output_ts=_picked(self._output_ts, new_output_indices, True))

    def remap(
        self, new_input_indices: Any = None, new_output_indices: Any = None
    ) -> "SubGraphView":
        """A view with these inputs and outputs; None leaves them as they are."""
        view = self.copy()
        if new_input_indices is not None:
            view = view.remap_inputs(new_input_indices)
        return view if new_output_indices is None else view.remap_outputs(new_output_indices)

    def remap_outputs_make_unique(self) -> "SubGraphView":
        """A view in which no output comes twice."""
        return self._with(_output_ts=unique(self._output_ts))

    def remap_outputs_to_consumers(self) -> "SubGraphView":
        """A view in which each output comes as often as there are nodes that take it."""
        ends = [t for t in unique(self._output_ts) for _ in t.consumers()]
        return self._with(_output_ts=ends)

    def remove_unused_ops(self, control_inputs: bool = True) -> "SubGraphView":
        """A view of the nodes alone that inputs lead to, or that outputs need."""
        used = set(
            select.get_walks_union_ops(
                self.connected_inputs,
                self.connected_outputs,
                within_ops=self._ops,
                control_inputs=control_inputs,
            )
        )
        return self._with(_ops=[op for op in self._ops if op in used])

    def find_op_by_name(self, op_name: str) -> Operation:
        """The node of a name.

        Raises:
          ValueError: it is not in the view.
        """
        for op in self._ops:
            if op.name == op_name:
                return op
        raise ValueError(f"{op_name} not in subgraph.")

    def __str__(self) -> str:
        if not self:
            return "SubGraphView: empty"
        lines = [f"SubGraphView (graphid={id(self.graph)}):"]
        parts: tuple[tuple[str, Sequence[Any]], ...] = (
            ("ops", self._ops),
            ("inputs", self._input_ts),
            ("outputs", self._output_ts),
        )
        for title, found in parts:
            lines.append(f"** {title}[{len(found)}]:" if found else f"** {title}: empty")
            for x in found:
                lines.append(f"  {x.name}{' *' if x in self._passthrough_ts else ''}")
        return "\n".join(lines) + "\n"

    @property
    def graph(self) -> Any:
        """The graph; None for an empty view."""
        return self._graph

    @property
    def ops(self) -> list[Operation]:
        """The nodes."""
        return self._ops

    @property
    def inputs(self) -> ListView:
        """The tensors that go in."""
        return ListView(self._input_ts)

    @property
    def connected_inputs(self) -> list[Tensor]:
        """The tensors that go into a node."""
        return [t for t in self._input_ts if t not in self._passthrough_ts]

    @property
    def outputs(self) -> ListView:
        """The tensors that come out."""
        return ListView(self._output_ts)

    @property
    def connected_outputs(self) -> list[Tensor]:
        """The tensors that come out of a node."""
        return [t for t in self._output_ts if t not in self._passthrough_ts]

    @property
    def passthroughs(self) -> ListView:
        """The tensors that go in and come out without a node."""
        return ListView(self._passthrough_ts)

    def __bool__(self) -> bool:
        return self._graph is not None

    def op(self, op_id: int) -> Operation:
        """The node of a number."""
        return self._ops[op_id]

    def is_passthrough(self, t: Tensor) -> bool:
        """Whether a tensor goes in and comes out without a node."""
        return t in self._passthrough_ts

    def __enter__(self) -> "SubGraphView":
        return self

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        pass

    def _index(self, ends: list[Tensor], t: Tensor, what: str) -> int:
        if t not in ends:
            raise ValueError(f"Can't find {t.name} in {what} of subgraph.")
        return ends.index(t)

    def input_index(self, t: Tensor) -> int:
        """The number of an input.

        Raises:
          ValueError: it is none.
        """
        return self._index(self._input_ts, t, "inputs")

    def output_index(self, t: Tensor) -> int:
        """The number of an output.

        Raises:
          ValueError: it is none.
        """
        return self._index(self._output_ts, t, "outputs")

    def consumers(self) -> list[Operation]:
        """The nodes outside that take what comes out."""
        taken = unique(*(t.consumers() for t in self._output_ts))
        return [op for op in taken if op not in set(self._ops)]


def _check_graph(view: Any, graph: Any) -> SubGraphView:
    if not isinstance(view, SubGraphView):
        raise TypeError(f"Expected a SubGraphView, got: {type(graph)}")
    if graph is None or not view.graph:
        return view
    if not isinstance(graph, Graph):
        raise TypeError(f"Expected a tf.Graph, got: {type(graph)}")
    if view.graph is not graph:
        raise ValueError("Graph mismatch.")
    return view


@export("contrib.graph_editor.make_view")
def make_view(*args: Any, **kwargs: Any) -> SubGraphView:
    """A view of what arguments name; a view as it is. Stands for
    `tf.contrib.graph_editor.make_view` and `tf.contrib.graph_editor.sgv`.

    Args:
      *args, **kwargs: as of `select_ops_and_ts`; tensors pass through.

    Raises:
      ValueError, TypeError: they are something else.
    """
    graph = kwargs.get("graph")
    if len(args) == 1 and isinstance(args[0], SubGraphView):
        return _check_graph(args[0], graph)
    return _check_graph(SubGraphView(*select.select_ops_and_ts(*args, **kwargs)), graph)


@export("contrib.graph_editor.make_view_from_scope")
def make_view_from_scope(scope: str, graph: Graph) -> SubGraphView:
    """A view of a name scope. Stands for `tf.contrib.graph_editor.make_view_from_scope` and
    `tf.contrib.graph_editor.sgv_scope`."""
    return SubGraphView(select.get_name_scope_ops(graph, scope))


sgv = make_view
sgv_scope = make_view_from_scope
