"""Examples as tensors: features put together to items."""

import abc
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from evergraph.api import array_ops, image_codecs, math_ops, sparse_ops
from evergraph.api.case import case
from evergraph.api.cond import cond
from evergraph.api.parsing_features import FixedLenFeature
from evergraph.api.parsing_ops import decode_raw_v1, parse_single_example
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph import composite
from evergraph.library.contrib.slim.data import data_decoder
from evergraph.library.map_fn import map_fn


@export("contrib.slim.tfexample_decoder.ItemHandler")
class ItemHandler(abc.ABC):
    """Makes an item of features.

    Args:
      keys: the names of the features, or one name.
    """

    def __init__(self, keys: Any) -> None:
        self._keys = keys if isinstance(keys, (tuple, list)) else [keys]

    @property
    def keys(self) -> Any:
        """The names of the features."""
        return self._keys

    @abc.abstractmethod
    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        """The item, from the features by name."""


@export("contrib.slim.tfexample_decoder.ItemHandlerCallback")
class ItemHandlerCallback(ItemHandler):
    """An item that a function makes.

    Args:
      keys: the names of the features.
      func: a function of the features by name.
    """

    def __init__(self, keys: Any, func: Callable[[Mapping[str, Any]], Any]) -> None:
        super().__init__(keys)
        self._func = func

    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        """What the function gives."""
        return self._func(keys_to_tensors)


@export("contrib.slim.tfexample_decoder.BoundingBox")
class BoundingBox(ItemHandler):
    """Boxes [boxes, 4], from their sides.

    Args:
      keys: the names of the four sides; default: "ymin", "xmin", "ymax", "xmax".
      prefix: put before each name.

    Raises:
      ValueError: there are not four names.
    """

    def __init__(self, keys: Any = None, prefix: str = "") -> None:
        if keys is None:
            keys = ["ymin", "xmin", "ymax", "xmax"]
        elif len(keys) != 4:
            raise ValueError(f"BoundingBox expects 4 keys but got {len(keys)}")
        self._prefix = prefix
        self._full_keys = [prefix + key for key in keys]
        super().__init__(self._full_keys)

    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        """The boxes."""
        sides = []
        for key in self._full_keys:
            side = keys_to_tensors[key]
            if isinstance(side, composite.SparseTensor):
                side = side.values
            sides.append(array_ops.expand_dims(side, 0))
        return array_ops.transpose(array_ops.concat(sides, 0))


@export("contrib.slim.tfexample_decoder.Tensor")
class Tensor(ItemHandler):
    """A dense tensor.

    Args:
      tensor_key: the name of the feature.
      shape_keys: the names of features that tell its shape.
      shape: its shape.
      default_value: the elements that a sparse feature does not have.

    Raises:
      ValueError: the shape is given twice.
    """

    def __init__(
        self,
        tensor_key: str,
        shape_keys: Any = None,
        shape: Any = None,
        default_value: Any = 0,
    ) -> None:
        if shape_keys and shape is not None:
            raise ValueError("Cannot specify both shape_keys and shape parameters.")
        if shape_keys and not isinstance(shape_keys, list):
            shape_keys = [shape_keys]
        self._tensor_key = tensor_key
        self._shape_keys = shape_keys
        self._shape = shape
        self._default_value = default_value
        super().__init__([tensor_key, *(shape_keys or [])])

    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        """The tensor, in its shape."""
        tensor = keys_to_tensors[self._tensor_key]
        shape = self._shape
        if self._shape_keys:
            sizes = [_dense(keys_to_tensors[key]) for key in self._shape_keys]
            shape = array_ops.reshape(array_ops.stack(sizes), [-1])
        if isinstance(tensor, composite.SparseTensor):
            if shape is not None:
                tensor = sparse_ops.sparse_reshape(tensor, shape)
            return sparse_ops.sparse_tensor_to_dense(tensor, self._default_value)
        return tensor if shape is None else array_ops.reshape(tensor, shape)


def _dense(tensor: Any) -> Any:
    if isinstance(tensor, composite.SparseTensor):
        return sparse_ops.sparse_tensor_to_dense(tensor)
    return tensor


@export("contrib.slim.tfexample_decoder.LookupTensor")
class LookupTensor(Tensor):
    """A tensor whose elements a table translates.

    Args:
      table: the lookup table.
      tensor_key, shape_keys, shape, default_value: see `Tensor`.
    """

    def __init__(
        self,
        tensor_key: str,
        table: Any,
        shape_keys: Any = None,
        shape: Any = None,
        default_value: Any = "",
    ) -> None:
        self._table = table
        super().__init__(tensor_key, shape_keys, shape, default_value)

    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        """The values in the table."""
        return self._table.lookup(super().tensors_to_item(keys_to_tensors))


@export("contrib.slim.tfexample_decoder.BackupHandler")
class BackupHandler(ItemHandler):
    """An item, or another one where it is empty.

    Args:
      handler, backup: what make the items.

    Raises:
      ValueError: one of them is no ItemHandler.
    """

    def __init__(self, handler: Any, backup: Any) -> None:
        for name, given in (("Primary", handler), ("Backup", backup)):
            if not isinstance(given, ItemHandler):
                raise ValueError(f"{name} handler is of type {type(given)} instead of ItemHandler")
        self._handler = handler
        self._backup = backup
        super().__init__(handler.keys + backup.keys)

    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        """The item."""
        item = self._handler.tensors_to_item(keys_to_tensors)
        return cond(
            pred=math_ops.equal(math_ops.reduce_prod(array_ops.shape(item)), 0),
            true_fn=lambda: self._backup.tensors_to_item(keys_to_tensors),
            false_fn=lambda: item,
        )


