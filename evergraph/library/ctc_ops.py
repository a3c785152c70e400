"""The loss of connectionist temporal classification for dense labels, made of plain ops.

The forward-backward algorithm over a whole batch, after Sim, Narayanan, Bagby, Sainath and
Bacchiani, Improving the Efficiency of Forward-Backward Algorithm Using Batched Computation in
TensorFlow (ASRU 2017). The blank is class 0 in here. States of a sequence of n labels: a start, the
n labels, and a blank after each of these.
"""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, inplace_ops, linalg_ops_impl, math_ops, nn_ops
from evergraph.api.ctc_ops import _size, ctc_loss
from evergraph.api.custom_gradient import custom_gradient
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.graph.composite import SparseTensor, is_sparse
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.function import Defun
from evergraph.library.functional_ops import While
from evergraph.library.map_fn import map_fn


@export("nn.ctc_loss_v2")
def ctc_loss_v2(
    labels: Any,
    logits: Any,
    label_length: Any,
    logit_length: Any,
    logits_time_major: bool = True,
    unique: Any = None,
    blank_index: int | None = None,
    name: str | None = None,
) -> Tensor:
    """The negative log-probability of the labels. Stands for `tf.nn.ctc_loss_v2`.

    Args:
      labels: [batch, label], padded with zeros; or a SparseTensor, which is much quicker.
      logits: [time, batch, classes].
      label_length: [batch]: how many labels count; None for sparse labels.
      logit_length: [batch]: how many steps count.
      logits_time_major: False: `logits` are [batch, time, classes].
      unique: what `ctc_unique_labels` made of the labels.
      blank_index: the blank's class; below 0 it counts from the end. Default for dense labels: 0.
      name: of the name scope.

    Returns:
      A tensor [batch].

    Raises:
      ValueError: sparse labels without a `blank_index`.
    """
    if not is_sparse(labels):
        return ctc_loss_dense(
            labels,
            logits,
            label_length,
            logit_length,
            logits_time_major,
            unique,
            0 if blank_index is None else blank_index,
            name,
        )
    if blank_index is None:
        raise ValueError("blank_index must be given when using SparseTensor labels.")
    if blank_index < 0:
        blank_index += _size(logits, 2)
    if blank_index != _size(logits, 2) - 1:
        parts = [
            logits[:, :, :blank_index],
            logits[:, :, blank_index + 1 :],
            logits[:, :, blank_index : blank_index + 1],
        ]
        logits = array_ops.concat(parts, axis=2)
        labels = SparseTensor(
            labels.indices,
            array_ops.where(labels.values < blank_index, labels.values, labels.values - 1),
            labels.dense_shape,
        )
    return ctc_loss(labels, logits, logit_length, time_major=logits_time_major)


def ctc_loss_dense(
    labels: Any,
    logits: Any,
    label_length: Any,
    logit_length: Any,
    logits_time_major: bool = True,
    unique: Any = None,
    blank_index: int = 0,
    name: str | None = None,
) -> Tensor:
    """As `ctc_loss_v2`, for dense labels."""
    with name_scope(name, "ctc_loss_dense", [logits, labels, label_length, logit_length]):
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        label_length = convert_to_tensor(label_length, name="label_length")
        logit_length = convert_to_tensor(logit_length, name="logit_length")
        if not logits_time_major:
            logits = array_ops.transpose(logits, perm=[1, 0, 2])
        if blank_index != 0:
            if blank_index < 0:
                blank_index += _size(logits, 2)
            parts = [
                logits[:, :, blank_index : blank_index + 1],
                logits[:, :, :blank_index],
                logits[:, :, blank_index + 1 :],
            ]
            logits = array_ops.concat(parts, axis=2)
            labels = array_ops.where(labels < blank_index, labels + 1, labels)
        args = [logits, labels, label_length, logit_length, *(unique or ())]

        @custom_gradient
        def loss_of(*tensors: Any) -> Any:
            for tensor, given in zip(tensors, args[:4], strict=False):
                tensor.set_shape(given.shape)
            loss, gradient = ctc_loss_and_grad(*tensors[:4], unique=tensors[4:])

            def grad(grad_loss: Any) -> list[Any]:
                own = array_ops.reshape(grad_loss, [1, -1, 1]) * gradient
                return [own] + [None] * (len(args) - 1)

            return loss, grad

        return loss_of(*args)


