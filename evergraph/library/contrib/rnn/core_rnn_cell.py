"""Cells with something linear before or behind: embedding, input and output projection."""

import math
from typing import Any

from evergraph.api import array_ops, embedding_ops, math_ops, nn_ops
from evergraph.api.init_ops import constant_initializer, random_uniform_initializer
from evergraph.api.variable_scope import get_variable, variable_scope
from evergraph.api.variable_scope_state import get_variable_scope
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.constant import constant
from evergraph.graph.defaults import device, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.rnn.cell import BIAS, KERNEL, RNNCell, assert_like_rnncell
from evergraph.library.rnn.cells import LSTMStateTuple as LSTMStateTuple


def _checked_arguments(args: Any) -> tuple[list[Any], int]:
    """Matrices as a list, and their width side by side."""
    if args is None or (nest.is_sequence(args) and not args):
        raise ValueError("`args` must be specified")
    found = list(args) if nest.is_sequence(args) else [args]
    shapes = [x.get_shape() for x in found]
    for shape in shapes:
        if shape.ndims != 2:
            raise ValueError(f"linear is expecting 2D arguments: {shapes}")
        if shape.dims[1].value is None:
            raise ValueError(
                f"linear expects shape[1] to be provided for shape {shape}, but saw {shape[1]}"
            )
    return found, sum(shape.dims[1].value for shape in shapes)


def _bias(scope: Any, size: int, dtype: Any, initializer: Any) -> Any:
    """The variable "bias", which is never in parts."""
    with variable_scope(scope) as inner:
        inner.set_partitioner(None)
        if initializer is None:
            initializer = constant_initializer(0.0, dtype=dtype)
        return get_variable(BIAS, [size], dtype=dtype, initializer=initializer)


class _Linear:
    """A product with a variable "kernel" in the present scope, plus a variable "bias".

    Args:
      args: a matrix, or a list of matrices to be put side by side, that tells sizes and dtype.
      output_size: the width of the result.
      build_bias: whether there is a bias.
      bias_initializer: default: zeros.
      kernel_initializer: default: the scope's.

    Raises:
      ValueError: there is nothing to multiply, or its width is not known.
    """

    def __init__(
        self,
        args: Any,
        output_size: int,
        build_bias: bool,
        bias_initializer: Any = None,
        kernel_initializer: Any = None,
    ) -> None:
        self._build_bias = build_bias
        self._is_sequence = nest.is_sequence(args)
        matrices, width = _checked_arguments(args)
        dtype = matrices[0].dtype
        with variable_scope(get_variable_scope()) as scope:
            self._weights = get_variable(
                KERNEL, [width, output_size], dtype=dtype, initializer=kernel_initializer
            )
            if build_bias:
                self._biases = _bias(scope, output_size, dtype, bias_initializer)

    def __call__(self, args: Any) -> Tensor:
        """The product of matrices like those that the constructor got."""
        matrices = args if self._is_sequence else [args]
        if len(matrices) == 1:
            result = math_ops.matmul(matrices[0], self._weights)
        else:
            one = constant(1, dtype=dtypes.int32)
            result = math_ops.matmul(array_ops.concat(matrices, one), self._weights)
        return nn_ops.bias_add(result, self._biases) if self._build_bias else result


def _linear(
    args: Any,
    output_size: int,
    bias: bool,
    bias_initializer: Any = None,
    kernel_initializer: Any = None,
) -> Tensor:
    """The product of `_Linear`, once; arguments as there."""
    matrices, width = _checked_arguments(args)
    dtype = matrices[0].dtype
    with variable_scope(get_variable_scope()) as scope:
        weights = get_variable(
            KERNEL, [width, output_size], dtype=dtype, initializer=kernel_initializer
        )
        together = matrices[0] if len(matrices) == 1 else array_ops.concat(matrices, 1)
        result = math_ops.matmul(together, weights)
        if not bias:
            return result
        biases = _bias(scope, output_size, dtype, bias_initializer)
        return nn_ops.bias_add(result, biases)


