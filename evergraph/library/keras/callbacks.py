"""tf.keras.callbacks: what is called while a model trains."""

from collections.abc import Iterable, Iterator
from typing import Any

from evergraph.base.export import export


@export("keras.callbacks.Callback")
class Callback:
    """What is called while a model trains; a derived class overrides methods.

    `model` is the model, `params` says how it trains. A method that sets `model.stop_training`
    ends the training after the epoch. Stands for `tf.keras.callbacks.Callback`.
    """

    def __init__(self) -> None:
        self.validation_data: Any = None
        self.model: Any = None
        self.params: Any = None

    def set_params(self, params: Any) -> None:
        """Takes what is known of the training."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Takes the model."""
        self.model = model

    def on_train_begin(self, logs: Any = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Any = None) -> None:
        """After the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Before each epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """After each epoch; `logs` has the loss and metrics, those of validation as "val_..."."""

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before each batch."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """After each batch; `logs` has its loss and the metrics so far."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before each batch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """After each batch."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before each batch of an evaluation."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """After each batch of an evaluation."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before each batch of predictions."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """After each batch of predictions."""

    def on_test_begin(self, logs: Any = None) -> None:
        """Before an evaluation."""

    def on_test_end(self, logs: Any = None) -> None:
        """After an evaluation."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Before predictions."""

    def on_predict_end(self, logs: Any = None) -> None:
        """After predictions."""


@export("keras.callbacks.History")
class History(Callback):
    """Keeps what each epoch gave: `history` has a list for each name, `epoch` the epochs' numbers.

    Stands for `tf.keras.callbacks.History`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class CallbackList:
    """Callbacks that are called one after the other."""

    def __init__(self, callbacks: Iterable[Callback] = ()) -> None:
        self.callbacks = list(callbacks)
        self.params: dict[str, Any] = {}
        self.model: Any = None

    def __iter__(self) -> Iterator[Callback]:
        return iter(self.callbacks)

    def append(self, callback: Callback) -> None:
        """Adds one at the end."""
        self.callbacks.append(callback)

    def set_params(self, params: dict[str, Any]) -> None:
        """Tells all of them how the model is trained."""
        self.params = params
        self.call("set_params", params)

    def set_model(self, model: Any) -> None:
        """Tells all of them the model."""
        self.model = model
        self.call("set_model", model)

    def call(self, method: str, *arguments: Any) -> None:
        """Calls a method of all of them."""
        for callback in self.callbacks:
            getattr(callback, method)(*arguments)
