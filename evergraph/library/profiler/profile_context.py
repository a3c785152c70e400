"""ProfileContext: traces, profiles and writes steps of all sessions in a block."""

import contextlib
import os
import random
import sys
import threading
from collections.abc import Iterator
from typing import Any

from evergraph.base import errors
from evergraph.base.export import export
from evergraph.base.platform import gfile
from evergraph.engine.fetches import FetchTree
from evergraph.engine.session import BaseSession
from evergraph.graph.graph import get_default_graph
from evergraph.library.profiler import model_analyzer
from evergraph.proto.protobuf.config_pb2 import RunMetadata, RunOptions

WARMUP_STEPS = 10
MAX_TRACED_STEPS = 100

_VIEWS = {
    "graph": "profile_graph",
    "scope": "profile_name_scope",
    "op": "profile_operations",
    "code": "profile_python",
}


@export("contrib.tfprof.ProfileContext", "contrib.tfprof.model_analyzer.ProfileContext")
class ProfileContext:
    """A block in which steps of sessions are traced, profiled and written.

    Stands for `tf.contrib.tfprof.ProfileContext`. Each `Session.run` is a step.

    Args:
      profile_dir: where profiles go.
      trace_steps: which steps are traced; by default some after the first 10: those with new
        fetches, and a few more by chance.
      dump_steps: after which steps a profile is written; by default the 100th.
      enabled: whether anything happens at all.
      debug: whether traces are written as texts, too, and stderr is told of what happens.

    Raises:
      ValueError: there is no directory, or more than 100 steps are to be traced.
      InternalError: a block begins inside of another.
    """

    def __init__(
        self,
        profile_dir: str,
        trace_steps: Any = None,
        dump_steps: Any = None,
        enabled: bool = True,
        debug: bool = False,
    ) -> None:
        self._enabled = enabled
        if not enabled:
            return
        self._debug = debug
        if not profile_dir:
            raise ValueError("Must have a directory for profile.\n")
        self._profiler_dir = profile_dir
        self._auto_tracing = trace_steps is None
        if trace_steps is not None and len(trace_steps) > MAX_TRACED_STEPS:
            raise ValueError("Only support tracing up to 100 steps.\n")
        self._trace_steps = set(trace_steps or ())
        self._dump_steps = {MAX_TRACED_STEPS} if dump_steps is None else set(dump_steps)
        self._rng = random.Random(111)
        self._fetched: set[str] = set()
        self._slow_path_steps = self._dump_steps | self._trace_steps
        self._trace_next_step = False
        self._dump_next_step = False
        self._step = 0
        self._traced_steps = 0
        self._auto_profiles: list[tuple[str, Any, Any]] = []
        self._profiler: model_analyzer.Profiler | None = None
        self._views: dict[str, dict[int, Any]] = {}
        self._lock = threading.Lock()

    def get_profiles(self, cmd: str) -> dict[int, Any]:
        """What `add_auto_profiling` of a view gave, by step.

        Raises:
          ValueError: nothing.
        """
        if cmd not in self._views:
            raise ValueError(f"No autoprofiler for command: {cmd}, was run")
        return self._views[cmd]

    def add_auto_profiling(self, cmd: str, options: Any, profile_steps: Any) -> None:
        """Traces and profiles some steps.

        Args:
          cmd: the view: "scope", "op", "code" or "graph".
          options: see `tf.profiler.ProfileOptionBuilder`.
          profile_steps: the steps, a list.
        """
        if not self._enabled:
            return
        self._auto_profiles.append((cmd, options, profile_steps[:]))
        self._slow_path_steps |= set(profile_steps)
        self._trace_steps |= set(profile_steps)

    @property
    def profiler(self) -> Any:
        """The `tf.profiler.Profiler` of the steps so far, or None."""
        if not self._enabled:
            return None
        if self._profiler is None:
            self._profiler = model_analyzer.Profiler(get_default_graph())
        return self._profiler

    def trace_next_step(self) -> None:
        """Traces the next step."""
        if self._enabled:
            self._trace_next_step = True
            self._slow_path_steps.add(self._step)

    def dump_next_step(self) -> None:
        """Writes a profile after the next step."""
        if self._enabled:
            self._dump_next_step = True
            self._slow_path_steps.add(self._step)

    def _tell(self, text: str) -> None:
        if self._debug:
            sys.stderr.write(f"debug: {text}\n")

    def _is_fast_path(self, step: int) -> bool:
        if step in self._slow_path_steps:
            return False
        is_auto = self._auto_tracing and step > WARMUP_STEPS
        return not (is_auto and self._traced_steps <= MAX_TRACED_STEPS)

    def _should_trace(self, step: int, graph: Any, fetches: Any) -> bool:
        if self._traced_steps > MAX_TRACED_STEPS:
            return False
        traced = step in self._trace_steps or self._trace_next_step
        if not traced and self._auto_tracing and step > WARMUP_STEPS:
            name = "-".join(sorted(f.name for f in FetchTree(graph, fetches).elements))
            self._tell(f"trace fetches: {name}")
            traced = name not in self._fetched
            self._fetched.add(name)
            if not traced and self.profiler._coverage < 0.5 and step < MAX_TRACED_STEPS:
                traced = self._rng.randint(0, 10) < 2
        self._traced_steps += traced
        return traced

    def _run_traced(
        self, session: Any, step: int, fetches: Any, feed_dict: Any, options: Any, metadata: Any
    ) -> Any:
        self._tell(f"tracing step: {step}")
        metadata = metadata or RunMetadata()
        options = options or RunOptions(trace_level=RunOptions.FULL_TRACE)
        level, options.trace_level = options.trace_level, RunOptions.FULL_TRACE
        result = self._run_of_session(session, fetches, feed_dict, options, metadata)
        if self._debug:
            self._make_directory()
            with gfile.GFile(os.path.join(self._profiler_dir, f"run_meta_{step}"), "w") as f:
                f.write(str(metadata))
        self.profiler._graph = session.graph
        self.profiler.add_step(step, metadata)
        options.trace_level = level
        return result

    def _make_directory(self) -> None:
        if not gfile.Exists(self._profiler_dir):
            gfile.MakeDirs(self._profiler_dir)

    def _maybe_dump(self, step: int) -> None:
        if step in self._dump_steps or self._dump_next_step:
            self._tell(f"dumping file at step: {step}")
            self._make_directory()
            self.profiler._write_profile(os.path.join(self._profiler_dir, f"profile_{step}"))

    def _maybe_profile(self, step: int) -> None:
        for cmd, options, steps in self._auto_profiles:
            if self._step not in steps:
                continue
            views = self._views.setdefault(cmd, {})
            self._tell(f"profiling {cmd} step: {step}")
            if cmd not in _VIEWS:
                raise ValueError(f"Unknown cmd: {cmd}\n")
            views[step] = getattr(self.profiler, _VIEWS[cmd])(options)

    @contextlib.contextmanager
    def _new_step(self) -> Iterator[tuple[int, bool]]:
        # Steps of other threads meanwhile are counted and not looked at.
        acquired = self._lock.acquire(blocking=False)
        yield self._step, acquired
        self._step += 1
        self._trace_next_step = False
        self._dump_next_step = False
        if acquired:
            self._lock.release()

    def _run(
        self, session: Any, fetches: Any, feed_dict: Any, options: Any, run_metadata: Any
    ) -> Any:
        with self._new_step() as (step, locked):
            if not locked or self._is_fast_path(step):
                return self._run_of_session(session, fetches, feed_dict, options, run_metadata)
            if self._should_trace(step, session.graph, fetches):
                given = (fetches, feed_dict, options, run_metadata)
                result = self._run_traced(session, step, *given)
            else:
                result = self._run_of_session(session, fetches, feed_dict, options)
            self._maybe_dump(step)
            self._maybe_profile(step)
            return result

    def __enter__(self) -> "ProfileContext":
        if not self._enabled:
            return self
        if getattr(BaseSession, "profile_context", None) is not None:
            raise errors.InternalError(None, None, "Already in context or context not cleaned.")
        self._run_of_session = BaseSession.run

        def run(
            session: Any,
            fetches: Any,
            feed_dict: Any = None,
            options: Any = None,
            run_metadata: Any = None,
        ) -> Any:
            return self._run(session, fetches, feed_dict, options, run_metadata)

        BaseSession.run = run  # type: ignore[method-assign]
        BaseSession.profile_context = self  # type: ignore[attr-defined]
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._enabled:
            BaseSession.run = self._run_of_session  # type: ignore[method-assign]
            BaseSession.profile_context = None  # type: ignore[attr-defined]
