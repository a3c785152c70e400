"""Networks of recurrent layers as cuDNN has them: the formulas, and the layout of the parameters.

The parameters are one vector: first the weights of all layers, then all biases. A bidirectional
layer has those of its forward direction before those of the other. In each direction there are, in
this order, the matrices of the gates for the input, those for the hidden state, and the projection;
then the biases of the gates for the input, and those for the hidden state. Gates of an LSTM: input,
forget, new memory, output; of a GRU: reset, update, new memory. Matrices are [outputs, inputs].
This is how torch and cuDNN lay them out, too, so that a layer's weights are views of the vector.
"""

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.utils import rnn as sequences

GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}
_ROUTINES: dict[str, Callable[..., Any]] = {
    "rnn_relu": torch.rnn_relu,
    "rnn_tanh": torch.rnn_tanh,
    "lstm": torch.lstm,
    "gru": torch.gru,
}
Shape = tuple[int, ...]

# Said once where a projected LSTM runs on the CPU; the user can do nothing about it.
warnings.filterwarnings("ignore", "LSTM with projections is not supported with oneDNN")


@dataclass(frozen=True)
class Model:
    """What a network is made of.

    `hidden` is the size of the hidden state: of the projection where there is one, else `units`.
    `skip`: the first layer adds its input to each gate as it is, without a matrix.
    """

    mode: str
    layers: int
    units: int
    hidden: int
    input_size: int
    directions: int
    skip: bool

    @property
    def gates(self) -> int:
        return GATES[self.mode]

    @property
    def projected(self) -> bool:
        return self.hidden != self.units

    def width(self, layer: int) -> int:
        """The size of a layer's input; 0 where it has no matrix."""
        if layer:
            return self.hidden * self.directions
        return 0 if self.skip else self.input_size

    def weight_shapes(self) -> list[Shape]:
        """The matrices in order; those without columns are not there."""
        shapes: list[Shape] = []
        for layer in range(self.layers):
            own: list[Shape] = [(self.units, self.width(layer))] * self.gates
            own += [(self.units, self.hidden)] * self.gates
            own += [(self.hidden, self.units)] * self.projected
            shapes += own * self.directions
        return shapes

    def bias_shapes(self) -> list[Shape]:
        return [(self.units,)] * (2 * self.gates * self.directions * self.layers)

    def size(self) -> int:
        """How many parameters there are."""
        return sum(map(math.prod, self.weight_shapes() + self.bias_shapes()))

    def layer_weights(self, params: torch.Tensor) -> Iterator[list[torch.Tensor]]:
        """Of each layer what torch's routines take, for each direction after the other."""
        counts = self.gates * self.units
        weight_at, bias_at = 0, sum(map(math.prod, self.weight_shapes()))
        for layer in range(self.layers):
            own = []
            for _ in range(self.directions):
                width = self.width(layer)
                shapes = [(counts, width), (counts, self.hidden)]
                shapes += [(self.hidden, self.units)] * self.projected
                matrices = []
                for shape in shapes:
                    matrices.append(params[weight_at : weight_at + math.prod(shape)].view(shape))
                    weight_at += math.prod(shape)
                if not width:
                    same = torch.eye(self.units, dtype=params.dtype, device=params.device)
                    matrices[0] = same.repeat(self.gates, 1)
                biases = list(params[bias_at : bias_at + 2 * counts].view(2, counts))
                bias_at += 2 * counts
                own += matrices[:2] + biases + matrices[2:]
            yield own


def dropout_masks(
    model: Model, steps: int, batch: int, rate: float, draw: Callable[[Shape], torch.Tensor]
) -> torch.Tensor:
    """By what the output of each layer but the last is multiplied, as one vector.

    `draw` gives uniform values in [0, 1) of a shape.
    """
    shape = (model.layers - 1, steps, batch, model.hidden * model.directions)
    kept = draw(shape) >= rate
    return (kept / (1 - rate) if rate < 1 else kept.float()).reshape(-1)


State = tuple[torch.Tensor, torch.Tensor]


def run(
    model: Model,
    inputs: torch.Tensor,
    state: State,
    params: torch.Tensor,
    lengths: list[int] | None,
    masks: torch.Tensor | None,
    training: bool,
) -> tuple[torch.Tensor, State]:
    """The outputs and the last states.

    Args:
      inputs: [time, batch, size].
      state: hidden and cell state, [layers * directions, batch, size]; the cell's for LSTM only.
      lengths: how many steps of each element of the batch count; None: all.
      masks: what `dropout_masks` gave, or None.
    """
    data, finals = inputs, []
    scales = None
    if masks is not None and masks.numel():
        scales = masks.view(model.layers - 1, inputs.shape[0], inputs.shape[1], -1)
    for layer, weights in enumerate(model.layer_weights(params)):
        part = slice(layer * model.directions, (layer + 1) * model.directions)
        own = tuple(s[part] for s in state) if model.mode == "lstm" else (state[0][part],)
        data, final = _run_layer(model, data, own, weights, lengths, training)
        finals.append(final)
        if scales is not None and layer < model.layers - 1:
            data = data * scales[layer]
    last = [torch.cat(parts) for parts in zip(*finals, strict=True)]
    return data, (last[0], last[1] if len(last) > 1 else state[1])


def _run_layer(
    model: Model,
    data: torch.Tensor,
    state: tuple[torch.Tensor, ...],
    weights: list[torch.Tensor],
    lengths: list[int] | None,
    training: bool,
) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
    routine = _ROUTINES[model.mode]
    options = (True, 1, 0.0, training, model.directions == 2)
    if lengths is None:
        start = state if len(state) > 1 else state[0]
        output, *last = routine(data, start, weights, *options, False)
        return output, tuple(last)
    packed = sequences.pack_padded_sequence(data, torch.tensor(lengths), enforce_sorted=False)
    chosen = tuple(s.index_select(1, packed.sorted_indices) for s in state)
    start = chosen if len(chosen) > 1 else chosen[0]
    output, *last = routine(packed.data, packed.batch_sizes, start, weights, *options)
    padded, _ = sequences.pad_packed_sequence(
        packed._replace(data=output), total_length=data.shape[0]
    )
    return padded, tuple(s.index_select(1, packed.unsorted_indices) for s in last)


def gradients(
    model: Model,
    inputs: torch.Tensor,
    state: State,
    params: torch.Tensor,
    lengths: list[int] | None,
    masks: torch.Tensor | None,
    backprops: tuple[torch.Tensor, State],
) -> list[torch.Tensor]:
    """The gradients of inputs, hidden state, cell state and parameters; the steps run again."""
    with torch.inference_mode(False), torch.enable_grad():
        leaves = [x.clone().requires_grad_() for x in (inputs, *state, params)]
        output, last = run(
            model,
            leaves[0],
            (leaves[1], leaves[2]),
            leaves[3],
            lengths,
            None if masks is None else masks.clone(),
            True,
        )
        results = [output, last[0]]
        grads = [backprops[0].clone(), backprops[1][0].clone()]
        if model.mode == "lstm":
            results.append(last[1])
            grads.append(backprops[1][1].clone())
        found = torch.autograd.grad(results, leaves, grads, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for x, g in zip(leaves, found, strict=True)]
