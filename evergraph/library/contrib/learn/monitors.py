"""What looks at training step by step, as before `tf.train.SessionRunHook`."""

from typing import Any

import numpy as np

from evergraph.base import tf_inspect
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export, export_constant
from evergraph.base.platform import logging
from evergraph.graph.defaults import get_collection
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.train import training_util
from evergraph.library.train.basic_session_run_hooks import _as_graph_element
from evergraph.library.train.session_run_hook import SessionRunArgs, SessionRunHook


@export("contrib.learn.monitors.BaseMonitor")
class BaseMonitor:
    """Looks at training, and does nothing. Stands for `tf.contrib.learn.monitors.BaseMonitor`.

    Methods raise ValueError where they are not called in turn.
    """

    @deprecated("2016-12-05", "Monitors are deprecated. Please use tf.train.SessionRunHook.")
    def __init__(self) -> None:
        self._begun = False
        self._current_epoch: int | None = None
        self._current_step: int | None = None
        self._max_steps: int | None = None
        self._estimator: Any = None

    @property
    def run_on_all_workers(self) -> bool:
        """Whether workers other than the chief need it too."""
        return False

    def set_estimator(self, estimator: Any) -> None:
        """Tells which Estimator is trained."""
        if estimator is None:
            raise ValueError("Missing estimator.")
        self._estimator = estimator

    def begin(self, max_steps: int | None = None) -> None:
        """Before training: `max_steps` is the last step, if it is known."""
        if self._begun:
            raise ValueError("begin called twice without end.")
        self._max_steps = max_steps
        self._begun = True

    def end(self, session: Any = None) -> None:
        """After training."""
        if not self._begun:
            raise ValueError("end called without begin.")
        self._max_steps = None
        self._begun = False

    def epoch_begin(self, epoch: int) -> None:
        """Before an epoch."""
        if self._current_epoch is not None:
            raise ValueError("epoch_begin called twice without epoch_end.")
        if epoch < 0:
            raise ValueError(f"Invalid epoch {epoch}.")
        self._current_epoch = epoch

    def epoch_end(self, epoch: int) -> None:
        """After an epoch."""
        if self._current_epoch != epoch:
            raise ValueError("epoch_end expected %s but got %s.", self._current_epoch, epoch)
        self._current_epoch = None

    def step_begin(self, step: int) -> list[Any]:
        """Before a step: gives tensors, or names of some, that are to be run with it."""
        if step < 0 or (self._max_steps is not None and step > self._max_steps):
            raise ValueError(f"Invalid step {step}.")
        self._current_step = step
        return []

    def step_end(self, step: int, output: dict[Any, Any]) -> bool:
        """After a step: is told what `step_begin` asked for; gives whether to stop."""
        if self._current_step != step:
            raise ValueError("step_end expected %s but got %s.", self._current_step, step)
        self._current_step = None
        return False

    def post_step(self, step: int, session: Any) -> None:
        """After `step_end` of all monitors."""


def _extract_output(outputs: dict[Any, Any], request: Any) -> Any:
    return outputs[request] if request in outputs else outputs[request.name]


