"""Gradients in eager execution: `tf.GradientTape` and the functions of `tf.contrib.eager`."""

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from evergraph.api.func_graph import FuncGraph
from evergraph.api.resource_variable_ops import BaseResourceVariable
from evergraph.autodiff.backward import UnconnectedGradients, gradients_helper, is_trainable
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph import tape as tapes
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.eager import jacobians

_calls = itertools.count()


def _as_tensor(x: Any) -> Any:
    """What a gradient is taken by or of: a variable's is its handle."""
    if isinstance(x, BaseResourceVariable):
        return x.handle
    return x.values if isinstance(x, IndexedSlices) else x


@export("GradientTape")
class GradientTape:
    """Records what is executed in its `with` block, for gradients. Stands for `tf.GradientTape`.

    In a graph, where nodes say themselves what they were made of, it gives the same gradients.

    Args:
      persistent: whether `gradient` may be called more than once.
      watch_accessed_variables: whether trainable variables that are read are watched.
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._tape: tapes.Tape | None = None
        self._persistent = persistent
        self._watch_accessed_variables = watch_accessed_variables
        self._recording = False

    def __enter__(self) -> "GradientTape":
        self._push_tape()
        return self

    def __exit__(self, *_: Any) -> None:
        if self._recording:
            self._pop_tape()

    def _push_tape(self) -> None:
        if self._recording:
            raise ValueError("Tape is already recording.")
        if self._tape is None:
            self._tape = tapes.Tape(self._watch_accessed_variables)
        self._tape.start()
        self._recording = True

    def _pop_tape(self) -> None:
        if not self._recording:
            raise ValueError("Tape is not recording.")
        assert self._tape is not None
        self._tape.stop()
        self._recording = False

    def watch(self, tensor: Any) -> None:
        """Has gradients by tensors or variables known later."""
        assert self._tape is not None
        for t in nest.flatten(tensor):
            if not (isinstance(t, Tensor) or hasattr(t, "handle")):
                raise ValueError(f"Passed in object of type {type(t)}, not tf.Tensor")
            if not t.dtype.is_floating:
                logging.log_first_n(
                    logging.WARN,
                    "The dtype of the watched tensor must be floating (e.g. tf.float32), got %r",
                    5,
                    t.dtype,
                )
            if hasattr(t, "handle"):
                self._tape.variables.setdefault(id(t), t)
            self._tape.watch(_as_tensor(t))

    @contextlib.contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Does not record what is in the block.

        Raises:
          RuntimeError: the tape does not record.
        """
        if self._tape is None:
            raise RuntimeError("Trying to stop recording a tape which is not recording.")
        self._pop_tape()
        try:
            yield
        finally:
            self._push_tape()

    def reset(self) -> None:
        """Forgets all that was recorded, and goes on."""
        self._pop_tape()
        self._tape = None
        self._push_tape()

    def watched_variables(self) -> tuple[Any, ...]:
        """The variables that are watched, in the order in which they were first read."""
        return () if self._tape is None else tuple(self._tape.variables.values())

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
    ) -> Any:
        """The gradients of `target` by each of `sources`, in the structure of these; None where
        there is no way from one to the other, or for what was not watched.

        Args:
          target: tensors to differentiate.
          sources: tensors or variables.
          output_gradients: gradients of something else by the targets; default: ones.
          unconnected_gradients: `ZERO` gives zeros instead of None.

        Raises:
          RuntimeError: it was called before, and the tape is not persistent.
        """
        tape = self._tape
        if tape is None:
            raise RuntimeError(
                "GradientTape.gradient can only be called once on non-persistent tapes."
            )
        if self._recording:
            if not self._persistent:
                self._pop_tape()
            else:
                logging.log_first_n(
                    logging.WARN,
                    "Calling GradientTape.gradient on a persistent tape inside its context is "
                    "slower than outside of it: the gradient is recorded, too.",
                    1,
                )
        ys = [self._read(y) for y in nest.flatten(target)]
        xs = [_as_tensor(x) for x in nest.flatten(sources)]
        given = [None] * len(ys) if output_gradients is None else nest.flatten(output_gradients)
        given = [None if g is None else convert_to_tensor(g) for g in given]
        xs = [self._inside(x, ys) for x in xs]
        found = _gradients(tape, ys, xs, given, UnconnectedGradients(unconnected_gradients))
        if not self._persistent:
            self._tape = None
        return nest.pack_sequence_as(sources, found)

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivatives of each element of `target` by each of `sources`, in the structure of
        these: of the shape of `target` and then of the source; None as by `gradient`.

        Args:
          target: a tensor.
          sources: tensors or variables.
          unconnected_gradients: `ZERO` gives zeros instead of None.
          parallel_iterations: how many elements at a time, in a graph.
          experimental_use_pfor: whether a graph differentiates all elements at once, or one after
            the other by a loop.

        Raises:
          RuntimeError: executed at once and without `experimental_use_pfor`, the tape is not
            persistent.
          ValueError: the tape records.
        """
        return jacobians.jacobian(
            self,
            target,
            sources,
            unconnected_gradients,
            parallel_iterations,
            experimental_use_pfor,
        )

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """For each row of `target`, [b, y1 ... yn], the derivatives of its elements by those of the
        same row of `source`, [b, x1 ... xm], on which alone they depend: [b, y1 ... yn, x1 ... xm].

        Args and errors are those of `jacobian`; further

        Raises:
          ValueError: a rank is below 2, or the numbers of rows differ.
        """
        return jacobians.batch_jacobian(
            self,
            target,
            source,
            unconnected_gradients,
            parallel_iterations,
            experimental_use_pfor,
        )

    def _inside(self, source: Any, targets: Sequence[Any]) -> Any:
        """What stands for `source` in the function that `targets` are of, if it is captured there:
        a variable, or a tensor that is watched."""
        graph = targets[0].graph if targets and isinstance(targets[0], Tensor) else None
        if not isinstance(graph, FuncGraph) or not isinstance(source, Tensor):
            return source
        assert self._tape is not None
        known = source.dtype == dtypes.resource or id(source) in self._tape.reached()
        inside = dict(graph.captures).get(source)
        return inside if known and inside is not None else source

    def _read(self, target: Any) -> Any:
        """What is differentiated: of a variable what it holds now."""
        if not isinstance(target, BaseResourceVariable):
            return _as_tensor(target)
        with contextlib.nullcontext() if self._recording else self:
            return convert_to_tensor(target)


def _gradients(
    tape: tapes.Tape,
    ys: Sequence[Tensor],
    xs: Sequence[Tensor],
    given: Sequence[Any],
    unconnected: UnconnectedGradients,
) -> list[Any]:
    with tape:
        reached = tape.reached()
        pairs = [
            (y, g) for y, g in zip(ys, given, strict=True) if is_trainable(y) and _known(y, reached)
        ]
        known = [x for x in xs if is_trainable(x) and _known(x, reached)]
        none = unconnected is UnconnectedGradients.NONE
        if not none:
            known = list(xs)
        if not known or (none and not pairs):
            return [None] * len(xs)
        found = gradients_helper(
            [y for y, _ in pairs],
            known,
            [g for _, g in pairs],
            # Arrays of gradients are told apart by this, and names executed at once are not unique.
            name=f"gradients_{next(_calls)}" if known[0].graph.runs_at_once else "gradients",
            unconnected_gradients=unconnected,
            src_graph=known[0].graph,
            shapes_must_fit=False,
        )
    by_source = {id(x): g for x, g in zip(known, found, strict=True)}
    return [by_source.get(id(x)) for x in xs]


def _known(tensor: Tensor, reached: set[int]) -> bool:
    return id(tensor) in reached or not tensor.graph.runs_at_once


# -- functions of functions


@export("contrib.eager.implicit_val_and_grad")
def implicit_val_and_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives what `f` does, and pairs of gradient and variable, for the trainable
    variables that `f` reads. Stands for `tf.contrib.eager.implicit_value_and_gradients`."""

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with GradientTape() as tape:
            value = f(*args, **kwargs)
        if value is None:
            raise ValueError(
                "Cannot differentiate a function that returns None; did you forget to return a "
                f"value from {f.__name__}?"
            )
        variables = tape.watched_variables()
        if not variables:
            raise ValueError(
                "No trainable variables were accessed while the function was being computed."
            )
        gradients = tape.gradient(value, list(variables))
        return value, list(zip(gradients, variables, strict=True))

    return wrapped


