"""Pooling over windows of images and volumes with torch, in TensorFlow's layouts and paddings.

Of equal largest values in a window of images the first (rows before columns) counts. Averages are
of what lies within the image.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F

from evergraph.kernels.host import invalid
from evergraph.kernels.windows import Window, unimplemented

aten = torch.ops.aten
_MAX = {2: aten.max_pool2d_with_indices, 3: aten.max_pool3d_with_indices}
_MAX_BACK = {
    2: aten.max_pool2d_with_indices_backward,
    3: aten.max_pool3d_with_indices_backward,
}
_MEAN = {2: F.avg_pool2d, 3: F.avg_pool3d}
_MEAN_BACK = {2: aten.avg_pool2d_backward, 3: aten.avg_pool3d_backward}
_HALVES = (torch.float16, torch.bfloat16)
_EQUAL = 1e-5  # how near to the largest value of a volume is equal to it


@dataclass(frozen=True)
class Pool(Window):
    """A window of `sizes`, which has a value for each axis."""

    sizes: Sequence[int] = ()

    def check(self) -> None:
        """Raises for windows over the batch, and over channels together with space."""
        if self.sizes[0] != 1 or self.strides[0] != 1:
            raise unimplemented("Pooling is not yet supported on the batch dimension.")
        channels = 1 if self.first else -1
        if len(self.sizes) == 5 and (self.depth != 1 or self.strides[channels] != 1):
            raise unimplemented("Pooling is not yet supported on the depth dimension.")
        if self.depth != 1 and any(size != 1 for size in self.spatial(self.sizes)):
            raise unimplemented(
                "MaxPooling supports exactly one of pooling across depth or pooling across "
                "width/height."
            )

    def check_depth(self, channels: int) -> None:
        """Raises where windows do not share out so many channels."""
        if channels % self.depth:
            raise unimplemented(
                "Depthwise max pooling requires the depth window to evenly divide the input depth"
            )
        if self.strides[1 if self.first else -1] != self.depth:
            raise unimplemented(
                "Depthwise max pooling requires the depth window to equal the depth stride"
            )

    @property
    def depth(self) -> int:
        """How many channels a window takes."""
        return self.sizes[1 if self.first else -1]

    def arguments(self, sizes: Sequence[int]) -> tuple[list[Any], list[int]]:
        """Windows, strides and padding as torch takes them, and how many of the places that torch
        then finds are to be left out at the front of each axis.

        torch pads both sides alike. Where TensorFlow has one more at the end, rounding the number
        of places up does it, but with strides of 1: there a place at the front is too many.
        """
        windows, strides = self.spatial(self.sizes), self.spatial(self.strides)
        pads = self.paddings(sizes, windows)
        skipped = [
            int(after != before and stride == 1)
            for (before, after), stride in zip(pads, strides, strict=True)
        ]
        padding = [before + skip for (before, _), skip in zip(pads, skipped, strict=True)]
        return [windows, strides, padding], skipped

    def places(self, sizes: Sequence[int]) -> list[int]:
        """How many places there are along each spatial axis."""
        windows = self.spatial(self.sizes)
        return self.counts(sizes, windows, self.paddings(sizes, windows))

    @property
    def up(self) -> bool:
        """Whether the number of places is rounded up."""
        return self.padding == "SAME"


def _cropped(y: torch.Tensor, skipped: list[int]) -> torch.Tensor:
    for axis, skip in enumerate(skipped, 2):
        if skip:
            y = y.narrow(axis, 1, y.shape[axis] - 1)
    return y


def _uncropped(grad: torch.Tensor, skipped: list[int]) -> torch.Tensor:
    """A gradient with 0 for the places that `_cropped` left out."""
    if not any(skipped):
        return grad
    return F.pad(grad, [side for skip in reversed(skipped) for side in (skip, 0)])


def _largest(x: torch.Tensor, pool: Pool) -> tuple[torch.Tensor, torch.Tensor, list[int]]:
    """Largest values, where they stand in space, and the places to leave out; channels first."""
    (windows, strides, padding), skipped = pool.arguments(x.shape[2:])
    return *_MAX[pool.rank](x, windows, strides, padding, [1] * pool.rank, pool.up), skipped


def _depth_max(x: torch.Tensor, pool: Pool) -> torch.Tensor:
    """The largest of each `depth` channels."""
    channels = x.shape[-1]
    pool.check_depth(channels)
    return x.unflatten(-1, (channels // pool.depth, pool.depth)).amax(-1)


def max_pool(x: torch.Tensor, pool: Pool) -> torch.Tensor:
    """The largest value in each window."""
    return _max_pool(x, pool)[0]


def _max_pool(x: torch.Tensor, pool: Pool) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The largest values, and where they stand if that was found out."""
    pool.check()
    if pool.depth != 1:
        return _depth_max(x, pool), None
    x = pool.channels_first(x)
    places = pool.places(x.shape[2:])
    if not math.prod(places) or not x.numel():
        return pool.back(x.new_empty(*x.shape[:2], *places)), None
    values, indices, skipped = _largest(x, pool)
    return pool.back(_cropped(values, skipped)), indices


