"""Datasets of what functions make of elements: map, filter, flat_map, interleave, scan, groups."""

from typing import Any

from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.data import functional, parallel
from evergraph.kernels.data.elements import row, stacked
from evergraph.kernels.data.pipeline import Dataset
from evergraph.kernels.host import invalid
from evergraph.ops.dataset_arguments import (
    TYPED,
    captured,
    check_number,
    dataset_of,
    makes_dataset,
)
from evergraph.ops.shape_rules import Dims

_OF = "input_dataset: variant, other_arguments: list(Targuments)"
_F = f"f: func; Targuments: list(type) >= 0; {TYPED}"
_MAPPED = f"{_F}; use_inter_op_parallelism: bool = true"
_KEEPS = "preserve_cardinality: bool = false"

map_op = op(f"MapDataset({_OF}) -> handle: variant", f"{_MAPPED}; {_KEEPS}")
experimental_map_op = op(
    f"ExperimentalMapDataset({_OF}) -> handle: variant", f"{_MAPPED}; {_KEEPS}"
)
parallel_map_op = op(
    f"ParallelMapDataset({_OF}, num_parallel_calls: int32) -> handle: variant",
    f"{_MAPPED}; sloppy: bool = false; {_KEEPS}",
    host=["num_parallel_calls"],
)
_BATCHED = "batch_size: int64, num_parallel_calls: int64, drop_remainder: bool"
map_and_batch_op = op(
    f"MapAndBatchDataset({_OF}, {_BATCHED}) -> handle: variant",
    f"{_F}; {_KEEPS}",
    host=["batch_size", "num_parallel_calls"],
)
experimental_map_and_batch_op = op(
    f"ExperimentalMapAndBatchDataset({_OF}, {_BATCHED}) -> handle: variant",
    f"{_F}; {_KEEPS}",
    host=["batch_size", "num_parallel_calls"],
)
_PREDICATE = f"predicate: func; Targuments: list(type) >= 0; {TYPED}"
filter_op = op(f"FilterDataset({_OF}) -> handle: variant", _PREDICATE)
take_while_op = op(f"TakeWhileDataset({_OF}) -> handle: variant", _PREDICATE)
experimental_take_while_op = op(
    f"ExperimentalTakeWhileDataset({_OF}) -> handle: variant", _PREDICATE
)
flat_map_op = op(f"FlatMapDataset({_OF}) -> handle: variant", _F)
_IN_TURN = "cycle_length: int64, block_length: int64"
interleave_op = op(
    f"InterleaveDataset({_OF}, {_IN_TURN}) -> handle: variant",
    _F,
    host=["cycle_length", "block_length"],
)
parallel_interleave_v2_op = op(
    f"ParallelInterleaveDatasetV2({_OF}, {_IN_TURN}, num_parallel_calls: int64) -> handle: variant",
    f"{_F}; sloppy: bool = false",
    host=["cycle_length", "block_length", "num_parallel_calls"],
)
_BUFFERED = "sloppy: bool, buffer_output_elements: int64, prefetch_input_elements: int64"
_AHEAD = ["cycle_length", "block_length", "buffer_output_elements", "prefetch_input_elements"]
parallel_interleave_op = op(
    f"ParallelInterleaveDataset({_OF}, {_IN_TURN}, {_BUFFERED}) -> handle: variant",
    _F,
    host=_AHEAD,
)
experimental_parallel_interleave_op = op(
    f"ExperimentalParallelInterleaveDataset({_OF}, {_IN_TURN}, {_BUFFERED}) -> handle: variant",
    _F,
    host=_AHEAD,
)
_SCANNED = "input_dataset: variant, initial_state: list(Tstate), other_arguments: list(Targuments)"
_STATE = f"f: func; Tstate: list(type) >= 1; Targuments: list(type) >= 0; {TYPED}; {_KEEPS}"
scan_op = op(f"ScanDataset({_SCANNED}) -> handle: variant", _STATE)
experimental_scan_op = op(f"ExperimentalScanDataset({_SCANNED}) -> handle: variant", _STATE)


def _of_functions(*names: str) -> tuple[str, str]:
    """The inputs and attrs of several functions with what they captured."""
    inputs = ", ".join(f"{n}_other_arguments: list(T{n}_other_arguments)" for n in names)
    functions = "; ".join(f"{n}: func" for n in names)
    types = "; ".join(f"T{n}_other_arguments: list(type) >= 0" for n in names)
    return f"input_dataset: variant, {inputs}", f"{functions}; {types}; {TYPED}"


