"""Recurrent layers in cuDNN's form: CuDNNGRU, CuDNNLSTM."""

import collections
from typing import Any

from evergraph.api import array_ops
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.library.keras import constraints, initializers, regularizers
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.keras.functions.arrays import reverse
from evergraph.library.keras.layers.recurrent import RNN
from evergraph.library.keras.layers.recurrent_cells import PARTS

_KINDS: dict[str, Any] = {
    "initializer": initializers,
    "regularizer": regularizers,
    "constraint": constraints,
}
SETTINGS = ("return_sequences", "return_state", "go_backwards", "stateful", "time_major")
_Cell = collections.namedtuple("_Cell", "state_size")


class _CuDNNRNN(RNN):
    """What both layers have in common: one op over all times.

    Args:
      units: the size of output and states.
      kernel_initializer, recurrent_initializer, bias_initializer: initial values.
      kernel_regularizer, recurrent_regularizer, bias_regularizer, activity_regularizer: functions
        of kernels, bias and output whose results are losses.
      kernel_constraint, recurrent_constraint, bias_constraint: functions that optimizers apply.
      return_sequences, return_state, go_backwards, stateful: see `tf.keras.layers.RNN`.
    """

    gates: int
    # The gates, in the order of the op.
    order: tuple[int, ...]
    mode: str

    def _take(self, given: dict[str, Any], state_size: Any, kwargs: dict[str, Any]) -> None:
        """Takes the constructor's arguments."""
        self.units = given["units"]
        self._cell = _Cell(state_size)
        time_major = kwargs.pop("time_major", False)
        Layer.__init__(self, **kwargs)
        for name in SETTINGS[:-1]:
            setattr(self, name, given[name])
        self.time_major = time_major
        self.zero_output_for_mask = False
        self.input_spec = [InputSpec(ndim=3)]
        self.state_spec = [InputSpec(shape=(None, size)) for size in self._state_sizes()]
        self.constants_spec = None
        self._states = None
        self._num_constants = 0
        self._vector_shape = constant([-1])
        for kind, module in _KINDS.items():
            for part in PARTS:
                name = f"{part}_{kind}"
                setattr(self, name, module.get(given[name]))
        self.activity_regularizer = regularizers.get(given["activity_regularizer"])

    @property
    def cell(self) -> Any:
        """What has the `state_size`."""
        return self._cell

    def _weight(self, name: str, part: str, shape: Any, initializer: Any = None) -> Any:
        return self.add_weight(
            shape=shape,
            name=name,
            initializer=initializer or getattr(self, f"{part}_initializer"),
            regularizer=getattr(self, f"{part}_regularizer"),
            constraint=getattr(self, f"{part}_constraint"),
        )

    def _first_bias(self) -> Any:
        return None

    def build(self, input_shape: Any) -> None:
        """Makes kernels and bias, and the states that are kept."""
        super().build(input_shape)
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        size = self.gates * self.units
        self.kernel = self._weight("kernel", "kernel", (int(shape[-1]), size))
        self.recurrent_kernel = self._weight("recurrent_kernel", "recurrent", (self.units, size))
        self.bias = self._weight("bias", "bias", (2 * size,), self._first_bias())
        self.built = True

    def call(
        self, inputs: Any, mask: Any = None, training: Any = None, initial_state: Any = None
    ) -> Any:
        if isinstance(mask, list):
            mask = mask[0]
        if mask is not None:
            raise ValueError("Masking is not supported for CuDNN RNNs.")
        inputs, states, _ = self._process_inputs(inputs, initial_state, None)
        if self.go_backwards:
            inputs = reverse(inputs, 1)
        output, states = self._process_batch(inputs, states)
        self._keep(states)
        return [output, *states] if self.return_state else output

    def _cut(self, tensor: Any, number: int) -> list[Any]:
        """The parts of `number` sets of gates, along the last axis, in the op's order."""
        parts = []
        last = number * self.gates - 1
        for start in range(0, number * self.gates, self.gates):
            for gate in self.order:
                i = start + gate
                begin = i * self.units or None
                part = slice(begin, (i + 1) * self.units if i < last else None)
                parts.append(tensor[:, part] if number == 1 else tensor[part])
        return parts

    def _process_batch(self, inputs: Any, initial_state: Any) -> tuple[Any, list[Any]]:
        """The output, or outputs, and the last states."""
        if not self.time_major:
            inputs = array_ops.transpose(inputs, perm=(1, 0, 2))
        states = [array_ops.expand_dims(state, axis=0) for state in initial_state]
        parts = self._cut(self.kernel, 1) + self._cut(self.recurrent_kernel, 1)
        parts += self._cut(self.bias, 2)
        params = [array_ops.reshape(part, self._vector_shape) for part in parts]
        found = apply_op(
            "CudnnRNNV2",
            inputs,
            states[0],
            states[1] if len(states) > 1 else 0,
            array_ops.concat(params, axis=0),
            is_training=True,
            rnn_mode=self.mode,
        )
        outputs, last = found[0], list(found[1 : 1 + len(states)])
        if self.stateful or self.return_state:
            last = [state[0] for state in last]
        if not self.return_sequences:
            return outputs[-1], last
        if not self.time_major:
            outputs = array_ops.transpose(outputs, perm=(1, 0, 2))
        return outputs, last

    @property
    def trainable_weights(self) -> list[Any]:
        """Kernels and bias, if they are trained."""
        return self._own_weights() if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Any]:
        """Kernels and bias, if they are not trained."""
        return [] if self.trainable else self._own_weights()

    def get_losses_for(self, inputs: Any = None) -> list[Any]:
        """The losses that depend on `inputs`, or those that depend on no input."""
        return super().get_losses_for(inputs)

    def _own_weights(self) -> list[Any]:
        return [self.kernel, self.recurrent_kernel, self.bias] if self.built else []

    def get_config(self) -> dict[str, Any]:
        config = {name: getattr(self, name) for name in ("units", *SETTINGS)}
        if hasattr(self, "unit_forget_bias"):
            config["unit_forget_bias"] = self.unit_forget_bias
        for kind, module in _KINDS.items():
            for part in PARTS:
                name = f"{part}_{kind}"
                config[name] = module.serialize(getattr(self, name))
        config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return Layer.get_config(self) | config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:  # type: ignore[override]
        """A layer with these arguments."""
        return cls(**config)


