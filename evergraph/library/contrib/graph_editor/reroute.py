"""Nodes given other inputs: whoever takes one tensor takes another, or the two are swapped."""

from collections.abc import Callable
from typing import Any

from evergraph.base.export import export
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.graph_editor import subgraph, util
from evergraph.library.contrib.graph_editor.subgraph import SubGraphView

Views = tuple[SubGraphView, SubGraphView]


def _pairs(ts0: Any, ts1: Any) -> list[tuple[Tensor, Tensor]]:
    """The tensors two by two.

    Raises:
      ValueError: there are not as many, or types or shapes do not fit.
    """
    first, second = util.make_list_of_t(ts0), util.make_list_of_t(ts1)
    if len(first) != len(second):
        raise ValueError(f"ts0 and ts1 have different sizes: {len(first)} != {len(second)}")
    found = list(zip(first, second, strict=True))
    for a, b in found:
        if not a.dtype.is_compatible_with(b.dtype):
            raise ValueError(f"Dtypes {a.dtype} and {b.dtype} are not compatible.")
        if not a.get_shape().is_compatible_with(b.get_shape()):
            raise ValueError(f"Shapes {a.get_shape()} and {b.get_shape()} are not compatible.")
    return found


def _rewire(
    ts0: Any, ts1: Any, both: bool, can_modify: Any = None, cannot_modify: Any = None
) -> int:
    """Lets consumers of `ts1` take `ts0`, and the reverse if `both`. Returns how many inputs have
    changed."""
    allowed = None if can_modify is None else set(util.make_list_of_op(can_modify))
    fixed = set() if cannot_modify is None else set(util.make_list_of_op(cannot_modify))
    consumers = [(a, b, a.consumers(), b.consumers()) for a, b in _pairs(ts0, ts1)]
    count = 0
    for a, b, of_a, of_b in consumers:
        # One after the other: a node that takes both tensors takes one of them twice then, as in
        # TensorFlow.
        for new, old, users in ((a, b, of_b), (b, a, of_a)) if both else ((a, b, of_b),):
            for op in util.unique(users) if new is not old else ():
                if op in fixed or (allowed is not None and op not in allowed):
                    continue
                places = [i for i, t in enumerate(op.inputs) if t is old]
                for i in places:
                    op._update_input(i, new)
                count += len(places)
    return count


@export("contrib.graph_editor.swap_ts")
def swap_ts(ts0: Any, ts1: Any, can_modify: Any = None, cannot_modify: Any = None) -> int:
    """Lets nodes that take a tensor of one list take that of the other, both ways. Stands for
    `tf.contrib.graph_editor.swap_ts`.

    Args:
      ts0, ts1: lists of tensors of the same types and shapes.
      can_modify: the nodes that may be changed; default: all.
      cannot_modify: nodes that are left as they are.

    Returns:
      How many inputs have changed.

    Raises:
      ValueError: there are not as many tensors, or types or shapes do not fit.
      TypeError: an argument is something else.
    """
    return _rewire(ts0, ts1, True, can_modify, cannot_modify)


@export("contrib.graph_editor.reroute_ts")
def reroute_ts(ts0: Any, ts1: Any, can_modify: Any = None, cannot_modify: Any = None) -> int:
    """Lets nodes that take a tensor of `ts1` take that of `ts0`; see `swap_ts`. Stands for
    `tf.contrib.graph_editor.reroute_ts`."""
    return _rewire(ts0, ts1, False, can_modify, cannot_modify)


def _views(sgv0: Any, sgv1: Any) -> Views:
    found = subgraph.make_view(sgv0), subgraph.make_view(sgv1)
    util.check_graphs(*found)
    return found


def _moved(source: SubGraphView, target: SubGraphView) -> SubGraphView:
    """What `target` is a view of when it has the inputs of `source`: what passed through `source`
    passes through its inputs now."""
    outputs = [
        target._input_ts[source._input_ts.index(t)] if t in source._passthrough_ts else t
        for t in target._output_ts
    ]
    return target._with(
        _input_ts=list(source._input_ts),
        _passthrough_ts=list(source._passthrough_ts),
        _output_ts=outputs,
    )


