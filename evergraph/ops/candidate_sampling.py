"""Candidates for losses over many classes: *CandidateSampler, ComputeAccidentalHits."""

from typing import Any

import torch

from evergraph.base import errors
from evergraph.base.platform import file_io
from evergraph.graph.registry import Entry, op
from evergraph.kernels import random_candidates as candidates
from evergraph.ops.random_arguments import state_of
from evergraph.ops.shape_rules import Dims, with_rank, with_value

OUTPUTS = (
    "(true_classes: int64) -> sampled_candidates: int64, true_expected_count: float32, "
    "sampled_expected_count: float32"
)
COUNTS = "num_true: int >= 1; num_sampled: int >= 1; unique: bool; "
SEEDS = "seed: int = 0; seed2: int = 0"

all_candidate_sampler_op = op("AllCandidateSampler" + OUTPUTS, COUNTS + SEEDS, stateful=True)
uniform_candidate_sampler_op = op(
    "UniformCandidateSampler" + OUTPUTS, COUNTS + "range_max: int >= 1; " + SEEDS, stateful=True
)
log_uniform_candidate_sampler_op = op(
    "LogUniformCandidateSampler" + OUTPUTS, COUNTS + "range_max: int >= 1; " + SEEDS, stateful=True
)
learned_unigram_candidate_sampler_op = op(
    "LearnedUnigramCandidateSampler" + OUTPUTS,
    COUNTS + "range_max: int >= 1; " + SEEDS,
    stateful=True,
)
thread_unsafe_unigram_candidate_sampler_op = op(
    "ThreadUnsafeUnigramCandidateSampler" + OUTPUTS,
    COUNTS + "range_max: int >= 1; " + SEEDS,
    stateful=True,
)
fixed_unigram_candidate_sampler_op = op(
    "FixedUnigramCandidateSampler" + OUTPUTS,
    COUNTS + "range_max: int >= 1; vocab_file: string = ''; distortion: float = 1.0; "
    "num_reserved_ids: int = 0; num_shards: int >= 1 = 1; shard: int >= 0 = 0; "
    "unigrams: list(float) = []; " + SEEDS,
    stateful=True,
)
compute_accidental_hits_op = op(
    "ComputeAccidentalHits(true_classes: int64, sampled_candidates: int64) -> indices: int32, "
    "ids: int64, weights: float32",
    "num_true: int; " + SEEDS,
)


def candidates_shape(node: Any) -> list[Dims]:
    batch, _ = with_rank(node.inputs[0].dims, 2)
    sampled = (node.attr("num_sampled"),)
    return [sampled, (batch, node.attr("num_true")), sampled]


def _invalid(message: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, message)


def _fixed_unigram(node: Any) -> candidates.RangeSampler:
    vocabulary, weights = node.attr("vocab_file"), node.attr("unigrams")
    if not vocabulary and not weights:
        raise _invalid("Must provide either vocab_file or unigrams.")
    if vocabulary and weights:
        raise _invalid("Must only provide one of vocab_file and unigrams.")
    if vocabulary:
        weights = []
        for line in file_io.read_file_to_string(vocabulary).splitlines():
            try:
                weights.append(float(line.rsplit(",", 1)[-1]))
            except ValueError:
                raise _invalid(f"Wrong vocabulary format at line: {line}") from None
    return candidates.FixedUnigramSampler(
        node.attr("range_max"),
        weights,
        node.attr("distortion"),
        node.attr("num_reserved_ids"),
        node.attr("num_shards"),
        node.attr("shard"),
    )


def _of_range(cls: type[candidates.RangeSampler]) -> Any:
    return lambda node: cls(node.attr("range_max"))


def _sampler_op(entry: Entry, make: Any) -> None:
    entry.shape(candidates_shape)
    entry.not_differentiable()

    @entry.kernel
    def kernel(
        true_classes: torch.Tensor,
        *,
        num_true: int,
        num_sampled: int,
        unique: bool,
        seed: int,
        seed2: int,
        node: Any,
        session: Any,
    ) -> tuple[torch.Tensor, ...]:
        if true_classes.ndim != 2:
            raise _invalid("true_classes must be a matrix")
        if true_classes.shape[1] != num_true:
            raise _invalid(
                "true_classes must have num_true columns, expected: "
                f"{true_classes.shape[1]} was: {num_true}"
            )
        sampler = session.slot(("sampler", node.name), lambda: make(node))
        if unique and num_sampled > sampler.size:
            raise _invalid("Sampler's range is too small.")
        stream = state_of(node, session, seed, seed2).reserve_words(2048 * num_sampled)
        sampled, tries = sampler.batch(stream, num_sampled, unique)
        true = true_classes.cpu().numpy()
        of_sampled = candidates.expected_count(sampler, sampled, num_sampled, tries)
        of_true = candidates.expected_count(sampler, true, num_sampled, tries)
        if sampler.needs_updates:
            sampler.update(true.reshape(-1))
        return tuple(map(torch.from_numpy, (sampled, of_true, of_sampled)))


_sampler_op(all_candidate_sampler_op, lambda node: candidates.AllSampler(node.attr("num_sampled")))
_sampler_op(uniform_candidate_sampler_op, _of_range(candidates.UniformSampler))
_sampler_op(log_uniform_candidate_sampler_op, _of_range(candidates.LogUniformSampler))
_sampler_op(learned_unigram_candidate_sampler_op, _of_range(candidates.UnigramSampler))
_sampler_op(thread_unsafe_unigram_candidate_sampler_op, _of_range(candidates.UnigramSampler))
_sampler_op(fixed_unigram_candidate_sampler_op, _fixed_unigram)
compute_accidental_hits_op.not_differentiable()


@compute_accidental_hits_op.shape
def compute_accidental_hits_shape(node: Any) -> list[Dims]:
    _, columns = with_rank(node.inputs[0].dims, 2)
    with_value(columns, node.attr("num_true"))
    return [(None,), (None,), (None,)]


@compute_accidental_hits_op.kernel
def compute_accidental_hits_kernel(
    true_classes: torch.Tensor, sampled_candidates: torch.Tensor, *, num_true: int
) -> tuple[torch.Tensor, ...]:
    if true_classes.ndim != 2 or true_classes.shape[1] != num_true:
        raise _invalid("true_candidates must be a batch_size * num_true matrix")
    if sampled_candidates.ndim != 1:
        raise _invalid(
            "sampled_candidates must be a vector, which is typically an output from "
            "CandidateSampler"
        )
    hits = candidates.accidental_hits(true_classes.cpu().numpy(), sampled_candidates.cpu().numpy())
    return tuple(map(torch.from_numpy, hits))
