"""Ops of quantized numbers: small integers with the floats that their lowest and highest stand
for, which go beside them in inputs and outputs."""

from collections.abc import Callable
from typing import Any

import torch

from evergraph.base.errors import UnimplementedError
from evergraph.graph.registry import Entry, ShapeError, lookup, op
from evergraph.kernels import convolution, pooling, quantized
from evergraph.kernels.dtypes import torch_dtype
from evergraph.kernels.host import invalid, text
from evergraph.kernels.pooling import Pool
from evergraph.kernels.quantization import LEVELS
from evergraph.kernels.windows import Window
from evergraph.ops import shape_rules, window_shapes
from evergraph.ops.shape_rules import Dims, Rule

_TWO = "T1: quantized; T2: quantized; Toutput: quantized = qint32"
_POOL = "ksize: list(int); strides: list(int); padding: string in {'SAME', 'VALID'}"
_CONV = (
    "Tinput: quantized; Tfilter: quantized; out_type: quantized = qint32; strides: list(int); "
    "padding: string in {'SAME', 'VALID'}; dilations: list(int) = [1, 1, 1, 1]"
)
_ACTIVATION = "Tinput: quantized; out_type: quantized = quint8"


def _op(name: str, inputs: str, output: str, attrs: str, *ranges: str) -> Entry:
    """An op whose inputs `ranges` are numbers, and which gives `output` and two numbers."""
    given = "".join(f", {r}: float32" for r in ranges)
    return op(f"{name}({inputs}{given}) -> {output}", attrs, host=ranges)


def _of_two(name: str, inputs: str, output: str, attrs: str, a: str, b: str, out: str) -> Entry:
    ranges = (f"min_{a}", f"max_{a}", f"min_{b}", f"max_{b}")
    outputs = f"{output}, min_{out}: float32, max_{out}: float32"
    return _op(name, inputs, outputs, attrs, *ranges)


add_op = _of_two("QuantizedAdd", "x: T1, y: T2", "z: Toutput", _TWO, "x", "y", "z")
mul_op = _of_two("QuantizedMul", "x: T1, y: T2", "z: Toutput", _TWO, "x", "y", "z")
mat_mul_op = _of_two(
    "QuantizedMatMul",
    "a: T1, b: T2",
    "out: Toutput",
    f"{_TWO}; transpose_a: bool = false; transpose_b: bool = false; "
    "Tactivation: quantized = quint8",
    *("a", "b", "out"),
)
conv2d_op = _of_two(
    *("QuantizedConv2D", "input: Tinput, filter: Tfilter", "output: out_type", _CONV),
    *("input", "filter", "output"),
)
bias_add_op = _of_two(
    "QuantizedBiasAdd",
    "input: T1, bias: T2",
    "output: out_type",
    "T1: quantized; T2: quantized; out_type: quantized",
    *("input", "bias", "out"),
)
max_pool_op, avg_pool_op = (
    _op(
        f"Quantized{kind}Pool",
        "input: T",
        "output: T, min_output: float32, max_output: float32",
        f"T: quantized; {_POOL}",
        *("min_input", "max_input"),
    )
    for kind in ("Max", "Avg")
)
relu_op, relu6_op, relu_x_op = (
    _op(
        f"QuantizedRelu{kind}",
        "features: Tinput" + (", max_value: float32" if kind == "X" else ""),
        "activations: out_type, min_activations: float32, max_activations: float32",
        _ACTIVATION,
        *("min_features", "max_features"),
    )
    for kind in ("", "6", "X")
)
concat_op = op(
    "QuantizedConcat(concat_dim: int32, values: N * T, input_mins: N * float32, "
    "input_maxes: N * float32) -> output: T, output_min: float32, output_max: float32",
    "N: int >= 2; T: type",
    host=["concat_dim"],
)
reshape_op = op(
    "QuantizedReshape(tensor: T, shape: Tshape, input_min: float32, input_max: float32) -> "
    "output: T, output_min: float32, output_max: float32",
    "T: type; Tshape: int32 | int64 = int32",
    host=["shape", "input_min", "input_max"],
)
resize_op = op(
    "QuantizedResizeBilinear(images: T, size: int32, min: float32, max: float32) -> "
    "resized_images: T, out_min: float32, out_max: float32",
    "T: quint8 | qint32 | float32; align_corners: bool = false; half_pixel_centers: bool = false",
    host=["size", "min", "max"],
)
instance_norm_op = _op(
    "QuantizedInstanceNorm",
    "x: T",
    "y: T, y_min: float32, y_max: float32",
    "T: quantized; output_range_given: bool = false; given_y_min: float = 0.0; "
    "given_y_max: float = 0.0; variance_epsilon: float = 1e-05; min_separation: float = 0.001",
    *("x_min", "x_max"),
)
batch_norm_op = op(
    "QuantizedBatchNormWithGlobalNormalization("
    + ", ".join(
        f"{name}: Tinput, {name}_min: float32, {name}_max: float32"
        for name in ("t", "m", "v", "beta", "gamma")
    )
    + ") -> result: out_type, result_min: float32, result_max: float32",
    "Tinput: quantized; out_type: quantized; variance_epsilon: float; "
    "scale_after_normalization: bool",
    host=[f"{name}_{end}" for name in ("t", "m", "v", "beta", "gamma") for end in ("min", "max")],
)
range_op = _op(
    "RequantizationRange",
    "input: Tinput",
    "output_min: float32, output_max: float32",
    "Tinput: quantized",
    *("input_min", "input_max"),
)
requantize_op = _op(
    "Requantize",
    "input: Tinput",
    "output: out_type, output_min: float32, output_max: float32",
    "Tinput: quantized; out_type: quantized",
    *("input_min", "input_max", "requested_output_min", "requested_output_max"),
)
shrink_op = _op(
    "QuantizeDownAndShrinkRange",
    "input: Tinput",
    "output: out_type, output_min: float32, output_max: float32",
    "Tinput: quantized; out_type: quantized",
    *("input_min", "input_max"),
)
for _entry in (
    *(add_op, mul_op, mat_mul_op, conv2d_op, bias_add_op, max_pool_op, avg_pool_op, relu_op),
    *(relu6_op, relu_x_op, concat_op, reshape_op, resize_op, instance_norm_op, batch_norm_op),
    *(range_op, requantize_op, shrink_op),
):
    _entry.not_differentiable()


