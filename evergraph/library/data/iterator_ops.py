"""Iterators over datasets."""

import warnings
import weakref
from typing import Any

from evergraph.base import dtypes, errors
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, as_shape
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.type_spec import TypeSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import CompositeTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import add_to_collection, colocate_with, device, name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.data import nest, structure
from evergraph.library.data.dataset_base import DatasetV2
from evergraph.library.data.optional_ops import _OptionalImpl
from evergraph.library.train.saver_builder import BaseSaverBuilder
from evergraph.library.train.tracking.base import Trackable

GET_NEXT_CALL_WARNING_THRESHOLD = 32
GET_NEXT_CALL_WARNING_MESSAGE = (
    "An unusually high number of `Iterator.get_next()` calls was detected. This often indicates "
    "that `Iterator.get_next()` is being called inside a training loop, which will cause gradual "
    "slowdown and eventual resource exhaustion. If this is the case, restructure your code to "
    "call `next_element = iterator.get_next()` once outside the loop, and use `next_element` as "
    "the input to some computation that is invoked inside the loop."
)
# The collection of iterators of a graph.
GLOBAL_ITERATORS = "iterators"


def _on_cpu_by_default(kind: str, *args: Any, **kwargs: Any) -> Any:
    """A node on the CPU, where no device was asked for."""
    if get_default_graph()._device_function_stack:
        return apply_op(kind, *args, **kwargs)
    with device("/cpu:0"):
        return apply_op(kind, *args, **kwargs)


def _legacy(element_spec: Any, what: str) -> Any:
    return nest.map_structure(
        lambda spec: getattr(spec, f"_to_legacy_output_{what}")(), element_spec
    )


class _Elements:
    """What iterators tell of their elements."""

    _element_spec: Any
    _iterator_resource: Tensor

    @property
    @deprecated(None, "Use `tf.compat.v1.data.get_output_classes(iterator)`.")
    def output_classes(self) -> Any:
        """The nest of classes of an element."""
        return _legacy(self._element_spec, "classes")

    @property
    @deprecated(None, "Use `tf.compat.v1.data.get_output_shapes(iterator)`.")
    def output_shapes(self) -> Any:
        """The nest of static shapes of an element."""
        return _legacy(self._element_spec, "shapes")

    @property
    @deprecated(None, "Use `tf.compat.v1.data.get_output_types(iterator)`.")
    def output_types(self) -> Any:
        """The nest of types of an element."""
        return _legacy(self._element_spec, "types")

    @property
    def element_spec(self) -> Any:
        """The nest of specs of an element."""
        return self._element_spec

    def _gather_saveables_for_checkpoint(self) -> dict[str, Any]:
        return {"ITERATOR": lambda name: _IteratorSaveable(self._iterator_resource, name)}


