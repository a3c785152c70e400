"""The slow evaluator: what a graph means, node by node. Every pass and the code generator are
tested against it.

A value that a branch did not produce is DEAD; whatever depends on it is dead too, but for Merge,
which takes the
input that is alive.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch

from evergraph.base import dtypes, errors
from evergraph.engine import failures, values
from evergraph.engine.lower import (
    READS_REFERENCE,
    SESSION,
    VARIABLE_OPS,
    keyword_values,
    moves_handles,
    variable_cell,
)
from evergraph.engine.plan import needed_nodes, ordered
from evergraph.engine.state import SessionState, Variable
from evergraph.engine.tokens import LOOP_OPS, TokenPassing, is_back_edge
from evergraph.engine.unsigned import by_int64
from evergraph.graph.constant import const_value
from evergraph.graph.operation import Operation
from evergraph.graph.registry import Entry
from evergraph.graph.tensor import Tensor


class _Dead:
    def __repr__(self) -> str:
        return "DEAD"


DEAD = _Dead()


class Interpreter:
    """Evaluates nodes of a graph in a session's state. Keeps results, so that a run can go on in
    parts."""

    DEAD = DEAD

    def __init__(
        self, state: SessionState, observe: Callable[[Operation, Sequence[Any]], None] | None = None
    ) -> None:
        self.state = state
        # Told of each node that ran, with what it gave.
        self.observe = observe
        self.env: dict[Tensor, Any] = {}
        self.done: set[Operation] = set()
        self.dead: set[Operation] = set()
        self.fed: set[Tensor] = set()

    def feed(self, tensor: Tensor, value: Any) -> None:
        """Gives `tensor` a run-time value."""
        self.env[tensor] = value
        self.fed.add(tensor)

    def run(self, fetches: Sequence[Tensor], targets: Iterable[Operation]) -> list[Any]:
        """The values of `fetches` after running them and `targets`; DEAD where a branch was not
        taken."""
        needed = needed_nodes(fetches, targets, list(self.env)) - self.done
        if any(op._type in LOOP_OPS for op in needed):
            self._run_loops(needed, fetches)
            return [self.read(t) for t in fetches]
        for op in ordered(needed, set(self.env), lambda op, t: False):
            self.step(op)
        return [self.read(t) for t in fetches]

    def _run_loops(self, needed: set[Operation], fetches: Sequence[Tensor]) -> None:
        ordered(needed, set(self.env), is_back_edge)  # complains of cycles
        TokenPassing(self, needed).run()
        for tensor in fetches:
            if tensor not in self.env:
                raise errors.InvalidArgumentError(
                    tensor._op.node_def, tensor._op, f"{tensor.name} got no value in this run"
                )

    def read(self, tensor: Tensor) -> Any:
        """A tensor's value; of a reference, the variable's."""
        value = self.env[tensor]
        if isinstance(value, Variable) and tensor._dtype is not dtypes.resource:
            return value.read()
        return value

    def step(self, op: Operation) -> None:
        """Runs one node, whose inputs are there."""
        try:
            results = self.results(op)
        except Exception as error:
            raise failures.located(error, op) from None
        self.done.add(op)
        found = zip(op._outputs, results, strict=True)
        self.env.update((t, v) for t, v in found if t not in self.fed)

    def results(self, op: Operation) -> Sequence[Any]:
        """What a node gives, whose inputs are there."""
        results = self._results(op)
        if self.observe is not None:
            self.observe(op, results)
        return results

    def _results(self, op: Operation) -> Sequence[Any]:
        if op._type in ("Merge", "RefMerge"):
            return self._merge(op)
        if op._type == "ControlTrigger":
            return []  # alive whatever it waited for
        if any(c in self.dead for c in op._control_inputs) or any(
            self.env[t] is DEAD for t in op._inputs
        ):
            self.dead.add(op)
            return [DEAD] * len(op._outputs)
        if op._type == "Const":
            return [values.default_value(const_value(op), op._outputs[0]._dtype)]
        if op._type in VARIABLE_OPS:
            cell = variable_cell(op)
            return [self.state.variable(cell.key, cell.dtype, cell.dims, cell.resource)]
        if op._type in ("Switch", "RefSwitch"):
            data, predicate = op._inputs
            taken = bool(values.to_numbers(self.read(predicate)))
            value = self.env[data]
            return [DEAD, value] if taken else [value, DEAD]
        if op._type == "NoOp":
            return []
        if op._type in LOOP_OPS:
            return [self.env[op._inputs[0]]]
        if op._type in READS_REFERENCE and isinstance(self.env[op._inputs[0]], Variable):
            # A read of a reference is the variable: whoever uses it sees the value of that time.
            return [self.env[op._inputs[0]]]
        if op._type == "Assign" and not op.attr("validate_shape"):
            self._keep_reads(self.env[op._inputs[0]])
        return self._call(op)

    def _keep_reads(self, variable: Any) -> None:
        """Has reads keep what they saw; see `Lowering._keep_reads`."""
        if variable.value is None:
            return
        for t, v in self.env.items():
            if v is variable and not t._dtype._is_ref_dtype:
                self.env[t] = variable.read()

    def _merge(self, op: Operation) -> Sequence[Any]:
        if not any(c in self.dead for c in op._control_inputs):
            for i, t in enumerate(op._inputs):
                if self.env.get(t, DEAD) is not DEAD:
                    return [self.env[t], torch.tensor(i, dtype=torch.int32)]
        self.dead.add(op)
        return [DEAD, DEAD]

    def _call(self, op: Operation) -> Sequence[Any]:
        entry = op._entry
        if entry is None or not entry.has_kernel:
            raise errors.UnimplementedError(None, None, f"no kernel for op type {op.type}")
        on_host = runs_on_host(op, entry)
        if not on_host and entry.numpy_kernel is not None and op._inputs:
            # A scalar variable's value is a NumPy scalar, here as in a plan.
            takes_cell = entry.signature.inputs[0].is_ref or op._inputs[0]._dtype is dtypes.resource
            on_host = takes_cell and _host_cell(self.env[op._inputs[0]])
        if on_host:
            kernel = entry.numpy_kernel
        else:
            kernel = entry.chooser(op) if entry.chooser is not None else entry.torch_kernel
        assert kernel is not None
        args = self._arguments(op, entry, on_host)
        keywords = {k: self.state if v is SESSION else v for k, v in keyword_values(op, kernel)}
        if not on_host:
            kernel = by_int64(kernel, op, entry)
        with np.errstate(all="ignore"):
            try:
                result = kernel(*args, **keywords)
            except Exception as error:
                raise failures.retold(error, op, args) from None
        outputs = entry.signature.outputs
        if not op._outputs:
            return []
        results = [result] if len(outputs) == 1 and not outputs[0].is_list else list(result)
        return [self._home(t, r) for t, r in zip(op._outputs, results, strict=True)]

    def _home(self, tensor: Tensor, value: Any) -> Any:
        if tensor._dtype._is_ref_dtype or tensor._dtype in values.OBJECT_DTYPES:
            return value
        return value if values.on_host(tensor._dtype) else values.to_torch(value)

    def _arguments(self, op: Operation, entry: Entry, on_host: bool) -> list[Any]:
        args: list[Any] = []
        position = 0
        for i, arg in enumerate(entry.signature.inputs):
            if not arg.is_list:
                args.append(self._argument(entry, i, op._inputs[position], arg.is_ref, on_host))
                position += 1
                continue
            attr = op._attrs[arg.number_attr or arg.type_list_attr or ""]
            count = attr if isinstance(attr, int) else len(attr)
            tensors = op._inputs[position : position + count]
            args.append([self._argument(entry, i, t, arg.is_ref, on_host) for t in tensors])
            position += count
        return args

    def _argument(self, entry: Entry, i: int, tensor: Tensor, is_ref: bool, on_host: bool) -> Any:
        if is_ref or tensor._dtype in values.OBJECT_DTYPES:
            return self.env[tensor]
        value = self.read(tensor)
        if i in entry.host:
            return values.to_numbers(value)
        if on_host or values.on_host(tensor._dtype):
            return values.to_array(value)
        return values.to_torch(value)


def _host_cell(value: Any) -> bool:
    return isinstance(value, Variable) and (value.dims == () or values.on_host(value.dtype))


def runs_on_host(op: Operation, entry: Entry) -> bool:
    """Whether a node needs its NumPy kernel: it has no other, or an element type has no torch
    arithmetic."""
    if entry.numpy_kernel is None:
        return False
    if entry.torch_kernel is None and entry.chooser is None or moves_handles(op):
        return True
    return any(
        values.on_host(t._dtype)
        for t in (*op._inputs, *op._outputs)
        if t._dtype is not dtypes.resource
    )