_WINDOWS = _of_functions("key_func", "reduce_func", "window_size_func")
group_by_window_op = op(f"GroupByWindowDataset({_WINDOWS[0]}) -> handle: variant", _WINDOWS[1])
experimental_group_by_window_op = op(
    f"ExperimentalGroupByWindowDataset({_WINDOWS[0]}) -> handle: variant", _WINDOWS[1]
)
_REDUCERS = _of_functions("key_func", "init_func", "reduce_func", "finalize_func")
group_by_reducer_op = op(
    f"GroupByReducerDataset({_REDUCERS[0]}) -> handle: variant", _REDUCERS[1], stateful=True
)
experimental_group_by_reducer_op = op(
    f"ExperimentalGroupByReducerDataset({_REDUCERS[0]}) -> handle: variant",
    _REDUCERS[1],
    stateful=True,
)

map_defun_op = op(
    "MapDefun(arguments: list(Targuments), captured_inputs: list(Tcaptured)) -> output: "
    "list(output_types)",
    "Targuments: list(type) >= 1; Tcaptured: list(type) >= 0 = []; output_types: list(type) >= 1; "
    "output_shapes: list(shape) >= 1; f: func; max_intra_op_parallelism: int = 1",
)

makes_dataset(
    map_op,
    experimental_map_op,
    filter_op,
    take_while_op,
    experimental_take_while_op,
    flat_map_op,
    scan_op,
    experimental_scan_op,
    group_by_window_op,
    experimental_group_by_window_op,
    group_by_reducer_op,
    experimental_group_by_reducer_op,
)
makes_dataset(parallel_map_op, scalars=1)
makes_dataset(interleave_op, scalars=2)
makes_dataset(parallel_interleave_v2_op, map_and_batch_op, experimental_map_and_batch_op, scalars=3)
makes_dataset(parallel_interleave_op, experimental_parallel_interleave_op, scalars=5)