def _rewire_inputs(sgv0: Any, sgv1: Any, both: bool) -> Views:
    a, b = _views(sgv0, sgv1)
    through = [*util.get_consuming_ops(a.passthroughs), *util.get_consuming_ops(b.passthroughs)]
    _rewire(a.inputs, b.inputs, both, can_modify=[*a.ops, *b.ops, *through])
    new_b = _moved(a, b)
    if both:
        new_a = _moved(b, a)
        a._assign_from(new_a)
    b._assign_from(new_b)
    return a, b


def _rewire_outputs(sgv0: Any, sgv1: Any, both: bool) -> Views:
    a, b = _views(sgv0, sgv1)
    _rewire(a.outputs, b.outputs, both, cannot_modify=[*a.ops, *b.ops])
    return a, b


def _rewire_all(sgv0: Any, sgv1: Any, both: bool) -> Views:
    a, b = _rewire_outputs(sgv0, sgv1, both)
    return _rewire_inputs(a, b, both)


def _of_views(
    name: str, what: str, rewire: Callable[[Any, Any, bool], Views], both: bool
) -> Callable[[Any, Any], Views]:
    def run(sgv0: Any, sgv1: Any) -> Views:
        return rewire(sgv0, sgv1, both)

    run.__name__ = run.__qualname__ = name
    run.__module__ = __name__
    ways = "Swaps" if both else "Gives to the second view, in the place of its own,"
    run.__doc__ = f"""{ways} the {what} of two views, which are changed accordingly.

    Stands for `tf.contrib.graph_editor.{name}`.

    Args:
      sgv0, sgv1: views, or what `make_view` makes one of.

    Returns:
      Both views.

    Raises:
      ValueError: they are of several graphs, or have other numbers, types or shapes.
    """
    return export(f"contrib.graph_editor.{name}")(run)


swap_inputs = _of_views("swap_inputs", "inputs", _rewire_inputs, True)
reroute_inputs = _of_views("reroute_inputs", "inputs", _rewire_inputs, False)
swap_outputs = _of_views("swap_outputs", "outputs", _rewire_outputs, True)
reroute_outputs = _of_views("reroute_outputs", "outputs", _rewire_outputs, False)
swap_ios = _of_views("swap_ios", "inputs and outputs", _rewire_all, True)
reroute_ios = _of_views("reroute_ios", "inputs and outputs", _rewire_all, False)


def _node(op: Any, cops: Any) -> list[Operation]:
    if not isinstance(op, Operation):
        raise TypeError(f"Expected a tf.Operation, got: {type(op)}")
    return util.make_list_of_op(cops, allow_graph=False)


@export("contrib.graph_editor.remove_control_inputs")
def remove_control_inputs(op: Operation, cops: Any) -> None:
    """Lets a node no longer wait for others. Stands for
    `tf.contrib.graph_editor.remove_control_inputs`.

    Raises:
      TypeError: `op` is no node.
      ValueError: it does not wait for one of them.
    """
    removed = _node(op, cops)
    for other in removed:
        if other not in op.control_inputs:
            raise ValueError(f"{op.name} is not a control_input of {other.name}")
    left = [other for other in op.control_inputs if other not in removed]
    op._remove_all_control_inputs()
    op._add_control_inputs(left)


@export("contrib.graph_editor.add_control_inputs")
def add_control_inputs(op: Operation, cops: Any) -> None:
    """Lets a node wait for others. Stands for `tf.contrib.graph_editor.add_control_inputs`.

    Raises:
      TypeError: `op` is no node.
      ValueError: it waits for one of them already.
    """
    added = _node(op, cops)
    for other in added:
        if other in op.control_inputs:
            raise ValueError(f"{other.name} is already a control_input of {op.name}")
    op._add_control_inputs(added)
