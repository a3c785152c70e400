"""tf.keras.backend: steps over time, and labels of sequences (CTC)."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, ctc_ops, math_ops, sparse_ops
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.graph.composite import SparseTensor
from evergraph.graph.constant import constant
from evergraph.graph.tensor import Tensor
from evergraph.library.folds import scan
from evergraph.library.keras.backend import epsilon
from evergraph.library.keras.functions.arrays import concatenate

Step = Callable[[Any, Any], tuple[Any, Any]]

NO_STATES = (
    "No initial states provided! When using masking in an RNN, you should provide initial states "
    "(and your step function should return as its first state at time `t` the output at time "
    "`t-1`)."
)


def _swapped(x: Any) -> Tensor:
    """The first two axes exchanged."""
    axes = list(range(len(x.shape)))
    axes[0], axes[1] = 1, 0
    return array_ops.transpose(x, axes)


def _spread(mask: Any, x: Any, fixed: int = 1) -> Tensor:
    """The mask in the shape of `x`, of which it has the first axes."""
    for _ in range(len(x.shape) - len(mask.shape)):
        mask = array_ops.expand_dims(mask, -1)
    return array_ops.tile(mask, [1] * fixed + x.shape.as_list()[fixed:])


def _chosen(mask: Any, x: Any, other: Any) -> Tensor:
    return array_ops.where(_spread(mask, x), x, other)


@export("keras.backend.rnn")
def rnn(
    step_function: Step,
    inputs: Any,
    initial_states: Any,
    go_backwards: bool = False,
    mask: Any = None,
    constants: Any = None,
    unroll: bool = False,
    input_length: Any = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
) -> tuple[Any, Any, Any]:
    """A step for each point in time. Stands for `tf.keras.backend.rnn`.

    Args:
      step_function: from an input and a tuple of states and constants to an output and states.
      inputs: a tensor, or a structure of them, of shape [batch, time, ...].
      initial_states: a list of states.
      go_backwards: whether the last input comes first.
      mask: of shape [batch, time]: False leaves the states as they are, and the output that of
        the time before.
      constants: a list of tensors that each step gets behind the states.
      unroll: whether steps are made one by one, rather than as a loop.
      input_length: the most steps that the loop makes.
      time_major: whether time is the first axis of inputs and outputs.
      zero_output_for_mask: whether outputs are 0 where the mask is False.

    Returns:
      The last output, all outputs, and the last states.

    Raises:
      ValueError: the length is not known and is to be unrolled, or there is a mask and no state.
    """
    if not time_major:
        inputs = nest.map_structure(_swapped, inputs)
    leaves = nest.flatten(inputs)
    length, batch = leaves[0].shape[0], leaves[0].shape[1]
    steps = array_ops.shape(leaves[0])[0]
    for x in leaves:
        x.shape.with_rank_at_least(3)
    if mask is not None:
        if mask.dtype != dtypes.bool:
            mask = math_ops.cast(mask, dtypes.bool)
        if len(mask.shape) == 2:
            mask = array_ops.expand_dims(mask, -1)
        if not time_major:
            mask = _swapped(mask)
    more = tuple(constants or ())

    def step(x: Any, states: Any) -> tuple[Any, Any]:
        return step_function(x, tuple(states) + more)

    if unroll:
        if not length:
            raise ValueError("Unrolling requires a fixed number of timesteps.")
        unrolled = _Unrolled(step, inputs, go_backwards, zero_output_for_mask)
        last, outputs, states = unrolled.run(tuple(initial_states), int(length), mask)
    else:
        loop = _Loop(step, inputs, steps, go_backwards, zero_output_for_mask, input_length)
        last, outputs, states = loop.run(initial_states, mask)

    def with_shape(x: Any) -> Any:
        x.set_shape([length, batch, *x.shape.as_list()[2:]])
        return x

    outputs = nest.map_structure(with_shape, outputs)
    if not time_major:
        outputs = nest.map_structure(_swapped, outputs)
    return last, outputs, states


class _Unrolled:
    """Steps one by one."""

    def __init__(self, step: Step, inputs: Any, backwards: bool, zero_output: bool) -> None:
        self._step = step
        self._backwards = backwards
        self._zero_output = zero_output
        self._inputs = inputs
        self._points = [self._parts(x) for x in nest.flatten(inputs)]

    def _parts(self, x: Any) -> list[Any]:
        parts = list(array_ops.unstack(x))
        return parts[::-1] if self._backwards else parts

    def _input(self, time: int) -> Any:
        return nest.pack_sequence_as(self._inputs, [points[time] for points in self._points])

    def run(self, states: Any, length: int, mask: Any) -> tuple[Any, Any, Any]:
        found: list[Any] = []
        masks = None if mask is None else self._parts(mask)
        for time in range(length):
            output, new_states = self._step(self._input(time), states)
            if masks is not None:
                spread = _spread(masks[time], output)
                before = found[-1] if found else array_ops.zeros_like(output)
                output = array_ops.where(spread, output, before)
                pairs = zip(states, new_states, strict=True)
                new_states = [_chosen(masks[time], new, old) for old, new in pairs]
            states = new_states
            found.append(output)
        last, outputs = found[-1], array_ops.stack(found)
        if masks is not None and self._zero_output:
            last = array_ops.where(_spread(masks[-1], last), last, array_ops.zeros_like(last))
            spread = _spread(mask, outputs, fixed=2)
            outputs = array_ops.where(spread, outputs, array_ops.zeros_like(outputs))
        return last, outputs, states


class _Loop:
    """Steps as a loop of the graph."""

    def __init__(
        self,
        step: Step,
        inputs: Any,
        steps: Any,
        backwards: bool,
        zero_output: bool,
        most_steps: Any,
    ) -> None:
        self._step = step
        self._inputs = inputs
        self._steps = steps
        self._backwards = backwards
        self._zero_output = zero_output
        self._most_steps = most_steps

    def _array(self, dtype: Any, name: str, shape: Any = None) -> Any:
        return TensorArray(
            dtype=dtype, size=self._steps, element_shape=shape, tensor_array_name=name
        )

    def _reversed(self, x: Any) -> Any:
        return array_ops.reverse(x, [0]) if self._backwards else x

    def run(self, initial_states: Any, mask: Any) -> tuple[Any, Any, Any]:
        states = tuple(initial_states)
        leaves = nest.flatten(self._inputs)
        arrays = [self._array(x.dtype, f"input_ta_{i}") for i, x in enumerate(leaves)]
        self._points = [a.unstack(self._reversed(x)) for a, x in zip(arrays, leaves, strict=True)]
        first = nest.pack_sequence_as(self._inputs, [x[0] for x in leaves])
        # This step only tells what outputs are like.
        pattern, _ = self._step(first, states)
        flat = nest.flatten(pattern)
        made = tuple(self._array(x.dtype, f"output_ta_{i}", x.shape) for i, x in enumerate(flat))
        time = constant(0, dtype="int32", name="time")
        if mask is None:
            body, loop_vars = self._plain(initial_states), (time, made, *states)
        else:
            if not states:
                raise ValueError(NO_STATES)
            mask = self._reversed(mask)
            masks = self._array(dtypes.bool, "mask_ta").unstack(mask)
            zeros = tuple(array_ops.zeros_like(x) for x in flat)
            body, loop_vars = self._masked(masks, zeros), (time, made, zeros, *states)
        final = while_loop(
            lambda time, *_: time < self._steps,
            body,
            loop_vars,
            maximum_iterations=self._most_steps,
            parallel_iterations=32,
            swap_memory=True,
        )
        outputs = [array.stack() for array in final[1]]
        last = [x[-1] for x in outputs]
        states = final[2 if mask is None else 3 :]
        packed = nest.pack_sequence_as(pattern, outputs)
        return nest.pack_sequence_as(pattern, last), packed, states

    def _point(self, time: Any) -> Any:
        parts = [array.read(time) for array in self._points]
        return nest.pack_sequence_as(self._inputs, parts)

    def _plain(self, structure: Any) -> Any:
        def body(time: Any, made: Any, *states: Any) -> Any:
            output, new_states = self._step(self._point(time), states)
            flat = _with_shapes_of(states, new_states)
            made = _written(made, time, nest.flatten(output))
            return (time + 1, made, *nest.pack_sequence_as(structure, flat))

        return body

    def _masked(self, masks: Any, zeros: Any) -> Any:
        def body(time: Any, made: Any, before: Any, *states: Any) -> Any:
            point = self._point(time)
            mask = masks.read(time)
            output, new_states = self._step(point, states)
            others = zeros if self._zero_output else nest.flatten(before)
            found = nest.flatten(output)
            spread = [_spread(mask, x) for x in found]
            found = tuple(map(array_ops.where, spread, found, others))
            old = nest.flatten(states)
            new = _with_shapes_of(states, new_states)
            spread = [_spread(mask, x) for x in old]
            new = list(map(array_ops.where, spread, new, old))
            new_states = nest.pack_sequence_as(new_states, new)
            made = _written(made, time, found)
            return (time + 1, made, found, *new_states)

        return body


def _with_shapes_of(states: Any, new_states: Any) -> list[Any]:
    new = nest.flatten(new_states)
    for old, x in zip(nest.flatten(states), new, strict=False):
        if isinstance(x, Tensor):
            x.set_shape(old.shape)
    return new


def _written(arrays: Any, time: Any, values: Any) -> tuple[Any, ...]:
    return tuple(a.write(time, x) for a, x in zip(arrays, values, strict=True))


@export("keras.backend.ctc_label_dense_to_sparse")
def ctc_label_dense_to_sparse(labels: Any, label_lengths: Any) -> SparseTensor:
    """The first labels of each row, as many as it has. Stands for
    `tf.keras.backend.ctc_label_dense_to_sparse`.

    Args:
      labels: a matrix of labels.
      label_lengths: how many labels each row has.
    """
    shape = array_ops.shape(labels)
    rows, columns = array_ops.stack([shape[0]]), array_ops.stack([shape[1]])

    def below(old: Any, length: Any) -> Tensor:
        places = array_ops.expand_dims(math_ops.range(array_ops.shape(old)[1]), 0)
        return places < array_ops.fill(columns, length)

    start = math_ops.cast(array_ops.fill([1, shape[1]], 0), dtypes.bool)
    mask = scan(below, label_lengths, initializer=start, parallel_iterations=1)[:, 0, :]
    places = array_ops.reshape(array_ops.tile(math_ops.range(0, shape[1]), rows), shape)
    column = array_ops.boolean_mask(places, mask)
    numbers = array_ops.tile(math_ops.range(0, shape[0]), columns)
    numbers = array_ops.reshape(numbers, array_ops.reverse(shape, [0]))
    row = array_ops.boolean_mask(array_ops.transpose(numbers), mask)
    indices = array_ops.reshape(concatenate([row, column], axis=0), [2, -1])
    indices = array_ops.transpose(indices)
    values = array_ops.gather_nd(labels, indices)
    return SparseTensor(
        math_ops.cast(indices, dtypes.int64), values, math_ops.cast(shape, dtypes.int64)
    )


@export("keras.backend.ctc_batch_cost")
def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> Tensor:
    """The CTC loss of each example. Stands for `tf.keras.backend.ctc_batch_cost`.

    Args:
      y_true: labels of shape [batch, labels].
      y_pred: probabilities of shape [batch, time, classes].
      input_length, label_length: lengths of shape [batch, 1].
    """
    label_length = math_ops.cast(array_ops.squeeze(label_length, axis=-1), dtypes.int32)
    input_length = math_ops.cast(array_ops.squeeze(input_length, axis=-1), dtypes.int32)
    labels = ctc_label_dense_to_sparse(y_true, label_length)
    labels = math_ops.cast(labels, dtypes.int32)
    logits = math_ops.log(array_ops.transpose(y_pred, perm=[1, 0, 2]) + epsilon())
    loss = ctc_ops.ctc_loss(inputs=logits, labels=labels, sequence_length=input_length)
    return array_ops.expand_dims(loss, 1)


@export("keras.backend.ctc_decode")
def ctc_decode(
    y_pred: Any,
    input_length: Any,
    greedy: bool = True,
    beam_width: int = 100,
    top_paths: int = 1,
) -> tuple[list[Any], Any]:
    """The likeliest labels. Stands for `tf.keras.backend.ctc_decode`.

    Args:
      y_pred: probabilities of shape [batch, time, classes].
      input_length: the lengths in time.
      greedy: whether the likeliest class of each time is taken, rather than a search made.
      beam_width, top_paths: how many paths the search keeps and gives.

    Returns:
      A list of matrices with -1 behind the labels, and the logarithms of probabilities.
    """
    logits = math_ops.log(array_ops.transpose(y_pred, perm=[1, 0, 2]) + epsilon())
    lengths = math_ops.cast(input_length, dtypes.int32)
    if greedy:
        decoded, chances = ctc_ops.ctc_greedy_decoder(inputs=logits, sequence_length=lengths)
    else:
        decoded, chances = ctc_ops.ctc_beam_search_decoder(
            inputs=logits, sequence_length=lengths, beam_width=beam_width, top_paths=top_paths
        )
    dense = [
        sparse_ops.sparse_to_dense(x.indices, x.dense_shape, x.values, default_value=-1)
        for x in decoded
    ]
    return dense, chances
