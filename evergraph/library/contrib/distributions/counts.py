"""Distributions of counts: of failures, of successes, of events."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops, nn_ops, random_ops
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import UnshapedDistribution, attribute
from evergraph.library.distributions import util
from evergraph.library.distributions.distribution import NOT_REPARAMETERIZED


class CountDistribution(UnshapedDistribution):
    """A distribution of whole numbers from 0, as floating values."""

    def _counts(self, x: Any) -> Any:
        """`x`, checked to be counts if arguments are to be validated."""
        return util.embed_check_nonnegative_integer_form(x) if self.validate_args else x

    def _log_unnormalized_prob(self, x: Any) -> Any:
        raise NotImplementedError

    def _log_normalization(self, x: Any) -> Any:
        raise NotImplementedError

    def _log_prob(self, value: Any) -> Any:
        unnormalized = self._log_unnormalized_prob(value)
        return unnormalized - self._log_normalization(value)


@export("contrib.distributions.Geometric")
class Geometric(CountDistribution):
    """Failures before the first success: (1 - probs)^x probs. Stands for
    `tf.contrib.distributions.Geometric`.

    Args:
      logits: the log odds of success, floating.
      probs: the probability of success; exactly one of the two is given.

    Raises:
      ValueError: both or none are given.
    """

    _parameter_names = ("probs",)
    logits = attribute("logits", "The log odds of success.")
    probs = attribute("probs", "The probabilities of success.")

    @moved
    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Geometric",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs]) as name:
            self._logits, self._probs = util.get_logits_and_probs(
                logits, probs, validate_args=validate_args, name=name
            )
            checks = [check_ops.assert_positive(self._probs)] if validate_args else []
            with control_dependencies(checks):
                self._probs = array_ops.identity(self._probs, name="probs")
        super().__init__(
            dtype=self._probs.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._probs, self._logits],
            name=name,
        )

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        draws = random_ops.random_uniform(
            array_ops.concat([[n], array_ops.shape(self._probs)], 0),
            minval=np.finfo(self.dtype.as_numpy_dtype).tiny,
            maxval=1.0,
            seed=seed,
            dtype=self.dtype,
        )
        return math_ops.floor(math_ops.log(draws) / math_ops.log1p(-self.probs))

    def _counts(self, x: Any) -> Any:
        """Whole numbers, of the batch's shape at least."""
        x = super()._counts(x) if self.validate_args else math_ops.floor(x)
        return x * array_ops.ones_like(self.probs)

    def _cdf(self, value: Any) -> Any:
        x = self._counts(value)
        below = x < 0.0
        zeros = array_ops.zeros_like(x)
        cdf = -math_ops.expm1((1.0 + x) * math_ops.log1p(-self.probs))
        return array_ops.where(below, zeros, cdf)

    def _log_prob(self, value: Any) -> Any:
        x = self._counts(value)
        probs = self.probs * array_ops.ones_like(x)
        # 0 log 0 is 0 where there is no failure.
        none = math_ops.equal(x, 0.0)
        failing = array_ops.where(none, array_ops.zeros_like(probs), probs)
        return x * math_ops.log1p(-failing) + math_ops.log(probs)

    def _entropy(self) -> Any:
        probs = self._probs
        if self.validate_args:
            one = constant(1.0, probs.dtype)
            message = "Entropy is undefined when logits = inf or probs = 1."
            check = check_ops.assert_less(probs, one, message=message)
            probs = control_flow_ops.with_dependencies([check], probs)
        return nn_ops.softplus(self.logits) / probs - self.logits

    def _mean(self) -> Any:
        return math_ops.exp(-self.logits)

    def _variance(self) -> Any:
        return self._mean() / self.probs

    def _mode(self) -> Any:
        return array_ops.zeros(self.batch_shape_tensor(), dtype=self.dtype)


