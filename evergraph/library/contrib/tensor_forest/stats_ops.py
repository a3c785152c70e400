"""Statistics of the leaves of random forests as resources, and growing by them."""

import functools
from typing import Any

from evergraph.api.generated_ops import function
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.tensor_forest.forest_resources import (
    ForestResource,
    ForestSavable,
    registered,
)

finalize_tree = function("FinalizeTree", "finalize_tree")
grow_tree_v4 = function("GrowTreeV4", "grow_tree_v4")
process_input_v4 = function("ProcessInputV4", "process_input_v4")


@export("contrib.tensor_forest.stats_ops.FertileStatsVariableSavable")
class FertileStatsVariableSavable(ForestSavable):
    """Statistics, for savers."""

    reader = "FertileStatsDeserialize"

    def __init__(self, params: Any, stats_handle: Tensor, create_op: Any, name: str) -> None:
        text = apply_op(
            "FertileStatsSerialize", stats_handle, params=params.serialized_params_proto
        )
        super().__init__(params, stats_handle, text, create_op, name)


@export("contrib.tensor_forest.stats_ops.FertileStatsVariable")
class FertileStatsVariable(ForestResource):
    """The statistics of a tree's leaves.

    Args:
      params: parameters, see ForestHParams.
      stats_config: statistics to begin with, a serialized message; "" for those of a leaf.
      name: of the resource.
      container: of the resource.
    """

    _ops = (
        "FertileStatsResourceHandleOp",
        "CreateFertileStatsVariable",
        "FertileStatsIsInitializedOp",
    )

    def __init__(
        self, params: Any, stats_config: Any, name: str, container: str | None = None
    ) -> None:
        super().__init__(params, stats_config, name, container)

    def _gather_saveables_for_checkpoint(self) -> dict[str, Any]:
        return {
            "fertile_stats_variable": functools.partial(
                FertileStatsVariableSavable,
                params=self._params,
                stats_handle=self.resource_handle,
                create_op=self.initializer,
            )
        }


@export("contrib.tensor_forest.stats_ops.fertile_stats_variable")
def fertile_stats_variable(
    params: Any, stats_config: Any, name: str, container: str | None = None
) -> Tensor:
    """The handle of new statistics; arguments as of FertileStatsVariable."""
    with name_scope(name, "FertileStatsVariable") as scope:
        made = FertileStatsVariable(params, stats_config, scope, container)
        savable = made._gather_saveables_for_checkpoint()["fertile_stats_variable"]
        return registered(made, savable)
