"""Where TensorFlow's modules are found in evergraph: the tables of the importer.

To make `tensorflow.python.a.b` importable, write the module in a folder that `FOLDERS` lists
for `python.a` under the name `b`, or name what it takes its names from in `MODULES`.
A module that does not exist is passed over, so the tables may be ahead of the code. Modules of
TensorFlow 1.15 that have no source at all can be imported too, since many programs import more than
they use; each of their names is missing.
"""

import functools
import lzma
from importlib import resources

from evergraph.compat import contrib_paths

ROOTS = ("tensorflow", "tensorflow_core", "tensorflow_estimator")
PUBLIC = "evergraph.tf"
PRIVATE_OPS = "evergraph.compat.private_ops"
SECOND_NAMES = "evergraph.compat.second_names"
UNDERSCORED = "evergraph.compat.underscored"

# Modules of a package are looked for under their own names in these folders.
FOLDERS: dict[str, tuple[str, ...]] = {
    **contrib_paths.FOLDERS,
    "examples.tutorials.mnist": ("evergraph.library.datasets",),
    "contrib.keras.python.keras": ("evergraph.library.keras",),
    "models.rnn.ptb": ("evergraph.compat.shims.tutorials.rnn.ptb",),
    "python": ("evergraph.library",),
    "python.compat": ("evergraph.base",),
    "python.autograph.core": ("evergraph.library.autograph",),
    "python.autograph.impl": ("evergraph.library.autograph",),
    "python.autograph.lang": ("evergraph.library.autograph",),
    "python.autograph.pyct": ("evergraph.library.autograph",),
    "python.client": ("evergraph.engine", "evergraph.library", "evergraph.library.client"),
    "python.compiler.xla": ("evergraph.library.xla",),
    "python.data.experimental.ops": ("evergraph.library.data.experimental",),
    "python.data.ops": ("evergraph.library.data",),
    "python.data.util": ("evergraph.library.data",),
    "python.debug.lib": ("evergraph.library.debug",),
    "python.debug.wrappers": ("evergraph.library.debug",),
    "python.distribute": ("evergraph.library.distribute",),
    "python.distribute.cluster_resolver": ("evergraph.library.distribute.cluster_resolver",),
    "python.eager": ("evergraph.library.eager", "evergraph.api"),
    "python.estimator": ("evergraph.library.estimator",),
    "python.estimator.canned": ("evergraph.library.estimator",),
    "python.estimator.export": ("evergraph.library.estimator",),
    "python.estimator.head": ("evergraph.library.estimator.heads",),
    "python.estimator.hooks": ("evergraph.library.estimator", "evergraph.library.train"),
    "python.estimator.inputs": ("evergraph.library.estimator",),
    "python.estimator.inputs.queues": ("evergraph.library.estimator",),
    "python.feature_column": ("evergraph.library.feature_column",),
    "python.framework": (
        "evergraph.base",
        "evergraph.graph",
        "evergraph.api",
        "evergraph.autodiff",
        "evergraph.library",
    ),
    "python.grappler": ("evergraph.library.grappler",),
    "python.keras": ("evergraph.library.keras",),
    "python.keras.applications": ("evergraph.library.keras.applications",),
    "python.keras.datasets": ("evergraph.library.keras.datasets",),
    "python.keras.engine": ("evergraph.library.keras.engine",),
    "python.keras.layers": ("evergraph.library.keras.layers",),
    "python.keras.premade": ("evergraph.library.keras.premade",),
    "python.keras.preprocessing": ("evergraph.library.keras.preprocessing",),
    "python.keras.utils": ("evergraph.library.keras.utils",),
    "python.keras.wrappers": ("evergraph.library.keras.wrappers",),
    "python.layers": ("evergraph.library.layers",),
    "python.lib.io": ("evergraph.base.platform", "evergraph.formats", "evergraph.library"),
    "python.ops": (
        "evergraph.api",
        "evergraph.autodiff",
        "evergraph.library",
        "evergraph.library.testing",
        "evergraph.graph",
    ),
    "python.ops.distributions": ("evergraph.library.distributions",),
    "python.ops.linalg": ("evergraph.library.linalg", "evergraph.api"),
    "python.ops.losses": ("evergraph.library.losses", "evergraph.library"),
    "python.ops.parallel_for": ("evergraph.library.parallel_for",),
    "python.ops.ragged": ("evergraph.library.ragged", "evergraph.api"),
    "python.ops.signal": ("evergraph.library.signal", "evergraph.api"),
    "python.platform": (
        "evergraph.base.platform",
        "evergraph.library.testing",
        "evergraph.library",
    ),
    "python.profiler": ("evergraph.library.profiler",),
    "python.profiler.internal": ("evergraph.library.profiler",),
    "python.saved_model": ("evergraph.library.saved_model",),
    "python.saved_model.model_utils": ("evergraph.library.saved_model",),
    "python.summary": ("evergraph.library.summary", "evergraph.library"),
    "python.summary.writer": ("evergraph.library.summary",),
    "python.tools": ("evergraph.library.tools",),
    "tools": ("evergraph.library.tools",),
    "python.training": ("evergraph.library.train", "evergraph.api"),
    "python.module": ("evergraph.library",),
    "python.training.experimental": ("evergraph.library.train",),
    "python.training.saving": ("evergraph.library.train.saving",),
    "python.training.tracking": ("evergraph.library.train.tracking", "evergraph.library.train"),
    "python.tpu": ("evergraph.library.tpu",),
    "python.estimator.tpu": ("evergraph.library.tpu",),
    "python.util": ("evergraph.base", "evergraph.library"),
}

