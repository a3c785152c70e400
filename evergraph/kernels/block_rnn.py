"""Steps of recurrent cells over all their gates at once, and the way back.

Long short-term memory, with gates in the order of the columns of the kernel `w`:

    i, ci, f, o = [x, h_prev] w + b
    i = sigmoid(i + wci cs_prev)         f = sigmoid(f + forget_bias + wcf cs_prev)
    cs = i tanh(ci) + f cs_prev          h = sigmoid(o + wco cs) tanh(cs)

Gated recurrent unit:

    r, u = sigmoid([x, h_prev] w_ru + b_ru)
    c = tanh([x, r h_prev] w_c + b_c)    h = u h_prev + (1 - u) c
"""

from dataclasses import dataclass
from typing import Any

import torch

from evergraph.kernels.host import invalid

Tensors = tuple[torch.Tensor, ...]


@dataclass(frozen=True, slots=True)
class LSTM:
    """What a step of long short-term memory depends on besides its inputs."""

    forget_bias: float = 0.0
    cell_clip: float = -1.0
    # The diagonals wci, wcf, wco.
    peepholes: Tensors | None = None
    # Whether the forget gate comes before the cell's input among the columns.
    forget_first: bool = False

    def parts(self, gates: torch.Tensor) -> Tensors:
        """i, ci, f and o of all gates."""
        first, second, third, fourth = gates.chunk(4, 1)
        return (
            (first, third, second, fourth) if self.forget_first else (first, second, third, fourth)
        )

    def joined(self, i: Any, ci: Any, f: Any, o: Any) -> torch.Tensor:
        """The gates in the order of the columns."""
        return torch.cat((i, f, ci, o) if self.forget_first else (i, ci, f, o), 1)

    def step(self, gates: torch.Tensor, cs_prev: torch.Tensor) -> Tensors:
        """i, cs, f, o, ci, co and h from the gates before their activation."""
        i, ci, f, o = self.parts(gates)
        f = f + self.forget_bias
        if self.peepholes:
            wci, wcf, wco = self.peepholes
            i, f = torch.addcmul(i, cs_prev, wci), torch.addcmul(f, cs_prev, wcf)
        i, ci, f = torch.sigmoid(i), torch.tanh(ci), torch.sigmoid(f)
        cs = torch.addcmul(i * ci, f, cs_prev)
        if self.cell_clip > 0:
            cs = cs.clamp_(-self.cell_clip, self.cell_clip)
        co = torch.tanh(cs)
        if self.peepholes:
            o = torch.addcmul(o, cs, wco)
        o = torch.sigmoid(o)
        return i, cs, f, o, ci, co, o * co

    def back(
        self, outputs: Tensors, cs_prev: torch.Tensor, cs_grad: torch.Tensor, h_grad: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, Tensors]:
        """The gradients of the gates, of `cs_prev`, and of the diagonals for each example.

        Args:
          outputs: i, cs, f, o, ci, co of the step. Clipping counts as if it was none.
        """
        i, cs, f, o, ci, co = outputs
        d_o = o * (1 - o) * h_grad * co
        d_cs = (1 - co * co) * h_grad * o + cs_grad
        if self.peepholes:
            wci, wcf, wco = self.peepholes
            d_cs = torch.addcmul(d_cs, d_o, wco)
        d_ci = (1 - ci * ci) * d_cs * i
        d_f = f * (1 - f) * d_cs * cs_prev
        d_i = i * (1 - i) * d_cs * ci
        cs_prev_grad = d_cs * f
        diagonals: Tensors = ()
        if self.peepholes:
            cs_prev_grad = cs_prev_grad + d_i * wci + d_f * wcf
            diagonals = (d_i * cs_prev, d_f * cs_prev, d_o * cs)
        return self.joined(d_i, d_ci, d_f, d_o), cs_prev_grad, diagonals


def check_lstm(x: Any, cs_prev: Any, h_prev: Any, w: Any, b: Any) -> None:
    """The sizes of a step; InvalidArgumentError if they do not fit."""
    batch, size, units = x.shape[-2], x.shape[-1], cs_prev.shape[1]
    check_sizes(
        ("cs_prev.dims(0) != batch_size", cs_prev.shape[0], batch),
        ("h_prev.dims(0) != batch_size", h_prev.shape[0], batch),
        ("h_prev.dims(1) != cell_size", h_prev.shape[1], units),
        ("w.dim_size(0) != input_size + cell_size", w.shape[0], size + units),
        ("w.dim_size(1) != cell_size * 4", w.shape[1], units * 4),
        ("b.dim_size(0) != cell_size * 4", b.shape[0], units * 4),
    )


def check_sizes(*conditions: tuple[str, int, int]) -> None:
    for complaint, found, wanted in conditions:
        if found != wanted:
            raise invalid(f"{complaint}: {found} vs. {wanted}")


