"""`tf.contrib.linear_optimizer.SDCAOptimizer`."""

from typing import Any

from evergraph.api import array_ops, control_flow_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies
from evergraph.library.contrib.layers.crossed_column import _CrossedColumn
from evergraph.library.contrib.layers.feature_column import _BucketizedColumn, _RealValuedColumn
from evergraph.library.contrib.layers.sparse_columns import _SparseColumn, _WeightedSparseColumn
from evergraph.library.contrib.linear_optimizer.sdca_ops import SdcaModel
from evergraph.library.estimator.sdca_model import SparseFeatureColumn, pruned_column


@export("contrib.linear_optimizer.SDCAOptimizer")
class SDCAOptimizer:
    """The optimizer of `tf.contrib.learn`'s linear estimators that trains by stochastic dual
    coordinate ascent. Stands for `tf.contrib.linear_optimizer.SDCAOptimizer`.

    Args:
      example_id_column: the name of a feature, strings that tell examples apart.
      num_loss_partitions: how many steps run at a time.
      num_table_shards: in how many parts the state of the examples is kept.
      symmetric_l1_regularization, symmetric_l2_regularization: their strengths; the second is
        positive.
      adaptive: whether examples that can move the weights come sooner.
      partitioner: of the weights.
    """

    def __init__(
        self,
        example_id_column: str,
        num_loss_partitions: int = 1,
        num_table_shards: int | None = None,
        symmetric_l1_regularization: float = 0.0,
        symmetric_l2_regularization: float = 1.0,
        adaptive: bool = True,
        partitioner: Any = None,
    ) -> None:
        self._example_id_column = example_id_column
        self._options: dict[str, Any] = {
            "num_loss_partitions": num_loss_partitions,
            "num_table_shards": num_table_shards,
            "symmetric_l1_regularization": symmetric_l1_regularization,
            "symmetric_l2_regularization": symmetric_l2_regularization,
            "adaptive": adaptive,
        }
        self._partitioner = partitioner

    def get_name(self) -> str:
        """The optimizer's name."""
        return "SDCAOptimizer"

    @property
    def example_id_column(self) -> str:
        """The name of the feature that tells examples apart."""
        return self._example_id_column

    @property
    def num_loss_partitions(self) -> Any:
        """How many steps run at a time."""
        return self._options["num_loss_partitions"]

    @property
    def num_table_shards(self) -> Any:
        """In how many parts the state of the examples is kept."""
        return self._options["num_table_shards"]

    @property
    def symmetric_l1_regularization(self) -> Any:
        """How strong the L1 regularization is."""
        return self._options["symmetric_l1_regularization"]

    @property
    def symmetric_l2_regularization(self) -> Any:
        """How strong the L2 regularization is."""
        return self._options["symmetric_l2_regularization"]

    @property
    def adaptive(self) -> Any:
        """Whether examples that can move the weights come sooner."""
        return self._options["adaptive"]

    @property
    def partitioner(self) -> Any:
        """What partitions the weights, or None."""
        return self._partitioner

    @staticmethod
    def _dense_feature(tensor: Any) -> Any:
        """A feature as a matrix."""
        check = control_flow_ops.Assert(
            math_ops.less_equal(array_ops.rank(tensor), 2),
            ["transformed_tensor should have rank at most 2."],
        )
        with control_dependencies([check]):
            return array_ops.reshape(tensor, [array_ops.shape(tensor)[0], -1])

    @staticmethod
    def _nonzero_feature(tensor: Any) -> SparseFeatureColumn:
        """What is not zero in a matrix."""
        places = array_ops.where(math_ops.not_equal(tensor, math_ops.cast(0.0, tensor.dtype)))
        values = math_ops.cast(array_ops.gather_nd(tensor, places), dtypes.float32)
        rows, columns = array_ops.split(value=places, num_or_size_splits=2, axis=1)
        return SparseFeatureColumn(
            array_ops.reshape(rows, [-1]),
            array_ops.reshape(columns, [-1]),
            array_ops.reshape(values, [-1]),
        )

    @staticmethod
    def _sparse_feature(column: Any, tensor: Any) -> SparseFeatureColumn:
        if isinstance(column, _WeightedSparseColumn):
            ids = column.id_tensor(tensor)
            weights = array_ops.reshape(column.weight_tensor(tensor).values, [-1])
        else:
            ids = tensor
            weights = array_ops.ones([array_ops.shape(ids.indices)[0]], dtypes.float32)
        examples = array_ops.reshape(ids.indices[:, 0], [-1])
        return pruned_column(examples, array_ops.reshape(ids.values, [-1]), weights)

    def get_train_step(
        self,
        columns_to_variables: Any,
        weight_column_name: Any,
        loss_type: str,
        features: Any,
        targets: Any,
        global_step: Any,
    ) -> tuple[SdcaModel, Any]:
        """The model of a linear function of columns, and a step of its training.

        Raises:
          ValueError: a column is of another kind.
        """
        dense: list[Any] = []
        dense_weights: list[Any] = []
        sparse: list[Any] = []
        sparse_weights: list[Any] = []
        for column in sorted(columns_to_variables, key=lambda c: c.key):
            tensor, weights = features[column], columns_to_variables[column]
            if isinstance(column, _RealValuedColumn):
                dense.append(self._dense_feature(tensor))
                dense_weights.append(weights[0])
                continue
            if isinstance(column, _BucketizedColumn):
                sparse.append(self._nonzero_feature(column._to_dnn_input_layer(tensor)))
            elif isinstance(column, (_WeightedSparseColumn, _CrossedColumn, _SparseColumn)):
                sparse.append(self._sparse_feature(column, tensor))
            else:
                raise ValueError(
                    f"SDCAOptimizer does not support column type {type(column).__name__}."
                )
            sparse_weights.append(weights if len(weights) > 1 else weights[0])
        if weight_column_name:
            example_weights = array_ops.reshape(features[weight_column_name], shape=[-1])
        else:
            example_weights = array_ops.ones([targets.get_shape()[0]])
        labels = math_ops.cast(array_ops.reshape(targets, shape=[-1]), dtypes.float32)
        model = SdcaModel(
            examples={
                "sparse_features": sparse,
                "dense_features": dense,
                "example_labels": labels,
                "example_weights": example_weights,
                "example_ids": features[self._example_id_column],
            },
            variables={
                "sparse_features_weights": sparse_weights,
                "dense_features_weights": dense_weights,
            },
            options={**self._options, "loss_type": loss_type},
        )
        return model, model.minimize(global_step=global_step)
