"""Event files as resources: SummaryWriter, CreateSummaryFileWriter, and what writes to them."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from evergraph.base import errors
from evergraph.formats.events import QueuedEventsWriter
from evergraph.graph.registry import op
from evergraph.kernels import summary_values
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.proto.framework.graph_pb2 import GraphDef
from evergraph.proto.framework.summary_pb2 import Summary
from evergraph.proto.util.event_pb2 import Event

_INTERFACE = "N10tensorflow22SummaryWriterInterfaceE"

summary_writer_op = op(
    "SummaryWriter() -> writer: resource",
    "shared_name: string = ''; container: string = ''",
    stateful=True,
)
create_summary_file_writer_op = op(
    "CreateSummaryFileWriter(writer: resource, logdir: string, max_queue: int32, "
    "flush_millis: int32, filename_suffix: string)",
    stateful=True,
)
flush_summary_writer_op = op("FlushSummaryWriter(writer: resource)", stateful=True)
close_summary_writer_op = op("CloseSummaryWriter(writer: resource)", stateful=True)
write_summary_op = op(
    "WriteSummary(writer: resource, step: int64, tensor: T, tag: string, summary_metadata: string)",
    "T: type",
    stateful=True,
)
write_raw_proto_summary_op = op(
    "WriteRawProtoSummary(writer: resource, step: int64, tensor: string)",
    stateful=True,
)
import_event_op = op("ImportEvent(writer: resource, event: string)", stateful=True)
write_scalar_summary_op = op(
    "WriteScalarSummary(writer: resource, step: int64, tag: string, value: T)",
    "T: realnumber",
    stateful=True,
)
write_histogram_summary_op = op(
    "WriteHistogramSummary(writer: resource, step: int64, tag: string, values: T)",
    "T: realnumber = float32",
    stateful=True,
)
write_image_summary_op = op(
    "WriteImageSummary(writer: resource, step: int64, tag: string, tensor: T, bad_color: uint8)",
    "max_images: int >= 1 = 3; T: uint8 | float32 | float16 = float32",
    stateful=True,
)
write_audio_summary_op = op(
    "WriteAudioSummary(writer: resource, step: int64, tag: string, tensor: float32, "
    "sample_rate: float32)",
    "max_outputs: int >= 1 = 3",
    stateful=True,
)
write_graph_summary_op = op(
    "WriteGraphSummary(writer: resource, step: int64, tensor: string)",
    stateful=True,
)

summary_writer_op.shape(lambda node: ())
summary_writer_op.not_differentiable()
for _entry in (
    *(create_summary_file_writer_op, flush_summary_writer_op, close_summary_writer_op),
    *(write_summary_op, write_raw_proto_summary_op, import_event_op, write_scalar_summary_op),
    *(write_histogram_summary_op, write_image_summary_op, write_audio_summary_op),
    write_graph_summary_op,
):
    _entry.shape(shape_rules.no_outputs)


class _Writer:
    """What a handle stands for: a file, while there is one."""

    def __init__(self, name: str, forget: Callable[[], None]) -> None:
        self.name = name
        self._forget = forget
        self._file: QueuedEventsWriter | None = None

    def create(self, *args: Any) -> None:
        """Opens a file, unless there is one."""
        if self._file is None:
            self._file = QueuedEventsWriter(*args)

    @property
    def file(self) -> QueuedEventsWriter:
        """The file.

        Raises:
          NotFoundError: none was created.
        """
        if self._file is None:
            raise errors.NotFoundError(
                None, None, f"Resource localhost/{self.name}/{_INTERFACE} does not exist."
            )
        return self._file

    def cancel_all(self) -> None:
        """Closes the file, as the session ends."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def destroy(self) -> None:
        """Closes the file; the session keeps nothing of it."""
        self.cancel_all()
        self._forget()


def _item(value: Any) -> Any:
    return np.asarray(value).reshape(-1)[0]


def _text(value: Any) -> str:
    return str(_item(value).decode())


