"""Random forests against TensorFlow: graphs, trees, checkpoints, predictions."""

import json
import lzma
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf
from evergraph.api import resources
from evergraph.library.contrib.tensor_forest import tensor_forest
from evergraph.proto.contrib.fertile_stats_pb2 import FertileStats
from evergraph.proto.contrib.generic_tree_model_pb2 import Model

GOLDEN = Path(__file__).parents[1] / "golden" / "library"
sys.path.insert(0, str(GOLDEN))
import forest_models  # noqa: E402

WANTED: dict[str, Any] = json.loads(lzma.open(GOLDEN / "forest.json.xz").read())


@pytest.mark.parametrize("name", WANTED)
def test_graphs(name: str) -> None:
    assert forest_models.graph(tf, tensor_forest, name) == WANTED[name]["graph"]


@pytest.mark.parametrize("name", WANTED)
def test_forests(name: str, tmp_path: Path) -> None:
    wanted = WANTED[name]
    found = forest_models.results(tf, tensor_forest, resources, name, str(tmp_path))
    if name in forest_models.UNCERTAIN:
        assert found["sizes"][-1] < -3
        return
    for part in ("sizes", "more sizes"):
        assert found[part] == wanted[part]
    for part in ("outputs", "more outputs"):
        for ours, theirs in zip(found[part], wanted[part], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6, err_msg=part)
    assert found["paths"] == wanted["paths"]
    assert sorted(found["saved"]) == sorted(wanted["saved"])
    for key, text in found["saved"].items():
        kind: Any = Model if key.startswith("tree") else FertileStats
        ours, theirs = (kind.FromString(bytes.fromhex(t)) for t in (text, wanted["saved"][key]))
        assert ours == theirs, key
