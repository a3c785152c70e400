"""Recurrent layers: RNN, SimpleRNN, GRU, LSTM."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import array_ops, state_ops
from evergraph.base import nest
from evergraph.base.export import export
from evergraph.base.function_utils import fn_args, has_kwargs
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape
from evergraph.base.trackable import no_automatic_dependency_tracking_scope
from evergraph.library.keras import regularizers
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.keras.engine.network_config import deserialize
from evergraph.library.keras.engine.node import has_history
from evergraph.library.keras.functions.arrays import int_shape
from evergraph.library.keras.functions.recurrent import rnn
from evergraph.library.keras.functions.variables import zeros
from evergraph.library.keras.layers.recurrent_cells import (
    GRUCell,
    LSTMCell,
    SimpleRNNCell,
    StackedRNNCells,
    zero_state,
)
from evergraph.library.keras.session import batch_set_value
from evergraph.library.keras.utils.tf_utils import convert_shapes

NO_LENGTH = (
    "Cannot unroll a RNN if the time dimension is undefined. \n- If using a Sequential model, "
    "specify the time dimension by passing an `input_shape` or `batch_input_shape` argument to "
    "your first layer. If your first layer is an Embedding, you can also use the `input_length` "
    "argument.\n- If using the functional API, specify the time dimension by passing a `shape` or "
    "`batch_shape` argument to your Input layer."
)
NO_BATCH_SIZE = (
    "If a RNN is stateful, it needs to know its batch size. Specify the batch size of your input "
    "tensors: \n- If using a Sequential model, specify the batch size by passing a "
    "`batch_input_shape` argument to your first layer.\n- If using the functional API, specify "
    "the batch size by passing a `batch_shape` argument to your Input layer."
)


def standardize_args(inputs: Any, initial_state: Any, constants: Any, count: int) -> Any:
    """Inputs, and lists of states and constants or None, which may stand behind the inputs.

    `count` is the number of constants in such a list.
    """
    if isinstance(inputs, list):
        assert initial_state is None
        assert constants is None
        if count:
            inputs, constants = inputs[:-count], inputs[-count:]
        initial_state = inputs[1:] or None
        inputs = inputs[0]
    return inputs, _list(initial_state), _list(constants)


def _list(value: Any) -> Any:
    """None, or a list of what is given."""
    if value is None or isinstance(value, list):
        return value
    return list(value) if isinstance(value, tuple) else [value]


def _is_one_shape(shape: Any) -> bool:
    return all(size is None or isinstance(size, int) for size in shape)


def _map_shapes(function: Any, shapes: Any) -> Any:
    """A structure of tuples of sizes, with a function applied to each."""
    if isinstance(shapes, dict):
        return {key: _map_shapes(function, part) for key, part in shapes.items()}
    if _is_one_shape(shapes):
        return function(shapes)
    return type(shapes)(_map_shapes(function, part) for part in shapes)


def _first_shape(shape: Any) -> TensorShape:
    """The shape, or the first of a structure of shapes."""
    try:
        return TensorShape(shape)
    except (ValueError, TypeError):
        return TensorShape(nest.flatten(shape)[0])


@export("keras.layers.RNN")
class RNN(Layer):
    """A cell over time. Stands for `tf.keras.layers.RNN`.

    Args:
      cell: a layer whose `call` takes inputs and states and gives an output and new states, with
        `state_size`; or a list of such.
      return_sequences: whether the outputs of all times are given, rather than the last.
      return_state: whether the last states are given as well, in a list.
      go_backwards: whether time runs backwards.
      stateful: whether a batch begins with the last states of the one before.
      unroll: whether the steps are made one by one, rather than as a loop.
      time_major: whether time is the first axis.

    Raises:
      ValueError: the cell has no `call` or no `state_size`.
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        time_major: bool = False,
        **kwargs: Any,
    ) -> None:
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        if not hasattr(cell, "call"):
            raise ValueError("`cell` should have a `call` method. The RNN was passed:", cell)
        if not hasattr(cell, "state_size"):
            raise ValueError(
                "The RNN cell should have an attribute `state_size` (tuple of integers, one "
                "integer per RNN state)."
            )
        self.zero_output_for_mask = kwargs.pop("zero_output_for_mask", False)
        if "input_shape" not in kwargs and ("input_dim" in kwargs or "input_length" in kwargs):
            shape = kwargs.pop("input_length", None), kwargs.pop("input_dim", None)
            kwargs["input_shape"] = shape
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.time_major = time_major
        self.supports_masking = True
        self.input_spec = None
        self.state_spec = None
        self._states: Any = None
        self.constants_spec = None
        self._num_constants = 0

    @property
    def states(self) -> Any:
        """The states that are kept between batches; without them a None for each."""
        if self._states is None:
            state = nest.map_structure(lambda _: None, self.cell.state_size)
            return state if nest.is_sequence(self.cell.state_size) else [state]
        return self._states

    @states.setter
    def states(self, states: Any) -> None:
        with no_automatic_dependency_tracking_scope(self):
            self._states = states

    def _state_sizes(self) -> list[Any]:
        size = self.cell.state_size
        return list(size) if nest.is_sequence(size) else [size]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output's shape, and those of the states in a list with it if they are given."""
        shape = _first_shape(input_shape[0] if isinstance(input_shape, list) else input_shape)
        batch, length = shape[0], shape[1]
        if self.time_major:
            batch, length = length, batch
        size = getattr(self.cell, "output_size", None)
        size = self._state_sizes()[0] if size is None else size
        start = [batch]
        if self.return_sequences:
            start = [length, batch] if self.time_major else [batch, length]
        outputs = [TensorShape([*start, *TensorShape(s).as_list()]) for s in nest.flatten(size)]
        if not self.return_state:
            return outputs[0] if len(outputs) == 1 else outputs
        sizes = nest.flatten(self._state_sizes())
        return [*outputs, *(TensorShape([batch, *TensorShape(s).as_list()]) for s in sizes)]

    def compute_mask(self, inputs: Any, mask: Any) -> Any:
        """The mask of all outputs, none of the last one and of states."""
        own = nest.flatten(mask)[0] if self.return_sequences else None
        return [own, *(None for _ in self.states)] if self.return_state else own

    def build(self, input_shape: Any) -> None:
        """Builds the cell, and makes the states that are kept."""
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        batch_axis, time_axis = (1, 0) if self.time_major else (0, 1)

        def spec(sizes: Any) -> InputSpec:
            known = list(sizes)
            if not self.stateful:
                known[batch_axis] = None
            known[time_axis] = None
            return InputSpec(shape=tuple(known))

        def of_step(sizes: Any) -> tuple[Any, ...]:
            return (sizes[batch_axis], *sizes[2:])

        given = convert_shapes(shape)
        if _is_one_shape(given):
            own, step_shape = spec(given), of_step(given)
        else:
            own, step_shape = (_map_shapes(part, given) for part in (spec, of_step))
        self.input_spec = [own, *(self.input_spec or [None])[1:]]
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build(step_shape)
        state_sizes = self._state_sizes()
        if self.state_spec is not None:
            self._check_states(state_sizes, self.state_spec)
        else:
            self.state_spec = [
                InputSpec(shape=[None, *TensorShape(size).as_list()]) for size in state_sizes
            ]
        if self.stateful:
            self.reset_states()
        self.built = True

    def _check_states(self, sizes: Any, specs: Any) -> None:
        flat, found = nest.flatten(sizes), nest.flatten(specs)
        if len(flat) == len(found) and all(
            TensorShape(spec.shape[1:]).is_compatible_with(TensorShape(size))
            for spec, size in zip(found, flat, strict=True)
        ):
            return
        raise ValueError(
            "An `initial_state` was passed that is not compatible with `cell.state_size`. "
            f"Received `state_spec`={specs}; however `cell.state_size` is {sizes}"
        )

    def get_initial_state(self, inputs: Any) -> list[Any]:
        """The states to begin with, for a batch of inputs."""
        first = nest.flatten(inputs)[0]
        shape = array_ops.shape(first)
        batch_size = shape[1] if self.time_major else shape[0]
        make = getattr(self.cell, "get_initial_state", None)
        if make:
            state = make(inputs=None, batch_size=batch_size, dtype=first.dtype)
        else:
            state = zero_state(batch_size, self.cell.state_size, first.dtype)
        return list(state) if nest.is_sequence(state) else [state]

    def __call__(
        self, inputs: Any, initial_state: Any = None, constants: Any = None, **kwargs: Any
    ) -> Any:
        """The outputs; see the class.

        Args:
          inputs: of shape [batch, time, ...]; or a list, with states and constants behind it.
          initial_state: a list of states to begin with.
          constants: a list of tensors that each step gets.
          **kwargs: `mask`, `training`.

        Raises:
          ValueError: states and constants come from Keras layers in part.
        """
        inputs, states, constants = standardize_args(
            inputs, initial_state, constants, self._num_constants
        )
        if states is None and constants is None:
            return super().__call__(inputs, **kwargs)
        more = [*(states or ()), *(constants or ())]
        if states is not None:
            self.state_spec = nest.map_structure(lambda s: InputSpec(shape=int_shape(s)), states)
        if constants is not None:
            self._num_constants = len(constants)
            self.constants_spec = [InputSpec(shape=int_shape(x)) for x in constants]
        symbolic = {has_history(x) for x in nest.flatten(more)}
        if len(symbolic) > 1:
            raise ValueError(
                "The initial state or constants of an RNN layer cannot be specified with a mix of "
                'Keras tensors and non-Keras tensors (a "Keras tensor" is a tensor that was '
                "returned by a Keras layer, or by `Input`)"
            )
        if symbolic == {True}:
            specs = [*(self.state_spec if states else ()), *(self.constants_spec or ())]
            self.input_spec = [None, *specs]
            found = super().__call__([inputs, *more], **kwargs)
            self.input_spec = self.input_spec[: -len(specs)]
            return found
        given = {"initial_state": states, "constants": constants}
        kwargs |= {name: value for name, value in given.items() if value is not None}
        return super().__call__(inputs, **kwargs)

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = None,
        initial_state: Any = None,
        constants: Any = None,
    ) -> Any:
        inputs, states, constants = self._process_inputs(inputs, initial_state, constants)
        if mask is not None:
            mask = nest.flatten(mask)[0]
        length = int_shape(nest.flatten(inputs)[0])[0 if self.time_major else 1]
        if self.unroll and length is None:
            raise ValueError(NO_LENGTH)
        known = fn_args(self.cell.call)
        any_name = has_kwargs(self.cell.call)
        kwargs = {"training": training} if "training" in known else {}
        single = hasattr(self.cell, "_is_tf_rnn_cell")  # a single state is no list for these
        if constants and not ("constants" in known or any_name):
            raise ValueError("RNN cell does not support constants")

        def step(x: Any, states: Any) -> tuple[Any, Any]:
            more = dict(kwargs)
            if constants:
                more["constants"] = states[-self._num_constants :]
                states = states[: -self._num_constants]
            given = states[0] if single and len(states) == 1 else states
            output, new_states = self.cell.call(x, given, **more)
            return output, new_states if nest.is_sequence(new_states) else [new_states]

        last, outputs, states = rnn(
            step,
            inputs,
            states,
            constants=constants,
            go_backwards=self.go_backwards,
            mask=mask,
            unroll=self.unroll,
            input_length=self._most_steps(length),
            time_major=self.time_major,
            zero_output_for_mask=self.zero_output_for_mask,
        )
        self._keep(states)
        output = outputs if self.return_sequences else last
        if not self.return_state:
            return output
        return [*(output if isinstance(output, (list, tuple)) else [output]), *states]

    def _keep(self, states: Any) -> None:
        """Keeps the last states for the next batch, if the layer does."""
        if self.stateful:
            pairs = zip(nest.flatten(self.states), nest.flatten(states), strict=True)
            self.add_update([state_ops.assign(kept, state) for kept, state in pairs])

    def _most_steps(self, length: Any) -> Any:
        """How many steps the loop makes at the most, which is part of the graph."""
        return None

    def _process_inputs(self, inputs: Any, initial_state: Any, constants: Any) -> Any:
        """Inputs, states and constants, of which the last two may stand behind the first."""
        if isinstance(inputs, list):
            end = len(inputs) - self._num_constants
            initial_state = inputs[1:end] or None
            if self._num_constants:
                constants = inputs[end:]
            inputs = inputs[0]
        if initial_state is None:
            initial_state = self.states if self.stateful else self.get_initial_state(inputs)
        if len(initial_state) != len(self.states):
            raise ValueError(
                f"Layer has {len(self.states)} states but was passed {len(initial_state)} initial "
                "states."
            )
        return inputs, initial_state, constants

    def reset_states(self, states: Any = None) -> None:
        """Sets the states that are kept to zeros, or to these arrays.

        Raises:
          AttributeError: no states are kept.
          ValueError: the batch size is not known, or there are other states.
        """
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        whole = self._shapes_of_states()
        kept = nest.flatten(self.states)
        if kept[0] is None:
            made = nest.map_structure(lambda size: zeros(whole(size)), self.cell.state_size)
            self.states = made if nest.is_sequence(made) else [made]
            return
        if states is None:
            sizes = nest.flatten(self.cell.state_size)
            values = [np.zeros(whole(size)) for size in sizes]
        else:
            values = nest.flatten(states)
        if len(values) != len(kept):
            raise ValueError(
                f"Layer {self.name} expects {len(kept)} states, but it received {len(values)} "
                f"state values. Input received: {states}"
            )
        for i, (value, state) in enumerate(zip(values, kept, strict=True)):
            if TensorShape(value.shape) != state.shape:
                raise ValueError(
                    f"State {i} is incompatible with layer {self.name}: expected "
                    f"shape={self._expected(state)}, found shape={value.shape}"
                )
        batch_set_value(list(zip(kept, values, strict=True)))

    def _shapes_of_states(self) -> Callable[[Any], list[Any]]:
        """From the size of a state to its shape; ValueError where the batch size is not known."""
        shape = None if self.input_spec is None else self.input_spec[0].shape
        batch_size = shape[1 if self.time_major else 0] if shape else None
        if not batch_size:
            raise ValueError(NO_BATCH_SIZE)
        return lambda size: [batch_size, *TensorShape(size).as_list()]

    def _expected(self, state: Any) -> Any:
        """What an error says of a state's shape."""
        return (self.input_spec[0].shape[1 if self.time_major else 0], state)

    def _own_config(self) -> dict[str, Any]:
        names = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll")
        config = {name: getattr(self, name) for name in (*names, "time_major")}
        if self._num_constants:
            config["num_constants"] = self._num_constants
        if self.zero_output_for_mask:
            config["zero_output_for_mask"] = self.zero_output_for_mask
        return super().get_config() | config

    def get_config(self) -> dict[str, Any]:
        cell = {"class_name": type(self.cell).__name__, "config": self.cell.get_config()}
        return self._own_config() | {"cell": cell}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A layer with these arguments; `custom_objects` are the program's own cells."""
        cell = deserialize(config.pop("cell"), custom_objects)
        number = config.pop("num_constants", 0)
        layer = cls(cell, **config)
        layer._num_constants = number
        return layer


