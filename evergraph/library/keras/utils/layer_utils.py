"""What is asked of layers and models from outside: where a tensor comes from, kernels turned over,
pictures of models."""

import importlib.util
from typing import Any, NoReturn

from evergraph.base import nest
from evergraph.base.export import export
from evergraph.library.keras.session import batch_set_value, get_value
from evergraph.library.keras.utils.conv_utils import convert_kernel

FLIPPED = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose")
NO_PYDOT = "Failed to import pydot. You must install pydot and graphviz for `pydotprint` to work."


@export("keras.utils.get_source_inputs")
def get_source_inputs(tensor: Any, layer: Any = None, node_index: int | None = None) -> Any:
    """The tensors of `tf.keras.Input` that a tensor depends on, or a tensor that no layer made.

    Stands for `tf.keras.utils.get_source_inputs`.

    Args:
      tensor: the tensor to begin at.
      layer, node_index: the layer's call that made it; default: the tensor knows.
    """
    if not hasattr(tensor, "_keras_history"):
        return tensor
    if layer is None or node_index:
        layer, node_index, _ = tensor._keras_history
    if not layer._inbound_nodes:
        return [tensor]
    node = layer._inbound_nodes[node_index]
    if not node.inbound_layers:
        return nest.flatten(node.input_tensors)
    sources: list[Any] = []
    for source, index, _, value in node.iterate_inbound():
        for x in get_source_inputs(value, source, index):
            if not any(x is known for known in sources):
                sources.append(x)
    return sources


@export("keras.utils.convert_all_kernels_in_model")
def convert_all_kernels_in_model(model: Any) -> None:
    """Turns the kernels of convolutions over in their axes of space, as other backends have them.

    Stands for `tf.keras.utils.convert_all_kernels_in_model`.
    """
    pairs = []
    for layer in model.layers:
        if type(layer).__name__ in FLIPPED:
            pairs.append((layer.kernel, convert_kernel(get_value(layer.kernel))))
    batch_set_value(pairs)


def _no_pictures(symbol: str) -> NoReturn:
    if importlib.util.find_spec("pydot") is None:
        raise ImportError(NO_PYDOT)
    raise NotImplementedError(symbol)


@export("keras.utils.model_to_dot")
def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 96,
    subgraph: bool = False,
) -> Any:
    """Fails as TensorFlow does where pydot is not installed; pictures are not drawn here.

    Stands for `tf.keras.utils.model_to_dot`.

    Raises:
      ImportError: pydot is not installed.
      NotImplementedError: it is.
    """
    _no_pictures("tf.keras.utils.model_to_dot")


@export("keras.utils.plot_model")
def plot_model(
    model: Any,
    to_file: str = "model.png",
    show_shapes: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 96,
) -> Any:
    """Fails as TensorFlow does where pydot is not installed; pictures are not drawn here.

    Stands for `tf.keras.utils.plot_model`.

    Raises:
      ImportError: pydot is not installed.
      NotImplementedError: it is.
    """
    _no_pictures("tf.keras.utils.plot_model")
