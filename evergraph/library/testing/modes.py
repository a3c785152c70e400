"""Decorators that say in which modes a test runs."""

import contextlib
import functools
import inspect
import os
import unittest
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from absl.testing import parameterized

from evergraph.api import control_flow_util
from evergraph.api.script_ops import py_func
from evergraph.api.variable_base import Variable
from evergraph.base import tf2
from evergraph.base.decorator import make_decorator
from evergraph.graph import defaults
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.tensor import Tensor
from evergraph.library.device_lib import is_gpu_available
from evergraph.library.eager import context, def_function
from evergraph.library.testing.switches import is_xla_enabled

Test = Callable[..., Any]
PREFIX = unittest.TestLoader.testMethodPrefix


def _with_or_without_call(decorate: Callable[[Any], Any], func: Any) -> Any:
    """What `@decorator` and `@decorator()` are to give."""
    return decorate if func is None else decorate(func)


def _methods_only(f: Any, name: str, hint: str = "") -> None:
    if inspect.isclass(f):
        raise ValueError(f"`{name}` only supports test methods.{hint}")


def _skip_unless(func: Any, name: str, condition: Callable[[], bool], reason: str) -> Any:
    """A decorator of test methods that skips them unless `condition()`."""

    def decorate(f: Test) -> Test:
        _methods_only(f, name)

        def decorated(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not condition():
                self.skipTest(reason)
            return f(self, *args, **kwargs)

        return decorated

    return _with_or_without_call(decorate, func)


def run_in_graph_and_eager_modes(
    func: Any = None,
    config: Any = None,
    use_gpu: bool = True,
    reset_test: bool = True,
    assert_no_eager_garbage: bool = False,
) -> Any:
    """Run a test method in a graph and session, and again with eager execution.

    Args:
      func: The method; the decorator is returned if it is None.
      config, use_gpu: What `test_session` gets. Eager ops are on the CPU unless `use_gpu`.
      reset_test: Whether `tearDown` and `setUp` run between the two.
      assert_no_eager_garbage: Has no effect.

    Raises:
      ValueError: If `func` is a class.
    """

    def decorate(f: Test) -> Test:
        hint = " Did you mean to use `run_all_in_graph_and_eager_modes`?"
        _methods_only(f, "run_in_graph_and_eager_modes", hint)

        def decorated(self: Any, *args: Any, **kwargs: Any) -> None:
            # A test that one mode skips is still run in the other.
            with contextlib.suppress(unittest.SkipTest):
                with (
                    context.graph_mode(),
                    self.test_session(use_gpu=use_gpu, config=config),
                ):
                    f(self, *args, **kwargs)
            if reset_test:
                self.tearDown()
                self._tempdir = None
            with Graph().as_default(), context.eager_mode():
                if reset_test:
                    self.setUp()
                with defaults.device(None if use_gpu else "/device:CPU:0"):
                    f(self, *args, **kwargs)

        return decorated

    return _with_or_without_call(decorate, func)


def run_all_in_graph_and_eager_modes(cls: type) -> type:
    """Apply `run_in_graph_and_eager_modes` to the test methods of a class."""
    for name in dir(cls):
        left_out = name.startswith(("testSkipEager", "test_skip_eager")) or name == "test_session"
        if name.startswith(PREFIX) and not left_out and callable(getattr(cls, name, None)):
            setattr(cls, name, run_in_graph_and_eager_modes(getattr(cls, name)))
    return cls


def build_as_function_and_v1_graph(func: Any = None) -> Any:
    """Run a parameterized test method that builds a graph: in a graph, and in a tf.function."""

    def decorate(f: Test) -> Test:
        _methods_only(f, "run_in_graph_mode_and_function")

        @parameterized.named_parameters(("_v1_graph", "v1_graph"), ("_function", "function"))
        @functools.wraps(f)
        def decorated(self: Any, run_mode: str, *args: Any, **kwargs: Any) -> None:
            if run_mode == "v1_graph":
                with Graph().as_default():
                    f(self, *args, **kwargs)
                return
            with Graph().as_default(), context.eager_mode():
                def_function.function(lambda: f(self, *args, **kwargs) and None)()

        return decorated

    return _with_or_without_call(decorate, func)


def also_run_as_tf_function(f: Test) -> Test:
    """Run a test eagerly, and again in a tf.function."""

    def decorated(*args: Any, **kwargs: Any) -> None:
        def bound() -> None:
            f(*args, **kwargs)

        with context.eager_mode():
            bound()
            def_function.function(bound, autograph=False)()

    return decorated


def py_func_if_in_function(f: Test) -> Test:
    """Let `f` see values: in a function it becomes a py_func of the arguments that are tensors."""

    def decorated(*args: Any, **kwargs: Any) -> Any:
        if not get_default_graph().building_function:
            return f(*args, **kwargs)
        places = [i for i, arg in enumerate(args) if isinstance(arg, (Tensor, Variable))]

        def of_values(*values: Any) -> Any:
            whole = list(args)
            for i, value in zip(places, values, strict=True):
                whole[i] = value
            return f(*whole, **kwargs)

        return py_func(of_values, [args[i] for i in places], [])

    return make_decorator(f, decorated)


def deprecated_graph_mode_only(func: Any = None) -> Any:
    """Run a test method, or all of a class, in graph mode, the only one here."""
    return _with_or_without_call(lambda f: f, func)


run_deprecated_v1 = deprecated_graph_mode_only


def run_v1_only(reason: str, func: Any = None) -> Any:
    """Run a test method, or those of a class, unless TensorFlow 2's behaviour is switched on.

    Raises:
      ValueError: If `reason` is no string.
    """
    if not isinstance(reason, str):
        raise ValueError(f"'reason' should be string, got {type(reason)}")

    def decorate(f: Any) -> Any:
        if inspect.isclass(f):
            if hasattr(f, "setUp"):  # a benchmark has none
                f.setUp = decorate(f.setUp)
            return f

        @functools.wraps(f)
        def decorated(self: Any, *args: Any, **kwargs: Any) -> Any:
            if tf2.enabled():
                self.skipTest(reason)
            return f(self, *args, **kwargs)

        return decorated

    return _with_or_without_call(decorate, func)


def run_v2_only(func: Any = None) -> Any:
    """Run a test method only with TensorFlow 2's behaviour."""
    return _skip_unless(func, "run_v2_only", tf2.enabled, "Test is only compatible with v2")


def run_gpu_only(func: Any = None) -> Any:
    """Run a test method only where there is a GPU."""
    return _skip_unless(func, "run_gpu_only", is_gpu_available, "Test requires GPU")


def run_cuda_only(func: Any = None) -> Any:
    """Run a test method only where there is a CUDA GPU."""
    return _skip_unless(func, "run_cuda_only", is_gpu_available, "Test requires CUDA GPU")


def skip_if(condition: Any) -> Callable[[Test], Test]:
    """Do nothing in place of a function if `condition`, or what it returns when called, is true."""

    def decorate(fn: Test) -> Test:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            skip = condition() if callable(condition) else condition
            return None if skip else fn(*args, **kwargs)

        return wrapper

    return decorate


def enable_c_shapes(fn: Test) -> Test:
    """Return `fn`."""
    return fn


def with_c_shapes(cls: type) -> type:
    """Return `cls`."""
    return cls


def _with_setting(fn: Test, holder: Any, name: str, value: Any) -> Test:
    """A function that runs `fn` while `holder` has this value of an attribute."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        before = getattr(holder, name)
        setattr(holder, name, value)
        try:
            return fn(*args, **kwargs)
        finally:
            setattr(holder, name, before)

    return wrapper


def enable_control_flow_v2(fn: Test) -> Test:
    """Run a test with `control_flow_util.ENABLE_CONTROL_FLOW_V2` set."""
    return _with_setting(fn, control_flow_util, "ENABLE_CONTROL_FLOW_V2", True)


def with_control_flow_v2(cls: type) -> type:
    """Add to a class each of its tests a second time, with control flow v2."""
    if control_flow_util.ENABLE_CONTROL_FLOW_V2:
        return cls
    for name, value in list(vars(cls).items()):
        disabled = getattr(value, "_disable_control_flow_v2", False)
        if callable(value) and name.startswith(PREFIX) and not disabled:
            setattr(cls, name + "WithControlFlowV2", enable_control_flow_v2(value))
    return cls


def disable_control_flow_v2(unused_msg: str) -> Callable[[Test], Test]:
    """Keep `with_control_flow_v2` from repeating a test."""

    def decorate(func: Test) -> Test:
        func._disable_control_flow_v2 = True  # type: ignore[attr-defined]
        return func

    return decorate


def enable_output_all_intermediates(fn: Test) -> Test:
    """Return `fn`: what functional control flow outputs for gradients is not asked for here."""
    return fn


def use_deterministic_cudnn(func: Any = None) -> Any:
    """Run a test with the environment's TF_CUDNN_DETERMINISTIC set."""

    def decorate(f: Test) -> Test:
        def decorated(self: Any, *args: Any, **kwargs: Any) -> Any:
            before = os.environ.get("TF_CUDNN_DETERMINISTIC", "")
            os.environ["TF_CUDNN_DETERMINISTIC"] = "true"
            result = f(self, *args, **kwargs)
            os.environ["TF_CUDNN_DETERMINISTIC"] = before
            return result

        return decorated

    return _with_or_without_call(decorate, func)


def disable_xla(description: str) -> Callable[..., Any]:
    """Run a test method only if XLA is not in use; it never is."""

    def decorate(func: Test) -> Test:
        def decorated(self: Any, *args: Any, **kwargs: Any) -> Any:
            return None if is_xla_enabled() else func(self, *args, **kwargs)

        return decorated

    return decorate


no_xla_auto_jit = disable_xla


def xla_allow_fallback(description: str) -> Callable[..., Any]:
    """Return the decorator that changes nothing: XLA is not in use."""
    return lambda func: func


def enable_tf_xla_constant_folding(description: str) -> Callable[..., Any]:
    """Return the decorator that changes nothing: XLA is not in use.

    Raises:
      ValueError: If `description` is no string.
    """
    if not isinstance(description, str):
        raise ValueError(f"'description' should be string, got {type(description)}")
    return lambda func: func


def for_all_test_methods(
    decorator: Callable[..., Callable[[Test], Test]], *args: Any, **kwargs: Any
) -> Callable[[type], type]:
    """A class decorator that applies `decorator(*args, **kwargs)` to all test methods."""

    def decorate(cls: type) -> type:
        for name in dir(cls):
            value = getattr(cls, name)
            if callable(value) and name.startswith("test") and name != "test_session":
                setattr(cls, name, decorator(*args, **kwargs)(value))
        return cls

    return decorate


def _combine_named_parameters(**kwargs: Any) -> list[OrderedDict[str, Any]]:
    """All combinations of the values of options, each a dict sorted by the names' first letters."""
    if not kwargs:
        return [OrderedDict()]
    (key, values), *rest = sorted(kwargs.items(), key=lambda item: item[0][0])
    return [
        OrderedDict(sorted([*combined.items(), (key, value)], key=lambda item: item[0][0]))
        for value in (values if isinstance(values, list) else [values])
        for combined in _combine_named_parameters(**dict(rest))
    ]


def generate_combinations_with_testcase_name(**kwargs: Any) -> list[OrderedDict[str, Any]]:
    """All combinations of the values of options, each with a name of its own for the test."""

    def plain(text: Any) -> str:
        return "".join(filter(str.isalnum, str(text)))

    named = []
    for combination in _combine_named_parameters(**kwargs):
        name = "".join(f"_{plain(key)}_{plain(value)}" for key, value in combination.items())
        named.append(OrderedDict([*combination.items(), ("testcase_name", f"_test{name}")]))
    return named
