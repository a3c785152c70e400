"""Vectors that stand for one of several classes, exactly or nearly."""

from typing import Any

import numpy as np

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
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.distributions.bijectors.elementwise import Exp, Sigmoid
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.location_scale import Logistic
from evergraph.library.contrib.distributions.parts import attribute
from evergraph.library.distributions import kullback_leibler, util
from evergraph.library.distributions.distribution import (
    FULLY_REPARAMETERIZED,
    NOT_REPARAMETERIZED,
    Distribution,
)
from evergraph.library.distributions.transformed_distribution import TransformedDistribution


class _OverClasses(Distribution):
    """What distributions of vectors with an element a class share."""

    logits = attribute("logits", "Log probabilities of classes, up to a constant.")
    probs = attribute("probs", "Probabilities of classes.")
    event_size = attribute("event_size", "The count of classes, an int32 scalar.")

    def _make_sizes(self) -> None:
        rank = self._logits.shape.with_rank_at_least(1).ndims
        if rank is not None:
            self._batch_rank = convert_to_tensor(rank - 1, dtype=dtypes.int32, name="batch_rank")
        else:
            with name_scope("batch_rank"):
                self._batch_rank = array_ops.rank(self._logits) - 1
        with name_scope("event_size"):
            self._event_size = array_ops.shape(self._logits)[-1]

    def _batch_shape_tensor(self) -> Any:
        return array_ops.shape(self.logits)[:-1]

    def _batch_shape(self) -> Any:
        return self.logits.shape[:-1]

    def _event_shape_tensor(self) -> Any:
        return array_ops.shape(self.logits)[-1:]

    def _event_shape(self) -> Any:
        return self.logits.shape.with_rank_at_least(1)[-1:]

    # How the axis of classes is given to sums: to the node it matters.
    _classes_axis: Any = -1

    def _as_rows(self, x: Any) -> tuple[Tensor, Tensor, Tensor]:
        """`x` and the logits, broadcast, as matrices; and the shape that results have."""
        x, logits = self._checked(x), self.logits
        known = x.shape.is_fully_defined() and logits.shape.is_fully_defined()
        if not known or x.shape != logits.shape:
            logits = array_ops.ones_like(x, dtype=logits.dtype) * logits
            x = array_ops.ones_like(logits, dtype=x.dtype) * x
        shape = array_ops.shape(math_ops.reduce_sum(logits, self._classes_axis))
        logits = array_ops.reshape(logits, [-1, self.event_size])
        return array_ops.reshape(x, [-1, self.event_size]), logits, shape

    def _checked(self, x: Any) -> Any:
        """`x`, checked to be logs of probabilities if arguments are to be validated."""
        if not self.validate_args:
            return x
        no_positive = check_ops.assert_non_positive(x)
        zero = array_ops.zeros([], dtype=self.dtype)
        normal = check_ops.assert_near(zero, math_ops.reduce_logsumexp(x, axis=[-1]))
        return control_flow_ops.with_dependencies([no_positive, normal], x)


