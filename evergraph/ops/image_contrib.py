"""Ops of tf.contrib.image that are no transforms: BipartiteMatch, ImageConnectedComponents,
SingleImageRandomDotStereograms."""

from typing import Any

import numpy as np

from evergraph.graph.registry import op
from evergraph.kernels import components, stereograms
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

match_op = op(
    "BipartiteMatch(distance_mat: float32, num_valid_rows: float32) -> "
    "row_to_col_match_indices: int32, col_to_row_match_indices: int32",
    "top_k: int = -1",
    stateful=True,
)
components_op = op(
    "ImageConnectedComponents(image: dtype) -> components: int64",
    "dtype: int64 | int32 | uint16 | int16 | uint8 | int8 | float16 | float32 | float64 | bool | "
    "string",
)
stereograms_op = op(
    "SingleImageRandomDotStereograms(depth_values: T) -> image: uint8",
    "T: float64 | float32 | int64 | int32; hidden_surface_removal: bool = true; "
    "convergence_dots_size: int = 8; dots_per_inch: int = 72; eye_separation: float = 2.5; "
    "mu: float = 0.3333; normalize: bool = true; normalize_max: float = -100.0; "
    "normalize_min: float = 100.0; border_level: float = 0.0; number_colors: int = 256; "
    "output_image_shape: shape = [1024, 768, 1]; output_data_window: shape = [1022, 757]",
)
for _entry in (match_op, components_op, stereograms_op):
    _entry.not_differentiable()


@match_op.shape
def match_shape(node: Any) -> list[Dims]:
    rows, columns = shape_rules.with_rank(node.inputs[0].dims, 2)
    return [(rows,), (columns,)]


@match_op.numpy
def match(distances: Any, valid: Any, *, top_k: int) -> Any:
    if distances.ndim != 2:
        raise invalid(f"distance_mat should be 2-dimensional, but got {text(distances.shape)}")
    if np.size(valid) != 1:
        raise invalid(
            f"num_valid_rows argument should be a tensor with 1 element, but got {np.size(valid)}"
        )
    number = float(np.reshape(valid, -1)[0])
    rows = int(number + 0.1) if number >= 0 else distances.shape[0]
    if distances.shape[0] < rows:
        raise invalid(
            f"There should be at least {rows} rows in distance_mat, but only got "
            f"{distances.shape[0]} rows."
        )
    return components.matched(distances, rows, top_k)


components_op.shape(shape_rules.unchanged)


@components_op.numpy
def connected_components(images: Any) -> Any:
    if images.ndim != 3:
        raise invalid("Input images must have rank 3")
    return components.labels(images)


@stereograms_op.shape
def stereograms_shape(node: Any) -> Dims:
    width, height = (node.attr("output_image_shape") or (None, None))[:2]
    return height, width, 3 if node.attr("number_colors") > 256 else 1


@stereograms_op.numpy
def random_dot_stereogram(depths: Any, *, node: Any) -> Any:
    shape, window = node.attr("output_image_shape"), node.attr("output_data_window")
    width, height = shape[:2]
    eyes = np.float32(node.attr("eye_separation")) * np.float32(node.attr("dots_per_inch"))
    made = stereograms.Stereogram(
        image=(width, height),
        window=window[:2],
        dots=node.attr("convergence_dots_size"),
        eyes=int(eyes),
        mu=float(np.float32(node.attr("mu"))),
        border=float(np.float32(node.attr("border_level"))),
        hidden=node.attr("hidden_surface_removal"),
    )
    bounds = (node.attr("normalize_min"), node.attr("normalize_max"))
    values = stereograms.normalized(depths, bounds if node.attr("normalize") else None)
    colours = node.attr("number_colors")
    size = (height, width, 3 if colours > 256 else shape[2])
    random = np.random.default_rng()
    dots = random.integers(0, 256, size, dtype=np.uint8)
    if colours == 2:
        dots = (dots & 1) * np.uint8(255)
    return made.draw(values, dots)
