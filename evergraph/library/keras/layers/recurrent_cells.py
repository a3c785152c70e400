"""Single steps of recurrent layers: SimpleRNNCell, GRUCell, LSTMCell, StackedRNNCells."""

from typing import Any

from evergraph.api import array_ops
from evergraph.base import nest
from evergraph.base.export import export
from evergraph.base.function_utils import fn_args
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape
from evergraph.library.keras import activations, constraints, initializers, regularizers
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.network_config import deserialize
from evergraph.library.keras.functions.arrays import concatenate, dot
from evergraph.library.keras.functions.convolutions import bias_add
from evergraph.library.keras.functions.phases import in_train_phase
from evergraph.library.keras.functions.variables import dropout as dropped
from evergraph.library.keras.utils.tf_utils import shape_type_conversion
from evergraph.library.train.tracking.data_structures import NoDependency

PARTS = ("kernel", "recurrent", "bias")


def zero_state(batch_size: Any, state_size: Any, dtype: Any) -> Any:
    """Zeros for each state.

    Raises:
      ValueError: batch size or dtype are None.
    """
    if batch_size is None or dtype is None:
        raise ValueError(
            "batch_size and dtype cannot be None while constructing initial state: "
            f"batch_size={batch_size}, dtype={dtype}"
        )

    def zeros(size: Any) -> Any:
        return array_ops.zeros([batch_size, *TensorShape(size).as_list()], dtype=dtype)

    return nest.map_structure(zeros, state_size)


class _StateOfZeros:
    """Cells that begin with zeros."""

    state_size: Any

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """The states to begin with: zeros, as many as `inputs` has examples."""
        if inputs is not None:
            batch_size, dtype = array_ops.shape(inputs)[0], inputs.dtype
        return zero_state(batch_size, self.state_size, dtype)


@export("keras.layers.AbstractRNNCell")
class AbstractRNNCell(_StateOfZeros, Layer):
    """What a program's own cell may derive from; it has `call`, `state_size`, `output_size`.

    Stands for `tf.keras.layers.AbstractRNNCell`.
    """

    def call(self, inputs: Any, states: Any) -> Any:
        """The output and the new states."""
        raise NotImplementedError("Abstract method")

    @property
    def state_size(self) -> Any:  # type: ignore[override]
        """The sizes of the states."""
        raise NotImplementedError("Abstract method")

    @property
    def output_size(self) -> Any:
        """The size of the output."""
        raise NotImplementedError("Abstract method")


