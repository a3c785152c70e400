"""Batches made of several runs: Batch, BatchFunction, Unbatch, UnbatchGrad."""

from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import op
from evergraph.kernels.batching import BatchQueue, GradientMeeting, Meeting, Task, joined
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_NAMES = "container: string = ''; shared_name: string = ''"
batch_op = op(
    "Batch(in_tensors: list(T)) -> batched_tensors: list(T), batch_index: int64, id: int64",
    "num_batch_threads: int; max_batch_size: int; max_enqueued_batches: int = 10; "
    "batch_timeout_micros: int; allowed_batch_sizes: list(int) = []; grad_timeout_micros: int; "
    f"{_NAMES}; batching_queue: string = ''; T: list(type) >= 1",
)
batch_function_op = op(
    "BatchFunction(in_tensors: list(Tin), "
    "captured_tensors: list(Tcaptured)) -> out_tensors: list(Tout)",
    "f: func; num_batch_threads: int; max_batch_size: int; batch_timeout_micros: int; "
    f"max_enqueued_batches: int = 10; allowed_batch_sizes: list(int) = []; {_NAMES}; "
    "batching_queue: string = ''; Tin: list(type) >= 1; Tcaptured: list(type) >= 0; "
    "Tout: list(type) >= 1",
)
unbatch_op = op(
    "Unbatch(batched_tensor: T, batch_index: int64, id: int64) -> unbatched_tensor: T",
    f"timeout_micros: int; {_NAMES}; T: type",
)
unbatch_grad_op = op(
    "UnbatchGrad(original_input: T, batch_index: int64, grad: T, id: int64) -> batched_grad: T",
    f"{_NAMES}; T: type",
)


def _any_rows(dims: Dims) -> Dims:
    return None if dims is None else (None, *dims[1:])


@batch_op.shape
def batch_shape(node: Any) -> list[Dims]:
    for t in node.inputs:
        shape_rules.at_least_rank(t.dims, 1)
    return [*(_any_rows(t.dims) for t in node.inputs), (None, 3), ()]


@batch_function_op.shape
def batch_function_shape(node: Any) -> list[Dims]:
    return [None] * len(node.attr("Tout"))


@unbatch_op.shape
def unbatch_shape(node: Any) -> Dims:
    return _any_rows(shape_rules.at_least_rank(node.inputs[0].dims, 1))


@unbatch_grad_op.shape
def unbatch_grad_shape(node: Any) -> Dims:
    dims = node.inputs[2].dims
    return None if dims is None else (None,) * len(dims)


@batch_op.gradient
def batch_gradient(node: Any, *grads: Any) -> list[Any]:
    return [
        apply_op(
            "Unbatch",
            grads[i],
            node.outputs[-2],
            node.outputs[-1],
            timeout_micros=node.attr("grad_timeout_micros"),
            shared_name=f"batch_gradient_{node.name}_{i}",
        )
        for i in range(len(node.inputs))
    ]


@unbatch_op.gradient
def unbatch_gradient(node: Any, grad: Any) -> list[Any]:
    batched, index, key = node.inputs
    shared = f"unbatch_gradient_{node.name}"
    return [apply_op("UnbatchGrad", batched, index, grad, key, shared_name=shared), None, None]


def _queue(node: Any, session: Any) -> BatchQueue:
    """The queue of a node, which others may share."""
    name = node.attr("shared_name") or node.name
    key = ("batch queue", node.attr("container"), name, node.attr("batching_queue"))

    def make() -> BatchQueue:
        return BatchQueue(
            node.attr("num_batch_threads"),
            node.attr("max_batch_size"),
            node.attr("batch_timeout_micros") / 1e6,
            node.attr("max_enqueued_batches"),
            node.attr("allowed_batch_sizes"),
        )

    queue: BatchQueue = session.slot(key, make)
    return queue


