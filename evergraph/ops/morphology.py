"""Greyscale morphology: Dilation2D and the ops of its gradients."""

from typing import Any

from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import morphology
from evergraph.kernels.windows import Window
from evergraph.ops import complaints, shape_rules
from evergraph.ops.shape_rules import Dims

_ATTRS = (
    "T: realnumber; strides: list(int) >= 4; rates: list(int) >= 4; "
    "padding: string in {'SAME', 'VALID'}"
)

dilation_op = op("Dilation2D(input: T, filter: T) -> output: T", _ATTRS)
dilation_op.on_failure(complaints.image_input)
dilation_input_op = op(
    "Dilation2DBackpropInput(input: T, filter: T, out_backprop: T) -> in_backprop: T", _ATTRS
)
dilation_filter_op = op(
    "Dilation2DBackpropFilter(input: T, filter: T, out_backprop: T) -> filter_backprop: T", _ATTRS
)


@dilation_op.shape
def dilation_shape(node: Any) -> Dims:
    x = shape_rules.with_rank(node.inputs[0].dims, 4)
    w = shape_rules.with_rank(node.inputs[1].dims, 3)
    strides, rates = node.attr("strides"), node.attr("rates")
    for name, values in (("stride", strides), ("rates", rates)):
        if len(values) != 4:
            raise ShapeError(
                f"Dilation2D requires the {name} attribute to contain 4 values, but got: "
                f"{len(values)}"
            )
    if None in (*x[1:3], *w[:2]):
        return x[0], None, None, w[2]
    shape_rules.merge_dim(x[3], w[2])
    window = Window(strides, node.attr("padding"), dilations=rates)
    sizes: Any = x[1:3]
    filters: Any = w[:2]
    # Unlike those of convolutions, windows may be larger than the image by less than a stride.
    try:
        rows, columns = window.counts(sizes, filters, window.paddings(sizes, filters))
    except InvalidArgumentError as error:
        raise ShapeError(error.message) from None
    return x[0], rows, columns, w[2]


dilation_input_op.shape(shape_rules.unchanged)
dilation_filter_op.shape(shape_rules.like_input(1))


@dilation_op.specialize
@dilation_input_op.specialize
@dilation_filter_op.specialize
def choose_dilation(node: Any) -> Any:
    strides, rates = node.attr("strides"), node.attr("rates")
    morphology.check(strides, rates)
    window = Window(strides, node.attr("padding"), dilations=rates)
    kernel = {
        "Dilation2D": morphology.dilation,
        "Dilation2DBackpropInput": morphology.input_gradient,
        "Dilation2DBackpropFilter": morphology.filter_gradient,
    }[node.type]
    return lambda *inputs: kernel(*inputs, window)


@dilation_op.gradient
def dilation_gradient(node: Any, grad: Any) -> Any:
    copied = {name: node.attr(name) for name in ("strides", "rates", "padding")}
    return (
        apply_op("Dilation2DBackpropInput", *node.inputs, grad, **copied),
        apply_op("Dilation2DBackpropFilter", *node.inputs, grad, **copied),
    )
