"""Vectors of independent draws of one distribution, times an operator, moved to a location."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.library.contrib.distributions import scales
from evergraph.library.contrib.distributions.bijectors.affine import AffineLinearOperator
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.distributions.exponential import Exponential
from evergraph.library.distributions.laplace import Laplace
from evergraph.library.distributions.transformed_distribution import TransformedDistribution
from evergraph.library.linalg.low_rank import LinearOperatorLowRankUpdate


class AffineVectors(TransformedDistribution):
    """loc + scale X, where X is of independent draws. A class says how they are spread."""

    def _spread(self, variance: Any) -> Any:
        """The variance, for what it would be with a variance of 1."""
        return variance

    def _spread_root(self, stddev: Any) -> Any:
        """The standard deviation, for what it would be with one of 1."""
        return stddev

    @staticmethod
    def _checked_scale(scale: Any) -> None:
        if scale is None:
            raise ValueError("Missing required `scale` parameter.")
        if not scale.dtype.is_floating:
            raise TypeError("`scale` parameter must have floating-point dtype.")

    def _build(
        self, base: Any, loc: Any, scale: Any, shapes: Any, validate_args: bool, name: Any
    ) -> None:
        """What constructors end with; `base` makes the distribution of X."""
        TransformedDistribution.__init__(
            self,
            distribution=base(),
            bijector=AffineLinearOperator(shift=loc, scale=scale, validate_args=validate_args),
            batch_shape=shapes[0],
            event_shape=shapes[1],
            validate_args=validate_args,
            name=name,
        )

    @property
    def loc(self) -> Any:
        """The location, or None."""
        return self.bijector.shift

    @property
    def scale(self) -> Any:
        """The operator."""
        return self.bijector.scale

    def _whole_shape(self) -> tuple[Any, bool]:
        """batch_shape + event_shape, and whether it is known."""
        shape = self.batch_shape.concatenate(self.event_shape)
        if shape.is_fully_defined():
            return shape, True
        return array_ops.concat([self.batch_shape_tensor(), self.event_shape_tensor()], 0), False

    def _mean(self) -> Any:
        shape, known = self._whole_shape()
        if self.loc is None:
            return array_ops.zeros(shape, self.dtype)
        if known and shape == self.loc.shape:
            return array_ops.identity(self.loc)
        return array_ops.identity(self.loc) + array_ops.zeros(shape, self.dtype)

    def _mode(self) -> Any:
        return self._mean()

    def _product(self) -> Any:
        """scale scale^T."""
        return self.scale.matmul(self.scale.to_dense(), adjoint_arg=True)

    def _is_symmetric_update(self) -> bool:
        return isinstance(self.scale, LinearOperatorLowRankUpdate) and self.scale.is_self_adjoint

    def _square(self) -> Any:
        """The same of an operator that is its own transpose."""
        return self.scale.matmul(self.scale.to_dense())

    def _covariance(self) -> Any:
        if scales.is_diagonal_scale(self.scale):
            diagonal = math_ops.square(self.scale.diag_part())
            return self._spread(array_ops.matrix_diag(diagonal))
        return self._spread(self._product())

    def _variance(self) -> Any:
        if scales.is_diagonal_scale(self.scale):
            return self._spread(math_ops.square(self.scale.diag_part()))
        if self._is_symmetric_update():
            return array_ops.matrix_diag_part(self._spread(self._square()))
        return self._spread(array_ops.matrix_diag_part(self._product()))

    def _stddev(self) -> Any:
        if scales.is_diagonal_scale(self.scale):
            return self._spread_root(math_ops.abs(self.scale.diag_part()))
        product = self._square() if self._is_symmetric_update() else self._product()
        return self._spread_root(math_ops.sqrt(array_ops.matrix_diag_part(product)))


class VectorExponentialLinearOperator(AffineVectors):
    """loc + scale X, with exponential draws of rate 1.

    Args:
      loc: floating, [..., k]; default none.
      scale: a `tf.linalg.LinearOperator`.

    Raises:
      ValueError: there is no `scale`, or the sizes are different.
      TypeError: `scale` is not floating.
    """

    @moved
    def __init__(
        self,
        loc: Any = None,
        scale: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorExponentialLinearOperator",
    ) -> None:
        parameters = dict(locals())
        self._checked_scale(scale)

        def base() -> Any:
            one = array_ops.ones([], dtype=scale.dtype)
            return Exponential(rate=one, allow_nan_stats=allow_nan_stats)

        with name_scope(name, values=[loc, *scale.graph_parents]) as name:
            loc = convert_to_tensor(loc, name="loc") if loc is not None else loc
            shapes = scales.shapes_from_loc_and_scale(loc, scale)
            self._build(base, loc, scale, shapes, validate_args, name)
            self._parameters = parameters

    def _mean(self) -> Any:
        return self._moved(array_ops.ones)

    def _mode(self) -> Any:
        return self._moved(array_ops.zeros)

    def _moved(self, filled: Any) -> Any:
        """loc + scale X of a constant X."""
        shape, _ = self._whole_shape()
        scaled = self.bijector.scale.matvec(filled(shape, self.dtype))
        return scaled if self.loc is None else array_ops.identity(self.loc) + scaled


class VectorLaplaceLinearOperator(AffineVectors):
    """loc + scale X, with draws of the standard Laplace distribution.

    Args:
      loc: floating, [..., k]; default none.
      scale: a `tf.linalg.LinearOperator`.

    Raises:
      ValueError: there is no `scale`, or the sizes are different.
      TypeError: `scale` is not floating.
    """

    @moved
    def __init__(
        self,
        loc: Any = None,
        scale: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorLaplaceLinearOperator",
    ) -> None:
        parameters = dict(locals())
        self._checked_scale(scale)

        def base() -> Any:
            zero = array_ops.zeros([], dtype=scale.dtype)
            return Laplace(loc=zero, scale=array_ops.ones([], dtype=scale.dtype))

        # The name is not that of the scope: TensorFlow opens one of the same name inside.
        with name_scope(name, values=[loc, *scale.graph_parents]):
            loc = convert_to_tensor(loc, name="loc") if loc is not None else loc
            shapes = scales.shapes_from_loc_and_scale(loc, scale)
            self._build(base, loc, scale, shapes, validate_args, name)
            self._parameters = parameters

    def _spread(self, variance: Any) -> Any:
        return 2.0 * variance

    def _spread_root(self, stddev: Any) -> Any:
        return np.sqrt(2) * stddev


def init_diag_scale(loc: Any, scale_diag: Any, scale_identity_multiplier: Any) -> Any:
    """The operator that constructors of diagonal classes make, in their scope."""
    with name_scope("init", values=[loc, scale_diag, scale_identity_multiplier]):
        return scales.make_diag_scale(
            loc=loc,
            scale_diag=scale_diag,
            scale_identity_multiplier=scale_identity_multiplier,
            validate_args=False,
            assert_positive=False,
        )


@export("contrib.distributions.VectorExponentialDiag")
class VectorExponentialDiag(VectorExponentialLinearOperator):
    """loc + diag(scale_diag + scale_identity_multiplier) X, with exponential draws of rate 1.
    Stands for `tf.contrib.distributions.VectorExponentialDiag`.

    Args:
      loc: floating, [..., k]; default none.
      scale_diag: [..., k].
      scale_identity_multiplier: [...].

    Raises:
      ValueError: nothing tells the size.
    """

    @moved
    def __init__(
        self,
        loc: Any = None,
        scale_diag: Any = None,
        scale_identity_multiplier: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorExponentialDiag",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name) as name:
            scale = init_diag_scale(loc, scale_diag, scale_identity_multiplier)
        super().__init__(
            loc=loc,
            scale=scale,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            name=name,
        )
        self._parameters = parameters


@export("contrib.distributions.VectorLaplaceDiag")
class VectorLaplaceDiag(VectorLaplaceLinearOperator):
    """loc + diag(scale_diag + scale_identity_multiplier) X, with draws of the standard Laplace
    distribution. Stands for `tf.contrib.distributions.VectorLaplaceDiag`.

    Args:
      loc: floating, [..., k]; default none.
      scale_diag: [..., k].
      scale_identity_multiplier: [...].

    Raises:
      ValueError: nothing tells the size.
    """

    @moved
    def __init__(
        self,
        loc: Any = None,
        scale_diag: Any = None,
        scale_identity_multiplier: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorLaplaceDiag",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name):
            scale = init_diag_scale(loc, scale_diag, scale_identity_multiplier)
        super().__init__(
            loc=loc,
            scale=scale,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            name=name,
        )
        self._parameters = parameters
