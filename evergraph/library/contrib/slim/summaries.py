"""slim.summaries: summaries of tensors under their names."""

from collections.abc import Iterable
from typing import Any

from evergraph.api import nn_impl
from evergraph.api.logging_ops import Print
from evergraph.base.export import export
from evergraph.graph.defaults import add_to_collection
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.summary import summary


def _get_summary_name(
    tensor: Any, name: str | None = None, prefix: str | None = None, postfix: str | None = None
) -> str:
    return "/".join(part for part in (prefix, name or tensor.op.name, postfix) if part)


def _printed(op: Any, tensor: Any, name: str, print_summary: bool) -> Any:
    """The summary, which prints the tensor if that is wanted."""
    if print_summary:
        op = Print(op, [tensor], name)
        add_to_collection(GraphKeys.SUMMARIES, op)
    return op


@export("contrib.slim.summaries.add_histogram_summary")
def add_histogram_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None
) -> Tensor:
    """A histogram.

    Args:
      tensor: the tensor.
      name: its name; default: the tensor's.
      prefix: put before it.
    """
    return summary.histogram(_get_summary_name(tensor, name, prefix), tensor)


@export("contrib.slim.summaries.add_image_summary")
def add_image_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """Images; arguments as of `add_scalar_summary`."""
    summary_name = _get_summary_name(tensor, name, prefix)
    collections = [] if print_summary else None
    op = summary.image(name=summary_name, tensor=tensor, collections=collections)
    return _printed(op, tensor, summary_name, print_summary)


@export("contrib.slim.summaries.add_scalar_summary")
def add_scalar_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """A number.

    Args:
      tensor: the tensor.
      name: its name; default: the tensor's.
      prefix: put before it.
      print_summary: whether the tensor is printed along with it.
    """
    summary_name = _get_summary_name(tensor, name, prefix)
    collections = [] if print_summary else None
    op = summary.scalar(name=summary_name, tensor=tensor, collections=collections)
    return _printed(op, tensor, summary_name, print_summary)


@export("contrib.slim.summaries.add_zero_fraction_summary")
def add_zero_fraction_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """The share of elements that are 0; arguments as of `add_scalar_summary`."""
    name = _get_summary_name(tensor, name, prefix, "Fraction_of_Zero_Values")
    return add_scalar_summary(nn_impl.zero_fraction(tensor), name, print_summary=print_summary)


@export("contrib.slim.summaries.add_histogram_summaries")
def add_histogram_summaries(tensors: Iterable[Any], prefix: str | None = None) -> list[Any]:
    """A histogram of each tensor."""
    return [add_histogram_summary(tensor, prefix=prefix) for tensor in tensors]


@export("contrib.slim.summaries.add_image_summaries")
def add_image_summaries(tensors: Iterable[Any], prefix: str | None = None) -> list[Any]:
    """The images of each tensor."""
    return [add_image_summary(tensor, prefix=prefix) for tensor in tensors]


@export("contrib.slim.summaries.add_scalar_summaries")
def add_scalar_summaries(
    tensors: Iterable[Any], prefix: str | None = None, print_summary: bool = False
) -> list[Any]:
    """Each number, printed if that is wanted."""
    return [
        add_scalar_summary(tensor, prefix=prefix, print_summary=print_summary) for tensor in tensors
    ]


@export("contrib.slim.summaries.add_zero_fraction_summaries")
def add_zero_fraction_summaries(tensors: Iterable[Any], prefix: str | None = None) -> list[Any]:
    """The share of zeros of each tensor."""
    return [add_zero_fraction_summary(tensor, prefix=prefix) for tensor in tensors]
