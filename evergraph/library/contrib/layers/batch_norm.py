"""Batch normalization of tf.contrib.layers."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, nn_impl, nn_ops
from evergraph.api.init_ops import ones_initializer, zeros_initializer
from evergraph.api.variable_scope import get_variable_scope, variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import add_to_collections, control_dependencies
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import add_arg_scope
from evergraph.library.contrib.framework.variables import model_variable
from evergraph.library.contrib.layers.common import (
    DATA_FORMAT_NCHW,
    DATA_FORMAT_NHWC,
    _add_variable_to_collections,
    _build_variable_getter,
    check_data_format,
    finished,
)
from evergraph.library.contrib.layers.utils import (
    constant_value,
    get_variable_collections,
    smart_cond,
)
from evergraph.library.layers import normalization
from evergraph.library.train import moving_averages

_INITIALIZERS: dict[str, Callable[[], Any]] = {
    "beta": zeros_initializer,
    "gamma": ones_initializer,
    "moving_mean": zeros_initializer,
    "moving_variance": ones_initializer,
}


@export("contrib.layers.batch_norm")
@add_arg_scope
def batch_norm(
    inputs: Any,
    decay: Any = 0.999,
    center: bool = True,
    scale: bool = False,
    epsilon: float = 0.001,
    activation_fn: Any = None,
    param_initializers: Any = None,
    param_regularizers: Any = None,
    updates_collections: Any = GraphKeys.UPDATE_OPS,
    is_training: Any = True,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    batch_weights: Any = None,
    fused: bool | None = None,
    data_format: str = DATA_FORMAT_NHWC,
    zero_debias_moving_mean: bool = False,
    scope: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_decay: Any = 0.99,
    adjustment: Any = None,
) -> Tensor:
    """Each channel with mean 0 and variance 1 over the batch (Ioffe and Szegedy 2015). Stands for
    `tf.contrib.layers.batch_norm`.

    Args:
      inputs: a tensor of known rank and number of channels.
      decay: of the moving averages that take the place of mean and variance after training.
      center, scale: whether a variable "beta" is added, and one "gamma" multiplied.
      epsilon: added to the variance.
      activation_fn: a function of the result, or None.
      param_initializers, param_regularizers: by name: "beta", "gamma", "moving_mean",
        "moving_variance".
      updates_collections: collections for the updates of the averages, which must be run along
        with the training step; None has them run whenever the result is computed.
      is_training: a bool or a bool tensor: whether to normalize by the batch or by the averages.
      reuse: whether the variables are found in the scope rather than made.
      variables_collections: collections for the variables, or a dict of such by name.
      outputs_collections: collections for the result.
      trainable: whether beta and gamma are trained.
      batch_weights: how much each example counts for mean and variance.
      fused: whether one node does it all, where that is possible; None for yes.
      data_format: "NHWC" (channels last) or "NCHW" (channels second).
      zero_debias_moving_mean: whether to correct for a mean that begins at zero.
      scope: the variable scope; default: "BatchNorm".
      renorm: whether the averages count in training, too (Ioffe 2017), within `renorm_clipping`
        ("rmax", "rmin", "dmax"), with averages of `renorm_decay`.
      adjustment: a function of the input's shape that gives a factor and an offset for training.

    Raises:
      ValueError: an argument does not fit, or rank or channels are not known.
    """
    settings = dict(locals())
    fused = fused is None or fused
    inputs = convert_to_tensor(inputs)
    rank = inputs.get_shape().ndims
    collected = updates_collections is GraphKeys.UPDATE_OPS
    fusible = batch_weights is None and not renorm and rank in (2, 4) and adjustment is None
    if fused and fusible and (zero_debias_moving_mean or rank == 2 or not collected):
        check_data_format(data_format, DATA_FORMAT_NCHW, DATA_FORMAT_NHWC)
        with variable_scope(scope, "BatchNorm", [inputs], reuse=reuse) as opened:
            outputs = _fused(inputs, settings)
            return finished(outputs, opened, activation_fn, outputs_collections)
    check_data_format(data_format, DATA_FORMAT_NCHW, DATA_FORMAT_NHWC)
    with variable_scope(
        scope, "BatchNorm", [inputs], reuse=reuse, custom_getter=_build_variable_getter()
    ) as opened:
        inputs = convert_to_tensor(inputs)
        if batch_weights is None and collected and not zero_debias_moving_mean:
            outputs = _by_layer(inputs, opened, fused, settings)
        elif renorm:
            raise ValueError(
                "renorm is not supported with batch_weights, updates_collections or "
                "zero_debias_moving_mean"
            )
        else:
            outputs = _by_moments(inputs, settings)
        return finished(outputs, opened, activation_fn, outputs_collections)


def _by_layer(inputs: Tensor, scope: Any, fused: bool, settings: dict[str, Any]) -> Any:
    """By the layer of `tf.layers`."""
    initializers = settings["param_initializers"] or {}
    regularizers = settings["param_regularizers"] or {}
    layer = normalization.BatchNormalization(
        axis=1 if settings["data_format"] == DATA_FORMAT_NCHW else -1,
        momentum=settings["decay"],
        epsilon=settings["epsilon"],
        center=settings["center"],
        scale=settings["scale"],
        beta_regularizer=regularizers.get("beta"),
        gamma_regularizer=regularizers.get("gamma"),
        trainable=settings["trainable"],
        renorm=settings["renorm"],
        renorm_clipping=settings["renorm_clipping"],
        renorm_momentum=settings["renorm_decay"],
        adjustment=settings["adjustment"],
        name=scope.name,
        _scope=scope,
        _reuse=settings["reuse"],
        fused=fused,
        **{
            f"{name}_initializer": initializers.get(name, default())
            for name, default in _INITIALIZERS.items()
        },
    )
    outputs = layer(inputs, training=settings["is_training"])
    for name in ("moving_mean", "moving_variance", "beta", "gamma"):
        variable = getattr(layer, name)
        if variable is not None:
            _add_variable_to_collections(variable, settings["variables_collections"], name)
    return outputs


def _variable(name: str, shape: Any, dtype: Any, settings: dict[str, Any], **more: Any) -> Any:
    return model_variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=(settings["param_initializers"] or {}).get(name, _INITIALIZERS[name]()),
        collections=get_variable_collections(settings["variables_collections"], name),
        **more,
    )


def _averages(shape: Any, dtype: Any, settings: dict[str, Any]) -> tuple[Any, Any]:
    """The moving mean and variance, never in parts."""
    with variable_scope(get_variable_scope()) as whole:
        whole.set_partitioner(None)
        return (
            _variable("moving_mean", shape, dtype, settings, trainable=False),
            _variable("moving_variance", shape, dtype, settings, trainable=False),
        )


def _updates(averages: tuple[Any, Any], mean: Any, variance: Any, settings: Any) -> list[Any]:
    return [
        moving_averages.assign_moving_average(
            averages[0],
            mean,
            settings["decay"],
            zero_debias=settings["zero_debias_moving_mean"],
        ),
        moving_averages.assign_moving_average(
            averages[1], variance, settings["decay"], zero_debias=False
        ),
    ]


def _collect_updates(averages: Any, mean: Any, variance: Any, settings: dict[str, Any]) -> None:
    updates = smart_cond(
        settings["is_training"],
        lambda: tuple(_updates(averages, mean, variance, settings)),
        lambda: averages,
    )
    for update in updates:
        add_to_collections(settings["updates_collections"], update)


def _fused(inputs: Tensor, settings: dict[str, Any]) -> Tensor:
    """By FusedBatchNorm: images, or rows as images of one pixel."""
    data_format, is_training = settings["data_format"], settings["is_training"]
    original = inputs
    dims = inputs.dims
    assert dims is not None
    if len(dims) == 2:
        if dims[-1] is None:
            raise ValueError("`C` dimension must be known but is None")
        first = data_format == DATA_FORMAT_NCHW
        inputs = array_ops.reshape(inputs, [-1, dims[-1], 1, 1] if first else [-1, 1, 1, dims[-1]])
    shape = inputs.get_shape()
    channels = shape[-1:] if data_format == DATA_FORMAT_NHWC else shape[1:2]
    if not channels.is_fully_defined():
        raise ValueError(f"Inputs {inputs.name} has undefined `C` dimension {channels}.")
    regularizers = settings["param_regularizers"] or {}

    def parameter(name: str, wanted: bool, neutral: float) -> Any:
        if not wanted:
            return constant(neutral, dtype=dtypes.float32, shape=channels)
        return _variable(
            name,
            channels,
            dtypes.float32,
            settings,
            regularizer=regularizers.get(name),
            trainable=settings["trainable"],
        )

    beta = parameter("beta", settings["center"], 0.0)
    gamma = parameter("gamma", settings["scale"], 1.0)
    averages = _averages(channels, dtypes.float32, settings)
    options = {"epsilon": settings["epsilon"], "data_format": data_format}
    outputs, mean, variance = smart_cond(
        is_training,
        lambda: nn_ops.fused_batch_norm(inputs, gamma, beta, **options),
        lambda: nn_ops.fused_batch_norm(
            inputs,
            gamma,
            beta,
            mean=averages[0],
            variance=averages[1],
            is_training=False,
            **options,
        ),
    )
    known = constant_value(is_training)
    if known is None or known:
        if settings["updates_collections"] is None:
            outputs = _with_updates(outputs, averages, mean, variance, settings)
        else:
            _collect_updates(averages, mean, variance, settings)
    outputs.set_shape(shape)
    if len(dims) == 2:
        outputs = array_ops.reshape(outputs, array_ops.shape(original))
    return outputs


def _with_updates(
    outputs: Any, averages: Any, mean: Any, variance: Any, settings: dict[str, Any]
) -> Any:
    """The outputs, after the updates of the averages."""

    def updated() -> Any:
        with control_dependencies(_updates(averages, mean, variance, settings)):
            return array_ops.identity(outputs)

    return smart_cond(settings["is_training"], updated, lambda: outputs)


def _by_moments(inputs: Tensor, settings: dict[str, Any]) -> Tensor:
    """By mean and variance as nodes of their own."""
    shape = inputs.get_shape()
    rank = shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    dtype = inputs.dtype.base_dtype
    weights = settings["batch_weights"]
    if weights is not None:
        weights = convert_to_tensor(weights)
        shape[0:1].assert_is_compatible_with(weights.get_shape())
        weights = array_ops.reshape(weights, [-1, *[1] * (rank - 1)])
    first = settings["data_format"] == DATA_FORMAT_NCHW
    axes = [0, *range(2, rank)] if first else list(range(rank - 1))
    channels = shape[1:2] if first else shape[-1:]
    broadcast_shape = [1, shape[1].value, *[1] * (rank - 2)] if first else None
    if not channels.is_fully_defined():
        raise ValueError(f"Inputs {inputs.name} has undefined channels dimension {channels}.")
    trainable = settings["trainable"]
    beta = gamma = None
    if settings["center"]:
        beta = _variable("beta", channels, dtype, settings, trainable=trainable)
    if settings["scale"]:
        gamma = _variable("gamma", channels, dtype, settings, trainable=trainable)
    averages = _averages(channels, dtype, settings)
    known = constant_value(settings["is_training"])
    if known is None or known:
        moments = _moments(inputs, axes, weights, first)
        mean, variance = _statistics(moments, averages, settings)
    else:
        mean, variance = averages

    def broadcast(x: Any) -> Any:
        return array_ops.reshape(x, broadcast_shape) if first and x is not None else x

    outputs = nn_impl.batch_normalization(
        inputs,
        broadcast(mean),
        broadcast(variance),
        broadcast(beta),
        broadcast(gamma),
        settings["epsilon"],
    )
    outputs.set_shape(shape)
    return outputs


def _moments(inputs: Tensor, axes: list[int], weights: Any, first: bool) -> tuple[Any, Any]:
    """Mean and variance of the batch, as vectors."""
    if weights is None:
        mean, variance = nn_impl.moments(inputs, axes, **({"keep_dims": True} if first else {}))
    else:
        mean, variance = nn_impl.weighted_moments(
            inputs, axes, weights, **({"keepdims": True} if first else {})
        )
    if first:
        mean = array_ops.reshape(mean, [-1])
        variance = array_ops.reshape(variance, [-1])
    return mean, variance


def _statistics(
    moments: tuple[Any, Any], averages: tuple[Any, Any], settings: dict[str, Any]
) -> Any:
    """What to normalize by: the batch's moments in training, else the averages."""
    is_training = settings["is_training"]
    if settings["updates_collections"] is None:

        def updated() -> tuple[Any, Any]:
            with control_dependencies(_updates(averages, *moments, settings)):
                return array_ops.identity(moments[0]), array_ops.identity(moments[1])

        return smart_cond(is_training, updated, lambda: averages)
    _collect_updates(averages, *moments, settings)
    return smart_cond(is_training, lambda: moments, lambda: averages)
