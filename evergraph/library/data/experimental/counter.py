"""Numbers without end."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export_constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.library.data.dataset_v1 import DatasetV1, DatasetV1Adapter
from evergraph.library.data.experimental import scan_ops


def CounterV2(start: Any = 0, step: Any = 1, dtype: Any = dtypes.int64) -> Any:
    """The numbers from `start` on, each `step` more, without end."""
    with name_scope("counter"):
        start = convert_to_tensor(start, dtype=dtype, name="start")
        step = convert_to_tensor(step, dtype=dtype, name="step")
        once = DatasetV1.from_tensors(0)
        return once.repeat(None).apply(scan_ops.scan(start, lambda state, _: (state + step, state)))


def CounterV1(start: Any = 0, step: Any = 1, dtype: Any = dtypes.int64) -> Any:
    """The numbers from `start` on, each `step` more, without end. Stands for
    `tf.data.experimental.Counter`."""
    return DatasetV1Adapter(CounterV2(start, step, dtype))


Counter = CounterV1
export_constant(__name__, "Counter", "data.experimental.Counter", "contrib.data.Counter")
