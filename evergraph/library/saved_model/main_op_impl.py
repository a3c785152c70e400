"""Operations to run when a SavedModel is loaded."""

from typing import Any

from evergraph.api import grouping, variables
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies, get_collection
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.library.saved_model.utils_impl import _v1_only


@export("saved_model.main_op.main_op")
@_v1_only("saved_model.main_op.main_op")
def main_op() -> Operation:
    """An operation that initializes variables and tables. Stands for
    `tf.saved_model.main_op.main_op`."""
    everything = variables.global_variables_initializer()
    local = variables.local_variables_initializer()
    return grouping.group(everything, local, _tables_initializer())


def _tables_initializer() -> Operation:
    tables = get_collection(GraphKeys.TABLE_INITIALIZERS)
    if tables:
        return grouping.group(*tables, name="init_all_tables")
    return grouping.no_op(name="init_all_tables")


@export("saved_model.main_op_with_restore", "saved_model.main_op.main_op_with_restore")
@_v1_only("saved_model.main_op_with_restore", "saved_model.main_op.main_op_with_restore")
def main_op_with_restore(restore_op_name: Any) -> Operation:
    """An operation that initializes variables and tables, then restores. Stands for
    `tf.saved_model.main_op_with_restore`.

    `restore_op_name` is the operation that restores.
    """
    with control_dependencies([main_op()]):
        return grouping.group(restore_op_name)
