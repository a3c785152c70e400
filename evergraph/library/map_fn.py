"""`tf.map_fn`: a function of each row of tensors."""

from collections.abc import Callable
from typing import Any

from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.while_loop import while_loop
from evergraph.base import nest
from evergraph.base.export import export
from evergraph.graph.composite import SparseTensor
from evergraph.graph.constant import constant
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


@export("map_fn")
def map_fn(
    fn: Callable[[Any], Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
) -> Any:
    """`fn` of each row of `elems`, stacked. Stands for `tf.map_fn`.

    Args:
      fn: a function of one row, in the structure of `elems`.
      elems: a tensor, or tensors in a structure, with the same size along their first axis.
      dtype: the types of what `fn` gives, in its structure; default: those of `elems`.
      parallel_iterations: how many rows may be worked on at a time; default: 10.
      back_prop: whether gradients go through the loop.
      swap_memory: whether what gradients need may be moved to the host's memory.
      infer_shape: whether `fn` gives the same shapes for every row.
      name: a name scope for the nodes.

    Raises:
      TypeError: `fn` is not callable or gives another structure, or `elems` is sparse.
      ValueError: `elems` are scalars, or are known to have different sizes.
    """
    check_callable(fn)
    if isinstance(elems, SparseTensor):
        raise TypeError(
            "To perform a map on the values of a sparse tensor use either  SparseTensor("
            "input.indices, fn(input.values), input.dense_shape) or  SparseTensor(input.indices, "
            "map_fn(fn, input.values), input.dense_shape)"
        )
    inputs = Structure(elems)
    flat = inputs.flatten(elems)
    with name_scope(name, "map", flat), reads_kept_on_device():
        flat = as_tensors(flat)
        dtype = dtype or inputs.pack([x.dtype for x in flat])
        outputs = Structure(dtype)
        if flat[0].shape.ndims == 0:
            raise ValueError(
                "elems must be a 1+ dimensional Tensor, not a scalar"
                if len(flat) == 1
                else "elements in elems must be 1+ dimensional Tensors, not scalars"
            )
        count = count_of_rows(flat[0])
        arrays = [rows_of(x, count) for x in flat]
        arrays = [array.unstack(x) for array, x in zip(arrays, flat, strict=True)]
        first = constant(0)
        results = [
            TensorArray(t, size=count, dynamic_size=False, infer_shape=infer_shape)
            for t in outputs.flatten(dtype)
        ]

        def step(i: Any, results: list[TensorArray]) -> Any:
            found = fn(inputs.pack([array.read(i) for array in arrays]))
            nest.assert_same_structure(dtype, found)
            values = outputs.flatten(found)
            results = [array.write(i, x) for array, x in zip(results, values, strict=True)]
            return i + 1, results

        _, results = while_loop(
            lambda i, _: i < count,
            step,
            (first, results),
            parallel_iterations=parallel_iterations or 10,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )
        return outputs.pack(stacked(results, flat))
