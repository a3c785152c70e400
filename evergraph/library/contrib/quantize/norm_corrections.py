"""What a layer's output is corrected by, whose weights were scaled by averages."""

from dataclasses import dataclass
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.graph.graph import get_default_graph
from evergraph.library.contrib.quantize import common
from evergraph.library.layers.utils import smart_cond


@dataclass(frozen=True)
class Norm:
    """The tensors of a batch normalization; those of averages are None where there are none."""

    gamma: Any
    mean: Any
    variance: Any
    moving_mean: Any
    moving_variance: Any
    mean_decay: Any
    variance_decay: Any
    epsilon: Any


def corrections(context: str, norm: Norm, freeze_delay: int | None) -> tuple[Any, Any, Any]:
    """The weights' factor, and factor and summand of the output.

    Weights are scaled by the average of variances, which moves less than a batch's; the output is
    then made what the batch's statistics would give, until `freeze_delay` steps have passed.
    """
    graph = get_default_graph()
    with graph.name_scope(context + "batch_norm_correction"):
        average = math_ops.rsqrt(norm.moving_variance + norm.epsilon)
        batch = math_ops.rsqrt(norm.variance + norm.epsilon)
        scale = math_ops.divide(average, batch, name="scale_compute")
        scale = array_ops.identity(scale, name="correction_scale")
        recip = math_ops.reciprocal(scale, name="reciprocal_compute")
        offset = math_ops.multiply(
            norm.gamma, norm.mean * batch - norm.moving_mean * average, name="offset_compute"
        )
        frozen: Any = False
        if freeze_delay is not None:
            frozen = math_ops.greater_equal(
                common.CreateOrGetQuantizationStep(), freeze_delay, name="use_moving_average"
            )
        for name, decay in (("mean", norm.mean_decay), ("var", norm.variance_decay)):
            users = list(decay.consumers())
            kept = smart_cond(frozen, lambda: 0.0, lambda d=decay: d, name=f"freeze_moving_{name}")
            common.RerouteTensor(kept, decay, can_modify=users)
        corrected_recip = smart_cond(
            frozen, lambda: array_ops.ones(scale.shape), lambda: recip, name="correction_recip"
        )
        corrected_offset = smart_cond(
            frozen, lambda: offset, lambda: array_ops.zeros(offset.shape), name="correction_offset"
        )
    return scale, corrected_recip, corrected_offset
