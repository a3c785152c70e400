"""How ops are written for all iterations of a loop at once.

A converter gets the node of one iteration with its inputs for all (`PForInput`). Where it cannot
be told which axis is meant or the ranks are not known it raises NotVectorized, and the node is run
in a loop instead.
"""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.parallel_for.pfor import (
    NotVectorized,
    PForInput,
    passes,
    wrap,
)
from evergraph.proto.framework.attr_value_pb2 import AttrValue

# --------------------------------------------------------------------------- element by element
# Of one tensor, or with further inputs that are the same in all iterations.
_UNARY = (
    "Abs Acos Acosh Asin Asinh Atan Atanh BesselI0e BesselI1e Cast Ceil CheckNumerics ComplexAbs "
    "Conj Cos Cosh Digamma Elu Erf Erfc Exp Expm1 Floor Identity Imag Inv Invert IsFinite IsInf "
    "IsNan LeakyRelu Lgamma Log Log1p LogSoftmax LogicalNot Neg OnesLike PreventGradient Real "
    "Reciprocal Relu Relu6 Rint Round Rsqrt Selu Sigmoid Sign Sin Sinh Snapshot Softmax Softplus "
    "Softsign Sqrt Square StopGradient Tan Tanh ZerosLike Angle Bitcast AsString StringStrip "
    # of the last axes, with others in front
    "MatrixDiag MatrixDiagPart MatrixInverse Cholesky MatrixDeterminant LogMatrixDeterminant FFT "
    "FFT2D FFT3D IFFT IFFT2D IFFT3D Qr Svd SelfAdjointEigV2 MatrixExponential MatrixSquareRoot "
    "AdjustHue AdjustSaturation HSVToRGB RGBToHSV"
).split()

# Of two tensors, with broadcasting.
_BROADCAST = (
    "Add AddV2 ApproximateEqual Atan2 BitwiseAnd BitwiseOr BitwiseXor Complex Div DivNoNan Equal "
    "FloorDiv FloorMod Greater GreaterEqual Igamma IgammaGradA Igammac LeftShift Less LessEqual "
    "LogicalAnd LogicalOr Maximum Minimum Mod Mul MulNoNan NotEqual Polygamma Pow RealDiv "
    "RightShift SquaredDifference Sub TruncateDiv TruncateMod Xdivy Xlogy Zeta Betainc "
    "SelectV2 BatchMatMulV2"
).split()

# Of several tensors of one shape.
_ALIKE = (
    "AddN AccumulateNV2 EluGrad LeakyReluGrad InvGrad ReciprocalGrad Relu6Grad ReluGrad RsqrtGrad "
    "SeluGrad SigmoidGrad SoftplusGrad SoftsignGrad SqrtGrad TanhGrad MatrixSetDiag CholeskyGrad "
    "MatrixSolve MatrixTriangularSolve BatchMatMul Cross"
).split()


@passes(*_UNARY)
def unary(given: PForInput) -> Any:
    return [wrap(t) for t in given.again()]


@passes(*_BROADCAST)
def broadcast(given: PForInput) -> Any:
    given.expanddim_inputs_for_broadcast()
    return [wrap(t) for t in given.again()]


@passes(*_ALIKE)
def alike(given: PForInput) -> Any:
    given.stack_inputs()
    return [wrap(t) for t in given.again()]


@passes("ClipByValue")
def clip(given: PForInput) -> Any:
    given.expanddim_inputs_for_broadcast()
    x, low, high = (w.t for w in given.inputs)
    return wrap(math_ops.maximum(math_ops.minimum(x, high), low))


@passes("Select")
def select(given: PForInput) -> Any:
    rank = _rank(given.op.inputs[1])
    of_rows = _rank(given.op.inputs[0])
    given.stack_inputs([1, 2])
    condition, x, y = (w.t for w in given.inputs)
    if of_rows == 0 and not given.input(0).is_stacked:
        return wrap(given.again()[0])  # one answer for all
    condition = given.pfor.stacked(given.input(0)).t
    if of_rows < rank:
        # Each answer counts for all elements behind it.
        shape = array_ops.shape(condition)
        ones = array_ops.ones([rank - of_rows], dtypes.int32)
        condition = array_ops.reshape(condition, array_ops.concat([shape, ones], axis=0))
        condition = math_ops.logical_and(condition, array_ops.ones_like(x, dtype=dtypes.bool))
    return wrap(array_ops.where(condition, x, y))


