"""Choices made at run time as functional ops: `If`, and `Case` for `tf.switch_case`."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api import control_flow_util_v2 as util
from evergraph.api.control_flow_util import Functional
from evergraph.api.func_graph import FuncGraph, func_graph_from_py_func, pack_sequence_as
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import Tensor

Branch = Callable[[], Any]


class Kind:
    """How the messages of a conditional speak of it and its branches."""

    def __init__(self, op: str, short: str, first: str, other: str) -> None:
        self.op = op
        self.short = short
        self.first = first
        self.other = other


COND = Kind("cond", "cond", "true_fn", "false_fn")
CASE = Kind("switch_case", "case", "branches[0]", "branches[{}]")


def cond_v2(pred: Any, true_fn: Branch, false_fn: Branch, name: str | None = "cond") -> Any:
    """As `tf.cond`, by one `If` node.

    Raises:
      TypeError: `pred` is a Python bool, or the branches give different things.
      ValueError: a branch uses what is made in the other one.
    """
    if isinstance(pred, bool):
        raise TypeError("pred must not be a Python bool", pred)
    with name_scope(name or "cond") as scope:
        names = [util.unique_fn_name(scope, branch) for branch in ("true", "false")]
        pred = convert_to_tensor(pred)
        if pred.shape.dims is None or pred.shape.dims:
            pred = array_ops.squeeze_v2(pred)
        graphs = [
            _branch_graph(n, fn, pred) for n, fn in zip(names, (true_fn, false_fn), strict=True)
        ]
        _check_captures(COND, graphs)
        return build_cond(pred, graphs, [g.external_captures for g in graphs], False, scope)


Functional.cond = cond_v2


def _branch_graph(name: str, function: Branch, chosen_by: Tensor) -> FuncGraph:
    outer = get_default_graph()
    return func_graph_from_py_func(
        name,
        function,
        [],
        {},
        func_graph=util.CondBranchFuncGraph(name, collections=outer._collections),
        add_control_dependencies=outer._add_control_dependencies,
        op_return_value=chosen_by,
    )


def build_cond(
    pred: Tensor,
    graphs: Sequence[FuncGraph],
    inputs: Sequence[Sequence[Tensor]],
    building_gradient: bool,
    name: str | None = None,
) -> Any:
    """The `If` node of two branches, whose arguments it makes the same.

    Args:
      pred: says which branch runs.
      graphs: the bodies of the branches.
      inputs: the arguments of each.
      building_gradient: whether this is the gradient of another one.
      name: the node's name.

    Returns:
      What the branches give, in its structure.
    """
    _match_indices(COND, graphs)
    check_same_outputs(COND, graphs)
    arguments = _match_inputs(graphs, inputs)
    count = len(graphs[0].outputs)
    if not building_gradient and util.output_all_intermediates():
        match_intermediates(graphs, [_wrapped_intermediates(g) for g in graphs])
        check_same_outputs(COND, graphs)
    with control_dependencies([c for g in graphs for c in g.control_captures]):
        stateful = any(op._is_stateful for g in graphs for op in g.get_operations())
        found = apply_op(
            "If" if stateful else "StatelessIf",
            pred,
            arguments,
            Tout=graphs[0].output_types,
            then_branch=util.create_new_tf_function(graphs[0]),
            else_branch=util.create_new_tf_function(graphs[1]),
            output_shapes=_common_shapes(graphs),
            name=name,
        )
    return _results(found, graphs[0], count)


def _results(found: Any, graph: FuncGraph, count: int) -> Any:
    """The first results of an `If` or `Case` node, in the structure of a branch's."""
    op = found[0].op
    util.maybe_set_lowering_attr(op)
    util.maybe_propagate_compile_time_consts_in_xla(op)
    # Whoever fetches a result is to run no more than what it needs.
    tensors = [array_ops.identity(t) for t in found]
    op.graph.prevent_fetching(op)
    return pack_sequence_as(graph.structured_outputs, tensors[:count])


# Branches with different arguments and results are made alike.


def _match_inputs(graphs: Sequence[FuncGraph], inputs: Sequence[Sequence[Tensor]]) -> list[Tensor]:
    """Gives all branches the arguments of each; which these are."""
    arguments = list(dict.fromkeys(t for branch in inputs for t in branch))
    for graph, own in zip(graphs, inputs, strict=True):
        known = dict(zip(own, graph.inputs, strict=False))
        with graph.as_default():
            graph.inputs = [
                known[t] if t in known else array_ops.placeholder(t.dtype, shape=t.shape)
                for t in arguments
            ]
        graph.reset_captures(zip(arguments, graph.inputs, strict=True))
    return arguments


