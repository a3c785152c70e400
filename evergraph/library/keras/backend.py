"""What Keras's layers have in common: unique names, the default element type, small functions."""

import weakref
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from evergraph.api import clip_ops, math_ops
from evergraph.api.creation import placeholder_with_default
from evergraph.api.func_graph import FuncGraph
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import executing_eagerly, init_scope, name_scope
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.tensor import Tensor

EPSILON = 1e-7

# Graph → (namespace, name) → how often that name was given.
_name_counts: weakref.WeakKeyDictionary[Any, defaultdict[tuple[str, str], int]] = (
    weakref.WeakKeyDictionary()
)


class _Settings:
    """What `set_floatx` and its like change."""

    floatx = "float32"
    epsilon: Any = EPSILON
    image_data_format = "channels_last"


@export("keras.backend.floatx")
def floatx() -> str:
    """The name of the element type of layers that are told none. Stands for
    `tf.keras.backend.floatx`."""
    return _Settings.floatx


@export("keras.backend.set_floatx")
def set_floatx(value: str) -> None:
    """Sets it to "float16", "float32" or "float64". Stands for `tf.keras.backend.set_floatx`.

    Raises:
      ValueError: for any other.
    """
    if value not in {"float16", "float32", "float64"}:
        raise ValueError("Unknown floatx type: " + str(value))
    _Settings.floatx = str(value)


@export("keras.backend.epsilon")
def epsilon() -> Any:
    """The small number that keeps divisors and logarithms from 0. Stands for
    `tf.keras.backend.epsilon`."""
    return _Settings.epsilon


@export("keras.backend.set_epsilon")
def set_epsilon(value: Any) -> None:
    """Sets it. Stands for `tf.keras.backend.set_epsilon`."""
    _Settings.epsilon = value


@export("keras.backend.image_data_format")
def image_data_format() -> str:
    """Where channels are if nothing is said: "channels_last". Stands for
    `tf.keras.backend.image_data_format`."""
    return _Settings.image_data_format


@export("keras.backend.set_image_data_format")
def set_image_data_format(data_format: str) -> None:
    """Sets it to "channels_first" or "channels_last". Stands for
    `tf.keras.backend.set_image_data_format`.

    Raises:
      ValueError: for any other.
    """
    if data_format not in {"channels_last", "channels_first"}:
        raise ValueError("Unknown data_format: " + str(data_format))
    _Settings.image_data_format = str(data_format)


def get_default_graph_uid_map() -> defaultdict[tuple[str, str], int]:
    """How often each name was given to an object of the default graph."""
    return _name_counts.setdefault(get_default_graph(), defaultdict(int))


def unique_object_name(
    name: str,
    name_uid_map: Any = None,
    avoid_names: Collection[str] | None = None,
    namespace: str = "",
    zero_based: bool = False,
) -> str:
    """`name` with a number that no other object of the default graph has.

    Args:
      name: what the object is called, such as "dense".
      name_uid_map: counts by (namespace, name); default: those of the graph.
      avoid_names: names not to be given.
      namespace: names of different namespaces may be equal.
      zero_based: whether the first name has no number.
    """
    counts = get_default_graph_uid_map() if name_uid_map is None else name_uid_map
    key = (namespace, name)
    while True:
        number = counts[key] if zero_based else counts[key] + 1
        counts[key] += 1
        found = f"{name}_{number}" if number else name
        if found not in (avoid_names or ()):
            return found


@export("keras.backend.clip")
def clip(x: Any, min_value: Any, max_value: Any) -> Tensor:
    """`x` within bounds; without an upper one if that is None. Stands for
    `tf.keras.backend.clip`."""
    if max_value is None:
        max_value = np.inf
    low = constant(min_value, dtype=x.dtype.base_dtype)
    high = constant(max(min_value, max_value), dtype=x.dtype.base_dtype)
    return clip_ops.clip_by_value(x, low, high)


