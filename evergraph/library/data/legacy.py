"""Types, shapes and classes of elements, as earlier versions spoke of them."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.data import nest


@export("data.experimental.get_structure")
def get_structure(dataset_or_iterator: Any) -> Any:
    """The nest of specs of the elements of a dataset or an iterator. Stands for
    `tf.data.experimental.get_structure`.

    Raises:
      TypeError: it is neither.
    """
    try:
        return dataset_or_iterator.element_spec
    except AttributeError:
        raise TypeError(
            "`dataset_or_iterator` must be a Dataset or Iterator object, but got "
            f"{type(dataset_or_iterator)}."
        ) from None


@export("data.get_output_classes")
def get_legacy_output_classes(dataset_or_iterator: Any) -> Any:
    """The nest of classes of an element. Stands for `tf.data.get_output_classes`."""
    spec = get_structure(dataset_or_iterator)
    return nest.map_structure(lambda s: s._to_legacy_output_classes(), spec)


@export("data.get_output_shapes")
def get_legacy_output_shapes(dataset_or_iterator: Any) -> Any:
    """The nest of static shapes of an element. Stands for `tf.data.get_output_shapes`."""
    spec = get_structure(dataset_or_iterator)
    return nest.map_structure(lambda s: s._to_legacy_output_shapes(), spec)


@export("data.get_output_types")
def get_legacy_output_types(dataset_or_iterator: Any) -> Any:
    """The nest of types of an element. Stands for `tf.data.get_output_types`."""
    spec = get_structure(dataset_or_iterator)
    return nest.map_structure(lambda s: s._to_legacy_output_types(), spec)
