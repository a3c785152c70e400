"""Where the inputs of a BasicDecoderV2 come from. Unlike helpers, samplers get tensors only when
decoding begins."""

import abc
from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.cond import cond
from evergraph.base import dtypes, nest
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.seq2seq.helper import (
    _check_tensor,
    _embedding_function,
    _joined,
    _places,
    _probability,
    _scattered,
    _unstack_ta,
)
from evergraph.library.contrib.seq2seq.sampling import _call_sampler as _call_sampler
from evergraph.library.contrib.seq2seq.sampling import bernoulli_sample, categorical_sample
from evergraph.library.rnn.common import transpose_batch_time

Next = tuple[Any, Any, Any]
"""Which sequences are finished, the next inputs, the next state."""


class Sampler(metaclass=abc.ABCMeta):
    """Gives a BasicDecoderV2 its inputs."""

    @abc.abstractmethod
    def initialize(self, inputs: Any, **kwargs: Any) -> Any:
        """Which sequences are finished from the beginning, and the first inputs."""

    @abc.abstractmethod
    def sample(self, time: Any, outputs: Any, state: Any) -> Any:
        """What is taken from the outputs of a step."""

    @abc.abstractmethod
    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any) -> Any:
        """Which sequences are finished after a step, the next inputs, the next state."""

    @property
    @abc.abstractmethod
    def batch_size(self) -> Any:
        """The batch size, an int32 scalar."""
        raise NotImplementedError("batch_size has not been implemented")

    @property
    @abc.abstractmethod
    def sample_ids_shape(self) -> Any:
        """The shape of what `sample` gives, without the batch."""
        raise NotImplementedError("sample_ids_shape has not been implemented")

    @property
    @abc.abstractmethod
    def sample_ids_dtype(self) -> Any:
        """The element type of what `sample` gives."""
        raise NotImplementedError("sample_ids_dtype has not been implemented")


class _Begun(Sampler):
    """Knows its batch size once decoding has begun; its samples are int32 scalars."""

    _batch_size: Any = None

    @property
    def batch_size(self) -> Any:
        """The batch size, an int32 scalar."""
        if self._batch_size is None:
            raise ValueError("batch_size accessed before initialize was called")
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """The shape of a sample, without the batch."""
        return TensorShape([])

    @property
    def sample_ids_dtype(self) -> Any:
        """The element type of samples."""
        return dtypes.int32


class CustomSampler(_Begun):
    """Functions as a sampler.

    Args:
      initialize_fn: Called with the inputs, gives (finished, first inputs).
      sample_fn: Called with `time`, `outputs`, `state`, gives the samples.
      next_inputs_fn: Called with these and `sample_ids`, gives (finished, next inputs, next state).
      sample_ids_shape: The shape of a sample (default: scalar).
      sample_ids_dtype: The type of samples (default: int32).
    """

    def __init__(
        self,
        initialize_fn: Callable[..., Any],
        sample_fn: Callable[..., Any],
        next_inputs_fn: Callable[..., Any],
        sample_ids_shape: Any = None,
        sample_ids_dtype: Any = None,
    ) -> None:
        self._initialize_fn = initialize_fn
        self._sample_fn = sample_fn
        self._next_inputs_fn = next_inputs_fn
        self._sample_ids_shape = TensorShape(sample_ids_shape or [])
        self._sample_ids_dtype = sample_ids_dtype or dtypes.int32

    @property
    def sample_ids_shape(self) -> Any:
        """The shape of a sample, without the batch."""
        return self._sample_ids_shape

    @property
    def sample_ids_dtype(self) -> Any:
        """The element type of samples."""
        return self._sample_ids_dtype

    def initialize(self, inputs: Any, **kwargs: Any) -> Any:
        """What the function gives."""
        finished, first = self._initialize_fn(inputs, **kwargs)
        if self._batch_size is None:
            self._batch_size = array_ops.size(finished)
        return finished, first

    def sample(self, time: Any, outputs: Any, state: Any) -> Any:
        """What the function gives."""
        return self._sample_fn(time=time, outputs=outputs, state=state)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any) -> Any:
        """What the function gives."""
        return self._next_inputs_fn(time=time, outputs=outputs, state=state, sample_ids=sample_ids)


