"""Mistakes raise TensorFlow's error class with TensorFlow's first line; the session goes on."""

import json
import re
import runpy
from pathlib import Path

import pytest

import evergraph as tf

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "errors"
CASES = runpy.run_path(str(GOLDEN / "cases.py"))["CASES"]
ERRORS = json.loads((GOLDEN / "errors.json").read_text())
# Only the beginning is TensorFlow's own: NumPy has since added to its message.
BEGINNING = {"feed_of_a_ragged_list"}


def first_line(error: Exception) -> str:
    text = getattr(error, "message", None) or str(error)
    return hide_machine(text.split("\n")[0])


def hide_machine(line: str) -> str:
    """Without the name of the machine in the message about unknown op types."""
    return re.sub(r"binary running on \S+\. Make", "binary running on HOST. Make", line)


@pytest.mark.parametrize("name", CASES)
def test_mistake(name: str) -> None:
    golden = ERRORS[name]
    with tf.Graph().as_default(), tf.Session() as session:
        usable = tf.constant(7.0, name="usable")
        with pytest.raises(Exception) as raised:
            CASES[name](tf, session)
        error = raised.value
        line, wanted = first_line(error), hide_machine(golden["line"])
        assert (type(error).__name__, line[: len(wanted)]) == (golden["class"], wanted)
        assert line == wanted or name in BEGINNING
        if isinstance(error, tf.errors.OpError) and error.op is not None:
            notes = "\n".join(getattr(error, "__notes__", ()))
            assert "cases.py" in notes, "the note names the user's file and line"
        assert session.run(usable) == 7.0
