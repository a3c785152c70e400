"""Copies of parts of a graph, in which nodes and tensors may be others."""

import copy as copying
from collections.abc import Callable
from typing import Any

from evergraph.base.export import export
from evergraph.graph.graph import Graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.graph_editor import reroute, select, subgraph, util
from evergraph.library.contrib.graph_editor.subgraph import SubGraphView


@export("contrib.graph_editor.replace_t_with_placeholder_handler")
def replace_t_with_placeholder_handler(info: Any, t: Tensor) -> Tensor:
    """A placeholder in the copy's graph for a tensor. Stands for
    `tf.contrib.graph_editor.replace_t_with_placeholder_handler`.

    Args:
      info: what is known of the copy: `graph`, `scope` of the original, `graph_`, `scope_` of the
        copy, `transformed_ops`, `transformed_ts`, `new_name(name)`.
    """
    with info.graph_.as_default():
        return util.make_placeholder_from_tensor(t, scope=info.scope_)


@export("contrib.graph_editor.keep_t_if_possible_handler")
def keep_t_if_possible_handler(info: Any, t: Tensor) -> Tensor:
    """A tensor as it is, where the copy is in the same graph; else a placeholder. Stands for
    `tf.contrib.graph_editor.keep_t_if_possible_handler`."""
    return t if info.graph is info.graph_ else replace_t_with_placeholder_handler(info, t)


@export("contrib.graph_editor.assign_renamed_collections_handler")
def assign_renamed_collections_handler(info: Any, elem: Any, elem_: Any) -> None:
    """Adds a copy to the collections that the original is in; those that are not TensorFlow's own
    are renamed as nodes are. Stands for
    `tf.contrib.graph_editor.assign_renamed_collections_handler`."""
    known = util.get_predefined_collection_names()
    for name, collection in info.collections.items():
        if any(elem is x for x in collection):
            info.graph_.add_to_collection(name if name in known else info.new_name(name), elem_)


@export("contrib.graph_editor.transform_op_if_inside_handler")
def transform_op_if_inside_handler(info: Any, op: Operation, keep_if_possible: bool = True) -> Any:
    """The copy of a node, if it is copied; else the node itself, where the copy is in the same
    graph and `keep_if_possible`; else None. Stands for
    `tf.contrib.graph_editor.transform_op_if_inside_handler`."""
    if op in info.sgv.ops:
        return info.transformed_ops[op]
    return op if keep_if_possible and info.graph is info.graph_ else None


@export("contrib.graph_editor.copy_op_handler")
def copy_op_handler(
    info: Any, op: Operation, new_inputs: Any, copy_shape: bool = False, nodedef_fn: Any = None
) -> tuple[Operation, list[Tensor]]:
    """A copy of a node, and its outputs. Stands for `tf.contrib.graph_editor.copy_op_handler`.

    Args:
      info: what is known of the copy.
      op: the node.
      new_inputs: the inputs of the copy.
      copy_shape: whether outputs get the shapes of the original's.
      nodedef_fn: called with the copy's NodeDef; gives the one to use.

    Raises:
      TypeError: `new_inputs` is no list of tensors.
    """
    if isinstance(new_inputs, bool):
        raise TypeError("the `new_inputs` argument must be an iterable.")
    node_def = copying.deepcopy(op.node_def)
    node_def.name = info.graph_.unique_name(info.new_name(op.name))
    if nodedef_fn is not None:
        node_def = nodedef_fn(node_def)
    made = Operation(
        node_def,
        info.graph_,
        new_inputs,
        list(op._output_types),
        [],
        list(op._input_types),
        None,
        op.op_def,
    )
    if copy_shape:
        for t, t_ in zip(op.outputs, made.outputs, strict=True):
            t_.set_shape(t.get_shape())
    if op._original_op:
        made._original_op = op._original_op
    return made, made.outputs


