"""tf.keras.callbacks that watch a value: to save, to stop, to learn more slowly."""

import os
import re
from typing import Any

import numpy as np

from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.library.keras.callbacks import Callback
from evergraph.library.keras.session import get_value, set_value
from evergraph.library.train.checkpoint_management import checkpoint_exists, latest_checkpoint

MODES = ("auto", "min", "max")


def _mode(mode: str, message: str) -> str:
    if mode in MODES:
        return mode
    logging.warning(message, mode)
    return "auto"


def _grows(mode: str, monitor: str, others: tuple[str, ...] = ()) -> bool:
    """Whether greater values are better."""
    if mode == "auto":
        return "acc" in monitor or monitor.startswith(others)
    return mode == "max"


@export("keras.callbacks.TerminateOnNaN")
class TerminateOnNaN(Callback):
    """Ends the training when the loss is no finite number. Stands for
    `tf.keras.callbacks.TerminateOnNaN`."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True


@export("keras.callbacks.ModelCheckpoint")
class ModelCheckpoint(Callback):
    """Saves the model after epochs. Stands for `tf.keras.callbacks.ModelCheckpoint`.

    Args:
      filepath: where; `{epoch}` and names of values stand for these.
      monitor: the name of the value that says which model is best.
      verbose: 1 prints what is done.
      save_best_only: whether only better models than those before are saved.
      save_weights_only: whether only the variables are saved, rather than the whole model.
      mode: "min", "max", or "auto" by the name.
      save_freq: "epoch", or after how many examples.
      **kwargs: `period`, after how many epochs; `load_weights_on_restart`, whether the newest
        file is read before the training.

    Raises:
      ValueError: `save_freq` is something else.
    """

    def __init__(
        self,
        filepath: str,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        self.verbose = verbose
        self.filepath = filepath
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self.epochs_since_last_save = 0
        self._examples_since_last_save = 0
        self._epoch = 0
        self.load_weights_on_restart = kwargs.get("load_weights_on_restart", False)
        if "load_weights_on_restart" in kwargs:
            logging.warning(
                "`load_weights_on_restart` argument is deprecated. Please use "
                "`model.load_weights()` for loading weights before the start of `model.fit()`."
            )
        self.period = kwargs.get("period", 1)
        if "period" in kwargs:
            logging.warning(
                "`period` argument is deprecated. Please use `save_freq` to specify the frequency "
                "in number of samples seen."
            )
        mode = _mode(mode, "ModelCheckpoint mode %s is unknown, fallback to auto mode.")
        grows = _grows(mode, monitor, ("fmeasure",))
        self.monitor_op = np.greater if grows else np.less
        self.best = -np.inf if grows else np.inf
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(f"Unrecognized save_freq: {save_freq}")

    def set_model(self, model: Any) -> None:
        self.model = model
        if not model._is_graph_network and type(model).__name__ != "Sequential":
            self.save_weights_only = True

    def on_train_begin(self, logs: Any = None) -> None:
        if not self.load_weights_on_restart:
            return
        newest = self._newest_file()
        if newest is not None and checkpoint_exists(newest):
            try:
                self.model.load_weights(newest)
            except (OSError, ValueError) as error:
                raise ValueError(f"Error loading file from {newest}. Reason: {error}") from error

    def _newest_file(self) -> str | None:
        """The newest of the files that this callback may have written."""
        folder, name = os.path.split(self.filepath)
        pattern = "^" + re.sub(r"{.*}", r".*", name) + "$"
        newest = latest_checkpoint(folder)
        if newest is not None and re.match(pattern, os.path.basename(newest)):
            return newest
        if not os.path.isdir(folder):
            return None
        paths = [os.path.join(folder, n) for n in os.listdir(folder) if re.match(pattern, n)]
        times = {path: os.path.getmtime(path) for path in paths}
        newest_ones = [path for path in paths if times[path] == max(times.values())]
        return newest_ones[0] if len(newest_ones) == 1 else max(paths, default=None)

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        logs = logs or {}
        if isinstance(self.save_freq, int):
            self._examples_since_last_save += logs.get("size", 1)
            if self._examples_since_last_save >= self.save_freq:
                self._save(self._epoch, logs)
                self._examples_since_last_save = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs_since_last_save += 1
        if self.save_freq == "epoch" and self.epochs_since_last_save >= self.period:
            self._save(epoch, logs or {})

    def _save(self, epoch: int, logs: Any) -> None:
        self.epochs_since_last_save = 0
        path = self.filepath.format(epoch=epoch + 1, **logs)
        start = f"\nEpoch {epoch + 1:05d}: "
        if self.save_best_only:
            value = logs.get(self.monitor)
            if value is None:
                logging.warning(
                    "Can save best model only with %s available, skipping.", self.monitor
                )
                return
            if not self.monitor_op(value, self.best):
                if self.verbose > 0:
                    print(f"{start}{self.monitor} did not improve from {self.best:0.5f}")
                return
            if self.verbose > 0:
                change = f"improved from {self.best:0.5f} to {value:0.5f}"
                print(f"{start}{self.monitor} {change}, saving model to {path}")
            self.best = value
        elif self.verbose > 0:
            print(f"{start}saving model to {path}")
        save = self.model.save_weights if self.save_weights_only else self.model.save
        save(path, overwrite=True)


@export("keras.callbacks.EarlyStopping")
class EarlyStopping(Callback):
    """Ends the training when a value gets no better. Stands for
    `tf.keras.callbacks.EarlyStopping`.

    Args:
      monitor: the value's name.
      min_delta: by how much it has to get better.
      patience: how many epochs it may take.
      verbose: 1 prints when it ends.
      mode: "min", "max", or "auto" by the name.
      baseline: the value to begin with.
      restore_best_weights: whether the variables are set to those of the best epoch.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: Any = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: Any = None,
        restore_best_weights: bool = False,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.wait = 0
        self.stopped_epoch = 0
        self.restore_best_weights = restore_best_weights
        self.best_weights: Any = None
        mode = _mode(mode, "EarlyStopping mode %s is unknown, fallback to auto mode.")
        grows = _grows(mode, monitor)
        self.monitor_op = np.greater if grows else np.less
        self.min_delta = abs(min_delta) if grows else -abs(min_delta)

    def on_train_begin(self, logs: Any = None) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        worst = -np.inf if self.monitor_op is np.greater else np.inf
        self.best = worst if self.baseline is None else self.baseline

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        value = self.get_monitor_value(logs)
        if value is None:
            return
        if self.monitor_op(value - self.min_delta, self.best):
            self.best = value
            self.wait = 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait < self.patience:
            return
        self.stopped_epoch = epoch
        self.model.stop_training = True
        if self.restore_best_weights:
            if self.verbose > 0:
                print("Restoring model weights from the end of the best epoch.")
            self.model.set_weights(self.best_weights)

    def on_train_end(self, logs: Any = None) -> None:
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1:05d}: early stopping")

    def get_monitor_value(self, logs: Any) -> Any:
        """The value, or None with a warning where there is none."""
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is None:
            logging.warning(
                "Early stopping conditioned on metric `%s` which is not available. Available "
                "metrics are: %s",
                self.monitor,
                ",".join(logs),
            )
        return value


