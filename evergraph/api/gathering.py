"""Elements by index, condition or value: tf.gather, tf.where, tf.boolean_mask, tf.one_hot, ..."""

from typing import Any

import numpy as np

from evergraph.api.creation import ones, zeros
from evergraph.api.joining import concat, stack, unstack
from evergraph.api.shapes import (
    expand_dims,
    rank,
    reshape,
    shape,
    shape_internal,
    size,
    squeeze,
    transpose,
)
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated, deprecated_endpoints
from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.base.tensor_shape import as_shape
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices, SparseTensor, is_sparse
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor

# Choices.


@export("where")
@deprecated(
    date=None,
    instructions="Use tf.where in 2.0, which has the same broadcast rule as np.where",
)
@add_dispatch_support
def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """Elements of `x` where `condition` holds, of `y` elsewhere. Stands for `tf.where`.

    Without `x` and `y`: the indices of the true elements, int64 [count, rank].

    Args:
      condition: a bool tensor shaped like `x`; or a vector, one flag for each row; or a scalar.
      x, y: tensors of one shape and dtype, or neither.
      name: the node's name.

    Raises:
      ValueError: only one of `x` and `y` is given.
    """
    if x is None and y is None:
        return _indices_where(condition, name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return apply_op("Select", condition, x, y, name=name)


@export("select")
def select(condition: Any, t: Any, e: Any, name: str | None = None) -> Tensor:
    """`tf.where` with both branches, under its name in TensorFlow 0.x."""
    return apply_op("Select", condition, t, e, name=name)


@export("where_v2")
def where_v2(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """As `tf.where`, but `condition`, `x` and `y` broadcast to one another. Stands for
    `tf.where_v2`."""
    if x is None and y is None:
        return _indices_where(condition, name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return apply_op("SelectV2", condition, x, y, name=name)


def _indices_where(condition: Any, name: str | None) -> Tensor:
    with name_scope(name, "Where", [condition]) as name:
        condition = convert_to_tensor(condition, preferred_dtype=dtypes.bool, name="condition")
        return apply_op("Where", condition, name=name)


@export("boolean_mask")
def boolean_mask(
    tensor: Any, mask: Any, name: str = "boolean_mask", axis: int | None = None
) -> Tensor:
    """The parts of `tensor` for which `mask` is true. Stands for `tf.boolean_mask`.

    Args:
      tensor: a tensor.
      mask: a bool tensor of known rank, shaped like `tensor`'s axes from `axis` on.
      name: the nodes' scope.
      axis: the axis where `mask` begins; default 0.

    Returns:
      `tensor` with the axes of `mask` made one, which holds the parts chosen.

    Raises:
      ValueError: `mask` is a scalar or of unknown rank, or the shapes do not fit.
    """
    with name_scope(name, values=[tensor, mask]):
        tensor = convert_to_tensor(tensor, name="tensor")
        mask = convert_to_tensor(mask, name="mask")
        count = mask.get_shape().ndims
        if count == 0:
            raise ValueError("mask cannot be scalar.")
        if count is None:
            raise ValueError(
                "Number of mask dimensions must be specified, even if some dimensions are None.  "
                "E.g. shape=[None] is ok, but shape=None is not."
            )
        static = tensor.get_shape()
        axis = 0 if axis is None else axis
        end = axis + count
        static[axis:end].assert_is_compatible_with(mask.get_shape())
        leading = apply_op("Prod", shape(tensor)[axis:end], [0])
        tensor = reshape(tensor, concat([shape(tensor)[:axis], [leading], shape(tensor)[end:]], 0))
        first = static[axis:end].num_elements()
        tensor.set_shape(as_shape(static[:axis]).concatenate([first]).concatenate(static[end:]))
        mask = reshape(mask, [-1])
        chosen = squeeze(_indices_where(mask, None), axis=[1])
        return gather(tensor, chosen, axis=axis)


def boolean_mask_v2(
    tensor: Any, mask: Any, axis: int | None = None, name: str = "boolean_mask"
) -> Tensor:
    """As `boolean_mask`, with the arguments in TensorFlow 2's order."""
    return boolean_mask(tensor, mask, name, axis)


@export("sequence_mask")
def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = dtypes.bool, name: str | None = None
) -> Tensor:
    """For each of `lengths`, that many ones and then zeros. Stands for `tf.sequence_mask`.

    Args:
      lengths: an integer tensor of any shape.
      maxlen: the size of the new last axis, a scalar; default: the largest length.
      dtype: the element type.
      name: the nodes' scope.

    Raises:
      ValueError: `maxlen` is not a scalar.
    """
    with name_scope(name, "SequenceMask", [lengths, maxlen]):
        lengths = convert_to_tensor(lengths)
        if maxlen is None:
            maxlen = apply_op("Max", lengths, _all_dimensions(lengths))
            maxlen = apply_op("Maximum", constant(0, maxlen.dtype), maxlen)
        else:
            maxlen = convert_to_tensor(maxlen)
        if maxlen.dims:
            raise ValueError("maxlen must be scalar for sequence_mask")
        steps = apply_op("Range", constant(0, maxlen.dtype), maxlen, constant(1, maxlen.dtype))
        ends = apply_op("Cast", expand_dims(lengths, -1), DstT=maxlen.dtype)
        result = steps < ends
        if dtype is None or result.dtype.base_dtype == dtypes.as_dtype(dtype).base_dtype:
            return result
        return apply_op("Cast", result, DstT=dtype)


def _all_dimensions(x: Any) -> Tensor:
    """The numbers of all axes of `x`."""
    if isinstance(x, Tensor) and x.dims is not None:
        return constant(np.arange(len(x.dims)), dtype=dtypes.int32)
    if isinstance(x, SparseTensor) and x.dense_shape.get_shape().is_fully_defined():
        return constant(np.arange(x.dense_shape.dims[0]), dtype=dtypes.int32)
    return apply_op("Range", 0, rank(x), 1)


# By index.


@export("gather")
@add_dispatch_support
def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    name: str | None = None,
    axis: Any = None,
    batch_dims: int = 0,
) -> Tensor:
    """The slices of `params` along `axis` that `indices` names. Stands for `tf.gather`.

    Args:
      params: a tensor or variable of rank 1 or more.
      indices: int32 or int64, any shape.
      validate_indices: has no effect.
      name: the node's name.
      axis: an int or scalar tensor; default: `batch_dims`.
      batch_dims: the number of leading axes that `params` and `indices` share.

    Returns:
      A tensor: the sizes of `params` before `axis`, those of `indices` after the batch, the rest.

    Raises:
      InvalidArgumentError: at run time, where an index is out of range.
    """
    del validate_indices
    if axis is None:
        axis = batch_dims
    static_axis = constant_value(axis) if isinstance(axis, Tensor) else axis
    if static_axis is None or static_axis != 0:
        return apply_op("GatherV2", params, indices, axis, batch_dims=batch_dims, name=name)
    if hasattr(params, "handle"):
        # A resource variable reads no more than the rows asked for.
        return params.sparse_read(indices, name=name)
    return apply_op("GatherV2", params, indices, axis, name=name)


@add_dispatch_support
def gather_v2(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: str | None = None,
) -> Tensor:
    """As `gather`, with the arguments in TensorFlow 2's order."""
    return gather(
        params,
        indices,
        validate_indices=validate_indices,
        name=name,
        axis=axis,
        batch_dims=batch_dims,
    )


@export("batch_gather")
@deprecated(
    "2017-10-25",
    "`tf.batch_gather` is deprecated, please use `tf.gather` with `batch_dims=-1` instead.",
)
@add_dispatch_support
def batch_gather(params: Any, indices: Any, name: str | None = None) -> Tensor:
    """For each row of a batch the elements that its indices name. Stands for `tf.batch_gather`.

    All axes of `indices` but the last are axes of the batch.

    Raises:
      ValueError: the rank of `indices` is unknown, or shapes do not fit.
    """
    with name_scope(name, "BatchGather", [params, indices]):
        indices = convert_to_tensor(indices, name="indices")
        params = convert_to_tensor(params, name="params")
        if indices.dims is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        return _batch_gather(params, indices, batch_dims=len(indices.dims) - 1)


def _batch_gather(params: Any, indices: Any, batch_dims: int) -> Tensor:
    """Gathers from the batch made one axis, with indices moved on to each row's part."""
    count = len(indices.dims)
    if batch_dims < 0:
        raise ValueError(f"batch_dims = {batch_dims} must be less than rank(indices) = {count}")
    if params.dims is not None and batch_dims >= len(params.dims):
        raise ValueError(
            f"batch_dims = {batch_dims} must be less than rank(params) = {len(params.dims)}"
        )
    indices_shape = shape(indices)
    params_shape = shape(params)
    dtype = indices.dtype.base_dtype
    moved = indices
    stride = ones((), dtype=dtype)
    sizes = apply_op("Cast", params_shape, DstT=dtype)
    for dim in range(batch_dims, 0, -1):
        dim_size = sizes[dim - 1]
        stride *= sizes[dim]
        start = zeros((), dtype=dtype)
        step = ones((), dtype=dtype)
        offsets = apply_op("Range", start, dim_size, step)
        offsets *= stride
        column = stack([1] * (dim - 1) + [dim_size] + [1] * (count - dim), axis=0)
        moved += reshape(offsets, column)
    flat_indices = reshape(moved, [-1])
    outer_shape = params_shape[batch_dims + 1 :]
    inner_size = apply_op("Prod", params_shape[: batch_dims + 1], [0], keep_dims=False)
    flat_params = reshape(params, concat([[inner_size], outer_shape], axis=0))
    flat_result = gather(flat_params, flat_indices)
    result = reshape(flat_result, concat([indices_shape, outer_shape], axis=0))
    static = indices.get_shape()[:batch_dims].merge_with(params.get_shape()[:batch_dims])
    static = static.concatenate(indices.get_shape().dims[batch_dims:])
    result.set_shape(static.concatenate(params.get_shape()[batch_dims + 1 :]))
    return result


@export("gather_nd", "manip.gather_nd")
@deprecated_endpoints("manip.gather_nd")
@add_dispatch_support
def gather_nd(params: Any, indices: Any, name: str | None = None, batch_dims: Any = 0) -> Tensor:
    """The slices of `params` at the positions that the last axis of `indices` holds. Stands for
    `tf.gather_nd`.

    Args:
      params: a tensor or variable.
      indices: int32 or int64, [..., depth]: each vector names a slice by its first `depth` axes.
      name: the node's name.
      batch_dims: the number of leading axes that `params` and `indices` share.

    Returns:
      A tensor of shape `indices.shape[:-1] + params.shape[depth:]`.
    """
    if isinstance(batch_dims, Tensor):
        static = constant_value(batch_dims)
        batch_dims = batch_dims if static is None else int(static)
    if not isinstance(batch_dims, int) or batch_dims != 0:
        return batch_gather_nd(params, indices, batch_dims=batch_dims, name=name)
    if hasattr(params, "handle"):
        return params.gather_nd(indices, name=name)
    return apply_op("GatherNd", params, indices, name=name)


@add_dispatch_support
def gather_nd_v2(params: Any, indices: Any, batch_dims: Any = 0, name: str | None = None) -> Tensor:
    """As `gather_nd`, with the arguments in TensorFlow 2's order."""
    return gather_nd(params, indices, name=name, batch_dims=batch_dims)


def batch_gather_nd(params: Any, indices: Any, batch_dims: Any, name: str | None = None) -> Tensor:
    """As `gather_nd`, with `batch_dims` leading axes that both share.

    Raises:
      TypeError: `batch_dims` is not an int.
      ValueError: it is negative or too large.
    """
    with name_scope(name, "BatchGatherND", [params, indices]):
        indices = convert_to_tensor(indices, name="indices")
        params = convert_to_tensor(params, name="params")
        _check_batch_dims(params, indices, batch_dims)
        params_shape = shape(params)
        indices_shape = shape(indices)
        batch_shape = params_shape[:batch_dims]
        batch_size = apply_op("Prod", batch_shape, [0])
        inner_rank = rank(indices) - batch_dims - 1
        inner_shape = indices_shape[batch_dims:-1]
        ranges = [
            apply_op("Cast", apply_op("Range", 0, x, 1), DstT=indices.dtype)
            for x in unstack(batch_shape, axis=0)
        ]
        grid = [reshape(x, shape=(-1,)) for x in meshgrid(*ranges, indexing="ij")]
        positions = transpose(stack(grid, axis=0))
        grid_shape = shape(positions)
        lifted = [grid_shape[:1], ones(inner_rank, dtype=dtypes.int32), grid_shape[1:]]
        positions = reshape(positions, concat(lifted, axis=0))
        multiples = concat(((1,), inner_shape, (1,)), axis=0)
        positions = apply_op("Tile", positions, multiples)
        flat_shape = concat(([batch_size], indices_shape[batch_dims:]), axis=0)
        full = concat((positions, reshape(indices, shape=flat_shape)), axis=-1)
        out = apply_op("GatherNd", params, full)
        out_shape = shape(out)
        return reshape(out, shape=concat((batch_shape, out_shape[1:]), axis=0))


def _check_batch_dims(params: Tensor, indices: Tensor, batch_dims: Any) -> None:
    if not isinstance(batch_dims, int):
        raise TypeError(f"batch_dims must be an int; got {batch_dims!r}")
    if batch_dims < 0:
        raise ValueError("tf.gather_nd does not allow negative batch_dims.")
    for tensor, what in ((indices, "indices"), (params, "params")):
        if tensor.dims is not None and batch_dims >= len(tensor.dims):
            raise ValueError(
                f"batch_dims = {batch_dims} must be less than rank({what}) = {len(tensor.dims)}"
            )


@export("meshgrid")
def meshgrid(*args: Any, **kwargs: Any) -> list[Tensor]:
    """Coordinates of a grid from the coordinates along each axis. Stands for `tf.meshgrid`.

    Args:
      *args: n tensors, flattened.
      indexing: 'xy' (the first two axes exchanged, the default) or 'ij'.
      name: the nodes' scope.

    Returns:
      n tensors of rank n.

    Raises:
      TypeError: an unknown keyword argument.
      ValueError: another `indexing`.
    """
    indexing = kwargs.pop("indexing", "xy")
    name = kwargs.pop("name", "meshgrid")
    if kwargs:
        raise TypeError(f"'{next(iter(kwargs))}' is an invalid keyword argument for this function")
    if indexing not in ("xy", "ij"):
        raise ValueError("indexing parameter must be either 'xy' or 'ij'")
    with name_scope(name, "meshgrid", args) as name:
        count = len(args)
        single = (1,) * count
        output = [
            reshape(stack(x), single[:i] + (-1,) + single[i + 1 :]) for i, x in enumerate(args)
        ]
        sizes = [size(x) for x in args]
        dtype = convert_to_tensor(args[0]).dtype.base_dtype
        if indexing == "xy" and count > 1:
            output[0] = reshape(output[0], (1, -1) + (1,) * (count - 2))
            output[1] = reshape(output[1], (-1, 1) + (1,) * (count - 2))
            sizes[0], sizes[1] = sizes[1], sizes[0]
        factor = ones(sizes, dtype)
        return [x * factor for x in output]


# Scattering.


@export("scatter_nd", "manip.scatter_nd")
@deprecated_endpoints("manip.scatter_nd")
def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> Tensor:
    """Zeros of shape `shape` to which `updates` are added at `indices`. Stands for `tf.scatter_nd`.

    Args:
      indices: int32 or int64, [..., depth]: each vector names a slice by its first `depth` axes.
      updates: a tensor of shape `indices.shape[:-1] + shape[depth:]`.
      shape: the shape of the result, of the dtype of `indices`.
      name: the node's name.
    """
    return apply_op("ScatterNd", indices, updates, shape, name=name)


@export("tensor_scatter_nd_update", "tensor_scatter_update")
@deprecated_endpoints("tensor_scatter_update")
def tensor_scatter_update(
    tensor: Any, indices: Any, updates: Any, name: str | None = None
) -> Tensor:
    """`tensor` with its slices at `indices` replaced. Stands for `tf.tensor_scatter_nd_update`."""
    return apply_op("TensorScatterUpdate", tensor, indices, updates, name=name)


@export("tensor_scatter_nd_add", "tensor_scatter_add")
@deprecated_endpoints("tensor_scatter_add")
def tensor_scatter_add(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """`tensor` with `updates` added to its slices at `indices`. Stands for
    `tf.tensor_scatter_nd_add`."""
    return apply_op("TensorScatterAdd", tensor, indices, updates, name=name)


@export("tensor_scatter_nd_sub", "tensor_scatter_sub")
@deprecated_endpoints("tensor_scatter_sub")
def tensor_scatter_sub(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """`tensor` with `updates` subtracted from its slices at `indices`. Stands for
    `tf.tensor_scatter_nd_sub`."""
    return apply_op("TensorScatterSub", tensor, indices, updates, name=name)


# By value.


@export("one_hot")
@add_dispatch_support
def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """For each index a vector of `depth` that is `on_value` there and `off_value` elsewhere. Stands
    for `tf.one_hot`.

    Args:
      indices: uint8, int32 or int64; what is out of range gives `off_value` alone.
      depth: the size of the new axis, a scalar.
      on_value, off_value: scalars of one dtype; default 1 and 0.
      axis: where the new axis goes; default -1, the last.
      dtype: the element type; default: that of the values, else float32.
      name: the node's name.

    Raises:
      TypeError: the dtypes of `on_value`, `off_value` and `dtype` differ.
    """
    with name_scope(name, "one_hot", [indices, depth, on_value, off_value, axis, dtype]) as name:
        on_dtype = None if on_value is None else convert_to_tensor(on_value).dtype.base_dtype
        off_dtype = None if off_value is None else convert_to_tensor(off_value).dtype.base_dtype
        if on_dtype is None and off_dtype is None:
            dtype = dtypes.float32 if dtype is None else dtype
        elif dtype is None:
            dtype = off_dtype if on_dtype is None else on_dtype
        else:
            for given, what in ((on_dtype, "on_value"), (off_dtype, "off_value")):
                if given is not None and given != dtype:
                    raise TypeError(
                        f"dtype {given} of {what} does not match dtype parameter {dtype}"
                    )
        if on_value is None:
            on_value, on_dtype = convert_to_tensor(1, dtype, name="on_value"), dtype
        if off_value is None:
            off_value, off_dtype = convert_to_tensor(0, dtype, name="off_value"), dtype
        if on_dtype != off_dtype:
            raise TypeError(
                f"dtype {on_dtype} of on_value does not match dtype {off_dtype} of off_value"
            )
        return apply_op("OneHot", indices, depth, on_value, off_value, axis=axis, name=name)


@export("unique")
def unique(x: Any, out_idx: Any = dtypes.int32, name: str | None = None) -> Any:
    """The values of a vector without repetition. Stands for `tf.unique`.

    Returns:
      (y, idx): the values in the order of their first occurrence, and for each element of `x` its
      place in `y`.
    """
    return apply_op("Unique", x, out_idx=out_idx, name=name)


@export("unique_with_counts")
def unique_with_counts(x: Any, out_idx: Any = dtypes.int32, name: str | None = None) -> Any:
    """As `tf.unique`, and how often each value occurs: (y, idx, count). Stands for
    `tf.unique_with_counts`."""
    return apply_op("UniqueWithCounts", x, out_idx=out_idx, name=name)


@export("setdiff1d")
@deprecated(
    "2018-11-30",
    "This op will be removed after the deprecation date. Please switch to tf.sets.difference().",
)
def setdiff1d(x: Any, y: Any, index_dtype: Any = dtypes.int32, name: str | None = None) -> Any:
    """The elements of the vector `x` that are not in `y`, and their places: (out, idx). Stands for
    `tf.setdiff1d`."""
    return apply_op("ListDiff", x, y, out_idx=index_dtype, name=name)


def list_diff(x: Any, y: Any, out_idx: Any = dtypes.int32, name: str | None = None) -> Any:
    """The elements of the vector `x` that are not in `y`, and their places."""
    return apply_op("ListDiff", x, y, out_idx=out_idx, name=name)


@export("listdiff")
@deprecated(
    "2016-11-30",
    "This op will be removed after the deprecation date. Please switch to tf.setdiff1d().",
)
def listdiff(x: Any, y: Any, out_idx: Any = None, name: str | None = None) -> Any:
    """As `tf.setdiff1d`, of older programs."""
    return apply_op("ListDiff", x, y, out_idx=out_idx, name=name)


@export("sparse.mask", "sparse_mask")
@deprecated_endpoints("sparse_mask")
def sparse_mask(a: IndexedSlices, mask_indices: Any, name: str | None = None) -> IndexedSlices:
    """The slices of `a` whose indices are not in `mask_indices`. Stands for `tf.sparse.mask`."""
    with name_scope(name, "sparse_mask", [a, mask_indices]) as name:
        kept, places = list_diff(a.indices, mask_indices)
        return IndexedSlices(gather(a.values, places, name=name), kept, a.dense_shape)


@export("searchsorted")
def searchsorted(
    sorted_sequence: Any,
    values: Any,
    side: str = "left",
    out_type: Any = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """Where in sorted rows each value would be put. Stands for `tf.searchsorted`.

    Args:
      sorted_sequence: a tensor, sorted along its last axis.
      values: a tensor, equal to it in all sizes but the last.
      side: 'left' (before equal elements) or 'right'.
      out_type: int32 or int64.
      name: the node's name.

    Raises:
      ValueError: another `side`.
    """
    sequence_size = shape_internal(sorted_sequence)[-1]
    values_size = shape_internal(values)[-1]
    sequences = reshape(sorted_sequence, [-1, sequence_size])
    rows = reshape(values, [-1, values_size])
    if side not in ("left", "right"):
        raise ValueError(f"side must be either 'right' or 'left'.  Saw: {side}.")
    kind = "UpperBound" if side == "right" else "LowerBound"
    found = apply_op(kind, sequences, rows, out_type=out_type, name=name)
    return reshape(found, shape_internal(values))


@export("edit_distance")
def edit_distance(
    hypothesis: Any, truth: Any, normalize: bool = True, name: str = "edit_distance"
) -> Tensor:
    """The Levenshtein distances between sequences. Stands for `tf.edit_distance`.

    Args:
      hypothesis, truth: SparseTensors; their last axis runs along the sequences.
      normalize: whether distances are divided by the length of the truth.
      name: the node's name.

    Raises:
      TypeError: an argument is not a SparseTensor.
    """
    if not is_sparse(hypothesis):
        raise TypeError("Hypothesis must be a SparseTensor.")
    if not is_sparse(truth):
        raise TypeError("Truth must be a SparseTensor.")
    return apply_op(
        "EditDistance",
        hypothesis.indices,
        hypothesis.values,
        hypothesis.dense_shape,
        truth.indices,
        truth.values,
        truth.dense_shape,
        normalize=normalize,
        name=name,
    )


# Rows dealt out.


@export("dynamic_partition")
@add_dispatch_support
def dynamic_partition(
    data: Any, partitions: Any, num_partitions: int, name: str | None = None
) -> list[Tensor]:
    """The rows of `data` dealt out to `num_partitions` tensors, as `partitions` says. Stands for
    `tf.dynamic_partition`.

    Args:
      data: a tensor whose shape begins with that of `partitions`.
      partitions: int32, for each row the tensor that it goes to.
      num_partitions: the number of tensors.
      name: the node's name.
    """
    return apply_op("DynamicPartition", data, partitions, num_partitions=num_partitions, name=name)


@export("dynamic_stitch")
def dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Tensor:
    """Rows of several tensors put together: `merged[indices[m][i]] = data[m][i]`. Stands for
    `tf.dynamic_stitch`."""
    return apply_op("DynamicStitch", indices, data, name=name)


def parallel_dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Tensor:
    """As `dynamic_stitch`, where no index occurs twice."""
    return apply_op("ParallelDynamicStitch", indices, data, name=name)
