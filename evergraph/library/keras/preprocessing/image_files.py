"""Images as files, as Pillow's images, and as arrays."""

import io
import os
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from evergraph.base.export import export
from evergraph.library.keras.backend import floatx, image_data_format

INTERPOLATIONS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "hamming": Image.Resampling.HAMMING,
    "box": Image.Resampling.BOX,
    "lanczos": Image.Resampling.LANCZOS,
}
MODES = {"grayscale": "L", "rgba": "RGBA", "rgb": "RGB"}
CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
FORMATS = ("channels_first", "channels_last")


@export("keras.preprocessing.image.load_img")
def load_img(
    path: Any,
    grayscale: bool = False,
    color_mode: str = "rgb",
    target_size: Any = None,
    interpolation: str = "nearest",
) -> Image.Image:
    """The image of a file, as one of Pillow. Stands for `tf.keras.preprocessing.image.load_img`.

    Args:
      path: the file.
      grayscale: an earlier way to say `color_mode="grayscale"`.
      color_mode: "rgb", "rgba" or "grayscale".
      target_size: height and width; default: the file's.
      interpolation: "nearest", "bilinear", "bicubic", "hamming", "box" or "lanczos".

    Raises:
      ValueError: there is no such mode or interpolation.
    """
    if grayscale is True:
        warnings.warn('grayscale is deprecated. Please use color_mode = "grayscale"', stacklevel=2)
        color_mode = "grayscale"
    if color_mode not in MODES:
        raise ValueError('color_mode must be "grayscale", "rgb", or "rgba"')
    with open(path, "rb") as file:
        image: Image.Image = Image.open(io.BytesIO(file.read()))
    deep = color_mode == "grayscale" and image.mode in ("I;16", "I")  # more than 8 bits are kept
    if image.mode != MODES[color_mode] and not deep:
        image = image.convert(MODES[color_mode])
    if target_size is None or image.size == (target_size[1], target_size[0]):
        return image
    if interpolation not in INTERPOLATIONS:
        raise ValueError(
            f"Invalid interpolation method {interpolation} specified. Supported methods are "
            + ", ".join(INTERPOLATIONS)
        )
    return image.resize((target_size[1], target_size[0]), INTERPOLATIONS[interpolation])


@export("keras.preprocessing.image.img_to_array")
def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """The elements of an image, with an axis for channels. Stands for
    `tf.keras.preprocessing.image.img_to_array`.

    Args:
      img: an image of Pillow, or an array of rank 2 or 3.
      data_format: of the array; default: that of `set_image_data_format`.
      dtype: its element type; default: `floatx()`.

    Raises:
      ValueError: for another format or rank.
    """
    data_format = image_data_format() if data_format is None else data_format
    if data_format not in FORMATS:
        raise ValueError(f"Unknown data_format: {data_format}")
    x = np.asarray(img, dtype=floatx() if dtype is None else dtype)
    if x.ndim not in (2, 3):
        raise ValueError(f"Unsupported image shape: {x.shape}")
    first = data_format == "channels_first"
    if x.ndim == 2:
        return x[None] if first else x[..., None]
    return x.transpose(2, 0, 1) if first else x


@export("keras.preprocessing.image.array_to_img")
def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Image.Image:
    """An array as an image of Pillow. Stands for `tf.keras.preprocessing.image.array_to_img`.

    Args:
      x: of rank 3, with 1, 3 or 4 channels.
      data_format: of the array; default: that of `set_image_data_format`.
      scale: whether the values are spread over 0 to 255.
      dtype: what it is converted to before; default: `floatx()`.

    Raises:
      ValueError: for another format, rank or number of channels.
    """
    data_format = image_data_format() if data_format is None else data_format
    x = np.asarray(x, dtype=floatx() if dtype is None else dtype)
    if x.ndim != 3:
        raise ValueError(
            f"Expected image array to have rank 3 (single image). Got array with shape: {x.shape}"
        )
    if data_format not in FORMATS:
        raise ValueError(f"Invalid data_format: {data_format}")
    if data_format == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = x - np.min(x)
        largest = np.max(x)
        if largest != 0:
            x /= largest
        x *= 255
    if x.shape[2] in (3, 4):
        return Image.fromarray(x.astype("uint8"))
    if x.shape[2] != 1:
        raise ValueError(f"Unsupported channel number: {x.shape[2]}")
    return Image.fromarray(x[:, :, 0].astype("int32" if np.max(x) > 255 else "uint8"))


@export("keras.preprocessing.image.save_img")
def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Writes an array as an image file. Stands for `tf.keras.preprocessing.image.save_img`.

    Args:
      path: the file.
      x, data_format, scale: as of `array_to_img`.
      file_format: Pillow's name of a format; default: by the file's ending.
      **kwargs: of Pillow's `save`.
    """
    image = array_to_img(x, data_format=data_format, scale=scale)
    if image.mode == "RGBA" and file_format in ("jpg", "jpeg"):
        warnings.warn(
            "The JPG format does not support RGBA images, converting to RGB.", stacklevel=2
        )
        image = image.convert("RGB")
    image.save(path, format=file_format, **kwargs)


def list_pictures(
    directory: str,
    ext: Any = ("jpg", "jpeg", "bmp", "png", "ppm", "tif", "tiff"),
) -> list[str]:
    """The paths of all files below a folder that have one of these endings."""
    endings = tuple("." + ending for ending in ((ext,) if isinstance(ext, str) else ext))
    return [
        os.path.join(root, name)
        for root, _, names in os.walk(directory)
        for name in names
        if name.lower().endswith(endings)
    ]


def image_files(
    folder: str, endings: tuple[str, ...], follow_links: bool
) -> Iterator[tuple[str, str]]:
    """Folder and name of each image below a folder, in the order of names."""
    for root, _, names in sorted(os.walk(folder, followlinks=follow_links), key=lambda x: x[0]):
        for name in sorted(names):
            lower = name.lower()
            if lower.endswith(".tiff"):
                warnings.warn(
                    'Using ".tiff" files with multiple bands will cause distortion. Please verify '
                    "your output.",
                    stacklevel=2,
                )
            if lower.endswith(endings):
                yield root, name
