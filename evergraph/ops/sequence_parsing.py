"""SequenceExample messages as tensors: ParseSequenceExample and ParseSingleSequenceExample."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from evergraph.base import compat
from evergraph.graph.registry import op
from evergraph.kernels.host import invalid, text
from evergraph.kernels.sequence_parsing import Request, Wanted, parse_batch, parse_single
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_TYPES = "list(float32 | int64 | string) >= 0 = []"
_COUNTS = (
    "Ncontext_sparse: int >= 0 = 0; Ncontext_dense: int >= 0 = 0; "
    "Nfeature_list_sparse: int >= 0 = 0; Nfeature_list_dense: int >= 0 = 0; "
    f"context_sparse_types: {_TYPES}; Tcontext_dense: {_TYPES}; "
    f"feature_list_dense_types: {_TYPES}; context_dense_shapes: list(shape) >= 0 = []; "
    f"feature_list_sparse_types: {_TYPES}; feature_list_dense_shapes: list(shape) >= 0 = []"
)
_OUTPUTS = (
    "context_sparse_indices: Ncontext_sparse * int64, "
    "context_sparse_values: list(context_sparse_types), "
    "context_sparse_shapes: Ncontext_sparse * int64, context_dense_values: list(Tcontext_dense), "
    "feature_list_sparse_indices: Nfeature_list_sparse * int64, "
    "feature_list_sparse_values: list(feature_list_sparse_types), "
    "feature_list_sparse_shapes: Nfeature_list_sparse * int64, "
    "feature_list_dense_values: list(feature_list_dense_types)"
)

parse_sequence_example_op = op(
    "ParseSequenceExample(serialized: string, debug_name: string, context_dense_defaults: "
    f"list(Tcontext_dense)) -> {_OUTPUTS}, "
    "feature_list_dense_lengths: Nfeature_list_dense * int64",
    "feature_list_dense_missing_assumed_empty: list(string) >= 0; "
    "context_sparse_keys: list(string) >= 0; context_dense_keys: list(string) >= 0; "
    "feature_list_sparse_keys: list(string) >= 0; feature_list_dense_keys: list(string) >= 0; "
    + _COUNTS,
)
parse_single_sequence_example_op = op(
    "ParseSingleSequenceExample(serialized: string, "
    "feature_list_dense_missing_assumed_empty: string, "
    "context_sparse_keys: Ncontext_sparse * string, context_dense_keys: Ncontext_dense * string, "
    "feature_list_sparse_keys: Nfeature_list_sparse * string, "
    "feature_list_dense_keys: Nfeature_list_dense * string, "
    f"context_dense_defaults: list(Tcontext_dense), debug_name: string) -> {_OUTPUTS}",
    _COUNTS,
)


def _sparse_shapes(count: int, rank: int) -> list[Dims]:
    return [(None, rank)] * count + [(None,)] * count + [(rank,)] * count


@parse_sequence_example_op.shape
def parse_sequence_example_shape(node: Any) -> list[Dims]:
    batch = shape_rules.with_rank(node.inputs[0].dims, 1)
    if node.inputs[1].dims is not None:
        shape_rules.with_rank(node.inputs[1].dims, 1)
    return [
        *_sparse_shapes(node.attr("Ncontext_sparse"), 2),
        *((*batch, *dims) for dims in node.attr("context_dense_shapes")),
        *_sparse_shapes(node.attr("Nfeature_list_sparse"), 3),
        *((*batch, None, *dims) for dims in node.attr("feature_list_dense_shapes")),
        *([batch] * node.attr("Nfeature_list_dense")),
    ]


@parse_single_sequence_example_op.shape
def parse_single_sequence_example_shape(node: Any) -> list[Dims]:
    for tensor, rank in zip(node.inputs, (0, 1), strict=False):
        if tensor.dims is not None:
            shape_rules.with_rank(tensor.dims, rank)
    return [
        *_sparse_shapes(node.attr("Ncontext_sparse"), 1),
        *node.attr("context_dense_shapes"),
        *_sparse_shapes(node.attr("Nfeature_list_sparse"), 2),
        *((None, *dims) for dims in node.attr("feature_list_dense_shapes")),
    ]


def _texts(keys: Iterable[Any]) -> list[str]:
    found = (key.item() if isinstance(key, np.ndarray) else key for key in keys)
    return [compat.as_text(key) for key in found]


def _request(
    node: Any,
    keys: Sequence[Sequence[Any]],
    defaults: Sequence[Any],
    empty: Iterable[Any],
    word: str,
) -> Request:
    """What a node asks for.

    Args:
      keys: of the context, sparse and dense, and of the lists, sparse and dense.
      word: what errors call a default.
    """
    sparse, dense, lists_sparse, lists_dense = map(_texts, keys)
    may_be_missing = set(_texts(empty))
    context = []
    shapes = node.attr("context_dense_shapes")
    for i, (key, dtype) in enumerate(zip(dense, node.attr("Tcontext_dense"), strict=True)):
        default = np.asarray(defaults[i])
        if default.size and default.shape != tuple(shapes[i]):
            raise invalid(
                f"{word}[{i}].shape() == {text(default.shape)} != context_dense_shapes"
                f"{'_' if word == 'def_value' else ''}[{i}] == {text(shapes[i])}"
            )
        context.append(Wanted(key, dtype, tuple(shapes[i]), default))
    steps = zip(
        lists_dense,
        node.attr("feature_list_dense_types"),
        node.attr("feature_list_dense_shapes"),
        strict=True,
    )
    return Request(
        [Wanted(*f) for f in zip(sparse, node.attr("context_sparse_types"), strict=True)],
        context,
        [
            Wanted(*f)
            for f in zip(lists_sparse, node.attr("feature_list_sparse_types"), strict=True)
        ],
        [Wanted(k, t, tuple(s), may_be_missing=k in may_be_missing) for k, t, s in steps],
    )


@parse_sequence_example_op.numpy
def parse_sequence_example_kernel(
    serialized: Any, debug_name: Any, defaults: list[Any], *, node: Any
) -> Any:
    serialized, names = np.asarray(serialized, object), np.asarray(debug_name, object)
    if names.size and names.ndim != 1:
        raise invalid(f"Expected debug_name to be a vector, got shape: {text(names.shape)}")
    if serialized.ndim != 1:
        raise invalid(f"Expected serialized to be a vector, got shape: {text(serialized.shape)}")
    if names.size and names.size != serialized.size:
        raise invalid("example_names must be empty or have the correct number of elements")
    kinds = ("context_sparse", "context_dense", "feature_list_sparse", "feature_list_dense")
    keys = [node.attr(f"{kind}_keys") for kind in kinds]
    empty = node.attr("feature_list_dense_missing_assumed_empty")
    request = _request(node, keys, defaults, empty, "default_value")
    ids = _texts(names.tolist()) if names.size else ["<unknown>"] * serialized.size
    return tuple(parse_batch(serialized.tolist(), ids, request))


@parse_single_sequence_example_op.numpy
def parse_single_sequence_example_kernel(
    serialized: Any,
    missing_assumed_empty: Any,
    context_sparse_keys: list[Any],
    context_dense_keys: list[Any],
    feature_list_sparse_keys: list[Any],
    feature_list_dense_keys: list[Any],
    defaults: list[Any],
    debug_name: Any,
    *,
    node: Any,
) -> Any:
    serialized = np.asarray(serialized, object)
    if serialized.ndim:
        raise invalid(f"Expected serialized to be a scalar, got shape: {text(serialized.shape)}")
    keys = (
        context_sparse_keys,
        context_dense_keys,
        feature_list_sparse_keys,
        feature_list_dense_keys,
    )
    empty = np.asarray(missing_assumed_empty, object).reshape(-1).tolist()
    request = _request(node, keys, defaults, empty, "def_value")
    (name,) = _texts([np.asarray(debug_name, object)])
    return tuple(parse_single(serialized.item(), name, request))
