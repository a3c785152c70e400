"""Linear models by stochastic dual coordinate ascent: SdcaOptimizer, SdcaOptimizerV2, SdcaShrinkL1,
SdcaFprint."""

from typing import Any

import numpy as np

from evergraph.graph.registry import op
from evergraph.kernels import cells, hashing, sdca
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_ARGUMENTS = (
    "(sparse_example_indices: num_sparse_features * int64, "
    "sparse_feature_indices: num_sparse_features * int64, "
    "sparse_feature_values: num_sparse_features_with_values * float32, "
    "dense_features: num_dense_features * float32, example_weights: float32, "
    "example_labels: float32, sparse_indices: num_sparse_features * int64, "
    "sparse_weights: num_sparse_features * float32, dense_weights: num_dense_features * float32, "
    "example_state_data: float32) -> out_example_state_data: float32, "
    "out_delta_sparse_weights: num_sparse_features * float32, "
    "out_delta_dense_weights: num_dense_features * float32"
)
_ATTRS = (
    "loss_type: string in {{'logistic_loss', 'squared_loss', 'hinge_loss', 'smooth_hinge_loss', "
    "'poisson_loss'}}; {}: bool = false; num_sparse_features: int >= 0; "
    "num_sparse_features_with_values: int >= 0; num_dense_features: int >= 0; l1: float; "
    "l2: float; num_loss_partitions: int >= 1; num_inner_iterations: int >= 1"
)
optimizer_op = op("SdcaOptimizer" + _ARGUMENTS, _ATTRS.format("adaptative"))
optimizer_v2_op = op("SdcaOptimizerV2" + _ARGUMENTS, _ATTRS.format("adaptive"))
shrink_op = op(
    "SdcaShrinkL1(weights: num_features * Ref(float32))",
    "num_features: int >= 0; l1: float; l2: float",
)
fprint_op = op("SdcaFprint(input: string) -> output: int64")

for _entry in (optimizer_op, optimizer_v2_op, fprint_op):
    _entry.not_differentiable()
shrink_op.shape(shape_rules.no_outputs)


@optimizer_op.shape
@optimizer_v2_op.shape
def optimizer_shape(node: Any) -> list[Dims]:
    sparse, dense = node.attr("num_sparse_features"), node.attr("num_dense_features")
    weights = node.inputs[-1 - dense - sparse : -1]
    return [(None, 4), *[t.dims for t in weights]]


def _flat(values: Any) -> list[np.ndarray]:
    return [cells.to_numpy(v).reshape(-1) for v in values]


def _optimize(
    rows: Any,
    features: Any,
    values: Any,
    dense: Any,
    example_weights: Any,
    labels: Any,
    indices: Any,
    sparse_weights: Any,
    dense_weights: Any,
    state: Any,
    *,
    loss_type: str,
    l1: float,
    l2: float,
    num_loss_partitions: int,
    adapt: bool,
) -> Any:
    if not (len(rows) or len(dense)):
        raise invalid("Requires at least one feature to train.")
    example_weights, labels = _flat([example_weights, labels])
    count = len(example_weights)
    given: list[Any] = [*_flat(values), *[None] * (len(rows) - len(values))]
    known, weights = _flat(indices), _flat([*sparse_weights, *dense_weights])
    sparse = list(zip(_flat(rows), _flat(features), given, known, strict=True))
    widths = [len(w) for w in weights[len(rows) :]]
    matrices = [cells.to_numpy(m) for m in dense]
    examples = sdca.gathered(count, sparse, list(zip(matrices, widths, strict=True)))
    state = cells.to_numpy(state).copy()
    if state.shape != (count, 4):
        raise invalid(
            f"Expected shape {text((count, 4))} for example_state_data, got {text(state.shape)}"
        )
    optimizer = sdca.Optimizer(sdca.LOSSES[loss_type], l1, l2, num_loss_partitions)
    nominal = np.concatenate(weights)
    generator = np.random.default_rng()
    if adapt:
        order = optimizer.order(examples, nominal, example_weights, labels, state, generator)
    else:
        order = generator.permutation(count)
    deltas = optimizer.step(examples, nominal, example_weights, labels, state, order)
    ends = np.cumsum([len(w) for w in weights])[:-1]
    shapes = [np.shape(w) for w in [*sparse_weights, *dense_weights]]
    pieces = [d.reshape(s) for d, s in zip(np.split(deltas, ends), shapes, strict=True)]
    return (state, *pieces)


@optimizer_op.numpy
def optimize(
    *inputs: Any,
    loss_type: str,
    adaptative: bool,
    l1: float,
    l2: float,
    num_loss_partitions: int,
) -> Any:
    return _optimize(
        *inputs,
        loss_type=loss_type,
        l1=l1,
        l2=l2,
        num_loss_partitions=num_loss_partitions,
        adapt=adaptative,
    )


@optimizer_v2_op.numpy
def optimize_v2(
    *inputs: Any,
    loss_type: str,
    adaptive: bool,
    l1: float,
    l2: float,
    num_loss_partitions: int,
) -> Any:
    return _optimize(
        *inputs,
        loss_type=loss_type,
        l1=l1,
        l2=l2,
        num_loss_partitions=num_loss_partitions,
        adapt=adaptive,
    )


@shrink_op.kernel
def shrink_kernel(weights: list[Any], *, l1: float, l2: float) -> None:
    shrinkage = float(np.float32(l1) / np.float32(l2)) if l2 else np.inf
    for weight in weights:
        value = weight.read()
        weight.value = cells.like(sdca.shrink(cells.to_numpy(value), shrinkage), value)


@fprint_op.shape
def fprint_shape(node: Any) -> Dims:
    return (*shape_rules.with_rank(node.inputs[0].dims, 1), 2)


@fprint_op.numpy
def fprint(strings: Any) -> np.ndarray:
    strings = np.asarray(strings, object)
    if strings.ndim != 1:
        raise invalid(f"Input must be a vector, got shape {text(strings.shape)}")
    found = np.zeros((len(strings), 2), np.uint64)
    for i, s in enumerate(strings):
        low, high = hashing.fingerprint128(s)
        # 0 and 1 are kept for keys of tables that stand for nothing.
        found[i] = low if low >= 2 else low + (1 << 64) - 2, high
    return found.view(np.int64)
