"""Floats as small integers and back: `tf.quantization.quantize` and kin."""

from typing import Any

from evergraph.base import dtypes
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


# Arithmetic with quantized numbers. More of it is in `tf.raw_ops`.


@export("quantization.quantized_concat", "quantized_concat")
@deprecated_endpoints("quantized_concat")
def quantized_concat(
    concat_dim: Any, values: Any, input_mins: Any, input_maxes: Any, name: str | None = None
) -> Any:
    """Quantized tensors one after the other. Stands for `tf.quantization.quantized_concat`.

    Args:
      concat_dim: the axis, a number from 0.
      values: two tensors or more, quint8 or qint32, with like sizes along the other axes.
      input_mins, input_maxes: what the lowest and the highest integer of each stand for.
      name: a name for the node.

    Returns:
      (output, output_min, output_max), in a range that holds those of the inputs and 0.

    Raises:
      InvalidArgumentError: when run, the axis is none of the inputs', or their sizes differ.
    """
    return apply_op("QuantizedConcat", concat_dim, values, input_mins, input_maxes, name=name)


@export("nn.quantized_conv2d")
def quantized_conv2d(
    input: Any,
    filter: Any,
    min_input: Any,
    max_input: Any,
    min_filter: Any,
    max_filter: Any,
    strides: Any,
    padding: str,
    out_type: Any = dtypes.qint32,
    dilations: Any = [1, 1, 1, 1],  # noqa: B006
    name: str | None = None,
) -> Any:
    """A convolution of quantized images. Stands for `tf.nn.quantized_conv2d`.

    Args:
      input: quint8 images [batch, rows, columns, channels].
      filter: quint8 [rows, columns, channels, outputs].
      min_input, max_input, min_filter, max_filter: what 0 and 255 stand for.
      strides: [1, stride, stride, 1].
      padding: "SAME" or "VALID".
      out_type: qint32.
      dilations: [1, 1, 1, 1].
      name: a name for the node.

    Returns:
      (output, min_output, max_output): integers, and what the ends of int32 stand for.

    Raises:
      InvalidArgumentError: when run, for other strides or dilations, or depths that differ.
    """
    return apply_op(
        "QuantizedConv2D",
        *(input, filter, min_input, max_input, min_filter, max_filter),
        strides=strides,
        padding=padding,
        out_type=out_type,
        dilations=dilations,
        name=name,
    )


@export("nn.quantized_avg_pool")
def quantized_avg_pool(
    input: Any,
    min_input: Any,
    max_input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    name: str | None = None,
) -> Any:
    """The means, cut to whole numbers, of windows of quint8 images [batch, rows, columns,
    channels]. Stands for `tf.nn.quantized_avg_pool`; arguments as `tf.nn.avg_pool`'s.

    Returns:
      (output, min_output, max_output), the range being that of the input.
    """
    return apply_op(
        "QuantizedAvgPool",
        *(input, min_input, max_input),
        ksize=ksize,
        strides=strides,
        padding=padding,
        name=name,
    )


@export("nn.quantized_max_pool")
def quantized_max_pool(
    input: Any,
    min_input: Any,
    max_input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    name: str | None = None,
) -> Any:
    """The largest of windows of quint8 images. Stands for `tf.nn.quantized_max_pool`; otherwise as
    `tf.nn.quantized_avg_pool`."""
    return apply_op(
        "QuantizedMaxPool",
        *(input, min_input, max_input),
        ksize=ksize,
        strides=strides,
        padding=padding,
        name=name,
    )


@export("nn.quantized_relu_x")
def quantized_relu_x(
    features: Any,
    max_value: Any,
    min_features: Any,
    max_features: Any,
    out_type: Any = dtypes.quint8,
    name: str | None = None,
) -> Any:
    """Quantized numbers cut off below 0 and above `max_value`. Stands for
    `tf.nn.quantized_relu_x`."""
    return apply_op(
        "QuantizedReluX",
        *(features, max_value, min_features, max_features),
        out_type=out_type,
        name=name,
    )
