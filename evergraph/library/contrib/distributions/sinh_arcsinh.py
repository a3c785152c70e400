"""Distributions with skewness and heavier or lighter tails."""

from typing import Any

from evergraph.api import array_ops, control_flow_ops
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.library.contrib.distributions import scales
from evergraph.library.contrib.distributions.bijectors.affine import Affine
from evergraph.library.contrib.distributions.bijectors.composed import Chain
from evergraph.library.contrib.distributions.bijectors.elementwise import (
    AffineScalar,
)
from evergraph.library.contrib.distributions.bijectors.elementwise import (
    SinhArcsinh as SinhArcsinhBijector,
)
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute, scalar_checks
from evergraph.library.distributions.normal import Normal
from evergraph.library.distributions.transformed_distribution import TransformedDistribution


def _base(
    distribution: Any, dtype: Any, guarded: Any, validate_args: bool, allow_nan_stats: bool
) -> tuple[Any, Any]:
    """The distribution that is transformed, and `guarded` behind its checks."""
    if distribution is None:
        zero, one = array_ops.zeros([], dtype=dtype), array_ops.ones([], dtype=dtype)
        return Normal(loc=zero, scale=one, allow_nan_stats=allow_nan_stats), guarded
    checks = scalar_checks(distribution, dtype, validate_args)
    if checks:
        guarded = control_flow_ops.with_dependencies(checks, guarded)
    return distribution, guarded


def _flow(skewness: Any, tailweight: Any, is_skewed: bool, scale: Any) -> tuple[Any, Any]:
    """The bijector, and the scale with which draws are as far from the middle as without it."""
    flow = SinhArcsinhBijector(skewness=skewness, tailweight=tailweight)
    plain = flow
    if is_skewed:
        zero = skewness.dtype.as_numpy_dtype(0.0)
        plain = SinhArcsinhBijector(skewness=zero, tailweight=tailweight)
    doubled = 2 * scale
    return flow, doubled / plain.forward(convert_to_tensor(2, dtype=skewness.dtype))


@export("contrib.distributions.SinhArcsinh")
class SinhArcsinh(TransformedDistribution):
    """loc + C sinh((arcsinh(X) + skewness) tailweight), with C such that the scale is kept. Stands
    for `tf.contrib.distributions.SinhArcsinh`.

    Args:
      loc, scale: floating; scale positive.
      skewness: default 0.
      tailweight: positive; above 1 for heavier tails; default 1.
      distribution: that of X; default the standard normal.

    Raises:
      TypeError: the dtypes are different.
      ValueError: `distribution` is not of a single scalar.
    """

    loc = attribute("loc", "The locations.")
    scale = attribute("scale", "The scales.")
    tailweight = attribute("tailweight", "The weights of tails.")
    skewness = attribute("skewness", "The skewness.")

    @moved
    def __init__(
        self,
        loc: Any,
        scale: Any,
        skewness: Any = None,
        tailweight: Any = None,
        distribution: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "SinhArcsinh",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale, skewness, tailweight]) as name:
            loc = convert_to_tensor(loc, name="loc")
            dtype = loc.dtype
            scale = convert_to_tensor(scale, name="scale", dtype=dtype)
            tails = 1.0 if tailweight is None else tailweight
            tails = convert_to_tensor(tails, name="tailweight", dtype=dtype)
            skew = 0.0 if skewness is None else skewness
            skew = convert_to_tensor(skew, name="skewness", dtype=dtype)
            batch_shape = scales.get_broadcast_shape(loc, scale, tails, skew)
            base, loc = _base(distribution, dtype, loc, validate_args, allow_nan_stats)
            flow, factor = _flow(skew, tails, skewness is not None, scale)
            affine = AffineScalar(shift=loc, scale=factor, validate_args=validate_args)
            super().__init__(
                distribution=base,
                bijector=Chain([affine, flow]),
                batch_shape=batch_shape,
                validate_args=validate_args,
                name=name,
            )
        self._parameters = parameters
        self._loc, self._scale = loc, scale
        self._tailweight, self._skewness = tails, skew


@export("contrib.distributions.VectorSinhArcsinhDiag")
class VectorSinhArcsinhDiag(TransformedDistribution):
    """`SinhArcsinh` of vectors of independent elements. Stands for
    `tf.contrib.distributions.VectorSinhArcsinhDiag`.

    Args:
      loc: floating, [..., k]; default none.
      scale_diag: [..., k].
      scale_identity_multiplier: [...].
      skewness, tailweight, distribution: as those of `SinhArcsinh`.

    Raises:
      ValueError: nothing tells the size, or `distribution` is not of a single scalar.
      TypeError: the dtypes are different.
    """

    loc = attribute("loc", "The location, or None.")
    scale = attribute("scale", "The scale, an operator.")
    tailweight = attribute("tailweight", "The weights of tails.")
    skewness = attribute("skewness", "The skewness.")

    @moved
    def __init__(
        self,
        loc: Any = None,
        scale_diag: Any = None,
        scale_identity_multiplier: Any = None,
        skewness: Any = None,
        tailweight: Any = None,
        distribution: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalLinearOperator",
    ) -> None:
        parameters = dict(locals())
        values = [loc, scale_diag, scale_identity_multiplier, skewness, tailweight]
        with name_scope(name, values=values) as name:
            loc = scales.optional_tensor(loc, "loc")
            scale = scales.make_diag_scale(
                loc=loc,
                scale_diag=scale_diag,
                scale_identity_multiplier=scale_identity_multiplier,
                validate_args=False,
                assert_positive=False,
            )
            batch_shape, event_shape = scales.shapes_from_loc_and_scale(loc, scale)
            diagonal = scale.diag_part()
            dtype = diagonal.dtype
            base, diagonal = _base(distribution, dtype, diagonal, validate_args, allow_nan_stats)
            skew = 0.0 if skewness is None else skewness
            skew = convert_to_tensor(skew, dtype=dtype, name="skewness")
            tails = 1.0 if tailweight is None else tailweight
            tails = convert_to_tensor(tails, dtype=dtype, name="tailweight")
            flow, factor = _flow(skew, tails, skewness is not None, diagonal)
            affine = Affine(shift=loc, scale_diag=factor, validate_args=validate_args)
            super().__init__(
                distribution=base,
                bijector=Chain([affine, flow]),
                batch_shape=batch_shape,
                event_shape=event_shape,
                validate_args=validate_args,
                name=name,
            )
        self._parameters = parameters
        self._loc, self._scale = loc, scale
        self._tailweight, self._skewness = tails, skew
