"""Pooling over regions of random sizes: `tf.nn.fractional_max_pool`, `fractional_avg_pool`."""

from typing import Any

from evergraph.api import random_seed
from evergraph.api.convolution_ops import _get_sequence
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.apply import apply_op


def _pooled(op_type: str, value: Any, ratio: Any, seeds: tuple[Any, Any], **attrs: Any) -> Any:
    return apply_op(op_type, value, pooling_ratio=ratio, seed=seeds[0], seed2=seeds[1], **attrs)


@export("nn.fractional_max_pool")
@deprecated(None, "`seed2` and `deterministic` args are deprecated.  Use fractional_max_pool_v2.")
def fractional_max_pool(
    value: Any,
    pooling_ratio: Any,
    pseudo_random: bool = False,
    overlapping: bool = False,
    deterministic: bool = False,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> Any:
    """The largest values of regions of random sizes. Stands for `tf.nn.fractional_max_pool`.

    Args:
      value: [batch, rows, columns, channels]; float32, float64, int32 or int64.
      pooling_ratio: how many times smaller the result is along each axis; 1 for batch and channels.
      pseudo_random: whether regions follow one random number, or their sizes are shuffled.
      overlapping: whether regions share their border rows and columns.
      deterministic: whether regions are the same in every run.
      seed, seed2: seeds, if `deterministic`.
      name: a name for the node.

    Returns:
      (output, row_pooling_sequence, col_pooling_sequence); the sequences, int64, say where regions
      start.
    """
    return _pooled(
        "FractionalMaxPool",
        value,
        pooling_ratio,
        (seed, seed2),
        pseudo_random=pseudo_random,
        overlapping=overlapping,
        deterministic=deterministic,
        name=name,
    )


@export("nn.fractional_avg_pool")
@deprecated(None, "`seed2` and `deterministic` args are deprecated.  Use fractional_avg_pool_v2.")
def fractional_avg_pool(
    value: Any,
    pooling_ratio: Any,
    pseudo_random: bool = False,
    overlapping: bool = False,
    deterministic: bool = False,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> Any:
    """The averages of regions of random sizes. Stands for `tf.nn.fractional_avg_pool`; arguments
    and results as `fractional_max_pool`'s."""
    return _pooled(
        "FractionalAvgPool",
        value,
        pooling_ratio,
        (seed, seed2),
        pseudo_random=pseudo_random,
        overlapping=overlapping,
        deterministic=deterministic,
        name=name,
    )


def _seeds(seed: int) -> tuple[Any, Any]:
    return (0, 0) if seed == 0 else random_seed.get_seed(seed)


def fractional_max_pool_v2(
    value: Any,
    pooling_ratio: Any,
    pseudo_random: bool = False,
    overlapping: bool = False,
    seed: int = 0,
    name: str | None = None,
) -> Any:
    """As `tf.nn.fractional_max_pool`, with TensorFlow 2's arguments."""
    return _pooled(
        "FractionalMaxPool",
        value,
        _get_sequence(pooling_ratio, 2, 3, "pooling_ratio"),
        _seeds(seed),
        pseudo_random=pseudo_random,
        overlapping=overlapping,
        deterministic=seed != 0,
        name=name,
    )


def fractional_avg_pool_v2(
    value: Any,
    pooling_ratio: Any,
    pseudo_random: bool = False,
    overlapping: bool = False,
    seed: int = 0,
    name: str | None = None,
) -> Any:
    """As `tf.nn.fractional_avg_pool`, with TensorFlow 2's arguments."""
    return _pooled(
        "FractionalAvgPool",
        value,
        pooling_ratio,
        _seeds(seed),
        pseudo_random=pseudo_random,
        overlapping=overlapping,
        deterministic=seed != 0,
        name=name,
    )
