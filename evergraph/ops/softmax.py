"""Softmax, its logarithm, and the cross entropies that take logits."""

from typing import Any

import torch

from evergraph.api import array_ops, math_ops
from evergraph.base import errors
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import op
from evergraph.graph.static_value import constant_value
from evergraph.ops import shape_rules

softmax_op = op("Softmax(logits: T) -> softmax: T", "T: floating")
log_softmax_op = op("LogSoftmax(logits: T) -> logsoftmax: T", "T: floating")
cross_entropy_op = op(
    "SoftmaxCrossEntropyWithLogits(features: T, labels: T) -> loss: T, backprop: T", "T: floating"
)
sparse_cross_entropy_op = op(
    "SparseSoftmaxCrossEntropyWithLogits(features: T, labels: Tlabels) -> loss: T, backprop: T",
    "T: floating; Tlabels: int32 | int64 = int64",
)

softmax_op.shape(shape_rules.at_least(1))
log_softmax_op.shape(shape_rules.at_least(1))


@softmax_op.kernel
def softmax_kernel(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x, -1)


@log_softmax_op.kernel
def log_softmax_kernel(x: torch.Tensor) -> torch.Tensor:
    return torch.log_softmax(x, -1)


@cross_entropy_op.shape
def cross_entropy_shape(node: Any) -> Any:
    logits, labels = (t.dims for t in node.inputs)
    both = shape_rules.broadcast(logits, labels)
    both = (None, None) if both is None else shape_rules.with_rank(both, 2)
    return [(both[0],), both]


@cross_entropy_op.kernel
def cross_entropy_kernel(logits: torch.Tensor, labels: torch.Tensor) -> Any:
    if logits.shape != labels.shape:
        try:
            logits, labels = torch.broadcast_tensors(logits, labels)
        except RuntimeError:
            raise errors.InvalidArgumentError(
                None,
                None,
                "logits and labels must be broadcastable: logits_size="
                f"{shape_rules.text(tuple(logits.shape))} "
                f"labels_size={shape_rules.text(tuple(labels.shape))}",
            ) from None
    log_p = torch.log_softmax(logits, -1)
    loss = -(labels * log_p).sum(-1)
    return loss, torch.exp(log_p).sub_(labels)


@sparse_cross_entropy_op.shape
def sparse_cross_entropy_shape(node: Any) -> Any:
    logits = shape_rules.with_rank(node.inputs[0].dims, 2)
    labels = shape_rules.with_rank(node.inputs[1].dims, 1)
    batch = shape_rules.merge_dim(logits[0], labels[0])
    return [(batch,), (batch, logits[1])]


@sparse_cross_entropy_op.kernel
def sparse_cross_entropy_kernel(logits: torch.Tensor, labels: torch.Tensor) -> Any:
    classes = logits.shape[1]
    labels = labels.long()
    if labels.numel():
        low, high = torch.aminmax(labels)
        if low < 0 or high >= classes:
            wrong = int(low if low < 0 else high)
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Received a label value of {wrong} which is outside the valid range of "
                f"[0, {classes}).  Label values: {' '.join(str(v) for v in labels.tolist())}",
            )
    log_p = torch.log_softmax(logits, -1)
    index = labels.unsqueeze(1)
    loss = log_p.gather(1, index).squeeze(1).neg_()
    backprop = torch.exp(log_p)
    backprop.scatter_add_(1, index, torch.full_like(index, -1, dtype=backprop.dtype))
    return loss, backprop


def _broadcast_mul(column: Any, matrix: Any) -> Any:
    return array_ops.expand_dims(column, -1) * matrix


@softmax_op.gradient
def softmax_gradient(node: Any, grad: Any) -> Any:
    y = node.outputs[0]
    total = math_ops.reduce_sum(grad * y, -1, keepdims=True)
    return (grad - total) * y


@log_softmax_op.gradient
def log_softmax_gradient(node: Any, grad: Any) -> Any:
    y = math_ops.exp(node.outputs[0])
    return grad - math_ops.reduce_sum(grad, -1, keepdims=True) * y


def _is_zero(grad: Any) -> bool:
    """Whether a gradient is known to be the zeros that stand for "not used"."""
    if grad.op.type in ("ZerosLike", "Zeros"):
        return True
    value = constant_value(grad)
    return value is not None and not value.any()


@cross_entropy_op.gradient
def cross_entropy_gradient(node: Any, grad: Any, grad_of_backprop: Any) -> Any:
    backprop = node.outputs[1]
    result = _broadcast_mul(grad, backprop)
    logits = node.inputs[0]
    if grad_of_backprop is not None and not _is_zero(grad_of_backprop):
        p = apply_op("Softmax", logits)
        inner = array_ops.squeeze(
            math_ops.matmul(
                array_ops.expand_dims(grad_of_backprop, 1), array_ops.expand_dims(p, 2)
            ),
            axis=1,
        )
        result += (grad_of_backprop - inner) * p
    return result, _broadcast_mul(grad, -apply_op("LogSoftmax", logits))


@sparse_cross_entropy_op.gradient
def sparse_cross_entropy_gradient(node: Any, grad: Any, _: Any) -> Any:
    # The backprop output hangs on the logits too; its own gradient is not built.
    backprop = array_ops.prevent_gradient(
        node.outputs[1],
        message="Currently there is no way to take the second derivative of "
        "sparse_softmax_cross_entropy_with_logits due to the fused implementation's interaction with "
        "tf.gradients()",
    )
    return _broadcast_mul(grad, backprop), None
