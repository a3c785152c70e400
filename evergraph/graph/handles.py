"""The variable behind a resource tensor."""

from typing import Any

# Nodes that hand a resource on unchanged, from input 0 or, with several, from that of the output.
_PASSES_ON = frozenset(["Identity", "Enter", "Switch", "Exit", "NextIteration", "Merge"])


def variable_node(handle: Any) -> Any:
    """The VarHandleOp node behind a resource tensor, or None where it cannot be seen."""
    while True:
        node = handle.op
        if node.type == "VarHandleOp":
            return node
        if node.type == "IdentityN":
            handle = node.inputs[handle.value_index]
        elif node.type in _PASSES_ON and node.inputs:
            handle = node.inputs[0]
        elif "_stands_for" in node.__dict__:
            # In the body of a function, a placeholder stands for a tensor outside.
            handle = node.__dict__["_stands_for"]
        else:
            return None