@export("contrib.slim.tfexample_decoder.SparseTensor")
class SparseTensor(ItemHandler):
    """A SparseTensor, from its columns and its values.

    Args:
      indices_key, values_key: the names of the features; default: "indices" and "values".
      shape_key: the name of a feature that is its shape.
      shape: its shape.
      densify: whether the item is dense.
      default_value: the elements that are not there, of a dense item.
    """

    def __init__(
        self,
        indices_key: str | None = None,
        values_key: str | None = None,
        shape_key: str | None = None,
        shape: Any = None,
        densify: bool = False,
        default_value: Any = 0,
    ) -> None:
        self._indices_key = indices_key or "indices"
        self._values_key = values_key or "values"
        self._shape_key = shape_key
        self._shape = shape
        self._densify = densify
        self._default_value = default_value
        keys = [self._indices_key, self._values_key]
        super().__init__([*keys, shape_key] if shape_key else keys)

    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        """The tensor."""
        indices = keys_to_tensors[self._indices_key]
        values = keys_to_tensors[self._values_key]
        if self._shape_key:
            shape = _dense(keys_to_tensors[self._shape_key])
        else:
            shape = self._shape or indices.dense_shape
        rank = array_ops.shape(indices.indices)[1]
        columns = math_ops.cast(indices.values, dtypes.int64)
        kept = array_ops.slice(indices.indices, [0, 0], array_ops.stack([-1, rank - 1]))
        places = array_ops.concat([kept, array_ops.reshape(columns, [-1, 1])], 1)
        tensor = composite.SparseTensor(places, values.values, shape)
        if self._densify:
            return sparse_ops.sparse_tensor_to_dense(tensor, self._default_value)
        return tensor


@export("contrib.slim.tfexample_decoder.Image")
class Image(ItemHandler):
    """An image, decoded.

    Args:
      image_key: the name of the bytes; default: "image/encoded".
      format_key: the name of the format, such as b"raw"; default: "image/format".
      shape: the image's shape.
      channels: the number of channels.
      dtype: the element type.
      repeated: whether there are several images.
      dct_method: see `tf.image.decode_jpeg`.
    """

    def __init__(
        self,
        image_key: str | None = None,
        format_key: str | None = None,
        shape: Any = None,
        channels: int = 3,
        dtype: Any = dtypes.uint8,
        repeated: bool = False,
        dct_method: str = "",
    ) -> None:
        self._image_key = image_key or "image/encoded"
        self._format_key = format_key or "image/format"
        super().__init__([self._image_key, self._format_key])
        self._shape = shape
        self._channels = channels
        self._dtype = dtype
        self._repeated = repeated
        self._dct_method = dct_method

    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        """The image, or all."""
        image_buffer = keys_to_tensors[self._image_key]
        image_format = keys_to_tensors[self._format_key]
        if not self._repeated:
            return self._decode(image_buffer, image_format)
        return map_fn(lambda x: self._decode(x, image_format), image_buffer, dtype=self._dtype)

    def _decode(self, image_buffer: Any, image_format: Any) -> Any:
        def decode_image() -> Any:
            image = image_codecs.decode_image(image_buffer, channels=self._channels)
            return math_ops.cast(image, self._dtype)

        def decode_jpeg() -> Any:
            image = image_codecs.decode_jpeg(
                image_buffer, channels=self._channels, dct_method=self._dct_method
            )
            return math_ops.cast(image, self._dtype)

        def check_jpeg() -> Any:
            is_jpeg = image_codecs.is_jpeg(image_buffer)
            return cond(is_jpeg, decode_jpeg, decode_image, name="cond_jpeg")

        def decode_raw() -> Any:
            return decode_raw_v1(image_buffer, out_type=self._dtype)

        lower = math_ops.equal(image_format, "raw")
        is_raw = math_ops.logical_or(lower, math_ops.equal(image_format, "RAW"))
        image = case([(is_raw, decode_raw)], default=check_jpeg, exclusive=True)
        image.set_shape([None, None, self._channels])
        return image if self._shape is None else array_ops.reshape(image, self._shape)


@export("contrib.slim.tfexample_decoder.TFExampleDecoder")
class TFExampleDecoder(data_decoder.DataDecoder):
    """Decodes Example messages. Stands for `slim.tfexample_decoder.TFExampleDecoder`.

    Args:
      keys_to_features: the features by name, as of `tf.parse_single_example`.
      items_to_handlers: an ItemHandler for each item by name.
    """

    def __init__(self, keys_to_features: Mapping[str, Any], items_to_handlers: Any) -> None:
        self._keys_to_features = keys_to_features
        self._items_to_handlers = items_to_handlers

    def list_items(self) -> list[str]:
        """The names of all items."""
        return list(self._items_to_handlers.keys())

    def decode(self, serialized_example: Any, items: Iterable[str] | None = None) -> list[Any]:
        """The items of a serialized Example, in order; all without names."""
        example = parse_single_example(serialized_example, self._keys_to_features)
        for key in sorted(self._keys_to_features):
            feature = self._keys_to_features[key]
            if isinstance(feature, FixedLenFeature):
                example[key] = array_ops.reshape(example[key], feature.shape)
        handlers = [self._items_to_handlers[item] for item in items or self.list_items()]
        return [
            handler.tensors_to_item({key: example[key] for key in handler.keys})
            for handler in handlers
        ]
