"""Modules of cases have names of their own: tests import them by name, into one process."""

from collections import Counter
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden"


def test_names_of_cases() -> None:
    names = Counter(path.name for path in GOLDEN.rglob("*_cases.py"))
    assert [name for name, count in names.items() if count > 1] == []
