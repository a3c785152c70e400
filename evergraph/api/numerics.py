"""Checks for infinities and NaN: tf.debugging.assert_all_finite, tf.add_check_numerics_ops."""

from typing import Any

from evergraph.api.array_ops import check_numerics
from evergraph.api.control_flow_ops import group, with_dependencies
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated_argument_lookup, deprecated_endpoints
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, control_dependencies, name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


@export("debugging.assert_all_finite", "verify_tensor_all_finite")
@deprecated_endpoints("verify_tensor_all_finite")
def verify_tensor_all_finite(
    t: Any = None,
    msg: str | None = None,
    name: str | None = None,
    x: Any = None,
    message: Any = None,
) -> Tensor:
    """`x`, checked for infinities and NaN. Stands for `tf.debugging.assert_all_finite`.

    Args:
      t, msg: older names of `x` and `message`.
      name: the nodes' scope.
      x: a tensor of floats.
      message: text of the error.

    Raises:
      InvalidArgumentError: at run time, where `x` is not finite.
    """
    x = deprecated_argument_lookup("x", x, "t", t)
    message = deprecated_argument_lookup("message", message, "msg", msg)
    with name_scope(name, "VerifyFinite", [x]):
        x = convert_to_tensor(x, name="x")
        with colocate_with(x):
            checked = check_numerics(x, message=message)
            return with_dependencies([checked], x)


@export("add_check_numerics_ops")
def add_check_numerics_ops() -> Operation:
    """An operation that checks every float tensor of the default graph. Stands for
    `tf.add_check_numerics_ops`.

    Raises:
      ValueError: the graph has loops or branches.
    """
    check: list[Tensor] = []
    for op in get_default_graph().get_operations():
        for output in op.outputs:
            if output.dtype not in (dtypes.float16, dtypes.float32, dtypes.float64):
                continue
            if op._get_control_flow_context() is not None:
                raise ValueError(
                    "`tf.add_check_numerics_ops() is not compatible with TensorFlow control flow "
                    "operations such as `tf.cond()` or `tf.while_loop()`."
                )
            with control_dependencies(check):
                check = [check_numerics(output, message=f"{op.name}:{output.value_index}")]
    return group(*check)
