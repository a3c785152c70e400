"""`tf_export` for private callers: it keeps names on an object, as TensorFlow's decorator does.

evergraph's own public names are marked with `evergraph.base.export` instead.
"""

import functools
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from evergraph.base import tf_inspect
from evergraph.base.decorator import make_decorator, unwrap

ESTIMATOR_API_NAME = "estimator"
KERAS_API_NAME = "keras"
TENSORFLOW_API_NAME = "tensorflow"
SUBPACKAGE_NAMESPACES = [ESTIMATOR_API_NAME]


class _Attributes(NamedTuple):
    names: str
    constants: str


API_ATTRS = {
    TENSORFLOW_API_NAME: _Attributes("_tf_api_names", "_tf_api_constants"),
    ESTIMATOR_API_NAME: _Attributes("_estimator_api_names", "_estimator_api_constants"),
    KERAS_API_NAME: _Attributes("_keras_api_names", "_keras_api_constants"),
}
API_ATTRS_V1 = {
    api: _Attributes(attributes.names + "_v1", attributes.constants + "_v1")
    for api, attributes in API_ATTRS.items()
}


class SymbolAlreadyExposedError(Exception):
    """An object that has names is given names again."""


class InvalidSymbolNameError(Exception):
    """A name is not allowed in the API it is meant for."""


def get_canonical_name(api_names: Sequence[str], deprecated_api_names: Sequence[str]) -> str | None:
    """The first name that is not deprecated, else the first, else None."""
    current = [name for name in api_names if name not in deprecated_api_names]
    return next(iter([*current, *api_names]), None)


def get_canonical_name_for_symbol(
    symbol: Any, api_name: str = TENSORFLOW_API_NAME, add_prefix_to_v1_names: bool = False
) -> str | None:
    """The name to prefer for a symbol; one of version 1 only where there is no other."""
    if not hasattr(symbol, "__dict__"):
        return None
    target = unwrap(symbol)[1]
    attributes = vars(target)
    if API_ATTRS[api_name].names not in attributes:
        return None
    deprecated = attributes.get("_tf_deprecated_api_names", [])
    name = get_canonical_name(attributes[API_ATTRS[api_name].names], deprecated)
    if name:
        return name
    name = get_canonical_name(getattr(target, API_ATTRS_V1[api_name].names), deprecated)
    return f"compat.v1.{name}" if add_prefix_to_v1_names else name


def _collected(obj: Any, attributes: Sequence[str]) -> list[Any]:
    own = getattr(obj, "__dict__", {})
    return [name for attribute in attributes for name in own.get(attribute, ())]


def get_v1_names(symbol: Any) -> list[str]:
    """The names of version 1 of a symbol."""
    return _collected(symbol, [api.names for api in API_ATTRS_V1.values()])


def get_v2_names(symbol: Any) -> list[str]:
    """The names of version 2 of a symbol."""
    return _collected(symbol, [api.names for api in API_ATTRS.values()])


def get_v1_constants(module: Any) -> list[Any]:
    """The (names, attribute) pairs of version 1 for the constants of a module."""
    return _collected(module, [api.constants for api in API_ATTRS_V1.values()])


def get_v2_constants(module: Any) -> list[Any]:
    """The (names, attribute) pairs of version 2 for the constants of a module."""
    return _collected(module, [api.constants for api in API_ATTRS.values()])


class api_export:
    """Decorator that gives an object names, the first being the canonical one.

    Args:
        *args: dotted names.
        **kwargs: `v1`, the names for version 1 (by default the same); `overrides`, objects that
            lose their names; `api_name`; `allow_multiple_exports`.

    Raises:
        InvalidSymbolNameError: for a name outside the API.
        SymbolAlreadyExposedError: when the object has names.
    """

    def __init__(self, *args: str, **kwargs: Any) -> None:
        if "v2" in kwargs:
            raise ValueError(
                'You passed a "v2" argument to tf_export. This is not what you want. Pass v2 names '
                "directly as positional arguments instead."
            )
        self._names = args
        self._names_v1 = kwargs.get("v1", args)
        self._api_name = kwargs.get("api_name", TENSORFLOW_API_NAME)
        self._overrides = kwargs.get("overrides", [])
        self._allow_multiple_exports = kwargs.get("allow_multiple_exports", False)
        self._validate_symbol_names()

    def _validate_symbol_names(self) -> None:
        names = {*self._names, *self._names_v1}
        if self._api_name != TENSORFLOW_API_NAME:
            if not all(name.startswith(self._api_name) for name in names):
                raise InvalidSymbolNameError(
                    "Can only export symbols under package name of component. e.g. "
                    "tensorflow_estimator must export all symbols under tf.estimator"
                )
            return
        for subpackage in SUBPACKAGE_NAMESPACES:
            if any(name.startswith(subpackage) for name in names):
                raise InvalidSymbolNameError(
                    f"@tf_export is not allowed to export symbols under {subpackage}.*"
                )

    def __call__(self, func: Any) -> Any:
        attributes = (API_ATTRS[self._api_name].names, API_ATTRS_V1[self._api_name].names)
        for other in self._overrides:
            for attribute in attributes:
                delattr(unwrap(other)[1], attribute)
        target = unwrap(func)[1]
        for attribute, names in zip(attributes, (self._names, self._names_v1), strict=True):
            self.set_attr(target, attribute, names)
        return func

    def set_attr(self, func: Any, api_names_attr: str, names: Sequence[str]) -> None:
        """Keep `names` on `func`, unless it has names of its own."""
        if api_names_attr in vars(func) and not self._allow_multiple_exports:
            raise SymbolAlreadyExposedError(
                f"Symbol {func.__name__} is already exposed as {getattr(func, api_names_attr)}."
            )
        setattr(func, api_names_attr, names)

    def export_constant(self, module_name: str, name: str) -> None:
        """Keep the names of the constant `name` of a module on the module."""
        module = sys.modules[module_name]
        for api, names in ((API_ATTRS, self._names), (API_ATTRS_V1, self._names_v1)):
            attribute = api[self._api_name].constants
            if not hasattr(module, attribute):
                setattr(module, attribute, [])
            getattr(module, attribute).append((names, name))


def kwarg_only(f: Callable[..., Any]) -> Any:
    """Decorator: a call with a positional argument raises TypeError."""
    spec = tf_inspect.getargspec(f)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if args:
            raise TypeError(
                f"{f.__name__} only takes keyword args (possible keys: {spec.args}). Please pass "
                "these args as kwargs instead."
            )
        return f(**kwargs)

    return make_decorator(f, wrapper, decorator_argspec=spec)


tf_export = functools.partial(api_export, api_name=TENSORFLOW_API_NAME)
estimator_export = functools.partial(api_export, api_name=ESTIMATOR_API_NAME)
keras_export = functools.partial(api_export, api_name=KERAS_API_NAME)
