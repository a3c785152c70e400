"""Tests for all combinations of parameters: `tensorflow.python.framework.combinations`.

    @combinations.generate(combinations.combine(mode=["graph", "eager"], size=[1, 2]))
    def testIt(self, size): ...

`mode` says whether the test runs in a graph or eagerly, `tf_api_version` for which TensorFlow it
is; a test need not take them.
"""

import contextlib
import itertools
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from absl.testing import parameterized

from evergraph.base import tf2, tf_inspect
from evergraph.graph.graph import Graph
from evergraph.library.eager import context

_OPTIONAL = ("mode", "tf_api_version")


class NamedObject:
    """An object under a name, which is that of its tests."""

    def __init__(self, name: str, obj: Any) -> None:
        self._name = name
        self._obj = obj

    def __getattr__(self, name: str) -> Any:
        return getattr(self._obj, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._obj(*args, **kwargs)

    def __repr__(self) -> str:
        return self._name


def combine(**kwargs: Any) -> list[OrderedDict[str, Any]]:
    """All choices of one value for each keyword; what is no list is one value."""
    names = sorted(kwargs)
    values = [kwargs[n] if isinstance(kwargs[n], list) else [kwargs[n]] for n in names]
    return [OrderedDict(zip(names, chosen, strict=True)) for chosen in itertools.product(*values)]


def times(*combined: list[Any]) -> list[OrderedDict[str, Any]]:
    """All choices of one from each list.

    Raises:
      ValueError: two lists have a keyword in common.
    """
    assert combined
    found = []
    for parts in itertools.product(*combined):
        merged: OrderedDict[str, Any] = OrderedDict()
        for part in parts:
            if merged.keys() & part.keys():
                raise ValueError(f"Keys need to not overlap: {merged.keys()} vs {part.keys()}")
            merged.update(part)
        found.append(merged)
    return found


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _test_name(combination: dict[str, Any]) -> str:
    """The end of a test's name. An address in a value gives way to the place of the value."""
    parts = (
        f"_{_plain(key)}_{_plain(re.sub('0[xX][0-9a-fA-F]+', str(i), str(value)))}"
        for i, (key, value) in enumerate(combination.items())
    )
    return "_test" + "".join(parts)


def generate(combinations: Iterable[Any]) -> Callable[[Any], Any]:
    """A decorator that makes a test of each combination, of a method or of all tests of a class."""
    named = [OrderedDict([*c.items(), ("testcase_name", _test_name(c))]) for c in combinations]

    def decorate(test: Any) -> Any:
        if not isinstance(test, type):
            return parameterized.named_parameters(*named)(_with_context(test))
        for name, method in list(vars(test).items()):
            if name.startswith("test") and callable(method):
                delattr(test, name)
                for case in named:
                    arguments = {k: v for k, v in case.items() if k != "testcase_name"}
                    setattr(
                        test, name + case["testcase_name"], _bound(_with_context(method), arguments)
                    )
        return test

    return decorate


def _bound(method: Callable[..., Any], arguments: dict[str, Any]) -> Callable[[Any], None]:
    def run(self: Any) -> None:
        method(self, **arguments)

    return run


def _with_context(test: Callable[..., Any]) -> Callable[..., None]:
    """A test that is run in the mode, and for the version, that its arguments say."""

    def run(self: Any, **kwargs: Any) -> None:
        version = kwargs.get("tf_api_version")
        if version == 1 and tf2.enabled():
            self.skipTest(" - Skipping a TF1.x test when TF2 is enabled.")
        if version == 2 and not tf2.enabled():
            self.skipTest(" - Skipping a TF2 test when TF2 is not enabled.")
        mode = kwargs.get("mode", "graph")
        if mode not in ("graph", "eager"):
            raise ValueError(f"'mode' has to be either 'eager' or 'graph' and not {mode}")
        wanted = tf_inspect.getfullargspec(test).args
        given = {k: v for k, v in kwargs.items() if k in wanted or k not in _OPTIONAL}
        omitted = set(wanted) - set(given) - {"self"}
        if omitted:
            raise ValueError(
                f"The test requires parameters whose arguments were not passed: {omitted} ."
            )
        with contextlib.ExitStack() as stack:
            if mode == "eager":
                stack.enter_context(context.eager_mode())
            else:
                stack.enter_context(Graph().as_default())
            test(self, **given)

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run
