"""Normal distributions of vectors, by what their scale is made of."""

from typing import Any

from evergraph.api import array_ops, check_ops, control_flow_ops, linalg_ops, math_ops, nn_ops
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.library.contrib.distributions import scales
from evergraph.library.contrib.distributions.affine_vectors import (
    AffineVectors,
    init_diag_scale,
)
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.distributions import kullback_leibler, util
from evergraph.library.distributions.normal import Normal
from evergraph.library.linalg.dense import LinearOperatorLowerTriangular
from evergraph.library.linalg.identity import LinearOperatorIdentity
from evergraph.library.linalg.low_rank import LinearOperatorLowRankUpdate


class MultivariateNormalLinearOperator(AffineVectors):
    """loc + scale X, with draws of the standard normal distribution: the covariance is
    scale scale^T.

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
        name: str = "MultivariateNormalLinearOperator",
    ) -> None:
        parameters = dict(locals())
        self._checked_scale(scale)

        def base() -> Any:
            zero = array_ops.zeros([], dtype=scale.dtype)
            return Normal(loc=zero, scale=array_ops.ones([], dtype=scale.dtype))

        with name_scope(name, values=[loc, *scale.graph_parents]) as name:
            loc = convert_to_tensor(loc, name="loc") if loc is not None else loc
            shapes = scales.shapes_from_loc_and_scale(loc, scale)
        self._build(base, loc, scale, shapes, validate_args, name)
        self._parameters = parameters


@export("contrib.distributions.MultivariateNormalDiag")
class MultivariateNormalDiag(MultivariateNormalLinearOperator):
    """A normal distribution of independent elements, with the standard deviations
    scale_diag + scale_identity_multiplier. Stands for
    `tf.contrib.distributions.MultivariateNormalDiag`.

    Args:
      loc: the means, floating, [..., k]; default 0.
      scale_diag: [..., k], not 0.
      scale_identity_multiplier: [...]; without either, 1.

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
        name: str = "MultivariateNormalDiag",
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


@export("contrib.distributions.MultivariateNormalDiagWithSoftplusScale")
class MultivariateNormalDiagWithSoftplusScale(MultivariateNormalDiag):
    """`MultivariateNormalDiag` with softplus(scale_diag). Stands for
    `tf.contrib.distributions.MultivariateNormalDiagWithSoftplusScale`."""

    @moved
    def __init__(
        self,
        loc: Any,
        scale_diag: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiagWithSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[scale_diag]) as name:
            super().__init__(
                loc=loc,
                scale_diag=nn_ops.softplus(scale_diag),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=name,
            )
        self._parameters = parameters


@export("contrib.distributions.MultivariateNormalDiagPlusLowRank")
class MultivariateNormalDiagPlusLowRank(MultivariateNormalLinearOperator):
    """A normal distribution with the scale diag(scale_diag + scale_identity_multiplier) +
    factor diag(perturb_diag) factor^T. Stands for
    `tf.contrib.distributions.MultivariateNormalDiagPlusLowRank`.

    Args:
      loc: the means, floating, [..., k]; default 0.
      scale_diag: [..., k], positive.
      scale_identity_multiplier: [...]; without either, 1.
      scale_perturb_factor: [..., k, r].
      scale_perturb_diag: [..., r]; default ones.

    Raises:
      ValueError: nothing tells the size.
    """

    @moved
    def __init__(
        self,
        loc: Any = None,
        scale_diag: Any = None,
        scale_identity_multiplier: Any = None,
        scale_perturb_factor: Any = None,
        scale_perturb_diag: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiagPlusLowRank",
    ) -> None:
        parameters = dict(locals())
        perturbation = scale_perturb_factor, scale_perturb_diag
        values = [loc, scale_diag, scale_identity_multiplier, *perturbation]
        with name_scope(name) as name, name_scope("init", values=values):
            has_low_rank = any(part is not None for part in perturbation)
            scale = scales.make_diag_scale(
                loc=loc,
                scale_diag=scale_diag,
                scale_identity_multiplier=scale_identity_multiplier,
                validate_args=validate_args,
                assert_positive=has_low_rank,
            )
            factor = scales.optional_tensor(scale_perturb_factor, "scale_perturb_factor")
            diag = scales.optional_tensor(scale_perturb_diag, "scale_perturb_diag")
            if has_low_rank:
                scale = LinearOperatorLowRankUpdate(
                    scale,
                    u=factor,
                    diag_update=diag,
                    is_diag_update_positive=diag is None,
                    is_non_singular=True,
                    is_self_adjoint=True,
                    is_positive_definite=True,
                    is_square=True,
                )
        super().__init__(
            loc=loc,
            scale=scale,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            name=name,
        )
        self._parameters = parameters


