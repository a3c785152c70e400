"""Convolutions of images and volumes with torch, in TensorFlow's layouts and paddings.

Filters are [*space, in, out]; where the input has more channels than `in`, they are convolved in
groups, a depthwise convolution being the one of as many groups as channels.
"""

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F

from evergraph.kernels import conv_products
from evergraph.kernels.host import invalid
from evergraph.kernels.one_thread import addmm, alone, mm
from evergraph.kernels.pooling import Pool, avg_pool
from evergraph.kernels.windows import Window

_FILTER = {2: (3, 2, 0, 1), 3: (4, 3, 0, 1, 2)}
_SMALL = 1 << 20  # products that one thread adds up sooner than two agree on
_backward = torch.ops.aten.convolution_backward


def _padded(x: torch.Tensor, pads: list[tuple[int, int]]) -> tuple[torch.Tensor, list[int]]:
    """`x`, padded where the two sides differ, and what torch itself is to pad."""
    if all(before == after for before, after in pads):
        return x, [before for before, _ in pads]
    return F.pad(x, [side for pad in reversed(pads) for side in pad]), [0] * len(pads)


def check_axes(window: Window, dilations: str = "dilations") -> None:
    """Raises where filters would move over batch or channels."""
    for values, what in ((window.strides, "strides"), (window.dilations, dilations)):
        if values and (values[0] != 1 or values[1 if window.first else -1] != 1):
            raise invalid(
                f"Current implementation does not yet support {what} in the batch and depth "
                "dimensions."
            )


def _groups(depth: int, filter_depth: int) -> int:
    """The number of groups. Raises where the input's channels do not fall into such."""
    if depth % filter_depth:
        raise invalid(
            f"input depth must be evenly divisible by filter depth: {depth} vs {filter_depth}"
        )
    return depth // filter_depth


def _joined(
    sizes: Sequence[int], filters: Sequence[int], window: Window
) -> tuple[list[int], list[int]] | None:
    """Sizes of an input and a filter whose convolution is the same, where there is a better one.

    Along axes that the filter covers whole it has one place, and they are as good as channels: the
    convolution of a text's words as wide as their vectors is one of rows, and that of a whole image
    a product of matrices. oneDNN takes up to fifty times as long for the wide filters.
    """
    space, taps = sizes[1:-1], filters[:-2]
    if window.first or sizes[-1] != filters[-2] or not all(sizes):
        return None
    pads, dilations = window.paddings(space, taps), window.spatial(window.dilations)
    moving = len(space)
    while moving:
        i = moving - 1
        if space[i] != taps[i] or any(pads[i]) or dilations[i] > 1:
            break
        moving = i
    covered = math.prod(space[moving:])
    if moving and covered == 1:
        return None
    ones = [1] * (len(space) - moving)
    depth = covered * sizes[-1]
    return [sizes[0], *space[:moving], *ones, depth], [*taps[:moving], *ones, depth, filters[-1]]


def _ordered(w: torch.Tensor, window: Window) -> torch.Tensor:
    """A filter [*space, in, out] as torch takes it, [out, in, *space]: for images with the channels
    last in the memory of [out, *space, in], which a transposed matrix is copied to sooner than a
    permutation of axes."""
    if window.first:
        return w.permute(_FILTER[window.rank])
    return _outputs_first(w.reshape(-1, w.shape[-1]).t().contiguous(), w.shape)


def _outputs_first(rows: torch.Tensor, sizes: Sequence[int]) -> torch.Tensor:
    """A filter [*space, in, out] by the rows of its outputs, as torch takes it."""
    w = rows.view(sizes[-1], *sizes[:-1])
    return w.permute(0, -1, *range(1, w.dim() - 1))


def _is_product(sizes: Sequence[int]) -> bool:
    return math.prod(sizes[1:-1]) == 1


def conv(
    x: torch.Tensor,
    w: "torch.Tensor | Filter",
    window: Window,
    bias: torch.Tensor | None = None,
    relu: bool = False,
) -> torch.Tensor:
    """The convolution (without turning the filter) of `x` with a filter [*space, in, out], along
    axes that `check_axes` allows, plus perhaps a bias, and of that perhaps the positive part."""
    given = w.given if isinstance(w, Filter) else w
    joined = _joined(x.shape, given.shape, window)
    if joined is not None:
        sizes, filters = joined
        x = x.reshape(sizes)
        if _is_product(sizes):
            x, w = x.flatten(1), given.reshape(-1, filters[-1])
            y = mm(x, w) if bias is None else addmm(bias, x, w)
            return (y.relu_() if relu else y).view(*sizes[:-1], -1)
        w = w.joined(filters) if isinstance(w, Filter) else w.reshape(filters)
    if not isinstance(w, Filter):
        where = conv_products.places(x, x.shape, w.shape, window)
        if where is not None:
            return conv_products.conv(x, w, where, bias, relu)
    x = window.channels_first(x)
    filters = w.values if isinstance(w, Filter) else _ordered(w, window)
    groups = _groups(x.shape[1], filters.shape[1])
    pads = window.paddings(x.shape[2:], filters.shape[2:])
    counts = window.counts(x.shape[2:], filters.shape[2:], pads)
    if 0 in counts:
        return window.back(x.new_empty(x.shape[0], filters.shape[0], *counts))
    x, pad = _padded(x, pads)
    how = (pad, window.spatial(window.strides), window.spatial(window.dilations))
    if isinstance(w, Filter) and groups == 1 and _takes_packed(x):
        after = "relu" if relu else "none"
        y = _pointwise(x, w.packed(x, *how), bias, *how, groups, after, [], "")
        return window.back(y)
    pad, strides, dilations = how
    rest = (False, [0] * window.rank, groups)
    y = torch.convolution(x, filters, bias, strides, pad, dilations, *rest)
    return window.back(y.relu_() if relu else y)


