"""Layers: functions of tensors that own variables, made at the first call."""

import functools
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.api.variables import (
    PartitionedVariable,
    Variable,
    VariableAggregation,
    VariableSynchronization,
)
from evergraph.base import dtypes, nest
from evergraph.base.deprecation import deprecated, deprecated_args
from evergraph.base.export import export
from evergraph.base.function_utils import fn_args, has_kwargs
from evergraph.base.object_identity import ObjectIdentitySet
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.trackable import Trackable, no_automatic_dependency_tracking_scope
from evergraph.graph.composite import CompositeTensor
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import executing_eagerly, name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import OperatorNotAllowedInGraphError, Tensor
from evergraph.library.autograph.conversion import autographed
from evergraph.library.distribute.distribution_strategy_context import in_a_replica
from evergraph.library.keras import constraints, initializers, regularizers
from evergraph.library.keras.autocast_variable import auto_cast, reading_as
from evergraph.library.keras.backend import floatx, track_variable, unique_object_name
from evergraph.library.keras.engine.additions import Added
from evergraph.library.keras.engine.base_layer_utils import call_context, make_variable
from evergraph.library.keras.engine.connections import Connected
from evergraph.library.keras.engine.input_spec import InputSpec, assert_input_compatibility
from evergraph.library.keras.engine.masks import carry_masks, masks_of
from evergraph.library.keras.engine.nested import Nested
from evergraph.library.keras.engine.node import Node, comes_from_layers, has_history
from evergraph.library.keras.engine.saved import Saved
from evergraph.library.keras.policy import INFER, Policy, global_policy, with_input_dtype
from evergraph.library.keras.session import batch_get_value, batch_set_value
from evergraph.library.keras.utils.generic_utils import to_snake_case, validate_kwargs
from evergraph.library.keras.utils.tf_utils import get_reachable_from_inputs

ARGUMENTS = ("input_shape", "batch_input_shape", "batch_size", "activity_regularizer", "autocast")
ARGUMENTS += ("weights",)
NO_TRAINING_ON_READ = (
    "Synchronization value can be set to VariableSynchronization.ON_READ only for non-trainable "
    "variables. You have specified trainable=True and "
    "synchronization=VariableSynchronization.ON_READ."
)


def is_trained(trainable: bool | None, synchronization: Any) -> bool:
    """What `trainable` is where it was not given; ValueError where it cannot be True."""
    if synchronization == VariableSynchronization.ON_READ:
        if trainable:
            raise ValueError(NO_TRAINING_ON_READ)
        return False
    return True if trainable is None else trainable


def is_tensor_or_tensor_list(value: Any) -> bool:
    """Whether the first leaf of a structure is a tensor."""
    leaves = nest.flatten(value)
    return bool(leaves) and isinstance(leaves[0], Tensor)


def _is_symbolic(x: Any) -> bool:
    return isinstance(x, (Tensor, Variable, CompositeTensor))


