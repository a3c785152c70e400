"""What is built of columns of sequences."""

from typing import Any

from evergraph.api import array_ops, check_ops, shape_checks, variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.feature_column.columns import (
    FeatureTransformationCache,
    LazyBuilder,
    SequenceDenseColumn,
    check_batch_sizes,
    checked_columns,
)
from evergraph.library.feature_column.layers import _BaseFeaturesLayer, check_features


@export("keras.experimental.SequenceFeatures")
class SequenceFeatures(_BaseFeaturesLayer):
    """All columns of sequences side by side, in the order of their names, [batch, steps, sum of
    sizes], and how many steps each example has, [batch]. Stands for
    `tf.keras.experimental.SequenceFeatures`.

    Args:
      feature_columns: columns of sequences of numbers; embedding and indicator columns of sequences
        of categories.
      trainable: whether variables are trained.
      name: the layer's name.
      **kwargs: as of Layer.

    Raises:
      ValueError: an item that is no such column, a name used twice, no column.
    """

    def __init__(
        self, feature_columns: Any, trainable: bool = True, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(feature_columns, SequenceDenseColumn, trainable, name, **kwargs)

    @property
    def _is_feature_layer(self) -> bool:
        return True

    def _target_shape(self, input_shape: Any, size: Any) -> Any:
        return (input_shape[0], input_shape[1], size)

    def call(self, features: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        """The columns' values and the lengths for features: tensors by name."""
        check_features(features)
        cache = FeatureTransformationCache(features)
        outputs, lengths = [], []
        for column in self._feature_columns:
            with name_scope(column.name):
                pair = column.get_sequence_dense_tensor(cache, self._state_manager)
                outputs.append(self._flat(column, pair.dense_tensor))
                lengths.append(pair.sequence_length)
        check_batch_sizes(lengths, self._feature_columns)
        length = _assert_all_equal_and_return(lengths)
        return self._side_by_side(outputs), length


def _assert_all_equal_and_return(tensors: list[Tensor], name: str | None = None) -> Tensor:
    """The first of tensors that are equal; those that are not fail when run."""
    with name_scope(name, "assert_all_equal", values=tensors):
        if len(tensors) == 1:
            return tensors[0]
        checks = [check_ops.assert_equal(tensors[0], other) for other in tensors[1:]]
        with control_dependencies(checks):
            return array_ops.identity(tensors[0])


@export("contrib.feature_column.sequence_input_layer")
def sequence_input_layer(
    features: dict[str, Any],
    feature_columns: Any,
    weight_collections: Any = None,
    trainable: bool = True,
) -> tuple[Tensor, Tensor]:
    """As `tf.keras.experimental.SequenceFeatures`, with variables of variable scopes. Stands for
    `tf.contrib.feature_column.sequence_input_layer`.

    Args:
      features: tensors or SparseTensors by the names of features.
      feature_columns: columns of sequences.
      weight_collections: the collections to put variables into.
      trainable: whether variables are trained.

    Returns:
      The columns side by side, [batch, steps, sum of sizes], and how many steps each example has.

    Raises:
      ValueError: an item that is no such column, a name used twice, no column.
    """
    columns = checked_columns(feature_columns)
    for column in columns:
        if not isinstance(column, SequenceDenseColumn):
            raise ValueError(
                "All feature_columns must be of type _SequenceDenseColumn. You can wrap a "
                "sequence_categorical_column with an embedding_column or indicator_column. "
                f"Given (type {type(column)}): {column}"
            )
    columns = sorted(columns, key=lambda column: column.name)
    values = features.values()
    with variable_scope.variable_scope(None, default_name="sequence_input_layer", values=values):
        builder = LazyBuilder(features)
        outputs, lengths = [], []
        for column in columns:
            with variable_scope.variable_scope(None, default_name=column._var_scope_name):
                tensor, length = column._get_sequence_dense_tensor(
                    builder, weight_collections=weight_collections, trainable=trainable
                )
                size = column._variable_shape.num_elements()
                shape = array_ops.shape(tensor)
                outputs.append(array_ops.reshape(tensor, shape=[shape[0], shape[1], size]))
                lengths.append(length)
        check_batch_sizes(outputs, columns)
        check_batch_sizes(lengths, columns)
        same_length = _assert_all_equal_and_return(lengths)
        return array_ops.concat(outputs, -1), same_length


def concatenate_context_input(context_input: Any, sequence_input: Any) -> Tensor:
    """Numbers of sequences with those of examples after them in each step.

    Args:
      context_input: [batch, n], float32.
      sequence_input: [batch, steps, m], float32.

    Returns:
      [batch, steps, m + n].
    """
    checks = []
    for tensor, name, rank in (
        (sequence_input, "sequence_input", 3),
        (context_input, "context_input", 2),
    ):
        checks.append(
            shape_checks.assert_rank(
                tensor,
                rank,
                message=f"{name} must have rank {rank}",
                data=[array_ops.shape(tensor)],
            )
        )
        message = f"{name} must have dtype float32; got {tensor.dtype}."
        checks.append(check_ops.assert_type(tensor, dtypes.float32, message=message))
    with control_dependencies(checks):
        steps = array_ops.shape(sequence_input)[1]
        multiples = array_ops.concat([[1], [steps], [1]], 0)
        repeated = array_ops.tile(array_ops.expand_dims(context_input, 1), multiples)
    return array_ops.concat([sequence_input, repeated], 2)
