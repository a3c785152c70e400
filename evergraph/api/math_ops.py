"""Mathematics: the functions of `tf.math` in one place, as TensorFlow's module of this name has
them."""

from typing import Any

from evergraph.api import array_ops
from evergraph.api.arithmetic_ops import *  # noqa: F403
from evergraph.api.arithmetic_ops import (
    _div_python2 as _div_python2,
)
from evergraph.api.arithmetic_ops import (
    _mul as _mul,
)
from evergraph.api.arithmetic_ops import (
    _neg as _neg,
)
from evergraph.api.arithmetic_ops import (
    _sub as _sub,
)
from evergraph.api.arithmetic_ops import (
    _truediv_python3 as _truediv_python3,
)
from evergraph.api.arithmetic_ops import (
    cast,
)
from evergraph.api.elementwise_ops import *  # noqa: F403
from evergraph.api.product_ops import *  # noqa: F403
from evergraph.api.product_ops import (
    _as_indexed_slices as _as_indexed_slices,
)
from evergraph.api.product_ops import (
    _as_indexed_slices_list as _as_indexed_slices_list,
)
from evergraph.api.reduction_ops import *  # noqa: F403
from evergraph.api.reduction_ops import _ReductionDims as _ReductionDims
from evergraph.api.reduction_ops import range
from evergraph.api.segment_ops import *  # noqa: F403
from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor


def reduced_shape(input_shape: Any, axes: Any) -> Tensor:
    """`input_shape` with 1 at `axes`: what a reduction that keeps them gives."""
    input_shape = cast(input_shape, dtypes.int32)
    axes = cast(axes, dtypes.int32)
    rank = array_ops.size(input_shape)
    axes = (axes + rank) % rank
    axes_shape = array_ops.shape(axes)
    indices = [range(rank), axes]
    return apply_op("DynamicStitch", indices, [input_shape, array_ops.fill(axes_shape, 1)])


def _bucketize(input: Any, boundaries: Any, name: str | None = None) -> Tensor:
    """In which of the intervals between sorted `boundaries` each element lies."""
    if not isinstance(boundaries, (list, tuple)):
        raise TypeError(
            f"Expected list for 'boundaries' argument to 'bucketize' Op, not {boundaries!r}."
        )
    return apply_op("Bucketize", input, boundaries=boundaries, name=name)
