"""Connectionist temporal classification and edit distances against TensorFlow: graphs, values and
errors."""

import numpy as np
import pytest
from ops import case_runner

from evergraph.kernels import ctc_beam

CASES, GOLDEN = case_runner.load("ctc_cases")
DISTANCE_CASES, DISTANCE_GOLDEN = case_runner.load("edit_distance_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


@pytest.mark.parametrize("name", DISTANCE_CASES)
def test_edit_distance(name: str) -> None:
    case_runner.check(DISTANCE_CASES[name], DISTANCE_GOLDEN[name])


@pytest.mark.parametrize("width", [1, 3, 10, 60])
@pytest.mark.parametrize("spread", [0.5, 3.0])
def test_both_ways_of_a_beam_search(
    width: int, spread: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.RandomState(width)
    logits = (random.randn(4, 25, 8) * spread).astype(np.float32)
    # Each row with arrays and a heap: there are no ties.
    by_beam = ctc_beam._Search.step_by_beam
    monkeypatch.setattr(ctc_beam._Search, "step_by_beam", None)
    fast = [ctc_beam.beam_search(x, width, width, False) for x in logits]
    monkeypatch.setattr(ctc_beam._Search, "step_by_beam", by_beam)
    monkeypatch.setattr(ctc_beam._Search, "step", lambda *_: False)
    slow = [ctc_beam.beam_search(x, width, width, False) for x in logits]
    assert fast == slow
