"""Encoders and decoders in one: sequence to sequence over lists with a tensor a time step."""

import copy
from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, embedding_ops
from evergraph.api.cond import cond
from evergraph.api.variable_scope import get_variable, variable_scope
from evergraph.api.variable_scope_state import get_variable_scope
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.legacy_seq2seq.decoders import (
    LoopFunction,
    _extract_argmax_and_embed,
    check_projection,
    embedding_attention_decoder,
    embedding_rnn_decoder,
    rnn_decoder,
)
from evergraph.library.contrib.rnn.core_rnn_cell import EmbeddingWrapper, OutputProjectionWrapper
from evergraph.library.rnn.cell import RNNCell
from evergraph.library.rnn.static import static_rnn

Decoded = tuple[list[Tensor], Any]


def _decoded(
    feed_previous: Any,
    decode: Callable[[bool, bool], Decoded],
    steps: int,
    structure: Callable[[], Any],
) -> Decoded:
    """What a decoder gives, whether `feed_previous` is known now or only at run time.

    Args:
      feed_previous: a bool, or a bool scalar tensor: then both decoders are made, in a cond.
      decode: called with `feed_previous` as a bool, and whether gradients reach the embeddings of
        symbols that the decoder chose.
      steps: the number of outputs.
      structure: gives a state like the decoder's.
    """
    if isinstance(feed_previous, bool):
        return decode(feed_previous, True)

    def branch(previous: bool) -> list[Any]:
        with variable_scope(get_variable_scope(), reuse=None if previous else True):
            outputs, state = decode(previous, False)
            return outputs + nest.flatten(state)

    found = cond(feed_previous, lambda: branch(True), lambda: branch(False))
    like = structure()
    state = found[steps]
    if nest.is_sequence(like):
        state = nest.pack_sequence_as(structure=like, flat_sequence=found[steps:])
    return found[:steps], state


@export("contrib.legacy_seq2seq.basic_rnn_seq2seq", "nn.seq2seq.basic_rnn_seq2seq")
def basic_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    dtype: Any = dtypes.float32,
    scope: Any = None,
) -> Decoded:
    """Runs a copy of a cell over the encoder's inputs, then the cell over the decoder's. Stands for
    `tf.contrib.legacy_seq2seq.basic_rnn_seq2seq`.

    Args:
      encoder_inputs, decoder_inputs: [batch, input size] tensors, one a time step.
      cell: the cell; both copies have variables of their own.
      dtype: of the initial state.
      scope: a variable scope; default: "basic_rnn_seq2seq".

    Returns:
      The list of the decoder's outputs, and its last state.
    """
    with variable_scope(scope or "basic_rnn_seq2seq"):
        _, state = static_rnn(copy.deepcopy(cell), encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, cell)


@export("contrib.legacy_seq2seq.tied_rnn_seq2seq", "nn.seq2seq.tied_rnn_seq2seq")
def tied_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    loop_function: LoopFunction | None = None,
    dtype: Any = dtypes.float32,
    scope: Any = None,
) -> Decoded:
    """As `basic_rnn_seq2seq`, with one cell and its variables for both. Stands for
    `tf.contrib.legacy_seq2seq.tied_rnn_seq2seq`.

    Args:
      loop_function: as `rnn_decoder`'s.
      scope: a variable scope; default: "tied_rnn_seq2seq".
    """
    with variable_scope("combined_tied_rnn_seq2seq"):
        scope = scope or "tied_rnn_seq2seq"
        _, state = static_rnn(cell, encoder_inputs, dtype=dtype, scope=scope)
        get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, state, cell, loop_function=loop_function, scope=scope)


