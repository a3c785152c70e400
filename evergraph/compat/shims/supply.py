"""How a missing name or module is supplied when, and only when, a program asks for it."""

import functools
import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NamedTuple

Change = Callable[[ModuleType], None]


class Supply(NamedTuple):
    """A name's stand-in: `make` makes its value at first use; `since` says what removed it."""

    make: Callable[[], Any]
    since: str


def report(name: str, since: str) -> None:
    """Tell the user, on the standard error, that a name was supplied."""
    print(
        f"evergraph run: supplied {name}, which {since} removed (--no-shims to do without)",
        file=sys.stderr,
    )


def reported(name: str, since: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """A method that is reported at its first use."""
    told: list[bool] = []

    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not told:
            told.append(True)
            report(name, since)
        return method(self, *args, **kwargs)

    return call


def supply_methods(cls: type, path: str, since: str, **methods: Callable[..., Any]) -> None:
    """Let a class, whose module users know as `path`, have the methods that it lacks."""
    for name, method in methods.items():
        if not hasattr(cls, name):
            setattr(cls, name, reported(f"{path}.{cls.__name__}.{name}", since, method))


def supply(module: ModuleType, supplies: Mapping[str, Supply]) -> None:
    """Let `module` offer the names in `supplies` that it does not have itself.

    A name is reported at its first use and is an ordinary attribute from then on.
    """
    fallback = vars(module).get("__getattr__")

    def missing(name: str) -> Any:
        found = supplies.get(name)
        if found is None:
            if fallback is not None:
                return fallback(name)
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        report(f"{module.__name__}.{name}", found.since)
        value = found.make()
        setattr(module, name, value)
        return value

    module.__getattr__ = missing  # type: ignore[method-assign]


class ModuleSupply(NamedTuple):
    """A module's stand-in: another module's name, and what removed it."""

    target: str
    since: str


class SupplyFinder(MetaPathFinder, Loader):
    """Supplies names to modules as they are imported, and modules that nobody else finds.

    `names` maps a module to its supplied names, `modules` a missing top-level module or
    package to its stand-in; modules within a missing package are those within the stand-in.
    `changes` maps a module to what is to be done with it once it is loaded, for what a newer
    version still has but does otherwise.
    """

    def __init__(
        self,
        names: Mapping[str, Mapping[str, Supply]],
        modules: Mapping[str, ModuleSupply],
        changes: Mapping[str, Change],
    ) -> None:
        self._changes = {
            **{
                name: functools.partial(supply, supplies=supplies)
                for name, supplies in names.items()
            },
            **changes,
        }
        self._modules = modules

    def install(self) -> None:
        """Start supplying, to modules already imported as well."""
        for name in [name for name in self._changes if name in sys.modules]:
            self._changes.pop(name)(sys.modules[name])
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module that is to get names or is missing; None for all others."""
        if fullname not in self._changes and self._stand_in(fullname) is None:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        specs = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is None:
            return self._stand_in(fullname) and ModuleSpec(fullname, self, is_package=True)
        if fullname in self._changes and spec.loader is not None:
            self._change_when_loaded(spec.loader, self._changes.pop(fullname))
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Put the stand-in where the missing module would be."""
        target, since = self._stand_in(module.__name__)
        if "." not in module.__name__ or module.__name__ in self._modules:
            report(module.__name__, since)
        sys.modules[module.__name__] = importlib.import_module(target)

    def _stand_in(self, fullname: str) -> ModuleSupply | None:
        """The stand-in for a missing module of this name, if there is one."""
        if fullname in self._modules:
            return self._modules[fullname]
        root, _, rest = fullname.partition(".")
        supplied = self._modules.get(root)
        if supplied is None or not rest:
            return None
        target = f"{supplied.target}.{rest}"
        return ModuleSupply(target, supplied.since) if self._exists(target) else None

    @staticmethod
    def _exists(name: str) -> bool:
        """Is there a module of this name, and the packages that it is in?"""
        try:
            return importlib.util.find_spec(name) is not None
        except ModuleNotFoundError:
            return False

    @staticmethod
    def _change_when_loaded(loader: Loader, change: Change) -> None:
        """Make a loader change the module that it is about to execute."""
        execute = loader.exec_module

        def execute_and_change(module: ModuleType) -> None:
            execute(module)
            change(module)

        loader.exec_module = execute_and_change  # type: ignore[method-assign]
