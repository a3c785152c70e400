"""Names that tf.contrib.slim shares with others, such as tf.contrib.layers, and those of its
networks."""

from types import ModuleType

from evergraph.base import deprecation
from evergraph.base.export import export_constant, exported_symbols
from evergraph.library import load_library
from evergraph.library.contrib.framework import (
    arg_scope,
    checkpoint_ops,
    checkpoint_utils,
    experimental,
    graph_util,
    ops,
    tensor_util,
    variables,
)
from evergraph.library.contrib.layers import (
    batch_norm,
    bucketization_op,
    convolutions,
    crossed_column,
    data_frame_column,
    dense,
    distributed_embedding,
    embedding_columns,
    embedding_ops,
    encoders,
    feature_column,
    feature_column_ops,
    gdn,
    initializers,
    layer_norm,
    normalization,
    optimizers,
    pooling,
    recomputing,
    regularizers,
    rev_block_lib,
    scattered_embedding,
    shaping,
    sparse_columns,
    sparse_feature_cross_op,
    sparse_ops,
    summaries,
    target_column,
    utils,
)
from evergraph.library.contrib.lookup import lookup_ops
from evergraph.library.contrib.losses import loss_ops
from evergraph.library.contrib.metrics import (
    classification,
    histogram_ops,
    rates,
    statistics,
    switched,
)
from evergraph.library.contrib.slim.nets import (
    alexnet,
    inception,
    overfeat,
    resnet_utils,
    resnet_v1,
    resnet_v2,
    vgg,
)
from evergraph.library.feature_column import input_layer
from evergraph.library.train import saver, supervisor

_LAYERS = (batch_norm, convolutions, dense, gdn, layer_norm, pooling, shaping)
_COLUMNS = (feature_column, sparse_columns, embedding_columns, crossed_column)
_OTHERS = (
    *_COLUMNS,
    feature_column_ops,
    recomputing,
    rev_block_lib,
    sparse_feature_cross_op,
    target_column,
    arg_scope,
    variables,
    embedding_ops,
    encoders,
    initializers,
    normalization,
    optimizers,
    regularizers,
    summaries,
)
_METRICS = (classification, histogram_ops, rates, statistics, switched)

# Name within slim → the public module that it is, and modules that fill this.
_WHOLE = {
    "contrib_framework": "contrib.framework",
    "contrib_framework.nest": "contrib.framework.nest",
    "lookup": "contrib.lookup",
    "nest": "contrib.framework.nest",
}
_FILLING = (checkpoint_ops, checkpoint_utils, graph_util, ops, tensor_util, lookup_ops)

# Name within slim → modules whose exports it has.
_MODULES: dict[str, tuple[ModuleType, ...]] = {
    "": (*_LAYERS, *_OTHERS),
    "layers": _LAYERS,
    "checkpoint_utils": (checkpoint_utils,),
    "embedding_ops": (embedding_ops,),
    "fc": _COLUMNS,
    "feature_column": _COLUMNS,
    "feature_column_ops": (feature_column_ops,),
    "rev_block_lib": (recomputing, rev_block_lib),
    "target_column": (target_column,),
    "encoders": (encoders,),
    "initializers": (initializers,),
    "normalization": (normalization,),
    "optimizers": (optimizers,),
    "regularizers": (regularizers,),
    "contrib_variables": (variables,),
    "losses": (loss_ops,),
    "loss_ops": (loss_ops,),
    "metrics": _METRICS,
    "metric_ops": _METRICS,
}

_SCATTERED = ("scattered_embedding_lookup", "scattered_embedding_lookup_sparse")
_DISTRIBUTED = ("embedding_lookup_sparse_with_distributed_aggregation",)
_TARGETS = ("ProblemType", "binary_svm_target", "get_default_binary_metrics_for_eval")

_RESNETS = ("Block", "conv2d_same", "resnet_arg_scope", "stack_blocks_dense", "subsample")

