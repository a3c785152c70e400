"""Signals put together again from frames that overlap."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor


@export("signal.overlap_and_add", "contrib.signal.overlap_and_add")
def overlap_and_add(signal: Any, frame_step: Any, name: str | None = None) -> Tensor:
    """The sum of frames that begin `frame_step` apart: [..., frames, frame_length] becomes
    [..., frame_length + frame_step * (frames - 1)]. Stands for `tf.signal.overlap_and_add`.

    Args:
      signal: a tensor of rank 2 or more.
      frame_step: an int scalar, at most `frame_length`.
      name: the nodes' scope.

    Raises:
      ValueError: the rank is below 2, or the step is no int scalar.
    """
    with name_scope(name, "overlap_and_add", [signal, frame_step]):
        signal = convert_to_tensor(signal, name="signal")
        signal.shape.with_rank_at_least(2)
        step = convert_to_tensor(frame_step, name="frame_step")
        step.shape.assert_has_rank(0)
        if not step.dtype.is_integer:
            raise ValueError(f"frame_step must be an integer. Got {step.dtype}")
        shape = array_ops.shape(signal)
        outer = shape[:-2]
        outer_rank = array_ops.size(outer)

        def whole(*inner: Any) -> Tensor:
            return array_ops.concat([outer, list(inner)], 0)

        length = shape[-1]
        frames = shape[-2]
        samples = length + step * (frames - 1)
        known, dims = constant_value(step), signal.shape.dims
        if known is not None and dims is not None and known == dims[-1].value:
            # Nothing overlaps.
            return array_ops.reshape(signal, whole(samples), name="fast_path")

        # Each frame in segments of one step; with rows of zeros below, the segments that overlap
        # come to stand above one another when the rows are cut one segment too short.
        segments = -(-length // step)
        ends = [[0, segments], [0, segments * step - length]]
        nothing = array_ops.zeros([outer_rank, 2], dtypes.int32)
        signal = array_ops.pad(signal, array_ops.concat([nothing, ends], 0))
        signal = array_ops.reshape(signal, whole(frames + segments, segments, step))
        order = array_ops.concat([math_ops.range(outer_rank), outer_rank + [1, 0, 2]], 0)
        signal = array_ops.transpose(signal, order)
        signal = array_ops.reshape(signal, whole((frames + segments) * segments, step))
        signal = signal[..., : (frames + segments - 1) * segments, :]
        signal = array_ops.reshape(signal, whole(segments, frames + segments - 1, step))
        signal = math_ops.reduce_sum(signal, -3)
        signal = array_ops.reshape(signal, whole((frames + segments - 1) * step))
        return signal[..., :samples]
