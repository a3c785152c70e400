"""Signals cut into frames that overlap."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.signal import util_ops


@export("signal.frame", "contrib.signal.frame")
def frame(
    signal: Any,
    frame_length: Any,
    frame_step: Any,
    pad_end: bool = False,
    pad_value: Any = 0,
    axis: Any = -1,
    name: str | None = None,
) -> Tensor:
    """An axis as frames that begin `frame_step` apart: [..., samples, ...] becomes
    [..., frames, frame_length, ...]. Stands for `tf.signal.frame`.

    Args:
      signal: a tensor of rank 1 or more.
      frame_length, frame_step: int scalars.
      pad_end: whether frames begin up to the end, filled up; else only whole frames are taken.
      pad_value: what they are filled up with.
      axis: an int scalar.
      name: the nodes' scope.

    Raises:
      ValueError: a number is no scalar.
    """
    with name_scope(name, "frame", [signal, frame_length, frame_step, pad_value]):
        signal = convert_to_tensor(signal, name="signal")
        length = convert_to_tensor(frame_length, name="frame_length")
        hop = convert_to_tensor(frame_step, name="frame_step")
        axis = convert_to_tensor(axis, name="axis")
        signal.shape.with_rank_at_least(1)
        for number in (length, hop, axis):
            number.shape.assert_has_rank(0)
        static = _static_shape(signal, length, hop, pad_end, axis)

        rank = array_ops.rank(signal)
        axis = math_ops.range(rank)[axis]
        shape = array_ops.shape(signal)
        outer, samples, inner = array_ops.split(shape, [axis, 1, rank - 1 - axis])
        samples = array_ops.reshape(samples, [])
        ranks = array_ops.size(outer), array_ops.size(inner)
        if pad_end:
            pad_value = convert_to_tensor(pad_value, signal.dtype)
            pad_value.shape.assert_has_rank(0)
            count = -(-samples // hop)
            signal = _filled_up(signal, ranks, length + hop * (count - 1) - samples, pad_value)
            shape = array_ops.shape(signal)
            samples = shape[axis]
        else:
            count = math_ops.maximum(0, 1 + (samples - length) // hop)

        # Frames and hops are made of whole pieces of this length, which are gathered.
        piece = util_ops.gcd(length, hop)
        in_frame, in_hop = length // piece, hop // piece
        pieces = samples // piece
        cut_shape = array_ops.concat([outer, [pieces * piece], inner], 0)
        pieces_shape = array_ops.concat([outer, [pieces, piece], inner], 0)
        cut = array_ops.strided_slice(signal, array_ops.zeros_like(shape), cut_shape)
        parts = array_ops.reshape(cut, pieces_shape)
        starts = array_ops.reshape(math_ops.range(count) * in_hop, [count, 1])
        places = starts + array_ops.reshape(math_ops.range(in_frame), [1, in_frame])
        gathered = array_ops.gather(parts, places, axis=axis)
        frames_shape = array_ops.concat([outer, [count, length], inner], 0)
        frames = array_ops.reshape(gathered, frames_shape)
        if static:
            frames.set_shape(static)
        return frames


def _filled_up(signal: Tensor, ranks: tuple[Any, Any], missing: Any, value: Any) -> Tensor:
    """The signal with a value at the end of the axis that has `ranks` axes before and behind."""
    missing = math_ops.maximum(0, missing)
    before = array_ops.zeros([ranks[0], 2], dtype=missing.dtype)
    end = [[0, missing]]
    behind = array_ops.zeros([ranks[1], 2], dtype=missing.dtype)
    paddings = array_ops.concat([before, end, behind], 0)
    return array_ops.pad(signal, paddings, constant_values=value)


def _static_shape(signal: Tensor, length: Any, hop: Any, pad_end: bool, axis: Any) -> Any:
    """What is known of the result's shape while building; None for nothing."""
    length, hop, axis = constant_value(length), constant_value(hop), constant_value(axis)
    if signal.shape.ndims is None:
        return None
    if axis is None:
        return [None] * (signal.shape.ndims + 1)
    dims = signal.shape.as_list()
    samples = dims[axis]
    count = None
    if samples is not None and hop is not None:
        if pad_end:
            count = max(0, -(-samples // hop))
        elif length is not None:
            count = max(0, (samples - length + hop) // hop)
    return dims[:axis] + [count, length] + dims[axis:][1:]


# The name of TensorFlow 1.3.
frames = frame
