"""tf.layers: batch normalization."""

from typing import Any

from evergraph.api.init_ops import ones_initializer, zeros_initializer
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.library.keras.layers import normalization
from evergraph.library.keras.utils.conv_utils import own_arguments
from evergraph.library.layers.base import Layer
from evergraph.library.layers.calls import called

ZEROS = zeros_initializer()
ONES = ones_initializer()


@export("layers.BatchNormalization")
class BatchNormalization(normalization.BatchNormalization, Layer):
    """Each channel with mean 0 and variance 1 over the batch. Stands for
    `tf.layers.BatchNormalization`; arguments as of `tf.layers.batch_normalization`."""

    def __init__(
        self,
        axis: Any = -1,
        momentum: Any = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = ZEROS,
        gamma_initializer: Any = ONES,
        moving_mean_initializer: Any = ZEROS,
        moving_variance_initializer: Any = ONES,
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: Any = 0.99,
        fused: bool | None = None,
        trainable: bool = True,
        virtual_batch_size: int | None = None,
        adjustment: Any = None,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**own_arguments(locals()))

    def call(self, inputs: Any, training: Any = False) -> Any:
        """Normalizes by the batch where `training`, a bool or a bool tensor, says so."""
        return super().call(inputs, training=training)


@deprecated(
    date=None,
    instructions="Use keras.layers.BatchNormalization instead.  In particular, "
    "`tf.control_dependencies(tf.GraphKeys.UPDATE_OPS)` should not be used (consult the "
    "`tf.keras.layers.batch_normalization` documentation).",
)
@export("layers.batch_normalization")
def batch_normalization(
    inputs: Any,
    axis: Any = -1,
    momentum: Any = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = ZEROS,
    gamma_initializer: Any = ONES,
    moving_mean_initializer: Any = ZEROS,
    moving_variance_initializer: Any = ONES,
    beta_regularizer: Any = None,
    gamma_regularizer: Any = None,
    beta_constraint: Any = None,
    gamma_constraint: Any = None,
    training: Any = False,
    trainable: bool = True,
    name: str | None = None,
    reuse: bool | None = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_momentum: Any = 0.99,
    fused: bool | None = None,
    virtual_batch_size: int | None = None,
    adjustment: Any = None,
) -> Any:
    """Each channel with mean 0 and variance 1 over the batch (Ioffe and Szegedy 2015). Stands for
    `tf.layers.batch_normalization`.

    In training, the updates of the moving averages are in the collection UPDATE_OPS; they must be
    run along with the training step.

    Args:
      inputs: a tensor of known rank and number of channels.
      axis: the axis of channels, or a list of axes that keep their own statistics.
      momentum: of the moving averages that take the place of mean and variance after training.
      epsilon: added to the variance.
      center, scale: whether a variable "beta" is added, and one "gamma" multiplied.
      beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer:
        initial values.
      beta_regularizer, gamma_regularizer: functions whose results are losses.
      beta_constraint, gamma_constraint: functions that optimizers apply after each update.
      training: a bool or a bool tensor: whether to normalize by the batch or by the averages.
      trainable: whether beta and gamma are trained.
      name: the variable scope.
      reuse: whether the variables are those of a layer made before.
      renorm: whether the averages count in training, too (Ioffe 2017), within `renorm_clipping`
        ("rmax", "rmin", "dmax"), with averages of `renorm_momentum`.
      fused: whether one node does it all, where that is possible; None for yes.
      virtual_batch_size: the size of the parts of a batch that are normalized for themselves.
      adjustment: a function of the input's shape that gives a factor and an offset for training.
    """
    settings = dict(locals())
    return called(BatchNormalization, settings, training=settings.pop("training"))


# The names they had in TensorFlow 1.0.
BatchNorm = BatchNormalization
batch_norm = batch_normalization
