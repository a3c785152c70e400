"""A queue that is filled ahead."""

from typing import Any

from evergraph.api.data_flow_ops import FIFOQueue
from evergraph.api.queue_kinds import PaddingFIFOQueue
from evergraph.base.export import export
from evergraph.graph.defaults import name_scope
from evergraph.library.contrib.slim.data.parallel_reader import summarize_fullness
from evergraph.library.train import queue_runner_impl as queue_runner


@export("contrib.slim.prefetch_queue.prefetch_queue")
def prefetch_queue(
    tensors: Any,
    capacity: int = 8,
    num_threads: int = 1,
    dynamic_pad: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """A queue into which threads put the tensors ahead. Stands for
    `slim.prefetch_queue.prefetch_queue`.

    Args:
      tensors: a list, or a dict, which is what is taken out then.
      capacity: how many it holds.
      num_threads: how many threads fill it.
      dynamic_pad: whether shapes may be known in part, for `dequeue_many` to pad.
      shared_name: the name under which sessions share it.
      name: a name scope; default: "prefetch_queue".
    """
    names = sorted(tensors) if isinstance(tensors, dict) else None
    tensor_list = tensors if names is None else [tensors[n] for n in names]
    with name_scope(name, "prefetch_queue", tensor_list) as name:
        queue = (PaddingFIFOQueue if dynamic_pad else FIFOQueue)(
            capacity=capacity,
            dtypes=[t.dtype for t in tensor_list],
            shapes=[t.get_shape() for t in tensor_list],
            names=names,
            shared_name=shared_name,
        )
        operation = queue.enqueue(tensors)
        queue_runner.add_queue_runner(queue_runner.QueueRunner(queue, [operation] * num_threads))
        summarize_fullness(queue, capacity)
        return queue