@export("data.Iterator")
class Iterator(_Elements, Trackable):
    """Where a session is in a dataset. Stands for `tf.data.Iterator`.

    Args:
      iterator_resource: the tensor that stands for it.
      initializer: the operation that begins it, or None.
      output_types, output_shapes, output_classes: nests that describe an element.
    """

    def __init__(
        self,
        iterator_resource: Tensor,
        initializer: Operation | None,
        output_types: Any,
        output_shapes: Any,
        output_classes: Any,
    ) -> None:
        if output_types is None or output_shapes is None or output_classes is None:
            raise ValueError(
                "If `structure` is not specified, all of `output_types`, `output_shapes`, and "
                "`output_classes` must be specified."
            )
        self._iterator_resource = iterator_resource
        self._initializer = initializer
        self._element_spec = structure.convert_legacy_structure(
            output_types, output_shapes, output_classes
        )
        self._flat_tensor_shapes = structure.get_flat_tensor_shapes(self._element_spec)
        self._flat_tensor_types = structure.get_flat_tensor_types(self._element_spec)
        self._string_handle = apply_op("IteratorToStringHandle", iterator_resource)
        self._get_next_call_count = 0
        add_to_collection(GLOBAL_ITERATORS, iterator_resource)

    @staticmethod
    def from_structure(
        output_types: Any,
        output_shapes: Any = None,
        shared_name: str | None = None,
        output_classes: Any = None,
    ) -> "Iterator":
        """An iterator that may be begun over any dataset with such elements. Stands for
        `tf.data.Iterator.from_structure`.

        Args:
          output_types: nest of types.
          output_shapes: nest of static shapes; default: unknown.
          shared_name: with it, iterators of this name are one in a session.
          output_classes: nest of classes; default: tensors.
        """
        described = _described(output_types, output_shapes, output_classes)
        spec = structure.convert_legacy_structure(*described)
        resource = _on_cpu_by_default(
            "IteratorV2",
            container="",
            shared_name=shared_name or "",
            output_types=structure.get_flat_tensor_types(spec),
            output_shapes=structure.get_flat_tensor_shapes(spec),
        )
        return Iterator(resource, None, *described)

    @staticmethod
    def from_string_handle(
        string_handle: Any,
        output_types: Any,
        output_shapes: Any = None,
        output_classes: Any = None,
    ) -> "Iterator":
        """The iterator that a string tensor names, when the graph runs. Stands for
        `tf.data.Iterator.from_string_handle`.

        Args:
          string_handle: what `Iterator.string_handle` gave for it.
          output_types: nest of types.
          output_shapes: nest of static shapes; default: unknown.
          output_classes: nest of classes; default: tensors.
        """
        described = _described(output_types, output_shapes, output_classes)
        spec = structure.convert_legacy_structure(*described)
        string_handle = convert_to_tensor(string_handle, dtype=dtypes.string)
        resource = _on_cpu_by_default(
            "IteratorFromStringHandleV2",
            string_handle,
            output_types=structure.get_flat_tensor_types(spec),
            output_shapes=structure.get_flat_tensor_shapes(spec),
        )
        return Iterator(resource, None, *described)

    @property
    def initializer(self) -> Operation:
        """The operation that begins the iterator.

        Raises:
          ValueError: there is none; see `make_initializer`.
        """
        if self._initializer is None:
            raise ValueError("Iterator does not have an initializer.")
        return self._initializer

    def make_initializer(self, dataset: Any, name: str | None = None) -> Operation:
        """An operation that begins the iterator over a dataset. Stands for
        `tf.data.Iterator.make_initializer`.

        Raises:
          TypeError: the dataset's elements are of other types, classes or shapes.
          ValueError: they are nested otherwise.
        """
        with name_scope(name, "make_initializer") as name:
            self._check(dataset.element_spec)
        with colocate_with(self._iterator_resource):
            made: Operation = apply_op(
                "MakeIterator", dataset._variant_tensor, self._iterator_resource, name=name
            )
            return made

    def _check(self, element_spec: Any) -> None:
        own = {what: _legacy(self._element_spec, what) for what in ("types", "shapes", "classes")}
        other = {what: _legacy(element_spec, what) for what in own}
        nest.assert_same_structure(own["types"], other["types"])
        nest.assert_same_structure(own["shapes"], other["shapes"])

        def pairs(what: str) -> Any:
            return zip(nest.flatten(own[what]), nest.flatten(other[what]), strict=False)

        if any(a is not b and a != b for a, b in pairs("classes")):
            raise TypeError(
                f"Expected output classes {own['classes']!r} but got dataset with output class "
                f"{other['classes']!r}."
            )
        if any(a != b for a, b in pairs("types")):
            raise TypeError(
                f"Expected output types {own['types']!r} but got dataset with output types "
                f"{other['types']!r}."
            )
        if any(not a.is_compatible_with(b) for a, b in pairs("shapes")):
            raise TypeError(
                f"Expected output shapes compatible with {own['shapes']!r} but got dataset with "
                f"output shapes {other['shapes']!r}."
            )

    def get_next(self, name: str | None = None) -> Any:
        """The next element: each run of its tensors takes another one. Stands for
        `tf.data.Iterator.get_next`.

        A run raises OutOfRangeError at the end.
        """
        self._get_next_call_count += 1
        if self._get_next_call_count > GET_NEXT_CALL_WARNING_THRESHOLD:
            warnings.warn(GET_NEXT_CALL_WARNING_MESSAGE, stacklevel=2)
        tensors = apply_op(
            "IteratorGetNext",
            self._iterator_resource,
            output_types=self._flat_tensor_types,
            output_shapes=self._flat_tensor_shapes,
            name=name,
        )
        return structure.from_tensor_list(self._element_spec, tensors)

    def string_handle(self, name: str | None = None) -> Tensor:
        """A string tensor that names the iterator, for `from_string_handle`. Stands for
        `tf.data.Iterator.string_handle`."""
        if name is None:
            return self._string_handle
        made: Tensor = apply_op("IteratorToStringHandle", self._iterator_resource, name=name)
        return made


def _described(output_types: Any, output_shapes: Any, output_classes: Any) -> tuple[Any, Any, Any]:
    """Nests of types, shapes and classes, with what is left out."""
    output_types = nest.map_structure(dtypes.as_dtype, output_types)
    if output_shapes is None:
        output_shapes = nest.map_structure(lambda _: TensorShape(None), output_types)
    else:
        output_shapes = nest.map_structure_up_to(output_types, as_shape, output_shapes)
    if output_classes is None:
        output_classes = nest.map_structure(lambda _: Tensor, output_types)
    nest.assert_same_structure(output_types, output_shapes)
    return output_types, output_shapes, output_classes


