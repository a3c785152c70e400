"""`tf.profiler.profile`, `tf.profiler.Profiler`, `tf.profiler.advise`."""

import sys
from typing import Any

from evergraph.base import errors
from evergraph.base.export import export
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.graph import get_default_graph
from evergraph.library.profiler import option_builder, profiles, tfprof_logger
from evergraph.library.profiler.records import Statistics
from evergraph.proto.framework.graph_pb2 import GraphDef
from evergraph.proto.profiler.tfprof_options_pb2 import AdvisorOptionsProto, OptionsProto
from evergraph.proto.profiler.tfprof_output_pb2 import (
    AdviceProto,
    GraphNodeProto,
    MultiGraphNodeProto,
)

_DEFAULT_PROFILE_OPTIONS = 0
_DEFAULT_ADVISE_OPTIONS = 0
ALL_ADVICE: dict[str, dict[str, str]] = {
    "ExpensiveOperationChecker": {},
    "AcceleratorUtilizationChecker": {},
    "JobChecker": {},
    "OperationChecker": {},
}
_LISTS = (
    *("account_type_regexes", "start_name_regexes", "trim_name_regexes"),
    *("show_name_regexes", "hide_name_regexes", "select"),
)
_DEFAULTS = {"max_depth": 10, "step": -1, "order_by": "name", "output": "stdout"}


def _build_options(options: dict[str, Any]) -> OptionsProto:
    """The options as a message; what is not there has its default."""
    found = OptionsProto()
    for field in found.DESCRIPTOR.fields:
        if field.name in _LISTS:
            getattr(found, field.name).extend(options.get(field.name, []))
        elif field.name in options or field.name in _DEFAULTS:
            setattr(found, field.name, options.get(field.name, _DEFAULTS.get(field.name)))
    return found


def _build_advisor_options(options: dict[str, dict[str, str]] | None) -> AdvisorOptionsProto:
    found = AdvisorOptionsProto()
    for name, more in (options or {}).items():
        found.checkers[name].options.update(more)
    return found


def _graph_or_default(graph: Any) -> Any:
    if not graph and not executing_eagerly():
        return get_default_graph()
    return graph


def _graph_def(graph: Any) -> GraphDef:
    return graph.as_graph_def(add_shapes=True) if graph else GraphDef()


@export("profiler.Profiler")
class Profiler:
    """Collects steps of one program and profiles them. Stands for `tf.profiler.Profiler`.

    Args:
      graph: the graph that runs; default: the default graph.
      op_log: an OpLogProto with further types of nodes.
    """

    def __init__(self, graph: Any = None, op_log: Any = None) -> None:
        self._coverage = 0.0
        self._graph = _graph_or_default(graph)
        op_log = tfprof_logger.merge_default_with_oplog(self._graph, op_log=op_log)
        sys.stdout.write("Parsing Inputs...\n")
        self._statistics = Statistics(_graph_def(self._graph), None, op_log)

    def add_step(self, step: int, run_meta: Any) -> None:
        """Adds the RunMetadata of a step; a step may have several."""
        op_log = tfprof_logger.merge_default_with_oplog(self._graph, run_meta=run_meta)
        self._statistics.add_graph(_graph_def(self._graph))
        self._statistics.add_run(step, run_meta)
        self._statistics.add_op_log(op_log)
        self._coverage = self._statistics.coverage()

    def profile_python(self, options: dict[str, Any]) -> MultiGraphNodeProto:
        """Profiles lines of Python, each above those that it called.

        Args:
          options: see `tf.profiler.ProfileOptionBuilder`.
        """
        return self._profile("code", options)

    def profile_operations(self, options: dict[str, Any]) -> MultiGraphNodeProto:
        """Profiles types of nodes. See `profile_python`."""
        return self._profile("op", options)

    def profile_name_scope(self, options: dict[str, Any]) -> GraphNodeProto:
        """Profiles nodes by the parts of their names. See `profile_python`."""
        return self._profile("scope", options)

    def profile_graph(self, options: dict[str, Any]) -> GraphNodeProto:
        """Profiles nodes, each above those that it takes its inputs from. See `profile_python`."""
        return self._profile("graph", options)

    def _profile(self, view: str, options: dict[str, Any]) -> Any:
        return profiles.run(self._statistics, view, _build_options(options))

    def advise(self, options: dict[str, dict[str, str]] | None) -> AdviceProto:
        """Looks for what could be faster, and prints it.

        Args:
          options: the checkers to run, each with options: `ALL_ADVICE`.
        """
        return profiles.advise(self._statistics, _build_advisor_options(options).checkers)

    def serialize_to_string(self) -> bytes:
        """All that is known, as a ProfileProto's bytes."""
        return self._statistics.message().SerializeToString()

    def _write_profile(self, filename: str) -> None:
        """Writes what `serialize_to_string` gives to a file."""
        profiles.write(self._statistics, filename)


@export("profiler.profile")
def profile(
    graph: Any = None,
    run_meta: Any = None,
    op_log: Any = None,
    cmd: str = "scope",
    options: Any = _DEFAULT_PROFILE_OPTIONS,
) -> Any:
    """Counts a graph's variables and floating-point operations, and the times and memory of a run.
    Stands for `tf.profiler.profile`.

    Args:
      graph: default: the default graph.
      run_meta: a RunMetadata, for times and memory, and for shapes that the graph does not know.
      op_log: an OpLogProto with further types of nodes, which
        `options["account_type_regexes"]` may name.
      cmd: what a line of the table stands for: "scope" for parts of names, "graph" for nodes above
        their inputs, "op" for types of nodes, "code" for lines of Python.
      options: a dict that `tf.profiler.ProfileOptionBuilder` makes; default: the trainable
        variables' parameters.

    Returns:
      A GraphNodeProto, or a MultiGraphNodeProto for "op" and "code": figures and totals of the
      whole, with those of its parts as `children`.

    Raises:
      InvalidArgumentError: there is no such `cmd`.
    """
    graph = _graph_or_default(graph)
    if options == _DEFAULT_PROFILE_OPTIONS:
        options = option_builder.ProfileOptionBuilder.trainable_variables_parameter()
    op_log = tfprof_logger.merge_default_with_oplog(graph, op_log, run_meta, cmd == "code")
    wanted = _build_options(options)
    if cmd not in profiles.VIEWS:
        raise errors.InvalidArgumentError(None, None, f"unknown cmd: {cmd}\n")
    sys.stdout.write("Parsing Inputs...\n")
    return profiles.run(Statistics(_graph_def(graph), run_meta, op_log), cmd, wanted)


@export("profiler.advise")
def advise(
    graph: Any = None, run_meta: Any = None, options: Any = _DEFAULT_ADVISE_OPTIONS
) -> AdviceProto:
    """Looks for what could be faster, and prints it. Stands for `tf.profiler.advise`.

    Args:
      graph: default: the default graph.
      run_meta: a RunMetadata, for times.
      options: the checkers to run, each with options; default: all.
    """
    graph = _graph_or_default(graph)
    if options == _DEFAULT_ADVISE_OPTIONS:
        options = ALL_ADVICE.copy()
    op_log = tfprof_logger.merge_default_with_oplog(graph, None, run_meta, add_trace=True)
    sys.stdout.write("Parsing Inputs...\n")
    statistics = Statistics(_graph_def(graph), run_meta, op_log)
    return profiles.advise(statistics, _build_advisor_options(options).checkers)
