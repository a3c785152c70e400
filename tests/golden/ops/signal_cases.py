"""Fourier and cosine transforms, frames, windows, spectra."""

import numpy as np
from case_tools import Cases, fed, grad_of, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple


def cmplx(*shape, dtype=np.complex64):
    x = waves(*shape)
    return (x + 1j * x[::-1]).astype(dtype)


TRANSFORMS = [("fft", 1), ("fft2d", 2), ("fft3d", 3)]
for _name, _rank in TRANSFORMS:
    for _kind in (_name, f"i{_name}"):
        CASES[_kind] = lambda tf, kind=_kind: [
            getattr(tf.signal, kind)(cmplx(3, 4, 5)),
            getattr(tf, kind)(cmplx(2, 3, 4, 2, dtype=np.complex128), name="mine"),
        ]

        def _gradient(tf, kind=_kind, rank=_rank):
            x, feed = fed(tf, cmplx(*(2, 3, 4)[: rank + 1], 5)[0])
            y = getattr(tf.signal, kind)(x)
            return [y, *tf.gradients(tf.real(y * tf.conj(y)) * 0.5 + tf.imag(y), [x])], feed

        CASES[f"{_kind}_gradient"] = _gradient
    for _kind in (f"r{_name}", f"ir{_name}"):

        def _given(tf, kind, *shape):
            return waves(*shape) if kind.startswith("r") else cmplx(*shape)

        CASES[_kind] = lambda tf, kind=_kind: [
            getattr(tf.signal, kind)(_given(tf, kind, 3, 4, 5)),
            getattr(tf.spectral, kind)(_given(tf, kind, 2, 3, 4, 6), name="mine"),
        ]
        CASES[f"{_kind}_lengths"] = lambda tf, kind=_kind, rank=_rank: [
            getattr(tf.signal, kind)(_given(tf, kind, 3, 4, 5), [2, 6, 7][3 - rank :]),
            getattr(tf.signal, kind)(_given(tf, kind, 3, 4, 5), [5, 3, 4][3 - rank :]),
        ]

        def _unknown(tf, kind=_kind, rank=_rank, shape=(None, None, 5)):
            x, feed = fed(tf, _given(tf, kind, 3, 4, 5), shape)
            n = tf.placeholder_with_default(np.array([4, 4, 6][3 - rank :], np.int32), [rank])
            made = [getattr(tf.signal, kind)(x), getattr(tf.signal, kind)(x, n)]
            return made, feed

        CASES[f"{_kind}_unknown_sizes"] = _unknown
        CASES[f"{_kind}_unknown_rank"] = lambda tf, u=_unknown: u(tf, shape=None)
        if _rank < 3:
            for _size in (4, 5):

                def _gradient(tf, kind=_kind, size=_size):
                    x, feed = fed(tf, _given(tf, kind, 2, 3, size))
                    y = getattr(tf.signal, kind)(x)
                    loss = y * y if y.dtype == tf.float32 else tf.real(y * tf.conj(y))
                    return [y, *tf.gradients(loss, [x])], feed

                CASES[f"{_kind}_gradient_{_size}"] = _gradient
        else:

            def _gradient(tf, kind=_kind):
                x = tf.constant(_given(tf, kind, 2, 3, 4))
                return tf.gradients(getattr(tf.signal, kind)(x), [x])

            CASES[f"{_kind}_gradient"] = _gradient

