"""What TensorFlow says where inputs do not fit: rules for `Entry.on_failure`, run after a kernel
failed."""

from typing import Any

from evergraph.base.errors import InvalidArgumentError
from evergraph.ops import shape_rules


def shape_text(value: Any) -> str:
    return shape_rules.text(tuple(value.shape))


def incompatible_shapes(node: Any, x: Any, y: Any) -> None:
    """Two tensors that do not broadcast to one another."""
    pairs = zip(reversed(x.shape), reversed(y.shape), strict=False)
    if any(m != n and m != 1 and n != 1 for m, n in pairs):
        text = f"Incompatible shapes: {shape_text(x)} vs. {shape_text(y)}"
        raise InvalidArgumentError(None, None, text)


def input_of_rank(rank: int, message: str) -> Any:
    """A rule for ops whose first input must have `rank` axes; `message` may name its "{shape}" and
    the "{count}" of its axes."""

    def rule(node: Any, x: Any, *others: Any) -> None:
        if len(x.shape) != rank:
            said = message.format(shape=shape_text(x), count=len(x.shape))
            raise InvalidArgumentError(None, None, said)

    return rule


image_input = input_of_rank(4, "input must be 4-dimensional{shape}")
