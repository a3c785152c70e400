"""Images in files: Decode* of JPEG, PNG, GIF and BMP, Encode* of JPEG and PNG, ExtractJpegShape."""

import struct
from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.base.dtypes import DType
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import gif, jpeg, png, png_reader
from evergraph.kernels.dtypes import numpy_dtype
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_JPEG_ATTRS = (
    "channels: int = 0; ratio: int = 1; fancy_upscaling: bool = true; "
    "try_recover_truncated: bool = false; acceptable_fraction: float = 1.0; "
    "dct_method: string = ''"
)

decode_jpeg_op = op("DecodeJpeg(contents: string) -> image: uint8", _JPEG_ATTRS)
decode_and_crop_jpeg_op = op(
    "DecodeAndCropJpeg(contents: string, crop_window: int32) -> image: uint8", _JPEG_ATTRS
)
decode_png_op = op(
    "DecodePng(contents: string) -> image: dtype",
    "channels: int = 0; dtype: uint8 | uint16 = uint8",
)
decode_bmp_op = op("DecodeBmp(contents: string) -> image: uint8", "channels: int = 0")
decode_gif_op = op("DecodeGif(contents: string) -> image: uint8")
encode_jpeg_op = op(
    "EncodeJpeg(image: uint8) -> contents: string",
    "format: string in {'', 'grayscale', 'rgb'} = ''; quality: int = 95; "
    "progressive: bool = false; optimize_size: bool = false; chroma_downsampling: bool = true; "
    "density_unit: string in {'in', 'cm'} = 'in'; x_density: int = 300; y_density: int = 300; "
    "xmp_metadata: string = ''",
)
encode_jpeg_variable_quality_op = op(
    "EncodeJpegVariableQuality(images: uint8, quality: int32) -> contents: string"
)
encode_png_op = op(
    "EncodePng(image: T) -> contents: string",
    "compression: int = -1; T: uint8 | uint16 = uint8",
)
extract_jpeg_shape_op = op(
    "ExtractJpegShape(contents: string) -> image_shape: output_type",
    "output_type: int32 | int64 = int32",
)

for _entry in (
    decode_jpeg_op,
    decode_and_crop_jpeg_op,
    decode_png_op,
    decode_bmp_op,
    decode_gif_op,
    encode_jpeg_op,
    encode_jpeg_variable_quality_op,
    encode_png_op,
    extract_jpeg_shape_op,
):
    _entry.not_differentiable()


# Shapes.


def _channels(node: Any) -> int | None:
    channels: int = node.attr("channels")
    if channels < 0:
        raise ShapeError(f"channels must be non-negative, got {channels}")
    return channels or None


@decode_jpeg_op.shape
@decode_png_op.shape
@decode_bmp_op.shape
def decode_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    return (None, None, _channels(node))


@decode_and_crop_jpeg_op.shape
def decode_and_crop_jpeg_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    channels = _channels(node)
    (count,) = shape_rules.with_rank(node.inputs[1].dims, 1)
    shape_rules.with_value(count, 4)
    window = node.static_input(1)
    if window is None:
        return (None, None, channels)
    return (int(window[2]), int(window[3]), channels)


@decode_gif_op.shape
def decode_gif_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    return (None, None, None, 3)


@encode_jpeg_op.shape
@encode_jpeg_variable_quality_op.shape
@encode_png_op.shape
def encode_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 3)
    return ()


@extract_jpeg_shape_op.shape
def extract_jpeg_shape_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    return (3,)


# Decoding. The ops for JPEG, PNG and GIF take one another's files.


def _bytes(contents: Any) -> bytes:
    if np.ndim(contents):
        raise invalid(f"contents must be scalar, got shape {text(np.shape(contents))}")
    result: bytes = np.asarray(contents, object).item()
    return result


def _format(data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"GIF8"):
        return "GIF"
    what = f"unknown format starting with '{_escaped(data[:16])}'" if data else "empty file"
    raise invalid(f"Expected image (JPEG, PNG, or GIF), got {what}")


