"""log, sin and cos of float32 as the C library rounds them, for the Box-Muller transform.

TensorFlow calls logf and sincosf. Their results are nearly always the nearest float, but not quite:
to draw the same bits, glibc's method is followed, that of Arm's Optimized Routines
(https://github.com/ARM-software/optimized-routines), with its coefficients.
"""

import numpy as np

# ln(x) for x = 2**k * z: of each sixteenth of z's range, 1 / c and ln(c) for a c near its middle.
_LOG_CENTERS = np.array(
    [
        [float.fromhex(text) for text in pair.split()]
        for pair in (
            "0x1.661ec79f8f3bep+0 -0x1.57bf7808caadep-2",
            "0x1.571ed4aaf883dp+0 -0x1.2bef0a7c06ddbp-2",
            "0x1.49539f0f010bp+0 -0x1.01eae7f513a67p-2",
            "0x1.3c995b0b80385p+0 -0x1.b31d8a68224e9p-3",
            "0x1.30d190c8864a5p+0 -0x1.6574f0ac07758p-3",
            "0x1.25e227b0b8eap+0 -0x1.1aa2bc79c81p-3",
            "0x1.1bb4a4a1a343fp+0 -0x1.a4e76ce8c0e5ep-4",
            "0x1.12358f08ae5bap+0 -0x1.1973c5a611cccp-4",
            "0x1.0953f419900a7p+0 -0x1.252f438e10c1ep-5",
            "0x1p+0 0x0p+0",
            "0x1.e608cfd9a47acp-1 0x1.aa5aa5df25984p-5",
            "0x1.ca4b31f026aap-1 0x1.c5e53aa362eb4p-4",
            "0x1.b2036576afce6p-1 0x1.526e57720db08p-3",
            "0x1.9c2d163a1aa2dp-1 0x1.bc2860d224770p-3",
            "0x1.886e6037841edp-1 0x1.1058bc8a07ee1p-2",
            "0x1.767dcf5534862p-1 0x1.4043057b6ee09p-2",
        )
    ]
).T
_LOG_FIRST = 0x3F330000  # The bits of the least z.
_LN2 = float.fromhex("0x1.62e42fefa39efp-1")
_LOG = [
    float.fromhex(c)
    for c in ("-0x1.00ea348b88334p-2", "0x1.5575b0be00b6ap-2", "-0x1.ffffef20a4123p-2")
]

_HALF_PI = float.fromhex("0x1.921fb54442d18p0")
_QUARTERS = float.fromhex("0x1.45f306dc9c883p-1")  # 2 / pi
_COS = [
    float.fromhex(c)
    for c in (
        "-0x1.ffffffd0c621cp-2",
        "0x1.55553e1068f19p-5",
        "-0x1.6c087e89a359dp-10",
        "0x1.99343027bf8c3p-16",
    )
]
_SIN = [
    float.fromhex(c)
    for c in ("-0x1.555545995a603p-3", "0x1.1107605230bc4p-7", "-0x1.994eb3774cf24p-13")
]


def log(x: np.ndarray) -> np.ndarray:
    """ln(x) of positive normal float32 numbers."""
    bits = x.view(np.int32)
    offset = bits - np.int32(_LOG_FIRST)
    part = offset >> 19 & 15
    exponent = offset >> 23
    z = (bits - (exponent << 23)).view(np.float32)
    r = _LOG_CENTERS[0][part]
    r *= z
    r -= 1.0
    base = exponent * _LN2
    base += _LOG_CENTERS[1][part]
    r2 = r * r
    y = _LOG[1] * r + _LOG[2]
    y += _LOG[0] * r2
    y *= r2
    y += base + r
    return y.astype(np.float32)


def sin_and_cos(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """sin(x) and cos(x) of float32 numbers in [0, 2 pi]."""
    wide = x.astype(np.float64)
    quadrant = np.rint(wide * _QUARTERS)
    wide -= quadrant * _HALF_PI
    n = quadrant.astype(np.int8)
    x2 = wide * wide
    x4 = x2 * x2
    cos = 1.0 + x2 * _COS[0]
    cos += x4 * _COS[1]
    cos += x4 * x2 * (_COS[2] + x2 * _COS[3])
    x3 = wide * x2
    sin = wide + x3 * _SIN[0]
    sin += x3 * x2 * (_SIN[1] + x2 * _SIN[2])
    odd = (n & 1).astype(bool)
    sin_x, cos_x = np.where(odd, cos, sin), np.where(odd, sin, cos)
    # The second and third quarter turn the cosine over, the third and fourth the sine.
    np.negative(sin_x, out=sin_x, where=(n & 2).astype(bool))
    np.negative(cos_x, out=cos_x, where=((n + 1) & 2).astype(bool))
    return sin_x.astype(np.float32), cos_x.astype(np.float32)
