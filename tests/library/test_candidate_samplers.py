"""Candidate samplers; see tests/golden/random/generate_candidate_samplers.py."""

import json
from pathlib import Path

import numpy as np
import pytest

import evergraph as tf

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden/random/candidate_samplers.json").read_text()
)


def named(cases):
    return [pytest.param(case, id=case["expression"]) for case in cases]


@pytest.mark.parametrize("case", named(GOLDEN["programs"]))
def test_program(case):
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(5)
        tensors = list(eval(case["expression"], {"tf": tf}))
        assert [[op.name, op.type] for op in graph.get_operations()] == case["nodes"]
        assert [str(t.shape) for t in tensors] == case["shapes"]
        with tf.Session() as session:
            for run in case["runs"]:
                for got, want in zip(session.run(tensors), run, strict=True):
                    if got.dtype.kind == "i":
                        assert got.tolist() == want
                    else:
                        np.testing.assert_allclose(got, np.float32(want), rtol=3e-7)


@pytest.mark.parametrize("case", named(GOLDEN["failures"]))
def test_failure(case):
    with tf.Graph().as_default():
        with pytest.raises(Exception) as caught:
            tensors = list(eval(case["expression"], {"tf": tf}))
            with tf.Session() as session:
                session.run(tensors)
    assert type(caught.value).__name__ == case["type"]
    message = getattr(caught.value, "message", str(caught.value)).splitlines()[0]
    assert message == case["message"]


def test_weights_from_a_file(tmp_path):
    path = tmp_path / "vocabulary.csv"
    path.write_text("a,1.0\nb,2.0\nc,0.5\nd,7.0\ne,0.1\n")
    with tf.Graph().as_default(), tf.Session() as session:
        both = [
            tf.nn.fixed_unigram_candidate_sampler([[1]], 1, 9, False, 5, seed=3, **weights)
            for weights in ({"vocab_file": str(path)}, {"unigrams": [1.0, 2.0, 0.5, 7.0, 0.1]})
        ]
        (a, *_), (b, *_) = session.run([list(part) for part in both])
        assert a.tolist() == b.tolist()
