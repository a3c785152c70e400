"""Datasets kept after the first time, in memory or in a file: CacheDataset, CacheDatasetV2."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from evergraph.base.errors import AlreadyExistsError
from evergraph.base.platform.filesystem import filesystem_of
from evergraph.formats.bundle_writer import write_bundle
from evergraph.formats.tensor_bundle import BundleReader, data_path, index_path
from evergraph.graph.registry import op
from evergraph.kernels.data.caching import Memory, MemoryCache
from evergraph.kernels.data.pipeline import Dataset, Element, Scope, State, steps
from evergraph.ops import shape_rules
from evergraph.ops.dataset_arguments import TYPED, dataset_of, makes_dataset, text_of

cache_op = op("CacheDataset(input_dataset: variant, filename: string) -> handle: variant", TYPED)
makes_dataset(cache_op, scalars=1)
memory_op = op("AnonymousMemoryCache() -> handle: resource, deleter: variant", stateful=True)
delete_memory_op = op("DeleteMemoryCache(handle: resource, deleter: variant)", stateful=True)
cache_v2_op = op(
    "CacheDatasetV2(input_dataset: variant, filename: string, cache: resource) -> handle: variant",
    TYPED,
    stateful=True,
)
makes_dataset(cache_v2_op)
memory_op.shape(lambda node: [(), ()])
memory_op.not_differentiable()
delete_memory_op.shape(shape_rules.no_outputs)


class FileCache(Dataset):
    """The elements of the input, which are also written to a file the first time.

    The file is a tensor bundle; its tensors are named after element and component.
    """

    kind = "Cache"

    def __init__(self, source: Dataset, path: str, types: Any, dims: Any) -> None:
        super().__init__((source,), types, dims)
        self.path = path
        width = 10, len(str(max(len(types) - 1, 0)))
        self._name = "%{}d_%{}d".format(*width)

    def iterate(self, scope: Scope) -> Iterator[Element]:
        if filesystem_of(self.path).exists(index_path(self.path)):
            return self._read()
        return self._write(self.of_input(scope.inside(self)), scope.state)

    def _read(self) -> Iterator[Element]:
        reader = BundleReader(self.path)
        names = set(reader.names())
        place = 0

        def step() -> Element:
            nonlocal place
            if self._name % (place, 0) not in names:
                raise StopIteration
            place += 1
            return tuple(
                _value(reader.read(self._name % (place - 1, i))) for i in range(len(self.types))
            )

        return steps(step)

    def _write(self, source: Iterator[Element], state: State) -> Iterator[Element]:
        found: list[Element] = []
        lock = f"{self.path}_0.lockfile"
        files = filesystem_of(self.path)
        begun = ended = False

        def release() -> None:
            """Who did not come to the end leaves nothing."""
            files.remove(lock)

        def step() -> Element:
            nonlocal begun, ended
            if ended:
                raise StopIteration
            if not begun:
                self._check_free(files, lock)
                begun = True
                state.on_close(release)
            try:
                element = next(source)
            except StopIteration:
                ended = True
                self._save(found)
                state.forget(release)
                release()
                raise
            found.append(element)
            return element

        return steps(step)

    def _check_free(self, files: Any, lock: str) -> None:
        """Takes the lock.

        Raises:
          AlreadyExistsError: the cache is there, or is being written.
        """
        index, data = index_path(self.path), data_path(self.path, 0, 1)
        if files.exists(index):
            raise AlreadyExistsError(
                None,
                None,
                f"Existing cache files found: \n{index}\n{data}\nTo continue delete the above "
                "files.",
            )
        if files.exists(lock):
            raise AlreadyExistsError(
                None,
                None,
                "There appears to be a concurrent caching iterator running - cache lockfile "
                f"already exists ('{lock}'). If you are sure no other running TF computations are "
                "using this cache prefix, delete the lockfile and re-initialize the iterator.",
            )
        with files.open(lock, "wb") as file:
            file.write(b"caching")

    def _save(self, elements: list[Element]) -> None:
        write_bundle(
            self.path,
            (
                (self._name % (i, j), "", np.asarray(value), dtype)
                for i, element in enumerate(elements)
                for j, (value, dtype) in enumerate(zip(element, self.types, strict=True))
            ),
        )


def _value(array: Any) -> Any:
    return array[()] if array.ndim == 0 and array.dtype != object else array


@cache_op.numpy
def cache_kernel(source: Any, filename: Any, *, output_types: Any, output_shapes: Any) -> Dataset:
    path = text_of(filename)
    if not path:
        return MemoryCache(dataset_of(source), output_types, output_shapes)
    return FileCache(dataset_of(source), path, output_types, output_shapes)


@memory_op.numpy
def memory() -> Any:
    cache = Memory()
    return cache, cache  # Python deletes it when nobody holds it


@delete_memory_op.numpy
def delete_memory(cache: Memory, deleter: Any) -> None:
    cache.elements = None


@cache_v2_op.numpy
def cache_v2_kernel(
    source: Any, filename: Any, cache: Any, *, output_types: Any, output_shapes: Any
) -> Dataset:
    path = text_of(filename)
    if path:
        return FileCache(dataset_of(source), path, output_types, output_shapes)
    return MemoryCache(dataset_of(source), output_types, output_shapes, cache)
