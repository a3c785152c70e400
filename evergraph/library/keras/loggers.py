"""tf.keras.callbacks that tell of the training, or run what a program gives them."""

import csv
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

import numpy as np

from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.graph import get_default_graph
from evergraph.library.keras.callbacks import Callback
from evergraph.library.keras.session import get_value, set_value
from evergraph.library.keras.utils.progress import Progbar
from evergraph.library.summary.writer import FileWriter
from evergraph.proto.framework.summary_pb2 import Summary

COUNTS = ("batch", "size", "num_steps")


@export("keras.callbacks.BaseLogger")
class BaseLogger(Callback):
    """Puts the means over an epoch's batches into what other callbacks get of it. Stands for
    `tf.keras.callbacks.BaseLogger`.

    Args:
      stateful_metrics: names of values of which the last counts, rather than the mean.
    """

    def __init__(self, stateful_metrics: Iterable[str] | None = None) -> None:
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or ())

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.seen = 0
        self.totals: dict[str, Any] = {}

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        logs = logs or {}
        size = logs.get("size", 0)
        self.seen += size * logs.get("num_steps", 1)
        for name, value in logs.items():
            if name in self.stateful_metrics:
                self.totals[name] = value
            else:
                # Sums in double precision, as NumPy did before its version 2.
                self.totals[name] = self.totals.get(name, 0) + value * np.float64(size)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if logs is None:
            return
        for name in self.params["metrics"]:
            if name in self.totals:
                whole = name in self.stateful_metrics
                logs[name] = self.totals[name] if whole else self.totals[name] / self.seen


@export("keras.callbacks.ProgbarLogger")
class ProgbarLogger(Callback):
    """Shows how far each epoch is. Stands for `tf.keras.callbacks.ProgbarLogger`.

    Args:
      count_mode: "samples" or "steps".
      stateful_metrics: names of values that are shown as they come, rather than as means.

    Raises:
      ValueError: for another mode.
    """

    def __init__(
        self, count_mode: str = "samples", stateful_metrics: Iterable[str] | None = None
    ) -> None:
        super().__init__()
        if count_mode not in ("samples", "steps"):
            raise ValueError("Unknown `count_mode`: " + str(count_mode))
        self.use_steps = count_mode == "steps"
        self.stateful_metrics = set(stateful_metrics or ())

    def on_train_begin(self, logs: Any = None) -> None:
        self.verbose = self.params["verbose"]
        self.epochs = self.params["epochs"]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.seen = 0
        self.target = self.params["steps" if self.use_steps else "samples"]
        if self.verbose and self.epochs > 1:
            print(f"Epoch {epoch + 1}/{self.epochs}")
        self.progbar = Progbar(
            target=self.target,
            verbose=self.verbose,
            stateful_metrics=self.stateful_metrics,
            unit_name="step" if self.use_steps else "sample",
        )

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.log_values: list[tuple[str, Any]] = []

    def _take(self, logs: Any) -> None:
        logs = logs or {}
        self.log_values += [(name, logs[name]) for name in self.params["metrics"] if name in logs]

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        steps = (logs or {}).get("num_steps", 1)
        self.seen += steps if self.use_steps else (logs or {}).get("size", 0) * steps
        self._take(logs)
        if self.verbose and (self.target is None or self.seen < self.target):
            self.progbar.update(self.seen, self.log_values)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._take(logs)
        if self.verbose:
            self.progbar.update(self.seen, self.log_values)