simple(
    rank_too_low=lambda tf: [tf.signal.fft2d(cmplx(3))],
    rank_too_low_later=lambda tf: (lambda x, feed: ([tf.signal.fft2d(x)], feed))(
        *fed(tf, cmplx(3), None)
    ),
    real_rank_too_low=lambda tf: [tf.signal.rfft2d(waves(3))],
    lengths_of_other_rank=lambda tf: [tf.signal.rfft2d(waves(3, 4), [3])],
    raw_too_long=lambda tf: [tf.raw_ops.RFFT(input=waves(3, 4), fft_length=[6])],
    raw_irfft_too_long=lambda tf: [tf.raw_ops.IRFFT2D(input=cmplx(3, 4), fft_length=[3, 8])],
    of_nothing=lambda tf: [
        tf.signal.rfft(np.zeros([2, 0], np.float32)),
        tf.signal.irfft(np.zeros([0, 3], np.complex64)),
        tf.signal.fft(np.zeros([0, 3], np.complex64)),
    ],
    shifts=lambda tf: [
        tf.signal.fftshift(waves(3, 4)),
        tf.signal.ifftshift(waves(3, 5), axes=1),
        tf.signal.ifftshift(waves(3, 5, 2), axes=(0, 1), name="mine"),
        tf.signal.fftshift(waves(5), axes=-1),
    ],
    dct=lambda tf: [
        tf.signal.dct(waves(2, 5)),
        tf.signal.dct(waves(2, 5), norm="ortho"),
        tf.signal.dct(tf.constant(waves(2, 5)), type=1),
        tf.signal.dct(waves(2, 5), type=3),
        tf.spectral.dct(waves(2, 4), type=3, norm="ortho", name="mine"),
    ],
    dct_lengths=lambda tf: [
        tf.signal.dct(waves(2, 5), n=3),
        tf.signal.dct(waves(2, 5), n=8, norm="ortho"),
    ],
    idct=lambda tf: [
        tf.signal.idct(waves(2, 5)),
        tf.signal.idct(waves(2, 5), norm="ortho"),
        tf.signal.idct(tf.constant(waves(2, 5)), type=1),
        tf.signal.idct(waves(2, 5), type=3, name="mine"),
    ],
    dct_norm=lambda tf: [tf.signal.dct(waves(2, 5), norm="other")],
    dct_type=lambda tf: [tf.signal.dct(waves(2, 5), type=4)],
    dct_axis=lambda tf: [tf.signal.dct(waves(2, 5), axis=0)],
    dct_first_ortho=lambda tf: [tf.signal.dct(waves(2, 5), type=1, norm="ortho")],
    dct_first_of_one=lambda tf: [tf.signal.dct(tf.constant(waves(2, 1)), type=1)],
    dct_n=lambda tf: [tf.signal.dct(waves(2, 5), n=0)],
)


@case
def dct_unknown(tf):
    x, feed = fed(tf, waves(2, 6), [2, None])
    return grad_of(tf, tf.signal.dct(x, norm="ortho"), [x], feed)


# Frames and windows.

simple(
    frame=lambda tf: [
        tf.signal.frame(waves(2, 10), 4, 2),
        tf.signal.frame(waves(2, 10), 4, 3, pad_end=True, pad_value=7),
        tf.contrib.signal.frame(waves(10, 2), 3, 4, axis=0, name="mine"),
        tf.signal.frame(waves(2), 4, 2),
        tf.signal.frame(np.arange(7), 3, 2, pad_end=True),
    ],
    frame_length_of_rank_1=lambda tf: [tf.signal.frame(waves(2, 10), [4], 2)],
    frame_scalar=lambda tf: [tf.signal.frame(1.0, 4, 2)],
    hann=lambda tf: [
        tf.signal.hann_window(7),
        tf.signal.hann_window(8, periodic=False, dtype=tf.float64),
        tf.contrib.signal.hann_window(1, name="mine"),
    ],
    hamming=lambda tf: [
        tf.signal.hamming_window(6),
        tf.signal.hamming_window(5, periodic=False, dtype=tf.float16),
    ],
    window_of_ints=lambda tf: [tf.signal.hann_window(4, dtype=tf.int32)],
    overlap=lambda tf: [
        tf.signal.overlap_and_add(waves(2, 3, 4), 2),
        tf.signal.overlap_and_add(waves(3, 5), 3, name="mine"),
        tf.signal.overlap_and_add(waves(3, 4), 4),
    ],
    overlap_rank=lambda tf: [tf.signal.overlap_and_add(waves(3), 1)],
    overlap_step=lambda tf: [tf.signal.overlap_and_add(waves(3, 4), 1.5)],
    stft=lambda tf: [
        tf.signal.stft(waves(2, 20), 6, 3),
        tf.signal.stft(waves(20), 5, 2, fft_length=8, window_fn=None, pad_end=True),
        tf.contrib.signal.stft(waves(20), 8, 4, window_fn=tf.signal.hamming_window, name="mine"),
    ],
    mel=lambda tf: [
        tf.signal.linear_to_mel_weight_matrix(),
        tf.signal.linear_to_mel_weight_matrix(
            5, 33, tf.constant(16000), 60.0, 7600.0, tf.float64, name="mine"
        ),
    ],
    mel_edges=lambda tf: [tf.signal.linear_to_mel_weight_matrix(lower_edge_hertz=5000.0)],
    mel_nyquist=lambda tf: [tf.signal.linear_to_mel_weight_matrix(upper_edge_hertz=4001)],
    mel_negative=lambda tf: [tf.signal.linear_to_mel_weight_matrix(lower_edge_hertz=-1)],
    mel_bins=lambda tf: [tf.signal.linear_to_mel_weight_matrix(num_mel_bins=0)],
    mel_rate_numpy=lambda tf: [
        tf.signal.linear_to_mel_weight_matrix(3, 5, tf.get_static_value(np.float32(8000)))
    ],
    mel_rate=lambda tf: [tf.signal.linear_to_mel_weight_matrix(sample_rate=0.0)],
    mel_rate_fed=lambda tf: [
        tf.signal.linear_to_mel_weight_matrix(sample_rate=tf.placeholder(tf.int32, []))
    ],
    mel_dtype=lambda tf: [tf.signal.linear_to_mel_weight_matrix(dtype=tf.int32)],
    mfcc=lambda tf: [tf.signal.mfccs_from_log_mel_spectrograms(waves(2, 3, 8))],
    mfcc_of_nothing=lambda tf: [
        tf.signal.mfccs_from_log_mel_spectrograms(tf.zeros([2, 0], name="z"))[0]
    ],
)


