"""Large blocks of memory are kept for reuse."""

import os
import platform
import subprocess
import sys

import pytest

PROGRAM = """\
import resource
import evergraph
import torch

def faults(count):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(count):
        torch.ones(5_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults(3)
print(faults(20))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
@pytest.mark.parametrize(("name", "kept"), [("OTHER", True), ("MALLOC_TRIM_THRESHOLD_", False)])
def test_pages_are_faulted_in_once(name, kept):
    environment = {**os.environ, name: "131072"}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert (int(done.stdout) < 1000) == kept, done.stdout


@pytest.mark.parametrize("before", ["enable", "disable"])
def test_import_leaves_the_collector_as_it_was(before):
    program = f"import gc; gc.{before}(); import evergraph; print(gc.isenabled())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == f"{before == 'enable'}\n", done.stderr
