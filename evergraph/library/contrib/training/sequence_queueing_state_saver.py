"""Long sequences cut into parts that follow each other from run to run, with states kept between
them: `tf.contrib.training.batch_sequences_with_states`.

A barrier brings a part's components together: what is cut from the sequence when it is read, and
the state that training gives after the part before. A queue counts the sequences that are not
done, so that only so many are read.
"""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, check_ops, math_ops, random_ops, string_ops
from evergraph.api.assertion import Assert
from evergraph.api.barriers import Barrier
from evergraph.api.data_flow_ops import FIFOQueue
from evergraph.api.gathering import gather, where_v2
from evergraph.api.grouping import group
from evergraph.base import dtypes, errors
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, control_dependencies, name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.training.sequence_checks import (
    check_dimensions,
    check_multiple_of,
    check_rank,
    check_shape,
)
from evergraph.library.contrib.training.sequence_parts import (
    _deconstruct_sparse_tensor_seq,
    _move_sparse_tensor_in_context,
    _move_sparse_tensor_out_context,
    _padding,
    _reconstruct_sparse_tensor_seq,
    multiples_checked,
)
from evergraph.library.summary import summary
from evergraph.library.train.queue_runner_impl import QueueRunner, add_queue_runner

Named = dict[str, Tensor]

# Components of the barrier that every part has; sequences, contexts and states come after them.
_LENGTH, _TOTAL_LENGTH, _NEXT_KEY, _SEQUENCE, _SEQUENCE_COUNT = range(5)
_TYPES = [dtypes.int32, dtypes.int32, dtypes.string, dtypes.int32, dtypes.int32]
_TOKEN = 21051976  # one for each sequence that is not done; TensorFlow's number, without meaning


class _SequenceInputWrapper:
    """A sequence's tensors, named and checked.

    Args:
      length: an int32 scalar.
      key: a string scalar.
      sequences: tensors whose first axis is time.
      context: tensors that are the same for all of the sequence.

    Raises:
      TypeError: no dicts, or keys that are no strings.
      ValueError: no sequences, or a colon in a key.
    """

    def __init__(self, length: Any, key: Any, sequences: Any, context: Any) -> None:
        self.length = convert_to_tensor(length, name="length")
        self.key = convert_to_tensor(key, name="key")
        if not isinstance(sequences, dict):
            raise TypeError("sequences must be a dict")
        if not isinstance(context, dict):
            raise TypeError("context must be a dict")
        if not sequences:
            raise ValueError("must have at least one sequence tensor")
        _check_keys("sequence key", sequences)
        _check_keys("context key", context)
        self.sequences = _converted("sequence", sequences)
        self.context = _converted("context", context)


def _check_keys(what: str, values: dict[Any, Any], kind: str = "string") -> None:
    for key in values:
        if not isinstance(key, str):
            raise TypeError(f"{what} must be {kind}: {key}")
        if ":" in key:
            raise ValueError(f"{what} may not have a colon: '{key}'")


def _converted(what: str, values: dict[str, Any]) -> Named:
    return {k: convert_to_tensor(v, name=f"{what}_{k}") for k, v in values.items()}


def _sorted(what: str, values: Named, start: int = 0) -> Named:
    """Tensors in the order of their keys.

    Raises:
      ValueError: a shape is not known, from the dimension `start` on.
    """
    for key, value in values.items():
        shape = value.get_shape()
        if not shape[start:].is_fully_defined():
            ignoring = "(ignoring first dimension)" if start else ""
            raise ValueError(f"Shape for {what} {key} is not fully defined {ignoring}: {shape}")
    return dict(sorted(values.items()))