def conv_bias(x: torch.Tensor, w: Any, bias: torch.Tensor, window: Window) -> torch.Tensor:
    """`conv` plus a bias."""
    return conv(x, w, window, bias)


def conv_relu(x: torch.Tensor, w: Any, bias: torch.Tensor, window: Window) -> torch.Tensor:
    """The positive part of `conv_bias`."""
    return conv(x, w, window, bias, relu=True)


def conv_relu6(x: torch.Tensor, w: Any, bias: torch.Tensor, window: Window) -> torch.Tensor:
    """`conv_bias`, kept within 0 and 6."""
    return conv(x, w, window, bias).clamp_(0, 6)


_ACTIVATION: dict[Any, Callable[[torch.Tensor], torch.Tensor]] = {
    conv_relu: torch.relu_,
    conv_relu6: lambda y: y.clamp_(0, 6),
}

# oneDNN's convolution with what comes after it, by filters that are packed for it.
_HAS_ONEDNN = torch.backends.mkldnn.is_available()
_pointwise = torch.ops.mkldnn._convolution_pointwise if _HAS_ONEDNN else None


def _takes_packed(x: torch.Tensor) -> bool:
    return _pointwise is not None and x.device.type == "cpu" and x.dtype == torch.float32


class Filter:
    """A filter of images that does not change: in the order of memory that oneDNN wants, and
    packed for the sizes of images that it met last."""

    _MOST = 4  # sizes

    def __init__(self, w: torch.Tensor) -> None:
        self.given = w
        self._joined: dict[Any, Filter] = {}
        ordered = w.permute(_FILTER[2])
        self.values = ordered.contiguous(memory_format=torch.channels_last)
        self._packed: dict[Any, torch.Tensor] = {}

    def joined(self, sizes: list[int]) -> "Filter":
        """The filter of the same numbers in these sizes (see `_joined`)."""
        key = tuple(sizes)
        if key not in self._joined:
            self._joined[key] = Filter(self.given.reshape(sizes))
        return self._joined[key]

    def packed(
        self, x: torch.Tensor, pad: list[int], strides: list[int], dilations: list[int]
    ) -> torch.Tensor:
        """The filter as oneDNN takes it for images of this size; for others it is very slow."""
        found = self._packed.get(x.shape)
        if found is None:
            found = torch._C._nn.mkldnn_reorder_conv2d_weight(
                self.values.to_mkldnn(), pad, strides, dilations, 1, list(x.shape)
            )
            if len(self._packed) >= self._MOST:
                self._packed = {}
            self._packed[x.shape] = found
        return found


@dataclass(frozen=True)
class Prepared:
    """What is done to a filter once: `Filter`, and the batch normalization behind it made part of
    the filter and of a bias."""

    packs: bool
    epsilon: float = 0.0

    @property
    def __name__(self) -> str:
        return "filter"

    def __call__(self, w: torch.Tensor, *norm: torch.Tensor) -> tuple[Any, ...]:
        """The filter, and the bias if scale, offset, mean and variance are given."""
        bias = []
        if norm:
            scale, offset, mean, variance = norm
            factor = scale * torch.rsqrt(variance + self.epsilon)
            w = w * factor
            bias = [offset - mean * factor]
        return Filter(w) if self.packs else w, *bias


@dataclass(frozen=True, eq=False)
class Planned:
    """A kernel of convolutions with its window, which passes look at.

    With `pool` its sums are averaged over windows before the positive part is taken. For windows of
    one place this is the convolution of the averages, as both are linear.
    """

    kernel: Callable[..., torch.Tensor]
    window: Window
    pool: Pool | None = None

    @property
    def __name__(self) -> str:
        return self.kernel.__name__

    def __call__(self, x: torch.Tensor, w: Any, *bias: torch.Tensor) -> torch.Tensor:
        if self.pool is None:
            return self.kernel(x, w, *bias, window=self.window)
        y = avg_pool(conv(x, w, self.window, *bias), self.pool)
        return _ACTIVATION[self.kernel](y) if self.kernel in _ACTIVATION else y


def _gradient(
    grad: Any, x: Any, w: Any, window: Window, pad: list[int], mask: list[bool]
) -> tuple[Any, ...]:
    groups = x.shape[1] // w.shape[1]
    strides, dilations = window.spatial(window.strides), window.spatial(window.dilations)
    rest = (False, [0] * window.rank, groups, mask)
    return _backward(grad, x, w, None, strides, pad, dilations, *rest)


