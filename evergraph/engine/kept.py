"""What is computed from variables alone, kept from run to run until a variable changes."""

from collections.abc import Callable
from typing import Any


class Kept:
    """A kernel whose results stay those of the last run while no run wrote a variable.

    For steps that take nothing but whole variables and constants, in plans that write none.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__name__ = f"kept_{getattr(function, '__name__', 'value')}"

    def __call__(self, *args: Any, session: Any) -> Any:
        generation = session.generation
        found = session.kept.get(self)
        if found is None or found[0] != generation:
            found = session.kept[self] = (generation, self.function(*args))
        return found[1]