# What is public in slim alone, of modules whose names stand in several places.
_PLACED: tuple[tuple[ModuleType, tuple[str, ...], tuple[str, ...]], ...] = (
    (scattered_embedding, _SCATTERED, ("", "embedding_ops")),
    (distributed_embedding, _DISTRIBUTED, ("", "embedding_ops")),
    (bucketization_op, ("bucketize",), ("", "bucketization_op")),
    (data_frame_column, ("DataFrameColumn",), ("", "fc", "feature_column")),
    (sparse_feature_cross_op, ("sparse_feature_cross",), ("", "sparse_feature_cross_op")),
    (target_column, _TARGETS, ("", "target_column")),
    (experimental, ("experimental",), ("", "fc", "feature_column", "feature_column_ops")),
    (input_layer, ("InputLayer",), ("", "fc", "feature_column")),
    (deprecation, ("deprecated", "deprecated_arg_values"), ("",)),
    (load_library, ("load_op_library",), ("loader",)),
)

# What is public in slim alone.
_MORE: dict[str, tuple[ModuleType, tuple[str, ...]]] = {
    "": (arg_scope, ("arg_scope_func_key",)),
    "layers": (pooling, ("pool",)),
    "contrib_sparse_ops": (
        sparse_ops,
        ("dense_to_sparse_tensor", "indicators_to_sparse_ids", "sparse_row_envelope"),
    ),
    "utils": (
        utils,
        (
            "channel_dimension",
            "collect_named_outputs",
            "constant_value",
            "convert_collection_to_dict",
            "get_variable_collections",
            "last_dimension",
            "n_positive_integers",
            "smart_cond",
            "static_cond",
            "two_element_tuple",
        ),
    ),
    "nets.alexnet": (alexnet, ("alexnet_v2", "alexnet_v2_arg_scope")),
    "nets.inception": (inception, tuple(inception.__all__)),
    "nets.overfeat": (overfeat, ("overfeat", "overfeat_arg_scope")),
    "learning.supervisor": (supervisor, ("Supervisor",)),
    "learning.tf_saver": (saver, ("Saver", "import_meta_graph", "export_meta_graph")),
    "nets.resnet_utils": (resnet_utils, _RESNETS),
    "nets.resnet_v1.resnet_utils": (resnet_utils, _RESNETS),
    "nets.resnet_v2.resnet_utils": (resnet_utils, _RESNETS),
    "nets.resnet_v1": (
        resnet_v1,
        tuple(n for n in vars(resnet_v1) if n.startswith("resnet_") and n != "resnet_utils")
        + ("bottleneck",),
    ),
    "nets.resnet_v2": (
        resnet_v2,
        tuple(n for n in vars(resnet_v2) if n.startswith("resnet_") and n != "resnet_utils")
        + ("bottleneck",),
    ),
    "nets.vgg": (vgg, tuple(name for name in vars(vgg) if name.startswith("vgg_"))),
}


def _export(module: ModuleType, attribute: str, folder: str, name: str) -> None:
    path = ".".join(filter(None, ("contrib.slim", folder, name)))
    export_constant(module.__name__, attribute, path)


for _folder, _modules in _MODULES.items():
    for _name, _symbol in exported_symbols().items():
        for _module in _modules:
            if _symbol.module == _module.__name__ and ".slim" not in _name:
                _export(_module, _symbol.attribute, _folder, _name.rpartition(".")[2])
for _folder, _public in _WHOLE.items():
    for _name, _symbol in exported_symbols().items():
        if _name.rpartition(".")[0] == _public:
            _last = _name.rpartition(".")[2]
            export_constant(_symbol.module, _symbol.attribute, f"contrib.slim.{_folder}.{_last}")
for _name in variables.__all__:
    for _folder in ("", "contrib_variables"):
        _export(variables, _name, _folder, _name)
for _module, _names, _folders in _PLACED:
    for _folder in _folders:
        for _name in _names:
            _export(_module, _name, _folder, _name)
for _folder, (_module, _names) in _MORE.items():
    for _name in _names:
        _export(_module, _name, _folder, _name)
_export(pooling, "pool", "", "pool")
_export(optimizers, "adaptive_clipping_fn", "", "adaptive_clipping_fn")
_export(optimizers, "adaptive_clipping_fn", "optimizers", "adaptive_clipping_fn")

# tf.contrib.layers shows one of these modules, too.
for _name, _symbol in exported_symbols().items():
    for _module in _COLUMNS:
        if _symbol.module == _module.__name__ and ".slim" not in _name:
            _last = _name.rpartition(".")[2]
            export_constant(
                _module.__name__, _symbol.attribute, f"contrib.layers.feature_column.{_last}"
            )
