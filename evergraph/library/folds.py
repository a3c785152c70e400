"""Functions of a value and the next row: `tf.foldl`, `tf.foldr`, `tf.scan`."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from evergraph.api import array_ops
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.while_loop import while_loop
from evergraph.base import nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import dimension_value
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.library.row_loops import (
    Structure,
    as_tensors,
    check_callable,
    count_of_rows,
    reads_kept_on_device,
    rows_of,
    stacked,
)

Function = Callable[[Any, Any], Any]


@contextlib.contextmanager
def _folding(fn: Any, elems: Any, name: str | None, default: str) -> Iterator[tuple[Any, Any]]:
    """Where a fold is built: how many rows there are, and a function that reads one."""
    check_callable(fn)
    with name_scope(name, default, [elems]), reads_kept_on_device():
        count = count_of_rows(as_tensors(nest.flatten(elems))[0])
        arrays = nest.map_structure(lambda x: rows_of(x, count).unstack(x), elems)
        yield count, lambda i: nest.map_structure(lambda array: array.read(i), arrays)


@export("foldl")
def foldl(
    fn: Function,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """`fn(... fn(fn(initializer, row 0), row 1) ..., last row)`. Stands for `tf.foldl`.

    Args:
      fn: a function of the value so far and of one row, in the structure of `elems`.
      elems: a tensor, or tensors in a structure, with the same size along their first axis.
      initializer: the first value: a tensor, or tensors in a structure; default: the first row.
      parallel_iterations, back_prop, swap_memory: as in `tf.while_loop`.
      name: a name scope for the nodes.

    Raises:
      TypeError: `fn` is not callable.
    """
    with _folding(fn, elems, name, "foldl") as (count, row):
        if initializer is None:
            value, first = row(0), constant(1)
        else:
            value, first = initializer, constant(0)

        def step(i: Any, value: Any) -> list[Any]:
            value = fn(value, row(i))
            return [i + 1, value]

        return while_loop(
            lambda i, _: i < count,
            step,
            [first, value],
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )[1]


@export("foldr")
def foldr(
    fn: Function,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """`fn(... fn(fn(initializer, last row), row before) ..., row 0)`. Stands for `tf.foldr`.

    Args:
      fn: a function of the value so far and of one row, in the structure of `elems`.
      elems: a tensor, or tensors in a structure, with the same size along their first axis.
      initializer: the first value: a tensor, or tensors in a structure; default: the last row.
      parallel_iterations, back_prop, swap_memory: as in `tf.while_loop`.
      name: a name scope for the nodes.

    Raises:
      TypeError: `fn` is not callable.
    """
    with _folding(fn, elems, name, "foldr") as (count, row):
        if initializer is None:
            first = count - 1
            value = row(first)
        else:
            first, value = count, initializer

        def step(i: Any, value: Any) -> list[Any]:
            i -= 1
            return [i, fn(value, row(i))]

        return while_loop(
            lambda i, _: i > 0,
            step,
            [first, value],
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )[1]


@export("scan")
def scan(
    fn: Function,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """All values that a fold goes through, stacked. Stands for `tf.scan`.

    Args:
      fn: a function of the value before, in the structure of `initializer`, and of one row, in that
        of `elems`, that gives the next value.
      elems: a tensor, or tensors in a structure, with the same size along their first axis.
      initializer: the value before the first row: a tensor, or tensors in a structure; default:
        the first row is the first value.
      parallel_iterations, back_prop, swap_memory: as in `tf.while_loop`.
      infer_shape: whether all values have the same shapes.
      reverse: whether to go from the last row to the first; the values stand at their rows.
      name: a name scope for the nodes.

    Raises:
      TypeError: `fn` is not callable or gives another structure.
      ValueError: `elems` are known to have different sizes, or a shape changes.
    """
    check_callable(fn)
    inputs = Structure(elems)
    outputs = inputs if initializer is None else Structure(initializer)
    flat = inputs.flatten(elems)
    with name_scope(name, "scan", flat), reads_kept_on_device():
        flat = as_tensors(flat)
        count = dimension_value(flat[0].shape[0])
        if count is None:
            count = array_ops.shape(flat[0])[0]
        arrays = [rows_of(x, count, element_shape=x.shape[1:]) for x in flat]
        arrays = [array.unstack(x) for array, x in zip(arrays, flat, strict=True)]
        if initializer is None:
            values = [array.read(count - 1 if reverse else 0) for array in arrays]
            done = 1
        else:
            values = [convert_to_tensor(x) for x in outputs.flatten(initializer)]
            done = 0
        results = [
            TensorArray(
                x.dtype,
                size=count,
                element_shape=x.shape if infer_shape else None,
                dynamic_size=False,
                infer_shape=infer_shape,
            )
            for x in values
        ]
        if initializer is None:
            results = [
                array.write(count - 1 if reverse else 0, x)
                for array, x in zip(results, values, strict=True)
            ]

        def step(i: Any, values: list[Any], results: list[TensorArray]) -> Any:
            row = inputs.pack([array.read(i) for array in arrays])
            found = fn(outputs.pack(values), row)
            nest.assert_same_structure(outputs.like, found)
            following = outputs.flatten(found)
            results = [a.write(i, x) for a, x in zip(results, following, strict=True)]
            return i - 1 if reverse else i + 1, following, results

        *_, results = while_loop(
            (lambda i, *_: i >= 0) if reverse else (lambda i, *_: i < count),
            step,
            (count - 1 - done if reverse else done, values, results),
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )
        return outputs.pack(stacked(results, flat))
