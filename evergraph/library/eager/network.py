"""`tf.contrib.eager.Network`: layers as one layer, as it was before `tf.keras.Model`."""

import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from evergraph.api.variable_scope import variable_scope as open_scope
from evergraph.api.variable_scope_state import (
    VariableScope,
    get_variable_scope,
    get_variable_scope_store,
)
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.function_utils import fn_args
from evergraph.base.platform import logging
from evergraph.graph.defaults import executing_eagerly
from evergraph.library.keras.backend import get_default_graph_uid_map
from evergraph.library.layers.base import Layer

_INSTEAD = (
    "Please inherit from `tf.keras.Model`, and see its documentation for details. `tf.keras.Model` "
    "should be a drop-in replacement for `tfe.Network` in most cases, but note that `track_layer` "
    "is no longer necessary or supported."
)
_NAME_TAKEN = (
    "A Network named '%s' already exists (or a variable_scope was created with this name). Names "
    "must be unique."
)
_NOT_SUPPORTED = (
    "%s not supported in Network class yet. Please file an issue at "
    "https://github.com/tensorflow/tensorflow/issues/new if this is important to you"
)


@export("contrib.eager.Network")
class Network(Layer):
    """Layers as one layer, whose variables are theirs.

    A derived class makes its layers in `__init__`, gives each to `track_layer`, and overrides
    `call`. The variables' names begin with the network's, and are numbered within it. Stands for
    `tf.contrib.eager.Network`.

    Args:
      name: its name, which no other network of the same parent may have; default: the class's
        name in snake case, with a number. Only known when the network has a parent or is called.

    Raises:
      ValueError: the name is a variable scope or has a slash.
    """

    _scope: VariableScope | None
    _name: str | None  # type: ignore[assignment]

    @deprecated(date=None, instructions=_INSTEAD)
    def __init__(self, name: Any = None) -> None:
        if executing_eagerly():
            logging.warning(
                "** tfe.Network is deprecated and will be removed in a future version.\n\n%s",
                _INSTEAD,
            )
        if isinstance(name, VariableScope):
            raise ValueError("VariableScopes are not valid Network names.")
        if name is not None and "/" in name:
            raise ValueError("Forward slashes ('/') are not allowed in Network names.")
        super().__init__(name=name)
        self._layers: list[Any] = []
        self._sub_layer_name_uids: dict[Any, int] = defaultdict(int)
        self._owned_layers: dict[str, Any] = {}
        self._non_network_sublayers: list[Any] = []
        # None: not known yet. False: called before it had a parent, so it never gets one.
        self._first_parent: Any = None
        self._default_parent_variable_scope = get_variable_scope()
        # The counts live on: scopes opened before the first call are seen, too.
        self._variable_scope_counts_on_init = get_variable_scope_store().variable_scopes_count

    def _gather_saveables_for_checkpoint(self) -> Any:
        raise NotImplementedError(
            f"tfe.Network does not support object-based checkpointing.\n\n{_INSTEAD}"
        )

    def _init_set_name(self, name: Any, zero_based: bool = True) -> None:
        self._name = name
        self._base_name = None  # type: ignore[assignment]

    @property
    def name(self) -> str:
        """The network's name.

        Raises:
          ValueError: it has none before it has a parent or is called.
        """
        if self._name is None:
            raise ValueError(
                "The network does not yet have a final name, but a name was requested for it. "
                "Networks get a name when they are added to another Network via track_layer, or "
                "when they are first called/built."
            )
        return self._name

    def _finalize_name(self, parent_network: Any) -> None:
        """Settles the name; `parent_network` is False if there is no parent."""
        if not self._name:
            outer = self._default_parent_variable_scope.name
            if parent_network:
                taken: Any = parent_network._owned_layers
                counts: Any = parent_network._sub_layer_name_uids
            else:
                prefix = f"{outer}/" if outer else ""
                names = filter(None, self._variable_scope_counts_on_init)
                taken = {n.removeprefix(prefix) for n in names if n.startswith(prefix)}
                counts = get_default_graph_uid_map()
            self._name, self._base_name = self._make_unique_name(
                name_uid_map=counts, avoid_names=taken, namespace=outer, zero_based=True
            )
        if self._first_parent is None or (self._first_parent and self._first_parent() is None):
            self._first_parent = weakref.ref(parent_network) if parent_network else parent_network

    def _set_scope(self, scope: Any = None) -> None:
        """Opens the variable scope once, within the parent's, and those of the layers."""
        if self._scope is not None:
            return
        parent = self._first_parent() if self._first_parent else self._first_parent
        if parent is None:
            self._finalize_name(parent_network=False)
        if scope is not None:
            raise ValueError("Networks may not be created with explicit scopes.")
        if parent:
            parent._set_scope()
        with open_scope(parent._scope if parent else self._default_parent_variable_scope) as outer:
            if f"{outer.name}/{self._name}" in self._variable_scope_counts_on_init:
                raise ValueError(_NAME_TAKEN % self._name)
            with open_scope(None, use_resource=True, default_name=self._name) as self._scope:
                self._check_scope_name(parent)
        for layer in self._non_network_sublayers:
            self._set_scope_of_layer(layer)

    def _check_scope_name(self, parent: Any) -> None:
        outer, _, last = self._scope.name.rpartition("/")  # type: ignore[union-attr]
        if last != self._name:
            raise ValueError(_NAME_TAKEN % self._name)
        if parent and outer != parent.scope_name:
            raise ValueError(
                "Network variable names must match a nesting of sub-Network names. Expected "
                f"prefix '{parent.scope_name}' from parent network, but got '{outer}' when "
                f"attempting to create a variable_scope for Network '{self._name}'. Likely an "
                "explicit variable_scope was inserted into the nesting."
            )
        if not parent and outer:
            self._name = f"{outer}/{last}"

    def _set_scope_of_layer(self, layer: Any) -> None:
        """Opens the variable scope of a layer within that of the network it was first given to."""
        if layer._scope is not None:
            return
        parent = layer._first_parent and layer._first_parent()
        if not parent:
            self._finalize_name(False)
            raise ValueError(
                f"The parent of a Layer added to Network {self.name} was garbage collected before "
                "the Layer was built. If this limitation bothers you please file a feature request."
            )
        parent._set_scope()
        with (
            open_scope(parent._scope),
            open_scope(None, use_resource=True, default_name=layer.name) as layer._scope,
        ):
            pass

    def track_layer(self, layer: Any) -> Any:
        """Makes a layer part of the network; returns it.

        Raises:
          RuntimeError: `__init__` of Network was not called.
          TypeError: it is no layer of `tf.layers`.
          ValueError: another one has its name.
        """
        if not hasattr(self, "_layers"):
            raise RuntimeError("Need to call Network.__init__ before adding layers")
        if not isinstance(layer, Layer):
            raise TypeError(
                f"Network.track_layer() passed type {type(layer)}, not a tf.layers.Layer"
            )
        layer._use_resource_variables = True
        if isinstance(layer, Network):
            layer._finalize_name(parent_network=self)
        else:
            if not layer.built:
                self._name_layer(layer)
            self._non_network_sublayers.append(layer)
        if not layer.built and layer._first_parent and layer._first_parent() is self:
            other = self._owned_layers.setdefault(layer.name, layer)
            if other is not layer:
                raise ValueError(
                    f"Attempt to add two Layers with the name '{layer.name}' to the same Network."
                )
            if layer in self._layers:
                return layer
        self._layers.append(layer)
        return layer

    def _name_layer(self, layer: Any) -> None:
        """Numbers a layer without a name of its own within this network, if that is its first."""
        parent = getattr(layer, "_first_parent", None)
        if parent is not None and parent() is not None:
            return
        if layer._name != layer._base_name:
            layer._name, layer._base_name = layer._make_unique_name(
                name_uid_map=self._sub_layer_name_uids,
                avoid_names=self._owned_layers,
                zero_based=True,
            )
        layer._first_parent = weakref.ref(self)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Any:
        """A layer by its name (the first one that has it), or by its place.

        Raises:
          ValueError: not one of both is given, or there is no such layer.
        """
        if index is not None:
            if name is not None:
                raise ValueError("Exactly one of 'index' or 'name' must be provided")
            if len(self._layers) <= index:
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has "
                    f"{len(self._layers)} layers."
                )
            return self._layers[index]
        if not name:
            raise ValueError("Provide either a layer name or layer index.")
        for layer in self._layers:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}")

    @property
    def layers(self) -> list[Any]:
        """The layers, in the order they were given to `track_layer`."""
        return self._layers

    def _of_layers(self, attribute: str) -> list[Any]:
        return [part for layer in self._layers for part in getattr(layer, attribute)]

    @property
    def weights(self) -> list[Any]:
        """The variables of all layers."""
        return self._of_layers("weights")

    @property
    def trainable_weights(self) -> list[Any]:
        """Those that are trained."""
        return self._of_layers("trainable_weights")

    @property
    def non_trainable_weights(self) -> list[Any]:
        """Those that are not."""
        return self._of_layers("non_trainable_weights")

    @property
    def losses(self) -> list[Any]:
        """The losses of all layers."""
        return self._of_layers("losses")

    @property
    def trainable(self) -> bool:
        """True: layers and optimizers say what is trained."""
        return True

    @trainable.setter
    def trainable(self, value: bool) -> None:
        if not value:
            raise AttributeError("cannot mark Network as not trainable")

    def add_variable(
        self,
        name: str,
        shape: Any,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool = True,
        constraint: Any = None,
    ) -> Any:
        """Raises RuntimeError: a network has no variables but those of its layers."""
        raise RuntimeError(_NOT_SUPPORTED % "add_variable")

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Raises RuntimeError: a network has no losses but those of its layers."""
        raise RuntimeError(_NOT_SUPPORTED % "add_loss is")


@export("contrib.eager.Sequential")
class Sequential(Network):
    """Layers and functions, each called with what the one before gave. Stands for
    `tf.contrib.eager.Sequential`.

    Args:
      layers_funcs: layers of `tf.layers` and functions of a tensor.
      name: the network's name.
    """

    def __init__(
        self, layers_funcs: Iterable[Callable[..., Any]] | None = None, name: Any = None
    ) -> None:
        super().__init__(name=name)
        self._layers_funcs: list[tuple[bool, Any]] = []
        for layer_func in layers_funcs or ():
            self.add(layer_func)

    def add(self, layer_func: Callable[..., Any]) -> None:
        """Puts a layer or a function at the end.

        Raises:
          TypeError: it is neither.
        """
        if isinstance(layer_func, Layer):
            args = fn_args(layer_func.call)
            self.track_layer(layer_func)
        elif callable(layer_func):
            args = fn_args(layer_func)
        else:
            raise TypeError(
                "Sequential.add() takes only tf.layers.Layer objects or callables; not "
                f"'{layer_func}' of type '{type(layer_func)}'."
            )
        self._layers_funcs.append(("training" in args, layer_func))

    def call(self, inputs: Any, training: Any = None) -> Any:
        """What the last one gives; `training` is handed to those that take it, unless None."""
        for takes_training, layer_func in self._layers_funcs:
            if takes_training and training is not None:
                inputs = layer_func(inputs, training)
            else:
                inputs = layer_func(inputs)
        return inputs
