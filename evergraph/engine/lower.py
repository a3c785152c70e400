"""Lowering: nodes to steps. Decides where each value lives, folds constants, and recovers branches.

* A node runs with its NumPy kernel where it has no other, where an element type has no torch
arithmetic, and where
  everything about it is a scalar or a short shape vector that lives on the host already.
* A node whose inputs are constants runs now; shape ops of known shapes are constants too.
* Switch and Merge leave no steps but the choice: what depends on a Switch output carries a guard.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from evergraph.base import dtypes, errors
from evergraph.engine import values
from evergraph.engine.cell_kernel import kernel_for_any_cell
from evergraph.engine.frames import Unstructured
from evergraph.engine.plan import (
    NUMPY,
    OBJECT,
    TORCH,
    Arg,
    Cell,
    Const,
    Guard,
    Literal,
    Step,
    Value,
)
from evergraph.engine.tokens import LOOP_OPS
from evergraph.engine.unsigned import by_int64
from evergraph.graph.constant import const_value
from evergraph.graph.operation import Operation
from evergraph.graph.registry import Entry, keyword_names
from evergraph.graph.static_value import evaluate
from evergraph.graph.tensor import Tensor

VARIABLE_OPS = {"VariableV2": False, "Variable": False, "VarHandleOp": True}
"""Ops whose output is a variable of the session: op type -> whether it is a resource."""

READS_REFERENCE = frozenset(["Identity", "Snapshot"])
_RENAMES = frozenset(["Identity", "Snapshot", "StopGradient", "PreventGradient"])
_PASSES_ON = frozenset(["Identity", "Switch", "RefSwitch"])
_SHAPE_OPS = frozenset(["Shape", "ShapeN", "Size", "Rank"])
"""Ops that only look at their input's shape, wherever it lives."""
_SMALL = 16
_FOLD_LIMIT = 1 << 16


def variable_cell(op: Operation) -> Cell:
    """The variable that a variable op stands for."""
    shared = op._attrs.get("shared_name") or op._name
    container = op._attrs.get("container") or ""
    key = f"{container}/{shared}" if container else shared
    resource = VARIABLE_OPS[op._type]
    return Cell(key, op.attr("dtype"), op.attr("shape"), resource)


def host_variable(cell: Cell) -> bool:
    """Whether a variable's value is a NumPy value: a rank-0 number, or of a type torch lacks."""
    return cell.dims == () or values.on_host(cell.dtype)


