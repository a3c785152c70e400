"""Distributions made of the gamma distribution."""

from typing import Any

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops, nn_ops, random_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import (
    NormalizedDistribution,
    attribute,
    where_defined,
)
from evergraph.library.distributions.distribution import NOT_REPARAMETERIZED
from evergraph.library.distributions.gamma import Gamma


@export("contrib.distributions.Chi2")
class Chi2(Gamma):
    """The sum of the squares of `df` normal draws: Gamma(df / 2, 1 / 2). Stands for
    `tf.contrib.distributions.Chi2`.

    Args:
      df: degrees of freedom, positive, floating.
    """

    df = attribute("df", "The degrees of freedom.")

    @moved
    def __init__(
        self,
        df: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Chi2",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[df]) as name:
            with control_dependencies([check_ops.assert_positive(df)] if validate_args else []):
                self._df = array_ops.identity(df, name="df")
            super().__init__(
                concentration=0.5 * self._df,
                rate=constant(0.5, dtype=self._df.dtype),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=name,
            )
        self._parameters = parameters

    @classmethod
    def _param_shapes(cls, sample_shape: Any) -> dict[str, Tensor]:  # type: ignore[override]
        return {"df": convert_to_tensor(sample_shape, dtype=dtypes.int32)}


@export("contrib.distributions.Chi2WithAbsDf")
class Chi2WithAbsDf(Chi2):
    """`Chi2` with floor(abs(df)). Stands for `tf.contrib.distributions.Chi2WithAbsDf`."""

    @moved
    def __init__(
        self,
        df: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Chi2WithAbsDf",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[df]) as name:
            size = math_ops.abs(df, name="abs_df")
            super().__init__(
                df=math_ops.floor(size, name="floor_abs_df"),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=name,
            )
        self._parameters = parameters


@export("contrib.distributions.InverseGamma")
class InverseGamma(NormalizedDistribution):
    """One over a gamma draw: x^(-1 - concentration) exp(-rate / x), normalized, for positive x.
    Stands for `tf.contrib.distributions.InverseGamma`.

    Args:
      concentration: positive, floating.
      rate: positive, of the same dtype.

    Raises:
      TypeError: the dtypes are different or not floating.
    """

    _parameter_names = ("concentration", "rate")
    concentration = attribute("concentration", "The concentrations.")
    rate = attribute("rate", "The rates.")

    @moved
    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "InverseGamma",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration, rate]) as name:
            checked = (concentration, rate) if validate_args else ()
            with control_dependencies([check_ops.assert_positive(p) for p in checked]):
                self._concentration = array_ops.identity(concentration, name="concentration")
                self._rate = array_ops.identity(rate, name="rate")
                check_ops.assert_same_float_dtype([self._concentration, self._rate])
        super().__init__(
            dtype=self._concentration.dtype,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            reparameterization_type=NOT_REPARAMETERIZED,
            parameters=parameters,
            graph_parents=[self._concentration, self._rate],
            name=name,
        )

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        return 1.0 / random_ops.random_gamma(
            shape=[n], alpha=self.concentration, beta=self.rate, dtype=self.dtype, seed=seed
        )

    def _cdf(self, value: Any) -> Any:
        x = self._maybe_assert_valid_sample(value)
        return math_ops.igammac(self.concentration, self.rate / x)

    def _log_unnormalized_prob(self, x: Any) -> Any:
        x = self._maybe_assert_valid_sample(x)
        return -(1.0 + self.concentration) * math_ops.log(x) - self.rate / x

    def _log_normalization(self) -> Any:
        log_gamma = math_ops.lgamma(self.concentration)
        return log_gamma - self.concentration * math_ops.log(self.rate)

    def _entropy(self) -> Any:
        entropy = self.concentration + math_ops.log(self.rate)
        entropy += math_ops.lgamma(self.concentration)
        return entropy - (1.0 + self.concentration) * math_ops.digamma(self.concentration)

    def _mean(self) -> Any:
        """rate / (concentration - 1) where concentration > 1."""
        mean = self.rate / (self.concentration - 1.0)
        message = "mean undefined when any concentration <= 1"
        return where_defined(self, mean, (self.concentration, 1.0, message))

    def _variance(self) -> Any:
        """Defined where concentration > 2."""
        squares = math_ops.square(self.rate)
        squares /= math_ops.squared_difference(self.concentration, 1.0)
        variance = squares / (self.concentration - 2.0)
        message = "variance undefined when any concentration <= 2"
        return where_defined(self, variance, (self.concentration, 2.0, message))

    def _mode(self) -> Any:
        """rate / (concentration + 1)."""
        return self.rate / (1.0 + self.concentration)

    def _maybe_assert_valid_sample(self, x: Any) -> Any:
        check_ops.assert_same_float_dtype(tensors=[x], dtype=self.dtype)
        if not self.validate_args:
            return x
        return control_flow_ops.with_dependencies([check_ops.assert_positive(x)], x)


@export("contrib.distributions.InverseGammaWithSoftplusConcentrationRate")
class InverseGammaWithSoftplusConcentrationRate(InverseGamma):
    """`InverseGamma` with the softplus of both parameters. Stands for
    `tf.contrib.distributions.InverseGammaWithSoftplusConcentrationRate`."""

    @moved
    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "InverseGammaWithSoftplusConcentrationRate",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration, rate]) as name:
            super().__init__(
                concentration=nn_ops.softplus(concentration, name="softplus_concentration"),
                rate=nn_ops.softplus(rate, name="softplus_rate"),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=name,
            )
        self._parameters = parameters
