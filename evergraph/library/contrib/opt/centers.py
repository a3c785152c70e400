"""What optimizers share whose workers train variables of their own around common ones."""

from typing import Any

from evergraph.api import variable_scope, variables
from evergraph.graph.defaults import device
from evergraph.graph.keys import GraphKeys
from evergraph.library.train.session_run_hook import SessionRunHook

GLOBAL_VARIABLE_NAME = "global_center_variable"


class CenterGetter:
    """A getter of variables: each trainable variable belongs to the worker, and has a global
    variable and another one of the worker's beside it.

    Args:
      worker_device: where the worker's variables go.
    """

    _beside: str  # the name of what is beside a variable

    def __init__(self, worker_device: Any) -> None:
        self._worker_device = worker_device
        self._global_map: dict[Any, Any] = {}
        self._beside_map: dict[Any, Any] = {}

    def __call__(
        self, getter: Any, name: str, trainable: Any, collections: Any, *args: Any, **kwargs: Any
    ) -> Any:
        if not trainable:
            return self._get_other(getter, name, trainable, collections, *args, **kwargs)
        local = [GraphKeys.LOCAL_VARIABLES]
        with device(self._worker_device):
            own = getter(name, *args, trainable=True, collections=local, **kwargs)
        if kwargs["reuse"] is True:
            return own
        center = getter(
            f"{GLOBAL_VARIABLE_NAME}/{name}",
            *args,
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES],
            **kwargs,
        )
        with device(self._worker_device):
            beside = getter(
                f"{self._beside}/{name}", *args, trainable=False, collections=local, **kwargs
            )
        whole = kwargs["partitioner"] is None
        parts = [[v] if whole else list(v) for v in (own, beside, center)]
        for own_part, beside_part, center_part in zip(*parts, strict=True):
            self._beside_map[own_part] = beside_part
            self._global_map[own_part] = center_part
        return own

    def _get_other(
        self, getter: Any, name: str, trainable: Any, collections: Any, *args: Any, **kwargs: Any
    ) -> Any:
        return getter(name, *args, trainable=trainable, collections=collections, **kwargs)


def make_local_step() -> Any:
    """The variable in which a worker counts its steps."""
    return variable_scope.get_variable(
        initializer=0,
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES],
        name="local_step",
    )


def get_on_worker(
    worker_device: Any, getter: Any, name: str, trainable: Any, collections: Any, **kwargs: Any
) -> Any:
    """A variable that is not trained: on the worker's device where it is local."""
    given = dict(kwargs, trainable=trainable, collections=collections)
    if GraphKeys.LOCAL_VARIABLES in collections:
        with device(worker_device):
            return getter(name, **given)
    return getter(name, **given)


class CentersHook(SessionRunHook):
    """Initializes the worker's variables after a session was created.

    Args:
      make_init_op: gives the operation that does so, once the graph is complete.
      is_chief: whether this worker initializes global variables.
    """

    def __init__(self, make_init_op: Any, is_chief: bool) -> None:
        self._make_init_op = make_init_op
        self._is_chief = is_chief
        self._variable_init_op: Any = None

    def begin(self) -> None:
        """Builds the operations."""
        self._local_init_op = variables.local_variables_initializer()
        self._global_init_op = variables.global_variables_initializer() if self._is_chief else None
        self._variable_init_op = self._make_init_op()


class RunningCentersHook(CentersHook):
    """A `CentersHook` that runs the operation."""

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Initializes."""
        session.run(self._variable_init_op)
