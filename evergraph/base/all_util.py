"""Which names of a module are public, by the `@@name` lines of docstrings."""

import re
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

_reference_pattern = re.compile(r"^@@(\w+)$", flags=re.MULTILINE)

# By full name, what `remove_undocumented` took out: its module and the object.
_HIDDEN_ATTRIBUTES: dict[str, tuple[ModuleType, Any]] = {}


def make_all(module_name: str, doc_string_modules: Sequence[ModuleType] | None = None) -> list[str]:
    """The names of a module that docstrings refer to, for its `__all__`.

    Args:
      module_name: The module's name.
      doc_string_modules: The modules whose docstrings are read (default: the module's own).
    """
    module = sys.modules[module_name]
    names = set(dir(module))
    return list(
        {
            name
            for described in doc_string_modules or [module]
            for name in _reference_pattern.findall(described.__doc__ or "")
            if name in names
        }
    )


def reveal_undocumented(symbol_name: str, target_module: ModuleType | None = None) -> None:
    """Puts back what `remove_undocumented` took out, into its module or `target_module`.

    Raises:
      LookupError: If nothing of this full name was taken out.
    """
    if symbol_name not in _HIDDEN_ATTRIBUTES:
        raise LookupError(f"Symbol {symbol_name} is not a hidden symbol")
    module, value = _HIDDEN_ATTRIBUTES[symbol_name]
    setattr(target_module or module, symbol_name.rpartition(".")[2], value)


def remove_undocumented(
    module_name: str,
    allowed_exception_list: Sequence[str] | None = None,
    doc_string_modules: Sequence[ModuleType] | None = None,
) -> None:
    """Takes the names out of a module that no docstring refers to.

    Args:
      module_name: The module's name.
      allowed_exception_list: More names that stay, as do those with an underscore in front.
      doc_string_modules: The modules whose docstrings are read (default: the module's own).
    """
    module = sys.modules[module_name]
    stay = {*make_all(module_name, doc_string_modules), *(allowed_exception_list or ())}
    for name in set(dir(module)) - stay:
        if not name.startswith("_"):
            _HIDDEN_ATTRIBUTES[f"{module_name}.{name}"] = (module, getattr(module, name))
            delattr(module, name)


__all__ = ["make_all", "remove_undocumented", "reveal_undocumented"]
