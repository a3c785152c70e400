"""Connectionist temporal classification: CTCLoss, CTCGreedyDecoder, CTCBeamSearchDecoder."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops
from evergraph.base.errors import FailedPreconditionError, InvalidArgumentError
from evergraph.graph.registry import op
from evergraph.kernels import ctc, ctc_beam
from evergraph.kernels.host import invalid
from evergraph.kernels.sparse import check_indices
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dim, Dims

ctc_loss_op = op(
    "CTCLoss(inputs: T, labels_indices: int64, labels_values: int32, sequence_length: int32) -> "
    "loss: T, gradient: T",
    "preprocess_collapse_repeated: bool = false; ctc_merge_repeated: bool = true; "
    "ignore_longer_outputs_than_inputs: bool = false; T: float | double = float",
)
greedy_decoder_op = op(
    "CTCGreedyDecoder(inputs: T, sequence_length: int32) -> decoded_indices: int64, "
    "decoded_values: int64, decoded_shape: int64, log_probability: T",
    "merge_repeated: bool = false; T: float | double = float",
)
beam_search_decoder_op = op(
    "CTCBeamSearchDecoder(inputs: T, sequence_length: int32) -> decoded_indices: top_paths * "
    "int64, decoded_values: top_paths * int64, decoded_shape: top_paths * int64, "
    "log_probability: T",
    "beam_width: int >= 1; top_paths: int >= 1; merge_repeated: bool = true; "
    "T: float | double = float",
)
greedy_decoder_op.not_differentiable()
beam_search_decoder_op.not_differentiable()


def _batch_size(inputs: Dims, lengths: Dims) -> Dim:
    return shape_rules.merge_dim(
        shape_rules.with_rank(inputs, 3)[1], shape_rules.with_rank(lengths, 1)[0]
    )


# CTCLoss.


@ctc_loss_op.shape
def ctc_loss_shape(node: Any) -> list[Dims]:
    dims = [x.dims for x in node.inputs]
    time, _, classes = shape_rules.with_rank(dims[0], 3)
    indices = shape_rules.with_rank(dims[1], 2)
    values = shape_rules.with_rank(dims[2], 1)
    shape_rules.with_rank(dims[3], 1)
    shape_rules.merge_dim(indices[0], values[0])
    batch = _batch_size(dims[0], dims[3])
    return [(batch,), (time, batch, classes)]


def _check_loss_inputs(inputs: Any, indices: Any, values: Any, lengths: Any) -> None:
    for value, rank, what in (
        (inputs, 3, "inputs is not a 3-Tensor"),
        (lengths, 1, "sequence_length is not a vector"),
        (indices, 2, "labels_indices is not a matrix"),
        (values, 1, "labels_values is not a vector"),
    ):
        if value.ndim != rank:
            raise invalid(what)
    batch = inputs.shape[1]
    if batch != len(lengths):
        raise invalid(
            "len(sequence_length) != batch_size.  len(sequence_length):  "
            f"{len(lengths)} batch_size: {batch}"
        )
    if len(indices) != len(values):
        raise invalid(
            "labels_indices and labels_values must contain the same number of rows, but saw "
            f"shapes: {list(indices.shape)} vs. {list(values.shape)}"
        )
    if batch == 0:
        raise invalid("batch_size must not be 0")


@ctc_loss_op.kernel
def ctc_loss_kernel(
    inputs: torch.Tensor,
    labels_indices: torch.Tensor,
    labels_values: torch.Tensor,
    sequence_length: torch.Tensor,
    *,
    preprocess_collapse_repeated: bool,
    ctc_merge_repeated: bool,
    ignore_longer_outputs_than_inputs: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    _check_loss_inputs(inputs, labels_indices, labels_values, sequence_length)
    time, batch, classes = inputs.shape
    indices, lengths = labels_indices.cpu().numpy(), sequence_length.tolist()
    longest = int(indices[:, 1].max(initial=-1)) + 1
    try:
        check_indices(indices, (batch, longest))
    except InvalidArgumentError as error:
        raise invalid(f"label SparseTensor is not valid: {error.message}") from None
    labels = ctc.sequences(indices, labels_values.cpu().numpy(), batch)
    for b, length in enumerate(lengths):
        if length > time:
            raise invalid(f"sequence_length({b}) <= {time}")
    for b, length in enumerate(lengths):
        if length < 0:
            raise invalid(f"seq_len({b}) < 0")
    wanted = []
    for b, (own, length) in enumerate(zip(labels, lengths, strict=True)):
        wanted.append(ctc.targets(own, b, classes, preprocess_collapse_repeated))
        if len(own) > length and not ignore_longer_outputs_than_inputs:
            raise invalid(
                "Not enough time for target transition sequence (required: "
                f"{len(own)}, available: {length}){b}You can turn this error into a warning by "
                "using the flag ignore_longer_outputs_than_inputs"
            )
    loss, gradient = inputs.new_zeros(batch), torch.zeros_like(inputs)
    fitting = [b for b in range(batch) if 0 < lengths[b] >= len(labels[b])]
    if fitting:
        loss[fitting], gradient[:, fitting] = ctc.ctc_loss(
            inputs[:, fitting],
            [wanted[b] for b in fitting],
            [lengths[b] for b in fitting],
            ctc_merge_repeated,
        )
    return loss, gradient


@ctc_loss_op.gradient
def ctc_loss_gradient(node: Any, grad: Any, _: Any) -> Any:
    once = array_ops.prevent_gradient(
        node.outputs[1],
        message="Currently there is no way to take the second  derivative of ctc_loss due to the "
        "fused implementation's interaction  with tf.gradients()",
    )
    return array_ops.expand_dims(grad, -1) * once, None, None, None


# The decoders.


@greedy_decoder_op.shape
def greedy_decoder_shape(node: Any) -> list[Dims]:
    batch = _batch_size(node.inputs[0].dims, node.inputs[1].dims)
    return [(None, 2), (None,), (2,), (batch, 1)]


@beam_search_decoder_op.shape
def beam_search_decoder_shape(node: Any) -> list[Dims]:
    batch = _batch_size(node.inputs[0].dims, node.inputs[1].dims)
    paths = node.attr("top_paths")
    return [*[(None, 2)] * paths, *[(None,)] * paths, *[(2,)] * paths, (batch, paths)]


def _check_decoder_inputs(inputs: Any, lengths: Any) -> None:
    if inputs.ndim != 3:
        raise invalid("inputs is not a 3-Tensor")
    time, batch = inputs.shape[:2]
    if time == 0:
        raise invalid("max_time is 0")
    if lengths.ndim != 1:
        raise invalid("sequence_length is not a vector")
    if batch != len(lengths):
        raise FailedPreconditionError(
            None,
            None,
            "len(sequence_length) != batch_size.  len(sequence_length):  "
            f"{len(lengths)} batch_size: {batch}",
        )
    for b, length in enumerate(lengths.tolist()):
        if length > time:
            raise FailedPreconditionError(None, None, f"sequence_length({b}) <= {time}")


def _sparse(sequences: list[list[int]]) -> tuple[Any, Any, Any]:
    """Indices, values and shape of the sparse matrix with a row for each sequence."""
    sizes = [len(s) for s in sequences]
    rows = np.repeat(np.arange(len(sizes)), sizes)
    columns = [t for size in sizes for t in range(size)]
    indices = np.stack([rows, np.array(columns, np.int64)], 1)
    values = np.array([v for s in sequences for v in s], np.int64)
    return indices, values, np.array([len(sizes), max(sizes, default=0)])


@greedy_decoder_op.numpy
def greedy_decoder_kernel(inputs: Any, lengths: Any, *, merge_repeated: bool) -> Any:
    _check_decoder_inputs(inputs, lengths)
    best = inputs.argmax(2)
    counts = np.arange(len(inputs))[:, None] < lengths
    emitted = counts & (best != inputs.shape[2] - 1)
    if merge_repeated:
        emitted[1:] &= best[1:] != best[:-1]
    sequences = [best[emitted[:, b], b].tolist() for b in range(len(lengths))]
    score = -np.where(counts, inputs.max(2), inputs.dtype.type(0)).sum(0, inputs.dtype)
    return (*_sparse(sequences), score[:, None])


@beam_search_decoder_op.numpy
def beam_search_decoder_kernel(
    inputs: Any, lengths: Any, *, beam_width: int, top_paths: int, merge_repeated: bool
) -> Any:
    _check_decoder_inputs(inputs, lengths)
    found: list[list[list[int]]] = []
    scores = np.empty((len(lengths), top_paths), inputs.dtype)
    for b, length in enumerate(lengths.tolist()):
        if top_paths > beam_width:
            raise invalid("requested more paths than the beam width.")
        best = ctc_beam.beam_search(
            inputs[: max(length, 0), b], beam_width, top_paths, merge_repeated
        )
        if best is None:
            raise invalid("Less leaves in the beam search than requested.")
        paths, scores[b] = best
        found.append(paths)
    parts: Iterable[Any] = [_sparse([own[p] for own in found]) for p in range(top_paths)]
    indices, values, shapes = zip(*parts, strict=True)
    return (*indices, *values, *shapes, scores)