# Shapes.


def _with_numbers(rule: Rule, first: int) -> Callable[[Any], list[Dims]]:
    """The dims by `rule`, and two numbers; inputs from `first` on must be numbers."""

    def shape(node: Any) -> list[Dims]:
        dims = rule(node)
        for tensor in node.inputs[first:]:
            shape_rules.with_rank(tensor.dims, 0)
        return [dims, (), ()]

    return shape


def _biased(node: Any) -> Dims:
    value = shape_rules.at_least_rank(node.inputs[0].dims, 2)
    (bias,) = shape_rules.with_rank(node.inputs[1].dims, 1)
    return value and (*value[:-1], shape_rules.merge_dim(value[-1], bias))


def _convolved(node: Any) -> Dims:
    x, w = (shape_rules.with_rank(t.dims, 4) for t in node.inputs[:2])
    strides = node.attr("strides")
    if len(strides) != 4:
        raise ShapeError(
            "Conv2D on data format NHWC requires the stride attribute to contain 4 values, but "
            f"got: {len(strides)}"
        )
    window_shapes.check_depth(x[3], w[2], w[3])
    dilations = node.attr("dilations")[1:3]
    space = window_shapes.places(x[1:3], w[:2], strides[1:3], node.attr("padding"), dilations)
    return window_shapes.laid_out(x[0], space, w[3], False)


def _pooled(node: Any) -> Dims:
    x = shape_rules.with_rank(node.inputs[0].dims, 4)
    sizes, strides = node.attr("ksize"), node.attr("strides")
    kind = node.type.removeprefix("Quantized")
    for name, found in (("stride", strides), ("ksize", sizes)):
        if len(found) != 4:
            raise ShapeError(
                f"{kind} requires the {name} attribute to contain 4 values, but got: {len(found)}"
            )
    space = window_shapes.places(x[1:3], sizes[1:3], strides[1:3], node.attr("padding"))
    depth = x[3]
    if kind == "MaxPool":
        (depth,) = window_shapes.places([depth], [sizes[3]], [strides[3]], node.attr("padding"))
    return window_shapes.laid_out(x[0], space, depth, False)


def _joined(node: Any) -> Dims:
    return shape_rules.joined(node, [t.dims for t in node.inputs[1 : node.attr("N") + 1]], 0)


def _reshaped(node: Any) -> Dims:
    return lookup("Reshape").shape_rule(node)