@export("contrib.learn.monitors.EveryN")
class EveryN(BaseMonitor):
    """Looks at every so many steps. Stands for `tf.contrib.learn.monitors.EveryN`.

    Subclasses override the methods `every_n_...`.

    Args:
      every_n_steps: how many steps from one to the next.
      first_n_steps: up to which step to look at each.
    """

    def __init__(self, every_n_steps: int = 100, first_n_steps: int = 1) -> None:
        super().__init__()
        self._every_n_steps = every_n_steps
        self._first_n_steps = first_n_steps
        self._last_successful_step: int | None = None
        self._last_active_step = 0
        self._every_n_step_begin_called = False

    def every_n_step_begin(self, step: int) -> list[Any]:
        """As `step_begin`."""
        return []

    def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool | None:
        """As `step_end`."""
        return False

    def every_n_post_step(self, step: int, session: Any) -> None:
        """As `post_step`; once more at the end of training."""

    def step_begin(self, step: int) -> list[Any]:
        """Calls `every_n_step_begin` in its turn."""
        super().step_begin(step)
        due = self._every_n_steps + self._last_active_step
        self._every_n_step_begin_called = (
            step <= self._first_n_steps or step >= due or step == self._max_steps
        )
        return self.every_n_step_begin(step) if self._every_n_step_begin_called else []

    def step_end(self, step: int, output: dict[Any, Any]) -> bool:
        """Calls `every_n_step_end` in its turn."""
        super().step_end(step, output)
        return self._every_n_step_begin_called and bool(self.every_n_step_end(step, output))

    def post_step(self, step: int, session: Any) -> None:
        """Calls `every_n_post_step` in its turn."""
        super().post_step(step, session)
        if self._every_n_step_begin_called:
            self.every_n_post_step(step, session)
            self._last_active_step = step
        self._last_successful_step = step

    def end(self, session: Any = None) -> None:
        """Calls `every_n_post_step` for the last step."""
        super().end(session=session)
        if self._last_successful_step != self._last_active_step:
            self.every_n_post_step(self._last_successful_step, session)  # type: ignore[arg-type]


@export("contrib.learn.monitors.StopAtStep")
class StopAtStep(BaseMonitor):
    """Stops after some steps, or at a step. Stands for `tf.contrib.learn.monitors.StopAtStep`."""

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        super().__init__()
        if num_steps is None and last_step is None:
            raise ValueError("One of num_steps or last_step must be specified.")
        if num_steps is not None and last_step is not None:
            raise ValueError("Only one of num_steps or last_step can be specified.")
        self._num_steps = num_steps
        self._last_step = last_step

    @property
    def run_on_all_workers(self) -> bool:
        """True: all workers stop."""
        return True

    def step_begin(self, step: int) -> list[Any]:
        """Begins to count."""
        super().step_begin(step)
        if self._last_step is None:
            self._last_step = step + self._num_steps - 1  # type: ignore[operator]
        return []

    def step_end(self, step: int, output: dict[Any, Any]) -> bool:
        """Whether the last step is done."""
        super().step_end(step, output)
        return step >= self._last_step  # type: ignore[operator]


def _shown(names: dict[Any, Any], outputs: dict[Any, Any]) -> str:
    there = ((tag, name) for tag, name in names.items() if name in outputs)
    return ", ".join(f"{tag} = {_extract_output(outputs, name)}" for tag, name in there)


@export("contrib.learn.monitors.PrintTensor")
class PrintTensor(EveryN):
    """Logs tensors. Stands for `tf.contrib.learn.monitors.PrintTensor`.

    Args:
      tensor_names: names of tensors, or a dict of what to call them to names.
      every_n, first_n: as of EveryN.
    """

    def __init__(self, tensor_names: Any, every_n: int = 100, first_n: int = 1) -> None:
        super().__init__(every_n, first_n)
        if not isinstance(tensor_names, dict):
            tensor_names = {name: name for name in tensor_names}
        self._tensor_names = tensor_names

    def every_n_step_begin(self, step: int) -> list[Any]:
        """Asks for the tensors."""
        super().every_n_step_begin(step)
        return list(self._tensor_names.values())

    def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> None:
        """Logs them."""
        super().every_n_step_end(step, outputs)
        logging.info("Step %d: %s", step, _shown(self._tensor_names, outputs))


@export("contrib.learn.monitors.LoggingTrainable")
class LoggingTrainable(EveryN):
    """Logs trainable variables. Stands for `tf.contrib.learn.monitors.LoggingTrainable`.

    Args:
      scope: only those whose names begin so.
      every_n, first_n: as of EveryN.
    """

    def __init__(self, scope: str | None = None, every_n: int = 100, first_n: int = 1) -> None:
        super().__init__(every_n, first_n)
        self._scope = scope
        self._names: dict[str, str] = {}

    def every_n_step_begin(self, step: int) -> list[Any]:
        """Asks for the variables."""
        super().every_n_step_begin(step)
        variables = get_collection(GraphKeys.TRAINABLE_VARIABLES, scope=self._scope)
        self._names = {variable.name: variable.value().name for variable in variables}
        return list(self._names.values())

    def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> None:
        """Logs them."""
        super().every_n_step_end(step, outputs)
        logging.info("Logging Trainable: Step %d: %s", step, _shown(self._names, outputs))