# What layers of one cell tell of it.
OF_CELL = ("units", "activation", "recurrent_activation", "use_bias", "dropout")
OF_CELL += ("recurrent_dropout", "implementation", "reset_after", "unit_forget_bias")
OF_CELL += tuple(
    f"{part}_{kind}"
    for part in ("kernel", "recurrent", "bias")
    for kind in ("initializer", "regularizer", "constraint")
)
OF_RNN = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "time_major")


class _OfCell(RNN):
    """A layer with a cell of one class, whose arguments are among its own."""

    _of_cell = OF_CELL
    _input_rank = 3

    def _make(self, cell_class: Any, given: dict[str, Any], kwargs: dict[str, Any]) -> None:
        dtype = kwargs.get("dtype")
        cell = cell_class(**{n: given[n] for n in self._of_cell if n in given}, dtype=dtype)
        own = {name: given[name] for name in OF_RNN if name in given}
        super().__init__(cell, **own, **kwargs)
        self.activity_regularizer = regularizers.get(given["activity_regularizer"])
        self.input_spec = [InputSpec(ndim=self._input_rank)]

    def __getattr__(self, name: str) -> Any:
        if name in self._of_cell:
            return getattr(self.__dict__["cell"], name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def call(
        self, inputs: Any, mask: Any = None, training: Any = None, initial_state: Any = None
    ) -> Any:
        self.cell.reset_dropout_mask()
        self.cell.reset_recurrent_dropout_mask()
        return super().call(inputs, mask=mask, training=training, initial_state=initial_state)

    def get_config(self) -> dict[str, Any]:
        config = self._own_config()
        own = self.cell.get_config()
        regularizer = regularizers.serialize(self.activity_regularizer)
        config |= {n: own[n] for n in self._of_cell if n in own}
        return config | {"activity_regularizer": regularizer}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A layer with these arguments."""
        if config.get("implementation") == 0:
            config["implementation"] = 1
        return cls(**config)


@export("keras.layers.SimpleRNN")
class SimpleRNN(_OfCell):
    """A layer of simple recurrent units. Stands for `tf.keras.layers.SimpleRNN`.

    Args:
      units: the size of output and state.
      activation: the function of the sum.
      use_bias: whether a bias is added.
      kernel_initializer, recurrent_initializer, bias_initializer: initial values.
      kernel_regularizer, recurrent_regularizer, bias_regularizer, activity_regularizer: functions
        of kernels, bias and output whose results are losses.
      kernel_constraint, recurrent_constraint, bias_constraint: functions that optimizers apply.
      dropout, recurrent_dropout: the shares of inputs and states that are 0 while training.
      return_sequences, return_state, go_backwards, stateful, unroll: see `tf.keras.layers.RNN`.
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        **kwargs: Any,
    ) -> None:
        given = dict(locals())
        if "implementation" in kwargs:
            kwargs.pop("implementation")
            logging.warning(
                "The `implementation` argument in `SimpleRNN` has been deprecated. Please remove "
                "it from your layer call."
            )
        self._make(SimpleRNNCell, given, kwargs)


@export("keras.layers.GRU")
class GRU(_OfCell):
    """A layer of gated recurrent units. Stands for `tf.keras.layers.GRU`.

    Args: as of `SimpleRNN`, and
      recurrent_activation: the function of the gates.
      implementation: 1 computes the gates one by one, 2 together.
      reset_after: whether the reset gate comes after the product with the recurrent kernel.
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        implementation: int = 1,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = False,
        **kwargs: Any,
    ) -> None:
        self._make(GRUCell, dict(locals()), kwargs)


@export("keras.layers.LSTM")
class LSTM(_OfCell):
    """A layer of units with long short-term memory. Stands for `tf.keras.layers.LSTM`.

    Args: as of `SimpleRNN`, and
      recurrent_activation: the function of the gates.
      unit_forget_bias: whether the bias of the forget gate begins with ones.
      implementation: 1 computes the gates one by one, 2 together.
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        implementation: int = 1,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        **kwargs: Any,
    ) -> None:
        self._make(LSTMCell, dict(locals()), kwargs)