def _resized(node: Any) -> Dims:
    x = shape_rules.with_rank(node.inputs[0].dims, 4)
    shape_rules.with_value(shape_rules.with_rank(node.inputs[1].dims, 1)[0], 2)
    rows, columns = node.static_dims(1) or (None, None)
    return x[0], rows, columns, x[3]


def _of_rank_4(node: Any) -> Dims:
    return shape_rules.with_rank(node.inputs[0].dims, 4)


def _batch_normal(node: Any) -> Dims:
    dims = shape_rules.with_rank(node.inputs[0].dims, 4)
    depth = dims[3]
    for i in range(3, 15, 3):
        (channels,) = shape_rules.with_rank(node.inputs[i].dims, 1)
        depth = shape_rules.merge_dim(depth, channels)
    return (*dims[:3], depth)


add_op.shape(_with_numbers(shape_rules.broadcast_binary, 2))
mul_op.shape(_with_numbers(shape_rules.broadcast_binary, 6))
mat_mul_op.shape(_with_numbers(shape_rules.matmul, 2))
conv2d_op.shape(_with_numbers(_convolved, 2))
bias_add_op.shape(_with_numbers(_biased, 2))
max_pool_op.shape(_with_numbers(_pooled, 1))
avg_pool_op.shape(_with_numbers(_pooled, 1))
relu_op.shape(_with_numbers(shape_rules.unchanged, 1))
relu6_op.shape(_with_numbers(shape_rules.unchanged, 1))
relu_x_op.shape(_with_numbers(shape_rules.unchanged, 2))
reshape_op.shape(_with_numbers(_reshaped, 2))
resize_op.shape(_with_numbers(_resized, 2))
instance_norm_op.shape(_with_numbers(_of_rank_4, 1))
batch_norm_op.shape(_with_numbers(_batch_normal, 15))
requantize_op.shape(_with_numbers(shape_rules.unchanged, 1))
shrink_op.shape(_with_numbers(shape_rules.unchanged, 1))
range_op.shape(lambda node: _with_numbers(shape_rules.unchanged, 1)(node)[1:])


@concat_op.shape
def concat_shape(node: Any) -> list[Dims]:
    return _with_numbers(_joined, node.attr("N") + 1)(node)


# Kernels.


def _result(found: torch.Tensor, bounds: quantized.Range, node: Any) -> tuple[Any, ...]:
    """Integers in the type of output 0, and what their ends stand for."""
    dtype = torch_dtype(node.outputs[0].dtype)
    return found.to(torch.int64).to(dtype), *_numbers(bounds, found.device)


def _numbers(bounds: quantized.Range, device: Any) -> tuple[torch.Tensor, ...]:
    return tuple(torch.tensor(bound, dtype=torch.float32, device=device) for bound in bounds)


@add_op.kernel
def add(
    x: torch.Tensor,
    y: torch.Tensor,
    min_x: float,
    max_x: float,
    min_y: float,
    max_y: float,
    *,
    node: Any,
) -> Any:
    _check_ranges(x=(min_x, max_x), y=(min_y, max_y))
    _check_broadcast(x, y)
    return _result(*quantized.added(x, y, (min_x, max_x), (min_y, max_y)), node)


@mul_op.kernel
def mul(
    x: torch.Tensor,
    y: torch.Tensor,
    min_x: float,
    max_x: float,
    min_y: float,
    max_y: float,
    *,
    node: Any,
) -> Any:
    if not max_x > min_x or not max_y > min_y:
        # TensorFlow's own letters.
        raise invalid(f"max_x must be larger than min_{'b' if max_x > min_x else 'a'}.")
    _check_broadcast(x, y)
    x_bounds, y_bounds = (min_x, max_x), (min_y, max_y)
    found = quantized.centred(x, x_bounds) * quantized.centred(y, y_bounds)
    return _result(found, quantized.product_range(x_bounds, y_bounds), node)


def _check_ranges(**ranges: quantized.Range) -> None:
    for name, (low, high) in ranges.items():
        if not high > low:
            raise invalid(f"max_{name} must be larger than min_{name}.")


def _check_broadcast(x: torch.Tensor, y: torch.Tensor) -> None:
    try:
        torch.broadcast_shapes(x.shape, y.shape)
    except RuntimeError:
        raise invalid(f"Incompatible shapes: {text(x.shape)} vs. {text(y.shape)}") from None


