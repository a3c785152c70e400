"""WAV files of 16-bit samples, as TensorFlow writes and reads them."""

import struct

import numpy as np

from evergraph.kernels.host import invalid


def encode_wav(samples: np.ndarray, rate: int) -> bytes:
    """Samples between -1 and 1, [frames, channels] of float32, as a WAV file.

    Samples outside are cut off; `rate` is in samples a second.
    """
    channels = samples.shape[1]
    scaled = samples * np.float32(1 << 15)
    # Halves go away from zero.
    rounded = np.trunc(scaled + np.copysign(np.float32(0.5), scaled))
    content = rounded.clip(-32768, 32767).astype("<i2").tobytes()
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


class _Reader:
    """Goes through the bytes of a file."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        """The next bytes."""
        found = self.data[self.at : self.at + size]
        if len(found) < size:
            if self.at > len(self.data):
                raise invalid(f"Initial offset is outside data range: {self.at}")
            raise invalid("Data too short when trying to read string")
        self.at += size
        return found

    def expect(self, wanted: bytes) -> None:
        """Passes over bytes that must be these."""
        found = self.take(len(wanted))
        if found != wanted:
            raise invalid(
                f"Header mismatch: Expected {wanted.decode()} but found "
                f"{found.decode('utf-8', 'surrogateescape')}"
            )

    def number(self, code: str) -> int:
        """The next number, of a type of `struct`."""
        found: int = struct.unpack("<" + code, self.take(struct.calcsize(code)))[0]
        return found


def decode_wav(data: bytes) -> tuple[np.ndarray, int]:
    """Samples between -1 and 1, [frames, channels] of float32, and samples a second.

    Raises:
      InvalidArgumentError: it is no WAV file of 16-bit samples.
    """
    reader = _Reader(data)
    reader.expect(b"RIFF")
    reader.number("I")
    reader.expect(b"WAVE")
    reader.expect(b"fmt ")
    channels, rate, frame = _read_form(reader)
    found = None
    while reader.at < len(data):
        kind, size = reader.take(4), reader.number("I")
        if size > 2**31 - 1:
            name = kind.decode("utf-8", "surrogateescape")
            raise invalid(
                f"WAV data chunk '{name}' is too large: {size} bytes, but the limit is 2147483647"
            )
        if kind != b"data":
            reader.at += size
            continue
        if found is not None:
            raise invalid("More than one data chunk found in WAV")
        samples = np.frombuffer(reader.take(size // frame * frame), "<i2")
        found = samples.astype(np.float32).reshape(-1, channels) / np.float32(1 << 15)
    if found is None:
        raise invalid("No data chunk found in WAV")
    return found, rate


def _read_form(reader: _Reader) -> tuple[int, int, int]:
    """The number of channels, samples a second, and bytes of a sample of all channels."""
    size = reader.number("I")
    if size not in (16, 18):
        raise invalid(f"Bad file size for WAV: Expected 16 or 18, but got{size}")
    form = reader.number("H")
    if form != 1:
        raise invalid(f"Bad audio format for WAV: Expected 1 (PCM), but got{form}")
    channels = reader.number("H")
    if channels < 1:
        raise invalid(f"Bad number of channels for WAV: Expected at least 1, but got {channels}")
    rate, speed, frame, bits = (reader.number(code) for code in "IIHH")
    if bits != 16:
        raise invalid(f"Can only read 16-bit WAV files, but received {bits}")
    if frame != 2 * channels:
        raise invalid(
            f"Bad bytes per sample in WAV header: Expected {2 * channels} but got {frame}"
        )
    if speed != frame * rate % 2**32:
        raise invalid(
            f"Bad bytes per second in WAV header: Expected {frame * rate % 2**32} but got {speed} "
            f"(sample_rate={rate}, bytes_per_sample={frame})"
        )
    if size == 18:
        reader.at += 2
    return channels, rate, frame
