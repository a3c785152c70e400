"""Recurrent networks in cuDNN's form: CudnnRNN, CudnnRNNBackprop and their later versions.

TensorFlow has kernels for GPUs only. Here the nodes run everywhere, with the layout of the
parameters that `kernels/cudnn_rnn.py` describes.
"""

import math
from typing import Any

import torch

from evergraph.base.errors import InternalError
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import op
from evergraph.kernels import cudnn_rnn, random_draws
from evergraph.kernels.cudnn_rnn import Model
from evergraph.kernels.host import invalid, text
from evergraph.ops.cudnn_arguments import MODES, TYPE, directions_of, skips_input
from evergraph.ops.random_arguments import state_of
from evergraph.ops.shape_rules import Dims

_INPUTS = "input: T, input_h: T, input_c: T, params: T"
_OUTPUTS = "output: T, output_h: T, output_c: T, reserve_space: T"
_BACKPROPS = (
    "output: T, output_h: T, output_c: T, output_backprop: T, output_h_backprop: T, "
    "output_c_backprop: T, reserve_space: T"
)
_GRADIENTS = "input_backprop: T, input_h_backprop: T, input_c_backprop: T, params_backprop: T"

rnn_op = op(
    f"CudnnRNN({_INPUTS}) -> {_OUTPUTS}",
    f"{TYPE}{MODES}; is_training: bool = true",
    stateful=True,
)
rnn_v2_op = op(
    f"CudnnRNNV2({_INPUTS}) -> {_OUTPUTS}, host_reserved: int8",
    f"{TYPE}{MODES}; is_training: bool = true",
    stateful=True,
)
rnn_v3_op = op(
    f"CudnnRNNV3({_INPUTS}, sequence_lengths: int32) -> {_OUTPUTS}, host_reserved: int8",
    f"{TYPE}{MODES}; num_proj: int = 0; is_training: bool = true; time_major: bool = true",
    stateful=True,
)
backprop_op = op(
    f"CudnnRNNBackprop({_INPUTS}, {_BACKPROPS}) -> {_GRADIENTS}",
    f"{TYPE}{MODES}",
    stateful=True,
)
backprop_v2_op = op(
    f"CudnnRNNBackpropV2({_INPUTS}, {_BACKPROPS}, host_reserved: int8) -> {_GRADIENTS}",
    f"{TYPE}{MODES}",
    stateful=True,
)
backprop_v3_op = op(
    f"CudnnRNNBackpropV3({_INPUTS}, sequence_lengths: int32, {_BACKPROPS}, host_reserved: int8) "
    f"-> {_GRADIENTS}",
    f"{TYPE}{MODES}; num_proj: int = 0; time_major: bool = true",
    stateful=True,
)


# Running the network.


@rnn_op.shape
@rnn_v2_op.shape
@rnn_v3_op.shape
def rnn_shape(node: Any) -> list[Dims]:
    inputs, hidden, cell = (x.dims for x in node.inputs[:3])
    time, batch = (None, None) if inputs is None else inputs[:2]
    units = None if hidden is None else hidden[2]
    output_size = None if units is None else units * directions_of(node.attr("direction"))
    last_cell: Dims = cell if node.type == "CudnnRNNV3" else hidden
    if node.attr("rnn_mode") != "lstm":
        last_cell = ()
    shapes: list[Dims] = [(time, batch, output_size), hidden, last_cell]
    return shapes + [None] * (len(node.outputs) - 3)


@backprop_op.shape
@backprop_v2_op.shape
@backprop_v3_op.shape
def backprop_shape(node: Any) -> list[Dims]:
    return [x.dims for x in node.inputs[:4]]


