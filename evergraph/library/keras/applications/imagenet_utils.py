"""Images as models of ImageNet take them, and names for what they predict."""

import functools
import json
import warnings
from typing import Any

import numpy as np

from evergraph.base.export import export
from evergraph.library.keras.backend import floatx, image_data_format
from evergraph.library.keras.functions.arrays import dtype as dtype_of
from evergraph.library.keras.functions.convolutions import bias_add
from evergraph.library.keras.functions.elements import cast
from evergraph.library.keras.functions.variables import constant
from evergraph.library.keras.utils.data_utils import get_file

CLASS_INDEX_PATH = (
    "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
)
# Means and deviations of the colours of ImageNet's images: for "torch" of red, green, blue in 0 to
# 1, for "caffe" of blue, green, red in 0 to 255.
TORCH = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
CAFFE = [103.939, 116.779, 123.68]
INJECTED = ("backend", "layers", "models", "utils")


def check_kwargs(kwargs: dict[str, Any]) -> None:
    """TypeError for other arguments than the modules that keras_applications took."""
    for key in kwargs:
        if key not in INJECTED:
            raise TypeError("Invalid keyword argument: %s", key)


@export("keras.applications.imagenet_utils.preprocess_input")
def preprocess_input(
    x: Any, data_format: str | None = None, mode: str = "caffe", **kwargs: Any
) -> Any:
    """Images with values as a model wants them, in place where that can be.

    Stands for `tf.keras.applications.imagenet_utils.preprocess_input`.

    Args:
      x: an array or tensor of images with values from 0 to 255.
      data_format: default: that of `set_image_data_format`.
      mode: "tf" (from -1 to 1), "torch" (from 0 to 1, then mean 0 and deviation 1) or "caffe" (in
        the order blue, green, red, with mean 0).

    Raises:
      ValueError: for another format.
    """
    check_kwargs(kwargs)
    data_format = image_data_format() if data_format is None else data_format
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError("Unknown data_format " + str(data_format))
    is_array = isinstance(x, np.ndarray)
    if is_array and not np.issubdtype(x.dtype, np.floating):
        x = x.astype(floatx(), copy=False)
    if mode == "tf":
        x /= 127.5
        x -= 1.0
        return x
    first = data_format == "channels_first"
    mean, deviation = TORCH if mode == "torch" else (CAFFE, None)
    if mode == "torch":
        x /= 255.0
    else:
        x = x[_turned(len(x.shape), first)]
    if is_array:
        shape = (-1, 1, 1) if first else (-1,)
        x -= np.array(mean, x.dtype).reshape(shape)
        if deviation is not None:
            x /= np.array(deviation, x.dtype).reshape(shape)
        return x
    offset = constant(-np.array(mean))
    if dtype_of(x) != dtype_of(offset):
        offset = cast(offset, dtype_of(x))
    x = bias_add(x, offset, data_format=data_format)
    return x if deviation is None else x / deviation


def _turned(rank: int, first: bool) -> Any:
    """What takes the channels of images in the opposite order."""
    opposite = slice(None, None, -1)
    if not first:
        return (..., opposite)
    return (opposite, ...) if rank == 3 else (slice(None), opposite, ...)


def preprocessing(mode: str) -> Any:
    """`preprocess_input` in one mode."""

    def preprocess_input(x: Any, **kwargs: Any) -> Any:
        """Images with values as this model wants them; see
        `tf.keras.applications.imagenet_utils.preprocess_input`."""
        return globals()["preprocess_input"](x, mode=mode, **kwargs)

    return preprocess_input


@functools.cache
def _class_index() -> dict[str, list[str]]:
    path = get_file(
        "imagenet_class_index.json",
        CLASS_INDEX_PATH,
        cache_subdir="models",
        file_hash="c2c37ea517e94d9795004a39431a14cb",
    )
    with open(path) as file:
        found: dict[str, list[str]] = json.load(file)
    return found


@export("keras.applications.imagenet_utils.decode_predictions")
def decode_predictions(preds: Any, top: int = 5, **kwargs: Any) -> list[list[tuple[Any, ...]]]:
    """The likeliest classes of each image: WordNet's name, a word, and the probability.

    Stands for `tf.keras.applications.imagenet_utils.decode_predictions`. The names are downloaded.

    Args:
      preds: probabilities of the 1000 classes, a row for each image.
      top: how many classes.

    Raises:
      ValueError: for another shape.
    """
    check_kwargs(kwargs)
    if len(preds.shape) != 2 or preds.shape[1] != 1000:
        raise ValueError(
            "`decode_predictions` expects a batch of predictions (i.e. a 2D array of shape "
            f"(samples, 1000)). Found array with shape: {preds.shape}"
        )
    names = _class_index()
    results = []
    for row in preds:
        found = [(*names[str(i)], row[i]) for i in row.argsort()[-top:][::-1]]
        results.append(sorted(found, key=lambda item: item[2], reverse=True))
    return results


def obtain_input_shape(
    input_shape: Any,
    default_size: int,
    min_size: int,
    data_format: str,
    require_flatten: bool,
    weights: Any = None,
) -> tuple[Any, ...]:
    """The shape of one image.

    Args:
      input_shape: what the program asked for, or None.
      default_size, min_size: height and width that a model has by default, and at the least.
      data_format: "channels_first" or "channels_last".
      require_flatten: whether sizes must be known.
      weights: "imagenet" takes three channels only, and with `require_flatten` one shape only.

    Raises:
      ValueError: the shape does not go with that.
    """
    first = data_format == "channels_first"
    of_imagenet = weights == "imagenet"
    channels = 3
    if not of_imagenet and input_shape and len(input_shape) == 3:
        channels = input_shape[0 if first else -1]
        if channels not in (1, 3):
            warnings.warn(
                "This model usually expects 1 or 3 input channels. However, it was passed an "
                f"input_shape with {channels} input channels.",
                stacklevel=4,
            )
    size = (default_size, default_size)
    default = (channels, *size) if first else (*size, channels)
    if of_imagenet and require_flatten:
        if input_shape is not None and input_shape != default:
            raise ValueError(
                "When setting `include_top=True` and loading `imagenet` weights, `input_shape` "
                f"should be {default}."
            )
        return default
    if input_shape:
        _check_shape(input_shape, min_size, first, of_imagenet)
    elif require_flatten:
        input_shape = default
    else:
        input_shape = (3, None, None) if first else (None, None, 3)
    if require_flatten and None in input_shape:
        raise ValueError(
            "If `include_top` is True, you should specify a static `input_shape`. Got "
            f"`input_shape={input_shape}`"
        )
    return tuple(input_shape)


def _check_shape(input_shape: Any, min_size: int, first: bool, of_imagenet: bool) -> None:
    if len(input_shape) != 3:
        raise ValueError("`input_shape` must be a tuple of three integers.")
    if of_imagenet and input_shape[0 if first else -1] != 3:
        raise ValueError(f"The input must have 3 channels; got `input_shape={input_shape}`")
    sizes = input_shape[1:] if first else input_shape[:2]
    if any(size is not None and size < min_size for size in sizes):
        raise ValueError(
            f"Input size must be at least {min_size}x{min_size}; got `input_shape={input_shape}`"
        )
