"""Runs the cases of tests/golden/behaviour under evergraph and compares with what TensorFlow
did."""

import importlib
import json
import lzma
import re
import sys
from collections.abc import Collection
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import evergraph as tf
from evergraph.compat import importer

GOLDEN = Path(__file__).resolve().parent / "golden" / "behaviour"
sys.path.insert(0, str(GOLDEN))
outcomes = importlib.import_module("outcomes")
sys.path.remove(str(GOLDEN))


def module(path: str) -> ModuleType:
    """The module at `path` below tensorflow, without making `tensorflow` importable."""
    loader = importer.find_loader(f"tensorflow.{path}", path)
    if isinstance(loader, importer.AliasLoader):
        return importlib.import_module(loader.target)
    assert isinstance(loader, importer.PrivateLoader), path
    return loader.create_module(importer.ModuleSpec(f"tensorflow.{path}", loader))


def _plain(record: Any) -> Any:
    """A record as JSON has it. Functions of py_func are counted over the process: the number says
    when one was made, not which."""
    return json.loads(re.sub(r"pyfunc_\d+", "pyfunc_N", json.dumps(record)))


class Behaviour:
    """The cases of one file: `names` for parametrize, `check(name)` compares one case."""

    def __init__(self, file: str) -> None:
        sys.path.insert(0, str(GOLDEN))
        try:
            self._cases = importlib.import_module(f"{file}_cases").CASES
        finally:
            sys.path.remove(str(GOLDEN))
        path = GOLDEN / f"{file}.json"
        packed = GOLDEN / f"{file}.json.xz"
        text = path.read_text() if path.exists() else lzma.open(packed, "rt").read()
        self._golden: dict[str, dict[str, Any]] = json.loads(text)
        self.names = list(self._cases)

    def check(self, name: str, known: Collection[str] = ()) -> None:
        """Fails where an outcome is not TensorFlow's; those labelled in `known` may differ."""
        found = _plain(outcomes.run({name: self._cases[name]}, tf, module))[name]
        golden = _plain(self._golden[name])
        wrong = [
            f"{label}\n  TensorFlow {golden[label]}\n  evergraph  {found.get(label, found.get(''))}"
            for label in golden
            if found.get(label) != golden[label] and label not in known
        ]
        if wrong:
            pytest.fail("\n".join(wrong), pytrace=False)
