"""Layers around a layer: TimeDistributed, Bidirectional."""

import copy
from typing import Any

from evergraph.api import array_ops
from evergraph.base import nest, tf_inspect
from evergraph.base.export import export, exported_names
from evergraph.base.function_utils import fn_args
from evergraph.base.tensor_shape import TensorShape
from evergraph.base.trackable import no_automatic_dependency_tracking_scope
from evergraph.graph.defaults import name_scope
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.keras.engine.network_config import deserialize
from evergraph.library.keras.engine.node import has_history
from evergraph.library.keras.functions import elements
from evergraph.library.keras.functions.arrays import concatenate, int_shape, reverse
from evergraph.library.keras.functions.recurrent import rnn
from evergraph.library.keras.layers.recurrent import standardize_args
from evergraph.library.keras.utils.generic_utils import object_list_uid
from evergraph.library.keras.utils.tf_utils import shape_type_conversion

MODES = ["sum", "mul", "ave", "concat", None]


def _serialized(layer: Any, config: Any = None) -> dict[str, Any]:
    found = layer.get_config() if config is None else config
    return {"class_name": type(layer).__name__, "config": found}


@export("keras.layers.Wrapper")
class Wrapper(Layer):
    """A layer that has another one as a part. Stands for `tf.keras.layers.Wrapper`.

    Args:
      layer: the other layer.
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        assert isinstance(layer, Layer)
        self.layer = layer
        # From the inputs of the wrapper to those of the layer in it.
        self._input_map: dict[str, Any] = {}
        super().__init__(**kwargs)

    def build(self, input_shape: Any = None) -> None:
        """Builds the layer in it."""
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True
        self.built = True

    @property
    def activity_regularizer(self) -> Any:
        """That of the layer in it."""
        return getattr(self.layer, "activity_regularizer", None)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"layer": _serialized(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A wrapper with these arguments."""
        return cls(deserialize(config.pop("layer"), custom_objects), **config)


# TensorFlow does not know these as its own here: later versions have others of their names.
REPLACED = ("BatchNormalization", "CuDNNGRU", "CuDNNLSTM", "GRU", "LSTM")


def _is_builtin(layer: Any) -> bool:
    """Whether the class, or one it is derived from, is Keras's own and not just Layer."""
    for kind in type(layer).__mro__:
        if any(name.startswith("keras.") for name in exported_names(kind)):
            return kind is not Layer and kind.__name__ not in REPLACED
    return False


def _shape(start: Any, x: Any, first: int, sizes: Any = None) -> tuple[Any, ...]:
    """`start`, and the sizes of `x` from axis `first` on: numbers where they are known."""
    sizes = int_shape(x)[first:] if sizes is None else sizes
    if all(sizes):
        return (*start, *sizes)
    shape = array_ops.shape(x)
    return (*start, *(size or shape[first + i] for i, size in enumerate(sizes)))