def _fed_numbers(tf, *numbers):
    return [tf.placeholder_with_default(n, []) for n in numbers]


@case
def frame_unknown(tf):
    x, feed = fed(tf, waves(2, 10), None)
    length, step, axis = _fed_numbers(tf, 4, 2, 1)
    made = [
        tf.signal.frame(x, length, step),
        tf.signal.frame(x, length, step, axis=axis, pad_end=True),
        tf.signal.frame(tf.constant(waves(2, 10)), length, 2, axis=axis),
    ]
    return made, feed


@case
def frame_gradient(tf):
    x, feed = fed(tf, waves(2, 10), [2, None])
    return grad_of(tf, tf.signal.frame(x, 4, 3, pad_end=True), [x], feed)


@case
def window_unknown(tf):
    length, one = _fed_numbers(tf, 6, 1)
    periodic = tf.placeholder_with_default(False, [])
    return [tf.signal.hann_window(length, periodic), tf.signal.hamming_window(one)]


@case
def overlap_unknown(tf):
    x, feed = fed(tf, waves(2, 3, 4), None)
    (step,) = _fed_numbers(tf, 2)
    return grad_of(tf, tf.signal.overlap_and_add(x, step), [x], feed)


@case
def there_and_back(tf):
    x, feed = fed(tf, waves(1, 32), [1, None])
    window = tf.signal.inverse_stft_window_fn(4)
    spectra = tf.signal.stft(x, 8, 4, pad_end=True)
    back = tf.signal.inverse_stft(spectra, 8, 4, window_fn=window)
    return [back, *tf.gradients(back, [x])], feed


@case
def inverse_stft(tf):
    length, fft_length = _fed_numbers(tf, 6, 8)
    x, feed = fed(tf, cmplx(2, 3, 5), None)
    made = [
        tf.signal.inverse_stft(cmplx(2, 3, 5), 6, 3),
        tf.contrib.signal.inverse_stft(cmplx(3, 5), 10, 3, fft_length=8, window_fn=None),
        tf.signal.inverse_stft(x, length, 3, fft_length),
        tf.signal.inverse_stft(cmplx(2, 3, 5), length, 3),
        tf.contrib.signal.inverse_stft_window_fn(3, tf.signal.hamming_window, name="w")(
            length, tf.float32
        ),
    ]
    return made, feed
