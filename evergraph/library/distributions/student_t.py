"""Student's t-distribution."""

from typing import Any

import numpy as np

from evergraph.api import (
    array_ops,
    check_ops,
    control_flow_ops,
    math_ops,
    nn_ops,
    random_ops,
    special_math_ops,
)
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions import util
from evergraph.library.distributions.deprecation import moved
from evergraph.library.distributions.distribution import (
    FULLY_REPARAMETERIZED,
    BroadcastDistribution,
)


@export("distributions.StudentT", "contrib.distributions.StudentT")
class StudentT(BroadcastDistribution):
    """(1 + y^2 / df)^(-(df + 1) / 2), normalized, where y = (x - loc) / scale. Stands for
    `tf.distributions.StudentT`.

    Args:
      df: degrees of freedom, positive, floating.
      loc: the middle, of the same dtype.
      scale: of the same dtype; its sign does not matter to probabilities.

    Raises:
      TypeError: the dtypes are different or not floating.
    """

    _parameter_names = ("df", "loc", "scale")

    @moved
    def __init__(
        self,
        df: Any,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "StudentT",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[df, loc, scale]) as name:
            with control_dependencies([check_ops.assert_positive(df)] if validate_args else []):
                self._df = array_ops.identity(df, name="df")
                self._loc = array_ops.identity(loc, name="loc")
                self._scale = array_ops.identity(scale, name="scale")
                check_ops.assert_same_float_dtype((self._df, self._loc, self._scale))
        super().__init__(
            dtype=self._scale.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._df, self._loc, self._scale],
            name=name,
        )

    @property
    def df(self) -> Tensor:
        """The degrees of freedom."""
        return self._df

    @property
    def loc(self) -> Tensor:
        """The middles."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """The scales."""
        return self._scale

    def _ones(self) -> Tensor:
        return array_ops.ones(self.batch_shape_tensor(), dtype=self.dtype)

    def _filled(self, number: float, name: str) -> Tensor:
        value = np.array(number, dtype=self.dtype.as_numpy_dtype)
        return array_ops.fill(self.batch_shape_tensor(), value, name=name)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        """A normal draw over the root of a chi-squared one over df."""
        normal = random_ops.random_normal(self._shape_of_samples(n), dtype=self.dtype, seed=seed)
        df = self.df * self._ones()
        chi_squared = random_ops.random_gamma(
            [n],
            0.5 * df,
            beta=0.5,
            dtype=self.dtype,
            seed=util.gen_new_seed(seed, salt="student_t"),
        )
        draws = normal * math_ops.rsqrt(chi_squared / df)
        return draws * self.scale + self.loc

    def _log_prob(self, value: Any) -> Any:
        y = (value - self.loc) / self.scale
        unnormalized = -0.5 * (self.df + 1.0) * math_ops.log1p(y**2.0 / self.df)
        return unnormalized - self._log_normalization()

    def _log_normalization(self) -> Any:
        constant = math_ops.log(math_ops.abs(self.scale)) + 0.5 * math_ops.log(self.df)
        constant = constant + 0.5 * np.log(np.pi) + math_ops.lgamma(0.5 * self.df)
        return constant - math_ops.lgamma(0.5 * (self.df + 1.0))

    def _cdf(self, value: Any) -> Any:
        y = (value - self.loc) / math_ops.abs(self.scale)
        ratio = self.df / (y**2.0 + self.df)
        tail = 0.5 * math_ops.betainc(0.5 * self.df, 0.5, ratio)
        return array_ops.where_v2(math_ops.less(y, 0.0), tail, 1.0 - tail)

    def _entropy(self) -> Any:
        one = self._ones()[..., array_ops.newaxis]
        df = one * self.df[..., array_ops.newaxis]
        halves = array_ops.concat([df, one], -1) / 2.0
        entropy = math_ops.log(math_ops.abs(self.scale)) + 0.5 * math_ops.log(self.df)
        entropy += special_math_ops.lbeta(halves)
        factor = 0.5 * (self.df + 1.0)
        above = math_ops.digamma(0.5 * (self.df + 1.0))
        return entropy + factor * (above - math_ops.digamma(0.5 * self.df))

    def _mean(self) -> Any:
        """`loc` where df > 1; else NaN, or an error with allow_nan_stats=False."""
        return self._where_df_exceeds_one("mean", self.loc * self._ones())

    def _variance(self) -> Any:
        """scale^2 df / (df - 2) where df > 2, infinite where df > 1; else NaN, or an error with
        allow_nan_stats=False."""
        above_two = math_ops.greater(self.df, 2.0)
        below = self.df - 2.0
        divisor = array_ops.where_v2(above_two, below, array_ops.ones_like(self.df))
        ones = self._ones()
        variance = ones * math_ops.square(self.scale) * self.df / divisor
        finite = self.df > array_ops.fill(self.batch_shape_tensor(), 2.0)
        variance = array_ops.where_v2(finite, variance, self._filled(np.inf, "inf"))
        return self._where_df_exceeds_one("variance", variance)

    def _where_df_exceeds_one(self, label: str, statistic: Any) -> Any:
        if self.allow_nan_stats:
            defined = math_ops.greater(self.df, self._ones())
            return array_ops.where_v2(defined, statistic, self._filled(np.nan, "nan"))
        check = check_ops.assert_less(
            array_ops.ones([], dtype=self.dtype),
            self.df,
            message=f"{label} not defined for components of df <= 1",
        )
        return control_flow_ops.with_dependencies([check], statistic)

    def _mode(self) -> Any:
        return array_ops.identity(self.loc)


@export("contrib.distributions.StudentTWithAbsDfSoftplusScale")
class StudentTWithAbsDfSoftplusScale(StudentT):
    """`StudentT` with floor(|df|) and softplus(scale). Stands for
    `tf.contrib.distributions.StudentTWithAbsDfSoftplusScale`."""

    @deprecated(
        "2019-01-01", "Use `tfd.StudentT(tf.floor(tf.abs(df)), loc, tf.nn.softplus(scale)) instead."
    )
    def __init__(
        self,
        df: Any,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "StudentTWithAbsDfSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[df, scale]) as name:
            super().__init__(
                df=math_ops.floor(math_ops.abs(df)),
                loc=loc,
                scale=nn_ops.softplus(scale, name="softplus_scale"),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=name,
            )
        self._parameters = parameters