class _Around(RNNCell):
    """A cell around another, with a scope and variables of its own."""

    def __init__(self, cell: Any, reuse: bool | None) -> None:
        super().__init__(_reuse=reuse)
        assert_like_rnncell("cell", cell)
        self._cell = cell

    @property
    def state_size(self) -> Any:
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The zero state of the cell."""
        with name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return self._cell.zero_state(batch_size, dtype)


@export("contrib.rnn.EmbeddingWrapper", "nn.rnn_cell.EmbeddingWrapper")
class EmbeddingWrapper(_Around):
    """The cell gets rows of a variable "embedding", by the ids that come in. Stands for
    `tf.contrib.rnn.EmbeddingWrapper`.

    Args:
      cell: the cell.
      embedding_classes: the number of rows.
      embedding_size: their size.
      initializer: default: the scope's, else uniform numbers of variance 1.
      reuse: whether the variable is found in the scope rather than made.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: a size is not positive.
    """

    def __init__(
        self,
        cell: Any,
        embedding_classes: int,
        embedding_size: int,
        initializer: Any = None,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(cell, reuse)
        if embedding_classes <= 0 or embedding_size <= 0:
            raise ValueError(
                "Both embedding_classes and embedding_size must be > 0: "
                f"{embedding_classes}, {embedding_size}."
            )
        self._embedding_classes = embedding_classes
        self._embedding_size = embedding_size
        self._initializer = initializer

    def call(self, inputs: Any, state: Any) -> Any:
        with device("/cpu:0"):
            initializer = self._initializer or get_variable_scope().initializer
            if not initializer:
                bound = math.sqrt(3)
                initializer = random_uniform_initializer(-bound, bound)
            dtype = state[0].dtype if isinstance(state, tuple) else state.dtype
            embedding = get_variable(
                "embedding",
                [self._embedding_classes, self._embedding_size],
                initializer=initializer,
                dtype=dtype,
            )
            ids = array_ops.reshape(inputs, [-1])
            return self._cell(embedding_ops.embedding_lookup(embedding, ids), state)


@export("contrib.rnn.InputProjectionWrapper", "nn.rnn_cell.InputProjectionWrapper")
class InputProjectionWrapper(_Around):
    """The cell gets its inputs times a kernel plus a bias. Stands for
    `tf.contrib.rnn.InputProjectionWrapper`.

    Args:
      cell: the cell.
      num_proj: the size that inputs are projected to.
      activation: a function of the projected inputs.
      input_size: not used.
      reuse: whether the variables are found in the scope rather than made.

    Raises:
      TypeError: `cell` is no cell.
    """

    def __init__(
        self,
        cell: Any,
        num_proj: int,
        activation: Any = None,
        input_size: Any = None,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(cell, reuse)
        if input_size is not None:
            logging.warn("%s: The input_size parameter is deprecated.", self)
        self._num_proj = num_proj
        self._activation = activation
        self._linear: _Linear | None = None

    def call(self, inputs: Any, state: Any) -> Any:
        if self._linear is None:
            self._linear = _Linear(inputs, self._num_proj, True)
        projected = self._linear(inputs)
        if self._activation:
            projected = self._activation(projected)
        return self._cell(projected, state)


@export("contrib.rnn.OutputProjectionWrapper", "nn.rnn_cell.OutputProjectionWrapper")
class OutputProjectionWrapper(_Around):
    """The outputs of the cell times a kernel plus a bias. Stands for
    `tf.contrib.rnn.OutputProjectionWrapper`.

    Args:
      cell: the cell.
      output_size: the size that outputs are projected to.
      activation: a function of the projected outputs.
      reuse: whether the variables are found in the scope rather than made.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: the size is not positive.
    """

    def __init__(
        self, cell: Any, output_size: int, activation: Any = None, reuse: bool | None = None
    ) -> None:
        super().__init__(cell, reuse)
        if output_size < 1:
            raise ValueError(f"Parameter output_size must be > 0: {output_size}.")
        self._output_size = output_size
        self._activation = activation
        self._linear: _Linear | None = None

    @property
    def output_size(self) -> Any:
        return self._output_size

    def call(self, inputs: Any, state: Any) -> Any:
        output, new_state = self._cell(inputs, state)
        if self._linear is None:
            self._linear = _Linear(output, self._output_size, True)
        projected = self._linear(output)
        if self._activation:
            projected = self._activation(projected)
        return projected, new_state
