"""Batch normalization in one op: FusedBatchNorm of three versions, the ops of their gradients,
and BatchNormWithGlobalNormalization of old graphs."""

from typing import Any

import torch

from evergraph.api import array_ops, nn_grad
from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import op
from evergraph.kernels import normalization
from evergraph.ops import complaints, gradient_rules, shape_rules
from evergraph.ops.shape_rules import Dims

_REST = (
    "epsilon: float = 0.0001; data_format: string in {'NHWC', 'NCHW'} = 'NHWC'; "
    "is_training: bool = true"
)
_MIXED = f"T: float16 | bfloat16 | float32; U: float32; {_REST}"
_V2_INPUTS = "x: T, scale: U, offset: U, mean: U, variance: U"
_V2_OUTPUTS = "y: T, batch_mean: U, batch_variance: U, reserve_space_1: U, reserve_space_2: U"
_GRAD_V2 = "y_backprop: T, x: T, scale: float32, reserve_space_1: U, reserve_space_2: U"

batch_norm_op = op(
    f"FusedBatchNorm({_V2_INPUTS.replace('U', 'T')}) -> {_V2_OUTPUTS.replace('U', 'T')}",
    f"T: float32; {_REST}",
)
batch_norm_v2_op = op(f"FusedBatchNormV2({_V2_INPUTS}) -> {_V2_OUTPUTS}", _MIXED)
batch_norm_v3_op = op(
    f"FusedBatchNormV3({_V2_INPUTS}) -> {_V2_OUTPUTS}, reserve_space_3: U", _MIXED
)
for _entry in (batch_norm_op, batch_norm_v2_op, batch_norm_v3_op):
    _entry.on_failure(complaints.image_input)
batch_norm_grad_op = op(
    "FusedBatchNormGrad(y_backprop: T, x: T, scale: T, reserve_space_1: T, "
    "reserve_space_2: T) -> x_backprop: T, scale_backprop: T, offset_backprop: T, "
    "reserve_space_3: T, reserve_space_4: T",
    f"T: float32; {_REST}",
)
batch_norm_grad_v2_op = op(
    f"FusedBatchNormGradV2({_GRAD_V2}) -> x_backprop: T, scale_backprop: U, offset_backprop: U, "
    "reserve_space_3: U, reserve_space_4: U",
    _MIXED,
)
batch_norm_grad_v3_op = op(
    f"FusedBatchNormGradV3({_GRAD_V2}, reserve_space_3: U) -> x_backprop: T, scale_backprop: U, "
    "offset_backprop: U, reserve_space_4: U, reserve_space_5: U",
    _MIXED,
)
_GLOBAL = "T: number; variance_epsilon: float; scale_after_normalization: bool"
_DEPRECATED = (9, "Use tf.nn.batch_normalization()")
global_norm_op = op(
    "BatchNormWithGlobalNormalization(t: T, m: T, v: T, beta: T, gamma: T) -> result: T",
    _GLOBAL,
    deprecated=_DEPRECATED,
)
global_norm_grad_op = op(
    "BatchNormWithGlobalNormalizationGrad(t: T, m: T, v: T, gamma: T, backprop: T) -> dx: T, "
    "dm: T, dv: T, db: T, dg: T",
    _GLOBAL,
    deprecated=_DEPRECATED,
)


# Shapes.


def _normalized(dims: Any, axis: int, vectors: Any) -> tuple[Dims, Any]:
    """`dims` and their channels, which vectors of these dims tell as well."""
    dims = shape_rules.with_rank(dims, 4)
    depth = dims[axis]
    for vector in vectors:
        depth = shape_rules.merge_dim(depth, shape_rules.with_rank(vector.dims, 1)[0])
    changed = list(dims)
    changed[axis] = depth
    return tuple(changed), depth


def _axis(node: Any) -> int:
    return 1 if node.attr("data_format") == "NCHW" else 3


@batch_norm_op.shape
@batch_norm_v2_op.shape
@batch_norm_v3_op.shape
def batch_norm_shape(node: Any) -> list[Dims]:
    vectors = node.inputs[1 : 3 if node.attr("is_training") else 5]
    dims, depth = _normalized(node.inputs[0].dims, _axis(node), vectors)
    rest = [None] if node.type.endswith("V3") else []
    return [dims, *[(depth,)] * 4, *rest]


@batch_norm_grad_op.shape
@batch_norm_grad_v2_op.shape
@batch_norm_grad_v3_op.shape
def batch_norm_grad_shape(node: Any) -> list[Dims]:
    grad = shape_rules.with_rank(node.inputs[0].dims, 4)
    x = shape_rules.with_rank(node.inputs[1].dims, 4)
    axis = _axis(node)
    grad = (*grad[:axis], shape_rules.merge_dim(grad[axis], x[axis]), *grad[axis + 1 :])
    dims, depth = _normalized(grad, axis, node.inputs[2:5])
    unused = (0,) if node.attr("is_training") else (depth,)
    return [dims, (depth,), (depth,), unused, unused]


@global_norm_op.shape
def global_norm_shape(node: Any) -> Dims:
    return _normalized(node.inputs[0].dims, 3, node.inputs[1:5])[0]


@global_norm_grad_op.shape
def global_norm_grad_shape(node: Any) -> list[Dims]:
    t = shape_rules.with_rank(node.inputs[0].dims, 4)
    merged = shape_rules.merge(t, node.inputs[4].dims)
    dims, depth = _normalized(merged, 3, node.inputs[1:4])
    return [dims, *[(depth,)] * 4]


