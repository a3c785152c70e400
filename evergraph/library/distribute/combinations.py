"""Tests for all combinations of parameters, strategies among them:
`tensorflow.python.distribute.combinations`."""

from collections.abc import Callable, Iterable
from typing import Any

from evergraph.base.decorator import make_decorator
from evergraph.library.eager.context import context
from evergraph.library.testing import combinations as plain

combine = plain.combine
times = plain.times
NamedObject = plain.NamedObject


class NamedDistribution:
    """A strategy under a name, which is that of its tests; it is made for each test.

    Args:
      name: the name.
      distribution_fn: makes the strategy.
      required_gpus: how many GPUs it needs.
      required_tpu: whether it needs a TPU.
    """

    def __init__(
        self,
        name: str,
        distribution_fn: Callable[[], Any],
        required_gpus: int | None = None,
        required_tpu: bool = False,
    ) -> None:
        self._name = name
        self._distribution_fn = distribution_fn
        self.required_gpus = required_gpus
        self.required_tpu = required_tpu

    @property
    def strategy(self) -> Any:
        """A new strategy."""
        return self._distribution_fn()

    def __repr__(self) -> str:
        return self._name


def _with_strategies(test: Callable[..., Any]) -> Callable[..., Any]:
    """A test that is given strategies for their names; skipped where one cannot be made."""

    def run(self: Any, **kwargs: Any) -> None:
        named = [v for v in kwargs.values() if isinstance(v, NamedDistribution)]
        if any(d.required_tpu for d in named):
            self.skipTest("Test requires a TPU, but it's not available.")
        needed = max((d.required_gpus or 0 for d in named), default=0)
        there = context().num_gpus() if needed else 0
        if there < needed:
            self.skipTest(f"Only {there} of {needed} required GPUs are available.")
        test(
            self,
            **{k: v.strategy if isinstance(v, NamedDistribution) else v for k, v in kwargs.items()},
        )

    return make_decorator(test, run)


def generate(combinations: Iterable[Any]) -> Callable[[Any], Any]:
    """A decorator that makes a test of each combination, of a method or of all tests of a class."""
    decorate = plain.generate(combinations)

    def decorated(test: Any) -> Any:
        if not isinstance(test, type):
            return decorate(_with_strategies(test))
        for name, method in list(vars(test).items()):
            if name.startswith("test") and callable(method):
                setattr(test, name, _with_strategies(method))
        return decorate(test)

    return decorated