@export("contrib.distributions.OneHotCategorical")
class OneHotCategorical(_OverClasses):
    """The vector with 1 at class k and 0 elsewhere, with probability probs[..., k]. Stands for
    `tf.contrib.distributions.OneHotCategorical`.

    Args:
      logits: log probabilities up to a constant, [..., classes], floating.
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
        name: str = "OneHotCategorical",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs]) as name:
            self._logits, self._probs = util.get_logits_and_probs(
                name=name,
                logits=logits,
                probs=probs,
                validate_args=validate_args,
                multidimensional=True,
            )
            self._make_sizes()
        super().__init__(
            dtype=dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._logits, self._probs],
            name=name,
        )

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        shape = array_ops.concat([[n], array_ops.shape(self.logits)], 0)
        rows = self.logits
        if rows.shape.ndims != 2:
            rows = array_ops.reshape(rows, [-1, self.event_size])
        draws = array_ops.transpose(random_ops.multinomial(rows, n, seed=seed))
        draws = array_ops.one_hot(draws, self.event_size, dtype=self.dtype)
        return array_ops.reshape(draws, shape)

    def _log_prob(self, value: Any) -> Any:
        x, logits, shape = self._as_rows(value)
        log_prob = -nn_ops.softmax_cross_entropy_with_logits(labels=x, logits=logits)
        return array_ops.reshape(log_prob, shape)

    def _entropy(self) -> Any:
        return -math_ops.reduce_sum(nn_ops.log_softmax(self.logits) * self.probs, axis=-1)

    def _mode(self) -> Any:
        best = math_ops.argmax(self.logits, axis=self._batch_rank)
        mode = array_ops.one_hot(best, self.event_size, dtype=self.dtype)
        mode.set_shape(self.logits.shape)
        return mode

    def _covariance(self) -> Any:
        p = self.probs
        covariance = -math_ops.matmul(p[..., None], p[..., None, :])
        return array_ops.matrix_set_diag(covariance, self._variance())

    def _variance(self) -> Any:
        return self.probs * (1.0 - self.probs)


@kullback_leibler.rule(OneHotCategorical)
def _kl_of_classes(a: Any, b: Any, name: str | None = None) -> Any:
    with name_scope(name, "kl_categorical_categorical", values=[a.logits, b.logits]):
        probs = nn_ops.softmax(a.logits)
        difference = nn_ops.log_softmax(a.logits) - nn_ops.log_softmax(b.logits)
        return math_ops.reduce_sum(probs * difference, axis=-1)


@export("contrib.distributions.ExpRelaxedOneHotCategorical")
class ExpRelaxedOneHotCategorical(_OverClasses):
    """The log of a `RelaxedOneHotCategorical`, which is exact where that is 0 or 1. Stands for
    `tf.contrib.distributions.ExpRelaxedOneHotCategorical`.

    Args:
      temperature: positive, floating; the nearer to 0, the nearer are draws to a single class.
      logits: log probabilities up to a constant, [..., classes], floating.
      probs: the probabilities themselves; exactly one of the two is given.
      dtype: the DType of samples; default that of the logits.

    Raises:
      ValueError: both or none of `logits` and `probs` are given.
      TypeError: they are not floating.
    """

    temperature = attribute("temperature", "The temperature.")
    _classes_axis = (-1,)

    @moved
    def __init__(
        self,
        temperature: Any,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "ExpRelaxedOneHotCategorical",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs, temperature]) as name:
            self._logits, self._probs = util.get_logits_and_probs(
                name=name,
                logits=logits,
                probs=probs,
                validate_args=validate_args,
                multidimensional=True,
            )
            if dtype is None:
                dtype = self._logits.dtype
                if not validate_args:
                    temperature = math_ops.cast(temperature, dtype)
            checks = [check_ops.assert_positive(temperature)] if validate_args else []
            with control_dependencies(checks):
                self._temperature = array_ops.identity(temperature, name="temperature")
                self._temperature_2d = array_ops.reshape(
                    temperature, [-1, 1], name="temperature_2d"
                )
            self._make_sizes()
        super().__init__(
            dtype=dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._logits, self._probs, self._temperature],
            name=name,
        )

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        """log softmax((logits + Gumbel's noise) / temperature)."""
        shape = array_ops.concat([[n], array_ops.shape(self.logits)], 0)
        logits = self.logits * array_ops.ones(shape, dtype=self.dtype)
        rows = array_ops.reshape(logits, [-1, self.event_size])
        uniform = random_ops.random_uniform(
            shape=array_ops.shape(rows),
            minval=np.finfo(self.dtype.as_numpy_dtype).tiny,
            maxval=1.0,
            dtype=self.dtype,
            seed=seed,
        )
        noise = -math_ops.log(-math_ops.log(uniform))
        noisy = math_ops.div(noise + rows, self._temperature_2d)
        return array_ops.reshape(nn_ops.log_softmax(noisy), shape)

    def _log_prob(self, value: Any) -> Any:
        x, logits, shape = self._as_rows(value)
        k = math_ops.cast(self.event_size, x.dtype)
        log_norm = math_ops.lgamma(k) + (k - 1.0) * math_ops.log(self.temperature)
        log_softmax = nn_ops.log_softmax(logits - x * self._temperature_2d)
        log_prob = log_norm + math_ops.reduce_sum(log_softmax, [-1], keepdims=False)
        return array_ops.reshape(log_prob, shape)


@export("contrib.distributions.RelaxedOneHotCategorical")
class RelaxedOneHotCategorical(TransformedDistribution):
    """Vectors of positive numbers with the sum 1, near to one of the corners; a differentiable
    function of logits and noise. Stands for
    `tf.contrib.distributions.RelaxedOneHotCategorical`.

    Args: as those of `ExpRelaxedOneHotCategorical`.
    """

    @moved
    def __init__(
        self,
        temperature: Any,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "RelaxedOneHotCategorical",
    ) -> None:
        logs = ExpRelaxedOneHotCategorical(
            temperature,
            logits=logits,
            probs=probs,
            dtype=dtype,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
        )
        super().__init__(logs, Exp(), name=name)


@export("contrib.distributions.RelaxedBernoulli")
class RelaxedBernoulli(TransformedDistribution):
    """Numbers in (0, 1), near to one of the ends; a differentiable function of logits and noise.
    Stands for `tf.contrib.distributions.RelaxedBernoulli`.

    Args:
      temperature: positive, floating; the nearer to 0, the nearer are draws to the ends.
      logits: the log odds of 1, floating.
      probs: the probability of 1; exactly one of the two is given.

    Raises:
      ValueError: both or none of `logits` and `probs` are given.
    """

    temperature = attribute("temperature", "The temperature.")
    logits = attribute("logits", "The log odds of 1.")
    probs = attribute("probs", "The probabilities of 1.")

    @moved
    def __init__(
        self,
        temperature: Any,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "RelaxedBernoulli",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs, temperature]) as name:
            checks = [check_ops.assert_positive(temperature)] if validate_args else []
            with control_dependencies(checks):
                self._temperature = array_ops.identity(temperature, name="temperature")
            self._logits, self._probs = util.get_logits_and_probs(
                logits=logits, probs=probs, validate_args=validate_args
            )
            noisy = Logistic(
                self._logits / self._temperature,
                1.0 / self._temperature,
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=name + "/Logistic",
            )
            super().__init__(
                distribution=noisy,
                bijector=Sigmoid(validate_args=validate_args),
                validate_args=validate_args,
                name=name,
            )
        self._parameters = parameters

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return {"logits": convert_to_tensor(sample_shape, dtype=dtypes.int32)}