@export("contrib.distributions.NegativeBinomial")
class NegativeBinomial(CountDistribution):
    """Successes before `total_count` failures. Stands for
    `tf.contrib.distributions.NegativeBinomial`.

    Args:
      total_count: failures at which to stop, positive, floating, perhaps not whole.
      logits: the log odds of success, of the same dtype.
      probs: the probability of success; exactly one of the two is given.

    Raises:
      ValueError: both or none are given.
    """

    _parameter_names = ("total_count", "probs")
    total_count = attribute("total_count", "The failures at which to stop.")
    logits = attribute("logits", "The log odds of success.")
    probs = attribute("probs", "The probabilities of success.")

    @moved
    def __init__(
        self,
        total_count: Any,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "NegativeBinomial",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[total_count, logits, probs]) as name:
            self._logits, self._probs = util.get_logits_and_probs(
                logits, probs, validate_args=validate_args, name=name
            )
            checks = [check_ops.assert_positive(total_count)] if validate_args else []
            with control_dependencies(checks):
                self._total_count = array_ops.identity(total_count)
        super().__init__(
            dtype=self._probs.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._total_count, self._probs, self._logits],
            name=name,
        )

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        """A Poisson draw whose rate is a gamma draw."""
        rate = random_ops.random_gamma(
            shape=[n],
            alpha=self.total_count,
            beta=math_ops.exp(-self.logits),
            dtype=self.dtype,
            seed=seed,
        )
        seed = util.gen_new_seed(seed, "negative_binom")
        return random_ops.random_poisson(rate, shape=[], dtype=self.dtype, seed=seed)

    def _cdf(self, value: Any) -> Any:
        x = self._counts(value)
        return math_ops.betainc(self.total_count, 1.0 + x, math_ops.sigmoid(-self.logits))

    def _log_unnormalized_prob(self, x: Any) -> Any:
        x = self._counts(x)
        failures = self.total_count * math_ops.log_sigmoid(-self.logits)
        return failures + x * math_ops.log_sigmoid(self.logits)

    def _log_normalization(self, x: Any) -> Any:
        x = self._counts(x)
        ways = -math_ops.lgamma(self.total_count + x) + math_ops.lgamma(1.0 + x)
        return ways + math_ops.lgamma(self.total_count)

    def _mean(self) -> Any:
        return self.total_count * math_ops.exp(self.logits)

    def _mode(self) -> Any:
        above = self.total_count > 1.0
        fewer = self.total_count - 1.0
        count = array_ops.where_v2(above, fewer, array_ops.zeros_like(self.total_count))
        return math_ops.floor(count * math_ops.exp(self.logits))

    def _variance(self) -> Any:
        return self._mean() / math_ops.sigmoid(-self.logits)


@moved
def _bdtr(k: Any, n: Any, p: Any) -> Any:
    """The cdf of the binomial distribution, whose gradient at k = n is not NaN."""
    ones = array_ops.ones_like(n - k)
    all_of_them = math_ops.equal(k, n)
    failures = array_ops.where_v2(all_of_them, ones, n - k)
    cdf = math_ops.betainc(a=failures, b=k + 1, x=1 - p)
    return array_ops.where_v2(all_of_them, ones, cdf)


