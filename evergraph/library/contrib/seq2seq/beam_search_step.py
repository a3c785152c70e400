"""One step of a beam search: scores of all continuations, and the best of them."""

from typing import Any, NamedTuple

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.seq2seq.attention_wrapper import AttentionWrapperState


class _BeamSearchDecoderState(NamedTuple):
    cell_state: Any
    log_probs: Any
    finished: Any
    lengths: Any
    accumulated_attention_probs: Any


@export("contrib.seq2seq.BeamSearchDecoderState")
class BeamSearchDecoderState(_BeamSearchDecoderState):
    """The state of a beam search; every tensor is [batch, beam, ...]. Stands for
    `tf.contrib.seq2seq.BeamSearchDecoderState`."""


class _BeamSearchDecoderOutput(NamedTuple):
    scores: Any
    predicted_ids: Any
    parent_ids: Any


@export("contrib.seq2seq.BeamSearchDecoderOutput")
class BeamSearchDecoderOutput(_BeamSearchDecoderOutput):
    """A step of a beam search, [batch, beam] each: scores, classes, and the beams they continue.
    Stands for `tf.contrib.seq2seq.BeamSearchDecoderOutput`."""


def _check_ndims(t: Any) -> None:
    if t.shape.ndims is None:
        raise ValueError(f"Expected tensor ({t}) to have known rank, but ndims == None.")


def _beam_search_step(
    time: Any,
    logits: Any,
    next_cell_state: Any,
    beam_state: Any,
    batch_size: Any,
    beam_width: int,
    end_token: Any,
    length_penalty_weight: float,
    coverage_penalty_weight: float,
) -> tuple[BeamSearchDecoderOutput, BeamSearchDecoderState]:
    """The best continuations of all beams.

    Args:
      time: the number of the step.
      logits: [batch, beam, classes].
      next_cell_state: the cell's state after the step.
      beam_state: the BeamSearchDecoderState before it.
      batch_size, beam_width, end_token, length_penalty_weight, coverage_penalty_weight: as
        `BeamSearchDecoder`'s.

    Returns:
      The step's output and the next state.
    """
    static_batch_size = constant_value(batch_size)
    was_finished = beam_state.finished
    not_finished = math_ops.logical_not(was_finished)
    step_probs = _mask_probs(nn_ops.log_softmax(logits), end_token, was_finished)
    total_probs = array_ops.expand_dims(beam_state.log_probs, 2) + step_probs
    classes = logits.shape.dims[-1].value or array_ops.shape(logits)[-1]
    lengths = _continued_lengths(
        beam_state.lengths, not_finished, classes, [batch_size, beam_width], end_token
    )
    attention = get_attention_probs(next_cell_state, coverage_penalty_weight)
    if attention is not None:
        attention *= array_ops.expand_dims(math_ops.cast(not_finished, dtypes.float32), 2)
        attention = beam_state.accumulated_attention_probs + attention
    scores = _get_scores(
        log_probs=total_probs,
        sequence_lengths=lengths,
        length_penalty_weight=length_penalty_weight,
        coverage_penalty_weight=coverage_penalty_weight,
        finished=was_finished,
        accumulated_attention_probs=attention,
    )
    convert_to_tensor(time, name="time")
    flat = array_ops.reshape(scores, [batch_size, -1])
    count = convert_to_tensor(beam_width, dtype=dtypes.int32, name="beam_width")
    best, indices = nn_ops.top_k(flat, k=count)
    best.set_shape([static_batch_size, beam_width])
    indices.set_shape([static_batch_size, beam_width])
    probs = _tensor_gather_helper(
        gather_indices=indices,
        gather_from=total_probs,
        batch_size=batch_size,
        range_size=beam_width * classes,
        gather_shape=[-1],
        name="next_beam_probs",
    )
    words = math_ops.mod(indices, classes, name="next_beam_word_ids")
    words = math_ops.cast(words, dtypes.int32)
    parents = math_ops.cast(indices / classes, dtypes.int32, name="next_beam_parent_ids")
    next_state = _state_of_beams(
        beam_state, parents, words, end_token, probs, attention, next_cell_state, batch_size
    )
    return BeamSearchDecoderOutput(best, words, parents), next_state


