"""`tf.train.experimental.enable_mixed_precision_graph_rewrite`: losses are scaled; numbers stay in
float32, as they do in TensorFlow where there is no GPU that is quick with float16."""

from typing import Any

from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.engine import mixed_precision_global_state as state
from evergraph.library import config
from evergraph.library.keras.loss_scale_optimizer import LossScaleOptimizer
from evergraph.library.keras.optimizers import OptimizerV2
from evergraph.library.train.loss_scale_optimizer import MixedPrecisionLossScaleOptimizer
from evergraph.library.train.optimizer import Optimizer


def _wrapped(opt: Any, loss_scale: Any) -> Any:
    for kind in (MixedPrecisionLossScaleOptimizer, LossScaleOptimizer):
        if isinstance(opt, kind):
            raise ValueError(
                f'"opt" must not already be an instance of a {kind.__name__}. '
                "`enable_mixed_precision_graph_rewrite` will automatically wrap the optimizer with "
                f"a {kind.__name__}."
            )
    if isinstance(opt, Optimizer):
        return MixedPrecisionLossScaleOptimizer(opt, loss_scale)
    if isinstance(opt, OptimizerV2):
        return LossScaleOptimizer(opt, loss_scale)
    raise ValueError(
        '"opt" must be an instance of a tf.train.Optimizer or a tf.keras.optimizers.Optimizer, but '
        f"got: {opt}"
    )


@export("train.experimental.enable_mixed_precision_graph_rewrite")
def enable_mixed_precision_graph_rewrite(opt: Any, loss_scale: Any = "dynamic") -> Any:
    """An optimizer that scales losses, and the option of later sessions that TensorFlow has for
    float16. Stands for `tf.train.experimental.enable_mixed_precision_graph_rewrite`.

    Args:
      opt: an optimizer of `tf.train` or of Keras.
      loss_scale: a number, "dynamic" or a LossScale.

    Raises:
      ValueError: `opt` is no optimizer, or scales losses already.
    """
    if not state.using_default_mixed_precision_policy:
        raise ValueError(
            "The mixed precision graph rewrite cannot be enabled, because a keras mixed precision "
            "Policy has been set. At most, one of the following functions can be called:\n\n"
            "  1. tf.keras.mixed_precision.experimental.set_policy() (You called this first)\n"
            "  2. tf.train.experimental.enable_mixed_precision_graph_rewrite() (You called this "
            "second)\n\n"
            "You called both functions, which is an error, because both functions enable you to "
            "use mixed precision."
        )
    if state.non_mixed_precision_session_created:
        logging.warn(
            "You already have existing Sessions that do not use mixed precision. "
            "enable_mixed_precision_graph_rewrite() will not affect these Sessions."
        )
    opt = _wrapped(opt, loss_scale)
    config.set_optimizer_experimental_options({"auto_mixed_precision": True})
    state.mixed_precision_graph_rewrite_is_enabled = True
    return opt


@export("train.experimental.disable_mixed_precision_graph_rewrite")
def disable_mixed_precision_graph_rewrite() -> None:
    """Takes back the option of later sessions; optimizers go on scaling. Stands for
    `tf.train.experimental.disable_mixed_precision_graph_rewrite`."""
    if not state.mixed_precision_graph_rewrite_is_enabled:
        logging.warn(
            "disable_mixed_precision_graph_rewrite() called when mixed precision is already "
            "disabled."
        )
    config.set_optimizer_experimental_options({"auto_mixed_precision": False})
    state.mixed_precision_graph_rewrite_is_enabled = False


enable_mixed_precision_graph_rewrite_v1 = enable_mixed_precision_graph_rewrite
disable_mixed_precision_graph_rewrite_v1 = disable_mixed_precision_graph_rewrite
