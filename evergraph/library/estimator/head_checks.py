"""What heads check of labels, weights, logits and losses, in the graph where shapes are open."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops, shape_checks
from evergraph.base.function_utils import fn_args
from evergraph.graph.composite import SparseTensor, convert_to_tensor_or_sparse_tensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.feature_column.columns import LazyBuilder
from evergraph.library.feature_column.numeric import NumericColumn, numeric_column
from evergraph.library.losses.losses_impl import Reduction


def missing_labels() -> ValueError:
    """The error of a head without labels."""
    return ValueError(
        "You must provide a labels Tensor. Given: None. Suggested troubleshooting steps: "
        "Check that your data contain your label feature. Check that your input_fn properly "
        "parses and returns labels."
    )


def check_dense_labels_match_logits_and_reshape(
    labels: Any, logits: Tensor, expected_labels_dimension: int
) -> Tensor:
    """Labels [D0, ..., DN, dimension], to which [D0, ..., DN] are reshaped.

    Raises:
      ValueError: there are none, they are sparse, or their shape does not fit.
    """
    if labels is None:
        raise missing_labels()
    size = expected_labels_dimension
    with name_scope(None, "labels", (labels, logits)) as scope:
        labels = convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, SparseTensor):
            raise ValueError(
                "SparseTensor labels are not supported. labels must be a Tensor of shape [D0, D1, "
                f"..., DN, {size}], e.g. [batch_size, {size}]. Suggested Fix (1): Check the label "
                f"feature in your data. Each example must contain {size} value(s). If not, your "
                "choice of label was probably incorrect. Suggested Fix (2): In your input_fn, use "
                "tf.sparse_tensor_to_dense() to turn labels into a Tensor."
            )
        if _lacks_axis(labels, logits):
            labels = array_ops.expand_dims(labels, -1)
        labels_shape, logits_shape = array_ops.shape(labels), array_ops.shape(logits)
        message = (
            f"labels shape must be [D0, D1, ... DN, {size}]. Suggested Fix: check your n_classes "
            "argument to the estimator and/or the shape of your label."
        )
        with control_dependencies([shape_checks.assert_rank_at_least(labels, 2, message=message)]):
            found = labels.shape[-1].value if labels.shape.ndims is not None else None
            if found is not None and found != size:
                raise ValueError(
                    f"Mismatched label shape. Expected labels dimension={size}.  Received "
                    f"{found}. Suggested Fix:If your classifier expects one-hot encoding "
                    "label,check your n_classes argument to the estimator and/or the shape of "
                    "your label. Otherwise, check the shape of your label."
                )
            expected = array_ops.concat([logits_shape[:-1], [size]], axis=0)
            data = ["expected_labels_shape: ", expected, "labels_shape: ", labels_shape]
            fits = check_ops.assert_equal(expected, labels_shape, message=message, data=data)
            with control_dependencies([fits]):
                return array_ops.identity(labels, name=scope)


def _lacks_axis(tensor: Tensor, logits: Tensor) -> bool:
    ranks = tensor.shape.ndims, logits.shape.ndims
    return None not in ranks and ranks[0] == ranks[1] - 1  # type: ignore[operator]


def get_weights_and_check_match_logits(
    features: Any, weight_column: Any, logits: Tensor, allow_per_logit_weights: bool = False
) -> Any:
    """The weights of examples, [D0, ..., DN, 1] or with `allow_per_logit_weights` as the logits;
    1.0 without a column. Raises ValueError, TypeError: the column is none of numbers."""
    shapes = ["[D0, D1, ... DN]", "[D0, D1, ... DN, 1]"]
    if allow_per_logit_weights:
        message = f"weights shape must be {', '.join(shapes)} or [D0, D1, ... DN, logits_dimension]"
    else:
        message = f"weights shape must be {' or '.join(shapes)}"
    with name_scope(None, "weights", (*features.values(), logits)) as scope:
        if weight_column is None:
            return 1.0
        if isinstance(weight_column, str):
            weight_column = numeric_column(key=weight_column, shape=(1,))
        if not isinstance(weight_column, NumericColumn):
            raise TypeError(
                "Weight column must be either a string or _NumericColumn. Given type: "
                f"{type(weight_column)}."
            )
        weights = weight_column._get_dense_tensor(LazyBuilder(features))
        if not (weights.dtype.is_floating or weights.dtype.is_integer):
            raise ValueError(
                f"Weight column should be castable to float. Given dtype: {weights.dtype}"
            )
        weights = math_ops.to_float(weights, name="weights")
        shape = array_ops.shape(weights, name="weights_shape")
        wanted = array_ops.shape(logits, name="logits_shape")
        data = ["logits_shape: ", wanted, "weights_shape: ", shape]
        if _lacks_axis(weights, logits):
            fits = check_ops.assert_equal(wanted[:-1], shape, message=message, data=data)
            with control_dependencies([fits]):
                return array_ops.expand_dims(weights, -1, name=scope)
        single = array_ops.concat([wanted[:-1], [1]], axis=0)
        if allow_per_logit_weights:
            either = math_ops.reduce_any(
                [
                    math_ops.reduce_all(math_ops.equal(wanted, shape)),
                    math_ops.reduce_all(math_ops.equal(single, shape)),
                ]
            )
            fits = control_flow_ops.Assert(condition=either, data=[message, *data])
        else:
            fits = check_ops.assert_equal(single, shape, message=message, data=data)
        with control_dependencies([fits]):
            return array_ops.identity(weights, name=scope)


def check_logits_final_dim(logits: Any, expected_logits_dimension: Any) -> Tensor:
    """Logits as floats, whose last dimension is checked. Raises ValueError."""
    message = "logits shape must be [D0, D1, ... DN, logits_dimension]"
    with name_scope(None, "logits", (logits,)) as scope:
        logits = math_ops.to_float(logits)
        shape = array_ops.shape(logits)
        ranked = shape_checks.assert_rank_at_least(logits, 2, data=[shape], message=message)
        with control_dependencies([ranked]):
            if logits.shape.ndims is not None:
                # Of an unknown size TensorFlow does not look at run time either.
                found, wanted = logits.shape[-1].value, expected_logits_dimension
                if isinstance(wanted, int) and found not in (None, wanted):
                    raise ValueError(f"{message}, got {logits.shape}.")
                return logits
            fits = check_ops.assert_equal(
                expected_logits_dimension, shape[-1], data=[shape], message=message
            )
            with control_dependencies([fits]):
                return array_ops.identity(logits, name=scope)


def assert_range(labels: Tensor, n_classes: Any, message: str | None = None) -> Tensor:
    """Labels, which must be within 0 and `n_classes` - 1 when they are run."""
    with name_scope(None, "assert_range", (labels,)):
        less = check_ops.assert_less_equal(
            labels,
            convert_to_tensor(n_classes - 1, dtype=labels.dtype),
            message=message or "Labels must <= n_classes - 1",
        )
        not_less = check_ops.assert_non_negative(labels, message=message or "Labels must >= 0")
        with control_dependencies((less, not_less)):
            return array_ops.identity(labels)


def check_reduction(loss_reduction: Any) -> None:
    """Raises ValueError where losses are not reduced so."""
    if loss_reduction not in Reduction.all() or loss_reduction == Reduction.NONE:
        raise ValueError(f"Invalid loss_reduction: {loss_reduction}")


def check_loss_fn(loss_fn: Callable[..., Any] | None) -> None:
    """Raises ValueError where a loss function takes other than `labels`, `logits` and perhaps
    `features`."""
    if not loss_fn:
        return
    taken = fn_args(loss_fn)
    for required in ("labels", "logits"):
        if required not in taken:
            raise ValueError(f"loss_fn must contain argument: {required}. Given arguments: {taken}")
    unknown = list(set(taken) - {"labels", "logits", "features"})
    if unknown:
        raise ValueError(f"loss_fn has unexpected args: {unknown}")


def call_loss_fn(
    loss_fn: Callable[..., Any],
    labels: Tensor,
    logits: Tensor,
    features: Any,
    expected_loss_dim: int = 1,
) -> Tensor:
    """A loss function's result, [D0, ..., DN, expected_loss_dim], checked when it is run."""
    kwargs = {"features": features} if "features" in fn_args(loss_fn) else {}
    with name_scope(None, "call_loss_fn", [labels, logits, *features.values()]):
        loss = loss_fn(labels=labels, logits=logits, **kwargs)
        logits_shape = array_ops.shape(logits, name="logits_shape")
        expected = array_ops.concat(
            [logits_shape[:-1], [expected_loss_dim]], axis=0, name="expected_loss_shape"
        )
        shape = array_ops.shape(loss, name="loss_shape")
        fits = control_flow_ops.Assert(
            math_ops.reduce_all(math_ops.equal(shape, expected)),
            data=[
                f"loss_fn must return Tensor of shape [D0, D1, ... DN, {expected_loss_dim}]. ",
                "logits_shape: ",
                logits_shape,
                "loss_shape: ",
                shape,
            ],
            name="check_loss_shape",
        )
        with control_dependencies([fits]):
            return array_ops.identity(loss)