@export("contrib.graph_editor.TransformerInfo")
class TransformerInfo:
    """What became what in a copy. Stands for `tf.contrib.graph_editor.TransformerInfo`.

    Args:
      info: what a Transformer knew of the copy.
    """

    def __init__(self, info: Any) -> None:
        self._graph, self._scope = info.graph, info.scope
        self._graph_, self._scope_ = info.graph_, info.scope_
        self._transformed_ops = info.transformed_ops
        self._transformed_ts = info.transformed_ts

    def _pairs(self, top: Any) -> dict[Any, Any]:
        if isinstance(top, Operation):
            return self._transformed_ops
        if isinstance(top, Tensor):
            return self._transformed_ts
        raise TypeError(f"Expected a tf.Tensor or a tf.Operation, got a {type(top)}")

    def transformed(self, original: Any, missing_fn: Any = None) -> Any:
        """The copies of a node, a tensor or a tree of these.

        Args:
          original: the node, tensor or tree.
          missing_fn: called with what was not copied; default: that gives None.

        Raises:
          TypeError: there is something else.
        """

        def find(top: Any) -> Any:
            pairs = self._pairs(top)
            if top in pairs:
                return pairs[top]
            return None if missing_fn is None else missing_fn(top)

        return util.transform_tree(original, find)

    def original(self, transformed: Any, missing_fn: Any = None) -> Any:
        """The originals of copies; arguments as of `transformed`."""

        def find(top: Any) -> Any:
            for original, made in self._pairs(top).items():
                if made is top:
                    return original
            return None if missing_fn is None else missing_fn(top)

        return util.transform_tree(transformed, find)

    def __str__(self) -> str:
        lines = ["Transform result info:"]
        if self._graph is self._graph_:
            in_place = "" if self._scope_ else " IN-PLACE"
            lines.append(f"  Within graph[{id(self._graph)}]{in_place}")
        else:
            lines.append(f"  graph[{id(self._graph)}] => graph[{id(self._graph_)}]")
        if self._scope:
            lines.append(f"  Relative to source scope: {self._scope}")
        if self._scope_:
            lines.append(f"  Scope destination: {self._scope_}")
        lines.append("Operations mapping:")
        lines += [f"  {op.name} => {op_.name}" for op, op_ in self._transformed_ops.items()]
        return "\n".join(lines) + "\n"


class _Info:
    """What handlers know of a copy while it is made."""

    def __init__(
        self, view: SubGraphView, dst_graph: Graph, dst_scope: str, src_scope: str
    ) -> None:
        self.sgv = view
        self.sgv_inputs_set = frozenset(view.inputs)
        self.ops = frozenset(view.ops)
        self.control_outputs = util.ControlOutputs(view.graph)
        self.graph, self.scope = view.graph, src_scope
        self.graph_, self.scope_ = dst_graph, dst_scope
        self.transformed_ops: dict[Operation, Operation] = {}
        self.transformed_ts: dict[Tensor, Tensor] = {}
        self.collections = {
            key: self.graph.get_collection(key) for key in self.graph.get_all_collection_keys()
        }
        self.stand_ins: list[tuple[Tensor, Tensor, Operation]] = []

    def new_name(self, name: str) -> str:
        """The name of the copy of what is called `name`."""
        if not name.startswith(self.scope):
            raise ValueError(f"{name} does not belong to source scope: {self.scope}.")
        return self.scope_ + name[len(self.scope) :]


