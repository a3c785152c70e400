"""Linear-chain conditional random fields.

A sequence of tags has a score: the sum of the unary potentials of its tags and of the binary ones
of its transitions. Its probability is the exponential of the score over that of all sequences,
which the forward algorithm adds up (Collins, The Forward-Backward Algorithm).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.api.smart_cond import smart_cond
from evergraph.api.variable_scope import get_variable
from evergraph.base import dtypes, tensor_shape
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.tensor import Tensor
from evergraph.library.rnn.cell import RNNCell
from evergraph.library.rnn.dynamic import dynamic_rnn


def _by_length(inputs: Any, single: Callable[[], Any], several: Callable[[], Any]) -> Any:
    """`single()` where the sequences are of length 1, else `several()`."""
    length = tensor_shape.dimension_value(inputs.shape[1]) or array_ops.shape(inputs)[1]
    return smart_cond(math_ops.equal(length, 1), true_fn=single, false_fn=several)


def _zero_where_empty(values: Tensor, sequence_lengths: Any) -> Tensor:
    empty = math_ops.less_equal(sequence_lengths, 0)
    return array_ops.where(empty, array_ops.zeros_like(values), values)


@export("contrib.crf.crf_sequence_score")
def crf_sequence_score(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any
) -> Tensor:
    """The scores [batch] of sequences of tags. Stands for `tf.contrib.crf.crf_sequence_score`.

    Args:
      inputs: unary potentials [batch, time, tag].
      tag_indices: [batch, time].
      sequence_lengths: [batch].
      transition_params: binary potentials [tag, tag].
    """

    def single() -> Tensor:
        batch = array_ops.shape(inputs, out_type=tag_indices.dtype)[0]
        rows = array_ops.reshape(math_ops.range(batch, dtype=tag_indices.dtype), [-1, 1])
        scores = array_ops.gather_nd(
            array_ops.squeeze(inputs, [1]), array_ops.concat([rows, tag_indices], axis=1)
        )
        return _zero_where_empty(scores, sequence_lengths)

    def several() -> Tensor:
        unary = crf_unary_score(tag_indices, sequence_lengths, inputs)
        return unary + crf_binary_score(tag_indices, sequence_lengths, transition_params)

    return _by_length(inputs, single, several)


@export("contrib.crf.crf_multitag_sequence_score")
def crf_multitag_sequence_score(
    inputs: Any, tag_bitmap: Any, sequence_lengths: Any, transition_params: Any
) -> Tensor:
    """The scores [batch] of all sequences of allowed tags together.

    Stands for `tf.contrib.crf.crf_multitag_sequence_score`.

    Args:
      inputs: unary potentials [batch, time, tag].
      tag_bitmap: bool [batch, time, tag]: which tags are allowed when.
      sequence_lengths: [batch].
      transition_params: binary potentials [tag, tag].
    """

    def allowed() -> Tensor:
        never = array_ops.fill(array_ops.shape(inputs), float("-inf"))
        return array_ops.where(tag_bitmap, inputs, never)

    def single() -> Tensor:
        return math_ops.reduce_logsumexp(allowed(), axis=[1, 2], keepdims=False)

    def several() -> Tensor:
        return crf_log_norm(allowed(), sequence_lengths, transition_params)

    return _by_length(inputs, single, several)


@export("contrib.crf.crf_log_norm")
def crf_log_norm(inputs: Any, sequence_lengths: Any, transition_params: Any) -> Tensor:
    """The logarithm [batch] of the sum over all sequences.

    Stands for `tf.contrib.crf.crf_log_norm`.

    Args:
      inputs: unary potentials [batch, time, tag].
      sequence_lengths: [batch].
      transition_params: binary potentials [tag, tag].
    """
    first = array_ops.squeeze(array_ops.slice(inputs, [0, 0, 0], [-1, 1, -1]), [1])

    def single() -> Tensor:
        return _zero_where_empty(math_ops.reduce_logsumexp(first, [1]), sequence_lengths)

    def several() -> Tensor:
        rest = array_ops.slice(inputs, [0, 1, 0], [-1, -1, -1])
        cell = CrfForwardRnnCell(transition_params)
        lengths = math_ops.maximum(constant(0, dtype=sequence_lengths.dtype), sequence_lengths - 1)
        _, alphas = dynamic_rnn(cell, rest, lengths, first, dtype=dtypes.float32)
        return _zero_where_empty(math_ops.reduce_logsumexp(alphas, [1]), sequence_lengths)

    return _by_length(inputs, single, several)


@export("contrib.crf.crf_log_likelihood")
def crf_log_likelihood(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any = None
) -> tuple[Tensor, Any]:
    """The log-probability of sequences of tags. Stands for `tf.contrib.crf.crf_log_likelihood`.

    Args:
      inputs: unary potentials [batch, time, tag].
      tag_indices: [batch, time].
      sequence_lengths: [batch].
      transition_params: binary potentials [tag, tag]; default: a new variable "transitions".

    Returns:
      A tensor [batch], and `transition_params`.
    """
    tags = tensor_shape.dimension_value(inputs.shape[2])
    if transition_params is None:
        transition_params = get_variable("transitions", [tags, tags])
    scores = crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params)
    log_norm = crf_log_norm(inputs, sequence_lengths, transition_params)
    return scores - log_norm, transition_params


@export("contrib.crf.crf_unary_score")
def crf_unary_score(tag_indices: Any, sequence_lengths: Any, inputs: Any) -> Tensor:
    """The sums [batch] of the tags' unary potentials. Stands for `tf.contrib.crf.crf_unary_score`.

    Args:
      tag_indices: [batch, time].
      sequence_lengths: [batch].
      inputs: unary potentials [batch, time, tag].
    """
    batch = array_ops.shape(inputs)[0]
    time = array_ops.shape(inputs)[1]
    tags = array_ops.shape(inputs)[2]
    flat = array_ops.reshape(inputs, [-1])
    offsets = array_ops.expand_dims(math_ops.range(batch) * time * tags, 1)
    offsets += array_ops.expand_dims(math_ops.range(time) * tags, 0)
    if tag_indices.dtype == dtypes.int64:
        offsets = math_ops.cast(offsets, dtypes.int64)
    places = array_ops.reshape(offsets + tag_indices, [-1])
    scores = array_ops.reshape(array_ops.gather(flat, places), [batch, time])
    counts = _mask(sequence_lengths, tag_indices)
    return math_ops.reduce_sum(scores * counts, 1)


def _mask(sequence_lengths: Any, tag_indices: Any) -> Tensor:
    longest = array_ops.shape(tag_indices)[1]
    return array_ops.sequence_mask(sequence_lengths, maxlen=longest, dtype=dtypes.float32)


@export("contrib.crf.crf_binary_score")
def crf_binary_score(tag_indices: Any, sequence_lengths: Any, transition_params: Any) -> Tensor:
    """The sums [batch] of the transitions' potentials.

    Stands for `tf.contrib.crf.crf_binary_score`.

    Args:
      tag_indices: [batch, time].
      sequence_lengths: [batch].
      transition_params: binary potentials [tag, tag].
    """
    tags = transition_params.get_shape()[0]
    transitions = array_ops.shape(tag_indices)[1] - 1
    before = array_ops.slice(tag_indices, [0, 0], [-1, transitions])
    after = array_ops.slice(tag_indices, [0, 1], [-1, transitions])
    places = before * tags + after
    flat = array_ops.reshape(transition_params, [-1])
    scores = array_ops.gather(flat, places)
    counts = array_ops.slice(_mask(sequence_lengths, tag_indices), [0, 1], [-1, -1])
    return math_ops.reduce_sum(scores * counts, 1)


class _TransitionCell(RNNCell):
    """A cell whose state is a value for each tag."""

    def __init__(self, transition_params: Any) -> None:
        """`transition_params`: binary potentials [tag, tag]."""
        # No more of a layer than TensorFlow's cells are.
        self._transition_params = array_ops.expand_dims(transition_params, 0)
        self._num_tags = tensor_shape.dimension_value(transition_params.shape[0])

    @property
    def state_size(self) -> Any:
        return self._num_tags

    @property
    def output_size(self) -> Any:
        return self._num_tags


@export("contrib.crf.CrfForwardRnnCell")
class CrfForwardRnnCell(_TransitionCell):
    """One step of the forward algorithm. Stands for `tf.contrib.crf.CrfForwardRnnCell`."""

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> tuple[Tensor, Tensor]:
        """The new values, twice, from unary potentials and the last values, [batch, tag] each."""
        state = array_ops.expand_dims(state, 2)
        scores = state + self._transition_params
        alphas = inputs + math_ops.reduce_logsumexp(scores, [1])
        return alphas, alphas


@export("contrib.crf.viterbi_decode")
def viterbi_decode(score: Any, transition_params: Any) -> tuple[list[Any], Any]:
    """The best sequence of tags, in NumPy. Stands for `tf.contrib.crf.viterbi_decode`.

    Args:
      score: unary potentials [time, tag].
      transition_params: binary potentials [tag, tag].

    Returns:
      The list of tags, and its score.
    """
    best = np.zeros_like(score)
    pointers = np.zeros_like(score, dtype=np.int32)
    best[0] = score[0]
    for t in range(1, score.shape[0]):
        ways = np.expand_dims(best[t - 1], 1) + transition_params
        best[t] = score[t] + np.max(ways, 0)
        pointers[t] = np.argmax(ways, 0)
    tags = [np.argmax(best[-1])]
    for pointer in reversed(pointers[1:]):
        tags.append(pointer[tags[-1]])
    return tags[::-1], np.max(best[-1])


@export("contrib.crf.CrfDecodeForwardRnnCell")
class CrfDecodeForwardRnnCell(_TransitionCell):
    """One step of Viterbi's algorithm. Stands for `tf.contrib.crf.CrfDecodeForwardRnnCell`."""

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> tuple[Tensor, Tensor]:
        """From unary potentials and the last scores [batch, tag]: each tag's best predecessor,
        int32, and the new scores."""
        state = array_ops.expand_dims(state, 2)
        scores = state + self._transition_params
        new_state = inputs + math_ops.reduce_max(scores, [1])
        pointers = math_ops.cast(math_ops.argmax(scores, 1), dtype=dtypes.int32)
        return pointers, new_state


