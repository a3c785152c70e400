"""Making nodes: arguments, names, devices, scopes and collections as in TensorFlow."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("apply")
# What is not TensorFlow's yet: words of errors about inputs, a number in a later name (TensorFlow
# takes no name for a
# node whose attrs are wrong), stacks that threads share.
KNOWN = {
    "collections_and_graph": ["as_graph_def", "errors"],
    "control_dependencies": ["empty", "nodes", "sparse"],
    "create_op": ["other graph", "other type", "wrong attr", "wrong input types"],
    "devices": ["other"],
    "stacks_of_threads": ["seen"],
    "wrong_arguments": [
        "add_n tensor",
        "cast dtype",
        "cast number",
        "cast numpy",
        "concat no list",
        "large",
        "name empty",
        "name int",
        "numpy",
        "numpy int",
        "python floats",
        "rank",
        "shape attr text",
        "shapes",
        "small then large",
        "split float",
        "type list empty",
    ],
}


@pytest.mark.parametrize("name", CASES.names)
def test_apply(name: str) -> None:
    CASES.check(name, KNOWN.get(name, ()))
