"""What the functions of tf.contrib.layers have in common: variables under their own names, and
what comes after the layer itself."""

import functools
from collections.abc import Callable
from typing import Any

from evergraph.api.init_ops import zeros_initializer
from evergraph.api.variables import (
    PartitionedVariable,
    VariableAggregation,
    VariableSynchronization,
)
from evergraph.graph.defaults import add_to_collection, get_collection
from evergraph.library.contrib.framework.variables import model_variable
from evergraph.library.contrib.layers.initializers import xavier_initializer
from evergraph.library.contrib.layers.utils import (
    collect_named_outputs,
    get_variable_collections,
)

DATA_FORMAT_NCHW = "NCHW"
DATA_FORMAT_NHWC = "NHWC"
DATA_FORMAT_NCDHW = "NCDHW"
DATA_FORMAT_NDHWC = "NDHWC"

# Default arguments: one of each for all functions.
XAVIER = xavier_initializer()
ZEROS = zeros_initializer()


def check_data_format(data_format: Any, *known: str) -> None:
    """ValueError for a data format that is none of two."""
    if data_format not in known:
        raise ValueError(f"data_format has to be either {known[0]} or {known[1]}.")


def keras_data_format(data_format: str | None) -> str:
    """The word of `tf.layers` for a data format."""
    return "channels_first" if data_format and data_format.startswith("NC") else "channels_last"


def _model_variable_getter(
    getter: Callable[..., Any],
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    rename: dict[str, str] | None = None,
    use_resource: bool | None = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
    **_: Any,
) -> Any:
    """A getter for variable scopes: variables are model variables, and may get another name."""
    outer, slash, short = name.rpartition("/")
    return model_variable(
        outer + slash + (rename or {}).get(short, short),
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        collections=collections,
        trainable=trainable,
        caching_device=caching_device,
        partitioner=partitioner,
        custom_getter=getter,
        use_resource=use_resource,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def _build_variable_getter(rename: dict[str, str] | None = None) -> Callable[..., Any]:
    return functools.partial(_model_variable_getter, rename=rename)


def weights_and_biases() -> Callable[..., Any]:
    """The getter under which a layer's kernel and bias are called "weights" and "biases"."""
    return _build_variable_getter({"bias": "biases", "kernel": "weights"})


def _add_variable_to_collections(
    variable: Any, collections_set: Any, collections_name: str
) -> None:
    """Adds a variable, or its parts, to the collections for variables of that name."""
    parts = list(variable) if isinstance(variable, PartitionedVariable) else [variable]
    for collection in get_variable_collections(collections_set, collections_name) or []:
        for part in parts:
            if part not in get_collection(collection):
                add_to_collection(collection, part)


def finished(
    outputs: Any,
    scope: Any,
    activation_fn: Callable[[Any], Any] | None,
    outputs_collections: Any,
    normalizer_fn: Callable[..., Any] | None = None,
    normalizer_params: dict[str, Any] | None = None,
) -> Any:
    """`outputs`, normalized, activated, and in the collections under the scope's name."""
    if normalizer_fn is not None:
        outputs = normalizer_fn(outputs, **(normalizer_params or {}))
    if activation_fn is not None:
        outputs = activation_fn(outputs)
    return collect_named_outputs(outputs_collections, scope.name, outputs)
