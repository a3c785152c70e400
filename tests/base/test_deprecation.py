"""Deprecated things work and say so once, with TensorFlow's words."""

import logging as std_logging
from typing import Any

import pytest

from evergraph.base import deprecation, tf_inspect
from evergraph.base.decorator import make_decorator, rewrap, unwrap
from evergraph.base.platform import logging


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is logged as a warning."""
    texts: list[str] = []
    monkeypatch.setattr(logging, "warning", lambda text, *args: texts.append(text % args))
    return texts


def test_function(warnings: list[str]) -> None:
    @deprecation.deprecated("2016-07-04", "Use g.")
    def f(x: int) -> int:
        """Adds one.

        Details.
        """
        return x + 1

    assert f(1) == 2 and f(2) == 3
    (text,) = warnings
    location, _, rest = text.partition(": ")
    assert location.startswith("From ") and "test_deprecation.py:" in location
    assert rest == (
        f"test_function.<locals>.f (from {__name__}) is deprecated and will be removed after "
        "2016-07-04.\nInstructions for updating:\nUse g."
    )
    assert f.__doc__ == (
        "Adds one. (deprecated)\n\nWarning: THIS FUNCTION IS DEPRECATED. It will be removed after "
        "2016-07-04.\nInstructions for updating:\nUse g.\n\nDetails."
    )


def test_arguments(warnings: list[str]) -> None:
    @deprecation.deprecated_args(None, "Use y.", "old", ("flag", None), warn_once=False)
    def f(y: int = 0, old: Any = None, flag: Any = None) -> Any:
        return y, old, flag

    assert f(1) == (1, None, None) and f(1, flag=None) == (1, None, None)
    assert warnings == []
    assert f(1, 2, 3) == (1, 2, 3)
    assert [text.split(" with ")[1].split(" is ")[0] for text in warnings] == ["old", "flag"]
    f(old=None)
    assert len(warnings) == 3
    with pytest.raises(ValueError, match="not present in the function signature: \\['no'\\]"):
        deprecation.deprecated_args(None, "x", "no")(lambda y: y)


def test_argument_values(warnings: list[str]) -> None:
    @deprecation.deprecated_arg_values(None, "Set it.", keep=True)
    def f(x: int, keep: bool = True) -> int:
        return x

    f(1, keep=False)
    assert warnings == []
    f(1)
    f(1)
    (text,) = warnings
    assert "with keep=True is deprecated and will be removed in a future version." in text


def test_silence_and_the_switch(warnings: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    f = deprecation.deprecated(None, "x", warn_once=False)(lambda: 1)
    with deprecation.silence():
        f()
    monkeypatch.setattr(deprecation, "_PRINT_DEPRECATION_WARNINGS", False)
    f()
    assert warnings == []


def test_alias_of_a_class(warnings: list[str]) -> None:
    class New:
        def __init__(self, x: int) -> None:
            self.x = x

    alias = deprecation.deprecated_alias("tf.Old", "tf.New", New)
    assert alias(3).x == 3 and isinstance(alias(4), New)
    (text,) = warnings
    assert text.endswith("The name tf.Old is deprecated. Please use tf.New instead.\n")
    assert tf_inspect.getfullargspec(alias.__init__) == tf_inspect.getfullargspec(New.__init__)


def test_lookup() -> None:
    assert deprecation.deprecated_argument_lookup("axis", None, "dim", 2) == 2
    with pytest.raises(ValueError, match="Cannot specify both 'dim' and 'axis'"):
        deprecation.deprecated_argument_lookup("axis", 1, "dim", 2)


def test_unwrapping() -> None:
    def target(a: int, b: int = 2) -> int:
        """Doc."""
        return a + b

    def wrapper(*args: Any) -> Any:
        return wrapper.__wrapped__(*args) * 10  # type: ignore[attr-defined]

    made = make_decorator(target, wrapper, "times_ten")
    assert made(1) == 30 and made.__name__ == "target" and made.__doc__ == "Doc."
    assert unwrap(made)[1] is target and unwrap(made)[0][0].decorator_name == "times_ten"
    assert tf_inspect.getargspec(made).args == ["a", "b"]
    assert tf_inspect.getcallargs(made, 5) == {"a": 5, "b": 2}
    rewrap(made, target, lambda a: a)
    assert made(1) == 10


def test_levels_and_places(caplog: pytest.LogCaptureFixture) -> None:
    before = logging.get_verbosity()
    logging.set_verbosity(logging.INFO)
    try:
        logging.info("seen %d", 1)
        logging.debug("unseen")
        for i in range(4):
            logging.log_first_n(logging.INFO, "first %d", 2, i)
            logging.log_every_n(logging.INFO, "every %d", 3, i)
            logging.log_if(logging.INFO, "if %d", i == 3, i)
    finally:
        logging.set_verbosity(before)
    assert [record.getMessage() for record in caplog.records] == (
        ["seen 1", "first 0", "every 0", "first 1", "every 3", "if 3"]
    )
    assert {record.filename for record in caplog.records} == {"test_deprecation.py"}
    assert logging.get_logger() is std_logging.getLogger("tensorflow")
