"""Patches of images and volumes: tf.image.extract_patches, tf.extract_volume_patches."""

from typing import Any

from evergraph.base.deprecation import deprecated_args, deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor


@export("image.extract_patches")
def extract_image_patches_v2(
    images: Any, sizes: Any, strides: Any, rates: Any, padding: str, name: str | None = None
) -> Tensor:
    """Patches of images, each laid out in the depth of one output pixel. Stands for
    `tf.image.extract_patches`.

    Args:
      images: [batch, rows, columns, depth].
      sizes: the size of a patch, [1, rows, columns, 1].
      strides: how far patches are apart, [1, rows, columns, 1].
      rates: how far the pixels of a patch are apart, [1, rows, columns, 1].
      padding: 'VALID' or 'SAME'.
      name: the node's name.
    """
    return apply_op(
        "ExtractImagePatches",
        images,
        ksizes=sizes,
        strides=strides,
        rates=rates,
        padding=padding,
        name=name,
    )


@export("image.extract_image_patches", "extract_image_patches")
@deprecated_args(None, "ksizes is deprecated, use sizes instead", "ksizes")
def extract_image_patches(
    images: Any,
    ksizes: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: str | None = None,
    name: str | None = None,
    sizes: Any = None,
) -> Tensor:
    """As `tf.image.extract_patches`; `ksizes` is the older name of `sizes`. Stands for
    `tf.extract_image_patches`."""
    ksizes = deprecated_argument_lookup("sizes", sizes, "ksizes", ksizes)
    return apply_op(
        "ExtractImagePatches",
        images,
        ksizes=ksizes,
        strides=strides,
        rates=rates,
        padding=padding,
        name=name,
    )


@export("extract_volume_patches")
def extract_volume_patches(
    input: Any, ksizes: Any, strides: Any, padding: str, name: str | None = None
) -> Tensor:
    """As `tf.image.extract_patches`, for volumes [batch, planes, rows, columns, depth]. Stands for
    `tf.extract_volume_patches`."""
    return apply_op(
        "ExtractVolumePatches", input, ksizes=ksizes, strides=strides, padding=padding, name=name
    )
