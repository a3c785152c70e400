"""Iterators over a dataset for several devices, which get elements in turn."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import control_flow_ops
from evergraph.api.resource_deleter import EagerResourceDeleter
from evergraph.base import dtypes, tensor_spec
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import (
    device,
    executing_eagerly,
    executing_eagerly_outside_functions,
)
from evergraph.library.data import dataset_v1, iterator_ops, structure
from evergraph.library.data.dataset_base import DatasetSource
from evergraph.library.data.dataset_options import Options
from evergraph.library.data.dataset_spec import _VariantDataset
from evergraph.library.eager import context
from evergraph.library.eager.function import defun, defun_with_attributes
from evergraph.library.functional_ops import remote_call

_HANDLE = tensor_spec.TensorSpec([], dtypes.string)


class _PerDeviceGenerator(DatasetSource):
    """The elements of one device, which functions take where the dataset is.

    Args:
      shard_num: the number of the device.
      resource: the iterator over the dataset.
      incarnation_id: the number of its beginning.
      source_device: where the dataset is.
      element_spec: the spec of an element.
    """

    def __init__(
        self,
        shard_num: int,
        resource: Any,
        incarnation_id: Any,
        source_device: Any,
        element_spec: Any,
    ) -> None:
        self._whole_spec = element_spec
        handle = apply_op("MultiDeviceIteratorToStringHandle", resource)

        @defun()
        def _init_func() -> Any:
            return handle

        @defun(input_signature=[_HANDLE])
        def _next_func(string_handle: Any) -> Any:
            kinds = {
                "output_types": structure.get_flat_tensor_types(element_spec),
                "output_shapes": structure.get_flat_tensor_shapes(element_spec),
            }
            iterator = apply_op("MultiDeviceIteratorFromStringHandle", string_handle, **kinds)
            return apply_op(
                "MultiDeviceIteratorGetNextFromShard", iterator, shard_num, incarnation_id, **kinds
            )

        @defun(input_signature=[_HANDLE])
        def _finalize_func(unused_string_handle: Any) -> Any:
            return constant(0, dtypes.int64)

        begin = _init_func._get_concrete_function_internal()

        @defun()
        def _remote_init_func() -> Any:
            return _remote(source_device, begin, [], [dtypes.string])

        self._init_func = _remote_init_func._get_concrete_function_internal()
        take = _next_func._get_concrete_function_internal()

        @defun_with_attributes(
            input_signature=[_HANDLE], attributes={"experimental_ints_on_device": True}
        )
        def _remote_next_func(string_handle: Any) -> Any:
            types = structure.get_flat_tensor_types(element_spec)
            return _remote(source_device, take, [string_handle], types)

        self._next_func = _remote_next_func._get_concrete_function_internal()
        self._next_inputs = list(self._next_func.captured_inputs)
        self._incarnation_at = next(
            i for i, captured in enumerate(self._next_inputs) if captured is incarnation_id
        )
        end = _finalize_func._get_concrete_function_internal()

        @defun(input_signature=[_HANDLE])
        def _remote_finalize_func(string_handle: Any) -> Any:
            return _remote(source_device, end, [string_handle], [dtypes.int64])

        self._finalize_func = _remote_finalize_func._get_concrete_function_internal()
        super().__init__(self._generator())

    def _generator(self) -> Any:
        """The dataset's node."""
        return apply_op(
            "GeneratorDataset",
            self._init_func.captured_inputs,
            self._next_inputs,
            self._finalize_func.captured_inputs,
            init_func=self._init_func,
            next_func=self._next_func,
            finalize_func=self._finalize_func,
            **self._flat_structure,
        )

    def of_beginning(self, incarnation_id: Any) -> _VariantDataset:
        """The elements after another beginning."""
        self._next_inputs[self._incarnation_at] = incarnation_id
        return _VariantDataset(self._generator(), self._whole_spec)

    @property
    def element_spec(self) -> Any:
        return self._whole_spec


def _remote(source_device: Any, function: Any, args: list[Any], types: list[Any]) -> Any:
    """Calls a function where the dataset is."""
    return remote_call(
        args=[*args, *function.captured_inputs], Tout=types, f=function, target=source_device
    )


