"""Tags of the graphs in a SavedModel."""

from evergraph.base.export import export_constant

SERVING = "serve"
TRAINING = "train"
EVAL = "eval"
GPU = "gpu"
TPU = "tpu"

for _name in ("SERVING", "TRAINING", "GPU", "TPU"):
    export_constant(__name__, _name, f"saved_model.{_name}", f"saved_model.tag_constants.{_name}")
