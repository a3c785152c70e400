"""Parameters of recurrent networks in cuDNN's form: CudnnRNNParamsSize, CudnnRNNParamsToCanonical,
CudnnRNNCanonicalToParams.

The vector is laid out as `kernels/cudnn_rnn.py` describes.
"""

import math
from typing import Any

import numpy as np
import torch

from evergraph.base.dtypes import DType
from evergraph.graph.registry import op
from evergraph.kernels.cudnn_rnn import Model
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules
from evergraph.ops.cudnn_arguments import MODES, TYPE, directions_of, skips_input
from evergraph.ops.shape_rules import Dims

_SIZES = "num_layers: int32, num_units: int32, input_size: int32"
_HOST = ["num_layers", "num_units", "input_size"]

params_size_op = op(
    f"CudnnRNNParamsSize({_SIZES}) -> params_size: S",
    f"{TYPE}S: int32 | int64; {MODES}; num_proj: int = 0",
    host=_HOST,
)
params_to_canonical_op = op(
    f"CudnnRNNParamsToCanonical({_SIZES}, params: T) -> weights: num_params * T, "
    "biases: num_params * T",
    f"{TYPE}num_params: int >= 1; {MODES}",
    host=_HOST,
)
params_to_canonical_v2_op = op(
    f"CudnnRNNParamsToCanonicalV2({_SIZES}, params: T) -> weights: num_params_weights * T, "
    "biases: num_params_biases * T",
    f"{TYPE}num_params_weights: int >= 1; num_params_biases: int >= 1; {MODES}; num_proj: int = 0",
    host=_HOST,
)
canonical_to_params_op = op(
    f"CudnnRNNCanonicalToParams({_SIZES}, weights: num_params * T, biases: num_params * T) -> "
    "params: T",
    f"{TYPE}num_params: int >= 1; {MODES}",
    host=_HOST,
)
canonical_to_params_v2_op = op(
    f"CudnnRNNCanonicalToParamsV2({_SIZES}, weights: num_params_weights * T, "
    "biases: num_params_biases * T) -> params: T",
    f"{TYPE}num_params_weights: int >= 1; num_params_biases: int >= 1; {MODES}; num_proj: int = 0",
    host=_HOST,
)


def _model(sizes: tuple[int, int, int], node: Any) -> Model:
    layers, units, input_size = sizes
    projection = node.attr("num_proj") if node.type in _WITH_PROJECTION else 0
    return Model(
        node.attr("rnn_mode"),
        layers,
        units,
        projection or units,
        input_size,
        directions_of(node.attr("direction")),
        skips_input(node.attr("input_mode"), input_size, units),
    )


_WITH_PROJECTION = frozenset(
    ["CudnnRNNParamsSize", "CudnnRNNParamsToCanonicalV2", "CudnnRNNCanonicalToParamsV2"]
)


@params_size_op.shape
def params_size_shape(node: Any) -> Dims:
    for size in node.inputs:
        shape_rules.with_rank(size.dims, 0)
    return (1,)


@params_size_op.numpy
def params_size_kernel(
    num_layers: int, num_units: int, input_size: int, *, S: DType, node: Any
) -> Any:
    model = _model((num_layers, num_units, input_size), node)
    return np.array([model.size()], S.as_numpy_dtype)


@params_to_canonical_op.shape
@params_to_canonical_v2_op.shape
def params_to_canonical_shape(node: Any) -> list[Dims]:
    shape_rules.with_rank(node.inputs[3].dims, 1)
    if node.type == "CudnnRNNParamsToCanonical":
        weights = biases = node.attr("num_params")
    else:
        weights, biases = node.attr("num_params_weights"), node.attr("num_params_biases")
    return [(None, None)] * weights + [(None,)] * biases


def _check_counts(model: Model, weights: int, biases: int) -> None:
    """How many matrices and vectors the node has, against what the model has."""
    parts = model.layers * model.directions
    for count, what in ((weights, "weights"), (biases, "biases")):
        if count % parts:
            raise invalid(f"Number of params ({what}) is not a multipleof num_layers * num_dirs.")
    if not model.projected and weights // parts % 2:
        raise invalid(
            "Number of params (weights) per layer is notan even number with no projection."
        )
    if model.projected and not weights // parts % 2:
        raise invalid("Number of params (weights) per layer is notan odl number with projection.")
    for count, there, prefix in (
        (weights, len(model.weight_shapes()), "C"),
        (biases, len(model.bias_shapes()), "A"),
    ):
        if count != there:
            raise invalid(f"{prefix} Number of params mismatch. Expected {count}, got {there}")


@params_to_canonical_op.kernel
@params_to_canonical_v2_op.kernel
def params_to_canonical_kernel(
    num_layers: int, num_units: int, input_size: int, params: torch.Tensor, *, node: Any
) -> tuple[torch.Tensor, ...]:
    model = _model((num_layers, num_units, input_size), node)
    v2 = node.type == "CudnnRNNParamsToCanonicalV2"
    _check_counts(
        model,
        node.attr("num_params_weights" if v2 else "num_params"),
        node.attr("num_params_biases" if v2 else "num_params"),
    )
    if params.numel() != model.size():
        raise invalid(f"Params size mismatch. Expected {model.size()}, got {params.numel()}")
    shapes = model.weight_shapes() + model.bias_shapes()
    parts = params.split([math.prod(shape) for shape in shapes])
    return tuple(part.view(shape).clone() for part, shape in zip(parts, shapes, strict=True))


@canonical_to_params_op.shape
@canonical_to_params_v2_op.shape
def canonical_to_params_shape(node: Any) -> Dims:
    return (None,)


@canonical_to_params_op.kernel
@canonical_to_params_v2_op.kernel
def canonical_to_params_kernel(
    num_layers: int,
    num_units: int,
    input_size: int,
    weights: list[torch.Tensor],
    biases: list[torch.Tensor],
    *,
    node: Any,
) -> torch.Tensor:
    model = _model((num_layers, num_units, input_size), node)
    for given, shapes in ((weights, model.weight_shapes()), (biases, model.bias_shapes())):
        if len(given) != len(shapes):
            raise invalid(f"Number of params mismatch. Expected {len(given)}, got {len(shapes)}")
        for x, shape in zip(given, shapes, strict=True):
            if x.numel() != math.prod(shape):
                raise invalid(f"Params size mismatch. Expected {math.prod(shape)}, got {x.numel()}")
    return torch.cat([x.reshape(-1) for x in (*weights, *biases)])
