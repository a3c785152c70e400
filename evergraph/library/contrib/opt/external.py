"""Optimization by programs that see the variables as one vector."""

import importlib
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evergraph.api import array_ops
from evergraph.api.creation import placeholder
from evergraph.api.variables import trainable_variables
from evergraph.autodiff.gradients import gradients
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.scopes import get_default_session


def _sizes(tensor: Any) -> tuple[int, ...]:
    return tuple(tensor.get_shape().as_list())


def _gradients(tensor: Any, variables: Sequence[Any]) -> list[Any]:
    """The gradients, zeros where there is none."""
    found = gradients(tensor, variables)
    return [
        array_ops.zeros_like(v) if grad is None else grad
        for v, grad in zip(variables, found, strict=True)
    ]


def _pack(tensors: Sequence[Any]) -> Any:
    """Tensors as one vector."""
    flat = [array_ops.reshape(tensor, [-1]) for tensor in tensors]
    if not flat:
        return None
    return flat[0] if len(flat) == 1 else array_ops.concat(flat, 0)


@export("contrib.opt.ExternalOptimizerInterface")
class ExternalOptimizerInterface:
    """Hands a loss, its gradient and constraints to a program; a derived class defines
    `_minimize`. Stands for `tf.contrib.opt.ExternalOptimizerInterface`.

    Args:
      loss: the scalar to make small.
      var_list: the variables; default: those that are trained.
      equalities: scalars to be kept at 0.
      inequalities: scalars to be kept from being negative.
      var_to_bounds: for variables, a pair of bounds that broadcast to its shape.
      **optimizer_kwargs: for `_minimize`.
    """

    def __init__(
        self,
        loss: Any,
        var_list: Any = None,
        equalities: Any = None,
        inequalities: Any = None,
        var_to_bounds: Any = None,
        **optimizer_kwargs: Any,
    ) -> None:
        self._loss = loss
        self._equalities = equalities or []
        self._inequalities = inequalities or []
        self._vars = trainable_variables() if var_list is None else list(var_list)
        self._packed_bounds = None if var_to_bounds is None else self._bounds(var_to_bounds)
        self._update_placeholders = [placeholder(v.dtype) for v in self._vars]
        self._var_updates = [
            v.assign(array_ops.reshape(value, _sizes(v)))
            for v, value in zip(self._vars, self._update_placeholders, strict=True)
        ]
        loss_grads = _gradients(loss, self._vars)
        equality_grads = [_gradients(x, self._vars) for x in self._equalities]
        inequality_grads = [_gradients(x, self._vars) for x in self._inequalities]
        self.optimizer_kwargs = optimizer_kwargs
        self._packed_var = _pack(self._vars)
        self._packed_loss_grad = _pack(loss_grads)
        self._packed_equality_grads = [_pack(grads) for grads in equality_grads]
        self._packed_inequality_grads = [_pack(grads) for grads in inequality_grads]
        ends = itertools.accumulate((int(np.prod(_sizes(v))) for v in self._vars), initial=0)
        self._packing_slices = [slice(*pair) for pair in itertools.pairwise(ends)]

    def _bounds(self, var_to_bounds: dict[Any, Any]) -> list[tuple[Any, Any]]:
        found: list[tuple[Any, Any]] = []
        for v in self._vars:
            low, high = var_to_bounds.get(v, (-np.inf, np.inf))
            shape = v.get_shape().as_list()
            sides = (np.broadcast_to(side, shape).flat for side in (low, high))
            found.extend(zip(*sides, strict=True))
        return found

    def minimize(
        self,
        session: Any = None,
        feed_dict: Any = None,
        fetches: Any = None,
        step_callback: Callable[..., Any] | None = None,
        loss_callback: Callable[..., Any] | None = None,
        **run_kwargs: Any,
    ) -> None:
        """Runs the program, then sets the variables.

        Args:
          session: default: the default session.
          feed_dict: what each run is fed beside the variables.
          fetches: a list of what is given to `loss_callback`.
          step_callback: called after each step with the vector of variables.
          loss_callback: called with the fetches each time the loss is computed.
          **run_kwargs: for the run that sets the variables.
        """
        session = session or get_default_session()

        def evaluated(tensors: list[Any], callback: Any = None) -> Callable[[Any], list[Any]]:
            return self._make_eval_func(tensors, session, feed_dict or {}, fetches or [], callback)

        def each(tensors: Sequence[Any]) -> list[Callable[[Any], list[Any]]]:
            return [evaluated([tensor]) for tensor in tensors]

        result = self._minimize(
            loss_grad_func=evaluated([self._loss, self._packed_loss_grad], loss_callback),
            equality_funcs=each(self._equalities),
            equality_grad_funcs=each(self._packed_equality_grads),
            inequality_funcs=each(self._inequalities),
            inequality_grad_funcs=each(self._packed_inequality_grads),
            initial_val=session.run(self._packed_var),
            packed_bounds=self._packed_bounds,
            step_callback=step_callback or (lambda xk: None),
            optimizer_kwargs=self.optimizer_kwargs,
        )
        values = [result[part] for part in self._packing_slices]
        feeds = dict(zip(self._update_placeholders, values, strict=True))
        session.run(self._var_updates, feed_dict=feeds, **run_kwargs)

    def _minimize(
        self,
        initial_val: Any,
        loss_grad_func: Any,
        equality_funcs: Any,
        equality_grad_funcs: Any,
        inequality_funcs: Any,
        inequality_grad_funcs: Any,
        packed_bounds: Any,
        step_callback: Any,
        optimizer_kwargs: Any,
    ) -> Any:
        """The best vector. A derived class overrides it."""
        raise NotImplementedError(
            "To use ExternalOptimizerInterface, subclass from it and implement the _minimize() "
            "method."
        )

    def _make_eval_func(
        self, tensors: Any, session: Any, feed_dict: Any, fetches: Any, callback: Any = None
    ) -> Callable[[Any], list[Any]]:
        """A function of the vector that runs tensors."""
        tensors = tensors if isinstance(tensors, list) else [tensors]

        def run(x: Any) -> list[Any]:
            feeds = {
                v: x[part].reshape(_sizes(v))
                for v, part in zip(self._vars, self._packing_slices, strict=True)
            }
            values = session.run(tensors + fetches, feed_dict=feeds | feed_dict)
            if callable(callback):
                callback(*values[len(tensors) :])
            return values[: len(tensors)]

        return run


