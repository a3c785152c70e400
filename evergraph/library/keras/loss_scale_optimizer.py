"""`tf.keras.mixed_precision.experimental.LossScaleOptimizer`."""

from collections.abc import Callable
from typing import Any

from evergraph.api import control_flow_ops, grouping, math_ops
from evergraph.api.smart_cond import smart_cond
from evergraph.base.export import export
from evergraph.library.keras.optimizers import OptimizerV2
from evergraph.library.train import loss_scale as loss_scales


@export("keras.mixed_precision.experimental.LossScaleOptimizer")
class LossScaleOptimizer(OptimizerV2):
    """Multiplies losses before another optimizer differentiates them, and divides the gradients;
    steps whose gradients are not finite are left out. Stands for
    `tf.keras.mixed_precision.experimental.LossScaleOptimizer`.

    Args:
      opt: an optimizer of Keras, without bounds of gradients.
      loss_scale: a number, "dynamic" or a LossScale.

    Raises:
      ValueError: `opt` is another thing.
    """

    _optimizer: OptimizerV2
    _loss_scale: Any

    def __init__(self, opt: OptimizerV2, loss_scale: Any) -> None:
        if not isinstance(opt, OptimizerV2):
            raise ValueError(f'"opt" must be an instance of OptimizerV2, but got: {opt}')
        for bound in ("clipnorm", "clipvalue"):
            if hasattr(opt, bound):
                raise ValueError(
                    f"LossScaleOptimizer does not support wrapping optimizers with a {bound}. "
                    f"Optimizer {opt} has {bound} {getattr(opt, bound)}"
                )
        self._hyper: dict[str, Any] = {}
        self._optimizer = opt
        self._loss_scale = loss_scales.get(loss_scale)

    @property
    def loss_scale(self) -> Any:
        """The LossScale."""
        return self._loss_scale

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_optimizer" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self._optimizer, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("learning_rate", "lr", "iterations"):
            self._optimizer.__setattr__(name, value)
        else:
            object.__setattr__(self, name, value)

    @property
    def iterations(self) -> Any:
        """The variable that counts the steps."""
        return self._optimizer.iterations

    @property
    def weights(self) -> list[Any]:
        """What the other optimizer keeps."""
        return self._optimizer.weights

    def get_scaled_loss(self, loss: Any) -> Any:
        """A loss, or the function that gives it, multiplied by the scale."""
        scale = self._loss_scale()
        if callable(loss):
            function: Callable[[], Any] = loss

            def scaled() -> Any:
                value = function()
                return value * math_ops.cast(scale, value.dtype)

            return scaled
        return loss * math_ops.cast(scale, loss.dtype)

    def get_unscaled_gradients(self, grads: Any) -> list[Any]:
        """Gradients divided by the scale."""
        factor = 1.0 / self._loss_scale()
        return [None if g is None else g * math_ops.cast(factor, g.dtype) for g in grads]

    def get_gradients(self, loss: Any, params: Any) -> list[Any]:
        """The gradients of a loss."""
        grads = self._optimizer.get_gradients(self.get_scaled_loss(loss), params)
        return self.get_unscaled_gradients(grads)

    def apply_gradients(self, grads_and_vars: Any, name: str | None = None) -> Any:
        """The operation that makes one step with these gradients."""
        pairs = tuple(grads_and_vars)
        update, should_apply = self._loss_scale.update([grad for grad, _ in pairs])
        applied = smart_cond(
            should_apply,
            lambda: self._optimizer.apply_gradients(pairs, name),
            control_flow_ops.no_op,
        )
        return grouping.group(applied, update)

    def get_config(self) -> dict[str, Any]:
        """Raises NotImplementedError."""
        raise NotImplementedError("get_config() is not yet implemented for LossScaleOptimizers")

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Raises NotImplementedError."""
        raise NotImplementedError("from_config() is not yet implemented for LossScaleOptimizers")
