"""Batch normalization as a bijector."""

from typing import Any

import numpy as np

from evergraph.api import activations, array_ops, math_ops, moments
from evergraph.base.export import export
from evergraph.graph.defaults import name_scope
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.distributions.bijector import Bijector
from evergraph.library.layers import normalization


@moved
def _undo_batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: Any,
    name: str | None = None,
) -> Any:
    with name_scope(name, "undo_batchnorm", [x, mean, variance, scale, offset]):
        rescale = math_ops.sqrt(variance + variance_epsilon)
        if scale is not None:
            rescale /= scale
        scaled = x * rescale
        return scaled + (mean if offset is None else mean - offset * rescale)


@export("contrib.distributions.bijectors.BatchNormalization")
class BatchNormalization(Bijector):
    """The inverse of a layer of batch normalization: the density of data goes through the layer.
    Stands for `tf.contrib.distributions.bijectors.BatchNormalization`.

    Args:
      batchnorm_layer: a `tf.layers.BatchNormalization`; default one whose gamma stays positive.
      training: False for the moving statistics also in the inverse.

    Raises:
      ValueError: the layer is another, renormalizes, or has virtual batches.
    """

    @moved
    def __init__(
        self,
        batchnorm_layer: Any = None,
        training: Any = True,
        validate_args: bool = False,
        name: str = "batch_normalization",
    ) -> None:
        layer = batchnorm_layer or normalization.BatchNormalization(
            gamma_constraint=lambda x: activations.relu(x) + 1e-6
        )
        if not isinstance(layer, normalization.BatchNormalization):
            raise ValueError("batchnorm_layer must be an instance of BatchNormalization layer.")
        if layer.renorm:
            raise ValueError("BatchNorm Bijector does not support renormalization.")
        if layer.virtual_batch_size:
            raise ValueError("BatchNorm Bijector does not support virtual batch sizes.")
        self.batchnorm = layer
        self._training = training
        super().__init__(
            forward_min_event_ndims=1 if isinstance(layer.axis, int) else len(layer.axis),
            validate_args=validate_args,
            name=name,
        )

    @staticmethod
    def _known_shape(x: Any) -> Any:
        if not x.shape.is_fully_defined():
            raise ValueError("Input must have shape known at graph construction.")
        return np.int32(x.shape.as_list())

    def _reduction_axes(self, shape: Any) -> list[int]:
        return [i for i in range(len(shape)) if i not in self.batchnorm.axis]

    def _forward(self, x: Any) -> Any:
        layer = self.batchnorm
        if not layer.built:
            layer.build(x.shape)
        shape = self._known_shape(x)
        last_only = self._reduction_axes(shape) == list(range(len(shape) - 1))
        broadcast = [1] * len(shape)
        broadcast[layer.axis[0]] = shape[layer.axis[0]]

        def aligned(value: Any) -> Any:
            if value is None or len(value.shape) == len(shape) or last_only:
                return value
            return array_ops.reshape(value, broadcast)

        mean, variance = aligned(layer.moving_mean), aligned(layer.moving_variance)
        beta = aligned(layer.beta) if layer.center else None
        gamma = aligned(layer.gamma) if layer.scale else None
        return _undo_batch_normalization(x, mean, variance, beta, gamma, layer.epsilon)

    def _inverse(self, y: Any) -> Any:
        return self.batchnorm.apply(y, training=self._training)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return -self._inverse_log_det_jacobian(x, use_saved_statistics=True)

    def _inverse_log_det_jacobian(self, y: Any, use_saved_statistics: bool = False) -> Any:
        shape, layer = self._known_shape(y), self.batchnorm
        if not layer.built:
            layer.build(shape)
        if use_saved_statistics or not self._training:
            log_variance = math_ops.log(layer.moving_variance + layer.epsilon)
        else:
            axes = self._reduction_axes(shape)
            _, variance = moments.moments(y, axes=axes, keep_dims=True)
            log_variance = math_ops.log(variance + layer.epsilon)
        log_gamma = math_ops.reduce_sum(math_ops.log(layer.gamma))
        total = math_ops.reduce_sum(log_variance)
        return log_gamma - 0.5 * total
