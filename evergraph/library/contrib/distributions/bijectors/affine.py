"""Affine maps of vectors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops, shape_checks
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.static_value import constant_value
from evergraph.library.contrib.distributions import scales
from evergraph.library.contrib.distributions.bijectors.parts import init_scope
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute
from evergraph.library.distributions import util
from evergraph.library.distributions.bijector import Bijector
from evergraph.library.linalg.linear_operator import LinearOperator
from evergraph.library.linalg.low_rank import LinearOperatorLowRankUpdate


class _Columns:
    """Vectors [samples..., batch..., k] as the columns of matrices [batch..., k, samples].

    The nodes are those of TensorFlow's DistributionShape for events of one axis.
    """

    def __init__(self, batch_ndims: Any, validate_args: bool) -> None:
        self._validate_args = validate_args
        with name_scope("DistributionShape"), name_scope("init"):
            self._batch_ndims = self._scalar(batch_ndims, "batch_ndims")
            self._static_batch_ndims = constant_value(self._batch_ndims)
            if self._static_batch_ndims is None:
                self._batch_ndims_is_0 = math_ops.equal(self._batch_ndims, 0)
            self._event_ndims = self._scalar(1, "event_ndims")

    def _scalar(self, value: Any, name: str) -> Any:
        x = convert_to_tensor(value, name=name)
        if constant_value(x) is None and self._validate_args:
            checks = [shape_checks.assert_rank(x, 0), check_ops.assert_non_negative(x)]
            return control_flow_ops.with_dependencies(checks, x)
        return x

    @contextmanager
    def _scope(self, name: str) -> Iterator[None]:
        with name_scope("DistributionShape"), name_scope(name):
            yield

    def _sample_ndims(self, x: Any, name: str) -> Any:
        with self._scope(name):
            rank = x.shape.ndims
            with self._scope(name):
                if rank is None:
                    ndims = array_ops.rank(x, name="ndims")
                else:
                    ndims = convert_to_tensor(rank, dtype=dtypes.int32, name="ndims")
            if rank is not None and self._static_batch_ndims is not None:
                count = rank - self._static_batch_ndims - 1
                if count < 0:
                    raise ValueError(
                        f"expected batch_ndims({self._static_batch_ndims}) + event_ndims(1) <= "
                        f"ndims({rank})"
                    )
                return convert_to_tensor(count, name="sample_ndims")
            with name_scope("sample_ndims"):
                count = ndims - self._batch_ndims - self._event_ndims
                if self._validate_args:
                    check = check_ops.assert_non_negative(count)
                    count = control_flow_ops.with_dependencies([check], count)
            return count

    def _shapes(self, x: Any) -> tuple[Any, Any, Any]:
        """The three parts of a shape."""
        with self._scope("get_shape"):
            samples = self._sample_ndims(x, "get_shape")

            def part(before: list[Any], size: Any, name: str) -> Any:
                if not before:
                    before = [array_ops.zeros([], dtype=dtypes.int32, name="zero")]
                known = [constant_value(n) for n in (size, *before)]
                if x.shape.ndims is not None and all(n is not None for n in known):
                    start = sum(known[1:])
                    sizes = x.shape[start : start + known[0]].as_list()
                    if all(s is not None for s in sizes):
                        return convert_to_tensor(sizes, dtype=dtypes.int32, name=name)
                return array_ops.slice(array_ops.shape(x), [sum(before)], [size])

            sample_shape = part([], samples, "sample_shape")
            batch_shape = part([samples], self._batch_ndims, "batch_shape")
            event_shape = part([samples, self._batch_ndims], self._event_ndims, "event_shape")
            return sample_shape, batch_shape, event_shape

    def made(self, x: Any) -> tuple[Any, Any]:
        """The matrices, and the shape of samples."""
        with self._scope("make_batch_of_event_sample_matrices"):
            sample_shape, batch_shape, event_shape = self._shapes(x)
            event_shape = util.pick_vector(False, [1], event_shape)
            shape = array_ops.concat([[-1], batch_shape, event_shape], 0)
            x = array_ops.reshape(x, shape=shape)
            return util.rotate_transpose(x, shift=-1), sample_shape

    def undone(self, x: Any, sample_shape: Any) -> Any:
        """The vectors."""
        with self._scope("undo_make_batch_of_event_sample_matrices"):
            x = util.rotate_transpose(x, shift=1)
            if self._static_batch_ndims is not None:
                _, batch_shape, event_shape = self._shapes(x)
            else:
                known = x.shape.is_fully_defined()
                shape = x.shape.as_list() if known else array_ops.shape(x)
                batch_shape = shape[1 : 1 + self._batch_ndims]
                is_single = math_ops.logical_and(False, self._batch_ndims_is_0)
                start = array_ops.where_v2(is_single, 2, 1 + self._batch_ndims)
                event_shape = shape[start : start + self._event_ndims]
            shape = array_ops.concat([sample_shape, batch_shape, event_shape], 0)
            return array_ops.reshape(x, shape=shape)


class _ByOperator(Bijector):
    """A map of vectors by an operator."""

    shift = attribute("shift", "What is added, or None.")
    scale = attribute("scale", "What is multiplied with, or None.")
    _columns: _Columns

    def _multiplied(self, x: Any) -> Any:
        columns, samples = self._columns.made(x)
        with control_dependencies(self._non_singular()):
            columns = self.scale.matmul(columns)
        return self._columns.undone(columns, samples)

    def _solved(self, y: Any) -> Any:
        columns, samples = self._columns.made(y)
        return self._columns.undone(self.scale.solve(columns), samples)

    def _non_singular(self) -> list[Any]:
        """Checks of the operator, where it has some."""
        if not self.validate_args:
            return []
        try:
            return [self.scale.assert_non_singular()]
        except NotImplementedError:
            return []


def _require_one_dtype(shift: Any, scale: Any) -> None:
    if shift is not None and shift.dtype.base_dtype != scale.dtype.base_dtype:
        raise TypeError(
            f"shift.dtype({shift.dtype}) is incompatible with scale.dtype({scale.dtype})."
        )


@export("contrib.distributions.bijectors.AffineLinearOperator")
class AffineLinearOperator(_ByOperator):
    """Y = shift + scale X, with a LinearOperator. Stands for
    `tf.contrib.distributions.bijectors.AffineLinearOperator`.

    Args:
      shift: floating, [..., k]; default none.
      scale: a `tf.linalg.LinearOperator`; default none.

    Raises:
      TypeError: `scale` is another thing, or of another dtype.
      ValueError: `scale` may be singular, with validate_args.
    """

    @moved
    def __init__(
        self,
        shift: Any = None,
        scale: Any = None,
        validate_args: bool = False,
        name: str = "affine_linear_operator",
    ) -> None:
        parents: list[Any] = []
        with init_scope(name):
            dtype = dtypes.float32
            if shift is not None:
                shift = convert_to_tensor(shift, name="shift")
                parents += [shift]
                dtype = shift.dtype.base_dtype
            self._shift = shift
            batch_ndims = 0
            if scale is not None:
                _require_one_dtype(shift, scale)
                if not isinstance(scale, LinearOperator):
                    raise TypeError("scale is not an instance of tf.LinearOperator")
                if validate_args and not scale.is_non_singular:
                    raise ValueError("Scale matrix must be non-singular.")
                parents += scale.graph_parents
                if scale.tensor_rank is not None:
                    batch_ndims = scale.tensor_rank - 2
                else:
                    batch_ndims = scale.tensor_rank_tensor() - 2
                    parents += [batch_ndims]
                if scale.dtype is not None:
                    dtype = scale.dtype.base_dtype
            self._scale = scale
            self._columns = _Columns(batch_ndims, validate_args)
            super().__init__(
                forward_min_event_ndims=1,
                graph_parents=parents,
                is_constant_jacobian=True,
                dtype=dtype,
                validate_args=validate_args,
                name=name,
            )

    def _forward(self, x: Any) -> Any:
        y = x if self.scale is None else self._multiplied(x)
        return y if self.shift is None else y + self.shift

    def _inverse(self, y: Any) -> Any:
        x = y if self.shift is None else y - self.shift
        return x if self.scale is None else self._solved(x)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        if self.scale is None:
            return constant(0.0, dtype=x.dtype.base_dtype)
        with control_dependencies(self._non_singular()):
            return self.scale.log_abs_determinant()


@export("contrib.distributions.bijectors.Affine")
class Affine(_ByOperator):
    """Y = shift + scale X, where scale = identity_multiplier I + diag(scale_diag) + scale_tril +
    factor diag(perturb_diag) factor^T. Stands for `tf.contrib.distributions.bijectors.Affine`.

    Args:
      shift: floating, [..., k]; default none.
      scale_identity_multiplier: a number; 1 if nothing else is given.
      scale_diag: [..., k].
      scale_tril: [..., k, k], of which the lower triangle counts.
      scale_perturb_factor: [..., k, r].
      scale_perturb_diag: [..., r]; default ones.

    Raises:
      ValueError: there is a `scale_perturb_diag` but no factor.
      TypeError: the dtypes are different.
    """

    @moved
    def __init__(
        self,
        shift: Any = None,
        scale_identity_multiplier: Any = None,
        scale_diag: Any = None,
        scale_tril: Any = None,
        scale_perturb_factor: Any = None,
        scale_perturb_diag: Any = None,
        validate_args: bool = False,
        name: str = "affine",
    ) -> None:
        if scale_perturb_diag is not None and scale_perturb_factor is None:
            raise ValueError(
                "When scale_perturb_diag is specified, scale_perturb_factor must be specified."
            )
        others = (scale_tril, scale_diag, scale_perturb_factor)
        self._is_only_identity_multiplier = all(other is None for other in others)
        with init_scope(name):
            dtype = dtypes.float32
            if shift is not None:
                shift = convert_to_tensor(shift, name="shift")
                dtype = shift.dtype.base_dtype
            self._shift = shift
            if self._is_only_identity_multiplier and scale_identity_multiplier is None:
                scale_identity_multiplier = convert_to_tensor(1.0, dtype=dtype)
            self._scale = scale = self._operator(
                scale_identity_multiplier,
                scale_diag,
                scale_tril,
                scale_perturb_diag,
                scale_perturb_factor,
                validate_args,
            )
            if scale.dtype is not None:
                dtype = scale.dtype.base_dtype
            batch_ndims: Any = 0
            if not self._is_only_identity_multiplier:
                _require_one_dtype(shift, scale)
                if scale.tensor_rank is not None:
                    batch_ndims = scale.tensor_rank - 2
                else:
                    batch_ndims = scale.tensor_rank_tensor() - 2
            self._columns = _Columns(batch_ndims, validate_args)
            parents = [scale]
            if not is_tensor(scale):
                parents = [] if shift is None else [*scale.graph_parents, shift]
            super().__init__(
                forward_min_event_ndims=1,
                graph_parents=parents,
                is_constant_jacobian=True,
                dtype=dtype,
                validate_args=validate_args,
                name=name,
            )

    def _operator(
        self,
        multiplier: Any,
        diag: Any,
        tril: Any,
        perturb_diag: Any,
        perturb_factor: Any,
        validate_args: bool,
    ) -> Any:
        """The scale: a number if there is only that, else an operator."""
        multiplier = scales.optional_tensor(multiplier, "identity_multiplier")
        diag = scales.optional_tensor(diag, "diag")
        tril = scales.optional_tensor(tril, "tril")
        perturb_diag = scales.optional_tensor(perturb_diag, "perturb_diag")
        perturb_factor = scales.optional_tensor(perturb_factor, "perturb_factor")
        if self._is_only_identity_multiplier:
            if not validate_args:
                return multiplier
            zero = array_ops.zeros([], multiplier.dtype)
            # TensorFlow gives the message in the place of what is printed.
            data = ["identity_multiplier should be non-zero."]
            check = check_ops.assert_none_equal(multiplier, zero, data)
            return control_flow_ops.with_dependencies([check], multiplier)
        hint = None if perturb_factor is None else util.dimension_size(perturb_factor, axis=-2)
        scale = scales.make_tril_scale(
            loc=self._shift,
            scale_tril=tril,
            scale_diag=diag,
            scale_identity_multiplier=multiplier,
            validate_args=validate_args,
            assert_positive=False,
            shape_hint=hint,
        )
        if perturb_factor is None:
            return scale
        return LinearOperatorLowRankUpdate(
            scale,
            u=perturb_factor,
            diag_update=perturb_diag,
            is_diag_update_positive=perturb_diag is None,
            is_non_singular=True,
            is_self_adjoint=True,
            is_positive_definite=True,
            is_square=True,
        )

    def _forward(self, x: Any) -> Any:
        y = x * self.scale if self._is_only_identity_multiplier else self._multiplied(x)
        return y if self.shift is None else y + self.shift

    def _inverse(self, y: Any) -> Any:
        x = y if self.shift is None else y - self.shift
        return x / self.scale if self._is_only_identity_multiplier else self._solved(x)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        if not self._is_only_identity_multiplier:
            return self.scale.log_abs_determinant()
        size = math_ops.cast(array_ops.shape(x)[-1], dtype=self.scale.dtype)
        return math_ops.log(math_ops.abs(self.scale)) * size
