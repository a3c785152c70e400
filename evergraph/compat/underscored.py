"""Names with an underscore that programs take from TensorFlow's private modules."""

from typing import Any

from evergraph.api.resource_variable_ops import ResourceVariable
from evergraph.api.variable_base import VariableV1
from evergraph.graph.keys import GraphKeys
from evergraph.library.estimator.model_fn import verify_model_fn_args as _verify_model_fn_args
from evergraph.library.tpu.spec import TPUEstimatorSpec as _TPUEstimatorSpec
from evergraph.library.train.checkpoint_management import latest_checkpoint
from evergraph.library.train.checkpoint_utils import NewCheckpointReader
from evergraph.library.train.session_manager import what_is_missing

__all__ = [
    "_TPUEstimatorSpec",
    "_assert_float_dtype",
    "_from_proto_fn",
    "_load_global_step_from_checkpoint_dir",
    "_ready",
    "_to_proto_fn",
    "_verify_model_fn_args",
]


def _to_proto_fn(v: Any, export_scope: str | None = None) -> Any:
    """A variable as a VariableDef."""
    return v.to_proto(export_scope=export_scope)


def _from_proto_fn(v: Any, import_scope: str | None = None) -> Any:
    """The variable of a VariableDef, of the kind that it tells."""
    kind = ResourceVariable if v.is_resource else VariableV1
    return kind.from_proto(v, import_scope=import_scope)


def _assert_float_dtype(dtype: Any) -> Any:
    """The type, if it is one of floats; else ValueError."""
    if not dtype.is_floating:
        raise ValueError(f"Expected floating point type, got {dtype}.")
    return dtype


def _load_global_step_from_checkpoint_dir(checkpoint_dir: Any) -> Any:
    """The step at which the newest checkpoint of a folder was written; 0 where none tells."""
    try:
        reader = NewCheckpointReader(latest_checkpoint(checkpoint_dir))
        return reader.get_tensor(GraphKeys.GLOBAL_STEP)
    except Exception:  # whatever the matter is, a program is about to begin
        return 0


def _ready(op: Any, sess: Any, msg: str) -> tuple[bool, str | None]:
    """Whether an op that names what is not ready gives nothing; else what to say."""
    complaint = what_is_missing(op, sess, msg)
    return complaint is None, complaint
