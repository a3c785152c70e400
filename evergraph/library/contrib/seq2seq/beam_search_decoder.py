"""A decoder that follows the best few sequences: `tf.contrib.seq2seq.BeamSearchDecoder`."""

from typing import Any, NamedTuple

import numpy as np

from evergraph.api import array_ops, embedding_ops, math_ops
from evergraph.api.assertion import Assert
from evergraph.api.cond import cond
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.seq2seq.basic_decoder import rnn_output_size
from evergraph.library.contrib.seq2seq.beam_search_ops import gather_tree
from evergraph.library.contrib.seq2seq.beam_search_step import (
    BeamSearchDecoderOutput,
    BeamSearchDecoderState,
    _beam_search_step,
    _check_ndims,
    get_attention_probs,
)
from evergraph.library.contrib.seq2seq.decoder import BaseDecoder, Decoder
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.rnn.cell import assert_like_rnncell


class _FinalBeamDecoderOutput(NamedTuple):
    predicted_ids: Any
    beam_search_decoder_output: Any


@export("contrib.seq2seq.FinalBeamSearchDecoderOutput")
class FinalBeamSearchDecoderOutput(_FinalBeamDecoderOutput):
    """What a beam search gives in the end: `predicted_ids` [batch, time, beam], the best beam
    first, and `beam_search_decoder_output`, all its steps. Stands for
    `tf.contrib.seq2seq.FinalBeamSearchDecoderOutput`."""


def _tile_batch(t: Any, multiplier: int) -> Tensor:
    """`tile_batch` of one tensor."""
    t = convert_to_tensor(t, name="t")
    shape = array_ops.shape(t)
    if t.shape.ndims is None or t.shape.ndims < 1:
        raise ValueError("t must have statically known rank")
    tiling = [1, multiplier, *[1] * (t.shape.ndims - 1)]
    static = t.shape.dims[0].value
    tiled = array_ops.tile(array_ops.expand_dims(t, 1), tiling)
    sizes = array_ops.concat(([shape[0] * multiplier], shape[1:]), 0)
    tiled = array_ops.reshape(tiled, sizes)
    batch = TensorShape([None if static is None else static * multiplier])
    tiled.set_shape(batch.concatenate(t.shape[1:]))
    return tiled


@export("contrib.seq2seq.tile_batch")
def tile_batch(t: Any, multiplier: int, name: str | None = None) -> Any:
    """Each example of a batch several times in a row. Stands for `tf.contrib.seq2seq.tile_batch`.

    Args:
      t: [batch, ...], or a structure of such tensors.
      multiplier: how many times, an int.
      name: a name scope.

    Returns:
      [batch * multiplier, ...], in the same structure.

    Raises:
      ValueError: a rank is not known, or is 0.
    """
    with name_scope(name, "tile_batch", [*nest.flatten(t), multiplier]):
        return nest.map_structure(lambda x: _tile_batch(x, multiplier), t)


def gather_tree_from_array(t: Any, parent_ids: Any, sequence_length: Any) -> Tensor:
    """A stacked TensorArray in the order of the final beams.

    Args:
      t: [time, batch, beam, ...] or [time, batch * beam, ...].
      parent_ids: [time, batch, beam].
      sequence_length: [batch, beam].
    """
    max_time, batch_size, beam_width = (
        parent_ids.shape.dims[i].value or array_ops.shape(parent_ids)[i] for i in range(3)
    )
    own = array_ops.expand_dims(array_ops.expand_dims(math_ops.range(beam_width), 0), 0)
    own = array_ops.tile(own, [max_time, batch_size, 1])
    longest = math_ops.cast(math_ops.reduce_max(sequence_length, axis=1), dtypes.int32)
    beams = gather_tree(
        step_ids=own,
        parent_ids=parent_ids,
        max_sequence_lengths=longest,
        end_token=beam_width + 1,
    )
    mask = array_ops.sequence_mask(sequence_length, maxlen=max_time)
    beams = array_ops.where(array_ops.transpose(mask, perm=[2, 0, 1]), x=beams, y=own)
    times = array_ops.tile(
        array_ops.reshape(math_ops.range(max_time), [-1, 1, 1]), [1, batch_size, beam_width]
    )
    batches = array_ops.tile(
        array_ops.reshape(math_ops.range(batch_size), [-1, 1, 1]), [1, max_time, beam_width]
    )
    batches = array_ops.transpose(batches, perm=[1, 0, 2])
    indices = array_ops.stack([times, batches, beams], -1)
    shape = array_ops.shape(t)
    rows = array_ops.reshape(t, [max_time, batch_size, beam_width, -1])
    return array_ops.reshape(array_ops.gather_nd(rows, indices), shape)


