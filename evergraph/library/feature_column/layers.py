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
    LazyBuilder,
    check_batch_sizes,
    checked_columns,
)
from evergraph.library.feature_column.linear_model import sum_of_categories, sum_of_numbers
from evergraph.library.keras.engine import base_layer


class StateManager:
    """Makes and keeps a layer's variables, by column and name.

    Raises:
      ValueError: from `create_variable` of a name that is there, `get_variable` of one that is not.
    """

    # What makes the variables: the variable scope, so that they may be partitioned.
    _getter: dict[str, Any] = {"getter": variable_scope.get_variable}

    def __init__(self, layer: base_layer.Layer, trainable: bool) -> None:
        self._layer, self._trainable = layer, trainable
        self._variables: dict[tuple[Any, str], Any] = {}

    def create_variable(
        self,
        feature_column: Any,
        name: str,
        shape: Any,
        dtype: Any = None,
        trainable: bool = True,
        use_resource: bool = True,
        initializer: Any = None,
    ) -> Any:
        """Makes a variable of the layer."""
        if (feature_column, name) in self._variables:
            raise ValueError("Variable already exists.")
        variable = self._layer.add_weight(
            name=name,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            trainable=self._trainable and trainable,
            use_resource=use_resource,
            **self._getter,
        )
        self._variables[feature_column, name] = variable
        return variable

    def get_variable(self, feature_column: Any, name: str) -> Any:
        """A variable that was made."""
        if (feature_column, name) not in self._variables:
            raise ValueError("Variable does not exist.")
        return self._variables[feature_column, name]


def _sorted(feature_columns: Any) -> list[Any]:
    return sorted(checked_columns(feature_columns), key=lambda column: column.name)


def _check_features(features: Any) -> None:
    if not isinstance(features, dict):
        raise ValueError(f"We expected a dictionary here. Instead we got: {features}")


@export("keras.layers.DenseFeatures")
class DenseFeatures(base_layer.Layer):
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

    _state_manager_type = StateManager

    def __init__(
        self, feature_columns: Any, trainable: bool = True, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, trainable=trainable, **kwargs)
        self._feature_columns = _sorted(feature_columns)
        self._state_manager = self._state_manager_type(self, self.trainable)
        for column in self._feature_columns:
            if not isinstance(column, DenseColumn):
                raise ValueError(
                    f"Items of feature_columns must be a {DenseColumn}. You can wrap a "
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

    def call(  # type: ignore[override]
        self, features: Any, cols_to_output_tensors: dict[Any, Any] | None = None
    ) -> Tensor:
        """The columns' values for features (tensors by name); `cols_to_output_tensors` is filled
        with each column's."""
        _check_features(features)
        cache = LazyBuilder(features)
        outputs = []
        for column in self._feature_columns:
            with name_scope(column.name):
                tensor = column.get_dense_tensor(cache, self._state_manager)
                size = column._variable_shape.num_elements()
                output = array_ops.reshape(tensor, shape=(array_ops.shape(tensor)[0], size))
                if cols_to_output_tensors is not None:
                    cols_to_output_tensors[column] = output
                outputs.append(output)
        check_batch_sizes(outputs, self._feature_columns)
        return array_ops.concat(outputs, -1)

    def get_config(self) -> dict[str, Any]:
        """The layer's arguments, written down."""
        columns = serialization.serialize_feature_columns(self._feature_columns)
        return {**super().get_config(), "feature_columns": columns}

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> "DenseFeatures":
        """The layer of such arguments."""
        columns = serialization.deserialize_feature_columns(
            config["feature_columns"], custom_objects
        )
        return cls(**{**config, "feature_columns": columns})

    def compute_output_shape(self, input_shape: Any) -> Any:
        """[batch, sum of sizes]."""
        sizes = (c._variable_shape.num_elements() for c in self._feature_columns)
        return (input_shape[0], sum(sizes))


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
        self._feature_columns = _sorted(feature_columns)
        for column in self._feature_columns:
            if not isinstance(column, DenseColumn | CategoricalColumn):
                raise ValueError(
                    "Items of feature_columns must be either a DenseColumn or CategoricalColumn. "
                    f"Given: {column}"
                )
        self._units = units
        self._sparse_combiner = sparse_combiner
        self._state_manager = StateManager(self, self.trainable)
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        zeros = init_ops.zeros_initializer()
        given = {"dtype": dtypes.float32, "initializer": zeros, "trainable": self.trainable}
        with variable_scope._pure_variable_scope(self.name):
            for column in self._feature_columns:
                with variable_scope._pure_variable_scope(column.name):
                    column.create_state(self._state_manager)
                    if isinstance(column, CategoricalColumn):
                        rows = column._num_buckets
                    else:
                        rows = column._variable_shape.num_elements()
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
        _check_features(features)
        with name_scope(self.name):
            cache = LazyBuilder(features)
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

    def _sum(self, column: Any, cache: LazyBuilder) -> Tensor:
        weights = self._state_manager.get_variable(column, "weights")
        if isinstance(column, CategoricalColumn):
            pair = column.get_sparse_tensors(cache, self._state_manager)
            return sum_of_categories(pair, weights, self._sparse_combiner)
        tensor = column.get_dense_tensor(cache, self._state_manager)
        return sum_of_numbers(tensor, column, weights)


class LinearModel(base_layer.Layer):
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
