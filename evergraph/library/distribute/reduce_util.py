"""`tf.distribute.ReduceOp`."""

import enum
from typing import Any

from evergraph.api.variable_base import VariableAggregation
from evergraph.base.export import export


@export("distribute.ReduceOp")
class ReduceOp(enum.Enum):
    """How values of replicas become one. Stands for `tf.distribute.ReduceOp`."""

    SUM = "SUM"
    MEAN = "MEAN"

    @staticmethod
    def from_variable_aggregation(aggregation: Any) -> "ReduceOp":
        """The same as a VariableAggregation says. Raises ValueError: it is neither of both."""
        if aggregation == VariableAggregation.SUM:
            return ReduceOp.SUM
        if aggregation == VariableAggregation.MEAN:
            return ReduceOp.MEAN
        raise ValueError(
            f"Could not convert from `tf.VariableAggregation` {aggregation} "
            "to`tf.distribute.ReduceOp` type"
        )
