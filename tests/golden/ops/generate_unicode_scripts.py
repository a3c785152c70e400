"""Writes evergraph/kernels/unicode_scripts.txt.xz: the script of each code point, as TensorFlow's
UnicodeScript gives it. A line holds the first code point of a run and its script's number. Run
under TensorFlow 1.15.5.
"""

import lzma
import os

import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
PATH = os.path.join(HERE, "../../../evergraph/kernels/unicode_scripts.txt.xz")

if __name__ == "__main__":
    with tf.Session() as sess:
        codes = np.arange(0x110000, dtype=np.int32)
        scripts = sess.run(tf.strings.unicode_script(codes))
    starts = np.flatnonzero(np.diff(scripts, prepend=-2))
    with lzma.open(PATH, "wt") as out:
        for start in starts:
            out.write("%x %d\n" % (start, scripts[start]))  # noqa: UP031 - Python 3.7
