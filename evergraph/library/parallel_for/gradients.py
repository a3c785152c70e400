"""Jacobians: the gradients of all elements of a tensor."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, check_ops
from evergraph.autodiff.gradients import gradients
from evergraph.base import nest
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.tensor import Tensor
from evergraph.library.parallel_for.control_flow_ops import for_loop, pfor


def jacobian(
    output: Tensor, inputs: Any, use_pfor: bool = True, parallel_iterations: int | None = None
) -> Any:
    """The derivatives of each element of `output`, of the shape of `output` and then of the input.

    Args:
      output: A tensor.
      inputs: A tensor, or tensors in a structure, which the result has, too.
      use_pfor: Whether all elements are differentiated at once, or one after the other.
      parallel_iterations: How many at a time.
    """
    flat_inputs = nest.flatten(inputs)
    static_shape, shape = output.shape, array_ops.shape(output)
    elements = array_ops.reshape(output, [-1])

    def of_element(i: Any) -> Any:
        return gradients(array_ops.gather(elements, i), flat_inputs)

    count = elements.shape.num_elements()
    count = array_ops.shape(elements)[0] if count is None else count
    types = [elements.dtype] * len(flat_inputs)
    found = of_each(of_element, count, types, use_pfor, parallel_iterations)
    found = [
        by_element(out, shape, static_shape, x) for out, x in zip(found, flat_inputs, strict=True)
    ]
    return nest.pack_sequence_as(inputs, found)


def of_each(
    of_one: Callable[[Any], Any],
    count: Any,
    types: Any,
    use_pfor: bool,
    parallel_iterations: int | None,
) -> Any:
    """What a function gives for 0, 1 ... `count` - 1, stacked: all at once, or one by one."""
    if use_pfor:
        return pfor(of_one, count, parallel_iterations=parallel_iterations)
    return for_loop(of_one, types, count, parallel_iterations=parallel_iterations)


def by_element(found: Any, shape: Tensor, static_shape: TensorShape, source: Any) -> Any:
    """Stacked derivatives by `source`, with the shape of what has the elements in front."""
    if not isinstance(found, Tensor):
        return found
    found = array_ops.reshape(found, array_ops.concat([shape, array_ops.shape(found)[1:]], axis=0))
    found.set_shape(static_shape.concatenate(source.shape))
    return found


def by_row(found: Tensor, size: Any, batch: Any, shape: Any, source_shape: Tensor) -> Tensor:
    """Stacked derivatives of `size` columns, [size, batch, ...], with the batch in front: of the
    shape of what was differentiated, then of a row of the source."""
    found = array_ops.reshape(found, [size, batch, -1])
    found = array_ops.transpose(found, [1, 0, 2])
    return array_ops.reshape(found, array_ops.concat([shape, source_shape[1:]], axis=0))


def batch_jacobian(
    output: Tensor, inp: Tensor, use_pfor: bool = True, parallel_iterations: int | None = None
) -> Any:
    """For each example of a batch the derivatives of its elements of `output` by its own of `inp`.

    Args:
      output: A tensor; each row depends on the same row of `inp` alone.
      inp: A tensor with as many rows.
      use_pfor: Whether all elements of a row are differentiated at once, or one after the other.
      parallel_iterations: How many at a time.

    Returns:
      A tensor: the batch, the rest of the shape of `output`, the rest of that of `inp`; None if
      nothing depends on `inp`.

    Raises:
      ValueError: If the numbers of rows differ.
    """
    static_shape = output.shape
    if not static_shape[0].is_compatible_with(inp.shape[0]):
        raise ValueError(
            f"Need first dimension of output shape ({output.shape}) and inp shape ({inp.shape}) to "
            "match."
        )
    shape: Any = static_shape
    if static_shape.is_fully_defined():
        batch = int(static_shape[0])
        size = static_shape.num_elements() // batch
    else:
        shape = array_ops.shape(output)
        batch = shape[0]
        size = array_ops.size(output) // batch
    inp_shape = array_ops.shape(inp)
    with control_dependencies([check_ops.assert_equal(batch, inp_shape[0])]):
        rows = array_ops.reshape(output, [batch, size])

    def of_element(i: Any) -> Any:
        return gradients(array_ops.gather(rows, i, axis=1), inp)[0]

    found = of_each(of_element, size, rows.dtype, use_pfor, parallel_iterations)
    if found is None:
        return None
    return by_row(found, size, batch, shape, inp_shape)
