"""Accumulators of gradients: `tf.ConditionalAccumulator` and its sparse kin."""

from typing import Any

from evergraph.api import math_ops
from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, unknown_shape
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


def _step(value: Any) -> Tensor:
    return math_ops.cast(convert_to_tensor(value), dtypes.int64)


@export("ConditionalAccumulatorBase")
class ConditionalAccumulatorBase:
    """Adds up gradients of the present step or later. Stands for
    `tf.ConditionalAccumulatorBase`.

    Args:
      dtype: the type of the gradients.
      shape: their shape, or None.
      accumulator_ref: the handle of the accumulator.
    """

    _prefix = "Resource"

    def __init__(self, dtype: Any, shape: Any, accumulator_ref: Tensor) -> None:
        self._dtype = dtype
        self._shape = unknown_shape() if shape is None else TensorShape(shape)
        self._accumulator_ref = accumulator_ref
        self._name = accumulator_ref.op.name.split("/")[-1]

    @property
    def accumulator_ref(self) -> Tensor:
        """The handle of the accumulator."""
        return self._accumulator_ref

    @property
    def name(self) -> str:
        """The last part of the node's name."""
        return self._name

    @property
    def dtype(self) -> DType:
        """The type of the gradients."""
        return self._dtype

    def num_accumulated(self, name: str | None = None) -> Tensor:
        """How many gradients are there, an int32 scalar."""
        return apply_op(
            f"{self._prefix}AccumulatorNumAccumulated",
            self._accumulator_ref,
            name=name or f"{self._name}_NumAccumulated",
        )

    def set_global_step(self, new_global_step: Any, name: str | None = None) -> Operation:
        """From then on gradients of earlier steps are left out."""
        return apply_op(
            f"{self._prefix}AccumulatorSetGlobalStep",
            self._accumulator_ref,
            _step(new_global_step),
            name=name,
        )


@export("ConditionalAccumulator")
class ConditionalAccumulator(ConditionalAccumulatorBase):
    """Adds up gradients that are tensors. Stands for `tf.ConditionalAccumulator`.

    Args:
      dtype: the type of the gradients.
      shape: their shape, or None.
      shared_name: a name under which sessions on one server share it.
      name: a name for the node.
      reduction_type: "MEAN" or "SUM", of what `take_grad` gives.
    """

    def __init__(
        self,
        dtype: Any,
        shape: Any = None,
        shared_name: str | None = None,
        name: str = "conditional_accumulator",
        reduction_type: str = "MEAN",
    ) -> None:
        handle = apply_op(
            "ResourceConditionalAccumulator",
            dtype=dtype,
            shape=unknown_shape() if shape is None else shape,
            shared_name=shared_name or "",
            reduction_type=reduction_type,
            name=name,
        )
        super().__init__(dtype, shape, handle)

    def apply_grad(self, grad: Any, local_step: Any = 0, name: str | None = None) -> Operation:
        """Adds a gradient, unless `local_step` is before the accumulator's step."""
        gradient = convert_to_tensor(grad, self._dtype)
        gradient.get_shape().assert_is_compatible_with(self._shape)
        return apply_op(
            "ResourceAccumulatorApplyGradient",
            self._accumulator_ref,
            _step(local_step),
            gradient,
            name=name,
        )

    def take_grad(self, num_required: Any, name: str | None = None) -> Tensor:
        """The mean or sum, once there are so many gradients; the accumulator is empty then, and
        a step further."""
        taken = apply_op(
            "ResourceAccumulatorTakeGradient",
            self._accumulator_ref,
            num_required,
            dtype=self._dtype,
            name=name,
        )
        taken.set_shape(self._shape)
        return taken


@export("sparse.SparseConditionalAccumulator", "SparseConditionalAccumulator")
class SparseConditionalAccumulator(ConditionalAccumulatorBase):
    """Adds up gradients that are rows; each row has its own mean. Stands for
    `tf.SparseConditionalAccumulator`; arguments as `tf.ConditionalAccumulator`'s.
    """

    _prefix = ""

    def __init__(
        self,
        dtype: Any,
        shape: Any = None,
        shared_name: str | None = None,
        name: str = "sparse_conditional_accumulator",
        reduction_type: str = "MEAN",
    ) -> None:
        handle = apply_op(
            "SparseConditionalAccumulator",
            dtype=dtype,
            shape=unknown_shape() if shape is None else shape,
            shared_name=shared_name or "",
            reduction_type=reduction_type,
            name=name,
        )
        super().__init__(dtype, shape, handle)

    def apply_indexed_slices_grad(
        self, grad: Any, local_step: Any = 0, name: str | None = None
    ) -> Operation:
        """Adds IndexedSlices."""
        parts = (grad.indices, grad.values, grad.dense_shape)
        return self.apply_grad(*parts, local_step=local_step, name=name)

    def apply_grad(
        self,
        grad_indices: Any,
        grad_values: Any,
        grad_shape: Any = None,
        local_step: Any = 0,
        name: str | None = None,
    ) -> Operation:
        """Adds rows, unless `local_step` is before the accumulator's step.

        Args:
          grad_indices: the numbers of the rows, rising.
          grad_values: the rows.
          grad_shape: the shape of the whole, where it is known.
        """
        step = _step(local_step)
        indices = math_ops.cast(grad_indices, dtypes.int64)
        shape = math_ops.cast([] if grad_shape is None else grad_shape, dtypes.int64)
        return apply_op(
            "SparseAccumulatorApplyGradient",
            self._accumulator_ref,
            step,
            indices,
            grad_values,
            shape,
            has_known_shape=grad_shape is not None,
            name=name,
        )

    def take_grad(self, num_required: Any, name: str | None = None) -> Any:
        """Indices, values and shape of the mean or sum, once there are so many gradients."""
        return apply_op(
            "SparseAccumulatorTakeGradient",
            self._accumulator_ref,
            num_required,
            dtype=self._dtype,
            name=name,
        )

    def take_indexed_slices_grad(self, num_required: Any, name: str | None = None) -> IndexedSlices:
        """As `take_grad`, as IndexedSlices."""
        indices, values, shape = self.take_grad(num_required, name)
        return IndexedSlices(indices=indices, values=values, dense_shape=shape)
