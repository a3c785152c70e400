"""What is built of the feature columns before `tf.feature_column`."""

from typing import Any

from evergraph.api import array_ops, bias_ops, init_ops, math_ops, parsing_ops, variable_scope
from evergraph.api import sequence_parsing_ops as sequence_parsing
from evergraph.api import sparse_ops as sparse
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.composite import SparseTensor
from evergraph.graph.keys import GraphKeys
from evergraph.library.contrib.framework.experimental import experimental
from evergraph.library.contrib.framework.variables import model_variable
from evergraph.library.contrib.layers import embedding_ops
from evergraph.library.contrib.layers.crossed_column import _CrossedColumn
from evergraph.library.contrib.layers.embedding_columns import (
    _EmbeddingColumn,
    _embeddings_from_arguments,
    _ScatteredEmbeddingColumn,
    parts_of,
    restore,
)
from evergraph.library.contrib.layers.feature_column import (
    Builder,
    _BucketizedColumn,
    _create_sequence_feature_spec_for_parsing,
    _LinearEmbeddingLookupArguments,
    _RealValuedColumn,
    _RealValuedVarLenColumn,
    create_feature_spec_for_parsing,
    real_valued_column,
    wide_lookup,
)
from evergraph.library.contrib.layers.shaping import _inner_flatten
from evergraph.library.contrib.layers.sparse_columns import _OneHotColumn, _WeightedSparseColumn


@export("contrib.layers.check_feature_columns")
def check_feature_columns(feature_columns: Any) -> None:
    """Raises ValueError: these are a dict, or two columns have the same key. Stands for
    `tf.contrib.layers.check_feature_columns`."""
    if isinstance(feature_columns, dict):
        raise ValueError("Expected feature_columns to be iterable, found dict.")
    seen = set()
    for column in feature_columns:
        if column.key in seen:
            raise ValueError(
                f"Duplicate feature column key found for column: {column.name}. This usually means "
                "that the column is almost identical to another column, and one must be discarded."
            )
        seen.add(column.key)


class _Transformer(Builder):
    """Features and what columns made of them, in one dict, which grows."""

    def transform(self, feature_column: Any) -> Any:
        """What a column makes of features; made once."""
        if feature_column not in self._made:
            feature_column.insert_transformed_feature(self._made)
        if feature_column not in self._made:
            raise ValueError(f"Column {feature_column.name} is not supported.")
        return self._made[feature_column]


def _in_order(feature_columns: Any) -> list[Any]:
    return sorted(set(feature_columns), key=lambda column: column.key)


def _with_global(weight_collections: Any) -> Any:
    """The collections of weights, with that of all variables."""
    if not weight_collections:
        return weight_collections
    return list({*weight_collections, GraphKeys.GLOBAL_VARIABLES})


@export("contrib.layers.input_from_feature_columns")
def input_from_feature_columns(
    columns_to_tensors: dict[Any, Any],
    feature_columns: Any,
    weight_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
    cols_to_outs: dict[Any, Any] | None = None,
) -> Any:
    """All columns side by side, in the order of their keys, [batch, sum of sizes]. Stands for
    `tf.contrib.layers.input_from_feature_columns`.

    Args:
      columns_to_tensors: the features by name.
      feature_columns: columns for networks.
      weight_collections: collections for variables.
      trainable: whether variables are trained.
      scope: a variable scope.
      cols_to_outs: gets the tensor of each column.

    Raises:
      ValueError: a column is of another kind, or columns are the same.
    """
    return _side_by_side(
        columns_to_tensors,
        feature_columns,
        weight_collections,
        trainable,
        scope,
        output_rank=2,
        default_name="input_from_feature_columns",
        cols_to_outs=cols_to_outs,
    )


def _side_by_side(
    columns_to_tensors: dict[Any, Any],
    feature_columns: Any,
    weight_collections: Any,
    trainable: bool,
    scope: Any,
    output_rank: int,
    default_name: str,
    cols_to_outs: dict[Any, Any] | None = None,
) -> Any:
    columns_to_tensors = columns_to_tensors.copy()
    check_feature_columns(feature_columns)
    if cols_to_outs is not None and not isinstance(cols_to_outs, dict):
        raise ValueError("cols_to_outs must be a dict unless None")
    values = columns_to_tensors.values()
    with variable_scope.variable_scope(scope, default_name=default_name, values=values):
        transformer = _Transformer(columns_to_tensors)
        collections = _with_global(weight_collections)
        found = []
        for column in _in_order(feature_columns):
            with variable_scope.variable_scope(None, default_name=column.name, values=values):
                made = _dense(column, transformer, collections, trainable, output_rank)
                found.append(made)
                if cols_to_outs is not None:
                    cols_to_outs[column] = made
        return array_ops.concat(found, output_rank - 1)


