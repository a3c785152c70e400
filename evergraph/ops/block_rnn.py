"""Recurrent cells as single ops: steps of LSTM and GRU, and an LSTM over all steps."""

from typing import Any

import torch

from evergraph.api import array_ops, math_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import op
from evergraph.kernels import block_rnn
from evergraph.kernels.block_rnn import LSTM, check_lstm
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_STATE = "x: T, cs_prev: T, h_prev: T, w: T, wci: T, wcf: T, wco: T, b: T"
_VALUES = "i: T, cs: T, f: T, o: T, ci: T, co: T"
_CLIPPED = "forget_bias: float = 1.0; cell_clip: float = 3.0; use_peephole: bool = false"
_TYPE = "T: float16 | float32"

lstm_block_cell_op = op(f"LSTMBlockCell({_STATE}) -> {_VALUES}, h: T", f"{_CLIPPED}; {_TYPE}")
lstm_block_cell_grad_op = op(
    f"LSTMBlockCellGrad({_STATE}, {_VALUES}, cs_grad: T, h_grad: T) -> cs_prev_grad: T, "
    "dicfo: T, wci_grad: T, wcf_grad: T, wco_grad: T",
    f"use_peephole: bool; {_TYPE}",
)
block_lstm_op = op(
    f"BlockLSTM(seq_len_max: int64, {_STATE}) -> {_VALUES}, h: T",
    f"{_CLIPPED}; {_TYPE}",
    host=["seq_len_max"],
)
block_lstm_v2_op = op(
    f"BlockLSTMV2(seq_len_max: int64, {_STATE}) -> {_VALUES}, h: T",
    f"cell_clip: float = 0.0; use_peephole: bool = false; {_TYPE}",
    host=["seq_len_max"],
)
_SEQUENCE_GRADIENTS = (
    f"(seq_len_max: int64, {_STATE}, {_VALUES}, h: T, cs_grad: T, h_grad: T) -> x_grad: T, "
    "cs_prev_grad: T, h_prev_grad: T, w_grad: T, wci_grad: T, wcf_grad: T, wco_grad: T, b_grad: T"
)
block_lstm_grad_op = op(
    f"BlockLSTMGrad{_SEQUENCE_GRADIENTS}", f"use_peephole: bool; {_TYPE}", host=["seq_len_max"]
)
block_lstm_grad_v2_op = op(
    f"BlockLSTMGradV2{_SEQUENCE_GRADIENTS}", f"use_peephole: bool; {_TYPE}", host=["seq_len_max"]
)
_GRU = "x: T, h_prev: T, w_ru: T, w_c: T, b_ru: T, b_c: T"
gru_block_cell_op = op(f"GRUBlockCell({_GRU}) -> r: T, u: T, c: T, h: T", "T: float32")
gru_block_cell_grad_op = op(
    f"GRUBlockCellGrad({_GRU}, r: T, u: T, c: T, d_h: T) -> d_x: T, d_h_prev: T, d_c_bar: T, "
    "d_r_bar_u_bar: T",
    "T: float32",
)


# One step of an LSTM.


@lstm_block_cell_op.shape
def lstm_block_cell_shape(node: Any) -> list[Dims]:
    batch, _ = shape_rules.with_rank(node.inputs[0].dims, 2)
    _, units = shape_rules.with_rank(node.inputs[1].dims, 2)
    return [(batch, units)] * 7


@lstm_block_cell_op.kernel
def lstm_block_cell(
    x: torch.Tensor,
    cs_prev: torch.Tensor,
    h_prev: torch.Tensor,
    w: torch.Tensor,
    wci: torch.Tensor,
    wcf: torch.Tensor,
    wco: torch.Tensor,
    b: torch.Tensor,
    *,
    forget_bias: float,
    cell_clip: float,
    use_peephole: bool,
) -> tuple[torch.Tensor, ...]:
    check_lstm(x, cs_prev, h_prev, w, b)
    cell = LSTM(forget_bias, cell_clip, (wci, wcf, wco) if use_peephole else None)
    return cell.step(torch.addmm(b, torch.cat((x, h_prev), 1), w), cs_prev)