class Lowering:
    """The state of one lowering."""

    def __init__(self, fed: dict[Tensor, Value]) -> None:
        # The steps of the graph itself, and of each loop around what is being lowered.
        self.levels: list[list[Step]] = [[]]
        # What is certain in each of them, for the loops run only then.
        self.holds: list[Guard] = [frozenset()]
        self.level_of: dict[Tensor, int] = {}
        # What a loop takes from outside, under the name that it has inside.
        self.taken: dict[Tensor, Tensor] = {}
        # Where elements of a stack live: where the first one came from.
        self.stacks: dict[Tensor, tuple[str, Operation]] = {}
        self.at: dict[tuple[Tensor, str], Arg] = {}
        self.cells: dict[Tensor, Arg] = {}
        self.guards: dict[Any, Guard] = {}
        # Which input a Merge took: the predicate, and the numbers where it is true and false.
        self.choices: dict[Tensor, tuple[Tensor, tuple[int, int]]] = {}
        self.roots: dict[Tensor, str] = {}
        self.fed = fed
        self.counter = 0
        self.reads: dict[tuple[Cell, str], Arg] = {}
        # Scalars that static shapes do not tell.
        self.scalars: set[Tensor] = set()
        for tensor, value in fed.items():
            self._feed(tensor, value)

    def _feed(self, tensor: Tensor, value: Value) -> None:
        for place in (TORCH, NUMPY, OBJECT):
            self.at.pop((tensor, place), None)
        self.cells.pop(tensor, None)
        self.at[tensor, value.place] = value
        self.roots[tensor] = "feed"

    def keep_feeds(self, op: Operation) -> None:
        """Puts fed values back after a node ran that gives them too."""
        for tensor in op._outputs:
            if tensor in self.fed:
                self._feed(tensor, self.fed[tensor])

    # -- levels

    @property
    def steps(self) -> list[Step]:
        """The steps of the innermost loop, or of the graph itself."""
        return self.levels[-1]

    def resolve(self, tensor: Tensor) -> Tensor:
        """The tensor outside that stands behind a loop's name for it."""
        while tensor in self.taken:
            tensor = self.taken[tensor]
        return tensor

    def begin_loop(self, guard: Guard) -> None:
        """Steps from now on are those of a loop, which runs only where `guard` holds."""
        self.levels.append([])
        self.holds.append(self.holds[-1] | guard)
        self.reads.clear()

    def end_loop(self) -> list[Step]:
        """The steps of the loop that ends here."""
        self.reads.clear()
        self.holds.pop()
        return self.levels.pop()

    def forget(self, tensor: Tensor) -> None:
        """Undoes what is known of a tensor."""
        for place in (NUMPY, TORCH, OBJECT, "number"):
            self.at.pop((tensor, place), None)
        self.cells.pop(tensor, None)
        self.taken.pop(tensor, None)
        self.scalars.discard(tensor)

    # -- values

    def new_value(self, place: str, tensor: Tensor | None) -> Value:
        self.counter += 1
        return Value(f"t{self.counter}", place, tensor)

    def cell_of(self, tensor: Tensor) -> Arg:
        tensor = self.resolve(tensor)
        found = self.cells.get(tensor)
        if found is None:
            found = self.at.get((tensor, OBJECT))
        if found is None:
            raise Unstructured(tensor.name)
        return found

    def place_of(self, tensor: Tensor) -> str:
        """Where the tensor's value is already."""
        tensor = self.resolve(tensor)
        for place in (NUMPY, TORCH, OBJECT):
            if (tensor, place) in self.at:
                return place
        cell = self.cells.get(tensor)
        if cell is not None:
            return NUMPY if isinstance(cell, Cell) and host_variable(cell) else TORCH
        raise KeyError(tensor.name)

    def const_of(self, tensor: Tensor) -> Const | None:
        """The tensor's value if it is known now, on the host."""
        found = self.at.get((self.resolve(tensor), NUMPY))
        return found if isinstance(found, Const) else None

    def need(self, tensor: Tensor, place: str) -> Arg:
        """The tensor's value at `place`, brought there by a step if need be."""
        tensor = self.resolve(tensor)
        found = self.at.get((tensor, place))
        if found is not None:
            return found
        if tensor in self.cells:
            return self._read(tensor, place)
        const = self.const_of(tensor)
        if const is not None and place == TORCH:
            bound: Arg = Const(values.from_array(np.array(const.value)), TORCH, tensor)
            self.at[tensor, TORCH] = bound
            return bound
        source = self.at[tensor, self.place_of(tensor)]
        return self._convert(tensor, source, place)

    def _convert(self, tensor: Tensor, source: Arg, place: str) -> Arg:
        kernel = values.to_torch if place == TORCH else values.to_array
        result = self._emit_move(tensor, kernel, source, place)
        self.at[tensor, place] = result
        return result

    def _read(self, tensor: Tensor, place: str) -> Arg:
        """Reads a reference. The value is good until the next step that may write the variable."""
        cell = self.cells[tensor]
        known = self.reads.get((cell, place)) if isinstance(cell, Cell) else None
        if known is not None:
            return known
        home = NUMPY if isinstance(cell, Cell) and host_variable(cell) else TORCH
        guard = self.guards.get(tensor, frozenset())
        result = self._emit_move(tensor, read_cell, cell, home, here=True)
        if home != place:
            kernel = values.to_torch if place == TORCH else values.to_array
            result = self._emit_move(tensor, kernel, result, place, here=True)
        if not guard and isinstance(cell, Cell):
            self.reads[cell, place] = result
        return result

    def _emit_move(
        self,
        tensor: Tensor,
        kernel: Callable[..., Any],
        source: Arg,
        place: str,
        here: bool = False,
    ) -> Value:
        """Adds a step that moves a value: where the value is made, so that loops need not repeat
        it, or `here`."""
        result = self.new_value(place, tensor)
        kind = "read" if kernel is read_cell else "move"
        guard = self.guards.get(tensor, frozenset())
        step = Step(tensor._op, kernel, (source,), (), (result,), "one", guard, kind=kind)
        self.levels[-1 if here else self.level_of.get(tensor, 0)].append(step)
        return result

    def number(self, tensor: Tensor) -> Arg:
        """The tensor's value as Python numbers: a literal where it is known."""
        tensor = self.resolve(tensor)
        const = self.const_of(tensor)
        if const is not None:
            return Literal(values.to_numbers(const.value))
        source = self.at.get((tensor, "number"))
        if source is None:
            raw = self.need(tensor, self.place_of(tensor))
            is_read = tensor in self.cells
            result = self._emit_move(tensor, values.to_numbers, raw, "number", here=is_read)
            if not is_read:
                self.at[tensor, "number"] = result
            source = result
        return source

    # -- nodes

    def lower(self, op: Operation) -> None:
        """Adds the steps of one node."""
        guard = self.guard_of(op)
        if guard is None:
            return self.kill(op)
        for t in op._outputs:
            self.guards[t] = guard
            self.level_of[t] = len(self.levels) - 1
        self.guards[op] = guard
        kind = op._type
        if kind == "Const":
            self._constant(op._outputs[0], const_value(op))
        elif kind in VARIABLE_OPS:
            self.cells[op._outputs[0]] = variable_cell(op)
        elif kind in ("Switch", "RefSwitch"):
            self._switch(op, guard)
        elif kind in ("Merge", "RefMerge"):
            self._merge(op)
        elif kind in ("NoOp", "ControlTrigger"):
            pass
        elif kind in LOOP_OPS:
            raise Unstructured(op.name)
        elif kind in STACK_OPS:
            STACK_OPS[kind](self, op, guard)
        elif kind in READS_REFERENCE and self.resolve(op._inputs[0]) in self.cells:
            # The value is the variable's, at the time of each use: so it is in TensorFlow, where
            # the read shares the variable's memory and updates write into it.
            self.cells[op._outputs[0]] = self.cells[self.resolve(op._inputs[0])]
            self.roots[op._outputs[0]] = "cell"
        elif kind in _RENAMES and self.resolve(op._inputs[0]) not in self.cells:
            self.alias(op._outputs[0], op._inputs[0])
        elif not self._fold(op):
            self._call(op, guard)

    def kill(self, op: Operation) -> None:
        """A node that two contradicting branches feed never runs."""
        for t in op._outputs:
            self.guards[t] = NEVER
        self.guards[op] = NEVER

    def guard_of(self, op: Operation) -> Guard | None:
        if op._type in ("Merge", "RefMerge", "ControlTrigger"):
            return frozenset()
        pairs: set[tuple[Any, bool]] = set()
        for t in op._inputs:
            if t not in self.fed:
                pairs |= self.guards[t]
        for c in op._control_inputs:
            pairs |= self.guards.get(c, frozenset())
        if any((p, not b) in pairs for p, b in pairs) or NEVER <= pairs:
            return None
        return frozenset(pairs)

    def _constant(self, tensor: Tensor, value: Any) -> None:
        self.at[tensor, NUMPY] = Const(value, NUMPY, tensor)
        self.roots[tensor] = "const"

    def _switch(self, op: Operation, guard: Guard) -> None:
        data = op._inputs[0]
        predicate, holds = self._predicate(op._inputs[1])
        const = self.const_of(predicate)
        key: Any = bool(const.value) if const is not None else predicate
        if const is None:
            self.number(predicate)
        for side, tensor in enumerate(op._outputs):
            branch = bool(side) == holds
            known = key if isinstance(key, bool) else self._known_branch(predicate)
            if known is not None:
                # One side is as if there were no Switch, the other never runs.
                self.guards[tensor] = guard if known == branch else NEVER
            else:
                self.guards[tensor] = guard | {(predicate, branch)}
            self.alias(tensor, data)

    def _predicate(self, condition: Tensor) -> tuple[Tensor, bool]:
        """The predicate that a Switch hangs on, and what it is where `condition` is true.

        Gradients of a Merge ask which of its inputs came, so that those of gradients of nested
        conditions branch on the same predicates by other names.
        """
        condition = self.origin(condition)
        if condition._op._type == "Equal" and condition not in self.fed:
            first, second = condition._op._inputs
            for which, number in ((first, second), (second, first)):
                choice, const = self.choices.get(self.origin(which)), self.const_of(number)
                if choice is not None and const is not None and const.value.shape == ():
                    if int(const.value) in choice[1]:
                        return choice[0], int(const.value) == choice[1][0]
        return condition, True

    def _known_branch(self, predicate: Tensor) -> bool | None:
        """What a predicate is inside a loop that runs only where it is so."""
        return next((branch for p, branch in self.holds[-1] if p is predicate), None)

    def origin(self, tensor: Tensor) -> Tensor:
        """The tensor whose value this is: the same condition comes by many names."""
        tensor = self.resolve(tensor)
        while tensor not in self.fed and tensor._op._type in _PASSES_ON:
            tensor = self.resolve(tensor._op._inputs[0])
        return tensor

    def alias(self, tensor: Tensor, source: Tensor) -> None:
        """`tensor` is `source` under another name."""
        source = self.resolve(source)
        self.roots[tensor] = self.roots.get(source, "cell")
        if source.dims == () or source in self.scalars:
            self.scalars.add(tensor)
        if self.level_of.get(source, 0) < self.level_of.get(tensor, 0):
            self.taken[tensor] = source
            return
        if source in self.cells:
            self.cells[tensor] = self.cells[source]
        for place in (NUMPY, TORCH, OBJECT, "number"):
            if (source, place) in self.at:
                self.at[tensor, place] = self.at[source, place]

    def _merge(self, op: Operation) -> None:
        live = [(i, t, self.guards.get(t, frozenset())) for i, t in enumerate(op._inputs)]
        live = [(i, t, g) for i, t, g in live if not NEVER <= g]
        if not live:
            return self.kill(op)
        control: set[tuple[Any, bool]] = set()
        for c in op._control_inputs:
            control |= self.guards.get(c, frozenset())
        output, index = op._outputs
        if len(live) == 1:
            i, t, guard = live[0]
            self.alias(output, t)
            self._constant(index, np.int32(i))
            for result in (output, index, op):
                self.guards[result] = guard | frozenset(control)
            return
        if len(live) != 2:
            raise Unstructured(op.name)
        (i, a, ga), (j, b, gb) = live
        split = [(p, br) for p, br in ga if (p, not br) in gb]
        if len(split) != 1 or ga - {split[0]} != gb - {(split[0][0], not split[0][1])}:
            raise Unstructured(op.name)
        predicate, branch = split[0]
        guard = (ga - {split[0]}) | frozenset(control)
        for result in (output, index, op):
            self.guards[result] = guard
        self._choose(
            op, predicate, (a, b) if branch else (b, a), (i, j) if branch else (j, i), guard
        )

    def _choose(
        self,
        op: Operation,
        predicate: Tensor,
        pair: tuple[Tensor, Tensor],
        index: tuple[int, int],
        guard: Guard,
    ) -> None:
        condition = self.number(predicate)
        output, where = op._outputs
        if output._dtype._is_ref_dtype or output._dtype in values.OBJECT_DTYPES:
            place = OBJECT
            sides = [self.cell_of(t) for t in pair]
        else:
            both_host = all(self.place_of(t) == NUMPY for t in pair)
            place = NUMPY if both_host else TORCH
            sides = [self.need(t, place) for t in pair]
        result = self.new_value(place, output)
        self.steps.append(
            Step(op, choose, (condition, *sides), (), (result,), "one", guard, kind="choose")
        )
        if output._dtype._is_ref_dtype:
            self.cells[output] = result
        else:
            self.at[output, place] = result
        self.roots[output] = "merge"
        self.choices[where] = predicate, index
        number = self.new_value(NUMPY, where)
        options = [Const(np.int32(i), NUMPY) for i in index]
        self.steps.append(
            Step(op, choose, (condition, *options), (), (number,), "one", guard, kind="choose")
        )
        self.at[where, NUMPY] = number

    # -- folding

    def _fold(self, op: Operation) -> bool:
        """Computes the node now if it hangs on constants alone."""
        entry = op._entry
        if entry is None or entry.signature.is_stateful or len(op._outputs) == 0:
            return False
        if op._type in _SHAPE_OPS and not any(self.resolve(t) in self.cells for t in op._inputs):
            found = [evaluate(t) for t in op._outputs]
            if all(v is not None for v in found):
                for t, v in zip(op._outputs, found, strict=True):
                    self._constant(t, v)
                return True
        if not op._inputs or op._control_inputs or op._type in ("CheckNumerics", "Placeholder"):
            return False
        if any(t._dtype in values.OBJECT_DTYPES for t in op._outputs):
            return False
        constants = [self.const_of(t) for t in op._inputs]
        if any(c is None for c in constants):
            return False
        if not _may_fold(op):
            return False
        try:
            before = len(self.steps)
            step = self._make_step(op, entry, frozenset())
            results = run_now(step)
        except Exception:
            # The failure belongs to the run, where it is reported with the node.
            del self.steps[before:]
            return False
        del self.steps[before:]
        if any(np.size(values.to_array(result)) > _FOLD_LIMIT for result in results):
            return False
        for t, result in zip(op._outputs, results, strict=True):
            # Without a dtype NumPy would make text of bytes, and drop zeros at its end.
            kind = object if isinstance(result, bytes) else None
            self._constant(t, np.asarray(values.to_array(result), kind))
        return True

    # -- calls

    def _call(self, op: Operation, guard: Guard) -> None:
        entry = op._entry
        if entry is None or not entry.has_kernel:
            raise errors.UnimplementedError(
                op.node_def, op, f"Op type {op.type} has no kernel in evergraph (node '{op.name}')"
            )
        if op._type == "Assign" and not op.attr("validate_shape"):
            self._keep_reads(self.cell_of(op._inputs[0]))
        step = self._make_step(op, entry, guard)
        self.steps.append(step)
        for cell in {a for a in step.args if isinstance(a, Cell)}:
            for place in (NUMPY, TORCH):
                self.reads.pop((cell, place), None)
        for tensor, value in zip(op._outputs, step.outputs, strict=True):
            if value is not None:
                self.at[tensor, value.place] = value
                self.roots[tensor] = self._root(op, entry)

    def _keep_reads(self, cell: Arg) -> None:
        """Has reads keep what they saw: an assignment of another shape gives the variable memory of
        its own, and they have the old one."""
        if not isinstance(cell, Cell):
            return
        place = NUMPY if host_variable(cell) else TORCH
        for tensor in [t for t, c in self.cells.items() if c == cell]:
            if tensor._dtype._is_ref_dtype:
                continue
            if self.level_of.get(tensor) == len(self.levels) - 1:
                self.at[tensor, place] = self._read(tensor, place)
                del self.cells[tensor]

    def call(self, op: Operation, args: tuple[Arg, ...], guard: Guard, place: str) -> None:
        """Adds a step with one output at `place`, whose kernel is indifferent to where values
        are."""
        assert op._entry is not None
        kernel = op._entry.torch_kernel or op._entry.numpy_kernel
        assert kernel is not None
        (tensor,) = op._outputs
        result = self.new_value(place, tensor)
        keywords = keyword_values(op, kernel)
        self.steps.append(Step(op, kernel, args, keywords, (result,), "one", guard, True))
        self.at[tensor, place] = result
        self.roots[tensor] = "stack"

    def _root(self, op: Operation, entry: Entry) -> str:
        if entry.view and op._inputs:
            return self.roots.get(self.resolve(op._inputs[0]), "cell")
        return "held" if entry.held else "fresh"

    def _make_step(self, op: Operation, entry: Entry, guard: Guard) -> Step:
        on_host = self._runs_on_host(op, entry)
        kernel: Callable[..., Any]
        if on_host:
            assert entry.numpy_kernel is not None
            kernel = entry.numpy_chooser(op) if entry.numpy_chooser else entry.numpy_kernel
        elif entry.chooser is not None:
            kernel = entry.chooser(op)
        else:
            assert entry.torch_kernel is not None
            kernel = entry.torch_kernel
        args = self._arguments(op, entry, NUMPY if on_host else TORCH)
        keywords = keyword_values(op, kernel)
        if not on_host and entry.numpy_kernel is not None and _takes_unknown_cell(op, args):
            others = keyword_values(op, entry.numpy_kernel)
            keywords += tuple(item for item in others if item not in keywords)
            kernel = kernel_for_any_cell(kernel, entry.numpy_kernel)
        if not on_host:
            kernel = by_int64(kernel, op, entry)
        outputs = self._outputs(op, on_host)
        signature = entry.signature
        if not op._outputs:
            unpack = "none"
        elif len(signature.outputs) == 1 and not signature.outputs[0].is_list:
            unpack = "one"
        else:
            unpack = "many"
        effect = signature.is_stateful or not op._outputs or op._input_types_val is not None
        effect = effect or op._type in ("CheckNumerics", "EnsureShape")
        return Step(op, kernel, args, keywords, outputs, unpack, guard, effect)

    def _outputs(self, op: Operation, on_host: bool) -> tuple[Value | None, ...]:
        found: list[Value | None] = []
        for t in op._outputs:
            source = self.resolve(op._inputs[0]) if op._inputs else None
            if t._dtype._is_ref_dtype and source in self.cells:
                self.cells[t] = self.cells[source]
                found.append(None)
            elif t._dtype._is_ref_dtype:
                # One of several variables, chosen at run time.
                self.cells[t] = self.new_value(OBJECT, t)
                found.append(self.cells[t])
            elif t._dtype in values.OBJECT_DTYPES:
                found.append(self.new_value(OBJECT, t))
            else:
                found.append(
                    self.new_value(NUMPY if on_host or values.on_host(t._dtype) else TORCH, t)
                )
        return tuple(found)

    def _runs_on_host(self, op: Operation, entry: Entry) -> bool:
        if entry.numpy_kernel is None:
            return False
        if entry.torch_kernel is None and entry.chooser is None or moves_handles(op):
            return True
        tensors = [
            t
            for t in (*op._inputs, *op._outputs)
            if not t._dtype._is_ref_dtype and t._dtype not in values.OBJECT_DTYPES
        ]
        if any(values.on_host(t._dtype) for t in tensors):
            return True
        target = self.cells.get(self.resolve(op._inputs[0])) if op._inputs else None
        if target is not None and _takes_reference(op):
            return isinstance(target, Cell) and host_variable(target)
        if any(t._dtype in values.OBJECT_DTYPES for t in op._inputs):
            return False
        if not op._inputs or not all(self._is_small_on_host(t) for t in op._inputs):
            return False
        if all(is_small(t) for t in op._outputs):
            return True
        if not isinstance(entry.numpy_kernel, np.ufunc):
            return False
        # In a graph read from a file loops' shapes are unknown: scalars make scalars.
        scalars = all(t.dims == () or t in self.scalars for t in op._inputs)
        if scalars:
            self.scalars.update(op._outputs)
        return scalars

    def _is_small_on_host(self, tensor: Tensor) -> bool:
        return (is_small(tensor) or tensor in self.scalars) and self.place_of(tensor) == NUMPY

    def _arguments(self, op: Operation, entry: Entry, place: str) -> tuple[Arg, ...]:
        args: list[Arg] = []
        position = 0
        for i, arg in enumerate(entry.signature.inputs):
            if not arg.is_list:
                args.append(self._argument(op, entry, i, op._inputs[position], arg.is_ref, place))
                position += 1
                continue
            attr = op._attrs[arg.number_attr or arg.type_list_attr or ""]
            count = attr if isinstance(attr, int) else len(attr)
            tensors = op._inputs[position : position + count]
            args.append([self._argument(op, entry, i, t, arg.is_ref, place) for t in tensors])
            position += count
        return tuple(args)

    def _argument(
        self, op: Operation, entry: Entry, i: int, tensor: Tensor, is_ref: bool, place: str
    ) -> Arg:
        if is_ref or tensor._dtype in values.OBJECT_DTYPES:
            return self.cell_of(tensor)
        if i in entry.host:
            return self.number(tensor)
        if op._type in _SHAPE_OPS and self.place_of(tensor) in (NUMPY, TORCH):
            return self.need(tensor, self.place_of(tensor))
        if values.on_host(tensor._dtype):
            return self.need(tensor, NUMPY)
        if place == TORCH and i in entry.scalars and self.place_of(tensor) == NUMPY:
            return self.need(tensor, NUMPY)
        return self.need(tensor, place)


