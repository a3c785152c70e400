"""Runs models of the script that wrote the golden loss curves; prints {model: record} as JSON.

python -m evergraph run curves_program.py SHARED MODEL...
"""

import importlib
import json
import sys
import types
from pathlib import Path

shared = Path(sys.argv[1])
records = {}

# Stands in for the module that writes files beside the script.
common = types.ModuleType("common")
common.SHARED = str(shared)
common.folder = lambda name: name
common.write_json = lambda path, record: records.update({Path(path).stem: record})
common.manifest = lambda name, entries: None
sys.modules["common"] = common

# The script imports what only other models need.
contrib = importlib.import_module("tensorflow.contrib")
try:
    importlib.import_module("tensorflow.contrib.rnn")
    assert hasattr(contrib, "rnn")
except (ImportError, AssertionError):
    contrib.rnn = types.ModuleType("tensorflow.contrib.rnn")

script = shared / "golden" / "generate" / "curves.py"
sys.argv = [str(script), *sys.argv[2:]]
sys.stdout, stdout = sys.stderr, sys.stdout
exec(compile(script.read_text(), str(script), "exec"), {"__name__": "curves"})
print(json.dumps(records), file=stdout)
