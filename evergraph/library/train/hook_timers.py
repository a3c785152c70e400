"""When hooks act: every so many steps or seconds."""

import time

from evergraph.base.export import export


class _HookTimer:
    """What timers have in common."""

    def reset(self) -> None:
        """Forgets when it acted."""

    def should_trigger_for_step(self, step: int) -> bool:
        """Whether to act at a step."""
        raise NotImplementedError

    def update_last_triggered_step(self, step: int) -> tuple[float | None, int | None]:
        """Notes that one acted at a step; gives the seconds and steps since the last time."""
        raise NotImplementedError

    def last_triggered_step(self) -> int | None:
        """The step at which one acted last."""
        raise NotImplementedError


@export("train.SecondOrStepTimer", "estimator.SecondOrStepTimer")
class SecondOrStepTimer(_HookTimer):
    """Acts at the first step, then every so many seconds or steps. Stands for
    `tf.train.SecondOrStepTimer`.

    Args:
      every_secs: seconds from one time to the next.
      every_steps: or steps.

    Raises:
      ValueError: both or none are given.
    """

    def __init__(self, every_secs: float | None = None, every_steps: int | None = None) -> None:
        self.reset()
        self._every_secs = every_secs
        self._every_steps = every_steps
        if every_secs is None and every_steps is None:
            raise ValueError("Either every_secs or every_steps should be provided.")
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can not provide both every_secs and every_steps.")

    def reset(self) -> None:
        """Forgets when it acted."""
        self._last_triggered_step: int | None = None
        self._last_triggered_time: float | None = None

    def should_trigger_for_step(self, step: int) -> bool:
        """Whether to act at a step: never twice at one."""
        last = self._last_triggered_step
        if last is None or self._last_triggered_time is None:
            return last is None
        if last == step:
            return False
        if self._every_secs is not None:
            return time.time() >= self._last_triggered_time + self._every_secs
        assert self._every_steps is not None
        return step >= last + self._every_steps

    def update_last_triggered_step(self, step: int) -> tuple[float | None, int | None]:
        """Notes that one acted at a step; gives the seconds and steps since the last time, None
        the first time."""
        now = time.time()
        elapsed: tuple[float | None, int | None] = (None, None)
        if self._last_triggered_time is not None and self._last_triggered_step is not None:
            elapsed = now - self._last_triggered_time, step - self._last_triggered_step
        self._last_triggered_time = now
        self._last_triggered_step = step
        return elapsed

    def last_triggered_step(self) -> int | None:
        """The step at which one acted last."""
        return self._last_triggered_step


class NeverTriggerTimer(_HookTimer):
    """Never acts."""

    def should_trigger_for_step(self, step: int) -> bool:
        """False."""
        return False

    def update_last_triggered_step(self, step: int) -> tuple[float | None, int | None]:
        """Nothing was noted: (None, None)."""
        return None, None

    def last_triggered_step(self) -> int | None:
        """None."""
        return None
