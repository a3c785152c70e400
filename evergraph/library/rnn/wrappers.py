"""Cells made of other cells: stacked, with dropout, with a way around, on a device."""

import hashlib
import itertools
import sys
import warnings
from collections.abc import Callable
from types import FunctionType
from typing import Any, Self

from evergraph.api import array_ops, math_ops, nn_ops, random_ops
from evergraph.api.variable_scope import variable_scope
from evergraph.base import nest
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import device as on_device
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.keras.utils.generic_utils import (
    deserialize_keras_object,
    func_dump,
    func_load,
)
from evergraph.library.layers import base
from evergraph.library.rnn.cell import RNNCell, assert_like_rnncell
from evergraph.library.rnn.cells import OLD, LSTMStateTuple
from evergraph.library.rnn.common import is_tensor_array


@export("nn.rnn_cell.MultiRNNCell", "contrib.rnn.MultiRNNCell")
class MultiRNNCell(RNNCell):
    """Cells one upon the other. Stands for `tf.nn.rnn_cell.MultiRNNCell`.

    Args:
      cells: the cells, the first takes the inputs. One that comes twice shares its weights.
      state_is_tuple: whether the state is a tuple of the cells' states, or all side by side.

    Raises:
      ValueError: there is no cell; or a cell's state is a tuple though all should be side by side.
      TypeError: `cells` is no sequence.
    """

    @deprecated(None, OLD.format("StackedRNNCells"))
    def __init__(self, cells: Any, state_is_tuple: bool = True) -> None:
        super().__init__()
        if not cells:
            raise ValueError("Must specify at least one cell for MultiRNNCell.")
        if not nest.is_sequence(cells):
            raise TypeError(f"cells must be a list or tuple, but saw: {cells}.")
        if len({id(cell) for cell in cells}) < len(cells):
            logging.log_first_n(
                logging.WARN,
                "At least two cells provided to MultiRNNCell are the same object and will share "
                "weights.",
                1,
            )
        self._cells = cells
        for i, cell in enumerate(cells):
            self._track_trackable(cell, name=f"cell-{i}")
        self._state_is_tuple = state_is_tuple
        if not state_is_tuple and any(nest.is_sequence(cell.state_size) for cell in cells):
            raise ValueError(
                "Some cells return tuples of states, but the flag state_is_tuple is not set.  "
                f"State sizes are: {[cell.state_size for cell in cells]}"
            )

    @property
    def state_size(self) -> Any:
        sizes = tuple(cell.state_size for cell in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        return self._cells[-1].output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The zero states of all cells."""
        with name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            if self._state_is_tuple:
                return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)
            return super().zero_state(batch_size, dtype)

    def _of_cells(self, attribute: str) -> list[Any]:
        layers = [cell for cell in self._cells if isinstance(cell, base.Layer)]
        return [weight for layer in layers for weight in getattr(layer, attribute)]

    @property
    def trainable_weights(self) -> list[Any]:
        """The trained variables of all cells."""
        return self._of_cells("trainable_weights") if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The other variables of all cells."""
        others = self._of_cells("non_trainable_weights")
        return others if self.trainable else self._of_cells("trainable_weights") + others

    def call(self, inputs: Any, state: Any) -> Any:
        position = 0
        new_states = []
        for i, cell in enumerate(self._cells):
            with variable_scope(f"cell_{i}"):
                if not self._state_is_tuple:
                    size = [-1, cell.state_size]
                    cell_state = array_ops.slice(state, [0, position], size)
                    position += cell.state_size
                elif nest.is_sequence(state):
                    cell_state = state[i]
                else:
                    raise ValueError(
                        f"Expected state to be a tuple of length {len(self.state_size)}, but "
                        f"received: {state}"
                    )
                inputs, new_state = cell(inputs, cell_state)
                new_states.append(new_state)
        if self._state_is_tuple:
            return inputs, tuple(new_states)
        return inputs, array_ops.concat(new_states, 1)


class _RNNCellWrapperV1(RNNCell):
    """A cell around another. Derived classes say in `_call_wrapped_cell` what they add."""

    def __init__(self, cell: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert_like_rnncell("cell", cell)
        self.cell = self._track_trackable(cell, name="cell")

    def _call_wrapped_cell(
        self, inputs: Any, state: Any, cell_call_fn: Callable[..., Any], **kwargs: Any
    ) -> Any:
        """Output and next state; `cell_call_fn` is the call of the cell within."""
        raise NotImplementedError

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step of the cell and what is added to it; nothing of it has a scope of its own."""
        return self._call_wrapped_cell(inputs, state, self.cell.__call__, scope=scope)

    @property
    def state_size(self) -> Any:
        return self.cell.state_size

    @property
    def output_size(self) -> Any:
        return self.cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The zero state of the cell."""
        with name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return self.cell.zero_state(batch_size, dtype)

    def get_config(self) -> dict[str, Any]:
        cell = {"class_name": type(self.cell).__name__, "config": self.cell.get_config()}
        return super().get_config() | {"cell": cell}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """A wrapper with these arguments.

        Raises:
          ValueError: the config has only the description of a cell, which must be replaced by one.
        """
        arguments = dict(config)
        cell = arguments.pop("cell")
        try:
            assert_like_rnncell("cell", cell)
            return cls(cell, **arguments)
        except TypeError:
            raise ValueError(
                "RNNCellWrapper cannot reconstruct the wrapped cell. Please overwrite the cell in "
                "the config with a RNNCell instance."
            ) from None


@export("nn.rnn_cell.DropoutWrapper", "contrib.rnn.DropoutWrapper")
class DropoutWrapper(_RNNCellWrapperV1):
    """Dropout of inputs, outputs and states. Stands for `tf.nn.rnn_cell.DropoutWrapper`.

    Args:
      cell: the cell.
      input_keep_prob, output_keep_prob, state_keep_prob: how likely an element is kept: numbers or
        scalar tensors. A constant 1 adds nothing.
      variational_recurrent: whether all steps and all examples drop the same elements (Gal and
        Ghahramani 2016). Then `dtype` must be given, and `input_size` if inputs are dropped.
      input_size: a structure of sizes of the inputs, without the batch.
      dtype: the inputs' element type.
      seed: the seed of all choices; each gets its own from it.
      dropout_state_filter_visitor: a function that tells of a part of the state whether it is
        dropped: a bool, or a structure of bools. Default: all but the memory of an
        `LSTMStateTuple`.

    Raises:
      ValueError: a probability is not within 0 and 1; something is missing.
      TypeError: `cell` is no cell; the visitor is not callable.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._init_dropout(*args, **kwargs)

    def _init_dropout(
        self,
        cell: Any,
        input_keep_prob: Any = 1.0,
        output_keep_prob: Any = 1.0,
        state_keep_prob: Any = 1.0,
        variational_recurrent: bool = False,
        input_size: Any = None,
        dtype: Any = None,
        seed: int | None = None,
        dropout_state_filter_visitor: Callable[[Any], Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(cell, dtype=dtype, **kwargs)
        visitor = dropout_state_filter_visitor
        if visitor is not None and not callable(visitor):
            raise TypeError("dropout_state_filter_visitor must be callable")
        self._dropout_state_filter = visitor or _default_dropout_state_filter_visitor
        with name_scope("DropoutWrapperInit"):
            self._input_keep_prob = _probability("input_keep_prob", input_keep_prob)
            self._state_keep_prob = _probability("state_keep_prob", state_keep_prob)
            self._output_keep_prob = _probability("output_keep_prob", output_keep_prob)
        self._variational_recurrent = variational_recurrent
        self._input_size = input_size
        self._seed = seed
        self._recurrent_input_noise = None
        self._recurrent_state_noise = None
        self._recurrent_output_noise = None
        if variational_recurrent:
            self._make_noise(cell, input_size, dtype)

    def _make_noise(self, cell: Any, input_size: Any, dtype: Any) -> None:
        """The random numbers that all steps share."""
        if dtype is None:
            raise ValueError("When variational_recurrent=True, dtype must be provided")

        def noise(sizes: Any, salt: str) -> Any:
            def uniform(i: int, size: Any) -> Tensor:
                shape = array_ops.concat(([1], TensorShape(size).as_list()), 0)
                return random_ops.random_uniform(shape, seed=self._gen_seed(salt, i), dtype=dtype)

            return _numbered_map(sizes, uniform, sizes)

        if _drops(self._input_keep_prob):
            if input_size is None:
                raise ValueError(
                    "When variational_recurrent=True and input_keep_prob < 1.0 or is unknown, "
                    "input_size must be provided"
                )
            self._recurrent_input_noise = noise(input_size, "input")
        self._recurrent_state_noise = noise(cell.state_size, "state")
        self._recurrent_output_noise = noise(cell.output_size, "output")

    def _gen_seed(self, salt_prefix: str, index: int) -> int | None:
        """The seed of one choice, of the 31 bits that `tf.set_random_seed` takes."""
        if self._seed is None:
            return None
        text = f"{self._seed}{salt_prefix}_{index}"
        return int(hashlib.md5(text.encode()).hexdigest()[:8], 16) & 0x7FFFFFFF

    @property
    def wrapped_cell(self) -> Any:
        """The cell."""
        return self.cell

    def _call_wrapped_cell(
        self, inputs: Any, state: Any, cell_call_fn: Callable[..., Any], **kwargs: Any
    ) -> Any:
        if _drops(self._input_keep_prob):
            inputs = self._dropout(
                inputs, "input", self._recurrent_input_noise, self._input_keep_prob
            )
        output, new_state = cell_call_fn(inputs, state, **kwargs)
        if _drops(self._state_keep_prob):
            dropped = nest.get_traverse_shallow_structure(self._dropout_state_filter, new_state)
            new_state = self._dropout(
                new_state, "state", self._recurrent_state_noise, self._state_keep_prob, dropped
            )
        if _drops(self._output_keep_prob):
            output = self._dropout(
                output, "output", self._recurrent_output_noise, self._output_keep_prob
            )
        return output, new_state

    def _dropout(
        self, values: Any, salt: str, noise: Any, keep_prob: Any, which: Any = None
    ) -> Any:
        """Drops elements of the values for which `which`, a structure of bools, is not False."""
        which = values if which is None else which

        def dropout(i: int, dropped: Any, value: Any, *own_noise: Any) -> Any:
            if dropped is False:
                return value
            if own_noise:
                return _dropped_by(value, own_noise[0], keep_prob)
            return nn_ops.dropout_v2(value, rate=1.0 - keep_prob, seed=self._gen_seed(salt, i))

        structures = [which, values] + ([noise] if self._variational_recurrent else [])
        return _numbered_map(which, dropout, *structures)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config() | {
            "input_keep_prob": self._input_keep_prob,
            "output_keep_prob": self._output_keep_prob,
            "state_keep_prob": self._state_keep_prob,
            "variational_recurrent": self._variational_recurrent,
            "input_size": self._input_size,
            "seed": self._seed,
        }
        if self._dropout_state_filter != _default_dropout_state_filter_visitor:
            keys = ("dropout_fn", "dropout_fn_type", "dropout_fn_module")
            config.update(zip(keys, _dumped(self._dropout_state_filter), strict=True))
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """A wrapper with these arguments; see `get_config`."""
        config = dict(config)
        if "dropout_fn" in config:
            config["dropout_state_filter_visitor"] = _loaded(
                config, "dropout_fn", "dropout_fn_module", custom_objects
            )
        return super().from_config(config, custom_objects)


def _probability(name: str, value: Any) -> Any:
    """The float that is known while building, or the tensor."""
    tensor = convert_to_tensor(value)
    known = constant_value(tensor)
    if known is None:
        return tensor
    if not 0 <= known <= 1:
        raise ValueError(f"Parameter {name} must be between 0 and 1: {int(known)}")
    return float(known)


def _drops(keep_prob: Any) -> bool:
    return not isinstance(keep_prob, float) or keep_prob < 1


def _dropped_by(value: Any, noise: Any, keep_prob: Any) -> Tensor:
    """`value` where noise, of [0, 1), plus the probability reaches 1; scaled up."""
    kept = math_ops.floor(keep_prob + noise)
    result = math_ops.div(value, keep_prob) * kept
    result.set_shape(value.get_shape())
    return result


def _default_dropout_state_filter_visitor(substate: Any) -> Any:
    if isinstance(substate, LSTMStateTuple):
        return LSTMStateTuple(c=False, h=True)
    return not is_tensor_array(substate)


def _numbered_map(shallow: Any, function: Callable[..., Any], *structures: Any) -> Any:
    """Maps over structures as far as `shallow` goes; the function gets the leaf's number first."""
    numbers = itertools.count()
    return nest.map_structure_up_to(
        shallow, lambda *leaves: function(next(numbers), *leaves), *structures
    )


@export("nn.rnn_cell.ResidualWrapper", "contrib.rnn.ResidualWrapper")
class ResidualWrapper(_RNNCellWrapperV1):
    """The cell's inputs are added to its outputs. Stands for `tf.nn.rnn_cell.ResidualWrapper`.

    Args:
      cell: the cell.
      residual_fn: a function of inputs and outputs to be used in place of the sum.

    Raises, at the call:
      TypeError, ValueError: inputs and outputs are not of one structure or shape.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._init_residual(*args, **kwargs)

    def _init_residual(self, cell: Any, residual_fn: Any = None, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self._residual_fn = residual_fn

    def _call_wrapped_cell(
        self, inputs: Any, state: Any, cell_call_fn: Callable[..., Any], **kwargs: Any
    ) -> Any:
        outputs, new_state = cell_call_fn(inputs, state, **kwargs)
        return (self._residual_fn or _sum)(inputs, outputs), new_state

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if self._residual_fn is not None:
            # The last name is misspelt in TensorFlow.
            keys = ("residual_fn", "residual_fn_type", "residule_fn_module")
            config.update(zip(keys, _dumped(self._residual_fn), strict=True))
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """A wrapper with these arguments; see `get_config`."""
        config = dict(config)
        if "residual_fn" in config:
            config["residual_fn"] = _loaded(
                config, "residual_fn", "residule_fn_module", custom_objects
            )
        return super().from_config(config, custom_objects)


def _sum(inputs: Any, outputs: Any) -> Any:
    def check(x: Any, y: Any) -> None:
        x.get_shape().assert_is_compatible_with(y.get_shape())

    nest.assert_same_structure(inputs, outputs)
    nest.map_structure(check, inputs, outputs)
    return nest.map_structure(lambda x, y: x + y, inputs, outputs)


@export("nn.rnn_cell.DeviceWrapper", "contrib.rnn.DeviceWrapper")
class DeviceWrapper(_RNNCellWrapperV1):
    """The cell runs on a device. Stands for `tf.nn.rnn_cell.DeviceWrapper`.

    Args:
      cell: the cell.
      device: what `tf.device` takes.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._init_device(*args, **kwargs)

    def _init_device(self, cell: Any, device: Any, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self._device = device

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The zero state of the cell, on the device."""
        with name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            with on_device(self._device):
                return self.cell.zero_state(batch_size, dtype)

    def _call_wrapped_cell(
        self, inputs: Any, state: Any, cell_call_fn: Callable[..., Any], **kwargs: Any
    ) -> Any:
        with on_device(self._device):
            return cell_call_fn(inputs, state, **kwargs)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"device": self._device}


def _dumped(function: Any) -> tuple[Any, str, str]:
    """A function as a config holds it: its code or its name, which of them, and its module.

    Raises:
      ValueError: it is not callable.
    """
    if isinstance(function, FunctionType):
        return func_dump(function), "lambda", function.__module__
    if callable(function):
        return function.__name__, "function", function.__module__
    raise ValueError(f"Unrecognized function type for input: {type(function)}")


def _loaded(config: dict[str, Any], key: str, module_key: str, custom_objects: Any) -> Any:
    """Takes a function out of a config; its code sees the names of its module."""
    module = config.pop(module_key, None)
    if module is not None and module not in sys.modules:
        warnings.warn(
            f"{module} is not loaded, but a layer uses it. It may cause errors.",
            UserWarning,
            stacklevel=3,
        )
    kind, dumped = config.pop(f"{key}_type"), config.pop(key)
    if kind == "function":
        return deserialize_keras_object(
            dumped,
            custom_objects=custom_objects,
            printable_module_name="function in wrapper",
        )
    if kind == "lambda":
        names = dict(vars(sys.modules[module])) if module in sys.modules else dict(globals())
        return func_load(dumped, globs=names | (custom_objects or {}))
    raise TypeError("Unknown function type:", kind)
