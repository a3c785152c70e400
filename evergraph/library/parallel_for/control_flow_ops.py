"""Loops whose iterations do not depend on each other: `for_loop`, `pfor`, `vectorized_map`."""

import functools
from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.cond import cond
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.while_loop import while_loop
from evergraph.base import decorator, dtypes, nest, tf_inspect
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.composite import IndexedSlices, SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import (
    control_dependencies,
    executing_eagerly,
    get_default_graph,
    name_scope,
)
from evergraph.graph.operation import Operation
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.eager.function import defun
from evergraph.library.parallel_for.pfor import PFor, PForConfig

PFOR_CONFIG_ARG = "pfor_config"


def for_loop(
    loop_fn: Callable[[Any], Any],
    loop_fn_dtypes: Any,
    iters: Any,
    parallel_iterations: int | None = None,
) -> Any:
    """What `loop_fn` gives for 0, 1 ... `iters` - 1, stacked, by a while loop.

    Args:
      loop_fn: A function of an int32 scalar that gives tensors in a structure; their shapes do not
        depend on its value. None in the structure stays.
      loop_fn_dtypes: The types, in the same structure.
      iters: How many iterations.
      parallel_iterations: How many may run at a time.

    Raises:
      ValueError: If it gives another number of tensors.
    """
    types = nest.flatten(loop_fn_dtypes)
    absent: list[bool] = []

    def step(i: Any, *arrays: TensorArray) -> Any:
        found = nest.flatten(loop_fn(i))
        if len(found) != len(types):
            raise ValueError(
                f"Number of expected outputs, {len(types)}, does not match the number of actual "
                f"outputs, {len(found)}, from loop_fn"
            )
        absent[:] = [value is None for value in found]
        written = [
            array if value is None else array.write(i, array_ops.expand_dims(value, 0))
            for array, value in zip(arrays, found, strict=True)
        ]
        return (i + 1, *written)

    more = {} if parallel_iterations is None else {"parallel_iterations": parallel_iterations}
    empty = [TensorArray(dtype.base_dtype, iters) for dtype in types]
    arrays = while_loop(lambda i, *_: i < iters, step, [0, *empty], **more)
    arrays = arrays[1:] if types else []
    found = [None if none else array.concat() for array, none in zip(arrays, absent, strict=False)]
    return nest.pack_sequence_as(loop_fn_dtypes, found) if found else None


def pfor(loop_fn: Callable[..., Any], iters: Any, parallel_iterations: int | None = None) -> Any:
    """What `loop_fn` gives for 0, 1 ... `iters` - 1, stacked, by nodes for all iterations at once.

    An iteration that has loops, branches or arrays of its own, which differ between iterations,
    runs in a while loop instead.

    Args:
      loop_fn: A function of an int32 scalar that gives tensors or nodes in a structure; shapes do
        not depend on its value, and no iteration on another one. It may be called several times.
        If it has an argument `pfor_config`, this is a PForConfig, for reductions.
      iters: How many iterations.
      parallel_iterations: How many are computed at once, at most (default: all).

    Raises:
      ValueError: If `parallel_iterations` is not above 1.
    """

    def build() -> Any:
        return _pfor_impl(loop_fn, iters, parallel_iterations=parallel_iterations)

    return defun(build)() if executing_eagerly() else build()


def _loop_fn_has_config(loop_fn: Any) -> bool:
    """Whether a function wants a PForConfig."""
    if tf_inspect.isfunction(loop_fn):
        return PFOR_CONFIG_ARG in tf_inspect.getargspec(loop_fn).args
    if isinstance(loop_fn, functools.partial):
        wanted = PFOR_CONFIG_ARG in tf_inspect.getargspec(loop_fn.func).args
        return wanted and PFOR_CONFIG_ARG not in loop_fn.keywords
    bare = decorator.unwrap(loop_fn)[1]
    if not callable(bare):
        raise ValueError("loop_fn object did not have a __call__ method")
    return PFOR_CONFIG_ARG in tf_inspect.getargspec(bare.__call__).args


def _as_output(value: Any) -> Any:
    if value is None or isinstance(value, (Operation, Tensor, SparseTensor)):
        return value
    if isinstance(value, IndexedSlices):
        logging.warn(
            "Converting %s to a dense representation may make it slow. Alternatively, output the "
            "indices and values of the IndexedSlices separately, and handle the vectorized outputs "
            "directly.",
            value,
        )
    return convert_to_tensor(value)


def _pfor_impl(
    loop_fn: Callable[..., Any],
    iters: Any,
    parallel_iterations: int | None = None,
    pfor_config: PForConfig | None = None,
) -> Any:
    graph = get_default_graph()
    existing = set(graph.get_operations())
    with name_scope("loop_body"):
        loop_var = array_ops.placeholder(dtypes.int32, shape=[])
        if _loop_fn_has_config(loop_fn):
            if pfor_config is None:
                pfor_config = PForConfig()
                pfor_config._set_iters(iters)
            body = functools.partial(loop_fn, **{PFOR_CONFIG_ARG: pfor_config})
        else:
            body = loop_fn
        outputs = body(loop_var)
    outputs = nest.pack_sequence_as(outputs, [_as_output(v) for v in nest.flatten(outputs)])
    new_ops = set(graph.get_operations()) - existing
    iters = convert_to_tensor(iters)
    if parallel_iterations is not None:
        if parallel_iterations < 1:
            raise ValueError("parallel_iterations must be None or a positive integer")
        if parallel_iterations == 1:
            raise ValueError("Found parallel_iterations == 1. Use for_loop instead.")
        known = constant_value(iters)
        if known is not None and known < parallel_iterations:
            parallel_iterations = None
    flat = nest.flatten(outputs)
    loop = PFor(loop_var, iters, new_ops, pfor_config=pfor_config)
    if loop.needs_loop(_tensors(flat)):
        return nest.pack_sequence_as(outputs, _one_by_one(body, flat, iters))
    if parallel_iterations is None:
        with name_scope("pfor"):
            return nest.pack_sequence_as(outputs, [loop.convert(value) for value in flat])
    if pfor_config is not None and pfor_config._has_reductions():
        raise ValueError(
            "Setting parallel_iterations currently unsupported if reductions across iterations are "
            "performed."
        )
    found = _in_tiles(body, flat, iters, parallel_iterations, loop_var, new_ops)
    return nest.pack_sequence_as(outputs, found)


