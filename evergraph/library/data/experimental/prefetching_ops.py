"""Elements on other devices: copy_to_device, prefetch_to_device."""

from collections.abc import Callable
from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, device
from evergraph.graph.device import DeviceSpec
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import Tensor
from evergraph.library.data import structure
from evergraph.library.data.dataset_base import UnaryUnchangedStructureDataset
from evergraph.library.data.dataset_options import Options
from evergraph.library.data.iterator_ops import Iterator
from evergraph.library.data.legacy import (
    get_legacy_output_classes,
    get_legacy_output_shapes,
    get_legacy_output_types,
)
from evergraph.library.eager.function import defun, defun_with_attributes
from evergraph.library.functional_ops import remote_call

_HANDLE = TensorSpec([], dtypes.string)


@export("data.experimental.prefetch_to_device")
def prefetch_to_device(device: Any, buffer_size: Any = None) -> Callable[[Any], Any]:
    """For `Dataset.apply`, as the last of all: elements are made ahead and copied to a device.
    Stands for `tf.data.experimental.prefetch_to_device`.

    Args:
      device: the name of the device.
      buffer_size: how many elements are there at most; default: as many as are of use.
    """
    return lambda dataset: dataset.apply(copy_to_device(device)).prefetch(buffer_size)


@export("data.experimental.copy_to_device")
def copy_to_device(target_device: Any, source_device: Any = "/cpu:0") -> Callable[[Any], Any]:
    """For `Dataset.apply`: elements are copied to a device. Stands for
    `tf.data.experimental.copy_to_device`.

    Args:
      target_device: the name of the device.
      source_device: where the elements are made.
    """

    def transform(dataset: Any) -> Any:
        options = Options()
        options.experimental_optimization.apply_default_optimizations = False
        options.experimental_optimization.autotune = False
        return _CopyToDeviceDataset(dataset, target_device, source_device).with_options(options)

    return transform


class _CopyToDeviceDataset(UnaryUnchangedStructureDataset):
    """A generator on one device that takes its elements from an iterator on another."""

    def __init__(self, input_dataset: Any, target_device: Any, source_device: Any) -> None:
        self._input_dataset = input_dataset
        self._target_is_gpu = DeviceSpec.from_string(target_device).device_type == "GPU"
        self._source_device_string = source_device
        self._source_device = convert_to_tensor(source_device)
        begin, take, end = self._begin(), self._take(), self._end()
        graph = get_default_graph()
        for function in (begin, take, end):
            function.add_to_graph(graph)
        with device(target_device):
            variant = apply_op(
                "GeneratorDataset",
                begin.captured_inputs,
                take.captured_inputs,
                end.captured_inputs,
                init_func=begin,
                next_func=take,
                finalize_func=end,
                **input_dataset._flat_structure,
            )
        super().__init__(input_dataset, variant)

    def _remote(self, function: Any, args: list[Tensor], types: list[Any]) -> Any:
        """Calls a function where elements are made."""
        return remote_call(
            args=[*args, *function.captured_inputs],
            Tout=types,
            f=function,
            target=self._source_device,
        )

    def _begin(self) -> Any:
        """The function that makes an iterator, and gives its string handle."""
        source = self._input_dataset
        wrapped = apply_op("WrapDatasetVariant", source._variant_tensor)

        @defun()
        def _init_func() -> Tensor:
            dataset = apply_op("UnwrapDatasetVariant", wrapped)
            resource = apply_op("AnonymousIterator", **source._flat_structure)
            with control_dependencies([apply_op("MakeIterator", dataset, resource)]):
                return apply_op("IteratorToStringHandle", resource)

        begin = _init_func._get_concrete_function_internal()

        @defun()
        def _remote_init_func() -> Any:
            return self._remote(begin, [], [dtypes.string])

        return _remote_init_func._get_concrete_function_internal()

    def _take(self) -> Any:
        """The function that takes an element of an iterator."""

        @defun(input_signature=[_HANDLE])
        def _next_func(string_handle: Tensor) -> Any:
            with device(self._source_device_string):
                iterator = Iterator.from_string_handle(
                    string_handle,
                    get_legacy_output_types(self),
                    get_legacy_output_shapes(self),
                    get_legacy_output_classes(self),
                )
            return structure.to_tensor_list(self.element_spec, iterator.get_next())

        take = _next_func._get_concrete_function_internal()

        @defun_with_attributes(
            input_signature=[_HANDLE], attributes={"experimental_ints_on_device": True}
        )
        def _remote_next_func(string_handle: Tensor) -> Any:
            return self._remote(take, [string_handle], self._input_dataset._flat_types)

        return _remote_next_func._get_concrete_function_internal()

    def _end(self) -> Any:
        """The function that ends an iterator."""

        @defun(input_signature=[_HANDLE])
        def _finalize_func(string_handle: Tensor) -> Tensor:
            resource = apply_op(
                "IteratorFromStringHandleV2", string_handle, **self._input_dataset._flat_structure
            )
            destroyed = apply_op("DestroyResourceOp", resource, ignore_lookup_error=True)
            with control_dependencies([destroyed]):
                return constant(0, dtypes.int64)

        end = _finalize_func._get_concrete_function_internal()

        @defun(input_signature=[_HANDLE])
        def _remote_finalize_func(string_handle: Tensor) -> Any:
            return self._remote(end, [string_handle], [dtypes.int64])

        return _remote_finalize_func._get_concrete_function_internal()

    def make_one_shot_iterator(self) -> Any:
        """As of any dataset. Raises ValueError where the target is a GPU."""
        if self._target_is_gpu:
            raise ValueError(
                "Cannot create a one shot iterator when using "
                "`tf.data.experimental.copy_to_device()` on GPU. Please use "
                "`Dataset.make_initializable_iterator()` instead."
            )
        return super().make_one_shot_iterator()  # type: ignore[misc]
