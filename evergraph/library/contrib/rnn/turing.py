"""The neural Turing machine."""

import math
from typing import Any, NamedTuple

from evergraph.api import array_ops, clip_ops, math_ops, nn_ops
from evergraph.api.cond import cond
from evergraph.api.init_ops import constant_initializer, truncated_normal_initializer
from evergraph.base import dtypes
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.tensor import Tensor
from evergraph.library.keras import initializers
from evergraph.library.rnn.cell import LayerRNNCell, assert_like_rnncell


class NTMControllerState(NamedTuple):
    """The state of `NTMCell`: the controller's, what was read, where each head was, the memory, and
    the number of the step."""

    controller_state: Any
    read_vector_list: Any
    w_list: Any
    M: Any
    time: Any


def _expand(x: Any, count: int) -> Tensor:
    """`x` once for each example."""
    return array_ops.concat([array_ops.expand_dims(x, 0) for _ in range(count)], axis=0)


def _normal_for(size: int) -> Any:
    return truncated_normal_initializer(stddev=1.0 / math.sqrt(size), dtype=dtypes.float32)


class NTMCell(LayerRNNCell):
    """A cell with a memory that heads of a controller read and write (Graves et al. 2014).

    Stands for `tensorflow.contrib.rnn.python.ops.rnn_cell.NTMCell`.

    Args:
      controller: the cell whose output gives the parameters of the heads.
      memory_size: the number of the memory's rows.
      memory_vector_dim: their size.
      read_head_num, write_head_num: the numbers of heads.
      shift_range: how far a head may move in a step.
      output_dim: the size of the output; default: that of the inputs.
      clip_value: the bound of parameters and outputs.
      dtype, name: see `tf.layers.Layer`.

    Raises:
      TypeError: `controller` is no cell.
    """

    def __init__(
        self,
        controller: Any,
        memory_size: int,
        memory_vector_dim: int,
        read_head_num: int,
        write_head_num: int,
        shift_range: int = 1,
        output_dim: int | None = None,
        clip_value: Any = 20,
        dtype: Any = dtypes.float32,
        name: Any = None,
    ) -> None:
        super().__init__(dtype=dtype, name=name)
        assert_like_rnncell("NTM RNN controller cell", controller)
        self.controller = controller
        self.memory_size = memory_size
        self.memory_vector_dim = memory_vector_dim
        self.read_head_num = read_head_num
        self.write_head_num = write_head_num
        self.clip_value = clip_value
        self.output_dim = output_dim
        self.shift_range = shift_range
        self.num_parameters_per_head = memory_vector_dim + 2 * shift_range + 4
        self.num_heads = read_head_num + write_head_num
        self.total_parameter_num = (
            self.num_parameters_per_head * self.num_heads + memory_vector_dim * 2 * write_head_num
        )

    @property
    def state_size(self) -> Any:
        return NTMControllerState(
            controller_state=self.controller.state_size,
            read_vector_list=[self.memory_vector_dim] * self.read_head_num,
            w_list=[self.memory_size] * self.num_heads,
            M=TensorShape([self.memory_size * self.memory_vector_dim]),
            time=TensorShape([]),
        )

    @property
    def output_size(self) -> Any:
        return self.output_dim

    def build(self, inputs_shape: Any) -> None:
        """Makes the variables; ValueError where the size of the output is not known."""
        if self.output_dim is None:
            self.output_dim = inputs_shape[1].value
            if self.output_dim is None:
                raise ValueError(
                    f"Expected inputs.shape[-1] to be known, saw shape: {inputs_shape}"
                )
        zeros = constant_initializer(0.0, dtype=self.dtype)
        width = self.controller.output_size
        self._params_kernel = self.add_weight(
            "parameters_kernel",
            shape=[width, self.total_parameter_num],
            initializer=_normal_for(width),
        )
        self._params_bias = self.add_weight(
            "parameters_bias", shape=[self.total_parameter_num], initializer=zeros
        )
        width += self.memory_vector_dim * self.read_head_num
        self._output_kernel = self.add_weight(
            "output_kernel", shape=[width, self.output_dim], initializer=_normal_for(width)
        )
        self._output_bias = self.add_weight(
            "output_bias", shape=[self.output_dim], initializer=zeros
        )
        self._init_read_vectors = self._first_values(
            "initial_read_vector", self.read_head_num, self.memory_vector_dim
        )
        self._init_address_weights = self._first_values(
            "initial_address_weights", self.num_heads, self.memory_size
        )
        self._M = self.add_weight(
            "memory",
            shape=[self.memory_size, self.memory_vector_dim],
            initializer=constant_initializer(1e-6, dtype=self.dtype),
        )
        self.built = True

    def _first_values(self, name: str, count: int, size: int) -> list[Any]:
        return [
            self.add_weight(
                f"{name}_{i}", shape=[1, size], initializer=initializers.glorot_uniform()
            )
            for i in range(count)
        ]

    def call(self, x: Any, prev_state: Any) -> Any:
        count = x.shape[0].value or array_ops.shape(x)[0]

        def first(variables: list[Any], function: Any) -> Any:
            return lambda: [
                _expand(
                    function(array_ops.squeeze(math_ops.matmul(array_ops.ones([1, 1]), variable))),
                    count,
                )
                for variable in variables
            ]

        def at_start(start: Any, later: Any) -> Any:
            return cond(math_ops.equal(prev_state.time, 0), start, lambda: later)

        read = at_start(first(self._init_read_vectors, math_ops.tanh), prev_state.read_vector_list)
        read = [read] if self.read_head_num == 1 else read
        controlled, controller_state = self.controller(
            array_ops.concat([x, *read], axis=1), prev_state.controller_state
        )
        heads, changes = self._parameters(controlled)
        where = at_start(first(self._init_address_weights, nn_ops.softmax), prev_state.w_list)
        where = [where] if self.num_heads == 1 else where
        memory = at_start(lambda: _expand(self._M, count), prev_state.M)
        where = [
            self._addressed(head, memory, before) for head, before in zip(heads, where, strict=True)
        ]
        read = [
            math_ops.reduce_sum(array_ops.expand_dims(w, dim=2) * memory, axis=1)
            for w in where[: self.read_head_num]
        ]
        for i, w in enumerate(where[self.read_head_num :]):
            memory = _written(memory, w, changes[2 * i], changes[2 * i + 1])
        output = math_ops.matmul(array_ops.concat([controlled, *read], axis=1), self._output_kernel)
        output = nn_ops.bias_add(output, self._output_bias)
        output = clip_ops.clip_by_value(output, -self.clip_value, self.clip_value)
        return output, NTMControllerState(
            controller_state=controller_state,
            read_vector_list=read,
            w_list=where,
            M=memory,
            time=prev_state.time + 1,
        )

    def _parameters(self, controlled: Any) -> tuple[list[Any], list[Any]]:
        """Those of each head, and for each that writes what it erases and adds."""
        found = math_ops.matmul(controlled, self._params_kernel)
        found = nn_ops.bias_add(found, self._params_bias)
        found = clip_ops.clip_by_value(found, -self.clip_value, self.clip_value)
        size = self.num_parameters_per_head * self.num_heads
        heads = array_ops.split(found[:, :size], self.num_heads, axis=1)
        return heads, array_ops.split(found[:, size:], 2 * self.write_head_num, axis=1)

    def _addressed(self, head: Any, memory: Any, before: Any) -> Tensor:
        size = self.memory_vector_dim
        k = math_ops.tanh(head[:, 0:size])
        beta = nn_ops.softplus(head[:, size])
        g = math_ops.sigmoid(head[:, size + 1])
        s = nn_ops.softmax(head[:, size + 2 : (size + 2 + (self.shift_range * 2 + 1))])
        gamma = nn_ops.softplus(head[:, -1]) + 1
        return self._addressing(k, beta, g, s, gamma, memory, before)

    def _addressing(
        self, k: Any, beta: Any, g: Any, s: Any, gamma: Any, prev_M: Any, prev_w: Any
    ) -> Tensor:
        """How much a head looks at each row: what is like `k`, or where it was before, moved by `s`
        and sharpened. Equations 5 to 9 of the paper."""
        k = array_ops.expand_dims(k, axis=2)
        product = math_ops.matmul(prev_M, k)
        k_norm = _norm_along(k, 1)
        norms = _norm_along(prev_M, 2) * k_norm
        likeness = array_ops.squeeze(product / (norms + 1e-8))
        amplified = math_ops.exp(array_ops.expand_dims(beta, axis=1) * likeness)
        by_content = amplified / math_ops.reduce_sum(amplified, axis=1, keepdims=True)
        g = array_ops.expand_dims(g, axis=1)
        gated = g * by_content + (1 - g) * prev_w
        moved = self._moved(gated, s)
        sharp = math_ops.pow(moved, array_ops.expand_dims(gamma, axis=1))
        return sharp / math_ops.reduce_sum(sharp, axis=1, keepdims=True)

    def _moved(self, w: Any, s: Any) -> Tensor:
        """The circular convolution of weights and moves."""
        reach, rows = self.shift_range, self.memory_size
        count = s.shape[0].value or array_ops.shape(s)[0]
        s = array_ops.concat(
            [
                s[:, : reach + 1],
                array_ops.zeros([count, rows - (reach * 2 + 1)]),
                s[:, -reach:],
            ],
            axis=1,
        )
        twice = [array_ops.reverse(s, axis=[1]), array_ops.reverse(s, axis=[1])]
        t = array_ops.concat(twice, axis=1)
        turned = array_ops.stack(
            [t[:, rows - i - 1 : rows * 2 - i - 1] for i in range(rows)], axis=1
        )
        return math_ops.reduce_sum(array_ops.expand_dims(w, axis=1) * turned, axis=2)

    def zero_state(self, batch_size: Any, dtype: Any) -> NTMControllerState:
        """The state of time 0, in which `call` takes its first values from variables."""
        size = self.memory_vector_dim
        read = [array_ops.zeros([batch_size, size]) for _ in range(self.read_head_num)]
        where = [array_ops.zeros([batch_size, self.memory_size]) for _ in range(self.num_heads)]
        return NTMControllerState(
            controller_state=self.controller.zero_state(batch_size, dtype),
            read_vector_list=read,
            w_list=where,
            M=array_ops.zeros([batch_size, self.memory_size, size]),
            time=0,
        )


def _norm_along(x: Any, axis: int) -> Tensor:
    squares = math_ops.square(x)
    return math_ops.sqrt(math_ops.reduce_sum(squares, axis=axis, keepdims=True))


def _written(memory: Any, w: Any, erase: Any, add: Any) -> Tensor:
    """The memory after a head erased and added what it would, where it looks."""
    w = array_ops.expand_dims(w, axis=2)
    erase = array_ops.expand_dims(math_ops.sigmoid(erase), axis=1)
    add = array_ops.expand_dims(math_ops.tanh(add), axis=1)
    kept = array_ops.ones_like(memory) - math_ops.matmul(w, erase)
    return memory * kept + math_ops.matmul(w, add)
