"""Images flipped, turned, cropped and padded."""

from typing import Any

from evergraph.api import array_ops, math_ops, random_ops
from evergraph.api.control_flow_ops import case, cond, with_dependencies
from evergraph.api.image_checks import (
    as_batch,
    check,
    check_at_least_3d,
    checked_3d,
    is_tensor,
    sizes,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

_RANKS = "'image' must have either 3 or 4 dimensions."


def _keep_shape(image: Tensor, result: Tensor) -> Tensor:
    result.set_shape([None, None, None] if image.shape.ndims is None else image.shape)
    return result


# Flips.


@export("image.random_flip_up_down")
def random_flip_up_down(image: Any, seed: int | None = None) -> Tensor:
    """An image upside down, or by the same chance as it is; of a batch each by itself. Stands for
    `tf.image.random_flip_up_down`.

    Args:
      image: [batch, height, width, channels] or [height, width, channels].
      seed: see `tf.set_random_seed`.
    """
    return _random_flip(image, 0, seed, "random_flip_up_down")


@export("image.random_flip_left_right")
def random_flip_left_right(image: Any, seed: int | None = None) -> Tensor:
    """As `tf.image.random_flip_up_down`, left to right. Stands for
    `tf.image.random_flip_left_right`."""
    return _random_flip(image, 1, seed, "random_flip_left_right")


def _random_flip(image: Any, axis: int, seed: int | None, scope_name: str) -> Tensor:
    with name_scope(None, scope_name, [image]) as scope:
        image = checked_3d(convert_to_tensor(image, name="image"))
        rank = image.shape.ndims
        if rank in (3, None):
            chance = math_ops.less(random_ops.random_uniform([], 0, 1.0, seed=seed), 0.5)
            flipped = cond(
                chance, lambda: array_ops.reverse(image, [axis]), lambda: image, name=scope
            )
            return _keep_shape(image, flipped)
        if rank != 4:
            raise ValueError(_RANKS)
        batch = array_ops.shape(image)[0]
        chances = random_ops.random_uniform([batch], 0, 1.0, seed=seed)
        flips = math_ops.round(array_ops.reshape(chances, [batch, 1, 1, 1]))
        flips = math_ops.cast(flips, image.dtype)
        flipped = array_ops.reverse(image, [axis + 1])
        return flips * flipped + (1 - flips) * image


@export("image.flip_left_right")
def flip_left_right(image: Any) -> Tensor:
    """Images [batch, height, width, channels], or one [height, width, channels], with left and
    right exchanged. Stands for `tf.image.flip_left_right`."""
    return _flip(image, 1, "flip_left_right")


@export("image.flip_up_down")
def flip_up_down(image: Any) -> Tensor:
    """Images [batch, height, width, channels], or one [height, width, channels], upside down.
    Stands for `tf.image.flip_up_down`."""
    return _flip(image, 0, "flip_up_down")


def _flip(image: Any, axis: int, scope_name: str) -> Tensor:
    with name_scope(None, scope_name, [image]):
        image = checked_3d(convert_to_tensor(image, name="image"))
        rank = image.shape.ndims
        if rank in (3, None):
            return _keep_shape(image, array_ops.reverse(image, [axis]))
        if rank != 4:
            raise ValueError(_RANKS)
        return array_ops.reverse(image, [axis + 1])


# Turns.


@export("image.rot90")
def rot90(image: Any, k: Any = 1, name: str | None = None) -> Tensor:
    """Images turned by 90 degrees against the clock, `k` times. Stands for `tf.image.rot90`.

    Args:
      image: [batch, height, width, channels] or [height, width, channels].
      k: an int scalar.
      name: a name scope for the nodes.
    """
    with name_scope(name, "rot90", [image, k]) as scope:
        image = checked_3d(convert_to_tensor(image, name="image"))
        k = convert_to_tensor(k, dtype=dtypes.int32, name="k")
        k.shape.assert_has_rank(0)
        k = math_ops.mod(k, 4)
        rank = image.shape.ndims
        if rank not in (3, 4, None):
            raise ValueError(_RANKS)
        result = _turned(image, k, 1 if rank == 4 else 0, scope)
        if rank == 4:
            result.set_shape([result.shape[0], None, None, result.shape[3]])
        else:
            result.set_shape([None, None, image.shape[2]])
        return result


def _turned(image: Tensor, k: Tensor, rows: int, scope: str) -> Tensor:
    columns = rows + 1
    exchanged = [0, 2, 1, 3] if rows else [1, 0, 2]
    turns = [
        (
            math_ops.equal(k, 1),
            lambda: array_ops.transpose(array_ops.reverse_v2(image, [columns]), exchanged),
        ),
        (math_ops.equal(k, 2), lambda: array_ops.reverse_v2(image, [rows, columns])),
        (
            math_ops.equal(k, 3),
            lambda: array_ops.reverse_v2(array_ops.transpose(image, exchanged), [columns]),
        ),
    ]
    result: Tensor = case(turns, default=lambda: image, exclusive=True, name=scope)
    return result


@export("image.transpose", "image.transpose_image")
def transpose(image: Any, name: str | None = None) -> Tensor:
    """Images [batch, height, width, channels], or one [height, width, channels], with rows and
    columns exchanged. Stands for `tf.image.transpose`."""
    with name_scope(name, "transpose", [image]):
        image = checked_3d(convert_to_tensor(image, name="image"))
        rank = image.shape.ndims
        if rank not in (3, 4, None):
            raise ValueError(_RANKS)
        order = [0, 2, 1, 3] if rank == 4 else [1, 0, 2]
        return array_ops.transpose(image, order, name=name)


# Crops and margins.


@export("image.central_crop")
def central_crop(image: Any, central_fraction: float) -> Tensor:
    """The middle of images, `central_fraction` of their height and width. Stands for
    `tf.image.central_crop`.

    Args:
      image: [batch, height, width, channels] or [height, width, channels].
      central_fraction: a float in (0, 1].

    Raises:
      ValueError: the fraction or the rank does not fit.
    """
    with name_scope(None, "central_crop", [image]):
        image = convert_to_tensor(image, name="image")
        if central_fraction <= 0.0 or central_fraction > 1.0:
            raise ValueError("central_fraction must be within (0, 1]")
        if central_fraction == 1.0:
            return image
        # The checks run only where something else asks for them, as in TensorFlow.
        checked_3d(image)
        rank = image.shape.ndims
        if rank not in (3, 4):
            raise ValueError(
                f"`image` should either be a Tensor with rank = 3 or rank = 4. Had rank = {rank}."
            )
        first = rank - 3
        lengths = []
        for axis in (first, first + 1):
            known = image.shape[axis].value
            lengths.append(array_ops.shape(image)[axis] if known is None else known)
        starts = [_central_start(length, central_fraction) for length in lengths]
        counts = [n - start * 2 for n, start in zip(lengths, starts, strict=True)]
        batch = [0] * first
        begin = array_ops.stack([*batch, *starts, 0])
        size = array_ops.stack([*([-1] * first), *counts, -1])
        cropped = array_ops.slice(image, begin, size)
        static = [None if is_tensor(count) else count for count in counts]
        cropped.set_shape([*image.shape[:first], *static, image.shape[-1]])
        return cropped


def _central_start(length: Any, fraction: float) -> Any:
    if is_tensor(length):
        exact = math_ops.cast(length, dtypes.float64)
        return math_ops.cast((exact - exact * fraction) / 2, dtypes.int32)
    return int((float(length) - float(length) * fraction) / 2)


@export("image.pad_to_bounding_box")
def pad_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """Images with zeros around them. Stands for `tf.image.pad_to_bounding_box`.

    Args:
      image: [batch, height, width, channels] or [height, width, channels].
      offset_height: rows of zeros above.
      offset_width: columns of zeros at the left.
      target_height: the height of the result.
      target_width: the width of the result.

    Raises:
      ValueError: an offset is negative or the image does not fit (InvalidArgumentError at run time
        where that is known only then).
    """
    with name_scope(None, "pad_to_bounding_box", [image]):
        image, is_batch = as_batch(convert_to_tensor(image, name="image"))
        checks = check_at_least_3d(image)
        batch, height, width, depth = sizes(image, 4)
        right = target_width - offset_width - width
        below = target_height - offset_height - height
        for condition, message in (
            (lambda: offset_height >= 0, "offset_height must be >= 0"),
            (lambda: offset_width >= 0, "offset_width must be >= 0"),
            (lambda: right >= 0, "width must be <= target - offset"),
            (lambda: below >= 0, "height must be <= target - offset"),
        ):
            checks += check(condition(), ValueError, message)
        image = with_dependencies(checks, image)
        margins = array_ops.stack([0, 0, offset_height, below, offset_width, right, 0, 0])
        padded = array_ops.pad(image, array_ops.reshape(margins, [4, 2]))
        return _of_size(padded, [batch, target_height, target_width, depth], is_batch)


def _of_size(image: Tensor, size: list[Any], is_batch: bool) -> Tensor:
    image.set_shape([None if is_tensor(n) else n for n in size])
    return image if is_batch else array_ops.squeeze(image, axis=[0])


@export("image.crop_to_bounding_box")
def crop_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """A rectangle cut out of images. Stands for `tf.image.crop_to_bounding_box`.

    Args:
      image: [batch, height, width, channels] or [height, width, channels].
      offset_height: the rectangle's first row.
      offset_width: the rectangle's first column.
      target_height: its height.
      target_width: its width.

    Raises:
      ValueError: the rectangle is empty or not within the image (InvalidArgumentError at run time
        where that is known only then).
    """
    with name_scope(None, "crop_to_bounding_box", [image]):
        image, is_batch = as_batch(convert_to_tensor(image, name="image"))
        checks = check_at_least_3d(image)
        batch, height, width, depth = sizes(image, 4)
        for condition, message in (
            (lambda: offset_width >= 0, "offset_width must be >= 0."),
            (lambda: offset_height >= 0, "offset_height must be >= 0."),
            (lambda: target_width > 0, "target_width must be > 0."),
            (lambda: target_height > 0, "target_height must be > 0."),
            (lambda: width >= target_width + offset_width, "width must be >= target + offset."),
            (lambda: height >= target_height + offset_height, "height must be >= target + offset."),
        ):
            checks += check(condition(), ValueError, message)
        image = with_dependencies(checks, image)
        begin = array_ops.stack([0, offset_height, offset_width, 0])
        count = array_ops.stack([-1, target_height, target_width, -1])
        cropped = array_ops.slice(image, begin, count)
        return _of_size(cropped, [batch, target_height, target_width, depth], is_batch)


@export("image.resize_with_crop_or_pad", "image.resize_image_with_crop_or_pad")
def resize_image_with_crop_or_pad(image: Any, target_height: Any, target_width: Any) -> Tensor:
    """Images of another size: their middle where they are larger, zeros around them where they are
    smaller. Stands for `tf.image.resize_image_with_crop_or_pad`.

    Args:
      image: [batch, height, width, channels] or [height, width, channels].
      target_height: the height of the result.
      target_width: the width of the result.

    Raises:
      ValueError: a target is not positive.
    """
    with name_scope(None, "resize_image_with_crop_or_pad", [image]):
        image, is_batch = as_batch(convert_to_tensor(image, name="image"))
        checks = check_at_least_3d(image)
        checks += check(target_width > 0, ValueError, "target_width must be > 0.")
        checks += check(target_height > 0, ValueError, "target_height must be > 0.")
        image = with_dependencies(checks, image)
        if is_tensor(target_height):
            target_height = with_dependencies(checks, target_height)
        if is_tensor(target_width):
            target_width = with_dependencies(checks, target_width)
        _, height, width, _ = sizes(image, 4)
        wider = target_width - width
        crop_left = _either(math_ops.maximum, max, -wider // 2, 0)
        pad_left = _either(math_ops.maximum, max, wider // 2, 0)
        higher = target_height - height
        crop_top = _either(math_ops.maximum, max, -higher // 2, 0)
        pad_top = _either(math_ops.maximum, max, higher // 2, 0)
        kept_height = _either(math_ops.minimum, min, target_height, height)
        kept_width = _either(math_ops.minimum, min, target_width, width)
        cropped = crop_to_bounding_box(image, crop_top, crop_left, kept_height, kept_width)
        resized = pad_to_bounding_box(cropped, pad_top, pad_left, target_height, target_width)
        if resized.shape.ndims is None:
            raise ValueError("resized contains no shape.")
        _, new_height, new_width, _ = sizes(resized, 4)
        same = _either(math_ops.equal, lambda x, y: x == y, new_height, target_height)
        checks = check(same, ValueError, "resized height is not correct.")
        same = _either(math_ops.equal, lambda x, y: x == y, new_width, target_width)
        checks += check(same, ValueError, "resized width is not correct.")
        resized = with_dependencies(checks, resized)
        return resized if is_batch else array_ops.squeeze(resized, axis=[0])


def _either(of_tensors: Any, of_numbers: Any, x: Any, y: Any) -> Any:
    """One function for tensors, another where both are numbers."""
    return of_tensors(x, y) if is_tensor(x) or is_tensor(y) else of_numbers(x, y)
