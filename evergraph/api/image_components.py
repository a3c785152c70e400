"""tf.contrib.image: matches, components of images, stereograms."""

from typing import Any

from evergraph.api import array_ops, control_flow_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("contrib.image.bipartite_match")
def bipartite_match(
    distance_mat: Any, num_valid_rows: Any, top_k: int = -1, name: str = "bipartite_match"
) -> Any:
    """Rows matched with columns: the nearest pair first, then the nearest of what is left. Stands
    for `tf.contrib.image.bipartite_match`.

    Args:
      distance_mat: [rows, columns] floats.
      num_valid_rows: how many rows are matched; all if below 0.
      top_k: how many pairs there are at most; as many as can be if not above 0.
      name: a name for the node.

    Returns:
      (row_to_col_match_indices, col_to_row_match_indices), -1 where there is no match.

    Raises:
      InvalidArgumentError: when run, there are fewer rows than `num_valid_rows`.
    """
    return apply_op("BipartiteMatch", distance_mat, num_valid_rows, top_k=top_k, name=name)


@export("contrib.image.connected_components")
def connected_components(images: Any) -> Tensor:
    """Numbers from 1 for the parts of images that hang together, in the order of their first
    pixels. Stands for `tf.contrib.image.connected_components`.

    Args:
      images: [height, width] or [batch, height, width]. Neighbours, above, below, left and right,
        with the same value are of one component; zeros are of none, and are numbered 0.

    Raises:
      TypeError: for any other rank.
    """
    with name_scope("connected_components"):
        given = convert_to_tensor(images, name="images")
        rank = len(given.get_shape())
        if rank not in (2, 3):
            raise TypeError(
                f"images should have rank 2 (HW) or 3 (NHW). Static shape is {given.get_shape()}"
            )
        found = apply_op("ImageConnectedComponents", given[None, :, :] if rank == 2 else given)
        ids, index = array_ops.unique(array_ops.reshape(found, [-1]))
        zero = array_ops.where_v2(math_ops.equal(ids, 0))[:, 0]
        count = array_ops.shape(ids)[0] - array_ops.shape(zero)[0]
        numbers = math_ops.range(count) + 1

        def with_zero() -> Tensor:
            at = math_ops.cast(zero[0], dtypes.int32)
            return array_ops.concat([numbers[:at], [0], numbers[at:]], axis=0)

        numbers = control_flow_ops.cond(
            math_ops.equal(array_ops.shape(zero)[0], 0), lambda: numbers, with_zero
        )
        result = array_ops.reshape(array_ops.gather(numbers, index), array_ops.shape(found))
        return result[0, :, :] if rank == 2 else result


@export("contrib.image.single_image_random_dot_stereograms")
def single_image_random_dot_stereograms(
    depth_values: Any,
    hidden_surface_removal: bool | None = None,
    convergence_dots_size: int | None = None,
    dots_per_inch: int | None = None,
    eye_separation: float | None = None,
    mu: float | None = None,
    normalize: bool | None = None,
    normalize_max: float | None = None,
    normalize_min: float | None = None,
    border_level: float | None = None,
    number_colors: int | None = None,
    output_image_shape: Any = None,
    output_data_window: Any = None,
) -> Tensor:
    """An image of random dots in which two eyes see depth. Stands for
    `tf.contrib.image.single_image_random_dot_stereograms`.

    Args:
      depth_values: a matrix of numbers, larger ones nearer.
      hidden_surface_removal: whether points are left out that one eye cannot see; default: True.
      convergence_dots_size: the size of two black squares that help the eyes; default: 8.
      dots_per_inch, eye_separation: resolution, and inches between the eyes; default: 72, 2.5.
      mu: how deep the scene is, a part of the distance of the eyes; default: 0.3333.
      normalize: whether depths are brought to the range from 0 to 1; default: True.
      normalize_max, normalize_min: what becomes 1 and 0; the largest and the smallest depth where
        `normalize_max` is less, as by default.
      border_level: the depth of the border; default: 0.
      number_colors: 2 for black and white, 256 for gray, more for colours; default: 256.
      output_image_shape: [width, height, channels]; default: [1024, 768, 1].
      output_data_window: [width, height] of the scene in the image; default: [1022, 757].

    Returns:
      uint8 [height, width, channels].
    """
    attrs = {
        "hidden_surface_removal": hidden_surface_removal,
        "convergence_dots_size": convergence_dots_size,
        "dots_per_inch": dots_per_inch,
        "eye_separation": eye_separation,
        "mu": mu,
        "normalize": normalize,
        "normalize_max": normalize_max,
        "normalize_min": normalize_min,
        "border_level": border_level,
        "number_colors": number_colors,
        "output_image_shape": output_image_shape,
        "output_data_window": output_data_window,
    }
    given = {name: value for name, value in attrs.items() if value is not None}
    return apply_op("SingleImageRandomDotStereograms", depth_values, **given)
