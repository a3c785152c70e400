"""The time of the import itself: evergraph's with torch imported before, or TensorFlow's whole."""

import importlib
import sys

import timing

name = sys.argv[1]
if name == "evergraph":
    importlib.import_module("torch")
start = timing.now()
importlib.import_module(name)
timing.report([(timing.now() - start) * 1e3])
