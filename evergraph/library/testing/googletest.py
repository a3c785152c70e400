"""Running tests: `tf.test.main`, temporary folders, stubs."""

import atexit
import inspect
import os
import sys
import tempfile
from typing import Any
from unittest import mock as mock

from absl.testing import absltest
from absl.testing.absltest import *  # noqa: F403

from evergraph.base import errors
from evergraph.base.decorator import unwrap
from evergraph.base.export import export, export_constant
from evergraph.base.platform import app, file_io
from evergraph.base.platform import logging as tf_logging
from evergraph.library.testing import benchmark

Benchmark = benchmark.TensorFlowBenchmark

export_constant(__name__, "Benchmark", "test.Benchmark")
export_constant(__name__, "mock", "test.mock")


def g_main(argv: list[str]) -> None:
    """Run the tests of the main module."""
    absltest.main(argv=argv)


@export("test.main")
def main(argv: list[str] | None = None) -> None:
    """Run the tests of the main module, or with --benchmarks=REGEX its benchmarks, and exit.

    Stands for `tf.test.main`.
    """
    arguments = sys.argv if argv is None else argv
    benchmark.benchmarks_main(true_main=lambda: app.run(main=g_main, argv=arguments))


class _TempDir:
    """The temporary folder of this process, made when first asked for."""

    path = ""


@export("test.get_temp_dir")
def get_temp_dir() -> str:
    """A temporary folder for tests, deleted at exit. Stands for `tf.test.get_temp_dir`."""
    if not _TempDir.path:
        prefix = os.environ.get("TEST_TMPDIR")
        if not prefix:
            program = os.path.basename(inspect.stack(0)[-1].filename)
            prefix = os.path.join(tempfile.gettempdir(), program.removesuffix(".py"))
        _TempDir.path = tempfile.mkdtemp(prefix=prefix)
        atexit.register(_delete, _TempDir.path)
    return _TempDir.path


GetTempDir = get_temp_dir


def _delete(folder: str) -> None:
    """Delete a temporary folder, if it is still there."""
    try:
        file_io.delete_recursively(folder)
    except errors.OpError as error:
        tf_logging.error("Error removing %s: %s", folder, error)


@export("test.test_src_dir_path")
def test_src_dir_path(relative_path: str) -> str:
    """The path of a file of TensorFlow's sources, under the environment's TEST_SRCDIR.

    Stands for `tf.test.test_src_dir_path`.
    """
    return os.path.join(os.environ["TEST_SRCDIR"], "org_tensorflow/tensorflow", relative_path)


test_src_dir_path.__test__ = False  # type: ignore[attr-defined]  # it is no test, for pytest


def StatefulSessionAvailable() -> bool:
    """False."""
    return False


@export("test.StubOutForTesting")
class StubOutForTesting:
    """Replaces attributes for a time; `CleanUp`, or leaving a `with` block, brings them back.

    Stands for `tf.test.StubOutForTesting`.
    """

    def __init__(self) -> None:
        self.cache: list[tuple[Any, Any, str]] = []
        self.stubs: list[tuple[Any, str, Any]] = []

    def __del__(self) -> None:
        self.CleanUp()

    def __enter__(self) -> "StubOutForTesting":
        return self

    def __exit__(self, *unused: Any) -> None:
        self.CleanUp()

    def CleanUp(self) -> None:
        """Undo all replacements."""
        self.SmartUnsetAll()
        self.UnsetAll()

    def SmartSet(self, obj: Any, attr_name: str, new_attr: Any) -> None:
        """Replace an attribute where it is defined: in a module, an instance or a base class.

        Raises:
          AttributeError: If there is no such attribute.
        """
        _, obj = unwrap(obj)
        if inspect.ismodule(obj) or (not inspect.isclass(obj) and attr_name in vars(obj)):
            owner = obj
        else:
            bases = (obj if inspect.isclass(obj) else type(obj)).__mro__
            owner = next((cls for cls in bases if attr_name in vars(cls)), None)
            if owner is None:
                raise AttributeError("Attribute not found.")
        # Read from the namespace, a staticmethod stays one.
        self.stubs.append((owner, attr_name, vars(owner).get(attr_name, getattr(obj, attr_name))))
        setattr(owner, attr_name, new_attr)

    def SmartUnsetAll(self) -> None:
        """Undo the replacements of `SmartSet`."""
        for stub in reversed(self.stubs):
            setattr(*stub)
        self.stubs = []

    def Set(self, parent: Any, child_name: str, new_child: Any) -> None:
        """Replace the attribute `child_name` of `parent`."""
        old = getattr(parent, child_name)
        if isinstance(vars(parent).get(child_name), staticmethod):
            old = staticmethod(old)
        self.cache.append((parent, old, child_name))
        setattr(parent, child_name, new_child)

    def UnsetAll(self) -> None:
        """Undo the replacements of `Set`."""
        for parent, old, name in reversed(self.cache):
            setattr(parent, name, old)
        self.cache = []