export("contrib.eager.implicit_value_and_gradients")(implicit_val_and_grad)


@export("contrib.eager.implicit_gradients")
def implicit_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """As `implicit_val_and_grad`, of which only the pairs."""

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return implicit_val_and_grad(f)(*args, **kwargs)[1]

    return wrapped


@export("contrib.eager.value_and_gradients_function")
def val_and_grad_function(f: Callable[..., Any], params: Any = None) -> Callable[..., Any]:
    """A function that gives what `f` does, and a list of its gradients by its arguments, those
    of the numbers or names in `params`, else all. Stands for
    `tf.contrib.eager.value_and_gradients_function`."""

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        dy = kwargs.pop("dy", None)
        if kwargs:
            raise ValueError(
                "The gradient can only be computed with respect to positional arguments"
            )
        names = f.__code__.co_varnames[: f.__code__.co_argcount]
        wanted = range(len(args)) if params is None else params
        places = [names.index(p) if isinstance(p, str) else p for p in wanted]
        tensors = [convert_to_tensor(a) if i in places else a for i, a in enumerate(args)]
        with GradientTape() as tape:
            for i in places:
                tape.watch(tensors[i])
            value = f(*tensors)
        if value is None:
            raise ValueError(
                "Cannot differentiate a function that returns None; did you forget to return a "
                f"value from {f.__name__}?"
            )
        return value, tape.gradient(value, [tensors[i] for i in places], output_gradients=dy)

    return wrapped


@export("contrib.eager.gradients_function")
def gradients_function(f: Callable[..., Any], params: Any = None) -> Callable[..., Any]:
    """As `val_and_grad_function`, of which only the gradients."""

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return val_and_grad_function(f, params)(*args, **kwargs)[1]

    return wrapped
