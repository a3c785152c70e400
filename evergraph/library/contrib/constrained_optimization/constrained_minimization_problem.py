"""What is minimized: an objective, with constraints that are not to be positive."""

import abc
import math
from typing import Any

from evergraph.base.export import export


@export("contrib.constrained_optimization.ConstrainedMinimizationProblem")
class ConstrainedMinimizationProblem(abc.ABC):
    """An objective and constraints. A derived class says what they are.

    Stands for `tf.contrib.constrained_optimization.ConstrainedMinimizationProblem`.
    """

    @property
    @abc.abstractmethod
    def objective(self) -> Any:
        """The scalar to minimize."""

    @property
    def num_constraints(self) -> int:
        """How many constraints there are.

        Raises:
          ValueError: the shape of `constraints` or `proxy_constraints` is not known whole, or they
            differ.
        """
        shape = self.constraints.get_shape()
        proxies = shape if self.proxy_constraints is None else self.proxy_constraints.get_shape()
        if not (shape.is_fully_defined() and proxies.is_fully_defined()):
            raise ValueError("constraints and proxy_constraints must have fully-known shapes")
        if shape.as_list() != proxies.as_list():
            raise ValueError("constraints and proxy_constraints must have the same shape")
        return math.prod(shape.as_list())

    @property
    @abc.abstractmethod
    def constraints(self) -> Any:
        """A tensor whose elements are to be zero at most."""

    @property
    def proxy_constraints(self) -> Any:
        """What is differentiated in place of `constraints`, of the same shape; None: these."""
        return None

    @property
    def pre_train_ops(self) -> Any:
        """Operations to run before a step; None: none."""
        return None
