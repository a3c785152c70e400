"""tf.contrib.image: images rotated, moved, seen in perspective, warped."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor

_TYPES = (
    dtypes.uint8,
    dtypes.int32,
    dtypes.int64,
    dtypes.float16,
    dtypes.float32,
    dtypes.float64,
)


def _as_batch(images: Tensor) -> Tensor:
    """Images of rank 2 to 4 as [batch, height, width, channels]."""
    if images.dtype.base_dtype not in _TYPES:
        raise TypeError(f"Invalid dtype {images.dtype}.")
    rank = images.shape.ndims
    if rank is None:
        raise TypeError("image_or_images rank must be statically known")
    if rank == 2:
        return images[None, :, :, None]
    if rank == 3:
        return images[None, :, :, :]
    if rank == 4:
        return images
    raise TypeError("Images should have rank between 2 and 4.")


def _as_given(output: Tensor, images: Tensor) -> Tensor:
    """The result in the rank of `images`."""
    rank = images.shape.ndims
    if rank == 2:
        return output[0, :, :, 0]
    return output[0, :, :, :] if rank == 3 else output


@export("contrib.image.rotate")
def rotate(
    images: Any, angles: Any, interpolation: str = "NEAREST", name: str | None = None
) -> Tensor:
    """Images turned around their centre against the clock; zeros come in from outside. Stands for
    `tf.contrib.image.rotate`.

    Args:
      images: [batch, height, width, channels], [height, width, channels] or [height, width].
      angles: in radians, a scalar or [batch].
      interpolation: "NEAREST" or "BILINEAR".
      name: a name scope for the nodes.

    Raises:
      TypeError: for any other type or rank.
    """
    with name_scope(name, "rotate"):
        given = convert_to_tensor(images)
        batch = _as_batch(given)
        height = math_ops.cast(array_ops.shape(batch)[1], dtypes.float32)[None]
        width = math_ops.cast(array_ops.shape(batch)[2], dtypes.float32)[None]
        transforms = angles_to_projective_transforms(angles, height, width)
        return _as_given(transform(batch, transforms, interpolation=interpolation), given)


@export("contrib.image.translate")
def translate(
    images: Any, translations: Any, interpolation: str = "NEAREST", name: str | None = None
) -> Tensor:
    """Images moved by [dx, dy], or each by its own [batch, 2]; zeros come in from outside. Stands
    for `tf.contrib.image.translate`."""
    with name_scope(name, "translate"):
        transforms = translations_to_projective_transforms(translations)
        return transform(images, transforms, interpolation=interpolation)


@export("contrib.image.angles_to_projective_transforms")
def angles_to_projective_transforms(
    angles: Any, image_height: Any, image_width: Any, name: str | None = None
) -> Tensor:
    """The transforms [angles, 8] that turn images around their centre. Stands for
    `tf.contrib.image.angles_to_projective_transforms`."""
    with name_scope(name, "angles_to_projective_transforms"):
        angles = convert_to_tensor(angles, name="angles", dtype=dtypes.float32)
        rank = len(angles.shape)
        if rank > 1:
            raise TypeError("Angles should have rank 0 or 1.")
        if rank == 0:
            angles = angles[None]
        # Each is made where it is used, as in TensorFlow: the graph is the same node for node.
        x = (
            (image_width - 1)
            - (math_ops.cos(angles) * (image_width - 1) - math_ops.sin(angles) * (image_height - 1))
        ) / 2.0
        y = (
            (image_height - 1)
            - (math_ops.sin(angles) * (image_width - 1) + math_ops.cos(angles) * (image_height - 1))
        ) / 2.0
        count = array_ops.shape(angles)[0]
        columns = [
            math_ops.cos(angles)[:, None],
            -math_ops.sin(angles)[:, None],
            x[:, None],
            math_ops.sin(angles)[:, None],
            math_ops.cos(angles)[:, None],
            y[:, None],
            array_ops.zeros((count, 2), dtypes.float32),
        ]
        return array_ops.concat(values=columns, axis=1)


@export("contrib.image.translations_to_projective_transforms")
def translations_to_projective_transforms(translations: Any, name: str | None = None) -> Tensor:
    """The transforms [translations, 8] that move images. Stands for
    `tf.contrib.image.translations_to_projective_transforms`."""
    with name_scope(name, "translations_to_projective_transforms"):
        translations = convert_to_tensor(translations, name="translations", dtype=dtypes.float32)
        rank = translations.shape.ndims
        if rank is None:
            raise TypeError("translation_or_translations rank must be statically known")
        if rank not in (1, 2):
            raise TypeError("Translations should have rank 1 or 2.")
        if rank == 1:
            translations = translations[None]
        count = array_ops.shape(translations)[0]
        columns = [
            array_ops.ones((count, 1), dtypes.float32),
            array_ops.zeros((count, 1), dtypes.float32),
            -translations[:, 0, None],
            array_ops.zeros((count, 1), dtypes.float32),
            array_ops.ones((count, 1), dtypes.float32),
            -translations[:, 1, None],
            array_ops.zeros((count, 2), dtypes.float32),
        ]
        return array_ops.concat(values=columns, axis=1)


@export("contrib.image.transform")
def transform(
    images: Any,
    transforms: Any,
    interpolation: str = "NEAREST",
    output_shape: Any = None,
    name: str | None = None,
) -> Tensor:
    """Images seen through projective transforms. Stands for `tf.contrib.image.transform`.

    Args:
      images: [batch, height, width, channels], [height, width, channels] or [height, width].
      transforms: [8], or [batch, 8]: a new pixel at (x, y) shows what was at
        ((t0 x + t1 y + t2) / k, (t3 x + t4 y + t5) / k) with k = t6 x + t7 y + 1.
      interpolation: "NEAREST" or "BILINEAR".
      output_shape: [new_height, new_width]; default: as it was.
      name: a name scope for the nodes.

    Raises:
      TypeError: types or ranks do not fit.
      ValueError: `output_shape` is not of two numbers.
    """
    with name_scope(name, "transform"):
        given = convert_to_tensor(images, name="images")
        transforms = convert_to_tensor(transforms, name="transforms", dtype=dtypes.float32)
        batch = _as_batch(given)
        if output_shape is None:
            output_shape = array_ops.shape(batch)[1:3]
            known = constant_value(output_shape)
            if known is not None:
                output_shape = known
        output_shape = convert_to_tensor(output_shape, dtypes.int32, name="output_shape")
        if not output_shape.shape.is_compatible_with([2]):
            raise ValueError(
                "output_shape must be a 1-D Tensor of 2 elements: new_height, new_width"
            )
        rank = transforms.shape.ndims
        if rank is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        if rank not in (1, 2):
            raise TypeError("Transforms should have rank 1 or 2.")
        output = apply_op(
            "ImageProjectiveTransformV2",
            batch,
            transforms[None] if rank == 1 else transforms,
            output_shape,
            interpolation=interpolation.upper(),
        )
        return _as_given(output, given)


@export("contrib.image.compose_transforms")
def compose_transforms(*transforms: Any) -> Tensor:
    """The transform that applies the first to what the others made, as [transforms, 8]. Stands for
    `tf.contrib.image.compose_transforms`."""
    assert transforms, "transforms cannot be empty"
    with name_scope("compose_transforms"):
        composed = flat_transforms_to_matrices(transforms[0])
        for other in transforms[1:]:
            composed = math_ops.matmul(composed, flat_transforms_to_matrices(other))
        return matrices_to_flat_transforms(composed)


@export("contrib.image.flat_transforms_to_matrices")
def flat_transforms_to_matrices(transforms: Any) -> Tensor:
    """[8] or [transforms, 8] as matrices [transforms, 3, 3]. Stands for
    `tf.contrib.image.flat_transforms_to_matrices`."""
    with name_scope("flat_transforms_to_matrices"):
        transforms = convert_to_tensor(transforms, name="transforms")
        if transforms.shape.ndims not in (1, 2):
            raise ValueError(f"Transforms should be 1D or 2D, got: {transforms}")
        transforms = array_ops.reshape(transforms, constant([-1, 8]))
        count = array_ops.shape(transforms)[0]
        whole = array_ops.concat([transforms, array_ops.ones([count, 1])], axis=1)
        return array_ops.reshape(whole, constant([-1, 3, 3]))


@export("contrib.image.matrices_to_flat_transforms")
def matrices_to_flat_transforms(transform_matrices: Any) -> Tensor:
    """[3, 3] or [transforms, 3, 3] as [transforms, 8]. Stands for
    `tf.contrib.image.matrices_to_flat_transforms`."""
    with name_scope("matrices_to_flat_transforms"):
        transform_matrices = convert_to_tensor(transform_matrices, name="transform_matrices")
        if transform_matrices.shape.ndims not in (2, 3):
            raise ValueError(f"Matrices should be 2D or 3D, got: {transform_matrices}")
        transforms = array_ops.reshape(transform_matrices, constant([-1, 9]))
        transforms /= transforms[:, 8:9]
        return transforms[:, :8]


# Warping.

# The message is a node of the graph, with the blanks of TensorFlow's source in it.
_TOO_LARGE = ("\n" + " " * 23).join(
    [
        "The image size or batch size is sufficiently large",
        "that the linearized addresses used by array_ops.gather",
        "may exceed the int32 limit.",
    ]
)


def _interpolate_bilinear(grid: Any, points: Any) -> Tensor:
    """Values of `grid` [batch, height, width, channels] at `points` [batch, points, 2] (y, x)."""
    with name_scope("interpolate_bilinear"):
        grid = convert_to_tensor(grid)
        points = convert_to_tensor(points)
        if len(grid.shape.as_list()) != 4:
            raise ValueError(f"Grid must be 4 dimensional. Received size: {grid.shape}")
        shape = [array_ops.shape(grid)[i] for i in range(4)]
        batch, height, width, channels = shape
        rank = check_ops.assert_equal(
            len(points.shape), 3, message="Query points must be 3 dimensional."
        )
        pairs = check_ops.assert_equal(
            array_ops.shape(points)[2], 2, message="Query points must be size 2 in dim 2."
        )
        with control_dependencies([rank, pairs]):
            count = array_ops.shape(points)[1]
        high = check_ops.assert_greater_equal(height, 2, message="Grid height must be at least 2.")
        wide = check_ops.assert_greater_equal(width, 2, message="Grid width must be at least 2.")
        with control_dependencies([high, wide]):
            along = array_ops.unstack(points, axis=2)
        places = [_place(along[i], shape[i + 1], grid.dtype, f"dim-{i}") for i in range(2)]
        (y_part, top, bottom), (x_part, left, right) = places
        fits = check_ops.assert_less_equal(
            math_ops.cast(batch * height * width, dtype=dtypes.float32),
            np.iinfo(np.int32).max / 8,
            message=_TOO_LARGE,
        )
        with control_dependencies([fits]):
            flat = array_ops.reshape(grid, [batch * height * width, channels])
            offsets = array_ops.reshape(math_ops.range(batch) * height * width, [batch, 1])

        def gather(y: Tensor, x: Tensor, name: str) -> Tensor:
            with name_scope("gather-" + name):
                values = array_ops.gather(flat, offsets + y * width + x)
                return array_ops.reshape(values, [batch, count, channels])

        top_left = gather(top, left, "top_left")
        top_right = gather(top, right, "top_right")
        bottom_left = gather(bottom, left, "bottom_left")
        bottom_right = gather(bottom, right, "bottom_right")
        with name_scope("interpolate"):
            above = x_part * (top_right - top_left) + top_left
            below = x_part * (bottom_right - bottom_left) + bottom_left
            return y_part * (below - above) + above


def _place(at: Tensor, size: Tensor, dtype: Any, scope: str) -> tuple[Tensor, Tensor, Tensor]:
    """How near the farther of the two places next to `at` is, and both places."""
    with name_scope(scope):
        most = math_ops.cast(size - 2, at.dtype)
        least = constant(0.0, dtype=at.dtype)
        low = math_ops.minimum(math_ops.maximum(least, math_ops.floor(at)), most)
        index = math_ops.cast(low, dtypes.int32)
        after = index + 1
        part = math_ops.cast(at - low, dtype)
        zero, one = constant(0.0, dtype=dtype), constant(1.0, dtype=dtype)
        part = math_ops.minimum(math_ops.maximum(zero, part), one)
        return array_ops.expand_dims(part, 2), index, after


@export("contrib.image.dense_image_warp")
def dense_image_warp(image: Any, flow: Any, name: str = "dense_image_warp") -> Tensor:
    """Images of which each pixel comes from elsewhere. Stands for
    `tf.contrib.image.dense_image_warp`.

    Args:
      image: [batch, height, width, channels] floats.
      flow: [batch, height, width, 2]: how far up and to the left each pixel is taken from; between
        pixels by linear interpolation, outside from the edge.
      name: a name scope for the nodes.
    """
    with name_scope(name):
        batch, height, width, channels = (array_ops.shape(image)[i] for i in range(4))
        columns, rows = array_ops.meshgrid(math_ops.range(width), math_ops.range(height))
        places = math_ops.cast(array_ops.stack([rows, columns], axis=2), flow.dtype)
        wanted = array_ops.expand_dims(places, axis=0) - flow
        wanted = array_ops.reshape(wanted, [batch, height * width, 2])
        warped = _interpolate_bilinear(image, wanted)
        return array_ops.reshape(warped, [batch, height, width, channels])
