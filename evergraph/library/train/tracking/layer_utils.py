"""What containers ask of the layers in them."""

from collections.abc import Iterable, Sequence
from typing import Any

from evergraph.base.object_identity import ObjectIdentitySet


def is_layer(obj: Any) -> bool:
    """Whether it is a layer (and no class of layers)."""
    return hasattr(obj, "_is_layer") and not isinstance(obj, type)


def has_weights(obj: Any) -> bool:
    """Whether its class says which weights are trained and which are not."""
    kind = type(obj)
    return (
        hasattr(kind, "trainable_weights")
        and hasattr(kind, "non_trainable_weights")
        and not isinstance(obj, type)
    )


def filter_empty_layer_containers(layer_list: Iterable[Any]) -> list[Any]:
    """The layers of a list and of the containers in it, each once."""
    seen = ObjectIdentitySet()
    found = []
    waiting = list(layer_list)[::-1]
    while waiting:
        obj = waiting.pop()
        if obj in seen:
            continue
        seen.add(obj)
        if is_layer(obj):
            found.append(obj)
        elif hasattr(obj, "layers"):
            waiting.extend(obj.layers[::-1])
    return found


def gather_trainable_weights(
    trainable: bool, sub_layers: Sequence[Any], extra_variables: Sequence[Any]
) -> list[Any]:
    """The weights that are trained: of layers, then of variables beside them."""
    if not trainable:
        return []
    of_layers = [weight for layer in sub_layers for weight in layer.trainable_weights]
    return of_layers + [v for v in extra_variables if v.trainable]


def gather_non_trainable_weights(
    trainable: bool, sub_layers: Sequence[Any], extra_variables: Sequence[Any]
) -> list[Any]:
    """The weights that are not trained: all, if the whole is not."""
    of_layers = [weight for layer in sub_layers for weight in layer.non_trainable_weights]
    extra = [v for v in extra_variables if not v.trainable]
    if trainable:
        return of_layers + extra
    trained = [weight for layer in sub_layers for weight in layer.trainable_weights]
    return trained + [v for v in extra_variables if v.trainable] + of_layers + extra
