"""The variables of a `tf.contrib.eager.Network` in checkpoints, by names without the network's."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.scopes import get_default_session
from evergraph.library.eager.network import Network
from evergraph.library.train.checkpoint_utils import list_variables, load_checkpoint
from evergraph.library.train.saver import Saver
from evergraph.library.train.training_util import get_global_step

Names = Callable[[str], str]


@export("contrib.eager.save_network_checkpoint")
@deprecated(
    date=None,
    instructions="Please inherit from tf.keras.Model instead of tfe.Network, and use "
    "tf.keras.Model.save_weights.",
)
def save_network_checkpoint(
    network: Any, save_path: str, global_step: Any = None, map_func: Names | None = None
) -> str | None:
    """Writes a network's variables to a checkpoint; returns its path. Stands for
    `tf.contrib.eager.save_network_checkpoint`.

    Args:
      network: a network that was called.
      save_path: the path, or a folder, where it is named as the network is.
      global_step: a number put after the path; default: the global step, if there is one.
      map_func: makes the name in the checkpoint of a variable's; default: it leaves out the
        network's scope.

    Raises:
      ValueError: the network was not called, or two variables would have one name.
    """
    if not network.built:
        raise ValueError(
            "Attempt to save the Network before it was first called. This means variables have "
            "not yet been created, so there is nothing to save."
        )
    network._set_scope()
    if global_step is None:
        global_step = get_global_step()
    save_path = _path(network, save_path)
    names = _Names(network, map_func, "save_network_checkpoint")
    saver = Saver(names.variables())
    return saver.save(_session(), save_path, write_meta_graph=False, global_step=global_step)


@export("contrib.eager.restore_network_checkpoint")
@deprecated(
    date=None,
    instructions="Please inherit from tf.keras.Model instead of tfe.Network, and use "
    "tf.keras.Model.load_weights.",
)
def restore_network_checkpoint(network: Any, save_path: str, map_func: Names | None = None) -> None:
    """Gives a network's variables the values of a checkpoint: at once those that there are, the
    others when they are made. Stands for `tf.contrib.eager.restore_network_checkpoint`.

    Args:
      network: the network.
      save_path: what `save_network_checkpoint` returned, or the folder it was given.
      map_func: as it was given to `save_network_checkpoint`.

    Raises:
      ValueError: two variables have one name.
    """
    network._finalize_name(parent_network=False)
    network._set_scope()
    save_path = _path(network, save_path)
    names = _Names(network, map_func, "restore_network_checkpoint")
    existing = names.variables()
    if existing:
        Saver(existing).restore(_session(), save_path)
    reader = load_checkpoint(save_path)
    values = {
        name: reader.get_tensor(name)
        for name, _ in list_variables(save_path)
        if name not in existing
    }
    if values:
        _restore_later(network, _Restoration(names, values, _session()))


def _path(network: Any, path: str) -> str:
    return os.path.join(path, network.name.replace("/", "_")) if os.path.isdir(path) else path


def _session() -> Any:
    return None if executing_eagerly() else get_default_session()


class _Names:
    """The names of a network's variables in a checkpoint."""

    def __init__(self, network: Any, map_func: Names | None, caller: str) -> None:
        self._network = network
        self._is_default = map_func is None
        self._caller = caller
        # No reference to the network: waiting restorations keep this function.
        prefix = f"{network.scope_name}/"
        self.of: Names = map_func or (lambda name: name.removeprefix(prefix))

    def variables(self) -> dict[str, Any]:
        """The variables that there are, by these names."""
        found: dict[str, Any] = {}
        for variable in self._network.variables:
            self.note(found, self.of(variable._shared_name), variable)
        return found

    def note(self, found: dict[str, Any], name: str, variable: Any) -> None:
        """Puts a variable into `found`; ValueError if another one has the name."""
        other = found.setdefault(name, variable)
        if other is variable:
            return
        network, scope = self._network.name, self._network.scope_name
        both = f"'{other._shared_name}' and '{variable._shared_name}'"
        if self._is_default:
            raise ValueError(
                "The default checkpoint variable name mapping strategy for Network "
                f"'{network}' resulted in a naming conflict. We attempted to strip off the "
                f"variable prefix for the Network ('{scope}'), but this resulted in two "
                f"variables named '{name}' (originally {both}). This should only happen when "
                "using variable sharing (i.e. the Network contains Networks or Layers which were "
                "first added to another Network, and therefore have that Network's variable "
                "prefix). One solution is to pass `map_func=lambda n: n` to save and restore to "
                "use fully qualified variable names in the checkpoint, although this will require "
                f"that the variable prefix of the Network being restored into is also '{scope}'. "
                "You may alternatively write an arbitrary mapping."
            )
        raise ValueError(
            f"The map_func passed to {self._caller} for the Network '{network}' resulted in two "
            f"variables named '{name}' ({both}). Try stripping less from the variable names, or "
            "renaming parts of the Network. For reference, variables created by sub-Layers of "
            f"this Network are prefixed with '{scope}', but if they are re-used after being added "
            "to another Network, they will have that Network's full variable prefix instead."
        )


@dataclass
class _Restoration:
    """Values of variables that do not exist yet."""

    names: _Names
    values: dict[str, Any]
    session: Any
    restored: dict[str, Any] = field(default_factory=dict)


def _restore_later(layer: Any, restoration: _Restoration) -> None:
    """Lets the variables that the layer and those in it will make begin with these values."""
    if isinstance(layer, Network):
        layer._set_scope()
    if not hasattr(layer, "_deferred_restorations"):
        layer._deferred_restorations = []
        layer._custom_getter = _getter(layer._deferred_restorations)
    layer._scope.set_custom_getter(layer._custom_getter)
    layer._deferred_restorations.append(restoration)
    if isinstance(layer, Network):
        for sublayer in layer.layers:
            if not isinstance(sublayer, Network):
                layer._set_scope_of_layer(sublayer)
            _restore_later(sublayer, restoration)


def _getter(restorations: list[_Restoration]) -> Callable[..., Any]:
    """A custom getter that takes a new variable's value from the last restoration that has it."""

    def get(getter: Any, name: str, **kwargs: Any) -> Any:
        for restoration in reversed(restorations):
            saved_name = restoration.names.of(name)
            if saved_name in restoration.values:
                break
        else:
            return getter(name, **kwargs)
        value = restoration.values[saved_name]
        # None: used already, the variable is only found again.
        if value is not None:
            kwargs.update(initializer=value, shape=None)
            restoration.values[saved_name] = None
        variable = getter(name, **kwargs)
        if value is not None and restoration.session is not None:
            restoration.session.run(variable.initializer)
        restoration.names.note(restoration.restored, saved_name, variable)
        return variable

    return get
