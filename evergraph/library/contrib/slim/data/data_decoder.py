"""What turns a record into tensors."""

import abc
from collections.abc import Iterable
from typing import Any

from evergraph.base.export import export


@export("contrib.slim.data_decoder.DataDecoder")
class DataDecoder(abc.ABC):
    """Decodes records into items by name."""

    @abc.abstractmethod
    def decode(self, data: Any, items: Any) -> list[Any]:
        """The tensors of the items in a record, in order."""

    @abc.abstractmethod
    def list_items(self) -> Iterable[str]:
        """The names of all items."""
