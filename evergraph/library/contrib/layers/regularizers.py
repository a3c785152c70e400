"""Penalties on the size of weights: `tf.contrib.layers`'s regularizers."""

import numbers
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import math_ops, nn_ops
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import add_to_collection, get_collection, name_scope
from evergraph.graph.keys import GraphKeys

Regularizer = Callable[[Any], Any]


def _is_disabled(scale: Any, full_stop: str) -> bool:
    """Whether `scale` is 0; ValueError where it cannot be a scale."""
    if isinstance(scale, numbers.Integral):
        raise ValueError(f"scale cannot be an integer: {scale}")
    if not isinstance(scale, numbers.Real):
        return False
    if scale < 0.0:
        raise ValueError(
            f"Setting a scale less than 0 on a regularizer: {float(scale):g}{full_stop}"
        )
    if scale == 0.0:
        logging.info("Scale of 0 disables regularizer.")
        return True
    return False


def _nothing(_: Any) -> None:
    return None


@export("contrib.layers.l1_regularizer")
def l1_regularizer(scale: Any, scope: str | None = None) -> Regularizer:
    """A function of weights that gives `scale` times the sum of their sizes. Stands for
    `tf.contrib.layers.l1_regularizer`.

    Args:
      scale: a float or a scalar tensor. With 0.0 the function gives None.
      scope: a name scope for its nodes.

    Raises:
      ValueError: `scale` is negative or an integer.
    """
    if _is_disabled(scale, ""):
        return _nothing

    def l1(weights: Any, name: str | None = None) -> Any:
        with name_scope(scope, "l1_regularizer", [weights]) as name:
            my_scale = convert_to_tensor(scale, dtype=weights.dtype.base_dtype, name="scale")
            return math_ops.multiply(
                my_scale, math_ops.reduce_sum(math_ops.abs(weights)), name=name
            )

    return l1


@export("contrib.layers.l2_regularizer")
def l2_regularizer(scale: Any, scope: str | None = None) -> Regularizer:
    """A function of weights that gives `scale` times half the sum of their squares. Stands for
    `tf.contrib.layers.l2_regularizer`.

    Args:
      scale: a float or a scalar tensor. With 0.0 the function gives None.
      scope: a name scope for its nodes.

    Raises:
      ValueError: `scale` is negative or an integer.
    """
    if _is_disabled(scale, "."):
        return _nothing

    def l2(weights: Any) -> Any:
        with name_scope(scope, "l2_regularizer", [weights]) as name:
            my_scale = convert_to_tensor(scale, dtype=weights.dtype.base_dtype, name="scale")
            return math_ops.multiply(my_scale, nn_ops.l2_loss(weights), name=name)

    return l2


@export("contrib.layers.l1_l2_regularizer")
def l1_l2_regularizer(
    scale_l1: Any = 1.0, scale_l2: Any = 1.0, scope: str | None = None
) -> Regularizer:
    """The sum of an L1 and an L2 regularizer. Stands for `tf.contrib.layers.l1_l2_regularizer`.

    Args:
      scale_l1, scale_l2: floats or scalar tensors; 0.0 leaves one out.
      scope: a name scope for its nodes.

    Raises:
      ValueError: a scale is negative or an integer.
    """
    for name, scale in (("scale_l1", scale_l1), ("scale_l2", scale_l2)):
        if isinstance(scale, numbers.Integral):
            raise ValueError(f"{name} cannot be an integer: {scale}")
    scope = scope or "l1_l2_regularizer"
    if scale_l1 == 0.0:
        return l2_regularizer(scale_l2, scope)
    if scale_l2 == 0.0:
        return l1_regularizer(scale_l1, scope)
    both = sum_regularizer([l1_regularizer(scale_l1), l2_regularizer(scale_l2)], scope=scope)
    assert both is not None
    return both


@export("contrib.layers.sum_regularizer")
def sum_regularizer(
    regularizer_list: Sequence[Regularizer | None], scope: str | None = None
) -> Regularizer | None:
    """A regularizer that adds up what others give. Stands for `tf.contrib.layers.sum_regularizer`.

    Args:
      regularizer_list: regularizers; None is passed over.
      scope: a name scope for its nodes.

    Returns:
      None where no regularizer is given.
    """
    regularizers = [reg for reg in regularizer_list if reg is not None]
    if not regularizers:
        return None

    def sum_reg(weights: Any) -> Any:
        with name_scope(scope, "sum_regularizer", [weights]) as name:
            penalties = [reg(weights) for reg in regularizers]
            penalties = [penalty for penalty in penalties if penalty is not None]
            return math_ops.add_n(penalties, name=name) if penalties else None

    return sum_reg


@export("contrib.layers.apply_regularization")
def apply_regularization(regularizer: Regularizer, weights_list: Any = None) -> Any:
    """The sum of a regularizer over many weights, kept as a regularization loss. Stands for
    `tf.contrib.layers.apply_regularization`.

    Args:
      regularizer: a function of one tensor that gives a scalar or None.
      weights_list: the weights; default: those of the collection `GraphKeys.WEIGHTS`.

    Raises:
      ValueError: there are no weights, or the regularizer gives no scalar.
    """
    if not weights_list:
        weights_list = get_collection(GraphKeys.WEIGHTS)
    if not weights_list:
        raise ValueError("No weights to regularize.")
    with name_scope("get_regularization_penalty", values=weights_list) as scope:
        penalties = [regularizer(w) for w in weights_list]
        penalties = [constant(0.0) if p is None else p for p in penalties]
        for penalty in penalties:
            if penalty.get_shape().ndims != 0:
                raise ValueError(
                    "regularizer must return a scalar Tensor instead of a Tensor with rank "
                    f"{penalty.get_shape().ndims}."
                )
        summed_penalty = math_ops.add_n(penalties, name=scope)
        add_to_collection(GraphKeys.REGULARIZATION_LOSSES, summed_penalty)
        return summed_penalty
