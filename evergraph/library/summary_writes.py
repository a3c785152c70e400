"""TensorFlow 2's summaries: `write` and what it is used with. Public names there are those of
`tf.compat.v2.summary`."""

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

from evergraph.api import array_ops, smart_cond
from evergraph.base import dtypes
from evergraph.base.platform import logging
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.defaults import (
    add_to_collection,
    control_dependencies,
    device,
    executing_eagerly,
    name_scope,
)
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.eager.context import context
from evergraph.library.summary_ops_v2 import should_record
from evergraph.proto.framework.summary_pb2 import SummaryMetadata
from evergraph.proto.protobuf.config_pb2 import RunMetadata

_NOT_IN_SCOPES = re.compile(r"[^-_/.A-Za-z0-9]")


def get_step() -> Any:
    """The step that `set_step` set, or None. Stands for TensorFlow 2's
    `tf.summary.experimental.get_step`."""
    return context().summary_step


def set_step(step: Any) -> None:
    """Sets the step of summaries that are given none: a number, a variable, or None. Stands for
    TensorFlow 2's `tf.summary.experimental.set_step`."""
    context().summary_step = step


@contextlib.contextmanager
def summary_scope(
    name: str | None, default_name: str = "summary", values: Any = None
) -> Iterator[tuple[str, str]]:
    """A name scope for a summary: the tag, which is `name` after the scopes around, and the scope,
    which is unique and without the characters that scopes cannot have. Stands for TensorFlow 2's
    `tf.summary.experimental.summary_scope`."""
    name = name or default_name
    around = get_default_graph().get_name_scope()
    tag = f"{around}/{name}" if around else name
    with name_scope(_NOT_IN_SCOPES.sub("", name) or None, default_name, values) as scope:
        yield tag, scope


def _recorded(step: Any, make: Callable[[Any], Operation]) -> Any:
    """Whether the default writer wrote, as a bool tensor; `make(step)` gives the node that does."""
    if context().summary_writer is None:
        return constant(False)
    if step is None:
        step = get_step()
        if step is None:
            raise ValueError(
                "No step set via 'step' argument or tf.summary.experimental.set_step()"
            )

    def record() -> Tensor:
        with device("cpu:0"), control_dependencies([make(step)]):
            return constant(True)

    with device("cpu:0"):
        written = smart_cond.smart_cond(
            should_record(True), record, lambda: constant(False), name="summary_cond"
        )
        if not executing_eagerly():
            add_to_collection(GraphKeys._SUMMARY_COLLECTION, written)
        return written


def write(
    tag: Any, tensor: Any, step: Any = None, metadata: Any = None, name: str | None = None
) -> Any:
    """Writes a tensor to the default writer. Stands for TensorFlow 2's `tf.summary.write`.

    Args:
      tag: what names the summary.
      tensor: of any type and shape.
      step: a number; default: `get_step()`.
      metadata: a SummaryMetadata message, or one as bytes.
      name: the node's name.

    Returns:
      A bool tensor: whether there is a writer, and summaries are recorded.

    Raises:
      ValueError: there is a writer and no step.
    """
    with name_scope(name, "write_summary") as scope:
        serialized = metadata or b""
        if hasattr(metadata, "SerializeToString"):
            serialized = metadata.SerializeToString()

        def make(step: Any) -> Operation:
            value = (context().summary_writer._resource, step, array_ops.identity(tensor))
            return apply_op("WriteSummary", *value, tag, serialized, name=scope)

        return _recorded(step, make)


def write_raw_pb(tensor: Any, step: Any = None, name: str | None = None) -> Any:
    """Writes Summary messages, given as a string tensor. Arguments, results and errors as of
    `write`. Stands for TensorFlow 2's `tf.summary.experimental.write_raw_pb`."""
    with name_scope(name, "write_raw_pb") as scope:

        def make(step: Any) -> Operation:
            value = (context().summary_writer._resource, step, array_ops.identity(tensor))
            return apply_op("WriteRawProtoSummary", *value, name=scope)

        return _recorded(step, make)


def _written_text(
    name: str, default_name: str, plugin: str, data: Any, text: Any, step: Any
) -> Any:
    metadata = SummaryMetadata()
    metadata.plugin_data.plugin_name = plugin
    metadata.plugin_data.content = b"1"  # the version
    with summary_scope(name, default_name, [data, step]) as (tag, _):
        with device("cpu:0"):
            tensor = constant(text, dtype=dtypes.string)
        return write(tag=tag, tensor=tensor, step=step, metadata=metadata)


def run_metadata(name: str, data: Any, step: Any = None) -> Any:
    """Writes a RunMetadata message; results and errors as of `write`."""
    plugin = "graph_run_metadata"
    return _written_text(name, plugin + "_summary", plugin, data, data.SerializeToString(), step)


def run_metadata_graphs(name: str, data: Any, step: Any = None) -> Any:
    """Writes the graphs in a RunMetadata message; results and errors as of `write`."""
    plugin = "graph_run_metadata_graph"
    graphs = RunMetadata(
        function_graphs=data.function_graphs, partition_graphs=data.partition_graphs
    )
    text = graphs.SerializeToString()
    return _written_text(name, plugin + "_summary", plugin, graphs, text, step)


def keras_model(name: str, data: Any, step: Any = None) -> Any:
    """Writes the configuration of a Keras model; results and errors as of `write`. False where the
    model has none."""
    try:
        text = data.to_json()
    except Exception as error:
        logging.warn(f"Model failed to serialize as JSON. Ignoring... {error}")
        return False
    plugin = "graph_keras_model"
    return _written_text(name, plugin, plugin, data, text, step)
