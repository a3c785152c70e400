"""Recurrent cells over several dimensions: "Grid Long Short-Term Memory" (Kalchbrenner et al.)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evergraph.api import array_ops, math_ops, variable_scope
from evergraph.api.activations import relu
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import dimension_value
from evergraph.library.contrib.layers.dense import fully_connected
from evergraph.library.contrib.layers.initializers import xavier_initializer
from evergraph.library.rnn.cell import RNNCell
from evergraph.library.rnn.cells import BasicLSTMCell, BasicRNNCell, GRUCell, LSTMCell


def _sorted_dims(dims: Any, count: int) -> list[int]:
    """Numbers of dimensions in order, from one, a list or None."""
    given = [] if dims is None else dims
    found = sorted(set(given if isinstance(given, (list, tuple)) else [given]))
    if any(dim < 0 or dim >= count for dim in found):
        raise ValueError(f"Invalid dims: {found}. Must be in [0, {count})")
    return found


@dataclass(frozen=True)
class _Config:
    """The dimensions of a grid by what they are."""

    count: int
    inputs: list[int]
    outputs: list[int]
    priority: list[int]
    non_recurrent: list[int]
    transfer: Callable[[Any], Any]
    tied: bool
    num_units: int

    @property
    def recurrent(self) -> list[int]:
        return [dim for dim in range(self.count) if dim not in self.non_recurrent]


@export("contrib.grid_rnn.GridRNNCell")
class GridRNNCell(RNNCell):
    """Recurrent cells, one a dimension, that take what the others give. Stands for
    `tf.contrib.grid_rnn.GridRNNCell`.

    Args:
      num_units: the units of each dimension.
      num_dims: the number of dimensions.
      input_dims: a dimension, or several, that take the input.
      output_dims: those whose outputs are the cell's.
      priority_dims: those that are computed last, of what the others gave.
      non_recurrent_dims: those that are dense layers.
      tied: whether dimensions share their weights.
      cell_fn: makes a cell of a number of units; default: LSTMCell.
      non_recurrent_fn: the activation of dense layers; default: relu.
      state_is_tuple: whether states are a tuple, one a recurrent dimension, and not put together.
      output_is_tuple: whether outputs are a tuple.

    Raises:
      ValueError: there is no dimension, or none of such a number.
      TypeError: `cell_fn` makes no RNNCell.
    """

    def __init__(
        self,
        num_units: int,
        num_dims: int = 1,
        input_dims: Any = None,
        output_dims: Any = None,
        priority_dims: Any = None,
        non_recurrent_dims: Any = None,
        tied: bool = False,
        cell_fn: Callable[[int], Any] | None = None,
        non_recurrent_fn: Callable[[Any], Any] | None = None,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        for is_tuple, what in ((state_is_tuple, "state"), (output_is_tuple, "output")):
            if not is_tuple:
                logging.warning(
                    f"{self}: Using a concatenated {what} is slower and will soon be deprecated.  "
                    f"Use {what}_is_tuple=True."
                )
        if num_dims < 1:
            raise ValueError(f"dims must be >= 1: {num_dims}")
        self._config = _Config(
            num_dims,
            _sorted_dims(input_dims, num_dims),
            _sorted_dims(output_dims, num_dims),
            _sorted_dims(priority_dims, num_dims),
            _sorted_dims(non_recurrent_dims, num_dims),
            non_recurrent_fn or relu,
            tied,
            num_units,
        )
        self._state_is_tuple = state_is_tuple
        self._output_is_tuple = output_is_tuple

        def make() -> Any:
            if cell_fn is not None:
                return cell_fn(num_units)
            return LSTMCell(num_units=num_units, state_is_tuple=state_is_tuple)

        self._cells = [make()] * num_dims if tied else [make() for _ in range(num_dims)]
        first = self._cells[0]
        if not isinstance(first, RNNCell):
            raise TypeError(f"cell_fn must return an RNNCell instance, saw: {type(first)}")
        outputs, states = len(self._config.outputs), len(self._config.recurrent)
        self._output_size: Any = first.output_size * outputs
        if output_is_tuple:
            self._output_size = (first.output_size,) * outputs
        self._state_size: Any = self._cell_state_size() * states
        if state_is_tuple:
            self._state_size = (first.state_size,) * states

    @property
    def output_size(self) -> Any:
        """The sizes of outputs, or their sum."""
        return self._output_size

    @property
    def state_size(self) -> Any:
        """The sizes of states, or their sum."""
        return self._state_size

    def _cell_state_size(self) -> int:
        sizes = self._cells[0].state_size
        return sum(sizes) if isinstance(sizes, tuple) else sizes

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> tuple[Any, Any]:
        """Outputs and states of a step; variables are made in `scope`, or the class's name."""
        config = self._config
        dtype = inputs.dtype
        memory, hidden, size = self._extract_states(state)
        outputs: list[Any] = [None] * config.count
        states: list[Any] = [None] * config.count
        with variable_scope.variable_scope(scope or type(self).__name__):
            self._project_input(inputs, memory, hidden, size > 0)
            later = config.priority
            earlier = [dim for dim in range(config.count) if dim not in later]
            for dims, is_first in ((earlier, True), (later, False)):
                self._propagate(dims, memory, hidden, outputs, states, is_first)
            given = [outputs[dim] for dim in config.outputs]
            kept = [states[dim] for dim in config.recurrent]
            output: Any = tuple(given)
            if not self._output_is_tuple:
                output = self._together(given, dtype)
            new_state: Any = tuple(kept)
            if not self._state_is_tuple:
                new_state = self._together([part for parts in kept for part in parts], dtype)
        return output, new_state

    def _together(self, tensors: list[Any], dtype: Any) -> Any:
        return array_ops.concat(tensors, 1) if tensors else array_ops.zeros([0, 0], dtype)

    def _extract_states(self, state: Any) -> tuple[list[Any], list[Any], int]:
        """What each dimension remembers and gave before, and the size of the latter; 0 for cells
        with only one of these."""
        config = self._config
        memory: list[Any] = [None] * config.count
        hidden: list[Any] = [None] * config.count
        total = self._cell_state_size()
        units = config.num_units
        size = total - units
        if self._state_is_tuple and len(config.recurrent) != len(state):
            raise ValueError(f"Expected state as a tuple of {len(config.recurrent)} element")
        for i, dim in enumerate(config.recurrent):
            if self._state_is_tuple:
                if size > 0:
                    memory[dim], hidden[dim] = state[i]
                else:
                    hidden[dim] = state[i]
            elif size > 0:
                memory[dim] = array_ops.slice(state, [0, i * total], [-1, units])
                hidden[dim] = array_ops.slice(state, [0, i * total + units], [-1, size])
            else:
                hidden[dim] = array_ops.slice(state, [0, i * total], [-1, units])
        return memory, hidden, size

    def _project_input(
        self, inputs: Any, memory: list[Any], hidden: list[Any], with_memory: bool
    ) -> None:
        """Puts the input in the place of states, for the dimensions that take it."""
        config = self._config
        if inputs is None or not config.inputs:
            return
        if dimension_value(inputs.shape.with_rank(2)[1]) <= 0:
            return
        if isinstance(inputs, tuple):
            if len(config.inputs) != len(inputs):
                raise ValueError(f"Expect inputs as a tuple of {len(config.inputs)} tensors")
            parts: Any = inputs
        else:
            parts = array_ops.split(value=inputs, num_or_size_splits=len(config.inputs), axis=1)
        size = dimension_value(parts[0].shape.with_rank(2)[1])

        def projected(part: Any, name: str) -> Any:
            weights = variable_scope.get_variable(
                name, [size, config.num_units], dtype=inputs.dtype
            )
            return math_ops.matmul(part, weights)

        for part, dim in zip(parts, config.inputs, strict=True):
            hidden[dim] = projected(part, f"project_m_{dim}")
            if with_memory:
                memory[dim] = projected(part, f"project_c_{dim}")

    def _propagate(
        self,
        dims: list[int],
        memory: list[Any],
        hidden: list[Any],
        outputs: list[Any],
        states: list[Any],
        is_first: bool,
    ) -> None:
        """Runs the cells of some dimensions, on what there is of the others."""
        if not dims:
            return
        config = self._config
        known = [h if o is None else o for h, o in zip(hidden, outputs, strict=True)]
        if config.count > 1:
            inputs = array_ops.concat(known[:-1], 1)
        else:
            rows = hidden[0].get_shape().as_list()[0]
            inputs = array_ops.zeros([rows, 0], hidden[0].dtype)
        last = known[-1]
        for dim in dims:
            recurrent = dim not in config.non_recurrent
            if not recurrent:
                taken = array_ops.concat([inputs, last], 1) if config.count > 1 else last
            name = "recurrent" if recurrent else "non_recurrent"
            with variable_scope.variable_scope(name if config.tied else f"{name}/cell_{dim}"):
                scope = variable_scope.get_variable_scope()
                if config.tied and not (is_first and dim == dims[0]):
                    scope.reuse_variables()
                if recurrent:
                    state = last if memory[dim] is None else (memory[dim], last)
                    outputs[dim], states[dim] = self._cells[dim](inputs, state)
                else:
                    outputs[dim] = fully_connected(
                        taken,
                        num_outputs=config.num_units,
                        activation_fn=config.transfer,
                        weights_initializer=scope.initializer or xavier_initializer,
                        weights_regularizer=scope.regularizer,
                    )


