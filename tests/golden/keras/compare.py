"""Whether what a program gave is what TensorFlow gave."""

from typing import Any

import numpy as np


def check(found: Any, wanted: Any, name: str) -> None:
    if isinstance(wanted, list):
        assert len(found) == len(wanted), name
        for a, b in zip(found, wanted, strict=True):
            check(a, b, name)
    elif isinstance(wanted, float):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5, err_msg=name)
    else:
        # Numbers of NumPy's own types are text in the golden file.
        try:
            check(float(found), float(wanted), name)
        except (TypeError, ValueError):
            assert found == wanted, name
