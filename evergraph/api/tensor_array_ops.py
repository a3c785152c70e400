"""TensorArrays: `tf.TensorArray`, a list of tensors inside a run."""

import contextlib
import traceback
from collections.abc import Iterator
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.control_flow_util import EnableControlFlowV2
from evergraph.base import dtypes
from evergraph.base.dtypes import DType, as_dtype
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape, as_shape
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import (
    colocate_with,
    control_dependencies,
    device,
    executing_eagerly,
    name_scope,
)
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor


@export("TensorArray")
class TensorArray:
    """A list of tensors that loops write and read, with gradients. Stands for `tf.TensorArray`.

    Every write gives a new object whose `flow` comes after the write; the old one is not to be
    used any more. The elements live as long as a run.

    Args:
      dtype: the type of the elements.
      size: how many there are (int32, scalar); needed where no `handle` is given.
      dynamic_size: whether a write may make it longer; default: no.
      clear_after_read: whether an element is let go when it was read; default: yes.
      tensor_array_name: a name for error messages.
      handle, flow: an existing array, instead of a new one.
      infer_shape: whether all elements have the same shape.
      element_shape: the elements' shape, as far as it is known.
      colocate_with_first_write_call: whether the array is kept where the first value written is.
      name: the name of the node.

    Raises:
      ValueError: arguments for a new array are given with a handle, or neither size nor handle.
      TypeError: the handle is no tensor.
    """

    # Set by the module that has it.
    _of_lists: "type[TensorArray]"

    def __new__(cls, *args: Any, flow: Any = None, **kwargs: Any) -> "TensorArray":
        """Where conds and loops are functional, an array is a value."""
        is_list = getattr(flow, "dtype", None) == dtypes.variant
        if cls is TensorArray and (is_list or EnableControlFlowV2(get_default_graph())):
            return object.__new__(cls._of_lists)
        return object.__new__(cls)

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
        if handle is not None:
            _check_existing(
                handle,
                tensor_array_name,
                size=size,
                element_shape=element_shape,
                dynamic_size=dynamic_size,
                clear_after_read=clear_after_read,
            )
        elif size is None:
            raise ValueError("Size must be provided if handle is not provided")
        if executing_eagerly():
            clear_after_read = False  # an array that was stacked can be read
        self._dynamic_size = dynamic_size or False
        self._dtype = as_dtype(dtype).base_dtype
        self._colocate_with_first_write_call = colocate_with_first_write_call
        # What the array is colocated with, and its elements' shape: shared with all arrays that
        # come of this one.
        self._colocate_with: list[Any] | None = [] if colocate_with_first_write_call else None
        self._element_shape = [as_shape(element_shape)]
        self._infer_shape = infer_shape
        with name_scope(name, "TensorArray", [handle, size, flow]) as scope:
            if handle is not None:
                if flow is None:
                    raise ValueError("flow must not be None if handle is not None.")
                self._handle, self._flow = handle, flow
                return
            with contextlib.ExitStack() as nowhere:
                if colocate_with_first_write_call:
                    nowhere.enter_context(device(None))
                    nowhere.enter_context(colocate_with(None, ignore_existing=True))
                self._handle, self._flow = apply_op(
                    "TensorArrayV3",
                    size,
                    dtype=self._dtype,
                    element_shape=element_shape,
                    identical_element_shapes=infer_shape,
                    dynamic_size=self._dynamic_size,
                    clear_after_read=clear_after_read is None or clear_after_read,
                    tensor_array_name=tensor_array_name or "",
                    name=scope,
                )

    @property
    def flow(self) -> Tensor:
        """A float32 scalar that comes after all writes so far."""
        return self._flow

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        return self._dtype

    @property
    def handle(self) -> Tensor:
        """The tensor that stands for the array itself."""
        return self._handle

    @property
    def element_shape(self) -> TensorShape:
        """What is known of the elements' shape."""
        return self._element_shape[0]

    @property
    def dynamic_size(self) -> bool:
        """Whether a write may make the array longer."""
        return self._dynamic_size

    @property
    def _implementation(self) -> "TensorArray":
        """TensorFlow's own code keeps the parts behind this name."""
        return self

    def with_flow(self, flow: Tensor) -> "TensorArray":
        """The same array, after whatever `flow` comes after."""
        if EnableControlFlowV2(get_default_graph()):
            raise NotImplementedError(
                "Attempting to build a graph-mode TF2-style TensorArray from either an eager-mode "
                "TensorArray or a TF1-style TensorArray.  This is not currently supported.  You "
                "may be attempting to capture a TensorArray inside a tf.function or tf.data map "
                "function. Instead, construct a new TensorArray inside the function."
            )
        new = TensorArray(
            self._dtype,
            handle=self._handle,
            flow=flow,
            infer_shape=self._infer_shape,
            colocate_with_first_write_call=self._colocate_with_first_write_call,
        )
        new._dynamic_size = self._dynamic_size
        new._colocate_with = self._colocate_with
        new._element_shape = self._element_shape
        return new

    def identity(self) -> "TensorArray":
        """The same array, after the control dependencies of the context."""
        return self.with_flow(array_ops.identity(self._flow))

    def grad(self, source: str, flow: Any = None, name: str | None = None) -> "TensorArray":
        """The array that takes the gradients of this one's elements.

        Args:
          source: a name for the call of `tf.gradients` that asks.
          flow: what the size is known after; default: this array's flow.
        """
        flow = self._flow if flow is None else flow
        with name_scope(name, "TensorArrayGrad", [self._handle]), colocate_with(self._handle):
            handle, _ = apply_op("TensorArrayGradV3", self._handle, flow, source=source, name=name)
            with control_dependencies([handle]):
                flow = array_ops.identity(flow, name="gradient_flow")
            found = TensorArray(
                self._dtype,
                handle=handle,
                flow=flow,
                infer_shape=self._infer_shape,
                colocate_with_first_write_call=False,
            )
            found._element_shape = self._element_shape
            return found

    def read(self, index: Any, name: str | None = None) -> Tensor:
        """The element at `index` (int32, scalar)."""
        value = apply_op(
            "TensorArrayReadV3", self._handle, index, self._flow, dtype=self._dtype, name=name
        )
        value.set_shape(self.element_shape)
        return value

    def write(self, index: Any, value: Any, name: str | None = None) -> "TensorArray":
        """The array with `value` at `index`.

        Raises:
          ValueError: the shape does not fit that of the elements.
        """
        with name_scope(name, "TensorArrayWrite", [self._handle, index, value]):
            value = convert_to_tensor(value, preferred_dtype=self._dtype, name="value")
            self._check_dtype(value)
            self._fit(value.shape)
            with self._beside(value):
                flow = apply_op(
                    "TensorArrayWriteV3", self._handle, index, value, self._flow, name=name
                )
            return self.with_flow(flow)

    def stack(self, name: str | None = None) -> Tensor:
        """All elements as one tensor, along a new first axis."""
        with colocate_with(self._handle), name_scope(name, "TensorArrayStack", [self._handle]):
            return self.gather(math_ops.range(0, self.size()), name=name)

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        """The elements at `indices` (int32, vector), along a new first axis."""
        shape = self.element_shape
        value = apply_op(
            "TensorArrayGatherV3",
            self._handle,
            indices,
            self._flow,
            dtype=self._dtype,
            element_shape=shape,
            name=name,
        )
        if shape.dims is not None:
            value.set_shape([None, *shape.dims])
        return value

    def concat(self, name: str | None = None) -> Tensor:
        """All elements joined along their first axis."""
        shape = self.element_shape
        value, _ = apply_op(
            "TensorArrayConcatV3",
            self._handle,
            self._flow,
            dtype=self._dtype,
            element_shape_except0=shape[1:],
            name=name,
        )
        if shape.dims is not None:
            value.set_shape([None, *shape.dims[1:]])
        return value

    def unstack(self, value: Any, name: str | None = None) -> "TensorArray":
        """The array with the rows of `value` as its elements."""
        with name_scope(name, "TensorArrayUnstack", [self._handle, value]):
            count = array_ops.shape(value)[0]
            return self.scatter(math_ops.range(0, count), value, name=name)

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> "TensorArray":
        """The array with the rows of `value` at `indices` (int32, vector)."""
        with name_scope(name, "TensorArrayScatter", [self._handle, value, indices]):
            value = convert_to_tensor(value, preferred_dtype=self._dtype, name="value")
            self._check_dtype(value)
            self._fit(value.shape[1:])
            with self._beside(value):
                flow = apply_op(
                    "TensorArrayScatterV3", self._handle, indices, value, self._flow, name=name
                )
            return self.with_flow(flow)

    def split(self, value: Any, lengths: Any, name: str | None = None) -> "TensorArray":
        """The array with pieces of `value`, of these lengths along its first axis."""
        with name_scope(name, "TensorArraySplit", [self._handle, value, lengths]):
            value = convert_to_tensor(value, dtype=self._dtype, name="value")
            with self._beside(value):
                lengths = math_ops.cast(lengths, dtypes.int64)
                self._fit_pieces(value, lengths)
                flow = apply_op(
                    "TensorArraySplitV3", self._handle, value, lengths, self._flow, name=name
                )
            return self.with_flow(flow)

    def size(self, name: str | None = None) -> Tensor:
        """How many elements there are, an int32."""
        return apply_op("TensorArraySizeV3", self._handle, self._flow, name=name)

    def close(self, name: str | None = None) -> Operation:
        """The operation that lets the elements go."""
        return apply_op("TensorArrayCloseV3", self._handle, name=name)

    def _check_dtype(self, value: Tensor) -> None:
        if value.dtype != self._dtype:
            logging.error(
                f"Error: Input value {value} has dtype {value.dtype}, but expected dtype "
                f"{self._dtype}.  This leads to undefined behavior and will be an error in future "
                f"versions of TensorFlow.  Traceback:\n{''.join(traceback.format_stack())}"
            )

    def _fit(self, shape: TensorShape) -> None:
        if not shape.is_compatible_with(self.element_shape):
            raise ValueError(f"Inconsistent shapes: saw {shape} but expected {self.element_shape} ")
        if self._infer_shape:
            self._element_shape[0] = self.element_shape.merge_with(shape)

    def _fit_pieces(self, value: Tensor, lengths: Tensor) -> None:
        """As `_fit`, where `value` is cut into pieces of the same length."""
        known = constant_value(lengths)
        if value.shape.dims is not None and known is not None and known.ndim:
            if known.max() == known.min():
                self._fit(TensorShape([known[0]]).concatenate(value.shape[1:]))

    @contextlib.contextmanager
    def _beside(self, value: Tensor) -> Iterator[None]:
        """Where the first value was written from."""
        if self._colocate_with is None:
            yield
            return
        if not self._colocate_with:
            self._colocate_with.append(value)
        with colocate_with(self._colocate_with[0]):
            yield


def _check_existing(handle: Any, tensor_array_name: Any, **others: Any) -> None:
    """Arguments for a new array do not go with a handle."""
    if tensor_array_name:
        raise ValueError("Cannot construct with both handle and tensor_array_name")
    if not isinstance(handle, Tensor):
        raise TypeError("Handle must be a Tensor")
    for name, value in others.items():
        if value is not None:
            raise ValueError(f"Cannot provide both a handle and {name} at the same time")


def build_ta_with_new_flow(old_ta: TensorArray, flow: Tensor) -> TensorArray:
    """`old_ta` after what `flow` comes after; TensorFlow's name for `with_flow`."""
    return old_ta.with_flow(flow)
