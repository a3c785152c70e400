"""The Dirichlet distribution."""

from typing import Any

import numpy as np

from evergraph.api import (
    array_ops,
    check_ops,
    control_flow_ops,
    math_ops,
    random_ops,
    shape_checks,
    special_math_ops,
)
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions import kullback_leibler
from evergraph.library.distributions.deprecation import moved
from evergraph.library.distributions.distribution import FULLY_REPARAMETERIZED, Distribution

UNDEFINED_MODE = "Mode undefined when any concentration <= 1"


class ConcentrationDistribution(Distribution):
    """A distribution of vectors whose parameter is [..., k]: one concentration an element."""

    _concentration: Tensor
    _total_concentration: Tensor

    @property
    def concentration(self) -> Tensor:
        """The concentrations."""
        return self._concentration

    @property
    def total_concentration(self) -> Tensor:
        """Their sum over the last axis."""
        return self._total_concentration

    def _batch_shape_tensor(self) -> Any:
        return array_ops.shape(self.total_concentration)

    def _batch_shape(self) -> Any:
        return self.total_concentration.shape

    def _event_shape_tensor(self) -> Any:
        return array_ops.shape(self.concentration)[-1:]

    def _event_shape(self) -> Any:
        return self.concentration.shape.with_rank_at_least(1)[-1:]

    def _variance_scale_term(self) -> Any:
        raise NotImplementedError

    def _covariance(self) -> Any:
        x = self._variance_scale_term() * self._mean()
        products = -math_ops.matmul(x[..., array_ops.newaxis], x[..., array_ops.newaxis, :])
        return array_ops.matrix_set_diag(products, self._variance())


@export("distributions.Dirichlet", "contrib.distributions.Dirichlet")
class Dirichlet(ConcentrationDistribution):
    """prod(x^(concentration - 1)), normalized, for positive vectors that sum to 1. Stands for
    `tf.distributions.Dirichlet`.

    Args:
      concentration: positive, floating, [..., k] with k > 1.
    """

    @moved
    def __init__(
        self,
        concentration: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Dirichlet",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration]) as name:
            concentration = convert_to_tensor(concentration, name="concentration")
            if validate_args:
                concentration = _validated(concentration)
            self._concentration = concentration
            self._total_concentration = math_ops.reduce_sum(self._concentration, -1)
        super().__init__(
            dtype=self._concentration.dtype,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            reparameterization_type=FULLY_REPARAMETERIZED,
            parameters=parameters,
            graph_parents=[self._concentration, self._total_concentration],
            name=name,
        )

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        gammas = random_ops.random_gamma(
            shape=[n], alpha=self.concentration, dtype=self.dtype, seed=seed
        )
        return gammas / math_ops.reduce_sum(gammas, -1, keepdims=True)

    def _log_prob(self, value: Any) -> Any:
        """Values are positive and sum to 1 over the last axis."""
        unnormalized = self._log_unnormalized_prob(value)
        return unnormalized - self._log_normalization()

    def _log_unnormalized_prob(self, value: Any) -> Any:
        x = self._maybe_assert_valid_sample(value)
        return math_ops.reduce_sum(math_ops.xlogy(self.concentration - 1.0, x), -1)

    def _log_normalization(self) -> Any:
        return special_math_ops.lbeta(self.concentration)

    def _prob(self, value: Any) -> Any:
        return math_ops.exp(self._log_prob(value))

    def _size(self) -> Any:
        """k as a number of the dtype."""
        return math_ops.cast(self.event_shape_tensor()[0], self.dtype)

    def _entropy(self) -> Any:
        k = self._size()
        entropy = self._log_normalization()
        total = self.total_concentration
        entropy += (total - k) * math_ops.digamma(total)
        terms = (self.concentration - 1.0) * math_ops.digamma(self.concentration)
        return entropy - math_ops.reduce_sum(terms, axis=-1)

    def _mean(self) -> Any:
        return self.concentration / self.total_concentration[..., array_ops.newaxis]

    def _variance(self) -> Any:
        scale = self._variance_scale_term()
        x = scale * self._mean()
        return x * (scale - x)

    def _variance_scale_term(self) -> Any:
        return math_ops.rsqrt(1.0 + self.total_concentration[..., array_ops.newaxis])

    def _mode(self) -> Any:
        """Where a concentration is 1 or less it is not defined: NaN, or an error with
        allow_nan_stats=False."""
        k = self._size()
        above = self.concentration - 1.0
        mode = above / (self.total_concentration[..., array_ops.newaxis] - k)
        if self.allow_nan_stats:
            number = np.array(np.nan, dtype=self.dtype.as_numpy_dtype)
            nan = array_ops.fill(array_ops.shape(mode), number, name="nan")
            defined = math_ops.reduce_all(self.concentration > 1.0, axis=-1)
            return array_ops.where_v2(defined, mode, nan)
        one = array_ops.ones([], self.dtype)
        check = check_ops.assert_less(one, self.concentration, message=UNDEFINED_MODE)
        return control_flow_ops.with_dependencies([check], mode)

    def _maybe_assert_valid_sample(self, x: Any) -> Any:
        if not self.validate_args:
            return x
        checks = [
            check_ops.assert_positive(x, message="samples must be positive"),
            check_ops.assert_near(
                array_ops.ones([], dtype=self.dtype),
                math_ops.reduce_sum(x, -1),
                message="sample last-dimension must sum to `1`",
            ),
        ]
        return control_flow_ops.with_dependencies(checks, x)


def _validated(concentration: Tensor) -> Tensor:
    checks = [
        check_ops.assert_positive(
            concentration, message="Concentration parameter must be positive."
        ),
        shape_checks.assert_rank_at_least(
            concentration, 1, message="Concentration parameter must have >=1 dimensions."
        ),
        check_ops.assert_less(
            1,
            array_ops.shape(concentration)[-1],
            message="Concentration parameter must have event_size >= 2.",
        ),
    ]
    return control_flow_ops.with_dependencies(checks, concentration)


@kullback_leibler.rule(Dirichlet)
def _kl_dirichlet_dirichlet(d1: Dirichlet, d2: Dirichlet, name: str | None = None) -> Any:
    values = [d1.concentration, d2.concentration]
    with name_scope(name, "kl_dirichlet_dirichlet", values=values):
        total = math_ops.reduce_sum(d1.concentration, axis=-1, keepdims=True)
        of_total = math_ops.digamma(total)
        digammas = math_ops.digamma(d1.concentration) - of_total
        difference = d1.concentration - d2.concentration
        divergence = math_ops.reduce_sum(difference * digammas, axis=-1)
        divergence -= special_math_ops.lbeta(d1.concentration)
        return divergence + special_math_ops.lbeta(d2.concentration)
