"""What TensorFlow 1.15 has and evergraph does not have yet, and the error that says so.

The public packages under `evergraph.tf` use `module_getattr` for names that they lack. The list of
TensorFlow's names lies beside this file, made by tests/golden/contract/pack_api.py.
"""

import functools
import importlib
import lzma
import sys
from collections.abc import Callable, Collection
from importlib import resources
from typing import Any


class MissingSymbolError(NotImplementedError, AttributeError):
    """A public name of TensorFlow 1.15 that evergraph lacks.

    It is a NotImplementedError for people, and an AttributeError for `hasattr` and `getattr`.
    """


@functools.cache
def tensorflow_symbols() -> frozenset[str]:
    """Names of TensorFlow 1.15's public modules, functions, classes and constants, without `tf.`"""
    packed = resources.files("evergraph.base").joinpath("tf1_symbols.txt.xz").read_bytes()
    return frozenset(lzma.decompress(packed).decode().split())


def missing_attribute(path: str, name: str) -> AttributeError:
    """The error for a `name` that the public module `path` ("" for tf itself) lacks."""
    symbol = f"{path}.{name}" if path else name
    if symbol in tensorflow_symbols():
        return MissingSymbolError(
            f"tf.{symbol} is part of TensorFlow 1.15 but not yet in evergraph"
        )
    module = f"tf.{path}" if path else "tf"
    return AttributeError(f"module '{module}' has no attribute {name!r}")


def module_getattr(package: str, lazy: Collection[str] = ()) -> Callable[[str], Any]:
    """A module's `__getattr__`: imports the `lazy` submodules when needed, complains otherwise.

    Args:
        package: the module's full name, below `evergraph.tf`.
        lazy: names of submodules which are only imported when first used.
    """
    path = package.removeprefix("evergraph.tf").removeprefix(".")

    def getattribute(name: str) -> Any:
        if name in lazy:
            return importlib.import_module(f"{package}.{name}")
        if name.startswith("__"):
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if sys.modules.get("tensorflow") is sys.modules["evergraph.tf"]:
            if name == "python":
                # `tf.contrib.rnn.python...`: programs use it without importing it.
                return importlib.import_module(f"tensorflow.{path}.python")
            if path == "contrib.slim":
                # It hides nothing of what its modules import: `slim.init_ops`.
                found = importlib.import_module("evergraph.compat.private").imported(name)
                if found is not None:
                    return found
        raise missing_attribute(path, name)

    return getattribute


def names_for_star(module: Any) -> list[str]:
    """What `from X import *` shall give where X hands on the names of `module`.

    Python takes the names in `X.__dict__` otherwise, which holds none of them.
    """
    return [name for name in dir(module) if name[:1] != "_" and hasattr(module, name)]