@export("keras.layers.Layer")
class Layer(Saved, Nested, Connected, Added):
    """What layers derive from: `build` makes the variables, `call` the nodes.

    Args:
      trainable: whether an optimizer may change the variables.
      name: default: the class's name in snake case, made unique in the graph.
      dtype: the element type of variables, or a Policy; default: what the global policy says,
        which is the type of the first input.
      dynamic: see the property.
      **kwargs: `activity_regularizer`, a function of each output whose result is a loss;
        `autocast`, whether inputs are cast to the layer's type; `input_shape` or
        `batch_input_shape`; `weights`, arrays that the variables get when they are made.

    Raises:
      TypeError: for any other argument.
    """

    # Makes layers of nodes; a layer itself, it is defined elsewhere.
    make_history: Callable[[Any], None]

    def __init__(
        self,
        trainable: bool = True,
        name: Any = None,
        dtype: Any = None,
        dynamic: bool = False,
        **kwargs: Any,
    ) -> None:
        validate_kwargs(kwargs, ARGUMENTS)
        self._dynamic = dynamic
        with no_automatic_dependency_tracking_scope(self):
            self._set_up(trainable, name, dtype, kwargs)

    def _set_up(self, trainable: bool, name: Any, dtype: Any, kwargs: dict[str, Any]) -> None:
        self._trainable = trainable
        self.stateful = False
        self.built = False
        self._input_spec: Any = None
        self.supports_masking = False
        self._init_set_name(name)
        self._activity_regularizer = kwargs.get("activity_regularizer")
        self._autocast = kwargs.get("autocast", False)
        self._initial_weights = kwargs.get("weights")
        # Derived classes may have begun these lists.
        self._trainable_weights: list[Any] = getattr(self, "_trainable_weights", [])
        self._non_trainable_weights: list[Any] = getattr(self, "_non_trainable_weights", [])
        self._updates: list[Any] = []
        self._callable_losses: list[Callable[[], Any]] = []
        self._losses: list[Any] = []
        self._eager_losses: list[Any] = []
        self._metrics: list[Any] = []
        self._set_dtype_policy(dtype)
        self._inbound_nodes = []
        self._outbound_nodes = []
        self._init_call_fn_args()
        if "batch_input_shape" in kwargs:
            self._batch_input_shape = tuple(kwargs["batch_input_shape"])
        elif "input_shape" in kwargs:
            self._batch_input_shape = (kwargs.get("batch_size"), *kwargs["input_shape"])

    def _init_set_name(self, name: Any, zero_based: bool = True) -> None:
        self._name = name or unique_object_name(
            to_snake_case(type(self).__name__), zero_based=zero_based
        )

    def _init_call_fn_args(self) -> None:
        """Looks which arguments `call` has."""
        self._call_fn_args = fn_args(self.call)
        self._expects_training_arg = "training" in self._call_fn_args or has_kwargs(self.call)

    # -- for derived classes

    def build(self, input_shape: Any) -> None:
        """Makes the variables; called before the first `call`. A derived class overrides it.

        Args:
          input_shape: a TensorShape, or a structure of them, as the inputs are.
        """
        self.built = True

    def call(self, inputs: Any, **kwargs: Any) -> Any:
        """The outputs. A derived class overrides it."""
        return inputs

    def add_weight(
        self,
        name: str | None = None,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool | None = None,
        constraint: Any = None,
        partitioner: Any = None,
        use_resource: bool | None = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
        **kwargs: Any,
    ) -> Any:
        """A new variable of the layer.

        Args:
          name: its name.
          shape: its shape; default: a scalar.
          dtype: its element type; default: the layer's, else float32.
          initializer: default: `glorot_uniform` for floating types, zeros for others.
          regularizer: a function of the variable whose result is a loss of the layer.
          trainable: whether it is trained; default: True.
          constraint: a function of the value that optimizers apply after each update.
          partitioner: a function of shape and dtype that gives the number of parts for each axis.
          use_resource: whether to make a resource variable.
          synchronization, aggregation: kept for distribution strategies.
          **kwargs: `getter`, the function that makes it; `collections`.

        Raises:
          ValueError: it cannot be trained, or has no initializer by default.
          TypeError: for any other argument.
        """
        validate_kwargs(
            kwargs,
            ("getter", "collections", "experimental_autocast"),
            "Unknown keyword argument:",
        )
        dtype = dtypes.as_dtype(self.dtype or floatx() if dtype is None else dtype)
        if self._dtype is None:
            self._dtype = dtype.base_dtype
        trainable = is_trained(trainable, synchronization)
        regularizer = regularizers.get(regularizer)
        variable = kwargs.get("getter", make_variable)(
            name=name,
            shape=() if shape is None else shape,
            dtype=dtype,
            initializer=_initializer(self, initializer, name, dtype),
            trainable=trainable,
            constraint=constraints.get(constraint),
            partitioner=partitioner,
            use_resource=use_resource,
            collections=kwargs.get("collections"),
            synchronization=synchronization,
            aggregation=aggregation,
        )
        if kwargs.get("experimental_autocast", True) and self._dtype_policy.should_cast_variables:
            variable = auto_cast(variable)
        if isinstance(variable, Trackable):  # a partitioned one is not
            self._track_trackable(variable, name=name or "", overwrite=True)
        if regularizer is not None:
            self._handle_weight_regularization(
                variable.name.partition(":")[0], variable, regularizer
            )
        if not isinstance(variable, PartitionedVariable):
            track_variable(variable)
        (self._trainable_weights if trainable else self._non_trainable_weights).append(variable)
        return variable

    @deprecated(date=None, instructions="Please use `layer.add_weight` method instead.")
    def add_variable(self, *args: Any, **kwargs: Any) -> Any:
        """The same as `add_weight`."""
        return self.add_weight(*args, **kwargs)

    def _handle_weight_regularization(self, name: str, variable: Any, regularizer: Any) -> None:
        """Adds a loss for the variable, or for each of its parts."""

        def loss(part: Any) -> Any:
            with name_scope(name + "/Regularizer"):
                return regularizer(part)

        parts = list(variable) if isinstance(variable, PartitionedVariable) else [variable]
        for part in parts:
            self.add_loss(functools.partial(loss, part))

    @deprecated_args(None, "`inputs` is now automatically inferred", "inputs")
    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Adds updates, to be run along with a training step: operations, tensors or functions."""
        if get_default_graph().runs_at_once:
            # What is no function has run.
            for update in updates if isinstance(updates, list) else [updates]:
                if callable(update):
                    update()
            return
        context = call_context()
        calls = [node.input_tensors for node in self._inbound_nodes]
        relevant = context.inputs if context.in_call else calls
        given = updates if isinstance(updates, list) else [updates]
        self._updates += [_marked_update(update, relevant) for update in given]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output's shape. A derived class overrides it."""
        raise NotImplementedError

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the output: that of the input, if the layer supports masks.

        Raises:
          TypeError: it does not, and there is one.
        """
        if self.supports_masking:
            return mask
        if any(m is not None for m in nest.flatten(mask)):
            raise TypeError(
                f"Layer {self.name} does not support masking, but was passed an input_mask: {mask}"
            )
        return None

    compute_mask.is_default = True  # type: ignore[attr-defined]

    def compute_output_signature(self, input_signature: Any) -> Any:
        """The output's TensorSpec, of the layer's type or the first input's.

        Raises:
          TypeError: the signature has something else than a TensorSpec.
        """
        for spec in nest.flatten(input_signature):
            if not isinstance(spec, TensorSpec):
                raise TypeError(
                    "Only TensorSpec signature types are supported, but saw signature signature "
                    f"entry: {spec}."
                )
        shape = self.compute_output_shape(nest.map_structure(lambda s: s.shape, input_signature))
        dtype = self._dtype or nest.flatten(input_signature)[0].dtype
        return nest.map_structure(lambda s: TensorSpec(dtype=dtype, shape=s), shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a layer.

        Raises:
          NotImplementedError: the constructor has arguments that are not known here.
        """
        config = {"name": self.name, "trainable": self.trainable}
        if hasattr(self, "_batch_input_shape"):
            config["batch_input_shape"] = self._batch_input_shape
        config["dtype"] = self.dtype
        if self.dynamic:
            config["dynamic"] = True
        known = (*config, "dynamic")
        others = [name for name in fn_args(type(self).__init__) if name not in known]
        if len(others) > 1 and type(self).get_config is Layer.get_config:
            raise NotImplementedError(
                "Layers with arguments in `__init__` must override `get_config`."
            )
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A layer with these arguments."""
        return cls(**config)

    # -- the call

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Makes the variables if this is the first call, and the nodes.

        `training` reaches the layers that are called within this one.

        Raises:
          ValueError: the inputs are not what `input_spec` says, or `call` gave None.
        """
        leaves = nest.flatten(inputs)
        if executing_eagerly():
            if leaves and has_history(leaves[0]):
                with leaves[0].graph.as_default():
                    return self(inputs, *args, **kwargs)
            if not call_context().in_call:
                self.clear_eager_losses()
        symbolic = all(map(_is_symbolic, leaves))
        if symbolic and _needs_history(leaves):
            self.make_history(leaves)
        if any(isinstance(x, (np.ndarray, float, int)) for x in leaves):
            inputs = nest.map_structure(_as_tensor, inputs)
        own_arguments = dict(zip(self._call_fn_args[1:], args, strict=False)) | kwargs
        training = _training(self, args, kwargs)
        mask = own_arguments["mask"] if "mask" in own_arguments else masks_of(inputs)
        if mask is not None and "mask" in self._call_fn_args and "mask" not in own_arguments:
            kwargs["mask"] = mask
        if symbolic:
            assert_input_compatibility(self.input_spec, inputs, self.name)
        scope = self._name_scope()
        with call_context().enter(self, inputs, training), in_a_replica(), name_scope(scope):
            self._maybe_build(inputs)
            # Whether layers of a program branch on tensors is theirs to say.
            call = autographed(self.call) if symbolic else self.call
            inner = self._maybe_cast_inputs(inputs)
            try:
                with reading_as(self._compute_dtype):
                    outputs = call(inner, *args, **kwargs)
            except OperatorNotAllowedInGraphError as error:
                raise TypeError(
                    "You are attempting to use Python control flow in a layer that was not "
                    "declared to be dynamic. Pass `dynamic=True` to the class constructor.\n"
                    f'Encountered error:\n"""\n{error}\n"""'
                ) from error
            if outputs is None and symbolic:
                raise ValueError(
                    "A layer's `call` method should return a Tensor or a list of Tensors, not None "
                    f"(layer: {self.name})."
                )
            if leaves and all(map(has_history, leaves)):
                outputs = _connected(self, inputs, outputs, own_arguments)
            self._handle_activity_regularization(inputs, outputs)
            carry_masks(self, inputs, outputs, mask)
        return outputs

    @deprecated(date=None, instructions="Please use `layer.__call__` method instead.")
    def apply(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """The same as calling the layer."""
        return self(inputs, *args, **kwargs)

    def _name_scope(self) -> str:
        return self.name

    def _maybe_build(self, inputs: Any) -> None:
        if self.built:
            return
        assert_input_compatibility(self.input_spec, inputs, self.name)
        leaves = nest.flatten(inputs)
        if leaves and self._compute_dtype is None and hasattr(leaves[0], "dtype"):
            self._dtype_policy = with_input_dtype(self._dtype_policy, leaves[0].dtype.base_dtype)
        shapes = None
        if all(hasattr(x, "shape") for x in leaves):
            shapes = nest.map_structure(lambda x: x.shape, inputs)
        if not getattr(type(self).build, "is_default", False):
            self.build(shapes)
        self.built = True
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    def _maybe_cast_inputs(self, inputs: Any) -> Any:
        wanted = self._compute_dtype
        if not (self._autocast and wanted and dtypes.as_dtype(wanted).is_floating):
            return inputs

        def cast(x: Any) -> Any:
            different = _is_symbolic(x) and x.dtype.is_floating and x.dtype.name != wanted
            return math_ops.cast(x, wanted) if different else x

        return nest.map_structure(cast, inputs)

    def _handle_activity_regularization(self, inputs: Any, outputs: Any) -> None:
        if not self._activity_regularizer:
            return
        with name_scope("ActivityRegularizer"):
            for output in nest.flatten(outputs):
                loss = self._activity_regularizer(output)
                batch_size = math_ops.cast(array_ops.shape(output)[0], loss.dtype)
                self.add_loss(loss / batch_size, inputs=inputs)

    # -- what it has

    @property
    def name(self) -> str:
        return self._name

    @property
    def dtype(self) -> str | None:
        """The name of the element type of variables, None as long as it is not known."""
        return self._dtype

    @property
    def _dtype(self) -> str | None:
        return self._dtype_policy.variable_dtype

    @_dtype.setter
    def _dtype(self, value: Any) -> None:
        self._dtype_policy = INFER if value is None else Policy(dtypes.as_dtype(value).name)

    def _set_dtype_policy(self, dtype: Any) -> None:
        """Sets the policy by the argument `dtype`."""
        if isinstance(dtype, Policy):
            self._dtype_policy = dtype
        elif dtype:
            self._dtype = dtype
        else:
            self._dtype_policy = global_policy()

    @property
    def _compute_dtype(self) -> str | None:
        return self._dtype_policy.compute_dtype

    @property
    def dynamic(self) -> bool:
        """Whether the layer says that it can run eagerly only; in graphs it runs all the same."""
        return self.__dict__.get("_dynamic", False)

    @property
    def trainable(self) -> bool:
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = value
        for layer in self.__dict__.get("_layers", ()):
            layer.trainable = value

    @property
    def activity_regularizer(self) -> Any:
        """The function of each output whose result is a loss, or None."""
        return self._activity_regularizer

    @activity_regularizer.setter
    def activity_regularizer(self, regularizer: Any) -> None:
        self._activity_regularizer = regularizer

    @property
    def input_spec(self) -> Any:
        """An InputSpec, or a structure of them, that inputs must meet."""
        return self._input_spec

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        for spec in nest.flatten(value):
            if spec is not None and not isinstance(spec, InputSpec):
                raise TypeError(f"Layer input_spec must be an instance of InputSpec. Got: {spec}")
        with no_automatic_dependency_tracking_scope(self):
            self._input_spec = value

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that are trained: none of a layer that is not trainable."""
        if not self.trainable:
            return []
        return self._trainable_weights + self._gather_children_attribute("trainable_weights")

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The other variables."""
        if self.trainable:
            nested = self._gather_children_attribute("non_trainable_weights")
            return self._non_trainable_weights + nested
        nested = self._gather_children_attribute("weights")
        return self._trainable_weights + self._non_trainable_weights + nested

    @property
    def weights(self) -> list[Any]:
        """All variables, those that are trained first."""
        return self.trainable_weights + self.non_trainable_weights

    @property
    def trainable_variables(self) -> list[Any]:
        """The same as `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Any]:
        """The same as `non_trainable_weights`."""
        return self.non_trainable_weights

    @property
    def variables(self) -> list[Any]:
        """The same as `weights`."""
        return self.weights

    @property
    def updates(self) -> list[Any]:
        """The updates that were added: none of a layer that is neither trainable nor stateful."""
        if not (self.trainable or self.stateful):
            return []
        return self._updates + self._gather_children_attribute("updates")

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """The updates that depend on `inputs`, or with None those that depend on no input."""
        return _relevant(self.updates, inputs, "_unconditional_update")

    def get_losses_for(self, inputs: Any) -> list[Any]:
        """The losses that depend on `inputs`, or with None those that depend on no input."""
        return _relevant(self.losses, inputs, "_unconditional_loss")

    def get_weights(self) -> list[Any]:
        """The values of `weights`, as arrays."""
        return batch_get_value(self.weights)

    def set_weights(self, weights: Any) -> None:
        """Sets `weights`.

        Raises:
          ValueError: there are more or less values than variables, or of other shapes.
        """
        variables = self.weights
        if len(variables) != len(weights):
            raise ValueError(
                f'You called `set_weights(weights)` on layer "{self.name}" with a  weight list of '
                f"length {len(weights)}, but the layer was expecting {len(variables)} weights. "
                f"Provided weights: {str(weights)[:50]}..."
            )
        pairs = list(zip(variables, weights, strict=True))
        for variable, value in pairs:
            if tuple(variable.shape.as_list()) != np.shape(value):
                raise ValueError(
                    f"Layer weight shape {tuple(variable.shape.as_list())} not compatible with "
                    f"provided weight shape {np.shape(value)}"
                )
        batch_set_value(pairs)

    def count_params(self) -> int:
        """The number of all variables' elements.

        Raises:
          ValueError: the layer was not built.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on {self.name}, but the layer isn't built. You "
                f"can build it manually via: `{self.name}.build(batch_input_shape)`."
            )
        return int(sum(np.prod(w.shape.as_list()) for w in self.weights))


