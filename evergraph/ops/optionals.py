"""Optionals: values that are there or not, held as variants."""

from typing import Any

import numpy as np

from evergraph.base.dtypes import DType
from evergraph.graph.apply import apply_op
from evergraph.graph.op_summary import type_name
from evergraph.graph.registry import op
from evergraph.graph.tensor import Tensor
from evergraph.kernels.host import invalid
from evergraph.kernels.optional import Optional
from evergraph.kernels.tensor_array import compatible, shape_text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

optional_from_value_op = op(
    "OptionalFromValue(components: list(Toutput_types)) -> optional: variant",
    "Toutput_types: list(type) >= 1",
)
optional_none_op = op("OptionalNone() -> optional: variant")
optional_has_value_op = op("OptionalHasValue(optional: variant) -> has_value: bool")
optional_get_value_op = op(
    "OptionalGetValue(optional: variant) -> components: list(output_types)",
    "output_types: list(type) >= 1; output_shapes: list(shape) >= 1",
    held=True,
)
for _entry in (optional_from_value_op, optional_none_op, optional_has_value_op):
    _entry.shape(shape_rules.scalar)


@optional_from_value_op.kernel
def optional_from_value(components: list[Any], *, Toutput_types: list[DType]) -> Optional:
    return Optional(components, Toutput_types)


@optional_none_op.kernel
def optional_none() -> Optional:
    return Optional(None)


def _checked(optional: Any) -> Optional:
    if not isinstance(optional, Optional):
        raise invalid("Input to OptionalHasValue must be an OptionalVariant object.")
    return optional


@optional_has_value_op.numpy
def optional_has_value(optional: Any) -> Any:
    return np.bool_(_checked(optional).values is not None)


@optional_get_value_op.shape
def optional_get_value_shape(node: Any) -> list[Dims]:
    return list(node.attr("output_shapes"))


@optional_get_value_op.kernel
def optional_get_value(
    optional: Any, *, output_types: list[DType], output_shapes: list[Dims]
) -> tuple[Any, ...]:
    values = _checked(optional).values
    if values is None:
        raise invalid("The given optional does not have a value.")
    if len(values) != len(output_types):
        raise invalid(
            f"The given optional has {len(values)} components, expected {len(output_types)}"
        )
    wanted = zip(optional.types, output_types, values, output_shapes, strict=True)
    for i, (has, type_, value, dims) in enumerate(wanted):
        if has != type_:
            raise invalid(
                f"The given optional does not match the expected type for component {i}. "
                f"Expected: {type_name(type_)}. Actual: {type_name(has)}."
            )
        shape = tuple(value.shape)
        if not compatible(dims, shape):
            raise invalid(
                f"The given optional does not match the expected shape for component {i}. "
                f"Expected: {shape_text(dims)}. Actual: {shape_text(shape)}."
            )
    return tuple(values)


@optional_from_value_op.gradient
def optional_from_value_gradient(node: Any, grad: Tensor) -> Any:
    return apply_op(
        "OptionalGetValue",
        grad,
        output_types=[t.dtype for t in node.inputs],
        output_shapes=[t.shape for t in node.inputs],
    )


@optional_get_value_op.gradient
def optional_get_value_gradient(node: Any, *grads: Any) -> Any:
    return apply_op("OptionalFromValue", grads)
