"""Images in files: tf.image.decode_jpeg and its like, encode_jpeg, encode_png, decode_image."""

from typing import Any

from evergraph.api import array_ops, math_ops, string_ops
from evergraph.api.control_flow_ops import Assert, cond
from evergraph.api.image_types import convert_image_dtype
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor


@export("io.decode_jpeg", "image.decode_jpeg")
def decode_jpeg(
    contents: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """A JPEG file (or a PNG, or a GIF with one frame) as an image [height, width, channels] of
    uint8. Stands for `tf.io.decode_jpeg`; the values are the same bit for bit.

    Args:
      contents: the file, a string scalar.
      channels: 1 or 3, or 0 for as many as are in the file.
      ratio: 1, 2, 4 or 8: how much smaller the image is made.
      fancy_upscaling: whether colours, which files hold in less detail, are smoothed.
      try_recover_truncated: whether a file whose end is missing is taken.
      acceptable_fraction: how much of the image must be there.
      dct_method: "INTEGER_FAST" (default) or "INTEGER_ACCURATE".
      name: the node's name.

    Raises:
      InvalidArgumentError: at run time, where this is no image.
    """
    return apply_op(
        "DecodeJpeg",
        contents,
        channels=channels,
        ratio=ratio,
        fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated,
        acceptable_fraction=acceptable_fraction,
        dct_method=dct_method,
        name=name,
    )


@export("io.decode_and_crop_jpeg", "image.decode_and_crop_jpeg")
def decode_and_crop_jpeg(
    contents: Any,
    crop_window: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """As `tf.io.decode_jpeg`, of the image only the window [y, x, height, width]. Stands for
    `tf.io.decode_and_crop_jpeg`."""
    return apply_op(
        "DecodeAndCropJpeg",
        contents,
        crop_window,
        channels=channels,
        ratio=ratio,
        fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated,
        acceptable_fraction=acceptable_fraction,
        dct_method=dct_method,
        name=name,
    )


@export("io.decode_png", "image.decode_png")
def decode_png(
    contents: Any, channels: int = 0, dtype: Any = dtypes.uint8, name: str | None = None
) -> Tensor:
    """A PNG file (or a JPEG, or a GIF with one frame) as an image [height, width, channels]. Stands
    for `tf.io.decode_png`.

    Args:
      contents: the file, a string scalar.
      channels: 1, 3 or 4, or 0 for as many as are in the file.
      dtype: uint8 or uint16.
      name: the node's name.
    """
    return apply_op("DecodePng", contents, channels=channels, dtype=dtype, name=name)


@export("io.decode_bmp", "image.decode_bmp")
def decode_bmp(contents: Any, channels: int = 0, name: str | None = None) -> Tensor:
    """A BMP file as an image [height, width, channels] of uint8; `channels` 0 stands for as many as
    are in the file. Stands for `tf.io.decode_bmp`."""
    return apply_op("DecodeBmp", contents, channels=channels, name=name)


@export("io.decode_gif", "image.decode_gif")
def decode_gif(contents: Any, name: str | None = None) -> Tensor:
    """A GIF file as images [frames, height, width, 3] of uint8. Stands for `tf.io.decode_gif`."""
    return apply_op("DecodeGif", contents, name=name)


@export("io.encode_jpeg", "image.encode_jpeg")
def encode_jpeg(
    image: Any,
    format: str = "",
    quality: int = 95,
    progressive: bool = False,
    optimize_size: bool = False,
    chroma_downsampling: bool = True,
    density_unit: str = "in",
    x_density: int = 300,
    y_density: int = 300,
    xmp_metadata: Any = "",
    name: str | None = None,
) -> Tensor:
    """An image [height, width, 1 or 3] of uint8 as a JPEG file, a string scalar. Stands for
    `tf.io.encode_jpeg`; the bytes are the same.

    Args:
      image: the image.
      format: "grayscale" or "rgb", or "" for what the channels tell.
      quality: 0 to 100.
      progressive: whether the image can be shown before all of it is there.
      optimize_size: whether to take the time for a smaller file.
      chroma_downsampling: whether colours are held in less detail.
      density_unit: "in" or "cm".
      x_density: pixels per unit.
      y_density: pixels per unit.
      xmp_metadata: a text to be embedded.
      name: the node's name.
    """
    return apply_op(
        "EncodeJpeg",
        image,
        format=format,
        quality=quality,
        progressive=progressive,
        optimize_size=optimize_size,
        chroma_downsampling=chroma_downsampling,
        density_unit=density_unit,
        x_density=x_density,
        y_density=y_density,
        xmp_metadata=xmp_metadata,
        name=name,
    )


@export("image.encode_png")
def encode_png(image: Any, compression: int = -1, name: str | None = None) -> Tensor:
    """An image [height, width, 1 to 4] of uint8 or uint16 as a PNG file, a string scalar. Stands
    for `tf.image.encode_png`.

    `compression` is 0 (none) to 9 (most), or -1 for zlib's default.
    """
    return apply_op("EncodePng", image, compression=compression, name=name)


@export("io.extract_jpeg_shape", "image.extract_jpeg_shape")
def extract_jpeg_shape(
    contents: Any, output_type: Any = dtypes.int32, name: str | None = None
) -> Tensor:
    """[height, width, channels] of a JPEG file, which is not decoded for it. Stands for
    `tf.io.extract_jpeg_shape`."""
    return apply_op("ExtractJpegShape", contents, output_type=output_type, name=name)


@export("io.is_jpeg", "image.is_jpeg")
def is_jpeg(contents: Any, name: str | None = None) -> Tensor:
    """Whether a string scalar starts as JPEG files do. Stands for `tf.io.is_jpeg`."""
    with name_scope(name, "is_jpeg"):
        start = string_ops.substr(contents, 0, 3)
        return math_ops.equal(start, b"\xff\xd8\xff", name=name)


def _is_png(contents: Any, name: str | None = None) -> Tensor:
    with name_scope(name, "is_png"):
        start = string_ops.substr(contents, 0, 3)
        return math_ops.equal(start, b"\x89PN", name=name)


@export("io.decode_image", "image.decode_image")
def decode_image(
    contents: Any,
    channels: int | None = None,
    dtype: Any = dtypes.uint8,
    name: str | None = None,
    expand_animations: bool = True,
) -> Tensor:
    """A JPEG, PNG, GIF or BMP file, whichever it is, as an image. Stands for `tf.io.decode_image`.

    Args:
      contents: the file, a string scalar.
      channels: 1, 3 or 4, or 0 or None for as many as are in the file.
      dtype: the type of the result, to which values are scaled as by `convert_image_dtype`.
      name: a name scope for the nodes.
      expand_animations: whether GIFs give all their frames, [frames, height, width, 3]; otherwise
        they give the first.

    Raises:
      ValueError: for other channels.
    """
    with name_scope(name, "decode_image"):
        if channels not in (None, 0, 1, 3, 4):
            raise ValueError("channels must be in (None, 0, 1, 3, 4)")
        start = string_ops.substr(contents, 0, 3)

        def bmp() -> Any:
            signature = string_ops.substr(contents, 0, 2)
            is_bmp = math_ops.equal(signature, "BM", name="is_bmp")
            known = Assert(is_bmp, ["Unable to decode bytes as JPEG, PNG, GIF, or BMP"])
            fits = math_ops.not_equal(channels or 0, 1, name="check_channels")
            message = "Channels must be in (None, 0, 3) when decoding BMP images"
            with control_dependencies([known, Assert(fits, [message])]):
                return convert_image_dtype(decode_bmp(contents), dtype)

        def gif() -> Any:
            fits = math_ops.logical_and(
                math_ops.not_equal(channels or 0, 1, name="check_gif_channels"),
                math_ops.not_equal(channels or 0, 4, name="check_gif_channels"),
            )
            message = "Channels must be in (None, 0, 3) when decoding GIF images"
            with control_dependencies([Assert(fits, [message])]):
                frames = convert_image_dtype(decode_gif(contents), dtype)
                return frames if expand_animations else array_ops.gather(frames, 0)

        def gif_or_bmp() -> Any:
            is_gif = math_ops.equal(start, b"GIF", name="is_gif")
            return cond(is_gif, gif, bmp, name="cond_gif")

        def png() -> Any:
            depth = dtypes.uint8 if dtype == dtypes.uint8 else dtypes.uint16
            image = apply_op("DecodePng", contents, channels=channels, dtype=depth)
            return convert_image_dtype(image, dtype)

        def png_or_other() -> Any:
            return cond(_is_png(contents), png, gif_or_bmp, name="cond_png")

        def jpeg() -> Any:
            fits = math_ops.not_equal(channels or 0, 4, name="check_jpeg_channels")
            message = "Channels must be in (None, 0, 1, 3) when decoding JPEG images"
            with control_dependencies([Assert(fits, [message])]):
                image = apply_op("DecodeJpeg", contents, channels=channels)
                return convert_image_dtype(image, dtype)

        result: Tensor = cond(is_jpeg(contents), jpeg, png_or_other, name="cond_jpeg")
        return result