def check_multi_label(
    n_classes: Any, thresholds: Any, vocabulary: Any, classes: Any, kind: str = "multi-class"
) -> tuple[int, ...]:
    """The numbers of the classes with metrics of their own. Raises ValueError: an argument of
    `multi_label_head` does not fit."""
    if n_classes is None or n_classes < 2:
        raise ValueError(f"n_classes must be > 1 for {kind} classification. Given: {n_classes}")
    for threshold in thresholds or ():
        if not 0 < threshold < 1:
            raise ValueError(f"thresholds must be in (0, 1) range. Given: {threshold}")
    if vocabulary is not None:
        if not isinstance(vocabulary, (list, tuple)):
            raise ValueError(
                f"label_vocabulary must be a list or tuple. Given type: {type(vocabulary)}"
            )
        if len(vocabulary) != n_classes:
            raise ValueError(
                f"Length of label_vocabulary must be n_classes ({n_classes}). Given: "
                f"{len(vocabulary)}"
            )
    classes = tuple(classes or ())
    if classes and isinstance(classes[0], str):
        if not vocabulary:
            raise ValueError(
                "label_vocabulary must be provided when classes_for_class_based_metrics are sting."
            )
        return tuple(vocabulary.index(name) for name in classes)
    for class_id in classes:
        if not 0 <= class_id < n_classes:
            raise ValueError(
                f"All classes_for_class_based_metrics must be in range [0, {n_classes - 1}]. "
                f"Given: {class_id}"
            )
    return classes
