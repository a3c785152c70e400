"""Export marks: which object stands for which public name of TensorFlow 1.15.

Names are written as users write them, without the leading ``tf.``::

    @export("nn.relu")
    def relu(features, name=None): ...

    float32 = DType(1)
    export_constant(__name__, "float32", "float32", "dtypes.float32")

For tools that generate code from the marks:

1. import every module of the package that may hold marks (`pkgutil.walk_packages`);
2. call `exported_symbols()`: a dict, sorted by name, of public name to `Symbol(module, attribute)`;
3. a symbol is written as ``from <module> import <attribute> as <last part of the name>``, where
   `Symbol.attribute` is always a plain name at the top level of the module `Symbol.module`.

`exported_names(obj)` gives the names of one function or class, the first being the canonical one.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

_NAMES_ATTRIBUTE = "_exported_names"


@dataclass(frozen=True, slots=True)
class Symbol:
    """Where an exported object lives: `attribute` of the module called `module`."""

    module: str
    attribute: str

    def load(self) -> Any:
        """The object itself; its module must have been imported."""
        return getattr(sys.modules[self.module], self.attribute)


_registry: dict[str, Symbol] = {}


def export(*names: str) -> Callable[[T], T]:
    """Decorator that makes a function or class public under each of `names`.

    The object must be bound at the top level of its module under its own ``__name__``. It is
    returned as it is. Use `export_constant` for everything else.

    Raises:
        ValueError: when a name is not a dotted name, or belongs to another object already.
    """

    def mark(obj: T) -> T:
        module, attribute = obj.__module__, obj.__qualname__  # type: ignore[attr-defined]
        if not attribute.isidentifier():
            raise ValueError(f"Only top-level objects can be exported, not {attribute!r}")
        _register(module, attribute, names)
        # A class would inherit its base's names; own names only.
        setattr(obj, _NAMES_ATTRIBUTE, vars(obj).get(_NAMES_ATTRIBUTE, ()) + names)
        return obj

    return mark


def export_constant(module_name: str, value_name: str, *names: str) -> None:
    """Make the module attribute `value_name` public under each of `names`.

    For what cannot carry a mark itself (constants, functions made by a call, instances). May stand
    before or after the assignment. `module_name` is the caller's ``__name__``.
    """
    if not value_name.isidentifier():
        raise ValueError(f"Not a name at the top level of a module: {value_name!r}")
    _register(module_name, value_name, names)


def _register(module: str, attribute: str, names: tuple[str, ...]) -> None:
    symbol = Symbol(module, attribute)
    for name in names:
        if name.startswith("tf.") or not all(part.isidentifier() for part in name.split(".")):
            raise ValueError(f"Not a public name: {name!r}")
        other = _registry.setdefault(name, symbol)
        if other != symbol:
            raise ValueError(
                f"tf.{name} is exported twice: by {other.module}.{other.attribute} and by "
                f"{module}.{attribute}"
            )


def exported_symbols() -> dict[str, Symbol]:
    """All public names marked so far, sorted, each with the place of its object."""
    return dict(sorted(_registry.items()))


def exported_names(obj: object) -> tuple[str, ...]:
    """The public names of a function or class, canonical one first; () when it has none."""
    names: tuple[str, ...] = getattr(obj, "__dict__", {}).get(_NAMES_ATTRIBUTE, ())
    return names
