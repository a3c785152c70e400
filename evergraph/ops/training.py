"""Optimizer updates: dense, sparse, on ref and on resource variables.

Every rule exists in up to four forms that differ in their arguments alone: `ApplyX` and
`ResourceApplyX` update whole variables, `SparseApplyX` and `ResourceSparseApplyX` the rows that
`indices` name. One line below defines all of them; the arithmetic is in `kernels/optimizers.py`.
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from evergraph.base import errors
from evergraph.graph.registry import Entry, op
from evergraph.kernels import cells, optimizers
from evergraph.ops import shape_rules, variable_shapes

Update = Callable[..., None]

_LOCKING = "use_locking: bool = false"


def _signature(
    op_type: str,
    slots: Sequence[str],
    args: Sequence[str],
    extra: str,
    resource: bool,
    sparse: bool,
) -> Entry:
    kind = "resource" if resource else "Ref(T)"
    inputs = [f"{name}: {kind}" for name in slots]
    for name in args:
        dtype = {"indices": "Tindices", "global_step": "int64"}.get(name, "T")
        inputs.append(f"{name}: {dtype}")
    scalars = [name for name in args if name not in ("grad", "delta", "indices")]
    output = "" if resource else " -> out: Ref(T)"
    attrs = ["T: number", "Tindices: int32 | int64"] if sparse else ["T: number"]
    return op(
        f"{op_type}({', '.join(inputs)}){output}",
        "; ".join([*attrs, _LOCKING, *([extra] if extra else [])]),
        stateful=resource,
        scalars=scalars,
    )


# The kernels.


def _scalar_arguments(update: Update, count: int) -> list[bool]:
    """Which arguments of `update` after its first `count` are hyperparameters, not the gradient."""
    names = [
        p.name
        for p in inspect.signature(update).parameters.values()
        if p.kind is not inspect.Parameter.KEYWORD_ONLY
    ]
    return [name != "grad" for name in names[count:]]


def _check_dense(var: torch.Tensor, grad: torch.Tensor, name: str) -> None:
    if var.shape != grad.shape:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"var and {name} do not have the same shape"
            f"{cells.text(var.shape)} {cells.text(grad.shape)}",
        )


def _check_slots(var: torch.Tensor, slots: Sequence[torch.Tensor], names: Sequence[str]) -> None:
    for slot, name in zip(slots, names[1:], strict=True):
        if slot.shape != var.shape:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"var and {name} do not have the same shape"
                f"{cells.text(var.shape)} {cells.text(slot.shape)}",
            )


def _scalars(inputs: Sequence[Any], flags: Sequence[bool], device: Any) -> list[Any]:
    return [
        cells.to_scalar(x) if scalar else cells.to_tensor(x, device)
        for x, scalar in zip(inputs, flags, strict=True)
    ]


def _dense_kernels(update: Update, names: Sequence[str], grad_name: str) -> tuple[Update, Update]:
    """The kernel that gives the cells new values, and the one that writes into their values."""
    count = len(names)
    flags = _scalar_arguments(update, count)
    grad_at = flags.index(False)

    def apply(values: list[Any], inputs: Sequence[Any], attrs: dict[str, Any]) -> None:
        args = _scalars(inputs[count:], flags, values[0].device)
        _check_slots(values[0], values[1:], names)
        _check_dense(values[0], args[grad_at], grad_name)
        update(*values, *args, **attrs)

    def run(inputs: Sequence[Any], attrs: dict[str, Any], in_place: bool) -> Any:
        targets = inputs[:count]
        old = [cell.read() for cell in targets]
        if in_place and not any(map(cells.on_host, old)):
            apply(old, inputs, attrs)
            return targets[0]
        values = [cells.to_tensor(cells.copied(v)) for v in old]
        apply(values, inputs, attrs)
        for cell, value, before in zip(targets, values, old, strict=True):
            cell.value = cells.like(value, before)
        return targets[0]

    return _forms(update, run)


def _forms(update: Update, run: Callable[..., Any]) -> tuple[Update, Update]:
    # functools.wraps keeps `update`'s keyword-only parameters visible, which the registry reads.
    @functools.wraps(update)
    def kernel(*inputs: Any, **attrs: Any) -> Any:
        return run(inputs, attrs, False)

    @functools.wraps(update)
    def in_place(*inputs: Any, **attrs: Any) -> Any:
        return run(inputs, attrs, True)

    in_place.__name__ = f"{update.__name__}_in_place"
    return kernel, in_place


def _check_rows(var: torch.Tensor, grad: torch.Tensor, indices: np.ndarray) -> None:
    if indices.ndim != 1:
        raise errors.InvalidArgumentError(None, None, "indices must be one-dimensional")
    if var.dim() != grad.dim() or not grad.dim():
        raise errors.InvalidArgumentError(
            None, None, f"var and grad must match in dimension {min(var.dim(), grad.dim())}"
        )
    for axis in range(1, var.dim()):
        if var.shape[axis] != grad.shape[axis]:
            raise errors.InvalidArgumentError(
                None, None, f"var and grad must match in dimension {axis}"
            )
    if grad.shape[0] != len(indices):
        raise errors.InvalidArgumentError(
            None, None, "grad must be the same size as indices in the first dimension."
        )
    bad = np.flatnonzero((indices < 0) | (indices >= var.shape[0]))
    if bad.size:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Index {indices[bad[0]]} at offset {bad[0]} in indices is out of range",
        )


def _sparse_kernels(update: Update, names: Sequence[str], indices_at: int) -> tuple[Update, Update]:
    """As `_dense_kernels`, for the rows that the input after `indices_at` others names."""
    count = len(names)
    flags = _scalar_arguments(update, count)
    grad_at = flags.index(False)

    def run(inputs: Sequence[Any], attrs: dict[str, Any], in_place: bool) -> Any:
        targets = inputs[:count]
        old = [cell.read() for cell in targets]
        values = [v if in_place else cells.copied(v) for v in old]
        rest = list(inputs[count:])
        numbers = cells.to_numpy(rest.pop(indices_at - count))
        args = _scalars(rest, flags, values[0].device)
        grad = args[grad_at]
        _check_slots(values[0], values[1:], names)
        _check_rows(values[0], grad, numbers)
        indices = torch.as_tensor(numbers, dtype=torch.int64, device=values[0].device)
        for group in cells.rounds(indices):
            chosen = indices if group is None else indices[group]
            args[grad_at] = grad if group is None else grad[group]
            rows = [v.index_select(0, chosen) for v in values]
            update(*rows, *args, **attrs)
            for value, row in zip(values, rows, strict=True):
                value.index_copy_(0, chosen, row)
        for cell, value in zip(targets, values, strict=True):
            cell.value = value
        return targets[0]

    return _forms(update, run)


# The shape rules.


def _dense_shape(names: Sequence[str], args: Sequence[str]) -> Callable[[Any], Any]:
    def rule(node: Any) -> Any:
        dims = _variables_dims(node, len(names))
        for name, tensor in zip(args, node.inputs[len(names) :], strict=True):
            if name in ("grad", "delta"):
                dims = shape_rules.merge(dims, tensor.dims)
            else:
                shape_rules.with_rank(tensor.dims, 0)
        return dims if node.inputs[0].dtype._is_ref_dtype else []

    return rule


def _variables_dims(node: Any, count: int) -> shape_rules.Dims:
    dims: shape_rules.Dims = None
    for variable in node.inputs[:count]:
        dims = shape_rules.merge(dims, variable_shapes.variable_dims(variable))
    return dims


def _sparse_shape(names: Sequence[str], args: Sequence[str]) -> Callable[[Any], Any]:
    def rule(node: Any) -> Any:
        dims = _variables_dims(node, len(names))
        rest = dict(zip(args, (t.dims for t in node.inputs[len(names) :]), strict=True))
        indices = shape_rules.with_rank(rest.pop("indices"), 1)
        grad = rest.pop("grad")
        if grad is not None:
            shape_rules.at_least_rank(grad, 1)
            shape_rules.merge_dim(indices[0], grad[0])
            dims = shape_rules.merge(dims, (None, *grad[1:]))
        for scalar in rest.values():
            shape_rules.with_rank(scalar, 0)
        return dims if node.inputs[0].dtype._is_ref_dtype else []

    return rule


# The table.


def _define(
    rule: str, update: Update, slots: str, args: str, extra: str = "", forms: str = "drsq"
) -> None:
    """Defines the ops of one update rule.

    `slots` are the names of the variables that it updates, `args` those of its other inputs; an
    argument in brackets stands in sparse forms only. `forms` holds "d" and "r" for the dense op on
    ref and resource variables and "s" and "q" for the sparse ones.
    """
    names = slots.split()
    dense_args = [a for a in args.split() if a[0] != "["]
    sparse_args = ["grad" if a == "delta" else a.strip("[]") for a in args.split()]
    if "d" in forms or "r" in forms:
        grad_name = "delta" if "delta" in dense_args else "grad"
        kernels = _dense_kernels(update, names, grad_name)
        for prefix, form in (("", "d"), ("Resource", "r")):
            if form in forms:
                entry = _signature(
                    f"{prefix}Apply{rule}", names, dense_args, extra, form == "r", False
                )
                _fill(entry, kernels, _dense_shape(names, dense_args))
    if "s" in forms or "q" in forms:
        kernels = _sparse_kernels(update, names, len(names) + sparse_args.index("indices"))
        for prefix, form in (("", "s"), ("Resource", "q")):
            if form in forms:
                entry = _signature(
                    f"{prefix}SparseApply{rule}", names, sparse_args, extra, form == "q", True
                )
                _fill(entry, kernels, _sparse_shape(names, sparse_args))


def _fill(entry: Entry, kernels: tuple[Update, Update], shape: Callable[[Any], Any]) -> None:
    kernel, in_place = kernels
    if not entry.signature.outputs:
        kernel, in_place = _without_result(kernel), _without_result(in_place)
    entry.shape(shape)
    entry.kernel(kernel)
    entry.updates_in_place(in_place)
    entry.not_differentiable()


def _without_result(kernel: Update) -> Update:
    @functools.wraps(kernel)
    def run(*inputs: Any, **attrs: Any) -> None:
        kernel(*inputs, **attrs)

    return run


_SLOTS = "update_slots: bool = true"
_NESTEROV = "use_nesterov: bool = false"

_define("GradientDescent", optimizers.gradient_descent, "var", "alpha delta", forms="dr")
_define(
    "ProximalGradientDescent",
    optimizers.proximal_gradient_descent,
    "var",
    "alpha l1 l2 delta [indices]",
)
_define("Adagrad", optimizers.adagrad, "var accum", "lr grad [indices]", _SLOTS, "drsq")
_define(
    "AdagradV2", optimizers.adagrad_v2, "var accum", "lr epsilon grad [indices]", _SLOTS, "drsq"
)
_define(
    "ProximalAdagrad",
    optimizers.proximal_adagrad,
    "var accum",
    "lr l1 l2 grad [indices]",
)
_define(
    "AdagradDA",
    optimizers.adagrad_da,
    "var gradient_accumulator gradient_squared_accumulator",
    "grad [indices] lr l1 l2 global_step",
)
_define(
    "Adadelta",
    optimizers.adadelta,
    "var accum accum_update",
    "lr rho epsilon grad [indices]",
)
_define(
    "Momentum", optimizers.momentum, "var accum", "lr grad [indices] momentum", _NESTEROV, "drsq"
)
_define(
    "KerasMomentum",
    optimizers.keras_momentum,
    "var accum",
    "lr grad [indices] momentum",
    _NESTEROV,
    "rq",
)
_define(
    "Adam",
    optimizers.adam,
    "var m v",
    "beta1_power beta2_power lr beta1 beta2 epsilon grad",
    _NESTEROV,
    "dr",
)
_define(
    "AdamWithAmsgrad",
    optimizers.adam_with_amsgrad,
    "var m v vhat",
    "beta1_power beta2_power lr beta1 beta2 epsilon grad",
    forms="r",
)
_define(
    "AdaMax",
    optimizers.ada_max,
    "var m v",
    "beta1_power lr beta1 beta2 epsilon grad",
    forms="dr",
)
_define(
    "RMSProp",
    optimizers.rms_prop,
    "var ms mom",
    "lr rho momentum epsilon grad [indices]",
)
_define(
    "CenteredRMSProp",
    optimizers.centered_rms_prop,
    "var mg ms mom",
    "lr rho momentum epsilon grad [indices]",
)
_define("AddSign", optimizers.add_sign, "var m", "lr alpha sign_decay beta grad", forms="dr")
_define("PowerSign", optimizers.power_sign, "var m", "lr logbase sign_decay beta grad", forms="dr")
_define(
    "Ftrl",
    optimizers.ftrl,
    "var accum linear",
    "grad [indices] lr l1 l2 lr_power",
)
_define(
    "FtrlV2",
    optimizers.ftrl_v2,
    "var accum linear",
    "grad [indices] lr l1 l2 l2_shrinkage lr_power",
)
