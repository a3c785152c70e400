"""Connectionist temporal classification (CTC): the loss and the decoders.

After Graves et al., Connectionist Temporal Classification: Labelling Unsegmented Sequence Data with
Recurrent Neural Networks (ICML 2006).
"""

from typing import Any

from evergraph.api import array_ops, math_ops, sparse_ops
from evergraph.base import dtypes, tensor_shape
from evergraph.base.deprecation import deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor, is_sparse
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

Decoded = tuple[list[SparseTensor], Tensor]


@export("nn.ctc_loss")
def ctc_loss(
    labels: SparseTensor,
    inputs: Any = None,
    sequence_length: Any = None,
    preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True,
    ignore_longer_outputs_than_inputs: bool = False,
    time_major: bool = True,
    logits: Any = None,
) -> Tensor:
    """The negative log-probability of the labels. Stands for `tf.nn.ctc_loss`.

    Args:
      labels: int32 SparseTensor [batch, label]; the largest class is the blank and no label.
      inputs: logits, float32 or float64: [time, batch, classes].
      sequence_length: int32 [batch]: how many steps count.
      preprocess_collapse_repeated: take labels that follow their like for one.
      ctc_merge_repeated: take a label seen in several steps on end for one; where it is not so,
        every label takes just one step.
      ignore_longer_outputs_than_inputs: loss and gradient are 0 where there are more labels than
        steps; otherwise that is an error.
      time_major: False: `inputs` are [batch, time, classes].
      logits: another name of `inputs`.

    Returns:
      A tensor [batch].

    Raises:
      TypeError: `labels` is not a SparseTensor.
    """
    if not is_sparse(labels):
        raise TypeError("Expected labels (first argument) to be a SparseTensor")
    inputs = deprecated_argument_lookup("logits", logits, "inputs", inputs)
    if not time_major:
        inputs = array_ops.transpose(inputs, [1, 0, 2])
    loss, _ = apply_op(
        "CTCLoss",
        inputs,
        labels.indices,
        labels.values,
        sequence_length,
        preprocess_collapse_repeated=preprocess_collapse_repeated,
        ctc_merge_repeated=ctc_merge_repeated,
        ignore_longer_outputs_than_inputs=ignore_longer_outputs_than_inputs,
    )
    return loss


@export("nn.ctc_greedy_decoder")
def ctc_greedy_decoder(inputs: Any, sequence_length: Any, merge_repeated: bool = True) -> Decoded:
    """The most likely class of each step, blanks left out. Stands for `tf.nn.ctc_greedy_decoder`.

    Args:
      inputs: logits, float32 or float64: [time, batch, classes]; the last class is the blank.
      sequence_length: int32 [batch]: how many steps count.
      merge_repeated: a class seen in several steps on end is emitted once.

    Returns:
      A list of one SparseTensor [batch, label], and the negated sums of the largest logits
      [batch, 1].
    """
    indices, values, shape, score = apply_op(
        "CTCGreedyDecoder", inputs, sequence_length, merge_repeated=merge_repeated
    )
    return [SparseTensor(indices, values, shape)], score


@export("nn.ctc_beam_search_decoder")
def ctc_beam_search_decoder(
    inputs: Any,
    sequence_length: Any,
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
) -> Decoded:
    """The most likely sequences of labels. Stands for `tf.nn.ctc_beam_search_decoder`.

    Args:
      inputs: logits, float32 or float64: [time, batch, classes]; the last class is the blank.
      sequence_length: int32 [batch]: how many steps count.
      beam_width: how many prefixes are followed.
      top_paths: how many sequences are wanted, `beam_width` at most.
      merge_repeated: equal labels on end in the result are made one.

    Returns:
      A list of `top_paths` SparseTensors [batch, label], and log-probabilities [batch, top_paths].
    """
    indices, values, shapes, score = apply_op(
        "CTCBeamSearchDecoder",
        inputs,
        sequence_length,
        beam_width=beam_width,
        top_paths=top_paths,
        merge_repeated=merge_repeated,
    )
    return [SparseTensor(*parts) for parts in zip(indices, values, shapes, strict=True)], score