def match_intermediates(graphs: Sequence[FuncGraph], optionals: Sequence[list[Tensor]]) -> None:
    """Gives branches optionals as further results, with empty ones to as many for each."""
    most = max(len(o) for o in optionals)
    for graph, own in zip(graphs, optionals, strict=True):
        with graph.as_default():
            empty = [apply_op("OptionalNone") for _ in range(most - len(own))]
        graph.outputs.extend([*own, *empty])


def _wrapped_intermediates(graph: FuncGraph) -> list[Tensor]:
    """All that a branch's nodes make, but for its arguments and results, as optionals."""
    known = {*graph.inputs, *graph.outputs}
    tensors = [
        t
        for op in graph.get_operations()
        for t in op.outputs
        if t not in known and t.dtype != dtypes.resource and op.type != "MutexLock"
    ]
    with graph.as_default():
        return [apply_op("OptionalFromValue", [t]) for t in tensors]


def match_slices(kind: Kind, graphs: Sequence[FuncGraph]) -> None:
    """Makes results IndexedSlices in all branches that are so in one. For gradients: flat results.

    Raises:
      TypeError: another branch gives something that is no tensor.
    """
    results = [g.structured_outputs for g in graphs]
    for i, branches in enumerate(zip(*results, strict=True)):
        if not any(isinstance(x, IndexedSlices) for x in branches):
            continue
        for graph, own, x in zip(graphs, results, branches, strict=True):
            if isinstance(x, IndexedSlices):
                continue
            if not isinstance(x, Tensor):
                raise TypeError(
                    f"Cannot reconcile tf.{kind.op} {i}-th outputs:\n  outputs from all branches: "
                    f"{branches}"
                )
            with graph.as_default():
                own[i] = math_ops._as_indexed_slices(x)
    for graph, own in zip(graphs, results, strict=True):
        graph.structured_outputs = own
        graph.outputs = nest.flatten(own, expand_composites=True)


def _match_indices(kind: Kind, graphs: Sequence[FuncGraph]) -> None:
    """Makes the indices of IndexedSlices int64 in all branches where their types differ.

    Raises:
      TypeError: a result is IndexedSlices in one branch only, or has indices of another type.
    """
    leaves = [nest.flatten(g.structured_outputs, expand_composites=False) for g in graphs]
    assert len({len(branch) for branch in leaves}) == 1, [len(branch) for branch in leaves]
    places, position = [], 0
    for i, branches in enumerate(zip(*leaves, strict=True)):
        if len({isinstance(x, IndexedSlices) for x in branches}) != 1:
            raise TypeError(
                f"Cannot reconcile tf.{kind.op} {i}-th outputs:\n  branches returned: {branches}"
            )
        if isinstance(branches[0], IndexedSlices):
            places.append(position + 1)
        position += len(nest.flatten(branches[0], expand_composites=True))
    for place in places:
        types = [g.outputs[place].dtype for g in graphs]
        if any(t not in (dtypes.int32, dtypes.int64) for t in types):
            raise TypeError(f"Type of IndexedSlices.indices must be int32 or int64. Found: {types}")
        for graph in graphs if len(set(types)) > 1 else ():
            if graph.outputs[place].dtype == dtypes.int32:
                with graph.as_default():
                    graph.outputs[place] = math_ops.cast(graph.outputs[place], dtypes.int64)
    if places:
        for graph in graphs:
            graph.structured_outputs = pack_sequence_as(graph.structured_outputs, graph.outputs)


def check_same_outputs(kind: Kind, graphs: Sequence[FuncGraph]) -> None:
    """Raises TypeError unless all branches give results of the same structure and types."""
    first = graphs[0]

    def refuse(branch: int, detail: str) -> None:
        other = kind.other.format(branch)
        raise TypeError(
            f"{kind.first} and {other} arguments to tf.{kind.op} must have the same number, type, "
            "and overall structure of return values.\n\n"
            f"{kind.first} output: {first.structured_outputs}\n"
            f"{other} output: {graphs[branch].structured_outputs}\n\n"
            f"Error details:\n{detail}"
        )

    for i, graph in enumerate(graphs[1:], 1):
        try:
            nest.assert_same_structure(
                first.structured_outputs, graph.structured_outputs, expand_composites=True
            )
        except (ValueError, TypeError) as error:
            refuse(i, str(error))
        if len(first.outputs) != len(graph.outputs):
            raise ValueError(
                f"Lengths of branch outputs of {kind.short} must match.\n"
                f"len(graphs[0].outputs): {len(first.outputs)}\n"
                f"len(graphs[{i}].outputs): {len(graph.outputs)}\n"
            )
        for a, b in zip(first.outputs, graph.outputs, strict=True):
            if a.dtype != b.dtype:
                refuse(i, f"{a} and {b} have different types")


def _common_shapes(graphs: Sequence[FuncGraph]) -> list[Any]:
    """What is known of the shapes of the results, whatever branch runs."""
    shapes = []
    for shape, *others in zip(*(g.output_shapes for g in graphs), strict=True):
        for other in others:
            shape = shape.most_specific_compatible_shape(other)
        shapes.append(shape)
    return shapes