@mat_mul_op.kernel
def mat_mul(
    a: torch.Tensor,
    b: torch.Tensor,
    min_a: float,
    max_a: float,
    min_b: float,
    max_b: float,
    *,
    node: Any,
) -> Any:
    a_bounds, b_bounds = (min_a, max_a), (min_b, max_b)
    _check_ranges(a=a_bounds, b=b_bounds)
    for i, matrix in enumerate((a, b)):
        if matrix.dim() != 2:
            raise invalid(f"In[{i}] is not a matrix")
    wide, other = quantized.centred(a, a_bounds), quantized.centred(b, b_bounds)
    wide = wide.t() if node.attr("transpose_a") else wide
    other = other.t() if node.attr("transpose_b") else other
    if wide.shape[1] != other.shape[0]:
        raise invalid(f"Matrix size-incompatible: In[0]: {text(a.shape)}, In[1]: {text(b.shape)}")
    return _result(wide @ other, quantized.product_range(a_bounds, b_bounds), node)


@conv2d_op.kernel
def conv2d(
    x: torch.Tensor,
    w: torch.Tensor,
    min_input: float,
    max_input: float,
    min_filter: float,
    max_filter: float,
    *,
    node: Any,
) -> Any:
    window = Window(node.attr("strides"), node.attr("padding"))
    _check_window(window, node.attr("dilations"))
    for tensor, name in ((x, "input must be 4-dimensional"), (w, "filter must be 4-dimensional: ")):
        if tensor.dim() != 4:
            raise invalid(f"{name}{text(tensor.shape)}")
    if x.shape[3] != w.shape[2]:
        raise invalid(f"input and filter must have the same depth: {x.shape[3]} vs {w.shape[2]}")
    bounds, other = (min_input, max_input), (min_filter, max_filter)
    found = convolution.conv(quantized.centred(x, bounds), quantized.centred(w, other), window)
    return _result(found.round(), quantized.product_range(bounds, other), node)


def _check_window(window: Window, dilations: list[int]) -> None:
    strides = window.strides
    if strides[1] != strides[2]:
        raise invalid(
            "Current implementation only supports equal length strides in the row and column "
            "dimensions."
        )
    if strides[0] != 1 or strides[3] != 1:
        raise invalid(
            "Current implementation does not yet support strides in the batch and depth dimensions."
        )
    if len(dilations) != 4:
        raise invalid("Dilations field must specify 4 dimensions")
    if dilations[1] != 1 or dilations[2] != 1:
        raise invalid(
            "Current implementation only supports dilated rate as 1 in the row and column "
            "dimensions."
        )
    if dilations[0] != 1 or dilations[3] != 1:
        raise invalid(
            "Current implementation does not yet support dilations in the batch and depth "
            "dimensions."
        )


@bias_add_op.kernel
def bias_add(
    x: torch.Tensor,
    bias: torch.Tensor,
    min_input: float,
    max_input: float,
    min_bias: float,
    max_bias: float,
    *,
    node: Any,
) -> Any:
    if x.dim() < 2:
        raise invalid(f"Input tensor must be at least 2D: {text(x.shape)}")
    if bias.dim() != 1:
        raise invalid(f"Biases must be 1D: {text(bias.shape)}")
    if bias.shape[0] != x.shape[-1]:
        raise invalid(
            "Must provide as many biases as the last dimension of the input tensor: "
            f"{text(bias.shape)} vs. {text(x.shape)}"
        )
    levels = LEVELS[node.attr("T1")]
    bounds, other = (min_input, max_input), (min_bias, max_bias)
    return _result(*quantized.biased(x, bias, bounds, other, levels), node)


def _pool(node: Any) -> Pool:
    return Pool(node.attr("strides"), node.attr("padding"), sizes=node.attr("ksize"))


@max_pool_op.kernel
def max_pool(x: torch.Tensor, low: float, high: float, *, node: Any) -> Any:
    return _result(pooling.max_pool(x, _pool(node)), (low, high), node)


@avg_pool_op.kernel
def avg_pool(x: torch.Tensor, low: float, high: float, *, node: Any) -> Any:
    pool = _pool(node)
    if pool.sizes[0] != 1 or pool.strides[0] != 1:
        raise UnimplementedError(None, None, "Pooling is not yet supported on the batch dimension.")
    if pool.sizes[3] != 1:
        pool.check_depth(x.shape[3])
        raise UnimplementedError(
            None, None, "Non-spatial pooling is not yet supported. Volunteers? :)"
        )
    # The mean of whole numbers is cut, not rounded.
    return _result(pooling.avg_pool(x.to(torch.float64), pool).trunc(), (low, high), node)


