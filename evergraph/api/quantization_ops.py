"""Floats as small integers and back: `tf.quantization.quantize` and kin."""

from typing import Any

from evergraph.base.deprecation import deprecated, deprecated_endpoints
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor


@export("quantization.quantize", "quantize")
@deprecated_endpoints("quantize")
def quantize(
    input: Any,
    min_range: Any,
    max_range: Any,
    T: Any,
    mode: str = "MIN_COMBINED",
    round_mode: str = "HALF_AWAY_FROM_ZERO",
    name: str | None = None,
) -> Any:
    """Floats as integers of the quantized dtype `T`. Stands for `tf.quantization.quantize`.

    Args:
      input: float32.
      min_range, max_range: what the lowest and the highest integer stand for, about.
      T: qint8, quint8, qint16, quint16 or qint32.
      mode: "MIN_COMBINED", "MIN_FIRST" (0 is kept exactly, nearly) or "SCALED" (0 is 0).
      round_mode: "HALF_AWAY_FROM_ZERO", or "HALF_TO_EVEN" if `mode` is "SCALED".
      name: a name for the node.

    Returns:
      (output, output_min, output_max): integers, and what the ends stand for exactly.
    """
    return apply_op(
        "QuantizeV2", input, min_range, max_range, T=T, mode=mode, round_mode=round_mode, name=name
    )


@export("quantize_v2")
@deprecated(
    "2017-10-25",
    "`tf.quantize_v2` is deprecated, please use `tf.quantization.quantize` instead.",
)
def quantize_v2(
    input: Any,
    min_range: Any,
    max_range: Any,
    T: Any,
    mode: str = "MIN_COMBINED",
    name: str | None = None,
    round_mode: str = "HALF_AWAY_FROM_ZERO",
) -> Any:
    """As `tf.quantization.quantize`. Stands for `tf.quantize_v2`."""
    return quantize(input, min_range, max_range, T, mode, round_mode, name)


@export("quantization.dequantize", "dequantize")
@deprecated_endpoints("dequantize")
def dequantize(
    input: Any,
    min_range: Any,
    max_range: Any,
    mode: str = "MIN_COMBINED",
    name: str | None = None,
) -> Tensor:
    """The floats that integers of a quantized dtype stand for. Stands for
    `tf.quantization.dequantize`; arguments as `quantize`'s."""
    return apply_op("Dequantize", input, min_range, max_range, mode=mode, name=name)


@export("quantization.quantize_and_dequantize")
def quantize_and_dequantize(
    input: Any,
    input_min: Any,
    input_max: Any,
    signed_input: bool = True,
    num_bits: int = 8,
    range_given: bool = False,
    round_mode: str = "HALF_TO_EVEN",
    name: str | None = None,
    narrow_range: bool = False,
) -> Tensor:
    """Floats as they are after they were integers. Stands for
    `tf.quantization.quantize_and_dequantize`.

    Args:
      input: a float tensor.
      input_min, input_max: the bounds, if `range_given`; else those of `input` count.
      signed_input: whether integers may be negative.
      num_bits: how many bits integers have.
      round_mode: "HALF_TO_EVEN" or "HALF_UP".
      name: a name for the node.
      narrow_range: whether the lowest integer is left out.
    """
    return apply_op(
        "QuantizeAndDequantizeV2",
        input,
        input_min=input_min,
        input_max=input_max,
        signed_input=signed_input,
        num_bits=num_bits,
        range_given=range_given,
        round_mode=round_mode,
        narrow_range=narrow_range,
        name=name,
    )
