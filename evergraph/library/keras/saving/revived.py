"""Layers and models of SavedModels: their variables, their calls and how they are trained."""

import json
from collections.abc import Callable
from typing import Any, Self

from evergraph.base import nest
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.trackable import Trackable, no_automatic_dependency_tracking_scope
from evergraph.library.keras import regularizers
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.keras.engine.network import Network
from evergraph.library.keras.engine.sequential import Sequential
from evergraph.library.keras.engine.training import Model
from evergraph.library.keras.saving.constants import COMMON_FUNCTIONS, COMMON_OBJECTS, KERAS_API
from evergraph.library.keras.saving.training_config import compile_arguments
from evergraph.library.keras.saving.wrapped_calls import use_wrapped_call
from evergraph.library.keras.utils.generic_utils import deserialize_keras_object
from evergraph.library.saved_model.load import Loader, load_internal
from evergraph.library.train.tracking.tracking import delete_tracking

_KEPT = (*COMMON_FUNCTIONS, *COMMON_OBJECTS, KERAS_API)


class RevivedLayer:
    """What a layer of a SavedModel has beside a layer's own. Mixed into layers."""

    _config: Any
    _serialized_attributes: dict[str, Any]

    @classmethod
    def _init_from_metadata(cls, metadata: dict[str, Any]) -> Self:
        """The layer of what a SavedModel says about it, without its parts."""
        arguments = {name: metadata[name] for name in ("name", "trainable")}
        for name in ("dtype", "batch_input_shape"):
            if metadata.get(name) is not None:
                arguments[name] = metadata[name]
        made = cls(**arguments)
        with no_automatic_dependency_tracking_scope(made):
            made._take_metadata(metadata)
            if metadata.get("input_spec") is not None:
                made.input_spec = _input_specs(metadata["input_spec"])
            if metadata.get("_is_feature_layer") is not None:
                made._is_feature_layer = metadata["_is_feature_layer"]
        return made

    def _take_metadata(self, metadata: dict[str, Any]) -> None:
        self._expects_training_arg = metadata["expects_training_arg"]
        if metadata.get("config") is not None:
            self._config = metadata["config"]
        if metadata.get("activity_regularizer") is not None:
            self.activity_regularizer = regularizers.deserialize(metadata["activity_regularizer"])
        self._serialized_attributes = {}

    def _set_part(self: Any, name: str, value: Any) -> None:
        """Makes an object of the SavedModel an attribute, or what `keras_api` is about."""
        if name not in _KEPT:
            setattr(self, name, value)
            return
        if isinstance(value, Trackable):
            self._track_trackable(value, name=name)
        self._serialized_attributes[name] = value

    @property
    def keras_api(self) -> Any:
        """All functions and lists of objects that the SavedModel has of the layer."""
        return self._serialized_attributes.get(KERAS_API)

    def get_config(self) -> Any:
        """The configuration of the layer that was saved.

        Raises:
          NotImplementedError: it had none.
        """
        if not hasattr(self, "_config"):
            raise NotImplementedError
        return self._config

    def _take_call(self: Any) -> None:
        """Makes the saved function the layer's call."""
        function = getattr(self.keras_api, "call_and_return_conditional_losses", None)
        if function is not None:
            self.call = use_wrapped_call(self, function, as_method=True)
            self._init_call_fn_args()

    def _finish(self: Any) -> None:
        """Takes over losses and regularizer."""
        losses = getattr(self.keras_api, "layer_regularization_losses", None)
        if losses is None:
            losses = self._serialized_attributes.get("regularization_losses", [])
        for loss in losses:
            self.add_loss(loss)
        if self.activity_regularizer is None:
            function = getattr(self.keras_api, "activity_regularizer_fn", None)
            self.activity_regularizer = function
        # Now that all is restored, checkpoints are those of a layer again.
        for name in _KEPT:
            delete_tracking(self, name)


