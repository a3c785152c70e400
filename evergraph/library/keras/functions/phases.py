"""tf.keras.backend: one of two values, by a condition or by the learning phase."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.cond import cond
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import is_tensor
from evergraph.library.keras.backend import learning_phase
from evergraph.library.keras.functions.arrays import ndim


def _function(value: Any) -> Any:
    return value if callable(value) else lambda: value


def _called(value: Any) -> Any:
    return value() if callable(value) else value


@export("keras.backend.switch")
def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """One of two values, by a scalar, or element by element. Stands for
    `tf.keras.backend.switch`.

    Args:
      condition: a tensor with at most as many axes as the values.
      then_expression, else_expression: tensors, or functions without arguments; of the functions
        only one runs if the condition is a scalar.

    Raises:
      ValueError: the condition has more axes.
    """
    if condition.dtype != dtypes.bool:
        condition = math_ops.cast(condition, "bool")
    rank = ndim(condition)
    if not rank:
        return cond(condition, _function(then_expression), _function(else_expression))
    then_value, else_value = _called(then_expression), _called(else_expression)
    value_rank = ndim(then_value)
    if rank > value_rank:
        raise ValueError(
            "Rank of `condition` should be less than or equal to rank of `then_expression` and "
            f"`else_expression`. ndim(condition)={rank}, ndim(then_expression)={value_rank}"
        )
    if rank > 1:
        more = [1] * (value_rank - rank)
        shape = array_ops.concat([array_ops.shape(condition), more], axis=0)
        condition = array_ops.reshape(condition, shape)
        wanted = array_ops.shape(then_value)
        missing = wanted - shape
        times = array_ops.where(missing > 0, wanted, array_ops.ones_like(wanted))
        condition = array_ops.tile(condition, times)
    return array_ops.where(condition, then_value, else_value)


@export("keras.backend.in_train_phase")
def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """`x` while training, else `alt`. Stands for `tf.keras.backend.in_train_phase`.

    Args:
      x, alt: tensors, or functions without arguments.
      training: whether it trains; default: the learning phase.
    """
    if training is None:
        training = learning_phase()
    if not is_tensor(training):
        if training == 1 or training is True:
            return _called(x)
        if training == 0 or training is False:
            return _called(alt)
    return switch(training, x, alt)


@export("keras.backend.in_test_phase")
def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """`alt` while training, else `x`. Stands for `tf.keras.backend.in_test_phase`."""
    return in_train_phase(alt, x, training=training)