class DropoutRNNCellMixin:
    """Cells with dropout, whose choices are the same in all steps."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._dropout_mask: Any = None
        self._recurrent_dropout_mask: Any = None
        super().__init__(*args, **kwargs)

    def reset_dropout_mask(self) -> None:
        """Makes new choices for inputs."""
        self._dropout_mask = None

    def reset_recurrent_dropout_mask(self) -> None:
        """Makes new choices for states."""
        self._recurrent_dropout_mask = None

    def get_dropout_mask_for_cell(self, inputs: Any, training: Any, count: int = 1) -> Any:
        """Factors for inputs, in a list if several are asked for; None without dropout."""
        if self.dropout != 0 and self._dropout_mask is None:
            self._dropout_mask = NoDependency(_choices(inputs, self.dropout, training, count))
        return self._dropout_mask

    def get_recurrent_dropout_mask_for_cell(
        self, inputs: Any, training: Any, count: int = 1
    ) -> Any:
        """The same for states."""
        if self.recurrent_dropout != 0 and self._recurrent_dropout_mask is None:
            made = _choices(inputs, self.recurrent_dropout, training, count)
            self._recurrent_dropout_mask = NoDependency(made)
        return self._recurrent_dropout_mask


def _choices(inputs: Any, rate: Any, training: Any, count: int) -> Any:
    ones = array_ops.ones_like(inputs)
    made = [
        in_train_phase(lambda: dropped(ones, rate), ones, training=training) for _ in range(count)
    ]
    return made if count > 1 else made[0]


class _Cell(DropoutRNNCellMixin, _StateOfZeros, Layer):
    """What the cells have in common: a kernel, a recurrent kernel, a bias, for some gates."""

    gates = 1

    def _take(self, given: dict[str, Any]) -> None:
        """Takes the constructor's arguments."""
        self.units = given["units"]
        self.activation = activations.get(given["activation"])
        self.use_bias = given["use_bias"]
        for part in PARTS:
            for kind, module in (
                ("initializer", initializers),
                ("regularizer", regularizers),
                ("constraint", constraints),
            ):
                name = f"{part}_{kind}"
                setattr(self, name, module.get(given[name]))
        self.dropout = min(1.0, max(0.0, given["dropout"]))
        self.recurrent_dropout = min(1.0, max(0.0, given["recurrent_dropout"]))
        self.state_size = self.units
        self.output_size = self.units

    def _weight(self, name: str, part: str, shape: Any, initializer: Any = None) -> Any:
        return self.add_weight(
            shape=shape,
            name=name,
            initializer=initializer or getattr(self, f"{part}_initializer"),
            regularizer=getattr(self, f"{part}_regularizer"),
            constraint=getattr(self, f"{part}_constraint"),
        )

    def _bias_shape(self) -> tuple[int, ...]:
        return (self.gates * self.units,)

    def _first_bias(self) -> Any:
        return None

    @shape_type_conversion
    def build(self, input_shape: Any) -> None:
        """Makes kernel, recurrent kernel and bias."""
        size = self.gates * self.units
        self.kernel = self._weight("kernel", "kernel", (input_shape[-1], size))
        self.recurrent_kernel = self._weight("recurrent_kernel", "recurrent", (self.units, size))
        self.bias = None
        if self.use_bias:
            self.bias = self._weight("bias", "bias", self._bias_shape(), self._first_bias())
        self.built = True

    def _masks(self, inputs: Any, state: Any, training: Any) -> tuple[Any, Any]:
        return (
            self.get_dropout_mask_for_cell(inputs, training, count=self.gates),
            self.get_recurrent_dropout_mask_for_cell(state, training, count=self.gates),
        )

    def get_config(self) -> dict[str, Any]:
        config = {"units": self.units, "activation": activations.serialize(self.activation)}
        if hasattr(self, "recurrent_activation"):
            config["recurrent_activation"] = activations.serialize(self.recurrent_activation)
        config["use_bias"] = self.use_bias
        for kind, module in (
            ("initializer", initializers),
            ("regularizer", regularizers),
            ("constraint", constraints),
        ):
            for part in PARTS:
                name = f"{part}_{kind}"
                config[name] = module.serialize(getattr(self, name))
            if kind == "initializer" and hasattr(self, "unit_forget_bias"):
                config["unit_forget_bias"] = self.unit_forget_bias
        config |= {"dropout": self.dropout, "recurrent_dropout": self.recurrent_dropout}
        for name in ("implementation", "reset_after"):
            if hasattr(self, name):
                config[name] = getattr(self, name)
        return super().get_config() | config


def _times(value: Any, masks: Any, rate: float, i: int) -> Any:
    """The value, or its product with one of several masks."""
    return value * masks[i] if 0.0 < rate < 1.0 else value