@export("contrib.crf.CrfDecodeBackwardRnnCell")
class CrfDecodeBackwardRnnCell(RNNCell):
    """One step back along the best predecessors. Stands for
    `tf.contrib.crf.CrfDecodeBackwardRnnCell`."""

    def __init__(self, num_tags: Any) -> None:
        """`num_tags`: how many tags there are."""
        self._num_tags = num_tags

    @property
    def state_size(self) -> int:
        return 1

    @property
    def output_size(self) -> int:
        return 1

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> tuple[Tensor, Tensor]:
        """The tags [batch, 1], twice, from the predecessors [batch, tag] and tags of the step
        after."""
        state = array_ops.squeeze(state, axis=[1])
        batch = array_ops.shape(inputs)[0]
        places = array_ops.stack([math_ops.range(batch), state], axis=1)
        tags = array_ops.expand_dims(apply_op("GatherNd", inputs, places), axis=-1)
        return tags, tags


@export("contrib.crf.crf_decode")
def crf_decode(
    potentials: Any, transition_params: Any, sequence_length: Any
) -> tuple[Tensor, Tensor]:
    """The best sequences of tags. Stands for `tf.contrib.crf.crf_decode`.

    Args:
      potentials: unary potentials [batch, time, tag].
      transition_params: binary potentials [tag, tag].
      sequence_length: [batch].

    Returns:
      The tags, int32 [batch, time], and their scores [batch].
    """

    def single() -> tuple[Tensor, Tensor]:
        squeezed = array_ops.squeeze(potentials, [1])
        tags = array_ops.expand_dims(math_ops.argmax(squeezed, axis=1), 1)
        score = math_ops.reduce_max(squeezed, axis=1)
        return math_ops.cast(tags, dtype=dtypes.int32), score

    def several() -> tuple[Tensor, Tensor]:
        return _viterbi(potentials, transition_params, sequence_length)

    return _by_length(potentials, single, several)