@export("contrib.graph_editor.Transformer")
class Transformer:
    """Copies parts of graphs; what it does with nodes and tensors can be changed by assigning to
    its handlers. Stands for `tf.contrib.graph_editor.Transformer`.
    """

    def __init__(self) -> None:
        self.transform_op_handler: Callable[..., Any] = copy_op_handler
        self.transform_control_input_handler: Callable[..., Any] = transform_op_if_inside_handler
        self.assign_collections_handler: Callable[..., Any] = assign_renamed_collections_handler
        self.transform_external_input_handler: Callable[..., Any] = (
            replace_t_with_placeholder_handler
        )
        self.transform_external_hidden_input_handler: Callable[..., Any] = (
            keep_t_if_possible_handler
        )
        self.transform_original_op_handler: Callable[..., Any] = transform_op_if_inside_handler

    def __call__(
        self,
        sgv: Any,
        dst_graph: Graph,
        dst_scope: str,
        src_scope: str = "",
        reuse_dst_scope: bool = False,
    ) -> tuple[SubGraphView, TransformerInfo]:
        """Copies a view.

        Args:
          sgv: the view, or what `make_view` makes one of.
          dst_graph: where the copy goes.
          dst_scope: its name scope.
          src_scope: the scope of the original, which copies are not called after.
          reuse_dst_scope: whether the scope may be there already; else it gets a name of its own.

        Returns:
          A view of the copy, and what became what.

        Raises:
          TypeError: `dst_graph` is no graph.
          ValueError: a node is not in `src_scope`, or a handler gave a node itself as its copy.
        """
        view = subgraph.make_view(sgv)
        if not isinstance(dst_graph, Graph):
            raise TypeError(f"Expected a tf.Graph, got: {type(dst_graph)}")
        dst_scope = util.scope_finalize(dst_scope)
        if dst_scope and not reuse_dst_scope:
            dst_scope = util.scope_finalize(dst_graph.unique_name(dst_scope[:-1]))
        info = _Info(view, dst_graph, dst_scope, util.scope_finalize(src_scope))
        self._copy_ops(info)
        self._close_cycles(info)
        self._connect_controls(info)
        return self._view_of_copy(info), TransformerInfo(info)

    def _copy_ops(self, info: _Info) -> None:
        for op in sorted(info.sgv.ops, key=lambda op: op._id):
            inputs = [self._input(info, t, op) for t in op.inputs]
            made, outputs = self.transform_op_handler(info, op, inputs)
            if made is op:
                raise ValueError("In-place transformation not allowed.")
            info.transformed_ops[op] = made
            self.assign_collections_handler(info, op, made)
            for t, t_ in zip(op.outputs, outputs, strict=False):
                info.transformed_ts[t] = t_
                self.assign_collections_handler(info, t, t_)

    def _input(self, info: _Info, t: Tensor, consumer: Operation) -> Tensor:
        """What the copy of `consumer` takes in the place of a tensor."""
        found: Tensor
        if t in info.transformed_ts:
            return info.transformed_ts[t]
        if t in info.sgv_inputs_set:
            found = self.transform_external_input_handler(info, t)
            return found
        if t.op not in info.ops:
            found = self.transform_external_hidden_input_handler(info, t)
            return found
        # A loop: something stands in until the tensor has its copy.
        if consumer.type == "Merge":
            found = self._input(info, consumer.inputs[0], consumer)
        elif t.op.type == "Enter":
            found = self._input(info, t.op.inputs[0], consumer)
        else:
            with info.graph_.as_default():
                found = util.make_placeholder_from_tensor(t, info.scope_, prefix="geph_tmp")
        info.stand_ins.append((t, found, consumer))
        return found

    def _close_cycles(self, info: _Info) -> None:
        for t, stand_in, consumer in info.stand_ins:
            made = info.transformed_ops[consumer]
            # Of a Merge this is the first input, which was the second before, as in TensorFlow.
            at = next(i for i, old in enumerate(made.inputs) if old is stand_in)
            made._update_input(at, info.transformed_ts[t])

    def _connect_controls(self, info: _Info) -> None:
        for op in info.sgv.ops:
            made = info.transformed_ops[op]
            if op._original_op:
                original = self.transform_original_op_handler(info, op._original_op)
                if original is not None:
                    made._original_op = original
            controls = [self.transform_control_input_handler(info, c) for c in op.control_inputs]
            reroute.add_control_inputs(made, [c for c in controls if c is not None])

    def _view_of_copy(self, info: _Info) -> SubGraphView:
        """The view of the copy, with inputs and outputs in the original's order."""
        view = SubGraphView(list(info.transformed_ops.values()))

        def numbers(ends: Any, own: Any) -> list[int]:
            copies = [info.transformed_ts[t] for t in ends if t in info.transformed_ts]
            return [list(own).index(t) for t in copies if t in list(own)]

        return view.remap(
            numbers(info.sgv.inputs, view.inputs), numbers(info.sgv.outputs, view.outputs)
        )


