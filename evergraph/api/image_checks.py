"""What functions on images check of them, at once or in the graph."""

from typing import Any

from evergraph.api import array_ops, check_ops
from evergraph.api.control_flow_ops import Assert, with_dependencies
from evergraph.graph.conversion import is_dense_tensor_like as is_tensor
from evergraph.graph.tensor import Tensor


def check(condition: Any, error: type[Exception], message: str) -> list[Any]:
    """An Assert node in a list where the condition is a tensor, else nothing, or `error`."""
    if is_tensor(condition):
        return [Assert(condition, [message])]
    if not condition:
        raise error(message)
    return []


def sizes(image: Tensor, rank: int) -> list[Any]:
    """The sizes of `image` along its axes: ints, and scalars where they are not known."""
    if image.shape.is_fully_defined():
        return image.shape.as_list()
    known = image.shape.with_rank(rank).as_list()
    counted = array_ops.unstack(array_ops.shape(image), rank)
    return [k if k is not None else c for k, c in zip(known, counted, strict=True)]


def check_at_least_3d(image: Tensor) -> list[Any]:
    """Nodes that check that there are three axes or more, and no empty one among the last."""
    try:
        shape = image.shape
        shape = shape.with_rank(3) if shape.ndims is None else shape.with_rank_at_least(3)
    except ValueError:
        raise ValueError("'image' must be at least three-dimensional.") from None
    if any(size == 0 for size in shape):
        raise ValueError(f"all dims of 'image.shape' must be > 0: {shape}")
    if shape.is_fully_defined():
        return []
    positive = check_ops.assert_positive(
        array_ops.shape(image), ["all dims of 'image.shape' must be > 0."]
    )
    rank = check_ops.assert_greater_equal(
        array_ops.rank(image), 3, message="'image' must be at least three-dimensional."
    )
    return [positive, rank]


def checked_3d(image: Tensor) -> Tensor:
    """`image`, behind the checks of `check_at_least_3d`."""
    result: Tensor = with_dependencies(check_at_least_3d(image), image)
    return result


def checked_gray(image: Tensor) -> Tensor:
    """`image`, behind the check that its last axis has one channel."""
    try:
        shape = image.shape
        shape = shape.with_rank(2) if shape.ndims is None else shape.with_rank_at_least(2)
    except ValueError:
        raise ValueError("A grayscale image must be at least two-dimensional.") from None
    if shape.is_fully_defined():
        if shape[-1] != 1:
            raise ValueError("Last dimension of a grayscale image should be size 1.")
        return with_dependencies([], image)  # type: ignore[no-any-return]
    channels = check_ops.assert_equal(
        array_ops.shape(image)[-1],
        1,
        message="Last dimension of a grayscale image should be size 1.",
    )
    rank = check_ops.assert_greater_equal(
        array_ops.rank(image),
        3,
        message="A grayscale image must be at least two-dimensional.",
    )
    result: Tensor = with_dependencies([channels, rank], image)
    return result


def as_batch(image: Tensor) -> tuple[Tensor, bool]:
    """`image` with four axes, and whether it had them."""
    rank = image.shape.ndims
    if rank == 4:
        return image, True
    if rank not in (3, None):
        raise ValueError("'image' must have either 3 or 4 dimensions.")
    image = array_ops.expand_dims(image, 0)
    if rank is None:
        image.set_shape([None] * 4)
    return image, False
