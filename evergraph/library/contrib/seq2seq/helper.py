"""Where a decoder's inputs come from: `tf.contrib.seq2seq.TrainingHelper` and its like."""

import abc
from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, embedding_ops, math_ops
from evergraph.api.cond import cond
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.seq2seq.sampling import _call_sampler as _call_sampler
from evergraph.library.contrib.seq2seq.sampling import bernoulli_sample, categorical_sample
from evergraph.library.rnn.common import transpose_batch_time

Next = tuple[Any, Any, Any]
"""Which sequences are finished, the next inputs, the next state."""

_transpose_batch_time = transpose_batch_time


def _unstack_ta(inp: Tensor) -> TensorArray:
    """A TensorArray of the elements along the first axis."""
    return TensorArray(
        dtype=inp.dtype, size=array_ops.shape(inp)[0], element_shape=inp.get_shape()[1:]
    ).unstack(inp)


@export("contrib.seq2seq.Helper")
class Helper(metaclass=abc.ABCMeta):
    """Gives a BasicDecoder its inputs. Stands for `tf.contrib.seq2seq.Helper`."""

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

    @abc.abstractmethod
    def initialize(self, name: str | None = None) -> Any:
        """Which sequences are finished from the beginning, and the first inputs."""

    @abc.abstractmethod
    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What is chosen, given a step's outputs."""

    @abc.abstractmethod
    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """Which sequences are finished, the next inputs and the next state."""


class _ScalarIds(Helper):
    """Chooses one int32 for each sequence."""

    @property
    def batch_size(self) -> Any:
        """The batch size, an int32 scalar."""
        return self._batch_size  # type: ignore[attr-defined]

    @property
    def sample_ids_shape(self) -> Any:
        """Scalars."""
        return TensorShape([])

    @property
    def sample_ids_dtype(self) -> Any:
        """int32."""
        return dtypes.int32


@export("contrib.seq2seq.CustomHelper")
class CustomHelper(Helper):
    """A helper made of functions. Stands for `tf.contrib.seq2seq.CustomHelper`.

    Args:
      initialize_fn: gives what `initialize` gives.
      sample_fn: called with `time`, `outputs` and `state` by name.
      next_inputs_fn: the same and `sample_ids`.
      sample_ids_shape: the shape of a sample; default: scalar.
      sample_ids_dtype: its element type; default: int32.
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
        self._batch_size: Any = None
        self._sample_ids_shape = TensorShape(sample_ids_shape or [])
        self._sample_ids_dtype = sample_ids_dtype or dtypes.int32

    @property
    def batch_size(self) -> Any:
        """The batch size, known once `initialize` was called; ValueError before."""
        if self._batch_size is None:
            raise ValueError("batch_size accessed before initialize was called")
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """The shape of a sample."""
        return self._sample_ids_shape

    @property
    def sample_ids_dtype(self) -> Any:
        """The element type of a sample."""
        return self._sample_ids_dtype

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """What `initialize_fn` gives."""
        with name_scope(name, f"{type(self).__name__}Initialize"):
            finished, next_inputs = self._initialize_fn()
            if self._batch_size is None:
                self._batch_size = array_ops.size(finished)
        return finished, next_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What `sample_fn` gives."""
        with name_scope(name, f"{type(self).__name__}Sample", (time, outputs, state)):
            return self._sample_fn(time=time, outputs=outputs, state=state)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """What `next_inputs_fn` gives."""
        with name_scope(name, f"{type(self).__name__}NextInputs", (time, outputs, state)):
            return self._next_inputs_fn(
                time=time, outputs=outputs, state=state, sample_ids=sample_ids
            )


