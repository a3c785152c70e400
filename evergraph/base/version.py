"""The TensorFlow that evergraph stands for."""

from evergraph.base.export import export_constant

VERSION = "1.15.5"
GIT_VERSION = "v1.15.4-39-g3db52be"
COMPILER_VERSION = "7.3.1 20180303"
CXX11_ABI_FLAG = 0
MONOLITHIC_BUILD = 0
# What a GraphDef made here says about itself, and which ones are read.
GRAPH_DEF_VERSION = 134
GRAPH_DEF_VERSION_MIN_CONSUMER = 0
GRAPH_DEF_VERSION_MIN_PRODUCER = 0

for _name in ("VERSION", "GIT_VERSION", "COMPILER_VERSION"):
    export_constant(__name__, _name, _name, f"version.{_name}", f"__{_name.lower()}__")
for _name in ("CXX11_ABI_FLAG", "MONOLITHIC_BUILD"):
    export_constant(__name__, _name, _name, f"sysconfig.{_name}", f"__{_name.lower()}__")
for _name in (
    "GRAPH_DEF_VERSION",
    "GRAPH_DEF_VERSION_MIN_CONSUMER",
    "GRAPH_DEF_VERSION_MIN_PRODUCER",
):
    export_constant(__name__, _name, _name, f"version.{_name}")

__version__ = VERSION
__git_version__ = GIT_VERSION
__compiler_version__ = COMPILER_VERSION
__cxx11_abi_flag__ = CXX11_ABI_FLAG
__monolithic_build__ = MONOLITHIC_BUILD
