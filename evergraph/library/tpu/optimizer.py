"""Optimizers and sums over replicas: `tf.tpu.CrossShardOptimizer`, `cross_replica_sum`."""

from typing import Any

from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import colocate_with
from evergraph.graph.tensor import Tensor
from evergraph.library.losses.losses_impl import Reduction
from evergraph.library.train.optimizer import Optimizer


@export("tpu.cross_replica_sum", "contrib.tpu.cross_replica_sum")
def cross_replica_sum(x: Any, group_assignment: Any = None, name: str | None = None) -> Tensor:
    """The sum of `x` (bfloat16, float32, int32 or uint32) over the replicas of its group, of which
    here there is one. Stands for `tf.tpu.cross_replica_sum`.

    Args:
      x: a tensor.
      group_assignment: lists of the replicas of each group; default: one group of all.
      name: the node's name.
    """
    if group_assignment is None:
        logging.warning(
            "cross_replica_sum should be used within a tpu_shard_context, but got unset "
            "number_of_shards. Assuming 1."
        )
        group_assignment = [[0]]
    return apply_op("CrossReplicaSum", x, group_assignment, name=name)


@export("tpu.CrossShardOptimizer", "contrib.tpu.CrossShardOptimizer")
class CrossShardOptimizer(Optimizer):
    """Adds up gradients over replicas, of which here there is one, before another optimizer applies
    them. Stands for `tf.tpu.CrossShardOptimizer`.

    Args:
      opt: the optimizer.
      reduction: `tf.losses.Reduction.SUM` or MEAN.
      name: the optimizer's name.
      group_assignment: lists of the replicas of each group; default: one group of all.

    Raises:
      ValueError: another reduction.
    """

    def __init__(
        self,
        opt: Optimizer,
        reduction: str = Reduction.MEAN,
        name: str = "CrossShardOptimizer",
        group_assignment: Any = None,
    ) -> None:
        if reduction not in (Reduction.SUM, Reduction.MEAN):
            raise ValueError(f"Unsupported reduction: {reduction}.")
        super().__init__(False, name)
        self._opt = opt
        self._reduction = reduction
        self._group_assignment = group_assignment

    def compute_gradients(self, loss: Any, var_list: Any = None, **kwargs: Any) -> Any:
        """The other optimizer's gradients. Raises ValueError: the groups are not those of one
        replica."""
        logging.warning(
            "CrossShardOptimizer should be used within a tpu_shard_context, but got unset "
            "number_of_shards. Assuming 1."
        )
        groups = self._group_assignment
        if groups and not (isinstance(groups, list) and all(isinstance(g, list) for g in groups)):
            raise ValueError(f"group_assignment must be a list of list. Got {groups}")
        if groups and {i for group in groups for i in group} != {0}:
            raise ValueError(
                f"group_assignment must be a permutation of range(1). Got group_assignment={groups}"
            )
        return self._opt.compute_gradients(loss, var_list=var_list, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """Applies the sums of gradients over replicas."""
        summed = []
        for grad, var in grads_and_vars:
            if grad is not None:
                with colocate_with(grad):
                    grad = cross_replica_sum(grad, self._group_assignment)
            summed.append((grad, var))
        return self._opt.apply_gradients(summed, global_step, name)

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """The other optimizer's slot."""
        return self._opt.get_slot(*args, **kwargs)

    def get_slot_names(self, *args: Any, **kwargs: Any) -> Any:
        """The names of the other optimizer's slots."""
        return self._opt.get_slot_names(*args, **kwargs)

    def variables(self) -> Any:
        """The other optimizer's variables."""
        return self._opt.variables()