# Kernels.


@batch_norm_op.specialize
@batch_norm_v2_op.specialize
@batch_norm_v3_op.specialize
def choose_batch_norm(node: Any) -> Any:
    epsilon, nchw = node.attr("epsilon"), node.attr("data_format") == "NCHW"
    training, third = node.attr("is_training"), node.type.endswith("V3")

    def run(x: Any, scale: Any, offset: Any, mean: Any, variance: Any) -> tuple[Any, ...]:
        if training:
            for name, given in (("estimated_mean", mean), ("estimated_variance", variance)):
                if given.numel():
                    raise InvalidArgumentError(
                        None, None, f"{name} must be empty for training[{given.numel()}]"
                    )
            found = normalization.batch_norm(x, scale, offset, epsilon, nchw)
        else:
            y = normalization.batch_norm_inference(x, scale, offset, mean, variance, epsilon, nchw)
            found = y, mean.clone(), variance.clone(), mean.clone(), variance.clone()
        return (*found, scale.new_zeros(())) if third else found

    return run


@batch_norm_grad_op.specialize
@batch_norm_grad_v2_op.specialize
@batch_norm_grad_v3_op.specialize
def choose_batch_norm_grad(node: Any) -> Any:
    nchw = node.attr("data_format") == "NCHW"
    given = {"epsilon": node.attr("epsilon"), "training": node.attr("is_training"), "nchw": nchw}

    def run(grad: Any, x: Any, scale: Any, mean: Any, variance: Any, *_: Any) -> tuple[Any, ...]:
        found = normalization.batch_norm_gradient(grad, x, scale, mean, variance, **given)
        # TensorFlow's last two outputs are placeholders.
        return *found, scale.new_zeros(()), scale.new_zeros(())

    return run


@global_norm_op.kernel
def global_norm(
    t: torch.Tensor,
    m: torch.Tensor,
    v: torch.Tensor,
    beta: torch.Tensor,
    gamma: torch.Tensor,
    *,
    variance_epsilon: float,
    scale_after_normalization: bool,
) -> torch.Tensor:
    factor = torch.rsqrt(v + variance_epsilon)
    if scale_after_normalization:
        factor = factor * gamma
    return (t - m) * factor + beta


@global_norm_grad_op.kernel
def global_norm_grad(
    t: torch.Tensor,
    m: torch.Tensor,
    v: torch.Tensor,
    gamma: torch.Tensor,
    backprop: torch.Tensor,
    *,
    variance_epsilon: float,
    scale_after_normalization: bool,
) -> tuple[torch.Tensor, ...]:
    return normalization.global_norm_gradient(
        t, m, v, gamma, backprop, variance_epsilon, scale_after_normalization
    )


# Gradients.


@global_norm_op.gradient
def global_norm_gradient(node: Any, grad: Any) -> Any:
    t, m, v, _, gamma = node.inputs
    names = ("variance_epsilon", "scale_after_normalization")
    attrs = {name: node.attr(name) for name in names}
    return tuple(apply_op("BatchNormWithGlobalNormalizationGrad", t, m, v, gamma, grad, **attrs))


@batch_norm_op.gradient
@batch_norm_v2_op.gradient
@batch_norm_v3_op.gradient
def batch_norm_gradient(node: Any, grad: Any, *_: Any) -> Any:
    """With given mean and variance the gradient is computed with channels last."""
    x, scale, _, mean, variance = node.inputs
    training, data_format = node.attr("is_training"), node.attr("data_format")
    nchw = data_format == "NCHW" and not training
    if training:
        mean, variance = node.outputs[3:5]
    if nchw:
        x, grad = array_ops.transpose(x, [0, 2, 3, 1]), array_ops.transpose(grad, [0, 2, 3, 1])
    name = node.type.replace("Norm", "NormGrad")
    found = apply_op(
        name,
        *(grad, x, scale, mean, variance, *node.outputs[5:]),
        epsilon=node.attr("epsilon"),
        data_format=data_format if training else "NHWC",
        is_training=training,
    )
    if training:
        return tuple(found)
    dx = array_ops.transpose(found[0], [0, 3, 1, 2]) if nchw else found[0]
    return dx, found[1], found[2], None, None


@batch_norm_grad_op.gradient
@batch_norm_grad_v2_op.gradient
@batch_norm_grad_v3_op.gradient
def batch_norm_grad_gradient(node: Any, ggx: Any, ggscale: Any, ggoffset: Any, *_: Any) -> Any:
    """The gradients of the gradient with respect to y's gradient, `x` and scale: what the op does
    is written down in simple ops, and these are differentiated."""
    grad, x, scale, mean, variance = node.inputs[:5]
    options = {name: node.attr(name) for name in ("epsilon", "data_format", "is_training")}
    # Which of the two gradients of vectors TensorFlow's tapes come upon first.
    offset_first = not node.attr("is_training") or node.attr("data_format") == "NCHW"

    def build() -> tuple[Any, Any, Any]:
        dx, dscale, doffset = nn_grad._BatchNormGrad(grad, x, scale, mean, variance, **options)
        return (dx, doffset, dscale) if offset_first else (dx, dscale, doffset)

    given = (ggx, ggoffset, ggscale) if offset_first else (ggx, ggscale, ggoffset)
    found = gradient_rules.taped(build, (grad, x, scale), given)
    return *found, *[None] * (len(node.inputs) - 3)
