"""Gradients that programs register for op types, beside those of the entries."""

from collections.abc import Callable
from typing import Any

from evergraph.base.export import export
from evergraph.graph.operation import Operation
from evergraph.graph.registry import lookup

GRADIENTS: dict[str, Callable[..., Any] | None] = {}
"""Gradient functions by op type, or by the name that `gradient_override_map` gives; None: no
gradient."""


def _register(name: str, function: Callable[..., Any] | None) -> None:
    if not isinstance(name, str):
        raise TypeError("op_type must be a string")
    entry = lookup(name)
    taken = name in GRADIENTS
    if taken or (
        entry is not None and (entry.gradient_rule is not None or not entry.differentiable)
    ):
        raise KeyError(f"Registering two gradient with name '{name}'!")
    GRADIENTS[name] = function


@export("RegisterGradient")
class RegisterGradient:
    """Decorator: the function `f(op, *grads)` is the gradient of an op type. Stands for
    `tf.RegisterGradient`.

    Raises:
      TypeError: the op type is not a string.
      KeyError: it has a gradient already.
    """

    def __init__(self, op_type: str) -> None:
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")
        self._op_type = op_type

    def __call__(self, f: Callable[..., Any]) -> Callable[..., Any]:
        _register(self._op_type, f)
        return f


@export("NotDifferentiable", "no_gradient", "NoGradient")
def no_gradient(op_type: str) -> None:
    """Says that an op type has no gradient: gradients stop there. Stands for
    `tf.NotDifferentiable`.

    Raises:
      TypeError: the op type is not a string.
    """
    _register(op_type, None)


NotDifferentiable = NoGradient = no_gradient


def get_gradient_function(op: Operation) -> Callable[..., Any] | None:
    """The gradient function of a node; None where gradients stop.

    Raises:
      LookupError: the op type has no gradient registered.
    """
    if not op._inputs:
        return None
    override = op._attrs.get("_gradient_op_type")
    if override is None:
        custom = op._gradient_function
        if custom is not None:
            return custom
        entry = op._entry
        if entry is not None:
            if entry.gradient_rule is not None:
                return entry.gradient_rule
            if not entry.differentiable:
                return None
    name = op._type if override is None else override.s.decode()
    if name in GRADIENTS:
        return GRADIENTS[name]
    entry = lookup(name)
    if entry is not None and entry.gradient_rule is not None:
        return entry.gradient_rule
    if entry is not None and not entry.differentiable:
        return None
    raise LookupError(f"gradient registry has no entry for: {name}")
