"""Printing: tf.Print, tf.print, tf.strings.format, tf.timestamp."""

import os
import pprint
import random
import sys
from typing import Any

from absl import logging as absl_logging

from evergraph.base import dtypes, nest
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import is_tensor
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


@export("Print")
@deprecated(
    "2018-08-20",
    "Use tf.print instead of tf.Print. Note that tf.print returns a no-output operator that "
    "directly prints the output. Outside of defuns or eager mode, this operator will not be "
    "executed unless it is directly specified in session.run or used as a control dependency for "
    "other operators. This is only a concern in graph mode. Below is an example of how to ensure "
    "tf.print executes in graph mode:\n",
)
def Print(
    input_: Any,
    data: Any,
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Tensor:
    """`input_`, which prints `data` to stderr when it is evaluated. Stands for `tf.Print`.

    Args:
      input_: a tensor, passed on.
      data: a list of tensors to print.
      message: text before them.
      first_n: how many times to print; default: always.
      summarize: how many entries of each tensor; default 3.
      name: the node's name.
    """
    return apply_op(
        "Print", input_, data, message=message, first_n=first_n, summarize=summarize, name=name
    )


def _stream_name(stream: Any) -> str:
    """How the op names a stream, a logging function or a level."""
    if isinstance(stream, str) and stream.startswith("file://"):
        return stream
    known = [
        (sys.stdout, "stdout"),
        (sys.stderr, "stderr"),
        (logging.INFO, "log(info)"),
        (logging.info, "log(info)"),
        (logging.WARN, "log(warning)"),
        (logging.warning, "log(warning)"),
        (logging.warn, "log(warning)"),
        (logging.ERROR, "log(error)"),
        (logging.error, "log(error)"),
        (absl_logging.INFO, "log(info)"),
        (absl_logging.info, "log(info)"),
        (absl_logging.WARNING, "log(warning)"),
        (absl_logging.warning, "log(warning)"),
        (absl_logging.warn, "log(warning)"),
        (absl_logging.ERROR, "log(error)"),
        (absl_logging.error, "log(error)"),
    ]
    for candidate, name in known:
        if candidate is stream or (isinstance(stream, int) and candidate == stream):
            return name
    raise ValueError(
        f"Unsupported output stream, logging level, or file.{stream}. Supported streams are "
        "sys.stdout, sys.stderr, tf.logging.info, tf.logging.warning, tf.logging.error. File needs "
        "to be in the form of 'file://<filepath>'."
    )


def _unused_placeholder(text: str) -> str:
    """A mark for tensors that does not occur in `text`."""
    placeholder = "{}"
    digits = random.Random(5)
    while placeholder in text:
        placeholder += str(digits.randint(0, 9))
    return placeholder


def _template(inputs: tuple[Any, ...], sep: str) -> tuple[str, str, list[Tensor]]:
    """The text with marks where tensors go, the mark, and the tensors."""
    plain = nest.map_structure(lambda x: "" if is_tensor(x) else x, inputs)
    mark = _unused_placeholder(" ".join(pprint.pformat(x) for x in plain))
    templates: list[str] = []
    tensors: list[Tensor] = []
    for value in inputs:
        marks: list[Any] = []
        for x in nest.flatten(value):
            if isinstance(x, SparseTensor):
                tensors.extend([x.indices, x.values, x.dense_shape])
                marks.append(f"SparseTensor(indices={mark}, values={mark}, shape={mark})")
            elif is_tensor(x):
                tensors.append(x)
                marks.append(mark)
            else:
                marks.append(x)
        if isinstance(value, str):
            templates.append(value)
        else:
            templates.append(pprint.pformat(nest.pack_sequence_as(value, marks)))
    # pprint puts quotes around the marks.
    return sep.join(templates).replace(f"'{mark}'", mark), mark, tensors


@export("print")
def print_v2(*inputs: Any, **kwargs: Any) -> Operation:
    """An operation that prints `inputs`. Stands for `tf.print`.

    Args:
      *inputs: tensors, Python values, and structures of both.
      output_stream: sys.stderr (the default), sys.stdout, tf.logging.info (warning, error), a
        logging level, or "file://" and a path.
      summarize: how many elements are printed at both ends of each axis; default 3; -1 for all.
      sep: what stands between inputs; default " ".
      end: what ends the text; default a new line.
      name: the node's name.

    Raises:
      ValueError: another keyword argument, or an unknown stream.
    """
    stream = kwargs.pop("output_stream", sys.stderr)
    name = kwargs.pop("name", None)
    summarize = kwargs.pop("summarize", 3)
    sep = kwargs.pop("sep", " ")
    end = kwargs.pop("end", os.linesep)
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments for tf.print: {kwargs}")
    stream_name = _stream_name(stream)
    first = inputs[0] if len(inputs) == 1 else None
    if isinstance(first, Tensor) and first.dims == () and first.dtype == dtypes.string:
        text = first
    else:
        template, mark, tensors = _template(inputs, sep)
        text = string_format(
            template,
            tensors,
            placeholder=mark,
            summarize=summarize,
            name=f"{name}_format" if name else None,
        )
    return apply_op("PrintV2", text, output_stream=stream_name, end=end, name=name)


@export("strings.format")
def string_format(
    template: str,
    inputs: Any,
    placeholder: str = "{}",
    summarize: int = 3,
    name: str | None = None,
) -> Tensor:
    """A string scalar: `template` with the values of tensors put in. Stands for
    `tf.strings.format`.

    Args:
      template: text.
      inputs: a tensor or a list of tensors, one for each mark in `template`.
      placeholder: the mark; default "{}".
      summarize: how many elements are shown at both ends of each axis; -1 for all.
      name: the node's name.

    Raises:
      ValueError: the numbers of marks and tensors differ.
    """
    if isinstance(inputs, Tensor):
        inputs = [inputs]
    marks = template.count(placeholder)
    if marks != len(inputs):
        raise ValueError(
            f"{marks} placeholder(s) in template does not match {len(inputs)} tensor(s) provided "
            "as "
            "input"
        )
    return apply_op(
        "StringFormat",
        inputs,
        template=template,
        placeholder=placeholder,
        summarize=summarize,
        name=name,
    )


@export("timestamp")
def timestamp(name: str | None = None) -> Tensor:
    """The seconds since 1970, a float64 scalar, anew at each run. Stands for `tf.timestamp`."""
    return apply_op("Timestamp", name=name)