@export("keras.layers.CuDNNGRU")
class CuDNNGRU(_CuDNNRNN):
    """A layer of gated recurrent units as one op; see `_CuDNNRNN`. Stands for
    `tf.keras.layers.CuDNNGRU`."""

    gates = 3
    order = (1, 0, 2)
    mode = "gru"

    def __init__(
        self,
        units: int,
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
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        self._take(dict(locals()), units, kwargs)


@export("keras.layers.CuDNNLSTM")
class CuDNNLSTM(_CuDNNRNN):
    """A layer of units with long short-term memory as one op. Stands for
    `tf.keras.layers.CuDNNLSTM`.

    Args: as of `CuDNNGRU`, and
      unit_forget_bias: whether the bias of the forget gate begins with ones.
    """

    gates = 4
    order = (0, 1, 2, 3)
    mode = "lstm"

    def __init__(
        self,
        units: int,
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
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        self._take(dict(locals()), (units, units), kwargs)
        self.unit_forget_bias = unit_forget_bias

    def _first_bias(self) -> Any:
        if not self.unit_forget_bias:
            return None

        def initializer(_: Any, *args: Any, **kwargs: Any) -> Any:
            parts = [
                self.bias_initializer((self.units * 5,), *args, **kwargs),
                initializers.get("ones")((self.units,), *args, **kwargs),
                self.bias_initializer((self.units * 2,), *args, **kwargs),
            ]
            return array_ops.concat(parts, axis=0)

        return initializer
