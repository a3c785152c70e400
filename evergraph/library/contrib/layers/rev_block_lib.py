"""Reversible residual blocks: gradients without stored activations (Gomez et al. 2017)."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, grouping, math_ops
from evergraph.api.custom_gradient import custom_gradient
from evergraph.api.variable_scope import get_variable_scope, variable_scope
from evergraph.autodiff.gradients import gradients
from evergraph.base import nest
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.library.contrib.layers.recomputing import keep_name
from evergraph.library.layers.base import Layer

Function = Callable[..., Any]
_LAYER = re.compile(r".*revlayer_([0-9]*)/([fg])/.*")


@export("contrib.layers.rev_block")
def rev_block(
    x1: Any,
    x2: Any,
    f: Any,
    g: Any,
    num_layers: int = 1,
    f_side_input: Any = None,
    g_side_input: Any = None,
    is_training: bool = True,
) -> tuple[Any, Any]:
    """Layers y1 = x1 + f(x2), y2 = x2 + g(y1), one after the other; each has variables of its own,
    and where gradients are taken it computes its inputs again, from its outputs.

    Stands for `tf.contrib.layers.rev_block`.

    Args:
      x1, x2: floating tensors.
      f, g: functions of one tensor that keep its shape, or a list with one for each layer. They may
        make variables; other tensors they must be given as side inputs.
      num_layers: how many layers there are.
      f_side_input, g_side_input: tensors that `f` and `g` take in a list as their second argument.
      is_training: whether inputs are computed again; otherwise gradients are the usual ones.

    Returns:
      y1 and y2 of the last layer.
    """
    block = RevBlock(
        f=f,
        g=g,
        num_layers=num_layers,
        f_side_input=f_side_input,
        g_side_input=g_side_input,
        use_efficient_backprop=is_training,
        _reuse=get_variable_scope().reuse,
    )
    return block.forward(x1, x2)


def _apply(function: Function, x: Any, side: Sequence[Any]) -> Any:
    return function(x, side) if side else function(x)


def _sums(lists: Sequence[Sequence[Any]]) -> list[Any]:
    """Entry by entry the sum of what is not None."""
    found = ([g for g in grads if g is not None] for grads in zip(*lists, strict=False))
    return [math_ops.add_n(grads) if grads else None for grads in found]


def _in_scope(function: Function, scope: str) -> Function:
    """`function`, with variables below `scope`."""

    def scoped(*args: Any, **kwargs: Any) -> Any:
        with variable_scope(scope, use_resource=True):
            return function(*args, **kwargs)

    return keep_name(function, scoped)


@export("contrib.layers.RevBlock")
class RevBlock(Layer):
    """`rev_block` as a layer, which can be run in both directions. Stands for
    `tf.contrib.layers.RevBlock`.

    Args:
      f, g, num_layers, f_side_input, g_side_input: as of `rev_block`.
      use_efficient_backprop: whether gradients compute a layer's inputs again.
      name: the name, also of the variable scope.
      **kwargs: as of `tf.layers.Layer`.

    Raises:
      AssertionError: there are not as many functions as layers.
    """

    def __init__(
        self,
        f: Any,
        g: Any,
        num_layers: int = 1,
        f_side_input: Any = None,
        g_side_input: Any = None,
        use_efficient_backprop: bool = True,
        name: str = "revblock",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.f, self.g = (
            [_in_scope(one, f"revlayer_{i}/{part}") for i, one in enumerate(functions)]
            for part, functions in (("f", _listed(f, num_layers)), ("g", _listed(g, num_layers)))
        )
        self.num_layers = num_layers
        self.f_side_input = f_side_input or []
        self.g_side_input = g_side_input or []
        self._use_efficient_backprop = use_efficient_backprop

    def build(self, _: Any) -> None:
        logging.warn("RevBlock constructs its variables on first call, not on build.")
        self.built = True

    def call(self, inputs: Any, forward: bool = True) -> Any:
        scope = get_variable_scope()
        count = len(scope.global_variables())
        found = self._forward(*inputs) if forward else self._backward(*inputs)
        trained = scope.trainable_variables()
        for variable in scope.global_variables()[count:]:
            kept = self._non_trainable_weights
            if any(variable is v for v in trained):
                kept = self._trainable_weights
            kept.append(variable)
        return found

    def forward(self, x1: Any, x2: Any) -> Any:
        """The outputs for given inputs."""
        return self.apply([x1, x2])

    def backward(self, y1: Any, y2: Any) -> Any:
        """The inputs for given outputs."""
        return self.apply([y1, y2], forward=False)

    def _forward(self, x1: Any, x2: Any) -> Any:
        count = len(self.f_side_input)

        def layers(x1: Any, x2: Any, *side: Any) -> Any:
            for f, g in zip(self.f, self.g, strict=True):
                y1 = x1 + _apply(f, x2, list(side[:count]))
                y2 = x2 + _apply(g, y1, list(side[count:]))
                x1, x2 = y1, y2
                if self._use_efficient_backprop:
                    x1, x2 = grouping.tuple([x1, x2])
            return x1, x2

        def reversible(*args: Any) -> Any:
            outputs = layers(*args)

            def grad(*grads: Any, **kwargs: Any) -> Any:
                return self._gradients(args[2:], outputs, grads, kwargs.get("variables", ()))

            return outputs, grad

        side = [*self.f_side_input, *self.g_side_input]
        if self._use_efficient_backprop:
            return custom_gradient(reversible)(x1, x2, *side)
        return layers(x1, x2, *side)

    def _backward(self, y1: Any, y2: Any) -> Any:
        for f, g in zip(reversed(self.f), reversed(self.g), strict=True):
            x2 = y2 - _apply(g, y1, self.g_side_input)
            y1, y2 = y1 - _apply(f, x2, self.f_side_input), x2
        return y1, y2

    def _gradients(
        self, side_inputs: Any, outputs: Any, grads: Any, variables: Any
    ) -> tuple[list[Any], list[Any]]:
        """The gradients by the inputs and by `variables`, from the last layer to the first."""
        places: dict[tuple[int, str], list[int]] = {}
        for i, variable in enumerate(variables):
            match = _LAYER.match(variable.name)
            assert match is not None
            places.setdefault((int(match[1]), match[2]), []).append(i)
        variable_grads: list[Any] = [None] * len(variables)
        side_grads: dict[str, list[Any]] = {"f": [], "g": []}
        with variable_scope(self.scope_name, reuse=True):
            for layer in reversed(range(self.num_layers)):
                at = {part: places.get((layer, part), []) for part in "fg"}
                own = {part: [variables[i] for i in at[part]] for part in "fg"}
                outputs, grads, found = self._layer_gradients(layer, outputs, grads, own)
                for part, (by_variables, by_side) in found.items():
                    side_grads[part].append(by_side)
                    for i, grad in zip(at[part], by_variables, strict=True):
                        variable_grads[i] = grad
        input_grads = [None] * len(side_inputs)
        for part, own_side in (("f", self.f_side_input), ("g", self.g_side_input)):
            for tensor, grad in zip(own_side, _sums(side_grads[part]), strict=True):
                input_grads[next(i for i, t in enumerate(side_inputs) if t is tensor)] = grad
        return [*grads, *input_grads], variable_grads

    def _layer_gradients(
        self, layer: int, ys: Any, grads: Any, variables: dict[str, list[Any]]
    ) -> Any:
        """A layer's inputs, the gradients by them, and by the variables and side inputs of each
        part. Gradients stop at what is computed again; the order of nodes is TensorFlow's."""
        (y1, y2), (grad_y1, grad_y2) = ys, grads
        y1_stop = array_ops.stop_gradient(y1)
        g_side = [array_ops.stop_gradient(t) for t in self.g_side_input]
        g_out = _apply(self.g[layer], y1_stop, g_side)
        x2 = y2 - g_out
        x2_stop = array_ops.stop_gradient(x2)
        f_side = [array_ops.stop_gradient(t) for t in self.f_side_input]
        f_out = _apply(self.f[layer], x2_stop, f_side)
        x1 = y1 - f_out

        through_g = gradients(g_out, y1_stop, grad_y2)[0]
        grad_x1 = grad_y1 + through_g
        grad_x2 = gradients(f_out, x2_stop, grad_y1)[0] + grad_y2
        grad_x2 += gradients(f_out, x2_stop, through_g)[0]
        by_g = gradients(g_out, variables["g"] + g_side, grad_y2)
        by_f = [gradients(f_out, variables["f"] + f_side, grad) for grad in (grad_y1, through_g)]
        f_count, g_count = (len(variables[part]) for part in "fg")
        sums = [
            _sums([grads[:f_count] for grads in by_f]),
            _sums([grads[f_count:] for grads in by_f]),
        ]
        parts = {"f": sums, "g": [by_g[:g_count], by_g[g_count:]]}
        found = ((x1, x2), (grad_x1, grad_x2), parts)
        gated = grouping.tuple(nest.flatten(found))
        return nest.pack_sequence_as(found, gated)


def _listed(functions: Any, count: int) -> list[Function]:
    if not isinstance(functions, list):
        return [functions] * count
    assert len(functions) == count
    return functions
