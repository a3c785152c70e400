"""tf.image.convert_image_dtype."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("image.convert_image_dtype")
def convert_image_dtype(
    image: Any, dtype: Any, saturate: bool = False, name: str | None = None
) -> Tensor:
    """An image in another element type, its values scaled to that type's range: 0 to 1 for floats,
    0 to the largest number for integers. Stands for `tf.image.convert_image_dtype`.

    Args:
      image: a tensor.
      dtype: a float or integer type.
      saturate: whether values outside of the range become the nearest inside (else they overflow).
      name: the name of the last node.

    Raises:
      AttributeError: for any other type.
    """
    image = convert_to_tensor(image, name="image")
    dtype = dtypes.as_dtype(dtype)
    if not dtype.is_floating and not dtype.is_integer:
        raise AttributeError("dtype must be either floating point or integer")
    if dtype == image.dtype:
        return array_ops.identity(image, name=name)
    cast = math_ops.saturate_cast if saturate else math_ops.cast
    with name_scope(name, "convert_image", [image]) as name:
        if image.dtype.is_integer and dtype.is_integer:
            return _between_integers(image, dtype, cast, name)
        if image.dtype.is_floating and dtype.is_floating:
            return math_ops.cast(image, dtype, name=name)
        if image.dtype.is_integer:
            floats = math_ops.cast(image, dtype)
            return math_ops.multiply(floats, 1.0 / image.dtype.max, name=name)
        # The half makes up for the cast, which cuts.
        scaled = math_ops.multiply(image, dtype.max + 0.5)
        return cast(scaled, dtype, name=name)


def _between_integers(image: Tensor, dtype: Any, cast: Any, name: Any) -> Tensor:
    largest, new_largest = image.dtype.max, dtype.max
    result: Tensor
    if largest > new_largest:
        smaller = math_ops.div(image, (largest + 1) // (new_largest + 1))
        result = cast(smaller, dtype, name=name)
    else:
        # Saturated after all: where signs differ, a number may not fit.
        wider = cast(image, dtype)
        result = math_ops.multiply(wider, (new_largest + 1) // (largest + 1), name=name)
    return result
