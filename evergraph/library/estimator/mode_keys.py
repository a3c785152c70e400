"""What a model function is called for: `tf.estimator.ModeKeys`."""

from evergraph.base.export import export_constant
from evergraph.library.saved_model.mode_keys import EstimatorModeKeys as ModeKeys

__all__ = ["ModeKeys"]

export_constant(__name__, "ModeKeys", "estimator.ModeKeys")
