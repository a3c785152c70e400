"""Where networks begin: `tf.keras.Input`."""

from typing import Any

from evergraph.api.creation import placeholder, sparse_placeholder
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.library.keras.backend import floatx, get_uid, symbolic_graph
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.node import KerasHistory, Node


@export("keras.layers.InputLayer")
class InputLayer(Layer):
    """A placeholder, or a tensor, that networks begin with. Stands for
    `tf.keras.layers.InputLayer`.

    Args:
      input_shape: the shape of an example.
      batch_size: the size of batches, if it is known.
      dtype: the element type; default: the tensor's, else float32.
      input_tensor: a tensor to be used rather than a placeholder.
      sparse: whether the placeholder is a SparseTensor.
      name: default: "input_1" and so on.
      ragged: whether the placeholder is a RaggedTensor.
      **kwargs: `batch_input_shape`.

    Raises:
      ValueError: both shapes are given, or the types differ, or for any other argument.
      NotImplementedError: for ragged inputs.
    """

    def __init__(
        self,
        input_shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        input_tensor: Any = None,
        sparse: bool = False,
        name: str | None = None,
        ragged: bool = False,
        **kwargs: Any,
    ) -> None:
        if ragged:
            raise NotImplementedError("Ragged inputs of Keras networks")
        if "batch_input_shape" in kwargs:
            batch_input_shape = kwargs.pop("batch_input_shape")
            if input_shape and batch_input_shape:
                raise ValueError(
                    "Only provide the input_shape OR batch_input_shape argument to InputLayer, not "
                    "both at the same time."
                )
            batch_size, *input_shape = batch_input_shape
        if kwargs:
            raise ValueError("Unrecognized keyword arguments:", kwargs.keys())
        if input_tensor is not None:
            given = input_tensor.dtype.base_dtype
            if dtype and given != dtypes.as_dtype(dtype):
                raise ValueError(
                    f"`input_tensor.dtype` differs from `dtype`: {input_tensor.dtype} vs. {dtype}"
                )
            dtype = given.name
        super().__init__(dtype=dtype or floatx(), name=name or f"input_{get_uid('input')}")
        self.built = True
        self.sparse = sparse
        self.ragged = ragged
        self.batch_size = batch_size
        self.supports_masking = True
        self.is_placeholder = input_tensor is None
        if input_tensor is None:
            if isinstance(input_shape, TensorShape):
                input_shape = input_shape.as_list()
            elif isinstance(input_shape, int):
                input_shape = (input_shape,)
            shape = None if input_shape is None else (batch_size, *input_shape)
            make = sparse_placeholder if sparse else placeholder
            with symbolic_graph():
                input_tensor = make(self.dtype, shape, name=self.name)
            self._batch_input_shape = shape
        else:
            self._batch_input_shape = tuple(input_tensor.shape.as_list())
        input_tensor._keras_history = KerasHistory(self, 0, 0)
        input_tensor.graph.__dict__["_keras_begun"] = True
        Node(self, [input_tensor], [input_tensor], is_source=True)

    def get_config(self) -> dict[str, Any]:
        return {
            "batch_input_shape": self._batch_input_shape,
            "dtype": self.dtype,
            "sparse": self.sparse,
            "ragged": self.ragged,
            "name": self.name,
        }


@export("keras.layers.Input", "keras.Input")
def Input(
    shape: Any = None,
    batch_size: int | None = None,
    name: str | None = None,
    dtype: Any = None,
    sparse: bool = False,
    tensor: Any = None,
    ragged: bool = False,
    **kwargs: Any,
) -> Any:
    """A tensor that networks begin with. Stands for `tf.keras.Input`.

    Args:
      shape: the shape of an example.
      batch_size: the size of batches, if it is known.
      name, dtype, sparse, ragged: see `tf.keras.layers.InputLayer`.
      tensor: a tensor to be used rather than a placeholder.
      **kwargs: `batch_shape` or `batch_input_shape`, in place of `shape`.

    Raises:
      ValueError: neither shape nor tensor are given, or two shapes are.
    """
    if sparse and ragged:
        raise ValueError("Cannot set both sparse and ragged to True in a Keras input.")
    batch_shape = kwargs.pop("batch_input_shape", kwargs.pop("batch_shape", None))
    if shape and batch_shape:
        raise ValueError(
            "Only provide the `shape` OR `batch_input_shape` argument to Input, not both at the "
            "same time."
        )
    settings: dict[str, Any] = {"batch_size": batch_size, "input_shape": shape}
    if batch_shape:
        shape = batch_shape[1:]
        settings = {"batch_input_shape": batch_shape}
    if kwargs:
        raise ValueError("Unrecognized keyword arguments:", kwargs.keys())
    if shape is None and tensor is None:
        raise ValueError(
            "Please provide to Input either a `shape` or a `tensor` argument. Note that `shape` "
            "does not include the batch dimension."
        )
    layer = InputLayer(
        name=name, dtype=dtype, sparse=sparse, ragged=ragged, input_tensor=tensor, **settings
    )
    return layer._inbound_nodes[0].output_tensors[0]
