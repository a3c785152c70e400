"""Trees of random forests as resources, and what they tell of examples."""

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

feature_usage_counts = function("FeatureUsageCounts", "feature_usage_counts")
traverse_tree_v4 = function("TraverseTreeV4", "traverse_tree_v4")
tree_predictions_v4 = function("TreePredictionsV4", "tree_predictions_v4")
tree_size = function("TreeSize", "tree_size")
update_model_v4 = function("UpdateModelV4", "update_model_v4")


@export("contrib.tensor_forest.model_ops.TreeVariableSavable")
class TreeVariableSavable(ForestSavable):
    """A tree, for savers."""

    reader = "TreeDeserialize"

    def __init__(
        self, params: Any, tree_handle: Tensor, stats_handle: Any, create_op: Any, name: str
    ) -> None:
        text = apply_op("TreeSerialize", tree_handle)
        super().__init__(params, tree_handle, text, create_op, name)


@export("contrib.tensor_forest.model_ops.TreeVariable")
class TreeVariable(ForestResource):
    """A tree.

    Args:
      params: parameters, see ForestHParams.
      tree_config: a tree to begin with, a serialized message; "" for a leaf.
      stats_handle: the statistics of its leaves.
      name: of the resource.
      container: of the resource.
    """

    _ops = ("DecisionTreeResourceHandleOp", "CreateTreeVariable", "TreeIsInitializedOp")

    def __init__(
        self,
        params: Any,
        tree_config: Any,
        stats_handle: Any,
        name: str,
        container: str | None = None,
    ) -> None:
        self._stats_handle = stats_handle
        super().__init__(params, tree_config, name, container)

    def _gather_saveables_for_checkpoint(self) -> dict[str, Any]:
        return {
            "tree_variable": functools.partial(
                TreeVariableSavable,
                params=self._params,
                tree_handle=self.resource_handle,
                stats_handle=self._stats_handle,
                create_op=self._init_op,
            )
        }


@export("contrib.tensor_forest.model_ops.tree_variable")
def tree_variable(
    params: Any, tree_config: Any, stats_handle: Any, name: str, container: str | None = None
) -> Tensor:
    """The handle of a new tree; arguments as of TreeVariable."""
    with name_scope(name, "TreeVariable") as scope:
        made = TreeVariable(params, tree_config, stats_handle, scope, container)

        def savable(name: str) -> ForestSavable:
            # The operation that creates the tree is there by now.
            found: ForestSavable = made._gather_saveables_for_checkpoint()["tree_variable"](
                name=name
            )
            return found

        return registered(made, savable)
