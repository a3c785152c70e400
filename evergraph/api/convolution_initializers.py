"""Initializers whose convolution keeps the norm of its input: tf.contrib.framework.convolutional_*.

A kernel is built from the outside in: small kernels, made of random orthogonal projections, are
convolved with one another until they are large enough.
"""

import itertools
from typing import Any

from evergraph.api import array_ops, linalg_ops_impl, math_ops, random_ops
from evergraph.api.init_ops import Initializer, floating, orthogonal_matrix
from evergraph.base import dtypes
from evergraph.base.export import export_constant
from evergraph.graph.tensor import Tensor

# The matrices of a kernel, by their place.
Kernel = dict[tuple[int, ...], Tensor]


class _Convolutional(Initializer):
    def __init__(
        self, gain: float = 1.0, seed: int | None = None, dtype: Any = dtypes.float32
    ) -> None:
        self.gain = gain
        self.dtype = floating(dtype)
        self.seed = seed

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, "seed": self.seed, "dtype": self.dtype.name}


class ConvolutionDeltaOrthogonal(_Convolutional):
    """A kernel that is an orthogonal matrix at its middle and zero elsewhere.

    Args:
        gain: what the kernel is multiplied by.
        seed: the op's seed; see `tf.set_random_seed`.
        dtype: a floating type.

    Raises:
        ValueError: when called with a shape that has not 3 to 5 dimensions, or more inputs than
            outputs.
    """

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        dtype = self.dtype if dtype is None else dtype
        if len(shape) < 3 or len(shape) > 5:
            raise ValueError(
                "The tensor to initialize must be at least three-dimensional and at most "
                "five-dimensional"
            )
        if shape[-2] > shape[-1]:
            raise ValueError("In_filters cannot be greater than out_filters.")
        size = [shape[-1], shape[-1]]
        q = orthogonal_matrix(random_ops.random_normal(size, dtype=dtype, seed=self.seed))
        q = q[: shape[-2], :]
        q *= math_ops.cast(self.gain, dtype=dtype)
        middle = [[(size - 1) // 2 for size in shape[:-2]]]
        return array_ops.scatter_nd(middle, array_ops.expand_dims(q, 0), shape)


class ConvolutionOrthogonal(_Convolutional):
    """What the orthogonal kernels of one, two and three dimensions have in common.

    Args:
        gain: what the kernel is multiplied by.
        seed: the first op's seed; the next ops take the next numbers.
        dtype: a floating type.

    Raises:
        ValueError: when called with a shape of another rank, of unequal kernel sizes, or with
            more inputs than outputs.
    """

    _rank = 0
    _rank_name = ""

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        dtype = self.dtype if dtype is None else dtype
        if len(shape) != self._rank + 2:
            raise ValueError(f"The tensor to initialize must be {self._rank_name}-dimensional")
        if shape[-2] > shape[-1]:
            raise ValueError("In_filters cannot be greater than out_filters.")
        if any(size != shape[0] for size in shape[: self._rank]):
            raise ValueError("Kernel sizes must be equal.")
        kernel = self._orthogonal_kernel(shape[0], shape[-2], shape[-1])
        kernel *= math_ops.cast(self.gain, dtype=dtype)
        return kernel

    def _orthogonal_matrix(self, n: int) -> Tensor:
        normal = random_ops.random_normal([n, n], dtype=self.dtype, seed=self.seed)
        self._next_seed()
        return orthogonal_matrix(normal)

    def _symmetric_projection(self, n: int) -> Tensor:
        """A projection on a random subspace."""
        q = self._orthogonal_matrix(n)
        chosen = random_ops.random_normal([n], seed=self.seed) > 0
        mask = math_ops.cast(chosen, self.dtype)
        self._next_seed()
        columns = math_ops.multiply(q, mask)
        return math_ops.matmul(columns, array_ops.matrix_transpose(columns))

    def _next_seed(self) -> None:
        if self.seed:
            self.seed += 1

    def _places(self, size: int) -> Any:
        return itertools.product(range(size), repeat=self._rank)

    def _small_kernel(self, projections: list[Tensor], eye: Tensor) -> Kernel:
        """The kernel of size 2 made of one projection an axis."""
        raise NotImplementedError

    def _random_small_kernel(self, n: int) -> Kernel:
        projections = [self._symmetric_projection(n) for _ in range(self._rank)]
        return self._small_kernel(projections, linalg_ops_impl.eye(n, dtype=self.dtype))

    def _convolve(self, a: Kernel, b: Kernel, sizes: tuple[int, int], n: int) -> Kernel:
        k, m = sizes
        result: Kernel = {}
        for place in self._places(k + m - 1):
            result[place] = array_ops.zeros([n, n], self.dtype)
            for offset in itertools.product(*(range(min(k, i + 1)) for i in place)):
                rest = tuple(i - j for i, j in zip(place, offset, strict=True))
                if all(i < m for i in rest):
                    result[place] += math_ops.matmul(a[offset], b[rest])
        return result

    def _orthogonal_kernel(self, size: int, inputs: int, outputs: int) -> Tensor:
        orthogonal = self._orthogonal_matrix(outputs)[0:inputs, :]
        if size == 1:
            for _ in range(self._rank):
                orthogonal = array_ops.expand_dims(orthogonal, 0)
            return orthogonal
        kernel = self._random_small_kernel(outputs)
        for grown in range(2, size):
            small = self._random_small_kernel(outputs)
            kernel = self._convolve(kernel, small, (grown, 2), outputs)
        for place in self._places(size):
            kernel[place] = math_ops.matmul(orthogonal, kernel[place])
        return self._stacked(kernel, size, ())

    def _stacked(self, kernel: Kernel, size: int, place: tuple[int, ...]) -> Tensor:
        if len(place) == self._rank:
            return kernel[place]
        return array_ops.stack([self._stacked(kernel, size, (*place, i)) for i in range(size)])


class ConvolutionOrthogonal1D(ConvolutionOrthogonal):
    """An orthogonal kernel [size, inputs, outputs]."""

    _rank = 1
    _rank_name = "three"

    def _small_kernel(self, projections: list[Tensor], eye: Tensor) -> Kernel:
        (p,) = projections
        return {(0,): p, (1,): eye - p}


class ConvolutionOrthogonal2D(ConvolutionOrthogonal):
    """An orthogonal kernel [size, size, inputs, outputs]."""

    _rank = 2
    _rank_name = "four"

    def _small_kernel(self, projections: list[Tensor], eye: Tensor) -> Kernel:
        p, q = projections
        return {
            (0, 0): math_ops.matmul(p, q),
            (0, 1): math_ops.matmul(p, eye - q),
            (1, 0): math_ops.matmul(eye - p, q),
            (1, 1): math_ops.matmul(eye - p, eye - q),
        }


class ConvolutionOrthogonal3D(ConvolutionOrthogonal):
    """An orthogonal kernel [size, size, size, inputs, outputs]."""

    _rank = 3
    _rank_name = "five"

    def _small_kernel(self, projections: list[Tensor], eye: Tensor) -> Kernel:
        def choose(i: int, p: Tensor) -> Tensor:
            return i * p + (1 - i) * (eye - p)

        kernel: Kernel = {}
        for place in self._places(2):
            p, q, r = (choose(i, p) for i, p in zip(place, projections, strict=True))
            kernel[place] = math_ops.matmul(math_ops.matmul(p, q), r)
        return kernel


convolutional_delta_orthogonal = ConvolutionDeltaOrthogonal
convolutional_orthogonal_1d = ConvolutionOrthogonal1D
convolutional_orthogonal_2d = ConvolutionOrthogonal2D
convolutional_orthogonal_3d = ConvolutionOrthogonal3D
for _name in (
    "convolutional_delta_orthogonal",
    "convolutional_orthogonal_1d",
    "convolutional_orthogonal_2d",
    "convolutional_orthogonal_3d",
):
    export_constant(__name__, _name, f"contrib.framework.{_name}")