@export("contrib.seq2seq.TrainingHelper")
class TrainingHelper(_ScalarIds):
    """Inputs as given, the most probable class as sample. Stands for
    `tf.contrib.seq2seq.TrainingHelper`.

    Args:
      inputs: [batch, time, ...].
      sequence_length: [batch] int32.
      time_major: whether `inputs` are [time, batch, ...].
      name: a name scope.

    Raises:
      ValueError: `sequence_length` is no vector.
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        time_major: bool = False,
        name: str | None = None,
    ) -> None:
        with name_scope(name, "TrainingHelper", [inputs, sequence_length]):
            inputs = convert_to_tensor(inputs, name="inputs")
            self._inputs = inputs
            if not time_major:
                inputs = nest.map_structure(transpose_batch_time, inputs)
            self._input_tas = nest.map_structure(_unstack_ta, inputs)
            self._sequence_length = convert_to_tensor(sequence_length, name="sequence_length")
            if self._sequence_length.get_shape().ndims != 1:
                raise ValueError(
                    "Expected sequence_length to be a vector, but received shape: "
                    f"{self._sequence_length.get_shape()}"
                )
            self._zero_inputs = nest.map_structure(
                lambda inp: array_ops.zeros_like(inp[0, :]), inputs
            )
            self._batch_size = array_ops.size(sequence_length)

    @property
    def inputs(self) -> Any:
        """The inputs as given."""
        return self._inputs

    @property
    def sequence_length(self) -> Any:
        """The lengths of the sequences."""
        return self._sequence_length

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """Sequences of length 0 are finished; the first inputs."""
        with name_scope(name, "TrainingHelperInitialize"):
            finished = math_ops.equal(0, self._sequence_length)
            return finished, self._inputs_at(0, finished)

    def _inputs_at(self, time: Any, finished: Any) -> Any:
        """The inputs of a step, zeros if all sequences are finished."""
        return cond(
            math_ops.reduce_all(finished),
            lambda: self._zero_inputs,
            lambda: nest.map_structure(lambda inp: inp.read(time), self._input_tas),
        )

    def sample(self, time: Any, outputs: Any, name: str | None = None, **unused_kwargs: Any) -> Any:
        """The most probable class of each sequence, int32."""
        with name_scope(name, "TrainingHelperSample", [time, outputs]):
            return math_ops.cast(math_ops.argmax(outputs, axis=-1), dtypes.int32)

    def next_inputs(
        self,
        time: Any,
        outputs: Any,
        state: Any,
        name: str | None = None,
        **unused_kwargs: Any,
    ) -> Next:
        """The inputs of the next step."""
        with name_scope(name, "TrainingHelperNextInputs", [time, outputs, state]):
            next_time = time + 1
            finished = next_time >= self._sequence_length
            return finished, self._inputs_at(next_time, finished), state


def _embedding_function(embedding: Any) -> Callable[[Any], Any]:
    if callable(embedding):
        return embedding
    return lambda ids: embedding_ops.embedding_lookup(embedding, ids)


def _probability(value: Any) -> Tensor:
    probability = convert_to_tensor(value, name="sampling_probability")
    if probability.get_shape().ndims not in (0, 1):
        raise ValueError(
            "sampling_probability must be either a scalar or a vector. saw shape: "
            f"{probability.get_shape()}"
        )
    return probability


def _places(where: Any) -> Tensor:
    """The indices of the batch where a condition holds, int32."""
    return math_ops.cast(array_ops.where(where), dtypes.int32)


def _scattered(
    where_sampling: Tensor, sampled: Any, where_not_sampling: Tensor, given: Any, inputs: Any
) -> Tensor:
    """A batch in the shape of `inputs`, of two parts and their places."""
    shape = array_ops.shape(inputs)
    return array_ops.scatter_nd(
        indices=where_sampling, updates=sampled, shape=shape
    ) + array_ops.scatter_nd(indices=where_not_sampling, updates=given, shape=shape)


@export("contrib.seq2seq.ScheduledEmbeddingTrainingHelper")
class ScheduledEmbeddingTrainingHelper(TrainingHelper):
    """Inputs as given or, at random, embeddings of the decoder's own classes. Stands for
    `tf.contrib.seq2seq.ScheduledEmbeddingTrainingHelper`.

    A sample is the class drawn, or -1 where none was.

    Args:
      inputs, sequence_length, time_major, name: as `TrainingHelper`'s.
      embedding: the vectors of classes, or a function of classes.
      sampling_probability: how probable it is that a class is drawn: a scalar or [batch].
      seed: for drawing classes.
      scheduling_seed: for whether to draw one.

    Raises:
      ValueError: `sampling_probability` is no scalar and no vector.
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        embedding: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        scheduling_seed: int | None = None,
        name: str | None = None,
    ) -> None:
        with name_scope(
            name, "ScheduledEmbeddingSamplingWrapper", [embedding, sampling_probability]
        ):
            self._embedding_fn = _embedding_function(embedding)
            self._sampling_probability = _probability(sampling_probability)
            self._seed = seed
            self._scheduling_seed = scheduling_seed
            super().__init__(
                inputs=inputs, sequence_length=sequence_length, time_major=time_major, name=name
            )

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """As `TrainingHelper.initialize`."""
        return super().initialize(name=name)

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Classes drawn, or -1."""
        with name_scope(name, "ScheduledEmbeddingTrainingHelperSample", [time, outputs, state]):
            drawn = bernoulli_sample(
                probs=self._sampling_probability,
                dtype=dtypes.bool,
                sample_shape=self.batch_size,
                seed=self._scheduling_seed,
            )
            classes = categorical_sample(logits=outputs, seed=self._seed)
            return array_ops.where(drawn, classes, array_ops.fill([self.batch_size], -1))

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Next:
        """The next inputs, with embeddings where a class was drawn."""
        with name_scope(
            name,
            "ScheduledEmbeddingTrainingHelperNextInputs",
            [time, outputs, state, sample_ids],
        ):
            finished, base, state = super().next_inputs(
                time=time, outputs=outputs, state=state, sample_ids=sample_ids, name=name
            )

            def mixed() -> Tensor:
                sampling, others = _places(sample_ids > -1), _places(sample_ids <= -1)
                classes = array_ops.gather_nd(sample_ids, sampling)
                given = array_ops.gather_nd(base, others)
                return _scattered(sampling, self._embedding_fn(classes), others, given, base)

            return finished, cond(math_ops.reduce_all(finished), lambda: base, mixed), state


@export("contrib.seq2seq.ScheduledOutputTrainingHelper")
class ScheduledOutputTrainingHelper(TrainingHelper):
    """Inputs as given or, at random, the decoder's own outputs. Stands for
    `tf.contrib.seq2seq.ScheduledOutputTrainingHelper`.

    A sample says whether the output is taken.

    Args:
      inputs, sequence_length, time_major, name: as `TrainingHelper`'s.
      sampling_probability: how probable it is that the output is taken: a scalar or [batch].
      seed: for that.
      next_inputs_fn: makes an input of an output; default: it is the output.
      auxiliary_inputs: [batch, time, ...]: joined to inputs and to outputs taken as such.

    Raises:
      ValueError: `sampling_probability` is no scalar and no vector.
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        next_inputs_fn: Callable[[Any], Any] | None = None,
        auxiliary_inputs: Any = None,
        name: str | None = None,
    ) -> None:
        with name_scope(
            name,
            "ScheduledOutputTrainingHelper",
            [inputs, auxiliary_inputs, sampling_probability],
        ):
            self._sampling_probability = _probability(sampling_probability)
            self._auxiliary_input_tas = None
            if auxiliary_inputs is not None:
                inputs = convert_to_tensor(inputs, name="inputs")
                auxiliary_inputs = convert_to_tensor(auxiliary_inputs, name="auxiliary_inputs")
                inputs = _joined(inputs, auxiliary_inputs)
                if not time_major:
                    auxiliary_inputs = nest.map_structure(transpose_batch_time, auxiliary_inputs)
                self._auxiliary_input_tas = nest.map_structure(_unstack_ta, auxiliary_inputs)
            self._seed = seed
            self._next_inputs_fn = next_inputs_fn
            super().__init__(
                inputs=inputs, sequence_length=sequence_length, time_major=time_major, name=name
            )

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """As `TrainingHelper.initialize`."""
        return super().initialize(name=name)

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Whether outputs are taken: 1 or 0."""
        with name_scope(name, "ScheduledOutputTrainingHelperSample", [time, outputs, state]):
            return bernoulli_sample(
                probs=self._sampling_probability, sample_shape=self.batch_size, seed=self._seed
            )

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Next:
        """The next inputs, some of them made of outputs."""
        with name_scope(
            name, "ScheduledOutputTrainingHelperNextInputs", [time, outputs, state, sample_ids]
        ):
            finished, base, state = super().next_inputs(
                time=time, outputs=outputs, state=state, sample_ids=sample_ids, name=name
            )
            taken = math_ops.cast(sample_ids, dtypes.bool)

            def mixed() -> Tensor:
                if self._next_inputs_fn is None:
                    return array_ops.where(taken, self._with_auxiliary(outputs, time), base)
                sampling, others = _places(taken), _places(math_ops.logical_not(taken))
                found = array_ops.gather_nd(outputs, sampling)
                given = array_ops.gather_nd(base, others)
                made = self._with_auxiliary(self._next_inputs_fn(found), time, sampling)
                return _scattered(sampling, made, others, given, base)

            all_finished = math_ops.reduce_all(finished)
            none_taken = math_ops.logical_not(math_ops.reduce_any(taken))
            as_given = math_ops.logical_or(all_finished, none_taken)
            return finished, cond(as_given, lambda: base, mixed), state

    def _with_auxiliary(self, outputs: Any, time: Any, places: Any = None) -> Any:
        """Outputs joined with the auxiliary inputs of the next step, those of some places only."""
        if self._auxiliary_input_tas is None:
            return outputs
        next_time = time + 1
        auxiliary = nest.map_structure(lambda ta: ta.read(next_time), self._auxiliary_input_tas)
        if places is not None:
            auxiliary = array_ops.gather_nd(auxiliary, places)
        return _joined(outputs, auxiliary)


def _joined(inputs: Any, more: Any) -> Any:
    return nest.map_structure(lambda x, y: array_ops.concat((x, y), -1), inputs, more)


@export("contrib.seq2seq.GreedyEmbeddingHelper")
class GreedyEmbeddingHelper(_ScalarIds):
    """The next input is the embedding of the most probable class. Stands for
    `tf.contrib.seq2seq.GreedyEmbeddingHelper`.

    Args:
      embedding: the vectors of classes, or a function of classes.
      start_tokens: [batch] int32: the classes to begin with.
      end_token: an int32 scalar: the class that ends a sequence.

    Raises:
      ValueError: `start_tokens` is no vector, or `end_token` no scalar.
    """

    def __init__(self, embedding: Any, start_tokens: Any, end_token: Any) -> None:
        self._embedding_fn = _embedding_function(embedding)
        self._start_tokens = convert_to_tensor(
            start_tokens, dtype=dtypes.int32, name="start_tokens"
        )
        self._end_token = convert_to_tensor(end_token, dtype=dtypes.int32, name="end_token")
        if self._start_tokens.get_shape().ndims != 1:
            raise ValueError("start_tokens must be a vector")
        self._batch_size = array_ops.size(start_tokens)
        if self._end_token.get_shape().ndims != 0:
            raise ValueError("end_token must be a scalar")
        self._start_inputs = self._embedding_fn(self._start_tokens)

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """No sequence is finished; the embeddings of the first classes."""
        return array_ops.tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """The most probable classes. TypeError if `outputs` is no tensor."""
        _check_tensor(outputs)
        return math_ops.argmax(outputs, axis=-1, output_type=dtypes.int32)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Next:
        """The embeddings of the classes chosen."""
        finished = math_ops.equal(sample_ids, self._end_token)
        next_inputs = cond(
            math_ops.reduce_all(finished),
            lambda: self._start_inputs,
            lambda: self._embedding_fn(sample_ids),
        )
        return finished, next_inputs, state


def _check_tensor(outputs: Any) -> None:
    if not isinstance(outputs, Tensor):
        raise TypeError(f"Expected outputs to be a single Tensor, got: {type(outputs)}")


@export("contrib.seq2seq.SampleEmbeddingHelper")
class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """The next input is the embedding of a class that is drawn. Stands for
    `tf.contrib.seq2seq.SampleEmbeddingHelper`.

    Args:
      embedding, start_tokens, end_token: as `GreedyEmbeddingHelper`'s.
      softmax_temperature: what logits are divided by, a float32 scalar above 0; default: 1.
      seed: for drawing.
    """

    def __init__(
        self,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        softmax_temperature: Any = None,
        seed: int | None = None,
    ) -> None:
        super().__init__(embedding, start_tokens, end_token)
        self._softmax_temperature = softmax_temperature
        self._seed = seed

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Classes drawn. TypeError if `outputs` is no tensor."""
        _check_tensor(outputs)
        if self._softmax_temperature is not None:
            outputs = outputs / self._softmax_temperature
        return categorical_sample(logits=outputs, seed=self._seed)


