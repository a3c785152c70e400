"""Layers that are attributes of layers, alone or in lists and dicts, and variables that are."""

from typing import Any

from evergraph.api.resource_variable_ops import _UnreadVariable
from evergraph.api.variables import Variable
from evergraph.base import nest
from evergraph.base.object_identity import ObjectIdentityDictionary
from evergraph.library.keras.backend import track_variable
from evergraph.library.module import Module
from evergraph.library.train.tracking.data_structures import sticky_attribute_assignment
from evergraph.library.train.tracking.layer_utils import (
    filter_empty_layer_containers,
    has_weights,
    is_layer,
)
from evergraph.library.train.tracking.tracking import AutoTrackable


class Nested(Module):
    """What layers are as owners of layers: attributes become parts, and their weights count."""

    _TF_MODULE_IGNORED_PROPERTIES = Module._TF_MODULE_IGNORED_PROPERTIES | {"_reference_counts"}

    _is_layer = True

    def _own(self, name: str, default: Any) -> Any:
        """An attribute that may be needed before the constructor runs."""
        return self.__dict__.setdefault(name, default)

    def __setattr__(self, name: str, value: Any) -> None:
        # Not AutoTrackable's, which knows nothing of layers.
        assign = super(AutoTrackable, self).__setattr__
        if not self._setattr_tracking or hasattr(type(self), name):
            try:
                assign(name, value)
            except AttributeError:
                raise AttributeError(
                    f'Can\'t set the attribute "{name}", likely because it conflicts with an '
                    "existing read-only @property of the object. Please choose a different name."
                ) from None
            return
        value = sticky_attribute_assignment(trackable=self, value=value, name=name)
        counts = self._own("_reference_counts", ObjectIdentityDictionary())
        counts[value] = counts.get(value, 0) + 1
        if name in self.__dict__:
            self.__delattr__(name)
        if is_layer(value) or has_weights(value):
            layers = self._own("_layers", [])
            if not any(layer is value for layer in layers):
                layers.append(value)
                if hasattr(value, "_use_resource_variables"):
                    value._use_resource_variables = True
        for leaf in nest.flatten(value):
            if isinstance(leaf, Variable) and not isinstance(leaf, _UnreadVariable):
                kind = "_trainable_weights" if leaf.trainable else "_non_trainable_weights"
                weights = self._own(kind, [])
                if not any(weight is leaf for weight in weights):
                    weights.append(leaf)
                    track_variable(leaf)
        assign(name, value)

    def __delattr__(self, name: str) -> None:
        value = getattr(self, name, None)
        counts = self._own("_reference_counts", ObjectIdentityDictionary())
        remaining = counts.get(value, 0) - 1
        super(AutoTrackable, self).__delattr__(name)
        if remaining > 0:
            counts[value] = remaining
            return
        if counts.pop(value, None) is None:
            return
        # The last attribute that was this one.
        if is_layer(value) or has_weights(value):
            self.__dict__["_layers"] = [x for x in self._own("_layers", []) if x is not value]
        if isinstance(value, Variable):
            for kind in ("_trainable_weights", "_non_trainable_weights"):
                self.__dict__[kind] = [w for w in self._own(kind, []) if w is not value]

    def _gather_children_attribute(self, attribute: str) -> list[Any]:
        """What the layers in it have as `attribute`, one list after the other."""
        layers = filter_empty_layer_containers(self.__dict__.get("_layers", ()))
        return [item for layer in layers for item in getattr(layer, attribute)]
