"""Loops as TPUs take them: `tf.contrib.tpu.while_loop`, `repeat`."""

from collections.abc import Callable
from typing import Any

from evergraph.api import grouping
from evergraph.api import while_loop as loops
from evergraph.base import tf_inspect
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.operation import Operation


def check_function_argument_count(
    func: Callable[..., Any], input_arity: int, infeed_queue: Any = None
) -> str | None:
    """How many arguments a function takes, where it cannot take as many as it would get."""
    count = input_arity
    if infeed_queue is not None:
        count += infeed_queue.number_of_tuple_elements
    spec = tf_inspect.getfullargspec(func)
    most = len(spec.args)
    optional = len(spec.defaults or ())
    least = most - optional
    if count < least:
        exact = not optional and spec.varargs is None
        return _arguments("exactly" if exact else "at least", most if exact else least)
    if spec.varargs is None and count > most:
        return _arguments("at most" if optional else "exactly", most)
    return None


def _arguments(bound: str, count: int) -> str:
    return f"{bound} {count} argument{'' if count == 1 else 's'}"


def _check(what: str, func: Callable[..., Any], inputs: list[Any]) -> None:
    needed = check_function_argument_count(func, len(inputs))
    if needed is not None:
        raise TypeError(
            f"Supplied loop {what} function cannot be called with the specified inputs. You "
            f"specified {len(inputs)} inputs: {[t.name for t in inputs]}, but the loop {what} "
            f"needs {needed}"
        )


@export("contrib.tpu.while_loop")
def while_loop(
    condition: Callable[..., Any],
    body: Callable[..., Any],
    inputs: Any = None,
    infeed_queue: Any = None,
    name: str | None = None,
) -> Any:
    """A loop in which one iteration follows the other. Stands for `tf.contrib.tpu.while_loop`.

    Args:
      condition: whether to go on, a function of the loop's tensors.
      body: gives the next tensors, and perhaps operations after them.
      inputs: the first tensors.
      infeed_queue: None: there is no TPU to be fed.
      name: not used.

    Raises:
      TypeError: a function takes other numbers of tensors, or types change.
      ValueError: an operation stands before a tensor.
      NotImplementedError: there is an `infeed_queue`.
    """
    if infeed_queue is not None:
        raise NotImplementedError("tf.contrib.tpu.while_loop with an infeed queue")
    tensors = [convert_to_tensor(x) for x in inputs or []]
    _check("body", body, tensors)
    _check("condition", condition, tensors)
    count = len(tensors)

    def step(*values: Any) -> Any:
        outputs = body(*values[:count])
        if not isinstance(outputs, (list, tuple)):
            outputs = (outputs,)
        converted = [o if isinstance(o, Operation) else convert_to_tensor(o) for o in outputs]
        operations = [o for o in converted if isinstance(o, Operation)]
        results: Any = [o for o in converted if not isinstance(o, Operation)]
        if any(a is not b for a, b in zip(converted, results + operations, strict=True)):
            raise ValueError(
                "TPU training loop body must return zero or more Tensor values followed by zero or "
                "more Operations."
            )
        types, new_types = [t.dtype for t in tensors], [t.dtype for t in results]
        if types != new_types:
            raise TypeError(
                "Mismatch between input types and output types for training loop body: "
                f"{types} vs {new_types}"
            )
        if not results:
            results = constant(0)
        if operations:
            results = results if isinstance(results, list) else [results]
            results = grouping.tuple(results, control_inputs=operations)
        return results

    return loops.while_loop(
        lambda *values: condition(*values[:count]),
        step,
        tensors or [constant(0)],
        name="",
        parallel_iterations=1,
    )


def _list(values: Any) -> list[Any]:
    return list(values) if isinstance(values, (list, tuple)) else [values]


@export("contrib.tpu.repeat")
def repeat(
    n: Any,
    body: Callable[..., Any],
    inputs: Any = None,
    infeed_queue: Any = None,
    name: str | None = None,
) -> Any:
    """A loop of `n` iterations. Stands for `tf.contrib.tpu.repeat`.

    Args:
      n: how many.
      body: gives the next tensors of the loop's tensors, and perhaps operations after them.
      inputs: the first tensors.
      infeed_queue, name: as of `while_loop`.

    Returns:
      The last tensors; an operation where there are none.
    """
    outputs = _list(
        while_loop(
            lambda i, *_: i < n,
            lambda i, *values: [i + 1, *_list(body(*values))],
            [0] if inputs is None else [0, *_list(inputs)],
            infeed_queue,
            name,
        )
    )
    return outputs[1:] if len(outputs) > 1 else outputs[0].op
