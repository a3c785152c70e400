"""tf.Module: an object that knows the variables and modules among its attributes."""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from evergraph.api.variables import Variable
from evergraph.base import nest
from evergraph.base.decorator import make_decorator
from evergraph.base.export import export
from evergraph.graph.defaults import name_scope
from evergraph.library.train.tracking.tracking import AutoTrackable

Method = TypeVar("Method", bound=Callable[..., Any])


def valid_identifier(name: str) -> bool:
    """Whether a module may have that name."""
    return bool(re.match(r"[a-zA-Z_][a-zA-Z0-9_]*$", name))


def camel_to_snake(value: str) -> str:
    """The name of a class as that of an object: "MyModule" gives "my_module"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<!^)(?=[A-Z][a-z])", "_", value).lower()


@export("Module")
class Module(AutoTrackable):
    """An object that knows the variables and modules among its attributes, also those in lists,
    tuples and dicts. Stands for `tf.Module`.

    Args:
      name: default: the class's name in snake case.

    Raises:
      ValueError: `name` is no identifier.
    """

    # Attributes that are not looked into.
    _TF_MODULE_IGNORED_PROPERTIES = frozenset(
        (
            "_self_unconditional_checkpoint_dependencies",
            "_self_unconditional_dependency_names",
            "_self_unconditional_deferred_dependencies",
        )
    )

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = camel_to_snake(type(self).__name__)
        elif not valid_identifier(name):
            raise ValueError(
                f"{name!r} is not a valid module name. Module names must be valid Python "
                "identifiers (e.g. a valid class name)."
            )
        self._name = name
        with name_scope(name) as scope_name:
            self._scope_name = scope_name

    @property
    def name(self) -> str:
        """The name, without that of a scope around it."""
        return self._name

    @property
    def name_scope(self) -> Any:
        """A `with` block in which nodes are in the module's name scope."""
        return name_scope(self._scope_name)

    @property
    def variables(self) -> tuple[Any, ...]:
        """The variables: by the names of attributes, those of modules in it last."""
        return tuple(self._flatten(predicate=_is_variable))

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """The variables that are trained."""
        return tuple(self._flatten(predicate=_is_trainable_variable))

    @property
    def submodules(self) -> tuple["Module", ...]:
        """The modules in it and in these."""
        return tuple(self._flatten(predicate=_is_module))

    def _flatten(
        self,
        recursive: bool = True,
        predicate: Callable[[Any], bool] | None = None,
        attribute_traversal_key: Any = None,
        with_path: bool = False,
    ) -> Iterator[Any]:
        """What the attributes hold.

        Args:
          recursive: whether to go into the modules among it.
          predicate: says what to give; default: everything.
          attribute_traversal_key: the key by which attributes' names are sorted.
          with_path: whether to give pairs of path and value; then something that occurs twice is
            given twice.
        """
        return _flatten_module(
            self,
            (recursive, predicate or (lambda _: True), attribute_traversal_key, with_path),
            (),
            {id(self)},
        )

    @classmethod
    def with_name_scope(cls, method: Method) -> Method:
        """A method whose nodes are in the module's name scope."""

        def method_with_name_scope(self: "Module", *args: Any, **kwargs: Any) -> Any:
            with self.name_scope:
                return method(self, *args, **kwargs)

        return make_decorator(method, method_with_name_scope)


def _is_variable(obj: Any) -> bool:
    return isinstance(obj, Variable)


def _is_trainable_variable(obj: Any) -> bool:
    return _is_variable(obj) and getattr(obj, "trainable", False)


def _is_module(obj: Any) -> bool:
    return isinstance(obj, Module)


def _flatten_module(
    module: Module, how: Any, module_path: tuple[Any, ...], seen: set[int]
) -> Iterator[Any]:
    recursive, predicate, key, with_path = how
    modules = []
    for name in sorted(vars(module), key=key):
        if name in module._TF_MODULE_IGNORED_PROPERTIES:
            continue
        for leaf_path, leaf in nest.flatten_with_tuple_paths(vars(module)[name]):
            path = (*module_path, name, *leaf_path)
            if not with_path:
                if id(leaf) in seen:
                    continue
                seen.add(id(leaf))
            if predicate(leaf):
                yield (path, leaf) if with_path else leaf
            if recursive and _is_module(leaf):
                modules.append((path, leaf))
    for path, submodule in modules:
        yield from _flatten_module(submodule, how, path, seen)
