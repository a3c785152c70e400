"""What users hand to models to train on, as lists of arrays that fit the inputs and outputs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evergraph.api import array_ops
from evergraph.base.platform import logging
from evergraph.graph.composite import CompositeTensor
from evergraph.graph.conversion import is_tensor
from evergraph.graph.defaults import executing_eagerly
from evergraph.library.data.dataset_base import DatasetV2
from evergraph.library.data.iterator_ops import Iterator, IteratorV2
from evergraph.library.data.transformations import ShuffleDataset
from evergraph.library.keras.engine.endpoints import check_keys


def is_symbolic(value: Any) -> bool:
    """Whether it is a tensor, and not an array."""
    return is_tensor(value) or isinstance(value, CompositeTensor)


def _unframed(value: Any) -> Any:
    if executing_eagerly() and is_tensor(value):
        return value.numpy()
    return value.values if type(value).__name__ == "DataFrame" else value


def _as_list(data: Any, names: Sequence[str], what: str) -> list[Any]:
    if isinstance(data, Mapping):
        for name in names:
            if name not in data:
                raise ValueError(
                    f'No data provided for "{name}". Need data for each key in: {list(names)}'
                )
        return [_unframed(data[name]) for name in names]
    if not isinstance(data, (list, tuple)):
        return [_unframed(data)]
    if data and isinstance(data[0], (list, tuple)):
        return [np.asarray(value) for value in data]
    if len(names) == 1 and data and isinstance(data[0], (float, int)):
        return [np.asarray(data)]
    return [_unframed(value) for value in data]


def _with_column(value: Any, shape: Any) -> Any:
    """Vectors become columns, unless the model takes vectors."""
    if value is None or isinstance(value, CompositeTensor):
        return value
    if isinstance(value, int):
        raise ValueError(f"Expected an array data type but received an integer: {value}")
    if not hasattr(value, "shape"):
        return value
    rank = value.shape.ndims if is_tensor(value) else len(value.shape)
    if rank != 1 or (shape is not None and len(shape) == 1):
        return value
    return array_ops.expand_dims(value, 1) if is_tensor(value) else np.expand_dims(value, 1)


def standardized(data: Any, names: Sequence[str], shapes: Any, what: str) -> list[Any]:
    """One array or tensor for each name; vectors become columns.

    Args:
      data: an array, a list of them, or a dict by name; or tensors.
      names, shapes: of the inputs or outputs; shapes may be None as a whole or one by one.
      what: "input" or "target", for errors.

    Raises:
      ValueError: there are more or less arrays, or of other shapes.
      TypeError: there is something else.
    """
    if not names:
        if hasattr(data, "__len__") and len(data) and not isinstance(data, dict):
            raise ValueError(f"Error when checking model {what}: expected no data, but got:", data)
        return []
    if data is None:
        return [None] * len(names)
    values = _as_list(data, names, what)
    wanted = shapes or [None] * len(names)
    if len(values) == len(names):
        values = [_with_column(v, s) for v, s in zip(values, wanted, strict=True)]
    else:
        values = [_with_column(v, None) for v in values]
        values = _other_number(data, values, names, what)
    for value, name, shape in zip(values, names, wanted, strict=True):
        if shape is not None and value is not None:
            _check_shape(value, shape, name, what)
    return values


def _other_number(data: Any, values: list[Any], names: Sequence[str], what: str) -> list[Any]:
    start = f"Error when checking model {what}: "
    if values and hasattr(values[0], "shape"):
        raise ValueError(
            f"{start}the list of Numpy arrays that you are passing to your model is not the size "
            f"the model expected. Expected to see {len(names)} array(s), but instead got the "
            f"following list of {len(values)} arrays: {str(values)[:200]}..."
        )
    if len(names) > 1:
        raise ValueError(
            f"{start}you are passing a list as input to your model, but the model expects a list "
            f"of {len(names)} Numpy arrays instead. The list you passed was: {str(values)[:200]}"
        )
    return [np.asarray(data)]


def _check_shape(value: Any, wanted: Any, name: str, what: str) -> None:
    if isinstance(value, CompositeTensor) or is_tensor(value):
        if value.shape.ndims is None:
            return
        found = tuple(value.shape.as_list())
    else:
        found = tuple(value.shape)
    start = f"Error when checking {what}: expected {name} to have"
    if len(found) != len(wanted):
        raise ValueError(f"{start} {len(wanted)} dimensions, but got array with shape {found}")
    pairs = zip(wanted[1:], found[1:], strict=True)
    if any(None not in (size, other) and size != other for size, other in pairs):
        raise ValueError(f"{start} shape {tuple(wanted[1:])} but got array with shape {found[1:]}")


def by_output(given: Any, names: Sequence[str], what: str) -> list[Any]:
    """The `sample_weight` or `class_weight` of each output.

    Raises:
      ValueError: a list of another length, or unknown names.
      TypeError: something else for several outputs.
    """
    if given is None or (isinstance(given, (list, tuple)) and not given):
        return [None] * len(names)
    if len(names) == 1:
        if isinstance(given, (list, tuple)) and len(given) == 1:
            return list(given)
        if isinstance(given, dict) and names[0] in given:
            return [given[names[0]]]
        return [given]
    if isinstance(given, (list, tuple)):
        if len(given) != len(names):
            raise ValueError(
                f"Provided `{what}` was a list of {len(given)} elements, but the model has "
                f"{len(names)} outputs. You should provide one `{what}`array per model output."
            )
        return list(given)
    if isinstance(given, Mapping):
        check_keys(what, given, names)
        return [given.get(name) for name in names]
    raise TypeError(
        f"The model has multiple outputs, so `{what}` should be either a list or a dict. Provided "
        f"`{what}` type not understood: {given}"
    )


def weights_of(target: Any, weights: Any, classes: Any, mode: Any) -> Any:
    """The weights of the examples of one output, those of their classes multiplied in.

    Raises:
      ValueError: they do not fit the targets or the mode, or a class has none.
    """
    if isinstance(weights, tuple):
        weights = weights[0]
    temporal = mode not in (None, "samplewise")
    if temporal:
        _check_temporal(target, weights, mode)
    elif weights is not None and len(weights.shape) != 1:
        raise ValueError(
            f"Found a sample_weight array with shape {weights.shape}. In order to use "
            'timestep-wise sample weights, you should specify sample_weight_mode="temporal" in '
            "compile(). If you just mean to use sample-wise weights, make sure your sample_weight "
            "array is 1D."
        )
    if weights is not None:
        if len(weights.shape) > len(target.shape):
            raise ValueError(
                f"Found a sample_weight with shape{weights.shape}.Expected sample_weight with "
                f"rank less than or equal to {len(target.shape)}"
            )
        if not is_tensor(weights) and target.shape[: weights.ndim] != weights.shape:
            raise ValueError(
                f"Found a sample_weight array with shape {weights.shape} for an input with shape "
                f"{target.shape}. sample_weight cannot be broadcast."
            )
    if not isinstance(classes, dict):
        return weights
    found = _class_weights(target, classes)
    return found if weights is None else found * weights


def _check_temporal(target: Any, weights: Any, mode: Any) -> None:
    if mode != "temporal":
        raise ValueError(f'"sample_weight_mode should be None or "temporal". Found: {mode}')
    if len(target.shape) < 3:
        raise ValueError(
            f"Found a sample_weight array for an input with shape {target.shape}. Timestep-wise "
            'sample weighting (use of sample_weight_mode="temporal") is restricted to outputs '
            "that are at least 3D, i.e. that have a time dimension."
        )
    if weights is not None and len(weights.shape) != 2:
        raise ValueError(
            f"Found a sample_weight array with shape {weights.shape}. In order to use "
            "timestep-wise sample weighting, you should pass a 2D sample_weight array."
        )


def _class_weights(target: Any, weights: dict[Any, Any]) -> Any:
    if len(target.shape) > 2:
        raise ValueError("`class_weight` not supported for 3+ dimensional targets.")
    classes = target
    if len(target.shape) == 2:
        several = target.shape[1] > 1
        classes = np.argmax(target, axis=1) if several else np.reshape(target, len(target))
    missing = {c for c in classes.tolist() if c not in weights}
    if missing:
        raise ValueError(
            f"`class_weight` must contain all classes in the data. The classes {missing} exist in "
            "the data but not in `class_weight`."
        )
    return np.asarray([weights[c] for c in classes.tolist()])


def check_lengths(x: Sequence[Any], y: Sequence[Any], weights: Sequence[Any] | None) -> None:
    """ValueError unless all arrays have as many examples."""
    found = []
    for arrays, what in (
        (x, "input arrays (x)"),
        (y, "target arrays (y)"),
        (weights, "sample_weight arrays"),
    ):
        known = [a.shape for a in arrays or () if a is not None and not is_symbolic(a)]
        lengths = {shape[0] for shape in known}
        if len(lengths) > 1:
            raise ValueError(
                f"All {what} should have the same number of samples. Got array shapes: {known}"
            )
        found.append(lengths)
    inputs, targets, weighted = found
    if inputs and targets and inputs != targets:
        raise ValueError(
            "Input arrays should have the same number of samples as target arrays. Found "
            f"{inputs.pop()} input samples and {targets.pop()} target samples."
        )
    if targets and weighted and targets != weighted:
        raise ValueError(
            "Sample_weight arrays should have the same number of samples as target arrays. Got "
            f"{targets.pop()} input samples and {weighted.pop()} target samples."
        )


def check_dataset(x: Any, y: Any, weights: Any, split: Any = None, shuffle: Any = False) -> None:
    """ValueError for targets, weights or a split beside a dataset; a warning where it should be
    shuffled and is not."""
    if y is not None:
        raise ValueError(
            f"You passed a dataset or dataset iterator ({x}) as input `x` to your model. In that "
            "case, you should not specify a target (`y`) argument, since the dataset or dataset "
            f"iterator generates both input data and target data. Received: {y}"
        )
    if weights is not None:
        raise ValueError(
            "`sample_weight` argument is not supported when input `x` is a dataset or a dataset "
            "iterator. Instead, youcan provide sample_weight as the third element  of yourdataset, "
            f"i.e. (inputs, targets, sample_weight). Received: x={x}, sample_weight={weights}"
        )
    if split:
        raise ValueError(
            "`validation_split` argument is not supported when input `x` is a dataset or a dataset "
            f"iterator. Received: x={x}, validation_split={split:f}"
        )
    if shuffle:
        verify_dataset_shuffled(x)


def verify_dataset_shuffled(x: Any) -> bool:
    """Whether a dataset's elements, or those of datasets it is made of, are shuffled; else a
    warning is logged."""
    pending = [x]
    while pending:
        dataset = pending.pop()
        dataset = getattr(dataset, "_dataset", dataset)  # what an adapter holds
        if isinstance(dataset, ShuffleDataset):
            return True
        for function in dataset._functions():
            nodes = function.function.graph.get_operations()
            if any(node.type.startswith("ShuffleDataset") for node in nodes):
                return True
        pending.extend(dataset._inputs())
    logging.warning(
        "Expected a shuffled dataset but input dataset `x` is not shuffled. Please invoke "
        "`shuffle()` on input dataset."
    )
    return False


def unpacked(element: Any) -> tuple[Any, Any, Any]:
    """Inputs, targets and weights of what a dataset or a generator gives.

    Raises:
      ValueError: it has more or fewer parts.
    """
    if not isinstance(element, (list, tuple)):
        return element, None, None
    if len(element) not in (2, 3):
        raise ValueError(
            "Please provide model inputs as a list or tuple of 2 or 3 elements: (input, target) or "
            f"(input, target, sample_weights) Received {element}"
        )
    return (*element, None)[:3]  # type: ignore[return-value]


def check_steps(x: Any, steps: Any, name: str) -> None:
    """ValueError where only a number of steps can tell when an epoch ends.

    A dataset tells by itself.
    """
    if isinstance(x, DatasetV2):
        return
    from_iterator = isinstance(x, (Iterator, IteratorV2))
    leaves = x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else [x]
    endless = x is None or from_iterator or any(map(is_symbolic, leaves))
    if (endless or (isinstance(x, list) and not x)) and steps is None:
        kind = "a Dataset iterator" if from_iterator else "data tensors"
        raise ValueError(
            f"When using {kind} as input to a model, you should specify the `{name}` argument."
        )