# Functions rather than methods, as programs choose names for their layers' attributes freely.


def _initializer(layer: Layer, given: Any, name: str | None, dtype: Any) -> Any:
    """The initializer given, or that of the dtype."""
    found = initializers.get(given)
    if found is not None:
        return found
    if dtype.is_floating:
        return initializers.glorot_uniform()
    if dtype.is_integer or dtype.is_unsigned or dtype.is_bool:
        return initializers.zeros()
    raise ValueError(
        f"An initializer for variable {name} of type {dtype.base_dtype} is required for layer "
        f"{layer.name}"
    )


def _connected(layer: Layer, inputs: Any, outputs: Any, arguments: dict[str, Any]) -> Any:
    """The outputs of a call in a network, which learn of it; an input that is one is copied."""
    given = ObjectIdentitySet(nest.flatten(inputs))

    def own(x: Any) -> Any:
        if x not in given:
            return x
        with name_scope(layer.name):
            return array_ops.identity(x)

    outputs = nest.map_structure(own, outputs)
    if "training" in arguments and not layer._expects_training_arg:
        del arguments["training"]
    Node(layer, inputs, outputs, arguments)
    return outputs


def _training(layer: Layer, args: Any, kwargs: dict[str, Any]) -> Any:
    """The value of `training`, passed on from the outer layer's call if it was not given."""
    given = dict(zip(layer._call_fn_args[1:], args, strict=False)) | kwargs
    if "training" in given:
        if not layer._expects_training_arg:
            del kwargs["training"]
        return given["training"]
    training = call_context().training
    if training is not None and layer._expects_training_arg:
        kwargs["training"] = (
            math_ops.cast(training, dtypes.bool) if is_tensor(training) else bool(training)
        )
    return training


def _needs_history(leaves: list[Any]) -> bool:
    """Whether nodes of the program's own are between the inputs and layers."""
    if call_context().in_call or not leaves or all(map(has_history, leaves)):
        return False
    return get_default_graph().__dict__.get("_keras_begun", False) and comes_from_layers(leaves)


def _as_tensor(x: Any) -> Any:
    return convert_to_tensor(x) if isinstance(x, (np.ndarray, float, int)) else x


def _marked_update(update: Any, inputs: Any) -> Any:
    """The operation or tensor of an update; it knows whether it depends on the inputs."""
    if callable(update):
        return _marked_update(update(), inputs)
    if not isinstance(update, Operation):
        update = update.op if hasattr(update, "op") else convert_to_tensor(update)
    update._unconditional_update = update not in get_reachable_from_inputs(inputs, [update])
    return update


def _relevant(items: list[Any], inputs: Any, unconditional: str) -> list[Any]:
    if inputs is None:
        return [item for item in items if getattr(item, unconditional)]
    items = [item for item in items if not getattr(item, unconditional)]
    reachable = get_reachable_from_inputs(inputs, items) if items else ()
    return [item for item in items if item in reachable]
