"""Cells around others: with attention, with a way past, with marks for a compiler."""

from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.api.convolution_ops import conv2d
from evergraph.api.init_ops import constant_initializer
from evergraph.api.variable_scope import get_variable, variable_scope
from evergraph.base import nest
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.registry import lookup
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.rnn.core_rnn_cell import _Around, _Linear
from evergraph.library.rnn.cell import RNNCell, assert_like_rnncell
from evergraph.library.rnn.cells import CONCATENATED
from evergraph.library.xla.jit import experimental_jit_scope


@export("contrib.rnn.AttentionCellWrapper")
class AttentionCellWrapper(RNNCell):
    """A cell that attends to its own last outputs (Bahdanau et al. 2014). Stands for
    `tf.contrib.rnn.AttentionCellWrapper`.

    Args:
      cell: the cell.
      attn_length: how many outputs are looked at.
      attn_size: the size of an output; default: `cell.output_size`.
      attn_vec_size: the size of the space of comparison; default: `attn_size`.
      input_size: the size that inputs and attention are mapped to; default: that of the inputs.
      state_is_tuple: whether the state is a tuple, or all side by side.
      reuse: whether the variables are found in the scope rather than made.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: the length is not positive, or the cell's state is a tuple though this one's is
        not.
    """

    def __init__(
        self,
        cell: Any,
        attn_length: int,
        attn_size: int | None = None,
        attn_vec_size: int | None = None,
        input_size: int | None = None,
        state_is_tuple: bool = True,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        assert_like_rnncell("cell", cell)
        self._cell = cell
        if nest.is_sequence(cell.state_size) and not state_is_tuple:
            raise ValueError(
                "Cell returns tuple of states, but the flag state_is_tuple is not set. State size "
                f"is: {cell.state_size}"
            )
        if attn_length <= 0:
            raise ValueError(f"attn_length should be greater than zero, got {attn_length}")
        if not state_is_tuple:
            logging.warn(CONCATENATED, self)
        self._state_is_tuple = state_is_tuple
        self._attn_size = cell.output_size if attn_size is None else attn_size
        self._attn_vec_size = self._attn_size if attn_vec_size is None else attn_vec_size
        self._input_size = input_size
        self._attn_length = attn_length
        self._linear1: _Linear | None = None
        self._linear2: _Linear | None = None
        self._linear3: _Linear | None = None

    @property
    def state_size(self) -> Any:
        size = self._attn_size
        sizes = (self._cell.state_size, size, size * self._attn_length)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        return self._attn_size

    def call(self, inputs: Any, state: Any) -> Any:
        size, length = self._attn_size, self._attn_length
        if self._state_is_tuple:
            state, attention, remembered = state
        else:
            together, own = state, self._cell.state_size
            state = array_ops.slice(together, [0, 0], [-1, own])
            attention = array_ops.slice(together, [0, own], [-1, size])
            remembered = array_ops.slice(together, [0, own + size], [-1, size * length])
        remembered = array_ops.reshape(remembered, [-1, length, size])
        input_size = self._input_size
        if input_size is None:
            input_size = inputs.get_shape().as_list()[1]
        if self._linear1 is None:
            self._linear1 = _Linear([inputs, attention], input_size, True)
        output, new_state = self._cell(self._linear1([inputs, attention]), state)
        query = new_state
        if self._state_is_tuple:
            query = array_ops.concat(nest.flatten(new_state), 1)
        attention, remembered = self._attention(query, remembered)
        with variable_scope("attn_output_projection"):
            if self._linear2 is None:
                self._linear2 = _Linear([output, attention], size, True)
            output = self._linear2([output, attention])
        newest = array_ops.expand_dims(output, 1)
        remembered = array_ops.concat([remembered, newest], 1)
        remembered = array_ops.reshape(remembered, [-1, length * size])
        parts = (new_state, attention, remembered)
        return output, parts if self._state_is_tuple else array_ops.concat(list(parts), 1)

    def _attention(self, query: Any, attn_states: Any) -> tuple[Tensor, Tensor]:
        """What the query finds among the outputs, and these without the oldest."""
        size, length, width = self._attn_size, self._attn_length, self._attn_vec_size
        with variable_scope("attention"):
            k = get_variable("attn_w", [1, 1, size, width])
            v = get_variable("attn_v", [width])
            hidden = array_ops.reshape(attn_states, [-1, length, 1, size])
            features = conv2d(hidden, k, [1, 1, 1, 1], "SAME")
            if self._linear3 is None:
                self._linear3 = _Linear(query, width, True)
            y = array_ops.reshape(self._linear3(query), [-1, 1, 1, width])
            scores = math_ops.reduce_sum(v * math_ops.tanh(features + y), [2, 3])
            weights = array_ops.reshape(nn_ops.softmax(scores), [-1, length, 1, 1])
            found = math_ops.reduce_sum(weights * hidden, [1, 2])
            found = array_ops.reshape(found, [-1, size])
            return found, array_ops.slice(attn_states, [0, 1, 0], [-1, -1, -1])


@export("contrib.rnn.HighwayWrapper")
class HighwayWrapper(_Around):
    """Inputs go past the cell as far as a gate says (Srivastava et al. 2015). Stands for
    `tf.contrib.rnn.HighwayWrapper`.

    Args:
      cell: the cell, whose outputs are like its inputs.
      couple_carry_transform_gates: whether what does not go past goes through, or a second gate
        says.
      carry_bias_init: the initial bias of the gate, and less that of the second one.
    """

    def __init__(
        self,
        cell: Any,
        couple_carry_transform_gates: bool = True,
        carry_bias_init: float = 1.0,
    ) -> None:
        super().__init__(cell, None)
        self._couple_carry_transform_gates = couple_carry_transform_gates
        self._carry_bias_init = carry_bias_init

    def _highway(self, inp: Any, out: Any) -> Tensor:
        size = inp.get_shape().with_rank(2).dims[1].value

        def gate(name: str, bias: float) -> Tensor:
            weight = get_variable(f"{name}_w", [size, size])
            initializer = constant_initializer(bias)
            biases = get_variable(f"{name}_b", [size], initializer=initializer)
            return math_ops.sigmoid(nn_ops.xw_plus_b(inp, weight, biases))

        carry = gate("carry", self._carry_bias_init)
        if self._couple_carry_transform_gates:
            transform = 1 - carry
        else:
            transform = gate("transform", -self._carry_bias_init)
        return inp * carry + out * transform

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step.

        Raises:
          TypeError, ValueError: inputs and outputs are not of one structure or shape.
        """
        outputs, new_state = self._cell(inputs, state, scope=scope)

        def check(x: Any, y: Any) -> None:
            x.get_shape().assert_is_compatible_with(y.get_shape())

        nest.assert_same_structure(inputs, outputs)
        nest.map_structure(check, inputs, outputs)
        return nest.map_structure(self._highway, inputs, outputs), new_state


@export("contrib.rnn.CompiledWrapper")
class CompiledWrapper(_Around):
    """A cell whose nodes are marked for TensorFlow's compiler. Stands for
    `tf.contrib.rnn.CompiledWrapper`.

    Args:
      cell: the cell.
      compile_stateful: whether nodes with a state, such as those of random numbers, are marked.
    """

    def __init__(self, cell: Any, compile_stateful: bool = False) -> None:
        super().__init__(cell, None)
        self._compile_stateful = compile_stateful

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step of the cell."""

        def without_state(node_def: Any) -> bool:
            entry = lookup(node_def.op)
            return entry is not None and not entry.signature.is_stateful

        with experimental_jit_scope(True if self._compile_stateful else without_state):
            return self._cell(inputs, state, scope=scope)
