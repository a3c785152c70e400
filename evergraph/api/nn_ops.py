"""Neural networks: the functions of TensorFlow's module of this name."""

from typing import Any

from evergraph.api.activations import *  # noqa: F403
from evergraph.api.atrous_ops import *  # noqa: F403
from evergraph.api.bias_ops import *  # noqa: F403
from evergraph.api.convolution_ops import *  # noqa: F403
from evergraph.api.convolution_ops import _convert_padding as _convert_padding
from evergraph.api.convolution_ops import _get_sequence as _get_sequence
from evergraph.api.convolution_transpose_ops import *  # noqa: F403
from evergraph.api.cross_entropy import *  # noqa: F403
from evergraph.api.cross_entropy import _ensure_xent_args as _ensure_xent_args
from evergraph.api.cross_entropy import _flatten_outer_dims as _flatten_outer_dims
from evergraph.api.depthwise_ops import *  # noqa: F403
from evergraph.api.fractional_ops import *  # noqa: F403
from evergraph.api.morphology_ops import *  # noqa: F403
from evergraph.api.nn_dropout import *  # noqa: F403
from evergraph.api.normalization_ops import *  # noqa: F403
from evergraph.api.pooling_ops import *  # noqa: F403
from evergraph.api.ranking_ops import *  # noqa: F403
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor


@export("nn.l2_loss")
def l2_loss(t: Any, name: str | None = None) -> Tensor:
    """Half the sum of squares of all elements, a scalar. Stands for `tf.nn.l2_loss`.

    Args:
      t: a float tensor.
      name: the node's name.
    """
    return apply_op("L2Loss", t, name=name)
