"""Groups that hold the columns they were made by, as before pandas 3."""

import functools
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from evergraph.compat.shims.supply import report


def keep_grouping_columns(module: ModuleType) -> None:
    """Let `apply` of the module's GroupBy hand whole groups to the function, as it used to.

    `module` is pandas.core.groupby.groupby, just imported. A pandas that does so by itself is
    left alone, and so is a call that says which groups it wants.
    """
    original = module.GroupBy.apply
    parameter = inspect.signature(original).parameters.get("include_groups")
    if parameter is None or parameter.default is not False:
        return
    reported: list[str] = []

    @functools.wraps(original)
    def apply(self: Any, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        whole = self._selected_obj
        alike = whole.shape == self._obj_with_exclusions.shape
        if alike or not callable(func) or "include_groups" in kwargs:
            return original(self, func, *args, **kwargs)
        if not reported:
            reported.append("once is enough")
            report("the grouping columns to groupby().apply", "pandas 3")
        call = functools.partial(call_with, func, args, kwargs)
        return self._python_apply_general(call, whole)

    module.GroupBy.apply = apply


def call_with(
    func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], group: Any
) -> Any:
    return func(group, *args, **kwargs)
