"""Optimizers around others, and Adagrad whose accumulators can be left alone."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

from evergraph.api import array_ops, clip_ops, grouping, math_ops
from evergraph.api.cond import cond
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.defaults import colocate_with, control_dependencies, name_scope
from evergraph.graph.specs import IndexedSlices
from evergraph.graph.tensor import Tensor
from evergraph.library.train.adagrad import AdagradOptimizer
from evergraph.library.train.optimizer import Optimizer


@export("contrib.opt.RegAdagradOptimizer")
class RegAdagradOptimizer(AdagradOptimizer):
    """Adagrad that updates no accumulators within `avoid_updating_slots`.

    Stands for `tf.contrib.opt.RegAdagradOptimizer`; the arguments are
    `tf.train.AdagradOptimizer`'s.
    """

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "RegAdagrad",
    ) -> None:
        super().__init__(learning_rate, initial_accumulator_value, use_locking, name)
        self._should_update_slots = True

    @contextlib.contextmanager
    def avoid_updating_slots(self) -> Iterator[None]:
        """A block whose updates leave the accumulators as they are."""
        before = self._should_update_slots
        self._should_update_slots = False
        try:
            yield
        finally:
            self._should_update_slots = before

    def _rule_attrs(self) -> dict[str, Any]:
        return {"update_slots": self._should_update_slots}


@export("contrib.opt.VariableClippingOptimizer")
class VariableClippingOptimizer(Optimizer):
    """Applies another optimizer, then clips norms of variables.

    Stands for `tf.contrib.opt.VariableClippingOptimizer`.

    Args:
      opt: the optimizer.
      vars_to_clip_dims: for each variable to clip, the axes that its norm runs over.
      max_norm: the largest norm.
      use_locking: whether updates hold the variables' locks.
      colocate_clip_ops_with_vars: whether clipping runs where the variable is.
      name: the name of the updates.
    """

    def __init__(
        self,
        opt: Any,
        vars_to_clip_dims: dict[Any, Any],
        max_norm: Any,
        use_locking: bool = False,
        colocate_clip_ops_with_vars: bool = False,
        name: str = "VariableClipping",
    ) -> None:
        super().__init__(use_locking, name)
        self._opt = opt
        self._vars_to_clip_dims = {v: axes[:] for v, axes in vars_to_clip_dims.items()}
        self._max_norm = max_norm
        self._colocate_clip_ops_with_vars = colocate_clip_ops_with_vars

    def compute_gradients(self, *args: Any, **kwargs: Any) -> Any:
        """The optimizer's gradients."""
        return self._opt.compute_gradients(*args, **kwargs)

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """The optimizer's slot."""
        return self._opt.get_slot(*args, **kwargs)

    def get_slot_names(self, *args: Any, **kwargs: Any) -> list[str]:
        """The optimizer's names of slots."""
        return self._opt.get_slot_names(*args, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: Any = None
    ) -> Any:
        """Updates the variables and clips those that have a gradient."""
        with name_scope(name, self._name) as name:
            update = self._opt.apply_gradients(grads_and_vars, global_step=global_step)
            clips = []
            with control_dependencies([update]):
                for grad, var in grads_and_vars:
                    if grad is None or var not in self._vars_to_clip_dims:
                        continue
                    with name_scope("clip_" + var.op.name):
                        dense = isinstance(grad, Tensor)
                        clips.append(
                            self._clip_dense(var) if dense else self._clip_sparse(grad, var)
                        )
            return grouping.group(update, *clips, name=name)

    def _clip_dense(self, var: Any) -> Any:
        with self._maybe_colocate_with(var):
            value = var.read_value()
            clipped = clip_ops.clip_by_norm(value, self._max_norm, self._vars_to_clip_dims[var])
            delta = value - clipped
        with colocate_with(var):
            return var.assign_sub(delta, use_locking=self._use_locking)

    def _clip_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        axes = self._vars_to_clip_dims[var]
        if 0 in axes:
            logging.warning(
                "Clipping norm across dims %s for %s is inefficient when including sparse "
                "dimension 0.",
                axes,
                var.op.name,
            )
            return self._clip_dense(var)
        with colocate_with(var):
            rows = array_ops.gather(var, grad.indices)
        with self._maybe_colocate_with(var):
            clipped = clip_ops.clip_by_norm(rows, self._max_norm, axes)
            delta = IndexedSlices(rows - clipped, grad.indices, grad.dense_shape)
        with colocate_with(var):
            return var.scatter_sub(delta, use_locking=self._use_locking)

    def _maybe_colocate_with(self, var: Any) -> Any:
        return colocate_with(var) if self._colocate_clip_ops_with_vars else contextlib.nullcontext()


def _is_all_zeros(grad: Any) -> Tensor:
    return math_ops.equal(math_ops.count_nonzero(grad), 0)


def _skipping_zeros(update: Callable[..., Any], grad: Any, *args: Any, **kwargs: Any) -> Any:
    """The update, unless the gradient is 0 everywhere."""
    all_zeros = _is_all_zeros(grad)

    def run() -> Any:
        with control_dependencies([update(grad, *args, **kwargs)]):
            return grouping.no_op()

    return cond(all_zeros, grouping.no_op, run)


@export("contrib.opt.MultitaskOptimizerWrapper")
class MultitaskOptimizerWrapper:
    """An optimizer that does nothing for gradients that are 0 everywhere, as those of losses that
    a batch lacks. Stands for `tf.contrib.opt.MultitaskOptimizerWrapper`.

    Args:
      opt: the optimizer, which is changed.

    Raises:
      TypeError: it is no `tf.train.Optimizer`.
    """

    def __init__(self, opt: Optimizer) -> None:
        if not isinstance(opt, Optimizer):
            raise TypeError("Supplied optimizer must be an instance of tf.train.Optimizer")
        self._opt = opt
        for name in (
            "_apply_dense",
            "_resource_apply_dense",
            "_apply_sparse",
            "_resource_apply_sparse",
        ):
            setattr(opt, name, functools.partial(_skipping_zeros, getattr(opt, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opt, name)


@export("contrib.opt.clip_gradients_by_global_norm")
def clip_gradients_by_global_norm(
    gradients_variables: Any, clip_norm: Any = 20.0
) -> tuple[list[tuple[Any, Any]], Tensor]:
    """Pairs with gradients clipped by their common norm, and the norm; gradients that are 0
    everywhere do not count. Stands for `tf.contrib.opt.clip_gradients_by_global_norm`.
    """
    gradients, variables = zip(*gradients_variables, strict=True)

    def counted(grad: Any) -> Any:
        if grad is None:
            return None
        return cond(
            _is_all_zeros(grad),
            lambda: array_ops.zeros([], dtype=dtypes.as_dtype(grad.dtype)),
            lambda: grad,
        )

    norm = clip_ops.global_norm([counted(grad) for grad in gradients])
    clipped, _ = clip_ops.clip_by_global_norm(gradients, clip_norm, use_norm=norm)
    return list(zip(clipped, variables, strict=True)), norm
