"""What a profile counts, shows and writes."""

import copy
from typing import Any

from evergraph.base.export import export
from evergraph.library.profiler import tfprof_logger

Options = dict[str, Any]


def _options(**others: Any) -> Options:
    """Options of which these are not the usual ones."""
    usual = {
        "max_depth": 10000,
        "min_bytes": 0,
        "min_micros": 0,
        "min_params": 0,
        "min_float_ops": 0,
        "min_occurrence": 0,
        "order_by": "name",
        "account_type_regexes": [".*"],
        "start_name_regexes": [".*"],
        "trim_name_regexes": [],
        "show_name_regexes": [".*"],
        "hide_name_regexes": [],
        "account_displayed_op_only": True,
        "select": ["micros"],
        "step": -1,
        "output": "stdout",
    }
    return usual | others


@export("profiler.ProfileOptionBuilder")
class ProfileOptionBuilder:
    """Makes the options of `tf.profiler.profile`, which are a dict. Each method but `build` returns
    the builder. Stands for `tf.profiler.ProfileOptionBuilder`.

    Args:
      options: what to begin with; default: the execution times of all nodes.
    """

    def __init__(self, options: Options | None = None) -> None:
        if options is None:
            options = _options(max_depth=100, account_displayed_op_only=False)
        self._options = copy.deepcopy(options)

    @staticmethod
    def trainable_variables_parameter() -> Options:
        """The number of entries of the trainable variables, by name scope."""
        return _options(account_type_regexes=[tfprof_logger.TRAINABLE_VARIABLES], select=["params"])

    @staticmethod
    def float_operation() -> Options:
        """The floating-point operations of nodes for whose type they are known, most first."""
        return _options(min_float_ops=1, order_by="float_ops", select=["float_ops"])

    @staticmethod
    def time_and_memory(
        min_micros: int = 1,
        min_bytes: int = 1,
        min_accelerator_micros: int = 0,
        min_cpu_micros: int = 0,
        min_peak_bytes: int = 0,
        min_residual_bytes: int = 0,
        min_output_bytes: int = 0,
    ) -> Options:
        """Execution times and memory of what took at least so much of each; the slowest first."""
        return _options(
            min_bytes=min_bytes,
            min_peak_bytes=min_peak_bytes,
            min_residual_bytes=min_residual_bytes,
            min_output_bytes=min_output_bytes,
            min_micros=min_micros,
            min_accelerator_micros=min_accelerator_micros,
            min_cpu_micros=min_cpu_micros,
            order_by="micros",
            select=["micros", "bytes"],
        )

    def build(self) -> Options:
        """The options, as a dict of their own."""
        return copy.deepcopy(self._options)

    def _set(self, **options: Any) -> "ProfileOptionBuilder":
        self._options.update(options)
        return self

    def with_max_depth(self, max_depth: int) -> "ProfileOptionBuilder":
        """Shows nothing below this depth; of a list, nothing after so many."""
        return self._set(max_depth=max_depth)

    def with_min_memory(
        self,
        min_bytes: int = 0,
        min_peak_bytes: int = 0,
        min_residual_bytes: int = 0,
        min_output_bytes: int = 0,
    ) -> "ProfileOptionBuilder":
        """Shows what requested, held at once, kept and gave at least so many bytes."""
        return self._set(
            min_bytes=min_bytes,
            min_peak_bytes=min_peak_bytes,
            min_residual_bytes=min_residual_bytes,
            min_output_bytes=min_output_bytes,
        )

    def with_min_execution_time(
        self, min_micros: int = 0, min_accelerator_micros: int = 0, min_cpu_micros: int = 0
    ) -> "ProfileOptionBuilder":
        """Shows what took at least so many microseconds in all, on a GPU, on the CPU."""
        return self._set(
            min_micros=min_micros,
            min_accelerator_micros=min_accelerator_micros,
            min_cpu_micros=min_cpu_micros,
        )

    def with_min_parameters(self, min_params: int) -> "ProfileOptionBuilder":
        """Shows what has at least so many entries of variables."""
        return self._set(min_params=min_params)

    def with_min_occurrence(self, min_occurrence: int) -> "ProfileOptionBuilder":
        """Shows what ran at least so often."""
        return self._set(min_occurrence=min_occurrence)

    def with_min_float_operations(self, min_float_ops: int) -> "ProfileOptionBuilder":
        """Shows what takes at least so many floating-point operations."""
        return self._set(min_float_ops=min_float_ops)

    def with_accounted_types(self, account_type_regexes: list[str]) -> "ProfileOptionBuilder":
        """Counts nodes of which a type matches a regular expression. Types are the op type, the
        device that it ran on, and what an OpLogProto adds."""
        return self._set(account_type_regexes=copy.copy(account_type_regexes))

    def with_node_names(
        self,
        start_name_regexes: list[str] | None = None,
        show_name_regexes: list[str] | None = None,
        hide_name_regexes: list[str] | None = None,
        trim_name_regexes: list[str] | None = None,
    ) -> "ProfileOptionBuilder":
        """Shows, of what begins with a name that `start_name_regexes` match, the names that
        `show_name_regexes` match and `hide_name_regexes` do not, and nothing below names that
        `trim_name_regexes` match. None leaves an option as it is."""
        given = {
            "start_name_regexes": start_name_regexes,
            "show_name_regexes": show_name_regexes,
            "hide_name_regexes": hide_name_regexes,
            "trim_name_regexes": trim_name_regexes,
        }
        return self._set(**{k: copy.copy(v) for k, v in given.items() if v is not None})

    def account_displayed_op_only(self, is_true: bool) -> "ProfileOptionBuilder":
        """Whether totals are of what is shown alone."""
        return self._set(account_displayed_op_only=is_true)

    def with_empty_output(self) -> "ProfileOptionBuilder":
        """Writes nothing."""
        return self._set(output="none")

    def with_stdout_output(self) -> "ProfileOptionBuilder":
        """Writes a table to stdout."""
        return self._set(output="stdout")

    def with_file_output(self, outfile: str) -> "ProfileOptionBuilder":
        """Writes a table to a file."""
        return self._set(output=f"file:outfile={outfile}")

    def with_timeline_output(self, timeline_file: str) -> "ProfileOptionBuilder":
        """Writes when things ran, for chrome://tracing, to a file; see `with_step`."""
        return self._set(output=f"timeline:outfile={timeline_file}")

    def with_pprof_output(self, pprof_file: str) -> "ProfileOptionBuilder":
        """Writes a file for the program pprof; not supported."""
        return self._set(output=f"pprof:outfile={pprof_file}")

    def order_by(self, attribute: str) -> "ProfileOptionBuilder":
        """Sorts by "name", or by one of "bytes", "peak_bytes", "residual_bytes", "output_bytes",
        "micros", "accelerator_micros", "cpu_micros", "params", "float_ops", most first."""
        return self._set(order_by=attribute)

    def select(self, attributes: list[str]) -> "ProfileOptionBuilder":
        """Shows these: what `order_by` takes, and "device", "op_types", "occurrence",
        "input_shapes"."""
        return self._set(select=copy.copy(attributes))

    def with_step(self, step: int) -> "ProfileOptionBuilder":
        """Shows one step of a `Profiler`; -1 for the mean of all."""
        return self._set(step=step)