_CONSIDER = (
    "Consider setting reorder_tensor_arrays to False to disable TensorArray reordering during the "
    "beam search."
)


def _check_static_batch_beam_maybe(shape: Any, batch_size: Any, beam_width: int) -> bool:
    """Whether elements of a TensorArray may be [batch, beam, ...], merged or not; warns if not."""
    dims = [d.value for d in shape.dims]
    if batch_size is None or dims[0] is None:
        return True
    split = len(dims) < 2 or dims[1] is None or (dims[0] == batch_size and dims[1] == beam_width)
    if dims[0] == batch_size * beam_width and split:
        return True
    wanted = TensorShape([batch_size, beam_width, None])
    logging.warn(
        f"TensorArray reordering expects elements to be reshapable to {wanted} which is "
        f"incompatible with the current shape {shape}. {_CONSIDER}"
    )
    return False


def _check_batch_beam(t: Any, batch_size: Any, beam_width: int) -> Any:
    """An Assert that elements of a stacked TensorArray are [batch, beam, ...], merged or not."""
    message = (
        "TensorArray reordering expects elements to be reshapable to [batch_size, beam_size, -1] "
        f"which is incompatible with the dynamic shape of {t.name} elements. {_CONSIDER}"
    )
    rank, shape = t.shape.ndims, array_ops.shape(t)
    if rank == 2:
        condition = math_ops.equal(shape[1], batch_size * beam_width)
    else:
        condition = math_ops.logical_or(
            math_ops.equal(shape[1], batch_size * beam_width),
            math_ops.logical_and(
                math_ops.equal(shape[1], batch_size), math_ops.equal(shape[2], beam_width)
            ),
        )
    return Assert(condition, [message])