class TrainingSampler(_Begun):
    """Inputs as given, the most probable class as sample.

    Args:
      time_major: Whether inputs are [time, batch, ...].
    """

    def __init__(self, time_major: bool = False) -> None:
        self.time_major = time_major

    def initialize(self, inputs: Any, sequence_length: Any = None) -> Any:
        """Sequences of length 0 are finished; the first inputs.

        Args:
          inputs: [batch, time, ...].
          sequence_length: [batch] int32; needed.

        Raises:
          ValueError: If `sequence_length` is None or no vector.
        """
        self.inputs = convert_to_tensor(inputs, name="inputs")
        if not self.time_major:
            inputs = nest.map_structure(transpose_batch_time, inputs)
        self.input_tas = nest.map_structure(_unstack_ta, inputs)
        if sequence_length is None:
            raise ValueError("sequence_length is required for TrainingSampler")
        self.sequence_length = convert_to_tensor(sequence_length, name="sequence_length")
        if self.sequence_length.get_shape().ndims != 1:
            raise ValueError(
                "Expected sequence_length to be a vector, but received shape: "
                f"{self.sequence_length.get_shape()}"
            )
        self.zero_inputs = nest.map_structure(lambda x: array_ops.zeros_like(x[0, :]), inputs)
        self._batch_size = array_ops.size(self.sequence_length)
        finished = math_ops.equal(0, self.sequence_length)
        return finished, self._inputs_at(0, finished)

    def _inputs_at(self, time: Any, finished: Any) -> Any:
        """The inputs of a step, zeros if all sequences are finished."""
        return cond(
            math_ops.reduce_all(finished),
            lambda: self.zero_inputs,
            lambda: nest.map_structure(lambda x: x.read(time), self.input_tas),
        )

    def sample(self, time: Any, outputs: Any, state: Any) -> Any:
        """The most probable class of each sequence, int32."""
        return math_ops.cast(math_ops.argmax(outputs, axis=-1), dtypes.int32)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any) -> Next:
        """The inputs of the next step."""
        finished = time + 1 >= self.sequence_length
        return finished, self._inputs_at(time + 1, finished), state


class ScheduledEmbeddingTrainingSampler(TrainingSampler):
    """Inputs as given or, at random, embeddings of the decoder's own classes.

    A sample is the class drawn, or -1 where none was.

    Args:
      sampling_probability: How probable it is that a class is drawn: a scalar or [batch].
      embedding_fn: A function from classes to vectors (default: looks them up in the `embedding`
        that `initialize` gets).
      time_major: Whether inputs are [time, batch, ...].
      seed: For drawing classes.
      scheduling_seed: For whether to draw one.

    Raises:
      ValueError: If `embedding_fn` cannot be called, or the probability is of a higher rank.
    """

    def __init__(
        self,
        sampling_probability: Any,
        embedding_fn: Callable[[Any], Any] | None = None,
        time_major: bool = False,
        seed: int | None = None,
        scheduling_seed: int | None = None,
    ) -> None:
        if embedding_fn is not None and not callable(embedding_fn):
            raise ValueError(f"embedding_fn is expected to be callable, got {type(embedding_fn)}")
        self.embedding_fn = embedding_fn
        self.sampling_probability = _probability(sampling_probability)
        self.seed = seed
        self.scheduling_seed = scheduling_seed
        super().__init__(time_major=time_major)

    def initialize(self, inputs: Any, sequence_length: Any = None, embedding: Any = None) -> Any:
        """As TrainingSampler's; `embedding` has the vectors of classes."""
        if self.embedding_fn is None:
            if embedding is None:
                raise ValueError(
                    "embedding is required as a keyword argument for "
                    "ScheduledEmbeddingTrainingSampler"
                )
            self.embedding_fn = _embedding_function(embedding)
        return super().initialize(inputs, sequence_length=sequence_length)

    def sample(self, time: Any, outputs: Any, state: Any) -> Any:
        """Classes, or -1."""
        drawn = bernoulli_sample(
            probs=self.sampling_probability,
            dtype=dtypes.bool,
            sample_shape=self.batch_size,
            seed=self.scheduling_seed,
        )
        classes = categorical_sample(logits=outputs, seed=self.seed)
        return array_ops.where(drawn, classes, array_ops.fill([self.batch_size], -1))

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any) -> Next:
        """The inputs of the next step."""
        finished, given, state = super().next_inputs(time, outputs, state, sample_ids)

        def mixed() -> Tensor:
            sampling, rest = _places(sample_ids > -1), _places(sample_ids <= -1)
            assert self.embedding_fn is not None
            sampled = self.embedding_fn(array_ops.gather_nd(sample_ids, sampling))
            return _scattered(sampling, sampled, rest, array_ops.gather_nd(given, rest), given)

        return finished, cond(math_ops.reduce_all(finished), lambda: given, mixed), state


