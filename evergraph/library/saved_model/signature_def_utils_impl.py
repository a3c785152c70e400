"""Signatures: what a model takes and gives."""

from typing import Any

from evergraph.base import errors
from evergraph.base.export import export
from evergraph.graph.tensor import Tensor
from evergraph.library.saved_model import signature_constants as names
from evergraph.library.saved_model import utils_impl as utils
from evergraph.proto.framework import types_pb2
from evergraph.proto.protobuf import meta_graph_pb2


@export("saved_model.build_signature_def", "saved_model.signature_def_utils.build_signature_def")
def build_signature_def(
    inputs: dict[str, Any] | None = None,
    outputs: dict[str, Any] | None = None,
    method_name: str | None = None,
) -> Any:
    """A SignatureDef of TensorInfos by name. Stands for `tf.saved_model.build_signature_def`."""
    signature = meta_graph_pb2.SignatureDef(method_name=method_name)
    for name, info in (inputs or {}).items():
        signature.inputs[name].CopyFrom(info)
    for name, info in (outputs or {}).items():
        signature.outputs[name].CopyFrom(info)
    return signature


def _examples_info(examples: Any, kind: str) -> Any:
    """The TensorInfo of serialized examples."""
    if examples is None:
        raise ValueError(f"{kind} examples cannot be None.")
    if isinstance(examples, Tensor):
        info = utils.build_tensor_info_internal(examples)
        if info.dtype == types_pb2.DT_STRING:
            return info
    raise ValueError(f"{kind} examples must be a string Tensor.")


def _typed_info(tensor: Any, dtype: Any, message: str) -> Any:
    info = utils.build_tensor_info_internal(tensor)
    if info.dtype != dtype:
        raise ValueError(message)
    return info


def _infos(tensors: dict[str, Any]) -> dict[str, Any]:
    return {name: utils.build_tensor_info_internal(tensor) for name, tensor in tensors.items()}


@export(
    "saved_model.regression_signature_def",
    "saved_model.signature_def_utils.regression_signature_def",
)
def regression_signature_def(examples: Any, predictions: Any) -> Any:
    """The signature of a regression. Stands for `tf.saved_model.regression_signature_def`.

    Args:
      examples: serialized Examples, a string tensor.
      predictions: a float32 tensor.

    Raises:
      ValueError: one is missing or of another type.
    """
    if examples is not None and isinstance(examples, Tensor) and predictions is None:
        raise ValueError("Regression predictions cannot be None.")
    info = _examples_info(examples, "Regression")
    message = "Regression output must be a float Tensor."
    outputs = {names.REGRESS_OUTPUTS: _typed_info(predictions, types_pb2.DT_FLOAT, message)}
    return build_signature_def({names.REGRESS_INPUTS: info}, outputs, names.REGRESS_METHOD_NAME)


@export(
    "saved_model.classification_signature_def",
    "saved_model.signature_def_utils.classification_signature_def",
)
def classification_signature_def(examples: Any, classes: Any, scores: Any) -> Any:
    """The signature of a classification. Stands for `tf.saved_model.classification_signature_def`.

    Args:
      examples: serialized Examples, a string tensor.
      classes: the names of the classes, a string tensor, or None.
      scores: a float32 tensor, or None.

    Raises:
      ValueError: `examples`, or both others, are missing; or one is of another type.
    """
    if isinstance(examples, Tensor) and classes is None and scores is None:
        raise ValueError("Classification classes and scores cannot both be None.")
    info = _examples_info(examples, "Classification")
    outputs = {}
    if classes is not None:
        message = "Classification classes must be a string Tensor."
        outputs[names.CLASSIFY_OUTPUT_CLASSES] = _typed_info(classes, types_pb2.DT_STRING, message)
    if scores is not None:
        message = "Classification scores must be a float Tensor."
        outputs[names.CLASSIFY_OUTPUT_SCORES] = _typed_info(scores, types_pb2.DT_FLOAT, message)
    return build_signature_def({names.CLASSIFY_INPUTS: info}, outputs, names.CLASSIFY_METHOD_NAME)


@export(
    "saved_model.predict_signature_def", "saved_model.signature_def_utils.predict_signature_def"
)
def predict_signature_def(inputs: dict[str, Any], outputs: dict[str, Any]) -> Any:
    """The signature of a prediction of any kind. Stands for
    `tf.saved_model.predict_signature_def`.

    Args:
      inputs, outputs: tensors by name.

    Raises:
      ValueError: one is empty.
    """
    if not inputs:
        raise ValueError("Prediction inputs cannot be None or empty.")
    if not outputs:
        raise ValueError("Prediction outputs cannot be None or empty.")
    return build_signature_def(_infos(inputs), _infos(outputs), names.PREDICT_METHOD_NAME)


