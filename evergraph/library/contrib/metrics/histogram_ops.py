"""The area under a curve, of histograms."""

from typing import Any

from evergraph.api import (
    array_ops,
    control_flow_ops,
    convolution_ops,
    grouping,
    histogram_ops,
    init_ops,
    math_ops,
    variable_scope,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.library.contrib.framework.tensor_util import remove_squeezable_dimensions


@export("contrib.metrics.auc_using_histogram")
def auc_using_histogram(
    boolean_labels: Any,
    scores: Any,
    score_range: Any,
    nbins: int = 100,
    collections: Any = None,
    check_shape: bool = True,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The area under the ROC curve, of histograms of the scores of true and of false labels. Stands
    for `tf.contrib.metrics.auc_using_histogram`.

    Args:
      boolean_labels: bools, a vector.
      scores: numbers, a vector.
      score_range: the least and the largest score.
      nbins: how many bins histograms have.
      collections: collections for the variables; default: LOCAL_VARIABLES.
      check_shape: whether a run fails where there are no vectors.
      name: a variable scope.
    """
    if collections is None:
        collections = [GraphKeys.LOCAL_VARIABLES]
    values = [boolean_labels, scores, score_range]
    with variable_scope.variable_scope(name, "auc_using_histogram", values):
        scores, boolean_labels = remove_squeezable_dimensions(scores, boolean_labels)
        score_range = convert_to_tensor(score_range, name="score_range")
        boolean_labels, scores = _check_labels_and_scores(boolean_labels, scores, check_shape)
        batch = _histograms(boolean_labels, scores, score_range, nbins)
        true, false, update = _accumulated(*batch, nbins, collections)
        return _area(true, false, nbins), update


def _check_labels_and_scores(labels: Any, scores: Any, check_shape: bool) -> tuple[Any, Any]:
    with name_scope("_check_labels_and_scores", values=[labels, scores]):
        labels = convert_to_tensor(labels, name="boolean_labels")
        scores = convert_to_tensor(scores, name="scores")
        if labels.dtype != dtypes.bool:
            raise ValueError(
                "Argument boolean_labels should have dtype bool.  Found: %s", labels.dtype
            )
        if not check_shape:
            return labels, scores
        checks = [
            control_flow_ops.Assert(
                math_ops.equal(1, array_ops.rank(tensor)),
                [
                    f"Argument {what} should have rank 1.  Found: ",
                    tensor.name,
                    array_ops.shape(tensor),
                ],
            )
            for what, tensor in (("boolean_labels", labels), ("scores", scores))
        ]
        with control_dependencies(checks):
            return labels, scores


def _histograms(labels: Any, scores: Any, score_range: Any, nbins: int) -> tuple[Any, Any]:
    """How many true, and false, labels had scores in each bin."""
    with variable_scope.variable_scope(None, "make_auc_histograms", [labels, scores, nbins]):
        true = histogram_ops.histogram_fixed_width(
            array_ops.boolean_mask(scores, labels),
            score_range,
            nbins=nbins,
            dtype=dtypes.int64,
            name="hist_true",
        )
        false = histogram_ops.histogram_fixed_width(
            array_ops.boolean_mask(scores, math_ops.logical_not(labels)),
            score_range,
            nbins=nbins,
            dtype=dtypes.int64,
            name="hist_false",
        )
        return true, false


def _accumulated(true: Any, false: Any, nbins: int, collections: Any) -> tuple[Any, Any, Any]:
    with variable_scope.variable_scope(None, "hist_accumulate", [true, false]):
        held = [
            variable_scope.get_variable(
                name,
                shape=[nbins],
                dtype=true.dtype,
                initializer=init_ops.zeros_initializer(),
                collections=collections,
                trainable=False,
            )
            for name in ("hist_true_acc", "hist_false_acc")
        ]
        update = grouping.group(
            held[0].assign_add(true), held[1].assign_add(false), name="update_op"
        )
        return held[0], held[1], update


def _area(true: Any, false: Any, nbins: int) -> Any:
    """The area by trapezoids, from the highest scores down."""
    true = math_ops.truediv(true, math_ops.reduce_sum(true))
    false = math_ops.truediv(false, math_ops.reduce_sum(false))
    steps_y = array_ops.reverse_v2(true, [0], name="delta_y_t")
    steps_x = array_ops.reverse_v2(false, [0], name="delta_x_t")
    steps_y = math_ops.cast(steps_y, dtypes.float32)
    steps_x = math_ops.cast(steps_x, dtypes.float32)
    y = _strict_1d_cumsum(steps_y, nbins)
    first = steps_x[0] * y[0] / 2.0
    others = steps_x[1:] * (y[1:] + y[: nbins - 1]) / 2.0
    return math_ops.add(first, math_ops.reduce_sum(others), name="auc")


def _strict_1d_cumsum(tensor: Any, len_tensor: int) -> Any:
    """Running sums of a vector, by a convolution with ones."""
    with name_scope("strict_1d_cumsum", values=[tensor]):
        if len_tensor == 0:
            return constant([])
        x = array_ops.pad(tensor, [[len_tensor - 1, 0]])
        return _strict_conv1d(x, array_ops.ones_like(x))[:len_tensor]


def _strict_conv1d(x: Any, h: Any) -> Any:
    """The convolution of two vectors, of the length of the first."""
    with name_scope("strict_conv1d", values=[x, h]):
        x = array_ops.reshape(x, (1, -1, 1, 1))
        h = array_ops.reshape(h, (-1, 1, 1, 1))
        return array_ops.reshape(convolution_ops.conv2d(x, h, [1, 1, 1, 1], "SAME"), [-1])
