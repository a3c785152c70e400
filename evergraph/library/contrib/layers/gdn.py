"""Generalized divisive normalization (Ballé et al. 2016): arXiv:1511.06281."""

from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.api.linalg_ops_impl import eye
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.gradient_registry import RegisterGradient
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import add_arg_scope
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.layers.base import Layer

_CHANNEL_AXES = {"channels_first": 1, "channels_last": -1}


@RegisterGradient("GDNLowerBound")
def _lower_bound_grad(op: Any, grad: Any) -> list[Any]:
    """Gradients pass below the bound, too, if they lead up."""
    inputs, bound = op.inputs
    passes = math_ops.logical_or(inputs >= bound, grad < 0)
    return [math_ops.cast(passes, grad.dtype) * grad, None]


def _lower_bound(inputs: Any, bound: Any, name: str | None = None) -> Tensor:
    """The larger of both, with that gradient."""
    with name_scope(name, "GDNLowerBound", [inputs, bound]) as scope:
        inputs = convert_to_tensor(inputs, name="inputs")
        bound = convert_to_tensor(bound, name="bound")
        with get_default_graph().gradient_override_map({"Maximum": "GDNLowerBound"}):
            return math_ops.maximum(inputs, bound, name=scope)


@export("contrib.layers.GDN")
class GDN(Layer):
    """Each channel divided by the root of a weighted sum of all channels' squares, beside a
    constant. Stands for `tf.contrib.layers.GDN`; arguments as of `tf.contrib.layers.gdn`.

    Raises:
      ValueError: there is no such data format.
    """

    def __init__(
        self,
        inverse: bool = False,
        beta_min: float = 1e-6,
        gamma_init: float = 0.1,
        reparam_offset: float = 2**-18,
        data_format: str = "channels_last",
        activity_regularizer: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            trainable=trainable, name=name, activity_regularizer=activity_regularizer, **kwargs
        )
        self.inverse = inverse
        self._beta_min = beta_min
        self._gamma_init = gamma_init
        self._reparam_offset = reparam_offset
        self.data_format = data_format
        if data_format not in _CHANNEL_AXES:
            raise ValueError(f"Unsupported `data_format` for GDN layer: {data_format}.")
        self.input_spec = InputSpec(min_ndim=3, max_ndim=5)

    def _pedestal(self) -> Tensor:
        return constant(self._reparam_offset**2, dtype=self.dtype)

    def build(self, input_shape: Any) -> None:
        """Makes beta and gamma, kept as roots so that they stay positive.

        Raises:
          ValueError: the number of channels is not known.
        """
        axis = _CHANNEL_AXES[self.data_format]
        input_shape = TensorShape(input_shape)
        channels = input_shape.dims[axis].value
        if channels is None:
            raise ValueError("The channel dimension of the inputs to `GDN` must be defined.")
        self._input_rank = input_shape.ndims
        self.input_spec = InputSpec(ndim=input_shape.ndims, axes={axis: channels})
        pedestal = self._pedestal()
        beta_bound = constant((self._beta_min + self._reparam_offset**2) ** 0.5, dtype=self.dtype)
        gamma_bound = constant(self._reparam_offset, dtype=self.dtype)

        def beta_initializer(shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
            pedestal = self._pedestal()
            return math_ops.sqrt(array_ops.ones(shape, dtype=dtype) + pedestal)

        def gamma_initializer(shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
            unit = eye(shape[0], dtype=dtype)
            pedestal = self._pedestal()
            return math_ops.sqrt(self._gamma_init * unit + pedestal)

        def parameter(name: str, shape: list[int], initializer: Any, bound: Tensor) -> Tensor:
            root = self.add_weight(
                name, shape=shape, initializer=initializer, dtype=self.dtype, trainable=True
            )
            return math_ops.square(_lower_bound(root, bound)) - pedestal

        self.beta = parameter("reparam_beta", [channels], beta_initializer, beta_bound)
        self.gamma = parameter(
            "reparam_gamma", [channels, channels], gamma_initializer, gamma_bound
        )
        self.built = True

    def call(self, inputs: Any) -> Tensor:
        inputs = convert_to_tensor(inputs, dtype=self.dtype)
        rank = self._input_rank
        shape = self.gamma.get_shape().as_list()
        gamma = array_ops.reshape(self.gamma, [1] * (rank - 2) + shape)
        squares = math_ops.square(inputs)
        if self.data_format == "channels_first":
            data_format = "NC" + "DHW"[-(rank - 2) :]
            pool = nn_ops.convolution(squares, gamma, "VALID", data_format=data_format)
            pool = self._with_beta_first(pool)
        else:
            pool = nn_ops.convolution(squares, gamma, "VALID")
            pool = nn_ops.bias_add(pool, self.beta, data_format="NHWC")
        pool = math_ops.sqrt(pool)
        outputs = inputs * pool if self.inverse else inputs / pool
        outputs.set_shape(inputs.get_shape())
        return outputs

    def _with_beta_first(self, pool: Tensor) -> Tensor:
        """The sum with the channels second, which is for images alone."""
        if self._input_rank == 3:
            pool = array_ops.expand_dims(pool, 2)
            pool = nn_ops.bias_add(pool, self.beta, data_format="NCHW")
            return array_ops.squeeze(pool, [2])
        if self._input_rank == 5:
            shape = array_ops.shape(pool)
            pool = array_ops.reshape(pool, shape[:3] + [-1])
            pool = nn_ops.bias_add(pool, self.beta, data_format="NCHW")
            return array_ops.reshape(pool, shape)
        return nn_ops.bias_add(pool, self.beta, data_format="NCHW")

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The input's shape. Raises ValueError if it cannot be one."""
        input_shape = TensorShape(input_shape)
        if not 3 <= input_shape.ndims <= 5:
            raise ValueError("`input_shape` must be of rank 3 to 5, inclusive.")
        if input_shape.dims[_CHANNEL_AXES[self.data_format]].value is None:
            raise ValueError("The channel dimension of `input_shape` must be defined.")
        return input_shape


@export("contrib.layers.gdn")
@add_arg_scope
def gdn(
    inputs: Any,
    inverse: bool = False,
    beta_min: float = 1e-6,
    gamma_init: float = 0.1,
    reparam_offset: float = 2**-18,
    data_format: str = "channels_last",
    activity_regularizer: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: bool | None = None,
) -> Tensor:
    """Each channel divided by the root of a weighted sum of all channels' squares, beside a
    constant. Stands for `tf.contrib.layers.gdn`.

    Args:
      inputs: [batch, one to three axes, channels], or with the channels second.
      inverse: whether to multiply by the root.
      beta_min: the least constant.
      gamma_init: the initial weight of a channel's own square; the others are 0.
      reparam_offset: how far the roots of constant and weights stay from 0.
      data_format: "channels_last" or "channels_first".
      activity_regularizer: a function of the output whose result is a loss.
      trainable: whether the variables are trained.
      name: the variable scope.
      reuse: whether the variables are those of a layer made before.
    """
    layer = GDN(
        inverse=inverse,
        beta_min=beta_min,
        gamma_init=gamma_init,
        reparam_offset=reparam_offset,
        data_format=data_format,
        activity_regularizer=activity_regularizer,
        trainable=trainable,
        name=name,
        dtype=inputs.dtype.base_dtype,
        _scope=name,
        _reuse=reuse,
    )
    return layer(inputs)
