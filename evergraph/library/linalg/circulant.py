"""Matrices whose rows are shifts of one another: `tf.linalg.LinearOperatorCirculant` (and 2D, 3D),
`LinearOperatorToeplitz`. Fourier transforms multiply with them."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, fft_ops, linalg_impl, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions.util import rotate_transpose
from evergraph.library.linalg import linear_operator_util as util
from evergraph.library.linalg.hints import commuting_product_hints, hints_of
from evergraph.library.linalg.linear_operator import LinearOperator
from evergraph.library.linalg.linear_operator_algebra import (
    RegisterAdjoint,
    RegisterInverse,
    RegisterMatmul,
    RegisterSolve,
)

_FFT = {1: fft_ops.fft, 2: fft_ops.fft2d, 3: fft_ops.fft3d}
_IFFT = {1: fft_ops.ifft, 2: fft_ops.ifft2d, 3: fft_ops.ifft3d}


def _complex_of(dtype: Any) -> Any:
    if dtype.is_complex:
        return dtype
    return dtypes.complex128 if dtype == dtypes.float64 else dtypes.complex64


def _to_complex(x: Any) -> Tensor:
    return x if x.dtype.is_complex else math_ops.cast(x, _complex_of(x.dtype))


class _BaseLinearOperatorCirculant(LinearOperator):
    """Circulant matrices, or such of blocks that are circulant, nested `block_depth` deep."""

    def __init__(
        self,
        spectrum: Any,
        block_depth: int,
        input_output_dtype: Any = dtypes.complex64,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str = "LinearOperatorCirculant",
    ) -> None:
        self._name = name
        if block_depth not in _FFT:
            raise ValueError(f"Expected block_depth to be in {list(_FFT)}.  Found: {block_depth}.")
        self._block_depth = block_depth
        with name_scope(name, values=[spectrum]):
            self._spectrum = self._check_spectrum_and_return_tensor(spectrum)
            if not self.spectrum.dtype.is_complex:
                if is_self_adjoint is False:
                    raise ValueError(
                        "A real spectrum always corresponds to a self-adjoint operator."
                    )
                is_self_adjoint = True
            if is_square is False:
                raise ValueError("A [[nested] block] circulant operator is always square.")
            self._block_shape_tensor = array_ops.shape(self.spectrum)[-block_depth:]
            self._spectrum_complex = _to_complex(self.spectrum)
            self._abs_spectrum = math_ops.abs(self.spectrum)
            self._conj_spectrum = math_ops.conj(self._spectrum_complex)
            super().__init__(
                dtype=dtypes.as_dtype(input_output_dtype),
                graph_parents=[self.spectrum],
                is_non_singular=is_non_singular,
                is_self_adjoint=is_self_adjoint,
                is_positive_definite=is_positive_definite,
                is_square=True,
                name=name,
            )

    def _check_spectrum_and_return_tensor(self, spectrum: Any) -> Tensor:
        spectrum = convert_to_tensor(spectrum, name="spectrum")
        if spectrum.shape.ndims is not None and spectrum.shape.ndims < self.block_depth:
            raise ValueError(
                f"Argument spectrum must have at least {self.block_depth} dimensions.  Found: "
                f"{spectrum}"
            )
        return spectrum

    @property
    def block_depth(self) -> int:
        """How deep blocks are nested: 1 without blocks."""
        return self._block_depth

    def block_shape_tensor(self) -> Tensor:
        """The last `block_depth` numbers of the spectrum's shape, as a vector."""
        return self._block_shape_tensor

    @property
    def block_shape(self) -> TensorShape:
        """What is known of the last `block_depth` numbers of the spectrum's shape."""
        return self.spectrum.shape[-self.block_depth :]

    @property
    def spectrum(self) -> Tensor:
        """The Fourier transform of the first column."""
        return self._spectrum

    def convolution_kernel(self, name: str = "convolution_kernel") -> Tensor:
        """The first column, in blocks: what vectors are convolved with."""
        with self._name_scope(name):
            return math_ops.cast(self._ifft(self._spectrum_complex), self.dtype)

    def _fft(self, x: Any) -> Any:
        return _FFT[self.block_depth](_to_complex(x))

    def _ifft(self, x: Any) -> Any:
        return _IFFT[self.block_depth](_to_complex(x))

    # Shapes.

    def _shape(self) -> TensorShape:
        size = self.block_shape.num_elements()
        batch_shape = self._spectrum.shape[: -self.block_depth]
        return batch_shape.concatenate(TensorShape([size, size]))

    def _shape_tensor(self) -> Any:
        shape = array_ops.shape(self._spectrum)
        batch_shape = shape[: -self.block_depth]
        size = math_ops.reduce_prod(shape[-self.block_depth :])
        return array_ops.concat((batch_shape, [size, size]), 0)

    def _vectorize_then_blockify(self, matrix: Any) -> Any:
        """Columns in the front, and their numbers in blocks."""
        columns = rotate_transpose(matrix, shift=1)
        if columns.shape.is_fully_defined() and self.block_shape.is_fully_defined():
            shape: Any = columns.shape[:-1].concatenate(self.block_shape)
        else:
            outer = array_ops.shape(columns)[:-1]
            shape = array_ops.concat((outer, self.block_shape_tensor()), 0)
        return array_ops.reshape(columns, shape)

    def _unblockify_then_matricize(self, columns: Any) -> Any:
        """The inverse of `_vectorize_then_blockify`."""
        depth = self.block_depth
        if columns.shape.is_fully_defined():
            dims = columns.shape.as_list()
            shape: Any = [*dims[:-depth], np.prod(dims[-depth:])]
        else:
            shape = array_ops.shape(columns)
            outer, blocks = shape[:-depth], shape[-depth:]
            shape = array_ops.concat((outer, [math_ops.reduce_prod(blocks)]), 0)
        return rotate_transpose(array_ops.reshape(columns, shape), shift=-1)

    def _broadcast_batch_dims(self, x: Any, spectrum: Any) -> tuple[Any, Any]:
        shape = array_ops.concat((self.batch_shape_tensor(), [-1, 1]), axis=0)
        column = array_ops.reshape(spectrum, shape)
        x, column = util.broadcast_matrix_batch_dims((x, column))
        shape = array_ops.concat((array_ops.shape(x)[:-2], self.block_shape_tensor()), axis=0)
        return x, array_ops.reshape(column, shape)

    # Checks.

    def assert_hermitian_spectrum(self, name: str = "assert_hermitian_spectrum") -> Any:
        """An op that fails where the matrices are not real."""
        eps = np.finfo(self.dtype.real_dtype.as_numpy_dtype).eps
        with self._name_scope(name):
            most = eps * self.domain_dimension_tensor()
            imaginary = math_ops.imag(self.convolution_kernel())
            return check_ops.assert_less(
                math_ops.abs(imaginary), most, message="Spectrum was not Hermitian"
            )

    def _assert_non_singular(self) -> Any:
        return util.assert_no_entries_with_modulus_zero(
            self.spectrum, message="Singular operator:  Spectrum contained zero values."
        )

    def _assert_positive_definite(self) -> Any:
        return check_ops.assert_positive(
            math_ops.real(self.spectrum),
            message="Not positive definite:  Real part of spectrum was not all positive.",
        )

    def _assert_self_adjoint(self) -> Any:
        return util.assert_zero_imag_part(
            self.spectrum,
            message="Not self-adjoint:  The spectrum contained non-zero imaginary part.",
        )

    # Products, equations and numbers.

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        x = linalg_impl.adjoint(x) if adjoint_arg else x
        spectrum = self._conj_spectrum if adjoint else self._spectrum_complex
        x = math_ops.cast(x, spectrum.dtype)
        x, spectrum = self._broadcast_batch_dims(x, spectrum)
        product = spectrum * self._fft(self._vectorize_then_blockify(x))
        result = self._unblockify_then_matricize(self._ifft(product))
        return math_ops.cast(result, self.dtype)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        rhs = linalg_impl.adjoint(rhs) if adjoint_arg else rhs
        spectrum = self._conj_spectrum if adjoint else self._spectrum_complex
        rhs, spectrum = self._broadcast_batch_dims(rhs, spectrum)
        quotient = self._fft(self._vectorize_then_blockify(rhs)) / spectrum
        result = self._unblockify_then_matricize(self._ifft(quotient))
        return math_ops.cast(result, self.dtype)

    def _block_axes(self) -> list[int]:
        return [-(i + 1) for i in range(self.block_depth)]

    def _determinant(self) -> Any:
        result = math_ops.reduce_prod(self.spectrum, axis=self._block_axes())
        return math_ops.cast(result, self.dtype)

    def _log_abs_determinant(self) -> Any:
        result = math_ops.reduce_sum(math_ops.log(self._abs_spectrum), axis=self._block_axes())
        return math_ops.cast(result, self.dtype)

    def _diag_part(self) -> Any:
        if self.shape.is_fully_defined():
            shape: Any = self.shape[:-1]
            size: Any = self.domain_dimension.value
        else:
            shape = self.shape_tensor()[:-1]
            size = self.domain_dimension_tensor()
        ones = array_ops.ones(shape, dtype=self.dtype)
        trace = self.trace()
        value = trace / math_ops.cast(size, self.dtype)
        return value[..., None] * ones

    def _trace(self) -> Any:
        depth = self.block_depth
        if self.spectrum.shape.is_fully_defined():
            rank: Any = self.spectrum.shape.ndims
            axes: Any = np.arange(rank - depth, rank, dtype=np.int32)
        else:
            rank = array_ops.rank(self.spectrum)
            axes = math_ops.range(rank - depth, rank)
        real = math_ops.reduce_sum(math_ops.real(self.spectrum), axis=axes)
        if not self.dtype.is_complex:
            return math_ops.cast(real, self.dtype)
        if self.is_self_adjoint:
            imaginary = array_ops.zeros_like(real)
        else:
            imaginary = math_ops.reduce_sum(math_ops.imag(self.spectrum), axis=axes)
        return math_ops.cast(math_ops.complex(real, imaginary), self.dtype)