def _lstm(use_peepholes: bool, forget_bias: float) -> Callable[[int], Any]:
    return lambda n: LSTMCell(num_units=n, forget_bias=forget_bias, use_peepholes=use_peepholes)


def _basic_lstm(forget_bias: float) -> Callable[[int], Any]:
    return lambda n: BasicLSTMCell(num_units=n, forget_bias=forget_bias)


class _FirstDimension(GridRNNCell):
    """A grid whose first dimension takes the input, gives the output and comes last."""

    def __init__(
        self,
        num_units: int,
        num_dims: int,
        cell_fn: Callable[[int], Any],
        tied: bool,
        non_recurrent_fn: Any,
        state_is_tuple: bool,
        output_is_tuple: bool,
    ) -> None:
        super().__init__(
            num_units,
            num_dims,
            input_dims=0,
            output_dims=0,
            priority_dims=0,
            tied=tied,
            non_recurrent_dims=None if non_recurrent_fn is None else 0,
            cell_fn=cell_fn,
            non_recurrent_fn=non_recurrent_fn,
            state_is_tuple=state_is_tuple,
            output_is_tuple=output_is_tuple,
        )


@export("contrib.grid_rnn.Grid1BasicRNNCell")
class Grid1BasicRNNCell(_FirstDimension):
    """A BasicRNNCell. Stands for `tf.contrib.grid_rnn.Grid1BasicRNNCell`; arguments as of
    GridRNNCell."""

    def __init__(
        self, num_units: int, state_is_tuple: bool = True, output_is_tuple: bool = True
    ) -> None:
        super().__init__(num_units, 1, BasicRNNCell, False, None, state_is_tuple, output_is_tuple)


