"""Nodes with effects run, and in the order in which the program makes them:
`AutomaticControlDependencies`."""

from collections.abc import Callable, Iterable
from typing import Any

from evergraph.api import array_ops
from evergraph.api.control_flow_util import IsInWhileLoop
from evergraph.api.switching import arrays_of_flows, flow_of, merge
from evergraph.base import dtypes, nest
from evergraph.base.decorator import make_decorator
from evergraph.graph.composite import IndexedSlices, SparseTensor
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.registry import lookup
from evergraph.graph.tensor import Tensor

ASYNC_STATEFUL_OPS = [
    "CollectiveGather",
    "CollectiveReduce",
    "CollectiveBcastSend",
    "CollectiveBcastRecv",
    "NcclAllReduce",
]
"""Op types that wait for one another: in the program's order they could wait for ever."""

LEGACY_RANDOM_OPS = [
    "RandomUniform",
    "RandomUniformInt",
    "RandomStandardNormal",
    "ParameterizedTruncatedNormal",
    "TruncatedNormal",
    "RandomShuffle",
    "Multinomial",
    "RandomGamma",
    "RandomGammaGrad",
    "RandomPoisson",
    "RandomPoissonV2",
]
"""Op types of initial values, which depend on nothing that the program does."""

_UNORDERED = {*ASYNC_STATEFUL_OPS, *LEGACY_RANDOM_OPS}


def op_is_stateful(op: Operation) -> bool:
    """Whether a node has an effect whose place in the program's order matters."""
    return op._is_stateful and op.type not in _UNORDERED


def _context(op: Operation) -> Any:
    return op._get_control_flow_context()


class AutomaticControlDependencies:
    """A block in which nodes with effects run, whether or not a result needs them, and nodes that
    use the same resource run in the order in which they are made.

    Results are to be handed through `mark_as_return`. Nodes in while loops are left as they are.
    """

    def __init__(self) -> None:
        self._returned_tensors: list[Tensor] = []
        self.ops_which_must_run: set[Operation] = set()
        self._must_run: dict[Operation, None] = {}
        # The last node that used a resource; under None, the last one with an effect elsewhere.
        self._last_use: dict[Tensor | None, Operation] = {}
        # The Merge that ends the cond which uses the output of a Switch.
        self._end_of_cond: dict[Tensor, Operation] = {}

    def mark_as_return(self, tensor: Any) -> Any:
        """A copy of a tensor (TensorArray, IndexedSlices, SparseTensor) that comes after the
        effects."""
        if isinstance(tensor, IndexedSlices):
            values, indices = self._copy(tensor.values), self._copy(tensor.indices)
            return IndexedSlices(values, indices, dense_shape=tensor.dense_shape)
        if isinstance(tensor, SparseTensor):
            values, indices = self._copy(tensor.values), self._copy(tensor.indices)
            return SparseTensor(indices, values, dense_shape=tensor.dense_shape)
        flow = flow_of(tensor)
        if flow is not tensor:
            return arrays_of_flows([tensor], [self._copy(flow)])[0]
        return self._copy(tensor)

    def _copy(self, tensor: Tensor) -> Tensor:
        # Nothing with an effect can depend on the copy: so there is no circle.
        copied = array_ops.identity(tensor)
        self._returned_tensors.append(copied)
        return copied

    def __enter__(self) -> "AutomaticControlDependencies":
        self._graph = get_default_graph()
        self._graph._add_control_dependencies = True
        self._first = len(self._graph.get_operations())
        return self

    def __exit__(self, unused_type: Any, unused_value: Any, unused_traceback: Any) -> None:
        if self._graph is not get_default_graph():
            raise RuntimeError("Graph changed while trying to add control dependencies.")
        outer = getattr(self._graph, "outer_graph", None)
        nested = outer is not None and outer._add_control_dependencies
        self._graph._add_control_dependencies = nested
        for op in self._graph.get_operations()[self._first :]:
            if not IsInWhileLoop(op):
                self._order(op)
        self.ops_which_must_run.update(self._must_run)
        for tensor in self._returned_tensors:
            own = _context(tensor.op)
            must_run = [op for op in self._must_run if _context(op) is own]
            if must_run:
                tensor.op._add_control_inputs(must_run)

    def _order(self, op: Operation) -> None:
        """Puts a node after those that have to come before it."""
        if lookup(op.type) is None or op_is_stateful(op):
            self._must_run[op] = None
        if op.type == "Switch" and op.inputs[0].dtype == dtypes.resource:
            return
        if op.type == "Merge":
            self._end_cond(op)
            return
        before = self._order_resources(op)
        has_resources = any(t.dtype == dtypes.resource for t in op.inputs)
        if op_is_stateful(op) and not has_resources and _context(op) is None:
            if None in self._last_use:
                op._add_control_input(self._last_use[None])
            self._last_use[None] = op
        if before:
            op._add_control_inputs(before)

    def _end_cond(self, end: Operation) -> None:
        """A cond's Merge runs whatever must run in the branches."""
        for op in self._must_run:
            if op is end:
                continue
            end._add_control_input(op)
            for t in op.inputs:
                if t in self._last_use:
                    self._last_use[t] = end
        self._must_run = {end: None}

    def _order_resources(self, op: Operation) -> list[Operation]:
        """The earlier users of a node's resources, those in the same branch of a cond."""
        before = []
        for t in dict.fromkeys(t for t in op.inputs if t.dtype == dtypes.resource):
            if t.op.type == "Switch":
                self._enter_cond(t.op)
            last = self._last_use.get(t)
            if last is not None and _context(last) is _context(op):
                before.append(last)
            if t in self._end_of_cond:
                self._end_of_cond[t]._add_control_input(op)
            self._last_use[t] = op
        return before

    def _enter_cond(self, switch: Operation) -> None:
        """Gives the Switch of a resource a Merge, after which come the later users of it.

        The Merge runs in any case; the Switch comes after the earlier users.
        """
        resource = switch.inputs[0]
        if resource.dtype == dtypes.resource and resource.op.type == "Switch":
            self._enter_cond(resource.op)
        if switch.outputs[0] in self._end_of_cond:
            return
        end = merge(switch.outputs, name="artificial_merge")[0].op
        end._set_control_flow_context(_context(switch).outer_context)
        self._must_run[end] = None
        if resource in self._last_use:
            switch._add_control_input(self._last_use[resource])
        self._last_use[resource] = end
        if resource in self._end_of_cond:
            self._end_of_cond[resource]._add_control_input(end)
        for t in switch.outputs:
            self._end_of_cond[t] = end


def automatic_control_dependencies(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: a function whose results come after the effects of the nodes that it makes."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with AutomaticControlDependencies() as dependencies:
            result = f(*args, **kwargs)
            flat: Iterable[Any] = [dependencies.mark_as_return(t) for t in nest.flatten(result)]
            return nest.pack_sequence_as(result, list(flat))

    return make_decorator(f, wrapper)
