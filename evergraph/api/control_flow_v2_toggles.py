"""The switch between conds and loops of Switch and Merge and those of functional ops."""

from evergraph.api import control_flow_util, control_flow_util_v2
from evergraph.base.export import export
from evergraph.graph.graph import get_default_graph


@export("enable_control_flow_v2")
def enable_control_flow_v2() -> None:
    """Makes conds and loops functional ops (`If`, `While`) from now on. Stands for
    `tf.enable_control_flow_v2`."""
    control_flow_util.ENABLE_CONTROL_FLOW_V2 = True


@export("disable_control_flow_v2")
def disable_control_flow_v2() -> None:
    """Makes conds and loops of Switch and Merge from now on, which is the default. Stands for
    `tf.disable_control_flow_v2`."""
    control_flow_util.ENABLE_CONTROL_FLOW_V2 = False


@export("control_flow_v2_enabled")
def control_flow_v2_enabled() -> bool:
    """Whether conds and loops become functional ops. Stands for `tf.control_flow_v2_enabled`."""
    return control_flow_util.EnableControlFlowV2(get_default_graph())


@export("experimental.output_all_intermediates")
def output_all_intermediates(state: bool | None) -> None:
    """Whether functional conds and loops give out what gradients might ask for, when they are
    built and not when gradients are. Stands for `tf.experimental.output_all_intermediates`.

    Args:
      state: True or False; None is the default, False.
    """
    control_flow_util_v2._EXPERIMENTAL_OUTPUT_ALL_INTERMEDIATES_OVERRIDE = state
