"""Iterators over datasets: OneShotIterator, IteratorV2, MakeIterator, IteratorGetNext and the
ops that take a dataset to its end."""

import itertools
import json
from typing import Any

import numpy as np

from evergraph.base.compat import as_str
from evergraph.base.errors import InvalidArgumentError, OpError, OutOfRangeError
from evergraph.graph.operation import Operation
from evergraph.graph.registry import op
from evergraph.kernels.data.functional import reduced
from evergraph.kernels.data.iterating import (
    IteratorResource,
    check_elements,
    registry_of,
)
from evergraph.kernels.data.pipeline import Scope, State
from evergraph.kernels.host import invalid
from evergraph.kernels.optional import Optional
from evergraph.ops import shape_rules
from evergraph.ops.dataset_arguments import TYPED, captured, dataset_of
from evergraph.ops.shape_rules import Dims
from evergraph.proto.framework.tensor_pb2 import VariantTensorDataProto

_count = itertools.count()
# What TensorFlow writes is another state: it cannot be read here, nor the reverse.
_STATE_TYPE = "evergraph.Iterator"

_NAMED = "shared_name: string; container: string; " + TYPED
iterator_op = op("Iterator() -> handle: resource", _NAMED, stateful=True)
iterator_v2_op = op("IteratorV2() -> handle: resource", _NAMED, stateful=True)
anonymous_op = op("AnonymousIterator() -> handle: resource", TYPED, stateful=True)
anonymous_v2_op = op(
    "AnonymousIteratorV2() -> handle: resource, deleter: variant", TYPED, stateful=True
)
one_shot_op = op(
    "OneShotIterator() -> handle: resource",
    f"dataset_factory: func; {TYPED}; container: string = ''; shared_name: string = ''",
    stateful=True,
)
make_op = op("MakeIterator(dataset: variant, iterator: resource)", stateful=True)
delete_op = op("DeleteIterator(handle: resource, deleter: variant)", stateful=True)
get_next_op = op(
    "IteratorGetNext(iterator: resource) -> components: list(output_types)",
    TYPED,
    stateful=True,
    held=True,
)
get_next_sync_op = op(
    "IteratorGetNextSync(iterator: resource) -> components: list(output_types)",
    TYPED,
    stateful=True,
    held=True,
)
to_string_op = op(
    "IteratorToStringHandle(resource_handle: resource) -> string_handle: string", stateful=True
)
_GUESSED = "output_types: list(type) >= 0 = []; output_shapes: list(shape) >= 0 = []"
from_string_op = op(
    "IteratorFromStringHandle(string_handle: string) -> resource_handle: resource",
    _GUESSED,
    stateful=True,
)
from_string_v2_op = op(
    "IteratorFromStringHandleV2(string_handle: string) -> resource_handle: resource",
    _GUESSED,
    stateful=True,
)
get_device_op = op("IteratorGetDevice(resource: resource) -> device: string", stateful=True)
experimental_get_device_op = op(
    "ExperimentalIteratorGetDevice(resource: resource) -> device: string", stateful=True
)
serialize_op = op(
    "SerializeIterator(resource_handle: resource) -> serialized: variant", stateful=True
)
deserialize_op = op(
    "DeserializeIterator(resource_handle: resource, serialized: variant)", stateful=True
)
get_next_as_optional_op = op(
    "IteratorGetNextAsOptional(iterator: resource) -> optional: variant", TYPED, stateful=True
)
single_element_op = op(
    "DatasetToSingleElement(dataset: variant) -> components: list(output_types)",
    TYPED,
    stateful=True,
    held=True,
)
reduce_op = op(
    "ReduceDataset(input_dataset: variant, initial_state: list(Tstate), "
    "other_arguments: list(Targuments)) -> components: list(output_types)",
    "f: func; Tstate: list(type) >= 1; Targuments: list(type) >= 0; "
    f"{TYPED}; use_inter_op_parallelism: bool = true",
    stateful=True,
    held=True,
)
cardinality_op = op("DatasetCardinality(input_dataset: variant) -> cardinality: int64")
experimental_cardinality_op = op(
    "ExperimentalDatasetCardinality(input_dataset: variant) -> cardinality: int64"
)

_SCALARS = (
    iterator_op,
    iterator_v2_op,
    anonymous_op,
    one_shot_op,
    to_string_op,
    from_string_op,
    from_string_v2_op,
    get_device_op,
    experimental_get_device_op,
    serialize_op,
    get_next_as_optional_op,
    cardinality_op,
    experimental_cardinality_op,
)
for _entry in _SCALARS:
    _entry.shape(shape_rules.scalar)
    _entry.not_differentiable()
for _entry in (make_op, delete_op, deserialize_op):
    _entry.shape(shape_rules.no_outputs)
for _entry in (anonymous_v2_op, get_next_op, get_next_sync_op, single_element_op, reduce_op):
    _entry.not_differentiable()
anonymous_v2_op.shape(lambda node: [(), ()])


