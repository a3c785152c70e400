"""Training with a Supervisor: `tf.train.basic_train_loop`."""

from collections.abc import Callable
from typing import Any

from evergraph.base import errors
from evergraph.base.export import export


@export("train.basic_train_loop")
def basic_train_loop(
    supervisor: Any,
    train_step_fn: Callable[..., Any],
    args: Any = None,
    kwargs: Any = None,
    master: str = "",
) -> None:
    """Calls a function until a supervisor stops; in a new session where one is lost. Stands for
    `tf.train.basic_train_loop`.

    Args:
      supervisor: a Supervisor.
      train_step_fn: called as `train_step_fn(session, *args, **kwargs)`.
      args: more arguments.
      kwargs: more arguments by name.
      master: the session's target.
    """
    while True:
        try:
            with supervisor.managed_session(master) as session:
                while not supervisor.should_stop():
                    train_step_fn(session, *(args or ()), **(kwargs or {}))
            return
        except errors.AbortedError:
            continue
