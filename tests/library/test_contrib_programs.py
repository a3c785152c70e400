"""Programs over modules of tf.contrib print what they print with TensorFlow."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "library"
NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")


def numbers(text: str) -> list[float]:
    return [float(x) for x in NUMBER.findall(text)]


@pytest.mark.parametrize("name", ["eager_metrics", "input_pipeline", "kernel", "tfprof"])
def test_programs(name: str) -> None:
    program = GOLDEN / f"{name}_program.py"
    command = [sys.executable, "-m", "evergraph", "run", str(program)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    found = [line for line in run.stdout.splitlines() if line]
    wanted = program.with_suffix(".txt").read_text().splitlines()
    assert [NUMBER.sub("#", line) for line in found] == [NUMBER.sub("#", line) for line in wanted]
    np.testing.assert_allclose(
        numbers("\n".join(found)), numbers("\n".join(wanted)), rtol=2e-3, atol=2e-3
    )
