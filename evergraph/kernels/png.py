"""PNG files, byte for byte as TensorFlow's library (libpng) writes them."""

import struct
import zlib

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
_CHUNK_BYTES = 8192


def encode_png(image: np.ndarray, level: int = -1) -> bytes:
    """An image as a PNG file.

    Args:
      image: [height, width, channels] of uint8 or uint16, with 1 to 4 channels.
      level: how hard to compress, 0 to 9, or -1 for zlib's default.
    """
    height, width, channels = image.shape
    header = struct.pack(
        ">IIBBBBB", width, height, 8 * image.dtype.itemsize, _COLOR_TYPES[channels], 0, 0, 0
    )
    pixel = channels * image.dtype.itemsize
    rows = np.ascontiguousarray(image, image.dtype.newbyteorder(">")).view(np.uint8)
    data = _deflate(_filtered(rows.reshape(height, width * pixel), pixel).tobytes(), level)
    pieces = [data[i : i + _CHUNK_BYTES] for i in range(0, len(data), _CHUNK_BYTES)]
    chunks = [(b"IHDR", header), *((b"IDAT", piece) for piece in pieces), (b"IEND", b"")]
    return _SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def _deflate(data: bytes, level: int) -> bytes:
    """Compressed with the smallest window that holds everything, which the header tells."""
    bits = 15
    # 262 is what zlib wants to see ahead.
    while bits > 8 and len(data) + 262 <= 1 << (bits - 1):
        bits -= 1
    # zlib does not do with a window of 8 bits; 9 are used then.
    packer = zlib.compressobj(level, zlib.DEFLATED, max(bits, 9), 9, zlib.Z_FILTERED)
    packed = packer.compress(data) + packer.flush()
    return _with_window(packed, len(data))


def _with_window(packed: bytes, size: int) -> bytes:
    """The stream with a header that tells the smallest window for `size` bytes."""
    bits = 15
    while bits > 8 and size <= 1 << (bits - 1):
        bits -= 1
    bits = min(bits, (packed[0] >> 4) + 8)
    method = (bits - 8) << 4 | 8
    flags = packed[1] & 0xE0
    return bytes([method, flags + 31 - ((method << 8) + flags) % 31]) + packed[2:]


def _filtered(rows: np.ndarray, pixel: int) -> np.ndarray:
    """Each row through the filter that leaves the smallest numbers, with that filter's number in
    front."""
    height, size = rows.shape
    raw = rows.astype(np.int16)
    left = np.zeros_like(raw)
    left[:, pixel:] = raw[:, :-pixel]
    up = np.zeros_like(raw)
    up[1:] = raw[:-1]
    choices = {0: np.zeros_like(raw)}
    if size > pixel:
        choices[1] = left
    if height > 1:
        choices[2] = up
    if size > pixel and height > 1:
        corner = np.zeros_like(raw)
        corner[:, pixel:] = up[:, :-pixel]
        choices |= {3: (left + up) >> 1, 4: _paeth(left, up, corner)}
    numbers = list(choices)
    results = [(raw - guess).astype(np.uint8) for guess in choices.values()]
    # A byte counts as what it is from zero, either way; of equal filters the first is taken.
    costs = [np.minimum(r, 256 - r.astype(np.int32)).sum(1, dtype=np.int64) for r in results]
    best = np.argmin(costs, axis=0)
    filtered = np.stack(results)[best, np.arange(height)]
    return np.concatenate([np.array(numbers, np.uint8)[best][:, None], filtered], axis=1)


def _paeth(left: np.ndarray, up: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """Whichever neighbour is nearest to `left + up - corner`."""
    to_left, to_up = np.abs(up - corner), np.abs(left - corner)
    to_corner = np.abs(left + up - 2 * corner)
    nearest = np.where(to_up <= to_corner, up, corner)
    return np.where((to_left <= to_up) & (to_left <= to_corner), left, nearest)
