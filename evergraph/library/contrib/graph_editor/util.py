"""Nodes and tensors by lists and trees; placeholders that stand for tensors."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from evergraph.api.array_ops import placeholder
from evergraph.base.export import export, export_constant
from evergraph.graph.graph import Graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

_PREFIX = "geph"
export_constant(__name__, "ph", "contrib.graph_editor.ph")


def unique(*lists: Iterable[Any]) -> list[Any]:
    """The elements of all lists, each where it comes first."""
    return list(dict.fromkeys(x for elements in lists for x in elements))


def concatenate_unique(la: list[Any], lb: Iterable[Any]) -> list[Any]:
    """Adds to `la` what it does not have yet, and returns it."""
    la[:] = unique(la, lb)
    return la


class ListView:
    """A list that can be read alone."""

    def __init__(self, list_: list[Any]) -> None:
        if not isinstance(list_, list):
            raise TypeError(f"Expected a list, got: {type(list_)}.")
        self._list = list_

    def __iter__(self) -> Iterator[Any]:
        return iter(self._list)

    def __len__(self) -> int:
        return len(self._list)

    def __getitem__(self, i: Any) -> Any:
        return self._list[i]

    def __add__(self, other: Iterable[Any]) -> list[Any]:
        return [*self._list, *other]


def is_iterable(obj: Any) -> bool:
    """Whether an object can be iterated over; a tensor counts as one thing."""
    if isinstance(obj, Tensor):
        return False
    try:
        iter(obj)
    except Exception:
        return False
    return True


def flatten_tree(tree: Any, leaves: list[Any] | None = None) -> list[Any]:
    """The leaves of a tree of dicts and iterables, added to `leaves`."""
    leaves = [] if leaves is None else leaves
    if is_iterable(tree):
        for child in tree.values() if isinstance(tree, dict) else tree:
            flatten_tree(child, leaves)
    else:
        leaves.append(tree)
    return leaves


def transform_tree(tree: Any, fn: Callable[[Any], Any], iterable_type: Any = tuple) -> Any:
    """A tree of the same form, whose leaves are what `fn` makes of the leaves."""
    if not is_iterable(tree):
        return fn(tree)
    kind = type(tree)
    if isinstance(tree, dict):
        return kind((k, transform_tree(child, fn)) for k, child in tree.items())
    children = [transform_tree(child, fn) for child in tree]
    if hasattr(tree, "_fields"):
        return kind(*children)
    return kind(children) if isinstance(tree, Sequence) else iterable_type(children)


def check_graphs(*args: Any) -> None:
    """Raises ValueError where views are of several graphs; empty ones are of none."""
    graph = None
    for i, view in enumerate(args):
        graph = view.graph if graph is None else graph
        if view.graph is not None and view.graph is not graph:
            raise ValueError(f"Argument[{i}]: Wrong graph!")


def get_unique_graph(tops: Any, check_types: Any = None, none_if_empty: bool = False) -> Any:
    """The graph of nodes and tensors.

    Args:
      tops: an iterable of them, or the graph itself.
      check_types: the types that are allowed; default: both.
      none_if_empty: whether nothing has the graph None.

    Raises:
      TypeError: there is something of another type.
      ValueError: there are several graphs, or none.
    """
    if isinstance(tops, Graph):
        return tops
    if not is_iterable(tops):
        raise TypeError(f"{type(tops)} is not iterable")
    allowed = (Operation, Tensor) if check_types is None else check_types
    allowed = tuple(allowed) if is_iterable(allowed) else (allowed,)
    graph = None
    for top in tops:
        if not isinstance(top, allowed):
            names = ", ".join(map(str, allowed))
            raise TypeError(f"Expected a type in ({names}), got: {type(top)}")
        graph = top.graph if graph is None else graph
        if top.graph is not graph:
            raise ValueError(f"Operation {top} does not belong to given graph")
    if graph is None and not none_if_empty:
        raise ValueError("Can't find the unique graph of an empty list")
    return graph


def _listed(
    what: Any, kind: type, of_graph: Any, check_graph: bool, allow_graph: bool, mixed: bool
) -> list[Any]:
    if isinstance(what, Graph):
        if not allow_graph:
            raise TypeError("allow_graph is False: cannot convert a tf.Graph.")
        return list(of_graph(what))
    found = what if is_iterable(what) else [what]
    if not found:
        return []
    if check_graph:
        get_unique_graph(found, check_types=None if mixed else kind)
    return [x for x in found if isinstance(x, kind)]


@export("contrib.graph_editor.make_list_of_op")
def make_list_of_op(
    ops: Any, check_graph: bool = True, allow_graph: bool = True, ignore_ts: bool = False
) -> list[Operation]:
    """The nodes of a graph, of an iterable, or one.

    Stands for `tf.contrib.graph_editor.make_list_of_op`.

    Args:
      ops: a graph, an iterable of nodes, or a node.
      check_graph: whether they have to be of one graph.
      allow_graph: whether `ops` may be a graph.
      ignore_ts: whether there may be tensors, which are left out.

    Raises:
      TypeError, ValueError: `ops` is something else, or of several graphs.
    """
    return _listed(ops, Operation, Graph.get_operations, check_graph, allow_graph, ignore_ts)


@export("contrib.graph_editor.get_tensors")
def get_tensors(graph: Graph) -> list[Tensor]:
    """All outputs of all nodes of a graph. Stands for `tf.contrib.graph_editor.get_tensors`.

    Raises:
      TypeError: it is no graph.
    """
    if not isinstance(graph, Graph):
        raise TypeError(f"Expected a graph, got: {type(graph)}")
    return [t for op in graph.get_operations() for t in op.outputs]


@export("contrib.graph_editor.make_list_of_t")
def make_list_of_t(
    ts: Any, check_graph: bool = True, allow_graph: bool = True, ignore_ops: bool = False
) -> list[Tensor]:
    """The tensors of a graph, of an iterable, or one; arguments as of `make_list_of_op`.

    Stands for `tf.contrib.graph_editor.make_list_of_t`.
    """
    return _listed(ts, Tensor, get_tensors, check_graph, allow_graph, ignore_ops)


@export("contrib.graph_editor.get_generating_ops")
def get_generating_ops(ts: Any) -> list[Operation]:
    """The node of each tensor. Stands for `tf.contrib.graph_editor.get_generating_ops`."""
    return [t.op for t in make_list_of_t(ts, allow_graph=False)]


@export("contrib.graph_editor.get_consuming_ops")
def get_consuming_ops(ts: Any) -> list[Operation]:
    """The nodes that take one of the tensors. Stands for
    `tf.contrib.graph_editor.get_consuming_ops`."""
    return unique(*(t.consumers() for t in make_list_of_t(ts, allow_graph=False)))


@export("contrib.graph_editor.ControlOutputs")
class ControlOutputs:
    """Which nodes wait for which, as of the last `update`. Stands for
    `tf.contrib.graph_editor.ControlOutputs`.

    Raises:
      TypeError: `graph` is no graph.
    """

    def __init__(self, graph: Graph) -> None:
        if not isinstance(graph, Graph):
            raise TypeError(f"Expected a tf.Graph, got: {type(graph)}")
        self._graph = graph
        self._version: int | None = None
        self._waiting: dict[Operation, list[Operation]] = {}
        self.update()

    def update(self) -> "ControlOutputs":
        """Looks at the graph again, if it has new nodes."""
        if self._version != self._graph.version:
            self._waiting = {}
            for op in self._graph.get_operations():
                for source in unique(op.control_inputs):
                    self._waiting.setdefault(source, []).append(op)
            self._version = self._graph.version
        return self

    def get_all(self) -> dict[Operation, list[Operation]]:
        """The waiting nodes by what they wait for."""
        return self._waiting

    def get(self, op: Operation) -> Sequence[Operation]:
        """The nodes that wait for `op`."""
        return self._waiting.get(op, ())

    @property
    def graph(self) -> Graph:
        """The graph."""
        return self._graph


def scope_finalize(scope: str) -> str:
    """A scope's name with a slash at its end."""
    return scope if not scope or scope.endswith("/") else f"{scope}/"


