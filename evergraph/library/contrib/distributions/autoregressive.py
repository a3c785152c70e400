"""A distribution of vectors each of whose elements depends on those before."""

from typing import Any

import numpy as np

from evergraph.base.export import export
from evergraph.graph.defaults import name_scope
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute
from evergraph.library.distributions import util
from evergraph.library.distributions.distribution import Distribution


@export("contrib.distributions.Autoregressive")
class Autoregressive(Distribution):
    """X with the density of distribution_fn(X) at X. Stands for
    `tf.contrib.distributions.Autoregressive`.

    Args:
      distribution_fn: makes a distribution of a sample, whose element i depends on those before i;
        without an argument if there is no `sample0`.
      sample0: what the first draw is made of.
      num_steps: how often to draw; default the size of an event.

    Raises:
      ValueError: `num_steps` is not known or below 1.
    """

    distribution_fn = attribute("distribution_fn", "What makes distributions.")
    sample0 = attribute("sample0", "What the first draw is made of.")
    num_steps = attribute("num_steps", "How often it draws.")
    distribution0 = attribute("distribution0", "The first distribution.")

    @moved
    def __init__(
        self,
        distribution_fn: Any,
        sample0: Any = None,
        num_steps: int | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Autoregressive",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name) as name:
            self._distribution_fn = distribution_fn
            self._sample0 = sample0
            arguments = () if sample0 is None else (sample0,)
            self._distribution0 = distribution_fn(*arguments)
            if num_steps is None:
                num_steps = self._distribution0.event_shape.num_elements()
                if num_steps is None:
                    raise ValueError(
                        "distribution_fn must generate a distribution with fully known "
                        "`event_shape`."
                    )
            if num_steps < 1:
                raise ValueError(f"num_steps ({num_steps}) must be at least 1.")
            self._num_steps = num_steps
        super().__init__(
            dtype=self._distribution0.dtype,
            reparameterization_type=self._distribution0.reparameterization_type,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=self._distribution0._graph_parents,
            name=name,
        )

    def _batch_shape(self) -> Any:
        return self.distribution0.batch_shape

    def _batch_shape_tensor(self) -> Any:
        return self.distribution0.batch_shape_tensor()

    def _event_shape(self) -> Any:
        return self.distribution0.event_shape

    def _event_shape_tensor(self) -> Any:
        return self.distribution0.event_shape_tensor()

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        if seed is None:
            # Every step must draw the same noise.
            seed = util.gen_new_seed(np.random.randint(2**32 - 1), "autoregressive")
        samples = self.distribution0.sample(n, seed=seed)
        for _ in range(self._num_steps):
            samples = self.distribution_fn(samples).sample(seed=seed)
        return samples

    def _log_prob(self, value: Any) -> Any:
        return self.distribution_fn(value).log_prob(value)

    def _prob(self, value: Any) -> Any:
        return self.distribution_fn(value).prob(value)