@lstm_block_cell_op.gradient
def lstm_block_cell_gradient(node: Any, *grads: Any) -> Any:
    x, cs_prev, h_prev, w, _, _, _, _ = node.inputs
    batch, size = shape_rules.with_rank(x.dims, 2)
    _, units = shape_rules.with_rank(cs_prev.dims, 2)
    if size is None:
        raise ValueError("input_size from `x` should not be None.")
    if units is None:
        raise ValueError("cell_size from `cs_prev` should not be None.")
    batch = -1 if batch is None else batch
    found = apply_op(
        "LSTMBlockCellGrad",
        *node.inputs,
        *node.outputs[:6],
        grads[1],
        grads[6],
        use_peephole=node.attr("use_peephole"),
    )
    xh_grad = math_ops.matmul(found.dicfo, w, transpose_b=True)
    x_grad = array_ops.slice(xh_grad, (0, 0), (batch, size))
    h_prev_grad = array_ops.slice(xh_grad, (0, size), (batch, units))
    w_grad = math_ops.matmul(array_ops.concat([x, h_prev], 1), found.dicfo, transpose_a=True)
    b_grad = apply_op("BiasAddGrad", found.dicfo)
    diagonals = (found.wci_grad, found.wcf_grad, found.wco_grad)
    return x_grad, found.cs_prev_grad, h_prev_grad, w_grad, *diagonals, b_grad


@lstm_block_cell_grad_op.shape
def lstm_block_cell_grad_shape(node: Any) -> list[Dims]:
    batch, _ = shape_rules.with_rank(node.inputs[0].dims, 2)
    _, units = shape_rules.with_rank(node.inputs[1].dims, 2)
    gates = shape_rules.multiply_dim(units, 4)
    return [(batch, units), (batch, gates), (units,), (units,), (units,)]


@lstm_block_cell_grad_op.kernel
def lstm_block_cell_grad(
    x: torch.Tensor,
    cs_prev: torch.Tensor,
    h_prev: torch.Tensor,
    w: torch.Tensor,
    wci: torch.Tensor,
    wcf: torch.Tensor,
    wco: torch.Tensor,
    b: torch.Tensor,
    i: torch.Tensor,
    cs: torch.Tensor,
    f: torch.Tensor,
    o: torch.Tensor,
    ci: torch.Tensor,
    co: torch.Tensor,
    cs_grad: torch.Tensor,
    h_grad: torch.Tensor,
    *,
    use_peephole: bool,
) -> tuple[torch.Tensor, ...]:
    check_lstm(x, cs_prev, h_prev, w, b)
    cell = LSTM(peepholes=(wci, wcf, wco) if use_peephole else None)
    d_gates, cs_prev_grad, parts = cell.back((i, cs, f, o, ci, co), cs_prev, cs_grad, h_grad)
    # Without peepholes TensorFlow leaves the diagonals' gradients undefined.
    diagonals = [part.sum(0) for part in parts] or [torch.zeros_like(d) for d in (wci, wcf, wco)]
    return cs_prev_grad, d_gates, *diagonals


# All steps of an LSTM.


@block_lstm_op.shape
@block_lstm_v2_op.shape
def block_lstm_shape(node: Any) -> list[Dims]:
    time, batch, _ = shape_rules.with_rank(node.inputs[1].dims, 3)
    (gates,) = shape_rules.with_rank(node.inputs[-1].dims, 1)
    return [(time, batch, shape_rules.divide_dim(gates, 4))] * 7


def _check_ranks(x: torch.Tensor, *others: tuple[str, torch.Tensor, int]) -> None:
    for name, tensor, rank in (("x", x, 3), *others):
        if tensor.dim() != rank:
            raise block_rnn.invalid(f"{name} must be {rank}D")


