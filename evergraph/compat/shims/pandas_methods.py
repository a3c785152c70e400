"""Methods of pandas' classes that pandas 2 has removed: `append`, `iteritems`."""

import importlib
from types import ModuleType
from typing import Any

from evergraph.compat.shims.supply import supply_methods


def _append_rows(
    frame: Any,
    other: Any,
    ignore_index: bool = False,
    verify_integrity: bool = False,
    sort: bool = False,
) -> Any:
    """The rows of `frame` and below these those of `other`: one or several, with or without names.

    Raises:
      TypeError: a row has no name and would need one.
    """
    pandas = importlib.import_module("pandas")
    if isinstance(other, dict):
        if not ignore_index:
            raise TypeError("Can only append a dict if ignore_index=True")
        other = pandas.Series(other)
    if isinstance(other, pandas.Series):
        if other.name is None and not ignore_index:
            raise TypeError(
                "Can only append a Series if ignore_index=True or if the Series has a name"
            )
        index = pandas.Index([other.name], name=frame.index.name)
        other = pandas.DataFrame([other.tolist()], columns=other.index, index=index)
    elif isinstance(other, list) and other and not isinstance(other[0], pandas.DataFrame):
        other = pandas.DataFrame(other)
    below = other if isinstance(other, list | tuple) else [other]
    return pandas.concat(
        [frame, *below], ignore_index=ignore_index, verify_integrity=verify_integrity, sort=sort
    )


def _append_values(
    series: Any, to_append: Any, ignore_index: bool = False, verify_integrity: bool = False
) -> Any:
    """The values of `series`, then those of another, or of several."""
    pandas = importlib.import_module("pandas")
    after = to_append if isinstance(to_append, list | tuple) else [to_append]
    return pandas.concat(
        [series, *after], ignore_index=ignore_index, verify_integrity=verify_integrity
    )


def _items(values: Any) -> Any:
    """Pairs of names, of columns or of rows, with what they name."""
    return values.items()


def supply_frame_methods(module: ModuleType) -> None:
    """Lets the DataFrame of pandas.core.frame, just imported, have these methods again."""
    supply_methods(module.DataFrame, "pandas", "pandas 2.0", append=_append_rows, iteritems=_items)


def supply_series_methods(module: ModuleType) -> None:
    """As `supply_frame_methods`, for the Series of pandas.core.series."""
    supply_methods(module.Series, "pandas", "pandas 2.0", append=_append_values, iteritems=_items)
