"""The signatures that a model is exported with, and the folder it goes to."""

import os.path
import time
from typing import Any

from evergraph.base import compat
from evergraph.base.platform import gfile, logging
from evergraph.library.saved_model import export_output as export_output_lib
from evergraph.library.saved_model import (
    mode_keys,
    signature_constants,
    signature_def_utils_impl,
    tag_constants,
)
from evergraph.library.saved_model.mode_keys import KerasModeKeys as ModeKeys

EXPORT_TAG_MAP = mode_keys.ModeKeyMap(
    **{
        ModeKeys.PREDICT: [tag_constants.SERVING],
        ModeKeys.TRAIN: [tag_constants.TRAINING],
        ModeKeys.TEST: [tag_constants.EVAL],
    }
)
SIGNATURE_KEY_MAP = mode_keys.ModeKeyMap(
    **{
        ModeKeys.PREDICT: signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY,
        ModeKeys.TRAIN: signature_constants.DEFAULT_TRAIN_SIGNATURE_DEF_KEY,
        ModeKeys.TEST: signature_constants.DEFAULT_EVAL_SIGNATURE_DEF_KEY,
    }
)
SINGLE_FEATURE_DEFAULT_NAME = "feature"
SINGLE_RECEIVER_DEFAULT_NAME = "input"
SINGLE_LABEL_DEFAULT_NAME = "label"
MAX_DIRECTORY_CREATION_ATTEMPTS = 10

_FRIENDLY_METHOD_NAMES = {
    signature_constants.CLASSIFY_METHOD_NAME: "Classify",
    signature_constants.REGRESS_METHOD_NAME: "Regress",
    signature_constants.PREDICT_METHOD_NAME: "Predict",
    signature_constants.SUPERVISED_TRAIN_METHOD_NAME: "Train",
    signature_constants.SUPERVISED_EVAL_METHOD_NAME: "Eval",
}


def build_all_signature_defs(
    receiver_tensors: Any,
    export_outputs: Any,
    receiver_tensors_alternatives: dict[str, Any] | None = None,
    serving_only: bool = True,
) -> dict[str, Any]:
    """The signatures of all outputs with all inputs that fit them.

    Args:
      receiver_tensors: the inputs, a tensor or tensors by name.
      export_outputs: ExportOutputs by name.
      receiver_tensors_alternatives: other inputs by name.
      serving_only: whether to leave out training and evaluation.

    Raises:
      ValueError: `export_outputs` is no dict.
    """
    if not isinstance(export_outputs, dict):
        raise ValueError(f"export_outputs must be a dict and not{type(export_outputs)}")
    inputs = {"": receiver_tensors}
    for name, tensors in (receiver_tensors_alternatives or {}).items():
        inputs[f"{name or 'None'}:"] = tensors
    found: dict[str, Any] = {}
    excluded: dict[str, str] = {}
    for prefix, tensors in inputs.items():
        if not isinstance(tensors, dict):
            tensors = {SINGLE_RECEIVER_DEFAULT_NAME: tensors}
        for key, output in export_outputs.items():
            name = f"{prefix}{key or 'None'}"
            try:
                found[name] = output.as_signature_def(tensors)
            except ValueError as error:
                excluded[name] = str(error)
    _log_signature_report(found, excluded)
    if serving_only:
        is_valid = signature_def_utils_impl.is_valid_signature
        found = {name: signature for name, signature in found.items() if is_valid(signature)}
    return found


def _log_signature_report(
    signature_def_map: dict[str, Any], excluded_signatures: dict[str, str]
) -> None:
    names: dict[str, list[str]] = {method: [] for method in _FRIENDLY_METHOD_NAMES}
    for name, signature in signature_def_map.items():
        names.setdefault(signature.method_name, []).append(name)
    for method, listed in names.items():
        friendly = _FRIENDLY_METHOD_NAMES.get(method, method)
        logging.info(f"Signatures INCLUDED in export for {friendly}: {listed or 'None'}")
    if excluded_signatures:
        logging.info(
            "Signatures EXCLUDED from export because they cannot be be served via TensorFlow "
            "Serving APIs:"
        )
        for name, message in excluded_signatures.items():
            logging.info(f"'{name}' : {message}")
    if not signature_def_map:
        logging.warn("Export includes no signatures!")
    elif signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY not in signature_def_map:
        logging.warn("Export includes no default signature!")


