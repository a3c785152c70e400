"""`tf.sysconfig`: where C++ extensions would find TensorFlow's headers and library.

evergraph has neither; the folders named are those of the package, so that build scripts which only
print or collect them run.
"""

import os
import platform

from evergraph.base import version
from evergraph.base.export import export

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@export("sysconfig.get_include")
def get_include() -> str:
    """The folder of C++ headers."""
    return os.path.join(_PACKAGE, "include")


@export("sysconfig.get_lib")
def get_lib() -> str:
    """The folder of the shared library."""
    return _PACKAGE


@export("sysconfig.get_compile_flags")
def get_compile_flags() -> list[str]:
    """Flags to compile a custom op with."""
    return [f"-I{get_include()}", f"-D_GLIBCXX_USE_CXX11_ABI={version.CXX11_ABI_FLAG}"]


@export("sysconfig.get_link_flags")
def get_link_flags() -> list[str]:
    """Flags to link a custom op with."""
    major = version.VERSION.split(".")[0]
    if platform.system() == "Darwin":
        library = f"-ltensorflow_framework.{major}"
    else:
        library = f"-l:libtensorflow_framework.so.{major}"
    return [f"-L{get_lib()}", library]
