"""tf.keras.backend: cross entropies."""

from typing import Any

from evergraph.api import array_ops, clip_ops, math_ops, nn_impl, nn_ops
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.tensor import Tensor
from evergraph.library.keras.backend import epsilon


def _logits_of(output: Any, activation: str) -> Any:
    """What an activation was applied to; None if it was another one."""
    if getattr(output.graph, "runs_at_once", False):
        return None  # nodes do not keep their inputs
    return output.op.inputs[0] if output.op.type == activation else None


def _clipped(output: Any) -> Any:
    smallest = constant(epsilon(), dtype=output.dtype.base_dtype)
    return clip_ops.clip_by_value(output, smallest, 1.0 - smallest)


@export("keras.backend.sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """The cross entropy with classes as targets. Stands for
    `tf.keras.backend.sparse_categorical_crossentropy`.

    Args:
      target: the number of the class of each example.
      output: the probabilities of classes, or logits.
      from_logits: whether they are logits.
      axis: the axis of classes.

    Raises:
      ValueError: the axis is not the last one and the rank is not known.
    """
    if not from_logits:
        logits = _logits_of(output, "Softmax")
        output = math_ops.log(_clipped(output)) if logits is None else logits
    rank = output.shape.ndims
    if rank is not None and axis % rank != rank - 1:
        axis %= rank
        order = [i for i in range(rank) if i != axis]
        output = array_ops.transpose(output, perm=[*order, axis])
    elif rank is None and axis != -1:
        raise ValueError(
            f"Cannot compute sparse categorical crossentropy with `axis={axis}` on an output "
            "tensor with unknown rank"
        )
    target = math_ops.cast(target, "int64")
    shape = array_ops.shape(output)
    target_rank = target.shape.ndims
    flat = target_rank is not None and rank is not None and target_rank != rank - 1
    if flat:
        target = array_ops.reshape(target, [-1])
        output = array_ops.reshape(output, [-1, shape[-1]])
    loss = nn_ops.sparse_softmax_cross_entropy_with_logits(labels=target, logits=output)
    return array_ops.reshape(loss, shape[:-1]) if flat and rank >= 3 else loss


@export("keras.backend.categorical_crossentropy")
def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """The cross entropy with the probabilities of classes as targets. Stands for
    `tf.keras.backend.categorical_crossentropy`.

    Args:
      target, output: the probabilities of classes.
      from_logits: whether `output` has logits.
      axis: the axis of classes.
    """
    if not from_logits:
        logits = _logits_of(output, "Softmax")
        if logits is None:
            output = _clipped(output / math_ops.reduce_sum(output, axis, True))
            return -math_ops.reduce_sum(target * math_ops.log(output), axis)
        output = logits
    return nn_ops.softmax_cross_entropy_with_logits_v2(labels=target, logits=output, axis=axis)


@export("keras.backend.binary_crossentropy")
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """The cross entropies of single probabilities. Stands for
    `tf.keras.backend.binary_crossentropy`.

    Args:
      target, output: probabilities.
      from_logits: whether `output` has logits.
    """
    if not from_logits:
        logits = _logits_of(output, "Sigmoid")
        if logits is None:
            output = _clipped(output)
            entropy = target * math_ops.log(output + epsilon())
            entropy += (1 - target) * math_ops.log(1 - output + epsilon())
            return -entropy
        output = logits
    return nn_impl.sigmoid_cross_entropy_with_logits(labels=target, logits=output)