def _graphs(sgv: Any, dst_graph: Any) -> tuple[SubGraphView, Graph]:
    view = subgraph.make_view(sgv)
    graph = view.graph if dst_graph is None else dst_graph
    if not isinstance(graph, Graph):
        raise TypeError(f"Expected a tf.Graph, got: {type(graph)}")
    return view, graph


@export("contrib.graph_editor.copy")
def copy(
    sgv: Any,
    dst_graph: Graph | None = None,
    dst_scope: str = "",
    src_scope: str = "",
    reuse_dst_scope: bool = False,
) -> tuple[SubGraphView, TransformerInfo]:
    """Copies a view; what goes into it are placeholders in the copy. Stands for
    `tf.contrib.graph_editor.copy`.

    Args:
      sgv: the view, or what `make_view` makes one of.
      dst_graph: where the copy goes; default: the same graph.
      dst_scope, src_scope, reuse_dst_scope: as of a Transformer.

    Returns:
      A view of the copy, and what became what.
    """
    view, graph = _graphs(sgv, dst_graph)
    return Transformer()(view, graph, dst_scope, src_scope, reuse_dst_scope=reuse_dst_scope)


@export("contrib.graph_editor.copy_with_input_replacements")
def copy_with_input_replacements(
    sgv: Any,
    replacement_ts: dict[Tensor, Tensor],
    dst_graph: Graph | None = None,
    dst_scope: str = "",
    src_scope: str = "",
    reuse_dst_scope: bool = False,
) -> tuple[SubGraphView, TransformerInfo]:
    """Copies a view, with other inputs. Stands for
    `tf.contrib.graph_editor.copy_with_input_replacements`.

    Args:
      sgv: the view, or what `make_view` makes one of.
      replacement_ts: what to take in the place of which input; others stay, where they can.
      dst_graph, dst_scope, src_scope, reuse_dst_scope: as of `copy`.

    Returns:
      A view of the copy, and what became what.
    """
    view, graph = _graphs(sgv, dst_graph)
    copier = Transformer()

    def replaced(info: Any, t: Tensor) -> Tensor:
        return replacement_ts[t] if t in replacement_ts else keep_t_if_possible_handler(info, t)

    copier.transform_external_input_handler = replaced
    return copier(view, graph, dst_scope, src_scope, reuse_dst_scope=reuse_dst_scope)


def _with_loops(ops: list[Operation], control_ios: Any) -> list[Operation]:
    """Nodes, and all nodes of the loops that some of them are in."""
    contexts = util.unique(op._control_flow_context for op in ops if op._control_flow_context)
    more = [
        select.get_walks_intersection_ops(
            [t.op for t in context.loop_enters],
            [t.op for t in context.loop_exits],
            control_ios=control_ios,
        )
        for context in contexts
        if context.IsWhileContext()
    ]
    return util.unique(ops, *more)


@export("contrib.graph_editor.graph_replace")
def graph_replace(
    target_ts: Any,
    replacement_ts: dict[Tensor, Tensor],
    dst_scope: str = "",
    src_scope: str = "",
    reuse_dst_scope: bool = False,
) -> Any:
    """Tensors as they would be with other tensors in the place of some that they are computed of;
    what lies between is copied. Stands for `tf.contrib.graph_editor.graph_replace`.

    Args:
      target_ts: a tensor, or a tree of tensors.
      replacement_ts: what to take in the place of which tensor.
      dst_scope, src_scope, reuse_dst_scope: as of `copy`.

    Returns:
      A tree like `target_ts`; what does not depend on a replaced tensor is as it was.

    Raises:
      ValueError: no target depends on any of them.
    """
    flat = util.flatten_tree(target_ts)
    control_ios = util.ControlOutputs(util.get_unique_graph(flat, check_types=Tensor))
    ops = select.get_walks_intersection_ops(list(replacement_ts), flat, control_ios=control_ios)
    if not ops:
        raise ValueError("Targets and replacements are not connected!")
    _, info = copy_with_input_replacements(
        _with_loops(ops, control_ios),
        replacement_ts,
        None,
        dst_scope,
        src_scope,
        reuse_dst_scope,
    )
    return info.transformed(target_ts, lambda t: t)
