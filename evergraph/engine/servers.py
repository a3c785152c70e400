"""Servers of this process: sessions with the same target share variables, as those of one
TensorFlow server do; with those of other tasks of its cluster, too."""

import threading
from typing import Any

from evergraph.base import errors
from evergraph.engine.cluster import Cluster, Task
from evergraph.engine.devices import LOCAL
from evergraph.engine.remote import Listener, LocalPeer, Peer, RemotePeer
from evergraph.engine.state import SessionState

_lock = threading.Lock()
_states: dict[str, SessionState] = {}
_places: dict[str, str] = {}
_clusters: dict[str, Cluster] = {}
# By address.
_listeners: dict[str, Listener] = {}
_served: dict[str, SessionState] = {}
_peers: dict[str, RemotePeer] = {}


def open_server(target: str, place: str = LOCAL, cluster: Cluster | None = None) -> None:
    """Makes `target` a server that sessions of this process can be made for.

    Args:
      target: what sessions are given.
      place: job, replica and task: what the names of its devices begin with.
      cluster: its tasks, where there are several.

    Raises:
      UnknownError: its port is taken.
    """
    with _lock:
        state = _states.setdefault(target, SessionState())
        _places[target] = place
        if cluster is None:
            return
        address = cluster.addresses[cluster.own]
        if address not in _listeners:
            _listeners[address] = Listener(address, state)
        _clusters[target] = cluster
        _served[address] = state


def cluster_of(target: str) -> Cluster | None:
    """The cluster of a target's sessions; None where there is no other task."""
    with _lock:
        return _clusters.get(target)


def peer(cluster: Cluster, task: Task) -> Peer:
    """A task of a cluster, of this process or another one."""
    address = cluster.addresses[task]
    with _lock:
        if address in _served:
            return LocalPeer(_served[address])
        if address not in _peers:
            place = f"/job:{task[0]}/replica:0/task:{task[1]}"
            _peers[address] = RemotePeer(address, place)
        return _peers[address]


def place_of(target: str) -> str:
    """What the names of devices begin with in sessions of a target."""
    with _lock:
        return _places.get(target, LOCAL)


def reset_server(target: str) -> None:
    """Clears the variables of the server `target`."""
    state_for(target).close()
    with _lock:
        state = _states[target] = SessionState()
        cluster = _clusters.get(target)
        if cluster is not None:
            address = cluster.addresses[cluster.own]
            _served[address] = state
            _listeners[address].use(state)


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


def peers_of(cluster: Cluster) -> Any:
    """The function that gives the peer of a task."""
    return lambda task: peer(cluster, task)
