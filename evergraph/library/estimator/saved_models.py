"""How an Estimator is exported: a SavedModel with a graph for each mode that is asked for."""

import os.path
from typing import Any

from evergraph.api.random_seed import set_random_seed
from evergraph.base import compat, errors
from evergraph.base.platform import gfile
from evergraph.engine.session import Session
from evergraph.graph.defaults import get_collection
from evergraph.graph.graph import Graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.estimator.mode_keys import ModeKeys
from evergraph.library.saved_model import export_utils
from evergraph.library.saved_model.builder_impl import SavedModelBuilder
from evergraph.library.train.checkpoint_management import latest_checkpoint
from evergraph.library.train.saver import Saver
from evergraph.library.train.scaffold import Scaffold


def export_all(
    estimator: Any,
    export_dir_base: Any,
    input_receiver_fn_map: dict[str, Any],
    assets_extra: dict[str, str] | None,
    as_text: bool,
    checkpoint_path: str | None,
    strip_default_attrs: bool,
) -> bytes:
    """Exports the graphs of some modes with one set of variables; the folder's path.

    Raises:
      ValueError: there is no checkpoint, no mode, or the checkpoint lacks variables.
    """
    checkpoint_path = checkpoint_path or latest_checkpoint(estimator._model_dir)
    if not checkpoint_path:
        checkpoint_path = _warm_start_checkpoint(estimator)
    export_dir = export_utils.get_timestamped_export_dir(export_dir_base)
    temporary = export_utils.get_temp_export_dir(export_dir)
    builder = SavedModelBuilder(temporary)
    save_variables = True
    for mode in (ModeKeys.TRAIN, ModeKeys.EVAL, ModeKeys.PREDICT):
        if input_receiver_fn_map.get(mode):
            estimator._add_meta_graph_for_mode(
                builder,
                input_receiver_fn_map,
                checkpoint_path,
                save_variables,
                mode=mode,
                strip_default_attrs=strip_default_attrs,
            )
            save_variables = False
    if save_variables:
        raise ValueError(f"No valid modes for exporting found. Got {input_receiver_fn_map.keys()}.")
    builder.save(as_text)
    for name, source in (assets_extra or {}).items():
        path = os.path.join(temporary, b"assets.extra", compat.as_bytes(name))
        gfile.MakeDirs(os.path.dirname(path))
        gfile.Copy(source, path)
    gfile.Rename(temporary, export_dir)
    return export_dir


def _warm_start_checkpoint(estimator: Any) -> str:
    settings = estimator._warm_start_settings
    if not settings:
        raise ValueError(f"Couldn't find trained model at {estimator._model_dir}.")
    path: str = settings.ckpt_to_initialize_from
    return latest_checkpoint(path) or path if gfile.IsDirectory(path) else path


def add_meta_graph(
    estimator: Any,
    builder: SavedModelBuilder,
    input_receiver_fn_map: dict[str, Any],
    checkpoint_path: str,
    save_variables: bool,
    mode: str,
    strip_default_attrs: bool,
) -> None:
    """Builds the graph of a mode, restores its variables, and adds it to what is exported."""
    with Graph().as_default() as graph:
        estimator._create_and_assert_global_step(graph)
        set_random_seed(estimator._config.tf_random_seed)
        received = input_receiver_fn_map[mode]()
        spec = estimator._call_model_fn(
            features=received.features,
            labels=getattr(received, "labels", None),
            mode=mode,
            config=estimator.config,
        )
        outputs = export_utils.export_outputs_for_mode(
            mode=spec.mode,
            serving_export_outputs=spec.export_outputs,
            predictions=spec.predictions,
            loss=spec.loss,
            metrics=spec.eval_metric_ops,
        )
        signatures = export_utils.build_all_signature_defs(
            received.receiver_tensors,
            outputs,
            getattr(received, "receiver_tensors_alternatives", None),
            serving_only=mode == ModeKeys.PREDICT,
        )
        with Session(config=estimator._session_config) as session:
            main_op = spec.scaffold.local_init_op
            if main_op is None:
                main_op = Scaffold.default_local_init_op()
            saver = spec.scaffold.saver or Saver(sharded=True)
            try:
                saver.restore(session, checkpoint_path)
            except errors.NotFoundError as error:
                raise ValueError(
                    "Could not load all requested variables from checkpoint. Please make sure your "
                    "model_fn does not expect variables that were not saved in the checkpoint.\n\n"
                    f"Encountered error with mode `{mode}` while restoring checkpoint from: "
                    f"`{checkpoint_path}`. Full Traceback:\n\n{error}"
                ) from None
            builder._add_train_op(spec.train_op)
            given = {
                "tags": export_utils.EXPORT_TAG_MAP[mode],
                "signature_def_map": signatures,
                "assets_collection": get_collection(GraphKeys.ASSET_FILEPATHS),
                "main_op": main_op,
                "saver": saver,
                "strip_default_attrs": strip_default_attrs,
            }
            if save_variables:
                builder.add_meta_graph_and_variables(session, **given)
            else:
                builder.add_meta_graph(**given)
