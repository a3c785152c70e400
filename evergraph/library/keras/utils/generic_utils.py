"""Objects by name and configuration, as Keras writes them down."""

import codecs
import marshal
import re
from collections.abc import Collection
from types import CellType, FunctionType
from typing import Any, Self

from evergraph.base import decorator, nest, tf_inspect
from evergraph.base.export import export

_GLOBAL_CUSTOM_OBJECTS: dict[str, Any] = {}


@export("keras.utils.CustomObjectScope")
class CustomObjectScope:
    """A scope in which names stand for a program's own objects, given as dictionaries.

    Stands for `tf.keras.utils.CustomObjectScope`.
    """

    def __init__(self, *args: dict[str, Any]) -> None:
        self.custom_objects = args
        self.backup: dict[str, Any] | None = None

    def __enter__(self) -> Self:
        self.backup = _GLOBAL_CUSTOM_OBJECTS.copy()
        for objects in self.custom_objects:
            _GLOBAL_CUSTOM_OBJECTS.update(objects)
        return self

    def __exit__(self, *args: Any, **kwargs: Any) -> None:
        _GLOBAL_CUSTOM_OBJECTS.clear()
        _GLOBAL_CUSTOM_OBJECTS.update(self.backup or {})


@export("keras.utils.custom_object_scope")
def custom_object_scope(*args: dict[str, Any]) -> CustomObjectScope:
    """The same as `CustomObjectScope`. Stands for `tf.keras.utils.custom_object_scope`."""
    return CustomObjectScope(*args)


@export("keras.utils.get_custom_objects")
def get_custom_objects() -> dict[str, Any]:
    """The dictionary of custom objects, to be changed in place.

    Stands for `tf.keras.utils.get_custom_objects`.
    """
    return _GLOBAL_CUSTOM_OBJECTS


@export("keras.utils.serialize_keras_object")
def serialize_keras_object(instance: Any) -> Any:
    """The name of a function, or the class name and configuration of an object.

    Stands for `tf.keras.utils.serialize_keras_object`.

    Raises:
        ValueError: it has neither.
    """
    _, instance = decorator.unwrap(instance)
    if instance is None:
        return None
    if hasattr(instance, "get_config"):
        return {"class_name": type(instance).__name__, "config": instance.get_config()}
    if hasattr(instance, "__name__"):
        return instance.__name__
    raise ValueError("Cannot serialize", instance)


def class_and_config_for_serialized_keras_object(
    config: Any,
    module_objects: dict[str, Any] | None = None,
    custom_objects: dict[str, Any] | None = None,
    printable_module_name: str = "object",
) -> tuple[Any, dict[str, Any]]:
    """The class (or function) and the arguments that a serialized object names."""
    if not isinstance(config, dict) or "class_name" not in config or "config" not in config:
        raise ValueError("Improper config format: " + str(config))
    class_name = config["class_name"]
    for objects in (custom_objects, _GLOBAL_CUSTOM_OBJECTS, module_objects):
        if objects and objects.get(class_name) is not None:
            return objects[class_name], config["config"]
    raise ValueError(f"Unknown {printable_module_name}: {class_name}")