# Where Keras was before it was `tf.keras`.
KERAS_IN_CONTRIB = ("contrib.keras.api.keras", "contrib.keras.python.keras", "contrib.keras")

# Stands for each of `tensorflow.python.ops.gen_math_ops` and its like.
GENERATED_OPS = "evergraph.api.generated_ops"

# Feature columns, and how they are made.
_COLUMNS = (
    "evergraph.library.feature_column.numeric",
    "evergraph.library.feature_column.categorical",
    "evergraph.library.feature_column.dense",
    "evergraph.library.feature_column.crossed",
    "evergraph.library.feature_column.shared_in_layers",
    "evergraph.library.feature_column.shared",
    "evergraph.library.feature_column.sequences",
    "evergraph.library.feature_column.layers",
    "evergraph.library.feature_column.state_manager",
    "evergraph.library.feature_column.later_names",
    "evergraph.library.feature_column.columns",
)

# Modules that take names from elsewhere, or from more than their namesakes. These come after
# the namesakes that FOLDERS finds.
MODULES: dict[str, tuple[str, ...]] = {
    **contrib_paths.MODULES,
    "python.autograph": ("evergraph.tf.autograph", "evergraph.tf.contrib.autograph"),
    "python.autograph.core.ag_ctx": ("evergraph.base.ag_ctx",),
    "python.autograph.core.converter": ("evergraph.library.autograph.api",),
    "python.framework.random_seed": (SECOND_NAMES,),
    "python.ops.numerics": (SECOND_NAMES,),
    "python.ops.control_flow_ops": (SECOND_NAMES,),
    "python.debug.lib.debug_data": ("evergraph.library.debug.dump_files",),
    "python.distribute.cluster_resolver": ("evergraph.tf.distribute.cluster_resolver",),
    "python.distribute.values": ("evergraph.library.distribute.distributed_variables",),
    "python.lib.io.python_io": ("evergraph.formats.tf_record",),
    "python.framework.combinations": ("evergraph.library.testing.combinations",),
    "python.estimator.tpu.tpu_config": ("evergraph.library.tpu.config",),
    "python.estimator.tpu.tpu_estimator": (
        "evergraph.library.tpu.estimator",
        "evergraph.library.tpu.spec",
        "evergraph.library.tpu.config",
    ),
    "python.estimator.tpu.tpu_optimizer": ("evergraph.library.tpu.optimizer",),
    "python.tpu.tpu_config": ("evergraph.library.tpu.config",),
    "python.tpu.tpu_estimator": (
        "evergraph.library.tpu.estimator",
        "evergraph.library.tpu.spec",
        "evergraph.library.tpu.config",
    ),
    "python.tpu.tpu_optimizer": ("evergraph.library.tpu.optimizer",),
    "examples.tutorials.mnist.input_data": ("evergraph.library.datasets.mnist",),
    "examples.tutorials.mnist.mnist": ("evergraph.library.datasets.mnist_model",),
    "python.ops.script_ops": (
        "evergraph.api.script_ops",
        "evergraph.library.eager.py_function",
    ),
    "python.ops.ragged.ragged_string_ops": ("evergraph.library.ragged.ragged_unicode_ops",),
    "python.ops.ragged.ragged_tensor": ("evergraph.library.ragged.ragged_tensor_spec",),
    "python.eager.test": ("evergraph.library.testing.eager_test", "evergraph.library.testing.test"),
    "python.estimator.export.export_output": ("evergraph.library.saved_model.export_output",),
    "python.estimator.estimator": (UNDERSCORED,),
    "python.estimator.model_fn": (UNDERSCORED,),
    "python.training.session_manager": (UNDERSCORED,),
    "python.estimator.util": ("evergraph.base.function_utils",),
    "python.estimator.head.binary_class_head": ("evergraph.library.estimator.heads.class_heads",),
    "python.estimator.head.multi_class_head": ("evergraph.library.estimator.heads.class_heads",),
    "python.estimator.hooks.basic_session_run_hooks": (
        "evergraph.library.train.hook_timers",
        "evergraph.library.train.saving_hooks",
    ),
    "python.keras.mixed_precision.experimental.policy": ("evergraph.library.keras.policy",),
    "python.keras.mixed_precision.experimental.loss_scale_optimizer": (
        "evergraph.library.keras.loss_scale_optimizer",
    ),
    "python.training.experimental.mixed_precision_global_state": (
        "evergraph.engine.mixed_precision_global_state",
    ),
    "python.keras.metrics": (
        "evergraph.library.keras.confusion_metrics",
        "evergraph.library.keras.metric_names",
    ),
    "python.keras.optimizer_v2.gradient_descent": ("evergraph.library.keras.optimizers",),
    "python.feature_column.feature_column": (
        "evergraph.library.feature_column.input_layer",
        "evergraph.library.feature_column.linear_model",
        "evergraph.library.feature_column.earlier_names",
    ),
    "python.feature_column.dense_features": ("evergraph.library.feature_column.layers",),
    "python.feature_column.feature_column_lib": (
        *_COLUMNS,
        "evergraph.library.feature_column.input_layer",
        "evergraph.library.feature_column.linear_model",
        "evergraph.library.feature_column.sequence_layers",
        "evergraph.library.feature_column.serialization",
    ),
    "python.feature_column.feature_column_v2": _COLUMNS,
    "python.feature_column.sequence_feature_column": (
        "evergraph.library.feature_column.sequences",
        "evergraph.library.feature_column.sequence_layers",
    ),
    "python.framework.c_api_util": ("evergraph.graph.api_def_map",),
    "python.framework.composite_tensor": ("evergraph.graph.composite",),
    "python.framework.config": ("evergraph.library.config",),
    "python.framework.constant_op": (
        "evergraph.graph.constant",
        "evergraph.compat.private_functions",
    ),
    "python.framework.cpp_shape_inference_pb2": (
        "evergraph.proto.framework.cpp_shape_inference_pb2",
    ),
    "python.framework.device_spec": ("evergraph.graph.device", PRIVATE_OPS),
    "python.framework.errors_impl": ("evergraph.base.errors",),
    "python.framework.graph_util": ("evergraph.graph.graph_util_impl",),
    "python.framework.importer": ("evergraph.graph.portable",),
    "python.framework.indexed_slices": ("evergraph.graph.composite", "evergraph.graph.specs"),
    "python.framework.load_library": ("evergraph.library.load_library",),
    "python.framework.op_def_registry": ("evergraph.graph.op_def",),
    "python.framework.ops": (
        "evergraph.graph.graph",
        "evergraph.graph.operation",
        "evergraph.graph.tensor",
        "evergraph.graph.composite",
        "evergraph.graph.conversion",
        "evergraph.graph.keys",
        "evergraph.graph.scopes",
        "evergraph.graph.names",
        "evergraph.graph.defaults",
        "evergraph.graph.gradient_registry",
        "evergraph.graph.proto_functions",
        "evergraph.engine.eager",
        "evergraph.library.eager.context",
        PRIVATE_OPS,
        SECOND_NAMES,
    ),
    "python.framework.sparse_tensor": ("evergraph.graph.composite", "evergraph.graph.specs"),
    "python.framework.tensor_util": (
        "evergraph.graph.tensor_proto",
        "evergraph.graph.static_value",
        "evergraph.graph.conversion",
    ),
    "python.framework.test_ops": ("evergraph.compat.test_ops", GENERATED_OPS),
    "python.framework.test_util": (
        "evergraph.library.testing.test_case",
        "evergraph.library.testing.modes",
        "evergraph.library.testing.leaks",
        "evergraph.library.testing.graph_compare",
        "evergraph.library.testing.switches",
        "evergraph.library.testing.local_cluster",
        "evergraph.library.device_lib",
    ),
    "python.framework.versions": ("evergraph.base.version",),
    "python.keras": ("evergraph.tf.keras",),
    "python.keras.applications": ("evergraph.library.keras.applications.imagenet_utils",),
    "python.keras.applications.resnet50": ("evergraph.library.keras.applications.resnet",),
    "python.keras.layers": ("evergraph.library.keras.layers.core",),
    "python.keras.layers.convolutional": (
        "evergraph.library.keras.layers.reshaping",
        "evergraph.tf.keras.layers",
    ),
    "python.keras.layers.core": (
        "evergraph.library.keras.layers.advanced_activations",
        "evergraph.library.keras.layers.regularization",
        "evergraph.library.keras.layers.reshaping",
    ),
    "python.keras.layers.pooling": (
        "evergraph.library.keras.layers.global_pooling",
        "evergraph.tf.keras.layers",
    ),
    "python.keras.layers.recurrent": ("evergraph.library.keras.layers.recurrent_cells",),
    "python.keras.layers.serialization": ("evergraph.tf.keras.layers",),
    "python.keras.saving.model_config": ("evergraph.tf.keras.models",),
    "python.training.queue_runner": ("evergraph.library.train.queue_runner_impl",),
    "python.keras.utils.data_utils": ("evergraph.library.keras.utils.progress",),
    "python.keras.utils.generic_utils": ("evergraph.library.keras.utils.progress",),
    "python.keras.utils.layer_utils": (
        "evergraph.library.keras.utils.summary",
        "evergraph.library.keras.utils.conv_utils",
    ),
    "python.keras.utils.tf_utils": (
        "evergraph.api.smart_cond",
        "evergraph.graph.static_value",
        "evergraph.library.keras.engine.base_layer",
    ),
    "python.keras.preprocessing.image": (
        "evergraph.library.keras.preprocessing.image_files",
        "evergraph.library.keras.preprocessing.image_frames",
        "evergraph.library.keras.preprocessing.image_iterators",
        "evergraph.library.keras.preprocessing.image_transforms",
    ),
    "python.keras.optimizer_v2.learning_rate_schedule": (
        "evergraph.library.train.learning_rate_schedule",
    ),
    "python.layers.layers": ("evergraph.tf.layers",),
    "python.layers.utils": ("evergraph.api.smart_cond", "evergraph.graph.static_value"),
    "python.ops.array_ops": (
        "evergraph.api.patch_ops",
        "evergraph.api.manip_ops",
        "evergraph.api.fake_quant_ops",
        "evergraph.api.quantization_ops",
        GENERATED_OPS,
        SECOND_NAMES,
    ),
    "python.ops.bitwise_ops": (GENERATED_OPS,),
    "python.ops.clustering_ops": (GENERATED_OPS,),
    "python.ops.check_ops": ("evergraph.api.shape_checks", "evergraph.api.shapes"),
    "python.ops.control_flow_grad": ("evergraph.ops.control_flow",),
    "python.ops.custom_gradient": ("evergraph.autodiff.recompute",),
    "python.ops.data_flow_ops": (
        "evergraph.api.barriers",
        "evergraph.api.queue_kinds",
        "evergraph.api.staging_areas",
        "evergraph.api.conditional_accumulators",
        "evergraph.api.gathering",
        GENERATED_OPS,
    ),
    "python.ops.default_gradient": ("evergraph.autodiff.zeros",),
    "python.ops.gradients_impl": (
        "evergraph.autodiff.gradients",
        "evergraph.autodiff.hessians",
        SECOND_NAMES,
    ),
    "python.ops.gradients_util": (
        "evergraph.autodiff.gradients",
        "evergraph.autodiff.backward",
        "evergraph.autodiff.aggregation",
    ),
    "python.ops.image_ops": (
        "evergraph.tf.image",
        GENERATED_OPS,
        "evergraph.api.image_resizing",
        SECOND_NAMES,
    ),
    "python.ops.image_ops_impl": (
        "evergraph.tf.image",
        "evergraph.api.image_resizing",
        SECOND_NAMES,
    ),
    "python.ops.io_ops": ("evergraph.api.readers", GENERATED_OPS),
    "python.ops.linalg.linalg": ("evergraph.tf.linalg",),
    "python.ops.linalg.linalg_impl": ("evergraph.tf.linalg",),
    "python.ops.linalg.linear_operator_adjoint": ("evergraph.library.linalg.derived",),
    "python.ops.linalg.linear_operator_block_diag": ("evergraph.library.linalg.combined",),
    "python.ops.linalg.linear_operator_circulant": ("evergraph.library.linalg.circulant",),
    "python.ops.linalg.linear_operator_composition": ("evergraph.library.linalg.combined",),
    "python.ops.linalg.linear_operator_diag": ("evergraph.library.linalg.diagonal",),
    "python.ops.linalg.linear_operator_full_matrix": ("evergraph.library.linalg.dense",),
    "python.ops.linalg.linear_operator_householder": ("evergraph.library.linalg.low_rank",),
    "python.ops.linalg.linear_operator_identity": ("evergraph.library.linalg.identity",),
    "python.ops.linalg.linear_operator_inversion": ("evergraph.library.linalg.derived",),
    "python.ops.linalg.linear_operator_kronecker": ("evergraph.library.linalg.kronecker",),
    "python.ops.linalg.linear_operator_low_rank_update": ("evergraph.library.linalg.low_rank",),
    "python.ops.linalg.linear_operator_lower_triangular": ("evergraph.library.linalg.dense",),
    "python.ops.linalg.linear_operator_toeplitz": ("evergraph.library.linalg.circulant",),
    "python.ops.linalg.linear_operator_zeros": ("evergraph.library.linalg.identity",),
    "python.ops.linalg.registrations_util": ("evergraph.library.linalg.hints",),
    "python.ops.linalg_ops": ("evergraph.api.linalg_ops_impl", GENERATED_OPS),
    "python.ops.list_ops": (GENERATED_OPS,),
    "python.ops.logging_ops": ("evergraph.library.summary.older", GENERATED_OPS),
    "python.ops.lookup_ops": (*contrib_paths.TABLES, GENERATED_OPS),
    "python.ops.string_ops": (GENERATED_OPS,),
    "python.ops.tensor_array_ops": ("evergraph.api.tensor_array_lists",),
    "python.ops.losses.losses": ("evergraph.tf.losses",),
    "python.ops.manip_ops": (GENERATED_OPS,),
    "python.ops.math_ops": (GENERATED_OPS,),
    "python.ops.parsing_ops": (
        "evergraph.api.parsing_features",
        "evergraph.api.sequence_parsing_ops",
        "evergraph.api.string_ops",
        GENERATED_OPS,
    ),
    "python.ops.metrics": ("evergraph.tf.metrics",),
    "python.ops.metrics_impl": (
        "evergraph.library.metrics.parts",
        "evergraph.library.metrics.means",
        "evergraph.library.metrics.counts",
        "evergraph.library.metrics.thresholds",
        "evergraph.library.metrics.ranks",
        "evergraph.compat.private_functions",
    ),
    "python.ops.nn": (
        "evergraph.tf.nn",
        "evergraph.api.nn_impl",
        "evergraph.api.nn_ops",
        "evergraph.api.sampled_losses",
    ),
    "python.ops.nn_impl": (
        "evergraph.api.sampled_losses",
        "evergraph.api.depthwise_ops",
        "evergraph.api.normalization_ops",
        "evergraph.library.losses.average",
        SECOND_NAMES,
    ),
    "python.ops.nn_ops": (GENERATED_OPS,),
    "python.ops.init_ops": (UNDERSCORED,),
    "python.ops.op_selector": ("evergraph.library.op_selector",),
    "python.ops.resource_variable_ops": (
        "evergraph.api.resource_deleter",
        GENERATED_OPS,
        UNDERSCORED,
    ),
    "python.ops.summary_ops_v2": ("evergraph.library.summary_writes",),
    "python.ops.rnn": (
        "evergraph.library.rnn.dynamic",
        "evergraph.library.rnn.static",
        "evergraph.library.rnn.raw",
        "evergraph.library.rnn.common",
        "evergraph.library.rnn.cell",
    ),
    "python.ops.rnn_cell": ("evergraph.tf.nn.rnn_cell", *contrib_paths.CELLS),
    "python.ops.rnn_cell_impl": contrib_paths.CELLS,
    "python.ops.rnn_cell_wrapper_impl": ("evergraph.library.rnn.wrappers",),
    "python.ops.sets": ("evergraph.api.sets_impl",),
    "python.ops.sparse_ops": (
        "evergraph.api.sparse_math",
        "evergraph.api.sparse_io",
        "evergraph.api.sparse_cross_ops",
        GENERATED_OPS,
        SECOND_NAMES,
    ),
    "python.ops.standard_ops": (PUBLIC,),
    "python.ops.state_ops": (GENERATED_OPS,),
    "python.ops.unconnected_gradients": ("evergraph.autodiff.backward",),
    "python.ops.variable_scope": (
        "evergraph.api.variable_scope_state",
        "evergraph.api.variable_store",
        "evergraph.library.eager.tfe",
    ),
    "python.ops.variables": ("evergraph.api.ref_variable", "evergraph.api.initial_values"),
    "python.platform.tf_logging": ("evergraph.base.platform.logging",),
    "python.saved_model.builder": ("evergraph.library.saved_model.builder_impl",),
    "python.saved_model.loader": ("evergraph.library.saved_model.loader_impl",),
    "python.saved_model.main_op": ("evergraph.library.saved_model.main_op_impl",),
    "python.saved_model.saved_model": ("evergraph.tf.saved_model",),
    "python.saved_model.signature_def_utils": (
        "evergraph.library.saved_model.signature_def_utils_impl",
    ),
    "python.saved_model.utils": ("evergraph.library.saved_model.utils_impl",),
    "python.summary.summary": ("evergraph.tf.summary",),
    "python.tf2": ("evergraph.base.tf2",),
    "python.training.adagrad_da": ("evergraph.library.train.adagrad",),
    "python.training.basic_session_run_hooks": (
        "evergraph.library.train.hook_timers",
        "evergraph.library.train.saving_hooks",
    ),
    "python.training.checkpoint_state_pb2": ("evergraph.proto.training.checkpoint_state_pb2",),
    "python.training.monitored_session": ("evergraph.library.train.session_wrappers",),
    "python.training.input": ("evergraph.library.train.batching",),
    "python.training.proximal_adagrad": ("evergraph.library.train.adagrad",),
    "python.training.proximal_gradient_descent": ("evergraph.library.train.gradient_descent",),
    "python.training.saver": ("evergraph.library.train.saver_builder",),
    "python.training.tracking.base": ("evergraph.base.trackable",),
    "python.training.tracking.util": (
        "evergraph.library.train.tracking.status",
        "evergraph.library.train.tracking.restore",
    ),
    "python.training.training": ("evergraph.tf.train",),
    "python.training.training_ops": (GENERATED_OPS,),
    "python.client.session": ("evergraph.engine.fetches", "evergraph.engine.fetch_handler"),
    "python.util.protobuf.compare": ("evergraph.library.testing.proto_compare",),
    "python.util.tf_contextlib": ("evergraph.base.decorator",),
    "python.util.tf_decorator": ("evergraph.base.decorator",),
}


