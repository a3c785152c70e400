"""Wishart's distribution of positive definite matrices."""

import math
from typing import Any

import numpy as np

from evergraph.api import (
    array_ops,
    check_ops,
    control_flow_ops,
    linalg_ops,
    math_ops,
    random_ops,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute
from evergraph.library.distributions import util
from evergraph.library.distributions.distribution import FULLY_REPARAMETERIZED, Distribution
from evergraph.library.linalg.dense import LinearOperatorLowerTriangular


class _WishartLinearOperator(Distribution):
    """The sum of x x^T of `df` normal vectors x with the covariance S S^T, S an operator.

    Args:
      df: degrees of freedom, at least the size of S.
      scale_operator: S, square.
      cholesky_input_output_matrices: True for Cholesky factors in the place of matrices.
    """

    df = attribute("df", "The degrees of freedom.")
    scale_operator = attribute("scale_operator", "The factor of the scale, an operator.")
    cholesky_input_output_matrices = attribute(
        "cholesky_input_output_matrices", "Whether matrices are given by their Cholesky factors."
    )
    dimension = attribute("dimension", "The size of matrices, as a number of the dtype.")

    @moved
    def __init__(
        self,
        df: Any,
        scale_operator: Any,
        cholesky_input_output_matrices: bool = False,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        self._cholesky_input_output_matrices = cholesky_input_output_matrices
        dtype = scale_operator.dtype
        with name_scope(name) as name, name_scope("init", values=[df, scale_operator]):
            if not dtype.is_floating:
                raise TypeError(f"scale_operator.dtype={dtype} is not a floating-point type")
            if not scale_operator.is_square:
                raise ValueError("scale_operator must be square.")
            self._scale_operator = scale_operator
            self._df = convert_to_tensor(df, dtype=dtype, name="df")
            check_ops.assert_same_float_dtype((self._df, self._scale_operator))
            shape = scale_operator.shape
            size = None if shape.ndims is None else shape.dims[-1].value
            if size is None:
                size = scale_operator.domain_dimension_tensor()
                self._dimension = math_ops.cast(size, dtype=dtype, name="dimension")
            else:
                self._dimension = convert_to_tensor(size, dtype=dtype, name="dimension")
            self._check_df(validate_args)
        super().__init__(
            dtype=dtype,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            reparameterization_type=FULLY_REPARAMETERIZED,
            parameters=parameters,
            graph_parents=[self._df, self._dimension, *scale_operator.graph_parents],
            name=name,
        )

    def _check_df(self, validate_args: bool) -> None:
        message = (
            "Degrees of freedom (df = {}) cannot be less than dimension of scale matrix "
            "(scale.dimension = {})"
        )
        df, size = constant_value(self._df), constant_value(self._dimension)
        if df is not None and size is not None:
            df = np.asarray(df)
            shown = df if df.shape else [df]
            if np.any(df < size):
                raise ValueError(message.format(shown, size))
        elif validate_args:
            check = check_ops.assert_less_equal(
                self._dimension, self._df, message=message.format(self._dimension, self._df)
            )
            self._df = control_flow_ops.with_dependencies([check], self._df)

    def _square_scale_operator(self) -> Any:
        return self.scale_operator.matmul(self.scale_operator.to_dense(), adjoint_arg=True)

    def scale(self) -> Any:
        """The scale, or its Cholesky factor."""
        if self._cholesky_input_output_matrices:
            return self.scale_operator.to_dense()
        return self._square_scale_operator()

    def _event_shape_tensor(self) -> Any:
        size = self.scale_operator.domain_dimension_tensor()
        return array_ops.stack([size, size])

    def _event_shape(self) -> Any:
        size = self.scale_operator.domain_dimension
        return TensorShape([size, size])

    def _batch_shape_tensor(self) -> Any:
        return self.scale_operator.batch_shape_tensor()

    def _batch_shape(self) -> Any:
        return self.scale_operator.batch_shape

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        """By Bartlett: a lower triangle of normal draws, with roots of chi-squared ones on the
        diagonal, is a Cholesky factor for the identity."""
        batch, event = self.batch_shape_tensor(), self.event_shape_tensor()
        ndims = array_ops.shape(batch)[0] + 3
        shape = array_ops.concat([[n], batch, event], 0)
        x = random_ops.random_normal(shape=shape, mean=0.0, stddev=1.0, dtype=self.dtype, seed=seed)
        everywhere = array_ops.ones(
            self.scale_operator.batch_shape_tensor(), dtype=self.df.dtype.base_dtype
        )
        df = self.df * everywhere
        squares = random_ops.random_gamma(
            shape=[n],
            alpha=self._multi_gamma_sequence(0.5 * df, self.dimension),
            beta=0.5,
            dtype=self.dtype,
            seed=util.gen_new_seed(seed, "wishart"),
        )
        x = array_ops.matrix_band_part(x, -1, 0)
        x = array_ops.matrix_set_diag(x, math_ops.sqrt(squares))
        # Draws side by side, so that the operator multiplies all of them at once.
        order = array_ops.concat([math_ops.range(1, ndims), [0]], 0)
        x = array_ops.transpose(x, order)
        shape = array_ops.concat([batch, [event[0]], [-1]], 0)
        x = self.scale_operator.matmul(array_ops.reshape(x, shape))
        x = array_ops.reshape(x, array_ops.concat([batch, event, [n]], 0))
        order = array_ops.concat([[ndims - 1], math_ops.range(0, ndims - 1)], 0)
        x = array_ops.transpose(x, order)
        if self.cholesky_input_output_matrices:
            return x
        return math_ops.matmul(x, x, adjoint_b=True)

    def _log_prob(self, value: Any) -> Any:
        root = value
        if not self.cholesky_input_output_matrices:
            root = linalg_ops.cholesky(value)
        batch, event = self.batch_shape_tensor(), self.event_shape_tensor()
        ndims = array_ops.rank(root)
        sample_ndims = ndims - array_ops.shape(batch)[0] - 2
        samples = array_ops.strided_slice(array_ops.shape(root), [0], [sample_ndims])

        # scale^-1 root, with the draws side by side meanwhile.
        order = array_ops.concat(
            [math_ops.range(sample_ndims, ndims), math_ops.range(0, sample_ndims)], 0
        )
        x = array_ops.transpose(root, order)
        size = math_ops.cast(self.dimension, dtype=dtypes.int32)
        x = array_ops.reshape(x, array_ops.concat((batch, (size, -1)), 0))
        x = self.scale_operator.solve(x)
        x = array_ops.reshape(x, array_ops.concat([batch, event, samples], 0))
        order = array_ops.concat(
            [
                math_ops.range(ndims - sample_ndims, ndims),
                math_ops.range(0, ndims - sample_ndims),
            ],
            0,
        )
        x = array_ops.transpose(x, order)

        trace = math_ops.reduce_sum(math_ops.square(x), axis=[-2, -1])
        logs = math_ops.log(array_ops.matrix_diag_part(root))
        half_log_det = math_ops.reduce_sum(logs, axis=[-1])
        of_det = (self.df - self.dimension - 1.0) * half_log_det
        log_prob = of_det - 0.5 * trace - self.log_normalization()
        if value.shape.ndims is not None:
            log_prob.set_shape(value.shape[:-2])
        return log_prob

    def _prob(self, value: Any) -> Any:
        return math_ops.exp(self._log_prob(value))

    def _entropy(self) -> Any:
        half_next = 0.5 * self.dimension + 0.5
        half_df = 0.5 * self.df
        entropy = self.dimension * (half_df + half_next * math.log(2.0))
        entropy += 2 * half_next * self.scale_operator.log_abs_determinant()
        entropy += self._multi_lgamma(half_df, self.dimension)
        return entropy + (half_next - half_df) * self._multi_digamma(half_df, self.dimension)

    def _mean(self) -> Any:
        if self.cholesky_input_output_matrices:
            return math_ops.sqrt(self.df) * self.scale_operator.to_dense()
        return self.df * self._square_scale_operator()

    def _variance(self) -> Any:
        x = math_ops.sqrt(self.df) * self._square_scale_operator()
        diagonal = array_ops.expand_dims(array_ops.matrix_diag_part(x), -1)
        variance = math_ops.square(x) + math_ops.matmul(diagonal, diagonal, adjoint_b=True)
        if self.cholesky_input_output_matrices:
            return linalg_ops.cholesky(variance)
        return variance

    def _stddev(self) -> Any:
        if self.cholesky_input_output_matrices:
            raise ValueError(
                "Computing std. dev. when is cholesky_input_output_matrices=True does not make "
                "sense."
            )
        return linalg_ops.cholesky(self.variance())

    def _mode(self) -> Any:
        s = self.df - self.dimension - 1.0
        negative = math_ops.less(s, 0.0)
        nan = constant(float("NaN"), dtype=self.dtype, name="nan")
        s = array_ops.where_v2(negative, nan, s)
        if self.cholesky_input_output_matrices:
            return math_ops.sqrt(s) * self.scale_operator.to_dense()
        return s * self._square_scale_operator()

    def mean_log_det(self, name: str = "mean_log_det") -> Any:
        """E[log |X|]."""
        with self._name_scope(name):
            mean = self._multi_digamma(0.5 * self.df, self.dimension)
            mean += self.dimension * math.log(2.0)
            return mean + 2 * self.scale_operator.log_abs_determinant()

    def log_normalization(self, name: str = "log_normalization") -> Any:
        """The log of what the density is divided by."""
        with self._name_scope(name):
            norm = self.df * self.scale_operator.log_abs_determinant()
            norm += 0.5 * self.df * self.dimension * math.log(2.0)
            return norm + self._multi_lgamma(0.5 * self.df, self.dimension)

    def _multi_gamma_sequence(self, a: Any, p: Any, name: str = "multi_gamma_sequence") -> Any:
        """a, a - 1/2, a - 1, ...: `p` numbers."""
        with self._name_scope(name, values=[a, p]):
            zero = constant(0.0, dtype=self.dtype)
            last = 0.5 - 0.5 * p
            steps = math_ops.linspace(zero, last, math_ops.cast(p, dtypes.int32))
            return steps + array_ops.expand_dims(a, [-1])

    def _multi_lgamma(self, a: Any, p: Any, name: str = "multi_lgamma") -> Any:
        """The log of the multivariate gamma function."""
        with self._name_scope(name, values=[a, p]):
            sequence = self._multi_gamma_sequence(a, p)
            logs = 0.25 * p * (p - 1.0) * math.log(math.pi)
            return logs + math_ops.reduce_sum(math_ops.lgamma(sequence), axis=[-1])

    def _multi_digamma(self, a: Any, p: Any, name: str = "multi_digamma") -> Any:
        """Its derivative by `a`."""
        with self._name_scope(name, values=[a, p]):
            sequence = self._multi_gamma_sequence(a, p)
            return math_ops.reduce_sum(math_ops.digamma(sequence), axis=[-1])


def _triangular(tril: Any) -> LinearOperatorLowerTriangular:
    return LinearOperatorLowerTriangular(
        tril=tril, is_non_singular=True, is_positive_definite=True, is_square=True
    )


@export("contrib.distributions.WishartCholesky")
class WishartCholesky(_WishartLinearOperator):
    """Wishart's distribution, by a Cholesky factor of its scale. Stands for
    `tf.contrib.distributions.WishartCholesky`.

    Args:
      df: degrees of freedom, at least k.
      scale: the factor, [..., k, k], lower triangular with a positive diagonal, floating.
      cholesky_input_output_matrices: True for Cholesky factors also as draws, values, statistics.

    Raises:
      ValueError: `df` is known to be too small.
      TypeError: `scale` is not floating.
    """

    @moved
    def __init__(
        self,
        df: Any,
        scale: Any,
        cholesky_input_output_matrices: bool = False,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "WishartCholesky",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[scale]) as name:
            with name_scope("init", values=[scale]):
                scale = convert_to_tensor(scale)
                if validate_args:
                    diagonal = array_ops.matrix_diag_part(scale)
                    message = "scale must be positive definite"
                    checks = [check_ops.assert_positive(diagonal, message=message)]
                    columns = array_ops.shape(scale)[-1]
                    rows = array_ops.shape(scale)[-2]
                    message = "scale must be square"
                    checks.append(check_ops.assert_equal(columns, rows, message=message))
                    scale = control_flow_ops.with_dependencies(checks, scale)
            super().__init__(
                df=df,
                scale_operator=_triangular(scale),
                cholesky_input_output_matrices=cholesky_input_output_matrices,
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=name,
            )
        self._parameters = parameters


@export("contrib.distributions.WishartFull")
class WishartFull(_WishartLinearOperator):
    """Wishart's distribution, by its scale. Stands for `tf.contrib.distributions.WishartFull`.

    Args:
      df: degrees of freedom, at least k.
      scale: [..., k, k], positive definite, floating.
      cholesky_input_output_matrices: True for Cholesky factors as draws, values, statistics.

    Raises:
      ValueError: `df` is known to be too small.
      TypeError: `scale` is not floating.
    """

    @moved
    def __init__(
        self,
        df: Any,
        scale: Any,
        cholesky_input_output_matrices: bool = False,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "WishartFull",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name) as name:
            with name_scope("init", values=[scale]):
                scale = convert_to_tensor(scale)
                if validate_args:
                    scale = util.assert_symmetric(scale)
                root = linalg_ops.cholesky(scale)
                checks = []
                if validate_args:
                    checks = [check_ops.assert_positive(array_ops.matrix_diag_part(root))]
                root = control_flow_ops.with_dependencies(checks, root)
        super().__init__(
            df=df,
            scale_operator=_triangular(root),
            cholesky_input_output_matrices=cholesky_input_output_matrices,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            name=name,
        )
        self._parameters = parameters