def check_gradient(
    sizes: Sequence[int], filters: Sequence[int], grad: torch.Tensor, window: Window, name: str
) -> None:
    """Raises where `grad` is not shaped as the convolution of such an input and filter."""
    space, depth = window.spatial(sizes), sizes[1 if window.first else -1]
    found, channels = window.spatial(grad.shape), grad.shape[1 if window.first else -1]
    if sizes[0] != grad.shape[0]:
        raise invalid(
            f"{name}: input and out_backprop must have the same batch sizeinput batch: {sizes[0]}"
            f"outbackprop batch: {grad.shape[0]} batch_dim: 0"
        )
    if depth % filters[-2]:
        raise invalid(f"{name}: input depth must be evenly divisible by filter depth")
    if channels != filters[-1]:
        raise invalid(f"{name}: filter and out_backprop must have the same out_depth")
    pads = window.paddings(space, filters[:-2])
    wanted = window.counts(space, filters[:-2], pads)
    if wanted == found:
        return
    i = next(i for i, count in enumerate(wanted) if count != found[i])
    raise invalid(
        f"{name}: Size of out_backprop doesn't match computed: actual = {found[i]}, computed = "
        f"{wanted[i]} spatial_dim: {i + (2 if window.first else 1)} input: {space[i]} filter: "
        f"{filters[i]} output: {found[i]} stride: {window.spatial(window.strides)[i]} dilation: "
        f"{window.spatial(window.dilations)[i]}"
    )


def input_gradient(
    sizes: Sequence[int], w: torch.Tensor, grad: torch.Tensor, window: Window, name: str
) -> torch.Tensor:
    """The gradient of `conv` with respect to an input of these sizes."""
    check_gradient(sizes, w.shape, grad, window, name)
    joined = _joined(sizes, w.shape, window)
    if joined is not None:
        given, (sizes, filters) = sizes, joined
        w = w.reshape(filters)
        if _is_product(sizes):
            return mm(grad.flatten(1), w.flatten(0, -2).t()).view(given)
        return input_gradient(sizes, w, grad, window, name).reshape(given)
    where = conv_products.places(grad, sizes, w.shape, window)
    if where is not None:
        return conv_products.input_gradient(w, grad, where)
    space = window.spatial(sizes)
    pads = window.paddings(space, w.shape[:-2])
    uneven = any(before != after for before, after in pads)
    pad = [0 if uneven else before for before, _ in pads]
    padded = [size + sum(p) for size, p in zip(space, pads, strict=True)] if uneven else space
    grad = window.channels_first(grad)
    # Of the input only sizes and layout are looked at.
    x = window.empty(grad, sizes[0], sizes[1 if window.first else -1], *padded)
    if not grad.numel() or not x.numel():
        return window.back(x.zero_())
    found = _gradient(grad, x, _ordered(w, window), window, pad, [True, False, False])[0]
    if uneven:
        for axis, ((before, _), size) in enumerate(zip(pads, space, strict=True), 2):
            found = found.narrow(axis, before, size)
    return window.back(found)


def filter_gradient(
    x: torch.Tensor, sizes: Sequence[int], grad: torch.Tensor, window: Window, name: str
) -> torch.Tensor:
    """The gradient of `conv` with respect to a filter of these sizes."""
    check_gradient(x.shape, sizes, grad, window, name)
    joined = _joined(x.shape, sizes, window)
    if joined is not None:
        x = x.reshape(joined[0])
        if _is_product(x.shape):
            return mm(x.flatten(1).t(), grad.flatten(1)).view(sizes)
        return filter_gradient(x, joined[1], grad, window, name).reshape(sizes)
    where = conv_products.places(grad, x.shape, sizes, window)
    if where is not None:
        return conv_products.filter_gradient(x, sizes, grad, where)
    x, grad = window.channels_first(x), window.channels_first(grad)
    if not grad.numel() or not x.numel():
        return x.new_zeros(sizes)
    x, pad = _padded(x, window.paddings(x.shape[2:], sizes[:-2]))
    # Only sizes and layout are looked at: those of `_ordered`.
    w = x.new_empty([sizes[-1], sizes[-2], *sizes[:-2]])
    if not window.first:
        w = _outputs_first(x.new_empty([sizes[-1], math.prod(sizes[:-1])]), sizes)
    # oneDNN's threads wait for one another here, which takes longer than small gradients do: many
    # times longer where other programs use the cores.
    small = grad.numel() * math.prod(sizes[:-1]) < _SMALL
    gradient = functools.partial(alone, _gradient) if small else _gradient
    found = gradient(grad, x, w, window, pad, [False, True, False])[1]
    if window.first:
        return found.permute(*range(2, found.dim()), 1, 0)
    rows = found.permute(0, *range(2, found.dim()), 1).reshape(sizes[-1], -1)
    return rows.t().contiguous().view(*sizes)


def depthwise_filter(w: torch.Tensor) -> torch.Tensor:
    """[rows, columns, in, multiplier] as a filter of as many groups as channels."""
    return w.reshape(*w.shape[:2], 1, -1)
