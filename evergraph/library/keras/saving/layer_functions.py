"""The functions that a SavedModel has of a layer: its call, with and without losses.

All functions of a layer are made for the same inputs. Those of a layer call the functions of the
layers in it.
"""

import functools
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from evergraph.base import nest, tf_inspect
from evergraph.base.decorator import make_decorator
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.trackable import no_automatic_dependency_tracking_scope
from evergraph.library.eager import def_function
from evergraph.library.keras import backend
from evergraph.library.keras.engine.base_layer_utils import call_context
from evergraph.library.keras.engine.input_spec import InputSpec, to_tensor_shape
from evergraph.library.keras.engine.training import Model
from evergraph.library.keras.saving import wrapped_calls
from evergraph.library.train.tracking.layer_utils import filter_empty_layer_containers

_LOSS_LISTS = ("_losses", "_eager_losses")


def layers_in(layer: Any) -> list[Any]:
    """The layers in a layer, or those of a model."""
    if isinstance(layer, Model):
        return list(layer.layers)
    return filter_empty_layer_containers(layer.__dict__.get("_layers", ()))


def _any_uses_training(layer: Any) -> bool:
    """Whether a layer, or one in it, takes `training`."""
    return layer._expects_training_arg or any(map(_any_uses_training, layers_in(layer)))


@contextmanager
def without_losses(layer: Any) -> Iterator[None]:
    """In the block, a layer and those in it begin without losses; they are as before after it."""
    layers = [*layers_in(layer), layer]
    kept = [(each, {name: getattr(each, name) for name in _LOSS_LISTS}) for each in layers]
    for each in layers:
        with no_automatic_dependency_tracking_scope(each):
            each._losses, each._eager_losses = [], []
    try:
        yield
    finally:
        for each, lists in kept:
            with no_automatic_dependency_tracking_scope(each):
                each._losses, each._eager_losses = (lists[name] for name in _LOSS_LISTS)


@contextmanager
def replaced_call(layer: Any, functions: dict[str, Any]) -> Iterator[None]:
    """In the block, calls of a layer are calls of its functions."""
    attributes = layer.__dict__
    own, regularizer = attributes.get("call"), layer.activity_regularizer
    made = wrapped_calls.use_wrapped_call(
        layer, functions["call_and_return_conditional_losses"], default_training=False
    )
    with no_automatic_dependency_tracking_scope(layer):
        _set_regularizer(layer, functions.get("activity_regularizer_fn"))
        layer.call = made
    try:
        yield
    finally:
        with no_automatic_dependency_tracking_scope(layer):
            if own is None:
                del attributes["call"]
            else:
                layer.call = own
            _set_regularizer(layer, regularizer)


def _set_regularizer(layer: Any, regularizer: Any) -> None:
    try:
        layer.activity_regularizer = regularizer
    except AttributeError:
        pass  # some layers have one that cannot be set


# -- the inputs


def model_inputs(model: Any) -> tuple[Any, Any]:
    """A model's inputs and their names; of one within others, those of its call."""
    if hasattr(model, "input_names"):
        return model.inputs, model.input_names
    inputs = model.__dict__.get("_called_with")
    return inputs, [f"input_{i + 1}" for i in range(len(nest.flatten(inputs)))]


def model_input_signature(model: Any) -> Any:
    """TensorSpecs of a model's inputs, for batches of any size; None if it has no inputs yet."""
    inputs, names = model_inputs(model)
    if inputs is None:
        return None
    flat = [
        TensorSpec([None, *x.shape[1:].as_list()], x.dtype, name)
        for x, name in zip(nest.flatten(inputs), nest.flatten(names), strict=True)
    ]
    specs = nest.pack_sequence_as(inputs, flat)
    return specs if isinstance(specs, (list, tuple)) and len(specs) == 1 else [specs]


def _spec_of(spec: Any, dtype: Any) -> Any:
    """The TensorSpec of an InputSpec; None if it does not tell the rank."""
    if not isinstance(spec, InputSpec):
        return None
    shape = to_tensor_shape(spec)
    if shape.ndims is None:
        return None
    return TensorSpec(shape, spec.dtype or dtype or backend.floatx())


