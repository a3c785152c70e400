"""Hashes of byte strings with TensorFlow's values: FarmHash's Fingerprint64, Hash64, SipHash."""

import struct

_MASK = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def _rotate(value: int, shift: int) -> int:
    return ((value >> shift) | (value << (64 - shift))) & _MASK


def _mix(value: int) -> int:
    return value ^ (value >> 47)


def _word(s: bytes, at: int) -> int:
    return int.from_bytes(s[at : at + 8], "little")


def _half(s: bytes, at: int) -> int:
    return int.from_bytes(s[at : at + 4], "little")


def _hash16(u: int, v: int, mul: int) -> int:
    a = _mix((u ^ v) * mul & _MASK)
    return _mix((v ^ a) * mul & _MASK) * mul & _MASK


def _up_to_16(s: bytes) -> int:
    n = len(s)
    mul = _K2 + n * 2
    if n >= 8:
        a, b = _word(s, 0) + _K2 & _MASK, _word(s, n - 8)
        c = _rotate(b, 37) * mul + a & _MASK
        d = (_rotate(a, 25) + b) * mul & _MASK
        return _hash16(c, d, mul)
    if n >= 4:
        return _hash16(n + (_half(s, 0) << 3), _half(s, n - 4), mul)
    if n:
        y = s[0] + (s[n >> 1] << 8)
        z = n + (s[n - 1] << 2)
        return _mix(y * _K2 & _MASK ^ z * _K0 & _MASK) * _K2 & _MASK
    return _K2


def _up_to_32(s: bytes) -> int:
    n = len(s)
    mul = _K2 + n * 2
    a, b = _word(s, 0) * _K1 & _MASK, _word(s, 8)
    c, d = _word(s, n - 8) * mul & _MASK, _word(s, n - 16) * _K2 & _MASK
    u = _rotate(a + b & _MASK, 43) + _rotate(c, 30) + d & _MASK
    return _hash16(u, a + _rotate(b + _K2 & _MASK, 18) + c & _MASK, mul)


def _up_to_64(s: bytes) -> int:
    n = len(s)
    mul = _K2 + n * 2
    a, b = _word(s, 0) * _K2 & _MASK, _word(s, 8)
    c, d = _word(s, n - 8) * mul & _MASK, _word(s, n - 16) * _K2 & _MASK
    y = _rotate(a + b & _MASK, 43) + _rotate(c, 30) + d & _MASK
    z = _hash16(y, a + _rotate(b + _K2 & _MASK, 18) + c & _MASK, mul)
    e, f = _word(s, 16) * mul & _MASK, _word(s, 24)
    g = (y + _word(s, n - 32)) * mul & _MASK
    h = (z + _word(s, n - 24)) * mul & _MASK
    u = _rotate(e + f & _MASK, 43) + _rotate(g, 30) + h & _MASK
    return _hash16(u, e + _rotate(f + a & _MASK, 18) + g & _MASK, mul)


