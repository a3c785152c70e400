"""Checkpoints as drawings."""

from typing import Any

from evergraph.base.export import export
from evergraph.base.trackable import VARIABLE_VALUE_KEY
from evergraph.formats.checkpoint_reader import CheckpointReader
from evergraph.library.train.tracking.util import object_metadata


@export("contrib.checkpoint.dot_graph_from_checkpoint")
def dot_graph_from_checkpoint(save_path: str) -> str:
    """What belongs to what in a checkpoint, in the language of Graphviz. Stands for
    `tf.contrib.checkpoint.dot_graph_from_checkpoint`.

    Variables are blue, slots of optimizers orange, optimizers red, everything else black.

    Args:
      save_path: the path of a checkpoint that `tf.train.Checkpoint` wrote.

    Raises:
      ValueError: it is no such checkpoint.
    """
    reader = CheckpointReader(save_path)
    nodes = object_metadata(save_path).nodes
    slots = {slot.slot_variable_node_id for node in nodes for slot in node.slot_variables}
    lines = ["digraph {"]
    for number, node in enumerate(nodes):
        lines.append(f"N_{number} [{_attributes(node, number in slots, reader)}]")
        for child in node.children:
            lines.append(f"N_{number} -> N_{child.node_id} {_label(child.local_name)}]")
        for slot in node.slot_variables:
            target = f"-> N_{slot.slot_variable_node_id}"
            lines.append(f"N_{number} {target} {_label(slot.slot_name)} style=dotted]")
            lines.append(f"N_{slot.original_variable_node_id} {target} [style=dotted]")
    return "\n".join([*lines, "}", ""])


def _attributes(node: Any, is_slot: bool, reader: CheckpointReader) -> str:
    if len(node.attributes) == 1 and node.attributes[0].name == VARIABLE_VALUE_KEY:
        attribute = node.attributes[0]
        key = attribute.checkpoint_key
        shape = reader.get_variable_to_shape_map()[key]
        dtype = reader.get_variable_to_dtype_map()[key].name
        color, kind = ("orange", "Slot variable") if is_slot else ("blue", "Variable")
        tooltip = f"{kind} {_quoted(attribute.full_name)} shape={shape} {dtype}"
        return f'shape=point label="" color={color} width=.25 tooltip="{tooltip}"'
    if node.slot_variables:
        return 'shape=point label="" width=.25 color=red,tooltip="Optimizer"'
    return 'shape=point label="" width=.25'


def _label(name: str) -> str:
    return f'[label="{_quoted(name)}"'


def _quoted(text: str) -> str:
    return text.replace('"', '\\"')
