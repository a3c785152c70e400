"""Decoding in a loop of unknown length: `tf.contrib.seq2seq.dynamic_decode`."""

import abc
from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.variable_scope import variable_scope
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.static_value import constant_value
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.rnn.cell import _zero_state_tensors
from evergraph.library.rnn.common import keep_reads_on_device, transpose_batch_time

# Its name in TensorFlow.
_transpose_batch_time = transpose_batch_time


@export("contrib.seq2seq.Decoder")
class Decoder(metaclass=abc.ABCMeta):
    """What `dynamic_decode` runs. Stands for `tf.contrib.seq2seq.Decoder`.

    Inputs, states and outputs are tensors, TensorArrays, or structures of them.
    """

    @property
    def batch_size(self) -> Any:
        """The batch size of the inputs."""
        raise NotImplementedError

    @property
    def output_size(self) -> Any:
        """The sizes of the outputs, without the batch."""
        raise NotImplementedError

    @property
    def output_dtype(self) -> Any:
        """The element types of the outputs."""
        raise NotImplementedError

    @abc.abstractmethod
    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        """What the loop begins with: which sequences are finished, inputs, state."""
        raise NotImplementedError

    @abc.abstractmethod
    def step(
        self, time: Any, inputs: Any, state: Any, name: str | None = None
    ) -> tuple[Any, Any, Any, Any]:
        """One step: outputs, next state, next inputs, and which sequences are finished."""
        raise NotImplementedError

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> tuple[Any, Any]:
        """Outputs and state after the loop, from those of all steps."""
        raise NotImplementedError

    @property
    def tracks_own_finished(self) -> bool:
        """Whether `step` tells of all sequences that are finished, not only of new ones."""
        return False


class BaseDecoder(Layer):
    """A decoder that is a Keras layer, and so takes tensors only when it is called.

    Args:
      output_time_major, impute_finished, maximum_iterations, parallel_iterations, swap_memory: as
        `dynamic_decode`'s.
      **kwargs: as of `tf.keras.layers.Layer`.
    """

    def __init__(
        self,
        output_time_major: bool = False,
        impute_finished: bool = False,
        maximum_iterations: Any = None,
        parallel_iterations: int = 32,
        swap_memory: bool = False,
        **kwargs: Any,
    ) -> None:
        self.output_time_major = output_time_major
        self.impute_finished = impute_finished
        self.maximum_iterations = maximum_iterations
        self.parallel_iterations = parallel_iterations
        self.swap_memory = swap_memory
        super().__init__(**kwargs)

    def call(self, inputs: Any, initial_state: Any = None, **kwargs: Any) -> Any:
        """What `dynamic_decode` gives."""
        return self._decode(inputs, dict(kwargs, initial_state=initial_state))

    def _decode(self, inputs: Any, arguments: dict[str, Any]) -> Any:
        return dynamic_decode(
            self,
            output_time_major=self.output_time_major,
            impute_finished=self.impute_finished,
            maximum_iterations=self.maximum_iterations,
            parallel_iterations=self.parallel_iterations,
            swap_memory=self.swap_memory,
            decoder_init_input=inputs,
            decoder_init_kwargs=arguments,
        )

    @property
    def batch_size(self) -> Any:
        """The batch size of the inputs."""
        raise NotImplementedError

    @property
    def output_size(self) -> Any:
        """The sizes of the outputs, without the batch."""
        raise NotImplementedError

    @property
    def output_dtype(self) -> Any:
        """The element types of the outputs."""
        raise NotImplementedError

    def initialize(self, inputs: Any, initial_state: Any = None, **kwargs: Any) -> Any:
        """What the loop begins with: which sequences are finished, inputs, state."""
        raise NotImplementedError

    def step(self, time: Any, inputs: Any, state: Any) -> Any:
        """One step: outputs, next state, next inputs, and which sequences are finished."""
        raise NotImplementedError

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> Any:
        """Outputs and state after the loop, from those of all steps."""
        raise NotImplementedError

    @property
    def tracks_own_finished(self) -> bool:
        """Whether `step` tells of all sequences that are finished, not only of new ones."""
        return False


def _checked_maximum(maximum_iterations: Any) -> Any:
    if maximum_iterations is None:
        return None
    found = convert_to_tensor(maximum_iterations, dtype=dtypes.int32, name="maximum_iterations")
    if found.get_shape().ndims != 0:
        raise ValueError("maximum_iterations must be a scalar")
    return found


def _element_shape(batch_size: Any, size: Any) -> TensorShape | None:
    """The shape of a step's output, where it is known."""
    if not isinstance(size, TensorShape) or size.ndims == 0:
        return None
    static = constant_value(convert_to_tensor(batch_size, name="batch_size"))
    return TensorShape([static]).concatenate(size)


