"""Objects of Python whose state goes into checkpoints as a string."""

import abc
import functools
from typing import Any

from evergraph.base.export import export
from evergraph.base.trackable import Trackable
from evergraph.library.train.tracking.base import PythonStringStateSaveable


@export("train.experimental.PythonState", "contrib.checkpoint.PythonStateWrapper")
class PythonState(Trackable, abc.ABC):
    """An object whose state a checkpoint keeps as a string. Stands for
    `tf.train.experimental.PythonState`.

    The state is asked for whenever a checkpoint is written, and brought back as soon as one is
    restored, not in a session's run.
    """

    @abc.abstractmethod
    def serialize(self) -> Any:
        """The state as a string. A derived class overrides it."""

    @abc.abstractmethod
    def deserialize(self, string_value: Any) -> None:
        """Takes a state that `serialize` gave. A derived class overrides it."""

    def _gather_saveables_for_checkpoint(self) -> dict[str, Any]:
        saveable = functools.partial(
            PythonStringStateSaveable,
            state_callback=self.serialize,
            restore_callback=self.deserialize,
        )
        return {"py_state": saveable}
