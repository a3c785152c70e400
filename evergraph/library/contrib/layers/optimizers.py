"""optimize_loss: a training step with clipping, noise, decay and summaries."""

from collections.abc import Callable, Mapping
from typing import Any

from evergraph.api import array_ops, clip_ops, grouping, init_ops, math_ops, random_ops
from evergraph.api import variable_scope as vs
from evergraph.api.shape_checks import assert_scalar
from evergraph.api.variables import trainable_variables
from evergraph.base import dtypes
from evergraph.base.export import export, export_constant
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import get_collection
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.summary import summary
from evergraph.library.train import moving_averages, training_util
from evergraph.library.train.adagrad import AdagradOptimizer
from evergraph.library.train.adam import AdamOptimizer
from evergraph.library.train.ftrl import FtrlOptimizer
from evergraph.library.train.gradient_descent import GradientDescentOptimizer
from evergraph.library.train.momentum import MomentumOptimizer
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.rmsprop import RMSPropOptimizer

GradsAndVars = list[tuple[Any, Any]]


def _momentum(learning_rate: Any) -> MomentumOptimizer:
    return MomentumOptimizer(learning_rate, momentum=0.9)


OPTIMIZER_CLS_NAMES: dict[str, Callable[..., Optimizer]] = {
    "Adagrad": AdagradOptimizer,
    "Adam": AdamOptimizer,
    "Ftrl": FtrlOptimizer,
    "Momentum": _momentum,
    "RMSProp": RMSPropOptimizer,
    "SGD": GradientDescentOptimizer,
}

OPTIMIZER_SUMMARIES = [
    "learning_rate",
    "loss",
    "gradients",
    "gradient_norm",
    "global_gradient_norm",
]

export_constant(__name__, "OPTIMIZER_CLS_NAMES", "contrib.layers.OPTIMIZER_CLS_NAMES")
export_constant(__name__, "OPTIMIZER_SUMMARIES", "contrib.layers.OPTIMIZER_SUMMARIES")