class IteratorV2(_Elements, Trackable, CompositeTensor):
    """An iterator in the body of a function, which begins where it is made.

    Args:
      dataset: what it goes over.
      components, element_spec: instead of it, an iterator's resource and deleter, and the spec of
        elements.
    """

    def __init__(
        self, dataset: Any = None, components: Any = None, element_spec: Any = None
    ) -> None:
        complaint = "Either `dataset` or both `components` and `element_spec` need to be provided."
        if dataset is None:
            if components is None or element_spec is None:
                raise ValueError(complaint)
            self._element_spec = element_spec
            self._iterator_resource, self._deleter = components
        elif components is not None or element_spec is not None:
            raise ValueError(complaint)
        else:
            with device("/cpu:0"):
                self._create_iterator(dataset._apply_options())
        self._flat_output_types = structure.get_flat_tensor_types(self._element_spec)
        self._flat_output_shapes = structure.get_flat_tensor_shapes(self._element_spec)

    def _create_iterator(self, dataset: Any) -> None:
        self._element_spec = dataset.element_spec
        with colocate_with(dataset._variant_tensor):
            self._iterator_resource, self._deleter = apply_op(
                "AnonymousIteratorV2", **dataset._flat_structure
            )
            apply_op("MakeIterator", dataset._variant_tensor, self._iterator_resource)
        if self._iterator_resource.graph.runs_at_once:
            # Files are closed and threads end with the iterator.
            handles = self._iterator_resource, self._deleter
            weakref.finalize(self, _delete, *handles).atexit = False

    def __iter__(self) -> "IteratorV2":
        return self

    def __next__(self) -> Any:
        return self.next()

    def next(self) -> Any:
        """The next element."""
        try:
            return self._next_internal()
        except errors.OutOfRangeError:
            raise StopIteration from None

    def _next_internal(self) -> Any:
        at_once = self._iterator_resource.graph.runs_at_once
        tensors = apply_op(
            "IteratorGetNextSync" if at_once else "IteratorGetNext",
            self._iterator_resource,
            output_types=self._flat_output_types,
            output_shapes=self._flat_output_shapes,
        )
        return structure.from_compatible_tensor_list(self._element_spec, tensors)

    def get_next(self, name: str | None = None) -> Any:
        """The next element; `name` has no effect."""
        return self._next_internal()

    @property
    def _type_spec(self) -> Any:  # type: ignore[override]
        return IteratorSpec(self.element_spec)


def _delete(resource: Tensor, deleter: Tensor) -> None:
    with resource.graph.aside():  # type: ignore[attr-defined]
        apply_op("DeleteIterator", resource, deleter)


DatasetV2._kinds["IteratorV2"] = IteratorV2


class IteratorSpec(TypeSpec):
    """Describes iterators whose elements have the spec `element_spec`."""

    __slots__ = ("_element_spec",)

    def __init__(self, element_spec: Any) -> None:
        self._element_spec = element_spec

    @property
    def value_type(self) -> Any:
        """The class of the iterators."""
        return IteratorV2

    def _serialize(self) -> tuple[Any, ...]:
        return (self._element_spec,)

    @property
    def _component_specs(self) -> Any:
        return TensorSpec([], dtypes.resource), TensorSpec([], dtypes.variant)

    def _to_components(self, value: Any) -> Any:
        return value._iterator_resource, value._deleter

    def _from_components(self, components: Any) -> Any:
        return IteratorV2(components=components, element_spec=self._element_spec)

    @staticmethod
    def from_value(value: Any) -> "IteratorSpec":
        """The spec of an iterator."""
        return IteratorSpec(value.element_spec)


class _IteratorSaveable(BaseSaverBuilder.SaveableObject):
    """The state of an iterator in checkpoints."""

    def __init__(self, iterator_resource: Tensor, name: str, suffix: str = "_STATE") -> None:
        serialized = apply_op("SerializeIterator", iterator_resource)
        specs = [BaseSaverBuilder.SaveSpec(serialized, "", name + suffix)]
        super().__init__(iterator_resource, specs, name)

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Any:
        """The operation that puts the state back."""
        with colocate_with(self.op):
            return apply_op("DeserializeIterator", self.op, restored_tensors[0])


@export("data.experimental.get_next_as_optional", "contrib.data.get_next_as_optional")
def get_next_as_optional(iterator: Any) -> Any:
    """The next element as an Optional, which has no value at the end. Stands for
    `tf.data.experimental.get_next_as_optional`."""
    spec = iterator.element_spec
    variant = apply_op(
        "IteratorGetNextAsOptional",
        iterator._iterator_resource,
        output_types=structure.get_flat_tensor_types(spec),
        output_shapes=structure.get_flat_tensor_shapes(spec),
    )
    return _OptionalImpl(variant, spec)