@export("contrib.distributions.MultivariateNormalTriL")
class MultivariateNormalTriL(MultivariateNormalLinearOperator):
    """A normal distribution with the covariance scale_tril scale_tril^T. Stands for
    `tf.contrib.distributions.MultivariateNormalTriL`.

    Args:
      loc: the means, floating, [..., k]; default 0.
      scale_tril: [..., k, k], lower triangular, with a diagonal not 0; default the identity.

    Raises:
      ValueError: neither is given.
    """

    @moved
    def __init__(
        self,
        loc: Any = None,
        scale_tril: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalTriL",
    ) -> None:
        parameters = dict(locals())
        if loc is None and scale_tril is None:
            raise ValueError("Must specify one or both of `loc`, `scale_tril`.")
        with name_scope(name) as name, name_scope("init", values=[loc, scale_tril]):
            loc = scales.optional_tensor(loc, "loc")
            tril = scales.optional_tensor(scale_tril, "scale_tril")
            scale: Any
            if tril is None:
                scale = LinearOperatorIdentity(
                    num_rows=util.dimension_size(loc, -1),
                    dtype=loc.dtype,
                    is_self_adjoint=True,
                    is_positive_definite=True,
                    assert_proper_shapes=validate_args,
                )
            else:
                # Numbers above the diagonal are passed over: this is not a check.
                scale = LinearOperatorLowerTriangular(
                    tril,
                    is_non_singular=True,
                    is_self_adjoint=False,
                    is_positive_definite=False,
                )
        super().__init__(
            loc=loc,
            scale=scale,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            name=name,
        )
        self._parameters = parameters


@export("contrib.distributions.MultivariateNormalFullCovariance")
class MultivariateNormalFullCovariance(MultivariateNormalTriL):
    """A normal distribution of a given covariance. Stands for
    `tf.contrib.distributions.MultivariateNormalFullCovariance`.

    Args:
      loc: the means, floating, [..., k]; default 0.
      covariance_matrix: [..., k, k], positive definite; default the identity.

    Raises:
      ValueError: neither is given.
    """

    @moved
    def __init__(
        self,
        loc: Any = None,
        covariance_matrix: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalFullCovariance",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name) as name, name_scope("init", values=[loc, covariance_matrix]):
            scale_tril = None
            if covariance_matrix is not None:
                matrix = convert_to_tensor(covariance_matrix, name="covariance_matrix")
                if validate_args:
                    transposed = array_ops.matrix_transpose(matrix)
                    message = "Matrix was not symmetric"
                    check = check_ops.assert_near(matrix, transposed, message=message)
                    matrix = control_flow_ops.with_dependencies([check], matrix)
                scale_tril = linalg_ops.cholesky(matrix)
            super().__init__(
                loc=loc,
                scale_tril=scale_tril,
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=name,
            )
        self._parameters = parameters


@kullback_leibler.rule(MultivariateNormalLinearOperator)
def _kl_of_normals(a: Any, b: Any, name: str | None = None) -> Any:
    """log |B| - log |A| + (|B^-1 A|^2 + |B^-1 (mean_b - mean_a)|^2 - k) / 2."""

    def norm(x: Any) -> Any:
        return math_ops.reduce_sum(math_ops.square(x), axis=[-2, -1])

    values = [a.loc, b.loc, *a.scale.graph_parents, *b.scale.graph_parents]
    with name_scope(name, "kl_mvn", values=values):
        if scales.is_diagonal_scale(a.scale) and scales.is_diagonal_scale(b.scale):
            ratio = (a.stddev() / b.stddev())[..., array_ops.newaxis]
        else:
            ratio = b.scale.solve(a.scale.to_dense())
        volumes = b.scale.log_abs_determinant() - a.scale.log_abs_determinant()
        size = -math_ops.cast(a.scale.domain_dimension_tensor(), a.dtype)
        spread = size + norm(ratio)
        distance = (b.mean() - a.mean())[..., array_ops.newaxis]
        divergence = volumes + 0.5 * (spread + norm(b.scale.solve(distance)))
        divergence.set_shape(array_ops.broadcast_static_shape(a.batch_shape, b.batch_shape))
        return divergence
