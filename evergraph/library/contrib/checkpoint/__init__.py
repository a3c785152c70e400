"""tf.contrib.checkpoint: objects as parts of checkpoints, and what a checkpoint is made of."""

from evergraph.base.export import export_constant
from evergraph.base.trackable import Trackable as CheckpointableBase
from evergraph.library.train.tracking.tracking import AutoTrackable as Checkpointable
from evergraph.proto.protobuf.trackable_object_graph_pb2 import (
    TrackableObjectGraph as CheckpointableObjectGraph,
)

__all__ = ["Checkpointable", "CheckpointableBase", "CheckpointableObjectGraph"]

for _name in __all__:
    export_constant(__name__, _name, f"contrib.checkpoint.{_name}")
