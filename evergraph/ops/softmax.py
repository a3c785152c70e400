"""Softmax, its logarithm, and the cross entropies that take logits."""

from typing import Any

import torch

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes, errors
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import op
from evergraph.graph.static_value import constant_value
from evergraph.kernels import eigen
from evergraph.kernels.one_thread import log_softmax, softmax
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


def _refuse(message: str) -> None:
    raise errors.InvalidArgumentError(None, None, message)


def _check_rank(logits: torch.Tensor) -> None:
    if logits.dim() < 1:
        _refuse("logits must have >= 1 dimension, got []")


@softmax_op.kernel
def softmax_kernel(x: torch.Tensor) -> torch.Tensor:
    _check_rank(x)
    return softmax(x)


@softmax_op.specialize
def choose_softmax(node: Any) -> Any:
    """One row of constants, such as the bell by which structural similarity weighs pixels, is
    computed once for all, so it may take its time to be TensorFlow's to the last bit."""
    logits = node.inputs[0]
    if logits.dtype == dtypes.float32 and logits.dims is not None and _is_constant(logits):
        *rest, count = logits.dims
        if rest == [1] and count is not None and 0 < count < 1024:
            return _softmax_of_constants
    return softmax_kernel


def _softmax_of_constants(x: torch.Tensor) -> torch.Tensor:
    found = torch.from_numpy(eigen.softmax(x.cpu().numpy()[0]))
    return found.to(x.device)[None]


def _is_constant(tensor: Any) -> bool:
    """Whether a tensor is made of constants alone, in few steps."""
    waiting, seen = [tensor.op], set()
    while waiting and len(seen) < 32:
        op = waiting.pop()
        if op.type != "Const" and (not op.inputs or op._entry.signature.is_stateful):
            return False
        seen.add(op)
        waiting += [t.op for t in op.inputs if t.op not in seen]
    return not waiting


@log_softmax_op.kernel
def log_softmax_kernel(x: torch.Tensor) -> torch.Tensor:
    _check_rank(x)
    return log_softmax(x)


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
            sizes = [shape_rules.text(tuple(t.shape)) for t in (logits, labels)]
            _refuse(
                f"logits and labels must be broadcastable: logits_size={sizes[0]} "
                f"labels_size={sizes[1]}"
            )
    if logits.dim() != 2:
        _refuse(
            "logits and labels must be either 2-dimensional, or broadcasted to be 2-dimensional"
        )
    log_p = log_softmax(logits)
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
    if logits.dim() != 2 or labels.dim() != 1 or len(logits) != len(labels) or not logits.shape[1]:
        _refuse_shapes(logits, labels)
    labels = labels.long()
    if labels.is_cuda:
        # On the CPU gather itself sees a wrong label.
        refuse_labels(None, logits, labels)
    log_p = log_softmax(logits)
    index = labels.unsqueeze(1)
    loss = log_p.gather(1, index).neg_().squeeze(1)
    backprop = log_p.exp_()
    backprop.scatter_add_(1, index, backprop.new_full((1, 1), -1).expand_as(index))
    return loss, backprop


def _refuse_shapes(logits: torch.Tensor, labels: torch.Tensor) -> None:
    shape, label_shape = (shape_rules.text(tuple(t.shape)) for t in (logits, labels))
    if logits.dim() != 2:
        _refuse(f"logits must be 2-D, but got shape {shape}")
    if labels.dim() != 1:
        _refuse(f"labels must be 1-D, but got shape {label_shape}")
    if logits.shape[0] != labels.shape[0]:
        _refuse(
            "logits and labels must have the same first dimension, got logits shape "
            f"{shape} and labels shape {label_shape}"
        )
    _refuse(f"Must have at least one class, but got logits shape {shape}")


@sparse_cross_entropy_op.on_failure
def refuse_labels(node: Any, logits: torch.Tensor, labels: torch.Tensor) -> None:
    """Raises where a label is no class."""
    classes = logits.shape[1]
    if ((labels < 0) | (labels >= classes)).any():
        values = labels.tolist()
        wrong = next(v for v in values if not 0 <= v < classes)
        _refuse(
            f"Received a label value of {wrong} which is outside the valid range of "
            f"[0, {classes}).  Label values: {' '.join(map(str, values))}"
        )


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
        "sparse_softmax_cross_entropy_with_logits due to the fused implementation's interaction "
        "with "
        "tf.gradients()",
    )
    return _broadcast_mul(grad, backprop), None
