"""How long an operation takes, for TensorFlow's own benchmarks of recurrent networks."""

import itertools
import time
from collections.abc import Iterator
from typing import Any

from evergraph.graph.defaults import device as on_device


def device(use_gpu: bool = False) -> Any:
    """The first GPU's block, or the CPU's."""
    return on_device("/gpu:0" if use_gpu else "/cpu:0")


def dict_product(dicts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All choices of one value for each key."""
    return (dict(zip(dicts, values, strict=True)) for values in itertools.product(*dicts.values()))


def seconds_per_run(op: Any, sess: Any, num_runs: int = 50) -> float:
    """The mean time of a run, after two that are not counted."""
    for _ in range(2):
        sess.run(op)
    start = time.time()
    for _ in range(num_runs):
        sess.run(op)
    return (time.time() - start) / num_runs