@export("nn.ctc_beam_search_decoder_v2")
def ctc_beam_search_decoder_v2(
    inputs: Any, sequence_length: Any, beam_width: int = 100, top_paths: int = 1
) -> Decoded:
    """As `ctc_beam_search_decoder`, labels not merged. Stands for
    `tf.nn.ctc_beam_search_decoder_v2`."""
    return ctc_beam_search_decoder(inputs, sequence_length, beam_width, top_paths, False)


@export("nn.collapse_repeated")
def collapse_repeated(
    labels: Any, seq_length: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Of equal labels on end one is left. Stands for `tf.nn.collapse_repeated`.

    Args:
      labels: [batch, label].
      seq_length: [batch]: how many labels count.
      name: of the name scope.

    Returns:
      The labels moved to the front, [batch, longest of the new lengths], padded with zeros; and the
      new lengths, of the type of `seq_length`.
    """
    with name_scope(name, "collapse_repeated_labels", [labels, seq_length]):
        labels = convert_to_tensor(labels, name="labels")
        seq_length = convert_to_tensor(seq_length, name="seq_length")
        first = array_ops.ones_like(labels[:, :1], dtypes.bool)
        changed = math_ops.not_equal(labels[:, 1:], labels[:, :-1])
        kept = array_ops.concat([first, changed], axis=1)
        counts = array_ops.sequence_mask(seq_length, maxlen=_size(labels, 1))
        kept = math_ops.logical_and(kept, counts)
        new_length = math_ops.reduce_sum(math_ops.cast(kept, dtypes.int32), axis=1)
        longest = math_ops.reduce_max(new_length)
        filled = array_ops.sequence_mask(new_length, maxlen=longest)
        flat_labels = array_ops.reshape(labels, [-1])
        flat_kept = array_ops.reshape(kept, [-1])
        flat_filled = array_ops.reshape(filled, [-1])
        places = math_ops.range(_size(flat_filled, 0))
        flat = array_ops.scatter_nd(
            indices=array_ops.expand_dims(array_ops.boolean_mask(places, flat_filled), axis=1),
            updates=array_ops.boolean_mask(flat_labels, flat_kept),
            shape=array_ops.shape(flat_filled),
        )
        shape = [_size(labels, 0), longest]
        return array_ops.reshape(flat, shape), math_ops.cast(new_length, seq_length.dtype)


def dense_labels_to_sparse(dense: Any, length: Any) -> SparseTensor:
    """The first `length` [batch] labels of each row of `dense` [batch, label], as int32."""
    flat = array_ops.reshape(dense, [-1])
    places = math_ops.range(array_ops.shape(flat, out_type=dtypes.int64)[0])
    counts = array_ops.sequence_mask(length, maxlen=array_ops.shape(dense)[1])
    flat_counts = array_ops.reshape(counts, [-1])
    indices = array_ops.expand_dims(array_ops.boolean_mask(places, flat_counts), 1)
    values = array_ops.boolean_mask(flat, flat_counts)
    sparse = SparseTensor(
        indices=indices,
        values=math_ops.cast(values, dtypes.int32),
        dense_shape=array_ops.shape(flat, out_type=dtypes.int64),
    )
    reshaped = sparse_ops.sparse_reshape(sparse, array_ops.shape(dense))
    longest = math_ops.reduce_max(length)
    shape = [
        math_ops.cast(reshaped.dense_shape[0], dtypes.int64),
        math_ops.cast(longest, dtypes.int64),
    ]
    return SparseTensor(reshaped.indices, reshaped.values, shape)


def _size(tensor: Tensor, axis: int) -> Any:
    """A size: a number where it is known (and not 0, as in TensorFlow), else a tensor."""
    return tensor_shape.dimension_value(tensor.shape[axis]) or array_ops.shape(tensor)[axis]
