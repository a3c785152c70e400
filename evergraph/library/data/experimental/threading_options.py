"""Options on the threads of pipelines."""

from evergraph.base.export import export
from evergraph.library.data.options import OptionsBase, create_option


@export("data.experimental.ThreadingOptions")
class ThreadingOptions(OptionsBase):
    """How many threads a pipeline has. Stands for `tf.data.experimental.ThreadingOptions`."""

    max_intra_op_parallelism = create_option(
        "max_intra_op_parallelism", int, "How many threads one op may use at most."
    )
    private_threadpool_size = create_option(
        "private_threadpool_size", int, "How many threads the pipeline has for itself."
    )
