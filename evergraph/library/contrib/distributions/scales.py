"""Scales of vectors as operators, and the shapes that go with them."""

from typing import Any

from evergraph.api import array_ops, check_ops, control_flow_ops
from evergraph.base import tensor_shape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.library.distributions import util
from evergraph.library.linalg.dense import LinearOperatorLowerTriangular
from evergraph.library.linalg.diagonal import LinearOperatorDiag
from evergraph.library.linalg.identity import (
    LinearOperatorIdentity,
    LinearOperatorScaledIdentity,
)
from evergraph.library.linalg.linear_operator import LinearOperator


def optional_tensor(x: Any, name: str) -> Any:
    """A tensor of `x`, or None for None."""
    return None if x is None else convert_to_tensor(x, name=name)


def _checked(x: Any, diagonal: Any, validate_args: bool, assert_positive: bool) -> Any:
    """`x`, whose diagonal is checked not to be zero, or to be positive."""
    if not validate_args:
        return x
    if assert_positive:
        message = "diagonal part must be positive"
        check = check_ops.assert_positive(diagonal(x), message=message)
    else:
        message = "diagonal part must be non-zero"
        part = diagonal(x)
        check = check_ops.assert_none_equal(part, array_ops.zeros([], x.dtype), message=message)
    return control_flow_ops.with_dependencies([check], x)


def make_tril_scale(
    loc: Any = None,
    scale_tril: Any = None,
    scale_diag: Any = None,
    scale_identity_multiplier: Any = None,
    shape_hint: Any = None,
    validate_args: bool = False,
    assert_positive: bool = False,
    name: str | None = None,
) -> Any:
    """The operator tril(scale_tril) + diag(scale_diag) + scale_identity_multiplier I, of the
    cheapest class. See `make_diag_scale`."""
    with name_scope(name, "make_tril_scale", values=[loc, scale_diag, scale_identity_multiplier]):
        loc = optional_tensor(loc, "loc")
        tril = optional_tensor(scale_tril, "scale_tril")
        diag = optional_tensor(scale_diag, "scale_diag")
        multiplier = optional_tensor(scale_identity_multiplier, "scale_identity_multiplier")
    if tril is None:
        return make_diag_scale(
            loc=loc,
            scale_diag=diag,
            scale_identity_multiplier=multiplier,
            shape_hint=shape_hint,
            validate_args=validate_args,
            assert_positive=assert_positive,
            name=name,
        )
    tril = array_ops.matrix_band_part(tril, -1, 0)
    diagonal = array_ops.matrix_diag_part(tril)
    if diag is not None:
        diagonal += diag
    if multiplier is not None:
        diagonal += multiplier[..., array_ops.newaxis]
    tril = array_ops.matrix_set_diag(tril, diagonal)
    return LinearOperatorLowerTriangular(
        tril=_checked(tril, array_ops.matrix_diag_part, validate_args, assert_positive),
        is_non_singular=True,
        is_self_adjoint=False,
        is_positive_definite=assert_positive,
    )


def make_diag_scale(
    loc: Any = None,
    scale_diag: Any = None,
    scale_identity_multiplier: Any = None,
    shape_hint: Any = None,
    validate_args: bool = False,
    assert_positive: bool = False,
    name: str | None = None,
) -> Any:
    """The operator diag(scale_diag) + scale_identity_multiplier I, of the cheapest class.

    Args:
      loc: what it goes with: tells the size where nothing else does.
      shape_hint: the size.
      validate_args: True to check at run time that the diagonal has no zeros.
      assert_positive: the diagonal is positive, which is checked instead.

    Raises:
      ValueError: nothing tells the size.
    """

    def checked(x: Any) -> Any:
        return _checked(x, lambda x: x, validate_args, assert_positive)

    with name_scope(name, "make_diag_scale", values=[loc, scale_diag, scale_identity_multiplier]):
        loc = optional_tensor(loc, "loc")
        diag = optional_tensor(scale_diag, "scale_diag")
        multiplier = optional_tensor(scale_identity_multiplier, "scale_identity_multiplier")
        if diag is not None:
            if multiplier is not None:
                diag += multiplier[..., array_ops.newaxis]
            return LinearOperatorDiag(
                diag=checked(diag),
                is_non_singular=True,
                is_self_adjoint=True,
                is_positive_definite=assert_positive,
            )
        if loc is None and shape_hint is None:
            raise ValueError(
                "Cannot infer `event_shape` unless `loc` or `shape_hint` is specified."
            )
        if shape_hint is None:
            shape_hint = loc.shape[-1]
        if multiplier is None:
            return LinearOperatorIdentity(
                num_rows=shape_hint,
                dtype=loc.dtype.base_dtype,
                is_self_adjoint=True,
                is_positive_definite=True,
                assert_proper_shapes=validate_args,
            )
        return LinearOperatorScaledIdentity(
            num_rows=shape_hint,
            multiplier=checked(multiplier),
            is_non_singular=True,
            is_self_adjoint=True,
            is_positive_definite=assert_positive,
            assert_proper_shapes=validate_args,
        )


def shapes_from_loc_and_scale(
    loc: Any, scale: Any, name: str = "shapes_from_loc_and_scale"
) -> tuple[Any, Any]:
    """The shapes of the batch and of an event of loc + scale X.

    Raises:
      ValueError: the two are of different sizes.
    """
    with name_scope(name, values=[loc, *scale.graph_parents]):
        size = scale.range_dimension_tensor()
        static = constant_value(size)
        event_shape = size[array_ops.newaxis] if static is None else static.reshape([1])
        if loc is not None and static is not None:
            of_loc = tensor_shape.dimension_value(loc.shape[-1])
            if of_loc is not None and of_loc != 1 and of_loc != static:
                # TensorFlow's message has the sizes the other way round.
                raise ValueError(
                    f"Event size of 'scale' ({of_loc}) could not be broadcast up to that of 'loc' "
                    f"({static})."
                )
        batch_shape = scale.batch_shape_tensor()
        if loc is None:
            return util.prefer_static_value(batch_shape), event_shape
        of_loc = loc.shape.with_rank_at_least(1)[:-1]
        if loc.shape.ndims is None or not of_loc.is_fully_defined():
            of_loc = array_ops.shape(loc)[:-1]
        else:
            of_loc = convert_to_tensor(of_loc, name="loc_batch_shape")
        return util.prefer_static_broadcast_shape(batch_shape, of_loc), event_shape


def get_broadcast_shape(*tensors: Any) -> Any:
    """The shape of tensors that are broadcast together: a list of ints, or an int32 vector."""
    shape = tensors[0].shape
    for tensor in tensors[1:]:
        shape = array_ops.broadcast_static_shape(shape, tensor.shape)
    if shape.is_fully_defined():
        return shape.as_list()
    shape = array_ops.shape(tensors[0])
    for tensor in tensors[1:]:
        shape = array_ops.broadcast_dynamic_shape(shape, array_ops.shape(tensor))
    return shape


def is_diagonal_scale(scale: Any) -> bool:
    """Whether an operator is a diagonal one.

    Raises:
      TypeError: it is no operator.
    """
    if not isinstance(scale, LinearOperator):
        raise TypeError(
            f"Expected argument 'scale' to be instance of LinearOperator. Found: {scale}"
        )
    return isinstance(
        scale, LinearOperatorIdentity | LinearOperatorScaledIdentity | LinearOperatorDiag
    )