def supervised_train_signature_def(
    inputs: dict[str, Any],
    loss: dict[str, Any] | None,
    predictions: dict[str, Any] | None = None,
    metrics: dict[str, Any] | None = None,
) -> Any:
    """The signature of training, with tensors by name."""
    method = names.SUPERVISED_TRAIN_METHOD_NAME
    return _supervised_signature_def(method, inputs, loss, predictions, metrics)


def supervised_eval_signature_def(
    inputs: dict[str, Any],
    loss: dict[str, Any] | None,
    predictions: dict[str, Any] | None = None,
    metrics: dict[str, Any] | None = None,
) -> Any:
    """The signature of an evaluation, with tensors by name."""
    method = names.SUPERVISED_EVAL_METHOD_NAME
    return _supervised_signature_def(method, inputs, loss, predictions, metrics)


def _supervised_signature_def(
    method_name: str,
    inputs: dict[str, Any],
    loss: dict[str, Any] | None = None,
    predictions: dict[str, Any] | None = None,
    metrics: dict[str, Any] | None = None,
) -> Any:
    if not inputs:
        raise ValueError(f"{method_name} inputs cannot be None or empty.")
    outputs: dict[str, Any] = {}
    for tensors in (loss, predictions, metrics):
        outputs.update(_infos(tensors or {}))
    return build_signature_def(_infos(inputs), outputs, method_name)


@export("saved_model.is_valid_signature", "saved_model.signature_def_utils.is_valid_signature")
def is_valid_signature(signature_def: Any) -> bool:
    """Whether a SignatureDef is a classification's, a regression's or a prediction's, with the
    names and types that belong to it. Stands for `tf.saved_model.is_valid_signature`."""
    return signature_def is not None and (
        _is_valid_classification_signature(signature_def)
        or _is_valid_regression_signature(signature_def)
        or _is_valid_predict_signature(signature_def)
    )


def _takes_examples(signature_def: Any, name: str) -> bool:
    inputs = signature_def.inputs
    return set(inputs) == {name} and inputs[name].dtype == types_pb2.DT_STRING


def _is_valid_predict_signature(signature_def: Any) -> bool:
    is_prediction = signature_def.method_name == names.PREDICT_METHOD_NAME
    return is_prediction and bool(signature_def.inputs) and bool(signature_def.outputs)


def _is_valid_regression_signature(signature_def: Any) -> bool:
    outputs = signature_def.outputs
    return (
        signature_def.method_name == names.REGRESS_METHOD_NAME
        and _takes_examples(signature_def, names.REGRESS_INPUTS)
        and set(outputs) == {names.REGRESS_OUTPUTS}
        and outputs[names.REGRESS_OUTPUTS].dtype == types_pb2.DT_FLOAT
    )


def _is_valid_classification_signature(signature_def: Any) -> bool:
    types = {
        names.CLASSIFY_OUTPUT_CLASSES: types_pb2.DT_STRING,
        names.CLASSIFY_OUTPUT_SCORES: types_pb2.DT_FLOAT,
    }
    outputs = signature_def.outputs
    return (
        signature_def.method_name == names.CLASSIFY_METHOD_NAME
        and _takes_examples(signature_def, names.CLASSIFY_INPUTS)
        and bool(outputs)
        and all(name in types and outputs[name].dtype == types[name] for name in outputs)
    )


def op_signature_def(op: Any, key: str) -> Any:
    """A signature that names an operation."""
    return build_signature_def(outputs={key: utils.build_tensor_info_from_op(op)})


def load_op_from_signature_def(
    signature_def: Any, key: str, import_scope: str | None = None
) -> Any:
    """The operation that a signature names. Raises NotFoundError where the graph lacks it."""
    try:
        return utils.get_element_from_tensor_info(
            signature_def.outputs[key], import_scope=import_scope
        )
    except KeyError:
        raise errors.NotFoundError(
            None,
            None,
            f"The {key} could not be found in the graph. Please make sure the SavedModel was "
            "created by the internal _SavedModelBuilder. If you are using the public API, please "
            f'make sure the SignatureDef in the SavedModel does not contain the key "{key}".',
        ) from None
