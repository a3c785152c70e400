"""Images turned, moved, sheared, made larger, brighter: arrays to arrays."""

import functools
import importlib
from typing import Any

import numpy as np
from PIL import ImageEnhance

from evergraph.base.export import export
from evergraph.library.keras.preprocessing.image_files import array_to_img, img_to_array

# Where the axes are is said in the order (rows, columns, channels).


def scipy_module(name: str, what: str) -> Any:
    """A module of SciPy, which few programs need; ImportError says for `what` it is needed."""
    try:
        return importlib.import_module(f"scipy.{name}")
    except ImportError:
        raise ImportError(f"{what} SciPy. Install SciPy.") from None


def flip_axis(x: Any, axis: int) -> np.ndarray:
    """The array with one axis turned over."""
    return np.flip(np.asarray(x), axis)


@export("keras.preprocessing.image.random_rotation")
def random_rotation(
    x: Any,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Any:
    """The image turned at random. Stands for `tf.keras.preprocessing.image.random_rotation`.

    As in TensorFlow, rows and columns are the axes 0 and 1 whatever `row_axis` and `col_axis` are.

    Args:
      x: an image.
      rg: how many degrees at the most.
      channel_axis: the axis of channels.
      fill_mode, cval, interpolation_order: as of `apply_affine_transform`.
    """
    theta = np.random.uniform(-rg, rg)
    return apply_affine_transform(
        x,
        theta=theta,
        channel_axis=channel_axis,
        fill_mode=fill_mode,
        cval=cval,
        order=interpolation_order,
    )


@export("keras.preprocessing.image.random_shift")
def random_shift(
    x: Any,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Any:
    """The image moved at random. Stands for `tf.keras.preprocessing.image.random_shift`.

    Args:
      x: an image.
      wrg, hrg: which share of width and height at the most.
      row_axis, col_axis: where the height and width are read.
      channel_axis, fill_mode, cval, interpolation_order: as of `random_rotation`.
    """
    height, width = x.shape[row_axis], x.shape[col_axis]
    tx = np.random.uniform(-hrg, hrg) * height
    ty = np.random.uniform(-wrg, wrg) * width
    return apply_affine_transform(
        x,
        tx=tx,
        ty=ty,
        channel_axis=channel_axis,
        fill_mode=fill_mode,
        cval=cval,
        order=interpolation_order,
    )


@export("keras.preprocessing.image.random_shear")
def random_shear(
    x: Any,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Any:
    """The image sheared at random. Stands for `tf.keras.preprocessing.image.random_shear`.

    Args:
      x: an image.
      intensity: how many degrees at the most.
      row_axis and the others: as of `random_rotation`.
    """
    shear = np.random.uniform(-intensity, intensity)
    return apply_affine_transform(
        x,
        shear=shear,
        channel_axis=channel_axis,
        fill_mode=fill_mode,
        cval=cval,
        order=interpolation_order,
    )


@export("keras.preprocessing.image.random_zoom")
def random_zoom(
    x: Any,
    zoom_range: Any,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Any:
    """The image made larger or smaller at random. Stands for
    `tf.keras.preprocessing.image.random_zoom`.

    Args:
      x: an image.
      zoom_range: the least and the largest factor from the new image to the old.
      row_axis and the others: as of `random_rotation`.

    Raises:
      ValueError: there are not two factors.
    """
    if len(zoom_range) != 2:
        raise ValueError(
            f"`zoom_range` should be a tuple or list of two floats. Received: {zoom_range}"
        )
    zx, zy = random_factors(zoom_range)
    return apply_affine_transform(
        x,
        zx=zx,
        zy=zy,
        channel_axis=channel_axis,
        fill_mode=fill_mode,
        cval=cval,
        order=interpolation_order,
    )


def random_factors(zoom_range: Any) -> Any:
    """Two factors between two bounds; ones, without a random choice, where both are 1."""
    least, largest = zoom_range
    return (1, 1) if least == largest == 1 else np.random.uniform(least, largest, 2)


@export("keras.preprocessing.image.apply_channel_shift")
def apply_channel_shift(x: Any, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """A number added to all elements, within the least and the largest there was.

    Stands for `tf.keras.preprocessing.image.apply_channel_shift`.
    """
    return np.clip(np.asarray(x) + intensity, np.min(x), np.max(x))


@export("keras.preprocessing.image.random_channel_shift")
def random_channel_shift(x: Any, intensity_range: float, channel_axis: int = 0) -> np.ndarray:
    """A random number up to `intensity_range` added, or taken. Stands for
    `tf.keras.preprocessing.image.random_channel_shift`."""
    intensity = np.random.uniform(-intensity_range, intensity_range)
    return apply_channel_shift(x, intensity, channel_axis=channel_axis)


@export("keras.preprocessing.image.apply_brightness_shift")
def apply_brightness_shift(x: Any, brightness: float) -> np.ndarray:
    """The image made darker (below 1) or brighter, with values spread over 0 to 255 before.

    Stands for `tf.keras.preprocessing.image.apply_brightness_shift`.
    """
    image = array_to_img(x, "channels_last", dtype="float32")
    brighter = ImageEnhance.Brightness(image).enhance(brightness)
    return img_to_array(brighter, "channels_last", dtype="float32")


@export("keras.preprocessing.image.random_brightness")
def random_brightness(x: Any, brightness_range: Any) -> np.ndarray:
    """The image made brighter by a random factor between two. Stands for
    `tf.keras.preprocessing.image.random_brightness`.

    Raises:
      ValueError: there are not two.
    """
    if len(brightness_range) != 2:
        raise ValueError(
            f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}"
        )
    return apply_brightness_shift(x, np.random.uniform(*brightness_range))


def transform_matrix_offset_center(matrix: Any, x: float, y: float) -> np.ndarray:
    """The transformation about the middle of an image of `x` rows and `y` columns."""
    x, y = float(x) / 2 + 0.5, float(y) / 2 + 0.5
    there = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
    back = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]])
    return np.dot(np.dot(there, matrix), back)


@export("keras.preprocessing.image.apply_affine_transform")
def apply_affine_transform(
    x: Any,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 0,
    col_axis: int = 1,
    channel_axis: int = 2,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> Any:
    """The image turned, moved, sheared and made larger, in this order. Stands for
    `tf.keras.preprocessing.image.apply_affine_transform`.

    Args:
      x: an image.
      theta, shear: degrees.
      tx, ty: how many rows and columns.
      zx, zy: factors from the new image to the old.
      row_axis, col_axis, channel_axis: the axes.
      fill_mode: what is outside of the image: "nearest", "constant" (`cval`), "reflect", "wrap".
      cval: see there.
      order: of the splines between pixels.

    Raises:
      ImportError: SciPy is not installed.
    """
    ndimage = scipy_module("ndimage", "Image transformations require")
    turn, slant = np.deg2rad(theta), np.deg2rad(shear)
    steps: list[Any] = []
    if theta != 0:
        rotation = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
        steps.append(rotation)
    if tx != 0 or ty != 0:
        steps.append([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    if shear != 0:
        steps.append([[1, -np.sin(slant), 0], [0, np.cos(slant), 0], [0, 0, 1]])
    if zx != 1 or zy != 1:
        steps.append([[zx, 0, 0], [0, zy, 0], [0, 0, 1]])
    if not steps:
        return x
    whole = functools.reduce(np.dot, map(np.array, steps))
    matrix = transform_matrix_offset_center(whole, x.shape[row_axis], x.shape[col_axis])
    channels = [
        ndimage.affine_transform(
            channel, matrix[:2, :2], matrix[:2, 2], order=order, mode=fill_mode, cval=cval
        )
        for channel in np.moveaxis(x, channel_axis, 0)
    ]
    return np.moveaxis(np.stack(channels, axis=0), 0, channel_axis)
