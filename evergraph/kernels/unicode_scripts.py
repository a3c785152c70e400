"""The scripts of Unicode, as TensorFlow's ICU counts them."""

import functools
import lzma
import sys
from importlib import resources

import numpy as np

_NAMES = """
    Common Inherited Arabic Armenian Bengali Bopomofo Cherokee Coptic Cyrillic Deseret Devanagari
    Ethiopic Georgian Gothic Greek Gujarati Gurmukhi Han Hangul Hebrew Hiragana Kannada Katakana
    Khmer Lao Latin Malayalam Mongolian Myanmar Ogham Old_Italic Oriya Runic Sinhala Syriac Tamil
    Telugu Thaana Thai Tibetan
""".split()
"""By ICU's numbers."""


@functools.cache
def runs() -> tuple[np.ndarray, np.ndarray]:
    """The first code points of runs of one script, and the numbers of these."""
    packed = resources.files("evergraph.kernels").joinpath("unicode_scripts.txt.xz").read_bytes()
    lines = [line.split() for line in lzma.decompress(packed).decode().splitlines()]
    return np.array([int(a, 16) for a, _ in lines]), np.array([int(b) for _, b in lines], np.int32)


def script_ranges(name: str) -> list[tuple[int, int]] | None:
    """The first and last code points of a script's runs; None for a name that is not known."""
    if name not in _NAMES:
        return None
    starts, scripts = runs()
    bounds = [*starts.tolist(), sys.maxunicode + 1]
    here = np.flatnonzero(scripts == _NAMES.index(name)).tolist()
    return [(bounds[i], bounds[i + 1] - 1) for i in here]
