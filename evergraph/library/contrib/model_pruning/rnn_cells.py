"""Cells of recurrent networks whose weights are multiplied by masks."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.contrib.model_pruning import core_layers
from evergraph.library.rnn.cells import BasicLSTMCell, LSTMCell


def _masked_kernel(cell: Any, kernel: Any) -> Any:
    mask = core_layers.add_mask(cell, kernel.get_shape())
    return core_layers.masked(kernel, mask, core_layers.add_threshold(cell))


@export("contrib.model_pruning.MaskedBasicLSTMCell")
class MaskedBasicLSTMCell(BasicLSTMCell):
    """`BasicLSTMCell` with a mask on its kernel. Stands for
    `tf.contrib.model_pruning.MaskedBasicLSTMCell`.

    Args:
      num_units, forget_bias, state_is_tuple, activation, reuse, name: see `BasicLSTMCell`.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: Any = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: bool | None = None,
        name: Any = None,
    ) -> None:
        super().__init__(num_units, forget_bias, state_is_tuple, activation, reuse, name)

    def build(self, inputs_shape: Any) -> None:
        """Makes the variables: kernel, bias, mask, threshold."""
        super().build(inputs_shape)
        self.built = False
        self._masked_kernel = _masked_kernel(self, self._kernel)
        self.built = True

    def _applied_kernel(self) -> Any:
        return self._masked_kernel


@export("contrib.model_pruning.MaskedLSTMCell")
class MaskedLSTMCell(LSTMCell):
    """`LSTMCell` with a mask on its kernel. Stands for `tf.contrib.model_pruning.MaskedLSTMCell`.

    Unlike TensorFlow's, it works where `num_proj` differs from `num_units`.

    Args:
      num_units, use_peepholes, cell_clip, initializer, num_proj, proj_clip, num_unit_shards,
        num_proj_shards, forget_bias, state_is_tuple, activation, reuse: see `LSTMCell`.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: Any = None,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: Any = None,
        num_unit_shards: int | None = None,
        num_proj_shards: int | None = None,
        forget_bias: Any = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(
            num_units,
            use_peepholes=use_peepholes,
            cell_clip=cell_clip,
            initializer=initializer,
            num_proj=num_proj,
            proj_clip=proj_clip,
            num_unit_shards=num_unit_shards,
            num_proj_shards=num_proj_shards,
            forget_bias=forget_bias,
            state_is_tuple=state_is_tuple,
            activation=activation,
            reuse=reuse,
        )

    def build(self, inputs_shape: Any) -> None:
        """Makes the variables: those of `LSTMCell`, mask, threshold."""
        super().build(inputs_shape)
        self.built = False
        self._masked_kernel = _masked_kernel(self, self._kernel)
        self.built = True

    def _applied_kernel(self) -> Any:
        return self._masked_kernel
