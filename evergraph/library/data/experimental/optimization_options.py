"""Options on how pipelines are rewritten before they run."""

from evergraph.base.export import export
from evergraph.library.data.options import OptionsBase, create_option

_FUSIONS = (
    "filter_fusion",
    "filter_with_random_uniform_fusion",
    "hoist_random_uniform",
    "map_and_batch_fusion",
    "map_and_filter_fusion",
    "map_parallelization",
    "map_fusion",
    "noop_elimination",
    "parallel_batch",
    "shuffle_and_repeat_fusion",
)
_BY_DEFAULT = ("map_and_batch_fusion", "noop_elimination", "shuffle_and_repeat_fusion")


@export("data.experimental.MapVectorizationOptions")
class MapVectorizationOptions(OptionsBase):
    """Whether maps and batches are exchanged. Stands for
    `tf.data.experimental.MapVectorizationOptions`."""

    enabled = create_option("enabled", bool, "Whether to do so; None: no.")
    use_choose_fastest = create_option(
        "use_choose_fastest", bool, "Whether to try both ways; None: no."
    )

    def _static_optimizations(self) -> list[str]:
        return ["map_vectorization"] if self.enabled else []

    def _static_optimization_configs(self) -> list[str]:
        chosen = "true" if self.use_choose_fastest else "false"
        return [f"map_vectorization:use_choose_fastest:{chosen}"]


@export("data.experimental.OptimizationOptions")
class OptimizationOptions(OptionsBase):
    """How a pipeline is rewritten and tuned. Stands for
    `tf.data.experimental.OptimizationOptions`.

    Of the rewritings only `shuffle_and_repeat_fusion` changes what comes out of a pipeline; the
    others only change the graph.
    """

    apply_default_optimizations = create_option(
        "apply_default_optimizations", bool, "Whether the usual rewritings are done; None: yes."
    )
    autotune = create_option("autotune", bool, "Whether pipelines are tuned; None: yes.")
    autotune_algorithm = create_option("autotune_algorithm", int, "By which algorithm.")
    autotune_buffers = create_option(
        "autotune_buffers", bool, "Whether sizes of buffers are tuned, too; None: no."
    )
    autotune_cpu_budget = create_option("autotune_cpu_budget", int, "For how many cores.")
    filter_fusion = create_option("filter_fusion", bool, "Fuse filters; None: no.")
    filter_with_random_uniform_fusion = create_option(
        "filter_with_random_uniform_fusion", bool, "Fuse filters by chance; None: no."
    )
    hoist_random_uniform = create_option(
        "hoist_random_uniform", bool, "Take random numbers out of maps; None: no."
    )
    map_and_batch_fusion = create_option(
        "map_and_batch_fusion", bool, "Fuse map and batch; None: yes."
    )
    map_and_filter_fusion = create_option(
        "map_and_filter_fusion", bool, "Fuse map and filter; None: no."
    )
    map_fusion = create_option("map_fusion", bool, "Fuse maps; None: no.")
    map_parallelization = create_option(
        "map_parallelization", bool, "Run maps without state in parallel; None: no."
    )
    map_vectorization = create_option(
        "map_vectorization",
        MapVectorizationOptions,
        "Exchange maps and batches.",
        MapVectorizationOptions,
    )
    noop_elimination = create_option(
        "noop_elimination", bool, "Leave out what does nothing; None: yes."
    )
    parallel_batch = create_option("parallel_batch", bool, "Copy into batches in parallel.")
    shuffle_and_repeat_fusion = create_option(
        "shuffle_and_repeat_fusion", bool, "Fuse shuffle and repeat; None: yes."
    )

    def _static_optimizations(self) -> list[str]:
        found = {name for name in _FUSIONS if getattr(self, name)}
        if self.apply_default_optimizations is not False:
            found.update(name for name in _BY_DEFAULT if getattr(self, name) is not False)
        if self.map_vectorization is not None:
            found.update(self.map_vectorization._static_optimizations())
        if self.autotune is not False and self.autotune_buffers:
            found.add("inject_prefetch")
        return sorted(found)

    def _static_optimization_configs(self) -> list[str]:
        if self.map_vectorization is None:
            return []
        configs: list[str] = self.map_vectorization._static_optimization_configs()
        return configs
