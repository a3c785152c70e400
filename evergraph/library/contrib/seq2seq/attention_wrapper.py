"""A cell that reads from a memory at each step: `tf.contrib.seq2seq.AttentionWrapper`."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from evergraph.api import array_ops, check_ops, math_ops
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, dimension_value
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.tensor_util import with_same_shape
from evergraph.library.contrib.seq2seq.attention_mechanisms import AttentionMechanism, _size
from evergraph.library.keras.engine.base_layer import Layer as KerasLayer
from evergraph.library.layers.core import Dense
from evergraph.library.rnn.cell import RNNCell, _zero_state_tensors, assert_like_rnncell


@export("contrib.seq2seq.hardmax")
def hardmax(logits: Any, name: str | None = None) -> Tensor:
    """One at the greatest logit, zero elsewhere. Stands for `tf.contrib.seq2seq.hardmax`.

    Args:
      logits: [..., depth].
      name: a name scope.
    """
    with name_scope(name, "Hardmax", [logits]):
        logits = convert_to_tensor(logits, name="logits")
        depth = dimension_value(logits.get_shape()[-1])
        if depth is None:
            depth = array_ops.shape(logits)[-1]
        return array_ops.one_hot(math_ops.argmax(logits, -1), depth, dtype=logits.dtype)


class _AttentionWrapperState(NamedTuple):
    cell_state: Any
    attention: Any
    time: Any
    alignments: Any
    alignment_history: Any
    attention_state: Any


@export("contrib.seq2seq.AttentionWrapperState")
class AttentionWrapperState(_AttentionWrapperState):
    """The state of an `AttentionWrapper`. Stands for `tf.contrib.seq2seq.AttentionWrapperState`.

    Fields: `cell_state` of the wrapped cell; `attention`, what was read at the last step; `time`,
    the number of the step; `alignments`, where it was read; `alignment_history`, a TensorArray of
    alignments if these are kept, else (); `attention_state` of the mechanism. The last three are
    tuples where there are several mechanisms.
    """

    def clone(self, **kwargs: Any) -> "AttentionWrapperState":
        """The state with other fields; tensors must have the shapes of those they replace."""

        def of_same_shape(old: Any, new: Any) -> Any:
            if isinstance(old, Tensor) and isinstance(new, Tensor):
                return with_same_shape(old, new)
            return new

        return nest.map_structure(of_same_shape, self, self._replace(**kwargs))


def _compute_attention(
    attention_mechanism: Any, cell_output: Any, attention_state: Any, attention_layer: Any
) -> tuple[Any, Any, Any]:
    """What a mechanism reads, where, and its next state."""
    if isinstance(attention_mechanism, KerasLayer):
        alignments, next_state = attention_mechanism([cell_output, attention_state])
    else:
        alignments, next_state = attention_mechanism(cell_output, state=attention_state)
    weights = array_ops.expand_dims(alignments, 1)
    context = array_ops.squeeze(math_ops.matmul(weights, attention_mechanism.values), [1])
    if attention_layer is None:
        return context, alignments, next_state
    attention = attention_layer(array_ops.concat([cell_output, context], 1))
    return attention, alignments, next_state


_NOT_MATCHING = "Non-matching batch sizes between the memory (encoder output) and "


@export("contrib.seq2seq.AttentionWrapper")
class AttentionWrapper(RNNCell):
    """A cell with attention. Stands for `tf.contrib.seq2seq.AttentionWrapper`.

    At each step the input is joined with what was read before, and goes into the cell; the cell's
    output is the query for the mechanisms; what they read is the attention.

    Args:
      cell: the cell.
      attention_mechanism: an AttentionMechanism, or a list of several.
      attention_layer_size: the size of a layer over cell output and what was read, for each
        mechanism; default: no such layer.
      alignment_history: whether the state keeps all alignments in a TensorArray.
      cell_input_fn: joins the input and the last attention; default: one after the other.
      output_attention: whether the output is the attention, or else the cell's.
      initial_cell_state: what `zero_state` gives for the cell; default: its own zeros.
      name: the layer's name.
      attention_layer: a layer, or a list of them, in place of `attention_layer_size`.
      attention_fn: called with mechanism, cell output, attention state and attention layer; gives
        attention, alignments and next attention state.
      dtype: the layer's element type.

    Raises:
      TypeError: an argument is of a wrong kind.
      ValueError: sizes or layers are not as many as mechanisms, or both are given.
    """

    def __init__(
        self,
        cell: Any,
        attention_mechanism: Any,
        attention_layer_size: Any = None,
        alignment_history: bool = False,
        cell_input_fn: Callable[[Any, Any], Any] | None = None,
        output_attention: bool = True,
        initial_cell_state: Any = None,
        name: str | None = None,
        attention_layer: Any = None,
        attention_fn: Callable[..., Any] | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        assert_like_rnncell("cell", cell)
        self._is_multi = isinstance(attention_mechanism, (list, tuple))
        self._attention_mechanisms = _checked_mechanisms(attention_mechanism)
        if cell_input_fn is None:
            cell_input_fn = _joined
        elif not callable(cell_input_fn):
            kind = type(cell_input_fn).__name__
            raise TypeError(f"cell_input_fn must be callable, saw type: {kind}")
        self._cell = cell
        self._attention_layers, self._attention_layer_size = self._layers_of(
            attention_layer_size, attention_layer
        )
        self._attention_fn = _compute_attention if attention_fn is None else attention_fn
        self._cell_input_fn = cell_input_fn
        self._output_attention = output_attention
        self._alignment_history = alignment_history
        with name_scope(name, "AttentionWrapperInit"):
            self._initial_cell_state = None
            if initial_cell_state is not None:
                self._initial_cell_state = self._checked_initial_state(initial_cell_state)

    def _layers_of(self, sizes: Any, layers: Any) -> tuple[tuple[Any, ...] | None, int]:
        """The attention layers, if any, and the size of the attention."""
        mechanisms = self._attention_mechanisms
        if sizes is not None and layers is not None:
            raise ValueError("Only one of attention_layer_size and attention_layer should be set")
        if sizes is not None:
            sizes = _as_tuple(sizes)
            _check_count("attention_layer_size", "integer", sizes, mechanisms)
            made = tuple(
                Dense(size, name="attention_layer", use_bias=False, dtype=mechanism.dtype)
                for size, mechanism in zip(sizes, mechanisms, strict=True)
            )
            return made, sum(sizes)
        depths = [dimension_value(m.values.shape[-1]) for m in mechanisms]
        if layers is None:
            return None, sum(depths)
        layers = _as_tuple(layers)
        _check_count("attention_layer", "layer", layers, mechanisms)
        shapes = [
            layer.compute_output_shape([None, self._cell.output_size + depth])
            for layer, depth in zip(layers, depths, strict=True)
        ]
        return layers, sum(dimension_value(shape[-1]) for shape in shapes)

    def _checked_initial_state(self, state: Any) -> Any:
        message = (
            f"When constructing AttentionWrapper {self._base_name}: {_NOT_MATCHING}"
            "initial_cell_state.  Are you using the BeamSearchDecoder?  You may need to tile your "
            "initial state via the tf.contrib.seq2seq.tile_batch function with argument "
            "multiple=beam_width."
        )
        batch_size = _size(nest.flatten(state)[-1], 0)
        with control_dependencies(self._batch_size_checks(batch_size, message)):
            return nest.map_structure(
                lambda s: array_ops.identity(s, name="check_initial_cell_state"), state
            )

    def _batch_size_checks(self, batch_size: Any, error_message: str) -> list[Operation]:
        return [
            check_ops.assert_equal(batch_size, mechanism.batch_size, message=error_message)
            for mechanism in self._attention_mechanisms
        ]

    def _item_or_tuple(self, seq: Iterable[Any]) -> Any:
        """A tuple with an item for each mechanism, or the item where there is no list of them."""
        found = tuple(seq)
        return found if self._is_multi else found[0]

    @property
    def output_size(self) -> Any:
        """The size of the attention, or of the cell's output."""
        return self._attention_layer_size if self._output_attention else self._cell.output_size

    @property
    def state_size(self) -> Any:
        """An AttentionWrapperState of sizes."""
        mechanisms = self._attention_mechanisms
        return AttentionWrapperState(
            cell_state=self._cell.state_size,
            time=TensorShape([]),
            attention=self._attention_layer_size,
            alignments=self._item_or_tuple(m.alignments_size for m in mechanisms),
            attention_state=self._item_or_tuple(m.state_size for m in mechanisms),
            alignment_history=self._item_or_tuple(
                m.alignments_size if self._alignment_history else () for m in mechanisms
            ),
        )

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The AttentionWrapperState to begin with.

        Args:
          batch_size: an int or an int scalar; with a beam search, times its width.
          dtype: the element type.

        Raises:
          ValueError: the memory is of another batch size; at run time InvalidArgumentError.
        """
        with name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            cell_state = self._initial_cell_state
            if cell_state is None:
                cell_state = self._cell.get_initial_state(batch_size=batch_size, dtype=dtype)
            message = (
                f"When calling zero_state of AttentionWrapper {self._base_name}: {_NOT_MATCHING}"
                "the requested batch size.  Are you using the BeamSearchDecoder?  If so, make sure "
                "your encoder output has been tiled to beam_width via "
                "tf.contrib.seq2seq.tile_batch, and the batch_size= argument passed to zero_state "
                "is batch_size * beam_width."
            )
            with control_dependencies(self._batch_size_checks(batch_size, message)):
                cell_state = nest.map_structure(
                    lambda s: array_ops.identity(s, name="checked_cell_state"), cell_state
                )
            mechanisms = self._attention_mechanisms
            alignments = [m.initial_alignments(batch_size, dtype) for m in mechanisms]
            return AttentionWrapperState(
                cell_state=cell_state,
                time=array_ops.zeros([], dtype=dtypes.int32),
                attention=_zero_state_tensors(self._attention_layer_size, batch_size, dtype),
                alignments=self._item_or_tuple(alignments),
                attention_state=self._item_or_tuple(
                    m.initial_state(batch_size, dtype) for m in mechanisms
                ),
                alignment_history=self._item_or_tuple(
                    self._history(dtype, a.shape) for a in alignments
                ),
            )

    def _history(self, dtype: Any, shape: TensorShape) -> Any:
        if not self._alignment_history:
            return ()
        return TensorArray(dtype, size=0, dynamic_size=True, element_shape=shape)

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        """One step.

        Args:
          inputs: the input of the step.
          state: an AttentionWrapperState.

        Returns:
          The attention or the cell's output, and the next state.

        Raises:
          TypeError: `state` is no AttentionWrapperState.
        """
        if not isinstance(state, AttentionWrapperState):
            raise TypeError(
                "Expected state to be instance of AttentionWrapperState. Received type "
                f"{type(state)} instead."
            )
        cell_inputs = self._cell_input_fn(inputs, state.attention)
        cell_output, next_cell_state = self._cell(cell_inputs, state.cell_state)
        cell_output = self._checked_output(cell_output)
        attentions, alignments, states, histories = [], [], [], []
        for i, mechanism in enumerate(self._attention_mechanisms):
            attention, alignment, next_state = self._attention_fn(
                mechanism,
                cell_output,
                self._of_mechanism(state.attention_state, i),
                self._attention_layers[i] if self._attention_layers else None,
            )
            history = ()
            if self._alignment_history:
                history = self._of_mechanism(state.alignment_history, i).write(
                    state.time, alignment
                )
            states.append(next_state)
            alignments.append(alignment)
            attentions.append(attention)
            histories.append(history)
        attention = array_ops.concat(attentions, 1)
        next_wrapper_state = AttentionWrapperState(
            time=state.time + 1,
            cell_state=next_cell_state,
            attention=attention,
            attention_state=self._item_or_tuple(states),
            alignments=self._item_or_tuple(alignments),
            alignment_history=self._item_or_tuple(histories),
        )
        return attention if self._output_attention else cell_output, next_wrapper_state

    def _of_mechanism(self, items: Any, i: int) -> Any:
        return items[i] if self._is_multi else items

    def _checked_output(self, cell_output: Any) -> Any:
        message = (
            f"When applying AttentionWrapper {self.name}: {_NOT_MATCHING}the query (decoder "
            "output).  Are you using the BeamSearchDecoder?  You may need to tile your memory "
            "input via the tf.contrib.seq2seq.tile_batch function with argument "
            "multiple=beam_width."
        )
        checks = self._batch_size_checks(_size(cell_output, 0), message)
        with control_dependencies(checks):
            return array_ops.identity(cell_output, name="checked_cell_output")


def _joined(inputs: Any, attention: Any) -> Any:
    return array_ops.concat([inputs, attention], -1)


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _checked_mechanisms(given: Any) -> Sequence[Any]:
    for mechanism in _as_tuple(given):
        if not isinstance(mechanism, AttentionMechanism):
            kind = type(mechanism).__name__
            if given is not mechanism:
                raise TypeError(
                    "attention_mechanism must contain only instances of AttentionMechanism, saw "
                    f"type: {kind}"
                )
            raise TypeError(
                "attention_mechanism must be an AttentionMechanism or list of multiple "
                f"AttentionMechanism instances, saw type: {kind}"
            )
    return given if isinstance(given, (list, tuple)) else (given,)


def _check_count(name: str, what: str, given: Any, mechanisms: Sequence[Any]) -> None:
    if len(given) != len(mechanisms):
        raise ValueError(
            f"If provided, {name} must contain exactly one {what} per attention_mechanism, saw: "
            f"{len(given)} vs {len(mechanisms)}"
        )