@export("contrib.training.NextQueuedSequenceBatch")
class NextQueuedSequenceBatch:
    """A batch of parts of sequences. Stands for `tf.contrib.training.NextQueuedSequenceBatch`.

    In a run that uses the batch every state must be saved: `save_state`.

    Args:
      state_saver: what gives the batches.
    """

    def __init__(self, state_saver: "SequenceQueueingStateSaver") -> None:
        self._state_saver = state_saver

    @property
    def total_length(self) -> Tensor:
        """The lengths of the whole sequences: [batch], int32."""
        return self._state_saver._received_total_length

    @property
    def length(self) -> Tensor:
        """The lengths of the parts: [batch], int32."""
        return self._state_saver._received_length

    @property
    def batch_size(self) -> Tensor:
        """How many parts there are, an int32 scalar."""
        return self._state_saver._received_batch_size

    @property
    def insertion_index(self) -> Tensor:
        """When each sequence came: [batch], int64."""
        return self._state_saver._received_indices

    @property
    def key(self) -> Tensor:
        """The parts' keys: [batch], strings ``00000_of_00003:key``."""
        return self._state_saver._received_keys

    @property
    def next_key(self) -> Tensor:
        """The keys of the parts that follow: [batch], strings; ``STOP:key`` after the last."""
        return self._state_saver._received_next_key

    @property
    def sequence(self) -> Tensor:
        """The numbers of the parts in their sequences, from 0: [batch], int32."""
        return self._state_saver._received_sequence

    @property
    def sequence_count(self) -> Tensor:
        """How many parts the sequences have: [batch], int32."""
        return self._state_saver._received_sequence_count

    @property
    def context(self) -> Named:
        """Tensors of the whole sequences, by key: [batch, ...]."""
        return self._state_saver._received_context

    @property
    def sequences(self) -> Named:
        """The parts, by key: [batch, num_unroll, ...]."""
        return self._state_saver._received_sequences

    def state(self, state_name: str) -> Tensor:
        """A state before the parts: [batch, ...]."""
        return self._state_saver._received_states[state_name]

    def save_state(self, state_name: str, value: Any, name: str | None = None) -> Operation:
        """Keeps a state for the parts that follow.

        Args:
          state_name: which one.
          value: [batch, ...], of the state's type.
          name: a name for the nodes.

        Raises:
          KeyError: there is no such state.
        """
        saver = self._state_saver
        if state_name not in saver._received_states:
            raise KeyError(f"state was not declared: {state_name}")
        with (
            name_scope(name, "InputQueueingStateSaver_SaveState", [value]),
            colocate_with(saver._capacity_queue.queue_ref),
        ):
            going_on = array_ops.reshape(
                where_v2(math_ops.logical_not(saver._sequence_is_done)), [-1]
            )
            keys = gather(saver._received_next_key, going_on)
            value = array_ops.identity(value, name=f"convert_{state_name}")
            shape = array_ops.shape(saver._received_states[state_name])
            kept = gather(check_shape(value, shape), going_on)
            return saver._barrier.insert_many(
                saver._get_barrier_index("state", state_name),
                keys,
                kept,
                name=f"BarrierInsertState_{state_name}",
            )


