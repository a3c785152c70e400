"""DenseFeatures of TensorFlow 2: variables are named by the layer, not by variable scopes."""

from typing import Any

from evergraph.graph.defaults import name_scope
from evergraph.library.feature_column import layers
from evergraph.library.keras.engine import base_layer


class _StateManager(layers.StateManager):
    _getter: dict[str, Any] = {}


class DenseFeatures(layers.DenseFeatures):
    """As `tf.keras.layers.DenseFeatures`; the variables cannot be partitioned."""

    _state_manager_type = _StateManager

    def build(self, _: Any) -> None:  # type: ignore[override]
        """Makes the columns' variables."""
        for column in self._feature_columns:
            with name_scope(column.name):
                column.create_state(self._state_manager)
        base_layer.Layer.build(self, None)
