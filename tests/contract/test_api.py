"""What carries a public name of TensorFlow 1.15 takes TensorFlow's arguments and defaults."""

import ast
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from contract.golden import load

import evergraph
from evergraph.base.export import exported_symbols

assert evergraph.contrib is not None  # imported when first used
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

# Name → why its argument list is another one.
DIFFERENT = {
    "contrib.framework.nest.is_sequence": "written in C++ there; nobody passes it by name",
    "contrib.framework.nest.is_sequence_or_composite": "written in C++ there",
    "contrib.learn.Experiment.continuous_train_and_eval": "the wrapper there hides what it takes",
    "contrib.learn.RunConfig.uid": "the wrapper there hides what it takes",
    "train.Coordinator.stop_on_exception": "the wrapper there hides that it takes none",
    "train.Supervisor.managed_session": "the wrapper there hides what it takes",
}


def test_argument_lists() -> None:
    found = {}
    for name, symbol in exported_symbols().items():
        golden = load("api").get(name)
        if golden and golden["kind"] in ("function", "class") and golden.get("args") is not None:
            found.update(differences(name, symbol.load(), golden))
    assert not found, "\n".join(f"tf.{name}: {text}" for name, text in sorted(found.items()))


def test_exceptions_are_needed() -> None:
    names = load("api").keys()
    assert not [name for name in DIFFERENT if name not in names]


def differences(name: str, ours: Any, golden: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The object itself, and the methods of a class which TensorFlow documents."""
    if golden["kind"] == "class" and inspect.isclass(ours):
        for method, record in methods(name).items():
            found = inspect.getattr_static(ours, method, None)
            found = getattr(found, "__func__", found)
            if inspect.isfunction(found) and inspect.isfunction(unwrapped(found)):
                yield from compare(f"{name}.{method}", found, record)
    else:
        yield from compare(name, ours, golden)


def methods(class_name: str) -> dict[str, dict[str, Any]]:
    prefix = class_name + "."
    return {
        name.removeprefix(prefix): record
        for name, record in load("api").items()
        if name.startswith(prefix) and record["kind"] == "method"
    }


def unwrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    return inspect.unwrap(function)


def compare(name: str, ours: Any, golden: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if name in DIFFERENT:
        return
    target = ours.__init__ if inspect.isclass(ours) else ours
    try:
        parameters = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):
        return
    names = [p.name for p in parameters if p.kind in POSITIONAL]
    expected = list(golden.get("args", []))
    if (names[:1] == ["self"]) != (expected[:1] == ["self"]):  # one a class, the other a function
        names = [name for name in names if name != "self"]
        expected = [name for name in expected if name != "self"]
    if names != expected:
        yield name, f"takes {names}, TensorFlow {expected}"
        return
    stars = {p.kind.name for p in parameters} & {"VAR_POSITIONAL", "VAR_KEYWORD"}
    if stars != expected_stars(golden):
        yield name, f"takes {stars or 'no * or **'}, TensorFlow {expected_stars(golden) or 'none'}"
    defaults = [p.default for p in parameters if p.kind in POSITIONAL and p.default is not p.empty]
    texts = golden.get("defaults", [])
    if len(defaults) != len(texts):
        yield name, f"has {len(defaults)} defaults, TensorFlow {len(texts)}"
    elif not all(map(same_default, defaults, texts)):
        yield name, f"defaults are {defaults}, TensorFlow's {texts}"


def expected_stars(golden: dict[str, Any]) -> set[str]:
    found = {"varargs": "VAR_POSITIONAL", "keywords": "VAR_KEYWORD"}
    return {star for key, star in found.items() if golden.get(key)}


def same_default(ours: Any, text: str) -> bool:
    """Whether our default is what TensorFlow's is; of objects without a literal only enums."""
    if text.startswith("<"):
        return ": " not in text or repr(ours) == text
    try:
        return bool(ours == ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return repr(ours) == text
