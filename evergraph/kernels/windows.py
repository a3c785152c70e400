"""Windows that move over the spatial axes of images and volumes: layouts, paddings, counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from evergraph.base.errors import UnimplementedError
from evergraph.kernels.host import invalid

_TO_FIRST = {1: (0, 2, 1), 2: (0, 3, 1, 2), 3: (0, 4, 1, 2, 3)}
_TO_LAST = {1: (0, 2, 1), 2: (0, 2, 3, 1), 3: (0, 2, 3, 4, 1)}
_FORMATS = {2: torch.channels_last, 3: torch.channels_last_3d}


def window_padding(
    size: int, window: int, stride: int, dilation: int, padding: str
) -> tuple[int, int]:
    """What SAME or VALID adds before and after an axis; an odd one goes to the end."""
    if padding == "VALID":
        return 0, 0
    extent = (window - 1) * dilation + 1
    needed = max((-(-size // stride) - 1) * stride + extent - size, 0)
    return needed // 2, needed - needed // 2


@dataclass(frozen=True)
class Window:
    """How a window moves. Lists are those of the op's attrs, with a value for each axis."""

    strides: Sequence[int]
    padding: str
    data_format: str = "NHWC"
    dilations: Sequence[int] = ()
    explicit_paddings: Sequence[int] = ()
    first: bool = field(init=False)  # whether channels come before the spatial axes

    def __post_init__(self) -> None:
        object.__setattr__(self, "first", self.data_format.startswith("NC"))

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.strides) - 2

    def spatial(self, values: Sequence[int]) -> list[int]:
        """Of a value for each axis those of the spatial axes; 1s where there are none."""
        if not len(values):
            return [1] * self.rank
        return list(values[2:] if self.first else values[1:-1])

    def channels_first(self, x: torch.Tensor) -> torch.Tensor:
        """`x` as torch takes it: a view."""
        return x if self.first else x.permute(_TO_FIRST[x.dim() - 2])

    def back(self, y: torch.Tensor) -> torch.Tensor:
        """A result in the op's own layout."""
        return y if self.first else y.permute(_TO_LAST[y.dim() - 2])

    def empty(self, like: torch.Tensor, *sizes: int) -> torch.Tensor:
        """A tensor of these sizes, channels first, whose memory lies as the op's layout has it."""
        memory = torch.contiguous_format if self.first else _FORMATS[len(sizes) - 2]
        return torch.empty(sizes, dtype=like.dtype, device=like.device, memory_format=memory)

    def paddings(self, sizes: Sequence[int], windows: Sequence[int]) -> list[tuple[int, int]]:
        """What comes before and after each spatial axis."""
        if self.padding == "EXPLICIT":
            given = self.spatial(list(zip(*[iter(self.explicit_paddings)] * 2, strict=True)))  # type: ignore[arg-type]
            return given  # type: ignore[return-value]
        axes = zip(
            sizes, windows, self.spatial(self.strides), self.spatial(self.dilations), strict=True
        )
        return [window_padding(*axis, self.padding) for axis in axes]

    def counts(
        self, sizes: Sequence[int], windows: Sequence[int], pads: Sequence[tuple[int, int]]
    ) -> list[int]:
        """How many places there are along each spatial axis. Raises where the window is larger
        than the image by more than a stride."""
        found = []
        for size, window, stride, dilation, pad in zip(
            sizes,
            windows,
            self.spatial(self.strides),
            self.spatial(self.dilations),
            pads,
            strict=True,
        ):
            extent = (window - 1) * dilation + 1
            count = (size + sum(pad) - extent + stride) // stride
            if count < 0:
                raise invalid(
                    f"Computed output size would be negative: {count} [input_size: {size}, "
                    f"effective_filter_size: {extent}, stride: {stride}]"
                )
            found.append(count)
        return found


def unimplemented(message: str) -> UnimplementedError:
    """The error of a kernel for what TensorFlow does not compute either."""
    return UnimplementedError(None, None, message)
