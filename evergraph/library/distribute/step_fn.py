"""Steps of training as objects: `tf.contrib.distribute.Step`."""

from collections.abc import Callable
from typing import Any

from evergraph.base.export import export
from evergraph.library.eager.backprop import implicit_grad
from evergraph.library.train.optimizer import get_filtered_grad_fn


@export("contrib.distribute.Step")
class Step:
    """A step of training, which a call of it makes. Stands for `tf.contrib.distribute.Step`.

    Args:
      distribution: the strategy.
    """

    def __init__(self, distribution: Any) -> None:
        self._distribution = distribution

    @property
    def distribution(self) -> Any:
        """The strategy."""
        return self._distribution

    def initialize(self) -> list[Any]:
        """Operations to run before the first step."""
        return []

    def __call__(self) -> Any:
        """The operation of a step."""
        raise NotImplementedError("must be implemented in descendants")


@export("contrib.distribute.StandardInputStep")
class StandardInputStep(Step):
    """A step that takes elements of a dataset. Stands for
    `tf.contrib.distribute.StandardInputStep`.

    Args:
      dataset_fn: gives the dataset.
      distribution: the strategy.
    """

    def __init__(self, dataset_fn: Callable[[], Any], distribution: Any) -> None:
        super().__init__(distribution)
        self._iterator = distribution.make_input_fn_iterator(lambda _: dataset_fn())

    def initialize(self) -> list[Any]:
        """Begins the dataset."""
        return self._iterator.initialize()  # type: ignore[no-any-return]


@export("contrib.distribute.StandardSingleLossStep")
class StandardSingleLossStep(StandardInputStep):
    """Steps of an optimizer. Stands for `tf.contrib.distribute.StandardSingleLossStep`.

    Args:
      dataset_fn: gives the dataset.
      loss_fn: `loss_fn(context, element)` gives the loss.
      optimizer: applies the gradients.
      distribution: the strategy.
      iterations_per_step: how many steps a call makes.
    """

    def __init__(
        self,
        dataset_fn: Callable[[], Any],
        loss_fn: Callable[..., Any],
        optimizer: Any,
        distribution: Any,
        iterations_per_step: int = 1,
    ) -> None:
        super().__init__(dataset_fn, distribution)
        self._loss_fn = loss_fn
        self._optimizer = optimizer
        self._iterations_per_step = iterations_per_step

    def __call__(self) -> Any:
        extended = self.distribution.extended

        def step(context: Any, inputs: Any) -> Any:
            gradients = get_filtered_grad_fn(implicit_grad(self._loss_fn))
            pairs = extended.call_for_each_replica(gradients, args=(context, inputs))
            return self._optimizer._distributed_apply(self.distribution, pairs)

        with self.distribution.scope():
            context = extended.experimental_run_steps_on_iterator(
                step, self._iterator, self._iterations_per_step
            )
            return context.run_op
