"""The embedding projector: `tf.contrib.tensorboard.plugins.projector`."""

import os
from typing import Any

from google.protobuf import text_format

from evergraph.base.export import export, export_constant
from evergraph.base.platform import file_io
from evergraph.proto.plugins.projector_config_pb2 import EmbeddingInfo as EmbeddingInfo
from evergraph.proto.plugins.projector_config_pb2 import ProjectorConfig as ProjectorConfig
from evergraph.proto.plugins.projector_config_pb2 import SpriteMetadata as SpriteMetadata

for _name in ("EmbeddingInfo", "ProjectorConfig", "SpriteMetadata"):
    export_constant(__name__, _name, f"contrib.tensorboard.plugins.projector.{_name}")


@export("contrib.tensorboard.plugins.projector.visualize_embeddings")
def visualize_embeddings(summary_writer: Any, config: Any) -> None:
    """Writes what the projector is to show, to the folder of a writer. Stands for
    `tf.contrib.tensorboard.plugins.projector.visualize_embeddings`.

    Args:
      summary_writer: has `get_logdir`.
      config: a ProjectorConfig message.

    Raises:
      ValueError: the writer has no folder.
    """
    logdir = summary_writer.get_logdir()
    if logdir is None:
        raise ValueError("Summary writer must have a logdir")
    path = os.path.join(logdir, "projector_config.pbtxt")
    file_io.write_string_to_file(path, text_format.MessageToString(config))
