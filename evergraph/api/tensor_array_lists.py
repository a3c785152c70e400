"""TensorArrays that are values: lists of tensors, for functions and functional loops."""

from typing import Any, ClassVar

from evergraph.api import list_ops, math_ops
from evergraph.api.grouping import no_op
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.base import dtypes
from evergraph.base.dtypes import DType, as_dtype
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, as_shape
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.type_spec import (
    TypeSpec,
    register_type_spec_from_value_converter,
    type_spec_from_value,
)
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


class TensorArrayOfList(TensorArray):
    """A TensorArray whose flow is the list of its elements, and which has no handle.

    `tf.TensorArray` makes one where conds and loops are functional, or where such a flow is given.
    """

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Tensor | None = None,
        flow: Tensor | None = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        assert handle is None
        if flow is not None:
            if not isinstance(flow, Tensor) or flow.dtype != dtypes.variant:
                raise TypeError("flow must be a variant tensor")
            if size is not None:
                raise ValueError("Cannot provide both a flow and size at the same time")
            if element_shape is not None:
                raise ValueError("Cannot provide both a flow and element_shape at the same time")
        elif size is None:
            raise ValueError("Size must be provided if flow is not provided")
        self._dynamic_size = dynamic_size  # type: ignore[assignment]
        self._dtype = as_dtype(dtype).base_dtype
        self._element_shape = [as_shape(element_shape)]
        self._infer_shape = infer_shape
        self._handle = None  # type: ignore[assignment]
        self._colocate_with_first_write_call = self._colocate_with = None  # type: ignore[assignment]
        with name_scope(name, "TensorArrayV2", [size, flow]) as scope:
            if flow is None:
                flow = list_ops.tensor_list_reserve(element_shape, size, dtype, name=scope)
            self._flow = flow

    def with_flow(self, flow: Tensor) -> "TensorArray":
        new = TensorArray(self._dtype, flow=flow, infer_shape=self._infer_shape)
        new._dynamic_size = self._dynamic_size
        new._element_shape = self._element_shape
        return new

    def grad(self, source: str, flow: Any = None, name: str | None = None) -> "TensorArray":
        """Not there: the gradient of a list is a list.

        Raises:
          NotImplementedError: always.
        """
        raise NotImplementedError()

    def read(self, index: Any, name: str | None = None) -> Tensor:
        with name_scope(name, "TensorArrayV2Read", [self._flow, index]):
            return list_ops.tensor_list_get_item(
                self._flow, index, self._dtype, self.element_shape, name=name
            )

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        with name_scope(name, "TensorArrayV2Write", [self._flow, index, value]):
            value = self._converted(value)
            self._fit(value.shape)
            flow = list_ops.tensor_list_set_item(
                self._flow, index, value, bool(self._dynamic_size), name=name
            )
            return self.with_flow(flow)

    def _converted(self, value: Any) -> Tensor:
        value = convert_to_tensor(value, preferred_dtype=self._dtype, name="value")
        self._check_dtype(value)
        return value

    def stack(self, name: str | None = None) -> Tensor:
        with name_scope(name, "TensorArrayV2Stack", [self._flow]):
            return list_ops.tensor_list_stack(
                self._flow, self._dtype, element_shape=self.element_shape
            )

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        return list_ops.tensor_list_gather(
            self._flow, indices, self._dtype, self.element_shape, name=name
        )

    def concat(self, name: str | None = None) -> Tensor:
        dims = self.element_shape.dims
        shape = None if dims is None else [None, *dims[1:]]
        return list_ops.tensor_list_concat(self._flow, self._dtype, shape, name=name)

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        with name_scope(name, "TensorArrayUnstack", [self._flow, value]):
            value = self._converted(value)
            self._fit(value.shape[1:])
            return self.with_flow(list_ops.tensor_list_from_tensor(value, value.shape[1:]))

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        with name_scope(name, "TensorArrayScatter", [self._flow, value, indices]):
            value = self._converted(value)
            self._fit(value.shape[1:])
            flow = list_ops.tensor_list_scatter(value, indices, self.element_shape, self._flow)
            return self.with_flow(flow)

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        with name_scope(name, "TensorArraySplit", [self._flow, value, lengths]):
            value = self._converted(value)
            lengths = math_ops.cast(lengths, dtypes.int64)
            self._fit_pieces(value, lengths)
            flow = list_ops.tensor_list_split(value, self.element_shape, lengths, name=name)
            return self.with_flow(flow)

    def size(self, name: str | None = None) -> Tensor:
        return list_ops.tensor_list_length(self._flow, name=name)

    def close(self, name: str | None = None) -> Operation:
        """Nothing: a value needs no end."""
        return no_op(name=name)


