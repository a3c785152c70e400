"""The table of entries: what each op type means, keyed by op type."""

import functools
import inspect
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from evergraph.graph.signature import Signature, parse

Rule = Callable[..., Any]


class ShapeError(Exception):
    """A shape rule's complaint: the first half of TensorFlow's message; the node is added later."""


class Entry:
    """All that evergraph knows of an op type. Made by `op`; filled by its decorators."""

    __slots__ = (
        "signature",
        "name",
        "host",
        "view",
        "scalars",
        "shape_rule",
        "torch_kernel",
        "numpy_kernel",
        "chooser",
        "numpy_chooser",
        "gradient_rule",
        "differentiable",
        "held",
        "in_place",
        "complaint",
        "_cache",
    )

    def __init__(
        self, signature: Signature, host: Iterable[str], view: bool, scalars: Iterable[str]
    ) -> None:
        self.signature = signature
        self.name = signature.name
        names = [a.name for a in signature.inputs]
        self.host = frozenset(names.index(h) for h in host)
        self.view = view
        self.held = False
        self.scalars = frozenset(names.index(s) for s in scalars)
        self.shape_rule: Rule | None = None
        self.torch_kernel: Rule | None = None
        self.numpy_kernel: Rule | None = None
        self.chooser: Rule | None = None
        self.numpy_chooser: Rule | None = None
        self.gradient_rule: Rule | None = None
        self.differentiable = True
        self.in_place: Rule | None = None
        self.complaint: Rule | None = None
        self._cache: dict[str, Any] = {}

    def shape(self, rule: Rule) -> Rule:
        """`rule(node)` gives the dims of the output, or a list with the dims of each output."""
        self.shape_rule = rule
        return rule

    def kernel(self, fn: Rule) -> Rule:
        """`fn(*inputs, **attrs)` computes the outputs with torch."""
        self.torch_kernel = fn
        return fn

    def numpy(self, fn: Rule) -> Rule:
        """`fn(*inputs, **attrs)` computes the outputs with NumPy, for values kept on the host."""
        self.numpy_kernel = fn
        return fn

    def specialize(self, choose: Rule) -> Rule:
        """`choose(node)` returns the torch kernel for this node, once per plan."""
        self.chooser = choose
        return choose

    def specialize_numpy(self, choose: Rule) -> Rule:
        """`choose(node)` returns the NumPy kernel for this node in plans, once per plan: one that
        does what the `numpy` kernel does, quicker."""
        self.numpy_chooser = choose
        return choose

    def updates_in_place(self, fn: Rule) -> Rule:
        """`fn` may write its first input (a variable's cell) where the plan proves it safe."""
        self.in_place = fn
        return fn

    def on_failure(self, rule: Rule) -> Rule:
        """`rule(node, *inputs)` raises what TensorFlow would where the kernel failed on these
        inputs."""
        self.complaint = rule
        return rule

    def gradient(self, rule: Rule) -> Rule:
        """`rule(node, *grads)` builds the gradient of each input."""
        self.gradient_rule = rule
        return rule

    def not_differentiable(self) -> None:
        """Gradients stop at this op."""
        self.differentiable = False

    @property
    def has_kernel(self) -> bool:
        return not (
            self.torch_kernel is None and self.numpy_kernel is None and self.chooser is None
        )

    def __repr__(self) -> str:
        return f"<Entry {self.name}>"


REGISTRY: dict[str, Entry] = {}


def op(
    signature: str,
    attrs: str = "",
    *,
    host: Sequence[str] = (),
    view: bool = False,
    held: bool = False,
    scalars: Sequence[str] = (),
    stateful: bool = False,
    commutative: bool = False,
    aggregate: bool = False,
    allows_uninitialized_input: bool = False,
    deprecated: tuple[int, str] | None = None,
) -> Entry:
    """Registers an op type by its signature; the entry is then filled with rules and kernels.

    With `held` outputs may be what an object holds (an array, a stack, a list): nobody's own.
    """
    parsed = parse(
        signature,
        attrs,
        is_stateful=stateful,
        is_commutative=commutative,
        is_aggregate=aggregate,
        allows_uninitialized_input=allows_uninitialized_input,
        deprecated=deprecated,
    )
    if parsed.name in REGISTRY:
        raise ValueError(f"op {parsed.name} is registered twice")
    entry = REGISTRY[parsed.name] = Entry(parsed, host, view, scalars)
    entry.held = held
    return entry


def lookup(op_type: str) -> Entry | None:
    """The entry of an op type, or None."""
    return REGISTRY.get(op_type)


def keyword_names(fn: Rule) -> tuple[str, ...]:
    """The keyword-only parameters that a kernel wants by name; () for torch's and NumPy's own."""
    if not isinstance(fn, (types.FunctionType, types.MethodType, functools.partial)):
        return ()
    parameters = inspect.signature(fn).parameters.values()
    bound = fn.keywords if isinstance(fn, functools.partial) else ()
    only = inspect.Parameter.KEYWORD_ONLY
    return tuple(p.name for p in parameters if p.kind is only and p.name not in bound)