def _sequence(steps: int, cell: LSTM, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
    x, cs_prev, h_prev, w, wci, wcf, wco, b = inputs
    _check_ranks(x, ("cs_prev", cs_prev, 2), ("h_prev", h_prev, 2), ("w", w, 2), ("b", b, 1))
    check_lstm(x, cs_prev, h_prev, w, b)
    block_rnn.check_sizes(
        *(
            (f"{name}.dim_size(0) != cell_size", d.shape[0], cs_prev.shape[1])
            for name, d in (("wci", wci), ("wcf", wcf), ("wco", wco))
        )
    )
    return block_rnn.lstm_sequence(cell, steps, x, cs_prev, h_prev, w, b)


@block_lstm_op.kernel
def block_lstm(
    seq_len_max: int,
    *inputs: torch.Tensor,
    forget_bias: float,
    cell_clip: float,
    use_peephole: bool,
) -> tuple[torch.Tensor, ...]:
    cell = LSTM(forget_bias, cell_clip, inputs[4:7] if use_peephole else None)
    return _sequence(seq_len_max, cell, inputs)


@block_lstm_v2_op.kernel
def block_lstm_v2(
    seq_len_max: int, *inputs: torch.Tensor, cell_clip: float, use_peephole: bool
) -> tuple[torch.Tensor, ...]:
    cell = LSTM(0.0, cell_clip, inputs[4:7] if use_peephole else None, forget_first=True)
    return _sequence(seq_len_max, cell, inputs)


@block_lstm_op.gradient
@block_lstm_v2_op.gradient
def block_lstm_gradient(node: Any, *grads: Any) -> Any:
    # TensorFlow 1.15 takes the first version's gradient for both, although V2 has another order
    # of gates.
    found = apply_op(
        "BlockLSTMGrad",
        *node.inputs,
        *node.outputs,
        grads[1],
        grads[6],
        use_peephole=node.attr("use_peephole"),
    )
    return None, *found


@block_lstm_grad_op.shape
@block_lstm_grad_v2_op.shape
def block_lstm_grad_shape(node: Any) -> list[Dims]:
    ranks = (3, 2, 2, 2, 1, 1, 1, 1)
    return [
        shape_rules.with_rank(x.dims, rank) for x, rank in zip(node.inputs[1:9], ranks, strict=True)
    ]


def _sequence_grad(
    steps: int, tensors: tuple[torch.Tensor, ...], use_peephole: bool, forget_first: bool
) -> tuple[torch.Tensor, ...]:
    x, cs_prev, h_prev, w, *diagonals, b = tensors[:8]
    cell = LSTM(peepholes=tuple(diagonals) if use_peephole else None, forget_first=forget_first)
    inputs = (x, cs_prev, h_prev, w, b)
    return block_rnn.lstm_sequence_grad(cell, steps, inputs, tensors[8:15], *tensors[15:])


@block_lstm_grad_op.kernel
def block_lstm_grad(
    seq_len_max: int, *tensors: torch.Tensor, use_peephole: bool
) -> tuple[torch.Tensor, ...]:
    return _sequence_grad(seq_len_max, tensors, use_peephole, forget_first=False)


@block_lstm_grad_v2_op.kernel
def block_lstm_grad_v2(
    seq_len_max: int, *tensors: torch.Tensor, use_peephole: bool
) -> tuple[torch.Tensor, ...]:
    return _sequence_grad(seq_len_max, tensors, use_peephole, forget_first=True)


# One step of a GRU.


@gru_block_cell_op.shape
def gru_block_cell_shape(node: Any) -> list[Dims]:
    batch, _ = shape_rules.with_rank(node.inputs[0].dims, 2)
    _, units = shape_rules.with_rank(node.inputs[1].dims, 2)
    return [(batch, units)] * 4


gru_block_cell_op.kernel(block_rnn.gru_step)


@gru_block_cell_op.gradient
def gru_block_cell_gradient(node: Any, *grads: Any) -> Any:
    x, h_prev = node.inputs[:2]
    r = node.outputs[0]
    d_x, d_h_prev, d_c, d_gates = apply_op(
        "GRUBlockCellGrad", *node.inputs, *node.outputs[:3], grads[3]
    )
    x_h = array_ops.concat([x, h_prev], 1)
    d_w_ru = math_ops.matmul(x_h, d_gates, transpose_a=True)
    d_b_ru = apply_op("BiasAddGrad", d_gates)
    x_hr = array_ops.concat([x, h_prev * r], 1)
    d_w_c = math_ops.matmul(x_hr, d_c, transpose_a=True)
    return d_x, d_h_prev, d_w_ru, d_w_c, d_b_ru, apply_op("BiasAddGrad", d_c)


@gru_block_cell_grad_op.shape
def gru_block_cell_grad_shape(node: Any) -> list[Dims]:
    batch, size = shape_rules.with_rank(node.inputs[0].dims, 2)
    _, units = shape_rules.with_rank(node.inputs[1].dims, 2)
    _, gates = shape_rules.with_rank(node.inputs[2].dims, 2)
    return [(batch, size), (batch, units), (batch, units), (batch, gates)]


@gru_block_cell_grad_op.kernel
def gru_block_cell_grad(
    x: torch.Tensor,
    h_prev: torch.Tensor,
    w_ru: torch.Tensor,
    w_c: torch.Tensor,
    b_ru: torch.Tensor,
    b_c: torch.Tensor,
    r: torch.Tensor,
    u: torch.Tensor,
    c: torch.Tensor,
    d_h: torch.Tensor,
) -> tuple[torch.Tensor, ...]:
    block_rnn.check_gru(x, h_prev, w_ru, w_c, b_ru, b_c)
    return block_rnn.gru_step_grad(x, h_prev, w_ru, w_c, r, u, c, d_h)
