"""Distributions of parameters as a few points with weights, and what is mixed with them."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops, random_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.library.contrib.distributions.bijectors.elementwise import Exp
from evergraph.library.contrib.distributions.counts import Poisson
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute
from evergraph.library.distributions import util
from evergraph.library.distributions.categorical import Categorical
from evergraph.library.distributions.distribution import NOT_REPARAMETERIZED, Distribution
from evergraph.library.distributions.normal import Normal
from evergraph.library.distributions.transformed_distribution import TransformedDistribution


@moved
def concat_vectors(*vectors: Any) -> Any:
    """Vectors one after another: a list of numbers where all are known, else a tensor."""
    known = [constant_value(convert_to_tensor(v)) for v in vectors]
    if any(value is None for value in known):
        return array_ops.concat(vectors, axis=0)
    return [number for value in known for number in value]


def hermite_points(size: int, dtype: Any) -> tuple[Any, Any]:
    """The points of the Gauss-Hermite quadrature, and their weights as a tensor."""
    grid, probs = np.polynomial.hermite.hermgauss(deg=size)
    kind = dtype.as_numpy_dtype
    grid, probs = grid.astype(kind), probs.astype(kind)
    probs /= np.linalg.norm(probs, ord=1, keepdims=True)
    return grid, convert_to_tensor(probs, name="probs", dtype=dtype)


def quantile_points(
    d: Any, size: int, batch_ndims: Any, changed: Any, shape: Any
) -> tuple[Any, Any]:
    """The middles between quantiles of equal steps, and equal weights.

    Args:
      d: a distribution of scalars.
      batch_ndims: the rank of its batch.
      changed: what is done to quantiles [size + 1, batch...].
      shape: what is known of the result's shape, by size.
    """
    zero = array_ops.zeros([], dtype=d.dtype)
    edges = math_ops.linspace(zero, 1.0, size + 3)[1:-1]
    ones = array_ops.ones([batch_ndims], dtype=dtypes.int32)
    edges = array_ops.reshape(edges, shape=array_ops.concat([[-1], ones], axis=0))
    quantiles = changed(d.quantile(edges))
    order = array_ops.concat([math_ops.range(1, 1 + batch_ndims), [0]], axis=0)
    quantiles = array_ops.transpose(quantiles, order)
    if shape is not None:
        quantiles.set_shape(shape(size + 1))
    grid = (quantiles[..., :-1] + quantiles[..., 1:]) / 2.0
    grid.set_shape(d.batch_shape.concatenate([size]) if shape is None else shape(size))
    weight = 1.0 / math_ops.cast(size, d.dtype)
    return grid, array_ops.fill(dims=[size], value=weight)


def batch_rank(d: Any) -> Any:
    """The rank of a distribution's batch, as a number where it is known."""
    if d.batch_shape.ndims is not None:
        return d.batch_shape.ndims
    return array_ops.shape(d.batch_shape_tensor())[0]


@export("contrib.distributions.quadrature_scheme_lognormal_gauss_hermite")
@moved
def quadrature_scheme_lognormal_gauss_hermite(
    loc: Any, scale: Any, quadrature_size: int, validate_args: bool = False, name: str | None = None
) -> tuple[Any, Any]:
    """Points [..., quadrature_size] and weights [quadrature_size] that stand for a normal
    distribution, by Gauss-Hermite. Stands for
    `tf.contrib.distributions.quadrature_scheme_lognormal_gauss_hermite`.

    Args:
      loc, scale: tensors, the distribution's.
    """
    scope = "vector_diffeomixture_quadrature_gauss_hermite"
    with name_scope(name, scope, [loc, scale]):
        grid, probs = hermite_points(quadrature_size, loc.dtype)
        middle = loc[..., array_ops.newaxis]
        return middle + np.sqrt(2.0) * scale[..., array_ops.newaxis] * grid, probs


@export("contrib.distributions.quadrature_scheme_lognormal_quantiles")
@moved
def quadrature_scheme_lognormal_quantiles(
    loc: Any, scale: Any, quadrature_size: int, validate_args: bool = False, name: str | None = None
) -> tuple[Any, Any]:
    """Points [..., quadrature_size] and weights [quadrature_size] that stand for a log-normal
    distribution, by its quantiles. Stands for
    `tf.contrib.distributions.quadrature_scheme_lognormal_quantiles`.

    Args:
      loc, scale: those of the log.
    """
    with name_scope(name, "quadrature_scheme_lognormal_quantiles", [loc, scale]):
        d = TransformedDistribution(
            distribution=Normal(loc=loc, scale=scale), bijector=Exp(), validate_args=validate_args
        )
        return quantile_points(d, quadrature_size, batch_rank(d), lambda x: x, None)


