"""A gated recurrent unit as one op."""

from typing import Any

from evergraph.api.init_ops import constant_initializer
from evergraph.base.deprecation import deprecated_args
from evergraph.base.export import export
from evergraph.base.tensor_shape import dimension_value
from evergraph.graph.apply import apply_op
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.rnn.cell import LayerRNNCell


@export("contrib.rnn.GRUBlockCell")
class GRUBlockCell(LayerRNNCell):
    """`GRUCell` as one op, with variables w_ru, b_ru, w_c, b_c. Stands for
    `tf.contrib.rnn.GRUBlockCell`.

    Args:
      num_units: the size of output and state.
      cell_size: its old name.
      reuse: whether the variables are found in the scope rather than made.
      name: the name; default: that of `GRUCell`.

    Raises:
      ValueError: the size is given by both names or none.
    """

    # The names of kernels and biases.
    _gates, _candidate = ("w_ru", "b_ru"), ("w_c", "b_c")

    @deprecated_args(None, "cell_size is deprecated, use num_units instead", "cell_size")
    def __init__(
        self,
        num_units: int | None = None,
        cell_size: int | None = None,
        reuse: bool | None = None,
        name: Any = "gru_cell",
    ) -> None:
        super().__init__(_reuse=reuse, name=name)
        if (cell_size is None) == (num_units is None):
            raise ValueError("Exactly one of num_units or cell_size must be provided.")
        self._cell_size = cell_size if num_units is None else num_units
        self.input_spec = InputSpec(ndim=2)

    @property
    def state_size(self) -> Any:
        return self._cell_size

    @property
    def output_size(self) -> Any:
        return self._cell_size

    def build(self, input_shape: Any) -> None:
        """Makes the variables; ValueError where the size of the inputs is not known."""
        size = dimension_value(input_shape[1])
        if size is None:
            raise ValueError("Expecting input_size to be set.")
        units: Any = self._cell_size

        def add(names: tuple[str, str], count: int, bias: float) -> tuple[Any, Any]:
            kernel = self.add_weight(names[0], [size + units, count * units])
            initializer = constant_initializer(bias)
            return kernel, self.add_weight(names[1], [count * units], initializer=initializer)

        self._gate_kernel, self._gate_bias = add(self._gates, 2, 1.0)
        self._candidate_kernel, self._candidate_bias = add(self._candidate, 1, 0.0)
        self.built = True

    def call(self, inputs: Any, h_prev: Any) -> Any:
        """One step; ValueError if the state is of another size."""
        size = h_prev.get_shape().with_rank(2)[1]
        if size != self._cell_size:
            raise ValueError(f"Shape of h_prev[1] incorrect: cell_size {self._cell_size} vs {size}")
        new_h = apply_op(
            "GRUBlockCell",
            inputs,
            h_prev,
            self._gate_kernel,
            self._candidate_kernel,
            self._gate_bias,
            self._candidate_bias,
        ).h
        return new_h, new_h


@export("contrib.rnn.GRUBlockCellV2")
class GRUBlockCellV2(GRUBlockCell):
    """`GRUBlockCell` with the variable names of `GRUCell`. Stands for
    `tf.contrib.rnn.GRUBlockCellV2`."""

    _gates, _candidate = ("gates/kernel", "gates/bias"), ("candidate/kernel", "candidate/bias")
