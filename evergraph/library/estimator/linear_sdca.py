"""Linear estimators trained by stochastic dual coordinate ascent."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.library.estimator.sdca_model import SDCAModel, pruned_column
from evergraph.library.feature_column.columns import (
    CategoricalColumn,
    DenseColumn,
    FeatureTransformationCache,
)
from evergraph.library.train.session_run_hook import SessionRunArgs, SessionRunHook


@export("estimator.experimental.LinearSDCA")
class LinearSDCA:
    """The optimizer of LinearClassifier or LinearRegressor that trains by stochastic dual
    coordinate ascent. Stands for `tf.estimator.experimental.LinearSDCA`.

    Labels are binary, or one number; categories of an example are summed.

    Args:
      example_id_column: the name of a feature, strings that tell examples apart.
      num_loss_partitions: how many steps run at a time.
      num_table_shards: in how many parts the state of the examples is kept.
      symmetric_l1_regularization, symmetric_l2_regularization: their strengths; the second is
        positive.
      adaptive: whether examples that can move the weights come sooner.
    """

    def __init__(
        self,
        example_id_column: str,
        num_loss_partitions: int = 1,
        num_table_shards: int | None = None,
        symmetric_l1_regularization: float = 0.0,
        symmetric_l2_regularization: float = 1.0,
        adaptive: bool = False,
    ) -> None:
        self._example_id_column = example_id_column
        self._options = {
            "num_loss_partitions": num_loss_partitions,
            "num_table_shards": num_table_shards,
            "symmetric_l1_regularization": symmetric_l1_regularization,
            "symmetric_l2_regularization": symmetric_l2_regularization,
            "adaptive": adaptive,
        }

    @staticmethod
    def _sparse_feature(column: Any, cache: Any, state_manager: Any) -> Any:
        pair = column.get_sparse_tensors(cache, state_manager)
        ids = pair.id_tensor
        if pair.weight_tensor:
            weights = pair.weight_tensor.values
        else:
            weights = array_ops.ones([array_ops.shape(ids.indices)[0]], dtypes.float32)
        examples = array_ops.reshape(ids.indices[:, 0], [-1])
        values = math_ops.to_int64(array_ops.reshape(ids.values, [-1]))
        return pruned_column(examples, values, weights)

    def get_train_step(
        self,
        state_manager: Any,
        weight_column_name: Any,
        loss_type: str,
        feature_columns: Any,
        features: Any,
        targets: Any,
        bias_var: Any,
        global_step: Any,
    ) -> tuple[SDCAModel, Any]:
        """The model of a linear function of columns, and a step of its training.

        Raises:
          ValueError: a column is neither categorical nor dense of one axis.
        """
        batch_size = array_ops.shape(targets)[0]
        cache = FeatureTransformationCache(features)
        dense: list[Any] = []
        dense_weights: list[Any] = []
        sparse: list[Any] = []
        sparse_weights: list[Any] = []
        for column in sorted(feature_columns, key=lambda c: c.name):
            if isinstance(column, CategoricalColumn):
                sparse.append(self._sparse_feature(column, cache, state_manager))
                sparse_weights.append(state_manager.get_variable(column, "weights"))
            elif isinstance(column, DenseColumn):
                rank = column.variable_shape.ndims
                if rank != 1:
                    raise ValueError(
                        f"Column {type(column).__name__} has rank {rank}, larger than 1."
                    )
                dense.append(column.get_dense_tensor(cache, state_manager))
                dense_weights.append(state_manager.get_variable(column, "weights"))
            else:
                raise ValueError(
                    f"LinearSDCA does not support column type {type(column).__name__}."
                )
        dense.append(array_ops.ones([batch_size, 1]))
        dense_weights.append(bias_var)
        if weight_column_name:
            weights = array_ops.reshape(features[weight_column_name], shape=[-1])
        else:
            weights = array_ops.ones([batch_size])
        model = SDCAModel(
            examples={
                "sparse_features": sparse,
                "dense_features": dense,
                "example_labels": math_ops.to_float(array_ops.reshape(targets, shape=[-1])),
                "example_weights": weights,
                "example_ids": features[self._example_id_column],
            },
            variables={
                "sparse_features_weights": sparse_weights,
                "dense_features_weights": dense_weights,
            },
            options={**self._options, "loss_type": loss_type},
        )
        return model, model.minimize(global_step=global_step)


class UpdateWeightsHook(SessionRunHook):
    """Copies what a step of training changed into the weights, after each step."""

    def __init__(self, model: SDCAModel, train_op: Any) -> None:
        self._model, self._train_op = model, train_op

    def begin(self) -> None:
        self._update = self._model.update_weights(self._train_op)

    def before_run(self, run_context: Any) -> Any:
        return SessionRunArgs(self._update)
