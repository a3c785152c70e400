"""Models as SavedModels: what is put in, and what comes out."""

import collections
import os.path
from collections.abc import Callable
from typing import Any

from evergraph.api import creation, parsing_ops
from evergraph.base import compat, dtypes, errors
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import gfile, logging
from evergraph.library.contrib.learn.export_strategy import ExportStrategy
from evergraph.library.contrib.learn.keys import PredictionKey, ProblemType
from evergraph.library.estimator.estimator import Estimator as CoreEstimator
from evergraph.library.saved_model import signature_constants, signature_def_utils_impl

_INSTEAD = "Switch to tf.estimator.Exporter and associated utilities."
DEFAULT_INPUT_ALTERNATIVE_KEY = "default_input_alternative"
FEATURES_INPUT_ALTERNATIVE_KEY = "features_input_alternative"
_FALLBACK_DEFAULT_OUTPUT_ALTERNATIVE_KEY = "default_output_alternative"


@export("contrib.learn.InputFnOps", "contrib.learn.utils.InputFnOps")
class InputFnOps(collections.namedtuple("InputFnOps", ["features", "labels", "default_inputs"])):
    """What a serving input function gives: features and labels for the model, and the placeholders
    that they are made of, by name. Stands for `tf.contrib.learn.InputFnOps`."""


@export(
    "contrib.learn.build_parsing_serving_input_fn",
    "contrib.learn.utils.build_parsing_serving_input_fn",
)
@deprecated(None, "Please use tf.estimator.export.build_parsing_serving_input_receiver_fn.")
def build_parsing_serving_input_fn(
    feature_spec: dict[str, Any], default_batch_size: int | None = None
) -> Callable[[], InputFnOps]:
    """An input function that takes serialized Examples. Stands for
    `tf.contrib.learn.build_parsing_serving_input_fn`.

    Args:
      feature_spec: as of `tf.io.parse_example`.
      default_batch_size: how many Examples; default: any many.
    """

    def input_fn() -> InputFnOps:
        examples = creation.placeholder(
            dtype=dtypes.string, shape=[default_batch_size], name="input_example_tensor"
        )
        features = parsing_ops.parse_example(examples, feature_spec)
        return InputFnOps(features, None, {"examples": examples})

    return input_fn


@export("contrib.learn.utils.build_default_serving_input_fn")
@deprecated(None, "Please use tf.estimator.export.build_raw_serving_input_receiver_fn.")
def build_default_serving_input_fn(
    features: dict[str, Any], default_batch_size: int | None = None
) -> Callable[[], InputFnOps]:
    """An input function that takes the features themselves. Stands for
    `tf.contrib.learn.utils.build_default_serving_input_fn`.

    Args:
      features: tensors by name, whose types and shapes are taken.
      default_batch_size: how many examples; default: any many.
    """

    def input_fn() -> InputFnOps:
        made = {
            name: creation.placeholder(
                dtype=t.dtype,
                shape=[default_batch_size, *t.get_shape().as_list()[1:]],
                name=t.op.name,
            )
            for name, t in features.items()
        }
        return InputFnOps(made, None, made)

    return input_fn


def get_input_alternatives(input_ops: Any) -> tuple[dict[str, Any], Any]:
    """The inputs by name, and the features. Raises ValueError: there are no features."""
    alternatives = {}
    if isinstance(input_ops, InputFnOps):
        alternatives[DEFAULT_INPUT_ALTERNATIVE_KEY] = input_ops.default_inputs
    if not input_ops[0]:
        raise ValueError("Features must be defined.")
    return alternatives, input_ops[0]


def get_output_alternatives(
    model_fn_ops: Any, default_output_alternative_key: str | None = None
) -> tuple[dict[Any, Any], Any]:
    """The outputs by name, as pairs of problem type and tensors, and the default's name.

    Raises:
      ValueError: the default is not there, or there are several and none is named.
    """
    alternatives = model_fn_ops.output_alternatives
    wanted = default_output_alternative_key
    there = sorted(alternatives, key=str) if alternatives else []
    if wanted and wanted not in there:
        raise ValueError(
            f"Requested default_output_alternative: {wanted}, but available output_alternatives "
            f"are: {there}"
        )
    if not alternatives:
        outputs = model_fn_ops.predictions
        if not isinstance(outputs, dict):
            outputs = {PredictionKey.GENERIC: outputs}
        key = _FALLBACK_DEFAULT_OUTPUT_ALTERNATIVE_KEY
        return {key: (ProblemType.UNSPECIFIED, outputs)}, key
    if not wanted and len(there) > 1:
        raise ValueError(
            "Please specify a default_output_alternative.  Available output_alternatives are: "
            f"{there}"
        )
    return alternatives, wanted or there[0]


def build_all_signature_defs(
    input_alternatives: dict[str, Any], output_alternatives: dict[Any, Any], default_key: Any
) -> dict[str, Any]:
    """The signatures of all outputs with all inputs, and the default one.

    Raises:
      ValueError: there is no default input.
    """
    signatures = {
        f"{name}:{key or 'None'}": build_standardized_signature_def(inputs, outputs, kind)
        for name, inputs in input_alternatives.items()
        for key, (kind, outputs) in output_alternatives.items()
    }
    inputs = input_alternatives.get(DEFAULT_INPUT_ALTERNATIVE_KEY)
    if not inputs:
        raise ValueError("A default input_alternative must be provided.")
    kind, outputs = output_alternatives[default_key]
    default = signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    signatures[default] = build_standardized_signature_def(inputs, outputs, kind)
    return signatures