@export("contrib.learn.monitors.CaptureVariable")
class CaptureVariable(EveryN):
    """Keeps the values of a tensor. Stands for `tf.contrib.learn.monitors.CaptureVariable`.

    Args:
      var_name: the tensor's name.
      every_n, first_n: as of EveryN.
    """

    def __init__(self, var_name: str, every_n: int = 100, first_n: int = 1) -> None:
        super().__init__(every_n, first_n)
        self._var_name = var_name
        self._var_values: dict[int, Any] = {}

    @property
    def values(self) -> dict[int, Any]:
        """Values by step."""
        return self._var_values

    def every_n_step_begin(self, step: int) -> list[Any]:
        """Asks for the tensor."""
        super().every_n_step_begin(step)
        return [self._var_name]

    def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> None:
        """Keeps its value."""
        super().every_n_step_end(step, outputs)
        self._var_values[step] = _extract_output(outputs, self._var_name)


@export("contrib.learn.monitors.GraphDump")
class GraphDump(BaseMonitor):
    """Keeps the values of all tensors. Stands for `tf.contrib.learn.monitors.GraphDump`.

    Args:
      ignore_ops: op types left out; default: IGNORE_OPS.
    """

    IGNORE_OPS = ["Const", "Assign", "Identity", "Placeholder", "RandomUniform", "Cast"] + [
        "RestoreSlice"
    ]

    def __init__(self, ignore_ops: Any = None) -> None:
        super().__init__()
        self._ignore_ops = ignore_ops or GraphDump.IGNORE_OPS
        self._data: dict[int, Any] = {}
        self._tensors: list[Any] = []

    @property
    def data(self) -> dict[int, Any]:
        """What each step gave."""
        return self._data

    def begin(self, max_steps: int | None = None) -> None:
        """Finds the tensors: the first output of each node."""
        super().begin(max_steps=max_steps)
        self._tensors = []
        for node in get_default_graph().get_operations():
            if node.type not in self._ignore_ops:
                logging.info("op=%s name=%s.", node.type, node.name)
                self._tensors.extend(node.outputs[:1])

    def step_begin(self, step: int) -> list[Any]:
        """Asks for them."""
        super().step_begin(step)
        return self._tensors

    def step_end(self, step: int, output: dict[Any, Any]) -> bool:
        """Keeps their values."""
        super().step_end(step, output)
        self._data[step] = output
        return False

    def compare(
        self, other_dump: "GraphDump", step: int, atol: float = 1e-06
    ) -> tuple[list[str], dict[str, Any]]:
        """Compares a step's values with another's: names of equal ones, and differences by name.

        Only what was asked for by name is compared.

        Raises:
          ValueError: the other has not all of them.
        """
        matched, non_matched = [], {}
        others = other_dump.data.get(step, {})
        for key, value in self.data.get(step, {}).items():
            if not isinstance(key, str):
                continue
            if key not in others:
                raise ValueError("%s missing at step %s.", (key, step))
            other = others[key]
            if isinstance(value, str):
                continue
            if isinstance(value, np.ndarray):
                if np.allclose(value, other, atol=atol):
                    matched.append(key)
                else:
                    non_matched[key] = value - other
            elif value != other:
                non_matched[key] = (value, other)
            else:
                matched.append(key)
        return matched, non_matched


class NanLossDuringTrainingError(RuntimeError):
    """The loss is NaN. Stands for `tf.contrib.learn.NanLossDuringTrainingError`."""

    def __str__(self) -> str:
        return "NaN loss during training."


