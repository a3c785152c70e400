"""Iterators in checkpoints."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.data.iterator_ops import _IteratorSaveable


@export("data.experimental.make_saveable_from_iterator", "contrib.data.make_saveable_from_iterator")
def make_saveable_from_iterator(iterator: Any) -> Any:
    """An object for `tf.train.Saver` that saves where an iterator is. Stands for
    `tf.data.experimental.make_saveable_from_iterator`.

    Add it to the collection SAVEABLE_OBJECTS, or give it to a Saver. What is saved can be
    restored in a graph with the same pipeline, after the iterator was begun.
    """
    return _Saveable(iterator._iterator_resource)


class _Saveable(_IteratorSaveable):
    """The state of an iterator under the iterator's name."""

    def __init__(self, iterator_resource: Any) -> None:
        super().__init__(iterator_resource, iterator_resource.name, "-state")
