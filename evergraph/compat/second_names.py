"""Functions with the arguments of TensorFlow 2, which TensorFlow 1.15's private modules have beside
their own.

Each is the function of the same name without `_v2`, called with other names of arguments.
"""

from typing import Any

from evergraph.api import (
    array_ops,
    blocks,
    case,
    grouping,
    image_boxes,
    math_ops,
    moments,
    nn_impl,
    numerics,
    random_seed,
    sampled_losses,
    sparse_math,
    sparse_ops,
)
from evergraph.api.linalg_impl import normalize as normalize
from evergraph.autodiff.hessians import hessians
from evergraph.base import dtypes
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import device, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distribute import distribution_strategy_context as strategies
from evergraph.library.losses import util as losses_util


# --------------------------------------------------------------------------- nn
def sufficient_statistics_v2(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None
) -> Any:
    """`tf.nn.sufficient_statistics`."""
    return moments.sufficient_statistics(x, axes, shift=shift, keep_dims=keepdims, name=name)


def batch_norm_with_global_normalization_v2(
    input: Any,
    mean: Any,
    variance: Any,
    beta: Any,
    gamma: Any,
    variance_epsilon: Any,
    scale_after_normalization: Any,
    name: str | None = None,
) -> Tensor:
    """`tf.nn.batch_norm_with_global_normalization`."""
    return nn_impl.batch_norm_with_global_normalization(
        input, mean, variance, beta, gamma, variance_epsilon, scale_after_normalization, name
    )


def nce_loss_v2(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: Any,
    num_classes: Any,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    name: str = "nce_loss",
) -> Tensor:
    """`tf.nn.nce_loss`, with weights divided among parts in blocks."""
    return sampled_losses.nce_loss(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true=num_true,
        sampled_values=sampled_values,
        remove_accidental_hits=remove_accidental_hits,
        partition_strategy="div",
        name=name,
    )


def sampled_softmax_loss_v2(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: Any,
    num_classes: Any,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    seed: int | None = None,
    name: str = "sampled_softmax_loss",
) -> Tensor:
    """`tf.nn.sampled_softmax_loss`, with weights divided among parts in blocks."""
    return sampled_losses.sampled_softmax_loss(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true=num_true,
        sampled_values=sampled_values,
        remove_accidental_hits=remove_accidental_hits,
        partition_strategy="div",
        name=name,
        seed=seed,
    )


def compute_average_loss(
    per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None
) -> Tensor:
    """The sum of the losses of examples, by the size of the batch on all replicas."""
    per_example_loss = convert_to_tensor(per_example_loss)
    dtype = per_example_loss.dtype
    with losses_util.check_per_example_loss_rank(per_example_loss):
        if sample_weight is not None:
            per_example_loss = losses_util.scale_losses_by_sample_weight(
                per_example_loss, sample_weight
            )
        per_example_loss = math_ops.cast(per_example_loss, dtype)
        if global_batch_size is None:
            if strategies.has_strategy() and strategies.in_cross_replica_context():
                raise RuntimeError(
                    "You are calling `compute_average_loss` in cross replica context, while it was "
                    "expected to be called in replica context."
                )
            replicas = strategies.get_strategy().num_replicas_in_sync
            global_batch_size = math_ops.cast(
                array_ops.shape(per_example_loss)[0] * replicas, dtype
            )
        return math_ops.reduce_sum(per_example_loss) / global_batch_size


def scale_regularization_loss(regularization_loss: Any) -> Tensor:
    """The sum of losses by the number of replicas."""
    if strategies.has_strategy() and strategies.in_cross_replica_context():
        raise RuntimeError(
            "You are calling `scale_regularization_loss` in cross replica context, while it was "
            "expected to be called in replica context."
        )
    replicas = strategies.get_strategy().num_replicas_in_sync
    return math_ops.reduce_sum(regularization_loss) / replicas


# --------------------------------------------------------------------------- images
crop_and_resize_v1 = image_boxes.crop_and_resize_v1
non_max_suppression_with_overlaps = image_boxes.non_max_suppression_with_overlaps


def crop_and_resize_v2(
    image: Any,
    boxes: Any,
    box_indices: Any,
    crop_size: Any,
    method: str = "bilinear",
    extrapolation_value: float = 0,
    name: str | None = None,
) -> Tensor:
    """`tf.image.crop_and_resize`."""
    return image_boxes.crop_and_resize_v1(
        image, boxes, box_indices, crop_size, method, extrapolation_value, name
    )


def draw_bounding_boxes_v2(images: Any, boxes: Any, colors: Any, name: str | None = None) -> Tensor:
    """`tf.image.draw_bounding_boxes`."""
    return image_boxes.draw_bounding_boxes(images, boxes, name=name, colors=colors)


def extract_glimpse_v2(
    input: Any,
    size: Any,
    offsets: Any,
    centered: bool = True,
    normalized: bool = True,
    noise: str = "uniform",
    name: str | None = None,
) -> Tensor:
    """`tf.image.extract_glimpse`, with noise "uniform", "gaussian" or "zero"."""
    return apply_op(
        "ExtractGlimpse",
        input,
        size,
        offsets,
        centered=centered,
        normalized=normalized,
        uniform_noise=False,
        noise=noise,
        name=name,
    )


