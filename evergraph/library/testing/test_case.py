"""`tf.test.TestCase`: tests with sessions, temporary folders and threads."""

import contextlib
import os
import random
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import IO, Any

import numpy as np

from evergraph.api.random_seed import DEFAULT_GRAPH_SEED, set_random_seed
from evergraph.base import errors, nest
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export_constant
from evergraph.base.platform import logging as tf_logging
from evergraph.engine.session import Session
from evergraph.graph.composite import (
    IndexedSlices,
    IndexedSlicesValue,
    SparseTensor,
    SparseTensorValue,
)
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.graph import Graph, reset_default_graph
from evergraph.graph.scopes import get_default_session, graph_stack
from evergraph.library.device_lib import gpu_device_name
from evergraph.library.ragged.ragged_tensor import RaggedTensor
from evergraph.library.testing.asserts import Asserts
from evergraph.library.testing.googletest import get_temp_dir
from evergraph.proto.protobuf.config_pb2 import ConfigProto
from evergraph.proto.protobuf.rewriter_config_pb2 import RewriterConfig


def _value_of(tensor: Any) -> Any:
    """The value of what has one already."""
    if tensor is None:
        return None
    if isinstance(tensor, SparseTensor):
        parts = (tensor.indices, tensor.values, tensor.dense_shape)
        return SparseTensorValue(*(t.numpy() for t in parts))
    if isinstance(tensor, IndexedSlices):
        shape = tensor.dense_shape
        return IndexedSlicesValue(
            tensor.values.numpy(), tensor.indices.numpy(), None if shape is None else shape.numpy()
        )
    if isinstance(tensor, RaggedTensor):
        return tensor._eager_value()
    if callable(tensor):
        return nest.map_structure(_value_of, tensor())
    return tensor.numpy() if hasattr(tensor, "numpy") else tensor


class CapturedWrites:
    """What was written to a stream meanwhile: `contents()`."""

    def __init__(self, capture_location: str) -> None:
        self.capture_location = capture_location

    def contents(self) -> str:
        """The text written so far."""
        with open(self.capture_location) as file:
            return file.read()


class ErrorLoggingSession(Session):
    """A session that logs the errors of `run`, except that of a sequence's end."""

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """`Session.run`."""
        try:
            return super().run(*args, **kwargs)
        except Exception as error:
            if not isinstance(error, errors.OutOfRangeError):
                tf_logging.error(str(error))
            raise


