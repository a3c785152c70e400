"""Values between scattered points by polyharmonic splines, and images warped by them."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, linalg_ops, math_ops
from evergraph.api.image_transforms import dense_image_warp
from evergraph.api.linalg_ops_impl import eye
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

_LEAST = 0.0000000001  # instead of 0, of which there is no logarithm


@export("contrib.image.interpolate_spline")
def interpolate_spline(
    train_points: Any,
    train_values: Any,
    query_points: Any,
    order: int,
    regularization_weight: float = 0.0,
    name: str = "interpolate_spline",
) -> Tensor:
    """The values of a smooth function at some points, by its values at others. Stands for
    `tf.contrib.image.interpolate_spline`.

    It is a sum of functions of the distances from the points where it is known, and a linear
    function; differentiable by all of the tensors.

    Args:
      train_points: [batch, points, coordinates] where it is known; how many coordinates there are
        must be known statically.
      train_values: [batch, points, values] there; how many values must be known statically.
      query_points: [batch, queries, coordinates].
      order: of the function of a distance r: 1 for r, 2 for r**2 * log(r) (a thin plate), 3 for
        r**3.
      regularization_weight: above 0 for a smoother function that fits less exactly.
      name: a name scope for the nodes.

    Returns:
      [batch, queries, values].

    Raises:
      ValueError: the number of coordinates or of values is not known.
    """
    with name_scope(name):
        points = convert_to_tensor(train_points)
        values = convert_to_tensor(train_values)
        queries = convert_to_tensor(query_points)
        with name_scope("solve"):
            weights, linear = _solved(points, values, order, regularization_weight)
        with name_scope("predict"):
            bent = _radial(_squared_distances(queries, points), order)
            curved = math_ops.matmul(bent, weights)
            one = array_ops.ones_like(queries[..., :1], points.dtype)
            padded = array_ops.concat([queries, one], 2)
            return curved + math_ops.matmul(padded, linear)


def _solved(points: Tensor, values: Tensor, order: int, weight: float) -> tuple[Tensor, Tensor]:
    """The factors of the distances, and those of the coordinates and of 1."""
    batch, count, _ = array_ops.unstack(array_ops.shape(points), num=3)
    sizes = []
    for tensor, what in ((points, "input points (d)"), (values, "output values (k)")):
        size = tensor.shape.dims[-1].value
        if size is None:
            raise ValueError(f"The dimensionality of the {what} must be statically-inferrable.")
        sizes.append(size)
    depth, outputs = sizes
    dtype = points.dtype
    with name_scope("construct_linear_system"):
        bent = _radial(_own_squared_distances(points), order)
        if weight > 0:
            identity = array_ops.expand_dims(eye(count, dtype=dtype), 0)
            bent += weight * identity
        one = array_ops.ones_like(points[..., :1], dtype=dtype)
        known = array_ops.concat([points, one], 2)
        left = array_ops.concat([bent, array_ops.transpose(known, [0, 2, 1])], 1)
        zeros = array_ops.zeros([batch, depth + 1, depth + 1], dtype)
        right = array_ops.concat([known, zeros], 1)
        matrix = array_ops.concat([left, right], 2)
        wanted = array_ops.zeros([batch, depth + 1, outputs], dtype)
        wanted = array_ops.concat([values, wanted], 1)
    with name_scope("solve_linear_system"):
        found = linalg_ops.matrix_solve(matrix, wanted)
        return found[:, :count, :], found[:, count:, :]


def _squared_distances(x: Tensor, y: Tensor) -> Tensor:
    """From each row of `x` to each of `y`."""
    x_square = math_ops.reduce_sum(math_ops.square(x), 2)
    y_square = math_ops.reduce_sum(math_ops.square(y), 2)
    x_square, y_square = array_ops.expand_dims(x_square, 2), array_ops.expand_dims(y_square, 1)
    products = math_ops.matmul(x, y, adjoint_b=True)
    return x_square - 2 * products + y_square


def _own_squared_distances(x: Tensor) -> Tensor:
    products = math_ops.matmul(x, x, adjoint_b=True)
    square = array_ops.expand_dims(array_ops.matrix_diag_part(products), 2)
    return square - 2 * products + array_ops.transpose(square, [0, 2, 1])


def _radial(squared: Tensor, order: int) -> Tensor:
    """The function of distances whose squares are given."""
    with name_scope("phi"):
        if order in (2, 4):
            power = squared if order == 2 else math_ops.square(squared)
            return 0.5 * power * math_ops.log(math_ops.maximum(squared, _LEAST))
        squared = math_ops.maximum(squared, _LEAST)
        if order == 1:
            return math_ops.sqrt(squared)
        power = math_ops.pow(squared, 0.5 * order)
        return power if order % 2 else 0.5 * power * math_ops.log(squared)


@export("contrib.image.sparse_image_warp")
def sparse_image_warp(
    image: Any,
    source_control_point_locations: Any,
    dest_control_point_locations: Any,
    interpolation_order: int = 2,
    regularization_weight: float = 0.0,
    num_boundary_points: int = 0,
    name: str = "sparse_image_warp",
) -> tuple[Tensor, Tensor]:
    """Images drawn from some points to others, smoothly. Stands for
    `tf.contrib.image.sparse_image_warp`.

    Args:
      image: [batch, height, width, channels] floats, of a known shape.
      source_control_point_locations: [batch, points, 2] (y, x), where points are.
      dest_control_point_locations: [batch, points, 2], where they shall be.
      interpolation_order: as `order` of `interpolate_spline`.
      regularization_weight: as of `interpolate_spline`.
      num_boundary_points: 0, or 1 to keep the corners where they are, or n to keep n - 1 points
        along each edge, too.
      name: a name scope for the nodes.

    Returns:
      (warped images, flow [batch, height, width, 2] as of `dense_image_warp`).
    """
    image = convert_to_tensor(image)
    source = convert_to_tensor(source_control_point_locations)
    places = convert_to_tensor(dest_control_point_locations)
    flows = places - source
    with name_scope(name):
        batch, height, width, _ = image.shape.as_list()
        grid = _grid(np.arange(height), np.arange(width)).reshape(height * width, 2)
        wanted = constant(_repeated(grid, batch), image.dtype)
        if num_boundary_points > 0:
            places, flows = _with_boundary(places, flows, height, width, num_boundary_points)
        found = interpolate_spline(
            places, flows, wanted, interpolation_order, regularization_weight
        )
        dense = array_ops.reshape(found, [batch, height, width, 2])
        return dense_image_warp(image, dense), dense


def _grid(rows: Any, columns: Any) -> np.ndarray:
    """[rows, columns, 2] floats."""
    return np.stack(np.meshgrid(rows, columns, indexing="ij"), -1).astype(np.float64)


def _repeated(values: np.ndarray, batch: int) -> np.ndarray:
    return np.tile(values[None], [batch] + [1] * values.ndim)


def _with_boundary(
    places: Tensor, flows: Tensor, height: int, width: int, count: int
) -> tuple[Tensor, Tensor]:
    """The points, and points at the edges that stay."""
    sides = (np.linspace(0, size - 1, count + 1) for size in (height, width))
    grid = _grid(*sides)
    edge = np.zeros(grid.shape[:2], bool)
    edge[[0, -1]] = edge[:, [0, -1]] = True
    batch, dtype = places.shape.dims[0].value, places.dtype
    fixed = constant(_repeated(grid[edge], batch), dtype=dtype)
    still = constant(_repeated(np.zeros((int(edge.sum()), 2)), batch), dtype=dtype)
    return array_ops.concat([places, fixed], 1), array_ops.concat([flows, still], 1)