NEVER: Guard = frozenset([("never", True)])


def _push(state: Lowering, op: Operation, guard: Guard) -> None:
    """An element goes onto a stack from where it lives; that is where it will be popped."""
    handle, element = op._inputs
    key = state.origin(handle)
    place = state.place_of(element)
    known = state.stacks.get(key)
    if known is not None and known[1] is not op:
        place = known[0]
    state.stacks[key] = place, op
    args = (state.cell_of(handle), state.need(element, place))
    state.call(op, args, guard, place)


def _pop(state: Lowering, op: Operation, guard: Guard) -> None:
    known = state.stacks.get(state.origin(op._inputs[0]))
    if known is None:
        raise Unstructured(op.name)
    state.call(op, (state.cell_of(op._inputs[0]),), guard, known[0])


STACK_OPS: dict[str, Callable[..., None]] = {
    "StackPushV2": _push,
    "StackPush": _push,
    "StackPopV2": _pop,
    "StackPop": _pop,
}


def _may_fold(op: Operation) -> bool:
    """Whether results are small; or, of unknown sizes, come of few numbers."""
    if any(_size(t) > _FOLD_LIMIT for t in op._outputs):
        return False
    if all(t.dims is not None and None not in t.dims for t in op._outputs):
        return True
    return not any(t._dtype is dtypes.string or _size(t) > _FOLD_LIMIT for t in op._inputs)


