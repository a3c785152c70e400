"""`tf.contrib.linear_optimizer.SdcaModel`."""

from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.library.estimator.sdca_model import SDCAModel

_ADVICE = (
    "This class is deprecated. To UPDATE or USE linear optimizers, please check its latest version "
    "in core: tensorflow_estimator/python/estimator/canned/linear_optimizer/."
)


@export("contrib.linear_optimizer.SdcaModel")
class SdcaModel(SDCAModel):
    """A linear model and its training, with variables named as in earlier versions. Stands for
    `tf.contrib.linear_optimizer.SdcaModel`; arguments, methods and errors as of the base class."""

    _SLOT = "_unshrinked/SDCAOptimizer"

    @deprecated(None, _ADVICE)
    def __init__(self, examples: Any, variables: Any, options: Any) -> None:
        super().__init__(examples, variables, options)
