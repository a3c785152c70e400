"""Jacobians from a gradient tape: the gradients of all elements of a tensor.

In a graph all elements are differentiated at once (`library/parallel_for`). Executed at once, they
are differentiated one after the other: what a tape holds then are results, not nodes to convert.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from evergraph.api import array_ops, check_ops
from evergraph.base import nest
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, executing_eagerly
from evergraph.graph.tensor import Tensor
from evergraph.library.parallel_for.gradients import by_element, by_row, of_each


def jacobian(
    tape: Any,
    target: Any,
    sources: Any,
    unconnected_gradients: Any,
    parallel_iterations: int | None,
    use_pfor: bool,
) -> Any:
    """See `GradientTape.jacobian`."""
    flat = nest.flatten(sources)
    shape, static_shape = array_ops.shape(target), target.shape
    with _asked_often(tape, "jacobian", use_pfor):
        with tape:
            elements = array_ops.reshape(target, [-1])

        def of_element(i: Any) -> list[Any]:
            with tape:
                element = array_ops.gather(elements, i)
            return tape.gradient(element, flat, unconnected_gradients=unconnected_gradients)  # type: ignore[no-any-return]

        found = _of_all(of_element, elements, 0, flat, parallel_iterations, use_pfor)
    found = [by_element(v, shape, static_shape, x) for v, x in zip(found, flat, strict=True)]
    return nest.pack_sequence_as(sources, found)


def batch_jacobian(
    tape: Any,
    target: Tensor,
    source: Any,
    unconnected_gradients: Any,
    parallel_iterations: int | None,
    use_pfor: bool,
) -> Tensor:
    """See `GradientTape.batch_jacobian`."""
    rows, others = (s.with_rank_at_least(2)[0] for s in (target.shape, source.shape))
    if not rows.is_compatible_with(others):
        raise ValueError(
            f"Need first dimension of target shape ({target.shape}) and source shape "
            f"({source.shape}) to match."
        )
    shape, source_shape = array_ops.shape(target), array_ops.shape(source)
    with _asked_often(tape, "batch_jacobian", use_pfor):
        with tape, control_dependencies([check_ops.assert_equal(shape[0], source_shape[0])]):
            known = target.shape[1:].num_elements()
            elements = array_ops.reshape(target, [shape[0], -1 if known is None else known])

        def of_column(i: Any) -> list[Any]:
            with tape:
                column = array_ops.gather(elements, i, axis=1)
            return [tape.gradient(column, source, unconnected_gradients=unconnected_gradients)]

        (found,) = _of_all(of_column, elements, 1, [source], parallel_iterations, use_pfor)
    if found is None:
        sizes = array_ops.concat([shape, source_shape[1:]], axis=0)
        return array_ops.zeros(sizes, target.dtype)
    found = by_row(found, array_ops.shape(elements)[1], shape[0], shape, source_shape)
    found.set_shape(target.shape.concatenate(source.shape[1:]))
    return found


@contextlib.contextmanager
def _asked_often(tape: Any, method: str, use_pfor: bool) -> Iterator[None]:
    """A tape that is asked for many gradients, and forgets after the last if it is to."""
    persistent = tape._persistent
    if tape._recording:
        raise ValueError("Tape is already recording.")
    if executing_eagerly() and not use_pfor and not persistent:
        raise RuntimeError(
            f"GradientTape must be created with persistent=True to compute the {method} with eager "
            "execution enabled and with experimental_use_pfor set to False."
        )
    tape._persistent = True
    try:
        yield
    finally:
        tape._persistent = persistent
        if not persistent:
            tape._tape = None


def _of_all(
    gradients: Any,
    elements: Tensor,
    axis: int,
    sources: list[Any],
    parallel_iterations: int | None,
    use_pfor: bool,
) -> list[Any]:
    """What `gradients` gives for each place along an axis, stacked; None where that is None."""
    count: Any = elements.shape[axis].value
    if executing_eagerly():
        rows = [gradients(i) for i in range(count)]
        if not rows:
            empty = [array_ops.shape(source) for source in sources]
            return [
                array_ops.zeros(array_ops.concat([[0], sizes], axis=0), elements.dtype)
                for sizes in empty
            ]
        columns = zip(*rows, strict=True)
        return [
            None if column[0] is None else array_ops.stack([convert_to_tensor(g) for g in column])
            for column in columns
        ]
    count = array_ops.shape(elements)[axis] if count is None else count
    types = [elements.dtype] * len(sources)
    return list(of_each(gradients, count, types, use_pfor, parallel_iterations))