@export("contrib.grid_rnn.Grid2BasicRNNCell")
class Grid2BasicRNNCell(_FirstDimension):
    """Two dimensions of BasicRNNCells. Stands for `tf.contrib.grid_rnn.Grid2BasicRNNCell`;
    arguments as of GridRNNCell. With a `non_recurrent_fn`, the first is a dense layer."""

    def __init__(
        self,
        num_units: int,
        tied: bool = False,
        non_recurrent_fn: Any = None,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        more = tied, non_recurrent_fn, state_is_tuple, output_is_tuple
        super().__init__(num_units, 2, BasicRNNCell, *more)


@export("contrib.grid_rnn.Grid1BasicLSTMCell")
class Grid1BasicLSTMCell(_FirstDimension):
    """A BasicLSTMCell. Stands for `tf.contrib.grid_rnn.Grid1BasicLSTMCell`; arguments as of
    BasicLSTMCell and GridRNNCell."""

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        cell_fn = _basic_lstm(forget_bias)
        super().__init__(num_units, 1, cell_fn, False, None, state_is_tuple, output_is_tuple)


@export("contrib.grid_rnn.Grid2BasicLSTMCell")
class Grid2BasicLSTMCell(_FirstDimension):
    """Two dimensions of BasicLSTMCells. Stands for `tf.contrib.grid_rnn.Grid2BasicLSTMCell`;
    arguments as of BasicLSTMCell and GridRNNCell."""

    def __init__(
        self,
        num_units: int,
        tied: bool = False,
        non_recurrent_fn: Any = None,
        forget_bias: float = 1,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        more = tied, non_recurrent_fn, state_is_tuple, output_is_tuple
        super().__init__(num_units, 2, _basic_lstm(forget_bias), *more)


@export("contrib.grid_rnn.Grid1LSTMCell")
class Grid1LSTMCell(_FirstDimension):
    """An LSTMCell. Stands for `tf.contrib.grid_rnn.Grid1LSTMCell`; arguments as of LSTMCell and
    GridRNNCell."""

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        cell_fn = _lstm(use_peepholes, forget_bias)
        super().__init__(num_units, 1, cell_fn, False, None, state_is_tuple, output_is_tuple)


@export("contrib.grid_rnn.Grid2LSTMCell")
class Grid2LSTMCell(_FirstDimension):
    """Two dimensions of LSTMCells. Stands for `tf.contrib.grid_rnn.Grid2LSTMCell`; arguments as
    of LSTMCell and GridRNNCell."""

    def __init__(
        self,
        num_units: int,
        tied: bool = False,
        non_recurrent_fn: Any = None,
        use_peepholes: bool = False,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        more = tied, non_recurrent_fn, state_is_tuple, output_is_tuple
        super().__init__(num_units, 2, _lstm(use_peepholes, forget_bias), *more)


@export("contrib.grid_rnn.Grid3LSTMCell")
class Grid3LSTMCell(_FirstDimension):
    """Three dimensions of LSTMCells. Stands for `tf.contrib.grid_rnn.Grid3LSTMCell`; arguments
    as of LSTMCell and GridRNNCell."""

    def __init__(
        self,
        num_units: int,
        tied: bool = False,
        non_recurrent_fn: Any = None,
        use_peepholes: bool = False,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        more = tied, non_recurrent_fn, state_is_tuple, output_is_tuple
        super().__init__(num_units, 3, _lstm(use_peepholes, forget_bias), *more)


@export("contrib.grid_rnn.Grid2GRUCell")
class Grid2GRUCell(_FirstDimension):
    """Two dimensions of GRUCells. Stands for `tf.contrib.grid_rnn.Grid2GRUCell`; arguments as of
    GridRNNCell."""

    def __init__(
        self,
        num_units: int,
        tied: bool = False,
        non_recurrent_fn: Any = None,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        more = tied, non_recurrent_fn, state_is_tuple, output_is_tuple
        super().__init__(num_units, 2, GRUCell, *more)