@export("contrib.distributions.Binomial")
class Binomial(CountDistribution):
    """Successes in `total_count` trials. Stands for `tf.contrib.distributions.Binomial`.

    Args:
      total_count: trials, not negative, whole, floating.
      logits: the log odds of success, of the same dtype.
      probs: the probability of success; exactly one of the two is given.

    Raises:
      ValueError: both or none are given.
    """

    _parameter_names = ("total_count", "probs")
    total_count = attribute("total_count", "The numbers of trials.")
    logits = attribute("logits", "The log odds of success.")
    probs = attribute("probs", "The probabilities of success.")

    @moved
    def __init__(
        self,
        total_count: Any,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Binomial",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[total_count, logits, probs]) as name:
            trials = convert_to_tensor(total_count, name="total_count")
            self._total_count = _whole(trials) if validate_args else trials
            self._logits, self._probs = util.get_logits_and_probs(
                logits=logits, probs=probs, validate_args=validate_args, name=name
            )
        super().__init__(
            dtype=self._probs.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._total_count, self._logits, self._probs],
            name=name,
        )

    def _counts(self, x: Any) -> Any:
        if not self.validate_args:
            return x
        x = super()._counts(x)
        message = "counts are not less than or equal to n."
        check = check_ops.assert_less_equal(x, self.total_count, message=message)
        return control_flow_ops.with_dependencies([check], x)

    def _prob(self, value: Any) -> Any:
        return math_ops.exp(self._log_prob(value))

    def _cdf(self, value: Any) -> Any:
        counts, probs = self._counts(value), self.probs
        known = counts.shape.is_fully_defined() and probs.shape.is_fully_defined()
        if not (known and counts.shape.is_compatible_with(probs.shape)):
            probs += array_ops.zeros_like(counts)
            counts += array_ops.zeros_like(self.probs)
        return _bdtr(k=counts, n=self.total_count, p=probs)

    def _log_unnormalized_prob(self, x: Any) -> Any:
        x = self._counts(x)
        successes = x * math_ops.log(self.probs)
        return successes + (self.total_count - x) * math_ops.log1p(-self.probs)

    def _log_normalization(self, x: Any) -> Any:
        x = self._counts(x)
        ways = math_ops.lgamma(1.0 + self.total_count - x) + math_ops.lgamma(1.0 + x)
        return ways - math_ops.lgamma(1.0 + self.total_count)

    def _mean(self) -> Any:
        return self.total_count * self.probs

    def _variance(self) -> Any:
        return self._mean() * (1.0 - self.probs)

    def _mode(self) -> Any:
        """The larger of the two where there are two."""
        return math_ops.floor((1.0 + self.total_count) * self.probs)


def _whole(total_count: Any) -> Any:
    checks = [
        check_ops.assert_non_negative(total_count, message="total_count must be non-negative."),
        util.assert_integer_form(
            total_count, message="total_count cannot contain fractional components."
        ),
    ]
    return control_flow_ops.with_dependencies(checks, total_count)


@export("contrib.distributions.Poisson")
class Poisson(CountDistribution):
    """Events in a while, of which there are `rate` on average: rate^x exp(-rate) / x!. Stands for
    `tf.contrib.distributions.Poisson`.

    Args:
      rate: positive, floating.
      log_rate: its log; exactly one of the two is given.

    Raises:
      ValueError: both or none are given.
      TypeError: they are not floating.
    """

    _parameter_names = ("rate",)
    rate = attribute("rate", "The rates.")
    log_rate = attribute("log_rate", "The logs of the rates.")

    @moved
    def __init__(
        self,
        rate: Any = None,
        log_rate: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Poisson",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[rate]) as name:
            if (rate is None) == (log_rate is None):
                raise ValueError("Must specify exactly one of `rate` and `log_rate`.")
            if log_rate is None:
                rate = _floating(rate, "rate")
                checks = [check_ops.assert_positive(rate)] if validate_args else []
                with control_dependencies(checks):
                    self._rate = array_ops.identity(rate, name="rate")
                    self._log_rate = math_ops.log(rate, name="log_rate")
            else:
                self._log_rate = _floating(log_rate, "log_rate")
                self._rate = math_ops.exp(self._log_rate, name="rate")
        super().__init__(
            dtype=self._rate.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._rate],
            name=name,
        )

    def _log_cdf(self, value: Any) -> Any:
        return math_ops.log(self.cdf(value))

    def _cdf(self, value: Any) -> Any:
        return math_ops.igammac(1.0 + self._counts(value), self.rate)

    def _log_normalization(self, x: Any) -> Any:
        return self.rate

    def _log_unnormalized_prob(self, x: Any) -> Any:
        x = self._counts(x)
        return x * self.log_rate - math_ops.lgamma(1.0 + x)

    def _mean(self) -> Any:
        return array_ops.identity(self.rate)

    def _variance(self) -> Any:
        return array_ops.identity(self.rate)

    def _mode(self) -> Any:
        """For whole rates the larger of two modes."""
        return math_ops.floor(self.rate)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        return random_ops.random_poisson(self.rate, [n], dtype=self.dtype, seed=seed)


def _floating(value: Any, name: str) -> Any:
    tensor = convert_to_tensor(value, name=name)
    if not tensor.dtype.is_floating:
        raise TypeError(f"{name}.dtype ({tensor.dtype.name}) is a not a float-type.")
    return tensor
