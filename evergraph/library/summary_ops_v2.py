"""Nodes that write summaries to event files by themselves: `tf.contrib.summary`."""

import abc
import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from evergraph.api import array_ops, grouping, math_ops, smart_cond
from evergraph.api.resource_deleter import EagerResourceDeleter
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import (
    add_to_collection,
    control_dependencies,
    device,
    executing_eagerly,
    get_collection,
    init_scope,
    name_scope,
)
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.scopes import get_default_session
from evergraph.graph.tensor import Tensor, uid
from evergraph.library import summary_op_util
from evergraph.library.eager.context import context, shared_name
from evergraph.library.train import training_util
from evergraph.proto.framework.graph_pb2 import GraphDef

_INITIALIZERS = "_SUMMARY_WRITER_V2"


@export("contrib.summary.should_record_summaries")
def should_record_summaries() -> Any:
    """Whether summaries are to be written, as a bool tensor. Stands for
    `tf.contrib.summary.should_record_summaries`."""
    return should_record(False)


def should_record(default: bool) -> Any:
    """Whether summaries are to be written, as a bool tensor; `default` where nobody said."""
    here = context()
    wanted = _value(here.summary_recording)
    return math_ops.logical_and(
        _value(here.summary_recording_distribution_strategy), default if wanted is None else wanted
    )


def _value(condition: Any) -> Any:
    return condition() if callable(condition) else condition


@contextlib.contextmanager
def record_if(condition: Any) -> Iterator[None]:
    """A block whose summaries are written where `condition` holds: a bool, a bool tensor, or a
    function that gives one. Stands for `tensorflow.python.ops.summary_ops_v2.record_if`."""
    here = context()
    before, here.summary_recording = here.summary_recording, condition
    try:
        yield
    finally:
        here.summary_recording = before


@export("contrib.summary.record_summaries_every_n_global_steps")
def record_summaries_every_n_global_steps(
    n: Any, global_step: Any = None
) -> AbstractContextManager[None]:
    """A block whose summaries are written where `global_step % n == 0`. Stands for
    `tf.contrib.summary.record_summaries_every_n_global_steps`."""
    if global_step is None:
        global_step = training_util.get_or_create_global_step()

    def should() -> Any:
        return math_ops.equal(global_step % n, 0)

    with device("cpu:0"):
        return record_if(should if executing_eagerly() else should())


@export("contrib.summary.always_record_summaries")
def always_record_summaries() -> AbstractContextManager[None]:
    """A block whose summaries are always written. Stands for
    `tf.contrib.summary.always_record_summaries`."""
    return record_if(True)


@export("contrib.summary.never_record_summaries")
def never_record_summaries() -> AbstractContextManager[None]:
    """A block whose summaries are never written. Stands for
    `tf.contrib.summary.never_record_summaries`."""
    return record_if(False)


class SummaryWriter(abc.ABC):
    """What writes summaries. Stands for TensorFlow 2's `tf.summary.SummaryWriter`."""

    @abc.abstractmethod
    def set_as_default(self) -> None:
        """Makes the functions that write summaries write here from now on."""

    @abc.abstractmethod
    def as_default(self) -> AbstractContextManager[Any]:
        """A block in which the functions that write summaries write here."""

    def init(self) -> Any:
        """The node that opens the file."""
        raise NotImplementedError

    def flush(self) -> Any:
        """A node that writes to the disk what is waiting."""
        raise NotImplementedError

    def close(self) -> Any:
        """A node that flushes and closes the file."""
        raise NotImplementedError


@export("contrib.summary.SummaryWriter")
class ResourceSummaryWriter(SummaryWriter):
    """An event file in a session. Stands for `tf.contrib.summary.SummaryWriter`.

    Args:
      shared_name: writers of one name in one session share a file.
      init_op_fn: makes the node that opens the file, for the handle.
      name: the node's name.
      v2: whether `init` gives the node that the constructor made.
    """

    def __init__(
        self,
        shared_name: Any,
        init_op_fn: Callable[[Tensor], Operation],
        name: str | None = None,
        v2: bool = False,
    ) -> None:
        self._resource = apply_op("SummaryWriter", shared_name=shared_name, name=name)
        self._init_op_fn = init_op_fn
        self._init_op = init_op_fn(self._resource)
        self._v2 = v2
        self._closed = False
        if executing_eagerly():
            self._resource_deleter = EagerResourceDeleter(self._resource, handle_device="cpu:0")
        else:
            add_to_collection(_INITIALIZERS, self._init_op)

    @property
    def _is_closed(self) -> bool:
        return self._v2 and executing_eagerly() and self._closed

    def _check_open(self) -> None:
        if self._is_closed:
            raise RuntimeError("SummaryWriter is already closed")

    def set_as_default(self) -> None:
        """Makes the functions of `tf.contrib.summary` write here from now on."""
        self._check_open()
        context().summary_writer = self

    @contextlib.contextmanager
    def as_default(self) -> Iterator["ResourceSummaryWriter"]:
        """A block in which the functions of `tf.contrib.summary` write here."""
        self._check_open()
        here = context()
        before, here.summary_writer = here.summary_writer, self
        try:
            yield self
            self.flush()
        finally:
            here.summary_writer = before

    def init(self) -> Operation:
        """The node that opens the file."""
        self._check_open()
        return self._init_op if self._v2 else self._init_op_fn(self._resource)

    def flush(self) -> Operation | None:
        """A node that writes to the disk what is waiting."""
        return None if self._is_closed else flush(writer=self)

    def close(self) -> Operation | None:
        """A node that flushes and closes the file."""
        if self._is_closed:
            return None
        try:
            with control_dependencies([self.flush()]), device("cpu:0"):
                return apply_op("CloseSummaryWriter", self._resource)
        finally:
            self._closed = executing_eagerly()