def _dense(
    column: Any, transformer: _Transformer, collections: Any, trainable: bool, output_rank: int
) -> Any:
    transformed = transformer.transform(column)
    if output_rank == 3:
        transformed = nest.map_structure(
            lambda tensor: _maybe_reshape_input_tensor(tensor, column.name, output_rank),
            transformed,
        )
    try:
        arguments = column._deep_embedding_lookup_arguments(transformed)
    except NotImplementedError as none:
        try:
            return column._to_dnn_input_layer(
                transformed, collections, trainable, output_rank=output_rank
            )
        except ValueError as error:
            raise ValueError(
                f"Error creating input layer for column: {column.name}.\n{error}, {none}"
            ) from error
    return _embeddings_from_arguments(
        column, arguments, collections, trainable, output_rank=output_rank
    )


# Columns that sequences have, and those that may not even be parts of them.
_OF_SEQUENCES = (_OneHotColumn, _EmbeddingColumn, _RealValuedColumn, _RealValuedVarLenColumn)
_NEVER_OF_SEQUENCES = (_ScatteredEmbeddingColumn, _BucketizedColumn, _CrossedColumn)


def _parts(column: Any) -> list[Any]:
    """The columns that a column is made of."""
    if isinstance(column, (_WeightedSparseColumn, _OneHotColumn, _EmbeddingColumn)):
        return [column.sparse_id_column]
    if isinstance(column, _BucketizedColumn):
        return [column.source_column]
    return list(column.columns) if isinstance(column, _CrossedColumn) else []


def _check_sequence_columns(feature_columns: Any) -> None:
    for column in feature_columns:
        if not isinstance(column, _OF_SEQUENCES):
            raise ValueError(
                f"FeatureColumn type {type(column).__name__} is not currently supported for "
                "sequence data."
            )
    waiting = list(feature_columns)
    while waiting:
        column = waiting.pop(0)
        if isinstance(column, _NEVER_OF_SEQUENCES):
            raise ValueError(
                f"Column {column.name} is of type {type(column).__name__}, which is not currently "
                "supported for sequences."
            )
        waiting.extend(_parts(column))


