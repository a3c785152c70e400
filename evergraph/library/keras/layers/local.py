"""Convolutions with a kernel of its own for each place: LocallyConnected1D and 2D."""

import math
from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops, product_ops
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.library.keras import activations, constraints, initializers, regularizers
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.keras.functions.arrays import transpose
from evergraph.library.keras.functions.convolutions import bias_add, local_conv
from evergraph.library.keras.utils import conv_utils
from evergraph.library.keras.utils.conv_utils import own_arguments
from evergraph.library.keras.utils.tf_utils import shape_type_conversion

_KINDS: dict[str, Any] = {
    "initializer": initializers,
    "regularizer": regularizers,
    "constraint": constraints,
}
PLAIN = ("filters", "kernel_size", "strides", "padding", "data_format", "use_bias")


class _LocallyConnected(Layer):
    """A convolution whose kernel differs from place to place.

    Args:
      filters: the number of channels of the output.
      kernel_size, strides: a number for each axis, or one for all.
      padding: "valid", or "same" with the implementations 2 and 3.
      data_format: "channels_last" (the default) or "channels_first".
      activation: a function or the name of one; None for none.
      use_bias: whether a bias is added, of its own for each place too.
      kernel_initializer, bias_initializer: initial values.
      kernel_regularizer, bias_regularizer, activity_regularizer: functions of kernel, bias and
        output whose results are losses.
      kernel_constraint, bias_constraint: functions that optimizers apply after each update.
      implementation: 1 makes a product at each place, 2 one product with a masked matrix, 3 one
        with a sparse matrix.

    Raises:
      ValueError: `padding` and `implementation` do not go together.
    """

    rank: int

    def _take(self, given: dict[str, Any]) -> None:
        """Takes the constructor's arguments."""
        self.filters = given["filters"]
        self.kernel_size = conv_utils.normalize_tuple(
            given["kernel_size"], self.rank, "kernel_size"
        )
        self.strides = conv_utils.normalize_tuple(given["strides"], self.rank, "strides")
        self.padding = conv_utils.normalize_padding(given["padding"])
        self.implementation = given["implementation"]
        if self.padding != "valid" and self.implementation == 1:
            raise ValueError(
                f"Invalid border mode for {type(self).__name__} "
                f'(only "valid" is supported if implementation is 1): {given["padding"]}'
            )
        self.data_format = conv_utils.normalize_data_format(given["data_format"])
        self.activation = activations.get(given["activation"])
        self.use_bias = given["use_bias"]
        for kind, module in _KINDS.items():
            for part in ("kernel", "bias"):
                name = f"{part}_{kind}"
                setattr(self, name, module.get(given[name]))
        self.activity_regularizer = regularizers.get(given["activity_regularizer"])
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _parted(self, input_shape: Any) -> tuple[tuple[Any, ...], Any]:
        """The sizes in space, and the number of channels."""
        if self.data_format == "channels_first":
            return tuple(input_shape[2:]), input_shape[1]
        return tuple(input_shape[1:-1]), input_shape[-1]

    def _places(self, space: Any) -> tuple[Any, ...]:
        return tuple(
            conv_utils.conv_output_length(space[i], self.kernel_size[i], self.padding, stride)
            for i, stride in enumerate(self.strides)
        )

    def _check(self, input_shape: Any, space: Any, channels: Any) -> None:
        raise NotImplementedError

    def _weight(self, name: str, shape: Any) -> Any:
        return self.add_weight(
            shape=shape,
            initializer=getattr(self, f"{name}_initializer"),
            name=name,
            regularizer=getattr(self, f"{name}_regularizer"),
            constraint=getattr(self, f"{name}_constraint"),
        )

    @shape_type_conversion
    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias.

        Raises:
          ValueError: sizes are not known, or there is no such implementation.
        """
        space, channels = self._parted(input_shape)
        self._check(input_shape, space, channels)
        self._output_sizes = self._places(space)
        geometry = (space, self.kernel_size, self.strides, self.padding)
        first = self.data_format == "channels_first"
        if self.implementation == 1:
            window = math.prod(self.kernel_size) * channels
            self.kernel_shape = self._one_by_one(window)
            shape = self.kernel_shape
        elif self.implementation == 2:
            places = self._output_sizes
            own = (
                (channels, *space, self.filters, *places)
                if first
                else (*space, channels, *places, self.filters)
            )
            self.kernel_shape = shape = own
        elif self.implementation == 3:
            rows = math.prod(self._output_sizes) * self.filters
            self.kernel_shape = (rows, math.prod(space) * channels)
            self.kernel_idxs = sorted(
                conv_utils.conv_kernel_idxs(*geometry, channels, self.filters, self.data_format)
            )
            shape = (len(self.kernel_idxs),)
        else:
            raise ValueError(f"Unrecognized implementation mode: {self.implementation}.")
        self.kernel = self._weight("kernel", shape)
        if self.implementation == 2:
            self.kernel_mask = _with_channels(conv_utils.conv_kernel_mask(*geometry), first)
        self.bias = None
        if self.use_bias:
            self.bias = self._weight("bias", (*self._output_sizes, self.filters))
        axis = 1 if first else -1
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        self.built = True

    def _one_by_one(self, window: int) -> tuple[int, ...]:
        return (math.prod(self._output_sizes), window, self.filters)

    @shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """The batch's size, the number of places along each axis, and the filters."""
        space, _ = self._parted(input_shape)
        places = self._places(space)
        if self.data_format == "channels_first":
            return (input_shape[0], self.filters, *places)
        return (input_shape[0], *places, self.filters)

    def call(self, inputs: Any) -> Any:
        if self.implementation == 1:
            outputs = local_conv(
                inputs,
                self.kernel,
                self.kernel_size,
                self.strides,
                self._output_sizes,
                self.data_format,
            )
        else:
            sizes = self.compute_output_shape(inputs.shape).as_list()[1:]
            flat = array_ops.reshape(inputs, (array_ops.shape(inputs)[0], -1))
            found = self._by_mask(flat) if self.implementation == 2 else self._by_places(flat)
            outputs = array_ops.reshape(found, [array_ops.shape(found)[0], *sizes])
        if self.use_bias:
            outputs = bias_add(outputs, self.bias, data_format=self.data_format)
        return self.activation(outputs)

    def _by_mask(self, inputs: Any) -> Any:
        """The product with the matrix whose elements are 0 where places do not meet."""
        kernel = self.kernel_mask * self.kernel
        half = len(self.kernel_shape) // 2
        shape = array_ops.shape(kernel)
        before, behind = shape[:half], shape[half:]
        sizes = (math_ops.reduce_prod(before), math_ops.reduce_prod(behind))
        matrix = array_ops.reshape(kernel, sizes)
        return product_ops.sparse_matmul(inputs, matrix, b_is_sparse=True)

    def _by_places(self, inputs: Any) -> Any:
        """The product with a sparse matrix."""
        product = apply_op(
            "SparseTensorDenseMatMul",
            self.kernel_idxs,
            self.kernel,
            self.kernel_shape,
            inputs,
            adjoint_b=True,
        )
        return transpose(product)

    def get_config(self) -> dict[str, Any]:
        config = {name: getattr(self, name) for name in (*PLAIN, "implementation")}
        config["activation"] = activations.serialize(self.activation)
        for kind, module in _KINDS.items():
            for part in ("kernel", "bias"):
                name = f"{part}_{kind}"
                config[name] = module.serialize(getattr(self, name))
        regularizer = regularizers.serialize(self.activity_regularizer)
        return super().get_config() | config | {"activity_regularizer": regularizer}