def _input_signature(layer: Any) -> Any:
    """What is known of a layer's inputs, as the first argument of its call; None if nothing is."""
    if isinstance(layer.call, def_function.Function) and layer.call.input_signature is not None:
        return layer.call.input_signature
    if isinstance(layer, Model):
        return model_input_signature(layer)
    if layer.input_spec is None:
        return None
    return [nest.map_structure(lambda spec: _spec_of(spec, layer.dtype), layer.input_spec)]


class LayerCallCollection:
    """The functions of a layer, which are made for the same inputs."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self._uses_training = _any_uses_training(layer)
        self._training_index = wrapped_calls.training_index(layer.call)
        spec = tf_inspect.getfullargspec(layer.call)
        # What has keyword arguments cannot have an input signature.
        self._has_keywords = bool(
            self._uses_training or spec.defaults or spec.kwonlyargs or spec.varkw
        )
        self._signature = _input_signature(layer)
        self._is_known = all(s is not None for s in nest.flatten(self._signature))
        self._functions: weakref.WeakValueDictionary[str, LayerCall] = weakref.WeakValueDictionary()
        self.tracing = False

    def add_trace(self, *args: Any, **kwargs: Any) -> None:
        """Makes all functions for inputs like these, with `training` True and False."""
        given = list(args)
        self.tracing = True
        for function in list(self._functions.values()):
            for training in (True, False) if self._uses_training else (None,):
                if training is None:
                    function.get_concrete_function(*given, **kwargs)
                    continue
                wrapped_calls.set_training(training, self._training_index, given, kwargs)
                with backend.learning_phase_scope(int(training)):
                    function.get_concrete_function(*given, **kwargs)
        self.tracing = False

    def training_in(self, args: Any, kwargs: dict[str, Any]) -> Any:
        """The value of `training` in a call; None if it is not given."""
        if not self.layer._expects_training_arg:
            if self._uses_training:
                return wrapped_calls.training_of(self._training_index, args, kwargs)
            return None
        return (dict(zip(self.layer._call_fn_args, args, strict=False)) | kwargs).get("training")

    def _with_training(self, call: Any) -> Any:
        """A function that takes `training` for the sake of layers inside."""
        if self.layer._expects_training_arg or not self._uses_training:
            return call
        spec = tf_inspect.getfullargspec(call)
        spec = spec._replace(
            args=[*spec.args, "training"], defaults=[*(spec.defaults or ()), False]
        )
        self._training_index = len(spec.args) - 1 - bool(tf_inspect.ismethod(call))

        def wrap_with_training_arg(*args: Any, **kwargs: Any) -> Any:
            given, named = list(args), dict(kwargs)
            wrapped_calls.remove_training(self._training_index, given, named)
            return call(*given, **named)

        return make_decorator(call, wrap_with_training_arg, decorator_argspec=spec)

    def add_function(self, call: Any, name: str) -> Any:
        """Makes a function one of the layer's."""
        signature = None if self._has_keywords or not self._is_known else self._signature
        made = LayerCall(self, self._with_training(call), name, input_signature=signature)
        self._functions[name] = made
        if self._is_known and self._has_keywords:
            self.add_trace(*self._signature)
        return made


def _in_call(collection: LayerCallCollection, method: Any) -> Any:
    """The function within a call of the layer, whose losses stay as they are."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        layer = collection.layer
        training = collection.training_in(args, kwargs) if args or kwargs else None
        inputs = None if training is None else args[0]
        with without_losses(layer), call_context().enter(layer, inputs, training):
            return method(*args, **kwargs)

    return make_decorator(method, wrapper)


class LayerCall(def_function.Function):
    """A function of a layer; what it is made for, the layer's others are made for, too."""

    def __init__(
        self, collection: LayerCallCollection, python_function: Any, name: str, **how: Any
    ) -> None:
        self.call_collection = collection
        self.original_call = collection.layer.call
        super().__init__(_in_call(collection, python_function), name, **how)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.call_collection.tracing:
            self.call_collection.add_trace(*args, **kwargs)
        return super().__call__(*args, **kwargs)

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> Any:
        if not self.call_collection.tracing:
            self.call_collection.add_trace(*args, **kwargs)
        return super().get_concrete_function(*args, **kwargs)


