"""Counts of draws from several classes."""

from typing import Any

from evergraph.api import (
    array_ops,
    check_ops,
    control_flow_ops,
    math_ops,
    nn_ops,
    random_ops,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions import util
from evergraph.library.distributions.deprecation import moved
from evergraph.library.distributions.distribution import NOT_REPARAMETERIZED, Distribution
from evergraph.library.map_fn import map_fn


@export("distributions.Multinomial", "contrib.distributions.Multinomial")
class Multinomial(Distribution):
    """How often each of k classes is drawn in total_count draws. Stands for
    `tf.distributions.Multinomial`.

    Args:
      total_count: not negative, whole numbers of the dtype of `logits`, of any batch shape.
      logits: log probabilities up to a constant, [..., k], floating.
      probs: the probabilities themselves; exactly one of the two is given.

    Raises:
      ValueError: both or none of `logits` and `probs` are given.
      TypeError: they are not floating.
    """

    @moved
    def __init__(
        self,
        total_count: Any,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Multinomial",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[total_count, logits, probs]) as name:
            self._total_count = convert_to_tensor(total_count, name="total_count")
            if validate_args:
                self._total_count = util.embed_check_nonnegative_integer_form(self._total_count)
            self._logits, self._probs = util.get_logits_and_probs(
                logits=logits,
                probs=probs,
                multidimensional=True,
                validate_args=validate_args,
                name=name,
            )
            self._mean_val = self._total_count[..., array_ops.newaxis] * self._probs
        super().__init__(
            dtype=self._probs.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._total_count, self._logits, self._probs],
            name=name,
        )

    @property
    def total_count(self) -> Tensor:
        """How many draws are counted."""
        return self._total_count

    @property
    def logits(self) -> Tensor:
        """Log probabilities up to a constant."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self._probs

    def _batch_shape_tensor(self) -> Any:
        return array_ops.shape(self._mean_val)[:-1]

    def _batch_shape(self) -> Any:
        return self._mean_val.shape.with_rank_at_least(1)[:-1]

    def _event_shape_tensor(self) -> Any:
        return array_ops.shape(self._mean_val)[-1:]

    def _event_shape(self) -> Any:
        return self._mean_val.shape.with_rank_at_least(1)[-1:]

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        """Each of the batch by itself, since their counts of draws may differ."""
        draws = math_ops.cast(self.total_count, dtype=dtypes.int32)
        k = self.event_shape_tensor()[0]
        draws = array_ops.ones_like(self.logits[..., 0], dtype=draws.dtype) * draws
        ones = array_ops.ones_like(draws[..., array_ops.newaxis], dtype=self.logits.dtype)
        flat_logits = array_ops.reshape(ones * self.logits, [-1, k])
        flat_draws = n * array_ops.reshape(draws, [-1])

        def counts_of_one(args: Any) -> Any:
            logits, count = args
            classes = random_ops.multinomial(logits[array_ops.newaxis, ...], count, seed)
            classes = array_ops.reshape(classes, shape=[n, -1])
            return math_ops.reduce_sum(array_ops.one_hot(classes, depth=k), axis=-2)

        counts = map_fn(counts_of_one, [flat_logits, flat_draws], dtype=self.dtype)
        counts = array_ops.transpose(counts, perm=[1, 0, 2])
        shape = array_ops.concat([[n], self.batch_shape_tensor(), [k]], 0)
        return array_ops.reshape(counts, shape)

    def _log_prob(self, value: Any) -> Any:
        """Values are counts that sum to total_count over the last axis."""
        unnormalized = self._log_unnormalized_prob(value)
        return unnormalized - self._log_normalization(value)

    def _log_unnormalized_prob(self, counts: Any) -> Any:
        counts = self._maybe_assert_valid_sample(counts)
        return math_ops.reduce_sum(counts * nn_ops.log_softmax(self.logits), -1)

    def _log_normalization(self, counts: Any) -> Any:
        counts = self._maybe_assert_valid_sample(counts)
        return -util.log_combinations(self.total_count, counts)

    def _mean(self) -> Any:
        return array_ops.identity(self._mean_val)

    def _full_probs(self) -> Any:
        """The probabilities, broadcast with the counts."""
        return self.probs * array_ops.ones_like(self.total_count)[..., array_ops.newaxis]

    def _covariance(self) -> Any:
        p = self._full_probs()
        mean = self._mean_val[..., array_ops.newaxis]
        products = -math_ops.matmul(mean, p[..., array_ops.newaxis, :])
        return array_ops.matrix_set_diag(products, self._variance())

    def _variance(self) -> Any:
        p = self._full_probs()
        return self._mean_val - self._mean_val * p

    def _maybe_assert_valid_sample(self, counts: Any) -> Any:
        if not self.validate_args:
            return counts
        counts = util.embed_check_nonnegative_integer_form(counts)
        check = check_ops.assert_equal(
            self.total_count,
            math_ops.reduce_sum(counts, -1),
            message="counts must sum to `self.total_count`",
        )
        return control_flow_ops.with_dependencies([check], counts)
