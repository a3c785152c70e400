"""Features whose products are nearly those of a Gaussian kernel."""

import math
from typing import Any

import numpy as np

from evergraph.api import math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.library.contrib.kernel_methods import dense_kernel_mapper


@export("contrib.kernel_methods.RandomFourierFeatureMapper")
class RandomFourierFeatureMapper(dense_kernel_mapper.DenseKernelMapper):
    """sqrt(2 / D) cos(x W + b) with random W and b, as in Rahimi and Recht 2007: the products of
    such features are nearly exp(-|x - y|^2 / (2 stddev^2)). Stands for
    `tf.contrib.kernel_methods.RandomFourierFeatureMapper`.

    Args:
      input_dim: the number of inputs.
      output_dim: the number of features, D.
      stddev: the width of the kernel.
      seed: of the random numbers; NumPy's generator is seeded with it at each use of the map.
      name: a name.
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        stddev: float = 1.0,
        seed: int = 1,
        name: str | None = None,
    ) -> None:
        self._input_dim = input_dim
        self._output_dim = output_dim
        self._stddev = stddev
        self._seed = seed
        self._name = name

    @property
    def name(self) -> str:
        """The name of the map; without one, the id of the object."""
        return self._name or str(id(self))

    @property
    def input_dim(self) -> int:
        """The number of inputs."""
        return self._input_dim

    @property
    def output_dim(self) -> int:
        """The number of features."""
        return self._output_dim

    def map(self, input_tensor: Any) -> Any:
        """The features of each row of a matrix.

        Raises:
          InvalidShapeError: it is no matrix, or the number of its columns is not `input_dim`.
        """
        shape = input_tensor.get_shape()
        if len(shape) != 2:
            raise dense_kernel_mapper.InvalidShapeError(
                f"The shape of the tensor should be 2. Got {len(shape)} instead."
            )
        if shape[1] != self._input_dim:
            raise dense_kernel_mapper.InvalidShapeError(
                f"Invalid dimension: expected {self._input_dim} input features, got {shape[1]} "
                "instead."
            )
        np.random.seed(self._seed)
        sizes = [self._input_dim, self._output_dim]
        omega = constant(np.random.normal(scale=1.0 / self._stddev, size=sizes), dtypes.float32)
        bias = constant(np.random.uniform(high=2 * np.pi, size=sizes[1:]), dtypes.float32)
        angles = math_ops.add(math_ops.matmul(input_tensor, omega), bias)
        return math.sqrt(2.0 / self._output_dim) * math_ops.cos(angles)