class BeamSearchDecoderMixin:
    """A beam search but for what it begins with.

    Args:
      cell: the cell.
      beam_width: how many sequences are followed for each example.
      output_layer: a layer for the cell's outputs.
      length_penalty_weight: how much the length counts in scores; 0 for not at all.
      coverage_penalty_weight: how much it counts that attention covers the input; 0 for not at all.
      reorder_tensor_arrays: whether TensorArrays in the cell's state are put into the order of the
        beams in the end, and stacked.

    Raises:
      TypeError: `cell` is no cell, or `output_layer` no layer.
    """

    def __init__(
        self,
        cell: Any,
        beam_width: int,
        output_layer: Any = None,
        length_penalty_weight: float = 0.0,
        coverage_penalty_weight: float = 0.0,
        reorder_tensor_arrays: bool = True,
        **kwargs: Any,
    ) -> None:
        assert_like_rnncell("cell", cell)
        if output_layer is not None and not isinstance(output_layer, Layer):
            raise TypeError(f"output_layer must be a Layer, received: {type(output_layer)}")
        self._cell = cell
        self._output_layer = output_layer
        self._reorder_tensor_arrays = reorder_tensor_arrays
        self._start_tokens: Any = None
        self._start_inputs: Any = None
        self._end_token: Any = None
        self._embedding_fn: Any = None
        self._batch_size: Any = None
        self._beam_width = beam_width
        self._length_penalty_weight = length_penalty_weight
        self._coverage_penalty_weight = coverage_penalty_weight
        super().__init__(**kwargs)

    def _begin(self, start_tokens: Any, end_token: Any, initial_state: Any) -> None:
        """Sets what the search begins with.

        Raises:
          ValueError: `start_tokens` is no vector, or `end_token` no scalar.
        """
        tokens = convert_to_tensor(start_tokens, dtype=dtypes.int32, name="start_tokens")
        if tokens.get_shape().ndims != 1:
            raise ValueError("start_tokens must be a vector")
        self._end_token = convert_to_tensor(end_token, dtype=dtypes.int32, name="end_token")
        if self._end_token.get_shape().ndims != 0:
            raise ValueError("end_token must be a scalar")
        self._batch_size = array_ops.size(start_tokens)
        self._initial_cell_state = nest.map_structure(
            self._maybe_split_batch_beams, initial_state, self._cell.state_size
        )
        self._start_tokens = array_ops.tile(array_ops.expand_dims(tokens, 1), [1, self._beam_width])
        self._start_inputs = self._embedding_fn(self._start_tokens)
        # In the beginning there is one beam for each example.
        self._finished = array_ops.one_hot(
            array_ops.zeros([self._batch_size], dtype=dtypes.int32),
            depth=self._beam_width,
            on_value=False,
            off_value=True,
            dtype=dtypes.bool,
        )

    def _initial(self) -> tuple[Any, Any, Any]:
        """What the loop begins with: which beams are finished, inputs, state."""
        dtype = self._state_dtype()
        log_probs = array_ops.one_hot(
            array_ops.zeros([self._batch_size], dtype=dtypes.int32),
            depth=self._beam_width,
            on_value=convert_to_tensor(0.0, dtype=dtype),
            off_value=convert_to_tensor(-np.inf, dtype=dtype),
            dtype=dtype,
        )
        attention = get_attention_probs(self._initial_cell_state, self._coverage_penalty_weight)
        state = BeamSearchDecoderState(
            cell_state=self._initial_cell_state,
            log_probs=log_probs,
            finished=self._finished,
            lengths=array_ops.zeros([self._batch_size, self._beam_width], dtype=dtypes.int64),
            accumulated_attention_probs=() if attention is None else attention,
        )
        return self._finished, self._start_inputs, state

    def _state_dtype(self) -> Any:
        return nest.flatten(self._initial_cell_state)[0].dtype

    @property
    def output_dtype(self) -> Any:
        """A BeamSearchDecoderOutput of element types."""
        dtype = self._state_dtype()
        return BeamSearchDecoderOutput(
            scores=nest.map_structure(lambda _: dtype, self._rnn_output_size()),
            predicted_ids=dtypes.int32,
            parent_ids=dtypes.int32,
        )

    @property
    def batch_size(self) -> Any:
        """The number of examples, without beams."""
        return self._batch_size

    def _rnn_output_size(self) -> Any:
        return rnn_output_size(self._cell, self._output_layer)

    @property
    def tracks_own_finished(self) -> bool:
        """True: beams change places, and `dynamic_decode` could not follow."""
        return True

    @property
    def output_size(self) -> Any:
        """A BeamSearchDecoderOutput of shapes."""
        return BeamSearchDecoderOutput(*[TensorShape([self._beam_width]) for _ in range(3)])

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> tuple[Any, Any]:
        """The sequences of the final beams, and the last state.

        Args:
          outputs: a BeamSearchDecoderOutput of all steps.
          final_state: a BeamSearchDecoderState.
          sequence_lengths: not used; the state has its own.
        """
        longest = math_ops.cast(math_ops.reduce_max(final_state.lengths, axis=1), dtypes.int32)
        predicted_ids = gather_tree(
            outputs.predicted_ids,
            outputs.parent_ids,
            max_sequence_lengths=longest,
            end_token=self._end_token,
        )
        if self._reorder_tensor_arrays:
            cell_state = nest.map_structure(
                lambda t: self._maybe_sort_array_beams(t, outputs.parent_ids, final_state.lengths),
                final_state.cell_state,
            )
            final_state = final_state._replace(cell_state=cell_state)
        found = FinalBeamSearchDecoderOutput(
            beam_search_decoder_output=outputs, predicted_ids=predicted_ids
        )
        return found, final_state

    # -- beams as an axis, and beams within the batch

    def _merge_batch_beams(self, t: Any, s: Any = None) -> Tensor:
        """[batch, beam, ...] as [batch * beam, ...]; `s` is what is known of the rest."""
        rest = _known_shape(s)
        shape = array_ops.shape(t)
        static = constant_value(self._batch_size)
        merged = array_ops.reshape(
            t, array_ops.concat(([self._batch_size * self._beam_width], shape[2:]), 0)
        )
        batch = TensorShape([None if static is None else static * self._beam_width])
        merged.set_shape(batch.concatenate(rest))
        return merged

    def _split_batch_beams(self, t: Any, s: Any = None) -> Tensor:
        """[batch * beam, ...] as [batch, beam, ...]; `s` is what is known of the rest.

        Raises:
          ValueError: the result is known to have another shape.
        """
        rest = _known_shape(s)
        shape = array_ops.shape(t)
        split = array_ops.reshape(
            t, array_ops.concat(([self._batch_size, self._beam_width], shape[1:]), 0)
        )
        static = constant_value(self._batch_size)
        expected = TensorShape([static, self._beam_width]).concatenate(rest)
        if not split.shape.is_compatible_with(expected):
            raise ValueError(
                "Unexpected behavior when reshaping between beam width and batch size.  The "
                f"reshaped tensor has shape: {split.shape}.  We expected it to have shape "
                f"(batch_size, beam_width, depth) == {expected}.  Perhaps you forgot to create a "
                "zero_state with batch_size=encoder_batch_size * beam_width?"
            )
        split.set_shape(expected)
        return split

    def _maybe_split_batch_beams(self, t: Any, s: Any) -> Any:
        """`_split_batch_beams` of what is a batch; scalars and TensorArrays stay."""
        if isinstance(t, TensorArray):
            return t
        _check_ndims(t)
        return self._split_batch_beams(t, s) if t.shape.ndims >= 1 else t

    def _maybe_merge_batch_beams(self, t: Any, s: Any) -> Any:
        """`_merge_batch_beams` of what has beams; other things stay."""
        if isinstance(t, TensorArray):
            return t
        _check_ndims(t)
        return self._merge_batch_beams(t, s) if t.shape.ndims >= 2 else t

    def _maybe_sort_array_beams(self, t: Any, parent_ids: Any, sequence_length: Any) -> Any:
        """A TensorArray as a tensor in the order of the final beams, where it has beams."""
        if not isinstance(t, TensorArray):
            return t
        if t.element_shape.ndims is None or t.element_shape.ndims < 1:
            logging.warn(
                f"The TensorArray {t.handle.name} in the cell state is not amenable to sorting "
                "based on the beam search result. For a TensorArray to be sorted, its elements "
                "shape must be defined and have at least a rank of 1, but saw shape: "
                f"{t.element_shape}"
            )
            return t
        static = constant_value(self._batch_size)
        if not _check_static_batch_beam_maybe(t.element_shape, static, self._beam_width):
            return t
        stacked = t.stack()
        with control_dependencies([_check_batch_beam(stacked, self._batch_size, self._beam_width)]):
            return gather_tree_from_array(stacked, parent_ids, sequence_length)

    def step(
        self, time: Any, inputs: Any, state: Any, name: str | None = None
    ) -> tuple[Any, Any, Any, Any]:
        """One step: outputs, next state, next inputs, and which beams are finished."""
        with name_scope(name, "BeamSearchDecoderStep", (time, inputs, state)):
            merged = nest.map_structure(
                lambda inp: self._merge_batch_beams(inp, s=inp.shape[2:]), inputs
            )
            cell_state = nest.map_structure(
                self._maybe_merge_batch_beams, state.cell_state, self._cell.state_size
            )
            outputs, next_cell_state = self._cell(merged, cell_state)
            outputs = nest.map_structure(
                lambda out: self._split_batch_beams(out, out.shape[1:]), outputs
            )
            next_cell_state = nest.map_structure(
                self._maybe_split_batch_beams, next_cell_state, self._cell.state_size
            )
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            found, next_state = _beam_search_step(
                time=time,
                logits=outputs,
                next_cell_state=next_cell_state,
                beam_state=state,
                batch_size=self._batch_size,
                beam_width=self._beam_width,
                end_token=self._end_token,
                length_penalty_weight=self._length_penalty_weight,
                coverage_penalty_weight=self._coverage_penalty_weight,
            )
            next_inputs = cond(
                math_ops.reduce_all(next_state.finished),
                lambda: self._start_inputs,
                lambda: self._embedding_fn(found.predicted_ids),
            )
        return found, next_state, next_inputs, next_state.finished