def lstm_sequence(
    cell: LSTM,
    steps: int,
    x: torch.Tensor,
    cs: torch.Tensor,
    h: torch.Tensor,
    w: torch.Tensor,
    b: torch.Tensor,
) -> Tensors:
    """All steps over inputs [time, batch, size]: i, cs, f, o, ci, co, h, with zeros after `steps`.

    The part of the gates that inputs make is one product for all steps.
    """
    time, batch, size = x.shape
    units = cs.shape[1]
    outputs = tuple(x.new_zeros(time, batch, units) for _ in range(7))
    gates = torch.addmm(b, x[:steps].reshape(-1, size), w[:size]).view(steps, batch, 4 * units)
    recurrent = w[size:]
    for t in range(steps):
        values = cell.step(torch.addmm(gates[t], h, recurrent), cs)
        cs, h = values[1], values[6]
        for output, value in zip(outputs, values, strict=True):
            output[t] = value
    return outputs


def lstm_sequence_grad(
    cell: LSTM,
    steps: int,
    inputs: Tensors,
    outputs: Tensors,
    cs_grad: torch.Tensor,
    h_grad: torch.Tensor,
) -> Tensors:
    """The gradients of x, cs_prev, h_prev, w, the three diagonals, and b.

    Args:
      inputs: x, cs_prev, h_prev, w, b of the forward run.
      outputs: its i, cs, f, o, ci, co, h.
    """
    x, cs_prev, h_prev, w, b = inputs
    time, batch, size = x.shape
    recurrent = w[size:].t()
    d_gates = x.new_empty(steps, batch, b.shape[0])
    d_cs, d_h = torch.zeros_like(cs_prev), torch.zeros_like(h_prev)
    diagonals = [torch.zeros_like(cs_prev[0]) for _ in range(3)]
    for t in reversed(range(steps)):
        before = outputs[1][t - 1] if t else cs_prev
        values = tuple(output[t] for output in outputs[:6])
        d_gates[t], d_cs, parts = cell.back(values, before, d_cs + cs_grad[t], d_h + h_grad[t])
        d_h = d_gates[t] @ recurrent
        for total, part in zip(diagonals, parts, strict=False):
            total += part.sum(0)
    flat = d_gates.reshape(-1, b.shape[0])
    h_before = torch.cat((h_prev[None], outputs[6][: max(steps - 1, 0)]))[:steps]
    xh = torch.cat((x[:steps].reshape(-1, size), h_before.reshape(-1, h_prev.shape[1])), 1)
    x_grad = torch.zeros_like(x)
    x_grad[:steps] = (flat @ w[:size].t()).view(steps, batch, size)
    return x_grad, d_cs, d_h, xh.t() @ flat, *diagonals, flat.sum(0)


def gru_step(
    x: torch.Tensor,
    h_prev: torch.Tensor,
    w_ru: torch.Tensor,
    w_c: torch.Tensor,
    b_ru: torch.Tensor,
    b_c: torch.Tensor,
) -> Tensors:
    """r, u, c and h of one step."""
    check_gru(x, h_prev, w_ru, w_c, b_ru, b_c)
    r, u = map(torch.sigmoid, torch.addmm(b_ru, torch.cat((x, h_prev), 1), w_ru).chunk(2, 1))
    c = torch.tanh(torch.addmm(b_c, torch.cat((x, h_prev * r), 1), w_c))
    return r, u, c, torch.addcmul(c, u, h_prev - c)


def gru_step_grad(
    x: torch.Tensor,
    h_prev: torch.Tensor,
    w_ru: torch.Tensor,
    w_c: torch.Tensor,
    r: torch.Tensor,
    u: torch.Tensor,
    c: torch.Tensor,
    d_h: torch.Tensor,
) -> Tensors:
    """The gradients of x, h_prev, and of c and both gates before their activation."""
    size = x.shape[1]
    d_c = d_h * (1 - u) * (1 - c * c)
    d_u = d_h * (h_prev - c) * u * (1 - u)
    d_x_c, d_hr = (d_c @ w_c.t()).split((size, h_prev.shape[1]), 1)
    d_r = d_hr * h_prev * r * (1 - r)
    d_gates = torch.cat((d_r, d_u), 1)
    d_x_gates, d_h_gates = (d_gates @ w_ru.t()).split((size, h_prev.shape[1]), 1)
    return d_x_gates + d_x_c, d_h_gates + d_hr * r + d_h * u, d_c, d_gates


def check_gru(x: Any, h_prev: Any, w_ru: Any, w_c: Any, b_ru: Any, b_c: Any) -> None:
    """The sizes of a step; InvalidArgumentError if they do not fit."""
    batch, size, units = x.shape[0], x.shape[1], h_prev.shape[1]
    check_sizes(
        ("h_prev.dims(0) != batch_size", h_prev.shape[0], batch),
        ("w_ru.dim_size(0) != input_size + cell_size", w_ru.shape[0], size + units),
        ("w_ru.dim_size(1) != cell_size * 2", w_ru.shape[1], units * 2),
        ("w_c.dim_size(0) != input_size + cell_size", w_c.shape[0], size + units),
        ("w_c.dim_size(1) != cell_size", w_c.shape[1], units),
        ("b_ru.dim_size(0) != cell_size * 2", b_ru.shape[0], units * 2),
        ("b_c.dim_size(0) != cell_size", b_c.shape[0], units),
    )
