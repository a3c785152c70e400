"""Nodes that make summaries against TensorFlow: graphs, and messages byte for byte."""

import numpy as np
import pytest
import torch
from ops import case_runner

from evergraph.kernels import summary_values

CASES, GOLDEN = case_runner.load("summary_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


def test_buckets_of_histograms() -> None:
    """A number's bucket is the first whose limit is above it."""
    rng = np.random.default_rng(0)
    limits = summary_values.bucket_limits()
    inner = limits[1:-1]
    values = np.concatenate(
        [
            rng.normal(size=20000) * 10.0 ** rng.integers(-30, 30, 20000),
            *(inner, np.nextafter(inner, np.inf), np.nextafter(inner, -np.inf)),
            [0.0, -0.0, 5e-324, -5e-324, 1.7e308, -1.7e308, limits[0]],
        ]
    )
    expected = limits.searchsorted(values, side="right")
    for flush in (False, True):  # while the tables are made, as in a run
        summary_values._first_buckets.cache_clear()
        torch.set_flush_denormal(flush)
        summary_values._first_buckets()
        torch.set_flush_denormal(False)
        np.testing.assert_array_equal(summary_values.buckets(values), expected)