def _weak32(s: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    w, x, y, z = struct.unpack_from("<4Q", s, at)
    a = a + w & _MASK
    b = _rotate(b + a + z & _MASK, 21)
    c = a
    a = a + x + y & _MASK
    b = b + _rotate(a, 44) & _MASK
    return a + z & _MASK, b + c & _MASK


def fingerprint64(s: bytes) -> int:
    """FarmHash's Fingerprint64."""
    n = len(s)
    if n <= 16:
        return _up_to_16(s)
    if n <= 32:
        return _up_to_32(s)
    if n <= 64:
        return _up_to_64(s)
    x = 81
    y = 81 * _K1 + 113 & _MASK
    z = _mix(y * _K2 + 113 & _MASK) * _K2 & _MASK
    v, w = (0, 0), (0, 0)
    x = x * _K2 + _word(s, 0) & _MASK
    at = 0
    while at < (n - 1) // 64 * 64:
        x, y, z, v, w = _block(s, at, x, y, z, v, w, _K1, 1)
        at += 64
    mul = _K1 + ((z & 0xFF) << 1)
    w = (w[0] + ((n - 1) & 63) & _MASK, w[1])
    v = (v[0] + w[0] & _MASK, v[1])
    w = (w[0] + v[0] & _MASK, w[1])
    x, y, z, v, w = _block(s, n - 64, x, y, z, v, w, mul, 9)
    u = _hash16(v[0], w[0], mul) + _mix(y) * _K0 + z & _MASK
    return _hash16(u, _hash16(v[1], w[1], mul) + x & _MASK, mul)


def _block(
    s: bytes,
    at: int,
    x: int,
    y: int,
    z: int,
    v: tuple[int, int],
    w: tuple[int, int],
    mul: int,
    factor: int,
) -> tuple[int, int, int, tuple[int, int], tuple[int, int]]:
    """64 bytes; the last block multiplies some terms by 9."""
    x = _rotate(x + y + v[0] + _word(s, at + 8) & _MASK, 37) * mul & _MASK
    y = _rotate(y + v[1] + _word(s, at + 48) & _MASK, 42) * mul & _MASK
    x ^= w[1] * factor & _MASK
    y = y + v[0] * factor + _word(s, at + 40) & _MASK
    z = _rotate(z + w[0] & _MASK, 33) * mul & _MASK
    v = _weak32(s, at, v[1] * mul & _MASK, x + w[0] & _MASK)
    w = _weak32(s, at + 32, z + w[1] & _MASK, y + _word(s, at + 16) & _MASK)
    return z, y, x, v, w


_M = 0xC6A4A7935BD1E995


def fingerprint_cat(a: int, b: int) -> int:
    """A fingerprint of two fingerprints, in this order."""
    result = a ^ _M
    result ^= _mix(b * _M & _MASK) * _M & _MASK
    result = result * _M & _MASK
    return _mix(_mix(result) * _M & _MASK)


def _sip_round(v: list[int]) -> None:
    v[0] = v[0] + v[1] & _MASK
    v[1] = _rotate(v[1], 51) ^ v[0]
    v[0] = _rotate(v[0], 32)
    v[2] = v[2] + v[3] & _MASK
    v[3] = _rotate(v[3], 48) ^ v[2]
    v[0] = v[0] + v[3] & _MASK
    v[3] = _rotate(v[3], 43) ^ v[0]
    v[2] = v[2] + v[1] & _MASK
    v[1] = _rotate(v[1], 47) ^ v[2]
    v[2] = _rotate(v[2], 32)


def sip_hash(s: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4 with a key of two 64-bit numbers."""
    k0, k1 = key[0] & _MASK, key[1] & _MASK
    v = [
        0x736F6D6570736575 ^ k0,
        0x646F72616E646F6D ^ k1,
        0x6C7967656E657261 ^ k0,
        0x7465646279746573 ^ k1,
    ]
    whole = len(s) // 8 * 8
    words = [_word(s, at) for at in range(0, whole, 8)]
    words.append(int.from_bytes(s[whole:], "little") | (len(s) & 0xFF) << 56)
    for word in words:
        v[3] ^= word
        _sip_round(v)
        _sip_round(v)
        v[0] ^= word
    v[2] ^= 0xFF
    for _ in range(4):
        _sip_round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


# 128 bits.

_PAIR = 0x9DDFEA08EB382D69


def _murmur(s: bytes, a: int, b: int) -> tuple[int, int]:
    n = len(s)
    if n <= 16:
        a = _mix(a * _K1 & _MASK) * _K1 & _MASK
        c = b * _K1 + _up_to_16(s) & _MASK
        d = _mix(a + (_word(s, 0) if n >= 8 else c) & _MASK)
    else:
        c = _hash16(_word(s, n - 8) + _K1 & _MASK, a, _PAIR)
        d = _hash16(b + n & _MASK, c + _word(s, n - 16) & _MASK, _PAIR)
        a = a + d & _MASK
        for at in range(0, n - 16, 16):
            a = (a ^ _mix(_word(s, at) * _K1 & _MASK) * _K1 & _MASK) * _K1 & _MASK
            b ^= a
            c = (c ^ _mix(_word(s, at + 8) * _K1 & _MASK) * _K1 & _MASK) * _K1 & _MASK
            d ^= c
    a, b = _hash16(a, c, _PAIR), _hash16(d, b, _PAIR)
    return a ^ b, _hash16(b, a, _PAIR)


def _long128(s: bytes, x: int, y: int) -> tuple[int, int]:
    n = len(s)
    z = n * _K1 & _MASK
    v = _rotate(y ^ _K1, 49) * _K1 + _word(s, 0) & _MASK
    v2 = _rotate(v, 42) * _K1 + _word(s, 8) & _MASK
    w = _rotate(y + z & _MASK, 35) * _K1 + x & _MASK
    w2 = _rotate(x + _word(s, 88) & _MASK, 53) * _K1 & _MASK
    at = 0
    while n - at >= 128:
        for _ in range(2):
            x = _rotate(x + y + v + _word(s, at + 8) & _MASK, 37) * _K1 & _MASK
            y = _rotate(y + v2 + _word(s, at + 48) & _MASK, 42) * _K1 & _MASK
            x ^= w2
            y = y + v + _word(s, at + 40) & _MASK
            z = _rotate(z + w & _MASK, 33) * _K1 & _MASK
            v, v2 = _weak32(s, at, v2 * _K1 & _MASK, x + w & _MASK)
            w, w2 = _weak32(s, at + 32, z + w2 & _MASK, y + _word(s, at + 16) & _MASK)
            z, x = x, z
            at += 64
    x = x + _rotate(v + z & _MASK, 49) * _K0 & _MASK
    y = y * _K0 + _rotate(w2, 37) & _MASK
    z = z * _K0 + _rotate(w, 27) & _MASK
    w = w * 9 & _MASK
    v = v * _K0 & _MASK
    for back in range(32, n - at + 32, 32):
        place = n - back
        y = _rotate(x + y & _MASK, 42) * _K0 + v2 & _MASK
        w = w + _word(s, place + 16) & _MASK
        x = x * _K0 + w & _MASK
        z = z + w2 + _word(s, place) & _MASK
        w2 = w2 + v & _MASK
        v, v2 = _weak32(s, place, v + z & _MASK, v2)
        v = v * _K0 & _MASK
    x = _hash16(x, v, _PAIR)
    y = _hash16(y + z & _MASK, w, _PAIR)
    low = _hash16(x + v2 & _MASK, w2, _PAIR) + y & _MASK
    return low, _hash16(x + w2 & _MASK, y + v2 & _MASK, _PAIR)


def fingerprint128(s: bytes) -> tuple[int, int]:
    """The 128 bits of farmhash's Fingerprint128: the lower half, the upper."""
    a, b = (_word(s, 0), _word(s, 8) + _K0 & _MASK) if len(s) >= 16 else (_K0, _K1)
    rest = s[16:] if len(s) >= 16 else s
    return _murmur(rest, a, b) if len(rest) < 128 else _long128(rest, a, b)
