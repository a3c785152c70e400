"""Modules that newer Pythons and libraries have removed, and what stands in for them."""

from evergraph.compat.shims.supply import ModuleSupply

SUPPLIED = {
    "distutils": ModuleSupply("setuptools._distutils", "Python 3.12"),
    "imp": ModuleSupply("evergraph.compat.shims.imp", "Python 3.12"),
    "tutorials": ModuleSupply("evergraph.compat.shims.tutorials", "tensorflow/models"),
    "scipy.misc": ModuleSupply("evergraph.compat.shims.scipy_misc", "SciPy 2.0"),
}
