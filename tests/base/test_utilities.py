"""The utilities that programs import from tensorflow.python.util and tensorflow.python.platform."""

import functools
import gc
import json
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evergraph.base import (
    dispatch,
    function_utils,
    keyword_args,
    lazy_loader,
    lock_util,
    object_identity,
    serialization,
    tf_export,
    tf_inspect,
    tf_stack,
)
from evergraph.base.platform import resource_loader, sysconfig
from evergraph.base.tensor_shape import Dimension, TensorShape


class Callable:
    def method(self, a: int, b: int) -> None: ...

    def __call__(self, x: int, **kwargs: Any) -> None: ...


def plain(a: int, b: int = 2, *, c: int = 3) -> int:
    return a + b + c


def test_function_utils() -> None:
    assert function_utils.fn_args(plain) == ("a", "b")
    assert function_utils.fn_args(Callable().method) == ("a", "b")
    assert function_utils.fn_args(Callable()) == ("x",)
    assert function_utils.fn_args(functools.partial(plain, 1)) == ("b",)
    assert function_utils.fn_args(functools.partial(plain, b=1)) == ("a",)
    assert function_utils.has_kwargs(Callable()) and not function_utils.has_kwargs(plain)
    assert function_utils.get_func_name(Callable().method) == "Callable.method"
    assert function_utils.get_func_name(Callable()) == str(Callable)
    assert function_utils.get_func_code(plain) is plain.__code__
    with pytest.raises(TypeError, match="fn should be a function-like object, but is of type"):
        function_utils.has_kwargs(3)
    with pytest.raises(ValueError, match="Argument must be callable"):
        function_utils.get_func_name(3)


def test_argspec_of_partial() -> None:
    spec = tf_inspect.getargspec(functools.partial(plain, b=5))
    assert (spec.args, spec.defaults) == (["a", "b"], (5,))
    with pytest.raises(ValueError, match=r"Some arguments \['b'\] do not have default value"):
        tf_inspect.getargspec(functools.partial(lambda a, b: 0, a=1))
    with pytest.raises(ValueError, match="contains an unknown partial keyword"):
        tf_inspect.getargspec(functools.partial(plain, c=1))


def test_argspec_of_class_and_object() -> None:
    assert tf_inspect.getargspec(Callable()).args == ["self", "x"]
    assert tf_inspect.getargspec(TensorShape).args == ["self", "dims"]


def test_identity() -> None:
    a, b = [1], [1]
    mapping = object_identity.ObjectIdentityDictionary()
    mapping[a], mapping[b] = "a", "b"
    assert mapping[a] == "a" and len(mapping) == 2 and next(iter(mapping)) is a
    members = object_identity.ObjectIdentitySet([a, a, b])
    assert len(members) == 2 and [1] not in members and a in members
    assert len(members.difference([a])) == 1
    assert object_identity.Reference(a) == object_identity.Reference(a)
    assert object_identity.Reference(a) != object_identity.Reference(b)
    with pytest.raises(TypeError):
        object_identity.Reference(a) == a  # noqa: B015


def test_weak_identity() -> None:
    kept, lost = Callable(), Callable()
    members = object_identity.ObjectIdentityWeakSet([kept, lost])
    mapping = object_identity.ObjectIdentityWeakKeyDictionary()
    mapping[kept] = mapping[lost] = 1
    del lost
    gc.collect()
    assert list(members) == [kept] and len(members) == 1
    assert list(mapping) == [kept] and len(mapping) == 1


def test_json() -> None:
    values = [np.float32(0.5), np.arange(2), plain, TensorShape([2, None]), Dimension(3)]
    assert json.dumps(values, default=serialization.get_json_type) == (
        '[0.5, [0, 1], "plain", [2, null], 3]'
    )
    with pytest.raises(TypeError, match="Not JSON Serializable"):
        serialization.get_json_type(object())


def test_keyword_arguments_only() -> None:
    with pytest.raises(ValueError, match="Must use keyword args to call plain."):
        keyword_args.keyword_args_only(plain)(1)
    with pytest.raises(TypeError, match="plain only takes keyword args"):
        tf_export.kwarg_only(plain)(1)
    assert tf_export.kwarg_only(plain)(a=1) == keyword_args.keyword_args_only(plain)(a=1) == 6