@dataclass(frozen=True, eq=False)
class Largest:
    """The kernel `max_pool` with its windows, which passes look at. With `keeps` its results are
    the largest values, and where they stand for `LargestGradient`."""

    pool: Pool
    keeps: bool = False

    @property
    def __name__(self) -> str:
        return "max_pool"

    def __call__(self, x: torch.Tensor) -> Any:
        found = _max_pool(x, self.pool)
        return found if self.keeps else found[0]


def _check_shapes(x: torch.Tensor, y: torch.Tensor, grad: torch.Tensor, pool: Pool) -> None:
    """Raises where gradients do not fit the window's places."""
    space = pool.spatial(x.shape)
    batch, depth = x.shape[0], x.shape[1 if pool.first else -1]
    places = pool.places(space)
    wanted = [batch, depth, *places] if pool.first else [batch, *places, depth]
    for name, tensor in (("orig_output", y), ("grad", grad)):
        if list(tensor.shape) != wanted:
            raise invalid(
                f"Expected {name} shape to be {wanted}, but got {list(tensor.shape)}".replace(
                    ", ", ","
                )
            )


def max_pool_gradient(
    x: torch.Tensor,
    y: torch.Tensor,
    grad: torch.Tensor,
    pool: Pool,
    indices: torch.Tensor | None = None,
    positive: bool = False,
) -> torch.Tensor:
    """The gradient of `max_pool` with respect to `x`.

    Args:
      indices: where the largest values stand, if that is known.
      positive: let through what is of positive values alone.
    """
    _check_depth_gradient(pool)
    _check_shapes(x, y, grad, pool)
    if positive:
        grad = aten.leaky_relu_backward(grad, y, 0.0, False)
    x, grad = pool.channels_first(x), pool.channels_first(grad)
    if not grad.numel():
        return pool.back(torch.zeros_like(x))
    if pool.rank == 3:
        return pool.back(_shared_gradient(x, pool.channels_first(y), grad, pool))
    (windows, strides, padding), skipped = pool.arguments(x.shape[2:])
    if indices is None:
        indices = _largest(x, pool)[1]
    grad = _uncropped(grad, skipped)
    if not x.is_floating_point():
        found = x.new_zeros(*x.shape[:2], math.prod(x.shape[2:]))
        found.scatter_add_(2, indices.flatten(2), grad.flatten(2))
        return pool.back(found.view(x.shape))
    rest = (windows, strides, padding, [1] * pool.rank, pool.up)
    return pool.back(_MAX_BACK[pool.rank](grad, x, *rest, indices))


@dataclass(frozen=True, eq=False)
class LargestGradient:
    """The kernel `max_pool_gradient` with its windows, which passes look at."""

    pool: Pool
    positive: bool = False

    @property
    def __name__(self) -> str:
        return "max_pool_gradient"

    def __call__(
        self, x: torch.Tensor, y: torch.Tensor, grad: torch.Tensor, indices: Any = None
    ) -> torch.Tensor:
        return max_pool_gradient(x, y, grad, self.pool, indices, self.positive)