def ctc_loss_and_grad(
    logits: Any, labels: Any, label_length: Any, logit_length: Any, unique: Any = None
) -> tuple[Tensor, Tensor]:
    """The loss [batch] and its gradient [time, batch, classes], which has no gradient itself.

    Arguments as those of `ctc_loss_v2`; the blank is class 0.
    """
    classes = _size(logits, 2)
    longest = _size(labels, 1)
    log_probs = nn_ops.log_softmax(logits)
    state_log_probs = _ilabel_to_state(labels, classes, log_probs)
    transitions = _ctc_state_trans(labels)
    initial, final = ctc_state_log_probs(label_length, longest)
    both, log_likelihood = _forward_backward_log(
        state_trans_log_probs=math_ops.log(transitions),
        initial_state_log_probs=initial,
        final_state_log_probs=final,
        observed_log_probs=state_log_probs,
        sequence_length=logit_length,
    )
    if unique:
        posterior = _state_to_olabel_unique(labels, classes, both, unique)
    else:
        posterior = _state_to_olabel(labels, classes, both)
    gradient = math_ops.exp(log_probs) - math_ops.exp(posterior)
    return -log_likelihood, gradient


@export("nn.ctc_unique_labels")
def ctc_unique_labels(labels: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """The distinct labels of each row. Stands for `tf.nn.ctc_unique_labels`.

    Args:
      labels: [batch, label], padded with zeros.
      name: of the name scope.

    Returns:
      The distinct labels, int64, padded with zeros to the shape of `labels`; and for each label its
      place among them, int32.
    """
    with name_scope(name, "ctc_unique_labels", [labels]):
        labels = convert_to_tensor(labels, name="labels")

        def unique(row: Any) -> list[Any]:
            found = array_ops.unique(row)
            missing = _size(found.idx, 0) - _size(found.y, 0)
            padded = array_ops.pad(found.y, [[0, missing]])
            return [math_ops.cast(padded, dtypes.int64), found.idx]

        return map_fn(unique, labels, dtype=[dtypes.int64, dtypes.int32])


# The model: which state may follow which, where sequences begin and end.


def _ctc_state_trans(label_seq: Any) -> Tensor:
    """For each row of labels [batch, label] a matrix of ones and zeros: from which state (second
    axis) one comes into which (first axis)."""
    with name_scope("ctc_state_trans"):
        label_seq = convert_to_tensor(label_seq, name="label_seq")
        batch, labels = _size(label_seq, 0), _size(label_seq, 1)
        label_states_count = labels + 1
        states = 2 * label_states_count
        label_states = math_ops.range(label_states_count)
        blank_states = label_states + label_states_count
        start_to_label = [[1, 0]]
        blank_to_label = array_ops.stack([label_states[1:], blank_states[:-1]], 1)
        label_to_blank = array_ops.stack([blank_states, label_states], 1)
        indices = array_ops.concat([start_to_label, blank_to_label, label_to_blank], 0)
        values = array_ops.ones([_size(indices, 0)])
        transitions = array_ops.scatter_nd(indices, values, shape=[states, states])
        transitions += linalg_ops_impl.eye(states)
        # From a label to the next one without a blank, where they differ.
        zero = array_ops.zeros_like(label_states[2:])
        indices = array_ops.stack([zero, label_states[2:], label_states[1:-1]], 1)
        indices = array_ops.tile(array_ops.expand_dims(indices, 0), [batch, 1, 1])
        rows = array_ops.expand_dims(math_ops.range(batch), 1) * [1, 0, 0]
        indices += array_ops.expand_dims(rows, 1)
        repeats = math_ops.equal(label_seq[:, :-1], label_seq[:, 1:])
        values = 1.0 - math_ops.cast(repeats, dtypes.float32)
        label_to_label = array_ops.scatter_nd(indices, values, [batch, states, states])
        return array_ops.expand_dims(transitions, 0) + label_to_label


def ctc_state_log_probs(seq_lengths: Any, max_seq_length: Any) -> tuple[Tensor, Tensor]:
    """The log-probabilities [batch, state] to begin and to end in a state.

    Args:
      seq_lengths: [batch]: how many labels there are.
      max_seq_length: how many there are at most.
    """
    batch = _size(seq_lengths, 0)
    label_states = max_seq_length + 1
    states = 2 * label_states
    # The logarithm of what is as good as zero, and not of zero: no infinity is multiplied by 0.
    never = math_ops.cast(math_ops.log(math_ops.cast(0, dtypes.float64) + 1e-307), dtypes.float32)
    initial = array_ops.one_hot(
        indices=array_ops.zeros([batch], dtype=dtypes.int32),
        depth=states,
        on_value=0.0,
        off_value=never,
        axis=1,
    )
    label_ends = array_ops.one_hot(seq_lengths, depth=label_states, axis=0)
    ends = array_ops.ones([2, 1, batch]) * label_ends
    final = array_ops.reshape((1.0 - ends) * never, [states, batch])
    return initial, array_ops.transpose(final)


# Between classes and states.


def _ilabel_to_state(labels: Any, num_labels: Any, ilabel_log_probs: Any) -> Tensor:
    """Log-probabilities of classes [time, batch, class] as those of states."""
    count = _size(labels, 1)
    blank = array_ops.tile(ilabel_log_probs[:, :, :1], [1, 1, count + 1])
    chosen = array_ops.expand_dims(array_ops.one_hot(labels, depth=num_labels), axis=0)
    log_probs = array_ops.expand_dims(ilabel_log_probs, axis=2)
    of_labels = math_ops.reduce_sum(log_probs * chosen, axis=3)
    of_states = array_ops.concat([of_labels, blank], axis=2)
    return array_ops.pad(of_states, [[0, 0], [0, 0], [1, 0]], constant_values=math_ops.log(0.0))


def _state_to_olabel(labels: Any, num_labels: Any, states: Any) -> Tensor:
    """Log-probabilities of states [time, batch, state] as those of classes."""
    count = _size(labels, 1) + 1
    label_states, blank_states = states[:, :, 1:count], states[:, :, count:]
    chosen = array_ops.one_hot(
        labels - 1, depth=num_labels - 1, on_value=0.0, off_value=math_ops.log(0.0)
    )
    chosen = array_ops.expand_dims(chosen, axis=0)
    label_states = array_ops.expand_dims(label_states, axis=3)
    of_labels = math_ops.reduce_logsumexp(label_states + chosen, axis=2)
    of_blank = math_ops.reduce_logsumexp(blank_states, axis=2, keepdims=True)
    return array_ops.concat([of_blank, of_labels], axis=-1)


def _state_to_olabel_unique(labels: Any, num_labels: Any, states: Any, unique: Any) -> Tensor:
    """As `_state_to_olabel`, in less memory, with what `ctc_unique_labels` gave."""
    count = _size(labels, 1) + 1
    label_states, blank_states = states[:, :, 1:count], states[:, :, count:]
    unique_y, unique_idx = unique
    summed = _sum_states(unique_idx, label_states)
    time, batch = states.shape[0], states.shape[1]
    by_state = array_ops.transpose(summed, perm=[1, 2, 0])
    by_state = array_ops.reshape(by_state, [batch * (count - 1), time])
    offsets = math_ops.range(batch, dtype=unique_y.dtype) * num_labels
    indices = array_ops.reshape(unique_y + array_ops.expand_dims(offsets, axis=-1), [-1, 1])
    scattered = array_ops.scatter_nd(
        indices=indices, updates=by_state, shape=[batch * num_labels, time]
    )
    scattered = array_ops.reshape(scattered, [batch, num_labels, time])
    untouched = math_ops.equal(scattered, 0.0)
    nothing = array_ops.fill(array_ops.shape(scattered), math_ops.log(0.0))
    scattered = array_ops.where(untouched, nothing, scattered)
    of_labels = array_ops.transpose(scattered, [2, 0, 1])[:, :, 1:]
    of_blank = math_ops.reduce_logsumexp(blank_states, axis=2, keepdims=True)
    return array_ops.concat([of_blank, of_labels], axis=-1)


def _sum_states(idx: Any, states: Any) -> Tensor:
    """Log-probabilities of label states [time, batch, label], added up where `idx` [batch, label]
    says that the labels are the same."""
    with name_scope("sum_states"):
        idx = convert_to_tensor(idx, name="idx")
        count = _size(states, 2)
        states = array_ops.expand_dims(states, axis=2)
        chosen = array_ops.one_hot(
            idx, depth=count, on_value=0.0, off_value=math_ops.log(0.0), axis=1
        )
        return math_ops.reduce_logsumexp(states + chosen, axis=-1)


# The algorithm.


def _forward_backward_log(
    state_trans_log_probs: Any,
    initial_state_log_probs: Any,
    final_state_log_probs: Any,
    observed_log_probs: Any,
    sequence_length: Any,
) -> tuple[Tensor, Tensor]:
    """The log-probability to be in each state [time, batch, state], and that of the whole [batch].

    Args:
      state_trans_log_probs: of the transitions, [state, state] or [batch, state, state].
      initial_state_log_probs, final_state_log_probs: to begin and to end, [batch, state].
      observed_log_probs: of what was seen, [time, batch, state].
      sequence_length: [batch].

    Raises:
      ValueError: transitions of another rank.
    """
    rank = state_trans_log_probs.shape.ndims
    if rank not in (2, 3):
        raise ValueError(f"state_trans_log_probs rank must be known and == 2 or 3, is: {rank}")
    perm = [1, 0] if rank == 2 else [0, 2, 1]
    backward_trans = array_ops.transpose(state_trans_log_probs, perm)
    batch = _size(observed_log_probs, 1)

    def forward(log_prob: Any, observed: Any) -> Any:
        log_prob = array_ops.expand_dims(log_prob, axis=1)
        log_prob += state_trans_log_probs
        log_prob = math_ops.reduce_logsumexp(log_prob, axis=-1)
        log_prob += observed
        total = math_ops.reduce_logsumexp(log_prob, axis=-1, keepdims=True)
        log_prob -= total
        return log_prob

    fwd = _scan(forward, observed_log_probs, initial_state_log_probs, inclusive=True)

    def backward(state: Any, element: Any) -> Any:
        log_prob, total_so_far = state
        observed, counts = element
        log_prob += observed
        log_prob = array_ops.expand_dims(log_prob, axis=1)
        log_prob += backward_trans
        log_prob = math_ops.reduce_logsumexp(log_prob, axis=-1)
        total = math_ops.reduce_logsumexp(log_prob, axis=-1, keepdims=True)
        log_prob -= total
        total_so_far += array_ops.squeeze(total) * counts
        batched = array_ops.expand_dims(counts, axis=1)
        out = log_prob * batched
        out += final_state_log_probs * (1.0 - batched)
        return out, total_so_far

    nothing = array_ops.zeros([batch])
    time = _size(observed_log_probs, 0)
    mask = array_ops.sequence_mask(sequence_length, time, dtypes.float32)
    mask = array_ops.transpose(mask, perm=[1, 0])
    bwd, totals = _scan(
        backward,
        (observed_log_probs, mask),
        (final_state_log_probs, nothing),
        reverse=True,
        inclusive=True,
    )
    both = fwd[1:] + bwd[1:]
    both_sum = math_ops.reduce_logsumexp(both, axis=2, keepdims=True)
    both -= both_sum
    both += math_ops.log(array_ops.expand_dims(mask, axis=2))
    return both, bwd[0, :, 0] + totals[0]


def _scan(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initial: Any,
    reverse: bool = False,
    inclusive: bool = False,
    final_only: bool = False,
) -> Any:
    """`tf.scan` as a functional While, without a gradient.

    Args:
      fn: the next values from the last ones, nested as `initial`, and an element.
      elems: tensors, perhaps nested; they are taken apart along the first axis.
      initial: the first values.
      reverse: begin with the last element.
      inclusive: the first values are part of the result.
      final_only: the result is the last values alone.
    """
    flat_elems = [convert_to_tensor(x) for x in nest.flatten(elems)]
    count = array_ops.shape(flat_elems[0])[0]
    flat_initial = [convert_to_tensor(x) for x in nest.flatten(initial)]
    types = [x.dtype for x in flat_initial]
    width = len(flat_initial)
    types = [dtypes.int32, dtypes.int32, *types, *([] if final_only else types)]

    def pack(values: Sequence[Any]) -> Any:
        return nest.pack_sequence_as(structure=initial, flat_sequence=list(values))

    def cond(i: Any, num_elems: Any, *args: Any) -> Any:
        del args
        return i >= 0 if reverse else i < num_elems

    def body(i: Any, num_elems: Any, *args: Any) -> list[Any]:
        """Loop body."""  # As in TensorFlow: it counts in the name of the graph function.
        i.set_shape([])
        outputs, values = ((), args) if final_only else (args[:width], args[width:])
        slices = [array_ops.gather(e, i) for e in flat_elems]
        element = nest.pack_sequence_as(structure=elems, flat_sequence=slices)
        flat = nest.flatten(fn(pack(values), element))
        if not final_only:
            at = i + 1 if inclusive and not reverse else i
            outputs = [
                inplace_ops.alias_inplace_update(x, at, y)
                for x, y in zip(outputs, flat, strict=True)
            ]
        i = i - 1 if reverse else i + 1
        return [i, num_elems, *outputs, *flat]

    if reverse:
        start = array_ops.shape(flat_elems[0])[0] - 1
    else:
        start = constant(0, dtype=dtypes.int32)
    outputs = []
    if not final_only:
        steps = array_ops.shape(flat_elems[0])[0] + (1 if inclusive else 0)
        for first in flat_initial:
            shape = array_ops.concat([[steps], array_ops.shape(first)], 0)
            out = inplace_ops.empty(shape, dtype=first.dtype, init=True)
            if inclusive:
                out = inplace_ops.alias_inplace_add(out, start + (1 if reverse else 0), first)
            outputs.append(out)
    loop_in = [start, count, *outputs, *flat_initial]
    integers = (dtypes.int32, dtypes.int64)
    hostmem = [i for i, x in enumerate(loop_in) if x.dtype.base_dtype in integers]
    results = While(loop_in, Defun(*types)(cond), Defun(*types)(body), hostmem=hostmem)
    return pack(results[2 : width + 2])
