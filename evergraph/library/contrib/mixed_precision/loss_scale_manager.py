"""What losses are multiplied by."""

import abc
from collections.abc import Callable
from typing import Any

from evergraph.api import control_flow_ops, grouping, math_ops, state_ops
from evergraph.api.cond import cond
from evergraph.api.variable_scope import variable
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor


@export("contrib.mixed_precision.LossScaleManager")
class LossScaleManager(abc.ABC):
    """What a scale is, and how it changes. Stands for
    `tf.contrib.mixed_precision.LossScaleManager`."""

    @abc.abstractmethod
    def get_loss_scale(self) -> Any:
        """The scale, a scalar float32."""

    @abc.abstractmethod
    def update_loss_scale(self, finite_grads: Any) -> Any:
        """The node that updates the scale.

        Args:
          finite_grads: scalar bool tensor, whether the gradients of a step were finite.
        """


@export("contrib.mixed_precision.FixedLossScaleManager")
class FixedLossScaleManager(LossScaleManager):
    """A scale that does not change. Stands for `tf.contrib.mixed_precision.FixedLossScaleManager`.

    Raises:
      ValueError: it is less than 1.
    """

    def __init__(self, loss_scale: Any) -> None:
        if loss_scale < 1:
            raise ValueError("loss scale must be at least 1.")
        self._loss_scale = convert_to_tensor(loss_scale, dtype=dtypes.float32)

    def get_loss_scale(self) -> Any:
        return self._loss_scale

    def update_loss_scale(self, finite_grads: Any) -> Any:
        return control_flow_ops.no_op()


@export("contrib.mixed_precision.ExponentialUpdateLossScaleManager")
class ExponentialUpdateLossScaleManager(LossScaleManager):
    """A scale that grows while all goes well, and falls where it does not. Stands for
    `tf.contrib.mixed_precision.ExponentialUpdateLossScaleManager`.

    Args:
      init_loss_scale: the scale to begin with.
      incr_every_n_steps: after so many good steps one after the other, it is multiplied by
      incr_ratio.
      decr_every_n_nan_or_inf: after so many bad steps, it is multiplied by
      decr_ratio.
    """

    def __init__(
        self,
        init_loss_scale: Any,
        incr_every_n_steps: Any,
        decr_every_n_nan_or_inf: Any = 2,
        incr_ratio: Any = 2,
        decr_ratio: Any = 0.8,
    ) -> None:
        self._incr_every_n_steps = incr_every_n_steps
        self._decr_every_n_nan_or_inf = decr_every_n_nan_or_inf
        self._incr_ratio, self._decr_ratio = incr_ratio, decr_ratio
        self._loss_scale = variable(
            name="loss_scale",
            initial_value=convert_to_tensor(init_loss_scale, dtypes.float32),
            dtype=dtypes.float32,
            trainable=False,
        )
        self._num_good_steps, self._num_bad_steps = [
            variable(name=name, initial_value=0, dtype=dtypes.int32, trainable=False)
            for name in ("good_steps", "bad_steps")
        ]

    def get_loss_scale(self) -> Any:
        return self._loss_scale

    def _begin_anew(self) -> Any:
        return grouping.group(
            state_ops.assign(self._num_good_steps, 0), state_ops.assign(self._num_bad_steps, 0)
        )

    def _grow(self) -> Any:
        larger: Callable[[], Any] = lambda: self._loss_scale * self._incr_ratio  # noqa: E731
        scale = cond(math_ops.is_finite(larger()), larger, lambda: self._loss_scale)
        update = state_ops.assign(self._loss_scale, scale)
        return grouping.group(update, self._begin_anew())

    def _shrink(self) -> Any:
        scale = math_ops.maximum(1.0, self._loss_scale * self._decr_ratio)
        update = state_ops.assign(self._loss_scale, scale)
        return grouping.group(update, self._begin_anew())

    def _after_good_step(self) -> Any:
        return cond(
            self._num_good_steps + 1 >= self._incr_every_n_steps,
            self._grow,
            lambda: state_ops.assign_add(self._num_good_steps, 1).op,
        )

    def _after_bad_step(self) -> Any:
        def count() -> Any:
            return grouping.group(
                state_ops.assign_add(self._num_bad_steps, 1),
                state_ops.assign(self._num_good_steps, 0),
            )

        enough = self._num_bad_steps + 1 >= self._decr_every_n_nan_or_inf
        return cond(enough, self._shrink, count)

    def update_loss_scale(self, finite_grads: Any) -> Any:
        return cond(finite_grads, self._after_good_step, self._after_bad_step)
