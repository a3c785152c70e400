"""Graphs taken apart, copied and put together anew: `tf.contrib.graph_editor`."""

from evergraph.base.export import export_constant
from evergraph.library.contrib.graph_editor import edit as edit
from evergraph.library.contrib.graph_editor import reroute as reroute
from evergraph.library.contrib.graph_editor import select as select
from evergraph.library.contrib.graph_editor import subgraph as subgraph
from evergraph.library.contrib.graph_editor import transform as transform
from evergraph.library.contrib.graph_editor import util as util

for _name in ("edit", "reroute", "select", "subgraph", "transform", "util"):
    export_constant(__name__, _name, f"contrib.graph_editor.{_name}")