export_constant(__name__, "NanLossDuringTrainingError", "contrib.learn.NanLossDuringTrainingError")


@export("contrib.learn.monitors.NanLoss")
class NanLoss(EveryN):
    """Stops when the loss is NaN. Stands for `tf.contrib.learn.monitors.NanLoss`.

    Args:
      loss_tensor: the loss, or its name.
      every_n_steps: as of EveryN.
      fail_on_nan_loss: whether to raise NanLossDuringTrainingError; else training just ends.
    """

    def __init__(
        self, loss_tensor: Any, every_n_steps: int = 100, fail_on_nan_loss: bool = True
    ) -> None:
        super().__init__(every_n_steps=every_n_steps)
        self._loss_tensor = loss_tensor
        self._fail_on_nan_loss = fail_on_nan_loss

    def every_n_step_begin(self, step: int) -> list[Any]:
        """Asks for the loss."""
        super().every_n_step_begin(step)
        return [self._loss_tensor]

    def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
        """Looks at it."""
        super().every_n_step_end(step, outputs)
        if not np.isnan(_extract_output(outputs, self._loss_tensor)):
            return False
        message = "Model diverged with loss = NaN."
        if self._fail_on_nan_loss:
            logging.error(message)
            raise NanLossDuringTrainingError
        logging.warning(message)
        return True


@export("contrib.learn.monitors.RunHookAdapterForMonitors")
class RunHookAdapterForMonitors(SessionRunHook):
    """Monitors as one hook. Stands for `tf.contrib.learn.monitors.RunHookAdapterForMonitors`."""

    def __init__(self, monitors: list[Any]) -> None:
        self._monitors = monitors
        self._last_step: Any = None
        self._global_step_tensor: Any = None

    def begin(self) -> None:
        """Begins with each monitor."""
        self._last_step = None
        self._global_step_tensor = training_util.get_global_step()
        for monitor in self._monitors:
            monitor.begin(max_steps=None)

    def before_run(self, run_context: Any) -> Any:
        """Asks for the step and for what monitors ask for."""
        step = self._global_step_tensor
        if self._last_step is None:
            self._last_step = run_context.session.run(step) + 1
        asked: list[Any] = []
        for monitor in self._monitors:
            requests = monitor.step_begin(self._last_step)
            if requests and not isinstance(requests, list):
                raise ValueError("Monitor.step_begin should return a list.")
            asked.extend(requests or [])
        fetches = {step: step}
        if asked:
            fetches["monitors"] = {request: _as_graph_element(request) for request in asked}
        return SessionRunArgs(fetches)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Gives the results to monitors, and stops if one wants to."""
        results = run_values.results.get("monitors", {})
        for monitor in self._monitors:
            if monitor.step_end(self._last_step, results):
                run_context.request_stop()
        for monitor in self._monitors:
            monitor.post_step(self._last_step, run_context.session)
        self._last_step = run_values.results[self._global_step_tensor] + 1

    def end(self, session: Any) -> None:
        """Ends each monitor."""
        self._last_step = None
        for monitor in self._monitors:
            if "session" in tf_inspect.getargspec(monitor.end).args:
                monitor.end(session=session)
            else:
                monitor.end()


@export("contrib.learn.monitors.replace_monitors_with_hooks")
def replace_monitors_with_hooks(monitors_or_hooks: Any, estimator: Any) -> list[Any]:
    """Hooks, those that are hooks already first; monitors that only a chief needs are left out for
    other workers. Stands for `tf.contrib.learn.monitors.replace_monitors_with_hooks`."""
    given = monitors_or_hooks or []
    hooks = [hook for hook in given if isinstance(hook, SessionRunHook)]
    is_chief = estimator.config.is_chief
    monitors = [
        monitor
        for monitor in given
        if not isinstance(monitor, SessionRunHook) and (is_chief or monitor.run_on_all_workers)
    ]
    for monitor in monitors:
        monitor.set_estimator(estimator)
    return [*hooks, RunHookAdapterForMonitors(monitors)] if monitors else hooks