def sample_distorted_bounding_box_v2(
    image_size: Any,
    bounding_boxes: Any,
    seed: int = 0,
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = None,
    area_range: Any = None,
    max_attempts: int | None = None,
    use_image_if_no_bounding_boxes: bool | None = None,
    name: str | None = None,
) -> Any:
    """`tf.image.sample_distorted_bounding_box`, with one seed."""
    both = random_seed.get_seed(seed) if seed else (0, 0)
    return image_boxes.sample_distorted_bounding_box(
        image_size,
        bounding_boxes,
        seed=both[0],
        seed2=both[1],
        min_object_covered=min_object_covered,
        aspect_ratio_range=aspect_ratio_range,
        area_range=area_range,
        max_attempts=max_attempts,
        use_image_if_no_bounding_boxes=use_image_if_no_bounding_boxes,
        name=name,
    )


def fix_image_flip_shape(image: Any, result: Any) -> Tensor:
    """A flipped image with the static shape of the image, or three unknown sizes."""
    shape = image.get_shape()
    result.set_shape([None, None, None] if shape == TensorShape(None) else shape)
    return result


# --------------------------------------------------------------------------- arrays
def batch_to_space_v2(input: Any, block_shape: Any, crops: Any, name: str | None = None) -> Tensor:
    """`tf.batch_to_space_nd`; an integer counts for both axes."""
    block = [block_shape] * 2 if isinstance(block_shape, int) else block_shape
    return blocks.batch_to_space_nd(input=input, block_shape=block, crops=crops, name=name)


space_to_batch_v2 = blocks.space_to_batch_nd


def depth_to_space_v2(
    input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Tensor:
    """`tf.depth_to_space`."""
    return blocks.depth_to_space(input, block_size, data_format=data_format, name=name)


def space_to_depth_v2(
    input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Tensor:
    """`tf.space_to_depth`."""
    return blocks.space_to_depth(input, block_size, data_format=data_format, name=name)


def tile_one_dimension(data: Any, axis: int, multiple: Any) -> Tensor:
    """A tensor repeated along one axis."""
    if data.shape.ndims is None:
        ones = array_ops.ones([array_ops.rank(data)], dtypes.int32)
        multiples = array_ops.concat([ones[:axis], [multiple], ones[axis + 1 :]], axis=0)
    else:
        multiples = [1] * data.shape.ndims
        multiples[axis] = multiple
    return array_ops.tile(data, multiples)


# --------------------------------------------------------------------------- others
def sparse_reduce_max_v2(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    output_is_sparse: bool = False,
    name: str | None = None,
) -> Any:
    """`tf.sparse.reduce_max`, dense or sparse."""
    reduce = (
        sparse_math.sparse_reduce_max_sparse if output_is_sparse else sparse_math.sparse_reduce_max
    )
    with name_scope(name):
        return reduce(sp_input, axis=axis, keepdims=keepdims)


def sparse_reduce_sum_v2(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    output_is_sparse: bool = False,
    name: str | None = None,
) -> Any:
    """`tf.sparse.reduce_sum`, dense or sparse."""
    reduce = (
        sparse_math.sparse_reduce_sum_sparse if output_is_sparse else sparse_math.sparse_reduce_sum
    )
    with name_scope(name):
        return reduce(sp_input, axis=axis, keepdims=keepdims)


def sparse_split_v2(
    sp_input: Any = None, num_split: int | None = None, axis: Any = None, name: str | None = None
) -> Any:
    """`tf.sparse.split`."""
    return sparse_ops.sparse_split(sp_input=sp_input, num_split=num_split, axis=axis, name=name)


def HessiansV2(
    ys: Any,
    xs: Any,
    gate_gradients: bool = False,
    aggregation_method: Any = None,
    name: str = "hessians",
) -> Any:
    """`tf.hessians`, with nodes beside those that they differentiate."""
    return hessians(
        ys,
        xs,
        name=name,
        colocate_gradients_with_ops=True,
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
    )


def case_v2(
    pred_fn_pairs: Any,
    default: Any = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """`tf.case`."""
    return case.case(pred_fn_pairs, default, exclusive, strict, name)


def tuple_v2(tensors: Any, control_inputs: Any = None, name: str | None = None) -> Any:
    """`tf.tuple`."""
    return grouping.tuple(tensors, name=name, control_inputs=control_inputs)


def verify_tensor_all_finite_v2(x: Any, message: str, name: str | None = None) -> Tensor:
    """`tf.verify_tensor_all_finite`."""
    return numerics.verify_tensor_all_finite(x, message, name=name)


def set_seed(seed: int) -> None:
    """`tf.set_random_seed`."""
    random_seed.set_random_seed(seed)


def convert_to_tensor_v2(
    value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None
) -> Tensor:
    """`tf.convert_to_tensor`."""
    return convert_to_tensor(value, dtype=dtype, name=name, preferred_dtype=dtype_hint)


def device_v2(device_name: Any) -> Any:
    """`tf.device`, for names only."""
    if callable(device_name):
        raise RuntimeError("tf.device does not support functions.")
    return device(device_name)
