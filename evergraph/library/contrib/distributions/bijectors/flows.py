"""Flows: maps of vectors whose parameters are functions of a part of the vector."""

from typing import Any

import numpy as np

from evergraph.api import (
    activations,
    array_ops,
    clip_ops,
    control_flow_ops,
    init_ops,
    math_ops,
    template,
    variable_scope,
)
from evergraph.base import dtypes, tensor_shape
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import name_scope
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.distributions.bijector import Bijector
from evergraph.library.layers import core as layers

MASK_INCLUSIVE = "inclusive"
MASK_EXCLUSIVE = "exclusive"


def _last_size(x: Any) -> Any:
    return tensor_shape.dimension_value(x.shape.with_rank_at_least(1)[-1])


def _known_last_size(x: Any) -> int:
    size = _last_size(x)
    if size is None:
        raise NotImplementedError("Rightmost dimension must be known prior to graph execution.")
    return size


def _shifted(x: Any, shift: Any, log_scale: Any) -> Any:
    """x exp(log_scale) + shift."""
    if log_scale is not None:
        x = x * math_ops.exp(log_scale)
    return x if shift is None else x + shift


def _unshifted(y: Any, shift: Any, log_scale: Any) -> Any:
    """(y - shift) exp(-log_scale)."""
    if shift is not None:
        y = y - shift
    return y if log_scale is None else y * math_ops.exp(-log_scale)


@export("contrib.distributions.bijectors.MaskedAutoregressiveFlow")
class MaskedAutoregressiveFlow(Bijector):
    """Y[i] = X[i] exp(log_scale[i]) + shift[i], where both are functions of Y[:i]. The inverse
    takes one step, `forward` one for each element. Stands for
    `tf.contrib.distributions.bijectors.MaskedAutoregressiveFlow`.

    Args:
      shift_and_log_scale_fn: makes both of Y, or None instead of one; as
        `masked_autoregressive_default_template` does.
      unroll_loop: True for nodes of every step rather than a loop.
      name: default "masked_autoregressive_flow".
    """

    @moved
    def __init__(
        self,
        shift_and_log_scale_fn: Any,
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        unroll_loop: bool = False,
        name: str | None = None,
    ) -> None:
        self._shift_and_log_scale_fn = shift_and_log_scale_fn
        self._unroll_loop = unroll_loop
        super().__init__(
            forward_min_event_ndims=1,
            is_constant_jacobian=is_constant_jacobian,
            validate_args=validate_args,
            name=name or "masked_autoregressive_flow",
        )

    def _forward(self, x: Any) -> Any:
        # After i steps the first i elements are right.
        if self._unroll_loop:
            size = _last_size(x)
            if size is None:
                raise ValueError(
                    "The final dimension of `x` must be known at graph construction time if "
                    f"`unroll_loop=True`. `x.shape: {x.shape!r}`"
                )
            y = array_ops.zeros_like(x, name="y0")
            for _ in range(size):
                y = _shifted(x, *self._shift_and_log_scale_fn(y))
            return y
        size = array_ops.shape(x)[-1]
        y0 = array_ops.zeros_like(x, name="y0")
        self._shift_and_log_scale_fn(y0)  # so that variables are not made inside the loop

        def step(index: Any, y0: Any) -> Any:
            with variable_scope.variable_scope(variable_scope.get_variable_scope()) as scope:
                if scope.caching_device is None:
                    scope.set_caching_device(lambda op: op.device)
                parameters = self._shift_and_log_scale_fn(y0)
            y = _shifted(x, *parameters)
            return index + 1, y

        _, y = control_flow_ops.while_loop(
            cond=lambda index, _: index < size,
            body=step,
            loop_vars=(0, y0),
            maximum_iterations=_last_size(x),
        )
        return y

    def _inverse(self, y: Any) -> Any:
        return _unshifted(y, *self._shift_and_log_scale_fn(y))

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        _, log_scale = self._shift_and_log_scale_fn(y)
        if log_scale is None:
            return constant(0.0, dtype=y.dtype, name="ildj")
        return -math_ops.reduce_sum(log_scale, axis=-1)


