"""Fully connected layers of tf.contrib.layers."""

import functools
from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.api.variable_scope import get_variable, variable_scope
from evergraph.base.export import export, export_constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import add_to_collections
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import add_arg_scope
from evergraph.library.contrib.layers.common import (
    XAVIER,
    ZEROS,
    _add_variable_to_collections,
    finished,
    weights_and_biases,
)
from evergraph.library.layers import core


@export("contrib.layers.fully_connected")
@add_arg_scope
def fully_connected(
    inputs: Any,
    num_outputs: int,
    activation_fn: Any = nn_ops.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """`activation_fn(inputs @ weights + biases)`. Stands for `tf.contrib.layers.fully_connected`.

    Args:
      inputs: a tensor of two axes or more; the size of the last must be known.
      num_outputs: the size of the result's last axis.
      activation_fn: a function of the result, or None.
      normalizer_fn: a function used in place of biases, such as `batch_norm`.
      normalizer_params: its further arguments.
      weights_initializer, biases_initializer: initial values; None for no biases.
      weights_regularizer, biases_regularizer: functions whose results are losses.
      reuse: whether the variables are found in the scope rather than made.
      variables_collections: collections for the variables, or a dict of such by name.
      outputs_collections: collections for the result.
      trainable: whether the variables are trained.
      scope: the variable scope; default: "fully_connected".

    Raises:
      ValueError: `num_outputs` is no integer, or a size of the inputs is not known.
    """
    if not isinstance(num_outputs, int):
        raise ValueError(f"num_outputs type should be one of {[int]}, got {type(num_outputs)}.")
    with variable_scope(
        scope, "fully_connected", [inputs], reuse=reuse, custom_getter=weights_and_biases()
    ) as opened:
        inputs = convert_to_tensor(inputs)
        layer = core.Dense(
            units=num_outputs,
            activation=None,
            use_bias=not normalizer_fn and biases_initializer,
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            activity_regularizer=None,
            trainable=trainable,
            name=opened.name,
            dtype=inputs.dtype.base_dtype,
            _scope=opened,
            _reuse=reuse,
        )
        outputs = layer(inputs)
        _add_variable_to_collections(layer.kernel, variables_collections, "weights")
        if layer.bias is not None:
            _add_variable_to_collections(layer.bias, variables_collections, "biases")
        return finished(
            outputs, opened, activation_fn, outputs_collections, normalizer_fn, normalizer_params
        )


@export("contrib.layers.legacy_fully_connected")
def legacy_fully_connected(
    x: Any,
    num_output_units: int,
    activation_fn: Any = None,
    weight_init: Any = XAVIER,
    bias_init: Any = ZEROS,
    name: str | None = None,
    weight_collections: Any = (GraphKeys.WEIGHTS,),
    bias_collections: Any = (GraphKeys.BIASES,),
    output_collections: Any = (GraphKeys.ACTIVATIONS,),
    trainable: bool = True,
    weight_regularizer: Any = None,
    bias_regularizer: Any = None,
) -> Tensor:
    """`activation_fn(x @ weights + bias)`, as in the first versions. Stands for
    `tf.contrib.layers.legacy_fully_connected`.

    Args:
      x: a tensor of two axes or more; the size of the last must be known.
      num_output_units: the size of the result's last axis.
      activation_fn: a function of the result, or None.
      weight_init, bias_init: initial values; None for no bias.
      name: the variable scope.
      weight_collections, bias_collections, output_collections: collections of each.
      trainable: whether the variables are trained.
      weight_regularizer, bias_regularizer: functions whose results are losses.

    Raises:
      ValueError: rank or last size of `x` is not known, or the rank is below 2.
    """

    def variable(name: str, shape: list[int], collections: Any, **settings: Any) -> Any:
        return get_variable(
            name,
            shape=shape,
            dtype=dtype,
            collections={*(collections or []), GraphKeys.GLOBAL_VARIABLES},
            trainable=trainable,
            **settings,
        )

    with variable_scope(name, "fully_connected", [x]):
        x = convert_to_tensor(x)
        dims = x.dims
        if dims is None:
            raise ValueError("dims of x must be known but is None")
        if len(dims) < 2:
            raise ValueError(f"rank of x must be at least 2 not: {len(dims)}")
        size = dims[-1]
        if size is None:
            raise ValueError("last dimension of x must be known but is None")
        dtype = x.dtype.base_dtype
        weights = variable(
            "weights",
            [size, num_output_units],
            weight_collections,
            initializer=weight_init,
            regularizer=weight_regularizer,
        )
        rows = x if len(dims) <= 2 else array_ops.reshape(x, [-1, size])
        y = math_ops.matmul(rows, weights)
        if bias_init is not None:
            bias = variable(
                "bias",
                [num_output_units],
                bias_collections,
                initializer=bias_init,
                regularizer=bias_regularizer,
            )
            y = nn_ops.bias_add(y, bias)
        if len(dims) > 2:
            sizes = array_ops.unstack(array_ops.shape(x))
            sizes[-1] = num_output_units
            y = array_ops.reshape(y, array_ops.stack(sizes))
            y.set_shape([*dims[:-1], num_output_units])
        if activation_fn is not None:
            y = activation_fn(y)
        add_to_collections([*(output_collections or []), GraphKeys.ACTIVATIONS], y)
        return y


elu = functools.partial(fully_connected, activation_fn=nn_ops.elu)
relu = functools.partial(fully_connected, activation_fn=nn_ops.relu)
relu6 = functools.partial(fully_connected, activation_fn=nn_ops.relu6)
linear = functools.partial(fully_connected, activation_fn=None)
legacy_relu = functools.partial(legacy_fully_connected, activation_fn=nn_ops.relu)
legacy_linear = functools.partial(legacy_fully_connected, activation_fn=None)

for _name in ("elu", "relu", "relu6", "linear", "legacy_relu", "legacy_linear"):
    export_constant(__name__, _name, f"contrib.layers.{_name}")