def _with_channels(mask: Any, first: bool) -> Any:
    """The mask of places with an axis of size 1 for channels of the input and of the output."""
    rank = mask.ndim // 2
    if first:
        return np.expand_dims(np.expand_dims(mask, 0), -rank - 1)
    return np.expand_dims(np.expand_dims(mask, rank), -1)


@export("keras.layers.LocallyConnected1D")
class LocallyConnected1D(_LocallyConnected):
    """A convolution of sequences with a kernel for each place; see `_LocallyConnected`.

    Stands for `tf.keras.layers.LocallyConnected1D`.
    """

    rank = 1

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        implementation: int = 1,
        **kwargs: Any,
    ) -> None:
        given = own_arguments(locals())
        super().__init__(**kwargs)
        self._take(given)

    def _check(self, input_shape: Any, space: Any, channels: Any) -> None:
        if channels is None:
            raise ValueError("Axis 2 of input should be fully-defined. Found shape:", input_shape)

    @property
    def output_length(self) -> Any:
        """The number of places."""
        return self._output_sizes[0]


@export("keras.layers.LocallyConnected2D")
class LocallyConnected2D(_LocallyConnected):
    """A convolution of images with a kernel for each place; see `_LocallyConnected`.

    Stands for `tf.keras.layers.LocallyConnected2D`.
    """

    rank = 2

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: Any = "valid",
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        implementation: int = 1,
        **kwargs: Any,
    ) -> None:
        given = own_arguments(locals())
        super().__init__(**kwargs)
        self._take(given)

    def _check(self, input_shape: Any, space: Any, channels: Any) -> None:
        if None in space:
            raise ValueError(
                "The spatial dimensions of the inputs to  a LocallyConnected2D layer should be "
                f"fully-defined, but layer received the inputs shape {input_shape}"
            )
