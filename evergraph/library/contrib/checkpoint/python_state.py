"""NumPy arrays as parts of checkpoints."""

import io
from typing import Any

import numpy as np

from evergraph.base.export import export
from evergraph.base.trackable import Trackable, TrackableReference
from evergraph.library.train.tracking.python_state import PythonState


@export("contrib.checkpoint.NumpyState")
class NumpyState(Trackable):
    """An object whose attributes are NumPy arrays, which checkpoints keep. Stands for
    `tf.contrib.checkpoint.NumpyState`.

    A restored checkpoint also gives it the attributes that it does not have. What is set to
    anything else than an array raises NotImplementedError.
    """

    def _lookup_dependency(self, name: str) -> Any:
        # Asked for by restores: what is not there comes into being.
        value = super()._lookup_dependency(name)
        if value is None:
            value = _NumpyWrapper(np.array([]))
            self._unconditional_checkpoint_dependencies.append(TrackableReference(name, value))
            self._unconditional_dependency_names[name] = value
            self.__dict__[name] = value
        return value

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        return value.array if isinstance(value, _NumpyWrapper) else value

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("_self_setattr_tracking", "_update_uid") or not self._setattr_tracking:
            super().__setattr__(name, value)
            return
        if not isinstance(value, (np.ndarray, np.generic)):
            raise NotImplementedError(
                f"Assigned {value} to the {name} property of {self}, which is not a NumPy array. "
                "Currently mixing NumPy arrays and other trackable objects is not supported. File "
                "a feature request if this limitation bothers you."
            )
        known = self.__dict__.get(name)
        if known is None:
            self.__dict__[name] = wrapper = _NumpyWrapper(value)
            # Not `_track_trackable`, whose look at the name would make the attribute.
            self._unconditional_checkpoint_dependencies.append(TrackableReference(name, wrapper))
            self._unconditional_dependency_names[name] = wrapper
            self._handle_deferred_dependencies(name=name, trackable=wrapper)
        else:
            known.array = value


class _NumpyWrapper(PythonState):
    """An array, as a string in the format of `np.save`."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def serialize(self) -> bytes:
        file = io.BytesIO()
        np.save(file, self.array, allow_pickle=False)
        return file.getvalue()

    def deserialize(self, string_value: bytes) -> None:
        self.array = np.load(io.BytesIO(string_value), allow_pickle=False)
