"""The gradient of a batch normalization in elementary ops, for those that differentiate it."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes


def _BatchNormGrad(
    grad_y: Any,
    x: Any,
    scale: Any,
    pop_mean: Any,
    pop_var: Any,
    epsilon: float,
    data_format: bytes | str,
    is_training: bool = True,
) -> tuple[Any, Any, Any]:
    """The gradients of FusedBatchNorm by x, scale and offset.

    Args:
      grad_y, x: float tensors of rank 4; those of half precision are computed in float32.
      scale: a vector with an entry for each channel.
      pop_mean, pop_var: as `scale`; not used in training, where they are those of the batch.
      epsilon: what was added to the variance.
      data_format: "NHWC" or "NCHW".
      is_training: whether the batch's own mean and variance were used.
    """
    dtype = x.dtype.base_dtype
    if dtype in (dtypes.float16, dtypes.bfloat16):
        x, grad_y = math_ops.cast(x, dtypes.float32), math_ops.cast(grad_y, dtypes.float32)
    first = data_format in (b"NCHW", "NCHW")
    axes = [0, 2, 3] if first else [0, 1, 2]
    if not is_training:
        if first:
            shape = [1, array_ops.size(pop_mean), 1, 1]
            pop_mean, pop_var, scale = (
                array_ops.reshape(t, shape) for t in (pop_mean, pop_var, scale)
            )
        grad_offset = math_ops.reduce_sum(grad_y, axes)
        inverse = math_ops.rsqrt(pop_var + epsilon)
        grad_scale = math_ops.reduce_sum(grad_y * (x - pop_mean) * inverse, axes)
        return math_ops.cast(grad_y * scale * inverse, dtype), grad_scale, grad_offset

    def mean(t: Any) -> Any:
        return math_ops.reduce_mean(t, axes, keepdims=first)

    if first:
        scale = array_ops.reshape(scale, [1, array_ops.size(scale), 1, 1])
    mean_grad, mean_x = mean(grad_y), mean(x)
    # The mean has no part in the variance's own gradient, which would be 0.
    variance = mean(math_ops.squared_difference(x, array_ops.stop_gradient(mean_x)))
    centred_grad, centred = grad_y - mean_grad, x - mean_x
    covariance = mean(grad_y * centred)
    # What is said twice is computed once; the nodes are TensorFlow's.
    grad_x = (
        scale
        * math_ops.rsqrt(variance + epsilon)
        * (centred_grad - math_ops.reciprocal(variance + epsilon) * covariance * centred)
    )
    inverse = math_ops.rsqrt(variance + epsilon)
    grad_scale = inverse * math_ops.reduce_sum(grad_y * centred, axes, keepdims=first)
    if first:
        grad_scale = array_ops.squeeze(grad_scale)
    return math_ops.cast(grad_x, dtype), grad_scale, math_ops.reduce_sum(grad_y, axes)
