"""Layer normalization."""

from typing import Any

from evergraph.api import nn_impl
from evergraph.api.init_ops import ones_initializer, zeros_initializer
from evergraph.api.variable_scope import variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import add_arg_scope
from evergraph.library.contrib.framework.variables import model_variable
from evergraph.library.contrib.layers.utils import (
    collect_named_outputs,
    get_variable_collections,
)


@export("contrib.layers.layer_norm")
@add_arg_scope
def layer_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    activation_fn: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    begin_norm_axis: int = 1,
    begin_params_axis: int = -1,
    scope: Any = None,
) -> Tensor:
    """Each example with mean 0 and variance 1 (Ba, Kiros and Hinton 2016), times a variable
    "gamma", plus a variable "beta". Stands for `tf.contrib.layers.layer_norm`.

    Args:
      inputs: a tensor whose rank is known.
      center, scale: whether there are "beta" and "gamma".
      activation_fn: a function of the result.
      reuse: whether the variables are found in the scope rather than made.
      variables_collections: collections for the variables, or a dict of such by name.
      outputs_collections: collections for the result.
      trainable: whether the variables are trained.
      begin_norm_axis: mean and variance are over this axis and all behind it.
      begin_params_axis: the variables have the sizes of this axis and all behind it.
      scope: the variable scope; default: "LayerNorm".

    Raises:
      ValueError: the rank, or a size of the variables, is not known; an axis is beyond it.
    """
    with variable_scope(scope, "LayerNorm", [inputs], reuse=reuse) as opened:
        inputs = convert_to_tensor(inputs)
        shape = inputs.shape
        rank = shape.ndims
        if rank is None:
            raise ValueError(f"Inputs {inputs.name} has undefined rank.")
        dtype = inputs.dtype.base_dtype
        if begin_norm_axis < 0:
            begin_norm_axis += rank
        if begin_params_axis >= rank or begin_norm_axis >= rank:
            raise ValueError(
                f"begin_params_axis ({begin_params_axis}) and begin_norm_axis "
                f"({begin_norm_axis}) must be < rank(inputs) ({rank})"
            )
        sizes = shape[begin_params_axis:]
        if not sizes.is_fully_defined():
            raise ValueError(
                f"Inputs {inputs.name}: shape(inputs)[{begin_params_axis}:] is not fully defined: "
                f"{shape}"
            )

        def parameter(name: str, initializer: Any) -> Any:
            return model_variable(
                name,
                shape=sizes,
                dtype=dtype,
                initializer=initializer,
                collections=get_variable_collections(variables_collections, name),
                trainable=trainable,
            )

        beta = parameter("beta", zeros_initializer()) if center else None
        gamma = parameter("gamma", ones_initializer()) if scale else None
        axes = list(range(begin_norm_axis, rank))
        mean, variance = nn_impl.moments(inputs, axes, keep_dims=True)
        outputs = nn_impl.batch_normalization(
            inputs,
            mean,
            variance,
            offset=beta,
            scale=gamma,
            variance_epsilon=1e-3 if dtype == dtypes.float16 else 1e-12,
        )
        outputs.set_shape(shape)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, opened.name, outputs)
