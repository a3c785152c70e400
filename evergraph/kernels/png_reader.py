"""PNG files decoded as TensorFlow's library (libpng) does: any depth and colour to any other."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import PngImagePlugin

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GRAY, _RGB, _PALETTE, _GRAY_ALPHA, _RGB_ALPHA = 0, 2, 3, 4, 6
_COLORS = (_GRAY, _RGB, _PALETTE, _GRAY_ALPHA, _RGB_ALPHA)
_SAMPLES = {_GRAY: 1, _RGB: 3, _PALETTE: 1, _GRAY_ALPHA: 2, _RGB_ALPHA: 4}
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
# libpng refuses more.
_MAX_SIDE, _MAX_CHUNK = 1000000, 8000000
_FAILURES = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)
# The weights of ITU-R BT.601 in 1/32768, as libpng cuts them.
_WEIGHTS = np.array([9797, 19234, 3737], np.int64)


class PngError(ValueError):
    """These bytes are no PNG file, or a damaged one."""


def read_header(data: bytes) -> tuple[int, int, int, int]:
    """Width, height, bits of a sample, color type. Raises PngError, also where something else
    before the pixels is wrong."""
    if len(data) < 33 or data[:8] != _SIGNATURE or data[12:16] != b"IHDR":
        raise PngError("no header")
    width, height, depth, color = struct.unpack(">IIBB", data[16:26])
    if color not in _COLORS or not 0 < width <= _MAX_SIDE or not 0 < height <= _MAX_SIDE:
        raise PngError("a bad header")
    _check_before_pixels(data)
    try:
        _open(data)
    except _FAILURES as error:
        raise PngError(str(error)) from None
    return width, height, depth, color


def _check_before_pixels(data: bytes) -> None:
    """Raises PngError where a chunk up to the first of pixels says that it is larger than libpng
    takes: what no such picture needs."""
    width, height, depth, color = struct.unpack(">IIBB", data[16:26])
    row = width * _SAMPLES[color] * (2 if depth > 8 else 1) + 1 + (6 if data[28] else 0)
    pixels = height * row
    pixels += 6 + 5 * (pixels // min(row, 32566) + 1)
    at, kind = 8, b""
    while at + 8 <= len(data) and kind != b"IDAT":
        (size,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        if size > (max(_MAX_CHUNK, pixels) if kind == b"IDAT" else _MAX_CHUNK):
            raise PngError("a chunk is too large")
        at += 12 + size


def _check_chunks(data: bytes) -> None:
    """Raises PngError unless all chunks are there, to the last, and the sums of those that matter
    are right."""
    at = 8
    while at + 12 <= len(data):
        (size,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        end = at + 8 + size
        if kind in _CRITICAL:
            (sum_,) = struct.unpack(">I", data[end : end + 4].rjust(4, b"\0"))
            if end + 4 > len(data) or zlib.crc32(memoryview(data)[at + 4 : end]) != sum_:
                raise PngError(f"chunk {kind!r} is damaged")
        if kind == b"IEND":
            return
        at = end + 4
    raise PngError("the end is missing")


def decode(data: bytes, channels: int = 0, bits: int = 8) -> np.ndarray:
    """A file as [height, width, channels] of uint8, or uint16 where `bits` is 16.

    Args:
      channels: 1 to 4, or 0 for what is in the file.

    Raises:
      PngError: the file is damaged.
    """
    width, height, depth, color = read_header(data)
    _check_chunks(data)
    # No memory is taken for a size that the data, which grow 1032 times at most, cannot fill.
    if height * (width * _SAMPLES[color] * depth // 8) > 1040 * len(data):
        raise PngError("the pixels are missing")
    try:
        image, transparency = _samples(data, depth, color)
        gamma = _gamma(data)
    except _FAILURES as error:
        raise PngError(str(error)) from None
    if not channels:
        channels = (3 if transparency is None else 4) if color == _PALETTE else image.shape[2]
        if color == _PALETTE and image.shape[2] == 4:
            channels = 4
    image = _with_channels(image, channels, depth, transparency, gamma)
    if depth == 16 and bits == 8:
        return (image >> 8).astype(np.uint8)
    if depth <= 8 and bits == 16:
        return image.astype(np.uint16) * 257
    return image


def _samples(data: bytes, depth: int, color: int) -> tuple[np.ndarray, Any]:
    """The samples, palettes looked up and fewer than 8 bits spread to 8; and the colour that is
    transparent, in the file's own numbers."""
    picture = _open(data)
    transparency = picture.info.get("transparency")
    if color == _PALETTE:
        indices = np.asarray(picture, np.uint8)
        return _looked_up(indices, picture.getpalette() or [], transparency), None
    if depth < 16:
        picture.load()
        mode = "L" if picture.mode == "1" else picture.mode
        image = np.asarray(picture.convert(mode) if mode != picture.mode else picture, np.uint8)
        return image.reshape(*image.shape[:2], -1), transparency
    return _wide_samples(data, color), transparency