def _write(writer: _Writer, step: Any, values: Iterable[Summary.Value]) -> None:
    summary = Summary(value=values)
    writer.file.write(Event(step=int(_item(step)), wall_time=time.time(), summary=summary))


@summary_writer_op.numpy
def summary_writer(*, node: Any, session: Any, container: str, shared_name: str) -> _Writer:
    name = shared_name or node.name
    key = ("summary writer", container, name)
    writer: _Writer = session.slot(key, lambda: _Writer(name, lambda: session.drop(key)))
    return writer


@create_summary_file_writer_op.numpy
def create_file(
    writer: _Writer, logdir: Any, max_queue: Any, flush_millis: Any, filename_suffix: Any
) -> None:
    writer.create(
        _text(logdir), int(_item(max_queue)), int(_item(flush_millis)), _text(filename_suffix)
    )


@flush_summary_writer_op.numpy
def flush(writer: _Writer) -> None:
    writer.file.flush()


@close_summary_writer_op.numpy
def close(writer: _Writer) -> None:
    assert writer.file
    writer.cancel_all()


@write_summary_op.numpy
def write_summary(writer: _Writer, step: Any, tensor: Any, tag: Any, summary_metadata: Any) -> None:
    value = Summary.Value(tag=_text(tag), tensor=summary_values.tensor_message(tensor))
    metadata = _item(summary_metadata)
    if metadata:
        value.metadata.MergeFromString(metadata)
    _write(writer, step, [value])


@write_raw_proto_summary_op.numpy
def write_raw(writer: _Writer, step: Any, tensor: Any) -> None:
    if np.ndim(step):
        raise invalid(f"step must be scalar, got shape {text(np.shape(step))}")
    summary = Summary()
    for i, message in enumerate(np.asarray(tensor, object).reshape(-1)):
        try:
            summary.MergeFromString(message)
        except DecodeError:
            raise errors.DataLossError(
                None, None, f"Bad tf.compat.v1.Summary binary proto tensor string at index {i}"
            ) from None
    _write(writer, step, summary.value)


@import_event_op.numpy
def import_event(writer: _Writer, event: Any) -> None:
    try:
        message = Event.FromString(_item(event))
    except DecodeError:
        raise errors.DataLossError(None, None, "Bad tf.Event binary proto tensor string") from None
    writer.file.write(message)


@write_scalar_summary_op.numpy
def write_scalar(writer: _Writer, step: Any, tag: Any, value: Any) -> None:
    _write(writer, step, [Summary.Value(tag=_text(tag), simple_value=float(_item(value)))])


@write_histogram_summary_op.numpy
def write_histogram(writer: _Writer, step: Any, tag: Any, values: Any) -> None:
    name = _text(tag)
    _write(writer, step, [Summary.Value(tag=name, histo=summary_values.histogram(values, name))])


@write_image_summary_op.numpy
def write_images(
    writer: _Writer, step: Any, tag: Any, tensor: Any, bad_color: Any, *, max_images: int
) -> None:
    color = np.asarray(bad_color)
    if color.ndim != 1:
        raise invalid(f"bad_color must be a vector, got shape {text(color.shape)}")
    images = summary_values.images(_text(tag), np.asarray(tensor), max_images, color)
    _write(writer, step, images)


@write_audio_summary_op.numpy
def write_sounds(
    writer: _Writer, step: Any, tag: Any, tensor: Any, sample_rate: Any, *, max_outputs: int
) -> None:
    sounds = summary_values.sounds(_text(tag), np.asarray(tensor), _item(sample_rate), max_outputs)
    _write(writer, step, sounds)


@write_graph_summary_op.numpy
def write_graph(writer: _Writer, step: Any, tensor: Any) -> None:
    try:
        graph = GraphDef.FromString(_item(tensor))
    except DecodeError:
        raise errors.DataLossError(
            None, None, "Bad tf.GraphDef binary proto tensor string"
        ) from None
    event = Event(step=int(_item(step)), wall_time=time.time(), graph_def=graph.SerializeToString())
    writer.file.write(event)
