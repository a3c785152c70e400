"""What exported models are fed with: `tf.estimator.export`."""

import collections
from collections.abc import Callable
from typing import Any

from evergraph.api import creation, parsing_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.graph import Graph
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator import util
from evergraph.library.saved_model.export_utils import (
    SINGLE_FEATURE_DEFAULT_NAME,
    SINGLE_LABEL_DEFAULT_NAME,
    SINGLE_RECEIVER_DEFAULT_NAME,
)

_SINGLE = {
    "feature": SINGLE_FEATURE_DEFAULT_NAME,
    "label": SINGLE_LABEL_DEFAULT_NAME,
    "receiver_tensor": SINGLE_RECEIVER_DEFAULT_NAME,
    "receiver_tensors_alternative": SINGLE_RECEIVER_DEFAULT_NAME,
}


def _by_name(tensors: Any, what: str, allow_ints: bool = False) -> dict[Any, Any]:
    """Tensors by name; a single one gets the name that stands for it."""
    if tensors is None:
        raise ValueError(f"{what}s must be defined.")
    if not isinstance(tensors, dict):
        tensors = {_SINGLE[what]: tensors}
    for name, tensor in tensors.items():
        if not isinstance(name, str) and not (allow_ints and isinstance(name, int)):
            kinds = "strings or ints" if allow_ints else "strings"
            raise ValueError(f"{what} keys must be {kinds}: {name}.")
        _check_tensor(tensor, what, f" {name}")
    return tensors


def _check_tensor(tensor: Any, what: str, name: str = "") -> None:
    if isinstance(tensor, Tensor | SparseTensor):
        return
    error = ValueError(f"{what}{name} must be a Tensor or SparseTensor.")
    if not hasattr(tensor, "tensor"):
        raise error
    try:
        convert_to_tensor(tensor)
    except TypeError:
        raise error from None


_FIELDS = ["features", "receiver_tensors", "receiver_tensors_alternatives"]


@export("estimator.export.ServingInputReceiver")
class ServingInputReceiver(collections.namedtuple("ServingInputReceiver", _FIELDS)):
    """What a serving input function gives. Stands for `tf.estimator.export.ServingInputReceiver`.

    Args:
      features: tensors for the model by name; a single one is called "feature".
      receiver_tensors: the tensors that are fed, by name; a single one is called "input".
      receiver_tensors_alternatives: other such, by a name, for more signatures.

    Raises:
      ValueError: something is no tensor, or a name no string.
    """

    def __new__(
        cls, features: Any, receiver_tensors: Any, receiver_tensors_alternatives: Any = None
    ) -> "ServingInputReceiver":
        features = _by_name(features, "feature", allow_ints=True)
        receiver_tensors = _by_name(receiver_tensors, "receiver_tensor")
        others = receiver_tensors_alternatives
        if others is not None:
            if not isinstance(others, dict):
                raise ValueError(f"receiver_tensors_alternatives must be a dict: {others}.")
            for name, tensors in others.items():
                others[name] = _by_name(tensors, "receiver_tensors_alternative")
        return super().__new__(cls, features, receiver_tensors, others)


@export("estimator.export.TensorServingInputReceiver")
class TensorServingInputReceiver(collections.namedtuple("TensorServingInputReceiver", _FIELDS)):
    """A ServingInputReceiver of a model that takes a single tensor. Stands for
    `tf.estimator.export.TensorServingInputReceiver`."""

    def __new__(
        cls, features: Any, receiver_tensors: Any, receiver_tensors_alternatives: Any = None
    ) -> "TensorServingInputReceiver":
        if features is None:
            raise ValueError("features must be defined.")
        _check_tensor(features, "feature")
        found = ServingInputReceiver(features, receiver_tensors, receiver_tensors_alternatives)
        return super().__new__(cls, found.features[SINGLE_FEATURE_DEFAULT_NAME], *found[1:])


class UnsupervisedInputReceiver(ServingInputReceiver):
    """What an input function for training or evaluation without labels gives."""

    def __new__(cls, features: Any, receiver_tensors: Any) -> "UnsupervisedInputReceiver":  # type: ignore[misc]
        return super().__new__(cls, features, receiver_tensors)  # type: ignore[return-value]


class SupervisedInputReceiver(
    collections.namedtuple("SupervisedInputReceiver", ["features", "labels", "receiver_tensors"])
):
    """What an input function for training or evaluation gives, with labels."""

    def __new__(
        cls, features: Any, labels: Any, receiver_tensors: Any
    ) -> "SupervisedInputReceiver":
        _by_name(features, "feature", allow_ints=True)
        _by_name(labels, "label", allow_ints=True)
        receiver_tensors = _by_name(receiver_tensors, "receiver_tensor")
        return super().__new__(cls, features, labels, receiver_tensors)


