"""What layers are in a SavedModel."""

from collections.abc import Callable
from typing import Any

from evergraph.library.train.tracking.tracking import AutoTrackable


class Saved(AutoTrackable):
    """What `tf.saved_model.save` asks of layers. Mixed into layers."""

    # Functions and objects of a layer, and what is said of it; what makes them knows models, and
    # sets these.
    _parts: Callable[[Any, Any], Any]
    _metadata: Callable[[Any], str]

    @property
    def _object_identifier(self) -> str:
        return "_tf_keras_layer"

    @property
    def _tracking_metadata(self) -> str:
        return self._metadata(self)

    def _list_extra_dependencies_for_serialization(
        self, serialization_cache: Any
    ) -> dict[str, Any]:
        found: dict[str, Any] = self._parts(self, serialization_cache).objects_to_serialize
        return found

    def _list_functions_for_serialization(self, serialization_cache: Any) -> dict[str, Any]:
        own = self._parts(self, serialization_cache).functions_to_serialize
        return own | super()._list_functions_for_serialization(serialization_cache)
