"""The distribution of one of several classes."""

from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops, random_ops
from evergraph.base import dtypes, tensor_shape
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions import kullback_leibler, util
from evergraph.library.distributions.deprecation import moved
from evergraph.library.distributions.distribution import (
    NOT_REPARAMETERIZED,
    ScalarDistribution,
)


def _broadcast_cat_event_and_params(event: Any, params: Any, base_dtype: Any) -> Any:
    """Classes, and parameters with an axis of classes, with the same shape but for that axis."""
    if event.dtype.is_floating:
        event = math_ops.cast(event, dtype=dtypes.int32)
    elif not event.dtype.is_integer:
        raise TypeError(f"`value` should have integer `dtype` or `self.dtype` ({base_dtype})")
    known = (
        params.shape.ndims is not None
        and params.shape[:-1].is_fully_defined()
        and event.shape.is_fully_defined()
    )
    if known and params.shape[:-1] == event.shape:
        return event, params
    params *= array_ops.ones_like(event[..., array_ops.newaxis], dtype=params.dtype)
    shape = array_ops.shape(params)[:-1]
    event *= array_ops.ones(shape, dtype=event.dtype)
    if params.shape.ndims is not None:
        event.set_shape(params.shape[:-1])
    return event, params


@export("distributions.Categorical", "contrib.distributions.Categorical")
class Categorical(ScalarDistribution):
    """Class k with probability probs[..., k]. Stands for `tf.distributions.Categorical`.

    Args:
      logits: log probabilities up to a constant, [..., classes], floating.
      probs: the probabilities themselves; exactly one of the two is given.
      dtype: the DType of samples.

    Raises:
      ValueError: both or none of `logits` and `probs` are given, or they are scalars.
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
        name: str = "Categorical",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs]) as name:
            self._logits, self._probs = util.get_logits_and_probs(
                logits=logits,
                probs=probs,
                validate_args=validate_args,
                multidimensional=True,
                name=name,
            )
            if validate_args:
                self._logits = util.embed_check_categorical_event_shape(self._logits)
            self._make_shapes()
        super().__init__(
            dtype=dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._logits, self._probs],
            name=name,
        )

    def _make_shapes(self) -> None:
        """The batch's rank and shape and the count of classes; constants where known."""
        static = self._logits.shape.with_rank_at_least(1)
        if static.ndims is not None:
            self._batch_rank = convert_to_tensor(
                static.ndims - 1, dtype=dtypes.int32, name="batch_rank"
            )
        else:
            with name_scope("batch_rank"):
                self._batch_rank = array_ops.rank(self._logits) - 1
        shape = array_ops.shape(self._logits, name="logits_shape")
        size = tensor_shape.dimension_value(static[-1])
        if size is not None:
            self._event_size = convert_to_tensor(size, dtype=dtypes.int32, name="event_size")
        else:
            with name_scope("event_size"):
                self._event_size = shape[self._batch_rank]
        if static[:-1].is_fully_defined():
            self._batch_shape_val = constant(
                static[:-1].as_list(), dtype=dtypes.int32, name="batch_shape"
            )
        else:
            with name_scope("batch_shape"):
                self._batch_shape_val = shape[:-1]

    @property
    def event_size(self) -> Tensor:
        """The count of classes, an int32 scalar."""
        return self._event_size

    @property
    def logits(self) -> Tensor:
        """Log probabilities up to a constant."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self._probs

    def _batch_shape_tensor(self) -> Any:
        return array_ops.identity(self._batch_shape_val)

    def _batch_shape(self) -> Any:
        return self.logits.shape[:-1]

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        rows = self.logits
        if rows.shape.ndims != 2:
            rows = array_ops.reshape(rows, [-1, self.event_size])
        drawn_dtype = dtypes.int64 if self.dtype.size > 4 else dtypes.int32
        draws = random_ops.multinomial(rows, n, seed=seed, output_dtype=drawn_dtype)
        draws = array_ops.transpose(draws)
        shape = array_ops.concat([[n], self.batch_shape_tensor()], 0)
        return math_ops.cast(array_ops.reshape(draws, shape), self.dtype)

    def _matched(self, k: Any, params: Tensor) -> Any:
        k = convert_to_tensor(k, name="k")
        if self.validate_args:
            k = util.embed_check_integer_casting_closed(k, target_dtype=dtypes.int32)
        return _broadcast_cat_event_and_params(k, params, base_dtype=self.dtype.base_dtype)

    def _cdf(self, value: Any) -> Any:
        k, probs = self._matched(value, self.probs)
        probs = array_ops.reshape(probs, (-1, self._event_size))
        flat_k = array_ops.reshape(k, [-1])
        below = array_ops.sequence_mask(flat_k, self._event_size)
        summed = array_ops.where(below, probs, array_ops.zeros_like(probs))
        return array_ops.reshape(math_ops.reduce_sum(summed, axis=-1), array_ops.shape(k))

    def _log_prob(self, value: Any) -> Any:
        k, logits = self._matched(value, self.logits)
        return -nn_ops.sparse_softmax_cross_entropy_with_logits(labels=k, logits=logits)

    def _entropy(self) -> Any:
        return -math_ops.reduce_sum(nn_ops.log_softmax(self.logits) * self.probs, axis=-1)

    def _mode(self) -> Any:
        best = math_ops.cast(math_ops.argmax(self.logits, axis=self._batch_rank), self.dtype)
        best.set_shape(self.batch_shape)
        return best


@kullback_leibler.rule(Categorical)
def _kl_categorical_categorical(a: Categorical, b: Categorical, name: str | None = None) -> Any:
    with name_scope(name, "kl_categorical_categorical", values=[a.logits, b.logits]):
        difference = nn_ops.log_softmax(a.logits) - nn_ops.log_softmax(b.logits)
        return math_ops.reduce_sum(nn_ops.softmax(a.logits) * difference, axis=-1)