@export("contrib.training.SequenceQueueingStateSaver")
class SequenceQueueingStateSaver:
    """Cuts sequences into parts and gives batches of these. Stands for
    `tf.contrib.training.SequenceQueueingStateSaver`.

    `prefetch_op` takes a sequence in, and should run in a queue runner.

    Args:
      batch_size: how many parts a batch has, an int or an int32 scalar.
      num_unroll: how long a part is, an int or an int32 scalar.
      input_length: the sequence's length before padding, an int32 scalar.
      input_key: its name, a string scalar; no two sequences in progress may have the same.
      input_sequences: a dict of tensors whose first axis is time, of one length, a multiple of
        `num_unroll`.
      input_context: a dict of tensors for all of the sequence.
      initial_states: a dict of states before the first part.
      capacity: how many sequences may be in progress; None for any number.
      allow_small_batch: whether the last batches may be smaller.
      name: a name for the nodes.

    Raises:
      TypeError: a dict, a key or a type is none of these.
      ValueError: no sequences or states, shapes that are not known, or a capacity under the batch.
    """

    # What a batch consists of, from `_prepare_barrier_reads` on.
    _received_indices: Tensor
    _received_keys: Tensor
    _received_sequence: Tensor
    _received_sequence_count: Tensor
    _received_next_key: Tensor
    _received_length: Tensor
    _received_total_length: Tensor
    _received_batch_size: Tensor
    _received_context: Named
    _received_sequences: Named
    _received_states: Named
    _sequence_is_done: Tensor

    def __init__(
        self,
        batch_size: Any,
        num_unroll: Any,
        input_length: Any,
        input_key: Any,
        input_sequences: dict[str, Any],
        input_context: dict[str, Any],
        initial_states: dict[str, Any],
        capacity: int | None = None,
        allow_small_batch: bool = False,
        name: str | None = None,
    ) -> None:
        input_key = _key_with_room(capacity, batch_size, input_key)
        self._batch_size = batch_size
        self._num_unroll = num_unroll
        self._allow_small_batch = allow_small_batch
        self._prefetch_op: Operation | None = None
        self._next_batch: NextQueuedSequenceBatch | None = None
        self._capacity_queue = FIFOQueue(capacity=capacity, dtypes=[dtypes.int32], shapes=[[]])
        with colocate_with(self._capacity_queue.queue_ref):
            if not isinstance(initial_states, dict):
                raise TypeError("initial_states must be a dictionary")
            if not initial_states:
                raise ValueError(
                    "initial_states may not be empty: at least one state variable is required to "
                    "properly enqueue split sequences to run in separate iterations"
                )
            _check_keys("state name", initial_states, "a string")
            tensors = [
                input_length,
                input_key,
                *input_sequences.values(),
                *input_context.values(),
            ]
            with name_scope(name, "InputQueueingStateSaver", tensors) as scope:
                self._scope = scope
                inputs = _SequenceInputWrapper(
                    input_length, input_key, input_sequences, input_context
                )
                self._prepare(inputs, initial_states)

    def _prepare(self, inputs: _SequenceInputWrapper, initial_states: dict[str, Any]) -> None:
        """Checks the inputs and makes the barrier."""
        states = _converted("state", initial_states)
        self._sorted_states = _sorted("state", states)
        self._sorted_context = _sorted("context", inputs.context)
        sequences = _sorted("sequence", inputs.sequences, start=1)
        self._length = check_rank(inputs.length, 0)
        self._key = check_rank(inputs.key, 0)
        if self._length.dtype != dtypes.int32:
            raise TypeError(f"length dtype must be int32, but received: {self._length.dtype}")
        if self._key.dtype != dtypes.string:
            raise TypeError(f"key dtype must be string, but received: {self._key.dtype}")
        first = next(iter(sequences.values()))
        padded = array_ops.identity(array_ops.shape(first)[0], name="padded_length")
        self._padded_length = check_multiple_of(padded, self._num_unroll)
        self._sorted_sequences = {
            k: check_dimensions(v, [0], [self._padded_length], f"sorted_sequences_{k}")
            for k, v in sequences.items()
        }
        fits = Assert(
            math_ops.less_equal(self._length, self._padded_length),
            [
                "Input length should be <= than length from sequences:",
                self._length,
                " vs. ",
                self._padded_length,
            ],
        )
        with control_dependencies([fits]):
            self._length = array_ops.identity(self._length)
        self._create_barrier()

    def _create_barrier(self) -> None:
        groups = {
            "sequence": self._sorted_sequences,
            "context": self._sorted_context,
            "state": self._sorted_states,
        }
        names = [(kind, name) for kind, values in groups.items() for name in values]
        self._index = {pair: i for i, pair in enumerate(names, len(_TYPES))}
        types, shapes = list(_TYPES), [[] for _ in _TYPES]
        for kind, name in names:
            tensor = groups[kind][name]
            types.append(tensor.dtype)
            shape = tensor.get_shape().as_list()
            shapes.append([self._num_unroll, *shape[1:]] if kind == "sequence" else shape)
        self._barrier = Barrier(types=types, shapes=shapes)

    def _get_barrier_index(self, index_type: str, name: str) -> int:
        """The barrier's component that a sequence, context or state is."""
        return self._index[index_type, name]

    @property
    def name(self) -> str:
        """The name scope."""
        return self._scope

    @property
    def barrier(self) -> Barrier:
        """Brings the components of parts together."""
        return self._barrier

    @property
    def batch_size(self) -> Any:
        """How many parts a batch has."""
        return self._batch_size

    @property
    def num_unroll(self) -> Any:
        """How long a part is."""
        return self._num_unroll

    @property
    def prefetch_op(self) -> Operation:
        """Takes a sequence in, cut into parts. Waits where enough are in progress."""
        if self._prefetch_op is None:
            with name_scope(None), name_scope(self._scope, values=[self._barrier.barrier_ref]):
                self._prefetch_op = self._create_prefetch_op()
        return self._prefetch_op

    @property
    def next_batch(self) -> NextQueuedSequenceBatch:
        """The batch; the same object each time."""
        assert self.prefetch_op is not None  # whose nodes come first
        if self._next_batch is None:
            with name_scope(None), name_scope(self._scope, values=[self._barrier.barrier_ref]):
                self._prepare_barrier_reads()
                self._next_batch = NextQueuedSequenceBatch(self)
        return self._next_batch

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """No more sequences may come in.

        Args:
          cancel_pending_enqueues: whether parts in progress are given up.
          name: a name for the nodes.
        """
        with name_scope(name, "SQSSClose", [self._prefetch_op]) as scope:
            barrier = self._barrier.close(cancel_pending_enqueues, "BarrierClose")
            queue = self._capacity_queue.close(cancel_pending_enqueues, "FIFOClose")
            return group(barrier, queue, name=scope)

    def _create_prefetch_op(self) -> Operation:
        count = math_ops.div(self._padded_length, self._num_unroll)
        ones = array_ops.ones(array_ops.expand_dims(count, 0), dtype=dtypes.int32)
        number = math_ops.range(count)
        length = math_ops.maximum(0, self._length - self._num_unroll * number)
        length = math_ops.minimum(self._num_unroll, length)
        total_length, counts = self._length * ones, count * ones
        keys, next_keys = self._part_keys(number, count)
        sequences = {k: self._cut(k, v, count) for k, v in self._sorted_sequences.items()}
        contexts = {k: _repeated(k, v, count) for k, v in self._sorted_context.items()}

        def insert(component: int, value: Any, name: str) -> Operation:
            return self._barrier.insert_many(component, keys, value, name=f"BarrierInsert{name}")

        def insert_all(kind: str, name: str, values: Named) -> list[Operation]:
            return [
                insert(self._get_barrier_index(kind, k), v, f"{name}_{k}")
                for k, v in values.items()
            ]

        inserts = [
            insert(_SEQUENCE, number, "Sequence"),
            insert(_SEQUENCE_COUNT, counts, "SequenceCount"),
            insert(_NEXT_KEY, next_keys, "NextKey"),
            insert(_LENGTH, length, "Length"),
            insert(_TOTAL_LENGTH, total_length, "TotalLength"),
        ]
        context_inserts = insert_all("context", "Context", contexts)
        sequence_inserts = insert_all("sequence", "Sequences", sequences)
        token = self._capacity_queue.enqueue((_TOKEN,))
        # The order of parts is that of the first insertion.
        with control_dependencies([inserts[0], token]):
            states = [
                self._barrier.insert_many(
                    self._get_barrier_index("state", k),
                    array_ops.stack([keys[0]]),
                    array_ops.stack([v]),
                    name=f"BarrierInitialInsertState_{k}",
                )
                for k, v in self._sorted_states.items()
            ]
        everything = [token, *inserts, *states, *context_inserts, *sequence_inserts]
        return group(*everything, name="StateSaverPrefetchGroup")

    def _part_keys(self, number: Tensor, count: Tensor) -> tuple[Tensor, Tensor]:
        """The keys of the parts, and of those that follow them."""
        numbers = string_ops.as_string(number, width=5, fill="0")
        of = string_ops.as_string(count, width=5, fill="0")
        keys = string_ops.string_join(
            [numbers, "_of_", of, ":", self._key], name="StringJoinCurrentKeys"
        )
        after = array_ops.slice(keys, [1], [-1])
        stop = string_ops.string_join(["STOP:", self._key], name="StringJoinStop")
        last = array_ops.expand_dims(stop, 0)
        return keys, array_ops.concat([after, last], 0, name="concat_next_keys")

    def _cut(self, name: str, sequence: Tensor, count: Tensor) -> Tensor:
        """A sequence as [parts, num_unroll, ...]."""
        rest = sequence.get_shape().as_list()[1:]
        lead = [array_ops.expand_dims(n, 0) for n in (count, self._num_unroll)]
        shape = array_ops.concat([*lead, rest], 0, name=f"concat_sequences_{name}")
        parts = array_ops.reshape(sequence, shape, name=f"reshape_sequences_{name}")
        sizes = [count, self._num_unroll, *rest]
        return check_dimensions(parts, list(range(len(sizes))), sizes, f"reshaped_sequences_{name}")

    def _prepare_barrier_reads(self) -> None:
        indices, keys, values = self._barrier.take_many(
            self._batch_size, self._allow_small_batch, name="BarrierTakeMany"
        )
        self._received_indices, self._received_keys = indices, keys
        self._received_sequence = values[_SEQUENCE]
        self._received_sequence_count = values[_SEQUENCE_COUNT]
        self._received_next_key = values[_NEXT_KEY]
        self._received_length = values[_LENGTH]
        self._received_total_length = values[_TOTAL_LENGTH]

        def received(kind: str, names: Named, change: Callable[[Tensor], Tensor]) -> Named:
            return {k: change(values[self._get_barrier_index(kind, k)]) for k in names}

        self._received_context = received("context", self._sorted_context, lambda v: v)
        self._received_sequences = received("sequence", self._sorted_sequences, lambda v: v)
        self._received_batch_size = array_ops.squeeze(array_ops.shape(self._received_length))
        self._sequence_is_done = self._received_sequence + 1 >= self._received_sequence_count
        done = math_ops.reduce_sum(math_ops.cast(self._sequence_is_done, dtypes.int32))
        with control_dependencies([self._capacity_queue.dequeue_many(done)]):
            self._received_states = received("state", self._sorted_states, array_ops.identity)


