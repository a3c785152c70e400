"""What shape rules of convolutions and pooling share: sizes of windows that move over axes."""

from collections.abc import Sequence
from typing import Any

from evergraph.graph.registry import ShapeError
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dim


def moved(
    size: Dim, extent: Dim, stride: int, dilation: int = 1, padding: tuple[int, int] | None = None
) -> Dim:
    """How many places a window takes along an axis; `padding` is None for SAME."""
    if stride <= 0:
        raise ShapeError(f"Stride must be > 0, but got {stride}")
    if dilation < 1:
        raise ShapeError(f"Dilation rate must be >= 1, but got {dilation}")
    if padding is not None:
        window = shape_rules.multiply_dim(shape_rules.subtract_dim(extent, 1), dilation)
        window = shape_rules.add_dim(window, 1)
        size = shape_rules.subtract_dim(shape_rules.add_dim(size, sum(padding)), window)
        return shape_rules.divide_dim(shape_rules.add_dim(size, stride), stride, evenly=False)
    return shape_rules.divide_dim(shape_rules.add_dim(size, stride - 1), stride, evenly=False)


def places(
    sizes: Sequence[Dim],
    extents: Sequence[Dim],
    strides: Sequence[int],
    padding: str,
    dilations: Sequence[int] | None = None,
) -> list[Dim]:
    """`moved` along several axes, with padding SAME or VALID."""
    pads = None if padding == "SAME" else (0, 0)
    dilations = dilations or [1] * len(sizes)
    axes: Any = zip(sizes, extents, strides, dilations, strict=True)
    return [moved(*axis, pads) for axis in axes]


def spatial(values: Any, first: bool) -> Any:
    """Of a value for each axis those of the spatial axes; `first` if channels come first."""
    return values[2:] if first else values[1:-1]


def laid_out(batch: Dim, space: Sequence[Dim], depth: Dim, first: bool) -> tuple[Dim, ...]:
    """The dims of a tensor with these parts."""
    return (batch, depth, *space) if first else (batch, *space, depth)


def check_depth(depth: Dim, filter_depth: Dim, out: Dim) -> None:
    """Channels may be split into groups."""
    if depth is None or filter_depth is None:
        return
    if depth % filter_depth:
        raise ShapeError(
            f"Depth of input ({depth}) is not a multiple of input depth of filter ({filter_depth})"
        )
    groups = depth // filter_depth
    if out is not None and out % groups:
        raise ShapeError(
            f"Depth of output ({out}) is not a multiple of the number of groups ({groups})"
        )