@export("keras.utils.deserialize_keras_object")
def deserialize_keras_object(
    identifier: Any,
    module_objects: dict[str, Any] | None = None,
    custom_objects: dict[str, Any] | None = None,
    printable_module_name: str = "object",
) -> Any:
    """The object that a name, or a class name with a configuration, stands for.

    Stands for `tf.keras.utils.deserialize_keras_object`.

    Args:
        identifier: None, a name, or what `serialize_keras_object` gives.
        module_objects: the objects of a module by name.
        custom_objects: the program's own, which go before them.
        printable_module_name: what such an object is called in errors.

    Raises:
        ValueError: there is no such object, or the identifier is no such thing.
    """
    if identifier is None:
        return None
    own = custom_objects or {}
    if isinstance(identifier, dict):
        cls, arguments = class_and_config_for_serialized_keras_object(
            identifier, module_objects, custom_objects, printable_module_name
        )
        if not hasattr(cls, "from_config"):
            with CustomObjectScope(own):
                return cls(**arguments)
        if "custom_objects" in tf_inspect.getfullargspec(cls.from_config).args:
            return cls.from_config(arguments, custom_objects={**_GLOBAL_CUSTOM_OBJECTS, **own})
        with CustomObjectScope(own):
            return cls.from_config(arguments)
    if not isinstance(identifier, str):
        raise ValueError(f"Could not interpret serialized {printable_module_name}: {identifier}")
    for objects in (own, _GLOBAL_CUSTOM_OBJECTS, module_objects or {}):
        if objects.get(identifier) is not None:
            found = objects[identifier]
            # A class given by name is made without arguments.
            return found() if tf_inspect.isclass(found) else found
    raise ValueError(f"Unknown {printable_module_name}:{identifier}")


def to_snake_case(name: str) -> str:
    """`SomeName` as `some_name`; a leading underscore becomes "private"."""
    words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    snake = re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
    return f"private{snake}" if snake.startswith("_") else snake


def validate_kwargs(
    kwargs: dict[str, Any],
    allowed_kwargs: Collection[str],
    error_message: str = "Keyword argument not understood:",
) -> None:
    """TypeError for the first keyword argument that is not among those allowed."""
    for name in kwargs:
        if name not in allowed_kwargs:
            raise TypeError(error_message, name)


def func_dump(func: Any) -> tuple[str, Any, Any]:
    """The code of a function as text, its default arguments, and the values it closes over."""
    code = codecs.encode(marshal.dumps(func.__code__), "base64").decode("ascii")
    cells = func.__closure__
    return code, func.__defaults__, cells and tuple(cell.cell_contents for cell in cells)


def func_load(
    code: Any, defaults: Any = None, closure: Any = None, globs: dict[str, Any] | None = None
) -> FunctionType:
    """The function of what `func_dump` gave, whole or in three arguments.

    `globs` are the global names that it sees. Code is bound to the version of Python.
    """
    if isinstance(code, (tuple, list)):
        code, defaults, closure = code
    loaded = marshal.loads(codecs.decode(code.encode("ascii"), "base64"))
    cells = closure and tuple(c if isinstance(c, CellType) else CellType(c) for c in closure)
    return FunctionType(
        loaded,
        globals() if globs is None else globs,
        loaded.co_name,
        None if defaults is None else tuple(defaults),
        cells or None,
    )


def has_arg(fn: Any, name: str, accept_all: bool = False) -> bool:
    """Whether a function takes an argument of this name; with `accept_all` also any name."""
    spec = tf_inspect.getfullargspec(fn)
    return name in spec.args or (accept_all and spec.varkw is not None)


def to_list(x: Any) -> list[Any]:
    """A list as it is, and anything else as a list of one."""
    return x if isinstance(x, list) else [x]


def make_batches(size: int, batch_size: int) -> list[tuple[int, int]]:
    """Where batches begin and end."""
    starts = range(0, size, batch_size)
    return [(start, min(size, start + batch_size)) for start in starts]


def slice_arrays(arrays: Any, start: Any = None, stop: int | None = None) -> Any:
    """Parts of arrays: from `start` to `stop`, or those of the numbers in the list `start`."""
    if arrays is None:
        return [None]
    rows = list(start) if hasattr(start, "__len__") else slice(start, stop)
    if isinstance(arrays, list):
        return [None if x is None else x[rows] for x in arrays]
    return arrays[rows] if hasattr(arrays, "__getitem__") else [None]


def object_list_uid(object_list: Any) -> str:
    """The identities of objects, as text."""
    return ", ".join(str(abs(id(x))) for x in nest.flatten(object_list))