class CheckedThread:
    """A thread whose exception fails the test when it is joined, as it has to be."""

    def __init__(
        self,
        testcase: Any,
        target: Callable[..., Any],
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        self._testcase = testcase
        self._target = target
        self._args = args or ()
        self._kwargs = kwargs or {}
        self._thread = threading.Thread(target=self._protected_run)
        self._exception: Exception | None = None
        self._is_thread_joined = False

    def _protected_run(self) -> None:
        try:
            self._target(*self._args, **self._kwargs)
        except Exception as error:
            self._exception = error

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the thread's end; fail the test if it ended with an exception."""
        self._is_thread_joined = True
        self._thread.join()
        if self._exception is not None:
            self._testcase.fail(f"Error in checkedThread: {self._exception}")

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def check_termination(self) -> None:
        """Fail the test if the thread was not joined.

        Raises:
          RuntimeError: If it runs all the same.
        """
        if not self._is_thread_joined:
            self._testcase.fail("A checked thread was not joined.")
        elif self.is_alive():
            raise RuntimeError(
                "Thread was not joined with main thread, and is still running "
                "when the test finished."
            )


class TensorFlowTestCase(Asserts):
    """A test case whose tests begin with an empty default graph and fixed random seeds.

    Stands for `tf.test.TestCase`.
    """

    def __init__(self, methodName: str = "runTest") -> None:
        super().__init__(methodName)
        self._threads: list[CheckedThread] = []
        self._tempdir: str | None = None
        self._cached_session: Session | None = None

    def setUp(self) -> None:
        """Forget the graph and session of the last test, and set the seeds."""
        self._ClearCachedSession()
        random.seed(DEFAULT_GRAPH_SEED)
        np.random.seed(DEFAULT_GRAPH_SEED)
        graph_stack.reset()
        reset_default_graph()
        set_random_seed(DEFAULT_GRAPH_SEED)
        if self.id().endswith(".test_session"):
            self.skipTest("Not a test.")

    def tearDown(self) -> None:
        """Check that threads have ended, and close the session."""
        for thread in self._threads:
            thread.check_termination()
        self._ClearCachedSession()

    def _ClearCachedSession(self) -> None:
        if self._cached_session is not None:
            self._cached_session.close()
            self._cached_session = None

    def get_temp_dir(self) -> str:
        """The temporary folder of this test."""
        if not self._tempdir:
            self._tempdir = tempfile.mkdtemp(dir=get_temp_dir())
        return self._tempdir

    @contextlib.contextmanager
    def captureWritesToStream(self, stream: IO[Any]) -> Iterator[CapturedWrites]:
        """A block in which what is written to a stream's file descriptor is kept instead."""
        stream.flush()
        descriptor = stream.fileno()
        original = os.dup(descriptor)
        handle, path = tempfile.mkstemp(dir=self.get_temp_dir())
        os.dup2(handle, descriptor)
        os.close(handle)
        try:
            yield CapturedWrites(path)
        finally:
            stream.flush()
            os.dup2(original, descriptor)
            os.close(original)

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors, in the default session or the test's own; where ops are executed
        at once, their own."""
        if executing_eagerly():
            return nest.map_structure(_value_of, tensors)
        session = get_default_session()
        if session is not None:
            return session.run(tensors)
        with self.test_session() as session:
            return session.run(tensors)

    @contextlib.contextmanager
    def session(
        self,
        graph: Graph | None = None,
        config: ConfigProto | None = None,
        use_gpu: bool = False,
        force_gpu: bool = False,
    ) -> Iterator[Session]:
        """A new session, default in the block as its graph is.

        Nodes made in the block are placed on the CPU, with `use_gpu` anywhere, with `force_gpu` on
        the first GPU.
        """
        with self._create_session(graph, config, force_gpu) as session:
            with self._constrain_devices_and_set_default(session, use_gpu, force_gpu):
                yield session

    @contextlib.contextmanager
    def cached_session(
        self,
        graph: Graph | None = None,
        config: ConfigProto | None = None,
        use_gpu: bool = False,
        force_gpu: bool = False,
    ) -> Iterator[Session]:
        """As `session`, but the same session for all blocks of a test.

        Raises:
          ValueError: If the arguments differ from those of the first block.
        """
        session = self._get_cached_session(graph, config, force_gpu, True)
        with self._constrain_devices_and_set_default(session, use_gpu, force_gpu):
            yield session

    @contextlib.contextmanager
    @deprecated(None, "Use `self.session()` or `self.cached_session()` instead.")
    def test_session(
        self,
        graph: Graph | None = None,
        config: ConfigProto | None = None,
        use_gpu: bool = False,
        force_gpu: bool = False,
    ) -> Iterator[Session]:
        """`cached_session` without a check of its arguments; `session` if a graph is given."""
        if self.id().endswith(".test_session"):
            self.skipTest("Not a test.")
        if graph is not None:
            with self.session(graph, config, use_gpu, force_gpu) as session:
                yield session
            return
        session = self._get_cached_session(graph, config, force_gpu, False)
        with self._constrain_devices_and_set_default(session, use_gpu, force_gpu):
            yield session

    def checkedThread(
        self,
        target: Callable[..., Any],
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> CheckedThread:
        """A thread, to be started and joined, whose exception fails the test."""
        thread = CheckedThread(self, target, args, kwargs)
        self._threads.append(thread)
        return thread

    @contextlib.contextmanager
    def _constrain_devices_and_set_default(
        self, sess: Session, use_gpu: bool, force_gpu: bool
    ) -> Iterator[Session]:
        """Make a session and its graph default, and choose the device of new nodes."""
        with sess.graph.as_default(), sess.as_default():
            if use_gpu and not force_gpu:
                yield sess
                return
            device = (gpu_device_name() or "/device:GPU:0") if force_gpu else "/device:CPU:0"
            with sess.graph.device(device):
                yield sess

    def _create_session(
        self, graph: Graph | None, config: ConfigProto | None, force_gpu: bool
    ) -> Session:
        """A session that leaves the graph as it is; soft placement unless a GPU is forced."""
        if config is None:
            config = ConfigProto(allow_soft_placement=not force_gpu)
        elif force_gpu and config.allow_soft_placement:
            config = ConfigProto()
        config.graph_options.optimizer_options.opt_level = -1
        rewriting = config.graph_options.rewrite_options
        rewriting.constant_folding = RewriterConfig.OFF
        rewriting.pin_to_host_optimization = RewriterConfig.OFF
        return ErrorLoggingSession(graph=graph, config=config)

    def _get_cached_session(
        self,
        graph: Graph | None = None,
        config: ConfigProto | None = None,
        force_gpu: bool = False,
        crash_if_inconsistent_args: bool = True,
    ) -> Session:
        """The test's session, made when first asked for."""
        arguments = {"graph": graph, "config": config, "force_gpu value": force_gpu}
        if self._cached_session is None:
            self._cached_session = self._create_session(graph, config, force_gpu)
            self._cached_arguments = arguments
            return self._cached_session
        for name, value in arguments.items():
            if crash_if_inconsistent_args and self._cached_arguments[name] is not value:
                raise ValueError(
                    f"The {name} used to get the cached session is different than the one that "
                    "was used to create the session. Maybe create a new session with "
                    "self.session()"
                )
        return self._cached_session


export_constant(__name__, "TensorFlowTestCase", "test.TestCase")