@export("keras.backend.sqrt")
def sqrt(x: Any) -> Tensor:
    """The square root, of 0 where `x` is negative. Stands for `tf.keras.backend.sqrt`."""
    return math_ops.sqrt(clip(x, 0.0, np.inf))


def get_graph() -> Graph:
    """The graph of `tf.keras.Input` and of layers on it: the default one, but for eager execution,
    which has one of its own for this."""
    default = get_default_graph()
    if not executing_eagerly():
        return default
    kept = default.__dict__
    if "_keras_graph" not in kept:
        kept["_keras_graph"] = FuncGraph("keras_graph")
    graph: Graph = kept["_keras_graph"]
    return graph


@contextmanager
def symbolic_graph() -> Iterator[None]:
    """A block in `get_graph`."""
    if not executing_eagerly():
        yield
        return
    with get_graph().as_default():
        yield


@export("keras.backend.learning_phase")
def learning_phase() -> Any:
    """The bool that says whether the graph trains: a placeholder that is False unless it is fed, or
    what was set. Stands for `tf.keras.backend.learning_phase`."""
    with init_scope():
        graph = get_default_graph()
        if graph.runs_at_once:
            return graph.__dict__.get("_keras_learning_phase", 0)
        if "_keras_learning_phase" not in graph.__dict__:
            with name_scope(""):
                graph.__dict__["_keras_learning_phase"] = placeholder_with_default(
                    False, shape=(), name="keras_learning_phase"
                )
        return graph.__dict__["_keras_learning_phase"]


@export("keras.backend.set_learning_phase")
def set_learning_phase(value: int) -> None:
    """Sets the learning phase of the default graph to 0 or 1. Stands for
    `tf.keras.backend.set_learning_phase`.

    Raises:
      ValueError: it is another value.
    """
    if value not in {0, 1}:
        raise ValueError("Expected learning phase to be 0 or 1.")
    with init_scope():
        get_default_graph().__dict__["_keras_learning_phase"] = value


def symbolic_learning_phase() -> Any:
    """The learning phase of `get_graph`."""
    with symbolic_graph():
        return learning_phase()


def is_learning_phase(value: Any) -> bool:
    """Whether that is the tensor of its graph's learning phase."""
    graph = getattr(value, "graph", None)
    return graph is not None and graph.__dict__.get("_keras_learning_phase") is value


@contextmanager
def _phase_scope(value: int) -> Iterator[None]:
    with init_scope():
        kept = get_default_graph().__dict__
        before = kept.get("_keras_learning_phase")
    try:
        set_learning_phase(value)
        yield
    finally:
        if before is None:
            kept.pop("_keras_learning_phase", None)
        else:
            kept["_keras_learning_phase"] = before


@export("keras.backend.learning_phase_scope")
def learning_phase_scope(value: int) -> Any:
    """A scope in which the learning phase is 0 or 1. Stands for
    `tf.keras.backend.learning_phase_scope`."""
    return _phase_scope(value)


@export("keras.backend.reset_uids")
def reset_uids() -> None:
    """Forgets which numbers were given. Stands for `tf.keras.backend.reset_uids`."""
    _name_counts.clear()


@export("keras.backend.get_uid")
def get_uid(prefix: str = "") -> int:
    """1, 2 and so on for each prefix in the default graph. Stands for
    `tf.keras.backend.get_uid`."""
    counts = get_default_graph_uid_map()
    counts["uid", prefix] += 1
    return counts["uid", prefix]


def track_variable(variable: Any) -> None:
    """Keeps a layer's variable among those that Keras initializes."""
    # In the graph itself: a table of graphs would keep them, as variables know their graph.
    variable.graph.__dict__.setdefault("_keras_variables", []).append(variable)


def tracked_variables() -> list[Any]:
    """The variables of the layers of the default graph."""
    return list(get_default_graph().__dict__.get("_keras_variables", ()))
