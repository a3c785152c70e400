"""Floats as small integers and back."""

import numpy as np
from case_tools import Cases, grad_of, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple

X = waves(3, 5) * 7
KINDS = ("qint8", "quint8", "qint16", "quint16", "qint32")


def quantized(tf, kind, mode, low=-3.3, high=5.0, **more):
    """Integers as floats again, and as int32 where TensorFlow casts them."""
    dtype = getattr(tf, kind)
    y, first, last = tf.quantization.quantize(X, low, high, dtype, mode=mode, **more)
    return [first, last, tf.quantization.dequantize(y, first, last, mode=mode)]


for _kind in KINDS:
    for _mode in ("MIN_COMBINED", "MIN_FIRST", "SCALED"):
        if (_kind, _mode) != ("qint32", "MIN_FIRST"):
            CASES[f"{_kind}_{_mode.lower()}"] = lambda tf, k=_kind, m=_mode: quantized(tf, k, m)


def both(tf, *args, **more):
    x = tf.constant(X)
    return grad_of(tf, tf.quantization.quantize_and_dequantize(x, *args, **more), [x])


simple(
    even=lambda tf: quantized(tf, "qint8", "SCALED", round_mode="HALF_TO_EVEN"),
    even_combined=lambda tf: quantized(tf, "qint8", "MIN_COMBINED", round_mode="HALF_TO_EVEN"),
    positive=lambda tf: quantized(tf, "quint8", "MIN_COMBINED", 1.0, 2.0),
    equal=lambda tf: quantized(tf, "quint8", "MIN_FIRST", 0.0, 0.0),
    negative=lambda tf: quantized(tf, "quint8", "MIN_FIRST", -4.0, -2.0),
    wrong_order=lambda tf: quantized(tf, "quint8", "MIN_FIRST", 2.0, 1.0),
    ranges_of_rank=lambda tf: quantized(tf, "quint8", "MIN_FIRST", [0.0], 1.0),
    older=lambda tf: list(tf.quantize_v2(X, 0.0, 1.0, tf.quint8, name="q"))[1:],
    both=lambda tf: both(tf, 0.0, 0.0),
    both_given=lambda tf: both(tf, -2.5, 3.0, range_given=True, num_bits=5),
    both_unsigned=lambda tf: both(tf, 0.0, 3.0, False, 4, True, name="b"),
    both_narrow=lambda tf: both(tf, -2.0, 1.0, range_given=True, num_bits=3, narrow_range=True),
    both_half_up=lambda tf: both(tf, -2.0, 1.0, range_given=True, num_bits=3, round_mode="HALF_UP"),
    both_double=lambda tf: [
        tf.quantization.quantize_and_dequantize(np.float64(X), np.float64(0), np.float64(0))
    ],
    both_order=lambda tf: both(tf, 2.0, 1.0, range_given=True),
    both_bits=lambda tf: both(tf, 1.0, 2.0, num_bits=63),
    both_as_tensor=lambda tf: [
        tf.raw_ops.QuantizeAndDequantizeV3(input=X, input_min=-1.0, input_max=2.0, num_bits=bits)
        for bits in (2, 7)
    ],
)