def _tensors(flat: list[Any]) -> list[Any]:
    """Tensors and nodes, sparse tensors by their parts."""
    found: list[Any] = []
    for value in flat:
        if isinstance(value, SparseTensor):
            found += [value.indices, value.values, value.dense_shape]
        elif value is not None:
            found.append(value)
    return found


def _in_tiles(
    body: Callable[[Any], Any],
    flat: list[Any],
    iters: Tensor,
    many: int,
    loop_var: Tensor,
    new_ops: set[Operation],
) -> list[Any]:
    """The iterations, `many` at once: those that are over first."""
    tiles, over = iters // many, iters % many
    with name_scope("pfor_untiled"):
        loop = PFor(loop_var, over, new_ops)
        rest = [loop.convert(value) for value in flat]
    with name_scope("pfor_tiled"):

        def tile(j: Any) -> Any:
            first = j * many + over
            return _pfor_impl(lambda i: nest.flatten(body(i + first)), many)

        types = [convert_to_tensor(value).dtype for value in flat]
        tiled = for_loop(tile, types, tiles, parallel_iterations=1)
        tiled = [
            array_ops.reshape(y, array_ops.concat([[-1], array_ops.shape(y)[2:]], axis=0))
            for y in tiled
        ]
    with name_scope("pfor"):
        known = constant_value(iters)
        if known is not None and known % many == 0:
            return tiled
        return nest.flatten(
            cond(
                math_ops.equal(over, 0),
                lambda: tiled,
                lambda: [array_ops.concat(pair, axis=0) for pair in zip(rest, tiled, strict=True)],
            )
        )


def _one_by_one(body: Callable[[Any], Any], flat: list[Any], iters: Tensor) -> list[Any]:
    """The iterations in a while loop."""
    kinds = [type(value) if isinstance(value, SparseTensor) else None for value in flat]

    def step(i: Any, *arrays: TensorArray) -> Any:
        found = [_as_output(value) for value in nest.flatten(body(i))]
        nodes = [value for value in found if isinstance(value, Operation)]
        with control_dependencies(nodes):
            written, waiting = [], list(arrays)
            for value in found:
                if isinstance(value, SparseTensor):
                    number = math_ops.cast(i, dtypes.int64)
                    rows = array_ops.shape(value.indices)[0]
                    column = array_ops.fill(array_ops.stack([rows, 1]), number)
                    places = array_ops.concat([column, value.indices], axis=1)
                    sizes = array_ops.expand_dims(value.dense_shape, 0)
                    for part in (places, value.values, sizes):
                        written.append(waiting.pop(0).write(i, part))
                elif isinstance(value, Tensor):
                    written.append(waiting.pop(0).write(i, value))
            return (i + 1, *written)

    empty: list[TensorArray] = []
    for value in flat:
        if isinstance(value, SparseTensor):
            for dtype in (dtypes.int64, value.dtype, dtypes.int64):
                empty.append(TensorArray(dtype, iters, infer_shape=False))
        elif isinstance(value, Tensor):
            empty.append(TensorArray(value.dtype.base_dtype, iters))
    results = while_loop(lambda i, *_: i < iters, step, [0, *empty], parallel_iterations=1)
    counter, *arrays = results if isinstance(results, (list, tuple)) else [results]
    found: list[Any] = []
    for value, kind in zip(flat, kinds, strict=True):
        if value is None:
            found.append(None)
        elif isinstance(value, Operation):
            found.append(counter.op)
        elif kind is None:
            found.append(arrays.pop(0).stack())
        else:
            places, values, sizes = (arrays.pop(0).concat() for _ in range(3))
            count = math_ops.cast(array_ops.expand_dims(iters, 0), dtypes.int64)
            sizes = array_ops.concat([count, math_ops.reduce_max(sizes, axis=0)], axis=0)
            found.append(SparseTensor(places, values, sizes))
    return found


@export("vectorized_map")
def vectorized_map(fn: Callable[[Any], Any], elems: Any) -> Any:
    """`fn` of each row of `elems`, stacked, computed for all rows at once. Stands for
    `tf.vectorized_map`.

    Args:
      fn: A function of one row, in the structure of `elems`, that gives tensors or nodes in a
        structure. No row's result may depend on another's; shapes are the same for all rows.
      elems: A tensor, or tensors in a structure, with the same size along their first axis.
    """

    def loop_fn(i: Any) -> Any:
        return fn(nest.map_structure(lambda x: array_ops.gather(x, i), elems))

    return pfor(loop_fn, array_ops.shape(nest.flatten(elems)[0])[0])