@export("keras.layers.SimpleRNNCell")
class SimpleRNNCell(_Cell):
    """`activation(inputs @ kernel + bias + state @ recurrent_kernel)`.

    Stands for `tf.keras.layers.SimpleRNNCell`; the arguments are those of `SimpleRNN`.
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
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        given = dict(locals())
        super().__init__(**kwargs)
        self._take(given)

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """The output, and a list of it as the new states."""
        state = states[0]
        mask, recurrent_mask = self._masks(inputs, state, training)
        h = dot(inputs if mask is None else inputs * mask, self.kernel)
        if self.bias is not None:
            h = bias_add(h, self.bias)
        if recurrent_mask is not None:
            state = state * recurrent_mask
        output = h + dot(state, self.recurrent_kernel)
        if self.activation is not None:
            output = self.activation(output)
        return output, [output]


@export("keras.layers.GRUCell")
class GRUCell(_Cell):
    """A gated recurrent unit. Stands for `tf.keras.layers.GRUCell`; the arguments are those of
    `GRU`."""

    gates = 3

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
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        implementation: int = 1,
        reset_after: bool = False,
        **kwargs: Any,
    ) -> None:
        given = dict(locals())
        super().__init__(**kwargs)
        self._take(given)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.implementation = implementation
        self.reset_after = reset_after

    def _bias_shape(self) -> tuple[int, ...]:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def _part(self, matrix: Any, i: int) -> Any:
        """The columns, or elements, of one gate."""
        start = i * self.units or None
        stop = (i + 1) * self.units if i < 2 else None
        part = slice(start, stop)
        return matrix[part] if matrix.shape.ndims == 1 else matrix[:, part]

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """The output, and a list of it as the new states."""
        state = states[0]
        masks, recurrent_masks = self._masks(inputs, state, training)
        biases = [self.bias, None]
        if self.use_bias and self.reset_after:
            biases = array_ops.unstack(self.bias)
        make = self._one_by_one if self.implementation == 1 else self._at_once
        z, hh, state = make(inputs, state, masks, recurrent_masks, biases)
        h = z * state + (1 - z) * hh
        return h, [h]

    def _one_by_one(
        self, inputs: Any, state: Any, masks: Any, recurrent_masks: Any, biases: Any
    ) -> tuple[Any, Any, Any]:
        given = [_times(inputs, masks, self.dropout, i) for i in range(3)]
        xs = [dot(x, self._part(self.kernel, i)) for i, x in enumerate(given)]
        if self.use_bias:
            xs = [bias_add(x, self._part(biases[0], i)) for i, x in enumerate(xs)]
        hs = [_times(state, recurrent_masks, self.recurrent_dropout, i) for i in range(3)]
        inner = [dot(hs[i], self._part(self.recurrent_kernel, i)) for i in range(2)]
        if self.reset_after and self.use_bias:
            inner = [bias_add(x, self._part(biases[1], i)) for i, x in enumerate(inner)]
        z = self.recurrent_activation(xs[0] + inner[0])
        r = self.recurrent_activation(xs[1] + inner[1])
        if self.reset_after:
            last = dot(hs[2], self._part(self.recurrent_kernel, 2))
            if self.use_bias:
                last = bias_add(last, self._part(biases[1], 2))
            last = r * last
        else:
            last = dot(r * hs[2], self._part(self.recurrent_kernel, 2))
        return z, self.activation(xs[2] + last), state

    def _at_once(
        self, inputs: Any, state: Any, masks: Any, recurrent_masks: Any, biases: Any
    ) -> tuple[Any, Any, Any]:
        x = dot(_times(inputs, masks, self.dropout, 0), self.kernel)
        if self.use_bias:
            x = bias_add(x, biases[0])
        xs = [self._part(x, i) for i in range(3)]
        state = _times(state, recurrent_masks, self.recurrent_dropout, 0)
        if self.reset_after:
            inner = dot(state, self.recurrent_kernel)
            if self.use_bias:
                inner = bias_add(inner, biases[1])
        else:
            inner = dot(state, self.recurrent_kernel[:, : 2 * self.units])
        z, r = (self._part(inner, i) for i in range(2))
        z = self.recurrent_activation(xs[0] + z)
        r = self.recurrent_activation(xs[1] + r)
        if self.reset_after:
            last = r * self._part(inner, 2)
        else:
            last = dot(r * state, self._part(self.recurrent_kernel, 2))
        return z, self.activation(xs[2] + last), state


@export("keras.layers.LSTMCell")
class LSTMCell(_Cell):
    """A cell with long short-term memory. Stands for `tf.keras.layers.LSTMCell`; the arguments
    are those of `LSTM`."""

    gates = 4

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
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        implementation: int = 1,
        **kwargs: Any,
    ) -> None:
        given = dict(locals())
        super().__init__(**kwargs)
        self._take(given)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.implementation = implementation
        self.state_size = NoDependency([self.units, self.units])

    def _first_bias(self) -> Any:
        if not self.unit_forget_bias:
            return None

        def initializer(_: Any, *args: Any, **kwargs: Any) -> Any:
            first = self.bias_initializer((self.units,), *args, **kwargs)
            forget = initializers.get("ones")((self.units,), *args, **kwargs)
            others = self.bias_initializer((self.units * 2,), *args, **kwargs)
            return concatenate([first, forget, others])

        return initializer

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """The output, and a list of it and the memory as the new states."""
        state, memory = states[0], states[1]
        masks, recurrent_masks = self._masks(inputs, state, training)
        if self.implementation == 1:
            given = [_times(inputs, masks, self.dropout, i) for i in range(4)]
            kernels = array_ops.split(self.kernel, num_or_size_splits=4, axis=1)
            xs = [dot(x, kernel) for x, kernel in zip(given, kernels, strict=True)]
            if self.use_bias:
                biases = array_ops.split(self.bias, num_or_size_splits=4, axis=0)
                xs = [bias_add(x, bias) for x, bias in zip(xs, biases, strict=True)]
            hs = [_times(state, recurrent_masks, self.recurrent_dropout, i) for i in range(4)]
            memory, output = self._compute_carry_and_output(xs, hs, memory)
        else:
            z = dot(_times(inputs, masks, self.dropout, 0), self.kernel)
            state = _times(state, recurrent_masks, self.recurrent_dropout, 0)
            z += dot(state, self.recurrent_kernel)
            if self.use_bias:
                z = bias_add(z, self.bias)
            zs = array_ops.split(z, num_or_size_splits=4, axis=1)
            memory, output = self._compute_carry_and_output_fused(zs, memory)
        h = output * self.activation(memory)
        return h, [h, memory]

    def _recurrent(self, state: Any, i: int) -> Any:
        start = i * self.units or None
        stop = (i + 1) * self.units if i < 3 else None
        return dot(state, self.recurrent_kernel[:, start:stop])

    def _compute_carry_and_output(self, x: Any, states: Any, memory: Any) -> tuple[Any, Any]:
        i = self.recurrent_activation(x[0] + self._recurrent(states[0], 0))
        f = self.recurrent_activation(x[1] + self._recurrent(states[1], 1))
        kept = f * memory
        memory = kept + i * self.activation(x[2] + self._recurrent(states[2], 2))
        return memory, self.recurrent_activation(x[3] + self._recurrent(states[3], 3))

    def _compute_carry_and_output_fused(self, z: Any, memory: Any) -> tuple[Any, Any]:
        i = self.recurrent_activation(z[0])
        f = self.recurrent_activation(z[1])
        kept = f * memory
        memory = kept + i * self.activation(z[2])
        return memory, self.recurrent_activation(z[3])

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """The states to begin with: a list of two of zeros."""
        return list(super().get_initial_state(inputs, batch_size, dtype))


@export("keras.experimental.PeepholeLSTMCell")
class PeepholeLSTMCell(LSTMCell):
    """An LSTM whose gates see the memory. Stands for `tf.keras.experimental.PeepholeLSTMCell`;
    the arguments are those of `LSTM`."""

    def build(self, input_shape: Any) -> None:
        """Makes the variables of an LSTM, and a vector for each gate."""
        super().build(input_shape)
        for gate in ("input", "forget", "output"):
            name = f"{gate}_gate_peephole_weights"
            made = self.add_weight(
                shape=(self.units,), name=name, initializer=self.kernel_initializer
            )
            setattr(self, name, made)

    def _compute_carry_and_output(self, x: Any, states: Any, memory: Any) -> tuple[Any, Any]:
        input_sum = x[0] + self._recurrent(states[0], 0)
        i = self.recurrent_activation(input_sum + self.input_gate_peephole_weights * memory)
        forget_sum = x[1] + self._recurrent(states[1], 1)
        f = self.recurrent_activation(forget_sum + self.forget_gate_peephole_weights * memory)
        memory = f * memory + i * self.activation(x[2] + self._recurrent(states[2], 2))
        added = x[3] + self._recurrent(states[3], 3)
        return memory, self.recurrent_activation(added + self.output_gate_peephole_weights * memory)

    def _compute_carry_and_output_fused(self, z: Any, memory: Any) -> tuple[Any, Any]:
        i = self.recurrent_activation(z[0] + self.input_gate_peephole_weights * memory)
        f = self.recurrent_activation(z[1] + self.forget_gate_peephole_weights * memory)
        memory = f * memory + i * self.activation(z[2])
        return memory, self.recurrent_activation(z[3] + self.output_gate_peephole_weights * memory)


def _output_size(cell: Any) -> Any:
    """The size of a cell's output, by default that of its first state."""
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    state = cell.state_size
    several = hasattr(state, "__len__") and not isinstance(state, TensorShape)
    return state[0] if several else state


