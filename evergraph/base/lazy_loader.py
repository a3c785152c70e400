"""A module that is imported when it is first used."""

import importlib
import types
from typing import Any

from evergraph.base.platform import logging


class LazyLoader(types.ModuleType):
    """Stands for the module `name` until an attribute is asked for.

    Args:
        local_name: the name under which it is bound in `parent_module_globals`.
        parent_module_globals: where the real module takes its place, `globals()` of the user.
        name: the full name of the module.
        warning: what to log when the module is imported.
    """

    def __init__(
        self,
        local_name: str,
        parent_module_globals: dict[str, Any],
        name: str,
        warning: str | None = None,
    ) -> None:
        self._local_name = local_name
        self._parent_module_globals = parent_module_globals
        self._warning = warning
        super().__init__(name)

    def _load(self) -> types.ModuleType:
        module = importlib.import_module(self.__name__)
        self._parent_module_globals[self._local_name] = module
        if self._warning:
            logging.warning(self._warning)
            self._warning = None
        # Whoever kept this object finds the attributes here, without __getattr__.
        self.__dict__.update(module.__dict__)
        return module

    def __getattr__(self, item: str) -> Any:
        return getattr(self._load(), item)

    def __dir__(self) -> list[str]:
        return dir(self._load())
