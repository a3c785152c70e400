"""`tf.feature_column.linear_model`."""

from typing import Any

from evergraph.api import (
    array_ops,
    embedding_ops,
    init_ops,
    math_ops,
    nn_ops,
    sparse_ops,
    variable_scope,
)
from evergraph.api.variables import PartitionedVariable
from evergraph.base.export import export
from evergraph.graph.defaults import add_to_collection, get_collection
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.feature_column.columns import (
    CategoricalColumn,
    DenseColumn,
    IdWeightPair,
    LazyBuilder,
    check_batch_sizes,
    checked_columns,
)
from evergraph.library.feature_column.input_layer import collections_of
from evergraph.library.keras.engine import base_layer
from evergraph.library.layers.base import Layer


@export("feature_column.linear_model")
def linear_model(
    features: dict[str, Any],
    feature_columns: Any,
    units: int = 1,
    sparse_combiner: str = "sum",
    weight_collections: Any = None,
    trainable: bool = True,
    cols_to_vars: dict[Any, Any] | None = None,
) -> Tensor:
    """A linear function of columns, [batch, units]: weights of each column, and a bias. Stands
    for `tf.feature_column.linear_model`.

    Args:
      features: tensors or SparseTensors by the names of features.
      feature_columns: dense and categorical columns.
      units: how many numbers are predicted.
      sparse_combiner: "sum", "mean" or "sqrtn": how the weights of an example's categories are
        combined in a categorical column.
      weight_collections: more collections to put variables into.
      trainable: whether variables are trained.
      cols_to_vars: is filled with each column's variables, and those under "bias".

    Raises:
      ValueError: an item that is neither kind of column, a name used twice, no column, batch
        sizes that differ.
    """
    with variable_scope.variable_scope(None, "linear_model") as scope:
        name = _last_part(scope.name)
    model = LinearModel(
        feature_columns=feature_columns,
        units=units,
        sparse_combiner=sparse_combiner,
        weight_collections=weight_collections,
        trainable=trainable,
        name=name,
    )
    predictions = model(features)
    if cols_to_vars is not None:
        cols_to_vars.update(model.cols_to_vars())
    return predictions


def _last_part(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _parts(variable: Any) -> list[Any]:
    return list(variable) if isinstance(variable, PartitionedVariable) else [variable]


class _Weights(Layer):
    """A layer with one variable of zeros that is put into collections."""

    def __init__(self, name: str | None, trainable: bool, collections: list[str]) -> None:
        super().__init__(trainable=trainable, name=name)
        self._weight_collections = collections

    def _add_zeros(self, name: str, shape: Any) -> Any:
        variable = self.add_variable(
            name=name,
            shape=shape,
            initializer=init_ops.zeros_initializer(),
            trainable=self.trainable,
        )
        for collection in self._weight_collections:
            # The variable scope has put it there already.
            if collection == GraphKeys.GLOBAL_VARIABLES:
                continue
            for part in _parts(variable):
                add_to_collection(collection, part)
        return variable


class _ColumnLayer(_Weights):
    """What one column adds to the sum."""

    def __init__(self, column: Any, units: int, combiner: str, *common: Any) -> None:
        super().__init__(*common)
        self._feature_column = column
        self._units = units
        self._sparse_combiner = combiner

    def build(self, input_shape: Any) -> None:
        column = self._feature_column
        if isinstance(column, CategoricalColumn):
            rows = column._num_buckets
        else:
            rows = column._variable_shape.num_elements()
        self._weight_var = self._add_zeros("weights", (rows, self._units))
        self.built = True

    def call(self, inputs: LazyBuilder) -> Tensor:  # type: ignore[override]
        column = self._feature_column
        given = {"weight_collections": self._weight_collections, "trainable": self.trainable}
        if isinstance(column, CategoricalColumn):
            pair = column._get_sparse_tensors(inputs, **given)
            return sum_of_categories(pair, self._weight_var, self._sparse_combiner)
        tensor = column._get_dense_tensor(inputs, **given)
        return sum_of_numbers(tensor, column, self._weight_var)


def sum_of_categories(pair: IdWeightPair, weights: Any, combiner: str) -> Tensor:
    """The weights of each example's categories, combined."""
    return embedding_ops.safe_embedding_lookup_sparse(
        weights,
        _flat_rows(pair.id_tensor),
        sparse_weights=None if pair.weight_tensor is None else _flat_rows(pair.weight_tensor),
        combiner=combiner,
        name="weighted_sum",
    )


def sum_of_numbers(tensor: Tensor, column: Any, weights: Any) -> Tensor:
    """Each example's numbers times weights."""
    size = column._variable_shape.num_elements()
    flat = array_ops.reshape(tensor, shape=(array_ops.shape(tensor)[0], size))
    return math_ops.matmul(flat, weights, name="weighted_sum")


def _flat_rows(tensor: Any) -> Any:
    return sparse_ops.sparse_reshape(tensor, [array_ops.shape(tensor)[0], -1])


class _BiasLayer(_Weights):
    def __init__(self, units: int, *common: Any) -> None:
        super().__init__(*common)
        self._units = units

    def build(self, input_shape: Any) -> None:
        self._bias_variable = self._add_zeros("bias_weights", [self._units])
        self.built = True

    def call(self, inputs: Any) -> Any:  # type: ignore[override]
        return self._bias_variable


class LinearModel(base_layer.Layer):
    """The layers of a linear model: one for each column, and the bias."""

    def __init__(
        self,
        feature_columns: Any,
        units: int = 1,
        sparse_combiner: str = "sum",
        weight_collections: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self._feature_columns = checked_columns(feature_columns)
        collections = collections_of(weight_collections)
        self._column_layers = {}
        for column in sorted(self._feature_columns, key=lambda column: column.name):
            with variable_scope.variable_scope(None, column._var_scope_name) as scope:
                layer_name = _last_part(scope.name)
            self._column_layers[layer_name] = _ColumnLayer(
                column, units, sparse_combiner, layer_name, trainable, collections
            )
        self._bias_layer = _BiasLayer(units, "bias_layer", trainable, collections)
        self._cols_to_vars: dict[Any, Any] = {}

    def cols_to_vars(self) -> dict[Any, Any]:
        """The variables of each column, and of "bias", after the model was called."""
        return self._cols_to_vars

    def call(self, inputs: Any) -> Tensor:  # type: ignore[override]
        """The predictions, [batch, units]."""
        with variable_scope.variable_scope(self.name):
            for column in self._feature_columns:
                if not isinstance(column, DenseColumn | CategoricalColumn):
                    raise ValueError(
                        "Items of feature_columns must be either a _DenseColumn or "
                        f"_CategoricalColumn. Given: {column}"
                    )
            layers = sorted(self._column_layers.values(), key=lambda layer: layer.name)
            builder = LazyBuilder(inputs)
            sums = []
            for layer in layers:
                sums.append(layer(builder))
                found = get_collection(GraphKeys.GLOBAL_VARIABLES, layer.scope_name)
                self._cols_to_vars[layer._feature_column] = found
            check_batch_sizes(sums, [layer._feature_column for layer in layers])
            total = math_ops.add_n(sums, name="weighted_sum_no_bias")
            bias = self._bias_layer(builder, scope=variable_scope.get_variable_scope())
            self._cols_to_vars["bias"] = _parts(self._bias_layer.variables[0])
            return nn_ops.bias_add(total, bias, name="weighted_sum")