# --------------------------------------------------------------------------- matrices
@passes("MatMul")
def matmul(given: PForInput) -> Any:
    a, b = given.inputs
    left, right = given.get_attr("transpose_a"), given.get_attr("transpose_b")
    if a.is_stacked and not b.is_stacked and not left:
        # The rows of all iterations are one matrix.
        shape = array_ops.shape(a.t)
        flat = array_ops.reshape(a.t, array_ops.stack([-1, shape[2]]))
        product = math_ops.matmul(flat, b.t, transpose_b=right)
        return wrap(array_ops.reshape(product, array_ops.stack([shape[0], shape[1], -1])))
    given.stack_inputs()
    a, b = given.inputs
    return wrap(math_ops.matmul(a.t, b.t, transpose_a=left, transpose_b=right))


@passes("MatrixBandPart")
def band(given: PForInput) -> Any:
    return wrap(given.again([given.stacked_input(0), *map(given.shared_input, (1, 2))])[0])


@passes("BiasAdd")
def bias_add(given: PForInput) -> Any:
    value, bias = given.inputs
    if value.is_stacked and not bias.is_stacked:
        return wrap(_folded(given, value.t, lambda flat: given.again([flat, bias.t])[0]))
    rank = _rank(given.op.inputs[0])
    first = given.get_attr("data_format") == b"NCHW"
    behind = rank - 2 if first else 0
    shape = array_ops.shape(bias.t)
    front = [array_ops.ones([rank - 1 - behind], dtypes.int32)]
    back = [array_ops.ones([behind], dtypes.int32)]
    new = array_ops.concat([shape[:1], *front, shape[1:], *back], axis=0)
    return wrap(math_ops.add(value.t, array_ops.reshape(bias.t, new)))


@passes("BiasAddGrad")
def bias_add_grad(given: PForInput) -> Any:
    grad = given.stacked_input(0)
    rank = _rank(given.op.inputs[0])
    channel = 2 if given.get_attr("data_format") == b"NCHW" else rank
    axes = [axis for axis in range(1, rank + 1) if axis != channel]
    return wrap(math_ops.reduce_sum(grad, axis=axes))


# --------------------------------------------------------------------------- reductions
def _rank(t: Tensor) -> int:
    if t.shape.ndims is None:
        raise NotVectorized(f"The rank of {t.name} is not known.")
    return t.shape.ndims


def _behind(axes: Tensor) -> Any:
    """Axes of one iteration as those of all; negative ones stay."""
    known = constant_value(axes)
    if known is not None:
        return np.where(known < 0, known, known + 1).astype(known.dtype)
    return axes + math_ops.cast(axes >= 0, axes.dtype)


@passes(
    *"Sum Prod Max Min Mean All Any EuclideanNorm ReverseV2 Cumsum Cumprod ArgMax ArgMin".split()
)
def along_axes(given: PForInput) -> Any:
    return wrap(given.again([given.stacked_input(0), _behind(given.shared_input(1))])[0])


@passes("ExpandDims")
def expand_dims(given: PForInput) -> Any:
    return wrap(given.again([given.stacked_input(0), _behind(given.shared_input(1))])[0])


@passes("L2Loss")
def l2_loss(given: PForInput) -> Any:
    x = given.stacked_input(0)
    axes = list(range(1, _rank(given.op.inputs[0]) + 1))
    return wrap(math_ops.reduce_sum(math_ops.square(x), axis=axes) / 2)


@passes("TopKV2")
def top_k(given: PForInput) -> Any:
    outputs = given.again([given.stacked_input(0), given.shared_input(1)])
    return [wrap(t) for t in outputs]


# --------------------------------------------------------------------------- shapes
def _first(given: PForInput) -> Tensor:
    return given.pfor.loop_len_vector


@passes("Shape")
def shape(given: PForInput) -> Any:
    return wrap(given.again([given.stacked_input(0)])[0][1:], False)