class ScheduledOutputTrainingSampler(TrainingSampler):
    """Inputs as given or, at random, the decoder's own outputs.

    A sample is 1 where the output is taken.

    Args:
      sampling_probability: How probable that is: a scalar or [batch].
      time_major: Whether inputs are [time, batch, ...].
      seed: For drawing.
      next_inputs_fn: Makes inputs of outputs (default: they are inputs as they are).

    Raises:
      ValueError: If the probability is of a higher rank.
    """

    def __init__(
        self,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        next_inputs_fn: Callable[[Any], Any] | None = None,
    ) -> None:
        self.sampling_probability = _probability(sampling_probability)
        self.seed = seed
        self.next_inputs_fn = next_inputs_fn
        super().__init__(time_major=time_major)

    def initialize(
        self, inputs: Any, sequence_length: Any = None, auxiliary_inputs: Any = None
    ) -> Any:
        """As TrainingSampler's; `auxiliary_inputs` are appended to all inputs."""
        self._auxiliary_input_tas = None
        if auxiliary_inputs is not None:
            inputs = convert_to_tensor(inputs)
            auxiliary_inputs = convert_to_tensor(auxiliary_inputs)
            inputs = _joined(inputs, auxiliary_inputs)
            if not self.time_major:
                auxiliary_inputs = nest.map_structure(transpose_batch_time, auxiliary_inputs)
            self._auxiliary_input_tas = nest.map_structure(_unstack_ta, auxiliary_inputs)
        return super().initialize(inputs, sequence_length=sequence_length)

    def sample(self, time: Any, outputs: Any, state: Any) -> Any:
        """Ones and zeros."""
        return bernoulli_sample(
            probs=self.sampling_probability, sample_shape=self.batch_size, seed=self.seed
        )

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any) -> Next:
        """The inputs of the next step."""
        finished, given, state = super().next_inputs(time, outputs, state, sample_ids)
        taken = math_ops.cast(sample_ids, dtypes.bool)

        def mixed() -> Tensor:
            if self.next_inputs_fn is None:
                return array_ops.where(taken, self._with_auxiliary(outputs, time), given)
            sampling, rest = _places(taken), _places(math_ops.logical_not(taken))
            sampled = self.next_inputs_fn(array_ops.gather_nd(outputs, sampling))
            sampled = self._with_auxiliary(sampled, time, sampling)
            return _scattered(sampling, sampled, rest, array_ops.gather_nd(given, rest), given)

        none = math_ops.logical_not(math_ops.reduce_any(taken))
        skip = math_ops.logical_or(math_ops.reduce_all(finished), none)
        return finished, cond(skip, lambda: given, mixed), state

    def _with_auxiliary(self, outputs: Any, time: Any, places: Any = None) -> Any:
        if self._auxiliary_input_tas is None:
            return outputs
        more = nest.map_structure(lambda ta: ta.read(time + 1), self._auxiliary_input_tas)
        return _joined(outputs, more if places is None else array_ops.gather_nd(more, places))