@export("contrib.legacy_seq2seq.embedding_rnn_seq2seq", "nn.seq2seq.embedding_rnn_seq2seq")
def embedding_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Decoded:
    """From symbols to symbols, each side with embeddings of its own. Stands for
    `tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq`.

    Args:
      encoder_inputs, decoder_inputs: [batch] int tensors, one a time step.
      cell: the cell; encoder and decoder have variables of their own.
      num_encoder_symbols, num_decoder_symbols: how many symbols each side has.
      embedding_size: the length of a symbol's vector.
      output_projection: a matrix and a vector that make logits of an output; default: the outputs
        are logits already.
      feed_previous: whether the decoder's inputs are its own symbols; a bool or a bool tensor.
      dtype: of states and variables; default: the scope's.
      scope: a variable scope; default: "embedding_rnn_seq2seq".

    Returns:
      The list of the decoder's outputs, and its last state.
    """
    with variable_scope(scope or "embedding_rnn_seq2seq") as inner:
        if dtype is not None:
            inner.set_dtype(dtype)
        else:
            dtype = inner.dtype
        encoder = _embedded(copy.deepcopy(cell), num_encoder_symbols, embedding_size)
        _, encoder_state = static_rnn(encoder, encoder_inputs, dtype=dtype)
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)

        def decode(previous: bool, update: bool) -> Decoded:
            return embedding_rnn_decoder(
                decoder_inputs,
                encoder_state,
                cell,
                num_decoder_symbols,
                embedding_size,
                output_projection=output_projection,
                feed_previous=previous,
                update_embedding_for_previous=update,
            )

        return _decoded(feed_previous, decode, len(decoder_inputs), lambda: encoder_state)


def _embedded(cell: Any, symbols: int, size: int) -> EmbeddingWrapper:
    return EmbeddingWrapper(cell, embedding_classes=symbols, embedding_size=size)


@export(
    "contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq", "nn.seq2seq.embedding_tied_rnn_seq2seq"
)
def embedding_tied_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_decoder_symbols: int | None = None,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Decoded:
    """From symbols to symbols, with one cell and one embedding for both sides. Stands for
    `tf.contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq`.

    Args:
      num_symbols: how many symbols there are.
      num_decoder_symbols: how many of them the decoder may give; default: all.
      scope: a variable scope; default: "embedding_tied_rnn_seq2seq".
      encoder_inputs, decoder_inputs, cell, embedding_size, output_projection, feed_previous, dtype:
        as `embedding_rnn_seq2seq`'s.

    Raises:
      ValueError: `output_projection` is of a wrong shape.
    """
    with variable_scope(scope or "embedding_tied_rnn_seq2seq", dtype=dtype) as inner:
        dtype = inner.dtype
        if output_projection is not None:
            check_projection(output_projection, num_symbols, dtype)
        embedding = get_variable("embedding", [num_symbols, embedding_size], dtype=dtype)

        def embedded(symbols: Any) -> list[Any]:
            return [embedding_ops.embedding_lookup(embedding, x) for x in symbols]

        embedded_encoder, embedded_decoder = embedded(encoder_inputs), embedded(decoder_inputs)
        if output_projection is None:
            symbols = num_symbols if num_decoder_symbols is None else num_decoder_symbols
            cell = OutputProjectionWrapper(cell, symbols)

        def decode(previous: bool, update: bool) -> Decoded:
            loop_function = None
            if previous:
                loop_function = _extract_argmax_and_embed(embedding, output_projection, update)
            return tied_rnn_seq2seq(
                embedded_encoder, embedded_decoder, cell, loop_function=loop_function, dtype=dtype
            )

        return _decoded(
            feed_previous,
            decode,
            len(decoder_inputs),
            lambda: cell.zero_state(_batch_size(encoder_inputs), dtype),
        )


def _batch_size(inputs: Any) -> Any:
    """The batch size of vectors: an int where it is known."""
    size = inputs[0].get_shape()[0]
    for x in inputs[1:]:
        size.merge_with(x.get_shape()[0])
    return array_ops.shape(inputs[0])[0] if size.value is None else size.value


