"""A SavedModel in one call."""

from typing import Any

from evergraph.base.export import export
from evergraph.graph.defaults import get_collection
from evergraph.graph.keys import GraphKeys
from evergraph.library.saved_model import signature_constants, tag_constants
from evergraph.library.saved_model.builder_impl import SavedModelBuilder
from evergraph.library.saved_model.signature_def_utils_impl import predict_signature_def
from evergraph.library.saved_model.utils_impl import _v1_only


@export("saved_model.simple_save")
@_v1_only("saved_model.simple_save")
def simple_save(
    session: Any,
    export_dir: str,
    inputs: dict[str, Any],
    outputs: dict[str, Any],
    legacy_init_op: Any = None,
) -> None:
    """Writes a SavedModel for serving. Stands for `tf.saved_model.simple_save`.

    Args:
      session: the session with the variables.
      export_dir: the folder, which is made.
      inputs, outputs: tensors by name; they are the signature "serving_default".
      legacy_init_op: an operation to run when it is loaded.
    """
    builder = SavedModelBuilder(export_dir)
    builder.add_meta_graph_and_variables(
        session,
        tags=[tag_constants.SERVING],
        signature_def_map={
            signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: predict_signature_def(
                inputs, outputs
            )
        },
        assets_collection=get_collection(GraphKeys.ASSET_FILEPATHS),
        main_op=legacy_init_op,
        clear_devices=True,
    )
    builder.save()
