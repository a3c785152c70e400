"""Batch normalizations of several nodes, found by their names, made part of weights."""

from typing import Any

from evergraph.api import array_ops, math_ops, variable_scope
from evergraph.graph.defaults import device
from evergraph.library.contrib.quantize import common, input_to_ops
from evergraph.library.contrib.quantize.folded_layers import clone
from evergraph.library.contrib.quantize.norm_corrections import Norm, corrections


def fold_unfused_batch_norms(graph: Any, is_training: bool, freeze_delay: int | None) -> None:
    """Makes batch normalizations of several nodes part of the layers before them."""
    users = input_to_ops.InputToOps(graph)
    for context in common.BatchNormGroups(graph):
        rsqrt = graph.get_operation_by_name(context + "BatchNorm/batchnorm_1/Rsqrt")
        # With gamma there is one product of it, without two.
        products = [op for op in users.ConsumerOperations(rsqrt) if op.type == "Mul"]
        shift = graph.get_operation_by_name(context + "BatchNorm/batchnorm_1/add_1")
        if not shift.outputs[0].consumers():
            continue
        folded = _folded(graph, context, len(products) == 1, is_training, freeze_delay)
        user = common.GetEndpointActivationOp(graph, context)
        if user is None:
            # Without an activation a sum one scope above takes the output.
            outer = context.rstrip("/").rpartition("/")[0]
            user = graph.get_operation_by_name(f"{outer}/AddV2" if outer else "AddV2")
        if common.RerouteTensor(folded, shift.outputs[0], can_modify=[user]) != 1:
            raise ValueError(f"Unexpected inputs to op: {user.name}")


def _folded(
    graph: Any, context: str, has_scaling: bool, is_training: bool, freeze_delay: int | None
) -> Any:
    """The output of a copy of a layer with the batch normalization in its weights."""
    names = context + "BatchNorm/batchnorm_1/"
    scaling = graph.get_operation_by_name(names + ("mul_1" if has_scaling else "mul"))
    layer = scaling.inputs[0].op
    back = None
    if layer.type == "BatchToSpaceND":
        back, layer = layer, layer.inputs[0].op
    weights = layer.inputs[1]
    norm = _norm(graph, context, has_scaling)
    scale = recip = offset = None
    if is_training:
        scale, recip, offset = corrections(context, norm, freeze_delay)
    factor = scaling.inputs[1]
    if layer.type == "DepthwiseConv2dNative":
        shape = weights.get_shape().as_list()[2:4]
        found = graph.get_operation_by_name(names + ("mul" if has_scaling else "Rsqrt"))
        factor = array_ops.reshape(found.outputs[0], shape, context + "scale_reshape")
        if scale is not None:
            scale = array_ops.reshape(scale, shape, context + "correction_reshape")
    elif layer.type not in ("Conv2D", "MatMul"):
        raise ValueError(f"Cannot handle operation of type: {layer.type}")
    if scale is not None:
        with device(scaling.device):
            weights = math_ops.multiply(scale, weights, context + "correction_mult")
    scaled = math_ops.multiply(weights, factor, name=context + "mul_fold")
    result = clone(layer, layer.inputs[0], scaled, layer.name + "_Fold")
    made_on = result.op.device
    if back is not None:
        result = array_ops.batch_to_space_nd(
            result, back.inputs[1], back.inputs[2], name=back.name + "_Fold"
        )
    if offset is not None:
        with device(made_on):
            result = math_ops.multiply(recip, result, context + "post_conv_mul")
            result = math_ops.add(result, offset, context + "correction_add")
    shift = graph.get_operation_by_name(names + "add_1")
    return math_ops.add(result, shift.inputs[1], name=context + "add_fold")


def _norm(graph: Any, context: str, has_scaling: bool) -> Norm:
    """The tensors of a batch normalization, by their names."""
    resource = variable_scope.get_variable_scope().use_resource
    read = "/Read/ReadVariableOp" if resource else "/read"

    def find(name: str) -> Any:
        return _FindMatchingTensor(graph, "BatchNorm/" + name, context)

    mean, variance = find("moments/Squeeze"), find("moments/Squeeze_1")
    moving_mean = find("moving_mean" + read)
    moving_variance = find("moving_variance" + read)
    epsilon = find("batchnorm_1/add/y")
    mean_decay, variance_decay = find("AssignMovingAvg/decay"), find("AssignMovingAvg_1/decay")
    if has_scaling:
        gamma = find("gamma" + (read if resource else ""))
    else:
        gamma = array_ops.ones(moving_mean.shape)
    return Norm(
        gamma, mean, variance, moving_mean, moving_variance, mean_decay, variance_decay, epsilon
    )


def _FindMatchingTensor(graph: Any, match_pattern: str, scope: str) -> Any:
    """The first output of the operation whose name ends so and shares most scopes, or None."""
    scopes = set(scope.split("/"))
    best, most = None, 0 if scope else -1
    for op in graph.get_operations():
        shared = len(set(op.name.split("/")) & scopes)
        if op.name.endswith(match_pattern) and shared > most:
            best, most = op, shared
    return best.outputs[0] if best is not None else None
