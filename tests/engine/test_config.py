"""Every field of ConfigProto, RunOptions and RunMetadata: against TensorFlow, and in the docs."""

import re
import sys
from pathlib import Path

import pytest
from behaviour import Behaviour

import evergraph as tf

CASES = Behaviour("config")
DOCS = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
# TensorFlow's quick executor cannot run reference variables; here it is the usual one.
KNOWN = {"config_fields": ["experimental.executor_type = SINGLE_THREADED_EXECUTOR"]}


@pytest.mark.parametrize("name", CASES.names)
def test_config(name: str) -> None:
    CASES.check(name, KNOWN.get(name, ()))


@pytest.mark.parametrize("message", ["ConfigProto", "RunOptions", "RunMetadata"])
def test_docs(message: str) -> None:
    section = DOCS.read_text().split(f"## `{message}`")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([\w.]+)`", row)}
    leaves = sys.modules["config_cases"].leaves(getattr(tf, message).DESCRIPTOR)
    paths = [path for path, _ in leaves]
    above = {p[: m.start()] for p in paths for m in re.finditer(r"\.|$", p)}
    assert named <= above
    assert [p for p in paths if not any(p == n or p.startswith(n + ".") for n in named)] == []
