"""Layers of one input: Dense, Dropout, Flatten, and Lambda for functions."""

import sys
import warnings
from types import LambdaType
from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops, nn_ops, sparse_math
from evergraph.api.cond import cond
from evergraph.api.creation import placeholder
from evergraph.api.smart_cond import smart_cond
from evergraph.api.variable_scope import variable_creator_scope
from evergraph.api.variables import Variable
from evergraph.base import dtypes, nest, tf_inspect
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, dimension_value
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.graph import Graph
from evergraph.graph.tensor import Tensor
from evergraph.library.keras import activations, constraints, initializers, regularizers
from evergraph.library.keras.backend import floatx, learning_phase, track_variable
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.keras.utils.conv_utils import normalize_data_format
from evergraph.library.keras.utils.generic_utils import (
    deserialize_keras_object,
    func_dump,
    func_load,
)
from evergraph.library.keras.utils.tf_utils import convert_shapes, shape_type_conversion


@export("keras.layers.Dense")
class Dense(Layer):
    """`activation(inputs @ kernel + bias)` over the last axis.

    Args:
      units: the size of the output's last axis.
      activation: a function or the name of one; None for none.
      use_bias: whether a bias is added.
      kernel_initializer, bias_initializer: initial values.
      kernel_regularizer, bias_regularizer, activity_regularizer: functions of kernel, bias and
        output whose results are losses.
      kernel_constraint, bias_constraint: functions that optimizers apply after each update.
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        if "input_dim" in kwargs and "input_shape" not in kwargs:
            kwargs["input_shape"] = (kwargs.pop("input_dim"),)
        super().__init__(activity_regularizer=regularizers.get(activity_regularizer), **kwargs)
        self.units = int(units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.supports_masking = True
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias.

        Raises:
          TypeError: the dtype is no floating one.
          ValueError: the size of the last axis is not known.
        """
        dtype = dtypes.as_dtype(self.dtype or floatx())
        if not (dtype.is_floating or dtype.is_complex):
            raise TypeError(f"Unable to build `Dense` layer with non-floating point dtype {dtype}")
        size = dimension_value(TensorShape(input_shape)[-1])
        if size is None:
            raise ValueError(
                "The last dimension of the inputs to `Dense` should be defined. Found `None`."
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})
        self.kernel = self.add_weight(
            "kernel",
            shape=[size, self.units],
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            dtype=self.dtype,
            trainable=True,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                shape=[self.units],
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                dtype=self.dtype,
                trainable=True,
            )
        self.built = True

    def call(self, inputs: Any) -> Tensor:
        rank = len(inputs.shape)
        if rank > 2:
            outputs = math_ops.tensordot(inputs, self.kernel, [[rank - 1], [0]])
            outputs.set_shape([*inputs.shape.as_list()[:-1], self.units])
        else:
            inputs = math_ops.cast(inputs, self._compute_dtype)
            if isinstance(inputs, SparseTensor):
                outputs = sparse_math.sparse_tensor_dense_matmul(inputs, self.kernel)
            else:
                outputs = apply_op("MatMul", inputs, self.kernel)
        if self.use_bias:
            outputs = nn_ops.bias_add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The input's shape with `units` in the last place.

        Raises:
          ValueError: the size of the last axis is not known, or there are less than two.
        """
        input_shape = TensorShape(input_shape).with_rank_at_least(2)
        if dimension_value(input_shape[-1]) is None:
            raise ValueError(
                f"The innermost dimension of input_shape must be defined, but saw: {input_shape}"
            )
        return input_shape[:-1].concatenate(self.units)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
        }


@export("keras.layers.Dropout")
class Dropout(Layer):
    """Sets a random share `rate` of the elements to 0 while training, and scales the others up.

    Args:
      rate: the share.
      noise_shape: the shape of the choices, with None for sizes of the input.
      seed: see `tf.set_random_seed`.
    """

    def __init__(
        self, rate: Any, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed
        self.supports_masking = True

    def _get_noise_shape(self, inputs: Any) -> Any:
        """The shape of the choices, which derived classes may compute."""
        if self.noise_shape is None:
            return None
        sizes = array_ops.shape(inputs)
        return convert_to_tensor(
            [sizes[i] if size is None else size for i, size in enumerate(self.noise_shape)]
        )

    def call(self, inputs: Any, training: Any = None) -> Any:
        def dropped() -> Tensor:
            return nn_ops.dropout(
                inputs,
                noise_shape=self._get_noise_shape(inputs),
                seed=self.seed,
                rate=self.rate,
            )

        if training is None:
            training = learning_phase()
        choose = cond if isinstance(training, Variable) else smart_cond
        return choose(training, dropped, lambda: array_ops.identity(inputs))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "rate": self.rate,
            "noise_shape": self.noise_shape,
            "seed": self.seed,
        }


@export("keras.layers.Flatten")
class Flatten(Layer):
    """All axes but the first as one.

    Args:
      data_format: "channels_first" moves the second axis to the end before.
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = normalize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Tensor:
        rank = inputs.shape.ndims
        if self.data_format == "channels_first" and rank is not None and rank > 1:
            inputs = array_ops.transpose(inputs, perm=[0, *range(2, rank), 1])
        batch_size = dimension_value(inputs.shape[0]) or array_ops.shape(inputs)[0]
        outputs = array_ops.reshape(inputs, (batch_size, -1))
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return outputs

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The batch's size, and the product of the others as far as they are known."""
        batch_size, *sizes = TensorShape(input_shape).as_list()
        return TensorShape([batch_size, int(np.prod(sizes)) if all(sizes) else None])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"data_format": self.data_format}