def build_standardized_signature_def(
    input_tensors: dict[str, Any], output_tensors: dict[str, Any], problem_type: int
) -> Any:
    """A signature of the kind that the problem asks for; one for predictions where inputs and
    outputs do not fit that.

    Raises:
      ValueError: there are no inputs or no outputs.
    """
    if not input_tensors:
        raise ValueError("input_tensors must be provided.")
    if not output_tensors:
        raise ValueError("output_tensors must be provided.")
    one_input, one_output = len(input_tensors) == 1, len(output_tensors) == 1
    examples, only = next(iter(input_tensors.values())), next(iter(output_tensors.values()))
    if problem_type in (ProblemType.CLASSIFICATION, ProblemType.LOGISTIC_REGRESSION) and one_input:
        classes, scores = _classes_and_scores(output_tensors)
        if classes is None and scores is None and one_output:
            classes, scores = (only, None) if only.dtype == dtypes.string else (None, only)
        if classes is not None or scores is not None:
            return signature_def_utils_impl.classification_signature_def(examples, classes, scores)
    if problem_type == ProblemType.LINEAR_REGRESSION and one_input and one_output:
        return signature_def_utils_impl.regression_signature_def(examples, only)
    return signature_def_utils_impl.predict_signature_def(input_tensors, output_tensors)


def _classes_and_scores(outputs: dict[str, Any]) -> tuple[Any, Any]:
    classes = outputs.get(PredictionKey.CLASSES)
    if classes is not None and classes.dtype != dtypes.string:
        classes = None
    scores = outputs.get(PredictionKey.SCORES)
    return classes, outputs.get(PredictionKey.PROBABILITIES) if scores is None else scores


def copy_assets_extra(assets_extra: dict[str, str] | None, export_dir: bytes) -> None:
    """Copies files into a SavedModel's folder `assets.extra`, by their paths in it."""
    for name, source in (assets_extra or {}).items():
        place = os.path.join(export_dir, b"assets.extra", compat.as_bytes(name))
        gfile.MakeDirs(os.path.dirname(place))
        gfile.Copy(source, place)


def garbage_collect_exports(export_dir_base: Any, exports_to_keep: int | None) -> None:
    """Deletes all exports but the latest ones; None keeps them all."""
    if exports_to_keep is None:
        return
    base = compat.as_bytes(export_dir_base)
    names = [compat.as_bytes(name).rstrip(b"/") for name in gfile.ListDirectory(base)]
    exports = sorted(name for name in names if len(name) == 10 and name.isdigit())
    for name in exports[: max(len(exports) - exports_to_keep, 0)]:
        path = os.path.join(base, name)
        try:
            gfile.DeleteRecursively(path)
        except errors.NotFoundError as error:
            logging.warn("Can not delete %s recursively: %s", path, error)


@export(
    "contrib.learn.make_export_strategy",
    "contrib.learn.utils.make_export_strategy",
    "contrib.learn.utils.saved_model_export_utils.make_export_strategy",
)
@deprecated(None, _INSTEAD)
def make_export_strategy(
    serving_input_fn: Any,
    default_output_alternative_key: str | None = None,
    assets_extra: Any = None,
    as_text: bool = False,
    exports_to_keep: int | None = 5,
    strip_default_attrs: bool | None = None,
) -> ExportStrategy:
    """How an Experiment exports SavedModels. Stands for `tf.contrib.learn.make_export_strategy`.

    Args:
      serving_input_fn: gives InputFnOps; for a `tf.estimator.Estimator` a receiver.
      default_output_alternative_key: which of several heads is the default.
      assets_extra: files to copy, by their paths in the SavedModel's `assets.extra`.
      as_text: whether the SavedModel is written as text.
      exports_to_keep: how many of the latest exports are kept; None for all.
      strip_default_attrs: whether attrs that have their defaults are left out of nodes.
    """

    def export_fn(
        estimator: Any,
        export_dir_base: Any,
        checkpoint_path: str | None = None,
        strip_default_attrs: bool | None = False,
    ) -> Any:
        options: dict[str, Any] = {
            "assets_extra": assets_extra,
            "as_text": as_text,
            "checkpoint_path": checkpoint_path,
            "strip_default_attrs": strip_default_attrs,
        }
        if not isinstance(estimator, CoreEstimator):
            options["default_output_alternative_key"] = default_output_alternative_key
        elif default_output_alternative_key is not None:
            raise ValueError(
                "default_output_alternative_key is not supported in core Estimator. Given: "
                f"{default_output_alternative_key}"
            )
        result = estimator.export_savedmodel(export_dir_base, serving_input_fn, **options)
        garbage_collect_exports(export_dir_base, exports_to_keep)
        return result

    return ExportStrategy("Servo", export_fn, strip_default_attrs)
