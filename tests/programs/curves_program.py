"""Runs models of the script that wrote the golden loss curves; prints {model: record} as JSON.

python -m evergraph run curves_program.py SHARED MODEL...
"""

import ast
import json
import sys
import types
from pathlib import Path

import tensorflow as tf


def definitions(script: Path) -> ast.Module:
    """The script's functions, classes and constants, without what runs them."""
    tree = ast.parse(script.read_text())
    wanted = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    constants = {"OUT", "STEPS", "SEEDED"}
    tree.body = [
        node
        for node in tree.body
        if isinstance(node, wanted)
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in constants)
    ]
    return tree


shared = Path(sys.argv[1])
script = shared / "golden" / "generate" / "curves.py"
# Stands in for the module that writes files beside the script.
common = types.ModuleType("common")
common.SHARED = str(shared)
common.folder = lambda name: name
sys.modules["common"] = common

scope = {"__name__": "curves"}
exec(compile(definitions(script), str(script), "exec"), scope)
records = {}
for name in sys.argv[2:]:
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        records[name] = scope[name]()
print(json.dumps(records))
