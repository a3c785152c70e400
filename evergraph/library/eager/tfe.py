"""`tf.contrib.eager`: what eager execution had before it was part of `tf`."""

import contextlib
from collections import abc
from typing import Any

from evergraph.api import custom_gradient as custom_gradients
from evergraph.api.variable_scope_state import with_variable_store
from evergraph.api.variable_store import _VariableStore
from evergraph.base.export import export, export_constant
from evergraph.base.platform import app
from evergraph.graph import defaults
from evergraph.library.data.iterator_ops import IteratorV2
from evergraph.library.eager import backprop, context, def_function
from evergraph.library.testing import modes
from evergraph.library.train.saver import Saver as TrainSaver
from evergraph.library.train.tracking import util as tracking

custom_gradient = custom_gradients.custom_gradient
run = app.run
executing_eagerly = in_eager_mode = defaults.executing_eagerly
function = def_function.function
GradientTape = backprop.GradientTape
Checkpoint = tracking.Checkpoint
enable_eager_execution = context.enable_eager_execution
list_devices, num_gpus = context.list_devices, context.num_gpus
run_test_in_graph_and_eager_modes = modes.run_in_graph_and_eager_modes
run_all_tests_in_graph_and_eager_modes = modes.run_all_in_graph_and_eager_modes
SYNC, ASYNC = context.SYNC, context.ASYNC
DEVICE_PLACEMENT_EXPLICIT = context.DEVICE_PLACEMENT_EXPLICIT
DEVICE_PLACEMENT_WARN = context.DEVICE_PLACEMENT_WARN
DEVICE_PLACEMENT_SILENT = context.DEVICE_PLACEMENT_SILENT
for _name in (
    "custom_gradient",
    "run",
    "executing_eagerly",
    "in_eager_mode",
    "function",
    "GradientTape",
    "Checkpoint",
    "enable_eager_execution",
    "list_devices",
    "num_gpus",
    "run_test_in_graph_and_eager_modes",
    "run_all_tests_in_graph_and_eager_modes",
    "SYNC",
    "ASYNC",
    "DEVICE_PLACEMENT_EXPLICIT",
    "DEVICE_PLACEMENT_WARN",
    "DEVICE_PLACEMENT_SILENT",
):
    export_constant(__name__, _name, f"contrib.eager.{_name}")


@export("contrib.eager.Iterator")
class EagerIterator(IteratorV2):
    """Goes over a dataset, in eager execution. Stands for `tf.contrib.eager.Iterator`.

    Args:
      dataset: the dataset.

    Raises:
      RuntimeError: ops are not executed at once.
    """

    def __init__(self, dataset: Any) -> None:
        if not executing_eagerly():
            raise RuntimeError(
                f"{type(self)} objects can only be used when eager execution is enabled, use "
                "tf.data.Dataset.make_initializable_iterator or "
                "tf.data.Dataset.make_one_shot_iterator for graph construction"
            )
        super().__init__(dataset)


@export("contrib.eager.Saver")
class Saver:
    """Saves and restores variables. Stands for `tf.contrib.eager.Saver`.

    Args:
      var_list: the variables: a list, or a dict by the names to save them under.
    """

    def __init__(self, var_list: Any) -> None:
        self._saver = TrainSaver(var_list)

    def save(self, file_prefix: str, global_step: Any = None) -> str | None:
        """Writes a checkpoint, and returns its path.

        Args:
          file_prefix: the path.
          global_step: a number to append to it.
        """
        return self._saver.save(None, file_prefix, write_meta_graph=False, global_step=global_step)

    def restore(self, file_prefix: str) -> None:
        """Gives the variables the values of a checkpoint."""
        self._saver.restore(None, file_prefix)


@export("contrib.eager.get_optimizer_variables")
def get_optimizer_variables(optimizer: Any) -> list[Any]:
    """The variables of an optimizer. Stands for `tf.contrib.eager.get_optimizer_variables`."""
    return list(optimizer.variables())


@export("contrib.eager.EagerVariableStore")
class EagerVariableStore:
    """Keeps what `tf.get_variable` makes, so that it finds it again in eager execution. Stands for
    `tf.contrib.eager.EagerVariableStore`.

    Args:
      store: a store of variables to go on with.
    """

    def __init__(self, store: Any = None) -> None:
        if store is not None and not store._store_eager_variables:
            raise ValueError(
                "Cannot construct EagerVariableStore from a VariableStore object that does not "
                "hold eager variables."
            )
        self._store = store or _VariableStore()
        self._store._store_eager_variables = True

    @contextlib.contextmanager
    def as_default(self) -> abc.Iterator[None]:
        """In the block, this is where variables are kept."""
        with with_variable_store(self._store):
            yield

    def variables(self) -> list[Any]:
        """The variables, by name."""
        return sorted(self._store._vars.values(), key=lambda v: v.name)

    def trainable_variables(self) -> list[Any]:
        """Those that are trained."""
        return [v for v in self.variables() if v.trainable]

    def non_trainable_variables(self) -> list[Any]:
        """The others."""
        return [v for v in self.variables() if not v.trainable]