@export("contrib.seq2seq.InferenceHelper")
class InferenceHelper(Helper):
    """A helper with a function that samples. Stands for `tf.contrib.seq2seq.InferenceHelper`.

    Args:
      sample_fn: makes samples of outputs.
      sample_shape: the shape of a sample, a list of ints.
      sample_dtype: its element type.
      start_inputs: the first inputs, a batch.
      end_fn: says of samples whether they end their sequences, [batch] bool.
      next_inputs_fn: makes inputs of samples; default: they are the samples.
    """

    def __init__(
        self,
        sample_fn: Callable[[Any], Any],
        sample_shape: Any,
        sample_dtype: Any,
        start_inputs: Any,
        end_fn: Callable[[Any], Any],
        next_inputs_fn: Callable[[Any], Any] | None = None,
    ) -> None:
        self._sample_fn = sample_fn
        self._end_fn = end_fn
        self._sample_shape = TensorShape(sample_shape)
        self._sample_dtype = sample_dtype
        self._next_inputs_fn = next_inputs_fn
        self._batch_size = array_ops.shape(start_inputs)[0]
        self._start_inputs = convert_to_tensor(start_inputs, name="start_inputs")

    @property
    def batch_size(self) -> Any:
        """The batch size of the first inputs."""
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """The shape of a sample."""
        return self._sample_shape

    @property
    def sample_ids_dtype(self) -> Any:
        """The element type of a sample."""
        return self._sample_dtype

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """No sequence is finished; the first inputs."""
        return array_ops.tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What `sample_fn` gives."""
        return self._sample_fn(outputs)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Next:
        """The samples, or what `next_inputs_fn` makes of them."""
        inputs = sample_ids if self._next_inputs_fn is None else self._next_inputs_fn(sample_ids)
        return self._end_fn(sample_ids), inputs, state