def _size(tensor: Tensor) -> int:
    size = 1
    for d in tensor.dims or ():
        size *= d or 1
    return size


def is_small(tensor: Tensor) -> bool:
    """A scalar, or a short vector of whole numbers: what shapes and counters are made of."""
    dims = tensor.dims
    if dims == ():
        return True
    return (
        dims is not None
        and len(dims) == 1
        and dims[0] is not None
        and dims[0] <= _SMALL
        and tensor._dtype.base_dtype.is_integer
    )


def moves_handles(op: Operation) -> bool:
    """Whether a node makes handles of handles: packs them, chooses one. They are object arrays."""
    tensors = (*op._inputs[:1], *op._outputs[:1])
    return len(tensors) == 2 and all(t._dtype is dtypes.resource for t in tensors)


def _takes_reference(op: Operation) -> bool:
    """Whether the node takes its first input as a variable, not as a value."""
    first = op._inputs[0]._dtype
    return first is dtypes.resource or (op._input_types_val is not None and first._is_ref_dtype)


def _takes_unknown_cell(op: Operation, args: Sequence[Any]) -> bool:
    """Whether a node takes a variable as its first input which only the run decides on."""
    if not op._inputs or op._inputs[0]._dtype is not dtypes.resource:
        return False
    return not isinstance(args[0], (Cell, list))


