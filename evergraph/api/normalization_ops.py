"""Normalization of images in one op: `tf.nn.fused_batch_norm`, `tf.nn.lrn`."""

from typing import Any

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor

# cuDNN takes nothing smaller.
_MIN_EPSILON = 1.001e-5


@export("nn.fused_batch_norm")
def fused_batch_norm(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 0.001,
    data_format: str = "NHWC",
    is_training: bool = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Images normalized over batch, rows and columns. Stands for `tf.nn.fused_batch_norm`.

    Args:
      x: [batch, rows, columns, channels], or with the channels second if `data_format` is "NCHW";
        float16, bfloat16 or float32.
      scale, offset: float32 [channels].
      mean, variance: float32 [channels] if not `is_training`, else None.
      epsilon: is added to the variance; at least 1.001e-5.
      is_training: whether mean and variance are those of `x`.
      name: a name for the node.

    Returns:
      (y, batch_mean, batch_variance); the variance divided by one less than the number of elements.

    Raises:
      ValueError: `mean` or `variance` is given in training.
    """
    x = convert_to_tensor(x, name="input")
    scale = convert_to_tensor(scale, name="scale")
    offset = convert_to_tensor(offset, name="offset")
    if is_training and (mean is not None or variance is not None):
        raise ValueError("Both 'mean' and 'variance' must be None if is_training is True.")
    if mean is None:
        mean = constant([])
    if variance is None:
        variance = constant([])
    found = apply_op(
        "FusedBatchNormV3",
        x,
        scale,
        offset,
        mean,
        variance,
        epsilon=max(epsilon, _MIN_EPSILON),
        data_format=data_format,
        is_training=is_training,
        name=name,
    )
    return found[0], found[1], found[2]


@export("nn.lrn", "nn.local_response_normalization")
def lrn(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """input / (bias + alpha * sum of squares of channels nearby) ** beta. Stands for
    `tf.nn.local_response_normalization`.

    Args:
      input: [batch, rows, columns, channels].
      depth_radius: how far channels are that count.
      bias, alpha, beta: as above.
      name: a name for the node.
    """
    return apply_op(
        "LRN",
        input,
        depth_radius=5 if depth_radius is None else depth_radius,
        bias=1 if bias is None else bias,
        alpha=1 if alpha is None else alpha,
        beta=0.5 if beta is None else beta,
        name=name,
    )


local_response_normalization = lrn