class GreedyEmbeddingSampler(_Begun):
    """The most probable class, whose embedding is the next input.

    Args:
      embedding_fn: A function from classes to vectors (default: looks them up in the embedding
        that `initialize` gets).

    Raises:
      ValueError: If it cannot be called.
    """

    def __init__(self, embedding_fn: Callable[[Any], Any] | None = None) -> None:
        if embedding_fn is not None and not callable(embedding_fn):
            raise ValueError(f"embedding_fn is expected to be a callable, got {type(embedding_fn)}")
        self.embedding_fn = embedding_fn

    def initialize(self, embedding: Any, start_tokens: Any = None, end_token: Any = None) -> Any:
        """Nothing is finished; the embeddings of the first classes.

        Args:
          embedding: The vectors of classes; without effect if there is an `embedding_fn`.
          start_tokens: [batch] int32: the first classes.
          end_token: The class that ends a sequence, an int32 scalar.

        Raises:
          ValueError: If a rank is wrong.
        """
        if self.embedding_fn is None:
            self.embedding_fn = _embedding_function(embedding)
        self.start_tokens = convert_to_tensor(start_tokens, dtype=dtypes.int32, name="start_tokens")
        self.end_token = convert_to_tensor(end_token, dtype=dtypes.int32, name="end_token")
        if self.start_tokens.get_shape().ndims != 1:
            raise ValueError("start_tokens must be a vector")
        self._batch_size = array_ops.size(start_tokens)
        if self.end_token.get_shape().ndims != 0:
            raise ValueError("end_token must be a scalar")
        self.start_inputs = self.embedding_fn(self.start_tokens)
        return array_ops.tile([False], [self._batch_size]), self.start_inputs

    def sample(self, time: Any, outputs: Any, state: Any) -> Any:
        """The most probable class of each sequence, int32."""
        _check_tensor(outputs)
        return math_ops.argmax(outputs, axis=-1, output_type=dtypes.int32)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any) -> Next:
        """The embeddings of the classes; those that end a sequence finish it."""
        finished = math_ops.equal(sample_ids, self.end_token)
        assert self.embedding_fn is not None
        embed = self.embedding_fn
        inputs = cond(
            math_ops.reduce_all(finished), lambda: self.start_inputs, lambda: embed(sample_ids)
        )
        return finished, inputs, state


class SampleEmbeddingSampler(GreedyEmbeddingSampler):
    """Classes drawn by their probabilities, whose embeddings are the next inputs.

    Args:
      embedding_fn: As GreedyEmbeddingSampler's.
      softmax_temperature: Logits are divided by it; low ones draw the probable classes.
      seed: For drawing.
    """

    def __init__(
        self,
        embedding_fn: Callable[[Any], Any] | None = None,
        softmax_temperature: Any = None,
        seed: int | None = None,
    ) -> None:
        super().__init__(embedding_fn)
        self.softmax_temperature = softmax_temperature
        self.seed = seed

    def sample(self, time: Any, outputs: Any, state: Any) -> Any:
        """Classes, int32."""
        _check_tensor(outputs)
        heat = self.softmax_temperature
        logits = outputs if heat is None else outputs / heat
        return categorical_sample(logits=logits, seed=self.seed)


class InferenceSampler(_Begun):
    """Samples by a function of the outputs.

    Args:
      sample_fn: Makes samples of outputs.
      sample_shape: The shape of a sample.
      sample_dtype: The type of samples.
      end_fn: Says of samples which ones end their sequence.
      next_inputs_fn: Makes inputs of samples (default: they are inputs as they are).
    """

    def __init__(
        self,
        sample_fn: Callable[[Any], Any],
        sample_shape: Any,
        sample_dtype: Any,
        end_fn: Callable[[Any], Any],
        next_inputs_fn: Callable[[Any], Any] | None = None,
    ) -> None:
        self.sample_fn = sample_fn
        self.sample_shape = TensorShape(sample_shape)
        self.sample_dtype = sample_dtype
        self.end_fn = end_fn
        self.next_inputs_fn = next_inputs_fn

    @property
    def sample_ids_shape(self) -> Any:
        """The shape of a sample, without the batch."""
        return self.sample_shape

    @property
    def sample_ids_dtype(self) -> Any:
        """The element type of samples."""
        return self.sample_dtype

    def initialize(self, start_inputs: Any) -> Any:  # type: ignore[override]
        """Nothing is finished; the first inputs as given."""
        self.start_inputs = convert_to_tensor(start_inputs, name="start_inputs")
        self._batch_size = array_ops.shape(start_inputs)[0]
        return array_ops.tile([False], [self._batch_size]), self.start_inputs

    def sample(self, time: Any, outputs: Any, state: Any) -> Any:
        """What the function makes of the outputs."""
        return self.sample_fn(outputs)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any) -> Next:
        """What the functions make of the samples."""
        make = self.next_inputs_fn
        inputs = sample_ids if make is None else make(sample_ids)
        return self.end_fn(sample_ids), inputs, state