@export("keras.callbacks.ReduceLROnPlateau")
class ReduceLROnPlateau(Callback):
    """Makes the learning rate smaller when a value gets no better. Stands for
    `tf.keras.callbacks.ReduceLROnPlateau`.

    Args:
      monitor: the value's name.
      factor: what the rate is multiplied by.
      patience: how many epochs it may take.
      verbose: 1 prints changes.
      mode: "min", "max", or "auto" by the name.
      min_delta: by how much the value has to get better.
      cooldown: for how many epochs nothing is done after a change.
      min_lr: the least rate.
      **kwargs: `epsilon`, an earlier name of `min_delta`.

    Raises:
      ValueError: the factor is not below 1.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: Any = 1e-4,
        cooldown: int = 0,
        min_lr: Any = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        if factor >= 1.0:
            raise ValueError("ReduceLROnPlateau does not support a factor >= 1.0.")
        if "epsilon" in kwargs:
            min_delta = kwargs.pop("epsilon")
            logging.warning(
                "`epsilon` argument is deprecated and will be removed, use `min_delta` instead."
            )
        self.factor = factor
        self.min_lr = min_lr
        self.min_delta = min_delta
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.mode = mode
        self._reset()

    def _reset(self) -> None:
        text = "Learning Rate Plateau Reducing mode %s is unknown, fallback to auto mode."
        self.mode = _mode(self.mode, text)
        self._sign = 1 if _grows(self.mode, self.monitor) else -1
        self.best = -self._sign * np.inf
        self.cooldown_counter = 0
        self.wait = 0

    def monitor_op(self, value: Any, best: Any) -> Any:
        """Whether a value is better than the best one."""
        if self._sign > 0:
            return np.greater(value, best + self.min_delta)
        return np.less(value, best - self.min_delta)

    def on_train_begin(self, logs: Any = None) -> None:
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = {} if logs is None else logs
        logs["lr"] = get_value(self.model.optimizer.lr)
        value = logs.get(self.monitor)
        if value is None:
            logging.warning(
                "Reduce LR on plateau conditioned on metric `%s` which is not available. Available "
                "metrics are: %s",
                self.monitor,
                ",".join(logs),
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.monitor_op(value, self.best):
            self.best = value
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        rate = float(get_value(self.model.optimizer.lr))
        if rate <= self.min_lr:
            return
        rate = max(rate * self.factor, self.min_lr)
        set_value(self.model.optimizer.lr, rate)
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: ReduceLROnPlateau reducing learning rate to {rate}.")
        self.cooldown_counter = self.cooldown
        self.wait = 0

    def in_cooldown(self) -> bool:
        """Whether the last change is not long ago."""
        return self.cooldown_counter > 0