@export("linalg.LinearOperatorCirculant")
class LinearOperatorCirculant(_BaseLinearOperatorCirculant):
    """Matrices each of whose columns is the one before, shifted around. Stands for
    `tf.linalg.LinearOperatorCirculant`.

    Args:
      spectrum: [..., n], the Fourier transform of the first column.
      input_output_dtype: of what it is multiplied with; it must be complex where the spectrum is.
      is_non_singular, is_self_adjoint, is_positive_definite: as `tf.linalg.LinearOperator`'s.
      is_square: not False.
      name: prefix of the names of its nodes.

    Raises:
      ValueError: the spectrum has too few axes, or a hint is wrong.
    """

    def __init__(
        self,
        spectrum: Any,
        input_output_dtype: Any = dtypes.complex64,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str = "LinearOperatorCirculant",
    ) -> None:
        hints = (is_non_singular, is_self_adjoint, is_positive_definite, is_square)
        super().__init__(spectrum, 1, input_output_dtype, *hints, name)


@export("linalg.LinearOperatorCirculant2D")
class LinearOperatorCirculant2D(_BaseLinearOperatorCirculant):
    """Circulant matrices of circulant blocks. Stands for `tf.linalg.LinearOperatorCirculant2D`.

    Args:
      spectrum: [..., m, n]: m blocks of size n.
      input_output_dtype, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name:
        as `tf.linalg.LinearOperatorCirculant`'s.

    Raises:
      ValueError: the spectrum has too few axes, or a hint is wrong.
    """

    def __init__(
        self,
        spectrum: Any,
        input_output_dtype: Any = dtypes.complex64,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str = "LinearOperatorCirculant2D",
    ) -> None:
        hints = (is_non_singular, is_self_adjoint, is_positive_definite, is_square)
        super().__init__(spectrum, 2, input_output_dtype, *hints, name)


