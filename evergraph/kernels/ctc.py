"""The loss of connectionist temporal classification (CTC) and its gradient.

After Graves, Supervised Sequence Labelling with Recurrent Neural Networks, chapter 7. The last
class is the blank.
"""

from collections.abc import Sequence
from typing import Any

import torch

from evergraph.kernels.host import invalid


def sequences(indices: Any, values: Any, batch: int) -> list[list[int]]:
    """The labels of each element of the batch; `indices` are in order."""
    found: list[list[int]] = [[] for _ in range(batch)]
    for (b, _), value in zip(indices.tolist(), values.tolist(), strict=True):
        found[b].append(value)
    return found


def targets(labels: list[int], at: int, classes: int, collapse: bool) -> list[int]:
    """What the labels of element `at` demand: those before the first blank.

    Raises:
      InvalidArgumentError: where there are none, or labels after a blank, or negative ones.
    """
    if not labels:
        raise invalid(f"Labels length is zero in batch {at}")
    found: list[int] = []
    finished = False
    for i, label in enumerate(labels):
        if collapse and i and label == labels[i - 1]:
            continue
        if label >= classes - 1:
            finished = True
        elif finished:
            raise invalid(
                "Saw a non-null label (index >= num_classes - 1) following a null label, batch: "
                f"{at} num_classes: {classes} labels: {_joined(labels)} labels seen so far: "
                f"{_joined(found)}"
            )
        else:
            found.append(label)
    if any(label < 0 for label in found):
        raise invalid(
            f"All labels must be nonnegative integers, batch: {at} labels: {_joined(found)}"
        )
    return found


def _joined(labels: list[int]) -> str:
    return ",".join(map(str, labels))


def ctc_loss(
    logits: torch.Tensor, labels: Sequence[Sequence[int]], lengths: Sequence[int], merge: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """The negative log-probability of each element's labels, and its gradient.

    Args:
      logits: [time, batch, classes].
      labels: for each element of the batch.
      lengths: how many steps of each element count, at least 1.
      merge: whether a label seen in several steps on end counts once.

    Where no path is possible the loss is infinite, and the gradient that of the softmax alone.
    """
    device = logits.device
    path = _paths(labels, logits.shape[2] - 1).to(device)
    sizes = torch.tensor([2 * len(own) + 1 for own in labels], device=device)
    steps = torch.tensor(lengths, device=device)
    probs = torch.softmax(logits, -1)
    # As in TensorFlow, what is below the smallest normal number counts as impossible.
    probs = torch.where(probs < torch.finfo(probs.dtype).tiny, 0, probs)
    states = path.expand(len(logits), -1, -1)
    seen = probs.log().gather(2, states)
    both = _forward_backward(path, seen, sizes, steps, merge)
    log_prob = torch.logsumexp(both[0, :, :2], -1)
    posterior = torch.exp(both - log_prob[:, None])
    gradient = probs.scatter_add(2, states, -posterior)
    gradient = torch.where(torch.isinf(log_prob)[:, None], probs, gradient)
    counts = torch.arange(len(logits), device=device)[:, None] < steps
    return -log_prob, torch.where(counts[:, :, None], gradient, 0)


def _paths(labels: Sequence[Sequence[int]], blank: int) -> torch.Tensor:
    """The states of each element: blank, label, blank, ..., label, blank; then more blanks."""
    path = torch.full((len(labels), 2 * max(map(len, labels)) + 1), blank)
    for b, own in enumerate(labels):
        path[b, 1 : 2 * len(own) : 2] = torch.tensor(own, dtype=path.dtype)
    return path


def _forward_backward(
    path: torch.Tensor, seen: torch.Tensor, sizes: torch.Tensor, steps: torch.Tensor, merge: bool
) -> torch.Tensor:
    """The log-probability of the labels and of being in a state at a time: [time, batch, states].

    `seen`: the log-probability of each state's class at each time. Equations 7.9 and 7.15.
    """
    time, batch, states = seen.shape
    never = -torch.inf
    place = torch.arange(states, device=path.device)
    is_label = place % 2 == 1
    # Log-probabilities, 0 or never: to stay in a state, and to skip the blank before it.
    stay = None if merge else seen.new_zeros(states).masked_fill(is_label, never)
    skip = seen.new_full((batch, states), never)
    skip[:, 3::2] = 0
    if merge:
        skip[:, 2:].masked_fill_(path[:, 2:] == path[:, :-2], never)
    # Two states that are never reached stand before the first one, and two after the last.
    alpha = seen.new_full((time, batch, states + 2), never)
    alpha[0, :, 2:4] = seen[0, :, :2]
    for t in range(1, time):
        last = alpha[t - 1]
        same = last[:, 2:] if stay is None else last[:, 2:] + stay
        reached = torch.logaddexp(torch.logaddexp(same, last[:, 1:-1]), last[:, :-2] + skip)
        torch.add(reached, seen[t], out=alpha[t, :, 2:])
    at_end = (place < sizes[:, None]) & (place >= sizes[:, None] - 2)
    final = seen.new_full((batch, states), never).masked_fill(at_end, 0)
    ends = (steps - 1)[:, None]
    beta = seen.new_full((time, batch, states + 2), never)
    skip = torch.nn.functional.pad(skip[:, 2:], (0, 2), value=never)
    for t in range(time - 1, -1, -1):
        if t == time - 1:
            ways = final
        else:
            after = beta[t + 1].clone()
            after[:, :-2] += seen[t + 1]
            same = after[:, :-2] if stay is None else after[:, :-2] + stay
            ways = torch.logaddexp(torch.logaddexp(same, after[:, 1:-1]), after[:, 2:] + skip)
        beta[t, :, :-2] = torch.where(ends == t, final, ways)
    return alpha[:, :, 2:] + beta[:, :, :-2]
