"""Floats as small integers and back: QuantizeV2, Dequantize, QuantizeAndDequantize."""

from typing import Any

import numpy as np
import torch

from evergraph.graph.registry import op
from evergraph.kernels import quantization
from evergraph.kernels.dtypes import numpy_dtype, torch_dtype
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_MODE = "mode: string in {'MIN_COMBINED', 'MIN_FIRST', 'SCALED'} = 'MIN_COMBINED'"

quantize_op = op(
    "QuantizeV2(input: float32, min_range: float32, max_range: float32) -> output: T, "
    "output_min: float32, output_max: float32",
    f"T: quantized; {_MODE}; "
    "round_mode: string in {'HALF_AWAY_FROM_ZERO', 'HALF_TO_EVEN'} = 'HALF_AWAY_FROM_ZERO'",
)
dequantize_op = op(
    "Dequantize(input: T, min_range: float32, max_range: float32) -> output: float32",
    f"T: quantized; {_MODE}",
)
both_op = op(
    "QuantizeAndDequantize(input: T) -> output: T",
    "signed_input: bool = true; num_bits: int = 8; range_given: bool = false; "
    "input_min: float = 0.0; input_max: float = 0.0; T: unary_real",
    deprecated=(22, "Replaced by QuantizeAndDequantizeV2"),
)
both_v2_op = op(
    "QuantizeAndDequantizeV2(input: T, input_min: T, input_max: T) -> output: T",
    "signed_input: bool = true; num_bits: int = 8; range_given: bool = false; T: unary_real; "
    "round_mode: string in {'HALF_TO_EVEN', 'HALF_UP'} = 'HALF_TO_EVEN'; "
    "narrow_range: bool = false",
)
both_v3_op = op(
    "QuantizeAndDequantizeV3(input: T, input_min: T, input_max: T, num_bits: int32) -> output: T",
    "signed_input: bool = true; range_given: bool = true; T: unary_real; "
    "narrow_range: bool = false",
    host=["num_bits"],
)


def _scalars(node: Any) -> None:
    for tensor in node.inputs[1:]:
        shape_rules.with_rank(tensor.dims, 0)


@quantize_op.shape
def quantize_shape(node: Any) -> list[Dims]:
    _scalars(node)
    return [node.inputs[0].dims, (), ()]


@dequantize_op.shape
@both_v2_op.shape
@both_v3_op.shape
def unchanged_shape(node: Any) -> Dims:
    _scalars(node)
    return node.inputs[0].dims


both_op.shape(shape_rules.unchanged)


def _quantized(x: torch.Tensor, low: Any, high: Any, node: Any) -> tuple[Any, Any, Any]:
    mode, round_mode = node.attr("mode"), node.attr("round_mode")
    if round_mode == "HALF_TO_EVEN" and mode != "SCALED":
        raise invalid(
            f"Round mode 'HALF_TO_EVEN' only supported for mode 'SCALED', but mode is '{mode}'."
        )
    levels = quantization.LEVELS[node.attr("T")]
    return quantization.quantize(x, float(low), float(high), levels, mode, round_mode)


@quantize_op.kernel
def quantize(
    x: torch.Tensor, low: torch.Tensor, high: torch.Tensor, *, node: Any
) -> tuple[torch.Tensor, ...]:
    found, first, last = _quantized(x, low, high, node)
    bounds = (torch.tensor(bound, device=x.device) for bound in (first, last))
    return found.to(torch_dtype(node.attr("T"))), *bounds


@quantize_op.numpy
def quantize_numpy(x: Any, low: Any, high: Any, *, node: Any) -> tuple[Any, ...]:
    found, first, last = _quantized(torch.from_numpy(np.array(x)), low, high, node)
    numbers = np.dtype(f"i{numpy_dtype(node.attr('T')).itemsize}")
    if quantization.LEVELS[node.attr("T")].lowest == 0:
        numbers = np.dtype(numbers.str.replace("i", "u"))
    return found.numpy().astype(numbers), np.float32(first), np.float32(last)


@dequantize_op.kernel
def dequantize(x: torch.Tensor, low: torch.Tensor, high: torch.Tensor, *, node: Any) -> Any:
    levels = quantization.LEVELS[node.attr("T")]
    return quantization.dequantize(x, float(low), float(high), levels, node.attr("mode"))


@dequantize_op.numpy
def dequantize_numpy(x: Any, low: Any, high: Any, *, node: Any) -> Any:
    wide = torch.from_numpy(np.asarray(x).astype(np.int64))
    levels = quantization.LEVELS[node.attr("T")]
    found = quantization.dequantize(wide, float(low), float(high), levels, node.attr("mode"))
    return found.numpy()[()]


@both_op.kernel
def both(x: torch.Tensor, *, node: Any) -> torch.Tensor:
    bounds = (node.attr("input_min"), node.attr("input_max"))
    return quantization.there_and_back(
        x,
        bounds if node.attr("range_given") else None,
        signed=node.attr("signed_input"),
        bits=node.attr("num_bits"),
        narrow=False,
        half_up=False,
    )


@both_v2_op.kernel
def both_v2(x: torch.Tensor, low: torch.Tensor, high: torch.Tensor, *, node: Any) -> torch.Tensor:
    return quantization.there_and_back(
        x,
        (low.item(), high.item()) if node.attr("range_given") else None,
        signed=node.attr("signed_input"),
        bits=node.attr("num_bits"),
        narrow=node.attr("narrow_range"),
        half_up=node.attr("round_mode") == "HALF_UP",
    )


@both_v3_op.kernel
def both_v3(
    x: torch.Tensor, low: torch.Tensor, high: torch.Tensor, num_bits: int, *, node: Any
) -> torch.Tensor:
    return quantization.there_and_back(
        x,
        (low.item(), high.item()) if node.attr("range_given") else None,
        signed=node.attr("signed_input"),
        bits=num_bits,
        narrow=node.attr("narrow_range"),
        half_up=False,
    )


quantize_op.not_differentiable()


@both_op.gradient
def both_gradient(node: Any, grad: Any) -> Any:
    """As if nothing had been rounded."""
    return grad


@both_v2_op.gradient
@both_v3_op.gradient
def both_v2_gradient(node: Any, grad: Any) -> Any:
    return grad, *[None] * (len(node.inputs) - 1)