def _state_of_beams(
    beam_state: Any,
    parents: Tensor,
    words: Tensor,
    end_token: Any,
    probs: Tensor,
    attention: Any,
    cell_state: Any,
    batch_size: Any,
) -> BeamSearchDecoderState:
    """The state of the beams that were chosen: that of their parents, a word later."""
    beam_width = parents.shape.dims[1].value

    def of_parents(tensor: Any, shape: Any = (-1,), name: str | None = None) -> Tensor:
        return _tensor_gather_helper(
            gather_indices=parents,
            gather_from=tensor,
            batch_size=batch_size,
            range_size=beam_width,
            gather_shape=list(shape),
            name=name,
        )

    was_finished = of_parents(beam_state.finished)
    finished = math_ops.logical_or(
        was_finished, math_ops.equal(words, end_token), name="next_beam_finished"
    )
    longer = math_ops.cast(math_ops.logical_not(was_finished), dtypes.int64)
    lengths = of_parents(beam_state.lengths)
    lengths += longer
    next_attention: Any = ()
    if attention is not None:
        rows = [batch_size * beam_width, -1]
        next_attention = of_parents(attention, rows, "next_accumulated_attention_probs")
    next_cell_state = nest.map_structure(
        lambda tensor: _maybe_tensor_gather_helper(
            gather_indices=parents,
            gather_from=tensor,
            batch_size=batch_size,
            range_size=beam_width,
            gather_shape=[batch_size * beam_width, -1],
        ),
        cell_state,
    )
    return BeamSearchDecoderState(
        cell_state=next_cell_state,
        log_probs=probs,
        lengths=lengths,
        finished=finished,
        accumulated_attention_probs=next_attention,
    )


def _continued_lengths(
    lengths: Any, not_finished: Any, classes: Any, shape: Any, end_token: Any
) -> Tensor:
    """The length of each continuation: one more, but for the end and for finished beams."""
    added = array_ops.one_hot(
        indices=array_ops.fill(shape, end_token),
        depth=classes,
        on_value=math_ops.to_int64(0),
        off_value=math_ops.to_int64(1),
        dtype=dtypes.int64,
    )
    mask = math_ops.cast(not_finished, dtypes.int64)
    added *= array_ops.expand_dims(mask, 2)
    return added + array_ops.expand_dims(lengths, 2)


def get_attention_probs(next_cell_state: Any, coverage_penalty_weight: float) -> Any:
    """Where attention was in a step, averaged over layers: [batch, beam, time]; None if coverage
    does not count.

    Raises:
      ValueError: it counts, but there is no attention.
    """
    if coverage_penalty_weight == 0.0:
        return None
    states = [next_cell_state]
    if not isinstance(next_cell_state, AttentionWrapperState):
        states = list(next_cell_state) if isinstance(next_cell_state, tuple) else []
    found = [
        attention_probs_from_attn_state(state)
        for state in states
        if isinstance(state, AttentionWrapperState)
    ]
    if not found:
        raise ValueError("coverage_penalty_weight must be 0.0 if no cell is attentional.")
    return found[0] if len(found) == 1 else _mean(found)


def attention_probs_from_attn_state(attention_state: Any) -> Tensor:
    """The alignments of an AttentionWrapperState, averaged over its mechanisms."""
    probs = attention_state.alignments
    return _mean(probs) if isinstance(probs, tuple) else probs


def _mean(tensors: Any) -> Tensor:
    columns = [array_ops.expand_dims(t, -1) for t in tensors]
    return math_ops.reduce_mean(array_ops.concat(columns, -1), -1)


