"""Summaries of tensors, activations and collections."""

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any

from evergraph.api import math_ops
from evergraph.base import dtypes
from evergraph.base.export import export, export_constant
from evergraph.graph.defaults import get_collection
from evergraph.graph.keys import GraphKeys
from evergraph.library.summary import summary


def _add_scalar_summary(tensor: Any, tag: str | None = None) -> Any:
    tensor.get_shape().assert_has_rank(0)
    return summary.scalar(tag or f"{tensor.op.name}_summary", tensor)


def _add_histogram_summary(tensor: Any, tag: str | None = None) -> Any:
    return summary.histogram(tag or f"{tensor.op.name}_summary", tensor)


def _add_share_summary(op: Any, compare: Callable[..., Any], bound: float, tag: str) -> None:
    """The share of elements of a unit's input beyond a bound."""
    inputs = op.op.inputs[0]
    beyond = compare(inputs, math_ops.cast(bound, inputs.dtype))
    _add_scalar_summary(math_ops.reduce_mean(math_ops.to_float(beyond)), f"{op.op.name}/{tag}")


@export("contrib.layers.summarize_activation", "contrib.layers.summaries.summarize_activation")
def summarize_activation(op: Any) -> Any:
    """A histogram of an activation; of rectified units also how many are 0, or 6. Stands for
    `tf.contrib.layers.summarize_activation`."""
    if op.op.type in ("Relu", "Softplus", "Relu6"):
        _add_share_summary(op, math_ops.less, 0.0, "zeros")
    if op.op.type == "Relu6":
        _add_share_summary(op, math_ops.greater, 6.0, "sixes")
    return _add_histogram_summary(op, f"{op.op.name}/activation")


@export("contrib.layers.summarize_tensor", "contrib.layers.summaries.summarize_tensor")
def summarize_tensor(tensor: Any, tag: str | None = None) -> Any:
    """A scalar's summary, or a histogram; None for strings and bools. Stands for
    `tf.contrib.layers.summarize_tensor`."""
    if tensor.dtype.is_compatible_with(dtypes.string) or tensor.dtype.base_dtype == dtypes.bool:
        return None
    add = _add_scalar_summary if tensor.get_shape().ndims == 0 else _add_histogram_summary
    return add(tensor, tag)


@export("contrib.layers.summarize_tensors", "contrib.layers.summaries.summarize_tensors")
def summarize_tensors(
    tensors: Iterable[Any], summarizer: Callable[[Any], Any] = summarize_tensor
) -> list[Any]:
    """A summary of each tensor. Stands for `tf.contrib.layers.summarize_tensors`."""
    return [summarizer(tensor) for tensor in tensors]


@export("contrib.layers.summarize_collection", "contrib.layers.summaries.summarize_collection")
def summarize_collection(
    collection: str,
    name_filter: str | None = None,
    summarizer: Callable[[Any], Any] = summarize_tensor,
) -> list[Any]:
    """A summary of each element of a collection whose name matches. Stands for
    `tf.contrib.layers.summarize_collection`."""
    tensors = [
        tensor
        for tensor in get_collection(collection)
        if name_filter is None or re.match(name_filter, tensor.op.name)
    ]
    return summarize_tensors(tensors, summarizer)


summarize_variables = functools.partial(summarize_collection, GraphKeys.GLOBAL_VARIABLES)
summarize_weights = functools.partial(summarize_collection, GraphKeys.WEIGHTS)
summarize_biases = functools.partial(summarize_collection, GraphKeys.BIASES)

for _name in ("summarize_variables", "summarize_weights", "summarize_biases"):
    export_constant(__name__, _name, f"contrib.layers.summaries.{_name}")


@export("contrib.layers.summarize_activations", "contrib.layers.summaries.summarize_activations")
def summarize_activations(
    name_filter: str | None = None, summarizer: Callable[[Any], Any] = summarize_activation
) -> list[Any]:
    """A summary of each activation whose name matches. Stands for
    `tf.contrib.layers.summarize_activations`."""
    return summarize_collection(GraphKeys.ACTIVATIONS, name_filter, summarizer)
