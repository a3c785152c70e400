"""What gives tensors by the names of items."""

import abc
from collections.abc import Iterable, Mapping
from typing import Any

from evergraph.base.export import export


@export("contrib.slim.data_provider.DataProvider")
class DataProvider(abc.ABC):  # noqa: B024
    """Tensors by name.

    Args:
      items_to_tensors: the tensors.
      num_samples: how many examples there are.
    """

    def __init__(self, items_to_tensors: Mapping[str, Any], num_samples: Any) -> None:
        self._items_to_tensors = items_to_tensors
        self._num_samples = num_samples

    def get(self, items: Any) -> list[Any]:
        """The tensors of a list of names. Raises ValueError for another one."""
        self._validate_items(items)
        return [self._items_to_tensors[item] for item in items]

    def list_items(self) -> Iterable[str]:
        """All names."""
        return self._items_to_tensors.keys()

    def num_samples(self) -> Any:
        """How many examples there are."""
        return self._num_samples

    def _validate_items(self, items: Any) -> None:
        if not isinstance(items, (list, tuple)):
            raise ValueError("items must be a list or tuple")
        valid_items = self.list_items()
        for item in items:
            if item not in valid_items:
                raise ValueError(f"Item [{item}] is invalid. Valid entries include: {valid_items}")
