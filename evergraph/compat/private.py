"""Modules that stand for TensorFlow's private ones and take their names from evergraph's own."""

import importlib
from types import ModuleType
from typing import Any

from evergraph.base.missing import MissingSymbolError
from evergraph.compat import paths

# The only names with such underscores that are no business of Python's import system.
VERSIONS = frozenset(
    f"__{name}__"
    for name in ("version", "git_version", "compiler_version", "cxx11_abi_flag", "monolithic_build")
)


class PrivateModule(ModuleType):
    """`tensorflow.python.ops.math_ops` and the like: a view on modules of evergraph.

    A name is looked up in the sources in their order, each time, so that the view never goes
    stale. Assigning to a name that a source has assigns there, so that the library sees what a
    program patches; deleting it again brings back the original, as `unittest.mock` expects.
    Other names are kept in the view itself.
    """

    def __init__(self, name: str, sources: tuple[ModuleType, ...]) -> None:
        super().__init__(name, f"Names of {name}, as far as evergraph has them.")
        self.__dict__["_sources"] = sources
        self.__dict__["_originals"] = {}

    def __getattr__(self, name: str) -> Any:
        if name in VERSIONS or not (name.startswith("__") and name.endswith("__")):
            for source in self.__dict__["_sources"]:
                if hasattr(source, name):
                    found = getattr(source, name)
                    # A module of the source may be only a part of the one that stands below this.
                    part = isinstance(found, ModuleType)
                    return (part and import_if_there(f"{self.__name__}.{name}")) or found
            if module := import_if_there(f"{self.__name__}.{name}") or imported(name):
                return module
            raise MissingSymbolError(f"evergraph has no {self.__name__}.{name}")
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        owner = None if name in self.__dict__ else self._owner(name)
        if owner is None or name.startswith("__") or isinstance(value, ModuleType):
            super().__setattr__(name, value)
        else:
            self._originals.setdefault(name, getattr(owner, name))
            setattr(owner, name, value)

    def __delattr__(self, name: str) -> None:
        owner = self._owner(name)
        if name in self._originals and owner is not None:
            setattr(owner, name, self._originals.pop(name))
        else:
            super().__delattr__(name)

    def __dir__(self) -> list[str]:
        own = {name for name in self.__dict__ if name not in ("_sources", "_originals")}
        return sorted(own.union(*(dir(source) for source in self._sources)))

    @property
    def __all__(self) -> list[str]:
        """What `from module import *` gives."""
        return [name for name in dir(self) if not name.startswith("_")]

    def _owner(self, name: str) -> ModuleType | None:
        """The source that has this name."""
        return next((s for s in self.__dict__["_sources"] if hasattr(s, name)), None)


def imported(name: str) -> ModuleType | None:
    """A module that TensorFlow's modules import from its usual packages, and that some programs
    take from them: `from tensorflow.python.ops.rnn import rnn_cell_impl`."""
    for package in ("framework", "ops", "util", "training", "platform", "eager", "client"):
        path = f"python.{package}.{name}"
        if path in paths.tensorflow_modules():
            return import_if_there(f"tensorflow.{path}")
    return None


def import_if_there(name: str) -> ModuleType | None:
    """The module of this name, or None if there is none; its own errors are not hidden."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name + ".").startswith(error.name + "."):
            return None
        raise
