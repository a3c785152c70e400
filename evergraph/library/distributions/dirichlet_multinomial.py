"""Counts of draws from classes whose probabilities are a Dirichlet distribution's."""

from typing import Any

from evergraph.api import (
    array_ops,
    check_ops,
    control_flow_ops,
    math_ops,
    random_ops,
    special_math_ops,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions import util
from evergraph.library.distributions.deprecation import moved
from evergraph.library.distributions.dirichlet import ConcentrationDistribution
from evergraph.library.distributions.distribution import NOT_REPARAMETERIZED


@export("distributions.DirichletMultinomial", "contrib.distributions.DirichletMultinomial")
class DirichletMultinomial(ConcentrationDistribution):
    """How often each of k classes is drawn in total_count draws, where the probabilities are
    drawn from Dirichlet(concentration) first. Stands for `tf.distributions.DirichletMultinomial`.

    Args:
      total_count: not negative, a whole number of the dtype of `concentration`.
      concentration: positive, floating, [..., k] with k > 1.
    """

    @moved
    def __init__(
        self,
        total_count: Any,
        concentration: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "DirichletMultinomial",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[total_count, concentration]) as name:
            self._total_count = convert_to_tensor(total_count, name="total_count")
            if validate_args:
                self._total_count = util.embed_check_nonnegative_integer_form(self._total_count)
            concentration = convert_to_tensor(concentration, name="concentration")
            if validate_args:
                concentration = _validated(concentration)
            self._concentration = concentration
            self._total_concentration = math_ops.reduce_sum(self._concentration, -1)
        super().__init__(
            dtype=self._concentration.dtype,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            reparameterization_type=NOT_REPARAMETERIZED,
            parameters=parameters,
            graph_parents=[self._total_count, self._concentration],
            name=name,
        )

    @property
    def total_count(self) -> Tensor:
        """How many draws are counted."""
        return self._total_count

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        draws = math_ops.cast(self.total_count, dtype=dtypes.int32)
        k = self.event_shape_tensor()[0]
        gammas = random_ops.random_gamma(
            shape=[n], alpha=self.concentration, dtype=self.dtype, seed=seed
        )
        logits = array_ops.reshape(math_ops.log(gammas), shape=[-1, k])
        seed = util.gen_new_seed(seed, salt="dirichlet_multinomial")
        classes = random_ops.multinomial(logits=logits, num_samples=draws, seed=seed)
        counts = math_ops.reduce_sum(array_ops.one_hot(classes, depth=k), -2)
        shape = array_ops.concat([[n], self.batch_shape_tensor(), [k]], 0)
        return math_ops.cast(array_ops.reshape(counts, shape), self.dtype)

    def _log_prob(self, value: Any) -> Any:
        """Values are counts that sum to total_count over the last axis."""
        counts = self._maybe_assert_valid_sample(value)
        of_counts = special_math_ops.lbeta(self.concentration + counts)
        ordered = of_counts - special_math_ops.lbeta(self.concentration)
        return ordered + util.log_combinations(self.total_count, counts)

    def _prob(self, value: Any) -> Any:
        return math_ops.exp(self._log_prob(value))

    def _mean(self) -> Any:
        total = self.total_concentration[..., array_ops.newaxis]
        return self.total_count * (self.concentration / total)

    def _variance(self) -> Any:
        scale = self._variance_scale_term()
        x = scale * self._mean()
        return x * (self.total_count * scale - x)

    def _variance_scale_term(self) -> Any:
        total = self.total_concentration[..., array_ops.newaxis]
        numerator = 1.0 + total / self.total_count
        return math_ops.sqrt(numerator / (1.0 + total))

    def _maybe_assert_valid_sample(self, counts: Any) -> Any:
        if not self.validate_args:
            return counts
        counts = util.embed_check_nonnegative_integer_form(counts)
        check = check_ops.assert_equal(
            self.total_count,
            math_ops.reduce_sum(counts, -1),
            message="counts last-dimension must sum to `self.total_count`",
        )
        return control_flow_ops.with_dependencies([check], counts)


def _validated(concentration: Tensor) -> Tensor:
    concentration = util.embed_check_categorical_event_shape(concentration)
    message = "Concentration parameter must be positive."
    check = check_ops.assert_positive(concentration, message=message)
    return control_flow_ops.with_dependencies([check], concentration)