@export("keras.callbacks.RemoteMonitor")
class RemoteMonitor(Callback):
    """Sends what each epoch gave to a server. Stands for `tf.keras.callbacks.RemoteMonitor`.

    Args:
      root: the server.
      path: the path there.
      field: the field of a form in which the text is sent.
      headers: headers of HTTP.
      send_as_json: whether the text itself is sent rather than a form.
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: Any = None,
        send_as_json: bool = False,
    ) -> None:
        super().__init__()
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        numbers = {k: getattr(v, "tolist", lambda v=v: v)() for k, v in (logs or {}).items()}
        text = json.dumps({"epoch": epoch, **numbers})
        headers = dict(self.headers or {})
        if self.send_as_json:
            headers.setdefault("Content-Type", "application/json")
        body = text if self.send_as_json else urlencode({self.field: text})
        request = urllib.request.Request(self.root + self.path, body.encode(), headers)
        try:
            urllib.request.urlopen(request).close()
        except urllib.error.HTTPError:
            pass  # the server was there
        except OSError:
            logging.warning("Warning: could not reach RemoteMonitor root server at " + self.root)


@export("keras.callbacks.LearningRateScheduler")
class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch. Stands for
    `tf.keras.callbacks.LearningRateScheduler`.

    Args:
      schedule: a function of the epoch, or of epoch and rate, that gives the rate.
      verbose: 1 prints it.

    Raises (while training):
      ValueError: the optimizer has no `lr`, or the function gave no float.
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if not hasattr(self.model.optimizer, "lr"):
            raise ValueError('Optimizer must have a "lr" attribute.')
        try:
            rate = self.schedule(epoch, float(get_value(self.model.optimizer.lr)))
        except TypeError:  # a function of the epoch alone
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.float32, np.float64)):
            raise ValueError('The output of the "schedule" function should be float.')
        set_value(self.model.optimizer.lr, rate)
        if self.verbose > 0:
            start = f"\nEpoch {epoch + 1:05d}: LearningRateScheduler"
            print(f"{start} reducing learning rate to {rate}.")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if logs is not None:
            logs["lr"] = get_value(self.model.optimizer.lr)


@export("keras.callbacks.TensorBoard")
class TensorBoard(Callback):
    """Writes losses and metrics, and the graph, for TensorBoard. Stands for
    `tf.keras.callbacks.TensorBoard`.

    Args:
      log_dir: the folder.
      write_graph: whether the graph is written.
      update_freq: "epoch", "batch", or after how many examples batches are written.
      histogram_freq, embeddings_freq: not known here.
      batch_size, write_grads, write_images, embeddings_layer_names, embeddings_metadata,
        embeddings_data: belong to these.
      profile_batch: not used.

    Raises:
      NotImplementedError: histograms or embeddings are asked for.
    """

    def __init__(
        self,
        log_dir: str = "./logs",
        histogram_freq: int = 0,
        batch_size: int = 32,
        write_graph: bool = True,
        write_grads: bool = False,
        write_images: bool = False,
        embeddings_freq: int = 0,
        embeddings_layer_names: Any = None,
        embeddings_metadata: Any = None,
        embeddings_data: Any = None,
        update_freq: Any = "epoch",
        profile_batch: int = 2,
    ) -> None:
        super().__init__()
        if histogram_freq or embeddings_freq:
            raise NotImplementedError("Histograms and embeddings of tf.keras.callbacks.TensorBoard")
        self.log_dir = log_dir
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_grads = write_grads
        self.write_images = write_images
        self.batch_size = batch_size
        self.embeddings_freq = embeddings_freq
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self._batches = 0
        self._examples = 0
        self._examples_written = 0

    def set_model(self, model: Any) -> None:
        self.model = model
        graph = get_default_graph() if self.write_graph else None
        self.writer = FileWriter(self.log_dir, graph)

    def _write(self, prefix: str, logs: Any, step: int) -> None:
        for name, value in logs.items():
            if name not in COUNTS:
                number = value.item() if isinstance(value, np.ndarray) else value
                found = Summary.Value(tag=prefix + name, simple_value=number)
                self.writer.add_summary(Summary(value=[found]), step)
        self.writer.flush()

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        logs = logs or {}
        self._examples += logs.get("size", 1)
        unwritten = self._examples - self._examples_written
        if self.update_freq != "epoch" and unwritten >= self.update_freq:
            self._write("batch_", logs, self._batches)
            self._examples_written = self._examples
        self._batches += 1

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        step = epoch if self.update_freq == "epoch" else self._examples
        self._write("epoch_", logs or {}, step)

    def on_train_end(self, logs: Any = None) -> None:
        self.writer.close()


@export("keras.callbacks.CSVLogger")
class CSVLogger(Callback):
    """Writes a line for each epoch into a file. Stands for `tf.keras.callbacks.CSVLogger`.

    Args:
      filename: the file.
      separator: what stands between values.
      append: whether to go on with a file that is there.
    """

    def __init__(self, filename: str, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.sep = separator
        self.filename = filename
        self.append = append
        self.writer: Any = None
        self.keys: list[str] | None = None
        self.append_header = True

    def on_train_begin(self, logs: Any = None) -> None:
        if self.append and os.path.exists(self.filename):
            with open(self.filename) as file:
                self.append_header = not file.readline()
        self.csv_file = open(self.filename, "a" if self.append else "w", newline="\n")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
        if self.model.stop_training:  # without an evaluation, perhaps
            logs = {key: logs.get(key, "NA") for key in self.keys}
        if self.writer is None:
            names = ["epoch", *self.keys]
            self.writer = csv.DictWriter(self.csv_file, names, delimiter=self.sep)
            if self.append_header:
                self.writer.writeheader()
        self.writer.writerow({"epoch": epoch} | {key: _cell(logs[key]) for key in self.keys})
        self.csv_file.flush()

    def on_train_end(self, logs: Any = None) -> None:
        self.csv_file.close()
        self.writer = None


def _cell(value: Any) -> Any:
    if isinstance(value, str) or np.ndim(value) == 0:
        return value
    return f'"[{", ".join(map(str, value))}]"'


@export("keras.callbacks.LambdaCallback")
class LambdaCallback(Callback):
    """Functions as a callback. Stands for `tf.keras.callbacks.LambdaCallback`.

    Args:
      on_epoch_begin, on_epoch_end: functions of epoch and logs.
      on_batch_begin, on_batch_end: functions of batch and logs.
      on_train_begin, on_train_end: functions of logs.
      **kwargs: become attributes.
    """

    def __init__(
        self,
        on_epoch_begin: Any = None,
        on_epoch_end: Any = None,
        on_batch_begin: Any = None,
        on_batch_end: Any = None,
        on_train_begin: Any = None,
        on_train_end: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_batch_begin": on_batch_begin,
            "on_batch_end": on_batch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
        }
        self.__dict__.update(kwargs)
        self.__dict__.update({name: f for name, f in given.items() if f is not None})
