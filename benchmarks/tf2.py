"""Runs a TensorFlow 1 program under TensorFlow 2: `tensorflow` is its compat.v1."""

import os
import runpy
import sys

import tensorflow.compat.v1 as v1

v1.disable_v2_behavior()
sys.modules["tensorflow"] = v1
program = sys.argv[1]
sys.argv = sys.argv[1:]
sys.path[0] = os.path.dirname(program)
runpy.run_path(program, run_name="__main__")
