"""Ops that tell: Assert, Print, PrintV2, StringFormat, Timestamp."""

import logging as std_logging
import sys
import threading
import time
from typing import Any

import numpy as np

from evergraph.base.platform import logging
from evergraph.graph.registry import op
from evergraph.kernels.host import invalid, text
from evergraph.kernels.summarize import summary
from evergraph.ops import shape_rules

assert_op = op(
    "Assert(condition: bool, data: list(T))",
    "T: list(type) >= 1; summarize: int = 3",
    stateful=True,
    host=["condition"],
)
print_op = op(
    "Print(input: T, data: list(U)) -> output: T",
    "T: type; U: list(type) >= 0; message: string = ''; first_n: int = -1; summarize: int = 3",
    stateful=True,
    view=True,
)
print_v2_op = op(
    "PrintV2(input: string)",
    "output_stream: string = 'stderr'; end: string = '\\n'",
    stateful=True,
)
string_format_op = op(
    "StringFormat(inputs: list(T)) -> output: string",
    "T: list(type) >= 0; template: string = '%s'; placeholder: string = '%s'; summarize: int = 3",
)
timestamp_op = op("Timestamp() -> ts: float64", stateful=True)


# Assert.

assert_op.shape(shape_rules.no_outputs)
assert_op.not_differentiable()


@assert_op.kernel
def assert_kernel(condition: bool, data: list[Any], *, summarize: int) -> None:
    if isinstance(condition, tuple):
        raise invalid(f"In[0] should be a scalar: {text(np.shape(condition))}")
    if not condition:
        texts = " ".join(f"[{summary(d, summarize)}]" for d in data)
        raise invalid(f"assertion failed: {texts}")


# Print.

print_op.shape(shape_rules.unchanged)


class _Counter:
    """How often a node has printed."""

    def __init__(self) -> None:
        self.count = 0
        self.lock = threading.Lock()

    def next(self) -> int:
        with self.lock:
            self.count += 1
            return self.count


def _text(value: Any) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value


@print_op.kernel
@print_op.numpy
def print_kernel(
    x: Any,
    data: list[Any],
    *,
    message: Any,
    first_n: int,
    summarize: int,
    node: Any,
    session: Any,
) -> Any:
    if first_n >= 0:
        counter = session.slot(("Print", node.name), _Counter)
        if counter.next() > first_n:
            return x
    texts = "".join(f"[{summary(d, summarize)}]" for d in data)
    print(_text(message) + texts, file=sys.stderr, flush=True)
    return x


@print_op.gradient
def print_gradient(node: Any, *grads: Any) -> Any:
    return [*grads, *[None] * (len(node.inputs) - 1)]


print_v2_op.shape(shape_rules.no_outputs)
print_v2_op.not_differentiable()

_LEVELS = {
    "log(info)": std_logging.INFO,
    "log(warning)": std_logging.WARNING,
    "log(error)": std_logging.ERROR,
}


@print_v2_op.numpy
def print_v2_kernel(text: Any, *, output_stream: Any, end: Any) -> None:
    line = _text(np.asarray(text).item())
    stream, end = _text(output_stream), _text(end)
    if stream.startswith("file://"):
        with open(stream[len("file://") :], "a", encoding="utf-8") as f:
            f.write(line + end)
    elif stream in _LEVELS:
        # A logger ends its lines itself.
        logging.log(_LEVELS[stream], "%s", line + end.removesuffix("\n"))
    elif stream == "stdout":
        print(line, end=end, flush=True)
    elif stream == "stderr":
        print(line, end=end, file=sys.stderr, flush=True)
    else:
        raise invalid(
            f"Unknown output stream: {stream}, it should be a file, or log, or std stream"
        )


# Text.

string_format_op.shape(shape_rules.scalar)
string_format_op.not_differentiable()


@string_format_op.numpy
def string_format_kernel(
    values: list[Any], *, template: Any, placeholder: Any, summarize: int
) -> Any:
    parts = _text(template).split(_text(placeholder))
    text = parts[0]
    for value, part in zip(values, parts[1:], strict=True):
        text += summary(value, summarize, quoted=True) + part
    result = np.empty((), object)
    result[()] = text.encode()
    return result


timestamp_op.shape(shape_rules.scalar)
timestamp_op.not_differentiable()


@timestamp_op.numpy
def timestamp_kernel() -> Any:
    return np.float64(time.time())