@map_op.numpy
@experimental_map_op.numpy
def map_kernel(
    source: Any,
    args: list[Any],
    *,
    node: Any,
    preserve_cardinality: bool,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    function = captured(node, "f", args)
    return functional.Map(
        dataset_of(source), function, preserve_cardinality, output_types, output_shapes
    )


@parallel_map_op.numpy
def parallel_map_kernel(
    source: Any,
    args: list[Any],
    calls: Any,
    *,
    node: Any,
    preserve_cardinality: bool,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    _check_calls(calls)
    function = captured(node, "f", args)
    return parallel.ParallelMap(
        dataset_of(source), function, calls, preserve_cardinality, output_types, output_shapes
    )


def _check_calls(calls: Any) -> None:
    if check_number(calls, "num_parallel_calls") <= 0 and calls != -1:
        raise invalid("num_parallel_calls must be greater than zero.")


@map_and_batch_op.numpy
@experimental_map_and_batch_op.numpy
def map_and_batch_kernel(
    source: Any,
    args: list[Any],
    size: Any,
    calls: Any,
    drop: Any,
    *,
    node: Any,
    preserve_cardinality: bool,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    if check_number(size, "batch_size") <= 0:
        raise invalid("batch_size must be greater than zero.")
    _check_calls(calls)
    return parallel.MapAndBatch(
        dataset_of(source),
        captured(node, "f", args),
        size,
        calls,
        bool(drop),
        preserve_cardinality,
        output_types,
        output_shapes,
    )


@filter_op.numpy
def filter_kernel(
    source: Any, args: list[Any], *, node: Any, output_types: Any, output_shapes: Any
) -> Dataset:
    predicate = captured(node, "predicate", args)
    found = functional.Filter(dataset_of(source), predicate, output_types, output_shapes)
    found.node = node
    return found


@take_while_op.numpy
@experimental_take_while_op.numpy
def take_while_kernel(
    source: Any, args: list[Any], *, node: Any, output_types: Any, output_shapes: Any
) -> Dataset:
    predicate = captured(node, "predicate", args)
    return functional.TakeWhile(dataset_of(source), predicate, output_types, output_shapes)


@flat_map_op.numpy
def flat_map_kernel(
    source: Any, args: list[Any], *, node: Any, output_types: Any, output_shapes: Any
) -> Dataset:
    function = captured(node, "f", args)
    return functional.FlatMap(dataset_of(source), function, output_types, output_shapes)


@interleave_op.numpy
def interleave_kernel(
    source: Any,
    args: list[Any],
    cycle: Any,
    block: Any,
    *,
    node: Any,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    if check_number(cycle, "cycle_length") == -1:
        cycle = parallel.cores()
    if cycle <= 0:
        raise invalid("cycle_length must be greater than zero.")
    if check_number(block, "block_length") <= 0:
        raise invalid("block_length must be greater than zero.")
    function = captured(node, "f", args)
    return functional.Interleave(
        dataset_of(source), function, cycle, block, output_types, output_shapes
    )


@parallel_interleave_v2_op.numpy
def parallel_interleave_v2_kernel(
    source: Any,
    args: list[Any],
    cycle: Any,
    block: Any,
    calls: Any,
    *,
    node: Any,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    if check_number(cycle, "cycle_length") == -1:
        cycle = parallel.cores()
    if cycle <= 0:
        raise invalid("`cycle_length` must be > 0")
    if check_number(block, "block_length") <= 0:
        raise invalid("`block_length` must be > 0")
    _check_calls(calls)
    if calls > cycle:
        raise invalid("num_parallel_calls must less than or equal to cycle_length.")
    function = captured(node, "f", args)
    return parallel.ParallelInterleave(
        dataset_of(source), function, cycle, block, block, output_types, output_shapes
    )


@parallel_interleave_op.numpy
@experimental_parallel_interleave_op.numpy
def parallel_interleave_kernel(
    source: Any,
    args: list[Any],
    cycle: Any,
    block: Any,
    sloppy: Any,
    buffered: Any,
    ahead: Any,
    *,
    node: Any,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    if check_number(cycle, "cycle_length") <= 0:
        raise invalid("`cycle_length` must be > 0")
    if check_number(block, "block_length") <= 0:
        raise invalid("`block_length` must be > 0")
    if check_number(buffered, "buffer_output_elements") <= 0:
        raise invalid("`buffer_output_elements` must be > 0")
    if check_number(ahead, "prefetch_input_elements") < 0:
        raise invalid("`prefetch_input_elements` must be >= 0")
    function = captured(node, "f", args)
    return parallel.ParallelInterleave(
        dataset_of(source), function, cycle, block, buffered, output_types, output_shapes
    )


@scan_op.numpy
@experimental_scan_op.numpy
def scan_kernel(
    source: Any,
    initial: list[Any],
    args: list[Any],
    *,
    node: Any,
    preserve_cardinality: bool,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    function = captured(node, "f", args)
    return functional.Scan(
        dataset_of(source), initial, function, preserve_cardinality, output_types, output_shapes
    )


@group_by_window_op.numpy
@experimental_group_by_window_op.numpy
def group_by_window_kernel(
    source: Any,
    key: list[Any],
    reduce: list[Any],
    size: list[Any],
    *,
    node: Any,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    return functional.GroupByWindow(
        dataset_of(source),
        captured(node, "key_func", key),
        captured(node, "reduce_func", reduce),
        captured(node, "window_size_func", size),
        output_types,
        output_shapes,
    )


@group_by_reducer_op.numpy
@experimental_group_by_reducer_op.numpy
def group_by_reducer_kernel(
    source: Any,
    key: list[Any],
    first: list[Any],
    reduce: list[Any],
    last: list[Any],
    *,
    node: Any,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    return functional.GroupByReducer(
        dataset_of(source),
        captured(node, "key_func", key),
        captured(node, "init_func", first),
        captured(node, "reduce_func", reduce),
        captured(node, "finalize_func", last),
        output_types,
        output_shapes,
    )


@map_defun_op.shape
def map_defun_shape(node: Any) -> list[Dims]:
    """The results of each row, stacked."""
    rows = None
    for t in node.inputs[: len(node.attr("Targuments"))]:
        if t.dims is None:
            continue
        if not t.dims:
            raise ShapeError("Shape must be at least rank 1 but is rank 0")
        if rows is not None and t.dims[0] is not None and rows != t.dims[0]:
            raise ShapeError("All inputs must have the same dimension 0.")
        rows = t.dims[0] if rows is None else rows
    return [None if dims is None else (rows, *dims) for dims in node.attr("output_shapes")]


@map_defun_op.numpy
def map_defun_kernel(
    arguments: list[Any], captured_inputs: list[Any], *, node: Any, session: Any
) -> Any:
    function = node.graph._get_function(node.attr("f").name)
    run = session.functions.runner(function, node.graph).arrays
    results = [
        run((*(row(a, i) for a in arguments), *captured_inputs)) for i in range(len(arguments[0]))
    ]
    return tuple(stacked(values) for values in zip(*results, strict=True))