def _known_shape(s: Any) -> TensorShape:
    return TensorShape(constant_value(s) if isinstance(s, Tensor) else s)


@export("contrib.seq2seq.BeamSearchDecoder")
class BeamSearchDecoder(BeamSearchDecoderMixin, Decoder):
    """Follows the sequences with the best scores. Stands for
    `tf.contrib.seq2seq.BeamSearchDecoder`.

    With a cell in an AttentionWrapper the memory, its lengths and the encoder's state must have
    gone through `tile_batch`, and the batch size given to `zero_state` is times `beam_width`.
    Scores: Wu et al., "Google's Neural Machine Translation System",
    https://arxiv.org/abs/1609.08144.

    Args:
      cell: the cell.
      embedding: the vectors of classes, or a function of classes.
      start_tokens: [batch] int32: the classes to begin with.
      end_token: an int32 scalar: the class that ends a sequence.
      initial_state: the state to begin with, of [batch * beam_width, ...] tensors.
      beam_width: how many sequences are followed for each example.
      output_layer: a layer for the cell's outputs.
      length_penalty_weight: how much the length counts in scores; 0 for not at all.
      coverage_penalty_weight: how much it counts that attention covers the input; 0 for not at all.
      reorder_tensor_arrays: whether TensorArrays in the cell's state are put into the order of the
        beams in the end, and stacked.

    Raises:
      TypeError: `cell` is no cell, or `output_layer` no layer.
      ValueError: `start_tokens` is no vector, or `end_token` no scalar.
    """

    def __init__(
        self,
        cell: Any,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        initial_state: Any,
        beam_width: int,
        output_layer: Any = None,
        length_penalty_weight: float = 0.0,
        coverage_penalty_weight: float = 0.0,
        reorder_tensor_arrays: bool = True,
    ) -> None:
        super().__init__(
            cell,
            beam_width,
            output_layer=output_layer,
            length_penalty_weight=length_penalty_weight,
            coverage_penalty_weight=coverage_penalty_weight,
            reorder_tensor_arrays=reorder_tensor_arrays,
        )
        self._embedding_fn = embedding if callable(embedding) else _lookup(embedding)
        self._begin(start_tokens, end_token, initial_state)

    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        """What the loop begins with: which beams are finished, inputs, state."""
        return self._initial()


