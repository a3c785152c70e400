"""What rewritten statements call: Python's own meaning, or conditions and loops of the graph."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, control_flow_ops, math_ops
from evergraph.api.cond import cond as tf_cond
from evergraph.api.func_graph import FuncGraph
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor

Block = Callable[[], Any]


class Undefined:
    """What a variable holds that has no value yet; to use it is an error."""

    __slots__ = ("symbol_name",)

    def __init__(self, symbol_name: str) -> None:
        self.symbol_name = symbol_name

    def _fail(self, *args: Any, **kwargs: Any) -> Any:
        raise UnboundLocalError(
            f"local variable '{self.symbol_name}' referenced before assignment: it has no value, "
            "or only in one branch of an `if` on a tensor, or only in a loop over tensors"
        )

    __call__ = __iter__ = __len__ = __getitem__ = __bool__ = __float__ = __int__ = _fail
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = _fail
    __lt__ = __le__ = __gt__ = __ge__ = _fail
    __truediv__ = __rtruediv__ = __mod__ = __pow__ = __matmul__ = __abs__ = _fail

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._fail()

    def __repr__(self) -> str:
        return f"Undefined({self.symbol_name})"


def _is_symbolic(value: Any) -> bool:
    """Whether a value is known only when the graph runs."""
    return isinstance(value, Tensor) and not hasattr(value, "numpy")


def is_undefined(value: Any) -> bool:
    """Whether a variable has no value."""
    return isinstance(value, Undefined)


# -- branches


def if_stmt(
    test: Any,
    body: Block,
    orelse: Block,
    get_state: Block,
    set_state: Callable[[Any], None],
    names: Sequence[str],
    live: Sequence[str],
    in_both: Sequence[str],
) -> None:
    """`if test: body else: orelse`.

    Args:
      test: the condition.
      body, orelse: the branches.
      get_state, set_state: get and set the variables `names`.
      names: variables that a branch sets.
      live: those that are read later.
      in_both: those of them that both branches set.
    """
    if not _is_symbolic(test):
        (body if test else orelse)()
        return
    before = get_state()
    kept = [
        i
        for i, name in enumerate(names)
        if name in in_both or (name in live and not is_undefined(before[i]))
    ]

    def branch(block: Block) -> Callable[[], Any]:
        def build() -> Any:
            set_state(before)
            block()
            after = get_state()
            for i in kept:
                if is_undefined(after[i]):
                    raise ValueError(
                        f"The symbol '{names[i]}' must also be initialized in the other branch. "
                        "Alternatively, you may initialize it before the if statement."
                    )
            return [after[i] for i in kept] if kept else constant(1)

        return build

    found = tf_cond(test, branch(body), branch(orelse), strict=True)
    values = list(before)
    for i, value in zip(kept, found if kept else (), strict=True):
        values[i] = value
    for i, name in enumerate(names):
        if i not in kept:
            values[i] = Undefined(name)
    set_state(tuple(values))


def if_exp(test: Any, body: Block, orelse: Block) -> Any:
    """`body if test else orelse`."""
    if _is_symbolic(test):
        return tf_cond(test, body, orelse)
    return body() if test else orelse()


def and_(a: Block, b: Block) -> Any:
    """`a and b`."""
    first = a()
    if _is_symbolic(first):
        return tf_cond(first, b, lambda: first)
    return first and b()


def or_(a: Block, b: Block) -> Any:
    """`a or b`."""
    first = a()
    if _is_symbolic(first):
        return tf_cond(first, lambda: first, b)
    return first or b()


def not_(a: Any) -> Any:
    """`not a`."""
    return math_ops.logical_not(a) if _is_symbolic(a) else not a


def assert_stmt(test: Any, message: Block) -> Any:
    """`assert test, message`."""
    if _is_symbolic(test):
        text = message()
        return control_flow_ops.Assert(test, [text if text is not None else ""])
    if not test:
        text = message()
        raise AssertionError(*([] if text is None else [text]))
    return None


# -- loops


def while_stmt(
    test: Block,
    body: Block,
    get_state: Block,
    set_state: Callable[[Any], None],
    names: Sequence[str],
    options: dict[str, Any] | None = None,
) -> None:
    """`while test(): body()`; the variables `names` are those that the loop keeps, `options`
    arguments of `tf.while_loop`."""
    if _test_is_symbolic(test):
        _tensor_loop(test, body, get_state, set_state, names, (), options)
        return
    while True:
        goes_on = test()
        if _is_symbolic(goes_on):
            # A condition on tensors came up on the way: in a branch with a `break`.
            _tensor_loop(test, body, get_state, set_state, names, (), options)
            return
        if not goes_on:
            return
        body()


def _test_is_symbolic(test: Block) -> bool:
    if executing_eagerly():
        return False
    # Only to look at it: the nodes are nobody's.
    with FuncGraph("tmp").as_default():
        return _is_symbolic(test())


def _tensor_loop(
    test: Block,
    body: Block,
    get_state: Block,
    set_state: Callable[[Any], None],
    names: Sequence[str],
    extra: Sequence[Any] = (),
    options: dict[str, Any] | None = None,
) -> list[Any]:
    """A loop of the graph.

    `extra` are loop variables besides; `test` and `body` take their values, and `body` gives the
    next ones. Returns their last values.
    """
    before = get_state()
    kept = [i for i in range(len(names)) if not is_undefined(before[i])]

    def place(values: Sequence[Any]) -> tuple[Any, ...]:
        state = [Undefined(name) for name in names]
        for i, value in zip(kept, values, strict=True):
            state[i] = value
        return tuple(state)

    def loop_test(*values: Any) -> Any:
        set_state(place(values[len(extra) :]))
        return test(*values[: len(extra)])

    def loop_body(*values: Any) -> Any:
        set_state(place(values[len(extra) :]))
        following = body(*values[: len(extra)]) if extra else body()
        after = get_state()
        for i in kept:
            if is_undefined(after[i]):
                raise ValueError(f"'{names[i]}' has no value after the body of a loop.")
        return [*(following or ()), *(after[i] for i in kept)]

    options = options or {}
    # A loop without variables has one all the same.
    start = [*extra, *(before[i] for i in kept)]
    if not start:
        once = while_loop(lambda _: test(), lambda x: (body(), x)[1], [0], **options)
        set_state(before)
        return [once]
    found = while_loop(loop_test, loop_body, start, return_same_structure=True, **options)
    set_state(place(found[len(extra) :]))
    return list(found[: len(extra)])


def for_stmt(
    iterated: Any,
    extra_test: Block | None,
    body: Callable[[Any], Any],
    get_state: Block,
    set_state: Callable[[Any], None],
    names: Sequence[str],
    options: dict[str, Any] | None = None,
) -> None:
    """`for element in iterated: body(element)`, as long as `extra_test()` holds."""
    arguments = extra_test, body, get_state, set_state, names, options
    if _is_symbolic(iterated):
        if iterated.op.type == "Range":
            _for_range(iterated, *arguments)
        else:
            _for_tensor(iterated, *arguments)
        return
    # By what it can do, since datasets are made of functions that are rewritten.
    if hasattr(iterated, "_variant_tensor") and not executing_eagerly():
        _for_dataset(iterated, *arguments)
        return
    for element in iterated:
        test = True if extra_test is None else extra_test()
        if _is_symbolic(test):
            if_stmt(
                test,
                functools.partial(body, element),
                _nothing,
                get_state,
                set_state,
                names,
                names,
                (),
            )
        elif test:
            body(element)
        else:
            return


def _nothing() -> None:
    pass


def _with_extra(test: Any, extra_test: Block | None) -> Any:
    if extra_test is None:
        return test
    return tf_cond(test, extra_test, lambda: False)


def _for_range(
    iterated: Any,
    extra_test: Block | None,
    body: Callable[[Any], Any],
    get_state: Block,
    set_state: Callable[[Any], None],
    names: Sequence[str],
    options: dict[str, Any] | None,
) -> None:
    start, limit, delta = iterated.op.inputs

    def test(value: Any) -> Any:
        known = constant_value(delta)
        if known is not None:
            goes_on = value < limit if known >= 0 else value > limit
        else:
            up = math_ops.logical_and(delta >= 0, value < limit)
            goes_on = math_ops.logical_or(up, math_ops.logical_and(delta < 0, value > limit))
        return _with_extra(goes_on, extra_test)

    def step(value: Any) -> Any:
        body(value)
        return [value + delta]

    _tensor_loop(test, step, get_state, set_state, names, [start], options)


def _for_tensor(
    iterated: Any,
    extra_test: Block | None,
    body: Callable[[Any], Any],
    get_state: Block,
    set_state: Callable[[Any], None],
    names: Sequence[str],
    options: dict[str, Any] | None,
) -> None:
    count: Any = iterated.shape[:1].num_elements() if iterated.shape.ndims else None
    if count is None:
        count = array_ops.shape(iterated)[0]
    elements = TensorArray(iterated.dtype, size=count, element_shape=iterated.shape[1:])
    elements = elements.unstack(iterated)

    def step(index: Any) -> Any:
        body(elements.read(index))
        return [index + 1]

    _tensor_loop(
        lambda index: _with_extra(index < count, extra_test),
        step,
        get_state,
        set_state,
        names,
        [convert_to_tensor(0)],
        options,
    )


def _for_dataset(
    iterated: Any,
    extra_test: Block | None,
    body: Callable[[Any], Any],
    get_state: Block,
    set_state: Callable[[Any], None],
    names: Sequence[str],
    options: dict[str, Any] | None,
) -> None:
    before = get_state()
    kept = [i for i in range(len(names)) if not is_undefined(before[i])]

    def place(values: Sequence[Any]) -> tuple[Any, ...]:
        state = [Undefined(name) for name in names]
        for i, value in zip(kept, values, strict=True):
            state[i] = value
        return tuple(state)

    def step(values: Any, *elements: Any) -> Any:
        element = elements[0] if len(elements) == 1 else elements

        def go_on() -> Any:
            set_state(place(values[1:]))
            body(element)
            after = get_state()
            return [values[0], *(convert_to_tensor(after[i]) for i in kept)]

        if extra_test is None:
            return tuple(go_on())
        set_state(place(values[1:]))
        return tuple(tf_cond(extra_test(), go_on, lambda: list(values), strict=True))

    # The first is there so that there always is something to hand on.
    start = (constant(0), *(convert_to_tensor(before[i]) for i in kept))
    found = iterated.reduce(start, step)
    set_state(place(found[1:]))


# -- functions of Python that mean others for tensors


def len_(s: Any) -> Any:
    """`len`."""
    if isinstance(s, TensorArray):
        return s.size()
    if not _is_symbolic(s):
        return len(s)
    if s.shape.ndims == 0:
        raise ValueError("len requires a non-scalar tensor, got one of shape ()")
    known = s.shape.as_list()[0] if s.shape.ndims else None
    return known if known is not None else array_ops.shape(s)[0]


def range_(*args: Any) -> Any:
    """`range`."""
    if any(map(_is_symbolic, args)):
        return math_ops.range(*args)
    return range(*args)


def int_(x: Any = 0, *base: Any) -> Any:
    """`int`."""
    return math_ops.cast(x, dtypes.int32) if _is_symbolic(x) else int(x, *base)


def float_(x: Any = 0.0) -> Any:
    """`float`."""
    return math_ops.cast(x, dtypes.float32) if _is_symbolic(x) else float(x)


def abs_(x: Any) -> Any:
    """`abs`."""
    return math_ops.abs(x) if _is_symbolic(x) else abs(x)


BUILTINS: dict[Any, Callable[..., Any]] = {
    abs: abs_,
    float: float_,
    int: int_,
    len: len_,
    range: range_,
}
