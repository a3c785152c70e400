"""What a recurrent cell is: a layer of inputs and a state."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, variables
from evergraph.api.variable_scope import variable_scope
from evergraph.api.variable_scope_state import get_variable_scope
from evergraph.api.variables import PartitionedVariable
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import as_shape
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.layers import base

# Names of variables, on which checkpoints depend.
KERNEL, BIAS = "kernel", "bias"
_WEIGHTS_VARIABLE_NAME, _BIAS_VARIABLE_NAME = KERNEL, BIAS
ASSERT_LIKE_RNNCELL_ERROR_REGEXP = "is not an RNNCell"


def _lacks(cell: Any) -> list[str]:
    """What an object would need to be used as a cell."""
    has_state = hasattr(cell, "get_initial_state") or hasattr(cell, "zero_state")
    conditions = {
        "'output_size' property is missing": hasattr(cell, "output_size"),
        "'state_size' property is missing": hasattr(cell, "state_size"),
        "either 'zero_state' or 'get_initial_state' method is required": has_state,
        "is not callable": callable(cell),
    }
    return [complaint for complaint, met in conditions.items() if not met]


def assert_like_rnncell(cell_name: str, cell: Any) -> None:
    """TypeError for what cannot be used as a cell; `cell_name` is the argument's name."""
    if lacks := _lacks(cell):
        raise TypeError(
            f"The argument {cell_name!r} ({cell}) is not an RNNCell: {', '.join(lacks)}."
        )


def _like_rnncell(cell: Any) -> bool:
    """Whether an object can be used as a cell. The name is that of TensorFlow 1.7."""
    return not _lacks(cell)


def check_float(dtype: Any) -> None:
    """ValueError for a dtype that activation functions cannot have; None passes."""
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype)
        if not (dtype.is_floating or dtype.is_complex):
            raise ValueError(
                f"RNN cell only supports floating point inputs, but saw dtype: {dtype}"
            )


def check_float_inputs(*inputs: Any) -> None:
    """ValueError unless all tensors of these structures are of floating types."""
    for tensor in nest.flatten(inputs):
        check_float(tensor.dtype)


def input_depth(inputs_shape: tuple[int | None, ...]) -> int:
    """The size of the last axis, as `build` methods need it.

    Raises:
      ValueError: it is not known.
    """
    depth = inputs_shape[-1]
    if depth is None:
        raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {inputs_shape}")
    return depth


def _as_vector(size: Any, name: str) -> tuple[Any, Any]:
    """A size (a number, shape or tensor) as a vector, or None where it is not known; and what of
    it is known."""
    if not isinstance(size, Tensor):
        shape = as_shape(size)
        static = shape.as_list() if shape.ndims is not None else None
        known = shape.is_fully_defined()
        return (constant(shape.as_list(), dtype=dtypes.int32) if known else None), static
    static = constant_value(size)
    if size.shape.ndims == 0:
        size = array_ops.expand_dims(size, 0)
    elif size.shape.ndims != 1:
        raise ValueError(f"{name} tensor must be either a scalar or vector, but saw tensor: {size}")
    return size, static


def _concat(prefix: Any, suffix: Any, static: bool = False) -> Any:
    """The sizes of `prefix` and then those of `suffix`: numbers, shapes or tensors.

    Args:
      prefix: usually the batch size.
      suffix: usually the size of a state.
      static: whether a list with None for unknown sizes is wanted, and not a tensor.

    Raises:
      ValueError: a tensor has two axes or more; a tensor is wanted but a size is unknown.
    """
    first, first_static = _as_vector(prefix, "prefix")
    second, second_static = _as_vector(suffix, "suffix")
    if static:
        shape = as_shape(first_static).concatenate(second_static)
        return shape.as_list() if shape.ndims is not None else None
    if first is None or second is None:
        raise ValueError(f"Provided a prefix or suffix of None: {prefix} and {suffix}")
    return array_ops.concat((first, second), 0)


def _zero_state_tensors(state_size: Any, batch_size: Any, dtype: Any) -> Any:
    """Zeros for a structure of state sizes."""

    def zeros(size: Any) -> Tensor:
        found = array_ops.zeros(_concat(batch_size, size), dtype=dtype)
        found.set_shape(_concat(batch_size, size, static=True))
        return found

    return nest.map_structure(zeros, state_size)


