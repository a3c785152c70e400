"""The op of beam searches: `tf.contrib.seq2seq.gather_tree`."""

from typing import Any

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor


@export("contrib.seq2seq.gather_tree")
def gather_tree(
    step_ids: Any,
    parent_ids: Any,
    max_sequence_lengths: Any,
    end_token: Any,
    name: str | None = None,
) -> Tensor:
    """Whole paths of a beam search. Stands for `tf.contrib.seq2seq.gather_tree`.

    Args:
      step_ids: [time, batch, beam] int32: what each beam chose at each step.
      parent_ids: [time, batch, beam] int32: the beam that each one came from.
      max_sequence_lengths: [batch] int32.
      end_token: an int32 scalar: fills what comes after the first of it, and after the lengths.
      name: a name for the node.

    Returns:
      [time, batch, beam] int32.

    At run time: InvalidArgumentError if a parent does not exist.
    """
    return apply_op("GatherTree", step_ids, parent_ids, max_sequence_lengths, end_token, name=name)
