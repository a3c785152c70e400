"""Critical sections: MutexV2, MutexLock, ConsumeMutexLock."""

from typing import Any

from evergraph.graph.registry import op
from evergraph.kernels.mutex import Lock, Mutex
from evergraph.ops import shape_rules

mutex_op = op(
    "MutexV2() -> resource: resource",
    "container: string = ''; shared_name: string = ''",
    stateful=True,
)
lock_op = op("MutexLock(mutex: resource) -> mutex_lock: variant", stateful=True)
consume_op = op("ConsumeMutexLock(mutex_lock: variant)", stateful=True)
for _entry in (mutex_op, lock_op):
    _entry.shape(shape_rules.scalar)
    _entry.not_differentiable()
consume_op.shape(shape_rules.no_outputs)


@mutex_op.numpy
def mutex_kernel(*, node: Any, session: Any, container: str, shared_name: str) -> Any:
    return session.slot(("mutex", container, shared_name or node.name), Mutex)


@lock_op.numpy
def lock_kernel(mutex: Mutex) -> Lock:
    return mutex.lock()


@consume_op.numpy
def consume_kernel(lock: Lock) -> None:
    lock.release()