class RevivedNetwork(RevivedLayer):
    """The same of a network."""

    @classmethod
    def _init_from_metadata(cls, metadata: dict[str, Any]) -> Self:
        made = cls(name=metadata["name"])
        with no_automatic_dependency_tracking_scope(made):
            if metadata.get("dtype") is not None:
                made._dtype = metadata["dtype"]
            made.trainable = metadata["trainable"]
            made._take_metadata(metadata)
        return made


class RevivedModel(RevivedNetwork):
    """The same of a model, which knows how it was trained."""

    _training_config: Any

    def _take_metadata(self, metadata: dict[str, Any]) -> None:
        super()._take_metadata(metadata)
        self._training_config = metadata.get("training_config")

    def _set_part(self: Any, name: str, value: Any) -> None:
        super()._set_part(name, value)
        if name == "optimizer":
            self._track_trackable(value, name=name, overwrite=True)

    def _take_layers(self: Any) -> None:
        """Gives the model its inputs, by calling it."""
        function = self.keras_api.call_and_return_conditional_losses
        signature = function.input_signature
        specs = _common_specs(function) if signature is None else signature[0]
        if not self.inputs:
            self._set_inputs(specs)


class RevivedSequential(RevivedModel):
    """The same of a `Sequential`, whose layers are called one after the other."""

    def _take_call(self: Any) -> None:
        """It is that of its layers."""

    def _take_layers(self: Any) -> None:
        with no_automatic_dependency_tracking_scope(self):
            self._layers = []
        for layer in self.keras_api.layers:
            self.add(layer)
        super()._take_layers()


_KINDS: dict[str, tuple[type[RevivedLayer], type[Layer]]] = {
    "_tf_keras_layer": (RevivedLayer, Layer),
    "_tf_keras_network": (RevivedNetwork, Network),
    "_tf_keras_model": (RevivedModel, Model),
    "_tf_keras_sequential": (RevivedSequential, Sequential),
}


def _input_specs(config: Any) -> Any:
    """A structure of InputSpecs; ValueError for anything else."""
    if isinstance(config, dict):
        if "class_name" in config:
            return deserialize_keras_object(config, module_objects={"InputSpec": InputSpec})
        return {name: _input_specs(value) for name, value in config.items()}
    if isinstance(config, (tuple, list)):
        return [_input_specs(value) for value in config]
    raise ValueError(f"Unable to decode config: {config}")


def _common_specs(function: Any) -> Any:
    """The specs of the first argument, for all that a function was made for."""

    def common(x: TensorSpec, y: TensorSpec) -> TensorSpec:
        return TensorSpec(x.shape.most_specific_compatible_shape(y.shape), x.dtype, x.name)

    first, *others = (f.structured_input_signature[0][0] for f in function.concrete_functions)
    for other in others:
        first = nest.map_structure(common, first, other)
    return first


class _KerasLoader(Loader):
    """Makes layers of what were layers."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        for node in self._nodes:
            if isinstance(node, RevivedLayer):
                node._take_call()
        for node in self._nodes:
            if isinstance(node, RevivedModel):
                node._take_layers()
            if isinstance(node, RevivedLayer):
                node._finish()

    def _recreate_base_user_object(self, proto: Any) -> tuple[Any, Callable[..., Any]]:
        bases = _KINDS.get(proto.identifier)
        if bases is None:
            return super()._recreate_base_user_object(proto)
        metadata = json.loads(proto.metadata)
        kind: Any = type(metadata["class_name"], bases, {})
        return kind._init_from_metadata(metadata), kind._set_part


def load(path: str, compile: bool = True) -> Any:
    """The object of a SavedModel, with layers and models as such.

    Args:
      path: the folder.
      compile: whether a model is compiled as it was; its optimizer begins anew.
    """
    found = load_internal(path, loader_cls=_KerasLoader)
    config = found._training_config if compile and isinstance(found, RevivedModel) else None
    if config is not None:
        found.compile(**compile_arguments(config))
    return found
