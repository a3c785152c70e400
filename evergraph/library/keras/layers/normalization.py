"""Batch normalization as a layer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from evergraph.api import array_ops, math_ops, nn_impl, nn_ops, state_ops
from evergraph.api.cond import cond
from evergraph.api.smart_cond import smart_cond, smart_constant_value
from evergraph.api.variables import (
    Variable,
    VariableAggregation,
    VariableSynchronization,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.keras import constraints, initializers, regularizers
from evergraph.library.keras.backend import learning_phase
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_spec import InputSpec

_CLIPPING_KEYS = ["rmax", "rmin", "dmax"]


def _choose(training: Any, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
    """What one of the functions gives, while building if `training` is known then."""
    return (cond if isinstance(training, Variable) else smart_cond)(training, yes, no)


def _known(training: Any) -> Any:
    return None if isinstance(training, Variable) else smart_constant_value(training)


def _composed(scale: Any, offset: Any, then_scale: Any, then_offset: Any) -> tuple[Any, Any]:
    """Two transformations `x * scale + offset` as one."""
    if then_scale is not None:
        scale *= then_scale
        offset *= then_scale
    if then_offset is not None:
        offset += then_offset
    return scale, offset


@export("keras.layers.BatchNormalization")
class BatchNormalization(Layer):
    """Each channel with mean 0 and variance 1 over the batch (Ioffe and Szegedy 2015).

    Args:
      axis: the axis of channels, or a list of axes that keep their own statistics.
      momentum: of the moving averages that take the place of mean and variance after training.
      epsilon: added to the variance.
      center, scale: whether a variable "beta" is added, and one "gamma" multiplied.
      beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer:
        initial values.
      beta_regularizer, gamma_regularizer: functions whose results are losses.
      beta_constraint, gamma_constraint: functions that optimizers apply after each update.
      renorm: whether the averages count in training, too (Ioffe 2017), within `renorm_clipping`
        ("rmax", "rmin", "dmax"), with averages of `renorm_momentum`.
      fused: whether one node does it all, where that is possible; None for yes.
      trainable: whether beta and gamma are trained.
      virtual_batch_size: the size of the parts of a batch that are normalized for themselves.
      adjustment: a function of the input's shape that gives a factor and an offset for training.

    Raises:
      TypeError: the axis is neither an int nor a list.
      ValueError: `renorm_clipping` has another key.
    """

    def __init__(
        self,
        axis: Any = -1,
        momentum: Any = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: Any = 0.99,
        fused: bool | None = None,
        trainable: bool = True,
        virtual_batch_size: int | None = None,
        adjustment: Any = None,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        if not isinstance(axis, (int, list)):
            raise TypeError(f"axis must be int or list, type given: {type(axis)}")
        self.axis: Any = axis[:] if isinstance(axis, list) else axis
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.renorm = renorm
        self.virtual_batch_size = virtual_batch_size
        self.adjustment = adjustment
        self.fused = True if fused is None else fused
        self.supports_masking = True
        self._bessels_correction_test_only = True
        self.trainable = trainable
        if renorm:
            renorm_clipping = renorm_clipping or {}
            if set(renorm_clipping) - set(_CLIPPING_KEYS):
                raise ValueError(
                    f"renorm_clipping {renorm_clipping} contains keys not in {_CLIPPING_KEYS}"
                )
            self.renorm_clipping = renorm_clipping
            self.renorm_momentum = renorm_momentum

    # -- the variables

    @property
    def _param_dtype(self) -> Any:
        if self.dtype in ("float16", "bfloat16"):
            return dtypes.float32
        return self.dtype or dtypes.float32

    def _check_axes(self, ndims: int) -> None:
        """Counts the axes from the first; ValueError where they do not fit."""
        axes = [self.axis] if isinstance(self.axis, int) else self.axis
        self.axis = [axis + ndims if axis < 0 else axis for axis in axes]
        for axis in self.axis:
            if axis < 0 or axis >= ndims:
                raise ValueError(f"Invalid axis: {axis}")
        if len(self.axis) != len(set(self.axis)):
            raise ValueError(f"Duplicate axis: {self.axis}")
        if self.virtual_batch_size is not None:
            if self.virtual_batch_size <= 0:
                raise ValueError(
                    "virtual_batch_size must be a positive integer that divides the true batch "
                    "size of the input Tensor"
                )
            if 0 in self.axis:
                raise ValueError(
                    "When using virtual_batch_size, the batch dimension must be 0 and thus axis "
                    "cannot include 0"
                )
            if self.adjustment is not None:
                raise ValueError("When using virtual_batch_size, adjustment cannot be specified")

    def _decide_fused(self, ndims: int) -> None:
        if not self.fused:
            return
        self.fused = (
            ndims == 4
            and not self.renorm
            and self.axis in ([1], [3])
            and self.virtual_batch_size is None
            and self.adjustment is None
        )
        self._data_format = "NCHW" if self.axis == [1] else "NHWC"

    def build(self, input_shape: Any) -> None:
        """Makes the variables.

        Raises:
          ValueError: the rank or the number of channels is not known, or an argument does not fit.
        """
        input_shape = TensorShape(input_shape)
        if not input_shape.ndims:
            raise ValueError("Input has undefined rank:", input_shape)
        ndims = len(input_shape)
        self._check_axes(ndims)
        self._decide_fused(ndims)
        sizes = {axis: input_shape.dims[axis].value for axis in self.axis}
        if None in sizes.values():
            raise ValueError("Input has undefined `axis` dimension. Input shape: ", input_shape)
        self.input_spec = InputSpec(ndim=ndims, axes=sizes)
        if len(sizes) == 1 and self.virtual_batch_size is None:
            shape: Any = tuple(sizes.values())
        else:
            shape = [sizes.get(i, 1) for i in range(ndims)]
            if self.virtual_batch_size is not None:
                shape.insert(1, 1)
                self.axis = [axis + 1 for axis in self.axis]
        self.gamma = self._parameter("gamma", shape) if self.scale else None
        if self.fused and not self.scale:
            self._gamma_const = constant(1.0, dtype=self._param_dtype, shape=shape)
        self.beta = self._parameter("beta", shape) if self.center else None
        if self.fused and not self.center:
            self._beta_const = constant(0.0, dtype=self._param_dtype, shape=shape)
        with self._without_partitioner():
            self._add_averages(shape)
        self.built = True

    def _parameter(self, name: str, shape: Any) -> Any:
        return self.add_weight(
            name=name,
            shape=shape,
            dtype=self._param_dtype,
            initializer=getattr(self, f"{name}_initializer"),
            regularizer=getattr(self, f"{name}_regularizer"),
            constraint=getattr(self, f"{name}_constraint"),
            trainable=True,
            experimental_autocast=False,
        )

    @contextmanager
    def _without_partitioner(self) -> Iterator[None]:
        """In the block variables are whole."""
        scope = getattr(self, "_scope", None)
        partitioner = scope.partitioner if scope else None
        if scope:
            scope.set_partitioner(None)
        try:
            yield
        finally:
            if partitioner:
                scope.set_partitioner(partitioner)

    def _add_averages(self, shape: Any) -> None:
        def average(name: str, initializer: Any) -> Any:
            return self.add_weight(
                name=name,
                shape=shape,
                dtype=self._param_dtype,
                initializer=initializer,
                synchronization=VariableSynchronization.ON_READ,
                trainable=False,
                aggregation=VariableAggregation.MEAN,
                experimental_autocast=False,
            )

        def stddev(*args: Any, **kwargs: Any) -> Any:
            return math_ops.sqrt(self.moving_variance_initializer(*args, **kwargs))

        self.moving_mean = average("moving_mean", self.moving_mean_initializer)
        self.moving_variance = average("moving_variance", self.moving_variance_initializer)
        if self.renorm:
            with colocate_with(self.moving_variance):
                self.moving_stddev = average("moving_stddev", stddev)
            with colocate_with(self.moving_mean):
                self.renorm_mean = average("renorm_mean", self.moving_mean_initializer)
            with colocate_with(self.moving_stddev):
                self.renorm_stddev = average("renorm_stddev", stddev)

    # -- the call

    def _assign_moving_average(self, variable: Any, value: Any, momentum: Any) -> Any:
        with name_scope("AssignMovingAvg") as scope, colocate_with(variable):
            decay = convert_to_tensor(1.0 - momentum, name="decay")
            if decay.dtype != variable.dtype.base_dtype:
                decay = math_ops.cast(decay, variable.dtype.base_dtype)
            delta = (variable - math_ops.cast(value, variable.dtype)) * decay
            return state_ops.assign_sub(variable, delta, name=scope)

    def _assign_variance(self, moving_stddev: Any) -> Any:
        """The moving variance of a moving deviation."""
        value = nn_ops.relu(moving_stddev * moving_stddev - self.epsilon)
        with name_scope("AssignNewValue") as scope, colocate_with(self.moving_variance):
            return state_ops.assign(self.moving_variance, value, name=scope)

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Normalizes by the batch where `training`, a bool or a bool tensor, says so."""
        if training is None:
            training = learning_phase()
        if self.fused:
            return self._fused_batch_norm(inputs, training)
        if self.virtual_batch_size is None:
            return self._batch_norm(inputs, training)
        shape = [-1, *inputs.shape.as_list()[1:]]
        parts = array_ops.reshape(inputs, [self.virtual_batch_size, -1, *shape[1:]])
        return array_ops.reshape(self._batch_norm(parts, training), shape)

    def _fused_batch_norm(self, inputs: Any, training: Any) -> Any:
        beta = self.beta if self.center else self._beta_const
        gamma = self.gamma if self.scale else self._gamma_const
        settings: dict[str, Any] = {"epsilon": self.epsilon, "data_format": self._data_format}

        def by_batch() -> Any:
            return nn_ops.fused_batch_norm(inputs, gamma, beta, **settings)

        def by_averages() -> Any:
            return nn_ops.fused_batch_norm(
                inputs,
                gamma,
                beta,
                mean=self.moving_mean,
                variance=self.moving_variance,
                is_training=False,
                **settings,
            )

        output, mean, variance = _choose(training, by_batch, by_averages)
        if not self._bessels_correction_test_only:
            elements = array_ops.size(inputs) / array_ops.size(variance)
            count = math_ops.cast(elements, variance.dtype)
            variance *= (count - math_ops.cast(1.0, variance.dtype)) / count
        known = _known(training)
        if known is None:
            momentum = _choose(training, lambda: self.momentum, lambda: 1.0)
        else:
            momentum = convert_to_tensor(self.momentum)
        if known or known is None:
            self.add_update(lambda: self._assign_moving_average(self.moving_mean, mean, momentum))
            self.add_update(
                lambda: self._assign_moving_average(self.moving_variance, variance, momentum)
            )
        return output

    def _batch_norm(self, inputs: Any, training: Any) -> Tensor:
        shape = inputs.shape
        ndims = len(shape)
        reduction_axes = [i for i in range(ndims) if i not in self.axis]
        if self.virtual_batch_size is not None:
            del reduction_axes[1]
        broadcast_shape = [1] * ndims
        broadcast_shape[self.axis[0]] = shape.dims[self.axis[0]].value

        def broadcast(v: Any) -> Any:
            last = reduction_axes == list(range(ndims - 1))
            if v is not None and len(v.shape) != ndims and not last:
                return array_ops.reshape(v, broadcast_shape)
            return v

        scale, offset = broadcast(self.gamma), broadcast(self.beta)
        known = _known(training)
        if known is not None and not known:
            mean, variance = self.moving_mean, self.moving_variance
        else:
            if self.adjustment:
                factor, shift = self._adjusted(inputs, training)
                scale, offset = _composed(factor, shift, scale, offset)
            mean, variance = self._moments(inputs, reduction_axes, training)
            new_mean, new_variance = mean, variance
            if self.virtual_batch_size is not None:
                new_mean = math_ops.reduce_mean(mean, axis=1, keepdims=True)
                new_variance = math_ops.reduce_mean(variance, axis=1, keepdims=True)
            if self.renorm:
                r, d, new_mean, new_variance = self._renorm_correction_and_moments(
                    new_mean, new_variance, training
                )
                r = broadcast(array_ops.stop_gradient(r, name="renorm_r"))
                d = broadcast(array_ops.stop_gradient(d, name="renorm_d"))
                scale, offset = _composed(r, d, scale, offset)
            self._add_updates(new_mean, new_variance, training)
        mean = math_ops.cast(mean, inputs.dtype)
        variance = math_ops.cast(variance, inputs.dtype)
        if offset is not None:
            offset = math_ops.cast(offset, inputs.dtype)
        if scale is not None:
            scale = math_ops.cast(scale, inputs.dtype)
        outputs = nn_impl.batch_normalization(
            inputs, broadcast(mean), broadcast(variance), offset, scale, self.epsilon
        )
        outputs.set_shape(shape)
        return outputs

    def _adjusted(self, inputs: Any, training: Any) -> tuple[Any, Any]:
        factor, shift = self.adjustment(array_ops.shape(inputs))
        return (
            _choose(training, lambda: factor, lambda: array_ops.ones_like(factor)),
            _choose(training, lambda: shift, lambda: array_ops.zeros_like(shift)),
        )

    def _moments(self, inputs: Any, axes: list[int], training: Any) -> tuple[Any, Any]:
        """Mean and variance of the batch, or the averages."""
        keep_dims = self.virtual_batch_size is not None or len(self.axis) > 1
        mean, variance = nn_impl.moments(
            math_ops.cast(inputs, self._param_dtype), axes, keep_dims=keep_dims
        )
        moving_mean, moving_variance = self.moving_mean, self.moving_variance
        return (
            _choose(training, lambda: mean, lambda: convert_to_tensor(moving_mean)),
            _choose(training, lambda: variance, lambda: convert_to_tensor(moving_variance)),
        )

    def _renorm_correction_and_moments(self, mean: Any, variance: Any, training: Any) -> Any:
        """The factor and the offset that lead from the batch's statistics to the averages'."""
        stddev = math_ops.sqrt(variance + self.epsilon)
        renorm_mean = self.renorm_mean
        renorm_stddev = math_ops.maximum(self.renorm_stddev, math_ops.sqrt(self.epsilon))
        r = stddev / renorm_stddev
        d = (mean - renorm_mean) / renorm_stddev
        with control_dependencies([r, d]):
            mean = array_ops.identity(mean)
            stddev = array_ops.identity(stddev)
        rmin, rmax, dmax = (self.renorm_clipping.get(key) for key in ("rmin", "rmax", "dmax"))
        if rmin is not None:
            r = math_ops.maximum(r, rmin)
        if rmax is not None:
            r = math_ops.minimum(r, rmax)
        if dmax is not None:
            d = math_ops.maximum(d, -dmax)
            d = math_ops.minimum(d, dmax)
        clipped_r, clipped_d = r, d
        r = _choose(training, lambda: clipped_r, lambda: array_ops.ones_like(clipped_r))
        d = _choose(training, lambda: clipped_d, lambda: array_ops.zeros_like(clipped_d))

        def updated(variable: Any, value: Any) -> Any:
            value = array_ops.identity(value)
            return _choose(
                training,
                lambda: self._assign_moving_average(variable, value, self.renorm_momentum),
                lambda: array_ops.identity(variable),
            )

        updates = [updated(self.renorm_mean, mean), updated(self.renorm_stddev, stddev)]
        with control_dependencies(updates):
            return r, d, array_ops.identity(mean), array_ops.identity(variance)

    def _add_updates(self, mean: Any, variance: Any, training: Any) -> None:
        def moved(variable: Any, value: Any) -> Any:
            return self._assign_moving_average(variable, value, self.momentum)

        def moved_variance() -> Any:
            if not self.renorm:
                return moved(self.moving_variance, variance)
            stddev = math_ops.sqrt(variance + self.epsilon)
            return self._assign_variance(moved(self.moving_stddev, stddev))

        self.add_update(
            lambda: _choose(
                training, lambda: moved(self.moving_mean, mean), lambda: self.moving_mean
            )
        )
        self.add_update(lambda: _choose(training, moved_variance, lambda: self.moving_variance))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        config = super().get_config() | {
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
        }
        if self.renorm:
            config["renorm"] = True
            config["renorm_clipping"] = self.renorm_clipping
            config["renorm_momentum"] = self.renorm_momentum
        if self.virtual_batch_size is not None:
            config["virtual_batch_size"] = self.virtual_batch_size
        if self.adjustment is not None:
            logging.warning("The configuration of a layer does not hold its `adjustment`.")
        return config


