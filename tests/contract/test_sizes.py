"""Files and functions stay small enough to read."""

import ast

from contract.sources import label, sources, tree

FILE_LINES = 800
FUNCTION_LINES = 100
# Name → why it is larger.
LARGE_FILES = {
    "evergraph/graph/graph.py": "Graph is one class in TensorFlow's interface",
}
LARGE_FUNCTIONS: dict[str, str] = {}


def test_files() -> None:
    large = {}
    for path in sources():
        lines = len(path.read_text().splitlines())
        if lines > FILE_LINES and label(path) not in LARGE_FILES:
            large[label(path)] = lines
    assert not large, f"files of more than {FILE_LINES} lines"


def test_functions() -> None:
    large = {}
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                name = f"{label(path)}:{node.name}"
                if lines > FUNCTION_LINES and name not in LARGE_FUNCTIONS:
                    large[name] = lines
    assert not large, f"functions of more than {FUNCTION_LINES} lines"
