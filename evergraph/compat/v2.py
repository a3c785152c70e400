"""`tf.compat.v2`: the names of TensorFlow 2 that TensorFlow 1.15 has, as far as they are here."""

import functools
import importlib
import lzma
from importlib import resources
from types import ModuleType
from typing import Any

from evergraph.base.missing import MissingSymbolError
from evergraph.compat import importer

TABLE = "tf2_names.txt.xz"
# The private module has version 1's function in their place, for programs that call it so.
_REDUCTIONS = {
    f"{prefix}reduce_{name}": f"reduce_{name}"
    for prefix in ("", "math.")
    for name in "all any logsumexp max mean min prod sum".split()
}


@functools.cache
def places() -> dict[str, str]:
    """What stands for each name: see tests/golden/compat/generate_v2_names.py."""
    packed = resources.files("evergraph.compat").joinpath(TABLE).read_bytes()
    lines = (line.partition(" ") for line in lzma.decompress(packed).decode().splitlines())
    return {name: place or name for name, _, place in lines}


class PublicModule(ModuleType):
    """`tf.compat.v2`, or a module of it: names are looked up when they are asked for."""

    def __init__(self, path: str) -> None:
        super().__init__(f"tf.compat.v2.{path}".rstrip("."), "Names of TensorFlow 2.")
        self.__dict__["_prefix"] = f"{path}." if path else ""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if not self._prefix and name == "compat":
            return importlib.import_module("evergraph.tf.compat")
        found = resolve(self._prefix + name)
        self.__dict__[name] = found
        return found

    def __dir__(self) -> list[str]:
        prefix = self.__dict__["_prefix"]
        inside = (n.removeprefix(prefix) for n in places() if n.startswith(prefix))
        return sorted({n for n in inside if "." not in n} | {"compat"} - {prefix and "compat"})


def resolve(name: str) -> Any:
    """What a name of version 2 stands for.

    Raises:
      AttributeError: there is no such name.
      MissingSymbolError: there is nothing like it here.
    """
    place = places().get(name)
    if place is None:
        raise AttributeError(f"module 'tf.compat.v2' has no attribute {name!r}")
    if place == "/":
        return PublicModule(name)
    if place.startswith("="):
        return eval(place[1:], {})
    own = importlib.import_module("evergraph.compat.v2_functions").NAMES
    if name in own:
        return own[name]
    if name in _REDUCTIONS:
        return getattr(importlib.import_module("evergraph.api.reduction_ops"), _REDUCTIONS[name])
    try:
        return _private(place[1:]) if place.startswith("@") else _public(place)
    except (AttributeError, MissingSymbolError):
        raise MissingSymbolError(f"evergraph has no tf.compat.v2.{name}") from None


def _public(place: str) -> Any:
    found: Any = importlib.import_module("evergraph.tf")
    for part in place.split("."):
        found = getattr(found, part)
    return found


def _private(place: str) -> Any:
    path, _, name = place.rpartition(".")
    root, _, rest = path.partition(".")
    rest = rest if root == "tensorflow" else importer.other_root(root, rest)
    loader = importer.find_loader(f"tensorflow.{rest}", rest)
    if isinstance(loader, importer.AliasLoader):
        return getattr(importlib.import_module(loader.target), name)
    if loader is None:
        raise AttributeError(name)
    view = loader.create_module(importer.ModuleSpec(f"tensorflow.{rest}", loader))  # type: ignore
    return getattr(view, name)


top = PublicModule("")