def _shared_gradient(x: torch.Tensor, y: torch.Tensor, grad: torch.Tensor, pool: Pool) -> Any:
    """The gradient of volumes, which every value equal to the largest gets in full."""
    space, windows = x.shape[2:], pool.spatial(pool.sizes)
    pads = pool.paddings(space, windows)
    padded = F.pad(x, _sides(pool, space), value=-math.inf)
    found = torch.zeros_like(padded, dtype=grad.dtype)
    for offset in itertools.product(*(range(size) for size in windows)):
        place = (
            ...,
            *(
                slice(start, start + (count - 1) * stride + 1, stride)
                for start, count, stride in zip(
                    offset, y.shape[2:], pool.spatial(pool.strides), strict=True
                )
            ),
        )
        found[place] += torch.where((padded[place] - y).abs() < _EQUAL, grad, 0)
    for axis, ((before, _), size) in enumerate(zip(pads, space, strict=True), 2):
        found = found.narrow(axis, before, size)
    return found


def _check_depth_gradient(pool: Pool) -> None:
    pool.check()
    if pool.depth != 1:
        raise unimplemented("MaxPoolingGrad is not yet supported on the depth dimension.")


def max_pool_gradient_gradient(
    x: torch.Tensor, y: torch.Tensor, grad: torch.Tensor, pool: Pool
) -> torch.Tensor:
    """The values of `grad`, shaped like `x`, where the largest values of windows stand."""
    _check_depth_gradient(pool)
    _check_shapes(x, y, y, pool)
    x, grad = pool.channels_first(x), pool.channels_first(grad)
    if not y.numel():
        return torch.empty_like(y)
    _, indices, skipped = _largest(x, pool)
    found = grad.flatten(2).gather(2, indices.flatten(2)).view(indices.shape)
    return pool.back(_cropped(found, skipped))


def _flat(places: torch.Tensor, shape: Sequence[int], with_batch: bool) -> torch.Tensor:
    """Positions in [batch, rows, columns, channels] from those in space, given channels last."""
    batch, rows, columns, depth = shape
    channels = torch.arange(depth, device=places.device)
    flat = places * depth + channels
    if with_batch:
        flat = flat + _batch_offsets(shape, places.device)
    return flat


def _batch_offsets(shape: Sequence[int], device: Any) -> torch.Tensor:
    each = math.prod(shape[1:])
    return (torch.arange(shape[0], device=device) * each).view(-1, *[1] * (len(shape) - 1))


