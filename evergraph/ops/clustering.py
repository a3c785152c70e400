"""Clusters: NearestNeighbors, and first centers: KmeansPlusPlusInitialization,
KMC2ChainInitialization."""

from typing import Any

import numpy as np
import torch

from evergraph.graph.registry import op
from evergraph.kernels.clustering import end_of_chain, spread_points
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules

spread_points_op = op(
    "KmeansPlusPlusInitialization(points: float32, num_to_sample: int64, seed: int64, "
    "num_retries_per_sample: int64) -> samples: float32"
)
chain_op = op("KMC2ChainInitialization(distances: float32, seed: int64) -> index: int64")
nearest_op = op(
    "NearestNeighbors(points: float32, centers: float32, k: int64) -> "
    "nearest_center_indices: int64, nearest_center_distances: float32"
)

spread_points_op.shape(shape_rules.unknown)
chain_op.shape(shape_rules.scalar)
nearest_op.shape(shape_rules.unknown)


def _check_matrix(x: Any, name: str) -> None:
    if x.ndim != 2:
        raise invalid(f"Input {name} should be a matrix.")


def _number(x: Any, name: str) -> int:
    if np.ndim(x):
        raise invalid(f"Input {name} should be a scalar.")
    return int(x)


@spread_points_op.numpy
def spread_points_kernel(points: Any, num_to_sample: Any, seed: Any, num_retries: Any) -> Any:
    _check_matrix(points, "points")
    count = _number(num_to_sample, "num_to_sample")
    seed = _number(seed, "seed")
    retries = _number(num_retries, "num_retries_per_sample")
    if not len(points):
        raise invalid("Expected points.rows() > 0.")
    if count <= 0:
        raise invalid("Expected num_to_sample > 0.")
    if count > len(points):
        raise invalid(f"Expected num_to_sample <= points.rows(). {count} vs {len(points)}.")
    return spread_points(points, count, seed, retries)


@chain_op.numpy
def chain_kernel(distances: Any, seed: Any) -> np.int64:
    if np.ndim(distances) != 1:
        raise invalid("Input distances should be a vector.")
    seed = _number(seed, "seed")
    if not len(distances):
        raise invalid("Expected distances_tensor.size() > 0.")
    return np.int64(end_of_chain(distances, seed))


@nearest_op.kernel
def nearest_kernel(points: Any, centers: Any, k: Any) -> tuple[torch.Tensor, torch.Tensor]:
    _check_matrix(points, "points")
    _check_matrix(centers, "centers")
    if k.ndim:
        raise invalid("Input k should be a scalar.")
    if not len(points):
        raise invalid("Expected points.rows() > 0.")
    dims = points.shape[1], centers.shape[1]
    if dims[0] != dims[1]:
        raise invalid(f"Expected point_dimensions == center_dimensions: {dims[0]} vs {dims[1]}.")
    count = min(len(centers), int(k))
    # Half of the squared distances, but for the points' own part.
    partial = 0.5 * (centers * centers).sum(1) - points @ centers.T
    if count == 1:
        distances, indices = partial.min(1, keepdim=True)
    else:
        distances, indices = partial.sort(dim=1, stable=True)
        distances, indices = distances[:, :count], indices[:, :count].contiguous()
    own = 0.5 * (points * points).sum(1, keepdim=True)
    return indices, 2.0 * (own + distances)
