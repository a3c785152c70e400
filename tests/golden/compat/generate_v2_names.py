"""Writes evergraph/compat/tf2_names.txt.xz: the names of TensorFlow 1.15's `tf.compat.v2`.

Run under TensorFlow 1.15.5. A line is a name, and where it is something else than the name of
version 1: the name of version 1 that is the same object, or "@" and the private place of an object
that only version 2 has; "/" stands for a module.
"""

import lzma
import os
import types

import tensorflow as tf

MODULE = object()


def walk(module, path, around, found):
    """Fills `found` with what is in a module, by path; a module may stand in several places."""
    if module in around or len(path) > 5:
        return
    around = around + (module,)
    for name in dir(module):
        if name.startswith("_"):
            continue
        value = getattr(module, name)
        inside = ".".join(path + (name,))
        if isinstance(value, types.ModuleType):
            if "tensorflow" in value.__name__ and name not in ("compat", "contrib"):
                found[inside] = MODULE
                walk(value, path + (name,), around, found)
        else:
            found[inside] = value


def place(value):
    return "@%s.%s" % (getattr(value, "__module__", None), getattr(value, "__name__", None))  # noqa: UP031


if __name__ == "__main__":
    first, second = {}, {}
    walk(tf, (), (), first)
    walk(tf.compat.v2, (), (), second)
    by_identity = {}
    for name, value in sorted(first.items(), key=lambda item: (len(item[0]), item[0])):
        if value is not None and value is not MODULE:
            by_identity.setdefault(id(value), name)
    lines = []
    for name, value in sorted(second.items()):
        plain = isinstance(value, (bool, int, float, str))
        if value is MODULE:
            lines.append(name + " /")
        elif value is None:
            lines.append(name + " =None")
        elif name in first and (first[name] is value or plain):
            lines.append(name)
        elif id(value) in by_identity and not plain:
            lines.append(name + " " + by_identity[id(value)])
        elif plain:
            lines.append(name + " =" + repr(value))
        else:
            lines.append(name + " " + place(value))
    here = os.path.dirname(os.path.abspath(__file__))
    target = os.path.join(here, "..", "..", "..", "evergraph", "compat", "tf2_names.txt.xz")
    with lzma.open(target, "wt", preset=9) as out:
        out.write("\n".join(lines) + "\n")
