"""`tf.flags` and `tf.app.flags`: absl's flags, with TensorFlow's older argument names and habits.

Reading a flag before the command line was parsed parses it, where absl raises an error.
"""

import logging as _logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

from absl import flags as _absl_flags
from absl.flags import *  # noqa: F403

from evergraph.base.decorator import make_decorator
from evergraph.base.export import export_constant

for _name in _absl_flags.__all__:
    export_constant(__name__, _name, "flags." + _name, "app.flags." + _name)

# Flags belong to the module that calls DEFINE_string, not to the wrapper here.
_absl_flags.disclaim_key_flags()

_RENAMED_ARGUMENTS = {"flag_name": "name", "default_value": "default", "docstring": "help"}


def _wrap_define_function(original_function: Callable[..., Any]) -> Any:
    """Let one of absl's DEFINE functions take TensorFlow's older argument names too."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        renamed = {_RENAMED_ARGUMENTS.get(name, name): value for name, value in kwargs.items()}
        if renamed.keys() != kwargs.keys():
            _logging.warning(
                "Use of the keyword argument names (flag_name, default_value, docstring) is "
                "deprecated, please use (name, default, help) instead."
            )
        return original_function(*args, **renamed)

    return make_decorator(original_function, wrapper)


class _FlagValuesWrapper:
    """absl's FLAGS, but reading a flag parses `sys.argv` when nobody has done so.

    `_parse_flags()`, which programs for TensorFlow before 1.5 call, parses it at once.
    """

    def __init__(self, flags_object: Any) -> None:
        self.__dict__["__wrapped"] = flags_object

    def __getattribute__(self, name: str) -> Any:
        if name == "__dict__":
            return super().__getattribute__(name)
        return self.__dict__["__wrapped"].__getattribute__(name)

    def __getattr__(self, name: str) -> Any:
        wrapped = self.__dict__["__wrapped"]
        if name == "_parse_flags":
            return lambda args=None: wrapped(
                sys.argv if args is None else [sys.argv[0], *args], known_only=True
            )[1:]
        if not wrapped.is_parsed():
            wrapped(sys.argv)
        return wrapped.__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__["__wrapped"].__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        self.__dict__["__wrapped"].__delattr__(name)

    def __dir__(self) -> Any:
        return self.__dict__["__wrapped"].__dir__()

    def __getitem__(self, name: str) -> Any:
        return self.__dict__["__wrapped"][name]

    def __setitem__(self, name: str, flag: Any) -> None:
        self.__dict__["__wrapped"][name] = flag

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__["__wrapped"]

    def __len__(self) -> int:
        return len(self.__dict__["__wrapped"])

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__["__wrapped"])

    def __str__(self) -> str:
        return str(self.__dict__["__wrapped"])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__dict__["__wrapped"](*args, **kwargs)


DEFINE_string = _wrap_define_function(_absl_flags.DEFINE_string)
DEFINE_boolean = _wrap_define_function(_absl_flags.DEFINE_boolean)
DEFINE_bool = DEFINE_boolean
DEFINE_float = _wrap_define_function(_absl_flags.DEFINE_float)
DEFINE_integer = _wrap_define_function(_absl_flags.DEFINE_integer)

FLAGS = _FlagValuesWrapper(_absl_flags.FLAGS)  # type: ignore[assignment]
