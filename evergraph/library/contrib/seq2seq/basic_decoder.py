"""A decoder that asks a helper for its inputs: `tf.contrib.seq2seq.BasicDecoder`."""

from typing import Any, NamedTuple

from evergraph.base import nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.defaults import name_scope
from evergraph.library.contrib.seq2seq.decoder import BaseDecoder, Decoder
from evergraph.library.contrib.seq2seq.helper import Helper
from evergraph.library.contrib.seq2seq.sampler import Sampler
from evergraph.library.keras.engine.base_layer import Layer as KerasLayer
from evergraph.library.layers.base import Layer
from evergraph.library.rnn.cell import assert_like_rnncell


class _BasicDecoderOutput(NamedTuple):
    rnn_output: Any
    sample_id: Any


@export("contrib.seq2seq.BasicDecoderOutput")
class BasicDecoderOutput(_BasicDecoderOutput):
    """The outputs of a BasicDecoder: `rnn_output`, the cell's or the output layer's, and
    `sample_id`. Stands for `tf.contrib.seq2seq.BasicDecoderOutput`."""


def rnn_output_size(cell: Any, output_layer: Any) -> Any:
    """The sizes of a cell's outputs, after a layer if there is one, without the batch."""
    size = cell.output_size
    if output_layer is None:
        return size
    shapes = nest.map_structure(lambda s: TensorShape([None]).concatenate(s), size)
    return nest.map_structure(lambda s: s[1:], output_layer.compute_output_shape(shapes))


@export("contrib.seq2seq.BasicDecoder")
class BasicDecoder(Decoder):
    """A cell whose inputs come from a helper. Stands for `tf.contrib.seq2seq.BasicDecoder`.

    Args:
      cell: the cell.
      helper: the Helper.
      initial_state: the state to begin with.
      output_layer: a layer for the cell's outputs.

    Raises:
      TypeError: an argument is of a wrong kind.
    """

    def __init__(
        self, cell: Any, helper: Any, initial_state: Any, output_layer: Any = None
    ) -> None:
        assert_like_rnncell("cell", cell)
        if not isinstance(helper, Helper):
            raise TypeError(f"helper must be a Helper, received: {type(helper)}")
        if output_layer is not None and not isinstance(output_layer, Layer):
            raise TypeError(f"output_layer must be a Layer, received: {type(output_layer)}")
        self._cell = cell
        self._helper = helper
        self._initial_state = initial_state
        self._output_layer = output_layer

    @property
    def batch_size(self) -> Any:
        """The helper's batch size."""
        return self._helper.batch_size

    def _rnn_output_size(self) -> Any:
        return rnn_output_size(self._cell, self._output_layer)

    @property
    def output_size(self) -> Any:
        """A BasicDecoderOutput of sizes."""
        return BasicDecoderOutput(self._rnn_output_size(), self._helper.sample_ids_shape)

    @property
    def output_dtype(self) -> Any:
        """A BasicDecoderOutput of element types: that of the state, and the helper's."""
        dtype = nest.flatten(self._initial_state)[0].dtype
        types = nest.map_structure(lambda _: dtype, self._rnn_output_size())
        return BasicDecoderOutput(types, self._helper.sample_ids_dtype)

    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        """What the loop begins with: which sequences are finished, inputs, state."""
        finished, inputs = self._helper.initialize()
        return finished, inputs, self._initial_state

    def step(
        self, time: Any, inputs: Any, state: Any, name: str | None = None
    ) -> tuple[Any, Any, Any, Any]:
        """One step: outputs, next state, next inputs, and which sequences are finished."""
        with name_scope(name, "BasicDecoderStep", (time, inputs, state)):
            cell_outputs, cell_state = self._cell(inputs, state)
            if self._output_layer is not None:
                cell_outputs = self._output_layer(cell_outputs)
            sample_ids = self._helper.sample(time=time, outputs=cell_outputs, state=cell_state)
            finished, next_inputs, next_state = self._helper.next_inputs(
                time=time, outputs=cell_outputs, state=cell_state, sample_ids=sample_ids
            )
        return BasicDecoderOutput(cell_outputs, sample_ids), next_state, next_inputs, finished


class BasicDecoderV2(BaseDecoder):
    """A cell whose inputs come from a sampler; a Keras layer, which is called with the inputs.

    Args:
      cell: The cell.
      sampler: The Sampler.
      output_layer: A layer for the cell's outputs.
      **kwargs: As BaseDecoder's.

    Raises:
      TypeError: If an argument is of a wrong kind.
    """

    def __init__(self, cell: Any, sampler: Any, output_layer: Any = None, **kwargs: Any) -> None:
        assert_like_rnncell("cell", cell)
        if not isinstance(sampler, Sampler):
            raise TypeError(f"sampler must be a Sampler, received: {sampler}")
        if output_layer is not None and not isinstance(output_layer, KerasLayer):
            raise TypeError(f"output_layer must be a Layer, received: {output_layer}")
        self.cell = cell
        self.sampler = sampler
        self.output_layer = output_layer
        super().__init__(**kwargs)

    @property
    def batch_size(self) -> Any:
        """The sampler's batch size."""
        return self.sampler.batch_size

    def _rnn_output_size(self) -> Any:
        size = TensorShape(self.cell.output_size)
        if self.output_layer is None:
            return size
        shape = self.output_layer.compute_output_shape(TensorShape([None]).concatenate(size))
        return nest.map_structure(lambda s: s[1:], shape)

    @property
    def output_size(self) -> Any:
        """A BasicDecoderOutput of sizes."""
        return BasicDecoderOutput(self._rnn_output_size(), self.sampler.sample_ids_shape)

    @property
    def output_dtype(self) -> Any:
        """A BasicDecoderOutput of element types: that of the state, and the sampler's."""
        types = nest.map_structure(lambda _: self._cell_dtype, self._rnn_output_size())
        return BasicDecoderOutput(types, self.sampler.sample_ids_dtype)

    def initialize(self, inputs: Any, initial_state: Any = None, **kwargs: Any) -> Any:
        """What the loop begins with: which sequences are finished, inputs, state."""
        self._cell_dtype = nest.flatten(initial_state)[0].dtype
        return (*self.sampler.initialize(inputs, **kwargs), initial_state)

    def step(self, time: Any, inputs: Any, state: Any) -> Any:
        """One step: outputs, next state, next inputs, and which sequences are finished."""
        outputs, cell_state = self.cell(inputs, state)
        if self.output_layer is not None:
            outputs = self.output_layer(outputs)
        sample_ids = self.sampler.sample(time=time, outputs=outputs, state=cell_state)
        finished, next_inputs, next_state = self.sampler.next_inputs(
            time=time, outputs=outputs, state=cell_state, sample_ids=sample_ids
        )
        return BasicDecoderOutput(outputs, sample_ids), next_state, next_inputs, finished
