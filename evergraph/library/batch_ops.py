"""Functions computed for several runs at a time: `tf.nondifferentiable_batch_function`."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.base.export import export
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.eager.function import defun


@export("nondifferentiable_batch_function", "contrib.batching.batch_function")
def batch_function(
    num_batch_threads: int,
    max_batch_size: int,
    batch_timeout_micros: int,
    allowed_batch_sizes: Sequence[int] | None = None,
    max_enqueued_batches: int = 10,
    autograph: bool = True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator of a function of tensors: runs that compute it at the same time have their
    arguments put together along the first axis, and it runs once. Stands for
    `tf.nondifferentiable_batch_function`.

    Args:
      num_batch_threads: how many batches are computed at a time.
      max_batch_size: the most rows of a batch.
      batch_timeout_micros: microseconds after which a batch is computed that is not full.
      allowed_batch_sizes: numbers of rows, increasing, to which batches are filled up; the last is
        `max_batch_size`.
      max_enqueued_batches: how many batches may wait.
      autograph: whether Python's control flow becomes the graph's.

    Raises:
      ValueError: when called, an argument is no tensor.
    """

    def decorator(fn: Callable[..., Any]) -> Callable[..., Any]:
        def decorated(*args: Any) -> Any:
            specs = [
                TensorSpec(dtype=x.dtype, shape=x.shape, name=str(i)) for i, x in enumerate(args)
            ]

            def computation(*given: Any) -> Any:
                return fn(*given)

            function = defun(computation, autograph=autograph).get_concrete_function(*specs)
            with name_scope("batch") as name:
                for arg in args:
                    if not isinstance(arg, Tensor):
                        raise ValueError(
                            "All arguments to functions decorated with `batch_function`  are "
                            f"supposed to be Tensors; found {arg!r}"
                        )
                return apply_op(
                    "BatchFunction",
                    list(args),
                    function.captured_inputs,
                    num_batch_threads=num_batch_threads,
                    max_batch_size=max_batch_size,
                    batch_timeout_micros=batch_timeout_micros,
                    allowed_batch_sizes=allowed_batch_sizes or [],
                    max_enqueued_batches=max_enqueued_batches,
                    shared_name=name,
                    f=function,
                    Tout=[t.dtype for t in function.outputs],
                )

        return decorated

    return decorator
