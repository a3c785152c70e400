"""NumPy's scalars as programs of that age print them: 1.5, not np.float32(1.5)."""

import sys

import numpy as np


def print_plain_scalars() -> None:
    """Gives NumPy the print options of before version 2, in all threads."""
    np.set_printoptions(legacy="1.21")
    # From NumPy 2.2 on they are a context's own, and other threads begin with the defaults.
    module = sys.modules.get("numpy._core.printoptions")
    defaults = getattr(module, "default_format_options_dict", None)
    if defaults is not None:
        defaults.update(module.format_options.get())
