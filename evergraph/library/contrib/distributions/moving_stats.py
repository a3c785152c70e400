"""Means and variances that follow a stream of values."""

from typing import Any

from evergraph.api import array_ops, init_ops, math_ops, state_ops, variable_scope
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, control_dependencies, name_scope
from evergraph.graph.keys import GraphKeys


def _require_float(name: str, dtype: Any) -> None:
    if not dtype.is_floating:
        raise TypeError(f"{name}.base_dtype({dtype.name}) does not have float type `dtype`.")


@export("contrib.distributions.assign_moving_mean_variance")
def assign_moving_mean_variance(
    mean_var: Any, variance_var: Any, value: Any, decay: Any, name: str | None = None
) -> tuple[Any, Any]:
    """Update variables for the mean and the variance with a value, of weight 1 - decay. Stands for
    `tf.contrib.distributions.assign_moving_mean_variance`.

    Returns the two after the update.

    Raises:
      TypeError: the variables are not floating, or of different dtypes.
    """
    values = [variance_var, mean_var, value, decay]
    with name_scope(name, "assign_moving_mean_variance", values):
        with colocate_with(variance_var), colocate_with(mean_var):
            dtype = mean_var.dtype.base_dtype
            _require_float("mean_var", dtype)
            other = variance_var.dtype.base_dtype
            if dtype != other:
                raise TypeError(
                    f"mean_var.base_dtype({dtype.name}) != variance_var.base_dtype({other.name})"
                )
            value = convert_to_tensor(value, dtype=dtype, name="value")
            decay = convert_to_tensor(decay, dtype=dtype, name="decay")
            delta = value - mean_var  # from the mean before the update
            with control_dependencies([delta]):
                mean = state_ops.assign_add(mean_var, (1.0 - decay) * delta)
                weight = 1.0 - decay
                excess = variance_var - decay * math_ops.square(delta)
                variance = state_ops.assign_sub(variance_var, weight * excess)
            return mean, variance


@export("contrib.distributions.assign_log_moving_mean_exp")
def assign_log_moving_mean_exp(
    log_mean_exp_var: Any, log_value: Any, decay: Any, name: str | None = None
) -> Any:
    """Update a variable for the log of the mean of exp(log_value), of weight 1 - decay. Stands for
    `tf.contrib.distributions.assign_log_moving_mean_exp`.

    Raises:
      TypeError: the variable is not floating.
    """
    values = [log_mean_exp_var, log_value, decay]
    with name_scope(name, "assign_log_moving_mean_exp", values):
        with colocate_with(log_mean_exp_var):
            dtype = log_mean_exp_var.dtype.base_dtype
            _require_float("log_mean_exp_var", dtype)
            log_value = convert_to_tensor(log_value, dtype=dtype, name="log_value")
            decay = convert_to_tensor(decay, dtype=dtype, name="decay")
            delta = (log_value - log_mean_exp_var)[array_ops.newaxis, ...]
            old = math_ops.log(decay) * array_ops.ones_like(delta)
            new = delta + math_ops.log1p(-decay)
            change = math_ops.reduce_logsumexp(array_ops.concat([old, new], axis=0), axis=0)
            return log_mean_exp_var.assign_add(change)


@export("contrib.distributions.moving_mean_variance")
def moving_mean_variance(
    value: Any, decay: Any, collections: Any = None, name: str | None = None
) -> tuple[Any, Any]:
    """Mean and variance of a stream of values, in variables "moving_mean" and "moving_variance"
    that start at 0. Stands for `tf.contrib.distributions.moving_mean_variance`.

    Args:
      decay: the weight of what was before.
      collections: of the variables; default GLOBAL_VARIABLES.
      name: of their scope; default "moving_mean_variance".

    Raises:
      TypeError: `value` is not floating.
    """
    if collections is None:
        collections = [GraphKeys.GLOBAL_VARIABLES]
    with variable_scope.variable_scope(name, "moving_mean_variance", [value, decay]):
        value = convert_to_tensor(value, name="value")
        dtype = value.dtype.base_dtype
        _require_float("value", dtype)
        decay = convert_to_tensor(decay, dtype=dtype, name="decay")
        variance, mean = (
            variable_scope.get_variable(
                label,
                shape=value.shape,
                dtype=value.dtype,
                initializer=init_ops.zeros_initializer(),
                trainable=False,
                collections=collections,
            )
            for label in ("moving_variance", "moving_mean")
        )
        return assign_moving_mean_variance(mean, variance, value, decay)
