"""Candidates for losses over many classes: tf.nn.*_candidate_sampler.

All samplers give (sampled_candidates, true_expected_count, sampled_expected_count): the classes
drawn, [num_sampled]; how often each true class is to be expected among them, [batch, num_true]; and
the same of the classes drawn.
"""

from collections.abc import Sequence
from typing import Any

from evergraph.api.random_seed import get_seed
from evergraph.base.deprecation import deprecated_endpoints
from evergraph.base.export import export
from evergraph.graph.apply import apply_op


def _sampler(
    op_type: str,
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    seed: int | None,
    name: str | None,
    **attrs: Any,
) -> Any:
    seed1, seed2 = get_seed(seed)
    return apply_op(
        op_type,
        true_classes,
        num_true=num_true,
        num_sampled=num_sampled,
        unique=unique,
        seed=seed1,
        seed2=seed2,
        name=name,
        **attrs,
    )


@export("random.uniform_candidate_sampler", "nn.uniform_candidate_sampler")
@deprecated_endpoints("nn.uniform_candidate_sampler")
def uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Classes of [0, range_max), all alike. Stands for `tf.nn.uniform_candidate_sampler`.

    Args:
        true_classes: int64 [batch, num_true].
        num_true: how many true classes an example has.
        num_sampled: how many to draw.
        unique: whether they must all be different.
        range_max: the number of classes.
        seed: the op's seed; see `tf.set_random_seed`.
        name: name of the node.
    """
    return _sampler(
        "UniformCandidateSampler",
        true_classes,
        num_true,
        num_sampled,
        unique,
        seed,
        name,
        range_max=range_max,
    )


@export("random.log_uniform_candidate_sampler", "nn.log_uniform_candidate_sampler")
@deprecated_endpoints("nn.log_uniform_candidate_sampler")
def log_uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Classes of [0, range_max), small numbers more often, as in Zipf's law.

    Arguments as for `uniform_candidate_sampler`. Stands for `tf.nn.log_uniform_candidate_sampler`.
    """
    return _sampler(
        "LogUniformCandidateSampler",
        true_classes,
        num_true,
        num_sampled,
        unique,
        seed,
        name,
        range_max=range_max,
    )


@export("random.learned_unigram_candidate_sampler", "nn.learned_unigram_candidate_sampler")
@deprecated_endpoints("nn.learned_unigram_candidate_sampler")
def learned_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Classes of [0, range_max) by how often they were true in this session so far.

    Arguments as for `uniform_candidate_sampler`. Stands for
    `tf.nn.learned_unigram_candidate_sampler`.
    """
    return _sampler(
        "LearnedUnigramCandidateSampler",
        true_classes,
        num_true,
        num_sampled,
        unique,
        seed,
        name,
        range_max=range_max,
    )


@export("random.fixed_unigram_candidate_sampler", "nn.fixed_unigram_candidate_sampler")
@deprecated_endpoints("nn.fixed_unigram_candidate_sampler")
def fixed_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    vocab_file: str = "",
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    num_shards: int = 1,
    shard: int = 0,
    unigrams: Sequence[float] = (),
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Classes of [0, range_max) by given weights. Stands for
    `tf.nn.fixed_unigram_candidate_sampler`.

    Args:
        true_classes, num_true, num_sampled, unique, range_max, seed, name: as for
            `uniform_candidate_sampler`.
        vocab_file: a file with a line for each class, which ends in its weight after a comma.
        distortion: a power that weights are raised to.
        num_reserved_ids: how many classes, without weights, come before the others.
        num_shards, shard: of how many shards this is which, where the classes are split.
        unigrams: the weights, instead of a file.
    """
    return _sampler(
        "FixedUnigramCandidateSampler",
        true_classes,
        num_true,
        num_sampled,
        unique,
        seed,
        name,
        range_max=range_max,
        vocab_file=vocab_file,
        distortion=distortion,
        num_reserved_ids=num_reserved_ids,
        num_shards=num_shards,
        shard=shard,
        unigrams=unigrams,
    )


@export("random.all_candidate_sampler", "nn.all_candidate_sampler")
def all_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """All classes of [0, num_sampled), for tests. Stands for `tf.nn.all_candidate_sampler`."""
    return _sampler("AllCandidateSampler", true_classes, num_true, num_sampled, unique, seed, name)


@export("nn.compute_accidental_hits")
def compute_accidental_hits(
    true_classes: Any,
    sampled_candidates: Any,
    num_true: int,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Where sampled classes are true ones. Stands for `tf.nn.compute_accidental_hits`.

    Args:
        true_classes: int64 [batch, num_true].
        sampled_candidates: int64 [num_sampled].
        num_true: how many true classes an example has.
        seed: the op's seed, of no effect.
        name: name of the node.

    Returns:
        (indices, ids, weights), one element a hit: the example, the place in `sampled_candidates`,
        and the lowest float32.
    """
    seed1, seed2 = get_seed(seed)
    return apply_op(
        "ComputeAccidentalHits",
        true_classes,
        sampled_candidates,
        num_true=num_true,
        seed=seed1,
        seed2=seed2,
        name=name,
    )