@export("estimator.export.build_parsing_serving_input_receiver_fn")
def build_parsing_serving_input_receiver_fn(
    feature_spec: dict[str, Any], default_batch_size: int | None = None
) -> Callable[[], ServingInputReceiver]:
    """A serving input function that takes serialized Examples. Stands for
    `tf.estimator.export.build_parsing_serving_input_receiver_fn`.

    Args:
      feature_spec: as of `tf.io.parse_example`.
      default_batch_size: how many Examples; default: any many.
    """

    def serving_input_receiver_fn() -> ServingInputReceiver:
        examples = creation.placeholder(
            dtype=dtypes.string, shape=[default_batch_size], name="input_example_tensor"
        )
        features = parsing_ops.parse_example(examples, feature_spec)
        return ServingInputReceiver(features, {"examples": examples})

    return serving_input_receiver_fn


def _placeholder_like(tensor: Any, batch_size: int | None) -> Tensor:
    shape = TensorShape([batch_size]).concatenate(tensor.get_shape()[1:])
    return creation.placeholder(dtype=tensor.dtype, shape=shape, name=tensor.op.name)


def _placeholders_like(tensors: Any, batch_size: int | None) -> Any:
    if not isinstance(tensors, dict):
        return _placeholder_like(tensors, batch_size)
    return {name: _placeholder_like(tensor, batch_size) for name, tensor in tensors.items()}


@export("estimator.export.build_raw_serving_input_receiver_fn")
def build_raw_serving_input_receiver_fn(
    features: dict[str, Any], default_batch_size: int | None = None
) -> Callable[[], ServingInputReceiver]:
    """A serving input function that takes features as they are. Stands for
    `tf.estimator.export.build_raw_serving_input_receiver_fn`.

    Args:
      features: tensors by name, of the types and shapes to be fed.
      default_batch_size: how many examples; default: any many.
    """

    def serving_input_receiver_fn() -> ServingInputReceiver:
        fed = _placeholders_like(features, default_batch_size)
        return ServingInputReceiver(fed, fed)

    return serving_input_receiver_fn


@export(
    "estimator.experimental.build_raw_supervised_input_receiver_fn",
    "contrib.estimator.build_raw_supervised_input_receiver_fn",
)
def build_raw_supervised_input_receiver_fn(
    features: Any, labels: Any, default_batch_size: int | None = None
) -> Callable[[], SupervisedInputReceiver]:
    """An input function, for training or evaluation of an exported model, that takes features and
    labels as they are. Stands for
    `tf.estimator.experimental.build_raw_supervised_input_receiver_fn`.

    Args:
      features, labels: tensors, alone or by name, of the types and shapes to be fed.
      default_batch_size: how many examples; default: any many.

    Raises:
      ValueError: a feature and a label have the same name.
    """

    def names(tensors: Any, single: str) -> set[str]:
        return set(tensors) if isinstance(tensors, dict) else {single}

    shared = names(features, SINGLE_RECEIVER_DEFAULT_NAME) & names(
        labels, SINGLE_LABEL_DEFAULT_NAME
    )
    if shared:
        raise ValueError(
            f"Features and labels must have distinct keys. Found overlapping keys: {shared}"
        )

    def supervised_input_receiver_fn() -> SupervisedInputReceiver:
        fed = _placeholders_like(features, default_batch_size)
        wanted = _placeholders_like(labels, default_batch_size)
        receivers = dict(fed) if isinstance(fed, dict) else {SINGLE_RECEIVER_DEFAULT_NAME: fed}
        more = wanted if isinstance(wanted, dict) else {SINGLE_LABEL_DEFAULT_NAME: wanted}
        return SupervisedInputReceiver(fed, wanted, {**receivers, **more})

    return supervised_input_receiver_fn


@export("contrib.estimator.build_supervised_input_receiver_fn_from_input_fn")
def build_supervised_input_receiver_fn_from_input_fn(
    input_fn: Callable[..., Any], **input_fn_args: Any
) -> Callable[[], SupervisedInputReceiver]:
    """`build_raw_supervised_input_receiver_fn` of what an input function gives. Stands for
    `tf.contrib.estimator.build_supervised_input_receiver_fn_from_input_fn`.

    Args:
      input_fn: gives features and labels, or a Dataset of them; called in a graph of its own.
      **input_fn_args: its arguments.
    """
    with Graph().as_default():
        features, labels, _ = util.parse_input_fn_result(input_fn(**input_fn_args))
    return build_raw_supervised_input_receiver_fn(features, labels)
