"""Runs over the tasks of a cluster: nodes are put into groups, each of one task, which run one
after the other; values go from group to group.

A group is a graph of its own. Nodes that only make a handle (of a variable, a queue, ...) and
constants are in each group that needs them: handles stand for what a task keeps under a name.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from evergraph.base import dtypes, errors
from evergraph.engine.feeds import converter
from evergraph.engine.lower import feed_place
from evergraph.engine.plan import needed_nodes
from evergraph.graph.device import DeviceSpec
from evergraph.graph.graph import Graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.proto.framework import graph_pb2

Task = tuple[str, int]


class Cluster(NamedTuple):
    """The tasks that a server knows of: which it is itself, and how to reach each."""

    own: Task
    addresses: dict[Task, str]

    def task_of(self, device: str) -> Task | None:
        """The task that a device's name says, or None. Raises KeyError: there is none such."""
        spec = DeviceSpec.from_string(device)
        if spec.job is None:
            return None
        task = (spec.job, spec.task or 0)
        return task if task in self.addresses else None


def places(cluster: Cluster) -> list[str]:
    """What the names of the devices of each task begin with."""
    return [f"/job:{job}/replica:0/task:{i}" for job, i in cluster.addresses]


class _Placement:
    """Which task each node is of."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: dict[Operation, Task] = {}

    def __call__(self, op: Operation) -> Task:
        chain = []
        while op not in self._known:
            chain.append(op)
            found = self._place(op)
            if not isinstance(found, Operation):
                self._known[op] = found
            elif found in chain:
                self._known[op] = self._cluster.own
            else:
                op = found
        for other in chain:
            self._known[other] = self._known[op]
        return self._known[op]

    def is_fixed(self, op: Operation) -> bool:
        """Whether a node uses what its task keeps."""
        return any(
            t._dtype is dtypes.resource or (t._dtype._is_ref_dtype and _takes_reference(op))
            for t in op.inputs
        )

    def _place(self, op: Operation) -> Task | Operation:
        """The task of a node, or the node that it has to be with."""
        if op.inputs:
            first = op.inputs[0]
            if first._dtype is dtypes.resource or (
                first._dtype._is_ref_dtype and _takes_reference(op)
            ):
                return first.op
        asked = self._cluster.task_of(op._device) if op._device else None
        if asked is not None:
            return asked
        for name in op.colocation_groups():
            other = op.graph._nodes_by_name.get(name.decode().removeprefix("loc:@"))
            if other is not None and other is not op:
                return other
        return self._cluster.own


def _takes_reference(op: Operation) -> bool:
    return any(arg.is_ref for arg in op.op_def.input_arg)


def _repeated(op: Operation) -> bool:
    """Whether a node is in each group that needs it."""
    if op.inputs or op._control_inputs or not op.outputs:
        return False
    handles = (t._dtype._is_ref_dtype or t._dtype is dtypes.resource for t in op.outputs)
    return op._type == "Const" or all(handles)


class _Units:
    """Nodes that have to be in one group: branches and loops."""

    def __init__(self, ops: Iterable[Operation]) -> None:
        self._parent: dict[Any, Any] = {}
        for op in ops:
            context = op._control_flow_context
            while context is not None and context.outer_context is not None:
                context = context.outer_context
            if context is not None:
                self._join(op, context)
            if op._type in ("Merge", "RefMerge"):
                for t in op.inputs:
                    self._join(op, t.op)
            for t in op.inputs:
                if t.op._type in ("Switch", "RefSwitch"):
                    self._join(op, t.op)

    def of(self, key: Any) -> Any:
        """What stands for all that are with `key`."""
        found = key
        while found in self._parent:
            found = self._parent[found]
        return found

    def _join(self, a: Any, b: Any) -> None:
        a, b = self.of(a), self.of(b)
        if a is not b:
            self._parent[a] = b


class _Group:
    """Nodes of one task that run together."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.ops: list[Operation] = []
        self.members: set[Operation] = set()
        self.received: dict[Tensor, str] = {}
        self.sent: list[Tensor] = []
        self.targets: list[Operation] = []

    def add(self, op: Operation) -> None:
        """A node more."""
        self.ops.append(op)
        self.members.add(op)


