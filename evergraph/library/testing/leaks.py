"""Decorators that check what a test leaves behind."""

import functools
import gc
from collections.abc import Callable
from typing import Any

from evergraph.base.tensor_shape import Dimension, TensorShape
from evergraph.graph.graph import Graph
from evergraph.graph.tensor import Tensor
from evergraph.library.eager import context

Test = Callable[..., Any]
KINDS = (Tensor, TensorShape, Dimension)


def assert_no_new_pyobjects_executing_eagerly(f: Test) -> Test:
    """Run a test eagerly several times and check that no objects pile up."""

    @functools.wraps(f)
    def decorated(self: Any, *args: Any, **kwargs: Any) -> None:
        with context.eager_mode():
            gc.disable()
            try:
                for _ in range(2):  # what is kept from the first times on is no leak
                    f(self, *args, **kwargs)
                gc.collect()
                before = len(gc.get_objects())
                for _ in range(3):
                    f(self, *args, **kwargs)
                gc.collect()
                after = len(gc.get_objects())
            finally:
                gc.enable()
        if after > before:
            raise AssertionError(
                f"new_count({after}) is not less than or equal to previous_count({before})"
            )

    return decorated


def _alive() -> list[Any]:
    """The tensors and shapes that the garbage collector knows."""
    # By type, since `isinstance` would wake the lazy objects of other libraries.
    return [obj for obj in gc.get_objects() if issubclass(type(obj), KINDS)]


def assert_no_new_tensors(f: Test) -> Test:
    """Run a test in a graph of its own and check that no tensors or shapes outlive it."""

    @functools.wraps(f)
    def decorated(self: Any, **kwargs: Any) -> Any:
        before = {id(obj) for obj in _alive()}
        with Graph().as_default():
            result = f(self, **kwargs)
        gc.collect()
        left = [obj for obj in _alive() if id(obj) not in before]
        if left:
            raise AssertionError(f"{len(left)} Tensors not deallocated after test: {left}")
        return result

    return decorated


def assert_no_garbage_created(f: Test) -> Test:
    """Run a test and check that it made no reference cycles."""

    @functools.wraps(f)
    def decorated(self: Any, **kwargs: Any) -> Any:
        gc.disable()
        flags = gc.get_debug()
        gc.collect()
        gc.set_debug(gc.DEBUG_SAVEALL)
        before = len(gc.garbage)
        try:
            result = f(self, **kwargs)
            gc.collect()
            self.assertEqual(before, len(gc.garbage), [type(x) for x in gc.garbage[before:]])
        finally:
            gc.set_debug(flags)
            del gc.garbage[before:]
            gc.enable()
        return result

    return decorated
