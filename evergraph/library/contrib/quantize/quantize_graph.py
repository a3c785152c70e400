"""Graphs rewritten for quantization, in place."""

from typing import Any

from evergraph.base.export import export
from evergraph.graph.graph import get_default_graph
from evergraph.library.contrib.quantize import fold_batch_norms, quantize

_RULES = """Adagrad AdagradDA AddSign Adam CenteredRMSProp Ftrl FtrlV2 GradientDescent Momentum
    PowerSign ProximalAdagrad ProximalGradientDescent RMSProp Adadelta""".split()


def _check_for_training_ops(g: Any) -> None:
    """Raises ValueError where a graph has steps of optimizers."""
    names = {prefix + rule for rule in _RULES for prefix in ("Apply", "ResourceApply")}
    names |= {f"{prefix}SparseApply{rule}" for rule in _RULES for prefix in ("", "Resource")}
    # These TensorFlow does not look for.
    names -= {"ApplyAdadelta", "SparseApplyCenteredRMSProp"}
    found = {op.type for op in g.get_operations()} & names
    if found:
        raise ValueError(f"Training op found in graph, exiting {found}")


def _create_graph(
    input_graph: Any = None,
    is_training: bool = True,
    weight_bits: int = 8,
    activation_bits: int = 8,
    symmetric: bool = False,
    quant_delay: int | None = None,
    freeze_bn_delay: int | None = None,
    scope: str | None = None,
) -> None:
    graph = get_default_graph() if input_graph is None else input_graph
    _check_for_training_ops(graph)
    with graph.as_default():
        fold_batch_norms.FoldBatchNorms(
            graph, freeze_batch_norm_delay=freeze_bn_delay, is_training=is_training
        )
        quantize.Quantize(
            graph,
            is_training,
            quant_delay=quant_delay,
            weight_bits=weight_bits,
            activation_bits=activation_bits,
            symmetric=symmetric,
            scope=scope,
        )


@export("contrib.quantize.create_training_graph")
def create_training_graph(input_graph: Any = None, quant_delay: int = 0) -> None:
    """Rewrites a graph, in place, so that it is trained as it will be quantized. Stands for
    `tf.contrib.quantize.create_training_graph`.

    Weights of convolutions and dense layers, and activations, are computed as if they had 8 bits;
    batch normalizations become part of the weights before them. To be called before gradients
    are made.

    Args:
      input_graph: the graph; default: the default one.
      quant_delay: how many steps pass before values are as quantized.

    Raises:
      ValueError: the graph has steps of optimizers.
    """
    _create_graph(input_graph, is_training=True, quant_delay=quant_delay)


@export("contrib.quantize.create_eval_graph")
def create_eval_graph(input_graph: Any = None) -> None:
    """Rewrites a graph for evaluation as `create_training_graph` does one for training. Stands
    for `tf.contrib.quantize.create_eval_graph`.

    Args:
      input_graph: the graph; default: the default one.
    """
    _create_graph(input_graph, is_training=False)


@export("contrib.quantize.experimental_create_training_graph")
def experimental_create_training_graph(
    input_graph: Any = None,
    weight_bits: int = 8,
    activation_bits: int = 8,
    symmetric: bool = False,
    quant_delay: int = 0,
    freeze_bn_delay: int | None = None,
    scope: str | None = None,
) -> None:
    """As `create_training_graph`, with more to choose. Stands for
    `tf.contrib.quantize.experimental_create_training_graph`.

    Args:
      input_graph: the graph; default: the default one.
      weight_bits, activation_bits: from 2 to 8.
      symmetric: whether 0 is in the middle of ranges.
      quant_delay: how many steps pass before values are as quantized.
      freeze_bn_delay: how many steps pass before batches are normalized by averages.
      scope: what the names of rewritten operations begin with; default: all.
    """
    _create_graph(
        input_graph,
        True,
        weight_bits,
        activation_bits,
        symmetric,
        quant_delay,
        freeze_bn_delay,
        scope,
    )


@export("contrib.quantize.experimental_create_eval_graph")
def experimental_create_eval_graph(
    input_graph: Any = None,
    weight_bits: int = 8,
    activation_bits: int = 8,
    symmetric: bool = False,
    quant_delay: int | None = None,
    scope: str | None = None,
) -> None:
    """As `create_eval_graph`, with more to choose. Stands for
    `tf.contrib.quantize.experimental_create_eval_graph`.

    Args:
      input_graph, weight_bits, activation_bits, symmetric, quant_delay, scope: as for
        `experimental_create_training_graph`.
    """
    _create_graph(
        input_graph,
        False,
        weight_bits,
        activation_bits,
        symmetric,
        quant_delay,
        scope=scope,
    )