def _check_captures(kind: Kind, graphs: Sequence[FuncGraph]) -> None:
    """Raises ValueError where a branch uses a tensor of another one."""
    names = ["true_fn", "false_fn"] if kind is COND else [f"branch {i}" for i in range(len(graphs))]
    places = {graph: name for graph, name in zip(graphs, names, strict=True)}
    for graph in graphs:
        for t in graph.external_captures:
            if t.graph in places:
                raise ValueError(
                    f"Tensor {t.name} in {places[t.graph]} is accessed from {places[graph]}."  # type: ignore[index]
                )


# One of many branches.


def indexed_case(
    branch_index: Any, branch_fns: Sequence[Branch], name: str = "indexed_case"
) -> Any:
    """What the branch numbered `branch_index` gives, the last one for other numbers: by one `Case`
    node.

    Raises:
      TypeError: `branch_index` is a Python int, or the branches give different things.
      ValueError: a branch uses what is made in another one.
    """
    if isinstance(branch_index, int):
        raise TypeError("branch_index must not be a Python int", branch_index)
    with name_scope(name) as scope:
        names = [util.unique_fn_name(scope, f"branch{i}") for i in range(len(branch_fns))]
        branch_index = convert_to_tensor(branch_index, name="branch_index")
        graphs = [
            _branch_graph(n, function, branch_index)
            for n, function in zip(names, branch_fns, strict=True)
        ]
        _check_captures(CASE, graphs)
        return build_case(branch_index, graphs, [g.external_captures for g in graphs], scope)


def build_case(
    branch_index: Tensor,
    graphs: Sequence[FuncGraph],
    inputs: Sequence[Sequence[Tensor]],
    name: str | None = None,
) -> Any:
    """The `Case` node of branches, whose arguments it makes the same. See `build_cond`."""
    _match_indices(CASE, graphs)
    check_same_outputs(CASE, graphs)
    arguments = _match_inputs(graphs, inputs)
    with control_dependencies([c for g in graphs for c in g.control_captures]):
        found = apply_op(
            "Case",
            branch_index,
            arguments,
            Tout=graphs[0].output_types,
            branches=[util.create_new_tf_function(g) for g in graphs],
            output_shapes=_common_shapes(graphs),
            name=name,
        )
    return _results(found, graphs[0], len(graphs[0].outputs))


@export("switch_case")
def switch_case(
    branch_index: Any, branch_fns: Any, default: Branch | None = None, name: str = "switch_case"
) -> Any:
    """What the function numbered `branch_index` gives. Stands for `tf.switch_case`.

    Args:
      branch_index: a scalar tensor of whole numbers.
      branch_fns: functions, in order or as pairs or a dictionary with their numbers, which run
        from 0 on.
      default: the function for other numbers; default: the last one.
      name: a name scope for the nodes.

    Returns:
      What the functions give: tensors in the same structure and of the same types.

    Raises:
      TypeError: `branch_index` is no tensor of whole numbers, `branch_fns` are no functions, or
        they give different things.
      ValueError: the numbers do not run from 0 on, or there are no functions.
    """
    branches = _ordered_branches(branch_fns, default, branch_index)
    with name_scope(name, "case", [branch_index]):
        return indexed_case(branch_index, branches)


def _ordered_branches(branch_fns: Any, default: Branch | None, branch_index: Any) -> list[Branch]:
    if not isinstance(branch_index, Tensor):
        raise TypeError(f"branch_index must a Tensor, got {type(branch_index)}")
    if not branch_index.dtype.is_integer:
        raise TypeError(f"branch_index must an integer Tensor, got {branch_index.dtype}")
    if not branch_fns:
        raise ValueError("Must provide at least one item in branch_fns")
    if not isinstance(branch_fns, (list, tuple, dict)):
        raise TypeError("branch_fns must be a list, tuple, or dict")
    if isinstance(branch_fns, dict):
        branch_fns = branch_fns.items()
    if all(callable(function) for function in branch_fns):
        branch_fns = list(enumerate(branch_fns))
    for pair in branch_fns:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in branch_fns must be a 2-tuple")
        key, function = pair
        if not isinstance(key, int):
            raise TypeError(f"key must be a Python `int`, got {type(key)}")
        if not callable(function):
            raise TypeError(f"fn for key {key} must be callable.")
    keys = [key for key, _ in branch_fns]
    if sorted(keys) != list(range(len(keys))):
        found = ",".join(map(str, sorted(keys)))
        raise ValueError(
            f"branch indices (keys) must form contiguous range of [0 to {len(keys)}) but found "
            f"{{{found}}}"
        )
    ordered = [function for _, function in sorted(branch_fns, key=lambda pair: pair[0])]
    return ordered if default is None else [*ordered, default]
