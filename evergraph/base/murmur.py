"""MurmurHash64A: TensorFlow's Hash64, and the hash of strings in GNU's C++ library."""

_FACTOR = 0xC6A4A7935BD1E995
_MASK = (1 << 64) - 1


def _mix(value: int) -> int:
    return value ^ (value >> 47)


def hash64(data: bytes, seed: int = 0xDECAFCAFFE) -> int:
    """The hash of `data`, an unsigned number of 64 bits; the default seed is TensorFlow's."""
    result = seed ^ (len(data) * _FACTOR & _MASK)
    whole = len(data) & ~7
    for i in range(0, whole, 8):
        word = int.from_bytes(data[i : i + 8], "little")
        result = (result ^ (_mix(word * _FACTOR & _MASK) * _FACTOR)) * _FACTOR & _MASK
    if whole < len(data):
        result = (result ^ int.from_bytes(data[whole:], "little")) * _FACTOR & _MASK
    return _mix(_mix(result) * _FACTOR & _MASK)


def combine(a: int, b: int) -> int:
    """The hash of two hashes, in this order: TensorFlow's Hash64Combine."""
    return a ^ (b + 0x9E3779B97F4A7800 + (a << 10) + (a >> 4) & _MASK)
