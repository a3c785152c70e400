"""Pools of threads for datasets, where runs have threads of their own."""

import itertools
from typing import Any

from evergraph.api.resource_deleter import EagerResourceDeleter
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import executing_eagerly
from evergraph.library.data.dataset_base import UnaryUnchangedStructureDataset
from evergraph.library.eager.context import context

_numbers = itertools.count()


class PrivateThreadPool:
    """A pool of threads.

    Args:
      num_threads: how many.
      display_name: its name.
      max_intra_op_parallelism: how many threads an op may use.
    """

    def __init__(
        self, num_threads: int, display_name: str | None = None, max_intra_op_parallelism: int = 1
    ) -> None:
        eagerly = executing_eagerly()
        self._resource = apply_op(
            "ThreadPoolHandle",
            num_threads=num_threads,
            max_intra_op_parallelism=max_intra_op_parallelism,
            display_name=display_name,
            shared_name=f"privatethreadpool{next(_numbers)}" if eagerly else "",
        )
        if eagerly:
            self._resource_deleter = EagerResourceDeleter(
                self._resource, handle_device=context().device_name
            )


class _ThreadPoolDataset(UnaryUnchangedStructureDataset):
    """The elements of a dataset, made by a pool of threads."""

    def __init__(self, input_dataset: Any, thread_pool: PrivateThreadPool) -> None:
        self._thread_pool = thread_pool
        super().__init__(
            input_dataset,
            apply_op(
                "ThreadPoolDataset",
                input_dataset._variant_tensor,
                thread_pool._resource,
                **input_dataset._flat_structure,
            ),
        )


def override_threadpool(dataset: Any, thread_pool: PrivateThreadPool) -> Any:
    """The elements of a dataset, made by a pool of threads."""
    return _ThreadPoolDataset(dataset, thread_pool)
