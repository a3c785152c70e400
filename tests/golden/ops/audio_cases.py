"""Sound: WAV files, spectra, cepstra."""

import struct

import numpy as np
from case_tools import Cases, fed, waves

CASES = Cases()
simple = CASES.simple


def sound(*shape):
    """Several tones and some noise; NumPy's sine differs between versions."""
    time = np.arange(shape[0], dtype=np.int64)[:, None] + np.arange(shape[1])[None] * 3
    tones = (time * 37 % 101) / 101.0 + (time * time % 17) / 17.0 + (time * 3 % 400 > 200)
    return (tones / 3.0 - 0.5).astype(np.float32)


def chunks(*parts):
    body = b"".join(kind + struct.pack("<I", len(data)) + data for kind, data in parts)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def form(form=1, channels=2, rate=8000, frame=4, bits=16, speed=None, more=b""):
    speed = rate * frame if speed is None else speed
    return b"fmt ", struct.pack("<HHIIHH", form, channels, rate, speed, frame, bits) + more


DATA = b"data", np.arange(-20, 20, dtype=np.int16).tobytes()
SAMPLES = np.array(
    [[-1.5, 1.5], [0.25, -0.25], [1 / 65536.0, -1 / 65536.0], [0.0, 1.0]], np.float32
)


def decode(tf, data, **kwargs):
    return list(tf.audio.decode_wav(data, **kwargs))


def ops(tf):
    return tf.raw_ops


