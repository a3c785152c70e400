"""Templates: functions that make their variables at the first call and share them from then on."""

import contextlib
import functools
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from evergraph.api import variable_scope
from evergraph.api.variable_scope_state import (
    _get_default_variable_store,
    get_variable_scope_store,
    with_variable_store,
)
from evergraph.api.variable_store import AUTO_REUSE, _VariableStore
from evergraph.base.decorator import make_decorator
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.trackable import Trackable
from evergraph.graph.defaults import executing_eagerly, get_collection, get_collection_ref
from evergraph.graph.keys import GraphKeys


def graph_function(func: Callable[..., Any]) -> Callable[..., Any]:
    """`tf.contrib.eager.defun`, which puts itself here."""
    raise NotImplementedError("make_template with create_graph_function_")


@export("make_template")
def make_template(
    name_: str,
    func_: Callable[..., Any],
    create_scope_now_: bool = False,
    unique_name_: str | None = None,
    custom_getter_: Any = None,
    **kwargs: Any,
) -> "Template":
    """A function like `func_` whose calls share the variables of the first one. Stands for
    `tf.make_template`.

    `func_` must use `tf.get_variable`.

    Args:
      name_: the name of the variable scope; made unique.
      func_: the function.
      create_scope_now_: whether to open the scope now; else its place is that of the first call.
      unique_name_: the name of the scope as it is; with it, templates share variables.
      custom_getter_: a custom getter for the scope.
      **kwargs: arguments that each call passes to `func_`.

    Raises:
      ValueError: `name_` is None, or `unique_name_` is given in eager execution.
    """
    return make_template_internal(
        name_, func_, create_scope_now_, unique_name_, custom_getter_, **kwargs
    )


@export("contrib.eager.make_template")
def make_template_internal(
    name_: str,
    func_: Callable[..., Any],
    create_scope_now_: bool = False,
    unique_name_: str | None = None,
    custom_getter_: Any = None,
    create_graph_function_: bool = False,
    **kwargs: Any,
) -> "Template":
    """As `make_template`; with `create_graph_function_` the function runs as a graph function.
    Stands for `tf.contrib.eager.make_template`."""
    if kwargs:
        func_ = make_decorator(func_, functools.partial(func_, **kwargs))
    if create_graph_function_:
        func_ = graph_function(func_)
    if executing_eagerly():
        if unique_name_ is not None:
            raise ValueError("unique_name_ cannot be used when eager exeuction is enabled.")
        return EagerTemplate(name_, func_, create_scope_now_, custom_getter=custom_getter_)
    return Template(
        name_,
        func_,
        create_scope_now=create_scope_now_,
        unique_name=unique_name_,
        custom_getter=custom_getter_,
    )


def _skip_common_stack_elements(stacktrace: list[str], base_case: list[str]) -> list[str]:
    """What of `stacktrace` is not in `base_case`."""
    for i, (trace, base) in enumerate(zip(stacktrace, base_case, strict=False)):
        if trace != base:
            return stacktrace[i:]
    return stacktrace[-1:]


@export("contrib.checkpoint.capture_dependencies")
@contextlib.contextmanager
def capture_dependencies(template: Any) -> Iterator[None]:
    """In the block, the variables that are made in the template's scope become parts of it, named
    as within the scope; so do templates within it. Stands for
    `tf.contrib.checkpoint.capture_dependencies`.

    Args:
      template: a trackable object with a `variable_scope`.
    """
    prefix = template.variable_scope.name

    def creator(
        next_creator: Any,
        name: Any,
        initial_value: Any,
        trackable_parent: Any = None,
        **kwargs: Any,
    ) -> Any:
        parent = (template, prefix)
        inside = name is not None and name.startswith(prefix)
        if inside and not trackable_parent:

            def getter(name: str, initializer: Any, shape: Any, **inner: Any) -> Any:
                if shape is not None:
                    inner["shape"] = shape
                return next_creator(name=full_name, initial_value=initializer, **inner)

            full_name = name
            return template._add_variable_with_custom_getter(
                initializer=initial_value,
                name=name[len(prefix) + 1 :],
                getter=getter,
                overwrite=True,
                trackable_parent=parent,
                **kwargs,
            )
        if inside:
            # The variable is a part of a template within this one, which is a part itself.
            inner_template, inner_prefix = trackable_parent
            template._track_trackable(
                inner_template, name=inner_prefix[len(prefix) + 1 :], overwrite=True
            )
        return next_creator(
            name=name, initial_value=initial_value, trackable_parent=parent, **kwargs
        )

    with variable_scope.variable_creator_scope(creator):
        yield