@export("keras.layers.LayerNormalization")
class LayerNormalization(Layer):
    """Each example with mean 0 and variance 1, then scaled and moved by variables.

    Stands for `tf.keras.layers.LayerNormalization`.

    Args:
      axis: the axes that mean and variance are taken over, or one.
      epsilon: is added to the variance.
      center, scale: whether there is a `beta` that is added, a `gamma` that is multiplied by.
      beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
        gamma_constraint: those of the two variables.

    Raises:
      ValueError: `axis` is no such thing.
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, trainable=trainable, **kwargs)
        if not isinstance(axis, (list, tuple, int)):
            raise ValueError(
                "Expected an int or a list/tuple of ints for the argument 'axis', but received "
                f"instead: {axis}"
            )
        self.axis: Any = axis if isinstance(axis, int) else axis[:]
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Makes the variables. Raises ValueError for axes that are not there, or twice."""
        ndims = len(input_shape)
        axes = [self.axis] if isinstance(self.axis, int) else self.axis
        if isinstance(self.axis, int) or any(axis < 0 for axis in axes):
            self.axis = [ndims + axis if axis < 0 else axis for axis in axes]
        for axis in self.axis:
            if not 0 <= axis < ndims:
                raise ValueError(f"Invalid axis: {axis}")
        if len(self.axis) != len(set(self.axis)):
            raise ValueError(f"Duplicate axis: {tuple(self.axis)}")
        self.gamma = self._parameter("gamma", input_shape) if self.scale else None
        self.beta = self._parameter("beta", input_shape) if self.center else None
        self.built = True

    def _parameter(self, name: str, input_shape: Any) -> Any:
        return self.add_weight(
            name=name,
            shape=[input_shape[axis] for axis in self.axis],
            initializer=getattr(self, f"{name}_initializer"),
            regularizer=getattr(self, f"{name}_regularizer"),
            constraint=getattr(self, f"{name}_constraint"),
            trainable=True,
            experimental_autocast=False,
        )

    def call(self, inputs: Any) -> Any:
        sizes = inputs.shape.as_list()
        mean, variance = nn_impl.moments(inputs, self.axis, keep_dims=True)
        shape = [size if i in self.axis else 1 for i, size in enumerate(sizes)]

        def spread(v: Any) -> Any:
            if v is None or len(v.shape) == len(sizes) or self.axis == [len(sizes) - 1]:
                return v
            return array_ops.reshape(v, shape)

        scale, offset = spread(self.gamma), spread(self.beta)
        outputs = nn_impl.batch_normalization(
            inputs, mean, variance, offset=offset, scale=scale, variance_epsilon=self.epsilon
        )
        outputs.set_shape(inputs.shape)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        config = {name: getattr(self, name) for name in ("axis", "epsilon", "center", "scale")}
        for kind, module in (
            ("initializer", initializers),
            ("regularizer", regularizers),
            ("constraint", constraints),
        ):
            for name in ("beta", "gamma"):
                config[f"{name}_{kind}"] = module.serialize(getattr(self, f"{name}_{kind}"))
        return super().get_config() | config
