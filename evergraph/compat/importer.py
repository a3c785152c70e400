"""`import tensorflow` and everything below it, resolved to evergraph."""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType

from evergraph.compat import paths
from evergraph.compat.private import PrivateModule, import_if_there


class AliasLoader(Loader):
    """Loads a module by putting another one, imported by its own name, in its place."""

    def __init__(self, target: str) -> None:
        self.target = target

    def exec_module(self, module: ModuleType) -> None:
        """Replace the new, empty module in sys.modules; the import system takes what is there."""
        found = importlib.import_module(self.target)
        if not hasattr(found, "__path__"):
            found.__path__ = []  # lets `tensorflow.contrib.layers.python...` be imported below it
        sys.modules[module.__name__] = found


class PrivateLoader(Loader):
    """Loads a view on modules of evergraph."""

    def __init__(self, sources: tuple[str, ...]) -> None:
        self.sources = sources

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The view; its sources are imported with it."""
        found = (import_if_there(source) for source in self.sources)
        return PrivateModule(spec.name, tuple(m for m in found if m is not None))

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: a view has no code."""

    def get_code(self, name: str) -> CodeType | None:
        """The code of the first source, for who runs the module as a program."""
        spec = importlib.util.find_spec(self.sources[0]) if self.sources else None
        return spec.loader.get_code(spec.name) if spec else None  # type: ignore[union-attr]


class TensorFlowFinder(MetaPathFinder):
    """Finds `tensorflow`, `tensorflow_core`, `tensorflow_estimator` and all modules in them.

    What evergraph does not have is left to the finders after this one, and so ends in Python's
    own ModuleNotFoundError.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module of TensorFlow's name, or None."""
        root, _, rest = fullname.partition(".")
        if root not in paths.ROOTS:
            return None
        loader = find_loader(fullname, rest if root == "tensorflow" else other_root(root, rest))
        return loader and ModuleSpec(fullname, loader, is_package=True)


def other_root(root: str, rest: str) -> str:
    """The path below `tensorflow` that a path below one of the other roots means."""
    for prefix in ("_api.v1.", "_api."):
        rest = rest.removeprefix(prefix)
    if root == "tensorflow_estimator":
        rest = rest if rest.startswith("python") else f"estimator.{rest}"
        return rest.strip(".").replace("estimator.estimator", "estimator", 1)
    return "" if rest in ("_api", "v1") else rest.removeprefix("v1.")


def find_loader(fullname: str, path: str) -> Loader | None:
    """The loader of the module at `path` below tensorflow, wanted under the name `fullname`."""
    if fullname.partition(".")[0] != "tensorflow":
        canonical = f"tensorflow.{path}".rstrip(".")
        return AliasLoader(canonical) if importlib.util.find_spec(canonical) else None
    for target in paths.aliases(path):
        if is_there(target):
            return AliasLoader(target)
    sources = tuple(source for source in paths.sources(path) if is_there(source))
    return PrivateLoader(sources) if sources or paths.is_module(path) else None


def is_there(name: str) -> bool:
    """Whether a module of evergraph exists; its parents are imported."""
    parent = name.rpartition(".")[0]
    if parent and import_if_there(parent) is None:
        return False
    return importlib.util.find_spec(name) is not None


def install_as_tensorflow() -> None:
    """Let `import tensorflow` give evergraph, in this process, from now on.

    `tensorflow`, its public submodules, and the private ones that programs import
    (`tensorflow.python.framework.ops`, ...) resolve to evergraph, whether a TensorFlow is
    installed or not. Calling it again does nothing.

    Raises:
      RuntimeError: If another `tensorflow` was imported before.
    """
    if any(isinstance(finder, TensorFlowFinder) for finder in sys.meta_path):
        return
    if sys.modules.get("tensorflow") not in (None, sys.modules.get(paths.PUBLIC)):
        raise RuntimeError(
            f"Another tensorflow is imported already: {sys.modules['tensorflow']!r}. "
            "Call evergraph.install_as_tensorflow() before anything imports it."
        )
    sys.meta_path.insert(0, TensorFlowFinder())
    # Programs use `tf.python...` without importing it.
    importlib.import_module("tensorflow.python")
    importlib.import_module("tensorflow.core")
