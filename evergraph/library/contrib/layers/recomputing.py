"""Functions that are computed again where their gradients are taken: `recompute_grad`."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evergraph.api import array_ops, control_flow_util, grouping, math_ops
from evergraph.api.custom_gradient import custom_gradient
from evergraph.api.variable_scope import get_variable_scope, variable_scope
from evergraph.api.variables import Variable
from evergraph.autodiff.gradients import gradients
from evergraph.base import dtypes, tf_inspect
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import arg_scope, current_arg_scope
from evergraph.library.eager.backprop import GradientTape

Function = Callable[..., Any]
_BY_DEVICE = "__rev_block_lib_default"


def keep_name(function: Function, wrapper: Function) -> Function:
    """`wrapper` under the name of `function`, where that has one."""
    if isinstance(function, functools.partial):
        return wrapper
    return functools.wraps(function)(wrapper)


@export("contrib.layers.recompute_grad")
def recompute_grad(*args: Any, **kwargs: Any) -> Any:
    """Decorator, with arguments or without: the function is computed again where its gradient is
    taken, so that what it computed between need not be kept. Stands for
    `tf.contrib.layers.recompute_grad`.

    Args:
      fn: takes tensors and returns tensors. Its variables must be resource variables. If it has an
        argument `is_recomputing`, that is True in the second computation, which should then leave
        out updates of moving averages and the like.
      use_data_dep: whether the second computation waits for the gradients by a data dependency,
        which XLA respects, rather than by control dependencies. Default: only where XLA compiles.
      tupleize_grads: whether all gradients are there before any is used.

    Raises:
      ValueError: the function closes over tensors or variables; at a call, an input is no tensor;
        in gradients, the second computation used other variables than the first.
    """
    if len(args) == 1 and not kwargs and callable(args[0]):
        return _recomputed(args[0])
    return lambda fn: _recomputed(fn, *args, **kwargs)


def _recomputed(
    fn: Function, use_data_dep: Any = _BY_DEVICE, tupleize_grads: bool = False
) -> Function:
    for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True):
        value = cell.cell_contents
        if isinstance(value, (Tensor, Variable)):
            raise ValueError(
                f"fn decorated with @recompute_grad closes over Tensor {value.name} "
                f"(local variable name: {name}). The decorated fn must not close over Tensors or "
                "Variables because gradients will NOT be computed for them through fn. To ensure "
                "correct gradients, make the Tensor an input to fn."
            )

    def wrapped(*args: Any) -> Any:
        if not all(isinstance(arg, Tensor) for arg in args):
            raise ValueError("All inputs to function must be Tensors")
        by_data = use_data_dep
        if by_data == _BY_DEVICE:
            context = get_default_graph()._get_control_flow_context()
            by_data = control_flow_util.GetContainingXLAContext(context) is not None
        return custom_gradient(_Recomputation(fn, by_data, tupleize_grads))(*args)

    return keep_name(fn, wrapped)


class _Recomputation:
    """One call of a function, and how to compute it again."""

    def __init__(self, fn: Function, by_data: bool, gate: bool) -> None:
        self.fn, self.by_data, self.gate = fn, by_data, gate
        self.takes_flag = "is_recomputing" in tf_inspect.getargspec(fn).args
        self.__name__ = getattr(fn, "__name__", "recomputed")

    def __call__(self, *args: Any) -> Any:
        self.args = args
        self.scope, self.defaults = get_variable_scope(), current_arg_scope()
        outputs, self.variables = self._compute(args, again=False)

        def grad_of_variables(*grads: Any, **kwargs: Any) -> Any:
            variables = kwargs["variables"]
            assert variables, (
                "Fn created variables but the variables were not passed to the gradient fn."
            )
            self._check(variables)
            return self._gradients(grads, variables)

        def grad(*grads: Any) -> Any:
            return self._gradients(grads, [])[0]

        # Whether there is an argument for variables tells custom_gradient what it will get.
        return outputs, grad_of_variables if self.variables else grad

    def _compute(self, args: Sequence[Any], again: bool) -> tuple[Any, list[Any]]:
        """The outputs, and the variables used."""
        with GradientTape() as tape:
            outputs = self.fn(*args, **({"is_recomputing": again} if self.takes_flag else {}))
        return outputs, list(tape.watched_variables())

    def _check(self, variables: Sequence[Any]) -> None:
        if {id(v) for v in variables} != {id(v) for v in self.variables}:
            raise ValueError(
                "The variables used on recompute were different than the variables originally\n"
                "used. The function wrapped with @recompute_grad likley creates its own variable\n"
                "scope with a default name and has been called twice in the same enclosing scope.\n"
                "To fix, ensure each call to the function happens in its own unique variable\n"
                "scope.\n"
            )

    def _gradients(self, grads: Any, variables: list[Any]) -> tuple[list[Any], list[Any]]:
        # Copies, at which the gradients stop.
        inputs = [array_ops.identity(x) for x in self.args]
        # Whatever is not ordered after the gradients would be computed once for both.
        with control_dependencies([g for g in grads if g is not None]):
            if self.by_data:
                inputs = _after(grads, inputs)
            with arg_scope(self.defaults), variable_scope(self.scope, reuse=True):
                outputs, used = self._compute(inputs, again=True)
                self._check(used)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        found = gradients(outputs, inputs + variables, grads)
        if self.gate:
            found = _gated_by_data(found) if self.by_data else grouping.tuple(found)
        return found[: len(inputs)], found[len(inputs) :]


def _gated_by_data(tensors: Any) -> Any:
    return _after(tensors, tensors)


def _after(first: Sequence[Any], then: Sequence[Any]) -> list[Any]:
    """`then`, each plus a zero that is made of all of `first`."""

    def element(x: Any) -> Any:
        rank = x.get_shape().ndims
        if rank is None:
            raise ValueError(f"Rank of Tensor {x} must be known")
        begin, size = (convert_to_tensor([n] * rank, dtype=dtypes.int32) for n in (0, 1))
        return array_ops.reshape(array_ops.slice(x, begin, size), [])

    total = math_ops.add_n([element(x) for x in first if x is not None])
    if not total.dtype.is_floating:
        raise ValueError("_force_data_dependency only supports floating dtypes.")
    tiny = np.finfo(total.dtype.as_numpy_dtype).tiny
    zero = array_ops.stop_gradient(tiny * total)
    return [None if x is None else array_ops.identity(x) + zero for x in then]
