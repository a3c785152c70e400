"""`tf.distribute.ReduceOp`."""

import enum

from evergraph.base.export import export


@export("distribute.ReduceOp")
class ReduceOp(enum.Enum):
    """How values of replicas become one. Stands for `tf.distribute.ReduceOp`."""

    SUM = "SUM"
    MEAN = "MEAN"
