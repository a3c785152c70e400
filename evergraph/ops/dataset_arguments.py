"""What the families of dataset ops share: shape rules, attrs, functions with what they captured."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.graph.registry import Entry
from evergraph.kernels.data.pipeline import Captured, Dataset
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules

TYPED = "output_types: list(type) >= 1; output_shapes: list(shape) >= 1"


def handle_rule(*ranks: tuple[int, int]) -> Callable[[Any], shape_rules.Dims]:
    """A shape rule for one dataset, with `(place, rank)` of inputs."""

    def rule(node: Any) -> shape_rules.Dims:
        for place, rank in ranks:
            shape_rules.with_rank(node.inputs[place].dims, rank)
        return ()

    return rule


def last_scalars(count: int) -> Callable[[Any], shape_rules.Dims]:
    """A shape rule for one dataset of which the last `count` inputs are scalars."""

    def rule(node: Any) -> shape_rules.Dims:
        for t in node.inputs[len(node.inputs) - count :]:
            shape_rules.with_rank(t.dims, 0)
        return ()

    return rule


def makes_dataset(*entries: Entry, scalars: int = 0) -> None:
    """Gives entries the rules that all dataset ops have; the last `scalars` inputs are scalars."""
    for entry in entries:
        entry.shape(last_scalars(scalars))
        entry.not_differentiable()


def check_number(value: Any, name: str) -> int:
    """A host input that must be one number."""
    if isinstance(value, tuple):
        raise invalid(f"{name} must be a scalar")
    return int(value)


def text_of(value: Any) -> str:
    """A scalar string input."""
    item = value.item() if hasattr(value, "item") else value
    return item.decode() if isinstance(item, bytes) else str(item)


def dataset_of(value: Any) -> Dataset:
    """The dataset that a variant holds."""
    if not isinstance(value, Dataset):
        raise invalid(
            "The given variant tensor does not hold a dataset: make it with a dataset op."
        )
    return value


def captured(node: Any, attr: str, args: Sequence[Any]) -> Captured:
    """The function that an attr of a node names, with what it takes beside elements."""
    return captured_named(node, node.attr(attr).name, args)


def captured_named(node: Any, name: str, args: Sequence[Any]) -> Captured:
    """As `captured`, of a function by its name."""
    return Captured(node.graph._get_function(name), node.graph, args)