def _get_scores(
    log_probs: Any,
    sequence_lengths: Any,
    length_penalty_weight: Any,
    coverage_penalty_weight: Any,
    finished: Any,
    accumulated_attention_probs: Any,
) -> Tensor:
    """What continuations are ordered by.

    Args:
      log_probs: [batch, beam, classes].
      sequence_lengths: the lengths of the continuations.
      length_penalty_weight, coverage_penalty_weight: scalars; 0 for no penalty.
      finished: [batch, beam].
      accumulated_attention_probs: [batch, beam, time]: where attention was so far, or None.

    Raises:
      ValueError: the weight for coverage is no scalar, or there is no attention for it.
    """
    penalty = _length_penalty(
        sequence_lengths=sequence_lengths, penalty_factor=length_penalty_weight
    )
    scores = log_probs / math_ops.cast(penalty, dtype=log_probs.dtype)
    weight = convert_to_tensor(coverage_penalty_weight, name="coverage_penalty_weight")
    if weight.shape.ndims != 0:
        raise ValueError(
            f"coverage_penalty_weight should be a scalar, but saw shape: {weight.shape}"
        )
    if constant_value(weight) == 0.0:
        return scores
    if accumulated_attention_probs is None:
        raise ValueError(
            "accumulated_attention_probs can be None only if coverage penalty is disabled."
        )
    # Places behind the end of the input have no attention; they count as covered.
    covered = array_ops.where(
        math_ops.equal(accumulated_attention_probs, 0.0),
        array_ops.ones_like(accumulated_attention_probs),
        accumulated_attention_probs,
    )
    coverage = math_ops.reduce_sum(math_ops.log(math_ops.minimum(covered, 1.0)), 2)
    coverage *= math_ops.cast(finished, dtypes.float32)
    return scores + array_ops.expand_dims(coverage * weight, 2)


def _length_penalty(sequence_lengths: Any, penalty_factor: Any) -> Any:
    """((5 + length) / 6) ** factor; the number 1 if the factor is known to be 0."""
    factor = convert_to_tensor(penalty_factor, name="penalty_factor")
    factor.set_shape(())
    static = constant_value(factor)
    if static is not None and static == 0:
        return 1.0
    lengths = math_ops.cast(sequence_lengths, dtypes.float32)
    return math_ops.div((5.0 + lengths) ** factor, (5.0 + 1.0) ** factor)


def _mask_probs(probs: Any, eos_token: Any, finished: Any) -> Tensor:
    """Log probabilities, with all of it at the end for beams that are finished.

    Args:
      probs: [batch, beam, classes].
      eos_token: the class that ends a sequence.
      finished: [batch, beam].
    """
    classes = array_ops.shape(probs)[2]
    row = array_ops.one_hot(
        eos_token,
        classes,
        dtype=probs.dtype,
        on_value=convert_to_tensor(0.0, dtype=probs.dtype),
        off_value=probs.dtype.min,
    )
    ended = array_ops.tile(
        array_ops.reshape(row, [1, 1, -1]),
        array_ops.concat([array_ops.shape(finished), [1]], 0),
    )
    mask = array_ops.tile(array_ops.expand_dims(finished, 2), [1, 1, classes])
    return array_ops.where(mask, ended, probs)


def _maybe_tensor_gather_helper(
    gather_indices: Any, gather_from: Any, batch_size: Any, range_size: Any, gather_shape: Any
) -> Any:
    """`_tensor_gather_helper` of what has so many axes; other things stay."""
    if isinstance(gather_from, TensorArray):
        return gather_from
    _check_ndims(gather_from)
    if gather_from.shape.ndims < len(gather_shape):
        return gather_from
    return _tensor_gather_helper(
        gather_indices=gather_indices,
        gather_from=gather_from,
        batch_size=batch_size,
        range_size=range_size,
        gather_shape=gather_shape,
    )


def _tensor_gather_helper(
    gather_indices: Any,
    gather_from: Any,
    batch_size: Any,
    range_size: Any,
    gather_shape: Any,
    name: str | None = None,
) -> Tensor:
    """Within each example the elements, or rows, at some indices.

    Args:
      gather_indices: [batch, beam].
      gather_from: [batch, beam, ...].
      batch_size: the batch size.
      range_size: how many elements or rows an example has.
      gather_shape: the shape that makes elements or rows of `gather_from`: [-1] or
        [batch * beam, -1].
      name: a name scope.
    """
    with name_scope(name, "tensor_gather_helper"):
        starts = array_ops.expand_dims(math_ops.range(batch_size) * range_size, 1)
        indices = array_ops.reshape(gather_indices + starts, [-1])
        output = array_ops.gather(array_ops.reshape(gather_from, gather_shape), indices)
        axes = 1 + len(gather_shape)
        shape = array_ops.shape(gather_from)[:axes]
        static = TensorShape([constant_value(batch_size)])
        output = array_ops.reshape(output, shape, name="output")
        output.set_shape(static.concatenate(gather_from.shape[1:axes]))
        return output
