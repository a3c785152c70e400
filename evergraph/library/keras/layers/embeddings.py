"""Vectors for the numbers of words."""

from typing import Any

from evergraph.api import embedding_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.library.keras import constraints, initializers, regularizers
from evergraph.library.keras.backend import floatx
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.utils.tf_utils import shape_type_conversion


@export("keras.layers.Embedding")
class Embedding(Layer):
    """A vector for each number from 0 to `input_dim`. Stands for `tf.keras.layers.Embedding`.

    Args:
      input_dim: how many numbers there are.
      output_dim: the vectors' size.
      embeddings_initializer, embeddings_regularizer, embeddings_constraint: of the matrix.
      activity_regularizer: a function of the output whose result is a loss.
      mask_zero: whether 0 stands for no word.
      input_length: how many numbers an example has.
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        activity_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        input_length: Any = None,
        **kwargs: Any,
    ) -> None:
        if "input_shape" not in kwargs:
            kwargs["input_shape"] = (input_length,) if input_length else (None,)
        dtype = kwargs.pop("dtype", floatx())
        super().__init__(dtype=dtype, **kwargs)
        self.input_dim = input_dim
        self.output_dim = output_dim
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.input_length = input_length

    @shape_type_conversion
    def build(self, input_shape: Any) -> None:
        self.embeddings = self.add_weight(
            shape=(self.input_dim, self.output_dim),
            initializer=self.embeddings_initializer,
            name="embeddings",
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )
        self.built = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where numbers are not 0, with `mask_zero`."""
        return math_ops.not_equal(inputs, 0) if self.mask_zero else None

    @shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """The input's shape, and the vectors' size after it."""
        return (*input_shape, self.output_dim)

    def call(self, inputs: Any) -> Any:
        if inputs.dtype.base_dtype not in (dtypes.int32, dtypes.int64):
            inputs = math_ops.cast(inputs, "int32")
        return embedding_ops.embedding_lookup(self.embeddings, inputs)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": initializers.serialize(self.embeddings_initializer),
            "embeddings_regularizer": regularizers.serialize(self.embeddings_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "embeddings_constraint": constraints.serialize(self.embeddings_constraint),
            "mask_zero": self.mask_zero,
            "input_length": self.input_length,
        }