def _viterbi(
    potentials: Any, transition_params: Any, sequence_length: Any
) -> tuple[Tensor, Tensor]:
    tags = tensor_shape.dimension_value(potentials.shape[2])
    forward = CrfDecodeForwardRnnCell(transition_params)
    first = array_ops.squeeze(array_ops.slice(potentials, [0, 0, 0], [-1, 1, -1]), axis=[1])
    rest = array_ops.slice(potentials, [0, 1, 0], [-1, -1, -1])
    lengths = math_ops.maximum(constant(0, dtype=sequence_length.dtype), sequence_length - 1)
    pointers, scores = dynamic_rnn(
        forward, rest, lengths, first, time_major=False, dtype=dtypes.int32
    )
    pointers = apply_op("ReverseSequence", pointers, lengths, seq_dim=1)
    last = math_ops.cast(math_ops.argmax(scores, axis=1), dtype=dtypes.int32)
    last = array_ops.expand_dims(last, axis=-1)
    found, _ = dynamic_rnn(
        CrfDecodeBackwardRnnCell(tags),
        pointers,
        lengths,
        last,
        time_major=False,
        dtype=dtypes.int32,
    )
    found = array_ops.concat([last, array_ops.squeeze(found, axis=[2])], axis=1)
    decoded = apply_op("ReverseSequence", found, sequence_length, seq_dim=1)
    return decoded, math_ops.reduce_max(scores, axis=1)