def _stages(ops: list[Operation], place: _Placement, own: Task) -> list[_Group]:
    """Groups in an order in which they can run."""
    units = _Units(ops)
    inside: dict[Any, list[Operation]] = {}
    for op in ops:
        if not _repeated(op):
            inside.setdefault(units.of(op), []).append(op)
    task = {}
    for unit, members in inside.items():
        tasks = {place(op) for op in members}
        if len(tasks) > 1:
            # What uses variables and the like has to be where these are; all else may follow.
            tasks = {place(op) for op in members if place.is_fixed(op)} or {own}
        if len(tasks) > 1:
            raise errors.UnimplementedError(
                None,
                members[0],
                "evergraph runs a branch or loop in one task of a cluster; that of node "
                f"{members[0].name} is in several: {sorted(tasks)}",
            )
        task[unit] = tasks.pop()
    before: dict[Any, set[Any]] = {}
    for unit, members in inside.items():
        before[unit] = {
            units.of(other)
            for op in members
            for other in (*(t.op for t in op.inputs), *op._control_inputs)
            if units.of(other) is not unit and units.of(other) in inside
        }
    stage: dict[Any, int] = {}
    for root in inside:
        stack = [root]
        while stack:
            unit = stack[-1]
            waiting = [] if unit in stage else [u for u in before[unit] if u not in stage]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            if unit not in stage:
                stage[unit] = max(
                    (stage[u] + (task[u] != task[unit]) for u in before[unit]), default=0
                )
    groups: dict[tuple[int, Task], _Group] = {}
    for op in ops:
        if not _repeated(op):
            unit = units.of(op)
            key = (stage[unit], task[unit])
            groups.setdefault(key, _Group(task[unit])).add(op)
    return [groups[key] for key in sorted(groups)]


def _connect(groups: list[_Group], fetches: Iterable[Tensor], fed: set[Tensor]) -> None:
    """Finds what goes from group to group."""
    owner = {op: group for group in groups for op in group.ops}
    for group in groups:
        for op in list(group.ops):
            for t in op.inputs:
                if t in fed:
                    group.received[t] = _name(t)
                elif _repeated(t.op):
                    if t.op not in group.members:
                        group.add(t.op)
                elif owner[t.op] is not group and _is_another_name(t.op, owner[t.op], group):
                    for other in (t.op.inputs[0].op, t.op):
                        if other not in group.members:
                            group.add(other)
                elif owner[t.op] is not group:
                    group.received[t] = _name(t)
                    if t not in owner[t.op].sent:
                        owner[t.op].sent.append(t)
        # What gives nothing has to run all the same.
        group.targets = [op for op in group.ops if not _repeated(op)]
    for t in fetches:
        if t not in fed and t.op in owner and t not in owner[t.op].sent:
            owner[t.op].sent.append(t)


def _is_another_name(op: Operation, theirs: _Group, group: _Group) -> bool:
    """Whether a node stands for a reference variable of the same task: then whoever uses it sees
    what was written meanwhile."""
    return (
        op._type == "Identity"
        and not op._control_inputs
        and theirs.task == group.task
        and op.inputs[0]._dtype._is_ref_dtype
        and _repeated(op.inputs[0].op)
    )


def _name(t: Tensor) -> str:
    return f"received/{t.op._name}/{t.value_index}"