class MultiDeviceIterator:
    """An iterator over a dataset for several devices.

    Args:
      dataset: the dataset.
      devices: the names of the devices.
      max_buffer_size: how many elements may wait for a device; of no consequence.
      prefetch_buffer_size: how many elements each device takes ahead.
      source_device: where the dataset is.
    """

    def __init__(
        self,
        dataset: Any,
        devices: Sequence[str],
        max_buffer_size: int = 1,
        prefetch_buffer_size: int = 1,
        source_device: str = "/cpu:0",
    ) -> None:
        options = Options()
        options.experimental_distribute.num_devices = len(devices)
        self._dataset = dataset.with_options(options)._apply_options()
        self._devices = list(devices)
        self._source_device = source_device
        self._prefetch_buffer_size = prefetch_buffer_size
        self._max_buffer_size = max(max_buffer_size, prefetch_buffer_size)
        where = convert_to_tensor(source_device)
        with device(source_device):
            self._multi_device_iterator_resource = apply_op(
                "MultiDeviceIterator",
                devices=self._devices,
                shared_name=context.shared_name() if executing_eagerly() else "",
                container="",
                **self._dataset._flat_structure,
            )
            if executing_eagerly():
                self._resource_deleter = EagerResourceDeleter(
                    self._multi_device_iterator_resource, handle_device=source_device
                )
            self._incarnation_id = self._begun()
        self._prototypes = []
        for i, name in enumerate(self._devices):
            with device(name):
                self._prototypes.append(
                    _PerDeviceGenerator(
                        i,
                        self._multi_device_iterator_resource,
                        self._incarnation_id,
                        where,
                        self._dataset.element_spec,
                    )
                )
        self._device_iterators = []
        for i, name in enumerate(self._devices):
            with device(name):
                make = (
                    dataset_v1.make_one_shot_iterator
                    if executing_eagerly()
                    else dataset_v1.make_initializable_iterator
                )
                self._device_iterators.append(make(self._device_dataset(i)))
        if not executing_eagerly():
            self._initializer = control_flow_ops.group(
                *[iterator.initializer for iterator in self._device_iterators]
            )

    def _begun(self) -> Any:
        """The number of the beginning, which must be given for each element."""
        return apply_op(
            "MultiDeviceIteratorInit",
            self._dataset._variant_tensor,
            self._multi_device_iterator_resource,
            max_buffer_size=self._max_buffer_size,
        )

    def _device_dataset(self, i: int) -> Any:
        found: Any = self._prototypes[i].of_beginning(self._incarnation_id)
        if self._prefetch_buffer_size > 0:
            found = found.prefetch(self._prefetch_buffer_size)
        options = Options()
        options.experimental_optimization.apply_default_optimizations = False
        options.experimental_optimization.autotune = False
        return found.with_options(options)

    def get_next(self, device: str | None = None) -> Any:
        """The next element of `device`, or the list of those of all."""
        if device is not None:
            return self._device_iterators[self._devices.index(device)].get_next()
        found = []
        for name, iterator in zip(self._devices, self._device_iterators, strict=True):
            with on(name):
                found.append(iterator.get_next())
        return found

    def get_next_as_optional(self) -> list[Any]:
        """The next elements of all devices, as optionals."""
        found = []
        for name, iterator in zip(self._devices, self._device_iterators, strict=True):
            with on(name):
                found.append(iterator_ops.get_next_as_optional(iterator))
        return found

    @property
    def initializer(self) -> Any:
        """The operation that begins the iteration."""
        return control_flow_ops.no_op() if executing_eagerly() else self._initializer

    def _eager_reset(self) -> None:
        """Begins again.

        Raises:
          ValueError: ops are not executed at once.
        """
        if not executing_eagerly_outside_functions():
            raise ValueError("Eager reset is only supported in eager mode.")
        self._incarnation_id = self._begun()
        for i, name in enumerate(self._devices):
            with device(name):
                variant = self._device_dataset(i)._variant_tensor
                apply_op("MakeIterator", variant, self._device_iterators[i]._iterator_resource)

    @property
    def element_spec(self) -> Any:
        """The spec of an element."""
        return self._dataset.element_spec


on = device  # `get_next` has an argument of that name