def _gamma(data: bytes) -> float | None:
    """The exponent by which a file's samples stand for brightness, where it says so."""
    info = _open(data).info
    return 0.45455 if "srgb" in info else info.get("gamma")


def _open(data: bytes) -> Any:
    return PngImagePlugin.PngImageFile(io.BytesIO(data))


def _wide_samples(data: bytes, color: int) -> np.ndarray:
    """Samples of 16 bits. Pillow cuts all but gray ones to one byte; it is made to cut them to the
    higher and then to the lower byte."""
    if color == _GRAY_ALPHA:
        # Two samples of two bytes are stored as four of one byte are.
        header = data[16:24] + bytes([8, _RGB_ALPHA]) + data[26:29]
        checksum = struct.pack(">I", zlib.crc32(b"IHDR" + header))
        renamed = data[:16] + header + checksum + data[33:]
        pairs = np.asarray(_open(renamed), np.uint16)
        return pairs[..., 0::2] << 8 | pairs[..., 1::2]
    if color == _GRAY:
        return np.asarray(_open(data)).astype(np.uint16)[..., None]
    halves = []
    for order in ("16B", "16L"):
        picture = _open(data)
        picture.tile = [tile._replace(args=f"{picture.mode};{order}") for tile in picture.tile]
        halves.append(np.asarray(picture, np.uint16))
    return halves[0] << 8 | halves[1]


def _looked_up(indices: np.ndarray, palette: list[int], transparency: Any) -> np.ndarray:
    colors = np.zeros((256, 3), np.uint8)
    known = np.array(palette, np.uint8).reshape(-1, 3)
    colors[: len(known)] = known
    if transparency is None:
        return colors[indices]
    alpha = np.full((256, 1), 255, np.uint8)
    if isinstance(transparency, bytes):
        alpha[: len(transparency), 0] = np.frombuffer(transparency, np.uint8)
    else:
        alpha[transparency] = 0
    return np.concatenate([colors, alpha], axis=1)[indices]


def _with_channels(
    image: np.ndarray, channels: int, depth: int, transparency: Any, gamma: float | None
) -> np.ndarray:
    color, alpha = image, None
    if image.shape[2] in (2, 4):
        color, alpha = image[..., :-1], image[..., -1:]
    if channels % 2 == 0 and alpha is None:
        if transparency is None:
            # The largest sample of the file's depth, also where that was spread to 8 bits since.
            alpha = np.full_like(image[..., :1], (1 << depth) - 1)
        else:
            alpha = _opaque(color, depth, transparency)
    if channels < 3 and color.shape[2] == 3:
        color = _gray(color, gamma)
    elif channels >= 3 and color.shape[2] == 1:
        color = np.repeat(color, 3, axis=2)
    if channels % 2:
        return np.ascontiguousarray(color)
    return np.concatenate([color, alpha], axis=2)


def _opaque(color: np.ndarray, depth: int, transparency: Any) -> np.ndarray:
    """Alpha where one colour is transparent."""
    wanted = np.atleast_1d(np.array(transparency))
    if depth < 8:
        wanted = wanted * (255 // ((1 << depth) - 1))
    top = 65535 if depth == 16 else 255
    hidden = (color == wanted).all(axis=2, keepdims=True)
    return np.where(hidden, 0, top).astype(color.dtype)


def _gray(color: np.ndarray, gamma: float | None) -> np.ndarray:
    """Red, green and blue as one. Samples of 8 bits are cut and those of 16 rounded; samples of
    known gamma are mixed as what they stand for."""
    same = (color == color[..., :1]).all(axis=2)
    if gamma and color.dtype == np.uint8 and abs(gamma - 1) >= 0.05:
        light = _powers(1 / gamma)[color].astype(np.int64)
        mixed = _powers(gamma)[(light @ _WEIGHTS + 16384) >> 15]
    else:
        rounding = 16384 if color.dtype == np.uint16 else 0
        mixed = (color.astype(np.int64) @ _WEIGHTS + rounding) >> 15
    return np.where(same, color[..., 0], mixed).astype(color.dtype)[..., None]


def _powers(exponent: float) -> np.ndarray:
    return np.floor(255 * (np.arange(256) / 255) ** exponent + 0.5).astype(np.uint8)
