"""Makes evergraph/compat/tf1_modules.txt.xz: the names of TensorFlow 1.15's Python modules.

Run with TensorFlow 1.15.5. Modules of its tests are left out.
"""

import lzma
import os

import tensorflow_core

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(HERE, "../../../evergraph/compat/tf1_modules.txt.xz")
LEFT_OUT = ("_api", "include")


def module_names(root):
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        package = os.path.relpath(folder, root).replace(os.sep, ".")
        for name in files:
            if name.endswith(".py") and not name.endswith("_pb2.py") and package != ".":
                yield package if name == "__init__.py" else package + "." + name[:-3]


if __name__ == "__main__":
    names = sorted(
        n for n in module_names(os.path.dirname(tensorflow_core.__file__)) if "test" not in n
    )
    data = "\n".join(names).encode()
    with open(TARGET, "wb") as file:
        file.write(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
