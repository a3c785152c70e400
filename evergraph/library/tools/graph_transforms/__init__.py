"""GraphDefs rewritten by transforms: `tensorflow.tools.graph_transforms`."""

from evergraph.library.tools.graph_transforms.transform_graph import TransformGraph

__all__ = ["TransformGraph"]
