"""The exponential distribution."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops, nn_ops, random_ops
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions.deprecation import moved
from evergraph.library.distributions.gamma import Gamma


@export("distributions.Exponential", "contrib.distributions.Exponential")
class Exponential(Gamma):
    """rate exp(-rate x) for positive x: `Gamma` with concentration 1. Stands for
    `tf.distributions.Exponential`.

    Args:
      rate: one over the mean, positive, floating.
    """

    @moved
    def __init__(
        self,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Exponential",
    ) -> None:
        parameters = dict(locals())
        # Gamma takes up the scope by its name with a slash.
        with name_scope(name, values=[rate]) as name:
            self._rate = convert_to_tensor(rate, name="rate")
        super().__init__(
            concentration=array_ops.ones([], dtype=self._rate.dtype),
            rate=self._rate,
            allow_nan_stats=allow_nan_stats,
            validate_args=validate_args,
            name=name,
        )
        self._parameters = parameters
        self._graph_parents += [self._rate]

    @classmethod
    def _param_shapes(cls, sample_shape: Any) -> dict[str, Tensor]:
        return {"rate": convert_to_tensor(sample_shape, dtype=dtypes.int32)}

    def _log_survival_function(self, value: Any) -> Any:
        return self._log_prob(value) - math_ops.log(self._rate)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        shape = array_ops.concat([[n], array_ops.shape(self._rate)], 0)
        # 0 is left out: its log would be infinite.
        uniform = random_ops.random_uniform(
            shape,
            minval=np.finfo(self.dtype.as_numpy_dtype).tiny,
            maxval=1.0,
            seed=seed,
            dtype=self.dtype,
        )
        return -math_ops.log(uniform) / self._rate


@export("contrib.distributions.ExponentialWithSoftplusRate")
class ExponentialWithSoftplusRate(Exponential):
    """`Exponential` with softplus(rate). Stands for
    `tf.contrib.distributions.ExponentialWithSoftplusRate`."""

    @deprecated("2019-01-01", "Use `tfd.Exponential(tf.nn.softplus(rate)).")
    def __init__(
        self,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "ExponentialWithSoftplusRate",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[rate]) as name:
            super().__init__(
                rate=nn_ops.softplus(rate, name="softplus_rate"),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=name,
            )
        self._parameters = parameters