@export("keras.layers.TimeDistributed")
class TimeDistributed(Wrapper):
    """A layer applied to each time of a sequence. Stands for `tf.keras.layers.TimeDistributed`.

    Args:
      layer: the layer.

    Raises:
      ValueError: it is none.
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                "Please initialize `TimeDistributed` layer with a `Layer` instance. You passed: "
                f"{layer}"
            )
        super().__init__(layer, **kwargs)
        self.supports_masking = True
        # Examples and times may be one axis, unless the layer may tell examples apart.
        self._always_use_reshape = _is_builtin(layer) and not getattr(layer, "stateful", False)

    def build(self, input_shape: Any) -> None:
        """Builds the layer in it. Raises ValueError for less than three axes."""
        sizes = TensorShape(input_shape).as_list()
        if len(sizes) < 3:
            raise ValueError(
                "`TimeDistributed` Layer should be passed an `input_shape ` with at least 3 "
                f"dimensions, received: {sizes}"
            )
        self.input_spec = InputSpec(shape=[None, None, *sizes[2:]])
        super().build((sizes[0], *sizes[2:]))

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The layer's output shape, with the time after the batch's size."""
        batch, times, *sizes = TensorShape(input_shape).as_list()
        found = TensorShape(self.layer.compute_output_shape(TensorShape([batch, *sizes])))
        batch, *sizes = found.as_list()
        return TensorShape([batch, times, *sizes])

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        known = fn_args(self.layer.call)
        kwargs = {"training": training} if "training" in known else {}
        shape = int_shape(inputs)
        if shape[0] and not self._always_use_reshape:
            _, outputs, _ = rnn(
                lambda x, _: (self.layer(x, **kwargs), []),
                inputs,
                initial_states=[],
                input_length=shape[1],
                unroll=False,
            )
            return outputs
        times = shape[1] or array_ops.shape(inputs)[1]
        inner_shape = _shape((-1,), inputs, 2)
        uid = object_list_uid(inputs)
        inputs = array_ops.reshape(inputs, inner_shape)
        self._input_map[uid] = inputs
        if "mask" in known and mask is not None:
            kwargs["mask"] = array_ops.reshape(mask, _shape((-1,), mask, 2))
        y = self.layer(inputs, **kwargs)
        sizes = self.compute_output_shape(shape).as_list()[2:]
        return array_ops.reshape(y, _shape((-1, times), y, 1, sizes))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The layer's mask for each time; where it has none, the times that count."""
        shape = int_shape(inputs)
        if shape[0]:
            return mask
        inner = mask
        if inner is not None:
            inner = array_ops.reshape(inner, _shape((-1,), mask, 2))
        found = self.layer.compute_mask(self._input_map.get(object_list_uid(inputs), inputs), inner)
        if found is None:
            if mask is not None:
                for _ in range(2, len(int_shape(mask))):
                    mask = elements.any(mask, axis=-1)
            return mask
        times = shape[1] or array_ops.shape(inputs)[1]
        return array_ops.reshape(found, _shape((-1, times), found, 1))


