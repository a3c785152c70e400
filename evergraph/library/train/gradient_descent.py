"""Gradient descent, plain and proximal."""

from typing import Any

from evergraph.api import math_ops
from evergraph.api.resource_variable_ops import resource_scatter_add
from evergraph.base.export import export
from evergraph.graph.composite import IndexedSlices
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.rule_optimizer import Cast, RuleUpdates


@export("train.GradientDescentOptimizer")
class GradientDescentOptimizer(RuleUpdates, Optimizer):
    """``var -= learning_rate * grad``. Stands for `tf.train.GradientDescentOptimizer`.

    Args:
      learning_rate: a number, a tensor, or a function without arguments that gives one.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates.
    """

    _rule = "GradientDescent"

    def __init__(
        self, learning_rate: Any, use_locking: bool = False, name: str = "GradientDescent"
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._learning_rate_tensor: Any = None

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyperparameter(self._learning_rate, "learning_rate")

    def _rule_inputs(self, grad: Any, cast: Cast) -> list[Any]:
        return [cast(self._learning_rate_tensor), grad]

    # Rows that occur several times need not be added up first: updates are.

    def _resource_apply_sparse_duplicate_indices(self, grad: Any, handle: Any, indices: Any) -> Any:
        return resource_scatter_add(handle.handle, indices, -grad * self._learning_rate)

    def _apply_sparse_duplicate_indices(self, grad: Any, var: Any) -> Any:
        rate = math_ops.cast(self._learning_rate_tensor, var.dtype.base_dtype)
        delta = IndexedSlices(grad.values * rate, grad.indices, grad.dense_shape)
        return var.scatter_sub(delta, use_locking=self._use_locking)


@export("train.ProximalGradientDescentOptimizer")
class ProximalGradientDescentOptimizer(RuleUpdates, Optimizer):
    """Gradient descent with exact L1 and L2 penalties (FOBOS). Stands for
    `tf.train.ProximalGradientDescentOptimizer`.

    Args:
      learning_rate: a number or a tensor.
      l1_regularization_strength, l2_regularization_strength: the penalties' weights, from 0.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates.
    """

    _rule = "ProximalGradientDescent"

    def __init__(
        self,
        learning_rate: Any,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        use_locking: bool = False,
        name: str = "ProximalGradientDescent",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength

    def _prepare(self) -> None:
        self._tensors = [
            self._hyperparameter(self._learning_rate, "learning_rate"),
            self._hyperparameter(self._l1_regularization_strength, "l1_regularization_strength"),
            self._hyperparameter(self._l2_regularization_strength, "l2_regularization_strength"),
        ]

    def _rule_inputs(self, grad: Any, cast: Cast) -> list[Any]:
        return [*map(cast, self._tensors), grad]
