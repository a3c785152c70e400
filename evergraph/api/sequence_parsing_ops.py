"""SequenceExamples as tensors: `tf.parse_single_sequence_example` and its like."""

from collections.abc import Mapping
from typing import Any

from evergraph.api.parsing_features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RawParams,
    VarLenFeature,
    default_tensor,
    raw_params,
)
from evergraph.base.export import export
from evergraph.base.tensor_shape import as_shape
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

Features = Mapping[Any, Any] | None


def _asked_for(context_features: Features, sequence_features: Features) -> tuple[RawParams, ...]:
    if not (context_features or sequence_features):
        raise ValueError("Missing features.")
    context = raw_params(context_features, (VarLenFeature, FixedLenFeature))
    lists = raw_params(sequence_features, (VarLenFeature, FixedLenSequenceFeature))
    return context, lists


def _checked_lists(context: RawParams, lists: RawParams) -> list[Any]:
    """The lists that may be missing; complains of what cannot be."""
    for raw, what in ((context, "context"), (lists, "feature_list")):
        both = set(raw.dense_keys).intersection(raw.sparse_keys)
        if both:
            raise ValueError(
                f"{what}_dense and {what}_sparse keys must not intersect; intersection: {both}"
            )
    for key, value in lists.dense_defaults.items():
        if value is not None:
            raise ValueError(f"Value feature_list_dense_defaults[{key}] must be None")
    return list(lists.dense_defaults)


def _defaults(context: RawParams, reshaped: bool) -> list[Tensor]:
    return [
        default_tensor(
            key, dtype, context.dense_defaults.get(key), as_shape(shape) if reshaped else None
        )
        for key, dtype, shape in zip(
            context.dense_keys, context.dense_types, context.dense_shapes, strict=True
        )
    ]


def _attrs(context: RawParams, lists: RawParams) -> dict[str, Any]:
    return {
        "context_sparse_types": context.sparse_types,
        "context_dense_shapes": [as_shape(s) for s in context.dense_shapes],
        "feature_list_sparse_types": lists.sparse_types,
        "feature_list_dense_types": lists.dense_types,
        "feature_list_dense_shapes": [as_shape(s) for s in lists.dense_shapes],
    }


def _by_key(raw: RawParams, indices: Any, values: Any, shapes: Any, dense: Any) -> dict[Any, Any]:
    sparse = [SparseTensor(*parts) for parts in zip(indices, values, shapes, strict=True)]
    keys = raw.sparse_keys + raw.dense_keys
    return dict(zip(keys, sparse + list(dense), strict=True))


@export("io.parse_sequence_example")
def parse_sequence_example(
    serialized: Any,
    context_features: Features = None,
    sequence_features: Features = None,
    example_names: Any = None,
    name: str | None = None,
) -> tuple[dict[Any, Any], dict[Any, Any], dict[Any, Any]]:
    """The features of a batch of SequenceExamples. Stands for `tf.io.parse_sequence_example`.

    Args:
      serialized: serialized SequenceExamples, a vector of strings.
      context_features: by key a `FixedLenFeature` or `VarLenFeature`.
      sequence_features: by key a `FixedLenSequenceFeature` or `VarLenFeature`.
      example_names: names of the examples, for errors.
      name: a name for the nodes.

    Returns:
      Dicts by key: the context, [batch, ...]; the lists, [batch, steps, ...], padded; and how many
      steps each example has in its dense lists.

    Raises:
      ValueError: a feature is not complete. At run time InvalidArgumentError where an example
        cannot be read or does not fit.
    """
    context, lists = _asked_for(context_features, sequence_features)
    with name_scope(name, "ParseSequenceExample", [serialized]):
        empty = _checked_lists(context, lists)
        outputs = apply_op(
            "ParseSequenceExample",
            serialized,
            [] if example_names is None else example_names,
            _defaults(context, reshaped=False),
            Ncontext_sparse=len(context.sparse_keys),
            Ncontext_dense=len(context.dense_keys),
            Nfeature_list_sparse=len(lists.sparse_keys),
            Nfeature_list_dense=len(lists.dense_keys),
            context_sparse_keys=context.sparse_keys,
            context_dense_keys=context.dense_keys,
            feature_list_sparse_keys=lists.sparse_keys,
            feature_list_dense_keys=lists.dense_keys,
            feature_list_dense_missing_assumed_empty=empty,
            name=name,
            **_attrs(context, lists),
        )
        lengths = dict(zip(lists.dense_keys, outputs[8], strict=True))
        return _by_key(context, *outputs[:4]), _by_key(lists, *outputs[4:8]), lengths


@export("io.parse_single_sequence_example", "parse_single_sequence_example")
def parse_single_sequence_example(
    serialized: Any,
    context_features: Features = None,
    sequence_features: Features = None,
    example_name: Any = None,
    name: str | None = None,
) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """The features of one SequenceExample. Stands for `tf.parse_single_sequence_example`.

    Args:
      serialized: a serialized SequenceExample, a string scalar.
      context_features, sequence_features, name: as `tf.io.parse_sequence_example`'s.
      example_name: the example's name, for errors.

    Returns:
      Dicts by key: the context, and the lists, [steps, ...].

    Raises:
      ValueError: as `tf.io.parse_sequence_example`.
    """
    context, lists = _asked_for(context_features, sequence_features)
    with name_scope(name, "ParseSingleSequenceExample", [serialized]):
        empty = _checked_lists(context, lists)
        outputs = apply_op(
            "ParseSingleSequenceExample",
            serialized,
            empty,
            context.sparse_keys,
            context.dense_keys,
            lists.sparse_keys,
            lists.dense_keys,
            _defaults(context, reshaped=True),
            "" if example_name is None else example_name,
            name=name,
            **_attrs(context, lists),
        )
        return _by_key(context, *outputs[:4]), _by_key(lists, *outputs[4:])
