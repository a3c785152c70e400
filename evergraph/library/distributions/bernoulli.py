"""The distribution of a flipped coin."""

from typing import Any

from evergraph.api import array_ops, math_ops, nn_impl, nn_ops, random_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions import kullback_leibler, util
from evergraph.library.distributions.deprecation import moved
from evergraph.library.distributions.distribution import (
    NOT_REPARAMETERIZED,
    ScalarDistribution,
)


@export("distributions.Bernoulli", "contrib.distributions.Bernoulli")
class Bernoulli(ScalarDistribution):
    """1 with probability `probs`, else 0. Stands for `tf.distributions.Bernoulli`.

    Args:
      logits: log(probs / (1 - probs)), floating.
      probs: the probabilities themselves; exactly one of the two is given.
      dtype: the DType of samples.

    Raises:
      ValueError: both or none of `logits` and `probs` are given.
      TypeError: they are not floating.
    """

    @moved
    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = dtypes.int32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Bernoulli",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name) as name:
            self._logits, self._probs = util.get_logits_and_probs(
                logits=logits, probs=probs, validate_args=validate_args, name=name
            )
        super().__init__(
            dtype=dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._logits, self._probs],
            name=name,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return {"logits": convert_to_tensor(sample_shape, dtype=dtypes.int32)}

    @property
    def logits(self) -> Tensor:
        """log(probs / (1 - probs))."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities of 1."""
        return self._probs

    def _batch_shape_tensor(self) -> Any:
        return array_ops.shape(self._logits)

    def _batch_shape(self) -> Any:
        return self._logits.shape

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        shape = array_ops.concat([[n], self.batch_shape_tensor()], 0)
        uniform = random_ops.random_uniform(shape, seed=seed, dtype=self.probs.dtype)
        return math_ops.cast(math_ops.less(uniform, self.probs), self.dtype)

    def _log_prob(self, value: Any) -> Any:
        if self.validate_args:
            value = util.embed_check_integer_casting_closed(value, target_dtype=dtypes.bool)
        logits = self.logits
        value = math_ops.cast(value, logits.dtype)
        known = value.shape.is_fully_defined() and logits.shape.is_fully_defined()
        if not (known and value.shape == logits.shape):
            logits, value = (
                array_ops.ones_like(value) * logits,
                array_ops.ones_like(logits) * value,
            )
        return -nn_impl.sigmoid_cross_entropy_with_logits(labels=value, logits=logits)

    def _entropy(self) -> Any:
        weighted = -self.logits * (math_ops.sigmoid(self.logits) - 1)
        return weighted + nn_ops.softplus(-self.logits)

    def _mean(self) -> Any:
        return array_ops.identity(self.probs)

    def _variance(self) -> Any:
        return self._mean() * (1.0 - self.probs)

    def _mode(self) -> Any:
        return math_ops.cast(self.probs > 0.5, self.dtype)


@kullback_leibler.rule(Bernoulli)
def _kl_bernoulli_bernoulli(a: Bernoulli, b: Bernoulli, name: str | None = None) -> Any:
    with name_scope(name, "kl_bernoulli_bernoulli", values=[a.logits, b.logits]):
        of_zero = nn_ops.softplus(-b.logits) - nn_ops.softplus(-a.logits)
        of_one = nn_ops.softplus(b.logits) - nn_ops.softplus(a.logits)
        weighted = math_ops.sigmoid(a.logits) * of_zero
        return weighted + math_ops.sigmoid(-a.logits) * of_one
