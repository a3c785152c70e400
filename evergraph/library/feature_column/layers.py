"""Layers of feature columns: `tf.keras.layers.DenseFeatures` and the linear model of estimators.

Here a layer makes the variables of columns, by its state manager, before it uses them; they are
resource variables named by scopes, which may be partitioned.
"""

from typing import Any

from evergraph.api import array_ops, init_ops, math_ops, nn_ops, variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.feature_column import serialization
from evergraph.library.feature_column.columns import (
    CategoricalColumn,
    DenseColumn,
    FeatureTransformationCache,
    check_batch_sizes,
)
from evergraph.library.feature_column.later_names import _normalize_feature_columns
from evergraph.library.feature_column.linear_model import sum_of_categories, sum_of_numbers
from evergraph.library.feature_column.state_manager import _StateManagerImpl
from evergraph.library.keras.engine import base_layer
from evergraph.library.keras.engine.training import Model


def check_features(features: Any) -> None:
    """Complains of features that are not by name."""
    if not isinstance(features, dict):
        raise ValueError("We expected a dictionary here. Instead we got: ", features)


class _BaseFeaturesLayer(base_layer.Layer):
    """A layer of columns side by side.

    Args:
      feature_columns: columns.
      expected_column_type: the class that they must be of.
      trainable: whether variables are trained.
      name: the layer's name.
      **kwargs: as of Layer.

    Raises:
      ValueError: an item of another class, a name used twice, no column.
    """

    def __init__(
        self,
        feature_columns: Any,
        expected_column_type: type,
        trainable: bool,
        name: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, trainable=trainable, **kwargs)
        self._feature_columns = _normalize_feature_columns(feature_columns)
        self._state_manager = _StateManagerImpl(self, self.trainable)
        for column in self._feature_columns:
            if not isinstance(column, expected_column_type):
                raise ValueError(
                    f"Items of feature_columns must be a {expected_column_type}. You can wrap a "
                    "categorical column with an embedding_column or indicator_column. Given: "
                    f"{column}"
                )

    def build(self, _: Any) -> None:  # type: ignore[override]
        """Makes the columns' variables."""
        for column in self._feature_columns:
            with (
                variable_scope._pure_variable_scope(self.name),
                variable_scope._pure_variable_scope(column.name),
            ):
                column.create_state(self._state_manager)
        super().build(None)

    def _target_shape(self, input_shape: Any, size: Any) -> Any:
        """The shape of a value of `size` numbers; `input_shape` begins as that of any column."""
        raise NotImplementedError("Calling an abstract method.")

    def _flat(self, column: Any, tensor: Tensor) -> Tensor:
        """A column's value with its numbers in one axis."""
        shape = self._target_shape(array_ops.shape(tensor), column.variable_shape.num_elements())
        return array_ops.reshape(tensor, shape=shape)

    def _side_by_side(self, tensors: list[Tensor]) -> Tensor:
        check_batch_sizes(tensors, self._feature_columns)
        return array_ops.concat(tensors, -1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """[batch, sum of sizes]; with the steps in between, for sequences."""
        sizes = (c.variable_shape.num_elements() for c in self._feature_columns)
        return self._target_shape(input_shape, sum(sizes))

    def get_config(self) -> dict[str, Any]:
        """The layer's arguments, written down."""
        columns = serialization.serialize_feature_columns(self._feature_columns)
        return {**super().get_config(), "feature_columns": columns}

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """The layer of such arguments."""
        columns = serialization.deserialize_feature_columns(
            config["feature_columns"], custom_objects
        )
        return cls(**{**config, "feature_columns": columns})


@export("keras.layers.DenseFeatures")
class DenseFeatures(_BaseFeaturesLayer):
    """All dense columns side by side, in the order of their names, [batch, sum of sizes]. Stands
    for `tf.keras.layers.DenseFeatures`.

    Args:
      feature_columns: dense columns.
      trainable: whether variables are trained.
      name: the layer's name.
      **kwargs: as of Layer.

    Raises:
      ValueError: an item that is no dense column, a name used twice, no column.
    """

    def __init__(
        self, feature_columns: Any, trainable: bool = True, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(feature_columns, DenseColumn, trainable, name, **kwargs)

    @property
    def _is_feature_layer(self) -> bool:
        return True

    def _target_shape(self, input_shape: Any, size: Any) -> Any:
        return (input_shape[0], size)

    def call(  # type: ignore[override]
        self, features: Any, cols_to_output_tensors: dict[Any, Any] | None = None
    ) -> Tensor:
        """The columns' values for features (tensors by name); `cols_to_output_tensors` is filled
        with each column's."""
        check_features(features)
        cache = FeatureTransformationCache(features)
        outputs = []
        for column in self._feature_columns:
            with name_scope(column.name):
                output = self._flat(column, column.get_dense_tensor(cache, self._state_manager))
                if cols_to_output_tensors is not None:
                    cols_to_output_tensors[column] = output
                outputs.append(output)
        return self._side_by_side(outputs)


class _LinearModelLayer(base_layer.Layer):
    """The weights of a linear model, and the sum."""

    def __init__(
        self,
        feature_columns: Any,
        units: int = 1,
        sparse_combiner: str = "sum",
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, trainable=trainable, **kwargs)
        self._feature_columns = _normalize_feature_columns(feature_columns)
        for column in self._feature_columns:
            if not isinstance(column, DenseColumn | CategoricalColumn):
                raise ValueError(
                    "Items of feature_columns must be either a DenseColumn or CategoricalColumn. "
                    f"Given: {column}"
                )
        self._units = units
        self._sparse_combiner = sparse_combiner
        self._state_manager = _StateManagerImpl(self, self.trainable)
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        zeros = init_ops.zeros_initializer()
        given = {"dtype": dtypes.float32, "initializer": zeros, "trainable": self.trainable}
        with variable_scope._pure_variable_scope(self.name):
            for column in self._feature_columns:
                with variable_scope._pure_variable_scope(column.name):
                    column.create_state(self._state_manager)
                    if isinstance(column, CategoricalColumn):
                        rows = column.num_buckets
                    else:
                        rows = column.variable_shape.num_elements()
                    shape = (rows, self._units)
                    self._state_manager.create_variable(column, "weights", shape, **given)
            self.bias = self.add_weight(
                name="bias_weights",
                shape=[self._units],
                use_resource=True,
                getter=variable_scope.get_variable,
                **given,
            )
        super().build(None)

    def call(self, features: Any) -> Tensor:  # type: ignore[override]
        if not isinstance(features, dict):
            raise ValueError(f"We expected a dictionary here. Instead we got: {features}")
        with name_scope(self.name):
            cache = FeatureTransformationCache(features)
            sums = []
            for column in self._feature_columns:
                with name_scope(column.name):
                    sums.append(self._sum(column, cache))
            check_batch_sizes(sums, self._feature_columns)
            total = math_ops.add_n(sums, name="weighted_sum_no_bias")
            return nn_ops.bias_add(total, self.bias, name="weighted_sum")

    def get_config(self) -> dict[str, Any]:
        columns = serialization.serialize_feature_columns(self._feature_columns)
        own = {
            "feature_columns": columns,
            "units": self._units,
            "sparse_combiner": self._sparse_combiner,
        }
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> "_LinearModelLayer":
        columns = serialization.deserialize_feature_columns(
            config["feature_columns"], custom_objects
        )
        return cls(**{**config, "feature_columns": columns})

    def _sum(self, column: Any, cache: FeatureTransformationCache) -> Tensor:
        weights = self._state_manager.get_variable(column, "weights")
        if isinstance(column, CategoricalColumn):
            pair = column.get_sparse_tensors(cache, self._state_manager)
            return sum_of_categories(pair, weights, self._sparse_combiner)
        tensor = column.get_dense_tensor(cache, self._state_manager)
        return sum_of_numbers(tensor, column, weights)


class LinearModel(Model):
    """A linear function of columns, [batch, units], as estimators have it; else as
    `tf.feature_column.linear_model`."""

    def __init__(
        self,
        feature_columns: Any,
        units: int = 1,
        sparse_combiner: str = "sum",
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.layer = _LinearModelLayer(
            feature_columns, units, sparse_combiner, trainable, self.name, **kwargs
        )

    @property
    def bias(self) -> Any:
        """The variable that is added."""
        return self.layer.bias

    def call(self, features: Any) -> Tensor:  # type: ignore[override]
        """The predictions for features: tensors by name."""
        return self.layer(features)
