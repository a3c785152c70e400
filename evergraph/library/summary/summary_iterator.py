"""Event files read: `tf.train.summary_iterator`."""

from collections.abc import Iterator

from evergraph.base.export import export
from evergraph.formats.events import read_events
from evergraph.proto.util.event_pb2 import Event


@export("train.summary_iterator")
def summary_iterator(path: str) -> Iterator[Event]:
    """The Event messages of a file. Stands for `tf.train.summary_iterator`.

    Raises:
      NotFoundError: there is no such file.
      DataLossError: the file was cut short or damaged; after the events before that place.
    """
    yield from read_events(path)
