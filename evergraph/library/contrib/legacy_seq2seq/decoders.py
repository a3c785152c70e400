"""Decoders over lists of inputs with a tensor a time step, with and without attention."""

from collections.abc import Callable, Iterable
from typing import Any

from evergraph.api import array_ops, embedding_ops, math_ops, nn_ops
from evergraph.api.variable_scope import get_variable, variable_scope
from evergraph.api.variable_scope_state import get_variable_scope
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.rnn.core_rnn_cell import _Linear as Linear

LoopFunction = Callable[[Any, int], Any]


def _extract_argmax_and_embed(
    embedding: Any, output_projection: Any = None, update_embedding: bool = True
) -> LoopFunction:
    """A loop function: the vector of the symbol that the last output makes most probable.

    Args:
      embedding: the vectors of all symbols.
      output_projection: a matrix and a vector that make logits of an output, or None.
      update_embedding: whether gradients reach the vectors.
    """

    def loop_function(prev: Any, _: Any) -> Any:
        if output_projection is not None:
            prev = nn_ops.xw_plus_b(prev, output_projection[0], output_projection[1])
        vector = embedding_ops.embedding_lookup(embedding, math_ops.argmax(prev, 1))
        return vector if update_embedding else array_ops.stop_gradient(vector)

    return loop_function


def check_projection(output_projection: Any, num_symbols: int, dtype: Any) -> None:
    """Makes tensors of weights and biases. ValueError if they do not make `num_symbols` logits."""
    weights = convert_to_tensor(output_projection[0], dtype=dtype)
    weights.get_shape().assert_is_compatible_with([None, num_symbols])
    check_biases(output_projection, num_symbols, dtype)


def check_biases(output_projection: Any, num_symbols: int, dtype: Any) -> None:
    """The part of `check_projection` that concerns the biases."""
    biases = convert_to_tensor(output_projection[1], dtype=dtype)
    biases.get_shape().assert_is_compatible_with([num_symbols])


@export("contrib.legacy_seq2seq.rnn_decoder", "nn.seq2seq.rnn_decoder")
def rnn_decoder(
    decoder_inputs: Iterable[Any],
    initial_state: Any,
    cell: Any,
    loop_function: LoopFunction | None = None,
    scope: Any = None,
) -> tuple[list[Tensor], Any]:
    """Runs a cell over inputs. Stands for `tf.contrib.legacy_seq2seq.rnn_decoder`.

    Args:
      decoder_inputs: [batch, input size] tensors, one a time step.
      initial_state: the state to begin with.
      cell: the cell.
      loop_function: called with the last output and the number of the step, gives the input of the
        step; then only the first of `decoder_inputs` is used.
      scope: a variable scope; default: "rnn_decoder".

    Returns:
      The list of outputs, and the last state.
    """
    with variable_scope(scope or "rnn_decoder"):
        state, outputs = initial_state, []
        for i, given in enumerate(decoder_inputs):
            x = given
            if loop_function is not None and outputs:
                with variable_scope("loop_function", reuse=True):
                    x = loop_function(outputs[-1], i)
            if i > 0:
                get_variable_scope().reuse_variables()
            output, state = cell(x, state)
            outputs.append(output)
    return outputs, state


@export("contrib.legacy_seq2seq.embedding_rnn_decoder", "nn.seq2seq.embedding_rnn_decoder")
def embedding_rnn_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    output_projection: Any = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    scope: Any = None,
) -> tuple[list[Tensor], Any]:
    """Runs a cell over symbols, or over those it chooses itself. Stands for
    `tf.contrib.legacy_seq2seq.embedding_rnn_decoder`.

    Args:
      decoder_inputs: [batch] int tensors, one a time step.
      initial_state: the state to begin with.
      cell: the cell.
      num_symbols: how many symbols there are.
      embedding_size: the length of a symbol's vector.
      output_projection: a matrix and a vector that make logits of an output before a symbol is
        chosen; None if outputs are logits.
      feed_previous: whether the input of a step is the most probable symbol of the step before.
      update_embedding_for_previous: whether gradients reach the vectors of these symbols.
      scope: a variable scope; default: "embedding_rnn_decoder".

    Returns:
      The list of outputs, and the last state.

    Raises:
      ValueError: `output_projection` is of a wrong shape.
    """
    with variable_scope(scope or "embedding_rnn_decoder") as inner:
        if output_projection is not None:
            check_projection(output_projection, num_symbols, inner.dtype)
        embedding = get_variable("embedding", [num_symbols, embedding_size])
        loop_function = None
        if feed_previous:
            loop_function = _extract_argmax_and_embed(
                embedding, output_projection, update_embedding_for_previous
            )
        # Looked up step by step, in the scope of the decoder.
        vectors = (embedding_ops.embedding_lookup(embedding, i) for i in decoder_inputs)
        return rnn_decoder(vectors, initial_state, cell, loop_function=loop_function)


