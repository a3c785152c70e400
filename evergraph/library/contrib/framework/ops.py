"""Functions of other modules that are public under tf.contrib.framework, too."""

from evergraph.api.check_ops import assert_same_float_dtype
from evergraph.api.shape_checks import assert_scalar
from evergraph.base.deprecation import deprecated, deprecated_arg_values, deprecated_args
from evergraph.base.export import export_constant
from evergraph.graph.composite import convert_to_tensor_or_sparse_tensor
from evergraph.graph.conversion import get_graph_from_inputs
from evergraph.graph.defaults import get_name_scope
from evergraph.graph.names import prepend_name_scope, strip_name_scope

__all__ = [
    "assert_same_float_dtype",
    "assert_scalar",
    "convert_to_tensor_or_sparse_tensor",
    "deprecated",
    "deprecated_arg_values",
    "deprecated_args",
    "get_graph_from_inputs",
    "get_name_scope",
    "prepend_name_scope",
    "strip_name_scope",
]

for _name in __all__:
    export_constant(__name__, _name, f"contrib.framework.{_name}")
