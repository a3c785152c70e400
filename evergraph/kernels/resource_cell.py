"""What a resource handle stands for: a place that one op makes, another fills, and others use."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.kernels.host import invalid


class ResourceCell:
    """A place of a session for an object of a kind, empty at first.

    `kind` is a class whose `interface` is what TensorFlow's messages call it.
    """

    def __init__(self, kind: Any, container: str, name: str, session: Any) -> None:
        self._kind, self._container, self._name = kind, container or "localhost", name
        self._session = session
        self._value: Any = None

    @property
    def is_filled(self) -> bool:
        """Whether there is an object."""
        return self._value is not None

    def fill(self, make: Callable[[], Any]) -> None:
        """Puts in an object, unless there is one."""
        made = make()
        if self._value is None:
            self._value = made
            self._containers().add(self._container)

    def cancel_all(self) -> None:
        """Takes out the object: the session ends, or the resource is destroyed."""
        self._value = None

    def read(self, kind: Any) -> Any:
        """The object, which must be of a kind.

        Raises:
          InvalidArgumentError: the handle is of another kind.
          NotFoundError: there is none.
        """
        if kind is not self._kind:
            raise invalid(
                "Trying to access resource using the wrong type. Expected "
                f"{self._kind.interface} got {kind.interface}"
            )
        if self._value is None:
            where = f"{self._container}/{self._name}"
            if self._has_begun():
                text = f"Resource {where}/{kind.interface} does not exist."
            else:
                text = (
                    f"Container {self._container} does not exist. (Could not find resource: "
                    f"{where})"
                )
            raise errors.NotFoundError(None, None, text)
        return self._value

    def _containers(self) -> set[str]:
        found: set[str] = self._session.slot("containers of cells", set)
        return found

    def _has_begun(self) -> bool:
        """Whether anything was ever made in the container."""
        variables = self._session.variables.values()
        return self._container in self._containers() or (
            self._container == "localhost"
            and any(v.resource and v.value is not None for v in variables)
        )


def cell_of(session: Any, kind: Any, container: str, name: str) -> ResourceCell:
    """The session's cell of a kind and a name."""
    found: ResourceCell = session.slot(
        ("cell", kind.interface, container, name),
        lambda: ResourceCell(kind, container, name, session),
    )
    return found


def read(handle: Any, kind: Any) -> Any:
    """The object behind a handle; one chosen at run time comes in an array."""
    cell: ResourceCell = handle.item() if isinstance(handle, np.ndarray) else handle
    return cell.read(kind)
