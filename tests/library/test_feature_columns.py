"""Feature columns against TensorFlow: graphs, values, errors."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf

VOCABULARY_VALUES = [
    [[0.0, 1.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0, 0.0]],
    [[1.0, 1.0], [1.0, 0.0], [1.0, 1.0]],
    [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]],
]

CASES, GOLDEN = case_runner.load("feature_column_cases")


def without_random_names(graph: Any) -> Any:
    """A GraphDef without the random part of the names that tables are shared by."""
    graph = graph if isinstance(graph, tf.GraphDef) else tf.GraphDef.FromString(graph)
    for node in graph.node:
        shared = node.attr["shared_name"].s if "shared_name" in node.attr else b""
        if re.fullmatch(rb"hash_table_[-0-9a-f]{36}", shared):
            node.attr["shared_name"].s = b"hash_table_"
    return graph


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name], canonical=without_random_names)


def test_vocabularies(tmp_path: Path) -> None:
    """Values of TensorFlow 1.15.5, whose tables the cases do not initialize."""
    file = tmp_path / "words.txt"
    file.write_text("c\na\nlast\n")
    words = np.array([["a", "b"], ["c", ""], ["zz", "a"]])
    fc = tf.feature_column
    columns = [
        fc.categorical_column_with_vocabulary_file("w", str(file), num_oov_buckets=2),
        fc.categorical_column_with_vocabulary_list("w", ["c", "a"], default_value=0),
        fc.categorical_column_with_vocabulary_list("w", ["c", "a"]),
    ]
    with tf.Graph().as_default(), tf.Session() as session:
        layers = [fc.input_layer({"w": words}, fc.indicator_column(c)) for c in columns]
        session.run(tf.tables_initializer())
        values = [v.tolist() for v in session.run(layers)]
    assert values == VOCABULARY_VALUES