def scope_dirname(scope: str) -> str:
    """A name up to its last slash."""
    return scope[: scope.rfind("/") + 1]


def scope_basename(scope: str) -> str:
    """A name after its last slash."""
    return scope[scope.rfind("/") + 1 :]


@export("contrib.graph_editor.placeholder_name")
def placeholder_name(
    t: Tensor | None = None, scope: str | None = None, prefix: str = _PREFIX
) -> str:
    """The name of a placeholder. Stands for `tf.contrib.graph_editor.placeholder_name`.

    Args:
      t: the tensor that it stands for, whose name and number are in its own.
      scope: where it is; default: where the tensor is.
      prefix: what it begins with.

    Raises:
      TypeError: `t` is no tensor.
    """
    scope = None if scope is None else scope_finalize(scope)
    if t is None:
        return f"{scope or ''}{prefix}"
    if not isinstance(t, Tensor):
        raise TypeError(f"Expected a tf.Tenfor, got: {type(t)}")
    folder = scope_dirname(t.op.name) if scope is None else scope
    name = scope_basename(t.op.name)
    if name.startswith(f"{prefix}__"):
        return folder + name
    return f"{folder}{prefix}__{name}_{t.value_index}"


@export("contrib.graph_editor.make_placeholder_from_tensor")
def make_placeholder_from_tensor(
    t: Tensor, scope: str | None = None, prefix: str = _PREFIX
) -> Tensor:
    """A placeholder of a tensor's type and shape; arguments as of `placeholder_name`. Stands for
    `tf.contrib.graph_editor.make_placeholder_from_tensor`."""
    return placeholder(t.dtype, t.get_shape(), name=placeholder_name(t, scope, prefix))