@get_next_op.shape
@get_next_sync_op.shape
@single_element_op.shape
@reduce_op.shape
def components_shape(node: Any) -> list[Dims]:
    return list(node.attr("output_shapes"))


def _make(session: Any, name: str, output_types: Any, output_shapes: Any) -> IteratorResource:
    return IteratorResource(session, name, output_types, output_shapes)


@iterator_op.numpy
@iterator_v2_op.numpy
def iterator_kernel(
    *,
    node: Operation,
    session: Any,
    shared_name: str,
    container: str,
    output_types: Any,
    output_shapes: Any,
) -> IteratorResource:
    key = ("iterator", container, shared_name or node.name)
    name = shared_name or f"_{next(_count)}_{node.name}"
    found: IteratorResource = session.slot(
        key, lambda: _make(session, name, output_types, output_shapes)
    )
    found.check(output_types, output_shapes)
    return found


@anonymous_op.numpy
def anonymous_kernel(*, session: Any, output_types: Any, output_shapes: Any) -> IteratorResource:
    return _make(session, f"AnonymousIterator{next(_count)}", output_types, output_shapes)


@anonymous_v2_op.numpy
def anonymous_v2_kernel(*, session: Any, output_types: Any, output_shapes: Any) -> Any:
    found = _make(session, f"AnonymousIterator{next(_count)}", output_types, output_shapes)
    return found, found


@one_shot_op.numpy
def one_shot_kernel(
    *,
    node: Operation,
    session: Any,
    shared_name: str,
    container: str,
    output_types: Any,
    output_shapes: Any,
) -> IteratorResource:
    key = ("iterator", container, shared_name or node.name)
    name = shared_name or f"_{next(_count)}_{node.name}"
    found: IteratorResource = session.slot(
        key, lambda: _make(session, name, output_types, output_shapes)
    )

    def dataset() -> Any:
        factory = node.graph._get_function(node.attr("dataset_factory").name)
        try:
            (made,) = session.functions.call(factory, node.graph, [])
        except OpError as error:
            # TensorFlow marks what failed because something else did.
            raise type(error)(None, None, f"[_Derived_]{error.message}") from None
        return dataset_of(made)

    found.begin_once(dataset)
    return found


@make_op.numpy
def make_kernel(dataset: Any, iterator: Any) -> None:
    iterator.begin(dataset_of(dataset))


@delete_op.numpy
def delete_kernel(iterator: Any, deleter: Any) -> None:
    iterator.cancel_all()


@get_next_op.numpy
@get_next_sync_op.numpy
def get_next_kernel(iterator: Any) -> Any:
    return iterator.get_next()


@get_next_as_optional_op.numpy
def get_next_as_optional_kernel(iterator: Any, *, output_types: Any) -> Optional:
    try:
        return Optional(iterator.get_next(), output_types)
    except OutOfRangeError:
        return Optional(None)


@to_string_op.numpy
def to_string_kernel(iterator: Any, *, session: Any) -> Any:
    registry_of(session).add(iterator)
    return np.array(iterator.name.encode(), object)


@from_string_op.numpy
@from_string_v2_op.numpy
def from_string_kernel(
    handle: Any, *, session: Any, output_types: Any, output_shapes: Any
) -> IteratorResource:
    if np.ndim(handle):
        raise invalid("string_handle must be a scalar")
    found = registry_of(session).get(as_str(np.asarray(handle, object).item()))
    if output_types:
        check_elements(output_types, output_shapes, found.types, found.dims)
    return found


@get_device_op.numpy
@experimental_get_device_op.numpy
def get_device_kernel(iterator: Any) -> Any:
    return np.array(b"/job:localhost/replica:0/task:0/device:CPU:0", object)


@serialize_op.numpy
def serialize_kernel(iterator: Any) -> VariantTensorDataProto:
    return VariantTensorDataProto(
        type_name=_STATE_TYPE, metadata=json.dumps(iterator.state()).encode()
    )


@deserialize_op.numpy
def deserialize_kernel(iterator: Any, serialized: Any) -> None:
    if getattr(serialized, "type_name", None) != _STATE_TYPE:
        raise InvalidArgumentError(None, None, "The variant does not hold an iterator's state.")
    iterator.restore(json.loads(serialized.metadata))


@single_element_op.numpy
def single_element_kernel(dataset: Any, *, session: Any) -> Any:
    state = State(session)
    try:
        elements = list(itertools.islice(dataset_of(dataset).iterate(Scope(state)), 2))
    finally:
        state.close()
    if not elements:
        raise invalid("Dataset was empty.")
    if len(elements) > 1:
        raise invalid("Dataset had more than one element.")
    return elements[0]


@reduce_op.numpy
def reduce_kernel(
    dataset: Any, initial: list[Any], args: list[Any], *, node: Operation, session: Any
) -> Any:
    state = State(session)
    try:
        return reduced(dataset_of(dataset), initial, captured(node, "f", args), Scope(state))
    finally:
        state.close()


@cardinality_op.numpy
@experimental_cardinality_op.numpy
def cardinality_kernel(dataset: Any) -> Any:
    return np.int64(dataset_of(dataset).cardinality())