def get_timestamped_export_dir(export_dir_base: Any) -> bytes:
    """A new folder's path, named after the second; RuntimeError: there is none for 10 seconds."""
    for attempt in range(1, MAX_DIRECTORY_CREATION_ATTEMPTS + 1):
        result = os.path.join(compat.as_bytes(export_dir_base), b"%d" % int(time.time()))
        if not gfile.Exists(result):
            return result
        time.sleep(1)
        logging.warn(
            f"Directory {result!r} already exists; retrying (attempt "
            f"{attempt}/{MAX_DIRECTORY_CREATION_ATTEMPTS})"
        )
    raise RuntimeError(
        "Failed to obtain a unique export directory name after "
        f"{MAX_DIRECTORY_CREATION_ATTEMPTS} attempts."
    )


def get_temp_export_dir(timestamped_export_dir: Any) -> bytes:
    """Where to write an export before it gets its name."""
    folder, name = os.path.split(timestamped_export_dir)
    # Bytes keep the b'' that TensorFlow's formatting gives them.
    return os.path.join(compat.as_bytes(folder), compat.as_bytes(f"temp-{name}"))


def export_outputs_for_mode(
    mode: str,
    serving_export_outputs: Any = None,
    predictions: Any = None,
    loss: Any = None,
    metrics: Any = None,
) -> dict[str, Any]:
    """The ExportOutputs of a mode by name.

    Args:
      mode: one of `KerasModeKeys`.
      serving_export_outputs: those for serving; default: `predictions`.
      predictions, loss, metrics: what a model gives.

    Raises:
      ValueError: there is no such mode.
    """
    if mode not in SIGNATURE_KEY_MAP:
        raise ValueError(
            f"Export output type not found for mode: {mode}. Expected one of: "
            f"{SIGNATURE_KEY_MAP.keys()}.\nOne likely error is that V1 Estimator Modekeys were "
            "somehow passed to this function. Please ensure that you are using the new ModeKeys."
        )
    if mode_keys.is_predict(mode):
        return get_export_outputs(serving_export_outputs, predictions)
    kind: Any = export_output_lib.EvalOutput
    if mode_keys.is_train(mode):
        kind = export_output_lib.TrainOutput
    return {SIGNATURE_KEY_MAP[mode]: kind(loss=loss, predictions=predictions, metrics=metrics)}


def get_export_outputs(export_outputs: Any, predictions: Any) -> dict[str, Any]:
    """The ExportOutputs for serving by name, one of them the default.

    Raises:
      TypeError: `export_outputs` is no dict of them.
      ValueError: there are several, and none is the default.
    """
    if export_outputs is None:
        key = signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
        export_outputs = {key: export_output_lib.PredictOutput(predictions)}
    if not isinstance(export_outputs, dict):
        raise TypeError(f"export_outputs must be dict, given: {export_outputs}")
    if not all(isinstance(v, export_output_lib.ExportOutput) for v in export_outputs.values()):
        raise TypeError(
            f"Values in export_outputs must be ExportOutput objects. Given: {export_outputs}"
        )
    return _maybe_add_default_serving_output(export_outputs)


def _maybe_add_default_serving_output(export_outputs: dict[str, Any]) -> dict[str, Any]:
    key = signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    if len(export_outputs) == 1:
        export_outputs.setdefault(key, next(iter(export_outputs.values())))
    elif export_outputs and key not in export_outputs:
        raise ValueError(
            "Multiple export_outputs were provided, but none of them is specified as the default.  "
            "Do this by naming one of them with "
            "signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY."
        )
    return export_outputs