def max_pool_with_argmax(
    x: torch.Tensor, pool: Pool, with_batch: bool, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    """`max_pool`, and where the values stand in `x` laid flat, counted in each image or in all."""
    pool.check()
    shape = x.shape
    x = pool.channels_first(x)
    places = pool.places(x.shape[2:])
    if not math.prod(places) or not x.numel():
        empty = pool.back(x.new_empty(*x.shape[:2], *places))
        return empty, empty.to(dtype)
    values, indices, skipped = _largest(x, pool)
    argmax = pool.back(_cropped(indices, skipped))
    return pool.back(_cropped(values, skipped)), _flat(argmax, shape, with_batch).to(dtype)


def _positions(argmax: torch.Tensor, shape: Sequence[int], with_batch: bool) -> torch.Tensor:
    argmax = argmax.long()
    return argmax if with_batch else argmax + _batch_offsets(shape, argmax.device)


def max_pool_gradient_with_argmax(
    x: torch.Tensor, grad: torch.Tensor, argmax: torch.Tensor, with_batch: bool
) -> torch.Tensor:
    """`grad` added up where the largest values stand."""
    found = x.new_zeros(x.numel())
    found.scatter_add_(0, _positions(argmax, x.shape, with_batch).reshape(-1), grad.reshape(-1))
    return found.view(x.shape)


def max_pool_gradient_gradient_with_argmax(
    x: torch.Tensor, grad: torch.Tensor, argmax: torch.Tensor, with_batch: bool
) -> torch.Tensor:
    """The values of `grad` where the largest values stand."""
    return grad.reshape(-1)[_positions(argmax, x.shape, with_batch)]


def avg_pool(x: torch.Tensor, pool: Pool) -> torch.Tensor:
    """The average of what of each window lies within the image."""
    _check_mean(pool, x.shape)
    x = pool.channels_first(x)
    places = pool.places(x.shape[2:])
    if not math.prod(places) or not x.numel():
        return pool.back(x.new_empty(*x.shape[:2], *places))
    (windows, strides, padding), skipped = pool.arguments(x.shape[2:])
    wide = x.float() if x.dtype in _HALVES else x
    if _exceeds(pool, x.shape[2:]):
        return pool.back(_wide_mean(wide, pool).to(x.dtype))
    found = _MEAN[pool.rank](wide, windows, strides, padding, pool.up, False)
    return pool.back(_cropped(found.to(x.dtype), skipped))


@dataclass(frozen=True, eq=False)
class Averages:
    """The kernel `avg_pool` with its windows, which passes look at."""

    pool: Pool

    @property
    def __name__(self) -> str:
        return "avg_pool"

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return avg_pool(x, self.pool)


def _check_mean(pool: Pool, sizes: Sequence[int]) -> None:
    pool.check()
    if pool.depth != 1:
        pool.check_depth(sizes[1 if pool.first else -1])
        raise unimplemented("Non-spatial pooling is not yet supported. Volunteers? :)")


def avg_pool_gradient(sizes: Sequence[int], grad: torch.Tensor, pool: Pool) -> torch.Tensor:
    """The gradient of `avg_pool` with respect to an input of these sizes."""
    _check_mean(pool, sizes)
    space = pool.spatial(sizes)
    grad = pool.channels_first(grad)
    # Of the input only sizes and layout are looked at.
    wide = grad.float() if grad.dtype in _HALVES else grad
    x = pool.empty(wide, sizes[0], sizes[1 if pool.first else -1], *space)
    if not x.numel() or not grad.numel():
        return pool.back(x.zero_().to(grad.dtype))
    if _exceeds(pool, space):
        return pool.back(_wide_mean_gradient(x, wide, pool).to(grad.dtype))
    (windows, strides, padding), skipped = pool.arguments(space)
    rest = (windows, strides, padding, pool.up, False, None)
    found = _MEAN_BACK[pool.rank](_uncropped(wide, skipped), x, *rest)
    return pool.back(found.to(grad.dtype))


def _exceeds(pool: Pool, space: Sequence[int]) -> bool:
    """Whether a window is larger than the volume, which torch does not take."""
    windows = pool.spatial(pool.sizes)
    return pool.rank == 3 and any(w > size for w, size in zip(windows, space, strict=True))


def _counts(pool: Pool, space: Sequence[int], like: torch.Tensor) -> torch.Tensor:
    """How many elements of each window lie within the volume."""
    windows = pool.spatial(pool.sizes)
    found = like.new_ones(())
    for size, window, stride, (before, _), count in zip(
        space,
        windows,
        pool.spatial(pool.strides),
        pool.paddings(space, windows),
        pool.places(space),
        strict=True,
    ):
        start = torch.arange(count, device=like.device) * stride - before
        inside = (start + window).clamp(max=size) - start.clamp(min=0)
        found = found.unsqueeze(-1) * inside.to(like.dtype)
    return found


def _sides(pool: Pool, space: Sequence[int]) -> list[int]:
    pads = pool.paddings(space, pool.spatial(pool.sizes))
    return [side for pad in reversed(pads) for side in pad]


def _wide_mean(x: torch.Tensor, pool: Pool) -> torch.Tensor:
    padded = F.pad(x, _sides(pool, x.shape[2:]))
    windows, strides = pool.spatial(pool.sizes), pool.spatial(pool.strides)
    sums = F.avg_pool3d(padded, windows, strides, divisor_override=1)
    return sums / _counts(pool, x.shape[2:], x)


def _wide_mean_gradient(x: torch.Tensor, grad: torch.Tensor, pool: Pool) -> torch.Tensor:
    space = x.shape[2:]
    padded = F.pad(x, _sides(pool, space))
    windows, strides = pool.spatial(pool.sizes), pool.spatial(pool.strides)
    each = grad / _counts(pool, space, grad)
    found = aten.avg_pool3d_backward(each, padded, windows, strides, [0] * 3, False, False, 1)
    for axis, ((before, _), size) in enumerate(
        zip(pool.paddings(space, windows), space, strict=True), 2
    ):
        found = found.narrow(axis, before, size)
    return found
