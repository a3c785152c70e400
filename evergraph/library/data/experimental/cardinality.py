"""How many elements a dataset has."""

from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor

INFINITE = -1
UNKNOWN = -2
export_constant(__name__, "INFINITE", "data.experimental.INFINITE_CARDINALITY")
export_constant(__name__, "UNKNOWN", "data.experimental.UNKNOWN_CARDINALITY")


@export("data.experimental.cardinality")
def cardinality(dataset: Any) -> Tensor:
    """The number of elements, a scalar int64; INFINITE_CARDINALITY without end,
    UNKNOWN_CARDINALITY where only the elements would tell. Stands for
    `tf.data.experimental.cardinality`."""
    found: Tensor = apply_op("DatasetCardinality", dataset._variant_tensor)
    return found
