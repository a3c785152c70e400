"""Functions on the default graph: scopes, collections, devices. TensorFlow's `tf.name_scope`,
`tf.device`, ..."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph import scopes
from evergraph.graph.conversion import convert_to_tensor, get_graph_from_inputs
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation


@export("name_scope", "keras.backend.name_scope")
class name_scope:
    """Names of nodes made in the `with` block get a prefix. Stands for `tf.name_scope`.

    Entering gives the scope's name with a trailing "/", with which it can be entered again.

    Args:
      name: the scope; None takes `default_name`.
      default_name: used where `name` is None.
      values: tensors of the call; they must be of one graph, which becomes the default one in the
        block.

    Raises:
      TypeError, ValueError: neither name is given though `values` are; a name is not a string.
    """

    def __init__(
        self, name: str | None, default_name: str | None = None, values: Sequence[Any] | None = None
    ) -> None:
        if not (default_name is None or isinstance(default_name, str)):
            raise TypeError(
                f"`default_name` type ({type(default_name)}) is not a string type. You likely "
                "meant "
                "to pass this into the `values` kwarg."
            )
        self._name = default_name if name is None else name
        self._default_name = default_name
        self._values = values
        self._given = name
        self._active: list[Any] = []

    @property
    def name(self) -> Any:
        return self._name

    def __enter__(self) -> str:
        if self._given is None and self._values is not None:
            if self._default_name is None:
                raise ValueError(
                    f"At least one of name ({self._given}) and default_name ({self._default_name}) "
                    "must "
                    "be provided."
                )
        graph = get_default_graph()
        if self._values and not graph.runs_at_once:
            graph = get_graph_from_inputs(self._values)
        stack = contextlib.ExitStack()
        if self._values and graph is not get_default_graph():
            stack.enter_context(graph.as_default())
        try:
            entered = stack.enter_context(graph.name_scope(self._name))
        except BaseException:
            stack.close()
            raise
        self._active.append(stack)
        return entered

    def __exit__(self, *details: Any) -> None:
        self._active.pop().__exit__(*details)


class name_scope_v2:
    """TensorFlow 2's `tf.name_scope(name)`: a block that may be entered again, within itself too.

    Raises ValueError unless `name` is a string.
    """

    def __init__(self, name: str) -> None:
        if name is None or not isinstance(name, str):
            raise ValueError("name for name_scope must be a string.")
        self._name = name
        self._entered: list[contextlib.AbstractContextManager[str]] = []

    @property
    def name(self) -> str:
        return self._name

    def __enter__(self) -> str:
        scope = get_default_graph().name_scope(self._name)
        self._entered.append(scope)
        return scope.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._entered.pop().__exit__(*error)


@export("op_scope")
@contextlib.contextmanager
def op_scope(
    values: Sequence[Any], name: str | None, default_name: str | None = None
) -> Iterator[str]:
    """`tf.name_scope` with the arguments in the order of older programs. Stands for
    `tf.op_scope`."""
    with name_scope(name, default_name=default_name, values=values) as scope:
        yield scope


@export("get_name_scope")
def get_name_scope() -> str:
    """The current name scope of the default graph, without the trailing slash."""
    return get_default_graph().get_name_scope()


@export("device")
def device(device_name_or_function: Any) -> contextlib.AbstractContextManager[None]:
    """Sets the device of nodes made in the `with` block. Stands for `tf.device`."""
    return get_default_graph().device(device_name_or_function)


@export("container")
def container(container_name: str) -> contextlib.AbstractContextManager[str]:
    """Sets the resource container of stateful nodes made in the `with` block. Stands for
    `tf.container`."""
    return get_default_graph().container(container_name)


@export("colocate_with")
@deprecated(date=None, instructions="Colocations handled automatically by placer.")
def colocate_with_public(
    op: Any, ignore_existing: bool = False
) -> contextlib.AbstractContextManager[None]:
    """Puts nodes made in the `with` block where `op` is. Stands for `tf.colocate_with`."""
    return colocate_with(op, ignore_existing)


def colocate_with(
    op: Any, ignore_existing: bool = False
) -> contextlib.AbstractContextManager[None]:
    """As `tf.colocate_with`, without its warning; `op` may also be what can be converted to a
    tensor."""
    if op is not None and not isinstance(op, Operation) and not hasattr(op, "op"):
        op = convert_to_tensor(op)
    return get_default_graph().colocate_with(op, ignore_existing)


@export("control_dependencies")
def control_dependencies(
    control_inputs: Sequence[Any] | None,
) -> contextlib.AbstractContextManager[None]:
    """Nodes made in the `with` block run after `control_inputs`; None clears. Stands for
    `tf.control_dependencies`."""
    return get_default_graph().control_dependencies(control_inputs)


@export("add_to_collection")
def add_to_collection(name: Any, value: Any) -> None:
    """Appends `value` to a collection of the default graph. Stands for `tf.add_to_collection`."""
    get_default_graph().add_to_collection(name, value)


@export("add_to_collections")
def add_to_collections(names: Any, value: Any) -> None:
    """Appends `value` to several collections of the default graph. Stands for
    `tf.add_to_collections`."""
    get_default_graph().add_to_collections(names, value)


@export("get_collection_ref")
def get_collection_ref(key: Any) -> list[Any]:
    """The list itself of a collection of the default graph. Stands for `tf.get_collection_ref`."""
    return get_default_graph().get_collection_ref(key)


@export("get_collection")
def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """A copy of a collection of the default graph, filtered by `scope`. Stands for
    `tf.get_collection`."""
    return get_default_graph().get_collection(key, scope)


def get_all_collection_keys() -> list[str]:
    """The names of the default graph's collections."""
    return get_default_graph().get_all_collection_keys()


def has_default_graph() -> bool:
    """Whether a `with graph.as_default()` block is open in this thread."""
    return len(scopes.graph_stack.stack) >= 1


@export("init_scope")
@contextlib.contextmanager
def init_scope() -> Iterator[None]:
    """Lifts nodes out of control flow and control dependencies. Stands for `tf.init_scope`.

    The name scope stays. Inside the body of a graph function, nodes go to the outermost graph.
    """
    inner = get_default_graph()
    stack = scopes.graph_stack.stack
    outer = scopes.graph_stack.lasting() or scopes.own_graph() or inner
    scope = inner.get_name_scope()
    # The devices stay too: those of the innermost graph that has any.
    left = stack[stack.index(outer) :] if outer in stack else stack
    devices: list[Any] = next((g._blocks.devices for g in reversed(left) if g._blocks.devices), [])
    before = outer._blocks.devices
    with outer.as_default(), outer.name_scope(scope + "/" if scope else None):
        with outer.control_dependencies(None):
            outer._blocks.devices = devices or before
            try:
                yield
            finally:
                outer._blocks.devices = before


@export("executing_eagerly")
def executing_eagerly() -> bool:
    """Whether ops are executed at once, and not made nodes of a graph. Stands for
    `tf.executing_eagerly`."""
    return get_default_graph().runs_at_once


def executing_eagerly_outside_functions() -> bool:
    """Whether ops are executed at once outside of the functions that are being built."""
    graph: Any = get_default_graph()
    while graph.building_function and hasattr(graph, "outer_graph"):
        graph = graph.outer_graph
    return bool(graph.runs_at_once)