class _Call:
    """One run of a network: its inputs with the time first, checked, and the model they make."""

    def __init__(
        self,
        inputs: torch.Tensor,
        state: tuple[torch.Tensor, torch.Tensor],
        params: torch.Tensor,
        lengths: torch.Tensor | None,
        node: Any,
    ) -> None:
        self.v3 = node.type in ("CudnnRNNV3", "CudnnRNNBackpropV3")
        self.time_major = not self.v3 or node.attr("time_major")
        projection = node.attr("num_proj") if self.v3 else 0
        mode, directions = node.attr("rnn_mode"), directions_of(node.attr("direction"))
        _check_inputs(inputs, state, mode, directions, self.time_major, projection)
        self.kind = inputs.dtype
        # torch has no recurrent networks of float16 on the CPU.
        self.wide = inputs.dtype == torch.float16 and inputs.device.type == "cpu"
        self.inputs = self.turned(inputs)
        self.state = (self.turned(state[0]), self.turned(state[1]) if mode == "lstm" else state[1])
        self.params = params.float() if self.wide else params
        hidden = state[0].shape[2]
        self.model = Model(
            mode,
            self.state[0].shape[0] // directions,
            state[1].shape[2] if mode == "lstm" else hidden,
            hidden,
            inputs.shape[2],
            directions,
            skips_input(node.attr("input_mode"), inputs.shape[2], hidden),
        )
        self.lengths = None if lengths is None else self._checked(lengths.tolist())
        if params.numel() != self.model.size() or (
            self.model.skip and inputs.shape[2] != self.model.units
        ):
            raise self._failure(node)

    def turned(self, x: torch.Tensor) -> torch.Tensor:
        """`x` with the time, or the layers, first, and back."""
        x = x if self.time_major or x.ndim != 3 else x.transpose(0, 1).contiguous()
        return x.float() if self.wide else x

    def handed_out(self, x: torch.Tensor) -> torch.Tensor:
        return self.turned(x).to(self.kind)

    def _checked(self, lengths: list[int]) -> list[int] | None:
        steps, batch = self.inputs.shape[:2]
        if len(lengths) != batch or not all(0 < length <= steps for length in lengths):
            raise invalid(
                f"sequence_lengths must be {batch} numbers between 1 and {steps}: {lengths}"
            )
        return None if all(length == steps for length in lengths) else lengths

    def _failure(self, node: Any) -> InternalError:
        model, (steps, batch) = self.model, self.inputs.shape[:2]
        modes = (
            list(cudnn_rnn.GATES).index(model.mode),
            {"linear_input": 0, "skip_input": 1, "auto_select": 9999999}[node.attr("input_mode")],
            model.directions - 1,
        )
        cell = model.units if model.mode == "lstm" else 0
        sizes = (model.layers, model.input_size, model.hidden, model.directions, steps, batch, cell)
        verb = "Backward" if "Backprop" in node.type else "Forward"
        return InternalError(
            None,
            None,
            f"Failed to call ThenRnn{verb} with model config: [rnn_mode, rnn_input_mode, "
            f"rnn_direction_mode]: {', '.join(map(str, modes))} , [num_layers, input_size, "
            "num_units, dir_count, max_seq_length, batch_size, cell_num_units]: "
            f"{list(sizes)} ",
        )


def _check_inputs(
    inputs: torch.Tensor,
    state: tuple[torch.Tensor, torch.Tensor],
    mode: str,
    directions: int,
    time_major: bool,
    projection: int,
) -> None:
    hidden, cell = state
    if inputs.ndim != 3:
        raise invalid("RNN input must be a 3-D vector.")
    if hidden.ndim != 3:
        raise invalid("RNN input_h must be a 3-D vector.")
    rows, batch = (0, 1) if time_major else (1, 0)
    wanted = list(hidden.shape)
    wanted[rows] = hidden.shape[rows] // directions * directions
    wanted[batch] = inputs.shape[batch]
    if list(hidden.shape) != wanted:
        raise invalid(f"Invalid input_h shape: {text(hidden.shape)} {text(wanted)}")
    if mode != "lstm":
        return
    if not projection:
        if hidden.shape != cell.shape:
            raise invalid(
                "input_h and input_c must have the same shape w/o projection: "
                f"{text(hidden.shape)} {text(cell.shape)}"
            )
    elif (
        hidden.shape[2] > cell.shape[2]
        or projection != hidden.shape[2]
        or hidden.shape[:2] != cell.shape[:2]
    ):
        raise invalid(
            f"Invalid input_h and input_c w/ projection size: {projection} {text(hidden.shape)} "
            f"{text(cell.shape)}"
        )


