"""Parts of a graph detached from the rest, connected to others, bypassed."""

from typing import Any

from evergraph.api.array_ops import placeholder
from evergraph.base.export import export
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.graph_editor import reroute, select, subgraph, util
from evergraph.library.contrib.graph_editor.subgraph import SubGraphView


@export("contrib.graph_editor.detach_control_inputs")
def detach_control_inputs(sgv: Any) -> None:
    """Lets nodes of a view no longer wait for nodes outside. Stands for
    `tf.contrib.graph_editor.detach_control_inputs`."""
    view = subgraph.make_view(sgv)
    for op in view.ops:
        reroute.remove_control_inputs(op, [c for c in op.control_inputs if c not in view.ops])


@export("contrib.graph_editor.detach_control_outputs")
def detach_control_outputs(sgv: Any, control_outputs: Any) -> None:
    """Lets nodes outside no longer wait for nodes of a view. Stands for
    `tf.contrib.graph_editor.detach_control_outputs`.

    Raises:
      TypeError: `control_outputs` is no ControlOutputs.
    """
    if not isinstance(control_outputs, util.ControlOutputs):
        raise TypeError(f"Expected a util.ControlOutputs, got: {type(control_outputs)}")
    control_outputs.update()
    view = subgraph.make_view(sgv)
    for op in view.ops:
        for waiting in control_outputs.get(op):
            if waiting not in view.ops:
                reroute.remove_control_inputs(waiting, op)


@export("contrib.graph_editor.detach_inputs")
def detach_inputs(sgv: Any, control_inputs: bool = False) -> tuple[SubGraphView, list[Tensor]]:
    """Puts placeholders in the place of a view's inputs. Stands for
    `tf.contrib.graph_editor.detach_inputs`.

    Args:
      sgv: a view, or what `make_view` makes one of. It is changed.
      control_inputs: whether its nodes no longer wait for nodes outside, too.

    Returns:
      The view and the placeholders.
    """
    view = subgraph.make_view(sgv)
    with view.graph.as_default():
        stand_ins = [placeholder(t.dtype, name=util.placeholder_name(t)) for t in view.inputs]
    reroute.swap_inputs(view, stand_ins)
    if control_inputs:
        detach_control_inputs(view)
    return view, stand_ins


@export("contrib.graph_editor.detach_outputs")
def detach_outputs(sgv: Any, control_outputs: Any = None) -> tuple[SubGraphView, list[Tensor]]:
    """Lets nodes outside take placeholders in the place of a view's outputs. Stands for
    `tf.contrib.graph_editor.detach_outputs`.

    Args:
      sgv: a view, or what `make_view` makes one of.
      control_outputs: a ControlOutputs: nodes outside no longer wait for those of the view, too.

    Returns:
      A view without the outputs that nobody takes, and the placeholders.
    """
    view = subgraph.make_view(sgv)
    view = view.remap_outputs([i for i, t in enumerate(view.outputs) if t.consumers()])
    users = subgraph.SubGraphView(view.consumers())
    users = users.remap_inputs([i for i, t in enumerate(users.inputs) if t in list(view.outputs)])
    with view.graph.as_default():
        stand_ins = [util.make_placeholder_from_tensor(t) for t in users.inputs]
    reroute.swap_outputs(view, stand_ins)
    if control_outputs is not None:
        detach_control_outputs(view, control_outputs)
    return view, stand_ins


@export("contrib.graph_editor.detach")
def detach(
    sgv: Any, control_inputs: bool = False, control_outputs: Any = None, control_ios: Any = None
) -> tuple[Any, list[Tensor], list[Tensor]]:
    """Detaches inputs and outputs; see `detach_inputs`, `detach_outputs` and `check_cios`. Stands
    for `tf.contrib.graph_editor.detach`.

    Returns:
      `sgv`, and the placeholders of its inputs and of its outputs.
    """
    control_inputs, control_outputs = select.check_cios(
        control_inputs, control_outputs, control_ios
    )
    _, before = detach_inputs(sgv, control_inputs)
    _, behind = detach_outputs(sgv, control_outputs)
    return sgv, before, behind


@export("contrib.graph_editor.connect")
def connect(
    sgv0: Any, sgv1: Any, disconnect_first: bool = False
) -> tuple[SubGraphView, SubGraphView]:
    """Lets the outputs of one view be the inputs of another. Stands for
    `tf.contrib.graph_editor.connect`.

    Args:
      sgv0, sgv1: views, or what `make_view` makes one of. The second is changed.
      disconnect_first: whether nobody else takes the outputs of the first any more.

    Raises:
      ValueError: they are of several graphs, or do not fit.
    """
    first, second = subgraph.make_view(sgv0), subgraph.make_view(sgv1)
    util.check_graphs(first, second)
    if disconnect_first:
        detach_outputs(first)
    reroute.reroute_inputs(subgraph.SubGraphView(passthrough_ts=first.outputs), second)
    return first, second


@export("contrib.graph_editor.bypass")
def bypass(sgv: Any) -> tuple[SubGraphView, list[Tensor]]:
    """Lets those who take a view's outputs take its inputs instead. Stands for
    `tf.contrib.graph_editor.bypass`.

    Returns:
      The view, which is detached, and the placeholders of its inputs.

    Raises:
      ValueError: there are not as many inputs as outputs, or they do not fit.
    """
    view = subgraph.make_view(sgv)
    inputs = list(view.inputs)
    view, stand_ins = detach_inputs(view)
    reroute.reroute_ts(inputs, view.outputs)
    return view, stand_ins
