"""In-process servers: sessions with the same target share variables, as those of one TensorFlow
server do."""

import threading

from evergraph.base import errors
from evergraph.engine.devices import LOCAL
from evergraph.engine.state import SessionState

_lock = threading.Lock()
_states: dict[str, SessionState] = {}
_places: dict[str, str] = {}


def open_server(target: str, place: str = LOCAL) -> None:
    """Makes `target` a server that sessions of this process can be made for.

    Args:
      target: what sessions are given.
      place: job, replica and task: what the names of its devices begin with.
    """
    with _lock:
        _states.setdefault(target, SessionState())
        _places[target] = place


def place_of(target: str) -> str:
    """What the names of devices begin with in sessions of a target."""
    with _lock:
        return _places.get(target, LOCAL)


def reset_server(target: str) -> None:
    """Clears the variables of the server `target`."""
    state_for(target).close()
    with _lock:
        _states[target] = SessionState()


def state_for(target: str) -> SessionState:
    """The state of a new session: its own for "", the server's otherwise.

    Raises:
      NotFoundError: no server of this process has that target.
    """
    if not target or target == "local":
        return SessionState()
    with _lock:
        state = _states.get(target)
    if state is None:
        raise errors.NotFoundError(
            None,
            None,
            'No session factory registered for the given session options: {target: "'
            f'{target}" config: }} Registered factories are {{DIRECT_SESSION, GRPC_SESSION}}.',
        )
    return state
