"""What a session keeps between runs: variables and the objects of stateful nodes."""

import itertools
import threading
from collections.abc import Callable, Hashable
from typing import Any

from evergraph.base import errors
from evergraph.base.dtypes import DType
from evergraph.graph.tensor import Dims

# No thread has this number.
_EVERY_THREAD = 0


class MissingResourceError(errors.FailedPreconditionError):
    """A resource variable has no value: what a read says of that, and what other ops do."""

    missing = ""


class Variable:
    """A variable of a session: the cell that reference and resource kernels read and write.

    `value` is a torch tensor of its own, a NumPy scalar (rank 0, kept on the host), a NumPy array
    (strings), or
    None before initialization.
    """

    __slots__ = ("name", "dtype", "dims", "value", "lock", "resource", "_others")

    def __init__(
        self,
        name: str,
        dtype: DType,
        dims: Dims,
        resource: bool = False,
        others: "dict[str, Variable] | None" = None,
    ) -> None:
        self.name = name
        self._others = others or {}
        self.dtype = dtype
        self.dims = dims
        self.value: Any = None
        self.lock = threading.RLock()
        self.resource = resource

    def read(self) -> Any:
        """The value. Raises FailedPreconditionError before initialization."""
        value = self.value
        if value is None:
            self.fail()
        return value

    def fail(self) -> None:
        """Says that the variable is not initialized, as TensorFlow does for its kind."""
        if self.resource:
            # TensorFlow's containers begin with their first resource.
            begun = any(v.resource and v.value is not None for v in self._others.values())
            missing = (
                f"Resource localhost/{self.name}/N10tensorflow3VarE does not exist."
                if begun
                else "Container localhost does not exist. (Could not find resource: "
                f"localhost/{self.name})"
            )
            error = MissingResourceError(
                None,
                None,
                f"Error while reading resource variable {self.name} from Container: localhost. "
                f"This could mean that the variable was uninitialized. Not found: {missing}",
            )
            error.missing = missing
            raise error
        raise errors.FailedPreconditionError(
            None, None, f"Attempting to use uninitialized value {self.name}"
        )

    def __repr__(self) -> str:
        return f"<variable {self.name} {self.dtype.name}>"


class SessionState:
    """The variables and objects of one session. Safe to use from several threads."""

    def __init__(self) -> None:
        self.variables: dict[str, Variable] = {}
        self._slots: dict[Hashable, Any] = {}
        self._lock = threading.RLock()
        self.closed = False
        # Runs that must end: thread → the error to end with. Loops look here once an iteration.
        # An entry of _EVERY_THREAD ends all of them.
        self.stopping: dict[int, Exception | None] = {}
        # Another number after each run that wrote variables; results of `Kept` steps with the
        # number that they belong to.
        self.generation = 0
        self._generations = itertools.count(1)
        self.kept: dict[Any, tuple[int, Any]] = {}
        # Runs graph functions; the session sets it.
        self.functions: Any = None

    def variable(self, key: str, dtype: DType, dims: Dims, resource: bool = False) -> Variable:
        """The variable called `key`, made without a value the first time."""
        found = self.variables.get(key)
        if found is None:
            with self._lock:
                found = self.variables.get(key)
                if found is None:
                    found = self.variables[key] = Variable(
                        key, dtype, dims, resource, self.variables
                    )
        return found

    def variables_changed(self) -> None:
        """Says that a run has written variables, or may have."""
        self.generation = next(self._generations)

    def slot(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The object kept for `key`; `make()` gives it the first time.

        Raises:
          CancelledError: the session was closed while the run went on.
        """
        found = self._slots.get(key)
        if found is None:
            with self._lock:
                found = self._slots.get(key)
                if found is None:
                    if self.closed:
                        raise errors.CancelledError(None, None, "Session has been closed.")
                    found = self._slots[key] = make()
        return found

    def drop(self, key: Hashable) -> None:
        """Forgets the object kept for `key`."""
        with self._lock:
            self._slots.pop(key, None)

    def drop_all(self, which: Callable[[Any], bool]) -> None:
        """Forgets the objects kept for these keys."""
        with self._lock:
            for key in [key for key in self._slots if which(key)]:
                del self._slots[key]

    def check_stop(self) -> None:
        """Raises where the run of this thread was told to end."""
        if self.stopping:
            error = self.stopping.pop(threading.get_ident(), None)
            if error is None and _EVERY_THREAD in self.stopping:
                error = errors.CancelledError(
                    None, None, "[_Derived_]Loop execution was cancelled."
                )
            if error is not None:
                raise error

    def interrupt(self, thread: int, error: Exception) -> None:
        """Ends the run of a thread with `error`, as soon as a loop sees it."""
        self.stopping[thread] = error

    def close(self) -> None:
        """Cancels whoever waits in an object of the session, and forgets variables and objects."""
        self.closed = True
        self.stopping[_EVERY_THREAD] = None
        with self._lock:
            objects = list(self._slots.values())
            self.variables.clear()
            self._slots.clear()
            self.kept.clear()
        for found in objects:
            cancel = getattr(found, "cancel_all", None)
            if cancel is not None:
                cancel()