# -- the functions


def _like_call(layer: Any, function: Any) -> Any:
    """A function with the arguments of a layer's call."""
    made, spec = wrapped_calls.with_training(
        layer.call, function, layer._expects_training_arg, default=False
    )
    return make_decorator(layer.call, made, decorator_name="call", decorator_argspec=spec)


def _with_conditional_losses(layer: Any) -> Any:
    call = layer.call

    def call_and_return_conditional_losses(inputs: Any, *args: Any, **kwargs: Any) -> Any:
        return call(inputs, *args, **kwargs), layer.get_losses_for(inputs)

    return _like_call(layer, call_and_return_conditional_losses)


def _outputs_only(layer: Any, with_losses: Any) -> Any:
    def call(inputs: Any, *args: Any, **kwargs: Any) -> Any:
        return with_losses(inputs, *args, **kwargs)[0]

    return _like_call(layer, call)


def _with_all_losses(layer: Any, with_losses: Any, regularizer: Any) -> Any:
    def call(inputs: Any, *args: Any, **kwargs: Any) -> Any:
        outputs, losses = with_losses(inputs, *args, **kwargs)
        losses.append(regularizer(outputs))
        return outputs, losses

    return _like_call(layer, call)


def _regularizer_function(layer: Any) -> Any:
    if isinstance(layer.activity_regularizer, def_function.Function):
        return layer.activity_regularizer
    return def_function.Function(
        layer.activity_regularizer,
        f"{layer.name}_activity_regularizer",
        input_signature=[TensorSpec(None, layer.dtype or backend.floatx())],
    )


def loss_function(loss: Any, number: int) -> Any:
    """The function of a loss that depends on no input."""
    # Layers keep such losses in a partial object.
    loss = loss.args[0] if isinstance(loss, functools.partial) else loss
    if isinstance(loss, def_function.Function):
        return loss
    return def_function.Function(loss, f"loss_fn_{number}", input_signature=[])


def layer_functions(layer: Any, functions_of: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """The functions of a layer by the names that a SavedModel gives them.

    Args:
      layer: a layer that has its variables.
      functions_of: gives the functions of the layers in it; none of one that is being done.
    """
    with ExitStack() as stack:
        for child in layers_in(layer):
            functions = functions_of(child)
            if functions:
                stack.enter_context(replaced_call(child, functions))
        stack.enter_context(without_losses(layer))
        return _made(layer)


def _made(layer: Any) -> dict[str, Any]:
    collection = LayerCallCollection(layer)
    with_losses = collection.add_function(
        _with_conditional_losses(layer), f"{layer.name}_layer_call_and_return_conditional_losses"
    )
    call = collection.add_function(_outputs_only(layer, with_losses), f"{layer.name}_layer_call_fn")
    functions = {
        "call_and_return_conditional_losses": with_losses,
        "__call__": call,
        "activity_regularizer_fn": None,
        "call_and_return_all_conditional_losses": with_losses,
    }
    if layer.activity_regularizer is not None:
        regularizer = functions["activity_regularizer_fn"] = _regularizer_function(layer)
        functions["call_and_return_all_conditional_losses"] = collection.add_function(
            _with_all_losses(layer, with_losses, regularizer),
            f"{layer.name}_layer_call_and_return_all_conditional_losses",
        )
    with call_context().enter(layer, None, None):
        for function in functions.values():
            if function is not None and function.input_signature is not None:
                function.get_concrete_function()
    return functions


def default_signature(model: Any) -> Any:
    """The function of a model's inputs that is its signature: a dict of outputs by names."""
    signature = None
    if isinstance(model.call, def_function.Function):
        signature = model.call.input_signature
    signature = model_input_signature(model) if signature is None else signature

    def _wrapped_model(*args: Any) -> dict[str, Any]:
        inputs = args[0] if len(signature) == 1 else list(args)
        outputs = nest.flatten(model(inputs=inputs, training=False))
        names = [f"output_{i + 1}" for i in range(len(outputs))]
        return dict(zip(getattr(model, "output_names", names), outputs, strict=True))

    made = def_function.function(_wrapped_model, input_signature=signature, autograph=False)
    with without_losses(model):
        made.get_concrete_function()
    return made