class BeamSearchDecoderV2(BeamSearchDecoderMixin, BaseDecoder):
    """`BeamSearchDecoder` as a Keras layer, which takes tensors only when it is called.

    Args:
      cell, beam_width, output_layer, length_penalty_weight, coverage_penalty_weight,
        reorder_tensor_arrays: as `BeamSearchDecoder`'s.
      embedding_fn: a function of classes; default: their vectors are given in the call.
      **kwargs: as `BaseDecoder`'s.

    Raises:
      ValueError: `embedding_fn` cannot be called.
    """

    def __init__(
        self,
        cell: Any,
        beam_width: int,
        embedding_fn: Any = None,
        output_layer: Any = None,
        length_penalty_weight: float = 0.0,
        coverage_penalty_weight: float = 0.0,
        reorder_tensor_arrays: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            cell,
            beam_width,
            output_layer=output_layer,
            length_penalty_weight=length_penalty_weight,
            coverage_penalty_weight=coverage_penalty_weight,
            reorder_tensor_arrays=reorder_tensor_arrays,
            **kwargs,
        )
        if embedding_fn is not None and not callable(embedding_fn):
            raise ValueError(f"embedding_fn is expected to be a callable, got {type(embedding_fn)}")
        self._embedding_fn = embedding_fn
        for layer in (cell, output_layer):
            # What belongs to a Keras layer has resource variables.
            if hasattr(layer, "_use_resource_variables"):
                layer._use_resource_variables = True

    def initialize(  # type: ignore[override]
        self, embedding: Any, start_tokens: Any, end_token: Any, initial_state: Any
    ) -> tuple[Any, Any, Any]:
        """What the loop begins with; arguments as `BeamSearchDecoder`'s.

        Raises:
          ValueError: there are vectors and a function for them; `start_tokens` is no vector, or
            `end_token` no scalar.
        """
        if embedding is not None:
            if self._embedding_fn is not None:
                raise ValueError("embedding and embedding_fn cannot be provided at same time")
            self._embedding_fn = _lookup(embedding)
        self._begin(start_tokens, end_token, initial_state)
        return self._initial()

    def call(  # type: ignore[override]
        self, embedding: Any, start_tokens: Any, end_token: Any, initial_state: Any, **kwargs: Any
    ) -> Any:
        """What `dynamic_decode` gives."""
        arguments = {"start_tokens": start_tokens, "end_token": end_token}
        return self._decode(embedding, {**kwargs, **arguments, "initial_state": initial_state})


def _lookup(embedding: Any) -> Any:
    return lambda ids: embedding_ops.embedding_lookup(embedding, ids)
