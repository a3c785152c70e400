"""One file per op family: signature, shape rule, kernel and gradient together.

Importing this package imports every family, and so fills the registry.
"""

import importlib
import pkgutil

for _family in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_family.name}")