@export("linalg.LinearOperatorCirculant3D")
class LinearOperatorCirculant3D(_BaseLinearOperatorCirculant):
    """Circulant matrices of circulant blocks of such. Stands for
    `tf.linalg.LinearOperatorCirculant3D`.

    Args:
      spectrum: [..., k, m, n]: k blocks of m blocks of size n.
      input_output_dtype, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name:
        as `tf.linalg.LinearOperatorCirculant`'s.

    Raises:
      ValueError: the spectrum has too few axes, or a hint is wrong.
    """

    def __init__(
        self,
        spectrum: Any,
        input_output_dtype: Any = dtypes.complex64,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str = "LinearOperatorCirculant3D",
    ) -> None:
        hints = (is_non_singular, is_self_adjoint, is_positive_definite, is_square)
        super().__init__(spectrum, 3, input_output_dtype, *hints, name)


@export("linalg.LinearOperatorToeplitz")
class LinearOperatorToeplitz(LinearOperator):
    """Matrices each of whose diagonals holds a single number. Stands for
    `tf.linalg.LinearOperatorToeplitz`.

    Args:
      col: the first column, [..., n].
      row: the first row, [..., n], whose first number is not read.
      is_non_singular, is_self_adjoint, is_positive_definite: as `tf.linalg.LinearOperator`'s.
      is_square: not False.
      name: prefix of the names of its nodes.

    Raises:
      ValueError: column and row are of different length, or `is_square` is False.
    """

    def __init__(
        self,
        col: Any,
        row: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorToeplitz",
    ) -> None:
        with name_scope(name, values=[row, col]):
            self._row = convert_to_tensor(row, name="row")
            self._col = convert_to_tensor(col, name="col")
            self._check_row_col(self._row, self._col)
            self._circulant = self._extended()
            if is_square is False:
                raise ValueError("Only square Toeplitz operators currently supported.")
            super().__init__(
                dtype=self._row.dtype,
                graph_parents=[self._row, self._col],
                is_non_singular=is_non_singular,
                is_self_adjoint=is_self_adjoint,
                is_positive_definite=is_positive_definite,
                is_square=True,
                name=name,
            )

    def _check_row_col(self, row: Any, col: Any) -> None:
        for name, x in (("row", row), ("col", col)):
            if x.shape.ndims is not None and x.shape.ndims < 1:
                raise ValueError(f"Argument {name} must have at least 1 dimension.  Found: {x}")
        sizes = row.shape[-1], col.shape[-1]
        if all(size is not None for size in sizes) and sizes[0] != sizes[1]:
            raise ValueError("Expected square matrix, got row and col with mismatched dimensions.")

    def _extended(self) -> LinearOperatorCirculant:
        """A circulant matrix of twice the size with this one in its upper left."""
        zero = array_ops.zeros_like(self._col[..., 0:1])
        backwards = array_ops.reverse(self._row[..., 1:], axis=[-1])
        column = array_ops.concat([self._col, zero, backwards], axis=-1)
        is_double = column.dtype in (dtypes.float64, dtypes.complex128)
        column = math_ops.cast(column, dtypes.complex128 if is_double else dtypes.complex64)
        return LinearOperatorCirculant(fft_ops.fft(column), input_output_dtype=self._row.dtype)

    @property
    def col(self) -> Tensor:
        """The first column."""
        return self._col

    @property
    def row(self) -> Tensor:
        """The first row."""
        return self._row

    def _shape(self) -> TensorShape:
        shape = array_ops.broadcast_static_shape(self.row.shape, self.col.shape)
        return shape.concatenate(shape[-1:])

    def _shape_tensor(self) -> Any:
        shapes = array_ops.shape(self.row), array_ops.shape(self.col)
        shape = array_ops.broadcast_dynamic_shape(*shapes)
        return array_ops.concat((shape, [shape[-1]]), 0)

    def _assert_self_adjoint(self) -> Any:
        return check_ops.assert_equal(
            self.row,
            self.col,
            message="row and col are not the same, and so this operator is not self-adjoint.",
        )

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        x = linalg_impl.adjoint(x) if adjoint_arg else x
        extended = array_ops.concat([x, array_ops.zeros_like(x)], axis=-2)
        product = self._circulant.matmul(extended, adjoint=adjoint, adjoint_arg=False)
        return math_ops.cast(product[..., : self.domain_dimension_tensor(), :], self.dtype)

    def _trace(self) -> Any:
        size = math_ops.cast(self.domain_dimension_tensor(), dtype=self.dtype)
        return size * self.col[..., 0]

    def _diag_part(self) -> Any:
        value = self.col[..., 0:1]
        return value * array_ops.ones([self.domain_dimension_tensor()], self.dtype)


# Rules.


@RegisterAdjoint(LinearOperatorCirculant)
def _adjoint(operator: Any) -> Any:
    spectrum = operator.spectrum
    if spectrum.dtype.is_complex:
        spectrum = math_ops.conj(spectrum)
    return LinearOperatorCirculant(spectrum, **hints_of(operator))


@RegisterInverse(LinearOperatorCirculant)
def _inverse(operator: Any) -> Any:
    return LinearOperatorCirculant(1.0 / operator.spectrum, **hints_of(operator))


@RegisterMatmul(LinearOperatorCirculant, LinearOperatorCirculant)
def _product(left: Any, right: Any) -> Any:
    spectrum = left.spectrum * right.spectrum
    return LinearOperatorCirculant(spectrum, **commuting_product_hints(left, right))


@RegisterSolve(LinearOperatorCirculant, LinearOperatorCirculant)
def _quotient(left: Any, right: Any) -> Any:
    spectrum = right.spectrum / left.spectrum
    return LinearOperatorCirculant(spectrum, **commuting_product_hints(left, right))
