"""RandomCrop, which graphs of 2015 hold; `tf.random_crop` has been made of other ops since."""

from typing import Any

import torch

from evergraph.base.errors import FailedPreconditionError
from evergraph.graph.registry import op
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules
from evergraph.ops.random_arguments import state_of
from evergraph.ops.shape_rules import Dims

random_crop_op = op(
    "RandomCrop(image: T, size: int64) -> output: T",
    "T: uint8 | int8 | int16 | int32 | int64 | float32 | float64; seed: int = 0; seed2: int = 0",
    host=["size"],
    stateful=True,
    deprecated=(8, "Random crop is now pure Python"),
)


@random_crop_op.shape
def random_crop_shape(node: Any) -> Dims:
    image = shape_rules.with_rank(node.inputs[0].dims, 3)
    (count,) = shape_rules.with_rank(node.inputs[1].dims, 1)
    if count is not None:
        shape_rules.merge((count,), (2,))
    size = node.static_input(1)
    height, width = (None, None) if size is None else (int(n) for n in size)
    return (height, width, image[-1])


@random_crop_op.kernel
def random_crop(
    image: torch.Tensor, size: Any, *, seed: int, seed2: int, node: Any, session: Any
) -> torch.Tensor:
    if image.dim() != 3:
        raise invalid("image must be 3-D")
    if len(size) != 2:
        raise invalid("size must be a 1-D tensor of 2 elements")
    words = state_of(node, session, seed, seed2).reserve_words(2).words(2).tolist()
    places, drawn = [], 0
    for name, length, target in zip(("height", "width"), image.shape, size, strict=False):
        if length < target:
            raise FailedPreconditionError(
                None,
                None,
                f"{name} must be >= target_{name}: {name} = {length}, target_{name} = {target}",
            )
        places.append(words[drawn] % (length - target + 1) if target < length else 0)
        drawn += target < length
    top, left = places
    return image[top : top + size[0], left : left + size[1]].clone()