@export(
    "contrib.legacy_seq2seq.embedding_attention_seq2seq", "nn.seq2seq.embedding_attention_seq2seq"
)
def embedding_attention_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> Decoded:
    """From symbols to symbols, with attention to the encoder's outputs. Stands for
    `tf.contrib.legacy_seq2seq.embedding_attention_seq2seq`.

    Args:
      num_heads, initial_state_attention: as `attention_decoder`'s.
      scope: a variable scope; default: "embedding_attention_seq2seq".
      encoder_inputs, decoder_inputs, cell, num_encoder_symbols, num_decoder_symbols,
        embedding_size, output_projection, feed_previous, dtype: as `embedding_rnn_seq2seq`'s.
    """
    with variable_scope(scope or "embedding_attention_seq2seq", dtype=dtype) as inner:
        dtype = inner.dtype
        encoder = _embedded(copy.deepcopy(cell), num_encoder_symbols, embedding_size)
        encoder_outputs, encoder_state = static_rnn(encoder, encoder_inputs, dtype=dtype)
        tops = [array_ops.reshape(e, [-1, 1, cell.output_size]) for e in encoder_outputs]
        attention_states = array_ops.concat(tops, 1)
        output_size = None
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)
            output_size = num_decoder_symbols

        def decode(previous: bool, update: bool) -> Decoded:
            return embedding_attention_decoder(
                decoder_inputs,
                encoder_state,
                attention_states,
                cell,
                num_decoder_symbols,
                embedding_size,
                num_heads=num_heads,
                output_size=output_size,
                output_projection=output_projection,
                feed_previous=previous,
                update_embedding_for_previous=update,
                initial_state_attention=initial_state_attention,
            )

        return _decoded(feed_previous, decode, len(decoder_inputs), lambda: encoder_state)


@export("contrib.legacy_seq2seq.one2many_rnn_seq2seq", "nn.seq2seq.one2many_rnn_seq2seq")
def one2many_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs_dict: dict[str, Any],
    enc_cell: Any,
    dec_cells_dict: dict[str, Any],
    num_encoder_symbols: int,
    num_decoder_symbols_dict: dict[str, int],
    embedding_size: int,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """From symbols to several sequences of symbols, with a decoder for each. Stands for
    `tf.contrib.legacy_seq2seq.one2many_rnn_seq2seq`.

    Args:
      decoder_inputs_dict, dec_cells_dict, num_decoder_symbols_dict: what each decoder takes, by its
        name.
      enc_cell: the encoder's cell.
      scope: a variable scope; default: "one2many_rnn_seq2seq".
      encoder_inputs, num_encoder_symbols, embedding_size, feed_previous, dtype: as
        `embedding_rnn_seq2seq`'s.

    Returns:
      Outputs and last states, by the decoders' names.

    Raises:
      TypeError: a cell is no RNNCell.
      ValueError: inputs and cells are of other decoders.
    """
    if not isinstance(enc_cell, RNNCell):
        raise TypeError(f"enc_cell is not an RNNCell: {type(enc_cell)}")
    if set(dec_cells_dict) != set(decoder_inputs_dict):
        raise ValueError("keys of dec_cells_dict != keys of decodre_inputs_dict")
    for cell in dec_cells_dict.values():
        if not isinstance(cell, RNNCell):
            raise TypeError(f"dec_cell is not an RNNCell: {type(cell)}")
    outputs, states = {}, {}
    with variable_scope(scope or "one2many_rnn_seq2seq", dtype=dtype) as inner:
        encoder = _embedded(enc_cell, num_encoder_symbols, embedding_size)
        _, encoder_state = static_rnn(encoder, encoder_inputs, dtype=inner.dtype)
        for name, inputs in decoder_inputs_dict.items():
            symbols = num_decoder_symbols_dict[name]
            with variable_scope(f"one2many_decoder_{name}"):
                cell = OutputProjectionWrapper(dec_cells_dict[name], symbols)

                def decode(
                    previous: bool,
                    _: bool,
                    inputs: Any = inputs,
                    cell: Any = cell,
                    n: Any = symbols,
                ) -> Decoded:
                    return embedding_rnn_decoder(
                        inputs, encoder_state, cell, n, embedding_size, feed_previous=previous
                    )

                outputs[name], states[name] = _decoded(
                    feed_previous, decode, len(inputs), lambda: encoder_state
                )
    return outputs, states