def _dropout(call: _Call, node: Any, session: Any) -> torch.Tensor:
    """What the gradient must know: by what the outputs between layers were multiplied."""
    rate, model = node.attr("dropout"), call.model
    if not rate or model.layers == 1:
        return call.inputs.new_zeros(0)
    state = state_of(node, session, node.attr("seed"), node.attr("seed2"))

    def draw(shape: cudnn_rnn.Shape) -> torch.Tensor:
        stream = state.reserve_outputs(math.prod(shape))
        return random_draws.uniform(stream, shape, torch.float32)

    masks = cudnn_rnn.dropout_masks(model, *call.inputs.shape[:2], rate, draw)
    return masks.to(call.inputs)


@rnn_op.kernel
@rnn_v2_op.kernel
@rnn_v3_op.kernel
def rnn_kernel(
    inputs: torch.Tensor,
    hidden: torch.Tensor,
    cell: torch.Tensor,
    params: torch.Tensor,
    lengths: torch.Tensor | None = None,
    *,
    node: Any,
    session: Any,
) -> tuple[torch.Tensor, ...]:
    call = _Call(inputs, (hidden, cell), params, lengths, node)
    training = node.attr("is_training")
    masks = _dropout(call, node, session) if training else None
    output, last = cudnn_rnn.run(
        call.model, call.inputs, call.state, call.params, call.lengths, masks, False
    )
    last_cell = call.handed_out(last[1]) if call.model.mode == "lstm" else inputs.new_zeros(())
    reserve_space = inputs.new_zeros(()) if masks is None else masks.to(call.kind)
    results = (call.handed_out(output), call.handed_out(last[0]), last_cell, reserve_space)
    if node.type == "CudnnRNN":
        return results
    # V2 has the number of cuDNN's standard algorithm, and that it uses no tensor cores.
    reserved = [-1, 0] if training and node.type == "CudnnRNNV2" else 0
    return (*results, torch.tensor(reserved, dtype=torch.int8))


# The gradient.


@rnn_op.gradient
@rnn_v2_op.gradient
@rnn_v3_op.gradient
def rnn_gradient(node: Any, *grads: Any) -> Any:
    if not node.attr("is_training"):
        raise ValueError(f"To use {node.type} in gradients, is_training must be set to True.")
    names = ["dropout", "seed", "seed2", "rnn_mode", "input_mode", "direction"]
    if node.type == "CudnnRNNV3":
        names += ["num_proj", "time_major"]
    found = apply_op(
        node.type.replace("RNN", "RNNBackprop"),
        *node.inputs,
        *node.outputs[:3],
        *grads[:3],
        *node.outputs[3:],
        **{name: node.attr(name) for name in names},
    )
    return (*found, None) if node.type == "CudnnRNNV3" else tuple(found)


@backprop_op.kernel
@backprop_v2_op.kernel
@backprop_v3_op.kernel
def backprop_kernel(
    inputs: torch.Tensor,
    hidden: torch.Tensor,
    cell: torch.Tensor,
    params: torch.Tensor,
    *rest: torch.Tensor,
    node: Any,
) -> tuple[torch.Tensor, ...]:
    lengths = rest[0] if node.type == "CudnnRNNBackpropV3" else None
    call = _Call(inputs, (hidden, cell), params, lengths, node)
    results = rest[:7] if lengths is None else rest[1:8]
    names = ["output", "output_h", *["output_c"] * (call.model.mode == "lstm")]
    for name, value, backprop in zip(names, results[:3], results[3:6], strict=False):
        if backprop.shape != value.shape:
            raise invalid(
                f"Invalid {name}_backprop shape: {text(backprop.shape)} {text(value.shape)}"
            )
    output, last_hidden, last_cell, masks = map(call.turned, results[3:7])
    found = cudnn_rnn.gradients(
        call.model,
        call.inputs,
        call.state,
        call.params,
        call.lengths,
        masks,
        (output, (last_hidden, last_cell)),
    )
    # The cell state of others than LSTM is no state, and its type alone is of interest.
    return (*map(call.handed_out, found[:3]), found[3].to(call.kind))