def _key_with_room(capacity: int | None, batch_size: Any, key: Any) -> Any:
    """The key; where the batch is a tensor, one that fails in a run if it is too large."""
    if capacity is None:
        return key
    if isinstance(batch_size, Tensor):
        enough = check_ops.assert_greater_equal(
            math_ops.cast(capacity, dtype=dtypes.int64),
            math_ops.cast(batch_size, dtype=dtypes.int64),
            message="capacity needs to be >= batch_size.",
        )
        with control_dependencies([enough]):
            return array_ops.identity(key)
    if capacity < batch_size:
        raise ValueError(f"capacity {capacity:d} needs to be >= batch_size {batch_size:d}")
    return key


def _repeated(name: str, context: Tensor, count: Tensor) -> Tensor:
    """A tensor for each of the parts: [parts, ...]."""
    dims = context.get_shape().as_list()
    row = array_ops.expand_dims(context, 0)
    lead = array_ops.expand_dims(count, 0)
    times = array_ops.concat([lead, [1] * len(dims)], 0, name=f"concat_context_{name}")
    tiled = array_ops.tile(row, times, name=f"tile_context_{name}")
    sizes = [count, *dims]
    return check_dimensions(tiled, list(range(len(sizes))), sizes, f"expanded_context_{name}")


@export("contrib.training.batch_sequences_with_states")
def batch_sequences_with_states(
    input_key: Any,
    input_sequences: dict[str, Any],
    input_context: dict[str, Any],
    input_length: Any,
    initial_states: dict[str, Any],
    num_unroll: Any,
    batch_size: Any,
    num_threads: int = 3,
    capacity: int = 1000,
    allow_small_batch: bool = True,
    pad: bool = True,
    make_keys_unique: bool = False,
    make_keys_unique_seed: int | None = None,
    name: str | None = None,
) -> NextQueuedSequenceBatch:
    """Batches of parts of long sequences, with states kept from part to part. Stands for
    `tf.contrib.training.batch_sequences_with_states`.

    Queue runners read the sequences: see `tf.train.start_queue_runners`.

    Args:
      input_key: a sequence's name, a string scalar.
      input_sequences: a dict of tensors whose first axis is time; SparseTensors may be among them.
      input_context: a dict of tensors for all of the sequence, or SparseTensors.
      input_length: the sequence's length, an int32 scalar; with `pad` None for the tensors' own.
      initial_states: a dict of states before the first part.
      num_unroll: how long a part is.
      batch_size: how many parts a batch has.
      num_threads: how many threads read.
      capacity: how many sequences may be in progress.
      allow_small_batch: whether the last batches may be smaller.
      pad: whether sequences are padded with zeros to a multiple of `num_unroll`.
      make_keys_unique: whether a random number is put behind the key.
      make_keys_unique_seed: of that number.
      name: a name for the nodes.
    """
    tensors: Sequence[Any] = [
        *input_sequences.values(),
        *input_context.values(),
        *initial_states.values(),
    ]
    with name_scope(name, "batch_sequences_with_states", tensors):
        if pad:
            length, input_sequences = _padding(input_sequences, num_unroll)
            input_length = length if input_length is None else input_length
        elif input_sequences:
            input_sequences = multiples_checked(input_sequences, num_unroll)
        _move_sparse_tensor_out_context(input_context, input_sequences, num_unroll)
        dense, sparse_keys, kept = _deconstruct_sparse_tensor_seq(input_sequences)
        if make_keys_unique:
            number = random_ops.random_uniform(
                (), minval=0, maxval=100000000, dtype=dtypes.int32, seed=make_keys_unique_seed
            )
            input_key = string_ops.string_join([input_key, string_ops.as_string(number)])
        saver = SequenceQueueingStateSaver(
            batch_size,
            num_unroll,
            input_length=input_length,
            input_key=input_key,
            input_sequences=dense,
            input_context=input_context,
            initial_states=initial_states,
            capacity=capacity,
            allow_small_batch=allow_small_batch,
        )
        barrier = saver.barrier
        ready = math_ops.cast(barrier.ready_size(), dtypes.float32)
        summary.scalar(f"queue/{barrier.name}/ready_segment_batches_", ready)
        ended = (errors.OutOfRangeError, errors.CancelledError)
        fill = [saver.prefetch_op] * num_threads
        add_queue_runner(QueueRunner(saver, fill, queue_closed_exception_types=ended))
        batch = saver.next_batch
        _reconstruct_sparse_tensor_seq(batch.sequences, sparse_keys, kept, batch_size, num_unroll)
        _move_sparse_tensor_in_context(batch.context, batch.sequences)
        return batch
