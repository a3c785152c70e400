"""A writer that keeps what it gets, for tests."""

from typing import Any, ClassVar

from evergraph.base.export import export
from evergraph.library.summary import writer, writer_cache
from evergraph.library.testing import graph_compare
from evergraph.proto.framework.summary_pb2 import Summary


@export("contrib.testing.FakeSummaryWriter")
class FakeSummaryWriter:
    """Keeps summaries and graphs in place of writing them. Stands for
    `tf.contrib.testing.FakeSummaryWriter`.

    Args:
      logdir: the folder that a real writer would use.
      graph: the graph to begin with.
    """

    _replaced_summary_writer: ClassVar[Any] = None

    @classmethod
    def install(cls) -> None:
        """Makes caches give such writers. Raises ValueError if they do already."""
        if cls._replaced_summary_writer:
            raise ValueError("FakeSummaryWriter already installed.")
        cls._replaced_summary_writer = writer.FileWriter
        writer.FileWriter = writer_cache.FileWriter = FakeSummaryWriter  # type: ignore[misc,assignment]

    @classmethod
    def uninstall(cls) -> None:
        """Makes caches give real writers. Raises ValueError if they do already."""
        if not cls._replaced_summary_writer:
            raise ValueError("FakeSummaryWriter not installed.")
        writer.FileWriter = writer_cache.FileWriter = cls._replaced_summary_writer  # type: ignore[misc]
        cls._replaced_summary_writer = None

    def __init__(self, logdir: str, graph: Any = None) -> None:
        self._logdir = logdir
        self._graph = graph
        self._summaries: dict[Any, list[Any]] = {}
        self._added_graphs: list[Any] = []
        self._added_meta_graphs: list[Any] = []
        self._added_session_logs: list[Any] = []
        self._added_run_metadata: dict[str, Any] = {}

    @property
    def summaries(self) -> dict[Any, list[Any]]:
        """Summary messages by step."""
        return self._summaries

    def assert_summaries(
        self,
        test_case: Any,
        expected_logdir: Any = None,
        expected_graph: Any = None,
        expected_summaries: Any = None,
        expected_added_graphs: Any = None,
        expected_added_meta_graphs: Any = None,
        expected_session_logs: Any = None,
    ) -> None:
        """Checks what was kept, with the asserts of a test case.

        Args:
          test_case: the test case.
          expected_logdir: the folder.
          expected_graph: the graph to begin with.
          expected_summaries: numbers by tag, by step; speeds are left out.
          expected_added_graphs: graphs.
          expected_added_meta_graphs: MetaGraphDef messages.
          expected_session_logs: SessionLog messages.
        """
        if expected_logdir is not None:
            test_case.assertEqual(expected_logdir, self._logdir)
        if expected_graph is not None:
            test_case.assertTrue(expected_graph is self._graph)
        for step, expected in (expected_summaries or {}).items():
            test_case.assertIn(step, self._summaries)
            actual = {
                value.tag: value.simple_value
                for summary in self._summaries[step]
                for value in summary.value
                if value.tag != "global_step/sec"
            }
            test_case.assertEqual(expected, actual)
        if expected_added_graphs is not None:
            test_case.assertEqual(expected_added_graphs, self._added_graphs)
        if expected_added_meta_graphs is not None:
            test_case.assertEqual(len(expected_added_meta_graphs), len(self._added_meta_graphs))
            for pair in zip(expected_added_meta_graphs, self._added_meta_graphs, strict=True):
                graph_compare.assert_meta_graph_protos_equal(test_case, *pair)
        if expected_session_logs is not None:
            test_case.assertEqual(expected_session_logs, self._added_session_logs)

    def add_summary(self, summ: Any, current_global_step: Any) -> None:
        """Keeps a Summary message, or one as bytes."""
        message = Summary.FromString(summ) if isinstance(summ, bytes) else summ
        self._summaries.setdefault(current_global_step, []).append(message)

    def add_graph(self, graph: Any, global_step: Any = None, graph_def: Any = None) -> None:
        """Keeps a graph. Raises ValueError of a GraphDef, or a negative step."""
        _check_step(global_step)
        if graph_def is not None:
            raise ValueError(f"Unexpected graph_def {graph_def}.")
        self._added_graphs.append(graph)

    def add_meta_graph(self, meta_graph_def: Any, global_step: Any = None) -> None:
        """Keeps a MetaGraphDef. Raises ValueError of a negative step."""
        _check_step(global_step)
        self._added_meta_graphs.append(meta_graph_def)

    def add_session_log(self, session_log: Any, global_step: Any = None) -> None:
        """Keeps a SessionLog."""
        self._added_session_logs.append(session_log)

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Keeps a RunMetadata. Raises ValueError of a negative step."""
        _check_step(global_step)
        self._added_run_metadata[tag] = run_metadata

    def flush(self) -> None:
        """Nothing."""

    def reopen(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def _check_step(global_step: Any) -> None:
    if global_step is not None and global_step < 0:
        raise ValueError(f"Invalid global_step {global_step}.")
