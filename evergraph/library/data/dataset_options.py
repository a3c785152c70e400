"""`tf.data.Options`."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.data.experimental.distribute_options import DistributeOptions
from evergraph.library.data.experimental.optimization_options import OptimizationOptions
from evergraph.library.data.experimental.stats_options import StatsOptions
from evergraph.library.data.experimental.threading_options import ThreadingOptions
from evergraph.library.data.options import OptionsBase, create_option, merge_options


@export("data.Options")
class Options(OptionsBase):
    """Options of a dataset, for `Dataset.with_options`. Stands for `tf.data.Options`."""

    experimental_deterministic = create_option(
        "experimental_deterministic", bool, "Whether the order is always the same; None: yes."
    )
    experimental_distribute = create_option(
        "experimental_distribute",
        DistributeOptions,
        "Several devices; see `tf.data.experimental.DistributeOptions`.",
        DistributeOptions,
    )
    experimental_optimization = create_option(
        "experimental_optimization",
        OptimizationOptions,
        "Rewriting; see `tf.data.experimental.OptimizationOptions`.",
        OptimizationOptions,
    )
    experimental_slack = create_option(
        "experimental_slack", bool, "Whether the last prefetch waits a little; None: no."
    )
    experimental_stats = create_option(
        "experimental_stats",
        StatsOptions,
        "Measuring; see `tf.data.experimental.StatsOptions`.",
        StatsOptions,
    )
    experimental_threading = create_option(
        "experimental_threading",
        ThreadingOptions,
        "Threads; see `tf.data.experimental.ThreadingOptions`.",
        ThreadingOptions,
    )
    experimental_stateful_whitelist = create_option(
        "experimental_stateful_whitelist",
        list,
        "Types of ops with state that may be there where an iterator is saved.",
    )

    def _static_optimizations(self) -> list[str]:
        found: list[str] = list(self.experimental_optimization._static_optimizations())
        if self.experimental_deterministic is False:
            found.append("make_sloppy")
        if self.experimental_stats and self.experimental_stats.latency_all_edges:
            found.append("latency_all_edges")
        if self.experimental_slack:
            found.append("slack")
        if self.experimental_distribute and self.experimental_distribute._make_stateless:
            found.append("make_stateless")
        return found

    def _static_optimization_configs(self) -> list[str]:
        found: list[str] = []
        if self.experimental_optimization:
            found.extend(self.experimental_optimization._static_optimization_configs())
        if self.experimental_slack:
            devices = self.experimental_distribute.num_devices
            found.append(f"slack:slack_period:{1 if devices is None else devices}")
        return found

    def merge(self, options: "Options") -> Any:
        """Options with what is set in these or in `options`.

        Raises:
          ValueError: an option is set to two values.
        """
        return merge_options(self, options)