# Files of tf.contrib.distributions, and the modules of TensorFlow that they stand for.
_DISTRIBUTIONS = {
    "affine_vectors": (
        "vector_exponential_diag vector_exponential_linear_operator vector_laplace_diag "
        "vector_laplace_linear_operator"
    ),
    "conditional": "conditional_distribution conditional_transformed_distribution",
    "counts": "binomial geometric negative_binomial poisson",
    "gammas": "chi2 inverse_gamma",
    "location_scale": "cauchy gumbel half_normal logistic",
    "mixtures": "mixture mixture_same_family",
    "multivariate_normal": (
        "mvn_diag mvn_diag_plus_low_rank mvn_full_covariance mvn_linear_operator mvn_tril"
    ),
    "one_hot": "onehot_categorical relaxed_bernoulli relaxed_onehot_categorical",
    "quadrature": "poisson_lognormal",
    "sinh_arcsinh": "vector_sinh_arcsinh_diag",
    "bijectors.affine": "bijectors.affine_linear_operator",
    "bijectors.composed": (
        "bijectors.chain bijectors.conditional_bijector bijectors.inline bijectors.invert"
    ),
    "bijectors.cumulative": "bijectors.gumbel bijectors.kumaraswamy bijectors.weibull",
    "bijectors.elementwise": (
        "bijectors.absolute_value bijectors.affine_scalar bijectors.exp bijectors.power_transform "
        "bijectors.sigmoid bijectors.sinh_arcsinh bijectors.softplus bijectors.softsign "
        "bijectors.square"
    ),
    "bijectors.flows": "bijectors.masked_autoregressive bijectors.real_nvp",
    "bijectors.matrices": (
        "bijectors.cholesky_outer_product bijectors.fill_triangular bijectors.matrix_inverse_tril "
        "bijectors.scale_tril bijectors.transform_diagonal"
    ),
    "bijectors.vectors": (
        "bijectors.ordered bijectors.permute bijectors.reshape bijectors.softmax_centered"
    ),
}
for _file, _names in _DISTRIBUTIONS.items():
    for _name in _names.split():
        MODULES[f"contrib.distributions.python.ops.{_name}"] = (
            f"evergraph.library.contrib.distributions.{_file}",
        )
