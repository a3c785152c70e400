"""What calls give, in a form that two implementations can be compared by.

Read by Python 3.7 under TensorFlow 1.15.5 and by ours.
"""

import collections
import io
import logging
import re
import sys
import warnings

import numpy as np


def describe(value):
    """A value as plain JSON: its type's name and what it holds."""
    if isinstance(value, np.generic):
        return "np.%s %s" % (value.dtype.name, numbers(value))  # noqa: UP031 - Python 3.7
    if isinstance(value, np.ndarray):
        return "array %s %s %s" % (value.dtype.name, list(value.shape), numbers(value))  # noqa: UP031
    if isinstance(value, dict):
        return {
            "type": type(value).__name__,
            "items": [[str(k), describe(v)] for k, v in value.items()],
        }
    if isinstance(value, (list, tuple)) and type(value).__name__ != "TensorShape":
        kind = type(value).__name__
        if hasattr(value, "_fields"):
            kind += str(list(value._fields))
        return [kind.replace("_", ""), *map(describe, value)]
    if type(value).__name__ == "Operation":
        return repr(value)
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return repr(value)
    return plain("%s: %s" % (type(value).__name__.lstrip("_"), value))  # noqa: UP031


def numbers(value):
    if value.dtype == object:
        return str(value.tolist())
    return str(
        np.asarray(value).astype(np.complex128 if value.dtype.kind == "c" else value.dtype).tolist()
    )


def plain(text):
    """A text without what is the machine's or the moment's."""
    text = re.sub(r" at 0x[0-9a-f]+", " at 0x0", text)
    text = re.sub(r" \(defined at [^)]*\)", "", text)
    text = re.sub(r"tensorflow_core\.|tensorflow\.|evergraph\.(\w+\.)*|python\.(\w+\.)*", "", text)
    text = text.replace("bool_", "bool")
    return re.sub(r"binary running on \S* ?Make", "binary running on HOST. Make", text)


def tried(call, *args, **kwargs):
    """What a call gives, or the error that it raises."""
    try:
        return describe(call(*args, **kwargs))
    except Exception as error:
        return failure(error)


def failure(error):
    text = getattr(error, "message", None) or (
        str(error.args[0]) if len(error.args) == 1 else str(error)
    )
    return plain("raises %s: %s" % (type(error).__name__, text.split("\n")[0]))  # noqa: UP031


class Lines(logging.Handler):
    def __init__(self):
        super().__init__()
        self.found = []

    def emit(self, record):
        self.found.append("%s %s" % (record.levelname, record.getMessage()))  # noqa: UP031


class Cases(collections.OrderedDict):
    """Functions of (tf, module) by name; each gives outcomes by label."""

    def case(self, function):
        self[function.__name__] = function
        return function


def run(cases, tf, module, only=None):
    """The outcomes of all cases: {case: {label: outcome}}."""
    found = {}
    for name, function in cases.items():
        if only and name not in only:
            continue
        with warnings.catch_warnings(), tf.Graph().as_default():
            warnings.simplefilter("ignore")
            try:
                outcome = function(tf, module)
            except Exception as error:
                outcome = {"": failure(error)}
                if "-v" in sys.argv:
                    raise
        found[name] = {str(label): value for label, value in outcome.items()}
    return found


def captured(call):
    """What a call writes to stdout."""
    old, sys.stdout = sys.stdout, io.StringIO()
    try:
        call()
        return sys.stdout.getvalue()
    finally:
        sys.stdout = old
