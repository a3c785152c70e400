"""tf.layers.Layer: layers whose variables are those of `tf.get_variable` in a variable scope."""

import contextlib
import copy
import functools
from collections.abc import Iterator
from typing import Any, Self

from evergraph.api import variables
from evergraph.api.variable_scope import get_variable, variable_scope
from evergraph.api.variable_scope_state import VariableScope
from evergraph.api.variables import (
    PartitionedVariable,
    VariableAggregation,
    VariableSynchronization,
)
from evergraph.base import dtypes
from evergraph.base.decorator import contextmanager
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.object_identity import ObjectIdentitySet
from evergraph.base.trackable import Trackable
from evergraph.graph.defaults import get_collection_ref, init_scope, name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.keras.backend import unique_object_name
from evergraph.library.keras.engine import base_layer
from evergraph.library.keras.engine.base_layer import is_tensor_or_tensor_list, is_trained
from evergraph.library.keras.engine.input_spec import InputSpec as InputSpec
from evergraph.library.keras.utils.generic_utils import to_snake_case, validate_kwargs


class _KerasStyle:
    """Whether new layers keep their variables as Keras does."""

    on = False


@export("layers.experimental.keras_style_scope")
@contextmanager
def keras_style_scope() -> Iterator[None]:
    """Layers and cells made in the block own their variables and share them with nobody.

    Stands for `tf.layers.experimental.keras_style_scope`.
    """
    before = _KerasStyle.on
    _KerasStyle.on = True
    try:
        yield
    finally:
        _KerasStyle.on = before


@export("layers.experimental.set_keras_style")
def set_keras_style() -> None:
    """As `keras_style_scope`, from here on. Stands for `tf.layers.experimental.set_keras_style`."""
    _KerasStyle.on = True


def _check_keras_style(**arguments: Any) -> None:
    for name, value in arguments.items():
        if value is not None:
            raise ValueError(
                f"{name} argument not allowed when keras style layers are enabled, but saw: {value}"
            )


