"""Flags in TensorFlow's way: read before they are parsed, under older names, from tf.app.run."""

import sys
from typing import Any

import pytest

from evergraph.base.platform import app, flags


@pytest.fixture
def values(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Flags of its own, of which two are defined, and a command line."""
    monkeypatch.setattr(sys, "argv", ["program", "--rate=0.5", "rest"])
    wrapped = flags._FlagValuesWrapper(flags.FlagValues())
    flags.DEFINE_float("rate", 0.1, "A rate.", flag_values=wrapped)
    flags.DEFINE_string(
        flag_name="name", default_value="x", docstring="A name.", flag_values=wrapped
    )
    return wrapped


def test_reading_parses(values: Any) -> None:
    assert not values.is_parsed()
    assert values.rate == 0.5 and values.name == "x"
    assert values.is_parsed()


def test_older_ways(values: Any) -> None:
    assert values._parse_flags() == ["rest"]
    assert values._parse_flags(["--name=y", "--unknown=1"]) == ["--unknown=1"]
    assert values.name == "y"


def test_it_is_a_mapping(values: Any) -> None:
    assert sorted(values) == ["name", "rate"] and len(values) == 2 and "name" in values
    assert values["rate"].value == 0.1
    values.rate = 3.0
    assert values["rate"].value == 3.0
    del values.name
    assert dir(values) == ["rate"]
    values(["program", "--rate=4"])
    assert values.rate == 4.0


def test_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["program", "a", "--unknown_to_us=1"])
    seen = []
    with pytest.raises(SystemExit) as exited:
        app.run(main=lambda argv: seen.append(argv) or 3)
    assert exited.value.code == 3
    assert seen == [["program", "a", "--unknown_to_us=1"]]


def test_flags_belong_to_the_program() -> None:
    flags.DEFINE_integer("flag_of_this_test", 1, "Counts.")
    module = flags.FLAGS.find_module_defining_flag("flag_of_this_test")
    assert module in (__name__, sys.argv[0])
