"""Event files under the names they had before `tf.summary`."""

from evergraph.library.summary.summary_iterator import summary_iterator as summary_iterator
from evergraph.library.summary.writer import FileWriter
from evergraph.library.summary.writer_cache import FileWriterCache

SummaryWriter = FileWriter
SummaryWriterCache = FileWriterCache
