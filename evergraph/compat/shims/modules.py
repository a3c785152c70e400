"""Modules that newer Pythons and libraries have removed, and what stands in for them."""

from types import ModuleType

from evergraph.compat.shims.supply import ModuleSupply

SUPPLIED = {
    "distutils": ModuleSupply("setuptools._distutils", "Python 3.12"),
    "imp": ModuleSupply("evergraph.compat.shims.imp", "Python 3.12"),
    "tutorials": ModuleSupply("evergraph.compat.shims.tutorials", "tensorflow/models"),
    "pkg_resources": ModuleSupply("evergraph.compat.shims.pkg_resources", "setuptools 82"),
    "scipy.misc": ModuleSupply("evergraph.compat.shims.scipy_misc", "SciPy 2.0"),
    "scipy.sparse.linalg.eigen.arpack": ModuleSupply(
        "scipy.sparse.linalg._eigen.arpack", "SciPy 1.8"
    ),
}


def open_package(module: ModuleType) -> None:
    """Lets a module have modules in it again."""
    if not hasattr(module, "__path__"):
        module.__path__ = []
