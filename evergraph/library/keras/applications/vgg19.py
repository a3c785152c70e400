"""VGG19 with what goes with it."""

from evergraph.base.export import export_constant
from evergraph.library.keras.applications.imagenet_utils import (
    decode_predictions as decode_predictions,
)
from evergraph.library.keras.applications.imagenet_utils import (
    preprocess_input as preprocess_input,
)
from evergraph.library.keras.applications.vgg import VGG19 as VGG19

for _name in ("decode_predictions", "preprocess_input"):
    export_constant(__name__, _name, f"keras.applications.vgg19.{_name}")