def _escaped(data: bytes) -> str:
    named = {0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t", 0x22: '\\"', 0x27: "\\'", 0x5C: "\\\\"}
    return "".join(named.get(b, chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in data)


def _decode(
    contents: Any,
    channels: int,
    *,
    bits: int = 8,
    animated: bool = False,
    crop: tuple[int, ...] | None = None,
    jpeg_attrs: dict[str, Any] | None = None,
) -> np.ndarray:
    if channels not in (0, 1, 3, 4):
        raise invalid(f"channels must be 0, 1, 3, or 4, got {channels}")
    data = _bytes(contents)
    kind = _format(data)
    if bits == 16 and kind != "PNG":
        raise invalid(f"{kind} does not support uint16 output")
    if kind == "GIF":
        return _decode_gif(data, channels, animated)
    if kind == "PNG":
        image = _decode_png(data, channels, bits)
    else:
        image = _decode_jpeg(data, channels, crop, jpeg_attrs or {})
    return image[None] if animated else image


def _decode_jpeg(
    data: bytes, channels: int, crop: tuple[int, ...] | None, attrs: dict[str, Any]
) -> np.ndarray:
    if channels == 4:
        raise invalid(f"channels must be 0, 1, or 3 for JPEG, got {channels}")
    failure = f"Invalid JPEG data or crop window, data size {len(data)}"
    try:
        image = jpeg.decode(data, channels, **attrs)
    except jpeg.JpegError:
        raise invalid(failure) from None
    if crop is None:
        return image
    y, x, height, width = crop
    if not (
        height > 0
        and width > 0
        and 0 <= y <= image.shape[0] - height
        and 0 <= x <= image.shape[1] - width
    ):
        raise invalid(failure)
    return np.ascontiguousarray(image[y : y + height, x : x + width])


def _decode_png(data: bytes, channels: int, bits: int) -> np.ndarray:
    try:
        width, height, _, _ = png_reader.read_header(data)
    except png_reader.PngError:
        raise invalid(f"Invalid PNG header, data size {len(data)}") from None
    if width >= 1 << 27 or height >= 1 << 27 or width * height >= 1 << 29:
        raise invalid(f"PNG size too large for int: {width} by {height}")
    try:
        return png_reader.decode(data, channels, bits)
    except png_reader.PngError:
        raise invalid(f"Invalid PNG data, size {len(data)}") from None


def _decode_gif(data: bytes, channels: int, animated: bool) -> np.ndarray:
    if channels not in (0, 3):
        raise invalid(f"channels must be 0 or 3 for GIF, got {channels}")
    try:
        frames = gif.decode(data)
    except gif.GifError as error:
        raise invalid(f"Invalid GIF data (size {len(data)}), {error}") from None
    if animated:
        return frames
    if len(frames) != 1:
        raise invalid(
            f"Got {len(frames)} frames, but animated gifs can only be decoded by "
            "tf.image.decode_gif or tf.image.decode_image"
        )
    return frames[0]


def _jpeg_options(
    ratio: int,
    fancy_upscaling: bool,
    try_recover_truncated: bool,
    acceptable_fraction: float,
    dct_method: str,
) -> dict[str, Any]:
    if ratio not in (1, 2, 4, 8):
        raise invalid(f"ratio must be 1, 2, 4, or 8, got {ratio}")
    if dct_method not in ("", "INTEGER_FAST", "INTEGER_ACCURATE"):
        raise invalid("dct_method must be one of {'', 'INTEGER_FAST', 'INTEGER_ACCURATE'}")
    return {
        "ratio": ratio,
        "fancy_upscaling": fancy_upscaling,
        "fast": dct_method != "INTEGER_ACCURATE",
        "recover": try_recover_truncated,
        "acceptable_fraction": acceptable_fraction,
    }


@decode_jpeg_op.numpy
def decode_jpeg_kernel(
    contents: Any,
    *,
    channels: int,
    ratio: int,
    fancy_upscaling: bool,
    try_recover_truncated: bool,
    acceptable_fraction: float,
    dct_method: str,
) -> np.ndarray:
    options = _jpeg_options(
        ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method
    )
    return _decode(contents, channels, jpeg_attrs=options)


@decode_and_crop_jpeg_op.numpy
def decode_and_crop_jpeg_kernel(
    contents: Any,
    crop_window: Any,
    *,
    channels: int,
    ratio: int,
    fancy_upscaling: bool,
    try_recover_truncated: bool,
    acceptable_fraction: float,
    dct_method: str,
) -> np.ndarray:
    options = _jpeg_options(
        ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method
    )
    shape = np.shape(crop_window)
    if len(shape) != 1:
        raise invalid(f"crop_window must be 1-D, got shape {text(shape)}")
    if shape[0] != 4:
        raise invalid(f"crop_size must have four elements {text(shape)}")
    crop = tuple(int(n) for n in crop_window)
    return _decode(contents, channels, crop=crop, jpeg_attrs=options)


@decode_png_op.numpy
def decode_png_kernel(contents: Any, *, channels: int, dtype: DType) -> np.ndarray:
    return _decode(contents, channels, bits=16 if dtype.name == "uint16" else 8)


@decode_gif_op.numpy
def decode_gif_kernel(contents: Any) -> np.ndarray:
    return _decode(contents, 3, animated=True)


@decode_bmp_op.numpy
def decode_bmp_kernel(contents: Any, *, channels: int) -> np.ndarray:
    """Uncompressed bitmaps of 8, 24 or 32 bits."""
    if channels not in (0, 1, 3, 4):
        raise invalid(f"channels must be 0, 1, 3 or 4, got {channels}")
    data = _bytes(contents)
    if len(data) < 32:
        raise invalid(
            "Incomplete bmp content, requires at least 32 bytes to find the header size, width, "
            f"height, and bpp, got {len(data)} bytes"
        )
    (start,) = struct.unpack("<i", data[10:14])
    width, height = struct.unpack("<ii", data[18:26])
    (bits,) = struct.unpack("<i", data[28:32])
    count = int(bits / 8)
    if channels and channels != count:
        raise invalid(
            f"channels attribute {channels} does not match bits per pixel from file {count}"
        )
    _check_bmp(start, width, height, count)
    row = (count * width + 3) // 4 * 4
    needed = start + (abs(height) - 1) * row + width * count
    if len(data) < needed:
        raise invalid(
            f"Incomplete bmp content, requires at least {needed} bytes, got {len(data)} bytes"
        )
    # The last row may lack what pads the others.
    pixels = np.zeros(abs(height) * row, np.uint8)
    stored = np.frombuffer(data, np.uint8, offset=start)[: len(pixels)]
    pixels[: len(stored)] = stored
    image = pixels.reshape(abs(height), row)[:, : width * count].reshape(-1, width, count)
    if height > 0:
        image = image[::-1]
    order = [0] if count == 1 else [2, 1, 0, 3][:count]
    return np.ascontiguousarray(image[:, :, order])


def _check_bmp(start: int, width: int, height: int, count: int) -> None:
    if count not in (1, 3, 4):
        raise invalid(f"Number of channels must be 1, 3 or 4, was {count}")
    if width <= 0:
        raise invalid("Width must be positive")
    if height == 0:
        raise invalid("Height must be nonzero")
    if start < 0:
        raise invalid("header size must be nonnegative")
    if width * abs(height) >= (1 << 31) // 8:
        raise invalid("Total possible pixel bytes must be less than 2^30")


@extract_jpeg_shape_op.numpy
def extract_jpeg_shape_kernel(contents: Any, *, output_type: DType) -> np.ndarray:
    data = _bytes(contents)
    try:
        header = jpeg.read_header(data)
    except jpeg.JpegError:
        raise invalid(f"Invalid JPEG data, size {len(data)}") from None
    return np.array([header.height, header.width, header.channels], numpy_dtype(output_type))


# Encoding.


def _check_image(image: Any) -> int:
    if np.ndim(image) != 3:
        raise invalid(f"image must be 3-dimensional{text(np.shape(image))}")
    return int(image.shape[2])


def _encode_jpeg(image: Any, **options: Any) -> np.ndarray:
    try:
        return np.array(jpeg.encode(np.ascontiguousarray(image), **options), object)
    except (ValueError, OSError, struct.error):
        raise errors.InternalError(None, None, "JPEG encoding failed") from None


@encode_jpeg_op.numpy
def encode_jpeg_kernel(
    image: Any,
    *,
    format: str,
    quality: int,
    progressive: bool,
    optimize_size: bool,
    chroma_downsampling: bool,
    density_unit: str,
    x_density: int,
    y_density: int,
    xmp_metadata: Any,
) -> np.ndarray:
    if not 0 <= quality <= 100:
        raise invalid(f"quality must be in [0,100], got {quality}")
    channels = _check_image(image)
    wanted = {"grayscale": 1, "rgb": 3}.get(format)
    if wanted is None and channels not in (1, 3):
        raise invalid(f"image must have 1 or 3 channels, got {text(image.shape)}")
    if wanted is not None and channels != wanted:
        raise invalid(f"format {format} expects {wanted} channels, got {text(image.shape)}")
    metadata = xmp_metadata.encode() if isinstance(xmp_metadata, str) else xmp_metadata
    return _encode_jpeg(
        image,
        quality=quality,
        progressive=progressive,
        optimize_size=optimize_size,
        chroma_downsampling=chroma_downsampling,
        density_unit=density_unit,
        x_density=x_density,
        y_density=y_density,
        xmp_metadata=metadata,
    )


@encode_jpeg_variable_quality_op.numpy
def encode_jpeg_variable_quality_kernel(images: Any, quality: Any) -> np.ndarray:
    channels = _check_image(images)
    if np.ndim(quality):
        raise invalid(f"quality must be scalar: {text(np.shape(quality))}")
    if channels not in (1, 3):
        raise invalid(f"image must have 1 or 3 channels, got {text(images.shape)}")
    return _encode_jpeg(images, quality=int(quality))


@encode_png_op.numpy
def encode_png_kernel(image: Any, *, compression: int) -> np.ndarray:
    if not -1 <= compression <= 9:
        raise invalid(f"compression should be in [-1,9], got {compression}")
    channels = _check_image(image)
    if not 1 <= channels <= 4:
        raise invalid(f"image must have 1, 2, 3, or 4 channels, got {channels}")
    return np.array(png.encode_png(image, compression), object)
