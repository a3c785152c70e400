"""Iterators whose elements go to several devices in turn: MultiDeviceIterator and its like."""

import itertools
from typing import Any

import numpy as np

from evergraph.base.errors import NotFoundError
from evergraph.graph.registry import op
from evergraph.kernels.data.dealing import DealingIterator
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules
from evergraph.ops.dataset_arguments import TYPED, dataset_of
from evergraph.ops.shape_rules import Dims

_count = itertools.count()
_OF = "multi_device_iterator: resource"
iterator_op = op(
    "MultiDeviceIterator() -> handle: resource",
    f"devices: list(string) >= 1; shared_name: string; container: string; {TYPED}",
    stateful=True,
)
anonymous_op = op(
    "AnonymousMultiDeviceIterator() -> handle: resource, deleter: variant",
    f"devices: list(string) >= 1; {TYPED}",
    stateful=True,
)
init_op = op(
    f"MultiDeviceIteratorInit(dataset: variant, {_OF}, max_buffer_size: int64) -> "
    "incarnation_id: int64",
    stateful=True,
)
get_next_op = op(
    f"MultiDeviceIteratorGetNextFromShard({_OF}, shard_num: int32, incarnation_id: int64) -> "
    "components: list(output_types)",
    TYPED,
    stateful=True,
    held=True,
)
to_string_op = op(
    f"MultiDeviceIteratorToStringHandle({_OF}) -> string_handle: string", stateful=True
)
from_string_op = op(
    f"MultiDeviceIteratorFromStringHandle(string_handle: string) -> {_OF}",
    "output_types: list(type) >= 0 = []; output_shapes: list(shape) >= 0 = []",
    stateful=True,
)
delete_op = op(
    f"DeleteMultiDeviceIterator({_OF}, iterators: N * resource, deleter: variant)",
    "N: int >= 0",
    stateful=True,
)
for _entry in (iterator_op, init_op, to_string_op, from_string_op):
    _entry.shape(shape_rules.scalar)
for _entry in (iterator_op, anonymous_op, init_op, get_next_op, to_string_op, from_string_op):
    _entry.not_differentiable()
anonymous_op.shape(lambda node: [(), ()])
delete_op.shape(shape_rules.no_outputs)


@get_next_op.shape
def get_next_shape(node: Any) -> list[Dims]:
    return list(node.attr("output_shapes"))


@iterator_op.numpy
def iterator_kernel(
    *,
    node: Any,
    session: Any,
    devices: list[str],
    shared_name: str,
    container: str,
    output_types: Any,
    output_shapes: Any,
) -> DealingIterator:
    name = shared_name or node.name

    def make() -> DealingIterator:
        return DealingIterator(session, name, len(devices), output_types, output_shapes)

    found: DealingIterator = session.slot(("multi device iterator", container, name), make)
    found.check(output_types, output_shapes)
    return found


@anonymous_op.numpy
def anonymous_kernel(
    *, session: Any, devices: list[str], output_types: Any, output_shapes: Any
) -> Any:
    name = f"AnonymousMultiDeviceIterator{next(_count)}"
    found = DealingIterator(session, name, len(devices), output_types, output_shapes)
    return found, found


@init_op.numpy
def init_kernel(dataset: Any, iterator: DealingIterator, size: Any) -> np.int64:
    return np.int64(iterator.begin(dataset_of(dataset)))


@get_next_op.numpy
def get_next_kernel(iterator: DealingIterator, shard: Any, incarnation: Any) -> Any:
    return tuple(iterator.take(int(shard), int(incarnation)))


def _known(session: Any) -> dict[str, DealingIterator]:
    """The iterators that have string handles."""
    known: dict[str, DealingIterator] = session.slot(("multi device iterators",), dict)
    return known


@to_string_op.numpy
def to_string_kernel(iterator: DealingIterator, *, session: Any) -> Any:
    _known(session)[iterator.name] = iterator
    return np.array(iterator.name.encode(), object)


@from_string_op.numpy
def from_string_kernel(
    handle: Any, *, session: Any, output_types: Any, output_shapes: Any
) -> DealingIterator:
    if np.ndim(handle):
        raise invalid("string_handle must be a scalar")
    name = np.asarray(handle, object).item().decode()
    found = _known(session).get(name)
    if found is None:
        kind = "N10tensorflow4data12_GLOBAL__N_119MultiDeviceIteratorE"
        raise NotFoundError(None, None, f"Resource localhost/{name}/{kind} does not exist.")
    if output_types:
        found.check(output_types, output_shapes or None)
    return found


@delete_op.numpy
def delete_kernel(iterator: DealingIterator, iterators: list[Any], deleter: Any) -> None:
    iterator.cancel_all()