@export("keras.layers.StackedRNNCells")
class StackedRNNCells(Layer):
    """Cells one after the other, as one cell. Stands for `tf.keras.layers.StackedRNNCells`.

    Args:
      cells: the cells.
      **kwargs: `reverse_state_order`, whether the states of the last cell come first; and those
        of layers.

    Raises:
      ValueError: a cell has no `call` or no `state_size`.
    """

    def __init__(self, cells: Any, **kwargs: Any) -> None:
        for cell in cells:
            if not hasattr(cell, "call"):
                raise ValueError("All cells must have a `call` method. received cells:", cells)
            if not hasattr(cell, "state_size"):
                raise ValueError(
                    "All cells must have a `state_size` attribute. received cells:", cells
                )
        self.cells = cells
        self.reverse_state_order = kwargs.pop("reverse_state_order", False)
        if self.reverse_state_order:
            logging.warning(
                "reverse_state_order=True in StackedRNNCells will soon be deprecated. Please "
                "update the code to work with the natural order of states if you rely on the RNN "
                "states, eg RNN(return_state=True)."
            )
        super().__init__(**kwargs)

    def _in_order_of_states(self) -> Any:
        return self.cells[::-1] if self.reverse_state_order else self.cells

    @property
    def state_size(self) -> tuple[Any, ...]:
        """The state sizes of the cells."""
        return tuple(cell.state_size for cell in self._in_order_of_states())

    @property
    def output_size(self) -> Any:
        """The output size of the last cell."""
        return _output_size(self.cells[-1])

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> tuple[Any, ...]:
        """The states that each cell begins with."""
        states = []
        for cell in self._in_order_of_states():
            make = getattr(cell, "get_initial_state", None)
            if make:
                states.append(make(inputs=inputs, batch_size=batch_size, dtype=dtype))
                continue
            if inputs is not None:
                batch_size, dtype = array_ops.shape(inputs)[0], inputs.dtype
            states.append(zero_state(batch_size, cell.state_size, dtype))
        return tuple(states)

    def call(self, inputs: Any, states: Any, constants: Any = None, **kwargs: Any) -> Any:
        """The last cell's output, and the new states of all."""
        sizes = self.state_size[::-1] if self.reverse_state_order else self.state_size
        found = []
        packed = nest.pack_sequence_as(sizes, nest.flatten(states))
        for cell, own in zip(self.cells, packed, strict=True):
            given = own if nest.is_sequence(own) else [own]
            if len(given) == 1 and hasattr(cell, "_is_tf_rnn_cell"):
                given = given[0]
            more = {"constants": constants} if "constants" in fn_args(cell.call) else {}
            inputs, new = cell.call(inputs, given, **more, **kwargs)
            found.append(new)
        return inputs, nest.pack_sequence_as(sizes, nest.flatten(found))

    @shape_type_conversion
    def build(self, input_shape: Any) -> None:
        """Builds the cells."""
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(shape)
            shape = (shape[0], *TensorShape(_output_size(cell)).as_list())
        self.built = True

    def get_config(self) -> dict[str, Any]:
        cells = [
            {"class_name": type(cell).__name__, "config": cell.get_config()} for cell in self.cells
        ]
        return super().get_config() | {"cells": cells}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Cells of these configurations; `custom_objects` are the program's own."""
        cells = [deserialize(cell, custom_objects) for cell in config.pop("cells")]
        return cls(cells, **config)
