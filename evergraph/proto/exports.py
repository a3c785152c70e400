"""The messages that are public in TensorFlow 1.15, under their public names."""

from evergraph.base.export import export_constant
from evergraph.proto.example.example_pb2 import Example, SequenceExample
from evergraph.proto.example.feature_pb2 import (
    BytesList,
    Feature,
    FeatureList,
    FeatureLists,
    Features,
    FloatList,
    Int64List,
)
from evergraph.proto.framework.attr_value_pb2 import AttrValue, NameAttrList
from evergraph.proto.framework.graph_pb2 import GraphDef
from evergraph.proto.framework.node_def_pb2 import NodeDef
from evergraph.proto.framework.summary_pb2 import (
    HistogramProto,
    Summary,
    SummaryDescription,
    SummaryMetadata,
)
from evergraph.proto.profiler.tfprof_log_pb2 import OpLogProto
from evergraph.proto.profiler.tfprof_output_pb2 import (
    AdviceProto,
    GraphNodeProto,
    MultiGraphNodeProto,
)
from evergraph.proto.protobuf.cluster_pb2 import ClusterDef, JobDef
from evergraph.proto.protobuf.config_pb2 import (
    ConfigProto,
    GPUOptions,
    GraphOptions,
    OptimizerOptions,
    RunMetadata,
    RunOptions,
)
from evergraph.proto.protobuf.meta_graph_pb2 import MetaGraphDef, TensorInfo
from evergraph.proto.protobuf.saver_pb2 import SaverDef
from evergraph.proto.protobuf.tensorflow_server_pb2 import ServerDef
from evergraph.proto.util.event_pb2 import Event, LogMessage, SessionLog, TaggedRunMetadata

_NAMESPACES = {
    "": (
        *(AttrValue, ConfigProto, Event, GPUOptions, GraphDef, GraphOptions, HistogramProto),
        *(LogMessage, MetaGraphDef, NameAttrList, NodeDef, OptimizerOptions, RunMetadata),
        *(RunOptions, SessionLog, Summary, SummaryMetadata, TensorInfo),
    ),
    "profiler.": (AdviceProto, GraphNodeProto, MultiGraphNodeProto, OpLogProto),
    "summary.": (Event, SessionLog, Summary, SummaryDescription, TaggedRunMetadata),
    "train.": (
        *(BytesList, ClusterDef, Example, Feature, FeatureList, FeatureLists, Features),
        *(FloatList, Int64List, JobDef, SaverDef, SequenceExample, ServerDef),
    ),
}

for _namespace, _messages in _NAMESPACES.items():
    for _message in _messages:
        _name = _message.DESCRIPTOR.name
        export_constant(__name__, _name, _namespace + _name)
