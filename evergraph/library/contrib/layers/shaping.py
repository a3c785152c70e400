"""Functions of tf.contrib.layers without weights, or with no more than a bias."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops, shape_checks, sparse_ops
from evergraph.api.gathering import one_hot
from evergraph.api.init_ops import constant_initializer, ones_initializer
from evergraph.api.variable_scope import variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export, export_constant
from evergraph.graph.composite import SparseTensor
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import add_arg_scope
from evergraph.library.contrib.framework.variables import model_variable
from evergraph.library.contrib.layers.common import (
    DATA_FORMAT_NCHW,
    DATA_FORMAT_NHWC,
    ZEROS,
    _model_variable_getter,
    check_data_format,
    finished,
    keras_data_format,
)
from evergraph.library.contrib.layers.utils import (
    collect_named_outputs,
    get_variable_collections,
    last_dimension,
)
from evergraph.library.function import Defun
from evergraph.library.layers import core


@export("contrib.layers.bias_add")
@add_arg_scope
def bias_add(
    inputs: Any,
    activation_fn: Any = None,
    initializer: Any = ZEROS,
    regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = DATA_FORMAT_NHWC,
    scope: Any = None,
) -> Tensor:
    """Adds a variable "biases" to the channels. Stands for `tf.contrib.layers.bias_add`.

    Args:
      inputs: a tensor of known rank and number of channels.
      activation_fn: a function of the result, or None.
      initializer, regularizer: of the variable.
      reuse: whether the variable is found in the scope rather than made.
      variables_collections: collections for the variable, or a dict of such by name.
      outputs_collections: collections for the result.
      trainable: whether the variable is trained.
      data_format: "NHWC" (channels last) or "NCHW" (of images alone).
      scope: the variable scope; default: "BiasAdd".

    Raises:
      ValueError: for another data format, or if the channels are not known.
    """
    check_data_format(data_format, DATA_FORMAT_NCHW, DATA_FORMAT_NHWC)
    with variable_scope(scope, "BiasAdd", [inputs], reuse=reuse) as opened:
        inputs = convert_to_tensor(inputs)
        dims = inputs.dims
        if dims is None:
            raise ValueError("Dims of shape must be known but is None")
        if len(dims) != 4 and data_format == DATA_FORMAT_NCHW:
            raise ValueError("Data format NCHW only supports 4D Tensor")
        channels = dims[1 if data_format == DATA_FORMAT_NCHW else -1]
        if channels is None:
            raise ValueError("`C` dimension must be known but is None")
        biases = model_variable(
            "biases",
            shape=[channels],
            dtype=inputs.dtype.base_dtype,
            initializer=initializer,
            regularizer=regularizer,
            collections=get_variable_collections(variables_collections, "biases"),
            trainable=trainable,
        )
        outputs = nn_ops.bias_add(inputs, biases, data_format=data_format)
        return finished(outputs, opened, activation_fn, outputs_collections)


@export("contrib.layers.dropout")
@add_arg_scope
def dropout(
    inputs: Any,
    keep_prob: Any = 0.5,
    noise_shape: Any = None,
    is_training: Any = True,
    outputs_collections: Any = None,
    scope: Any = None,
    seed: int | None = None,
) -> Any:
    """Keeps a random share `keep_prob` of the elements, scaled up, while `is_training`. Stands for
    `tf.contrib.layers.dropout`.

    Args:
      inputs: a float tensor.
      keep_prob: the share of elements that stay: a number or a scalar tensor.
      noise_shape: the shape of the choices, which are broadcast.
      is_training: a bool or a bool tensor; without training the result is `inputs`.
      outputs_collections: collections for the result.
      scope: the variable scope; default: "Dropout".
      seed: see `tf.set_random_seed`.
    """
    with variable_scope(scope, "Dropout", [inputs], custom_getter=_model_variable_getter) as opened:
        inputs = convert_to_tensor(inputs)
        layer = core.Dropout(
            rate=1 - keep_prob,
            noise_shape=noise_shape,
            seed=seed,
            name=opened.name,
            _scope=opened,
        )
        return finished(layer(inputs, training=is_training), opened, None, outputs_collections)


@export("contrib.layers.flatten")
@add_arg_scope
def flatten(inputs: Any, outputs_collections: Any = None, scope: Any = None) -> Tensor:
    """All axes but the first as one. Stands for `tf.contrib.layers.flatten`.

    Args:
      inputs: a tensor of two axes or more.
      outputs_collections: collections for the result.
      scope: a name scope; default: "Flatten".
    """
    with name_scope(scope, "Flatten", [inputs]) as opened:
        outputs = core.Flatten()(convert_to_tensor(inputs))
        return collect_named_outputs(outputs_collections, opened, outputs)


def _sparse_inner_flatten(inputs: SparseTensor, new_rank: int) -> SparseTensor:
    rank = inputs.dense_shape.get_shape().as_list()[0]
    if rank < new_rank:
        raise ValueError(
            f"Inputs has rank less than new_rank. {inputs} must have rank at least {new_rank}. "
            f"Received rank {rank}, shape {inputs.get_shape()}"
        )
    outer = inputs.dense_shape[: new_rank - 1]
    inner = inputs.dense_shape[new_rank - 1 :]
    shape = array_ops.concat((outer, [math_ops.reduce_prod(inner)]), 0)
    return sparse_ops.sparse_reshape(inputs, shape)


def _dense_inner_flatten(inputs: Tensor, new_rank: Any) -> Tensor:
    enough = shape_checks.assert_rank_at_least(
        inputs, new_rank, message="inputs has rank less than new_rank"
    )
    with control_dependencies([enough]):
        outer = array_ops.strided_slice(array_ops.shape(inputs), [0], [new_rank - 1])
        reshaped = array_ops.reshape(inputs, array_ops.concat((outer, [-1]), 0))
    if isinstance(new_rank, int) and inputs.dims is not None:
        size: int | None = 1
        for dim in inputs.dims[new_rank - 1 :]:
            size = None if size is None or dim is None else size * dim
        reshaped.set_shape([*inputs.dims[: new_rank - 1], size])
    return reshaped


@add_arg_scope
def _inner_flatten(
    inputs: Any, new_rank: Any, output_collections: Any = None, scope: Any = None
) -> Any:
    """The last axes as one, so that `new_rank` are left; also of a SparseTensor."""
    with name_scope(scope, "InnerFlatten", [inputs, new_rank]) as opened:
        if isinstance(inputs, SparseTensor):
            flattened: Any = _sparse_inner_flatten(inputs, new_rank)
        else:
            flattened = _dense_inner_flatten(convert_to_tensor(inputs), new_rank)
    return collect_named_outputs(output_collections, opened, flattened)


@export("contrib.layers.dense_to_sparse")
def dense_to_sparse(
    tensor: Any, eos_token: Any = 0, outputs_collections: Any = None, scope: Any = None
) -> SparseTensor:
    """The elements that are not `eos_token`, as a SparseTensor. Stands for
    `tf.contrib.layers.dense_to_sparse`.

    Args:
      tensor: an int32 or int64 tensor.
      eos_token: the element that is left out.
      outputs_collections: collections for the result.
      scope: the variable scope; default: "dense_to_sparse".
    """
    with variable_scope(scope, "dense_to_sparse", [tensor]) as opened:
        tensor = convert_to_tensor(tensor)
        token = constant(eos_token, tensor.dtype)
        indices = array_ops.where(math_ops.not_equal(tensor, token))
        values = array_ops.gather_nd(tensor, indices)
        shape = array_ops.shape(tensor, out_type=dtypes.int64)
        outputs = SparseTensor(indices, values, shape)
        return collect_named_outputs(outputs_collections, opened.name, outputs)


@export("contrib.layers.one_hot_encoding")
@add_arg_scope
def one_hot_encoding(
    labels: Any,
    num_classes: int,
    on_value: Any = 1.0,
    off_value: Any = 0.0,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """A new last axis of `num_classes` elements: `on_value` at the label, else `off_value`. Stands
    for `tf.contrib.layers.one_hot_encoding`.

    Args:
      labels: an integer tensor.
      num_classes: the size of the new axis.
      on_value, off_value: scalars of one type.
      outputs_collections: collections for the result.
      scope: a name scope; default: "OneHotEncoding".
    """
    with name_scope(scope, "OneHotEncoding", [labels, num_classes]) as opened:
        labels = convert_to_tensor(labels)
        if labels.dtype == dtypes.int32:
            labels = math_ops.to_int64(labels)
        outputs = one_hot(labels, num_classes, on_value=on_value, off_value=off_value)
        return collect_named_outputs(outputs_collections, opened, outputs)


def _repeated_scope(scope: Any, layer: Any, default: str) -> Any:
    """The name under which each call of `layer` gets its number."""
    if scope is not None:
        return scope
    # A functools.partial has no name of its own.
    return getattr(layer, "__name__", getattr(getattr(layer, "func", None), "__name__", default))


@export("contrib.layers.repeat")
def repeat(
    inputs: Any, repetitions: int, layer: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    """Calls `layer` several times, each on the result of the one before. Stands for
    `tf.contrib.layers.repeat`.

    Args:
      inputs: the first input.
      repetitions: how often.
      layer: a function of a tensor with an argument `scope`, which gets a number each time.
      *args, **kwargs: its further arguments; `scope` is the variable scope around all.
    """
    scope = kwargs.pop("scope", None)
    with variable_scope(scope, "Repeat", [inputs]):
        outputs = convert_to_tensor(inputs)
        scope = _repeated_scope(scope, layer, "repeat")
        for i in range(repetitions):
            kwargs["scope"] = f"{scope}_{i + 1}"
            outputs = layer(outputs, *args, **kwargs)
        return outputs


@export("contrib.layers.stack")
def stack(inputs: Any, layer: Callable[..., Any], stack_args: Any, **kwargs: Any) -> Any:
    """Calls `layer` with one argument, or list of arguments, after the other, each on the result of
    the one before. Stands for `tf.contrib.layers.stack`.

    Args:
      inputs: the first input.
      layer: a function of a tensor with an argument `scope`, which gets a number each time.
      stack_args: the arguments of each call.
      **kwargs: further arguments of all; `scope` is the variable scope around all.

    Raises:
      ValueError: `stack_args` is no list.
    """
    scope = kwargs.pop("scope", None)
    if not isinstance(stack_args, (list, tuple)):
        raise ValueError("stack_args need to be a list or tuple")
    with variable_scope(scope, "Stack", [inputs]):
        outputs = convert_to_tensor(inputs)
        scope = _repeated_scope(scope, layer, "stack")
        for i, arguments in enumerate(stack_args):
            kwargs["scope"] = f"{scope}_{i + 1}"
            if not isinstance(arguments, (list, tuple)):
                arguments = [arguments]
            outputs = layer(outputs, *arguments, **kwargs)
        return outputs


def _scale_gradient_shape(op: Any) -> list[Any]:
    return [op.inputs[0].shape]


def _scale_gradient_grad(op: Any, grad: Any) -> list[Any]:
    return [grad * op.inputs[1], None]


@Defun(python_grad_func=_scale_gradient_grad, shape_func=_scale_gradient_shape)
def scale_gradient(inputs: Any, gradient_multiplier: Any) -> Any:
    """`inputs`, whose gradient is multiplied on the way back. Stands for
    `tf.contrib.layers.scale_gradient`."""
    return inputs


export_constant(__name__, "scale_gradient", "contrib.layers.scale_gradient")


@export("contrib.layers.softmax")
@add_arg_scope
def softmax(logits: Any, scope: Any = None) -> Tensor:
    """The softmax over the last axis, whose size must be known. Stands for
    `tf.contrib.layers.softmax`."""
    with variable_scope(scope, "softmax", [logits]):
        classes = last_dimension(logits.get_shape(), min_rank=2)
        rows = array_ops.reshape(logits, [-1, classes])
        predictions = array_ops.reshape(nn_ops.softmax(rows), array_ops.shape(logits))
        predictions.set_shape(logits.get_shape())
        return predictions


@export("contrib.layers.spatial_softmax")
@add_arg_scope
def spatial_softmax(
    features: Any,
    temperature: Any = None,
    name: Any = None,
    variables_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
) -> Tensor:
    """Where each channel of an image is strongest (Levine et al. 2016): the mean place under a
    softmax over places. Stands for `tf.contrib.layers.spatial_softmax`.

    Args:
      features: images; the number of channels must be known.
      temperature: what features are divided by: a number that is the initial value of a variable.
      name: the variable scope.
      variables_collections: collections for the temperature, or a dict of such by name.
      trainable: whether the temperature is trained.
      data_format: "NHWC" or "NCHW".

    Returns:
      [images, 2 channels]: x and y of each channel, between -1 and 1.

    Raises:
      ValueError: for another data format, or if the number of channels is not known.
    """
    with variable_scope(name, "spatial_softmax"):
        shape = array_ops.shape(features)
        if data_format == DATA_FORMAT_NHWC:
            height, width, channels = shape[1], shape[2], features.dims[3]
        elif data_format == DATA_FORMAT_NCHW:
            channels, height, width = features.dims[1], shape[2], shape[3]
        else:
            raise ValueError("data_format has to be either NCHW or NHWC.")
        if channels is None:
            raise ValueError(
                "The num_channels dimension of the inputs to `spatial_softmax` should be defined. "
                "Found `None`."
            )
        with name_scope("spatial_softmax_op", "spatial_softmax_op", [features]):
            xs = math_ops.lin_space(-1.0, 1.0, num=height)
            ys = math_ops.lin_space(-1.0, 1.0, num=width)
            pos_x, pos_y = array_ops.meshgrid(xs, ys, indexing="ij")
            pos_x = array_ops.reshape(pos_x, [height * width])
            pos_y = array_ops.reshape(pos_y, [height * width])
            collections = get_variable_collections(variables_collections, "temperature")
            divisor = model_variable(
                "temperature",
                shape=(),
                dtype=dtypes.float32,
                initializer=(
                    ones_initializer() if temperature is None else constant_initializer(temperature)
                ),
                collections=collections if trainable else None,
                trainable=trainable,
            )
            if data_format == DATA_FORMAT_NHWC:
                features = array_ops.transpose(features, [0, 3, 1, 2])
            features = array_ops.reshape(features, [-1, height * width])
            attention = nn_ops.softmax(features / divisor)
            mean_x = math_ops.reduce_sum(pos_x * attention, [1], keepdims=True)
            mean_y = math_ops.reduce_sum(pos_y * attention, [1], keepdims=True)
            means = array_ops.concat([mean_x, mean_y], 1)
            keypoints = array_ops.reshape(means, [-1, channels * 2])
            keypoints.set_shape([None, channels * 2])
    return keypoints


@export("contrib.layers.unit_norm")
@add_arg_scope
def unit_norm(inputs: Any, dim: int, epsilon: float = 1e-7, scope: Any = None) -> Tensor:
    """`inputs` divided by their lengths along the axis `dim`. Stands for
    `tf.contrib.layers.unit_norm`.

    Raises:
      ValueError: the rank is not known, or there is no such axis.
    """
    with variable_scope(scope, "UnitNorm", [inputs]):
        if not inputs.get_shape():
            raise ValueError("The input rank must be known.")
        rank = inputs.get_shape().ndims
        if dim < 0 or dim >= rank:
            raise ValueError("dim must be positive but smaller than the input rank.")
        squares = math_ops.reduce_sum(math_ops.square(inputs), dim, True)
        lengths = math_ops.sqrt(epsilon + squares)
        multiples = []
        if dim > 0:
            multiples.append(array_ops.ones([dim], dtypes.int32))
        multiples.append(array_ops.strided_slice(array_ops.shape(inputs), [dim], [dim + 1]))
        if dim < rank - 1:
            multiples.append(array_ops.ones([rank - 1 - dim], dtypes.int32))
        return math_ops.div(inputs, array_ops.tile(lengths, array_ops.concat(multiples, 0)))


@export("contrib.layers.maxout")
@add_arg_scope
def maxout(inputs: Any, num_units: int, axis: int = -1, scope: Any = None) -> Tensor:
    """The largest of each group of channels (Goodfellow et al. 2013). Stands for
    `tf.contrib.layers.maxout`.

    Args:
      inputs: a tensor whose size along `axis` is a multiple of `num_units`.
      num_units: the size that is left.
      axis: where the channels are.
      scope: the variable scope; default: "MaxOut".
    """
    with variable_scope(scope, "MaxOut", [inputs]):
        inputs = convert_to_tensor(inputs)
        shape: list[Any] = inputs.get_shape().as_list()
        channels = shape[axis]
        if channels % num_units:
            raise ValueError(
                f"number of features({channels}) is not a multiple of num_units({num_units})"
            )
        shape[axis] = num_units
        shape += [channels // num_units]
        for i, size in enumerate(shape):
            if size is None:
                shape[i] = array_ops.shape(inputs)[i]
        return math_ops.reduce_max(array_ops.reshape(inputs, shape), -1, keepdims=False)


def poincare_normalize(
    x: Any, axis: int = 1, epsilon: float = 1e-5, name: str | None = None
) -> Tensor:
    """Vectors brought into the unit ball, shorter than 1 by `epsilon` (Nickel and Kiela 2017)."""
    with name_scope(name, "poincare_normalize", [x]) as name:
        x = convert_to_tensor(x, name="x")
        squares = math_ops.reduce_sum(math_ops.square(x), axis, keepdims=True)
        inverse = math_ops.rsqrt(squares)
        inverse = math_ops.minimum((1.0 - epsilon) * inverse, 1.0)
        return math_ops.multiply(x, inverse, name=name)


@export("contrib.layers.images_to_sequence")
@add_arg_scope
def images_to_sequence(
    inputs: Any,
    data_format: str = DATA_FORMAT_NHWC,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """Images as sequences along their width, each row its own: [width, images * height, channels].
    Stands for `tf.contrib.layers.images_to_sequence`."""
    check_data_format(data_format, DATA_FORMAT_NCHW, DATA_FORMAT_NHWC)
    with name_scope(scope, "ImagesToSequence", [inputs]) as opened:
        inputs = convert_to_tensor(inputs)
        if keras_data_format(data_format) == "channels_first":
            inputs = array_ops.transpose(inputs, [0, 2, 3, 1])
        _, _, width, depth = inputs.get_shape().as_list()
        sizes = array_ops.shape(inputs)
        batch_size, height = sizes[0], sizes[1]
        columns = array_ops.transpose(inputs, [2, 0, 1, 3])
        outputs = array_ops.reshape(columns, [width, batch_size * height, depth])
        return collect_named_outputs(outputs_collections, opened, outputs)


@export("contrib.layers.sequence_to_images")
@add_arg_scope
def sequence_to_images(
    inputs: Any,
    height: int,
    output_data_format: str = "channels_last",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """The images of `images_to_sequence`, of that height. Stands for
    `tf.contrib.layers.sequence_to_images`."""
    with name_scope(scope, "SequenceToImages", [inputs]) as opened:
        inputs = convert_to_tensor(inputs)
        width, rows, depth = inputs.get_shape().as_list()
        images = -1 if rows is None else rows // height
        reshaped = array_ops.reshape(inputs, [width, images, height, depth])
        first = output_data_format == "channels_first"
        outputs = array_ops.transpose(reshaped, [1, 3, 2, 0] if first else [1, 2, 0, 3])
        return collect_named_outputs(outputs_collections, opened, outputs)