MODULES |= {
    "contrib.bayesflow.python.ops.monte_carlo": (
        "evergraph.library.contrib.bayesflow.monte_carlo",
    ),
    "contrib.bayesflow.python.ops.monte_carlo_impl": (
        "evergraph.library.contrib.bayesflow.monte_carlo",
    ),
    "contrib.distributions.python.ops.bijectors": ("evergraph.tf.contrib.distributions.bijectors",),
    "contrib.distributions.python.ops.distribution_util": (
        "evergraph.library.contrib.distributions.scales",
        "evergraph.library.contrib.distributions.mixtures",
        "evergraph.library.distributions.util",
    ),
    "python.ops.distributions.bijector_impl": ("evergraph.library.distributions.bijector",),
    "python.ops.distributions.identity_bijector": ("evergraph.library.distributions.bijector",),
    "python.ops.distributions.distributions": ("evergraph.tf.distributions",),
}


def aliases(path: str) -> list[str]:
    """Modules that are the one at `path` below tensorflow, the best first."""
    if path == "core" or path.startswith("core."):
        return [f"evergraph.proto{path.removeprefix('core')}"]
    found = [f"{PUBLIC}.{path}".rstrip(".")]
    for version in ("compat.v1", "compat.v2.compat.v1"):
        if path == version or path.startswith(version + "."):
            found.append(f"{PUBLIC}{path.removeprefix(version)}")
    for keras in KERAS_IN_CONTRIB:
        if path.startswith(f"{keras}."):
            found.append(f"{PUBLIC}.keras{path.removeprefix(keras)}")
    return found


def sources(path: str) -> list[str]:
    """Modules whose names the private module at `path` offers, in the order of search."""
    package, _, name = path.rpartition(".")
    namesakes = [f"{folder}.{name}" for folder in FOLDERS.get(package, ())]
    more = [GENERATED_OPS] if name.startswith("gen_") and name.endswith("_ops") else []
    if package == "python.keras":  # these have the public names, too
        more.append(f"{PUBLIC}.keras.{name}")
    return [*namesakes, *MODULES.get(path, ()), *more]


def is_module(path: str) -> bool:
    """Whether `path` below tensorflow is a module of TensorFlow 1.15, or a package of these."""
    return path in tensorflow_modules() or any(
        f"{known}.".startswith(f"{path}.") for known in (*FOLDERS, *MODULES)
    )


@functools.cache
def tensorflow_modules() -> frozenset[str]:
    """The paths below `tensorflow` of TensorFlow 1.15's modules and packages."""
    packed = resources.files("evergraph.compat").joinpath("tf1_modules.txt.xz").read_bytes()
    parts = (name.split(".") for name in lzma.decompress(packed).decode().split())
    return frozenset(".".join(part[:depth]) for part in parts for depth in range(1, len(part) + 1))