TensorArray._of_lists = TensorArrayOfList


@export("TensorArraySpec")
class TensorArraySpec(TypeSpec):
    """What is known of a TensorArray. Stands for `tf.TensorArraySpec`.

    Args:
      element_shape: what is known of the elements' shape.
      dtype: their type.
      dynamic_size: whether a write may make the array longer.
      infer_shape: whether all elements have the same shape.
    """

    __slots__: ClassVar[list[str]] = ["_dtype", "_dynamic_size", "_element_shape", "_infer_shape"]

    value_type = property(lambda self: TensorArray)

    def __init__(
        self,
        element_shape: Any = None,
        dtype: Any = dtypes.float32,
        dynamic_size: bool = False,
        infer_shape: bool = True,
    ) -> None:
        self._element_shape = as_shape(element_shape)
        self._dtype = as_dtype(dtype)
        self._dynamic_size = dynamic_size
        self._infer_shape = infer_shape

    def is_compatible_with(self, other: Any) -> bool:
        """Whether arrays of both specs, or this array, may be the same one; `infer_shape` does not
        count."""
        if not isinstance(other, TypeSpec):
            other = type_spec_from_value(other)
        return (
            isinstance(other, TensorArraySpec)
            and self._dtype.is_compatible_with(other._dtype)
            and self._element_shape.is_compatible_with(other._element_shape)
            and self._dynamic_size == other._dynamic_size
        )

    def most_specific_compatible_type(self, other: Any) -> "TensorArraySpec":
        """What both specs say.

        Raises:
          ValueError: they are not compatible.
        """
        if not self.is_compatible_with(other):
            raise ValueError("Types are not compatible")
        shape = self._element_shape.most_specific_compatible_shape(other._element_shape)
        infer_shape = self._infer_shape and other._infer_shape
        return TensorArraySpec(shape, self._dtype, self._dynamic_size, infer_shape)

    def _serialize(self) -> tuple[TensorShape, DType, bool, bool]:
        return self._element_shape, self._dtype, self._dynamic_size, self._infer_shape

    @property
    def _component_specs(self) -> list[TensorSpec]:
        return [TensorSpec([], dtypes.variant)]

    def _to_components(self, value: Any) -> list[Tensor]:
        if not isinstance(value, TensorArray):
            raise TypeError(f"value must be a TensorArray, but saw: {type(value)}")
        if value.flow is not None and value.flow.dtype == dtypes.variant:
            return [value.flow]
        with name_scope("convert_tensor_array"):
            return [list_ops.tensor_list_from_tensor(value.stack(), value.element_shape)]

    def _from_components(self, tensor_list: Any) -> TensorArray:
        found = TensorArray(
            self._dtype,
            flow=tensor_list[0],
            dynamic_size=self._dynamic_size,
            infer_shape=self._infer_shape,
        )
        found._element_shape = [self._element_shape]
        return found

    @staticmethod
    def from_value(value: Any) -> "TensorArraySpec":
        """The spec of a TensorArray.

        Raises:
          TypeError: it is none.
        """
        if not isinstance(value, TensorArray):
            raise TypeError(f"Expected value to be a TensorArray, but saw: {type(value)}")
        return TensorArraySpec(
            value.element_shape, value.dtype, value.dynamic_size, value._infer_shape
        )

    def _to_legacy_output_shapes(self) -> TensorShape:
        # The two flags stand before the sizes.
        flags = TensorShape([int(self._dynamic_size), int(self._infer_shape)])
        return flags.concatenate(self._element_shape)

    def _to_legacy_output_types(self) -> DType:
        return self._dtype


register_type_spec_from_value_converter(
    TensorArray, TensorArraySpec.from_value, allow_subclass=True
)
