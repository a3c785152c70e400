"""Outputs of layers by name, and collections by the kind of variable."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from evergraph.api.cond import cond
from evergraph.api.variables import Variable
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph import static_value
from evergraph.graph.defaults import add_to_collections, get_collection
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import Tensor


class NamedOutputs(NamedTuple):
    """Outputs under a name."""

    name: Any
    outputs: Any


def collect_named_outputs(collections: Any, alias: str, outputs: Any) -> Any:
    """Adds an output, under an alias, to the collections, if there are any. Returns the output."""
    if collections:
        append_tensor_alias(outputs, alias)
        add_to_collections(collections, outputs)
    return outputs


def append_tensor_alias(tensor: Any, alias: str) -> Any:
    """Gives a tensor one more name. Returns the tensor."""
    tensor.aliases = [*getattr(tensor, "aliases", []), alias.removesuffix("/")]
    return tensor


def get_tensor_aliases(tensor: Any) -> list[str]:
    """The names that a tensor was given, or its own."""
    if hasattr(tensor, "aliases"):
        return tensor.aliases
    return [tensor.op.name if tensor.name.endswith(":0") else tensor.name]


def gather_tensors_aliases(tensors: Any) -> list[str]:
    """The names of all tensors."""
    return [alias for tensor in tensors for alias in get_tensor_aliases(tensor)]


def convert_collection_to_dict(
    collection: Any, clear_collection: bool = False
) -> OrderedDict[str, Any]:
    """The tensors of a collection by their names; emptied if that is wanted."""
    found = OrderedDict(
        (alias, tensor)
        for tensor in get_collection(collection)
        for alias in get_tensor_aliases(tensor)
    )
    if clear_collection:
        get_default_graph().clear_collection(collection)
    return found


def get_variable_collections(variables_collections: Any, name: str) -> Any:
    """The collections for a kind of variable: those of its name in a dict, else all."""
    if isinstance(variables_collections, dict):
        return variables_collections.get(name)
    return variables_collections


def constant_value(value_or_tensor_or_var: Any, dtype: Any = None) -> Any:
    """The value itself, or what a tensor is known to be while building; None where it is not.

    Raises:
      ValueError: it is None, or a tensor or variable of another type than `dtype`.
    """
    value = value_or_tensor_or_var
    if value is None:
        raise ValueError("value_or_tensor_or_var cannot be None")
    if not isinstance(value, (Tensor, Variable)):
        return value
    if dtype and value.dtype != dtype:
        raise ValueError(f"It has the wrong type {value.dtype} instead of {dtype}")
    return None if isinstance(value, Variable) else static_value.constant_value(value)


def static_cond(pred: Any, fn1: Callable[[], Any], fn2: Callable[[], Any]) -> Any:
    """What one of the functions gives, by the truth of `pred`. TypeError if one is no function."""
    if not callable(fn1):
        raise TypeError("fn1 must be callable.")
    if not callable(fn2):
        raise TypeError("fn2 must be callable.")
    return fn1() if pred else fn2()


def smart_cond(
    pred: Any, fn1: Callable[[], Any], fn2: Callable[[], Any], name: str | None = None
) -> Any:
    """As `static_cond` where `pred` is known while building, else `tf.cond`."""
    known = constant_value(pred)
    return cond(pred, fn1, fn2, name=name) if known is None else static_cond(known, fn1, fn2)


def _get_dimension(shape: Any, dim: int, min_rank: int = 1) -> int:
    dims = shape.dims
    if dims is None:
        raise ValueError("dims of shape must be known but is None")
    if len(dims) < min_rank:
        raise ValueError(f"rank of shape must be at least {min_rank} not: {len(dims)}")
    value: int | None = dims[dim].value
    if value is None:
        raise ValueError(f"dimension {dim} of shape must be known but is None: {shape}")
    return value


def channel_dimension(shape: Any, data_format: str, min_rank: int = 1) -> int:
    """The number of channels; ValueError if it is not known or the rank is too low."""
    return _get_dimension(shape, 1 if data_format == "channels_first" else -1, min_rank=min_rank)


def last_dimension(shape: Any, min_rank: int = 1) -> int:
    """The size of the last axis; ValueError if it is not known or the rank is too low."""
    return _get_dimension(shape, -1, min_rank=min_rank)


def two_element_tuple(int_or_tuple: Any) -> tuple[Any, Any]:
    """Two numbers, from one for both, a list of two or a TensorShape; ValueError for others."""
    if isinstance(int_or_tuple, (list, tuple)):
        if len(int_or_tuple) != 2:
            raise ValueError(f"Must be a list with 2 elements: {int_or_tuple}")
        return int(int_or_tuple[0]), int(int_or_tuple[1])
    if isinstance(int_or_tuple, int):
        return int_or_tuple, int_or_tuple
    if isinstance(int_or_tuple, TensorShape) and len(int_or_tuple) == 2:
        return int_or_tuple[0], int_or_tuple[1]
    raise ValueError("Must be an int, a list with 2 elements or a TensorShape of length 2")


def n_positive_integers(n: int, value: Any) -> tuple[int, ...]:
    """`n` numbers, from one for all or a sequence of them.

    Raises:
      ValueError: a number is not positive, or there are not `n`.
    """
    if int(n) < 1 or int(n) != n:
        raise ValueError("n must be a positive integer")
    try:
        values = (int(value),) * n
    except (TypeError, ValueError):
        complaint = f"Expected sequence of {n} positive integers, but received {value!r}"
        if len(value) != n:
            raise ValueError(complaint) from None
        try:
            values = tuple(int(x) for x in value)
        except (TypeError, ValueError):
            raise ValueError(complaint) from None
    for x in values:
        if x < 1:
            raise ValueError(f"expected positive integer, but received {x}")
    return values
