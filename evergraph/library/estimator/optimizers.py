"""Optimizers by name, as ready-made estimators take them."""

from typing import Any

from evergraph.library.train.adagrad import AdagradOptimizer
from evergraph.library.train.adam import AdamOptimizer
from evergraph.library.train.ftrl import FtrlOptimizer
from evergraph.library.train.gradient_descent import GradientDescentOptimizer
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.rmsprop import RMSPropOptimizer

_BY_NAME: dict[str, Any] = {
    "Adagrad": AdagradOptimizer,
    "Adam": AdamOptimizer,
    "Ftrl": FtrlOptimizer,
    "RMSProp": RMSPropOptimizer,
    "SGD": GradientDescentOptimizer,
}


def get_optimizer_instance(opt: Any, learning_rate: float | None = None) -> Optimizer:
    """An optimizer given as itself, as a function that makes it, or by its name.

    Raises:
      ValueError: another name, a name without a learning rate, or something else.
    """
    if isinstance(opt, str):
        if opt not in _BY_NAME:
            raise ValueError(
                f"Unsupported optimizer name: {opt}. Supported names are: {tuple(sorted(_BY_NAME))}"
            )
        if not learning_rate:
            raise ValueError("learning_rate must be specified when opt is string.")
        return _BY_NAME[opt](learning_rate=learning_rate)  # type: ignore[no-any-return]
    if callable(opt):
        opt = opt()
    if not isinstance(opt, Optimizer):
        raise ValueError(f"The given object is not an Optimizer instance. Given: {opt}")
    return opt
