"""Summaries as messages: ScalarSummary."""

from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.graph.registry import op
from evergraph.ops.complaints import shape_text
from evergraph.proto.framework.summary_pb2 import Summary

scalar_summary_op = op("ScalarSummary(tags: string, values: T) -> summary: string", "T: realnumber")
scalar_summary_op.shape(lambda node: ())
scalar_summary_op.not_differentiable()


@scalar_summary_op.numpy
def scalar_summary(tags: Any, values: Any) -> np.ndarray:
    tags, values = np.asarray(tags, object), np.asarray(values)
    # A vector of one element stands for a scalar, as in the oldest programs.
    if tags.shape != values.shape and not (_is_one(tags) and _is_one(values)):
        only = f" (tag '{tags.reshape(-1)[0].decode()}')" if tags.size == 1 else ""
        raise errors.InvalidArgumentError(
            None,
            None,
            f"tags and values not the same shape: {shape_text(tags)} != {shape_text(values)}{only}",
        )
    summary = Summary()
    for tag, value in zip(tags.reshape(-1), values.reshape(-1), strict=True):
        summary.value.add(tag=tag.decode(), simple_value=float(value))
    return np.array(summary.SerializeToString(), dtype=object)


def _is_one(array: Any) -> bool:
    return array.ndim == 0 or array.shape == (1,)