@export("contrib.distributions.PoissonLogNormalQuadratureCompound")
class PoissonLogNormalQuadratureCompound(Distribution):
    """A Poisson distribution whose rate is log-normal, nearly: a mixture over a few points. Stands
    for `tf.contrib.distributions.PoissonLogNormalQuadratureCompound`.

    Args:
      loc, scale: those of the rate's log, floating.
      quadrature_size: how many points.
      quadrature_fn: makes logs of rates and weights of (loc, scale, quadrature_size,
        validate_args).

    Raises:
      TypeError: the points are of different dtypes.
    """

    mixture_distribution = attribute("mixture_distribution", "The distribution of the point.")
    distribution = attribute("distribution", "The distribution for each point.")
    loc = attribute("loc", "The location of the rate's log.")
    scale = attribute("scale", "The scale of the rate's log.")
    quadrature_size = attribute("quadrature_size", "How many points.")

    @moved
    def __init__(
        self,
        loc: Any,
        scale: Any,
        quadrature_size: int = 8,
        quadrature_fn: Any = quadrature_scheme_lognormal_quantiles,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "PoissonLogNormalQuadratureCompound",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale]) as name:
            if loc is not None:
                loc = convert_to_tensor(loc, name="loc")
            if scale is not None:
                dtype = None if loc is None else loc.dtype
                scale = convert_to_tensor(scale, dtype=dtype, name="scale")
            grid, probs = tuple(quadrature_fn(loc, scale, quadrature_size, validate_args))
            if grid.dtype.base_dtype != probs.dtype.base_dtype:
                raise TypeError(
                    f"Quadrature grid dtype ({grid.dtype.name}) does not match quadrature probs "
                    f"dtype ({probs.dtype.name})."
                )
            self._distribution = Poisson(
                log_rate=grid, validate_args=validate_args, allow_nan_stats=allow_nan_stats
            )
            self._mixture_distribution = Categorical(
                logits=math_ops.log(probs),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
            )
            self._loc, self._scale = loc, scale
            self._quadrature_size = quadrature_size
            super().__init__(
                dtype=grid.dtype,
                reparameterization_type=NOT_REPARAMETERIZED,
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                parameters=parameters,
                graph_parents=[loc, scale],
                name=name,
            )

    def _batch_shape_tensor(self) -> Any:
        of_grid = self.distribution.batch_shape_tensor()
        of_weights = array_ops.shape(self.mixture_distribution.logits)
        return array_ops.broadcast_dynamic_shape(of_grid, of_weights)[:-1]

    def _batch_shape(self) -> Any:
        of_weights = self.mixture_distribution.logits.shape
        return array_ops.broadcast_static_shape(self.distribution.batch_shape, of_weights)[:-1]

    def _event_shape(self) -> TensorShape:
        return TensorShape([])

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        size: Any = self.batch_shape.num_elements()
        if size is None:
            size = math_ops.reduce_prod(self.batch_shape_tensor())
        # A point for each draw of each member of the batch, as a place in all points.
        is_single = self.mixture_distribution.is_scalar_batch()
        points = self.mixture_distribution.sample(
            sample_shape=concat_vectors([n], util.pick_vector(is_single, [size], np.int32([]))),
            seed=util.gen_new_seed(seed, "poisson_lognormal_quadrature_compound"),
        )
        rest = util.pick_vector(self.is_scalar_batch(), np.int32([]), np.int32([-1]))
        points = array_ops.reshape(points, shape=concat_vectors([n], rest))
        points += math_ops.range(
            start=0,
            limit=size * self._quadrature_size,
            delta=self._quadrature_size,
            dtype=points.dtype,
        )
        rate = array_ops.gather(array_ops.reshape(self.distribution.rate, shape=[-1]), points)
        rate = array_ops.reshape(rate, shape=concat_vectors([n], self.batch_shape_tensor()))
        return random_ops.random_poisson(lam=rate, shape=[], dtype=self.dtype, seed=seed)

    def _log_prob(self, value: Any) -> Any:
        logits = self.mixture_distribution.logits
        logs = self.distribution.log_prob(value[..., array_ops.newaxis])
        return math_ops.reduce_logsumexp(logits + logs, axis=-1)

    def _mean(self) -> Any:
        logs = self.mixture_distribution.logits + self.distribution.log_rate
        return math_ops.exp(math_ops.reduce_logsumexp(logs, axis=-1))

    def _variance(self) -> Any:
        return math_ops.exp(self._log_variance())

    def _stddev(self) -> Any:
        return math_ops.exp(0.5 * self._log_variance())

    def _log_variance(self) -> Any:
        """The log of the mean of variances, which are the rates, and of the variance of means."""
        means = self.distribution.mean()
        distances = means - self._mean()[..., array_ops.newaxis]
        between = 2.0 * math_ops.log(math_ops.abs(distances))
        both = array_ops.stack([self.distribution.log_rate, between], axis=-1)
        logits = self.mixture_distribution.logits[..., array_ops.newaxis]
        return math_ops.reduce_logsumexp(logits + both, axis=[-2, -1])
