"""DenseFeatures of TensorFlow 2: variables are named by the layer, not by variable scopes."""

from typing import Any

from evergraph.graph.defaults import name_scope
from evergraph.library.feature_column import layers
from evergraph.library.feature_column.state_manager import _StateManagerImplV2
from evergraph.library.keras.engine import base_layer


class DenseFeatures(layers.DenseFeatures):
    """As `tf.keras.layers.DenseFeatures`; the variables cannot be partitioned."""

    def __init__(
        self, feature_columns: Any, trainable: bool = True, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(feature_columns, trainable, name, **kwargs)
        self._state_manager = _StateManagerImplV2(self, self.trainable)

    def build(self, _: Any) -> None:  # type: ignore[override]
        """Makes the columns' variables."""
        for column in self._feature_columns:
            with name_scope(column.name):
                column.create_state(self._state_manager)
        base_layer.Layer.build(self, None)
