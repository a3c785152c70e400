"""Expectations as means over draws."""

from typing import Any

from evergraph.api import activations, array_ops, math_ops
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope


@export("contrib.bayesflow.monte_carlo.expectation_importance_sampler")
def expectation_importance_sampler(
    f: Any,
    log_p: Any,
    sampling_dist_q: Any,
    z: Any = None,
    n: Any = None,
    seed: Any = None,
    name: str = "expectation_importance_sampler",
) -> Any:
    """E_p[f(Z)], by draws from another distribution q: the mean of f(z) p(z) / q(z). Stands for
    `tf.contrib.bayesflow.monte_carlo.expectation_importance_sampler`.

    Args:
      f: of draws [n, ...], to [n, ...].
      log_p: the log of p, of the same.
      sampling_dist_q: q, a distribution.
      z: draws from q, or None for `n` draws.
      n: how many; exactly one of the two is given.
      seed: of the draws.

    Raises:
      ValueError: both or none of `z` and `n` are given.
    """
    with name_scope(name, values=[z, n]):
        z = _draws(sampling_dist_q, z, n, seed)
        log_p_z = log_p(z)
        log_q_z = sampling_dist_q.log_prob(z)

        def log_mean(log_f_z: Any) -> Any:
            return _log_mean_exp(log_f_z + log_p_z - log_q_z)

        # Apart for the two signs, since logs are of positive numbers.
        f_z = f(z)
        log_above = math_ops.log(activations.relu(f_z) + 1.0)
        log_below = math_ops.log(activations.relu(-1.0 * f_z) + 1.0)
        above, below = log_mean(log_above), log_mean(log_below)
    return math_ops.exp(above) - math_ops.exp(below)


@export("contrib.bayesflow.monte_carlo.expectation_importance_sampler_logspace")
def expectation_importance_sampler_logspace(
    log_f: Any,
    log_p: Any,
    sampling_dist_q: Any,
    z: Any = None,
    n: Any = None,
    seed: Any = None,
    name: str = "expectation_importance_sampler_logspace",
) -> Any:
    """The log of E_p[f(Z)] of a positive f. Stands for
    `tf.contrib.bayesflow.monte_carlo.expectation_importance_sampler_logspace`.

    Args: as those of `expectation_importance_sampler`, with the log of f.
    """
    with name_scope(name, values=[z, n]):
        z = _draws(sampling_dist_q, z, n, seed)
        return _log_mean_exp(log_f(z) + log_p(z) - sampling_dist_q.log_prob(z))


@export("contrib.bayesflow.monte_carlo.expectation")
@deprecated(
    "2018-10-01",
    "The tf.contrib.bayesflow library has moved to TensorFlow Probability "
    "(https://github.com/tensorflow/probability). Use `tfp.monte_carlo.expectation` instead.",
)
def expectation(
    f: Any,
    samples: Any,
    log_prob: Any = None,
    use_reparametrization: bool = True,
    axis: Any = 0,
    keep_dims: bool = False,
    name: str | None = None,
) -> Any:
    """The mean of f over draws, whose gradient is that of the expectation. Stands for
    `tf.contrib.bayesflow.monte_carlo.expectation`.

    Args:
      samples: the draws.
      log_prob: their log probability, for the gradient of what is not differentiable.
      use_reparametrization: whether the draws are differentiable functions of parameters.
      axis: those of draws.

    Raises:
      ValueError: `f`, or a `log_prob` that is needed, is not callable.
    """
    with name_scope(name, "expectation", [samples]):
        if not callable(f):
            raise ValueError("`f` must be a callable function.")
        if use_reparametrization:
            return math_ops.reduce_mean(f(samples), axis=axis, keepdims=keep_dims)
        if not callable(log_prob):
            raise ValueError("`log_prob` must be a callable function.")
        stopped = array_ops.stop_gradient
        x = stopped(samples)
        logs = log_prob(x)
        values = f(x)
        # The second summand is 0 and has the gradient f d log p.
        values += stopped(values) * (logs - stopped(logs))
        return math_ops.reduce_mean(values, axis=axis, keepdims=keep_dims)


def _log_mean_exp(logs: Any) -> Any:
    """The log of the mean of exp(logs) over draws."""
    center = array_ops.stop_gradient(math_ops.reduce_max(logs, axis=[0]))
    centered = math_ops.exp(logs - center)
    return math_ops.log(math_ops.reduce_mean(centered, axis=[0])) + center


def _draws(distribution: Any, z: Any, n: Any, seed: Any) -> Any:
    with name_scope("get_samples", values=[z, n]):
        if (n is None) == (z is None):
            raise ValueError(
                f'Must specify exactly one of arguments "n" and "z".  Found: n = {n}, z = {z}'
            )
        if n is not None:
            return distribution.sample(n, seed=seed)
        return convert_to_tensor(z, name="z")
