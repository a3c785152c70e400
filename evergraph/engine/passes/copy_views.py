"""Copies of what TensorFlow copies: its results share the memory of a reference variable where they
are the whole of it, or whole rows of it of aligned size, and nowhere else. Ours are views, which
would follow a later write."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import torch

from evergraph.engine.passes.patterns import Uses, only_reads
from evergraph.engine.plan import Cell, Plan, Value, flat, values_in

_COPIES = frozenset(
    "BroadcastTo ConjugateTranspose Slice Split SplitV StridedSlice Transpose Unpack".split()
)
_ALIGNED = 64  # bytes


def copy_views(plan: Plan) -> Plan:
    """The plan with such views copied as are used, or fetched, after a write of their variable."""
    uses = Uses(plan)
    writes = _writes(plan) if uses.source else {}
    if not writes:
        return plan
    steps = list(plan.steps)
    end = len(steps)
    reach: dict[Value, int] = {v: end for v in uses.fetched}  # of a value and of views of it
    for i in range(end - 1, -1, -1):
        step = steps[i]
        shared = [o for o in step.outputs if o is not None and o in uses.source]
        last = max((reach.get(o, i) for o in shared), default=i)
        if shared and step.kind == "call" and step.node._type in _COPIES:
            if any(i < w < last for w in writes.get(uses.source[shared[0]], ())):
                steps[i] = dataclasses.replace(step, kernel=separate(step.kernel))
                last = i
        for value in values_in(step.args):
            reach[value] = max(reach.get(value, i), last)
    return dataclasses.replace(plan, steps=tuple(steps))


def _writes(plan: Plan) -> dict[Cell, list[int]]:
    """The positions of the steps that may write each variable."""
    found: dict[Cell, list[int]] = {}
    for i, step in enumerate(plan.steps):
        for arg in () if only_reads(step) else flat(step.args):
            if isinstance(arg, Cell):
                found.setdefault(arg, []).append(i)
    return found


@functools.lru_cache(256)
def separate(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel of a view that copies what TensorFlow would."""

    def separated(*args: Any, **keywords: Any) -> Any:
        result = kernel(*args, **keywords)
        whole = next((a for a in args if isinstance(a, torch.Tensor)), None)
        if whole is None:  # on the host, where nothing is shared
            return result
        if isinstance(result, torch.Tensor):
            return _apart(result, whole)
        return [_apart(part, whole) for part in result]

    return separated


def _apart(view: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
    count = whole.numel()
    row = count // whole.shape[0] if whole.dim() and count else 1
    rows = row * whole.element_size() % _ALIGNED == 0 and view.numel() % row == 0
    if view.is_contiguous() and (rows or view.numel() == count):
        return view
    return view.clone(memory_format=torch.contiguous_format)
