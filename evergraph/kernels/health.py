"""What the debugger tells of numbers: how many are NaN, infinite, negative ..., their range."""

import numpy as np


def nan_count(array: np.ndarray) -> int:
    """How many elements are NaN."""
    return int(np.isnan(array).sum()) if array.dtype.kind in "fc" else 0


def numeric_summary(
    array: np.ndarray | None, dtype: int, lower_bound: float, upper_bound: float
) -> np.ndarray:
    """DebugNumericSummary's numbers, as float64: whether there is a value; how many elements; how
    many are NaN, at most the lower bound, negative, 0, positive, at least the upper bound; of the
    finite ones the least, the largest, the mean and the variance; the DataType; the rank and the
    sizes."""
    if array is None:
        return np.array([0.0] * 8 + [np.inf, -np.inf, np.nan, np.nan, dtype, 0.0])
    wide = array.astype(np.float64).ravel()
    numbers = wide[~np.isnan(wide)]
    low, high = numbers <= lower_bound, numbers >= upper_bound
    inner = numbers[~low & ~high]
    counts = [wide.size - numbers.size, low.sum(), (inner < 0).sum(), (inner == 0).sum()]
    counts += [(inner > 0).sum(), high.sum()]
    ends = [np.inf, -np.inf, np.nan, np.nan]
    finite = numbers[np.isfinite(numbers)]
    if finite.size:
        ends = [finite.min(), finite.max(), finite.mean(), finite.var()]
    return np.array([1.0, wide.size, *counts, *ends, dtype, array.ndim, *array.shape])
