"""Errors say where their node was made, and can be sent to other processes."""

import pickle
from types import SimpleNamespace

import pytest

from evergraph.base import errors


def test_message_and_stack_trace() -> None:
    trace = [("/home/me/train.py", 41, "main", "loss = a / b"), ("/home/me/lib/x.py", 7, "f", None)]
    op = SimpleNamespace(name="loss", traceback=trace, _original_op=None)
    error = errors.InvalidArgumentError(None, op, "Bad shape.")
    assert str(error) == (
        "Bad shape.\n\nOriginal stack trace for 'loss':\n"
        '  File "/train.py", line 41, in main\n    loss = a / b\n'
        '  File "/lib/x.py", line 7, in f\n'
    )


def test_the_origin_of_a_copied_node() -> None:
    origin = SimpleNamespace(name="first", traceback=[], _original_op=None)
    op = SimpleNamespace(name="second", traceback=[], _original_op=origin)
    text = str(errors.InternalError(None, op, "m"))
    assert "...which was originally created as op 'first', defined at:" in text


@pytest.mark.parametrize("code", range(1, 17))
def test_pickling(code: int) -> None:
    error = errors._make_specific_exception(None, None, "m", code)
    copied = pickle.loads(pickle.dumps(error))
    assert type(copied) is type(error) and copied.error_code == code and copied.message == "m"


def test_unknown_codes_warn() -> None:
    with pytest.warns(UserWarning, match="Unknown error code: 37"):
        error = errors._make_specific_exception(None, None, None, 37)
    assert isinstance(error, errors.UnknownError)
    with pytest.warns(UserWarning, match="Unknown class exception"):
        errors.error_code_from_exception_type("Unknown")


def test_status() -> None:
    with pytest.raises(errors.NotFoundError, match="gone"):
        with errors.raise_exception_on_not_ok_status() as status:
            status.set(errors.NOT_FOUND, "gone")
    with errors.raise_exception_on_not_ok_status():
        pass
