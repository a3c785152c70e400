"""GIF files as TensorFlow decodes them: every frame whole, what it leaves out from the one before.

Pillow unpacks the frames one by one, each as a file of its own; it would compose them otherwise
than TensorFlow does.
"""

import io
import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import GifImagePlugin


class GifError(ValueError):
    """Why a file cannot be decoded, as TensorFlow words it."""


class _Frame(NamedTuple):
    left: int
    top: int
    width: int
    height: int
    palette: bytes | None
    flags: int
    packed: bytes  # the size of codes and the blocks of codes


_UNKNOWN = "failed to slurp gif file: Unknown error"
_SHORT = "failed to slurp gif file: Failed to read from given file"


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int, message: str = _SHORT) -> bytes:
        piece = self.data[self.at : self.at + count]
        if len(piece) < count:
            raise GifError(message)
        self.at += count
        return piece

    def palette(self, flags: int, message: str = _SHORT) -> bytes | None:
        return self.take(3 << (flags & 7) + 1, message) if flags & 0x80 else None

    def blocks(self) -> bytes:
        start = self.at
        while size := self.take(1)[0]:
            self.take(size)
        return self.data[start : self.at]


def _frames(reader: _Reader) -> Iterator[_Frame]:
    while True:
        kind = reader.take(1)
        if kind == b";":
            return
        if kind == b"!":
            reader.take(1)
            reader.blocks()
        elif kind == b",":
            left, top, width, height, flags = struct.unpack("<HHHHB", reader.take(9))
            palette = reader.palette(flags)
            # Of these giflib does not say what is wrong.
            size = reader.take(1, _UNKNOWN)
            if not width or not height or width > (2**31 - 1) // height:
                raise GifError(_UNKNOWN)
            packed = size + reader.blocks()
            yield _Frame(left, top, width, height, palette, flags, packed)
        else:
            raise GifError("failed to slurp gif file: Wrong record type detected")


def decode(data: bytes) -> np.ndarray:
    """A file as [frames, height, width, 3]. Raises GifError."""
    opening = "failed to open gif file: No screen descriptor detected"
    reader = _Reader(data)
    reader.take(6, "failed to open gif file: Failed to read from given file")
    *_, flags, _, _ = struct.unpack("<HHBBB", reader.take(7, opening))
    shared = reader.palette(flags, opening)
    frames = list(_frames(reader))
    if not frames:
        raise GifError("failed to slurp gif file: No Image Descriptor detected")
    # Whatever is wrong with the pixels is said first.
    indices = [_indices(frame) for frame in frames]
    height, width = max(f.height for f in frames), max(f.width for f in frames)
    result = np.zeros((len(frames), height, width, 3), np.uint8)
    for i, frame in enumerate(frames):
        if (frame.left, frame.top, frame.width, frame.height) != (0, 0, width, height):
            if i == 0:
                raise GifError("the first frame does not fill the canvas")
            result[i] = result[i - 1]
        palette = frame.palette or shared
        if palette is None:
            raise GifError(f"missing color map for frame {i}")
        _paint(result[i], frame, indices[i], palette)
    return result


def _paint(canvas: np.ndarray, frame: _Frame, indices: np.ndarray, palette: bytes) -> None:
    colors = np.frombuffer(palette, np.uint8).reshape(-1, 3)
    indices = indices[: canvas.shape[0] - frame.top, : canvas.shape[1] - frame.left]
    if indices.size and indices.max() >= len(colors):
        bad = indices[indices >= len(colors)][0]
        raise GifError(f"found color index {bad} outside of color map range {len(colors)}")
    rows, columns = indices.shape
    canvas[frame.top : frame.top + rows, frame.left : frame.left + columns] = colors[indices]


def _indices(frame: _Frame) -> np.ndarray:
    """The numbers of colours in a frame, by a file with this frame alone."""
    message = "failed to slurp gif file: Image EOF detected before image complete"
    # A code has at least 3 bits and stands for at most 4096 pixels: no memory is taken for a size
    # that the data cannot fill.
    if frame.width * frame.height > len(frame.packed) * 8 // 3 * 4096:
        raise GifError(message)
    gray = bytes(value for i in range(256) for value in (i, i, i))
    place = struct.pack("<HHHHB", 0, 0, frame.width, frame.height, frame.flags & 0x40)
    screen = struct.pack("<HHBBB", frame.width, frame.height, 0xF7, 0, 0)
    alone = b"GIF89a" + screen + gray + b"," + place + frame.packed + b";"
    try:
        return np.asarray(GifImagePlugin.GifImageFile(io.BytesIO(alone)), np.uint8)
    except (OSError, SyntaxError, ValueError, EOFError):
        raise GifError(message) from None
