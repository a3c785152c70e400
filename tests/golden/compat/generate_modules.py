"""Makes evergraph/compat/tf1_modules.txt.xz: the names of TensorFlow 1.15's Python modules.

Run with TensorFlow 1.15.5. Helpers of its tests are left out.
"""

import lzma
import os
import re

import tensorflow_core

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(HERE, "../../../evergraph/compat/tf1_modules.txt.xz")
LEFT_OUT = ("_api", "include")
TEST_HELPERS = re.compile("kernel_tests|test_util|test_base|test_combinations")


def module_names(root):
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        package = os.path.relpath(folder, root).replace(os.sep, ".")
        for name in files:
            if name.endswith(".py") and not name.endswith("_pb2.py") and package != ".":
                yield package if name == "__init__.py" else package + "." + name[:-3]


if __name__ == "__main__":
    found = module_names(os.path.dirname(tensorflow_core.__file__))
    names = sorted(name for name in found if not TEST_HELPERS.search(name))
    data = "\n".join(names).encode()
    with open(TARGET, "wb") as file:
        file.write(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
