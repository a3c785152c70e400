"""tf.contrib.resampler."""

from typing import Any

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("contrib.resampler.resampler")
def resampler(data: Any, warp: Any, name: str = "resampler") -> Tensor:
    """Images read at points, with bilinear interpolation; 0 outside. Stands for
    `tf.contrib.resampler.resampler`.

    Args:
      data: [batch, height, width, channels] floats.
      warp: [batch, ..., 2], the points (x, y) in pixels.
      name: a name scope for the nodes.

    Returns:
      [batch, ..., channels].

    Raises:
      UnimplementedError: when run, for other ranks of `data`, or points of other than two
        coordinates.
      InvalidArgumentError: when run, the batches differ.
    """
    with name_scope(name, "resampler", [data, warp]):
        images = convert_to_tensor(data, name="data")
        points = convert_to_tensor(warp, name="warp")
        return apply_op("Resampler", images, points)