simple(
    encoded=lambda tf: [tf.audio.encode_wav(SAMPLES, 44100), tf.audio.encode_wav(waves(5, 3), 1)],
    encoded_unknown=lambda tf: (
        lambda x, feed: ([tf.audio.encode_wav(x, 8000, name="file")], feed)
    )(*fed(tf, SAMPLES, None)),
    encoded_nothing=lambda tf: [tf.audio.encode_wav(np.zeros([0, 2], np.float32), 8000)],
    encoded_no_channels=lambda tf: [tf.audio.encode_wav(np.zeros([3, 0], np.float32), 8000)],
    encoded_no_rate=lambda tf: [tf.audio.encode_wav(SAMPLES, 0)],
    encoded_below_no_rate=lambda tf: [tf.audio.encode_wav(SAMPLES, -1)],
    encoded_rank_1=lambda tf: [tf.audio.encode_wav(SAMPLES[0], 8000)],
    decoded=lambda tf: decode(tf, chunks(form(), DATA)),
    decoded_chunks=lambda tf: decode(
        tf, chunks(form(more=b"xx"), (b"LIST", b"12345"), DATA, (b"more", b""))
    ),
    decoded_fewer=lambda tf: decode(
        tf, chunks(form(), DATA), desired_channels=1, desired_samples=3, name="sound"
    ),
    decoded_more=lambda tf: decode(
        tf, chunks(form(), DATA), desired_channels=4, desired_samples=12
    ),
    decoded_nothing=lambda tf: decode(tf, chunks(form(), (b"data", b""))),
    decoded_odd=lambda tf: decode(tf, chunks(form(), (b"data", b"123456789"))),
    decoded_again=lambda tf: decode(tf, tf.audio.encode_wav(waves(6, 3), 16000)),
    decoded_of_nothing=lambda tf: decode(tf, b""),
    decoded_of_another_kind=lambda tf: decode(tf, b"RIFX" + bytes(60)),
    decoded_cut_off=lambda tf: decode(tf, chunks(form(), DATA)[:-3]),
    decoded_cut_off_early=lambda tf: decode(tf, chunks(form(), DATA)[:21]),
    decoded_no_data=lambda tf: decode(tf, chunks(form())),
    decoded_data_twice=lambda tf: decode(tf, chunks(form(), DATA, DATA)),
    decoded_of_floats=lambda tf: decode(tf, chunks(form(form=3), DATA)),
    decoded_8_bits=lambda tf: decode(tf, chunks(form(bits=8), DATA)),
    decoded_no_channels=lambda tf: decode(tf, chunks(form(channels=0), DATA)),
    decoded_wrong_frame=lambda tf: decode(tf, chunks(form(frame=3), DATA)),
    decoded_wrong_speed=lambda tf: decode(tf, chunks(form(speed=3), DATA)),
    decoded_long_form=lambda tf: decode(tf, chunks(form(more=b"1234"), DATA)),
    decoded_large_chunk=lambda tf: decode(
        tf, chunks(form()) + b"data" + struct.pack("<I", 2**31 + 5)
    ),
    decoded_several=lambda tf: decode(tf, [b"", b""]),
    decoded_below_no_channels=lambda tf: decode(tf, b"", desired_channels=-2),
    spectrogram=lambda tf: [
        ops(tf).AudioSpectrogram(input=sound(700, 2), window_size=100, stride=60),
        ops(tf).AudioSpectrogram(
            input=sound(300, 1), window_size=64, stride=64, magnitude_squared=True
        ),
    ],
    spectrogram_unknown=lambda tf: (
        lambda x, feed: (
            [ops(tf).AudioSpectrogram(input=x, window_size=30, stride=7, name="s")],
            feed,
        )
    )(*fed(tf, sound(90, 3), [None, 3])),
    spectrogram_short=lambda tf: [
        ops(tf).AudioSpectrogram(input=sound(9, 2), window_size=10, stride=3)
    ],
    spectrogram_window=lambda tf: [
        ops(tf).AudioSpectrogram(input=sound(9, 2), window_size=1, stride=3)
    ],
    spectrogram_rank=lambda tf: [
        ops(tf).AudioSpectrogram(input=sound(9, 2)[0], window_size=4, stride=3)
    ],
    mfcc=lambda tf: [
        ops(tf).Mfcc(spectrogram=np.abs(sound(3 * 513, 2)).reshape(2, 3, 513), sample_rate=16000),
        ops(tf).Mfcc(
            spectrogram=np.abs(sound(4 * 129, 1)).reshape(1, 4, 129),
            sample_rate=8000,
            upper_frequency_limit=3800.5,
            lower_frequency_limit=100.25,
            filterbank_channel_count=12,
            dct_coefficient_count=12,
        ),
    ],
    mfcc_many_bands=lambda tf: [
        ops(tf).Mfcc(spectrogram=np.abs(sound(33, 1)).reshape(1, 1, 33), sample_rate=16000)
    ],
    mfcc_of_zeros=lambda tf: [
        ops(tf).Mfcc(spectrogram=np.zeros([1, 2, 129], np.float32), sample_rate=16000)
    ],
    mfcc_above=lambda tf: [
        ops(tf).Mfcc(spectrogram=np.ones([1, 2, 129], np.float32), sample_rate=6000)
    ],
    mfcc_no_rate=lambda tf: [
        ops(tf).Mfcc(spectrogram=np.ones([1, 2, 129], np.float32), sample_rate=0)
    ],
    mfcc_coefficients=lambda tf: [
        ops(tf).Mfcc(
            spectrogram=np.ones([1, 2, 129], np.float32),
            sample_rate=16000,
            filterbank_channel_count=5,
            dct_coefficient_count=6,
        )
    ],
    mfcc_rank=lambda tf: [ops(tf).Mfcc(spectrogram=sound(9, 2), sample_rate=16000)],
)


@CASES.case
def fingerprint(tf):
    """What a keyword spotter takes of a file."""
    samples, rate = tf.audio.decode_wav(tf.audio.encode_wav(sound(4000, 1), 16000), 1, 3600)
    spectrum = tf.raw_ops.AudioSpectrogram(
        input=samples, window_size=480, stride=320, magnitude_squared=True
    )
    return [tf.raw_ops.Mfcc(spectrogram=spectrum, sample_rate=rate, dct_coefficient_count=20)]
