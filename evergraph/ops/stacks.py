"""Stacks, which live as long as a run: what loops keep for their gradients.

Each kind is there twice, with a resource handle and, for older graphs, with a reference. A handle
is the stack itself.
"""

import itertools
from typing import Any

from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.op_summary import type_name
from evergraph.graph.registry import op
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_NAME = "elem_type: type; stack_name: string = ''"
_PUSH = "T: type; swap_memory: bool = false"
_POP = "elem_type: type"

stack_v2_op = op(
    "StackV2(max_size: int32) -> handle: resource", _NAME, stateful=True, host=["max_size"]
)
stack_push_v2_op = op("StackPushV2(handle: resource, elem: T) -> output: T", _PUSH, stateful=True)
stack_pop_v2_op = op(
    "StackPopV2(handle: resource) -> elem: elem_type", _POP, stateful=True, held=True
)
stack_close_v2_op = op("StackCloseV2(handle: resource)", stateful=True)
stack_op = op("Stack() -> handle: Ref(string)", _NAME, stateful=True)
stack_push_op = op("StackPush(handle: Ref(string), elem: T) -> output: T", _PUSH)
stack_pop_op = op("StackPop(handle: Ref(string)) -> elem: elem_type", _POP, held=True)
stack_close_op = op("StackClose(handle: Ref(string))")

# Stacks are told apart by a number in their names, over the whole process.
_numbers = itertools.count()


class Stack:
    """A stack of one run, for values of one type; `limit` is None for any number of them."""

    __slots__ = ("closed", "elem_type", "limit", "name", "values")

    def __init__(self, name: str, elem_type: Any, limit: int | None) -> None:
        self.name = f"{name}_{next(_numbers)}"
        self.elem_type = elem_type
        self.limit = limit
        self.values: list[Any] = []
        self.closed = False

    def complain(self, text: str) -> None:
        raise InvalidArgumentError(None, None, f"Stack[{self.name}] {text}")

    def check_open(self) -> None:
        if self.closed:
            self.complain("has already been closed.")


@stack_op.shape
@stack_v2_op.shape
def stack_shape(node: Any) -> Dims:
    # The handle's, which TensorFlow says even of resources, which are scalars.
    return (2,)


@stack_push_op.shape
@stack_push_v2_op.shape
def stack_push_shape(node: Any) -> Dims:
    return node.inputs[1].dims


@stack_pop_op.shape
@stack_pop_v2_op.shape
def stack_pop_shape(node: Any) -> Dims:
    return None


@stack_close_op.shape
@stack_close_v2_op.shape
def stack_close_shape(node: Any) -> list[Dims]:
    dims = shape_rules.with_rank(node.inputs[0].dims, 1)
    if dims is not None:
        shape_rules.with_value(dims[0], 2)
    return []


@stack_v2_op.kernel
def stack_v2_kernel(max_size: int, *, node: Any, elem_type: Any, stack_name: str) -> Stack:
    return Stack(stack_name or node.name, elem_type, max_size if max_size >= 0 else None)


@stack_op.kernel
def stack_kernel(*, node: Any, elem_type: Any, stack_name: str) -> Stack:
    return Stack(stack_name or node.name, elem_type, None)


@stack_push_op.kernel
@stack_push_v2_op.kernel
def stack_push_kernel(handle: Stack, elem: Any, *, T: Any) -> Any:
    if handle.elem_type != T:
        raise InvalidArgumentError(
            None, None, f"Must have type {type_name(handle.elem_type)} but got {type_name(T)}"
        )
    handle.check_open()
    if handle.limit is not None and len(handle.values) >= handle.limit:
        handle.complain(f"overflowed its max_size ({handle.limit})")
    handle.values.append(elem)
    return elem


@stack_pop_op.kernel
@stack_pop_v2_op.kernel
def stack_pop_kernel(handle: Stack) -> Any:
    handle.check_open()
    if not handle.values:
        handle.complain("is empty when calling Pop().")
    return handle.values.pop()


@stack_close_op.kernel
@stack_close_v2_op.kernel
def stack_close_kernel(handle: Stack) -> None:
    handle.values.clear()
    handle.closed = True


for _entry in (stack_op, stack_push_op, stack_pop_op, stack_close_op):
    _entry.not_differentiable()