def _graph_def(group: _Group) -> Any:
    """A group as a GraphDef, with placeholders for what it receives."""
    graph_def = graph_pb2.GraphDef()
    graph_def.versions.producer = 134
    for t, name in group.received.items():
        node = graph_def.node.add(name=name, op="Placeholder")
        node.attr["dtype"].type = t._dtype.base_dtype.as_datatype_enum  # type: ignore[assignment]
        # Of elements of unknown rank it gives a scalar, whatever its rule says.
        if t.op._type != "TensorListElementShape":
            node.attr["shape"].shape.CopyFrom(t.shape.as_proto())
    for op in group.ops:
        node = graph_def.node.add()
        node.CopyFrom(op.node_def)
        del node.input[:]
        for t in op.inputs:
            source = group.received.get(t)
            node.input.append(source or (t.name if t.value_index else t.op._name))
        node.input.extend(f"^{c._name}" for c in op._control_inputs if c in group.members)
        node.attr.pop("_class", None)
        spec = DeviceSpec.from_string(op._device) if op._device else None
        gpu = spec is not None and spec.device_type == "GPU"
        node.device = f"/device:GPU:{spec.device_index or 0}" if gpu and spec else ""
    return graph_def


def _array(t: Tensor, value: Any) -> Any:
    """A fed value as it is sent to another task."""
    dtype = t._dtype.base_dtype
    if isinstance(value, np.ndarray) or dtype in (dtypes.string, dtypes.resource, dtypes.variant):
        return value
    return np.asarray(value, dtype.as_numpy_dtype)


def runs_alone(
    cluster: Cluster,
    fetches: Sequence[Tensor],
    targets: Sequence[Operation],
    feeds: Sequence[Tensor],
) -> bool:
    """Whether all nodes of a run are of the task itself."""
    place = _Placement(cluster)
    return all(place(op) == cluster.own for op in needed_nodes(fetches, targets, feeds))


class ClusterExecutor:
    """Runs given fetches and targets from given feeds over the tasks of a cluster.

    It stands for an Executor.
    """

    def __init__(
        self,
        graph: Graph,
        cluster: Cluster,
        peers: Any,
        fetches: Sequence[Tensor],
        targets: Sequence[Operation],
        feeds: Sequence[Tensor],
    ) -> None:
        graph._planned_id = graph._last_id
        self.version = graph._mutations
        self.fetches, self.targets, self.feeds = list(fetches), list(targets), list(feeds)
        self._graph = graph
        self._checks = [converter(t, feed_place(t)) for t in feeds]
        fed = set(feeds)
        ops = sorted(needed_nodes(fetches, targets, feeds), key=lambda op: op._id)
        place = _Placement(cluster)
        wanted = {t.op for t in fetches if t not in fed} | set(targets)
        lonely = [op for op in ops if _repeated(op) and op in wanted]
        groups = _stages(ops, place, cluster.own)
        for op in lonely:
            # A fetched constant or handle is in a group by itself.
            group = _Group(place(op))
            group.add(op)
            groups.append(group)
        _connect(groups, self.fetches, fed)
        self._runs = []
        for group in groups:
            graph_def = _graph_def(group)
            graph._add_functions_to(graph_def)
            sent = [t.name for t in group.sent]
            names = [op._name for op in group.targets]
            runner = peers(group.task).prepare(
                graph_def, list(group.received.values()), sent, names
            )
            self._runs.append((group, runner))

    def run(self, feed_values: Iterable[Any]) -> list[Any]:
        """The values of the fetches."""
        fed = list(zip(self.feeds, feed_values, strict=True))
        for check, (_, value) in zip(self._checks, fed, strict=True):
            check(value)
        values: dict[Tensor, Any] = {t: _array(t, value) for t, value in fed}
        try:
            for group, runner in self._runs:
                results = runner.run([values[t] for t in group.received])
                values.update(zip(group.sent, results, strict=True))
        except errors.OpError as error:
            raise self._retold(error) from None
        return [values[t] for t in self.fetches]

    def _retold(self, error: errors.OpError) -> Exception:
        """An error of a group's node, as one of the node that it stands for."""
        name = error.op.name if error.op is not None else getattr(error.node_def, "name", "")
        op = self._graph._nodes_by_name.get(name)
        if op is None:
            return error
        return type(error)(op.node_def, op, error.message)  # type: ignore[call-arg]

    def run_timed(self, feed_values: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """As `run`; other tasks do not tell when their nodes ran."""
        return self.run(feed_values), []