@export("contrib.layers.sequence_input_from_feature_columns")
@experimental
def sequence_input_from_feature_columns(
    columns_to_tensors: dict[Any, Any],
    feature_columns: Any,
    weight_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """All columns of sequences side by side, in the order of their keys, [batch, steps, sum of
    sizes]. Stands for `tf.contrib.layers.sequence_input_from_feature_columns`.

    Args:
      columns_to_tensors: the features by name, with an axis for steps.
      feature_columns: columns of numbers, embeddings, and one-hot ones.
      weight_collections, trainable, scope: as of `input_from_feature_columns`.

    Raises:
      ValueError: a column is of another kind, or columns are the same.
    """
    _check_sequence_columns(feature_columns)
    return _side_by_side(
        columns_to_tensors,
        feature_columns,
        weight_collections,
        trainable,
        scope,
        output_rank=3,
        default_name="sequence_input_from_feature_columns",
    )


@export("contrib.layers.weighted_sum_from_feature_columns")
def weighted_sum_from_feature_columns(
    columns_to_tensors: dict[Any, Any],
    feature_columns: Any,
    num_outputs: int,
    weight_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> tuple[Any, dict[Any, Any], Any]:
    """A linear model. Stands for `tf.contrib.layers.weighted_sum_from_feature_columns`.

    Args:
      columns_to_tensors: the features by name.
      feature_columns: columns of numbers and of categories.
      num_outputs: how many sums there are.
      weight_collections, trainable, scope: as of `input_from_feature_columns`.

    Returns:
      The sums, [batch, num_outputs]; the variables by column; the bias.

    Raises:
      ValueError: a column is of another kind, or columns are the same.
    """
    columns_to_tensors = columns_to_tensors.copy()
    check_feature_columns(feature_columns)
    name = "weighted_sum_from_feature_columns"
    values = columns_to_tensors.values()
    with variable_scope.variable_scope(scope, default_name=name, values=values):
        transformer = _Transformer(columns_to_tensors)
        sums, variables = [], {}
        for column in _in_order(feature_columns):
            transformed = transformer.transform(column)
            made, weights = _weighted(
                column, transformed, values, num_outputs, trainable, weight_collections
            )
            sums.append(array_ops.reshape(made, shape=(-1, num_outputs)))
            variables[column] = weights
            restore(column, weights)
        total = math_ops.add_n(sums)
        total, bias = _with_bias(total, num_outputs, trainable, weight_collections)
        return total, variables, bias


def _with_bias(total: Any, size: int, trainable: bool, collections: Any) -> tuple[Any, Any]:
    """Sums with a bias, and the bias."""
    bias = model_variable(
        "bias_weight",
        shape=[size],
        initializer=init_ops.zeros_initializer(),
        trainable=trainable,
        collections=_with_global(collections),
    )
    if hasattr(bias, "device"):  # no partitioned one
        logging.info("Created variable %s, with device=%s", bias.name, bias.device)
    return bias_ops.bias_add(total, bias), bias


def _weighted(
    column: Any, transformed: Any, values: Any, size: int, trainable: bool, collections: Any
) -> tuple[Any, list[Any]]:
    """A column's weighted sum, and its weights."""
    options = {
        "initializer": init_ops.zeros_initializer(),
        "trainable": trainable,
        "collections": collections,
    }
    try:
        arguments = column._wide_embedding_lookup_arguments(transformed)
        with variable_scope.variable_scope(None, default_name=column.name, values=values):
            options["initializer"] = arguments.initializer
            return _looked_up(arguments, size, f"{column.name}_weights", options)
    except NotImplementedError:
        with variable_scope.variable_scope(None, default_name=column.name, values=values):
            numbers = _maybe_reshape_input_tensor(
                column._to_dense_tensor(transformed), column.name, 2
            )
            shape = [numbers.get_shape()[1], size]
            weights = model_variable(name="weight", shape=shape, **options)
            return math_ops.matmul(numbers, weights, name="matmul"), [weights]
    except ValueError as error:
        raise ValueError(
            f"Error creating weighted sum for column: {column.name}.\n{error}"
        ) from error


def _looked_up(
    lookup: _LinearEmbeddingLookupArguments, size: int, name: str, options: dict[str, Any]
) -> tuple[Any, list[Any]]:
    weights = model_variable(
        name="weights", shape=[lookup.vocab_size, size], dtype=dtypes.float32, **options
    )
    parts = parts_of(weights)
    found = embedding_ops.safe_embedding_lookup_sparse(
        parts,
        lookup.input_tensor,
        sparse_weights=lookup.weight_tensor,
        combiner=lookup.combiner,
        name=name,
    )
    return found, parts


def _maybe_reshape_input_tensor(tensor: Any, column_name: str, output_rank: int) -> Any:
    """A tensor or SparseTensor with another rank: an axis more, or the last ones as one."""
    is_sparse = isinstance(tensor, SparseTensor)
    rank = tensor.get_shape().ndims
    if rank is None and is_sparse:
        rank = tensor.dense_shape.get_shape().as_list()[0]
    if rank is None:
        raise ValueError(
            f"Error while processing column {column_name}. Rank of input Tensor can not be None."
        )
    if output_rank > rank + 1:
        raise ValueError(
            f"Error while processing column {column_name}. Rank of input Tensor ({rank}) should be "
            f"the same as output_rank ({output_rank}). For example, sequence data should typically "
            "be 3 dimensional (rank 3) while non-sequence data is typically 2 dimensional (rank 2)."
        )
    if output_rank <= rank:
        return tensor if output_rank == rank else _inner_flatten(tensor, output_rank)
    if is_sparse:
        return sparse.sparse_reshape(tensor, array_ops.concat([tensor.dense_shape, [1]], 0))
    widened = array_ops.expand_dims(tensor, -1)
    if tensor.get_shape().dims is not None:
        widened.set_shape([*tensor.get_shape().as_list(), 1])
    return widened


@export("contrib.layers.joint_weighted_sum_from_feature_columns")
def joint_weighted_sum_from_feature_columns(
    columns_to_tensors: dict[Any, Any],
    feature_columns: Any,
    num_outputs: int,
    weight_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> tuple[Any, list[Any], Any]:
    """A linear model of categories whose weights are one variable. Stands for
    `tf.contrib.layers.joint_weighted_sum_from_feature_columns`; arguments are those of
    `weighted_sum_from_feature_columns`.

    Returns:
      The sums, [batch, num_outputs]; the variable's parts; the bias.

    Raises:
      NotImplementedError: a column is of numbers.
    """
    columns_to_tensors = columns_to_tensors.copy()
    check_feature_columns(feature_columns)
    name = "joint_weighted_sum_from_feature_columns"
    values = columns_to_tensors.values()
    with variable_scope.variable_scope(scope, default_name=name, values=values):
        transformer = _Transformer(columns_to_tensors)
        lookups = []
        for column in _in_order(feature_columns):
            transformed = transformer.transform(column)
            try:
                lookups.append(column._wide_embedding_lookup_arguments(transformed))
            except NotImplementedError:
                raise NotImplementedError(
                    "Real-valued columns are not supported. Use weighted_sum_from_feature_columns "
                    "instead, or bucketize these columns."
                ) from None
        joint = _joint(lookups)
        with variable_scope.variable_scope(None, default_name="linear_weights", values=values):
            options = {
                "initializer": init_ops.zeros_initializer(),
                "trainable": trainable,
                "collections": weight_collections,
            }
            total, weights = _looked_up(joint, num_outputs, "_weights", options)
        total, bias = _with_bias(total, num_outputs, trainable, weight_collections)
        return total, weights, bias


def _joint(lookups: list[_LinearEmbeddingLookupArguments]) -> _LinearEmbeddingLookupArguments:
    """Several lookups as one, each with ids of its own."""
    begin, tensors = 0, []
    for lookup in lookups:
        assert lookup.weight_tensor is None, (
            "Joint sums for weighted sparse columns are not supported. Please use "
            "weighted_sum_from_feature_columns instead."
        )
        assert lookup.combiner == "sum", (
            "Combiners other than sum are not supported for joint sums. Please use "
            "weighted_sum_from_feature_columns instead."
        )
        ids = lookup.input_tensor
        tensors.append(SparseTensor(ids.indices, ids.values + begin, ids.dense_shape))
        begin += lookup.vocab_size
    assert lookups, "At least one column must be in the model."
    return wide_lookup(sparse.sparse_concat(1, tensors), None, begin, "sum")


@export("contrib.layers.parse_feature_columns_from_examples")
def parse_feature_columns_from_examples(
    serialized: Any, feature_columns: Any, name: str | None = None, example_names: Any = None
) -> dict[Any, Any]:
    """Features read from Examples, and what columns make of them. Stands for
    `tf.contrib.layers.parse_feature_columns_from_examples`.

    Args:
      serialized: Examples as strings.
      feature_columns: columns.
      name: the node's name.
      example_names: names of the Examples, for errors.
    """
    check_feature_columns(feature_columns)
    features = parsing_ops.parse_example(
        serialized=serialized,
        features=create_feature_spec_for_parsing(feature_columns),
        name=name,
        example_names=example_names,
    )
    transformer = _Transformer(features)
    for column in _in_order(feature_columns):
        transformer.transform(column)
    return features


@export("contrib.layers.parse_feature_columns_from_sequence_examples")
def parse_feature_columns_from_sequence_examples(
    serialized: Any,
    context_feature_columns: Any,
    sequence_feature_columns: Any,
    name: str | None = None,
    example_name: Any = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Features read from a SequenceExample. Stands for
    `tf.contrib.layers.parse_feature_columns_from_sequence_examples`.

    Args:
      serialized: a SequenceExample as a string.
      context_feature_columns: columns of its context, or None.
      sequence_feature_columns: columns of its sequences, or None.
      name: the node's name.
      example_name: its name, for errors.

    Returns:
      The features of the context and those of the sequences, by name.

    Raises:
      ValueError: there are several SequenceExamples.
    """
    try:
        serialized = array_ops.reshape(serialized, [])
    except ValueError as error:
        raise ValueError(
            "serialized must contain as single sequence example. Batching must be done after "
            f"parsing for sequence examples. Error: {error}"
        ) from error
    context, sequences = context_feature_columns or [], sequence_feature_columns or []
    check_feature_columns(context)
    context_spec = create_feature_spec_for_parsing(context)
    check_feature_columns(sequences)
    return sequence_parsing.parse_single_sequence_example(
        serialized,
        context_spec,
        _create_sequence_feature_spec_for_parsing(sequences),
        example_name,
        name,
    )


@export("contrib.layers.transform_features")
def transform_features(features: dict[Any, Any], feature_columns: Any) -> dict[Any, Any]:
    """What columns make of features, by column. Stands for
    `tf.contrib.layers.transform_features`."""
    made = features.copy()
    check_feature_columns(feature_columns)
    transformer = _Transformer(made)
    for column in _in_order(feature_columns):
        transformer.transform(column)
    return {key: value for key, value in made.items() if key in feature_columns}


@export("contrib.layers.infer_real_valued_columns")
def infer_real_valued_columns(features: Any) -> list[Any]:
    """Columns of numbers for all features. Stands for
    `tf.contrib.layers.infer_real_valued_columns`.

    Args:
      features: a dict of tensors, or one, whose name is empty.

    Raises:
      ValueError: one is sparse, or has no numbers.
    """
    if not isinstance(features, dict):
        return [_inferred("", features)]
    return [_inferred(name, tensor) for name, tensor in features.items()]


def _inferred(name: str, tensor: Any) -> Any:
    please = "for auto detection. Please define corresponding FeatureColumn for tensor {} {}."
    if isinstance(tensor, SparseTensor):
        raise ValueError(f"SparseTensor is not supported {please}", name, tensor)
    if not (tensor.dtype.is_integer or tensor.dtype.is_floating):
        raise ValueError(
            f"Non integer or non floating types are not supported {please}", name, tensor
        )
    dimension = 1
    for size in tensor.get_shape().as_list()[1:]:
        dimension *= size
    return real_valued_column(name, dimension=dimension, dtype=tensor.dtype)