def _clamped(x: torch.Tensor, low: float, high: float, largest: Any, node: Any) -> Any:
    levels = LEVELS[node.attr("Tinput")]
    ends = [0.0] if largest is None else [0.0, largest]
    found = x.clamp(*(int(quantized.nearest_level(e, (low, high), levels)) for e in ends))
    return _result(found, (low, high), node)


@relu_op.kernel
def relu(x: torch.Tensor, low: float, high: float, *, node: Any) -> Any:
    return _clamped(x, low, high, None, node)


@relu6_op.kernel
def relu6(x: torch.Tensor, low: float, high: float, *, node: Any) -> Any:
    return _clamped(x, low, high, 6.0, node)


@relu_x_op.kernel
def relu_x(x: torch.Tensor, largest: torch.Tensor, low: float, high: float, *, node: Any) -> Any:
    return _clamped(x, low, high, float(largest), node)


@concat_op.kernel
def concat(axis: int, values: Any, lows: Any, highs: Any, *, node: Any) -> Any:
    rank = values[0].dim()
    if not 0 <= axis < rank:
        raise invalid(
            f"ConcatOp : Expected concatenating dimensions in the range [0, {rank}), but got {axis}"
        )
    first = values[0].shape
    for i, value in enumerate(values):
        what = None
        if value.dim() != rank:
            what = "Ranks of all input tensors"
        elif any(first[j] != value.shape[j] for j in range(rank) if j != axis):
            what = "Dimensions of inputs"
        if what:
            raise invalid(
                f"ConcatOp : {what} should match: shape[0] = {text(first)} vs. shape[{i}] = "
                f"{text(value.shape)}"
            )
    bounds = [(float(low), float(high)) for low, high in zip(lows, highs, strict=True)]
    return _result(*quantized.joined(values, bounds, axis, LEVELS[node.attr("T")]), node)


@reshape_op.kernel
def reshape(x: torch.Tensor, shape: tuple[int, ...], low: float, high: float, *, node: Any) -> Any:
    return _result(lookup("Reshape").torch_kernel(x, shape), (low, high), node)


@resize_op.kernel
def resize(x: torch.Tensor, size: tuple[int, ...], low: float, high: float, *, node: Any) -> Any:
    if tuple(x.shape[1:3]) == tuple(size):
        return x.clone(), *_numbers((low, high), x.device)
    options = node.attr("align_corners"), node.attr("half_pixel_centers")
    found = quantized.resized(x, size, (low, high), *options)
    return found.to(x.dtype), *_numbers((low, high), x.device)


@instance_norm_op.kernel
def instance_norm(x: torch.Tensor, low: float, high: float, *, node: Any) -> Any:
    given = None
    if node.attr("output_range_given"):
        given = node.attr("given_y_min"), node.attr("given_y_max")
        if not given[0] < given[1]:
            raise invalid(
                f"given_y_min must be less than given_y_max : {given[0]:g} >= {given[1]:g}"
            )
    options = node.attr("variance_epsilon"), node.attr("min_separation")
    return _result(*quantized.instance_norm(x, (low, high), given, *options), node)


@batch_norm_op.kernel
def batch_norm(*args: Any, node: Any) -> Any:
    tensors, ranges = args[::3], list(zip(args[1::3], args[2::3], strict=True))
    options = node.attr("variance_epsilon"), node.attr("scale_after_normalization")
    return _result(*quantized.batch_norm(tensors[0], tensors[1:], ranges, *options), node)


@range_op.kernel
def requantization_range(x: torch.Tensor, low: float, high: float) -> Any:
    return _numbers(quantized.used_range(x, (low, high)), x.device)


@requantize_op.kernel
def requantize(
    x: torch.Tensor, low: float, high: float, first: float, last: float, *, node: Any
) -> Any:
    if not first <= 0:
        raise invalid(f"requested_output_min must be <= 0, but got {first:g}")
    if not last >= first:
        raise invalid(
            f"requested_output_max must be >= requested_output_min, but got {last:g} and {first:g}"
        )
    levels = LEVELS[node.attr("out_type")]
    return _result(quantized.requantize(x, (low, high), (first, last), levels), (first, last), node)


@shrink_op.kernel
def shrink(x: torch.Tensor, low: float, high: float, *, node: Any) -> Any:
    bounds = quantized.used_range(x, (low, high))
    levels = LEVELS[node.attr("out_type")]
    return _result(quantized.requantize(x, (low, high), bounds, levels), bounds, node)