@export("contrib.layers.optimize_loss")
def optimize_loss(
    loss: Any,
    global_step: Any,
    learning_rate: Any,
    optimizer: Any,
    gradient_noise_scale: Any = None,
    gradient_multipliers: Any = None,
    clip_gradients: Any = None,
    learning_rate_decay_fn: Any = None,
    update_ops: Any = None,
    variables: Any = None,
    name: Any = None,
    summaries: Any = None,
    colocate_gradients_with_ops: bool = False,
    increment_global_step: bool = True,
) -> Tensor:
    """A training step. Stands for `tf.contrib.layers.optimize_loss`.

    Args:
      loss: a scalar.
      global_step: the variable that counts steps; default: the graph's.
      learning_rate: a float, which becomes a variable, or a scalar tensor; None if the optimizer
        has its own.
      optimizer: a key of OPTIMIZER_CLS_NAMES, a class, an instance, or a function of the rate.
      gradient_noise_scale: adds truncated normal noise of that size to the gradients.
      gradient_multipliers: factors of gradients, by variable or its name.
      clip_gradients: the largest global norm (a float), or a function of (gradient, variable)
        pairs.
      learning_rate_decay_fn: a function of rate and step that gives the rate.
      update_ops: operations to run before; default: those of the collection UPDATE_OPS.
      variables: what is trained; default: all trainable variables.
      name: the variable scope; default: "OptimizeLoss".
      summaries: which of OPTIMIZER_SUMMARIES to make; default: loss, rate and global norm.
      colocate_gradients_with_ops: whether gradients are computed where the ops are.
      increment_global_step: whether the step counts.

    Returns:
      The loss, after the step.

    Raises:
      ValueError: an argument is of no such kind, or something that it needs is missing.
    """
    loss = convert_to_tensor(loss)
    assert_scalar(loss)
    if global_step is None:
        global_step = training_util.get_global_step()
    else:
        training_util.assert_global_step(global_step)
    with vs.variable_scope(name, "OptimizeLoss", [loss, global_step]):
        if update_ops is None:
            update_ops = set(get_collection(GraphKeys.UPDATE_OPS))
        if update_ops:
            loss = grouping.with_dependencies(list(update_ops), loss)
        rate = _rate(learning_rate)
        summaries = _check_summaries(summaries)
        if learning_rate is not None and learning_rate_decay_fn is not None:
            if global_step is None:
                raise ValueError("global_step is required for learning_rate_decay_fn.")
            rate = learning_rate_decay_fn(rate, global_step)
            if "learning_rate" in summaries:
                summary.scalar("learning_rate", rate)
        chosen = _optimizer(optimizer, rate, learning_rate)
        gradients = chosen.compute_gradients(
            loss,
            trainable_variables() if variables is None else variables,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gradient_noise_scale is not None:
            gradients = _add_scaled_noise_to_gradients(gradients, gradient_noise_scale)
        if gradient_multipliers is not None:
            gradients = _multiply_gradients(gradients, gradient_multipliers)
            if not gradients:
                raise ValueError(
                    "Empty list of (gradient, var) pairs encountered. This is most likely to be "
                    "caused by an improper value of gradient_multipliers."
                )
        norms = "global_gradient_norm" in summaries or "gradient_norm" in summaries
        if norms:
            _summarize_norm("global_norm/gradient_norm", gradients)
        gradients = _clipped(gradients, clip_gradients)
        if "loss" in summaries:
            summary.scalar("loss", loss)
        _summarize_gradients(gradients, summaries)
        if clip_gradients is not None and norms:
            _summarize_norm("global_norm/clipped_gradient_norm", gradients)
        updates = chosen.apply_gradients(
            gradients, global_step=global_step if increment_global_step else None, name="train"
        )
        return grouping.with_dependencies([updates], loss)


def _rate(learning_rate: Any) -> Any:
    """The rate as a tensor or a variable, or None."""
    if learning_rate is None:
        return None
    if isinstance(learning_rate, Tensor) and learning_rate.get_shape().ndims == 0:
        return learning_rate
    if not isinstance(learning_rate, float):
        raise ValueError(
            "Learning rate should be 0d Tensor or float. "
            f"Got {learning_rate} of type {type(learning_rate)}"
        )
    if learning_rate < 0.0:
        raise ValueError("Invalid learning_rate %s.", learning_rate)
    return vs.get_variable(
        "learning_rate",
        [],
        trainable=False,
        initializer=init_ops.constant_initializer(learning_rate),
    )


def _check_summaries(summaries: Any) -> Any:
    if summaries is None:
        return ["loss", "learning_rate", "global_gradient_norm"]
    for wanted in summaries:
        if wanted not in OPTIMIZER_SUMMARIES:
            raise ValueError(
                f"Summaries should be one of [{', '.join(OPTIMIZER_SUMMARIES)}], you provided "
                f"{wanted}."
            )
    return summaries


def _optimizer(optimizer: Any, rate: Any, learning_rate: Any) -> Optimizer:
    """The optimizer that a name, a class, an instance or a function stands for."""
    is_name = isinstance(optimizer, str)
    if is_name or (isinstance(optimizer, type) and issubclass(optimizer, Optimizer)):
        if rate is None:
            raise ValueError(
                "Learning rate is None, but should be specified if optimizer is "
                f"{'string' if is_name else 'class'} ({optimizer})."
            )
        if is_name and optimizer not in OPTIMIZER_CLS_NAMES:
            raise ValueError(
                f"Optimizer name should be one of [{', '.join(OPTIMIZER_CLS_NAMES)}], you provided "
                f"{optimizer}."
            )
        made: Optimizer = (OPTIMIZER_CLS_NAMES[optimizer] if is_name else optimizer)(
            learning_rate=rate
        )
        return made
    if isinstance(optimizer, Optimizer):
        return optimizer
    if not callable(optimizer):
        raise ValueError(
            "Unrecognized optimizer: should be string, subclass of Optimizer, instance of subclass "
            f"of Optimizer or function with one argument. Got {optimizer}."
        )
    found = optimizer(rate) if learning_rate is not None else optimizer()
    if not isinstance(found, Optimizer):
        raise ValueError(
            f"Unrecognized optimizer: function should return subclass of Optimizer. Got {found}."
        )
    return found


def _gradients(grads_and_vars: GradsAndVars) -> Any:
    return next(iter(zip(*grads_and_vars, strict=True)))


def _summarize_norm(tag: str, grads_and_vars: GradsAndVars) -> None:
    summary.scalar(tag, clip_ops.global_norm(_gradients(grads_and_vars)))


def _summarize_gradients(grads_and_vars: GradsAndVars, summaries: Any) -> None:
    for gradient, variable in grads_and_vars:
        values = gradient.values if isinstance(gradient, IndexedSlices) else gradient
        if values is None:
            continue
        name = variable.name.replace(":", "_")
        if "gradients" in summaries:
            summary.histogram(f"gradients/{name}", values)
        if "gradient_norm" in summaries:
            summary.scalar(f"gradient_norm/{name}", clip_ops.global_norm([values]))


def _clipped(grads_and_vars: GradsAndVars, clip_gradients: Any) -> GradsAndVars:
    if isinstance(clip_gradients, float):
        gradients, variables = zip(*grads_and_vars, strict=True)
        clipped, _ = clip_ops.clip_by_global_norm(gradients, clip_gradients)
        return list(zip(clipped, variables, strict=True))
    if callable(clip_gradients):
        found: GradsAndVars = clip_gradients(grads_and_vars)
        return found
    if clip_gradients is not None:
        raise ValueError(f"Unknown type {type(clip_gradients)} for clip_gradients")
    return grads_and_vars


def _adaptive_max_norm(
    norm: Any, std_factor: Any, decay: Any, global_step: Any, epsilon: float, name: Any
) -> tuple[Any, Any]:
    """The norm that is some deviations above the mean of logarithms so far, and that mean."""
    with vs.variable_scope(name, "AdaptiveMaxNorm", [norm]):
        log_norm = math_ops.log(norm + epsilon)

        def moving_average(name: str, value: Any, decay: Any) -> Any:
            variable = vs.get_variable(
                name,
                shape=value.get_shape(),
                dtype=value.dtype,
                initializer=init_ops.zeros_initializer(),
                trainable=False,
            )
            return moving_averages.assign_moving_average(variable, value, decay, zero_debias=False)

        if global_step is not None:
            n = math_ops.cast(global_step, dtypes.float32)
            decay = math_ops.minimum(decay, n / (n + 1.0))
        mean = moving_average("mean", log_norm, decay)
        mean_of_squares = moving_average("sq_mean", math_ops.square(log_norm), decay)
        variance = mean_of_squares - math_ops.square(mean)
        std = math_ops.sqrt(math_ops.maximum(epsilon, variance))
        return math_ops.exp(mean + std_factor * std), mean


def adaptive_clipping_fn(
    std_factor: float = 2.0,
    decay: float = 0.95,
    static_max_norm: Any = None,
    global_step: Any = None,
    report_summary: bool = False,
    epsilon: float = 1e-8,
    name: Any = None,
) -> Callable[[GradsAndVars], GradsAndVars]:
    """A function for `clip_gradients` that scales down gradients of unusual norm.

    Args:
      std_factor: how many deviations of the logarithm above its mean are usual.
      decay: of the moving averages.
      static_max_norm: the largest norm in any case.
      global_step: the step, with which the averages begin faster.
      report_summary: whether the largest norm becomes a summary.
      epsilon: keeps from the logarithm of 0.
      name: the variable scope; default: "AdaptiveMaxNorm".
    """

    def gradient_clipping(grads_and_vars: GradsAndVars) -> GradsAndVars:
        gradients, variables = zip(*grads_and_vars, strict=True)
        norm = clip_ops.global_norm(gradients)
        max_norm, log_mean = _adaptive_max_norm(norm, std_factor, decay, global_step, epsilon, name)
        if report_summary:
            summary.scalar("global_norm/adaptive_max_gradient_norm", max_norm)
        usual = norm < max_norm
        factor = array_ops.where(usual, array_ops.ones_like(norm), math_ops.exp(log_mean) / norm)
        if static_max_norm is not None:
            factor = math_ops.minimum(static_max_norm / norm, factor)
        clipped = [_scaled(gradient, factor) for gradient in gradients]
        return list(zip(clipped, variables, strict=True))

    return gradient_clipping


def _scaled(gradient: Any, factor: Any) -> Any:
    if isinstance(gradient, IndexedSlices):
        return IndexedSlices(gradient.values * factor, gradient.indices, gradient.dense_shape)
    return None if gradient is None else gradient * factor


def _add_scaled_noise_to_gradients(
    grads_and_vars: GradsAndVars, gradient_noise_scale: Any
) -> GradsAndVars:
    def noisy(gradient: Any) -> Any:
        if gradient is None:
            return None
        slices = isinstance(gradient, IndexedSlices)
        shape = gradient.dense_shape if slices else gradient.get_shape()
        return gradient + random_ops.truncated_normal(shape) * gradient_noise_scale

    return [(noisy(gradient), variable) for gradient, variable in grads_and_vars]


def _multiply_gradients(
    grads_and_vars: GradsAndVars, gradient_multipliers: Mapping[Any, Any]
) -> GradsAndVars:
    def multiplied(gradient: Any, variable: Any) -> Any:
        key = variable if variable in gradient_multipliers else variable.name
        if gradient is None or key not in gradient_multipliers:
            return gradient
        multiplier = gradient_multipliers[key]
        if isinstance(gradient, IndexedSlices):
            return _scaled(gradient, multiplier)
        return gradient * math_ops.cast(multiplier, gradient.dtype)

    return [(multiplied(gradient, variable), variable) for gradient, variable in grads_and_vars]
