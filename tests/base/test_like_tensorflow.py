"""Some 3,000 expressions give what they gave under TensorFlow 1.15, errors and messages
included."""

import json
import lzma
import pathlib

import pytest
from golden.base import cases

from evergraph.base import compat, dtypes, errors, nest, tensor_shape, tensor_spec, type_spec

GOLDEN = pathlib.Path(cases.__file__).with_name("base.json.xz")
OUTCOMES = json.loads(lzma.decompress(GOLDEN.read_bytes()))
NAMESPACE = {
    "compat": compat,
    "dtypes": dtypes,
    "errors": errors,
    "forward": compat,
    "nest": nest,
    "pathlib": pathlib,
    "s3": tensor_shape.Dimension(3),
    "spec": tensor_spec,
    "ts": tensor_shape,
    "types": type_spec,
}


@pytest.mark.parametrize("area", OUTCOMES)
def test_like_tensorflow(area: str) -> None:
    assert OUTCOMES[area].keys() == set(cases.cases()[area]), "run generate_base.py"
    different = {
        expression: (cases.outcome(expression, NAMESPACE), wanted)
        for expression, wanted in OUTCOMES[area].items()
        if cases.outcome(expression, NAMESPACE) != wanted
    }
    text = "\n".join(f"{e}\n  {got}\n  TensorFlow: {w}" for e, (got, w) in different.items())
    assert not different, text
