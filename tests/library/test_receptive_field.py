"""tf.contrib.receptive_field against TensorFlow: fields, orders, errors."""

import json
import sys
from pathlib import Path

import pytest

import evergraph as tf

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "library"
sys.path.insert(0, str(GOLDEN))
try:
    import receptive_field_nets
finally:
    sys.path.remove(str(GOLDEN))
FOUND = json.loads((GOLDEN / "receptive_field.json").read_text())


@pytest.mark.parametrize("name", receptive_field_nets.NETS)
def test_fields(name: str) -> None:
    found = receptive_field_nets.fields(tf, *receptive_field_nets.NETS[name])
    assert json.loads(json.dumps(found, default=int)) == FOUND[name]