def test_group_lock() -> None:
    lock = lock_util.GroupLock(2)
    order = []

    def other() -> None:
        with lock.group(1):
            order.append(1)

    with lock.group(0), lock.group(0):
        thread = threading.Thread(target=other)
        thread.start()
        order.append(0)
    thread.join()
    assert order == [0, 1]
    with pytest.raises(ValueError, match="group_id=2 should be between 0 and num_groups=2"):
        lock.group(2)


def test_dispatch() -> None:
    @dispatch.add_dispatch_support
    def double(x: Any, name: Any = None) -> Any:
        if isinstance(x, dict):
            raise TypeError("no dicts")
        return x * 2

    with pytest.raises(TypeError, match="no dicts"):
        double({})

    @dispatch.dispatch_for_types(double, dict)
    def double_dict(x: Any, name: Any = None) -> Any:
        return {key: value * 2 for key, value in x.items()}

    assert double(2) == 4 and double({"a": 1}) == {"a": 2} == double(x={"a": 1})
    with pytest.raises(AssertionError, match="signature must exactly match"):
        dispatch.dispatch_for_types(double, dict)(lambda y: y)
    with pytest.raises(AssertionError, match="Dispatching not enabled"):
        dispatch.OpDispatcher().register(plain)


def test_stack() -> None:
    stack = tf_stack.extract_stack(limit=1)
    assert stack[-1].name == "test_stack" and stack[-1].filename == __file__ and len(stack) == 1
    ((filename, line, name, text, start),) = tf_stack.convert_stack(stack, True)
    assert (filename, name, start) == (__file__, "test_stack", test_stack.__code__.co_firstlineno)
    assert text == "stack = tf_stack.extract_stack(limit=1)" and line == start + 1
    with tf_stack.CurrentModuleFilter():
        assert __file__ not in {frame.filename for frame in tf_stack.extract_stack()}


def test_mapped_stack() -> None:
    class Mapper(tf_stack.StackTraceMapper):
        def get_effective_source_map(self) -> dict[tuple[str, int], tuple[str, int, str]]:
            line = test_mapped_stack.__code__.co_firstlineno + 7
            return {(__file__, line): ("original.py", 3, "f")}

    with Mapper():
        frame = tf_stack.extract_stack()[-1]
    assert frame[:3] == ("original.py", 3, "f")


def test_private_export() -> None:
    def f() -> None: ...

    tf_export.tf_export("new.f", "f", v1=["old.f"])(f)
    assert tf_export.get_v1_names(f) == ["old.f"]
    assert tf_export.get_v2_names(f) == ["new.f", "f"]
    assert tf_export.get_canonical_name_for_symbol(f) == "new.f"
    with pytest.raises(tf_export.SymbolAlreadyExposedError):
        tf_export.tf_export("g")(f)
    with pytest.raises(tf_export.InvalidSymbolNameError):
        tf_export.tf_export("estimator.f")


def test_lazy_loader() -> None:
    sys.modules.pop("colorsys", None)
    names: dict[str, Any] = {}
    names["colors"] = loader = lazy_loader.LazyLoader("colors", names, "colorsys")
    assert "colorsys" not in sys.modules
    assert loader.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    assert names["colors"] is sys.modules["colorsys"]


def test_places() -> None:
    here = Path(__file__).parent
    assert resource_loader.get_data_files_path() == str(here)
    assert resource_loader.get_root_dir_with_all_resources() == str(here)
    assert resource_loader.get_path_to_datafile("x") == str(here / "x")
    assert resource_loader.readahead_file_path("x") == "x"
    with pytest.raises(OSError):
        resource_loader.load_resource("no/such/file")
    assert resource_loader.load_resource("py.typed") is not None
    assert sysconfig.get_compile_flags()[0] == f"-I{sysconfig.get_include()}"
    assert sysconfig.get_link_flags()[0] == f"-L{sysconfig.get_lib()}"