@moved
def _gen_slices(
    num_blocks: int, n_in: int, n_out: int, mask_type: str = MASK_EXCLUSIVE
) -> list[list[slice]]:
    """Of each block of inputs, the outputs that see it and the inputs that it is."""
    rows, columns = n_out // num_blocks, n_in // num_blocks
    first = rows if mask_type == MASK_EXCLUSIVE else 0
    return [
        [slice(first + i * rows, None), slice(i * columns, (i + 1) * columns)]
        for i in range(num_blocks)
    ]


@moved
def _gen_mask(
    num_blocks: int,
    n_in: int,
    n_out: int,
    mask_type: str = MASK_EXCLUSIVE,
    dtype: Any = dtypes.float32,
) -> Any:
    """A matrix [n_out, n_in] of ones where outputs see inputs."""
    mask = np.zeros([n_out, n_in], dtype=dtype.as_numpy_dtype())
    for rows, columns in _gen_slices(num_blocks, n_in, n_out, mask_type=mask_type):
        mask[rows, columns] = 1
    return mask


@export("contrib.distributions.bijectors.masked_dense")
@moved
def masked_dense(
    inputs: Any,
    units: int,
    num_blocks: int | None = None,
    exclusive: bool = False,
    kernel_initializer: Any = None,
    reuse: bool | None = None,
    name: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """A dense layer of which the i-th of `num_blocks` blocks of outputs sees the blocks of inputs
    up to the i-th. Stands for `tf.contrib.distributions.bijectors.masked_dense`.

    Args:
      inputs: [..., size], of known size.
      units: the count of outputs.
      exclusive: True for the blocks before the i-th.
      kernel_initializer: default Glorot's normal.
      *args, **kwargs: further arguments of `tf.layers.dense`.

    Raises:
      NotImplementedError: the size is not known.
    """
    size = _known_last_size(inputs)
    kind = MASK_EXCLUSIVE if exclusive else MASK_INCLUSIVE
    mask = _gen_mask(num_blocks, size, units, kind).T  # type: ignore[arg-type]
    if kernel_initializer is None:
        kernel_initializer = init_ops.glorot_normal_initializer()

    def masked_initializer(shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        return mask * kernel_initializer(shape, dtype, partition_info)

    with name_scope(name, "masked_dense", [inputs, units, num_blocks]):
        layer = layers.Dense(
            units,
            *args,
            kernel_initializer=masked_initializer,
            kernel_constraint=lambda x: mask * x,
            name=name,
            dtype=inputs.dtype.base_dtype,
            _scope=name,
            _reuse=reuse,
            **kwargs,
        )
        return layer.apply(inputs)


@export("contrib.distributions.bijectors.masked_autoregressive_default_template")
@moved
def masked_autoregressive_default_template(
    hidden_layers: Any,
    shift_only: bool = False,
    activation: Any = activations.relu,
    log_scale_min_clip: Any = -5.0,
    log_scale_max_clip: Any = 3.0,
    log_scale_clip_gradient: bool = False,
    name: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Masked dense layers that make shift and log_scale of a `MaskedAutoregressiveFlow`. Stands
    for `tf.contrib.distributions.bijectors.masked_autoregressive_default_template`.

    Args:
      hidden_layers: the sizes of the layers between.
      shift_only: True for no log_scale.
      activation: of the layers between.
      log_scale_min_clip, log_scale_max_clip: bounds of log_scale.
      log_scale_clip_gradient: True for gradients of 0 outside of them.
      *args, **kwargs: further arguments of `masked_dense`.
    """
    name = name or "masked_autoregressive_default_template"
    with name_scope(name, values=[log_scale_min_clip, log_scale_max_clip]):

        def network(x: Any) -> Any:
            size = _known_last_size(x)
            known = x.shape.is_fully_defined()
            shape = np.int32(x.shape.as_list()) if known else array_ops.shape(x)
            for i, units in enumerate(hidden_layers):
                x = masked_dense(
                    *args,
                    inputs=x,
                    units=units,
                    num_blocks=size,
                    exclusive=i == 0,
                    activation=activation,
                    **kwargs,
                )
            x = masked_dense(
                *args,
                inputs=x,
                units=(1 if shift_only else 2) * size,
                num_blocks=size,
                activation=None,
                **kwargs,
            )
            if shift_only:
                return array_ops.reshape(x, shape=shape), None
            x = array_ops.reshape(x, shape=array_ops.concat([shape, [2]], axis=0))
            shift, log_scale = array_ops.unstack(x, num=2, axis=-1)
            clip = clip_ops.clip_by_value if log_scale_clip_gradient else _clip_by_value_keep_grad
            return shift, clip(log_scale, log_scale_min_clip, log_scale_max_clip)

        return template.make_template(name, network)


@moved
def _clip_by_value_keep_grad(x: Any, least: Any, most: Any, name: str | None = None) -> Any:
    """`clip_by_value` with the gradient of the identity."""
    with name_scope(name, "clip_by_value_preserve_grad", [x, least, most]):
        clipped = clip_ops.clip_by_value(x, least, most)
        return x + array_ops.stop_gradient(clipped - x)


@export("contrib.distributions.bijectors.RealNVP")
class RealNVP(Bijector):
    """The first `num_masked` elements as they are, the others X exp(log_scale) + shift, where both
    are functions of the first. Stands for `tf.contrib.distributions.bijectors.RealNVP`.

    Args:
      num_masked: above 0 and below the size of vectors; the map takes matrices [samples, size].
      shift_and_log_scale_fn: makes both of the first elements and the count of the others, or None
        instead of one; as `real_nvp_default_template` does.
      name: default "real_nvp".

    Raises:
      ValueError: `num_masked` is not positive.
    """

    @moved
    def __init__(
        self,
        num_masked: int,
        shift_and_log_scale_fn: Any,
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        if num_masked <= 0:
            raise ValueError("num_masked must be a positive integer.")
        self._num_masked = num_masked
        self._input_depth: int | None = None
        self._shift_and_log_scale_fn = shift_and_log_scale_fn
        super().__init__(
            forward_min_event_ndims=1,
            is_constant_jacobian=is_constant_jacobian,
            validate_args=validate_args,
            name=name or "real_nvp",
        )

    def _others(self, x: Any) -> int:
        """How many elements are not masked."""
        if self._input_depth is None:
            self._input_depth = _known_last_size(x)
            if self._num_masked >= self._input_depth:
                raise ValueError("Number of masked units must be smaller than the event size.")
        return self._input_depth - self._num_masked

    def _forward(self, x: Any) -> Any:
        return self._mapped(x, _shifted)

    def _inverse(self, y: Any) -> Any:
        return self._mapped(y, _unshifted)

    def _mapped(self, x: Any, change: Any) -> Any:
        others = self._others(x)
        first, rest = x[:, : self._num_masked], x[:, self._num_masked :]
        rest = change(rest, *self._shift_and_log_scale_fn(first, others))
        return array_ops.concat([first, rest], axis=-1)

    def _log_scale(self, x: Any) -> Any:
        others = self._others(x)
        return self._shift_and_log_scale_fn(x[:, : self._num_masked], others)[1]

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        log_scale = self._log_scale(y)
        if log_scale is None:
            return constant(0.0, dtype=y.dtype, name="ildj")
        return -math_ops.reduce_sum(log_scale, axis=-1)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        log_scale = self._log_scale(x)
        if log_scale is None:
            return constant(0.0, dtype=x.dtype, name="fldj")
        return math_ops.reduce_sum(log_scale, axis=-1)


@export("contrib.distributions.bijectors.real_nvp_default_template")
@moved
def real_nvp_default_template(
    hidden_layers: Any,
    shift_only: bool = False,
    activation: Any = activations.relu,
    name: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Dense layers that make shift and log_scale of a `RealNVP`. Stands for
    `tf.contrib.distributions.bijectors.real_nvp_default_template`.

    Args:
      hidden_layers: the sizes of the layers between.
      shift_only: True for no log_scale.
      activation: of the layers between.
      *args, **kwargs: further arguments of `tf.layers.dense`.
    """
    with name_scope(name, "real_nvp_default_template"):

        def network(x: Any, output_units: int) -> Any:
            for units in hidden_layers:
                x = layers.dense(*args, inputs=x, units=units, activation=activation, **kwargs)
            units = (1 if shift_only else 2) * output_units
            x = layers.dense(*args, inputs=x, units=units, activation=None, **kwargs)
            if shift_only:
                return x, None
            shift, log_scale = array_ops.split(x, 2, axis=-1)
            return shift, log_scale

        return template.make_template("real_nvp_default_template", network)