class _Heads:
    """Attention heads over states: each gives a weighted mean of them for a query.

    The weights are the softmax of v · tanh(W h + U q): Vinyals et al., "Grammar as a Foreign
    Language", https://arxiv.org/abs/1412.7449.
    """

    def __init__(self, states: Tensor, count: int, dtype: Any) -> None:
        self.dtype = dtype
        self.length: Any = states.get_shape()[1].value
        if self.length is None:
            self.length = array_ops.shape(states)[1]
        self.size = size = states.get_shape()[2].value
        # W h for all states at once is a convolution with a kernel of one pixel.
        self.hidden = array_ops.reshape(states, [-1, self.length, 1, size])
        self.features, self.v = [], []
        for i in range(count):
            w = get_variable(f"AttnW_{i}", [1, 1, size, size], dtype=dtype)
            self.features.append(nn_ops.conv2d(self.hidden, w, [1, 1, 1, 1], "SAME"))
            self.v.append(get_variable(f"AttnV_{i}", [size], dtype=dtype))

    def __call__(self, query: Any) -> list[Tensor]:
        if nest.is_sequence(query):
            parts = nest.flatten(query)
            assert all(q.get_shape().ndims in (None, 0, 2) for q in parts)
            query = array_ops.concat(parts, 1)
        return [self._read(i, query) for i in range(len(self.v))]

    def _read(self, i: int, query: Tensor) -> Tensor:
        with variable_scope(f"Attention_{i}"):
            y = Linear(query, self.size, True)(query)
            y = math_ops.cast(array_ops.reshape(y, [-1, 1, 1, self.size]), self.dtype)
            score = self.v[i] * math_ops.tanh(self.features[i] + y)
            score = math_ops.reduce_sum(score, [2, 3])
            weights = nn_ops.softmax(math_ops.cast(score, dtype=dtypes.float32))
            weights = math_ops.cast(weights, self.dtype)
            weights = array_ops.reshape(weights, [-1, self.length, 1, 1])
            mean = math_ops.reduce_sum(weights * self.hidden, [1, 2])
            return array_ops.reshape(mean, [-1, self.size])


@export("contrib.legacy_seq2seq.attention_decoder", "nn.seq2seq.attention_decoder")
def attention_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    output_size: int | None = None,
    num_heads: int = 1,
    loop_function: LoopFunction | None = None,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Tensor], Any]:
    """Runs a cell over inputs together with what attention reads from other states. Stands for
    `tf.contrib.legacy_seq2seq.attention_decoder`.

    Args:
      decoder_inputs: [batch, input size] tensors, one a time step.
      initial_state: the state to begin with.
      attention_states: [batch, length, size]: the states that are read.
      cell: the cell.
      output_size: the size of an output; default: the cell's.
      num_heads: how many weighted means of the states are read.
      loop_function: as `rnn_decoder`'s.
      dtype: of the variables.
      scope: a variable scope; default: "attention_decoder".
      initial_state_attention: whether the first step reads what the initial state asks for, and
        not zeros.

    Returns:
      The list of outputs, and the last state.

    Raises:
      ValueError: there are no inputs or no heads, or a size is not known.
    """
    if not decoder_inputs:
        raise ValueError("Must provide at least 1 input to attention decoder.")
    if num_heads < 1:
        raise ValueError("With less than 1 heads, use a non-attention decoder.")
    if attention_states.get_shape()[2].value is None:
        shape = attention_states.get_shape()
        raise ValueError(f"Shape[2] of attention_states must be known: {shape}")
    if output_size is None:
        output_size = cell.output_size
    with variable_scope(scope or "attention_decoder", dtype=dtype) as inner:
        dtype = inner.dtype
        batch_size = array_ops.shape(decoder_inputs[0])[0]
        attention = _Heads(attention_states, num_heads, dtype)
        zeros_shape = array_ops.stack([batch_size, attention.size])
        read = [array_ops.zeros(zeros_shape, dtype=dtype) for _ in range(num_heads)]
        for zeros in read:
            zeros.set_shape([None, attention.size])
        if initial_state_attention:
            read = attention(initial_state)
        state, outputs = initial_state, []
        for i, given in enumerate(decoder_inputs):
            x = given
            if i > 0:
                get_variable_scope().reuse_variables()
            if loop_function is not None and outputs:
                with variable_scope("loop_function", reuse=True):
                    x = loop_function(outputs[-1], i)
            cell_output, state = cell(_with_attention(x, read, dtype), state)
            if i == 0 and initial_state_attention:
                with variable_scope(get_variable_scope(), reuse=True):
                    read = attention(state)
            else:
                read = attention(state)
            with variable_scope("AttnOutputProjection"):
                parts = [math_ops.cast(cell_output, dtype), *read]
                outputs.append(Linear(parts, output_size, True)(parts))
    return outputs, state


def _with_attention(x: Any, read: list[Tensor], dtype: Any) -> Tensor:
    """An input mixed with what attention read, in its old size."""
    size = x.get_shape().with_rank(2)[1]
    if size.value is None:
        raise ValueError(f"Could not infer input size from input: {x.name}")
    parts = [math_ops.cast(part, dtype) for part in (x, *read)]
    return Linear(parts, size, True)(parts)


@export(
    "contrib.legacy_seq2seq.embedding_attention_decoder", "nn.seq2seq.embedding_attention_decoder"
)
def embedding_attention_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_size: int | None = None,
    output_projection: Any = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Tensor], Any]:
    """`attention_decoder` over symbols, or over those it chooses itself. Stands for
    `tf.contrib.legacy_seq2seq.embedding_attention_decoder`; arguments as `attention_decoder`'s and
    `embedding_rnn_decoder`'s.
    """
    if output_size is None:
        output_size = cell.output_size
    if output_projection is not None:
        check_biases(output_projection, num_symbols, dtype)
    with variable_scope(scope or "embedding_attention_decoder", dtype=dtype):
        embedding = get_variable("embedding", [num_symbols, embedding_size])
        loop_function = None
        if feed_previous:
            loop_function = _extract_argmax_and_embed(
                embedding, output_projection, update_embedding_for_previous
            )
        return attention_decoder(
            [embedding_ops.embedding_lookup(embedding, i) for i in decoder_inputs],
            initial_state,
            attention_states,
            cell,
            output_size=output_size,
            num_heads=num_heads,
            loop_function=loop_function,
            initial_state_attention=initial_state_attention,
        )
