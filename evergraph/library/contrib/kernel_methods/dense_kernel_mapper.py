"""Maps from inputs to features."""

import abc
from typing import Any


class InvalidShapeError(Exception):
    """A tensor has not the shape that is expected."""


class DenseKernelMapper(abc.ABC):
    """A map from dense inputs to dense features."""

    @abc.abstractmethod
    def map(self, input_tensor: Any) -> Any:
        """The features of a tensor."""
        raise NotImplementedError(f"map is not implemented for {self}.")

    @property
    @abc.abstractmethod
    def name(self) -> Any:
        """The name of the map."""

    @property
    @abc.abstractmethod
    def output_dim(self) -> Any:
        """The number of features."""
