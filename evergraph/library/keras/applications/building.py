"""What the architectures have in common: arguments, inputs, the last layers, files of weights."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evergraph.library.keras.applications.imagenet_utils import check_kwargs, obtain_input_shape
from evergraph.library.keras.backend import image_data_format
from evergraph.library.keras.engine.input_layer import Input
from evergraph.library.keras.engine.node import has_history, int_shape
from evergraph.library.keras.engine.training import Model
from evergraph.library.keras.layers.core import Dense
from evergraph.library.keras.layers.global_pooling import (
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
)
from evergraph.library.keras.utils.data_utils import get_file
from evergraph.library.keras.utils.layer_utils import get_source_inputs

MODELS = "https://github.com/fchollet/deep-learning-models/releases/download"


def channel_axis() -> int:
    """The axis of channels in batches of images."""
    return 1 if image_data_format() == "channels_first" else 3


def last_channel_axis() -> int:
    """The same, counted from the end where it is the last: configurations have the number."""
    return 1 if image_data_format() == "channels_first" else -1


@dataclass(frozen=True)
class WeightFile:
    """A file of weights: its name here, where it comes from, its hash."""

    name: str
    origin: str
    file_hash: str | None = None


def weight_files(folder: str, model: str, *hashes: str) -> tuple[WeightFile, WeightFile]:
    """The files of a model with and without its last layers, by their usual names."""
    names = (f"{model}_weights_tf_dim_ordering_tf_kernels{end}.h5" for end in ("", "_notop"))
    whole, part = (
        WeightFile(name, f"{folder}/{name}", file_hash)
        for name, file_hash in zip(names, hashes, strict=True)
    )
    return whole, part


@dataclass
class Order:
    """What a program asks for of an architecture.

    Args:
      include_top: whether the last layers, which tell classes, are there.
      weights: None for random ones, "imagenet" to download them, or the path of a file.
      input_tensor: the tensor of images; default: a new input.
      input_shape: the shape of one image.
      pooling: without the last layers: "avg" or "max" over places, or None.
      classes: how many classes there are.
      kwargs: other arguments, none of which mean anything.

    Raises:
      ValueError: there is no such file, or it has another number of classes.
      TypeError: for other arguments.
    """

    include_top: Any
    weights: Any
    input_tensor: Any
    input_shape: Any
    pooling: Any
    classes: int
    kwargs: dict[str, Any]

    def __post_init__(self) -> None:
        check_kwargs(self.kwargs)
        if not (self.weights in ("imagenet", None) or os.path.exists(self.weights)):
            raise ValueError(
                "The `weights` argument should be either `None` (random initialization), "
                "`imagenet` (pre-training on ImageNet), or the path to the weights file to be "
                "loaded."
            )
        if self.weights == "imagenet" and self.include_top and self.classes != 1000:
            raise ValueError(
                'If using `weights` as `"imagenet"` with `include_top` as true, `classes` should '
                "be 1000"
            )

    def decide_shape(
        self, default_size: int, min_size: int, require_flatten: bool | None = None
    ) -> Any:
        """The shape of one image, which is `input_shape` from here on."""
        self.input_shape = obtain_input_shape(
            self.input_shape,
            default_size=default_size,
            min_size=min_size,
            data_format=image_data_format(),
            require_flatten=self.include_top if require_flatten is None else require_flatten,
            weights=self.weights,
        )
        return self.input_shape

    def make_input(self) -> Any:
        """The tensor of images."""
        given = self.input_tensor
        if given is None:
            self._inputs = Input(shape=self.input_shape)
            return self._inputs
        if not has_history(given):
            return Input(tensor=given, shape=self.input_shape)
        return given

    def image_input(self, default_size: int, min_size: int) -> Any:
        """`decide_shape` and `make_input`."""
        self.decide_shape(default_size, min_size)
        return self.make_input()

    def pooled(self, x: Any, names: tuple[Any, Any] = (None, None)) -> Any:
        """What stands in place of the last layers."""
        if self.pooling == "avg":
            return GlobalAveragePooling2D(name=names[0])(x)
        return GlobalMaxPooling2D(name=names[1])(x) if self.pooling == "max" else x

    def head(
        self,
        x: Any,
        name: str = "predictions",
        average: str | None = "avg_pool",
        names: tuple[Any, Any] = (None, None),
    ) -> Any:
        """The mean over places and a layer of classes, or what stands in their place."""
        if not self.include_top:
            return self.pooled(x, names)
        x = GlobalAveragePooling2D(name=average)(x)
        return Dense(self.classes, activation="softmax", name=name)(x)

    def model(self, x: Any, name: str, files: tuple[WeightFile, WeightFile]) -> Any:
        """The model that ends in `x`, with its weights."""
        given = self.input_tensor
        inputs = self._inputs if given is None else get_source_inputs(given)
        model = Model(inputs, x, name=name)
        if self.weights == "imagenet":
            file = files[0 if self.include_top else 1]
            path = get_file(file.name, file.origin, cache_subdir="models", file_hash=file.file_hash)
            model.load_weights(path)
        elif self.weights is not None:
            model.load_weights(self.weights)
        return model


def application(build: Callable[[Order], Any]) -> Callable[..., Any]:
    """Decorator: from what builds a model of an `Order` to the public function.

    Its arguments, and what it raises, are those of `Order`.
    """

    def make(
        include_top: bool = True,
        weights: Any = "imagenet",
        input_tensor: Any = None,
        input_shape: Any = None,
        pooling: str | None = None,
        classes: int = 1000,
        **kwargs: Any,
    ) -> Any:
        return build(
            Order(include_top, weights, input_tensor, input_shape, pooling, classes, kwargs)
        )

    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(make, name, getattr(build, name))
    return make


def correct_pad(inputs: Any, kernel_size: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """The zeros around images with which a kernel of stride 2 sees what it would with "same"."""
    start = 2 if image_data_format() == "channels_first" else 1
    sizes = int_shape(inputs)[start : start + 2]  # type: ignore[index]
    kernel = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    odd = (1, 1) if sizes[0] is None else tuple(1 - size % 2 for size in sizes)  # type: ignore
    rows, columns = ((size // 2 - o, size // 2) for size, o in zip(kernel, odd, strict=True))
    return rows, columns
