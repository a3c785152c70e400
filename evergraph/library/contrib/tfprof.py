"""tf.contrib.tfprof: `tf.profiler` by its earlier names."""

from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export, export_constant
from evergraph.library.profiler import model_analyzer, tfprof_logger
from evergraph.library.profiler.tfprof_logger import TRAINABLE_VARIABLES
from evergraph.proto.profiler.tfprof_output_pb2 import AdviceProto


def _options(**more: Any) -> dict[str, Any]:
    """What all nodes are to be counted for, with other values where `more` has them."""
    return {
        "max_depth": 10000,
        "min_bytes": 0,
        "min_micros": 0,
        "min_params": 0,
        "min_float_ops": 0,
        "order_by": "name",
        "account_type_regexes": [".*"],
        "start_name_regexes": [".*"],
        "trim_name_regexes": [],
        "show_name_regexes": [".*"],
        "hide_name_regexes": [],
        "account_displayed_op_only": True,
        "output": "stdout",
        "dump_to_file": "",
        **more,
    }


TRAINABLE_VARS_PARAMS_STAT_OPTIONS = _options(
    account_type_regexes=[TRAINABLE_VARIABLES], select=["params"]
)
FLOAT_OPS_OPTIONS = _options(min_float_ops=1, order_by="float_ops", select=["float_ops"])
PRINT_ALL_TIMING_MEMORY = _options(min_bytes=1, min_micros=1, select=["micros", "bytes"])


@export("contrib.tfprof.model_analyzer.advise")
@deprecated("2018-01-01", "Use `tf.profiler.advise(graph, run_meta, options)`. See README.md")
def advise(
    graph: Any, run_meta: Any = None, tfprof_options: Any = model_analyzer._DEFAULT_ADVISE_OPTIONS
) -> AdviceProto:
    """Looks for what could be faster, and prints it: `tf.profiler.advise`."""
    return model_analyzer.advise(graph, run_meta, tfprof_options)


@export("contrib.tfprof.model_analyzer.print_model_analysis")
@deprecated(
    "2018-01-01",
    "Use `tf.profiler.profile(graph, run_meta, op_log, cmd, options)`. Build `options` with "
    "`tf.profiler.ProfileOptionBuilder`. See README.md for details",
)
def print_model_analysis(
    graph: Any,
    run_meta: Any = None,
    op_log: Any = None,
    tfprof_cmd: str = "scope",
    tfprof_options: Any = model_analyzer._DEFAULT_PROFILE_OPTIONS,
) -> Any:
    """Counts a graph's variables and operations: `tf.profiler.profile`."""
    return model_analyzer.profile(graph, run_meta, op_log, tfprof_cmd, tfprof_options)


for _name in ("TRAINABLE_VARS_PARAMS_STAT_OPTIONS", "FLOAT_OPS_OPTIONS", "PRINT_ALL_TIMING_MEMORY"):
    export_constant(__name__, _name, f"contrib.tfprof.model_analyzer.{_name}")
for _name in ("Profiler", "ALL_ADVICE"):
    export_constant(model_analyzer.__name__, _name, f"contrib.tfprof.model_analyzer.{_name}")


@export("contrib.tfprof.tfprof_logger.write_op_log")
@deprecated("2018-01-01", "Use `tf.profiler.write_op_log. go/tfprof`")
def write_op_log(
    graph: Any, log_dir: str, op_log: Any = None, run_meta: Any = None, add_trace: bool = True
) -> None:
    """`tf.profiler.write_op_log`. Stands for `tf.contrib.tfprof.tfprof_logger.write_op_log`."""
    tfprof_logger.write_op_log(graph, log_dir, op_log, run_meta, add_trace)
