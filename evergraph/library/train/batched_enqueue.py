"""Many runs of an enqueue operation as one: what queue runners do for records.

A queue runner runs `enqueue(transform(reader.read(files)))` once a record, and each run costs more
than the record. Where the transformation is known to treat every record alike, the same nodes are
built once more, in a graph of their own, for a vector of records: they are read one after another,
transformed together, and enqueued one by one. Elements, their order and errors are those of single
runs; only the reader is some records ahead.

Records of one length whose bytes differ only in values (`kernels/example_uniform.py`) are not even
parsed: features are columns of their bytes. And where floats are made of smaller numbers, as those
of images are of bytes, the queue keeps the smaller ones, and makes the floats of a batch when it is
taken.
"""

import contextlib
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes, errors
from evergraph.base.dtypes import DType
from evergraph.base.tensor_shape import TensorShape
from evergraph.engine import failures
from evergraph.formats.records import Alike
from evergraph.graph.apply import apply_op
from evergraph.graph.graph import Graph
from evergraph.graph.operation import Operation
from evergraph.graph.portable import import_graph_def
from evergraph.graph.static_value import rule_value
from evergraph.graph.tensor import Tensor
from evergraph.kernels.example_uniform import Layout, Unlike
from evergraph.kernels.example_wire import array_of
from evergraph.kernels.queues import check_types, queue_of, works_of
from evergraph.kernels.rows import Finish, Unfinished
from evergraph.proto.framework.graph_pb2 import GraphDef

_READS = ("ReaderRead", "ReaderReadV2")
_ENQUEUES = ("QueueEnqueue", "QueueEnqueueV2")
# How many records at once: the more, the less each costs, and the seldomer a step of a network
# finds a core taken; but so many that they are this large.
_MOST, _AT_FIRST, _FEWEST = 2048, 64, 8
_BYTES = 1 << 21
_UNARY = frozenset("Abs Cos Exp Identity Log Neg Relu Sigmoid Sin Sqrt Square Tanh".split())
_BINARY = frozenset("Add AddV2 Div FloorDiv Maximum Minimum Mul RealDiv Sub".split())
# Their result is a new shape of the same elements.
_SHAPES = frozenset(["ExpandDims", "Reshape", "Squeeze"])
# What costs less than to read and write elements of more bytes.
_LATE = _SHAPES | frozenset("Add AddV2 Cast Div Identity Mul Neg RealDiv Sub".split())
_CLOSED = (errors.CancelledError, errors.AbortedError, errors.OutOfRangeError)


class _Unknown(Exception):
    """A node that is not known to treat every record alike."""


