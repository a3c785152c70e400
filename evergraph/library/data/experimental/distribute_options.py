"""Options on pipelines over several devices."""

from evergraph.base.export import export
from evergraph.library.data.options import OptionsBase, create_option


@export("data.experimental.DistributeOptions")
class DistributeOptions(OptionsBase):
    """How a pipeline is split. Stands for `tf.data.experimental.DistributeOptions`."""

    auto_shard = create_option(
        "auto_shard", bool, "Whether each worker gets a part of the files.", lambda: True
    )
    _make_stateless = create_option("_make_stateless", bool, "Whether state is taken out.")
    num_devices = create_option("num_devices", int, "How many devices the pipeline feeds.")
