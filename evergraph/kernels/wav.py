"""WAV files of 16-bit samples, as TensorFlow writes them."""

import struct

import numpy as np


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