class NoopSummaryWriter(SummaryWriter):
    """A writer without a file, which does nothing."""

    def set_as_default(self) -> None:
        """Nothing."""

    @contextlib.contextmanager
    def as_default(self) -> Iterator[None]:
        """A block like any other."""
        yield

    def init(self) -> None:
        """Nothing."""

    def flush(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


@export("contrib.summary.initialize", "summary.initialize")
def initialize(graph: Any = None, session: Any = None) -> None:
    """Opens the files of all writers, and writes a graph. Stands for `tf.summary.initialize`.

    Args:
      graph: a Graph or GraphDef to write at step 0.
      session: default: the default session.

    Raises:
      RuntimeError: no writer is the default one.
      ValueError: there is no session.
    """
    if executing_eagerly():
        return
    if context().summary_writer is None:
        raise RuntimeError("No default tf.contrib.summary.SummaryWriter found")
    session = session or get_default_session()
    if session is None:
        raise ValueError("session must be passed if no default session exists")
    session.run(summary_writer_initializer_op())
    if graph is not None:
        content = _serialized(graph)  # as it is before the nodes that write it
        serialized = array_ops.placeholder(dtypes.string)
        session.run(_graph(serialized, 0), {serialized: content})


def _serialized(graph: Any) -> bytes:
    proto = graph.as_graph_def(add_shapes=True) if isinstance(graph, Graph) else graph
    return bytes(proto.SerializeToString())


@export("contrib.summary.create_file_writer")
def create_file_writer(
    logdir: Any,
    max_queue: Any = None,
    flush_millis: Any = None,
    filename_suffix: Any = None,
    name: str | None = None,
) -> Any:
    """A writer of an event file, to be opened by `init` or `tf.contrib.summary.initialize`. Stands
    for `tf.contrib.summary.create_file_writer`.

    Args:
      logdir: the folder; None for a writer that does nothing.
      max_queue: how many events wait until they are written; default 10.
      flush_millis: how long they wait at most; default: two minutes.
      filename_suffix: last part of the file's name; default ".v2".
      name: writers of one name in one session share a file; default: "logdir:" and the folder.
    """
    if logdir is None:
        return NoopSummaryWriter()
    logdir = str(logdir)
    with device("cpu:0"):
        if max_queue is None:
            max_queue = constant(10)
        if flush_millis is None:
            flush_millis = constant(2 * 60 * 1000)
        if filename_suffix is None:
            filename_suffix = constant(".v2")
        return ResourceSummaryWriter(
            shared_name="logdir:" + logdir if name is None else name,
            init_op_fn=functools.partial(
                apply_op,
                "CreateSummaryFileWriter",
                logdir=logdir,
                max_queue=max_queue,
                flush_millis=flush_millis,
                filename_suffix=filename_suffix,
            ),
        )


def create_file_writer_v2(
    logdir: Any,
    max_queue: Any = None,
    flush_millis: Any = None,
    filename_suffix: Any = None,
    name: str | None = None,
) -> ResourceSummaryWriter:
    """As `create_file_writer`, for a file of its own: the process and a number are in its name.

    Raises:
      ValueError: `logdir` is None, or an argument is a graph's tensor where ops are executed at
        once.
    """
    if logdir is None:
        raise ValueError("logdir cannot be None")
    arguments = {
        "logdir": logdir,
        "max_queue": max_queue,
        "flush_millis": flush_millis,
        "filename_suffix": filename_suffix,
    }
    in_function = get_default_graph().building_function
    with name_scope(name, "create_file_writer") as scope, device("cpu:0"), init_scope():
        if executing_eagerly():
            _check_values(arguments, in_function)
        logdir = convert_to_tensor(logdir, dtype=dtypes.string)
        if max_queue is None:
            max_queue = constant(10)
        if flush_millis is None:
            flush_millis = constant(2 * 60 * 1000)
        if filename_suffix is None:
            filename_suffix = constant(".v2")
        return ResourceSummaryWriter(
            shared_name=shared_name() if executing_eagerly() else scope.rstrip("/"),
            init_op_fn=functools.partial(
                apply_op,
                "CreateSummaryFileWriter",
                logdir=logdir,
                max_queue=max_queue,
                flush_millis=flush_millis,
                filename_suffix=constant(f".{os.getpid()}.{uid()}") + filename_suffix,
            ),
            name=name,
            v2=True,
        )


def _check_values(arguments: dict[str, Any], in_function: bool) -> None:
    """Raises ValueError for a tensor of a graph, which has no value yet."""
    for name, value in arguments.items():
        if not is_tensor(value) or getattr(value.graph, "runs_at_once", False):
            continue
        text = f'Invalid graph Tensor argument "{name}={value}" to'
        if in_function:
            raise ValueError(
                f"{text} create_file_writer() inside an @tf.function. The create call will be "
                "lifted into the outer eager execution context, so it cannot consume graph tensors "
                "defined inside the function body."
            )
        raise ValueError(f"{text} eagerly executed create_file_writer().")


def create_noop_writer() -> NoopSummaryWriter:
    """A writer that does nothing. Stands for TensorFlow 2's `tf.summary.create_noop_writer`."""
    return NoopSummaryWriter()


@export("contrib.summary.create_summary_file_writer")
@deprecated(None, "Renamed to create_file_writer().")
def create_summary_file_writer(*args: Any, **kwargs: Any) -> Any:
    """An older name of `create_file_writer`. Stands for
    `tf.contrib.summary.create_summary_file_writer`."""
    return create_file_writer(*args, **kwargs)


@export("contrib.summary.all_summary_ops", "summary.all_v2_summary_ops")
def all_v2_summary_ops() -> list[Any] | None:
    """The nodes of the default graph that write summaries: to be run at each step. Stands for
    `tf.summary.all_v2_summary_ops`. None where ops are executed at once."""
    return None if executing_eagerly() else get_collection(GraphKeys._SUMMARY_COLLECTION)


@export("contrib.summary.summary_writer_initializer_op")
def summary_writer_initializer_op() -> list[Any]:
    """The nodes that open the files of all writers. Stands for
    `tf.contrib.summary.summary_writer_initializer_op`.

    Raises:
      RuntimeError: ops are executed at once.
    """
    if executing_eagerly():
        raise RuntimeError(
            "tf.contrib.summary.summary_writer_initializer_op is only supported in graph mode."
        )
    return get_collection(_INITIALIZERS)


def _write(
    name: str, tensor: Any, function: Callable[[str, str], Operation], family: str | None
) -> Any:
    """A node that writes a summary where it should be recorded: `function(tag, scope)` makes it."""
    scope = get_default_graph().get_name_scope()
    outer = scope + "/" if scope else scope

    def record() -> Tensor:
        with (
            name_scope(outer),
            summary_op_util.summary_scope(name, family, values=[tensor]) as (tag, inner),
            control_dependencies([function(tag, inner)]),
        ):
            return constant(True)

    if context().summary_writer is None:
        return grouping.no_op()
    with device("cpu:0"):
        written = smart_cond.smart_cond(
            should_record_summaries(), record, lambda: constant(False), name=""
        )
        if not executing_eagerly():
            add_to_collection(GraphKeys._SUMMARY_COLLECTION, written)
    return written


def _handle() -> Tensor:
    return context().summary_writer._resource


def _choose_step(step: Any) -> Any:
    if step is None:
        return training_util.get_or_create_global_step()
    return step if isinstance(step, Tensor) else convert_to_tensor(step, dtypes.int64)


@export("contrib.summary.generic")
def generic(
    name: str, tensor: Any, metadata: Any = None, family: str | None = None, step: Any = None
) -> Any:
    """Writes a whole tensor. Stands for `tf.contrib.summary.generic`.

    Args:
      name: the tag.
      tensor: of any type and shape.
      metadata: a SummaryMetadata message, or one as a string tensor.
      family: put before the tag.
      step: default: the global step.
    """

    def function(tag: str, scope: str) -> Operation:
        if metadata is None:
            serialized = constant("")
        elif hasattr(metadata, "SerializeToString"):
            serialized = constant(metadata.SerializeToString())
        else:
            serialized = metadata
        value = (_handle(), _choose_step(step), array_ops.identity(tensor))
        return apply_op("WriteSummary", *value, tag, serialized, name=scope)

    return _write(name, tensor, function, family)


@export("contrib.summary.scalar")
def scalar(name: str, tensor: Any, family: str | None = None, step: Any = None) -> Any:
    """Writes a number. Stands for `tf.contrib.summary.scalar`; arguments as `generic`'s."""

    def function(tag: str, scope: str) -> Operation:
        value = (_handle(), _choose_step(step), tag, array_ops.identity(tensor))
        return apply_op("WriteScalarSummary", *value, name=scope)

    return _write(name, tensor, function, family)


@export("contrib.summary.histogram")
def histogram(name: str, tensor: Any, family: str | None = None, step: Any = None) -> Any:
    """Writes a histogram. Stands for `tf.contrib.summary.histogram`; arguments as `generic`'s."""

    def function(tag: str, scope: str) -> Operation:
        value = (_handle(), _choose_step(step), tag, array_ops.identity(tensor))
        return apply_op("WriteHistogramSummary", *value, name=scope)

    return _write(name, tensor, function, family)


@export("contrib.summary.image")
def image(
    name: str,
    tensor: Any,
    bad_color: Any = None,
    max_images: int = 3,
    family: str | None = None,
    step: Any = None,
) -> Any:
    """Writes images. Stands for `tf.contrib.summary.image`.

    Args:
      name: the tag.
      tensor: [batch, height, width, channels], as for `tf.summary.image`.
      bad_color: four uint8 that stand for what is not finite; default: red.
      max_images: how many images of the batch at most.
      family: put before the tag.
      step: default: the global step.
    """

    def function(tag: str, scope: str) -> Operation:
        color = constant([255, 0, 0, 255], dtype=dtypes.uint8) if bad_color is None else bad_color
        value = (_handle(), _choose_step(step), tag, array_ops.identity(tensor), color)
        return apply_op("WriteImageSummary", *value, max_images=max_images, name=scope)

    return _write(name, tensor, function, family)


@export("contrib.summary.audio")
def audio(
    name: str,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int,
    family: str | None = None,
    step: Any = None,
) -> Any:
    """Writes sounds. Stands for `tf.contrib.summary.audio`; arguments as those of
    `tf.summary.audio` and `generic`."""

    def function(tag: str, scope: str) -> Operation:
        value = (_handle(), _choose_step(step), tag, array_ops.identity(tensor), sample_rate)
        return apply_op("WriteAudioSummary", *value, max_outputs=max_outputs, name=scope)

    return _write(name, tensor, function, family)


@export("contrib.summary.graph")
def graph(param: Any, step: Any = None, name: str | None = None) -> Any:
    """Writes a graph, whether or not summaries are recorded. Stands for `tf.contrib.summary.graph`.

    Args:
      param: a string tensor with a GraphDef message.
      step: default: the global step.
      name: the node's name.

    Raises:
      TypeError: `param` is no tensor.
    """
    if not executing_eagerly() and not isinstance(param, Tensor):
        raise TypeError(
            f"graph() needs a tf.Tensor (e.g. tf.placeholder) in graph mode, but was: {type(param)}"
        )
    if context().summary_writer is None:
        return grouping.no_op()
    with device("cpu:0"):
        if isinstance(param, (Graph, GraphDef)):
            param = convert_to_tensor(_serialized(param), dtypes.string)
        tensor = array_ops.identity(param)
        return apply_op("WriteGraphSummary", _handle(), _choose_step(step), tensor, name=name)


_graph = graph  # `initialize` has an argument of that name


@export("contrib.summary.import_event")
def import_event(tensor: Any, name: str | None = None) -> Operation:
    """A node that writes an Event message, given as a string tensor. Stands for
    `tf.contrib.summary.import_event`."""
    return apply_op("ImportEvent", _handle(), tensor, name=name)


@export("contrib.summary.flush")
def flush(writer: Any = None, name: str | None = None) -> Operation:
    """A node that writes to the disk what is waiting. Stands for `tf.contrib.summary.flush`.

    Args:
      writer: a writer, or its handle; default: the default writer.
      name: the node's name.
    """
    if writer is None:
        writer = context().summary_writer
        if writer is None:
            return grouping.no_op()
    resource = writer._resource if isinstance(writer, ResourceSummaryWriter) else writer
    with device("cpu:0"):
        return apply_op("FlushSummaryWriter", resource, name=name)


@export("contrib.summary.eval_dir")
def eval_dir(model_dir: str, name: str | None = None) -> str:
    """The folder for the summaries of an evaluation. Stands for `tf.contrib.summary.eval_dir`."""
    return os.path.join(model_dir, f"eval_{name}" if name else "eval")
