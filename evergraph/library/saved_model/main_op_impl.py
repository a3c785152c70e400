"""Operations to run when a SavedModel is loaded."""

from typing import Any

from evergraph.api import grouping, variables
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.operation import Operation
from evergraph.library.lookup.base import tables_initializer
from evergraph.library.saved_model.utils_impl import _v1_only


@export("saved_model.main_op.main_op")
@_v1_only("saved_model.main_op.main_op")
def main_op() -> Operation:
    """An operation that initializes variables and tables. Stands for
    `tf.saved_model.main_op.main_op`."""
    everything = variables.global_variables_initializer()
    local = variables.local_variables_initializer()
    return grouping.group(everything, local, tables_initializer())


@export("saved_model.main_op_with_restore", "saved_model.main_op.main_op_with_restore")
@_v1_only("saved_model.main_op_with_restore", "saved_model.main_op.main_op_with_restore")
def main_op_with_restore(restore_op_name: Any) -> Operation:
    """An operation that initializes variables and tables, then restores. Stands for
    `tf.saved_model.main_op_with_restore`.

    `restore_op_name` is the operation that restores.
    """
    with control_dependencies([main_op()]):
        return grouping.group(restore_op_name)
