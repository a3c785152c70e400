"""Models on several devices, of which there is one here:
`tf.contrib.estimator.replicate_model_fn`."""

import copy
from collections.abc import Callable
from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.function_utils import fn_args
from evergraph.base.platform import logging
from evergraph.graph.defaults import device
from evergraph.library.device_lib import list_local_devices
from evergraph.library.losses.losses_impl import Reduction
from evergraph.library.train.optimizer import Optimizer

_INSTEAD = "Please use `tf.contrib.distribute.MirroredStrategy` instead."


def _local_devices(kind: str) -> list[str]:
    return [found.name for found in list_local_devices() if found.device_type == kind]


@export("contrib.estimator.replicate_model_fn")
@deprecated("2018-05-31", _INSTEAD)
def replicate_model_fn(
    model_fn: Callable[..., Any],
    loss_reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
    devices: Any = None,
) -> Callable[..., Any]:
    """A model function on each device. Stands for `tf.contrib.estimator.replicate_model_fn`.

    Args:
      model_fn: the model function.
      loss_reduction: how losses of devices become one.
      devices: their names; default: the GPU, or the CPU where there is none.

    Raises:
      ValueError: losses are not reduced.
      NotImplementedError: several devices.
    """
    if loss_reduction == Reduction.NONE:
        raise ValueError(
            f"Tower losses need to be reduced in some way, yet {loss_reduction} reduction is "
            "specified."
        )
    devices = devices or _local_devices("GPU") or _local_devices("CPU")
    if len(devices) > 1:
        raise NotImplementedError(
            f"evergraph trains on one device: replicate_model_fn on {devices} is not supported"
        )
    place = devices[0] if "GPU" in devices[0].upper() else "/CPU:0"
    logging.info(
        f"Replicating the `model_fn` across {devices}.  Variables are going to be placed on "
        f"{[place]}.  Consolidation device is going to be {place}."
    )

    def single_device_model_fn(
        features: Any, labels: Any, mode: str, params: Any = None, config: Any = None
    ) -> Any:
        taken = fn_args(model_fn)
        known = {"params": params, "config": config}
        more = {name: copy.deepcopy(value) for name, value in known.items() if name in taken}
        with device(devices[0]):
            return model_fn(features=features, labels=labels, mode=mode, **more)

    return single_device_model_fn


@export("contrib.estimator.TowerOptimizer")
class TowerOptimizer(Optimizer):
    """An optimizer of a replicated model function. Stands for
    `tf.contrib.estimator.TowerOptimizer`.

    Args:
      optimizer_or_optimizer_fn: the optimizer, or a function that makes it.
    """

    @deprecated("2018-05-31", _INSTEAD)
    def __init__(self, optimizer_or_optimizer_fn: Any) -> None:
        self._optimizer_or_optimizer_fn = optimizer_or_optimizer_fn

    def _get_optimizer(self) -> Any:
        if callable(self._optimizer_or_optimizer_fn):
            self._optimizer_or_optimizer_fn = self._optimizer_or_optimizer_fn()
        return self._optimizer_or_optimizer_fn

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """A slot of the other optimizer."""
        return self._get_optimizer().get_slot(*args, **kwargs)

    def get_slot_names(self, *args: Any, **kwargs: Any) -> Any:
        """The names of the other optimizer's slots."""
        return self._get_optimizer().get_slot_names(*args, **kwargs)

    def get_name(self, *args: Any, **kwargs: Any) -> Any:
        """The other optimizer's name."""
        return self._get_optimizer().get_name(*args, **kwargs)

    def variables(self, *args: Any, **kwargs: Any) -> Any:
        """The other optimizer's variables."""
        return self._get_optimizer().variables(*args, **kwargs)

    def compute_gradients(self, loss: Any, *args: Any, **kwargs: Any) -> Any:
        """What the other optimizer computes."""
        return self._get_optimizer().compute_gradients(loss, *args, **kwargs)

    def apply_gradients(self, grads_and_vars: Any, global_step: Any = None, **kwargs: Any) -> Any:
        """What the other optimizer applies."""
        return self._get_optimizer().apply_gradients(grads_and_vars, global_step, **kwargs)