@batch_op.numpy
def batch(tensors: list[Any], *, node: Any, session: Any) -> Any:
    queue = _queue(node, session)
    task = Task([np.asarray(t) for t in tensors], queue.number())

    def compute(tasks: list[Task]) -> None:
        """The run that came last gets the batch, the others nothing but their number."""
        values = joined(tasks, queue.padding(sum(t.size for t in tasks)))
        ends = np.cumsum([t.size for t in tasks])
        index = [[t.number, end - t.size, end] for t, end in zip(tasks, ends, strict=True)]
        for t in tasks[:-1]:
            empty = [np.zeros((0, *v.shape[1:]), v.dtype) for v in values]
            t.result = (*empty, np.zeros((0, 3), np.int64), np.int64(t.number))
        tasks[-1].result = (*values, np.array(index, np.int64), np.int64(tasks[-1].number))

    return queue.run(task, compute)


@batch_function_op.numpy
def batch_function(tensors: list[Any], captured: list[Any], *, node: Any, session: Any) -> Any:
    queue = _queue(node, session)
    task = Task([np.asarray(t) for t in tensors], queue.number())
    function = node.graph._get_function(node.attr("f").name)

    def compute(tasks: list[Task]) -> None:
        rows = sum(t.size for t in tasks)
        padding = queue.padding(rows)
        args = [*joined(tasks, padding), *captured]
        results = [np.asarray(r) for r in session.functions.call(function, node.graph, args)]
        for r in results:
            if r.ndim == 0:
                raise errors.FailedPreconditionError(
                    None, None, "Batched output tensor has 0 dimensions"
                )
            if r.shape[0] != rows + padding:
                raise errors.FailedPreconditionError(
                    None,
                    None,
                    "Batched output tensor's 0th dimension does not equal the sum of the 0th "
                    "dimension sizes of the input tensors",
                )
        at = 0
        for t in tasks:
            t.result = tuple(r[at : at + t.size].copy() for r in results)
            at += t.size

    return queue.run(task, compute)


def _meeting(kind: Any, node: Any, session: Any, container: str, shared_name: str) -> Any:
    return session.slot((kind.__name__, container, shared_name or node.name), kind)


@unbatch_op.numpy
def unbatch(
    batched: Any,
    index: Any,
    key: Any,
    *,
    timeout_micros: int,
    container: str,
    shared_name: str,
    node: Any,
    session: Any,
) -> Any:
    batched, index = np.asarray(batched), np.asarray(index)
    if index.shape[0] > batched.shape[0]:
        raise invalid(
            "Wrong shape for index tensor. Expected 0th dimension size to be no greater than "
            f"{batched.shape[0]}; Got: {index.shape[0]}."
        )
    if index.shape[1] != 3:
        raise invalid(
            "Wrong shape for index tensor. Expected 1st dimension size to be 3 ; Got: "
            f"{index.shape[1]}."
        )
    parts, at = {}, 0
    for number, start, end in index.tolist():
        size = end - start
        if at + size > batched.shape[0]:
            raise invalid("Sum of split sizes must not exceed dim0-size of input tensor")
        parts[number] = batched[at : at + size].copy()
        at += size
    meeting = _meeting(Meeting, node, session, container, shared_name)
    return meeting.exchange(int(key), parts, timeout_micros / 1e6)


@unbatch_grad_op.numpy
def unbatch_grad(
    original: Any,
    index: Any,
    grad: Any,
    key: Any,
    *,
    container: str,
    shared_name: str,
    node: Any,
    session: Any,
) -> Any:
    original, index, grad = np.asarray(original), np.asarray(index), np.asarray(grad)
    meeting = _meeting(GradientMeeting, node, session, container, shared_name)
    meeting.give(int(key), grad)
    if not original.size:
        return np.zeros((0, *grad.shape[1:]), grad.dtype)
    if not index.size:
        raise invalid("batch_index is empty while the tensor isn't.")
    return meeting.gather([int(number) for number in index[:, 0]])
