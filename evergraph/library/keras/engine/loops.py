"""The epochs of training, and the single ones of evaluation and prediction."""

from collections.abc import Container, Sequence
from typing import Any

import numpy as np

from evergraph.library.keras.callbacks import CallbackList, History
from evergraph.library.keras.engine.batches import Batches
from evergraph.library.keras.loggers import BaseLogger, ProgbarLogger


def is_validated(frequency: Any, epoch: int) -> bool:
    """Whether the model is evaluated after this epoch.

    Raises:
      ValueError: the frequency is neither a positive number nor a container of epochs.
    """
    if isinstance(frequency, int):
        if frequency < 1:
            raise ValueError("`validation_freq` can not be less than 1.")
        return (epoch + 1) % frequency == 0
    if not isinstance(frequency, Container):
        raise ValueError(
            "`validation_freq` must be an Integer or `collections_abc.Container` (e.g. list, "
            "tuple, etc.)"
        )
    return epoch + 1 in frequency


class _Sums:
    """The mean loss of an epoch, and the last values of the metrics."""

    def __init__(self) -> None:
        self.results: list[Any] = []

    def add(self, step: int, weight: int, outs: list[Any]) -> None:
        if step == 0:
            self.results = [0.0] * len(outs)
        self.results[0] += np.float64(outs[0]) * weight
        self.results[1:] = outs[1:]

    def finished(self, number: Any) -> list[Any]:
        if not self.results:
            raise ValueError("Empty training data.")
        self.results[0] /= number
        return self.results


class _Predictions:
    """The outputs of all batches, one after the other."""

    def __init__(self) -> None:
        self._parts: list[list[Any]] = []

    def add(self, step: int, weight: int, outs: list[Any]) -> None:
        self._parts.append(outs)

    def finished(self, number: Any) -> list[Any]:
        columns = zip(*self._parts, strict=True)
        return [c[0] if len(c) == 1 else np.concatenate(c) for c in columns]


class Loop:
    """Epochs of one mode.

    Args:
      model: a compiled model; for predictions any.
      batches: what each epoch has.
      mode: "train", "test" or "predict".
      callbacks: callbacks, or the list of an outer loop.
      epochs: the number of the last epoch.
      verbose: what is printed: 0 nothing, 1 a bar, 2 a line an epoch.
      validates: whether evaluations follow epochs.
    """

    def __init__(
        self,
        model: Any,
        batches: Batches,
        mode: str,
        callbacks: Any,
        epochs: int = 1,
        verbose: int = 1,
        validates: bool = False,
    ) -> None:
        self._model = model
        self._batches = batches
        self._mode = mode
        self._epochs = epochs
        self._validates = validates
        batches.epochs = epochs
        own = callbacks
        if not isinstance(own, CallbackList):
            given = list(callbacks or [])
            if mode == "train":
                model.history = History()
                given = [BaseLogger(), *given, model.history]
            own = CallbackList(given)
            own.set_model(model)
            self._callbacks = own
            self._set_params(0)
        self._callbacks = own
        count = "steps" if batches.counts_steps else "samples"
        self._progress = ProgbarLogger(count, model.metrics_names[1:])
        self._show(verbose)

    def _set_params(self, verbose: int) -> None:
        names = [] if self._mode == "predict" else self._model.metrics_names
        for callback in self._callbacks:
            if isinstance(callback, (BaseLogger, ProgbarLogger)):
                callback.stateful_metrics = set(self._model.metrics_names[1:])
        self._callbacks.set_params(
            {
                "batch_size": self._batches.batch_size,
                "epochs": self._epochs,
                "steps": self._batches.steps,
                "samples": self._batches.samples,
                "verbose": verbose,
                "do_validation": self._validates,
                "metrics": names + [f"val_{name}" for name in names if self._validates],
            }
        )

    def _show(self, verbose: int) -> None:
        # The bar shares what callbacks were told, and so they learn of `verbose`.
        self._progress.params = self._callbacks.params
        self._progress.params["verbose"] = verbose
        self._verbose = verbose

    def _logs(self, logs: dict[str, Any], outs: list[Any], prefix: str = "") -> dict[str, Any]:
        if self._mode == "predict":
            logs["outputs"] = outs
        else:
            names = self._model.metrics_names
            logs.update((prefix + name, out) for name, out in zip(names, outs, strict=False))
        return logs

    def run(self, initial_epoch: int = 0, validate: Any = None, frequency: Any = 1) -> Any:
        """All epochs; gives the results of the last one.

        Args:
          initial_epoch: the number of the epoch to begin after.
          validate: evaluates the model, given the callbacks.
          frequency: see `is_validated`.
        """
        callbacks, model, mode = self._callbacks, self._model, self._mode
        model.stop_training = False
        callbacks.call(f"on_{mode}_begin", None)
        self._progress.on_train_begin()
        sums: Any = _Predictions() if mode == "predict" else _Sums()
        results: Any = None
        for epoch in range(initial_epoch, self._epochs):
            if model.stop_training:
                break
            logs: dict[str, Any] = {}
            model.reset_metrics()
            if mode == "train":
                callbacks.call("on_epoch_begin", epoch, logs)
            self._progress.on_epoch_begin(epoch, logs)
            self._epoch(sums)
            batches = self._batches
            number = batches.steps if batches.use_steps else batches.samples
            results = sums.finished(number)
            self._logs(logs, results)
            if validate is not None and is_validated(frequency, epoch) and not model.stop_training:
                self._logs(logs, validate(callbacks, epoch), "val_")
            if mode == "train":
                callbacks.call("on_epoch_end", epoch, logs)
            self._progress.on_epoch_end(epoch, logs)
            if epoch < self._epochs - 1:
                batches.again()
        callbacks.call(f"on_{mode}_end", None)
        self._batches.close()
        return results

    def _epoch(self, sums: Any) -> None:
        """The batches of one epoch."""
        callbacks, mode, batches = self._callbacks, self._mode, self._batches
        step = 0
        for size, weight, run in batches.each():
            if batches.ran_out:
                self._ended(step)
                break
            logs: dict[str, Any] = {"batch": step, "size": size}
            callbacks.call(f"on_{mode}_batch_begin", step, logs)
            self._progress.on_batch_begin(step, logs)
            unknown = mode != "predict" and not self._model._is_compiled
            found = run()
            if batches.ran_out:
                self._ended(step)
                break
            outs = list(found) if isinstance(found, (list, tuple)) else [found]
            if unknown:
                # Only now it is known which metrics there are.
                self._set_params(self._verbose)
                self._show(self._verbose)
            sums.add(step, weight, outs)
            self._logs(logs, outs)
            callbacks.call(f"on_{mode}_batch_end", step, logs)
            self._progress.on_batch_end(step, logs)
            step += 1
            if self._model.stop_training:
                break

    def _ended(self, step: int) -> None:
        """There are no more batches."""
        if self._batches.steps:
            self._model.stop_training = True
            self._batches.warn()
        elif step > 0:
            self._batches.steps = step
            if self._mode == "train":
                self._progress.params["steps"] = step
                self._progress.progbar.target = step


def print_numbers(batches: Batches, held_out: Any) -> None:
    """Says how many examples or steps there are."""
    text = f"Train on {batches.samples} {'steps' if batches.is_dataset else 'samples'}"
    if held_out:
        text += f", validate on {held_out} {'steps' if batches.is_dataset else 'samples'}"
    print(text)


def single(results: Sequence[Any]) -> Any:
    """A list of one result as that result."""
    return results[0] if len(results) == 1 else results
