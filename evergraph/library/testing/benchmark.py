"""`tf.test.Benchmark`: methods whose names begin with "benchmark", timed and reported."""

import inspect
import numbers
import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from evergraph.base.export import export
from evergraph.base.platform import app, gfile
from evergraph.base.platform import logging as tf_logging
from evergraph.graph.scopes import get_default_session
from evergraph.proto.protobuf.config_pb2 import ConfigProto
from evergraph.proto.protobuf.rewriter_config_pb2 import RewriterConfig
from evergraph.proto.util.test_log_pb2 import BenchmarkEntries, BenchmarkEntry

# The environment variable that names where reports are written; they are printed without it.
TEST_REPORTER_TEST_ENV = "TEST_REPORT_FILE_PREFIX"

GLOBAL_BENCHMARK_REGISTRY: set[type] = set()


def _fill_metric(entry: BenchmarkEntry, metric: dict[str, Any]) -> None:
    """Add a metric to a report."""
    for field in ("name", "value"):
        if field not in metric:
            raise TypeError(f"metric must has a '{field}' field")
    found = entry.metrics.add(name=metric["name"], value=metric["value"])
    for bound in ("min_value", "max_value"):
        if bound in metric:
            getattr(found, bound).value = metric[bound]


def _global_report_benchmark(
    name: str,
    iters: int | None = None,
    cpu_time: float | None = None,
    wall_time: float | None = None,
    throughput: float | None = None,
    extras: dict[str, Any] | None = None,
    metrics: list[dict[str, Any]] | None = None,
) -> None:
    """Write or print a report.

    Raises:
      TypeError: If `extras` is no dict or `metrics` no list of dicts with names and values.
      OSError: If the report's file exists.
    """
    numbers_given = {
        "iters": iters,
        "wall_time": wall_time,
        "cpu_time": cpu_time,
        "throughput": throughput,
    }
    shown = [-1 if value is None else value for value in numbers_given.values()]
    tf_logging.info(
        "Benchmark [%s] iters: %d, wall_time: %g, cpu_time: %g,"
        "throughput: %g, extras: %s, metrics: %s",
        *(name, *shown, str(extras) if extras else "None", str(metrics) if metrics else "None"),
    )
    given = {field: value for field, value in numbers_given.items() if value is not None}
    entries = BenchmarkEntries()
    entry = entries.entry.add(name=name, **given)
    if extras is not None and not isinstance(extras, dict):
        raise TypeError("extras must be a dict")
    for key, value in (extras or {}).items():
        if isinstance(value, numbers.Number):
            entry.extras[key].double_value = value
        else:
            entry.extras[key].string_value = str(value)
    if metrics is not None and not isinstance(metrics, list):
        raise TypeError("metrics must be a list")
    for metric in metrics or ():
        _fill_metric(entry, metric)
    prefix = os.environ.get(TEST_REPORTER_TEST_ENV)
    if prefix is None:
        print(entries)
        return
    path = prefix + name.replace("/", "__")
    if gfile.Exists(path):
        raise OSError(f"File already exists: {path}")
    with gfile.GFile(path, "wb") as file:
        file.write(entries.SerializeToString())


class Benchmark:
    """A class whose subclasses' methods that begin with "benchmark" can be run by name."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.is_abstract():
            GLOBAL_BENCHMARK_REGISTRY.add(cls)

    @classmethod
    def is_abstract(cls) -> bool:
        """Whether the class is one of those that only help."""
        return len(cls.mro()) <= 2

    def _get_name(self, overwrite_name: str | None = None) -> str:
        """Class and method of the benchmark that is running: the outermost of the callers."""
        for frame in reversed(inspect.stack(0)):
            caller = frame.frame.f_locals.get("self")
            if isinstance(caller, Benchmark):
                return f"{type(caller).__name__}.{overwrite_name or frame.function}"
        raise ValueError("Unable to determine calling Benchmark class.")

    def report_benchmark(
        self,
        iters: int | None = None,
        cpu_time: float | None = None,
        wall_time: float | None = None,
        throughput: float | None = None,
        extras: dict[str, Any] | None = None,
        name: str | None = None,
        metrics: list[dict[str, Any]] | None = None,
    ) -> None:
        """Report times in seconds, throughput in MB/s, and what else there is to say.

        The report goes to the file that the environment's TEST_REPORT_FILE_PREFIX begins the name
        of, else to the standard output. `extras` are numbers or texts by name; `metrics` are
        dicts with "name", "value" and perhaps "min_value" and "max_value".
        """
        name = self._get_name(overwrite_name=name)
        _global_report_benchmark(name, iters, cpu_time, wall_time, throughput, extras, metrics)


@export("test.benchmark_config")
def benchmark_config() -> ConfigProto:
    """A configuration without the dependency optimizer. Stands for `tf.test.benchmark_config`."""
    config = ConfigProto()
    config.graph_options.rewrite_options.dependency_optimization = RewriterConfig.OFF
    return config


class TensorFlowBenchmark(Benchmark):
    """A benchmark that runs ops. Stands for `tf.test.Benchmark`."""

    @classmethod
    def is_abstract(cls) -> bool:
        """Whether the class is one of those that only help."""
        return len(cls.mro()) <= 3

    def run_op_benchmark(
        self,
        sess: Any,
        op_or_tensor: Any,
        feed_dict: dict[Any, Any] | None = None,
        burn_iters: int = 2,
        min_iters: int = 10,
        store_trace: bool = False,
        store_memory_usage: bool = True,
        name: str | None = None,
        extras: dict[str, Any] | None = None,
        mbs: float = 0,
    ) -> dict[str, Any]:
        """Run something `burn_iters` + `min_iters` times and report the median time of the latter.

        `mbs` is the number of megabytes that a run moves, for the throughput. Traces and memory
        usage are not reported. Returns what was given to `report_benchmark`.
        """
        for _ in range(burn_iters):
            sess.run(op_or_tensor, feed_dict=feed_dict)
        times = []
        for _ in range(min_iters):
            begin = time.perf_counter()
            sess.run(op_or_tensor, feed_dict=feed_dict)
            times.append(time.perf_counter() - begin)
        median = statistics.median(times) if times else -1
        report = {
            "iters": min_iters,
            "wall_time": median,
            "extras": {} if extras is None else extras,
            "name": name,
            "throughput": mbs / median,
        }
        self.report_benchmark(**report)
        return report

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors in the default session."""
        return get_default_session().run(tensors)


def _run_benchmarks(regex: str) -> None:
    """Run the benchmarks whose full names match, or "all"."""
    for cls in list(GLOBAL_BENCHMARK_REGISTRY):
        names = [name for name in dir(cls) if name.startswith("benchmark")]
        full = {name: f"{cls.__module__}.{cls.__name__}.{name}" for name in names}
        chosen = [name for name in names if regex == "all" or re.search(regex, full[name])]
        instance = cls() if chosen else None
        for name in chosen:
            getattr(instance, name)()


def benchmarks_main(true_main: Callable[[], Any], argv: list[str] | None = None) -> None:
    """Run the benchmarks that the flag --benchmarks=REGEX asks for, or `true_main`."""
    argv = sys.argv if argv is None else argv
    flag = next((a for a in argv if re.match("--?benchmarks=", a)), None)
    if flag is None:
        true_main()
        return
    argv.remove(flag)
    regex = flag.split("=")[1]
    app.run(lambda _: _run_benchmarks(regex), argv=argv)