@export("contrib.graph_editor.make_placeholder_from_dtype_and_shape")
def make_placeholder_from_dtype_and_shape(
    dtype: Any, shape: Any = None, scope: str | None = None, prefix: str = _PREFIX
) -> Tensor:
    """A placeholder of this type and shape; see `placeholder_name`.

    Stands for `tf.contrib.graph_editor.make_placeholder_from_dtype_and_shape`, and for
    `tf.contrib.graph_editor.ph`.
    """
    return placeholder(dtype, shape, name=placeholder_name(scope=scope, prefix=prefix))


ph = make_placeholder_from_dtype_and_shape


def get_predefined_collection_names() -> list[str]:
    """The names of TensorFlow's own collections."""
    names = [name for name in dir(GraphKeys) if not name.startswith("__")]
    return [getattr(GraphKeys, name) for name in names]


def find_corresponding_elem(
    target: Any, dst_graph: Graph, dst_scope: str = "", src_scope: str = ""
) -> Any:
    """The node or tensor of another graph, or scope, that is called as `target` is.

    Raises:
      ValueError: `target` is not in `src_scope`.
      KeyError: there is none.
      TypeError: `target` is no node or tensor.
    """
    name = target.name
    scope = scope_finalize(src_scope)
    if not name.startswith(scope):
        raise ValueError(f"{name} does not start with {scope}")
    name = scope_finalize(dst_scope) + name[len(scope) :]
    if isinstance(target, Tensor):
        return dst_graph.get_tensor_by_name(name)
    if isinstance(target, Operation):
        return dst_graph.get_operation_by_name(name)
    raise TypeError(f"Expected tf.Tensor or tf.Operation, got: {type(target)}")


def find_corresponding(
    targets: Any, dst_graph: Graph, dst_scope: str = "", src_scope: str = ""
) -> Any:
    """As `find_corresponding_elem`, for a tree of nodes and tensors."""
    return transform_tree(
        targets, lambda top: find_corresponding_elem(top, dst_graph, dst_scope, src_scope)
    )
