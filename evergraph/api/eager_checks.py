"""What checks on values say where tensors have values and no names."""

from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.tensor import Tensor


def named(x: Tensor) -> str:
    """How messages speak of a tensor: by its name, or by shape and dtype where it has none."""
    return f"shape={x.shape} dtype={x.dtype.name}" if executing_eagerly() else x.name


def check_pair(
    symbol: str,
    holds: Any,
    x: Tensor,
    y: Tensor,
    data: Any,
    summarize: int | None,
    message: str | None,
) -> None:
    """Raises InvalidArgumentError unless all of `holds`, with the first `summarize` entries of what
    the check was about."""
    fits = np.asarray(holds)
    if fits.all():
        return
    count = 3 if summarize is None else summarize if summarize >= 0 else int(1e9)
    if data is None:
        data = _about_pair(symbol, fits, np.asarray(x), np.asarray(y), count)
    if message is not None:
        data = [message, *data]
    raise errors.InvalidArgumentError(None, None, "\n".join(_shown(d, count) for d in data))


def _about_pair(symbol: str, fits: Any, x: Any, y: Any, count: int) -> list[Any]:
    data = [f"Condition x {symbol} y did not hold."]
    if count <= 0:
        return data
    if x.shape == y.shape and x.ndim:
        places = np.argwhere(~fits)[:count]
        data += [f"Indices of first {len(places)} different values:", places]
        data += ["Corresponding x values:", x[~fits][:count]]
        data += ["Corresponding y values:", y[~fits][:count]]
    for name, values in (("x", x), ("y", y)):
        first = values.reshape(-1)[:count]
        data += [f"First {first.size} elements of {name}:", first]
    return data


def _shown(item: Any, count: int) -> str:
    """An item of the data: of tensors, the first entries."""
    if not isinstance(item, Tensor):
        return str(item)
    value: Any = item.numpy()  # type: ignore[attr-defined]
    if np.ndim(value) == 0:
        return str(value)
    entries = [str(v) for v in value.reshape(-1)[:count]]
    return str(entries + ["..."] * (value.size > count))
