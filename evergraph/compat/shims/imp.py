"""Stands in for the module `imp`, which Python 3.12 removed, on importlib."""

import _imp
import importlib
import importlib.util
import os
import sys
import tokenize
from collections.abc import Sequence
from importlib import machinery
from importlib.util import cache_from_source, source_from_cache
from types import ModuleType
from typing import IO, Any

__all__ = [
    "cache_from_source",
    "find_module",
    "get_magic",
    "get_suffixes",
    "get_tag",
    "load_compiled",
    "load_dynamic",
    "load_module",
    "load_package",
    "load_source",
    "new_module",
    "reload",
    "source_from_cache",
]

SEARCH_ERROR, PY_SOURCE, PY_COMPILED, C_EXTENSION, PY_RESOURCE = 0, 1, 2, 3, 4
PKG_DIRECTORY, C_BUILTIN, PY_FROZEN, PY_CODERESOURCE, IMP_HOOK = 5, 6, 7, 8, 9

acquire_lock, release_lock, lock_held = _imp.acquire_lock, _imp.release_lock, _imp.lock_held
is_builtin, is_frozen = _imp.is_builtin, _imp.is_frozen
new_module = ModuleType
reload = importlib.reload

Found = tuple[IO[Any] | None, str | None, tuple[str, str, int]]


def get_magic() -> bytes:
    """The magic number of compiled files."""
    return importlib.util.MAGIC_NUMBER


def get_tag() -> str:
    """The tag in the names of compiled files."""
    return str(sys.implementation.cache_tag)


def get_suffixes() -> list[tuple[str, str, int]]:
    """Suffix, mode and kind of each sort of module file."""
    return (
        [(suffix, "rb", C_EXTENSION) for suffix in machinery.EXTENSION_SUFFIXES]
        + [(suffix, "r", PY_SOURCE) for suffix in machinery.SOURCE_SUFFIXES]
        + [(suffix, "rb", PY_COMPILED) for suffix in machinery.BYTECODE_SUFFIXES]
    )


def find_module(name: str, path: Sequence[str] | None = None) -> Found:
    """Find a module that is not in a package: open file, path name and description.

    Raises:
      ImportError: If there is none.
    """
    if path is None and is_builtin(name):
        return None, None, ("", "", C_BUILTIN)
    for folder in sys.path if path is None else path:
        package = os.path.join(folder, name)
        for suffix in (".py", *machinery.BYTECODE_SUFFIXES):
            if os.path.isfile(os.path.join(package, "__init__" + suffix)):
                return None, package, ("", "", PKG_DIRECTORY)
        for description in get_suffixes():
            file = package + description[0]
            if os.path.isfile(file):
                return _open(file, description[1]), file, description
    raise ImportError(f"No module named {name!r}", name=name)


def _open(file: str, mode: str) -> IO[Any]:
    """Open a module's file; text is decoded as its coding line says."""
    return tokenize.open(file) if mode == "r" else open(file, mode)


def load_module(
    name: str, file: IO[Any] | None, filename: str, details: tuple[str, str, int]
) -> ModuleType:
    """Load what `find_module` found.

    Raises:
      ImportError: If the description is of an unknown kind.
    """
    kind = details[2]
    if kind == PY_SOURCE:
        return load_source(name, filename, file)
    if kind == PY_COMPILED:
        return load_compiled(name, filename, file)
    if kind == C_EXTENSION:
        return load_dynamic(name, filename, file)
    if kind == PKG_DIRECTORY:
        return load_package(name, filename)
    if kind in (C_BUILTIN, PY_FROZEN):
        return importlib.import_module(name)
    raise ImportError(f"Don't know how to import {name} (type code {kind})", name=name)


def load_source(name: str, pathname: str, file: IO[Any] | None = None) -> ModuleType:
    """Load a module, again if it is loaded, from a source file."""
    return _load(name, machinery.SourceFileLoader(name, pathname), pathname)


def load_compiled(name: str, pathname: str, file: IO[Any] | None = None) -> ModuleType:
    """Load a module from a compiled file."""
    return _load(name, machinery.SourcelessFileLoader(name, pathname), pathname)


def load_dynamic(name: str, path: str, file: IO[Any] | None = None) -> ModuleType:
    """Load an extension module."""
    return _load(name, machinery.ExtensionFileLoader(name, path), path)


def load_package(name: str, path: str) -> ModuleType:
    """Load a package from its folder."""
    for suffix in (".py", *machinery.BYTECODE_SUFFIXES):
        file = os.path.join(path, "__init__" + suffix)
        if os.path.exists(file):
            return load_source(name, file) if suffix == ".py" else load_compiled(name, file)
    raise ValueError(f"{path!r} is not a package")


def _load(name: str, loader: Any, path: str) -> ModuleType:
    """Execute a module in the one of that name if it is loaded, as `imp` did, or in a new one."""
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = sys.modules.get(name)
    if module is None:
        module = importlib.util.module_from_spec(spec)
    else:
        module.__spec__, module.__loader__, module.__file__ = spec, loader, path
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return sys.modules[name]
