"""The tensors that a session keeps between runs, by handle."""

from typing import Any

import numpy as np

from evergraph.base import errors

_DEVICE = "/job:localhost/replica:0/task:0/device:CPU:0"


class SessionStore:
    """The tensors kept in one session, by handle."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}
        self._count = 0

    def keep(self, name: str, value: Any) -> str:
        """Keeps a copy of `value`; gives its handle."""
        handle = f"{name};{self._count};{_DEVICE}"
        self._count += 1
        self._kept[handle] = np.array(value)
        return handle

    def get(self, handle: str) -> Any:
        """The value of a handle. Raises InvalidArgumentError where there is none."""
        if handle not in self._kept:
            raise errors.InvalidArgumentError(
                None, None, f"The tensor with handle '{handle}' is not in the session store."
            )
        return self._kept[handle]

    def delete(self, handle: str) -> None:
        """Forgets a value. Raises InvalidArgumentError where there is none."""
        if self._kept.pop(handle, None) is None:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Failed to delete a tensor with handle '{handle}' in the session store.",
            )

    def drop(self, handle: str) -> None:
        """Forgets a value, if it is there."""
        self._kept.pop(handle, None)


def store_of(session: Any) -> SessionStore:
    """The store of a session's state."""
    return session.slot("session handles", SessionStore)