@export("nn.rnn_cell.RNNCell", "contrib.rnn.RNNCell")
class RNNCell(base.Layer):
    """What recurrent cells derive from. Stands for `tf.nn.rnn_cell.RNNCell`.

    A derived class has the properties `state_size` and `output_size` and a method
    `call(inputs, state)` that returns the output and the next state. Sizes are ints or shapes
    without the batch; that of the state may be a structure of these. What `call` makes with
    `tf.get_variable` counts as the cell's variables.

    Args:
      trainable, name, dtype, **kwargs: see `tf.layers.Layer`.
    """

    def __init__(
        self, trainable: bool = True, name: Any = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(trainable=trainable, name=name, dtype=dtype, **kwargs)
        # Tells these cells from Keras's, which keep states in a list.
        self._is_tf_rnn_cell = True

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step.

        Args:
          inputs: a tensor whose first axis is the batch.
          state: a structure as `state_size`, of tensors whose first axis is the batch.
          scope: the variable scope; default: one named as the class.

        Returns:
          The output and the next state.
        """
        if scope is not None:
            with variable_scope(scope, custom_getter=self._rnn_get_variable) as scope:
                return super().__call__(inputs, state, scope=scope)
        block: Any = getattr(self, "rnncell_scope", None)
        if block is None:
            block = variable_scope(get_variable_scope(), custom_getter=self._rnn_get_variable)
            self.rnncell_scope = block
        with block:
            return super().__call__(inputs, state)

    def _rnn_get_variable(self, getter: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The getter of the scope of a call: takes note of the variable."""
        variable = getter(*args, **kwargs)
        part = list(variable)[0] if isinstance(variable, PartitionedVariable) else variable
        trained = part in variables.trainable_variables()
        known = self._trainable_weights if trained else self._non_trainable_weights
        if all(variable is not other for other in known):
            known.append(variable)
        return variable

    @property
    def state_size(self) -> Any:
        """The size of the state, an int or a shape, or a structure of them."""
        raise NotImplementedError("Abstract method")

    @property
    def output_size(self) -> Any:
        """The size of the output, an int or a shape."""
        raise NotImplementedError("Abstract method")

    def build(self, _: Any) -> None:
        """Does nothing, not even set `built`: variables may be made in `call`."""

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """The state to begin with: zeros.

        Args:
          inputs: a tensor that tells batch size and dtype.
          batch_size, dtype: the same where there are no inputs.

        Raises:
          ValueError: neither is given, or they contradict each other.
        """
        if inputs is not None:
            inputs = convert_to_tensor(inputs, name="inputs")
            batch_size, dtype = _of_inputs(inputs, batch_size, dtype)
        if batch_size is None or dtype is None:
            raise ValueError(
                "batch_size and dtype cannot be None while constructing initial state: "
                f"batch_size={batch_size}, dtype={dtype}"
            )
        return self.zero_state(batch_size, dtype)

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Zeros in the structure of `state_size`.

        Args:
          batch_size: an int or a scalar tensor.
          dtype: the element type of all.
        """
        with name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return _zero_state_tensors(self.state_size, batch_size, dtype)

    def get_config(self) -> dict[str, Any]:
        return super().get_config()


def _of_inputs(inputs: Tensor, batch_size: Any, dtype: Any) -> tuple[Any, Any]:
    """Batch size and dtype of the inputs; ValueError if those given are others."""
    static = inputs.shape.dims[0].value
    if batch_size is not None:
        known = constant_value(batch_size, partial=True) if is_tensor(batch_size) else batch_size
        if static != known:
            raise ValueError(
                "batch size from input tensor is different from the input param. Input tensor "
                f"batch: {static}, batch_size: {batch_size}"
            )
    if dtype is not None and inputs.dtype != dtype:
        raise ValueError(
            "dtype from input tensor is different from the input param. Input tensor dtype: "
            f"{inputs.dtype}, dtype: {dtype}"
        )
    return static or array_ops.shape(inputs)[0], inputs.dtype


@export("contrib.rnn.LayerRNNCell")
class LayerRNNCell(RNNCell):
    """A cell that makes its variables in `build`. Stands for `tf.contrib.rnn.LayerRNNCell`."""

    def __call__(
        self, inputs: Any, state: Any, scope: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        """One step: the output and the next state, as of `RNNCell`."""
        return base.Layer.__call__(self, inputs, state, *args, scope=scope, **kwargs)
