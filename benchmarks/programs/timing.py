"""How the programs time themselves. Runs on Python 3.7 too, for TensorFlow 1.15's sake."""

import json
import time


def now():
    return time.perf_counter()


def report(samples, unit="ms"):
    """Prints the minimum and the median of the samples as a line of JSON."""
    ordered = sorted(samples)
    median = ordered[len(ordered) // 2]
    print(json.dumps({"min": ordered[0], "median": median, "unit": unit}))


def measure(call, warm_up=20, seconds=2.0, batch=1):
    """Calls `call` for some seconds, after a warm-up, and reports milliseconds a call.

    `batch` calls make a sample: more than one for calls that take microseconds.
    """
    for _ in range(warm_up):
        call()
    samples = []
    end = now() + seconds
    while now() < end:
        start = now()
        for _ in range(batch):
            call()
        samples.append((now() - start) * 1e3 / batch)
    report(samples)