@export("keras.layers.Bidirectional")
class Bidirectional(Wrapper):
    """A recurrent layer in both directions. Stands for `tf.keras.layers.Bidirectional`.

    Args:
      layer: the layer; two like it are made.
      merge_mode: what is made of the outputs: "sum", "mul", "ave", "concat", or None for both.
      weights: initial values; as in TensorFlow, nothing is done with them.
      backward_layer: the layer for the other direction, instead of one like the first.

    Raises:
      ValueError: a layer is none, the two do not fit together, or there is no such mode.
    """

    _backward_layer_config: Any = None

    def __init__(
        self,
        layer: Any,
        merge_mode: Any = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                "Please initialize `Bidirectional` layer with a `Layer` instance. You passed: "
                f"{layer}"
            )
        if backward_layer is not None and not isinstance(backward_layer, Layer):
            raise ValueError(
                f"`backward_layer` need to be a `Layer` instance. You passed: {backward_layer}"
            )
        if merge_mode not in MODES:
            raise ValueError(
                "Invalid merge mode. Merge mode should be one of "
                '{"sum", "mul", "ave", "concat", None}'
            )
        self.forward_layer = _another(layer)
        if backward_layer is None:
            self.backward_layer = _another(layer, go_backwards=True)
        else:
            self.backward_layer = backward_layer
            with no_automatic_dependency_tracking_scope(self):
                self._backward_layer_config = backward_layer.get_config()
        self.forward_layer._name = "forward_" + self.forward_layer.name
        self.backward_layer._name = "backward_" + self.backward_layer.name
        _check_pair(self.forward_layer, self.backward_layer)
        for part in (self.forward_layer, self.backward_layer):
            if getattr(part, "zero_output_for_mask", None) is not None:
                part.zero_output_for_mask = part.return_sequences
        self.merge_mode = merge_mode
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self._num_constants = 0
        # Only the two layers that run are parts of it. As TensorFlow's it is never stateful itself.
        with no_automatic_dependency_tracking_scope(self):
            super().__init__(layer, **kwargs)
        self.input_spec = layer.input_spec

    @shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the merged outputs, or of both; and of the states if they are given."""
        found = self.forward_layer.compute_output_shape(input_shape)
        output, states = (found[0], found[1:]) if self.return_state else (found, [])
        sizes = TensorShape(output).as_list()
        if self.merge_mode == "concat":
            sizes[-1] *= 2
        outputs = [tuple(sizes)] * (1 if self.merge_mode else 2)
        if self.return_state:
            return outputs + [tuple(TensorShape(state).as_list()) for state in states] * 2
        return outputs if self.merge_mode is None else outputs[0]

    def __call__(
        self, inputs: Any, initial_state: Any = None, constants: Any = None, **kwargs: Any
    ) -> Any:
        """The outputs; see `tf.keras.layers.RNN`. Half of the states belong to each direction.

        Raises:
          ValueError: there is an odd number of states, or not all come from Keras layers.
        """
        inputs, states, constants = standardize_args(
            inputs, initial_state, constants, self._num_constants
        )
        if isinstance(inputs, list):
            states = inputs[1:] if len(inputs) > 1 else states
            inputs = inputs[0]
        if states is None and constants is None:
            return super().__call__(inputs, **kwargs)
        specs = self._take(states, constants)
        more = [*(states or ()), *(constants or ())]
        if len({has_history(x) for x in more}) > 1:
            raise ValueError(
                "The initial state of a Bidirectional layer cannot be specified with a mix of "
                'Keras tensors and non-Keras tensors (a "Keras tensor" is a tensor that was '
                "returned by a Keras layer, or by `Input`)"
            )
        given = {"initial_state": states, "constants": constants}
        if not has_history(more[0]):
            return super().__call__(
                inputs, **kwargs, **{k: v for k, v in given.items() if v is not None}
            )
        kwargs |= {"initial_state": None, "constants": None}
        own_spec = self.input_spec
        self.input_spec = [*(None for _ in nest.flatten(inputs)), *specs]
        output = super().__call__([inputs, *more], **kwargs)
        self.input_spec = own_spec
        return output

    def _take(self, states: Any, constants: Any) -> list[Any]:
        """Tells both layers what states and constants will be like, which is given as a list."""
        parts = (self.forward_layer, self.backward_layer)
        specs: list[Any] = []
        if states is not None:
            if len(states) % 2:
                raise ValueError(
                    "When passing `initial_state` to a Bidirectional RNN, the state should be a "
                    "list containing the states of the underlying RNNs. Found: " + str(states)
                )
            specs += [InputSpec(shape=int_shape(state)) for state in states]
            half = len(states) // 2
            parts[0].state_spec, parts[1].state_spec = specs[:half], specs[half:]
        if constants is not None:
            of_constants = [InputSpec(shape=int_shape(x)) for x in constants]
            self._num_constants = len(constants)
            for part in parts:
                part.constants_spec = of_constants
                part._num_constants = self._num_constants
            specs += of_constants
        return specs

    def call(
        self,
        inputs: Any,
        training: Any = None,
        mask: Any = None,
        initial_state: Any = None,
        constants: Any = None,
    ) -> Any:
        known = fn_args(self.layer.call)
        given = {"training": training, "mask": mask, "constants": constants}
        kwargs = {name: value for name, value in given.items() if name in known}
        ahead, back = self._halves(inputs, initial_state, kwargs, "initial_state" in known)
        y = self.forward_layer(ahead.pop("inputs"), **ahead, **kwargs)
        y_back = self.backward_layer(back.pop("inputs"), **back, **kwargs)
        states = []
        if self.return_state:
            states = y[1:] + y_back[1:]
            y, y_back = y[0], y_back[0]
        if self.return_sequences:
            y_back = reverse(y_back, 1)
        outputs = self._merged(y, y_back)
        if not self.return_state:
            return outputs
        return (outputs if self.merge_mode is None else [outputs]) + states

    def _halves(
        self, inputs: Any, states: Any, kwargs: dict[str, Any], takes_states: bool
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What each direction is called with."""
        if not takes_states:
            return {"inputs": inputs}, {"inputs": inputs}
        none: dict[str, Any] = {"inputs": inputs, "initial_state": None}
        if isinstance(inputs, list) and len(inputs) > 1:
            # States and constants that come from Keras layers stand behind the input.
            end = len(inputs) - self._num_constants
            middle = end // 2 + 1
            constants = inputs[end:]
            if "constants" in kwargs:
                kwargs["constants"] = None
            return (
                none | {"inputs": [inputs[0], *inputs[1:middle], *constants]},
                none | {"inputs": [inputs[0], *inputs[middle:end], *constants]},
            )
        if states is None:
            return dict(none), dict(none)
        half = len(states) // 2
        return none | {"initial_state": states[:half]}, none | {"initial_state": states[half:]}

    def _merged(self, y: Any, y_back: Any) -> Any:
        match self.merge_mode:
            case "concat":
                return concatenate([y, y_back])
            case "sum":
                return y + y_back
            case "ave":
                return (y + y_back) / 2
            case "mul":
                return y * y_back
            case None:
                return [y, y_back]
        raise ValueError(f"Unrecognized value for `merge_mode`: {self.merge_mode}")

    def reset_states(self) -> None:
        """Sets the states of both directions to zeros."""
        self.forward_layer.reset_states()
        self.backward_layer.reset_states()

    def build(self, input_shape: Any) -> None:
        """Builds both layers."""
        for part in (self.forward_layer, self.backward_layer):
            with name_scope(part.name):
                part.build(input_shape)
        self.built = True

    def compute_mask(self, inputs: Any, mask: Any) -> Any:
        """The mask of all outputs, none of last ones and of states."""
        if isinstance(mask, list):
            mask = mask[0]
        own = mask if self.return_sequences else None
        found = own if self.merge_mode else [own, own]
        if not self.return_state:
            return found
        of_states = [None for _ in self.forward_layer.states] * 2
        return (found if isinstance(found, list) else [found]) + of_states

    @property
    def constraints(self) -> dict[Any, Any]:
        """The constraints that both layers tell of."""
        found = dict(getattr(self.forward_layer, "constraints", {}))
        return found | getattr(self.backward_layer, "constraints", {}) if found else found

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = {"merge_mode": self.merge_mode}
        if self._num_constants:
            config["num_constants"] = self._num_constants
        if self._backward_layer_config is not None:
            own = _serialized(self.backward_layer, self._backward_layer_config)
            config["backward_layer"] = own
        return super().get_config() | config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A wrapper with these arguments."""
        config = copy.copy(config)
        number = config.pop("num_constants", 0)
        backward = config.pop("backward_layer", None)
        if backward is not None:
            config["backward_layer"] = deserialize(backward, custom_objects)
        made = super().from_config(config, custom_objects=custom_objects)
        made._num_constants = number
        return made


def _check_pair(forward: Any, backward: Any) -> None:
    if forward.go_backwards == backward.go_backwards:
        raise ValueError(
            "Forward layer and backward layer should have different `go_backwards` value."
        )
    for name in ("stateful", "return_sequences", "return_state"):
        ahead, back = getattr(forward, name), getattr(backward, name)
        if ahead != back:
            raise ValueError(
                "Forward layer and backward layer are expected to have the same value for "
                f"attribute {name}, got {ahead} and {back}"
            )


def _another(layer: Any, go_backwards: bool = False) -> Any:
    """A layer of the same configuration, perhaps in the other direction."""
    config = layer.get_config()
    if go_backwards:
        config["go_backwards"] = not config["go_backwards"]
    make = type(layer).from_config
    if "custom_objects" not in tf_inspect.getfullargspec(make).args:
        return make(config)
    cell = getattr(layer, "cell", None)
    cells = [] if cell is None else [cell, *getattr(cell, "cells", [])]
    return make(config, custom_objects={type(c).__name__: type(c) for c in cells})