@export("keras.layers.Lambda")
class Lambda(Layer):
    """A function of tensors as a layer. Stands for `tf.keras.layers.Lambda`.

    Variables that the function makes are the layer's; later calls get the same ones.

    Args:
      function: from the input to the output; it may take `mask` and `training`.
      output_shape: the output's shape without the batch's size, or a function from the input's
        shape to the whole; default: it is found where it is needed.
      mask: the output's mask, or a function from inputs and their mask to it.
      arguments: more arguments of the function, by name.
    """

    def __init__(
        self,
        function: Any,
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.function = function
        self.arguments: dict[str, Any] = arguments or {}
        if mask is not None:
            self.supports_masking = True
        self.mask = mask
        self._output_shape = output_shape
        self._variable_dict: dict[str, Any] = {}
        known = tf_inspect.getfullargspec(function).args
        self._fn_expects_training_arg = "training" in known
        self._fn_expects_mask_arg = "mask" in known

    @shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output's shape.

        Raises:
          NotImplementedError: it was not given and cannot be found.
        """
        if self._output_shape is None:
            return self._inferred_shape(input_shape)
        if callable(self._output_shape):
            return convert_shapes(self._output_shape(input_shape), to_tuples=False)
        given = convert_shapes(input_shape, to_tuples=False)
        batch_size = nest.flatten(given)[0][0] if input_shape else None
        shapes = convert_shapes(self._output_shape, to_tuples=False)
        return nest.map_structure(lambda s: TensorShape([batch_size, *s.as_list()]), shapes)

    def _inferred_shape(self, input_shape: Any) -> Any:
        """What a call makes of placeholders, in a graph of its own."""
        shapes = convert_shapes(input_shape, to_tuples=False)
        with Graph().as_default():
            inputs = nest.map_structure(lambda s: placeholder(floatx(), s), shapes)
            try:
                outputs = self(inputs, training=False)
            except TypeError as error:
                raise NotImplementedError(
                    "We could not automatically infer the shape of the Lambda's output. Please "
                    "specify `output_shape` for this Lambda."
                ) from error
        return nest.map_structure(lambda x: x.shape, outputs)

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        if self._fn_expects_mask_arg:
            self.arguments["mask"] = mask
        if self._fn_expects_training_arg:
            self.arguments["training"] = training
        with variable_creator_scope(self._variable_creator):
            return self.function(inputs, **self.arguments)

    def _variable_creator(self, next_creator: Any, **kwargs: Any) -> Any:
        name = kwargs["name"]
        if name in self._variable_dict:
            return self._variable_dict[name]
        made = next_creator(**kwargs)
        self._variable_dict[name] = made
        (self._trainable_weights if made.trainable else self._non_trainable_weights).append(made)
        track_variable(made)
        return made

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask that was given, or what the function for it gives."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        parts = [("function", "module", self.function)]
        parts.append(("output_shape", "output_shape_module", self._output_shape))
        if self.mask is not None:
            parts.append(("mask", "mask_module", self.mask))
        for name, module, value in parts:
            written = _written(value, allow_raw=name == "output_shape")
            config |= dict(zip((name, f"{name}_type", module), written, strict=True))
        return config | {"arguments": dict(self.arguments)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A layer with these arguments. Bytecode in it is run as it stands.

        Raises:
          TypeError: for an unknown type of function.
        """
        config = config.copy()
        config["function"] = _read(config, custom_objects, "function", "module")
        shape = _read(config, custom_objects, "output_shape", "output_shape_module")
        config["output_shape"] = shape
        has_mask = "mask" in config
        config["mask"] = _read(config, custom_objects, "mask", "mask_module") if has_mask else None
        for name, value in config.get("arguments", {}).items():
            if isinstance(value, dict) and value.get("type") == "ndarray":
                config["arguments"][name] = np.array(value["value"])
        return cls(**config)


def _written(value: Any, allow_raw: bool) -> tuple[Any, str, Any]:
    """A function as bytecode or name, the type of that, and its module."""
    if isinstance(value, LambdaType):
        return func_dump(value), "lambda", value.__module__
    if callable(value):
        return value.__name__, "function", value.__module__
    if allow_raw:
        return value, "raw", None
    raise ValueError(f"Invalid input for serialization, type: {type(value)} ")


def _read(config: dict[str, Any], custom_objects: Any, name: str, module_name: str) -> Any:
    """The function that `_written` told of; its entries leave the configuration."""
    names = dict(globals())
    module = config.pop(module_name, None)
    if module in sys.modules:
        names.update(vars(sys.modules[module]))
    elif module is not None:
        warnings.warn(
            f"{module} is not loaded, but a Lambda layer uses it. It may cause errors.",
            UserWarning,
            stacklevel=3,
        )
    names.update(custom_objects or {})
    kind = config.pop(f"{name}_type")
    if kind == "function":
        return deserialize_keras_object(
            config[name],
            custom_objects=custom_objects,
            printable_module_name="function in Lambda layer",
        )
    if kind == "lambda":
        return func_load(config[name], globs=names)
    if kind == "raw":
        return config[name]
    raise TypeError("Unknown function type:", kind)
