"""Zeros for outputs that no gradient reaches."""

from evergraph.api import array_ops
from evergraph.api.control_flow_util import IsSwitch
from evergraph.api.resource_variable_ops import variable_shape
from evergraph.api.switching import switch
from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.handles import variable_node
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


def shape_and_dtype(t: Tensor) -> tuple[TensorShape, DType]:
    """The static shape and the type of a tensor's gradient: for a handle the variable's."""
    if t.dtype != dtypes.resource:
        return t.shape, t.dtype
    variable = variable_node(t)
    if variable is None:
        return TensorShape(None), dtypes.float32
    return TensorShape(variable.attr("shape")), variable.attr("dtype")


def get_zeros_dtype(t: Tensor) -> DType:
    """The type of a tensor's gradient: for a handle the variable's."""
    return shape_and_dtype(t)[1]


def zeros_like(t: Tensor) -> Tensor:
    """Zeros for the gradient of a tensor or of a variable's handle."""
    if t.dtype == dtypes.resource:
        return array_ops.zeros(*shape_and_dtype(t))
    return array_ops.zeros_like(t)


def _zeros_of_variable(handle: Tensor, like: Tensor) -> Tensor:
    return array_ops.zeros(apply_op("VariableShape", handle), dtype=get_zeros_dtype(like))


def zeros_of_argument(t: Tensor) -> Tensor:
    """Zeros for an argument of a function."""
    return _zeros_of_variable(t, t) if t.dtype == dtypes.resource else array_ops.zeros_like(t)


def zeros_like_unconnected(t: Tensor) -> Tensor:
    """Zeros for a tensor that the ys do not depend on."""
    if t.dtype == dtypes.resource:
        return array_ops.zeros(variable_shape(t), dtype=get_zeros_dtype(t))
    return array_ops.zeros_like(t, dtype=get_zeros_dtype(t))


def zeros_like_outside_loop(op: Operation, index: int) -> Tensor:
    """Zeros for an output of `op`; those for a cond's Switch are made only if that branch is not
    taken."""
    value = op.outputs[index]
    context = op._get_control_flow_context()
    if not IsSwitch(op):
        if value.dtype == dtypes.resource:
            return _zeros_of_variable(value, value)
        return array_ops.zeros_like(value, optimize=False)
    if not context:
        return array_ops.zeros_like(value, optimize=False)
    other = switch(op.inputs[0], context.pred)[1 - context.branch]
    # Control dependencies are on a whole node, but only one of the Switch's outputs is alive.
    pivot = array_ops.identity(other)
    if value.dtype == dtypes.resource:
        with control_dependencies([pivot]):
            return _zeros_of_variable(other, value)
    shape = array_ops.shape_internal(other, optimize=False)
    with control_dependencies([pivot]):
        return array_ops.zeros(shape, dtype=value.dtype)