@export("contrib.opt.ScipyOptimizerInterface")
class ScipyOptimizerInterface(ExternalOptimizerInterface):
    """Optimization by `scipy.optimize.minimize`, by default with L-BFGS-B; needs SciPy.

    Stands for `tf.contrib.opt.ScipyOptimizerInterface`. Arguments: `ExternalOptimizerInterface`'s;
    others are `scipy.optimize.minimize`'s, `method` among them.
    """

    _DEFAULT_METHOD = "L-BFGS-B"

    def _minimize(
        self,
        initial_val: Any,
        loss_grad_func: Any,
        equality_funcs: Any,
        equality_grad_funcs: Any,
        inequality_funcs: Any,
        inequality_grad_funcs: Any,
        packed_bounds: Any,
        step_callback: Any,
        optimizer_kwargs: Any,
    ) -> Any:
        def loss_and_gradient(x: Any) -> tuple[Any, Any]:
            loss, gradient = loss_grad_func(x)
            return np.float64(loss), gradient.astype("float64")

        def constraints(kind: str, functions: Any, gradients: Any) -> list[dict[str, Any]]:
            return [
                {"type": kind, "fun": _single(f), "jac": _single(g)}
                for f, g in zip(functions, gradients, strict=True)
            ]

        given = dict(optimizer_kwargs)
        arguments = {
            "jac": True,
            "callback": step_callback,
            "method": given.pop("method", self._DEFAULT_METHOD),
            "constraints": [
                *constraints("eq", equality_funcs, equality_grad_funcs),
                *constraints("ineq", inequality_funcs, inequality_grad_funcs),
            ],
            "bounds": packed_bounds,
        }
        for name in arguments:
            if name in given and name == "bounds":
                raise ValueError("Bounds must be set using the var_to_bounds argument")
            if name in given:
                raise ValueError(
                    f"Optimizer keyword arg '{name}' is set automatically and cannot be injected "
                    "manually"
                )
        optimize = importlib.import_module("scipy.optimize")  # SciPy is no requirement
        result = optimize.minimize(
            loss_and_gradient, np.asarray(initial_val, np.float64), **arguments, **given
        )
        _report(result)
        return result["x"]


def _single(function: Callable[[Any], list[Any]]) -> Callable[[Any], Any]:
    """The one value of the function's list, of the only type that SciPy's newer solvers take."""
    return lambda x: np.asarray(function(x)[0], np.float64)


def _report(result: Any) -> None:
    lines = [
        "Optimization terminated with:",
        f"  Message: {result.message}",
        f"  Objective function value: {result.fun:f}",
    ]
    if hasattr(result, "nit"):
        lines.append(f"  Number of iterations: {result.nit}")
    if hasattr(result, "nfev"):
        lines.append(f"  Number of functions evaluations: {result.nfev}")
    logging.info("\n".join(lines))