class Template(Trackable):
    """What `make_template` returns. Arguments as there."""

    def __init__(
        self,
        name: str,
        func: Callable[..., Any],
        create_scope_now: bool = False,
        unique_name: str | None = None,
        custom_getter: Any = None,
    ) -> None:
        self._func = func
        self._stacktrace = traceback.format_stack()[:-2]
        self._name = name
        self._unique_name = unique_name
        self._custom_getter = custom_getter
        if name is None:
            raise ValueError("name cannot be None.")
        self._variable_scope: Any = None
        if create_scope_now:
            scope_name = unique_name or variable_scope._get_unique_variable_scope(name)
            with variable_scope._pure_variable_scope(
                scope_name, custom_getter=custom_getter
            ) as scope:
                self._variable_scope = scope
        self._variables_created = False
        self._first_call = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._variable_scope:
            with variable_scope.variable_scope(self._variable_scope, reuse=not self._first_call):
                return self._call_func(args, kwargs)
        with variable_scope.variable_scope(
            self._unique_name, self._name, custom_getter=self._custom_getter
        ) as scope:
            self._variable_scope = scope
            return self._call_func(args, kwargs)

    def _call_func(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            if self._variables_created:
                return self._call_again(args, kwargs)
            if not self._first_call:
                # The template calls itself.
                return self._func(*args, **kwargs)
            self._first_call = False
            try:
                with capture_dependencies(self):
                    result = self._func(*args, **kwargs)
            except BaseException:
                self._first_call = True
                raise
            self._variables_created = True
            return result
        except Exception as error:
            first = error.args[0] if error.args else ""
            trace = "".join(_skip_common_stack_elements(self._stacktrace, traceback.format_stack()))
            error.args = (f"{first}\n\noriginally defined at:\n{trace}", *error.args[1:])
            raise

    def _made_so_far(self) -> tuple[list[Any], list[Any]]:
        """All variables, and those that are trained, among which later calls may add none."""
        return (
            list(get_collection_ref(GraphKeys.GLOBAL_VARIABLES)),
            list(get_collection_ref(GraphKeys.TRAINABLE_VARIABLES)),
        )

    def _call_again(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A later call may make no trainable variable."""
        variables_before, trainable_before = map(len, self._made_so_far())
        result = self._func(*args, **kwargs)
        variables, trainable = self._made_so_far()
        if len(trainable) != trainable_before:
            raise ValueError(
                "Trainable variable created when calling a template after the first time, perhaps "
                f"you used tf.Variable when you meant tf.get_variable: "
                f"{trainable[trainable_before:]}"
            )
        if len(variables) != variables_before:
            logging.info(
                "New variables created when calling a template after the first time, perhaps you "
                "used tf.Variable when you meant tf.get_variable: %s",
                variables[variables_before:],
            )
        return result

    @property
    def name(self) -> str:
        """The name given to the template."""
        return self._name

    @property
    def func(self) -> Callable[..., Any]:
        """The function."""
        return self._func

    @property
    def variable_scope(self) -> Any:
        """The variable scope, or None before the first call."""
        return self._variable_scope

    @property
    def variable_scope_name(self) -> str | None:
        """The name of the variable scope with a trailing slash, or None before the first call."""
        if not self._variable_scope:
            return None
        name = self._variable_scope.name
        return name if not name or name[-1] == "/" else name + "/"

    def _collection(self, key: str) -> list[Any]:
        return get_collection(key, self.variable_scope_name) if self._variables_created else []

    @property
    def variables(self) -> list[Any]:
        """The global and local variables of the template."""
        return self.global_variables + self.local_variables

    @property
    def trainable_variables(self) -> list[Any]:
        return self._collection(GraphKeys.TRAINABLE_VARIABLES)

    @property
    def non_trainable_variables(self) -> list[Any]:
        trainable = {id(v) for v in self.trainable_variables}
        return [v for v in self.global_variables if id(v) not in trainable]

    @property
    def global_variables(self) -> list[Any]:
        return self._collection(GraphKeys.GLOBAL_VARIABLES)

    @property
    def local_variables(self) -> list[Any]:
        return self._collection(GraphKeys.LOCAL_VARIABLES)

    # The names that layers use.
    weights = variables
    trainable_weights = trainable_variables
    non_trainable_weights = non_trainable_variables

    @property
    @deprecated(
        "2017-02-21",
        "The .var_scope property is deprecated. Please change your code to use the "
        ".variable_scope property",
    )
    def var_scope(self) -> Any:
        """The same as `variable_scope`."""
        return self._variable_scope


class EagerTemplate(Template):
    """What `make_template` returns in eager execution, where no collection holds variables: those
    that `tf.get_variable` makes are kept in a store, which templates within this one share."""

    def __init__(
        self,
        name: str,
        func: Callable[..., Any],
        create_scope_now: bool = False,
        custom_getter: Any = None,
    ) -> None:
        super().__init__(name, func, create_scope_now, None, custom_getter)
        default = _get_default_variable_store()
        self._store = default if default._store_eager_variables else _VariableStore()
        self._store._store_eager_variables = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._variable_scope:
            scope = variable_scope.variable_scope(self._variable_scope, reuse=AUTO_REUSE)
        else:
            scope = variable_scope.variable_scope(
                None, self._name, custom_getter=self._custom_getter
            )
        with scope as self._variable_scope:
            try:
                with with_variable_store(self._store):
                    return self._call_func(args, kwargs)
            finally:
                # Names of scopes are counted by store; the next call begins anew.
                name = self._variable_scope.name
                get_variable_scope_store().close_variable_subscopes(name)

    def _made_so_far(self) -> tuple[list[Any], list[Any]]:
        kept = self._kept()
        return kept, [v for v in kept if v.trainable]

    def _kept(self) -> list[Any]:
        """The variables within the scope, by name."""
        found = (v for v in self._store._vars.values() if v.name.startswith(self._prefix))
        return sorted(found, key=lambda v: v.name)

    @property
    def _prefix(self) -> str:
        return f"{self._variable_scope.name}/"

    def _collection(self, key: str) -> list[Any]:
        if not self._variables_created or key == GraphKeys.LOCAL_VARIABLES:
            return []
        variables, trainable = self._made_so_far()
        return trainable if key == GraphKeys.TRAINABLE_VARIABLES else variables
