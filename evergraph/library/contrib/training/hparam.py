"""Hyperparameters: `tf.contrib.training.HParams`."""

import json
import numbers
import re
from collections.abc import Callable
from typing import Any

from evergraph.base import compat
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.proto_functions import register_proto_function
from evergraph.proto.contrib.hparam_pb2 import HParamDef

# name, name[index], then `= value` or `= [value, ...]`, up to the next comma.
_ASSIGNMENT = re.compile(
    r"(?P<name>[a-zA-Z][\w\.]*)(\[\s*(?P<index>\d+)\s*\])?\s*=\s*"
    r"((?P<val>[^,\[]*)|\[(?P<vals>[^\]]*)\])($|,\s*)"
)
_TEXT = (str, bytes)
# What messages hold, by the first part of the field's name.
_READERS: dict[str, Callable[[Any], Any]] = {
    "bool": bool,
    "int64": int,
    "float": float,
    "bytes": compat.as_str,
}


class _Values:
    """What is read of a text of assignments.

    Args:
      text: the whole text, for complaints.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: dict[str, Any] = {}

    def unreadable(self, name: str, kind: type, value: str) -> ValueError:
        return ValueError(
            f"Could not parse hparam '{name}' of type '{kind.__name__}' with value '{value}' in "
            f"{self.text}"
        )

    def repeated(self, name: str) -> ValueError:
        return ValueError(f"Multiple assignments to variable '{name}' in {self.text}")

    def read(self, name: str, kind: type, value: str) -> Any:
        """One value."""
        try:
            return _bool(value) if kind is bool else kind(value)
        except ValueError:
            raise self.unreadable(name, kind, value) from None

    def add(self, name: str, kind: type, value: str, index: str | None) -> None:
        """Reads `name = value` or `name[index] = value`."""
        parsed = self.read(name, kind, value)
        if not index:
            if name in self.found:
                raise self.repeated(name)
            self.found[name] = parsed
            return
        held = self.found.setdefault(name, {})
        if not isinstance(held, dict):
            raise self.repeated(name)
        if int(index) in held:
            raise self.repeated(f"{name}[{int(index)}]")
        held[int(index)] = parsed

    def add_list(self, name: str, kind: type, values: str, index: str | None) -> None:
        """Reads `name = [value, ...]`."""
        if index is not None:
            raise ValueError("Assignment of a list to a list index.")
        if name in self.found:
            raise self.repeated(name)
        try:
            self.found[name] = [
                self.read(name, kind, value) for value in re.split("[ ,]", values) if value
            ]
        except ValueError:
            raise self.unreadable(name, kind, values) from None


def _bool(value: str) -> bool:
    if value in ("true", "True"):
        return True
    return False if value in ("false", "False") else bool(int(value))


@export("contrib.training.parse_values")
def parse_values(
    values: str, type_map: dict[str, Any], ignore_unknown: bool = False
) -> dict[str, Any]:
    """Values by name, of a text such as "rate=0.1,sizes=[3,4],flags[1]=true". Stands for
    `tf.contrib.training.parse_values`.

    Args:
      values: assignments, separated by commas.
      type_map: types by name: of a list, that of its elements.
      ignore_unknown: whether names without a type are passed over.

    Returns:
      Values, lists, and dicts by index.

    Raises:
      ValueError: the text cannot be read, a name has no type, or two values.
    """
    result = _Values(values)
    position = 0
    while position < len(values):
        match = _ASSIGNMENT.match(values, position)
        if not match:
            raise ValueError(f"Malformed hyperparameter value: {values[position:]}")
        position = match.end()
        name, index = match["name"], match["index"]
        if name not in type_map:
            if ignore_unknown:
                continue
            raise ValueError(f"Unknown hyperparameter type for {name}")
        if match["val"] is not None:
            result.add(name, type_map[name], match["val"], index)
        else:
            result.add_list(name, type_map[name], match["vals"], index)
    return result.found


def _cast_to_type_if_compatible(name: str, param_type: type, value: Any) -> Any:
    """A value as the type of a parameter.

    Raises:
      ValueError: text or bool against something else, a number with a fraction for an integer,
        or no number for one.
    """
    if type(value) is param_type or issubclass(param_type, type(None)):
        return value
    fits = issubclass(param_type, bool) == isinstance(value, bool)
    for kind in (_TEXT, numbers.Integral, numbers.Number):
        if issubclass(param_type, kind):
            fits = fits and isinstance(value, kind)
    if not fits:
        raise ValueError(
            f"Could not cast hparam '{name}' of type '{param_type}' from value {value!r}"
        )
    return param_type(value)


@export("contrib.training.HParams")
class HParams:
    """Hyperparameters, as attributes. Stands for `tf.contrib.training.HParams`.

    The type of each is that of its first value.

    Args:
      hparam_def: an HParamDef message.
      model_structure: any object to go with them.
      **kwargs: values by name: numbers, bools, texts, or lists of them.

    Raises:
      ValueError: both a message and values are given.
    """

    _HAS_DYNAMIC_ATTRIBUTES = True

    def __init__(self, hparam_def: Any = None, model_structure: Any = None, **kwargs: Any) -> None:
        self._hparam_types: dict[str, tuple[type, bool]] = {}
        self._model_structure = model_structure
        if hparam_def:
            self._init_from_proto(hparam_def)
            if kwargs:
                raise ValueError("hparam_def and initialization values are mutually exclusive")
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def _init_from_proto(self, hparam_def: Any) -> None:
        assert isinstance(hparam_def, HParamDef)
        for name, message in hparam_def.hparam.items():
            kind = message.WhichOneof("kind")
            read = _READERS[kind.split("_")[0]]
            value = getattr(message, kind)
            if kind.endswith("_value"):
                self.add_hparam(name, read(value))
            else:
                self.add_hparam(name, [read(v) for v in value.value])

    def add_hparam(self, name: str, value: Any) -> None:
        """Adds a parameter.

        Raises:
          ValueError: there is one of that name, or the list is empty.
        """
        if getattr(self, name, None) is not None:
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        if isinstance(value, (list, tuple)):
            if not value:
                raise ValueError(f"Multi-valued hyperparameters cannot be empty: {name}")
            self._hparam_types[name] = (type(value[0]), True)
        else:
            self._hparam_types[name] = (type(value), False)
        setattr(self, name, value)

    def set_hparam(self, name: str, value: Any) -> None:
        """Sets a parameter that there is.

        Raises:
          KeyError: there is none.
          ValueError: the value is of another type.
        """
        param_type, is_list = self._hparam_types[name]
        if isinstance(value, list):
            if not is_list:
                raise ValueError(f"Must not pass a list for single-valued parameter: {name}")
            cast = [_cast_to_type_if_compatible(name, param_type, v) for v in value]
            setattr(self, name, cast)
        elif is_list:
            raise ValueError(f"Must pass a list for multi-valued parameter: {name}.")
        else:
            setattr(self, name, _cast_to_type_if_compatible(name, param_type, value))

    def del_hparam(self, name: str) -> None:
        """Takes a parameter away, if there is one."""
        if hasattr(self, name):
            delattr(self, name)
            del self._hparam_types[name]

    def parse(self, values: str) -> "HParams":
        """Sets parameters by a text, as `parse_values` reads it."""
        types = {name: param_type for name, (param_type, _) in self._hparam_types.items()}
        return self.override_from_dict(parse_values(values, types))

    def override_from_dict(self, values_dict: dict[str, Any]) -> "HParams":
        """Sets parameters by a dict."""
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    @deprecated(None, "Use `override_from_dict`.")
    def set_from_map(self, values_map: dict[str, Any]) -> "HParams":
        """An older name of `override_from_dict`."""
        return self.override_from_dict(values_dict=values_map)

    def set_model_structure(self, model_structure: Any) -> None:
        """Sets the object that goes with the parameters."""
        self._model_structure = model_structure

    def get_model_structure(self) -> Any:
        """The object that goes with the parameters."""
        return self._model_structure

    def to_json(self, indent: Any = None, separators: Any = None, sort_keys: bool = False) -> str:
        """The parameters as JSON text; arguments as those of `json.dumps`."""
        return json.dumps(self.values(), indent=indent, separators=separators, sort_keys=sort_keys)

    def parse_json(self, values_json: str) -> "HParams":
        """Sets parameters by JSON text."""
        return self.override_from_dict(json.loads(values_json))

    def values(self) -> dict[str, Any]:
        """Values by name."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def get(self, key: str, default: Any = None) -> Any:
        """A parameter, or `default` if there is none.

        Raises:
          ValueError: the default is of another type than the parameter.
        """
        if key not in self._hparam_types:
            return default
        if default is not None:
            self._check_default(key, default)
        return getattr(self, key)

    def _check_default(self, key: str, default: Any) -> None:
        param_type, is_list = self._hparam_types[key]
        kind = f"list<{param_type}>" if is_list else str(param_type)
        message = f"Hparam '{key}' of type '{kind}' is incompatible with default={default}"
        if is_list != isinstance(default, list):
            raise ValueError(message)
        try:
            for value in default if is_list else [default]:
                _cast_to_type_if_compatible(key, param_type, value)
        except ValueError as error:
            raise ValueError(f"{message}. {error}") from None

    def __contains__(self, key: str) -> bool:
        return key in self._hparam_types

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.values().items())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({sorted(self.values().items())})"

    @staticmethod
    def _get_kind_name(param_type: type, is_list: bool) -> str:
        """The field of a message that holds values of a type."""
        # A bool is an int, too.
        kinds = {"bool": bool, "int64": int, "bytes": _TEXT, "float": float}
        for kind, types in kinds.items():
            if issubclass(param_type, types):  # type: ignore[arg-type]
                return f"{kind}_{'list' if is_list else 'value'}"
        raise ValueError(f"Unsupported parameter type: {param_type}")

    def to_proto(self, export_scope: Any = None) -> HParamDef:
        """The parameters as an HParamDef message."""
        proto = HParamDef()
        for name, (param_type, is_list) in self._hparam_types.items():
            kind = self._get_kind_name(param_type, is_list)
            value = getattr(self, name)
            if kind.startswith("bytes"):
                value = [compat.as_bytes(v) for v in value] if is_list else compat.as_bytes(value)
            if is_list:
                getattr(proto.hparam[name], kind).value.extend(value)
            else:
                setattr(proto.hparam[name], kind, value)
        return proto

    @staticmethod
    def from_proto(hparam_def: Any, import_scope: Any = None) -> "HParams":
        """The parameters of an HParamDef message."""
        return HParams(hparam_def=hparam_def)


register_proto_function(
    "hparams", proto_type=HParamDef, to_proto=HParams.to_proto, from_proto=HParams.from_proto
)
