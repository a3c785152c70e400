"""Where modules are."""

import os
from types import ModuleType


def get_parent_dir(module: ModuleType) -> str:
    """The folder above the one that a module's file is in."""
    return os.path.abspath(os.path.join(os.path.dirname(str(module.__file__)), ".."))
