"""What can be trained and evaluated."""

import abc
from typing import Any

from evergraph.base.export import export


@export("contrib.learn.Evaluable")
class Evaluable(abc.ABC):
    """A model that can be evaluated. Stands for `tf.contrib.learn.Evaluable`."""

    @property
    @abc.abstractmethod
    def model_dir(self) -> str:
        """The folder of checkpoints and events."""

    @abc.abstractmethod
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Any = None,
        feed_fn: Any = None,
        batch_size: int | None = None,
        steps: int | None = None,
        metrics: Any = None,
        name: str | None = None,
        checkpoint_path: str | None = None,
        hooks: Any = None,
    ) -> Any:
        """Evaluates the model; gives metrics by name."""


@export("contrib.learn.Trainable")
class Trainable(abc.ABC):
    """A model that can be trained. Stands for `tf.contrib.learn.Trainable`."""

    @abc.abstractmethod
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Any = None,
        steps: int | None = None,
        batch_size: int | None = None,
        monitors: Any = None,
        max_steps: int | None = None,
    ) -> Any:
        """Trains the model; gives the model."""
