"""A mixture whose components are between two affine maps of the same draws."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops, nn_ops, shape_checks
from evergraph.base import dtypes, tensor_shape
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.library.contrib.distributions.bijectors.affine import AffineLinearOperator
from evergraph.library.contrib.distributions.bijectors.vectors import SoftmaxCentered
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute, scalar_checks
from evergraph.library.contrib.distributions.quadrature import (
    batch_rank,
    concat_vectors,
    hermite_points,
    quantile_points,
)
from evergraph.library.distributions import util
from evergraph.library.distributions.categorical import Categorical
from evergraph.library.distributions.distribution import FULLY_REPARAMETERIZED, Distribution
from evergraph.library.distributions.normal import Normal
from evergraph.library.linalg.dense import (
    LinearOperatorFullMatrix,
    LinearOperatorLowerTriangular,
)
from evergraph.library.linalg.diagonal import LinearOperatorDiag
from evergraph.library.linalg.identity import (
    LinearOperatorIdentity,
    LinearOperatorScaledIdentity,
)
from evergraph.library.linalg.linear_operator_addition import add_operators

_ONLY_TWO = "Currently only bimixtures are supported; {} is not {}."


@export("contrib.distributions.quadrature_scheme_softmaxnormal_gauss_hermite")
@moved
def quadrature_scheme_softmaxnormal_gauss_hermite(
    normal_loc: Any,
    normal_scale: Any,
    quadrature_size: int,
    validate_args: bool = False,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Points [..., k + 1, quadrature_size] and weights [quadrature_size] that stand for the softmax
    of [0, normal draws], by Gauss-Hermite. Stands for
    `tf.contrib.distributions.quadrature_scheme_softmaxnormal_gauss_hermite`.

    Args:
      normal_loc, normal_scale: [..., k], k 1.

    Raises:
      ValueError: they are scalars.
      NotImplementedError: k is not 1.
    """
    scope = "quadrature_scheme_softmaxnormal_gauss_hermite"
    with name_scope(name, scope, [normal_loc, normal_scale]):
        loc, scale = _normal_parameters(normal_loc, normal_scale, validate_args)
        grid, probs = hermite_points(quadrature_size, loc.dtype.base_dtype)
        middle = loc[..., array_ops.newaxis]
        logits = middle + np.sqrt(2.0) * scale[..., array_ops.newaxis] * grid
        return softmax(-util.pad(logits, axis=-2, front=True), axis=-2), probs


