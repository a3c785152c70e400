"""How far something is, on one line of the terminal: `tf.keras.utils.Progbar`."""

import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from evergraph.base.export import export


def _clock(seconds: float) -> str:
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if seconds > 3600:
        return "%d:%02d:%02d" % (hours, minutes, seconds % 60)  # noqa: UP031
    if seconds > 60:
        return "%d:%02d" % (minutes, seconds % 60)  # noqa: UP031
    return f"{int(seconds)}s"


def _per_unit(seconds: float, unit: str) -> str:
    if seconds >= 1 or seconds == 0:
        return f" {seconds:.0f}s/{unit}"
    if seconds >= 1e-3:
        return f" {seconds * 1e3:.0f}ms/{unit}"
    return f" {seconds * 1e6:.0f}us/{unit}"


@export("keras.utils.Progbar")
class Progbar:
    """A bar that grows, with the means of values. Stands for `tf.keras.utils.Progbar`.

    Args:
      target: how much there is to do; None if it is not known.
      width: the length of the bar.
      verbose: 1 for a bar, 2 for a line at the end, 0 for nothing.
      interval: how many seconds pass at least between two bars.
      stateful_metrics: names of values that are shown as they come, not as means.
      unit_name: what is counted, "step" or "sample".
    """

    def __init__(
        self,
        target: Any,
        width: int = 30,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self._total_width = 0
        self._seen_so_far = 0
        self._values: dict[str, tuple[Any, Any]] = {}  # name → sum and weight
        self._start = time.time()
        self._last_update = 0.0

    def update(self, current: Any, values: Any = None) -> None:
        """Shows how far it is.

        Args:
          current: how much is done.
          values: pairs of name and value; means of them are shown.
        """
        step = current - self._seen_so_far
        for name, value in values or ():
            if name in self.stateful_metrics:
                self._values[name] = (value, 1)
            else:
                total, weight = self._values.get(name, (0, 0))
                self._values[name] = (total + value * step, weight + step)
        self._seen_so_far = current
        now = time.time()
        finished = self.target is not None and current >= self.target
        if self.verbose == 1:
            early = now - self._last_update < self.interval
            if early and self.target is not None and not finished:
                return
            self._show_bar(current, now - self._start, finished)
        elif self.verbose == 2 and finished:
            count = f"{current:>{len(str(self.target))}}/{self.target}"
            passed = f" - {now - self._start:.0f}s"
            sys.stdout.write(count + passed + self._described(signed=True) + "\n")
            sys.stdout.flush()
        self._last_update = now

    def _described(self, signed: bool = False) -> str:
        text = ""
        for name, (total, weight) in self._values.items():
            mean = np.mean(total / max(1, weight))
            large = (mean if signed else abs(mean)) > 1e-3
            text += f" - {name}: " + (f"{mean:.4f}" if large else f"{mean:.4e}")
        return text

    def _bar(self, current: Any) -> str:
        if self.target is None:
            return f"{current:>7}/Unknown"
        done = int(self.width * (float(current) / self.target))
        bar = f"{current:>{len(str(self.target))}}/{self.target} ["
        if done > 0:
            bar += "=" * (done - 1) + (">" if current < self.target else "=")
        return bar + "." * (self.width - done) + "]"

    def _show_bar(self, current: Any, passed: float, finished: bool) -> None:
        before = self._total_width
        bar = self._bar(current)
        per_unit = passed / current if current else 0
        if self.target is not None and not finished:
            info = f" - ETA: {_clock(per_unit * (self.target - current))}"
        else:
            info = f" - {passed:.0f}s" + _per_unit(per_unit, self.unit_name)
        info += self._described()
        self._total_width = len(bar) + len(info)
        info += " " * (before - self._total_width)
        sys.stdout.write("\b" * before + "\r" + bar + info + ("\n" if finished else ""))
        sys.stdout.flush()

    def add(self, n: Any, values: Any = None) -> None:
        """Shows that `n` more are done; see `update`."""
        self.update(self._seen_so_far + n, values)