@export("layers.Layer")
class Layer(base_layer.Layer):
    """What the layers of `tf.layers` and the cells of `tf.nn.rnn_cell` derive from.

    A derived class overrides `build`, where `add_weight` makes variables, and `call`. Stands for
    `tf.layers.Layer`.

    Args:
      trainable: whether an optimizer may change the variables.
      name: the name, also of the variable scope; default: the class's name in snake case.
      dtype: the element type of variables; default: that of the first input.
      **kwargs: `_scope`, the variable scope or its name; `_reuse`, whether variables are found
        there rather than made; and what the layers of Keras take.
    """

    def __init__(
        self, trainable: bool = True, name: Any = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        # Variables are no resource variables by default, other than in Keras.
        self._use_resource_variables = False
        scope = kwargs.pop("_scope", None)
        self._reuse = kwargs.pop("_reuse", None)
        self._trainable_weights = []
        super().__init__(trainable=trainable, name=name, dtype=dtype, **kwargs)
        self._keras_style = _KerasStyle.on
        if self._keras_style:
            _check_keras_style(scope=scope, reuse=self._reuse)
        self._call_has_scope_arg = "scope" in self._call_fn_args
        self._scope: VariableScope | None = None
        if scope:
            with variable_scope(scope) as self._scope:
                pass
        self._current_scope: Any = None

    def __setattr__(self, name: str, value: Any) -> None:
        # Attributes are not looked into, other than in Keras.
        super(Trackable, self).__setattr__(name, value)

    @property
    @deprecated(
        date=None,
        instructions="Stop using this property because tf.layers layers no longer track their "
        "graph.",
    )
    def graph(self) -> None:
        """Nothing any more."""
        return None

    def _init_set_name(self, name: Any, zero_based: bool = True) -> None:
        if name and not isinstance(name, VariableScope):
            self._name = self._base_name = name
            return
        self._name, self._base_name = self._make_unique_name()
        if name:
            self._base_name = name.name

    def _make_unique_name(
        self,
        name_uid_map: Any = None,
        avoid_names: Any = None,
        namespace: str = "",
        zero_based: bool = False,
    ) -> tuple[str, str]:
        """A name for this layer, and the name without its number."""
        base_name = to_snake_case(type(self).__name__)
        name = unique_object_name(
            base_name,
            name_uid_map=name_uid_map,
            avoid_names=avoid_names,
            namespace=namespace,
            zero_based=zero_based,
        )
        return name, base_name

    @property
    def scope_name(self) -> str:
        """The name of the variable scope.

        Raises:
          ValueError: there is none before the first call.
        """
        if not self._scope:
            raise ValueError(
                f'No name available for layer scope because the layer "{self._name}" has not been '
                "used yet. The scope name  is determined the first time the layer instance is "
                "called. You must therefore call the layer before querying `scope_name`."
            )
        return self._scope.name

    def _name_scope(self) -> str:
        return (
            super()._name_scope() if self._keras_style else self._current_scope.original_name_scope
        )

    def _set_scope(self, scope: Any = None) -> None:
        """Opens the variable scope once, so that its name is settled."""
        if self._scope is not None:
            return
        if self._reuse:
            block = variable_scope(self._base_name if scope is None else scope)
        else:
            block = variable_scope(scope, default_name=self._base_name)
        with block as self._scope:
            pass

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Adds losses, also to the collection REGULARIZATION_LOSSES; as `tf.losses` finds them."""
        before, functions_before = len(self._losses), len(self._callable_losses)
        super().add_loss(losses, inputs=inputs)
        made = [function() for function in self._callable_losses[functions_before:]]
        new = self._losses[before:] + [loss for loss in made if loss is not None]
        _add_to_collection(new, GraphKeys.REGULARIZATION_LOSSES)

    def add_weight(
        self,
        name: str,
        shape: Any,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool | None = None,
        constraint: Any = None,
        use_resource: bool | None = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
        partitioner: Any = None,
        **kwargs: Any,
    ) -> Any:
        """A variable of the layer, made by `tf.get_variable` in the layer's variable scope.

        Args:
          name: its name, which is put after the scope's.
          shape: its shape.
          dtype: its element type; default: the layer's, else float32.
          initializer: default: the scope's, else that of `tf.get_variable`.
          regularizer: a function of the variable whose result is a loss of the layer.
          trainable: whether it is trained; default: True. A getter of the scope may say otherwise.
          constraint: a function of the value that optimizers apply after each update.
          use_resource: whether to make a resource variable; default: as the scope says.
          synchronization, aggregation: kept for distribution strategies.
          partitioner: a function of shape and dtype that gives the number of parts for each axis.

        Raises:
          ValueError: it cannot be trained, or exists already though it may not.
          TypeError: for any other argument.
        """
        validate_kwargs(kwargs, ("experimental_autocast",), "Unknown keyword argument:")
        make = functools.partial(
            super().add_weight,
            name=name,
            shape=shape,
            constraint=constraint,
            partitioner=partitioner,
            **kwargs,
        )
        if self._keras_style:
            return make(
                dtype=dtype,
                initializer=initializer,
                regularizer=regularizer,
                trainable=trainable and self.trainable,
                use_resource=use_resource,
            )
        trainable = is_trained(trainable, synchronization) and self.trainable
        graph, existing = _variables_so_far()
        dtype = dtypes.as_dtype(self.dtype or dtypes.float32 if dtype is None else dtype)
        self._set_scope(None)
        trained_before = len(self._trainable_weights)
        with variable_scope(
            self._scope, reuse=self.built or self._reuse, auxiliary_name_scope=False
        ) as scope:
            self._current_scope = scope
            with name_scope(self._name_scope()):
                variable = make(
                    dtype=dtype,
                    initializer=scope.initializer if initializer is None else initializer,
                    trainable=trainable,
                    use_resource=(
                        use_resource or self._use_resource_variables or scope.use_resource
                    ),
                    synchronization=synchronization,
                    aggregation=aggregation,
                    getter=get_variable,
                )
                parts = list(variable) if isinstance(variable, PartitionedVariable) else [variable]
                if regularizer and existing.isdisjoint(parts):
                    self._handle_weight_regularization(name, variable, regularizer)
        with graph.as_default():
            trained = (
                variable.trainable
                if graph.runs_at_once
                else variable in variables.trainable_variables()
            )
            if trainable and not trained:
                # A getter of the scope decided otherwise.
                self._non_trainable_weights += self._trainable_weights[trained_before:]
                del self._trainable_weights[trained_before:]
        return variable

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Makes the variables if this is the first call, and the nodes.

        Args:
          inputs: a tensor or a structure of tensors.
          *args: more arguments of `call`.
          **kwargs: more arguments of `call`; `scope`, the variable scope of the first call.

        Raises:
          ValueError: the inputs are not what `input_spec` says, or `call` gave None.
        """
        scope = kwargs.pop("scope", None)
        if self._keras_style:
            _check_keras_style(scope=scope)
            return super().__call__(inputs, *args, **kwargs)
        self._set_scope(scope)
        with self._scope_of_call() as scope:
            self._current_scope = scope
            if self._call_has_scope_arg:
                kwargs["scope"] = scope
            outputs = super().__call__(inputs, *args, **kwargs)
        _add_to_collection(self.updates, GraphKeys.UPDATE_OPS)
        return outputs

    def _scope_of_call(self) -> variable_scope:
        if not self.built:
            return variable_scope(self._scope, reuse=self._reuse, auxiliary_name_scope=False)
        if not hasattr(self, "_always_reuse_variable_scope"):
            # Kept, as what is set on the scope later does not count for this layer.
            self._always_reuse_variable_scope = variable_scope(
                self._scope, reuse=True, auxiliary_name_scope=False
            )
        return self._always_reuse_variable_scope

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A copy that shares tensors and the settings of its scopes."""
        result = type(self).__new__(type(self))
        memo[id(self)] = result
        for name, value in self.__dict__.items():
            if name in ("_scope", "_always_reuse_variable_scope"):
                value = copy.copy(value)
            elif name != "_graph" and not is_tensor_or_tensor_list(value):
                value = copy.deepcopy(value, memo)
            setattr(result, name, value)
        return result


def _variables_so_far() -> tuple[Any, set[Any]]:
    """The graph that new variables go to, and those that it has."""
    lifted = init_scope() if get_default_graph().building_function else contextlib.nullcontext()
    with lifted:
        return get_default_graph(), set(variables.global_variables())


def _add_to_collection(elements: list[Any], name: str) -> None:
    """Adds what is not in the collection yet; nothing where ops are executed at once."""
    if get_default_graph().runs_at_once:
        return
    collection = get_collection_ref(name)
    known = ObjectIdentitySet(collection)
    collection.extend(element for element in elements if element not in known)