@export("contrib.distributions.quadrature_scheme_softmaxnormal_quantiles")
@moved
def quadrature_scheme_softmaxnormal_quantiles(
    normal_loc: Any,
    normal_scale: Any,
    quadrature_size: int,
    validate_args: bool = False,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Points [..., k + 1, quadrature_size] and weights [quadrature_size] that stand for the softmax
    of [normal draws, 0], by quantiles. Stands for
    `tf.contrib.distributions.quadrature_scheme_softmaxnormal_quantiles`. The arguments are those of
    `quadrature_scheme_softmaxnormal_gauss_hermite`."""
    with name_scope(name, "softmax_normal_grid_and_probs", [normal_loc, normal_scale]):
        loc, scale = _normal_parameters(normal_loc, normal_scale, validate_args)
        d = Normal(loc=loc, scale=scale)

        def shape(size: int) -> TensorShape:
            batch = d.batch_shape.with_rank_at_least(1)
            count = tensor_shape.dimension_value(batch[-1])
            return batch[:-1].concatenate([None if count is None else count + 1, size])

        rank = batch_rank(d)
        return quantile_points(
            d, quadrature_size, rank, lambda x: SoftmaxCentered().forward(x), shape
        )


def _normal_parameters(loc: Any, scale: Any, validate_args: bool) -> tuple[Any, Any]:
    loc = convert_to_tensor(loc, name="normal_loc")
    scale = convert_to_tensor(scale, dtype=loc.dtype.base_dtype, name="normal_scale")
    return loc, maybe_check_quadrature_param(scale, "normal_scale", validate_args)


@moved
def maybe_check_quadrature_param(param: Any, name: str, validate_args: bool) -> Any:
    """A parameter that must be [..., 1], checked at run time where its shape is not known."""
    too_few = "Mixing params must be a (batch of) vector; {} is not at least one."
    with name_scope("check_" + name, values=[param]):
        checks = []
        rank = param.shape.ndims
        if rank is None:
            if validate_args:
                message = too_few.format(f"{name}.rank")
                checks.append(shape_checks.assert_rank_at_least(param, 1, message=message))
        elif rank == 0:
            raise ValueError(too_few.format(f"{name}.rank={rank}"))
        size = tensor_shape.dimension_value(param.shape.with_rank_at_least(1)[-1])
        if size is None and rank is None and validate_args:
            message = _ONLY_TWO.format(f"{name}.shape[-1]", 1)
            checks.append(check_ops.assert_equal(array_ops.shape(param)[-1], 1, message=message))
        elif size != 1:
            raise NotImplementedError(_ONLY_TWO.format(f"{name}.shape[-1]={size}", 1))
        return control_flow_ops.with_dependencies(checks, param) if checks else param


@export("contrib.distributions.VectorDiffeomixture")
class VectorDiffeomixture(Distribution):
    """The mean over points W of loc(W) + scale(W) X, where loc(W) = W loc[0] + (1 - W) loc[1], the
    same of the scale, and W = sigmoid(N(mix_loc, 1) / temperature). Stands for
    `tf.contrib.distributions.VectorDiffeomixture`.

    Args:
      mix_loc: [..., 1], floating.
      temperature: of the same shape, positive.
      distribution: that of the elements of X, a single scalar.
      loc: two vectors [..., k], or None, or None for both.
      scale: two `tf.linalg.LinearOperator`.
      quadrature_size: how many points.
      quadrature_fn: makes points and weights of (loc, scale, quadrature_size, validate_args).

    Raises:
      ValueError: `loc` and `scale` do not fit, or `scale` is not positive definite, with
        validate_args.
      TypeError: the dtypes are different.
      NotImplementedError: there are more than two.
    """

    mixture_distribution = attribute("mixture_distribution", "The distribution of the point.")
    distribution = attribute("distribution", "The distribution of X's elements.")
    grid = attribute("grid", "The points, [..., 2, quadrature_size].")
    endpoint_affine = attribute("endpoint_affine", "The two affine maps.")
    interpolated_affine = attribute("interpolated_affine", "Those for the points.")

    @moved
    def __init__(
        self,
        mix_loc: Any,
        temperature: Any,
        distribution: Any,
        loc: Any = None,
        scale: Any = None,
        quadrature_size: int = 8,
        quadrature_fn: Any = quadrature_scheme_softmaxnormal_quantiles,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorDiffeomixture",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[mix_loc, temperature]) as name:
            loc = _checked_parts(loc, scale, validate_args)
            dtype = scale[0].dtype.base_dtype

            def maps(locs: Any, operators: Any, label: str) -> list[Any]:
                return [
                    AffineLinearOperator(
                        shift=shift,
                        scale=operator,
                        validate_args=validate_args,
                        name=f"{label}_{k}",
                    )
                    for k, (shift, operator) in enumerate(zip(locs, operators, strict=True))
                ]

            self._endpoint_affine = maps(loc, scale, "endpoint_affine")
            if len(scale) != 2:
                raise NotImplementedError(_ONLY_TWO.format(f"len(scale)={len(scale)}", 2))
            mix_loc = convert_to_tensor(mix_loc, dtype=dtype, name="mix_loc")
            temperature = convert_to_tensor(temperature, dtype=dtype, name="temperature")
            middle = mix_loc / temperature
            points = quadrature_fn(middle, 1.0 / temperature, quadrature_size, validate_args)
            self._grid, probs = tuple(points)
            self._mixture_distribution = Categorical(
                logits=math_ops.log(probs),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
            )
            checks = scalar_checks(distribution, dtype, validate_args)
            if checks:
                self._grid = control_flow_ops.with_dependencies(checks, self._grid)
            self._distribution = distribution
            locs = interpolate_loc(self._grid, loc)
            self._interpolated_affine = maps(
                locs, interpolate_scale(self._grid, scale), "interpolated_affine"
            )
            shapes = determine_batch_event_shapes(self._grid, self._endpoint_affine)
            self._batch_shape_, self._batch_shape_tensor_ = shapes[:2]
            self._event_shape_, self._event_shape_tensor_ = shapes[2:]
            super().__init__(
                dtype=dtype,
                reparameterization_type=FULLY_REPARAMETERIZED,
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                parameters=parameters,
                graph_parents=[
                    *distribution._graph_parents,
                    *(shift for shift in loc if shift is not None),
                    *(parent for operator in scale for parent in operator.graph_parents),
                ],
                name=name,
            )

    def _batch_shape_tensor(self) -> Any:
        return self._batch_shape_tensor_

    def _batch_shape(self) -> Any:
        return self._batch_shape_

    def _event_shape_tensor(self) -> Any:
        return self._event_shape_tensor_

    def _event_shape(self) -> Any:
        return self._event_shape_

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        batch = self.batch_shape_tensor()
        shape = concat_vectors([n], batch, self.event_shape_tensor())
        x = self.distribution.sample(sample_shape=shape, seed=seed)
        ends = [affine.forward(x) for affine in self.endpoint_affine]
        size: Any = self.batch_shape.num_elements()
        if size is None:
            size = math_ops.reduce_prod(self.batch_shape_tensor())
        of_mixture: Any = self.mixture_distribution.batch_shape.num_elements()
        if of_mixture is None:
            of_mixture = math_ops.reduce_prod(self.mixture_distribution.batch_shape_tensor())
        # A point for each draw of each member of the batch, as a place in all points.
        each = util.pick_vector(self.is_scalar_batch(), np.int32([]), [size // of_mixture])
        points = self.mixture_distribution.sample(
            sample_shape=concat_vectors([n], each),
            seed=util.gen_new_seed(seed, "vector_diffeomixture"),
        )
        rest = util.pick_vector(self.is_scalar_batch(), np.int32([]), np.int32([-1]))
        points = array_ops.reshape(points, shape=concat_vectors([n], rest))
        stride: Any = self.grid.shape.with_rank_at_least(2)[-2:].num_elements()
        if stride is None:
            stride = math_ops.reduce_prod(array_ops.shape(self.grid)[-2:])
        offset = math_ops.range(start=0, limit=size * stride, delta=stride, dtype=points.dtype)
        flat = array_ops.reshape(self.grid, shape=[-1])
        weight = array_ops.gather(flat, points + offset)
        final: Any
        if self.batch_shape.is_fully_defined():
            final = [-1, *self.batch_shape.as_list(), 1]
        else:
            final = array_ops.concat(([-1], self.batch_shape_tensor(), [1]), axis=0)
        weight = array_ops.reshape(weight, shape=final)
        return weight * (ends[0] - ends[1]) + ends[1]

    def _log_prob(self, value: Any) -> Any:
        maps = self.interpolated_affine
        y = array_ops.stack([affine.inverse(value) for affine in maps], axis=-1)
        logs = math_ops.reduce_sum(self.distribution.log_prob(y), axis=-2)
        fldj = [
            affine.forward_log_det_jacobian(
                value, event_ndims=array_ops.rank(self.event_shape_tensor())
            )
            for affine in maps
        ]
        volumes = array_ops.stack(fldj, axis=-1)
        total = self.mixture_distribution.logits - volumes + logs
        return math_ops.reduce_logsumexp(total, axis=-1)

    def _mean(self) -> Any:
        weights = self._event_weights()
        middle = self._base_mean()
        mean = None
        for k, affine in enumerate(self.interpolated_affine):
            mean = _plus(mean, weights[..., k] * affine.forward(middle))
        return mean

    def _covariance(self) -> Any:
        within = self._within(diag_only=False)
        return _plus(within, self._between(diag_only=False))

    def _variance(self) -> Any:
        return _plus(self._within(diag_only=True), self._between(diag_only=True))

    def _within(self, diag_only: bool) -> Any:
        """The mean of the points' covariances, by what operators are made of."""
        p = self.mixture_distribution.probs
        multiplier = diag = full = None
        for k, affine in enumerate(self.interpolated_affine):
            s = affine.scale
            if s is None or isinstance(s, LinearOperatorIdentity):
                multiplier = _plus(multiplier, p[..., k, array_ops.newaxis])
            elif isinstance(s, LinearOperatorScaledIdentity):
                weight = p[..., k, array_ops.newaxis]
                multiplier = _plus(multiplier, weight * math_ops.square(s.multiplier))
            elif isinstance(s, LinearOperatorDiag):
                weight = p[..., k, array_ops.newaxis]
                diag = _plus(diag, weight * math_ops.square(s.diag_part()))
            else:
                weight = p[..., k, array_ops.newaxis, array_ops.newaxis]
                x = weight * s.matmul(s.to_dense(), adjoint_arg=True)
                full = _plus(full, array_ops.matrix_diag_part(x) if diag_only else x)
        v = self.distribution.variance()
        if multiplier is not None:
            multiplier *= v
        if diag is not None:
            diag *= v[..., array_ops.newaxis]
        if full is not None:
            full *= v[..., array_ops.newaxis]
        if diag_only:
            found = _plus(diag, full)
            if found is None and multiplier is not None:
                ones = array_ops.ones(self.event_shape_tensor(), dtype=self.dtype)
                return multiplier[..., array_ops.newaxis] * ones
            return _plus(found, multiplier)
        sure = all(affine.scale.is_positive_definite for affine in self.endpoint_affine)
        hint = {"is_positive_definite": True if sure else None}
        operators: list[Any] = []
        if diag is not None:
            operators.append(LinearOperatorDiag(diag=diag, **hint))
        if full is not None:
            operators.append(LinearOperatorFullMatrix(matrix=full, **hint))
        if multiplier is not None:
            size = self.event_shape_tensor()[0]
            operators.append(
                LinearOperatorScaledIdentity(num_rows=size, multiplier=multiplier, **hint)
            )
        return add_operators(operators)[0].to_dense() if operators else None

    def _between(self, diag_only: bool) -> Any:
        """The covariance of the points' means."""
        squared = math_ops.square if diag_only else _outer_square
        weights = self._event_weights()
        if not diag_only:
            weights = weights[..., array_ops.newaxis, :]
        middle = self._base_mean()
        covariance = None
        mean = self._mean()
        for k, affine in enumerate(self.interpolated_affine):
            y = affine.forward(middle)
            covariance = _plus(covariance, weights[..., k] * squared(y - mean))
        return covariance

    def _base_mean(self) -> Any:
        """The mean of X."""
        batch = self.batch_shape_tensor()
        shape = concat_vectors(batch, self.event_shape_tensor())
        mean = self.distribution.mean()
        ones = array_ops.ones_like(shape, dtype=dtypes.int32)
        mean = array_ops.tile(array_ops.reshape(mean, shape=ones), multiples=shape)
        mean.set_shape(self.batch_shape.concatenate(self.event_shape))
        return mean

    def _event_weights(self) -> Any:
        """The weights of points, with axes for events."""
        p = self.mixture_distribution.probs
        count = tensor_shape.dimension_value(p.shape.with_rank_at_least(1)[-1])
        if count is None:
            count = array_ops.shape(p)[-1]
        ndims: Any = self.event_shape.ndims
        if ndims is None:
            ndims = array_ops.shape(self.event_shape_tensor())[0]
        batch = self.mixture_distribution.batch_shape_tensor()
        ones = array_ops.ones([ndims], dtype=dtypes.int32)
        return array_ops.reshape(p, shape=array_ops.concat([batch, ones, [count]], axis=0))


def _checked_parts(loc: Any, scale: Any, validate_args: bool) -> list[Any]:
    """The locations as tensors."""
    if not scale or len(scale) < 2:
        raise ValueError(
            "Must specify list (or list-like object) of scale LinearOperators, one for each "
            "component with num_component >= 2."
        )
    if loc is None:
        loc = [None] * len(scale)
    if len(loc) != len(scale):
        raise ValueError("loc/scale must be same-length lists (or same-length list-like objects).")
    dtype = scale[0].dtype.base_dtype
    loc = [
        None if shift is None else convert_to_tensor(shift, dtype=dtype, name=f"loc{k}")
        for k, shift in enumerate(loc)
    ]
    for k, operator in enumerate(scale):
        if validate_args and not operator.is_positive_definite:
            raise ValueError(
                f"scale[{k}].is_positive_definite = {operator.is_positive_definite} != True"
            )
        found = operator.dtype.base_dtype
        if found != dtype:
            raise TypeError(
                f'dtype mismatch; scale[{k}].base_dtype="{found.name}" != "{dtype.name}"'
            )
    return loc


@moved
def determine_batch_event_shapes(grid: Any, endpoint_affine: Any) -> tuple[Any, Any, Any, Any]:
    """The shapes of batch and event, each static and as a tensor."""
    with name_scope("determine_batch_event_shapes"):
        batch, batch_tensor = grid.shape[:-2], array_ops.shape(grid)[:-2]
        event = event_tensor = None

        def joined(one: Any, other: Any) -> tuple[Any, Any]:
            static = array_ops.broadcast_static_shape(one[0], other[0])
            return static, array_ops.broadcast_dynamic_shape(one[1], other[1])

        for affine in endpoint_affine:
            found = []
            shift, scale = affine.shift, affine.scale
            if shift is not None:
                of_shift = shift.shape
                found.append(
                    (
                        lambda s=shift, of=of_shift: (of[:-1], array_ops.shape(s)[:-1]),
                        lambda s=shift, of=of_shift: (of[-1:], array_ops.shape(s)[-1:]),
                    )
                )
            if scale is not None:
                found.append(
                    (
                        lambda s=scale: (s.batch_shape, s.batch_shape_tensor()),
                        lambda s=scale: (
                            TensorShape([s.range_dimension]),
                            s.range_dimension_tensor()[array_ops.newaxis],
                        ),
                    )
                )
            for of_batch, of_event in found:
                batch, batch_tensor = joined((batch, batch_tensor), of_batch())
                shapes = of_event()
                if event is not None:
                    shapes = joined((event, event_tensor), shapes)
                event, event_tensor = shapes
        return batch, batch_tensor, event, event_tensor


def _known_points(grid: Any, parts: Any) -> int:
    if len(parts) != 2:
        raise NotImplementedError(_ONLY_TWO.format(f"len(scale)={len(parts)}", 2))
    count = tensor_shape.dimension_value(grid.shape.with_rank_at_least(1)[-1])
    if count is None:
        raise ValueError("Num quadrature grid points must be known prior to graph execution.")
    return count


@moved
def interpolate_loc(grid: Any, loc: Any) -> list[Any]:
    """The location at each point."""
    count = _known_points(grid, loc)
    with name_scope("interpolate_loc", values=[grid, loc]):
        if loc[0] is None and loc[1] is None:
            return [None] * count
        w = grid[..., array_ops.newaxis, :, :]
        first, second = (None if x is None else x[..., array_ops.newaxis] for x in loc)
        if first is None:
            x = w[..., 1, :] * second
        elif second is None:
            x = w[..., 0, :] * first
        else:
            delta = first - second
            x = w[..., 0, :] * delta + second
        return [x[..., k] for k in range(count)]


@moved
def interpolate_scale(grid: Any, scale: Any) -> list[Any]:
    """The operator at each point."""
    count = _known_points(grid, scale)
    with name_scope("interpolate_scale", values=[grid]):
        return [
            add_operators([linop_scale(grid[..., k, q], s) for k, s in enumerate(scale)])[0]
            for q in range(count)
        ]


@moved
def linop_scale(w: Any, op: Any) -> Any:
    """An operator times a number."""
    hints = {
        "is_non_singular": op.is_non_singular,
        "is_self_adjoint": op.is_self_adjoint,
        "is_positive_definite": op.is_positive_definite,
    }
    with name_scope("linop_scale", values=[w]):
        if isinstance(op, LinearOperatorIdentity | LinearOperatorScaledIdentity):
            if isinstance(op, LinearOperatorScaledIdentity):
                w = w * op.multiplier
            return LinearOperatorScaledIdentity(
                num_rows=op.range_dimension_tensor(), multiplier=w, **hints
            )
        if isinstance(op, LinearOperatorDiag):
            diag = w[..., array_ops.newaxis] * op.diag_part()
            return LinearOperatorDiag(diag=diag, **hints)
        if isinstance(op, LinearOperatorLowerTriangular):
            weight = w[..., array_ops.newaxis, array_ops.newaxis]
            return LinearOperatorLowerTriangular(tril=weight * op.to_dense(), **hints)
        raise NotImplementedError(f"Unsupported Linop type ({type(op).__name__})")


def _plus(x: Any, y: Any) -> Any:
    """x + y, where None is nothing."""
    if x is None:
        return y
    return x if y is None else x + y


def _outer_square(x: Any) -> Any:
    return x[..., :, array_ops.newaxis] * x[..., array_ops.newaxis, :]


@moved
def softmax(x: Any, axis: Any, name: str | None = None) -> Any:
    """The softmax over an axis that may be known only at run time."""
    with name_scope(name, "softmax", [x, axis]):
        x = convert_to_tensor(x, name="x")
        ndims = array_ops.rank(x, name="ndims") if x.shape.ndims is None else x.shape.ndims
        axis = convert_to_tensor(axis, dtype=dtypes.int32, name="axis")
        static = constant_value(axis)
        if static is None:
            axis = array_ops.where_v2(axis < 0, ndims + axis, axis)
        else:
            axis = int(ndims + static if static < 0 else static)
    return nn_ops.softmax(x, axis=axis)