def _copied_through(finished: Any, new: Any, current: Any) -> Any:
    """The state of a sequence that is finished stays; TensorArrays and scalars are shared."""
    if isinstance(current, TensorArray):
        return new
    new.set_shape(current.shape)
    return new if new.shape.ndims == 0 else array_ops.where(finished, current, new)


def _body(decoder: Any, zero_outputs: Any) -> Callable[..., tuple[Any, ...]]:
    """What the loop does in a step. `zero_outputs` are for sequences that are finished, or None
    where these go on."""

    def body(
        time: Any, arrays: Any, state: Any, inputs: Any, finished: Any, lengths: Any
    ) -> tuple[Any, ...]:
        outputs, next_state, next_inputs, now_finished = decoder.step(time, inputs, state)
        if not decoder.tracks_own_finished:
            now_finished = math_ops.logical_or(now_finished, finished)
        next_lengths = array_ops.where(
            math_ops.logical_not(finished),
            array_ops.fill(array_ops.shape(lengths), time + 1),
            lengths,
        )
        nest.assert_same_structure(state, next_state)
        nest.assert_same_structure(arrays, outputs)
        nest.assert_same_structure(inputs, next_inputs)
        if zero_outputs is not None:
            outputs = nest.map_structure(
                lambda out, zero: array_ops.where(finished, zero, out), outputs, zero_outputs
            )
            next_state = nest.map_structure(
                lambda new, current: _copied_through(finished, new, current), next_state, state
            )
        arrays = nest.map_structure(lambda ta, out: ta.write(time, out), arrays, outputs)
        return time + 1, arrays, next_state, next_inputs, now_finished, next_lengths

    return body


@export("contrib.seq2seq.dynamic_decode")
def dynamic_decode(
    decoder: Any,
    output_time_major: bool = False,
    impute_finished: bool = False,
    maximum_iterations: Any = None,
    parallel_iterations: int = 32,
    swap_memory: bool = False,
    scope: Any = None,
    **kwargs: Any,
) -> tuple[Any, Any, Any]:
    """Runs a decoder until all sequences are finished. Stands for
    `tf.contrib.seq2seq.dynamic_decode`.

    Args:
      decoder: the Decoder.
      output_time_major: whether outputs are [time, batch, ...], which is faster, or else
        [batch, time, ...].
      impute_finished: whether finished sequences give zeros and keep their states.
      maximum_iterations: the greatest number of steps, an int32 scalar; default: no limit.
      parallel_iterations, swap_memory: as `tf.while_loop`'s.
      scope: a variable scope; default: "decoder".
      **kwargs: for decoders that are Keras layers: `decoder_init_input` and `decoder_init_kwargs`,
        what their `initialize` takes.

    Returns:
      The outputs of all steps, the last state, and the lengths of the sequences, [batch] int32.

    Raises:
      TypeError: `decoder` is no Decoder.
      ValueError: `maximum_iterations` is no scalar.
    """
    if not isinstance(decoder, (Decoder, BaseDecoder)):
        raise TypeError(f"Expected decoder to be type Decoder, but saw: {type(decoder)}")
    with variable_scope(scope, "decoder") as varscope:
        keep_reads_on_device(varscope)
        most = _checked_maximum(maximum_iterations)
        if isinstance(decoder, Decoder):
            finished, inputs, state = decoder.initialize()
        else:
            finished, inputs, state = decoder.initialize(
                kwargs.get("decoder_init_input"), **kwargs.get("decoder_init_kwargs", {})
            )
        zero_outputs = nest.map_structure(
            lambda size, dtype: _zero_state_tensors(size, decoder.batch_size, dtype),
            decoder.output_size,
            decoder.output_dtype,
        )
        if most is not None:
            finished = math_ops.logical_or(finished, 0 >= most)
        lengths = array_ops.zeros_like(finished, dtype=dtypes.int32)
        time = constant(0, dtype=dtypes.int32)
        arrays = nest.map_structure(
            lambda size, dtype: TensorArray(
                dtype=dtype,
                size=0,
                dynamic_size=True,
                element_shape=_element_shape(decoder.batch_size, size),
            ),
            decoder.output_size,
            decoder.output_dtype,
        )

        _, arrays, state, _, _, lengths = while_loop(
            lambda time, arrays, state, inputs, finished, lengths: math_ops.logical_not(
                math_ops.reduce_all(finished)
            ),
            _body(decoder, zero_outputs if impute_finished else None),
            loop_vars=(time, arrays, state, inputs, finished, lengths),
            parallel_iterations=parallel_iterations,
            maximum_iterations=most,
            swap_memory=swap_memory,
        )
        outputs = nest.map_structure(lambda ta: ta.stack(), arrays)
        try:
            outputs, state = decoder.finalize(outputs, state, lengths)
        except NotImplementedError:
            pass
        if not output_time_major:
            outputs = nest.map_structure(transpose_batch_time, outputs)
    return outputs, state, lengths
