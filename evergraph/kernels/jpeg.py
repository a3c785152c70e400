"""JPEG files as TensorFlow reads and writes them: bit for bit, by the libraries it is made of.

Simplejpeg decodes (libjpeg-turbo with the fast transform that TensorFlow chooses), Pillow encodes
(the same library, with progressive and optimized files).
"""

import io
import struct
from typing import NamedTuple

import numpy as np
import simplejpeg
from PIL import Image, JpegImagePlugin

MAX_PIXELS = 1 << 29
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_UNITS = {"in": 1, "cm": 2}
_RGB, _CMYK = "RGB", "CMYK"
_ODD_SAMPLING = "subsampling level"
_TRUNCATED = "Premature end of JPEG file"
# How the library's warnings begin; anything else that it says is an error.
_WARNINGS = ("Corrupt JPEG data", "Inconsistent progression", "Unknown Adobe", "Invalid SOS")


class JpegError(ValueError):
    """These bytes are no JPEG file, or not a whole one."""


class Header(NamedTuple):
    """What a file says of its image."""

    height: int
    width: int
    colorspace: str
    odd: bool = False  # colours are held in a detail that simplejpeg does not know

    @property
    def channels(self) -> int:
        return {"gray": 1, "l": 1, "cmyk": 4, "ycck": 4}.get(self.colorspace.lower(), 3)


def read_header(data: bytes) -> Header:
    """Raises JpegError where there is no header."""
    try:
        height, width, colorspace, _ = simplejpeg.decode_jpeg_header(data, strict=False)
    except (ValueError, KeyError) as error:
        if _ODD_SAMPLING in str(error):
            width, height = _opened(data).size
            return Header(height, width, _opened(data).mode, odd=True)
        # A file that ends within its header may come out as a colour space of no name.
        raise JpegError(str(error)) from None
    return Header(int(height), int(width), str(colorspace))


def decode(
    data: bytes,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    fast: bool = True,
    recover: bool = False,
    acceptable_fraction: float = 1.0,
) -> np.ndarray:
    """A file as [height, width, channels].

    Args:
      channels: 1 or 3, or 0 for what is in the file (3 where it is CMYK).
      ratio: 1, 2, 4 or 8: how much smaller the image becomes.
      fast: the transform that is quicker and less exact.
      recover: take a file whose end is missing.
      acceptable_fraction: how much of the image must be there.

    Raises:
      JpegError: the file is damaged, or its image too large.
    """
    header = read_header(data)
    height, width = -(-header.height // ratio), -(-header.width // ratio)
    if height * width * header.channels >= MAX_PIXELS:
        raise JpegError(f"{height} by {width} pixels are too many")
    if header.channels == 4:
        if channels == 1:
            raise JpegError("no gray image is in a CMYK file")
        colorspace = _CMYK
    else:
        colorspace = "GRAY" if (channels or header.channels) == 1 else _RGB

    def attempt(strict: bool) -> np.ndarray:
        if header.odd:
            return _decoded_by_pillow(data, colorspace, ratio)
        result: np.ndarray = simplejpeg.decode_jpeg(
            data,
            colorspace=colorspace,
            fastdct=fast,
            fastupsample=not fancy_upscaling,
            # The library takes the smallest of its scales that reaches this size.
            min_height=height if ratio > 1 else 0,
            min_width=width if ratio > 1 else 0,
            strict=strict,
        )
        return result

    try:
        image = attempt(strict=True)
    except (ValueError, OSError) as error:
        # Oddities in a file are mere warnings, but not that its end is missing.
        partly = str(error).startswith(_TRUNCATED) and (recover or acceptable_fraction < 1)
        if not partly and not str(error).startswith(_WARNINGS):
            raise JpegError(str(error)) from None
        if "extraneous bytes before marker" in str(error):
            # In headers no switch makes it a mere warning.
            data = _without_strays(data)
        try:
            image = attempt(strict=False)
        except ValueError as failure:
            raise JpegError(str(failure)) from None
    return _without_key(image, b"Adobe" in data[:1024]) if header.channels == 4 else image


def _without_strays(data: bytes) -> bytes:
    """A file without the bytes between segments, before its pixels."""
    parts, at = [data[:2]], 2
    while at < len(data):
        at = data.find(b"\xff", at)
        while data[at + 1 : at + 2] == b"\xff":
            at += 1
        marker = data[at + 1 : at + 2]
        if at < 0 or not marker or marker == b"\xda":
            break
        if marker == b"\0":
            at += 2
            continue
        size = 0
        if marker != b"\x01" and not 0xD0 <= marker[0] <= 0xD9:
            size = int.from_bytes(data[at + 2 : at + 4], "big")
            if size < 2:  # not even its own two bytes
                at += 4
                continue
        parts.append(data[at : at + 2 + size])
        at += 2 + size
    return b"".join([*parts, data[at:]]) if at >= 0 else data


def _opened(data: bytes) -> JpegImagePlugin.JpegImageFile:
    try:
        return JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    except (OSError, SyntaxError, ValueError) as error:
        raise JpegError(str(error)) from None


def _decoded_by_pillow(data: bytes, colorspace: str, ratio: int) -> np.ndarray:
    """By the exact transform, so that values may be one or two from TensorFlow's."""
    picture = _opened(data)
    size = (-(-picture.size[0] // ratio), -(-picture.size[1] // ratio))
    picture.draft({"GRAY": "L"}.get(colorspace, colorspace), size)
    image = np.asarray(picture.convert({"GRAY": "L"}.get(colorspace, colorspace)), np.uint8)
    # Pillow takes inks for inverted ones.
    return 255 - image if colorspace == _CMYK else image.reshape(*image.shape[:2], -1)


def _without_key(image: np.ndarray, inverted: bool) -> np.ndarray:
    """CMYK as RGB; Adobe's files hold the inks inverted."""
    inks = image.astype(np.int32)
    if not inverted:
        inks = 255 - inks
    return (inks[..., 3:] * inks[..., :3] // 255).astype(np.uint8)


def encode(
    image: np.ndarray,
    quality: int = 95,
    progressive: bool = False,
    optimize_size: bool = False,
    chroma_downsampling: bool = True,
    density_unit: str = "in",
    x_density: int = 300,
    y_density: int = 300,
    xmp_metadata: bytes = b"",
) -> bytes:
    """An image [height, width, 1 or 3] of uint8 as a file; the arguments are those of the op."""
    gray = image.shape[2] == 1
    file = io.BytesIO()
    Image.fromarray(image[:, :, 0] if gray else image).save(
        file,
        "JPEG",
        quality=min(max(quality, 0), 100),
        progressive=progressive,
        optimize=optimize_size,
        subsampling=2 if chroma_downsampling and not gray else 0,
        dpi=(1, 1),
    )
    data = file.getvalue()
    # SOI (2 bytes), APP0 (18): marker, length, "JFIF\0", version, then what is replaced here.
    density = struct.pack(">BHH", _UNITS[density_unit], x_density & 0xFFFF, y_density & 0xFFFF)
    head, rest = data[:13] + density + data[18:20], data[20:]
    if xmp_metadata:
        packet = _XMP + xmp_metadata
        head += struct.pack(">HH", 0xFFE1, len(packet) + 2) + packet
    return head + rest
