"""`tf.contrib.distribute.Monitor`."""

from typing import Any

from evergraph.api.variables import global_variables_initializer
from evergraph.base import errors
from evergraph.base.export import export
from evergraph.graph.defaults import executing_eagerly


@export("contrib.distribute.Monitor")
class Monitor:
    """Runs steps. Stands for `tf.contrib.distribute.Monitor`.

    Args:
      step_callable: a Step.
      session: the session to run it in; in graphs alone.

    Raises:
      ValueError: a session is missing, or too much.
    """

    def __init__(self, step_callable: Any, session: Any = None) -> None:
        if executing_eagerly():
            if session is not None:
                raise ValueError("Should not provide a `session` in Eager mode.")
            self._run_step = step_callable
            return
        if session is None:
            raise ValueError("Should provide a `session` in Graph mode.")
        session.run(step_callable.initialize())
        self._run_step = session.make_callable(step_callable())
        session.run(global_variables_initializer())

    def run_steps(self, num_steps: int | None = None) -> None:
        """Runs so many steps, or until there is no more input."""
        step = 0
        while num_steps is None or step < num_steps:
            try:
                self._run_step()
            except errors.OutOfRangeError:
                return
            step += 1