class BatchedEnqueue:
    """Runs an enqueue operation for many records.

    Raises:
      _Unknown: it is no such operation.
    """

    def __init__(self, session: Any, enqueue: Operation) -> None:
        if not isinstance(enqueue, Operation) or enqueue.type not in _ENQUEUES:
            raise _Unknown(str(enqueue))
        if enqueue.control_inputs:
            raise _Unknown("control inputs")
        handle, *components = enqueue.inputs
        capacity = handle.op.get_attr("capacity")
        self._most = _MOST if capacity < 0 else min(_MOST, capacity // 4)
        self._count = min(_AT_FIRST, self._most)
        if self._count < _FEWEST:
            raise _Unknown("a small queue")
        self._read, between = _reads_behind(components)
        graph = Graph()
        with graph.as_default():
            copies = _copies(graph, [handle.op, *(i.op for i in self._read.inputs)])
            given = [array_ops.placeholder(dtypes.string, [None]) for _ in range(2)]
            records = dict(zip(self._read.outputs, given, strict=True))
            many = _enqueue_many(enqueue, copies[0], [_batched(c, records) for c in components])
            handles = copies[1:]
        self._handles = functools.cache(
            session._background_runner(graph, handles, [], [], raw=True)
        )
        self._uses = [i for i, g in enumerate(given) if g.consumers()]  # mostly not the key
        used = [given[i] for i in self._uses]
        self._put = functools.cache(lambda: session._background_runner(graph, [], [many], used))
        self._one = session.make_callable(enqueue, list(self._read.outputs))
        self._together = True
        self._alike: _Alike | None = None
        if self._uses == [1]:
            with contextlib.suppress(_Unknown):
                self._alike = _Alike(session, enqueue, self._read.outputs[1], between)

    def __call__(self) -> None:
        """Reads some records and enqueues what becomes of them."""
        reader, queue = self._handles()
        with _located(self._read):
            run = reader.read_run(self._count, works_of(queue))
        self._count = min(self._most, max(_AT_FIRST, _BYTES // (_mean_length(run[1]) + 1)))
        if self._alike is not None and self._alike.put(run[1]):
            return
        keys, records = map(array_of, run)
        if self._together:
            try:
                self._put()(*((keys, records)[i] for i in self._uses))
                return
            except _CLOSED:
                raise
            except errors.OpError:
                # One of them is not like the others. Nothing of these has been enqueued.
                self._together = False
        for key, record in zip(keys, records, strict=True):
            self._one(key, record)


def _mean_length(records: Sequence[bytes]) -> int:
    if isinstance(records, Alike):
        return records.length
    return sum(map(len, records)) // len(records)


@contextlib.contextmanager
def _located(op: Operation) -> Iterator[None]:
    """Gives errors the user's operation."""
    try:
        yield
    except errors.OpError as error:
        raise failures.located(error, op) from None


class _Alike:
    """What becomes of records that are laid out alike, from their bytes as rows of a matrix.

    Raises:
      _Unknown: the records themselves are needed.
    """

    def __init__(
        self, session: Any, enqueue: Operation, record: Tensor, between: set[Operation]
    ) -> None:
        self._layout: Layout | None = None  # what the last ones had
        self._parses = any(op.type == "ParseSingleExample" for op in between)
        self._enqueue = enqueue
        handle, *components = enqueue.inputs
        origins = [_origin(c) for c in components]
        graph = Graph()
        with graph.as_default():
            queue = _copies(graph, [handle.op])
            known, columns = _columns(record, between)
            batches = [_batched(t, known) for t in origins]
        used = [t for t in columns if t.consumers() or t in batches]
        self._columns = [columns[t] for t in used]
        self._values = session._background_runner(graph, queue + batches, [], used, raw=True)
        self._finishes = [
            None if component is origin else _Finishing(session, component, origin)
            for component, origin in zip(components, origins, strict=True)
        ]

    def put(self, records: Sequence[bytes]) -> bool:
        """Whether the records were alike, and what becomes of them has been enqueued."""
        try:
            layout, matrix = self._fitting(records)
            columns = [column(layout, matrix) for column in self._columns]
            handle, *batches = self._values(*columns)
            queue = queue_of(handle)
            check_types(queue, self._enqueue, self._enqueue.get_attr("Tcomponents"))
            finishes = zip(batches, self._finishes, strict=True)
            made = tuple(v if f is None else f.later(v) for v, f in finishes)
            with _located(self._enqueue):
                queue.put_many(made)
        except Unlike:
            return False
        except _CLOSED:
            raise
        except errors.OpError:  # told by those that know the user's nodes
            return False
        self._layout = layout
        return True

    def _fitting(self, records: Sequence[bytes]) -> tuple[Layout, np.ndarray]:
        """The records' layout and their bytes. Raises Unlike."""
        given = records.matrix() if isinstance(records, Alike) else records
        if self._layout is not None:
            with contextlib.suppress(Unlike):
                return self._layout, self._layout.matrix(given)
        layout = Layout(records[0], self._parses)
        return layout, layout.matrix(given)


class _Finishing:
    """What makes a component of the tensor that is kept in its place."""

    def __init__(self, session: Any, component: Tensor, origin: Tensor) -> None:
        graph = Graph()
        with graph.as_default(), graph.device("/cpu:0"):
            given = array_ops.placeholder(origin.dtype, [None, *origin.shape.as_list()])
            made = _batched(component, {origin: given})
        shape = tuple(component.shape.as_list())
        compute = session._function(graph, made, given)
        self._finish = Finish((origin, component), shape, compute)
        self._given = given.shape[1:]
        self._seen: tuple[int, ...] | None = None

    def later(self, values: Any) -> Unfinished:
        """Values along a first axis, to be finished. Raises Unlike: they would be of other
        shapes."""
        values = np.asarray(values)
        shape = values.shape[1:]
        if shape != self._seen:
            if not self._given.is_compatible_with(shape):
                raise Unlike
            if tuple(self._finish.compute(values[:1]).shape[1:]) != self._finish.shape:
                raise Unlike
            self._seen = shape
        return Unfinished(values, self._finish)


def _origin(component: Tensor) -> Tensor:
    """The tensor of smaller numbers that floats are made of, cheaply and element by element; or
    the component itself.

    A batch of it is made sooner than it is read from a queue: an image of floats has four times
    the bytes."""
    found = tensor = component
    if not (component.dtype.is_floating and component.shape.is_fully_defined()):
        return component
    while tensor.op.type in _LATE:
        given = [i for i in tensor.op.inputs if rule_value(i) is None]
        if len(given) != 1 or given[0].shape.ndims is None:
            break
        (tensor,) = given
        if tensor.dtype.size < found.dtype.size:
            found = tensor
    return found


_Column = Callable[[Layout, np.ndarray], np.ndarray]


def _columns(
    record: Tensor, between: set[Operation]
) -> tuple[dict[Tensor, Tensor], dict[Tensor, _Column]]:
    """Placeholders for what is some of a record's bytes, and what to feed for each."""
    known: dict[Tensor, Tensor] = {}
    columns: dict[Tensor, _Column] = {}

    def add(tensor: Tensor, shape: Sequence[int | None], column: _Column) -> None:
        known[tensor] = placeholder = array_ops.placeholder(tensor.dtype, [None, *shape])
        columns[placeholder] = column

    strings: dict[Tensor, bytes | None] = {record: None}
    for op in between:
        if op.type == "ParseSingleExample":
            if op.inputs[0] is not record or op.get_attr("num_sparse"):
                raise _Unknown(op.type)
            features = zip(op.outputs, op.get_attr("dense_keys"), _shapes(op), strict=True)
            for tensor, key, shape in features:
                add(tensor, shape, functools.partial(_values, key, tensor.dtype, shape))
                if tensor.dtype is dtypes.string and not shape:
                    strings[tensor] = key
    for op in between:
        if op.type == "DecodeRaw" and op.inputs[0] in strings and op.get_attr("little_endian"):
            tensor = op.outputs[0]
            if tensor.dtype is not dtypes.bool:
                key = strings[op.inputs[0]]
                add(tensor, [None], functools.partial(_numbers, key, tensor.dtype))
    return known, columns


def _values(
    key: bytes, dtype: DType, shape: Sequence[int], layout: Layout, matrix: np.ndarray
) -> np.ndarray:
    """A feature. Raises Unlike where it has another number of values."""
    flat, count = layout.column(matrix, key, dtype).flat, len(matrix)
    if len(flat) != count * math.prod(shape):
        raise Unlike
    return flat.reshape(count, *shape)


def _numbers(key: bytes | None, dtype: DType, layout: Layout, matrix: np.ndarray) -> np.ndarray:
    """A string of bytes, or the whole record, as numbers. Raises Unlike where it is none."""
    start, stop = (0, layout.size) if key is None else layout.span(key)
    kind = np.dtype(dtype.as_numpy_dtype)
    if (stop - start) % kind.itemsize:
        raise Unlike
    numbers = matrix[:, start:stop]
    return (numbers if kind.itemsize == 1 else numbers.copy()).view(kind)


def batched_enqueue(session: Any, enqueue: Operation) -> Callable[[], None] | None:
    """A function that does many runs of the operation at once; None where that is not known to be
    the same."""
    if not hasattr(session, "_background_runner"):
        return None
    try:
        return BatchedEnqueue(session, enqueue)
    except _Unknown:
        return None


def _reads_behind(components: list[Tensor]) -> tuple[Operation, set[Operation]]:
    """The one node that reads a record for all of these, and the nodes between."""
    found: set[Operation] = set()
    seen: set[Operation] = set()
    ways = [c.op for c in components]
    while ways:
        op = ways.pop()
        if op in seen:
            continue
        seen.add(op)
        if op.control_inputs:
            raise _Unknown("control inputs")
        if op.type in _READS:
            found.add(op)
        else:
            ways.extend(i.op for i in op.inputs)
    if len(found) != 1:
        raise _Unknown("no read")
    (read,) = found
    return read, seen - found


def _copies(graph: Graph, nodes: list[Operation]) -> list[Tensor]:
    """The handles of queues and readers: nodes of the same names stand for the same ones."""
    if any(op.inputs or op.control_inputs for op in nodes):
        raise _Unknown("a handle that is computed")
    made = GraphDef(node=[op.node_def for op in dict.fromkeys(nodes)])
    import_graph_def(made, name="")
    return [graph.get_operation_by_name(op.name).outputs[0] for op in nodes]


def _enqueue_many(enqueue: Operation, queue: Tensor, batches: list[Tensor]) -> Operation:
    version = "V2" if enqueue.type.endswith("V2") else ""
    many: Operation = apply_op(f"QueueEnqueueMany{version}", queue, batches, timeout_ms=-1)
    return many


def _shapes(parse: Operation) -> list[tuple[int, ...]]:
    """The shapes of an Example's dense features, which are known."""
    shapes = [TensorShape(dims) for dims in parse.attr("dense_shapes")]
    if not all(shape.is_fully_defined() for shape in shapes):
        raise _Unknown("features that vary")
    return [tuple(shape.as_list()) for shape in shapes]


def _batched(tensor: Tensor, known: dict[Tensor, Tensor]) -> Tensor:
    """The tensor for a vector of records: [records, *shape]."""
    if tensor not in known:
        made = _node(tensor.op, known)
        outputs = made if isinstance(made, (list, tuple)) else [made]
        known.update(zip(tensor.op.outputs, outputs, strict=True))
    return known[tensor]


def _node(op: Operation, known: dict[Tensor, Tensor]) -> Any:
    kind = op.type
    if kind == "ParseSingleExample":
        return _parsed(op, known)
    if kind == "DecodeRaw":
        of = _batched(op.inputs[0], known)
        names = ("out_type", "little_endian")
        return apply_op(kind, of, **{name: op.get_attr(name) for name in names})
    if kind == "Cast":
        return math_ops.cast(_batched(op.inputs[0], known), op.outputs[0].dtype)
    if kind in _UNARY:
        return apply_op(kind, _batched(op.inputs[0], known))
    if kind in _BINARY:
        return _binary(op, known)
    if kind in _SHAPES:
        shape = op.outputs[0].shape
        if not shape.is_fully_defined():
            raise _Unknown(kind)
        return array_ops.reshape(_batched(op.inputs[0], known), [-1, *shape.as_list()])
    raise _Unknown(kind)


def _binary(op: Operation, known: dict[Tensor, Tensor]) -> Tensor:
    """Of two that have the records' axis, or one of them a constant that does not reach it."""
    ranks = [i.shape.ndims for i in op.inputs]
    if None in ranks:
        raise _Unknown(op.type)
    values = [rule_value(i) for i in op.inputs]
    both = all(v is None for v in values)
    if both and ranks[0] != ranks[1]:
        raise _Unknown(op.type)
    if not both and ranks[0 if values[0] is not None else 1] > min(ranks):
        raise _Unknown(op.type)
    given = [_batched(i, known) if v is None else v for i, v in zip(op.inputs, values, strict=True)]
    return apply_op(op.type, *given)


def _parsed(op: Operation, known: dict[Tensor, Tensor]) -> list[Tensor]:
    """Dense features of known shapes, for all examples at once."""
    defaults = [rule_value(d) for d in op.inputs[1:]]
    shapes = _shapes(op)
    if op.get_attr("num_sparse") or any(d is None for d in defaults):
        raise _Unknown("features that vary")
    keys = op.get_attr("dense_keys")
    nothing = array_ops.zeros([0], dtypes.string)
    found = apply_op(
        "ParseExample",
        _batched(op.inputs[0], known),
        nothing,
        [],
        [array_ops.constant(k) for k in keys],
        defaults,
        sparse_types=[],
        dense_shapes=shapes,
    )
    return list(found[-1])
