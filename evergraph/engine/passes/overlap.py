"""What may wait for each other in one run does: Python functions, and users of one queue.

TensorFlow runs them in several threads. Here a call that another one may follow begins in a thread
of its own; the steps after it wait for it only a moment, so that quick calls still run in the
plan's order.
"""

import contextvars
import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from evergraph.engine.plan import OBJECT, Plan, Step, Value
from evergraph.graph.operation import Operation
from evergraph.kernels.deadline import time_left, time_limit

_FUNCTIONS = ("PyFunc", "PyFuncStateless", "EagerPyFunc")
_QUEUES = ("QueueEnqueue", "QueueDequeue")
_MOMENT = 0.02
"""Seconds that a call has before others go on."""


class _Begun:
    """A call of a kernel in a thread of its own."""

    def __init__(self, kernel: Callable[..., Any], args: Any, keywords: dict[str, Any]) -> None:
        self._result: Any = None
        self._error: BaseException | None = None
        context, left = contextvars.copy_context(), time_left()

        def work() -> None:
            try:
                with torch.inference_mode(), np.errstate(all="ignore"):
                    if left is None:
                        self._result = kernel(*args, **keywords)
                    else:
                        with time_limit(left):
                            self._result = kernel(*args, **keywords)
            except BaseException as error:
                self._error = error

        self._thread = threading.Thread(target=context.run, args=(work,), daemon=True)
        self._thread.start()
        self._thread.join(_MOMENT)

    def result(self) -> Any:
        """What the kernel gave, or its error."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result


def overlap(plan: Plan) -> Plan:
    """The plan with calls begun early whose results later calls of their group do not need."""
    steps, groups = plan.steps, dict[Any, list[int]]()
    for i, step in enumerate(steps):
        group = _group(step)
        if group is not None:
            groups.setdefault(group, []).append(i)
    ends: dict[int, list[Step]] = {}
    begun: dict[int, Step] = {}
    for calls in groups.values():
        for i in calls[:-1]:
            end = _first_user(steps, i)
            if any(i < other < end for other in calls):
                begun[i], finish = _split(steps[i])
                ends.setdefault(end, []).append(finish)
    if not begun:
        return plan
    found: list[Step] = []
    for i, step in enumerate(steps):
        found += [*ends.get(i, ()), begun.get(i, step)]
    return dataclasses.replace(plan, steps=(*found, *ends.get(len(steps), ())))


def _group(step: Step) -> Any:
    """What a step has in common with those that it may wait for; None if it does not wait."""
    if step.kind != "call" or step.guard:
        return None
    if step.node._type in _FUNCTIONS:
        return "functions"
    return step.node._inputs[0] if step.node._type.startswith(_QUEUES) else None


def _first_user(steps: tuple[Step, ...], start: int) -> int:
    """The position of the first step that comes after the one at `start` in the graph, or may."""
    others: set[Operation] = set()
    for i in range(start + 1, len(steps)):
        step = steps[i]
        if step.loop is not None or _comes_after(step.node, steps[start].node, others):
            return i
    return len(steps)


def _comes_after(node: Operation, first: Operation, others: set[Operation]) -> bool:
    """Whether a node needs `first`, through nodes too that leave no steps; `others` do not, and
    are more afterwards if it does not either."""
    waiting = [node]
    while waiting:
        op = waiting.pop()
        if op is first:
            return True
        if op not in others:
            others.add(op)
            waiting += [t._op for t in op._inputs]
            waiting += op._control_inputs
    return False


def _split(step: Step) -> tuple[Step, Step]:
    """A step that begins a call, and one that takes its results."""

    def begin(*args: Any, **keywords: Any) -> _Begun:
        return _Begun(step.kernel, args, keywords)

    def finish(call: _Begun, *args: Any) -> Any:
        # The arguments are named here so that nothing writes over them before.
        return call.result()

    call = Value(f"call_{step.node._id}", OBJECT)
    first = dataclasses.replace(step, kernel=begin, outputs=(call,), unpack="one", effect=True)
    last = dataclasses.replace(
        step, kernel=finish, args=(call, *step.args), keywords=(), effect=True
    )
    return first, last
