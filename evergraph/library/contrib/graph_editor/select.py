"""Nodes and tensors chosen by names, by walks through the graph, by what lies between."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.graph import Graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.graph_editor import util
from evergraph.library.contrib.graph_editor.util import unique

Filter = Callable[[Any], Any]
Walk = Callable[[Operation], Iterable[Operation]]


@export("contrib.graph_editor.can_be_regex")
def can_be_regex(obj: Any) -> bool:
    """Whether an object is a text or a regular expression. Stands for
    `tf.contrib.graph_editor.can_be_regex`."""
    return isinstance(obj, (str, re.Pattern))


@export("contrib.graph_editor.make_regex")
def make_regex(obj: Any) -> "re.Pattern[str]":
    """A regular expression of a text; one that is one already as it is. Stands for
    `tf.contrib.graph_editor.make_regex`.

    Raises:
      ValueError: it is neither.
    """
    if not can_be_regex(obj):
        raise ValueError(f"Expected a string or a regex, got: {type(obj)}")
    return re.compile(obj) if isinstance(obj, str) else obj


def _get_input_ts(ops: Any) -> list[Tensor]:
    """The tensors that nodes take, each once."""
    return unique(*(op.inputs for op in util.make_list_of_op(ops)))


def _get_output_ts(ops: Any) -> list[Tensor]:
    """The tensors that nodes give."""
    return [t for op in util.make_list_of_op(ops) for t in op.outputs]


def _filtered(found: list[Any], positive_filter: Any) -> list[Any]:
    return found if positive_filter is True else [x for x in found if positive_filter(x)]


@export("contrib.graph_editor.filter_ts")
def filter_ts(ops: Any, positive_filter: Any) -> list[Tensor]:
    """The inputs and outputs of nodes that a function lets through, or all if it is True. Stands
    for `tf.contrib.graph_editor.filter_ts`."""
    return _filtered(unique(_get_input_ts(ops), _get_output_ts(ops)), positive_filter)


@export("contrib.graph_editor.filter_ts_from_regex")
def filter_ts_from_regex(ops: Any, regex: Any) -> list[Tensor]:
    """The inputs and outputs of nodes in whose names an expression is found. Stands for
    `tf.contrib.graph_editor.filter_ts_from_regex`."""
    pattern = make_regex(regex)
    return filter_ts(ops, lambda t: pattern.search(t.name))


@export("contrib.graph_editor.filter_ops")
def filter_ops(ops: Any, positive_filter: Any) -> list[Operation]:
    """The nodes that a function lets through, or all if it is True. Stands for
    `tf.contrib.graph_editor.filter_ops`."""
    return _filtered(util.make_list_of_op(ops), positive_filter)


@export("contrib.graph_editor.filter_ops_from_regex")
def filter_ops_from_regex(ops: Any, regex: Any) -> list[Operation]:
    """The nodes in whose names an expression is found. Stands for
    `tf.contrib.graph_editor.filter_ops_from_regex`."""
    pattern = make_regex(regex)
    return filter_ops(ops, lambda op: pattern.search(op.name))


@export("contrib.graph_editor.get_name_scope_ops")
def get_name_scope_ops(ops: Any, scope: str) -> list[Operation]:
    """The nodes in a name scope, and the one of its name. Stands for
    `tf.contrib.graph_editor.get_name_scope_ops`."""
    return filter_ops_from_regex(ops, f"^{scope.removesuffix('/')}(/.*)?$")


def _check_control_outputs(given: Any) -> None:
    if not isinstance(given, util.ControlOutputs):
        raise TypeError(f"Expected a util.ControlOutputs, got: {type(given)}")


@export("contrib.graph_editor.check_cios")
def check_cios(
    control_inputs: bool = False, control_outputs: Any = None, control_ios: Any = None
) -> tuple[bool, Any]:
    """Whether to follow what nodes wait for, and the ControlOutputs to follow, brought up to date.
    Stands for `tf.contrib.graph_editor.check_cios`.

    Args:
      control_inputs: whether to follow what nodes wait for.
      control_outputs: a ControlOutputs, or None.
      control_ios: a ControlOutputs, for both.

    Raises:
      TypeError: it is no ControlOutputs.
      ValueError: `control_outputs` and `control_ios` are both given.
    """
    if control_ios is not None:
        _check_control_outputs(control_ios)
        if control_outputs is not None:
            raise ValueError("control_outputs should be None when using control_ios.")
        control_inputs, control_outputs = True, control_ios
    if control_outputs is not None:
        _check_control_outputs(control_outputs)
        control_outputs.update()
    return control_inputs, control_outputs


def _before(op: Operation, control_inputs: bool) -> list[Operation]:
    """What a node takes its inputs from."""
    return unique((t.op for t in op.inputs), op.control_inputs if control_inputs else ())


def _after(op: Operation, control_outputs: Any, stop: Iterable[Tensor] = ()) -> list[Operation]:
    """The nodes that take what a node gives."""
    taken = [t.consumers() for t in op.outputs if t not in stop]
    return unique(*taken, () if control_outputs is None else control_outputs.get(op))


@export("contrib.graph_editor.get_ops_ios")
def get_ops_ios(
    ops: Any, control_inputs: bool = False, control_outputs: Any = None, control_ios: Any = None
) -> list[Operation]:
    """The nodes next to nodes, on either side; see `check_cios`. Stands for
    `tf.contrib.graph_editor.get_ops_ios`."""
    control_inputs, control_outputs = check_cios(control_inputs, control_outputs, control_ios)
    found: list[Operation] = []
    for op in util.make_list_of_op(ops):
        found += _before(op, False) + _after(op, control_outputs)
        found += op.control_inputs if control_inputs else []
    return unique(found)


@export("contrib.graph_editor.compute_boundary_ts")
def compute_boundary_ts(ops: Any) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """The tensors that go into a set of nodes from outside, those that come out, and those that
    nodes of the set give to each other. Stands for `tf.contrib.graph_editor.compute_boundary_ts`.

    An output that nobody takes, or that somebody outside takes too, comes out.
    """
    nodes = util.make_list_of_op(ops)
    inside = set(nodes)
    taken, given = _get_input_ts(nodes), _get_output_ts(nodes)
    between = [t for t in taken if t in set(given)]
    kept = {t for t in between if inside.issuperset(t.consumers())}
    outputs = [t for t in given if t not in kept]
    return [t for t in taken if t not in set(between)], outputs, between


@export("contrib.graph_editor.get_within_boundary_ops")
def get_within_boundary_ops(
    ops: Any,
    seed_ops: Any,
    boundary_ops: Any = (),
    inclusive: bool = True,
    control_inputs: bool = False,
    control_outputs: Any = None,
    control_ios: Any = None,
) -> list[Operation]:
    """The nodes that can be reached from seeds, in any direction, without passing a boundary.
    Stands for `tf.contrib.graph_editor.get_within_boundary_ops`.

    Args:
      ops: nodes to choose from, or a graph.
      seed_ops: where to begin.
      boundary_ops: nodes not to pass.
      inclusive: whether these are among the found.
      control_inputs, control_outputs, control_ios: see `check_cios`.

    Raises:
      ValueError: a seed is on the boundary.
    """
    control_inputs, control_outputs = check_cios(control_inputs, control_outputs, control_ios)
    seeds = util.make_list_of_op(seed_ops, allow_graph=False)
    boundary = set(util.make_list_of_op(boundary_ops))
    if boundary.intersection(seeds):
        raise ValueError("Boundary is intersecting with the seeds.")

    def step(op: Operation) -> list[Operation]:
        if op in boundary:
            return []
        near = _before(op, control_inputs) + _after(op, control_outputs)
        return near if inclusive else [n for n in near if n not in boundary]

    reached = set(_walk(seeds, step))
    return [op for op in util.make_list_of_op(ops) if op in reached]


def _walk(seeds: Iterable[Operation], step: Walk) -> list[Operation]:
    """What can be reached from seeds, in waves."""
    found = dict.fromkeys(seeds)
    wave = list(found)
    while wave:
        wave = [op for op in unique(*map(step, wave)) if op not in found]
        found.update(dict.fromkeys(wave))
    return list(found)


def _seeded(
    seed_ops: Any, of_tensors: Callable[[Any], list[Operation]], within_ops: Any
) -> tuple[list[Operation], Any]:
    """The nodes that a walk begins at, and those that it is kept to, if any."""
    given = list(seed_ops) if util.is_iterable(seed_ops) else [seed_ops]
    if given and isinstance(given[0], Tensor):
        given = of_tensors(util.make_list_of_t(given, allow_graph=False))
    seeds = unique(util.make_list_of_op(given, allow_graph=False))
    if not within_ops:
        return seeds, None
    within = set(util.make_list_of_op(within_ops, allow_graph=False))
    return [op for op in seeds if op in within], within


def _kept(within: Any, within_ops_fn: Any, nodes: list[Operation]) -> list[Operation]:
    return [
        op
        for op in nodes
        if (within is None or op in within) and (within_ops_fn is None or within_ops_fn(op))
    ]


@export("contrib.graph_editor.get_forward_walk_ops")
def get_forward_walk_ops(
    seed_ops: Any,
    inclusive: bool = True,
    within_ops: Any = None,
    within_ops_fn: Any = None,
    stop_at_ts: Any = (),
    control_outputs: Any = None,
) -> list[Operation]:
    """All nodes that seeds lead to. Stands for `tf.contrib.graph_editor.get_forward_walk_ops`.

    Args:
      seed_ops: nodes, or tensors, whose consumers then are the seeds.
      inclusive: whether the seeds are among the found.
      within_ops: nodes to keep to.
      within_ops_fn: a function that says of a node whether to go there.
      stop_at_ts: tensors not to follow.
      control_outputs: a ControlOutputs to follow, too.
    """
    _, control_outputs = check_cios(False, control_outputs)
    seeds, within = _seeded(seed_ops, util.get_consuming_ops, within_ops)
    stop = set(util.make_list_of_t(stop_at_ts))
    found = _walk(seeds, lambda op: _kept(within, within_ops_fn, _after(op, control_outputs, stop)))
    return found if inclusive else [op for op in found if op not in set(seeds)]


@export("contrib.graph_editor.get_backward_walk_ops")
@deprecated(
    "2019-06-06",
    "Please use tensorflow.python.ops.op_selector.get_backward_walk_ops.",
    warn_once=True,
)
def get_backward_walk_ops(
    seed_ops: Any,
    inclusive: bool = True,
    within_ops: Any = None,
    within_ops_fn: Any = None,
    stop_at_ts: Any = (),
    control_inputs: bool = False,
) -> list[Operation]:
    """All nodes that lead to seeds. Stands for `tf.contrib.graph_editor.get_backward_walk_ops`.

    Args:
      seed_ops: nodes, or tensors, whose nodes then are the seeds.
      control_inputs: whether to follow what nodes wait for, too.
      inclusive, within_ops, within_ops_fn, stop_at_ts: as of `get_forward_walk_ops`.
    """
    return backward_walk(seed_ops, inclusive, within_ops, within_ops_fn, stop_at_ts, control_inputs)


def backward_walk(
    seed_ops: Any,
    inclusive: bool,
    within_ops: Any,
    within_ops_fn: Any,
    stop_at_ts: Any,
    control_inputs: bool,
    goes_on: Filter | None = None,
) -> list[Operation]:
    """The walk; `goes_on` says of a node whether to go on to what is before it."""
    seeds, within = _seeded(seed_ops, util.get_generating_ops, within_ops)
    stop = set(util.make_list_of_t(stop_at_ts))

    def step(op: Operation) -> list[Operation]:
        if goes_on is not None and not goes_on(op):
            return []
        sources = [t.op for t in op.inputs if t not in stop]
        sources += op.control_inputs if control_inputs else []
        return _kept(within, within_ops_fn, unique(sources))

    found = _walk(seeds, step)
    return found if inclusive else [op for op in found if op not in set(seeds)]


@export("contrib.graph_editor.get_walks_intersection_ops")
def get_walks_intersection_ops(
    forward_seed_ops: Any,
    backward_seed_ops: Any,
    forward_inclusive: bool = True,
    backward_inclusive: bool = True,
    within_ops: Any = None,
    within_ops_fn: Any = None,
    control_inputs: bool = False,
    control_outputs: Any = None,
    control_ios: Any = None,
) -> list[Operation]:
    """The nodes on ways from seeds to others; arguments as of the two walks, and `check_cios`.
    Stands for `tf.contrib.graph_editor.get_walks_intersection_ops`."""
    control_inputs, control_outputs = check_cios(control_inputs, control_outputs, control_ios)
    ahead = get_forward_walk_ops(
        forward_seed_ops,
        inclusive=forward_inclusive,
        within_ops=within_ops,
        within_ops_fn=within_ops_fn,
        control_outputs=control_outputs,
    )
    back = set(
        backward_walk(
            backward_seed_ops, backward_inclusive, within_ops, within_ops_fn, (), control_inputs
        )
    )
    return [op for op in ahead if op in back]


@export("contrib.graph_editor.get_walks_union_ops")
def get_walks_union_ops(
    forward_seed_ops: Any,
    backward_seed_ops: Any,
    forward_inclusive: bool = True,
    backward_inclusive: bool = True,
    within_ops: Any = None,
    within_ops_fn: Any = None,
    control_inputs: bool = False,
    control_outputs: Any = None,
    control_ios: Any = None,
) -> list[Operation]:
    """The nodes of both walks; arguments as of these, and `check_cios`. Stands for
    `tf.contrib.graph_editor.get_walks_union_ops`."""
    control_inputs, control_outputs = check_cios(control_inputs, control_outputs, control_ios)
    ahead = get_forward_walk_ops(
        forward_seed_ops,
        inclusive=forward_inclusive,
        within_ops=within_ops,
        within_ops_fn=within_ops_fn,
        control_outputs=control_outputs,
    )
    back = backward_walk(
        backward_seed_ops, backward_inclusive, within_ops, within_ops_fn, (), control_inputs
    )
    return unique(ahead, back)


def _selected(
    args: Any, options: dict[str, Any], own: str, other: str, by_regex: Any, by_list: Any
) -> list[Any]:
    """What arguments name. `own`: which of "ops" and "ts" is wanted; `other`: the other."""
    known = {"graph", "positive_filter", "restrict_ops_regex", "restrict_ts_regex"}
    for key in options:
        if key not in known:
            raise ValueError(f"Wrong keywords argument: {key}.")
    graph, positive_filter = options.get("graph"), options.get("positive_filter")
    if graph is not None and not isinstance(graph, Graph):
        raise TypeError(f"Expected a tf.Graph, got: {type(graph)}")
    found: list[Any] = []
    for arg in args:
        if not can_be_regex(arg):
            found += by_list(arg)
            continue
        if graph is None:
            raise ValueError("Use the keyword argument 'graph' to use regex.")
        regex = make_regex(arg)
        if regex.pattern.startswith(f"(?#{other})"):
            continue
        marked = regex.pattern.startswith(f"(?#{own})")
        if marked or not options.get(f"restrict_{own}_regex", False):
            found += by_regex(graph, regex)
    return unique(_filtered(found, True if positive_filter is None else positive_filter))


@export("contrib.graph_editor.select_ops")
def select_ops(*args: Any, **kwargs: Any) -> list[Operation]:
    """The nodes that arguments name. Stands for `tf.contrib.graph_editor.select_ops`.

    Args:
      *args: nodes, iterables of nodes, regular expressions of names. An expression that begins with
        "(?#ts)" is of tensors, and left out.
      **kwargs: `graph`, which expressions need; `positive_filter`, a function; with
        `restrict_ops_regex` an expression has to begin with "(?#ops)".

    Raises:
      ValueError: there is an expression and no graph, or an argument of another name.
      TypeError: an argument is something else.
    """
    return _selected(
        args,
        kwargs,
        "ops",
        "ts",
        filter_ops_from_regex,
        lambda arg: util.make_list_of_op(arg, ignore_ts=True),
    )


@export("contrib.graph_editor.select_ts")
def select_ts(*args: Any, **kwargs: Any) -> list[Tensor]:
    """The tensors that arguments name, as `select_ops` names nodes. Stands for
    `tf.contrib.graph_editor.select_ts`."""
    return _selected(
        args,
        kwargs,
        "ts",
        "ops",
        filter_ts_from_regex,
        lambda arg: util.make_list_of_t(arg, ignore_ops=True),
    )


@export("contrib.graph_editor.select_ops_and_ts")
def select_ops_and_ts(*args: Any, **kwargs: Any) -> tuple[list[Operation], list[Tensor]]:
    """The nodes and the tensors that arguments name; expressions are of tensors where they begin
    with "(?#ts)". Stands for `tf.contrib.graph_editor.select_ops_and_ts`."""
    nodes = select_ops(*args, restrict_ops_regex=False, **kwargs)
    return nodes, select_ts(*args, restrict_ts_regex=True, **kwargs)
