"""SavedModels of graphs as objects."""

from typing import Any

from evergraph.api import array_ops
from evergraph.base import dtypes
from evergraph.base.platform import logging
from evergraph.graph.constant import constant
from evergraph.graph.defaults import (
    add_to_collection,
    executing_eagerly,
    executing_eagerly_outside_functions,
    init_scope,
)
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor, uid
from evergraph.library.eager.wrap_function import wrap_function
from evergraph.library.saved_model import (
    function_deserialization,
    loader_impl,
    signature_serialization,
)
from evergraph.library.train import saver as saver_lib
from evergraph.library.train.scaffold import Scaffold
from evergraph.library.train.tracking.tracking import (
    AutoTrackable,
    CapturableResource,
    TrackableAsset,
)


class _Initializer(CapturableResource):
    """The initialization of a SavedModel of a graph, so that it is saved again, too."""

    def __init__(self, init_fn: Any, asset_paths: list[TrackableAsset]) -> None:
        super().__init__()
        self._asset_paths = asset_paths
        self._init_fn = init_fn

    def _create_resource(self) -> Tensor:
        return array_ops.placeholder(dtypes.resource, shape=[], name="unused_resource")

    def _initialize(self) -> Any:
        return self._init_fn(*[path.asset_path for path in self._asset_paths])


class _EagerSavedModelLoader(loader_impl.SavedModelLoader):
    """Loads a SavedModel without a session."""

    def get_meta_graph_def_from_tags(self, tags: Any) -> Any:
        """The MetaGraphDef of these tags, or the only one. Raises ValueError: there are several."""
        if tags is not None:
            return super().get_meta_graph_def_from_tags(tags)
        found = self._saved_model.meta_graphs
        if len(found) != 1:
            tag_sets = [list(meta_graph.meta_info_def.tags) for meta_graph in found]
            raise ValueError(
                "Importing a SavedModel with tf.saved_model.load requires a 'tags=' argument if "
                f"there is more than one MetaGraph. Got 'tags=None', but there are {len(found)} "
                f"MetaGraphs in the SavedModel with tag sets {tag_sets}. Pass a 'tags=' argument "
                "to load this SavedModel."
            )
        return found[0]

    def restore_variables(self, wrapped: Any, saver: Any) -> None:  # type: ignore[override]
        """Reads the variables; in a graph their initializers do it."""
        if saver is None:
            return
        graph = wrapped.graph
        filename = graph.as_graph_element(saver.saver_def.filename_tensor_name)
        # The path is fetched, too: something that is an initializer.
        restore = graph.as_graph_element(saver.saver_def.restore_op_name)
        restore_fn = wrapped.prune(feeds=[filename], fetches=[filename, restore])
        initializer, _ = restore_fn(constant(self._variables_path))
        if executing_eagerly_outside_functions():
            return
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, initializer)
        variables = graph.get_collection_ref(GraphKeys.GLOBAL_VARIABLES)
        for variable in variables:
            variable._initializer_op = initializer
        if any(variable.graph is graph for variable in variables):
            logging.warning(
                "Some variables could not be lifted out of a loaded function. Run the "
                "tf.initializers.tables_initializer() operation to restore these variables."
            )

    def _extract_signatures(self, wrapped: Any, meta_graph_def: Any) -> dict[str, Any]:
        """Functions of the signatures by their keys."""
        functions = {}
        for key, signature_def in meta_graph_def.signature_def.items():
            names = list(signature_def.inputs)
            feeds = [
                wrapped.graph.as_graph_element(signature_def.inputs[name].name) for name in names
            ]
            function = wrapped.prune(feeds=feeds, fetches=dict(signature_def.outputs.items()))
            function._arg_keywords = names
            function._num_positional_args = int(len(names) == 1)
            functions[key] = function
        return functions

    def load(self, tags: Any) -> Any:  # type: ignore[override]
        """The object of the graph that has the tags."""
        meta_graph_def = self.get_meta_graph_def_from_tags(tags)
        graph_def = meta_graph_def.graph_def
        suffix = f"_load_{uid()}"
        functions = function_deserialization.load_function_def_library(graph_def.library, suffix)
        graph_def.library.Clear()
        for function in functions.values():
            graph_def.library.function.add().CopyFrom(function.function_def)
        for node in graph_def.node:
            function_deserialization.fix_node_def(node, functions, suffix, "MetaGraph import")
        savers = []

        def import_graph() -> None:
            saver, _ = saver_lib._import_meta_graph_with_return_elements(meta_graph_def)
            savers.append(saver)

        wrapped = wrap_function(import_graph, signature=[])
        self.restore_variables(wrapped, savers[0])
        with wrapped.graph.as_default():
            init_op = loader_impl.get_init_op(meta_graph_def) or Scaffold.default_local_init_op()
            anchor = constant(0.0, name="dummy_fetch")  # a result to wait for
        root: Any = AutoTrackable()
        files = loader_impl.get_asset_tensors(self._export_dir, meta_graph_def)
        asset_paths = [TrackableAsset(path) for path in files.values()]
        init_fn = wrapped.prune(
            feeds=[wrapped.graph.as_graph_element(name) for name in files],
            fetches=[anchor, wrapped.graph.as_graph_element(init_op)],
        )
        initializer = _Initializer(init_fn, asset_paths)
        local_init_op, _ = initializer._initialize()
        with init_scope():
            if not executing_eagerly():
                add_to_collection(GraphKeys.TABLE_INITIALIZERS, local_init_op)
                for variable in wrapped.graph.get_collection_ref(GraphKeys.LOCAL_VARIABLES):
                    variable._initializer_op = local_init_op
        root.initializer = initializer
        root.asset_paths = asset_paths
        signatures = self._extract_signatures(wrapped, meta_graph_def)
        root.signatures = signature_serialization.create_signature_map(signatures)
        root.variables = list(wrapped.graph.variables)
        root.tensorflow_version = meta_graph_def.meta_info_def.tensorflow_version
        root.tensorflow_git_version = meta_graph_def.meta_info_def.tensorflow_git_version
        root.graph = wrapped.graph
        root.prune = wrapped.prune
        return root


def load(export_dir: Any, tags: Any) -> Any:
    """The object of a SavedModel of a graph."""
    return _EagerSavedModelLoader(export_dir).load(tags=tags)
