"""Protocol messages, wire-compatible with TensorFlow 1.15.

The .proto files hold TensorFlow's fields under a package name of our own, so that TensorFlow or
TensorBoard can be loaded in the same process. `tools/generate_protos.py` compiles them.
"""

from evergraph.base.tensor_shape import set_proto_class
from evergraph.proto.framework.tensor_shape_pb2 import TensorShapeProto

set_proto_class(TensorShapeProto)
