"""`tf.feature_column.input_layer` and `make_parse_example_spec`."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, variable_scope
from evergraph.api.template import make_template
from evergraph.base.export import export
from evergraph.graph.defaults import get_collection, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.feature_column.columns import (
    DenseColumn,
    FeatureColumn,
    LazyBuilder,
    check_batch_sizes,
    checked_columns,
)


def collections_of(weight_collections: Any) -> list[str]:
    """The collections that a model's weights are put into."""
    collections = list(weight_collections or [])
    for needed in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES):
        if needed not in collections:
            collections.append(needed)
    return collections


@export("feature_column.input_layer")
def input_layer(
    features: dict[str, Any],
    feature_columns: Any,
    weight_collections: Any = None,
    trainable: bool = True,
    cols_to_vars: dict[Any, Any] | None = None,
    cols_to_output_tensors: dict[Any, Any] | None = None,
) -> Tensor:
    """All dense columns side by side, in the order of their names, [batch, sum of sizes]. Stands
    for `tf.feature_column.input_layer`.

    Args:
      features: tensors or SparseTensors by the names of features; one axis is given a second.
      feature_columns: dense columns; categorical ones go into an indicator or embedding column.
      weight_collections: more collections to put variables into.
      trainable: whether variables are trained.
      cols_to_vars: is filled with each column's variables.
      cols_to_output_tensors: is filled with each column's tensor.

    Raises:
      ValueError: an item that is no dense column, a name used twice, no column, batch sizes that
        differ.
    """
    columns = _dense_columns(feature_columns)
    collections = collections_of(weight_collections)
    with variable_scope.variable_scope(None, default_name="input_layer", values=features.values()):
        return _side_by_side(
            features, columns, collections, trainable, cols_to_vars, cols_to_output_tensors
        )


def _dense_columns(feature_columns: Any) -> list[Any]:
    """The columns; complains where one is not dense."""
    columns = checked_columns(feature_columns)
    for column in columns:
        if not isinstance(column, DenseColumn):
            raise ValueError(
                "Items of feature_columns must be a _DenseColumn. You can wrap a categorical "
                f"column with an embedding_column or indicator_column. Given: {column}"
            )
    return columns


def _side_by_side(
    features: dict[str, Any],
    columns: list[Any],
    collections: list[str],
    trainable: bool,
    cols_to_vars: dict[Any, Any] | None = None,
    cols_to_output_tensors: dict[Any, Any] | None = None,
) -> Tensor:
    builder = LazyBuilder(features)
    columns = sorted(columns, key=lambda column: column.name)
    outputs = []
    for column in columns:
        with variable_scope.variable_scope(None, default_name=column._var_scope_name):
            output = _flat(column, builder, collections, trainable)
            outputs.append(output)
            if cols_to_vars is not None:
                scope = variable_scope.get_variable_scope().name
                cols_to_vars[column] = get_collection(GraphKeys.GLOBAL_VARIABLES, scope)
            if cols_to_output_tensors is not None:
                cols_to_output_tensors[column] = output
    check_batch_sizes(outputs, columns)
    return array_ops.concat(outputs, 1)


class InputLayer:
    """`input_layer` as an object, whose calls share variables; arguments as of that.

    Args:
      name: of its variable scope.
      create_scope_now: whether the scope is made here, or with the first call.
    """

    def __init__(
        self,
        feature_columns: Any,
        weight_collections: Any = None,
        trainable: bool = True,
        cols_to_vars: dict[Any, Any] | None = None,
        name: str = "feature_column_input_layer",
        create_scope_now: bool = True,
    ) -> None:
        self._feature_columns = feature_columns
        self._weight_collections = weight_collections
        self._trainable = trainable
        self._name = name
        self._template: Any = make_template(name, self._built, create_scope_now_=create_scope_now)

    def _built(self, features: dict[str, Any]) -> Tensor:
        columns = _dense_columns(self._feature_columns)
        collections = collections_of(self._weight_collections)
        return _side_by_side(features, columns, collections, self._trainable)

    def __call__(self, features: dict[str, Any]) -> Tensor:
        """The columns' values for features."""
        return self._template(features=features)  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        """The name."""
        return self._name

    def __getattr__(self, name: str) -> Any:
        """The variables, trainable or not, by the names that layers have for them."""
        if not name.endswith(("variables", "weights")):
            raise AttributeError(name)
        return getattr(self._template, name)


def transform_features(features: dict[str, Any], feature_columns: Any) -> dict[Any, Any]:
    """What each column makes of features, by column."""
    columns = sorted(checked_columns(feature_columns), key=lambda column: column.name)
    outputs = {}
    with name_scope(None, default_name="transform_features", values=features.values()):
        builder = LazyBuilder(features)
        for column in columns:
            with name_scope(None, default_name=column.name):
                outputs[column] = builder.get(column)
    return outputs


def _flat(column: Any, builder: LazyBuilder, collections: list[str], trainable: bool) -> Tensor:
    tensor = column._get_dense_tensor(builder, weight_collections=collections, trainable=trainable)
    size = column._variable_shape.num_elements()
    return array_ops.reshape(tensor, shape=(array_ops.shape(tensor)[0], size))


@export("feature_column.make_parse_example_spec")
def make_parse_example_spec(feature_columns: Any) -> dict[str, Any]:
    """What `tf.io.parse_example` is given as features to read all that columns need. Stands for
    `tf.feature_column.make_parse_example_spec`.

    Raises:
      ValueError: an item that is no column, or columns that read one feature in two ways.
    """
    return joint_spec(feature_columns, "_FeatureColumn", lambda column: column._parse_example_spec)


def joint_spec(feature_columns: Any, kind: str, spec: Callable[[Any], Any]) -> dict[str, Any]:
    """What columns need, each by `spec`, in one dict."""
    result: dict[str, Any] = {}
    for column in feature_columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(f"All feature_columns must be {kind} instances. Given: {column}")
        for key, value in spec(column).items():
            if result.setdefault(key, value) != value:
                raise ValueError(
                    f"feature_columns contain different parse_spec for key {key}. "
                    f"Given {value} and {result[key]}"
                )
    return result