@passes("Size")
def size(given: PForInput) -> Any:
    count = given.again([given.stacked_input(0)])[0]
    return wrap(count // math_ops.cast(_first(given)[0], count.dtype), False)


@passes("Rank")
def rank(given: PForInput) -> Any:
    return wrap(array_ops.rank(given.stacked_input(0)) - 1, False)


def _with_iterations(given: PForInput, sizes: Tensor) -> Tensor:
    return array_ops.concat([math_ops.cast(_first(given), sizes.dtype), sizes], axis=0)


@passes("Reshape")
def reshape(given: PForInput) -> Any:
    new = _with_iterations(given, given.unstacked_input(1))
    return wrap(array_ops.reshape(given.stacked_input(0), new))


@passes("BroadcastTo")
def broadcast_to(given: PForInput) -> Any:
    sizes = given.unstacked_input(1)
    more = (sizes.shape.num_elements() or -1) - _rank(given.op.inputs[0])
    if sizes.shape.num_elements() is None:
        raise NotVectorized("The rank of the result is not known.")
    x = given.stacked_input(0)
    shape = array_ops.shape(x)
    ones = array_ops.ones([more], dtypes.int32)
    x = array_ops.reshape(x, array_ops.concat([shape[:1], ones, shape[1:]], axis=0))
    return wrap(array_ops.broadcast_to(x, _with_iterations(given, sizes)))


@passes("Fill")
def fill(given: PForInput) -> Any:
    sizes, value = given.unstacked_input(0), given.stacked_input(1)
    ones = array_ops.ones_like(sizes)
    column = array_ops.reshape(value, _with_iterations(given, ones))
    return wrap(array_ops.tile(column, array_ops.concat([[1], sizes], axis=0)))


@passes("Squeeze")
def squeeze(given: PForInput) -> Any:
    axes = given.get_attr("squeeze_dims")
    if not axes:
        sizes = given.op.inputs[0].shape
        if not sizes.is_fully_defined():
            raise NotVectorized("The sizes are not known.")
        axes = [i for i, one in enumerate(sizes.as_list()) if one == 1]
        if not axes:
            return wrap(array_ops.identity(given.stacked_input(0)))
    axes = [axis if axis < 0 else axis + 1 for axis in axes]
    return wrap(array_ops.squeeze(given.stacked_input(0), axis=axes))


@passes("Transpose")
def transpose(given: PForInput) -> Any:
    order = given.shared_input(1)
    known = constant_value(order)
    behind = known + 1 if known is not None else order + 1
    return wrap(array_ops.transpose(given.stacked_input(0), array_ops.concat([[0], behind], 0)))


@passes("Tile")
def tile(given: PForInput) -> Any:
    multiples = given.unstacked_input(1)
    return wrap(array_ops.tile(given.stacked_input(0), array_ops.concat([[1], multiples], 0)))


@passes("Pad", "PadV2", "MirrorPad", "MirrorPadGrad")
def pad(given: PForInput) -> Any:
    paddings = given.unstacked_input(1)
    none = array_ops.zeros([1, 2], paddings.dtype)
    rest = [given.unstacked_input(i) for i in range(2, given.num_inputs)]
    paddings = array_ops.concat([none, paddings], axis=0)
    return wrap(given.again([given.stacked_input(0), paddings, *rest])[0])


@passes("Slice")
def piece(given: PForInput) -> Any:
    begin, sizes = given.unstacked_input(1), given.unstacked_input(2)
    begin = array_ops.concat([[0], begin], axis=0)
    sizes = array_ops.concat([[-1], sizes], axis=0)
    return wrap(array_ops.slice(given.stacked_input(0), begin, sizes))


def _shifted_masks(given: PForInput) -> dict[str, AttrValue]:
    names = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    masks = {name: given.get_attr(name) << 1 for name in names}
    masks["begin_mask"] |= 1
    masks["end_mask"] |= 1
    return {name: AttrValue(i=mask) for name, mask in masks.items()}


def _in_front(numbers: Tensor, value: int) -> Tensor:
    return array_ops.concat([array_ops.constant([value], numbers.dtype), numbers], axis=0)


@passes("StridedSlice")
def strided_slice(given: PForInput) -> Any:
    x = given.stacked_input(0)
    begin, end, strides = (given.unstacked_input(i) for i in (1, 2, 3))
    bounds = [_in_front(begin, 0), _in_front(end, 0), _in_front(strides, 1)]
    return wrap(given.again([x, *bounds], **_shifted_masks(given))[0])


@passes("StridedSliceGrad")
def strided_slice_grad(given: PForInput) -> Any:
    sizes = given.unstacked_input(0)
    begin, end, strides = (given.unstacked_input(i) for i in (1, 2, 3))
    bounds = [_in_front(begin, 0), _in_front(end, 0), _in_front(strides, 1)]
    grad = given.stacked_input(4)
    new = _with_iterations(given, sizes)
    return wrap(given.again([new, *bounds, grad], **_shifted_masks(given))[0])


# --------------------------------------------------------------------------- several tensors
@passes("ConcatV2")
def concat(given: PForInput) -> Any:
    last = given.num_inputs - 1
    given.stack_inputs(range(last))
    axis = _behind(given.shared_input(last))
    return wrap(given.again([*(w.t for w in given.inputs[:last]), axis])[0])


@passes("Pack")
def pack(given: PForInput) -> Any:
    given.stack_inputs()
    axis = given.get_attr("axis")
    return wrap(given.again(axis=AttrValue(i=axis if axis < 0 else axis + 1))[0])


@passes("Unpack")
def unpack(given: PForInput) -> Any:
    axis = given.get_attr("axis")
    return [wrap(t) for t in given.again(axis=AttrValue(i=axis if axis < 0 else axis + 1))]


@passes("Split")
def split(given: PForInput) -> Any:
    axis = _behind(given.shared_input(0))
    return [wrap(t) for t in given.again([axis, given.stacked_input(1)])]


@passes("SplitV")
def split_v(given: PForInput) -> Any:
    axis = _behind(given.shared_input(2))
    return [wrap(t) for t in given.again([given.stacked_input(0), given.shared_input(1), axis])]


@passes("BroadcastGradientArgs")
def broadcast_gradient_args(given: PForInput) -> Any:
    return [wrap(t, False) for t in given.again([given.shared_input(i) for i in (0, 1)])]


# --------------------------------------------------------------------------- places
@passes("GatherV2", "Gather", "ResourceGather")
def gather(given: PForInput) -> Any:
    params, indices = given.inputs[:2]
    axis = 0
    if given.num_inputs > 2:
        known = constant_value(given.shared_input(2))
        if known is None:
            raise NotVectorized("The axis is not known.")
        axis = int(known)
    if given.op_type == "GatherV2" and given.get_attr("batch_dims"):
        raise NotVectorized("batch_dims")
    if given.op_type == "ResourceGather":
        return wrap(given.again([given.shared_input(0), given.stacked_input(1)])[0])
    rank = _rank(given.op.inputs[0])
    axis = axis + rank if axis < 0 else axis
    if params.is_stacked and not indices.is_stacked:
        return wrap(array_ops.gather(params.t, indices.t, axis=axis + 1))
    if indices.is_stacked and not params.is_stacked:
        found = array_ops.gather(params.t, indices.t, axis=axis)
        # The axis of the iterations comes to the front.
        order = [axis, *range(axis), *range(axis + 1, _rank(found))]
        return wrap(found if axis == 0 else array_ops.transpose(found, order))
    # Each iteration has its own tensor and its own places: one tensor of all, with places in it.
    if axis != 0:
        raise NotVectorized("Both depend on the iteration.")
    shape = array_ops.shape(params.t)
    flat = array_ops.reshape(params.t, array_ops.concat([[-1], shape[2:]], axis=0))
    starts = math_ops.cast(math_ops.range(shape[0]) * shape[1], indices.t.dtype)
    more = _rank(given.op.inputs[1])
    starts = array_ops.reshape(starts, [-1] + [1] * more)
    return wrap(array_ops.gather(flat, indices.t + starts))


@passes("GatherNd")
def gather_nd(given: PForInput) -> Any:
    params, indices = given.inputs
    if not params.is_stacked:
        return wrap(array_ops.gather_nd(params.t, indices.t))
    given.stack_inputs([1])
    places = given.input(1).t
    shape = array_ops.shape(places)
    first = math_ops.cast(math_ops.range(shape[0]), places.dtype)
    first = array_ops.reshape(first, [-1] + [1] * _rank(given.op.inputs[1]))
    ones = array_ops.ones(array_ops.concat([shape[:-1], [1]], axis=0), places.dtype)
    places = array_ops.concat([first * ones, places], axis=-1)
    return wrap(array_ops.gather_nd(params.t, places))


@passes("OneHot")
def one_hot(given: PForInput) -> Any:
    axis = given.get_attr("axis")
    rest = [given.shared_input(i) for i in (1, 2, 3)]
    moved = AttrValue(i=axis if axis < 0 else axis + 1)
    return wrap(given.again([given.stacked_input(0), *rest], axis=moved)[0])


@passes("UnsortedSegmentSum")
def unsorted_segment_sum(given: PForInput) -> Any:
    given.stack_inputs([0, 1])
    data, ids = given.input(0).t, given.input(1).t
    count = given.shared_input(2)
    shape, rows = array_ops.shape(data), array_ops.shape(ids)
    # The segments of each iteration come after those of the ones before.
    starts = math_ops.range(rows[0]) * math_ops.cast(count, dtypes.int32)
    starts = array_ops.reshape(
        math_ops.cast(starts, ids.dtype), [-1] + [1] * _rank(given.op.inputs[1])
    )
    outside = ids < 0
    ids = array_ops.where(outside, ids, ids + starts)
    total = math_ops.cast(rows[0], count.dtype) * count
    sums = apply_op("UnsortedSegmentSum", data, ids, total)
    inner = shape[_rank(given.op.inputs[1]) + 1 :]
    sizes = array_ops.stack([rows[0], math_ops.cast(count, dtypes.int32)])
    return wrap(array_ops.reshape(sums, array_ops.concat([sizes, inner], axis=0)))


# --------------------------------------------------------------------------- images
def _folded(given: PForInput, x: Tensor, function: Any) -> Tensor:
    """A function of a tensor in which the iterations are further rows of the batch."""
    shape = array_ops.shape(x)
    flat = array_ops.reshape(x, array_ops.concat([[-1], shape[2:]], axis=0))
    flat.set_shape([None, *given.op.inputs[0].shape[1:]] if x.shape.ndims == 5 else flat.shape)
    result = function(flat)
    sizes = array_ops.concat([shape[:2], array_ops.shape(result)[1:]], axis=0)
    return array_ops.reshape(result, sizes)


def _rows(x: Tensor) -> Tensor:
    """A stacked tensor with the iterations as further rows of the batch."""
    shape = array_ops.shape(x)
    return array_ops.reshape(x, array_ops.concat([[-1], shape[2:]], axis=0))


def _unrowed(given: PForInput, x: Tensor) -> Tensor:
    shape = array_ops.shape(x)
    sizes = array_ops.concat([_first(given), [-1], shape[1:]], axis=0)
    return array_ops.reshape(x, sizes)


@passes("Conv2D", "DepthwiseConv2dNative", "Conv3D", "Dilation2D")
def convolution(given: PForInput) -> Any:
    kernel = given.shared_input(1)
    return wrap(_unrowed(given, given.again([_rows(given.stacked_input(0)), kernel])[0]))


@passes("Conv2DBackpropInput", "DepthwiseConv2dNativeBackpropInput")
def convolution_backprop_input(given: PForInput) -> Any:
    sizes, kernel = given.shared_input(0), given.shared_input(1)
    grad = _rows(given.stacked_input(2))
    sizes = array_ops.concat([array_ops.shape(grad)[:1], sizes[1:]], axis=0)
    return wrap(_unrowed(given, given.again([sizes, kernel, grad])[0]))


@passes(
    *"MaxPool AvgPool MaxPool3D AvgPool3D LRN ResizeBilinear ResizeNearestNeighbor "
    "SpaceToDepth DepthToSpace ExtractImagePatches".split()
)
def pooled(given: PForInput) -> Any:
    rest = [given.shared_input(i) for i in range(1, given.num_inputs)]
    return wrap(_unrowed(given, given.again([_rows(given.stacked_input(0)), *rest])[0]))


@passes("MaxPoolGrad", "MaxPoolGradGrad", "MaxPool3DGrad", "MaxPool3DGradGrad")
def max_pool_grad(given: PForInput) -> Any:
    given.stack_inputs()
    return wrap(_unrowed(given, given.again([_rows(w.t) for w in given.inputs])[0]))


@passes("AvgPoolGrad", "AvgPool3DGrad")
def avg_pool_grad(given: PForInput) -> Any:
    grad = _rows(given.stacked_input(1))
    sizes = given.shared_input(0)
    sizes = array_ops.concat([array_ops.shape(grad)[:1], sizes[1:]], axis=0)
    return wrap(_unrowed(given, given.again([sizes, grad])[0]))


@passes("SoftmaxCrossEntropyWithLogits", "SparseSoftmaxCrossEntropyWithLogits")
def cross_entropy(given: PForInput) -> Any:
    given.stack_inputs()
    loss, backprop = given.again([_rows(w.t) for w in given.inputs])
    return [wrap(_unrowed(given, loss)), wrap(_unrowed(given, backprop))]


# --------------------------------------------------------------------------- random numbers
@passes("RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal")
def random(given: PForInput) -> Any:
    sizes = given.unstacked_input(0)
    rest = [given.unstacked_input(i) for i in range(1, given.num_inputs)]
    return wrap(given.again([_with_iterations(given, sizes), *rest])[0])