def read_cell(cell: Any) -> Any:
    """The value of a variable."""
    return cell.read()


def choose(condition: Any, a: Any, b: Any) -> Any:
    """`a` where the condition holds, else `b`."""
    return a if condition else b


@functools.lru_cache(maxsize=4096)
def _keywords_of(kernel: Callable[..., Any]) -> tuple[str, ...]:
    return keyword_names(kernel)


class SessionSlot:
    """Stands for the session's state among the keywords of a step, until the plan is bound to a
    session."""


SESSION = SessionSlot()


def keyword_values(op: Operation, kernel: Callable[..., Any]) -> tuple[tuple[str, Any], ...]:
    """The keyword arguments that a kernel asks for by name."""
    found: list[tuple[str, Any]] = []
    for name in _keywords_of(kernel):
        if name == "node":
            found.append((name, op))
        elif name == "session":
            found.append((name, SESSION))
        else:
            found.append((name, op.attr(name)))
    return tuple(found)


def run_now(step: Step) -> list[Any]:
    """Runs a step whose arguments are all known."""

    def plain(arg: Arg) -> Any:
        if isinstance(arg, list):
            return [plain(a) for a in arg]
        if isinstance(arg, (Const, Literal)):
            return arg.value
        raise ValueError("not a constant")

    with torch.no_grad(), np.errstate(all="ignore"):
        result = step.kernel(*[plain(a) for a in step.args], **dict(step.keywords))
    return [result] if step.unpack == "one" else list(result)


def feed_place(tensor: Tensor) -> str:
    """Where a fed tensor's value goes."""
    if tensor._dtype.base_dtype in values.OBJECT_DTYPES:
        return OBJECT
    return NUMPY if values.on_host(tensor._dtype) or tensor.dims == () else TORCH


class Guarded:
    """A fetch that exists only when its branch is taken."""

    __slots__ = ("value", "guard", "tensor")

    def __init__(self, value: Arg, guard: Guard, tensor: Tensor) -> None:
        self.value = value
        self.guard = guard
        self.tensor = tensor
