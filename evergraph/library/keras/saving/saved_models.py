"""Keras models as SavedModels for training, evaluation and prediction."""

import os
from typing import Any

from evergraph.api.creation import placeholder
from evergraph.api.variables import local_variables_initializer
from evergraph.base import nest
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import file_io, logging
from evergraph.engine.session import Session
from evergraph.graph.graph import Graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.keras import backend
from evergraph.library.keras.cloning import clone_and_build_model
from evergraph.library.keras.engine.compiled import TrainOptimizer
from evergraph.library.keras.engine.sequential import Sequential
from evergraph.library.keras.layers.serialization import model_from_json
from evergraph.library.keras.optimizers import OptimizerV2
from evergraph.library.saved_model import constants, export_utils, utils_impl
from evergraph.library.saved_model.builder_impl import _SavedModelBuilder
from evergraph.library.saved_model.mode_keys import KerasModeKeys
from evergraph.library.train.saver import Saver
from evergraph.library.train.tracking.graph_view import ObjectGraphView

NEXT = "Please use `{}` instead."


def _signatures(model: Any, mode: str) -> dict[str, Any]:
    """The inputs, targets, outputs, loss and metrics of a model as signatures."""
    inputs = dict(zip(model.input_names, model.inputs, strict=True))
    metrics: Any = None
    if model.optimizer:
        targets = [e.target for e in model._endpoints if e.target is not None]
        inputs.update((x.name.split(":")[0], x) for x in targets)
        if model._compile_metrics:
            metrics = {}
            local = model.inputs[0].graph.get_collection_ref(GraphKeys.LOCAL_VARIABLES)
            for metric in model._compile_metric_functions:
                metrics[metric.name] = (metric.result(), metric.updates[0])
                local += [v for v in metric.variables if not any(v is known for known in local)]
    outputs = export_utils.export_outputs_for_mode(
        mode,
        predictions=dict(zip(model.output_names, model.outputs, strict=True)),
        loss=model.total_loss if model.optimizer else None,
        metrics=metrics,
    )
    serving = mode == KerasModeKeys.PREDICT
    return export_utils.build_all_signature_defs(
        inputs, export_outputs=outputs, serving_only=serving
    )


def _add_graph(
    mode: str, builder: Any, model: Any, own: Any, path: str, signature: Any, is_first: bool
) -> None:
    """Adds the graph of one mode; the first one writes the variables by its objects."""
    trains = mode == KerasModeKeys.TRAIN
    compiled = mode != KerasModeKeys.PREDICT
    with Graph().as_default() as graph, backend.learning_phase_scope(int(trains)):
        inputs = signature and nest.map_structure(
            lambda spec: placeholder(spec.dtype, spec.shape, name=spec.name), signature
        )
        clone = clone_and_build_model(model, inputs, custom_objects=own, compile_clone=compiled)
        if compiled:
            graph.add_to_collection(GraphKeys.GLOBAL_STEP, clone.optimizer.iterations)
        nodes = {KerasModeKeys.TRAIN: "_train_nodes", KerasModeKeys.TEST: "_test_nodes"}
        made = getattr(clone, nodes.get(mode, "_predict_nodes"))()
        graph.get_collection_ref(GraphKeys.UPDATE_OPS).extend(clone.state_updates)
        with Session().as_default():
            variables = ObjectGraphView(clone).serialize_object_graph()[0]
            status = clone.load_weights(path)
            if is_first:
                clone.save_weights(path, save_format="tf", overwrite=True)
                builder._has_saved_variables = True
            else:
                status.assert_existing_objects_matched()
            builder.add_meta_graph(
                export_utils.EXPORT_TAG_MAP[mode],
                signature_def_map=_signatures(clone, mode),
                saver=Saver(variables, allow_empty=True),
                init_op=local_variables_initializer(),
                train_op=made[2] if trains else None,
            )


@export("keras.experimental.export_saved_model", "contrib.saved_model.save_keras_model")
@deprecated(None, NEXT.format('model.save(..., save_format="tf")'))
def export_saved_model(
    model: Any,
    saved_model_path: Any,
    custom_objects: Any = None,
    as_text: bool = False,
    input_signature: Any = None,
    serving_only: bool = False,
) -> None:
    """Writes a model as a SavedModel, with graphs for training and evaluation if it is compiled.

    Stands for `tf.keras.experimental.export_saved_model`.

    Args:
      model: a functional or sequential model.
      saved_model_path: the folder, which must be empty.
      custom_objects: the program's own classes and functions by name.
      as_text: whether the graphs are written as text.
      input_signature: TensorSpecs of the inputs; default: placeholders like the model's.
      serving_only: asks for a SavedModel of TensorFlow 2.

    Raises:
      NotImplementedError: `serving_only`, and for derived classes.
      ValueError: a sequential model has no variables yet.
      AssertionError: there is something in the folder.
    """
    if serving_only:
        raise NotImplementedError("SavedModels of TensorFlow 2 of Keras models")
    if not model._is_graph_network:
        if not isinstance(model, Sequential):
            raise NotImplementedError(
                "Subclassed models can only be exported for serving. Please set argument "
                "serving_only=True."
            )
        if not model.built:
            raise ValueError(
                "Weights for sequential model have not yet been created. Weights are created when "
                "the Model is first called on inputs or `build()` is called with an "
                "`input_shape`, or the first layer in the model has `input_shape` during "
                "construction."
            )
    builder = _SavedModelBuilder(saved_model_path)
    utils_impl.get_or_create_variables_dir(saved_model_path)
    path = utils_impl.get_variables_path(saved_model_path)
    model.save_weights(path, save_format="tf", overwrite=True)
    modes = [KerasModeKeys.PREDICT]
    if isinstance(model.optimizer, (TrainOptimizer, OptimizerV2)):
        modes = [KerasModeKeys.TRAIN, KerasModeKeys.TEST, KerasModeKeys.PREDICT]
    elif model.optimizer:
        logging.warning(
            "Model was compiled with an optimizer, but the optimizer is not from `tf.train` (e.g. "
            "`tf.train.AdagradOptimizer`). Only the serving graph was exported. The train and "
            "evaluate graphs were not added to the SavedModel."
        )
    for mode in modes:
        _add_graph(
            mode, builder, model, custom_objects, path, input_signature, is_first=mode == modes[0]
        )
    builder.save(as_text)
    folder = utils_impl.get_or_create_assets_dir(saved_model_path)
    file_io.write_string_to_file(
        os.path.join(folder, constants.SAVED_MODEL_FILENAME_JSON), model.to_json()
    )


@export("keras.experimental.load_from_saved_model", "contrib.saved_model.load_keras_model")
@deprecated(None, NEXT.format("tf.keras.models.load_model"))
def load_from_saved_model(saved_model_path: Any, custom_objects: Any = None) -> Any:
    """The model that `export_saved_model` wrote, with its weights, not compiled.

    Stands for `tf.keras.experimental.load_from_saved_model`.

    Args:
      saved_model_path: the folder.
      custom_objects: the program's own classes and functions by name.
    """
    text = file_io.read_file_to_string(
        os.path.join(
            saved_model_path, constants.ASSETS_DIRECTORY, constants.SAVED_MODEL_FILENAME_JSON
        )
    )
    model = model_from_json(text, custom_objects=custom_objects)
    model.load_weights(utils_impl.get_variables_path(saved_model_path))
    return model
