"""The paths of a beam search, from its steps and their parents: GatherTree."""

from typing import Any

import numpy as np
import torch

from evergraph.graph.registry import op
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

gather_tree_op = op(
    "GatherTree(step_ids: T, parent_ids: T, max_sequence_lengths: int32, end_token: T) -> beams: T",
    "T: int32",
)


@gather_tree_op.shape
def gather_tree_shape(node: Any) -> Dims:
    step_ids = shape_rules.with_rank(node.inputs[0].dims, 3)
    parent_ids = shape_rules.with_rank(node.inputs[1].dims, 3)
    lengths = shape_rules.with_rank(node.inputs[2].dims, 1)
    shape_rules.with_rank(node.inputs[3].dims, 0)
    dims = shape_rules.merge(step_ids, parent_ids)
    assert dims is not None
    batch = shape_rules.merge_dim(dims[1], lengths[0])
    return dims[0], batch, dims[2]


def _check(step_ids: Any, parent_ids: Any, lengths: Any, end_token: Any) -> None:
    """What the shape rule could not know."""
    steps, parents = text(step_ids.shape), text(parent_ids.shape)
    if step_ids.ndim != 3:
        raise invalid(f"step_ids must be a 3-tensor, saw shape: {steps}")
    if lengths.ndim != 1:
        raise invalid(f"max_sequence_lengths must be a vector, saw shape: {text(lengths.shape)}")
    if end_token.ndim != 0:
        raise invalid(f"end_token must be a scalar, saw shape: {text(end_token.shape)}")
    if step_ids.shape != parent_ids.shape:
        raise invalid(
            f"step_ids.shape must match parent_ids.shape.  but shapes are: {steps} and {parents}"
        )
    if step_ids.shape[1] != lengths.shape[0]:
        raise invalid(
            "batch size dimensions step_ids.shape[1] and max_sequence_lengths.shape[0] must match. "
            f" but shapes are: {steps} and {text(lengths.shape)}"
        )


@gather_tree_op.kernel
def gather_tree(
    step_ids: torch.Tensor,
    parent_ids: torch.Tensor,
    max_sequence_lengths: torch.Tensor,
    end_token: torch.Tensor,
) -> torch.Tensor:
    """Walks from the last step of each sequence to its first, all beams at once."""
    _check(step_ids, parent_ids, max_sequence_lengths, end_token)
    steps, parents = step_ids.cpu().numpy(), parent_ids.cpu().numpy()
    end = int(end_token)
    max_time, batch, width = steps.shape
    beams = np.full_like(steps, end)
    lengths = np.minimum(max_sequence_lengths.cpu().numpy(), max_time)
    beam = np.zeros([batch, width], np.int64)
    own = np.broadcast_to(np.arange(width), [batch, width])
    rows = np.arange(batch)[:, None]
    for time in range(int(lengths.max(initial=0)) - 1, -1, -1):
        last, inside = lengths == time + 1, lengths > time
        beam = np.where(last[:, None], own, beam)
        bad = inside[:, None] & ((beam < 0) | (beam >= width))
        if bad.any():
            at, i = np.argwhere(bad)[0]
            raise invalid(
                f"Saw invalid parent id {beam[at, i]} at (batch, time, beam) == ({at}, {time}, {i})"
            )
        # Sequences that are shorter have no beam yet.
        beam = np.where(inside[:, None], beam, 0)
        beams[time] = np.where(inside[:, None], steps[time][rows, beam], end)
        beam = parents[time][rows, beam].astype(np.int64)
    # Nothing comes after the end.
    ended = np.cumsum(beams == end, axis=0) > 0
    return torch.from_numpy(np.where(ended, np.int32(end), beams)).to(step_ids.device)
