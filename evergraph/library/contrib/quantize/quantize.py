"""Fake quantization put into graphs: after weights, activations, sums."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from evergraph.api import math_ops
from evergraph.api.cond import cond
from evergraph.base.platform import logging
from evergraph.graph.defaults import get_name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.library.contrib.quantize import common, input_to_ops, quant_ops
from evergraph.library.contrib.quantize.graph_matcher import (
    GraphMatcher,
    OneofPattern,
    OpTypePattern,
)

_ACTIVATION_TYPES = frozenset(["Relu", "Relu6", "Identity"])
_RELU_TYPES = frozenset(["Relu", "Relu6"])
_SUMS = frozenset(["Add", "AddV2", "Mul"])
_PASS_THROUGH = frozenset(
    ["Reshape", "Identity", "BatchToSpaceND", "SpaceToBatchND", "MaxPool", "Max"]
)
_FAKE_QUANT = frozenset(
    [
        "FakeQuantWithMinMaxVars",
        "FakeQuantWithMinMaxArgs",
        "FakeQuantWithMinMaxVarsPerChannel",
    ]
)


@dataclass(frozen=True)
class _Layer:
    """The operations of a layer, None where it has none of the kind."""

    layer_op: Any
    weight_tensor: Any
    activation_op: Any
    bypass_op: Any = None
    post_activation_bypass_op: Any = None
    bias_add_op: Any = None


@dataclass(frozen=True)
class _Settings:
    """How fake quantization is put in."""

    is_training: bool
    weight_bits: int
    activation_bits: int
    symmetric: bool
    ema_decay: float
    quant_delay: int | None
    vars_collection: str
    scope: str | None

    def insert(
        self,
        context: str,
        name: str,
        producer: Any,
        consumers: Iterable[Any],
        init_min: float = -6.0,
        is_weight: bool = False,
        by_producer: bool = True,
        by_consumer: bool = False,
        symmetric: bool | None = None,
    ) -> None:
        """Puts fake quantization after an operation, if the scope allows that."""
        _InsertQuantOp(
            context,
            name,
            producer,
            consumers,
            self.is_training,
            moving_avg=not is_weight,
            init_min=init_min,
            bits=self.weight_bits if is_weight else self.activation_bits,
            symmetric=self.symmetric if symmetric is None else symmetric,
            ema_decay=self.ema_decay,
            quant_delay=self.quant_delay,
            vars_collection=self.vars_collection,
            narrow_range=is_weight,
            producer_scope=self.scope if by_producer else None,
            consumer_scope=self.scope if by_consumer else None,
        )


def Quantize(
    graph: Any,
    is_training: bool,
    weight_bits: int = 8,
    activation_bits: int = 8,
    symmetric: bool = False,
    ema_decay: float = 0.999,
    quant_delay: int | None = None,
    vars_collection: str = GraphKeys.GLOBAL_VARIABLES,
    scope: str | None = None,
) -> None:
    """Puts fake quantization into a graph, in place.

    Args:
      graph: the graph.
      is_training: whether ranges follow the values.
      weight_bits, activation_bits: from 2 to 8.
      symmetric: whether 0 is in the middle of ranges.
      ema_decay: how much of an activation's range stays in a step.
      quant_delay: how many steps pass before values are as quantized.
      vars_collection: a collection for the ends of ranges.
      scope: what the names of rewritten operations begin with; default: all.

    Raises:
      ValueError: a tensor has no users that could take another.
    """
    if scope and not scope.endswith("/"):
        scope += "/"
    settings = _Settings(
        is_training,
        weight_bits,
        activation_bits,
        symmetric,
        ema_decay,
        quant_delay,
        vars_collection,
        scope,
    )
    users = input_to_ops.InputToOps(graph)
    done: set[Any] = set()
    for layer in _FindLayersToQuantize(graph):
        _quantize_layer(layer, users.ConsumerOperations, settings, done)
    users = input_to_ops.InputToOps(graph)
    for op in graph.get_operations():
        if _is_quantizable(op, done):
            logging.info(f"Inserting fake quant op activation_{op.type}_quant after {op.name}")
            settings.insert(
                op.name,
                f"activation_{op.type}_quant",
                op,
                users.ConsumerOperations(op),
                symmetric=False,
            )


def _quantize_layer(layer: _Layer, users_of: Any, settings: _Settings, done: set[Any]) -> None:
    context = _scope_of(layer.layer_op.name)
    if layer.weight_tensor is not None:
        weights = layer.weight_tensor.op
        settings.insert(
            context,
            "weights_quant",
            weights,
            users_of(weights),
            is_weight=True,
            by_producer=False,
            by_consumer=True,
        )
    sum_context = _scope_of(context) if layer.bypass_op else context
    if layer.activation_op is not None:
        settings.insert(
            sum_context,
            "act_quant",
            layer.activation_op,
            users_of(layer.activation_op),
            init_min=0.0,
        )
        done.add(layer.activation_op)
    if layer.bypass_op is not None:
        bias_add = layer.bias_add_op
        settings.insert(context, "conv_quant", bias_add, users_of(bias_add), by_consumer=True)
        done.add(bias_add)
        users = users_of(layer.bypass_op)
        if not _is_followed(layer.bypass_op, users, _ACTIVATION_TYPES):
            settings.insert(sum_context, "add_quant", layer.bypass_op, users, by_consumer=True)
            done.add(layer.bypass_op)
    last = layer.post_activation_bypass_op
    if last is not None:
        users = users_of(last)
        if not _is_followed(last, users, _RELU_TYPES):
            name = "post_activation_bypass_quant"
            settings.insert(_scope_of(last.name), name, last, users)
            done.add(last)


def _is_followed(op: Any, users: Iterable[Any], types: frozenset[str]) -> bool:
    """Whether an activation comes after a sum: they will be one operation."""
    if any(user.type in types for user in users):
        logging.info(f"Skipping {op.name}, because its followed by an activation.")
        return True
    return False


def _is_quantizable(op: Any, done: set[Any]) -> bool:
    """Whether an operation is a sum or product of what is quantized."""
    if op in done or op.type not in _SUMS:
        return False
    if len(op.outputs) == 1:
        users = op.outputs[0].consumers()
        if len(users) == 1 and users[0].type in _RELU_TYPES:
            logging.info(f"Skipping quant after {op.name}")
            return False
    for tensor in op.inputs:
        source = tensor.op
        while source.type in _PASS_THROUGH:
            source = source.inputs[0].op
        if source.type == "FakeQuantWithMinMaxVars" or source.name.find("delayed_quant/Merge") > 0:
            return True
        if source.type in _SUMS and any(_is_quantizable(t.op, done) for t in source.inputs):
            return True
    return False


class _LayerPatterns:
    """What layers look like: weights, convolution or product, bias, sum, activation, sum."""

    def __init__(self) -> None:
        def unordered(op_type: str, *inputs: Any) -> OpTypePattern:
            return OpTypePattern(op_type, inputs=list(inputs), ordered_inputs=False)

        variable = OpTypePattern("Variable|VariableV2")
        part = OpTypePattern("Identity", inputs=[variable])
        parts = OpTypePattern("ConcatV2", inputs=[part, "*", "*"])
        read = OpTypePattern("Identity", inputs=[OneofPattern([part, parts, variable])])
        # A folded weight is a product.
        self.weights = [read, OpTypePattern("ReadVariableOp"), OpTypePattern("Mul")]
        layers = "Conv2D|MatMul|DepthwiseConv2dNative"
        self.layer = unordered(layers, OpTypePattern("*"), OneofPattern(self.weights))
        atrous = OpTypePattern("BatchToSpaceND", inputs=[self.layer, "*", "*"])
        output = OneofPattern([atrous, self.layer])
        self.separable = unordered(layers, OneofPattern([output]), "*")
        scaled = unordered("Mul", "*", output)
        corrected = unordered("Add|AddV2", scaled, "*")
        self.folded_bias = unordered("Add|AddV2", corrected, "*")
        normalized = OpTypePattern("Identity", inputs=[self.folded_bias])
        self.bias = unordered("Add|AddV2|BiasAdd", output, "*")
        before = [self.bias, self.folded_bias, normalized]
        self.bypass = unordered("Add|AddV2", OneofPattern(before), "*")
        self.activation = OpTypePattern(
            "Relu|Relu6|Identity", inputs=[OneofPattern([*before, self.bypass, self.layer])]
        )
        self.last = unordered("Add|AddV2", "*", self.activation)

    def weight(self, match: Any, folded: bool = True) -> Any:
        """The weights' tensor in a match."""
        patterns = self.weights if folded else self.weights[:2]
        found = (match.get_tensor(pattern) for pattern in patterns)
        return next((tensor for tensor in found if tensor is not None), None)

    def bias_op(self, match: Any) -> Any:
        """The operation that adds the bias in a match."""
        found = match.get_op(self.bias)
        return match.get_op(self.folded_bias) if found is None else found


def _FindLayersToQuantize(graph: Any) -> list[_Layer]:
    """The layers of a graph, each once: first what has most parts."""
    patterns = _LayerPatterns()
    layers: dict[Any, _Layer] = {}
    for match in GraphMatcher(patterns.last).match_graph(graph):
        op = match.get_op(patterns.layer)
        layers.setdefault(
            op,
            _Layer(
                op,
                patterns.weight(match),
                match.get_op(patterns.activation),
                match.get_op(patterns.bypass),
                match.get_op(patterns.last),
                patterns.bias_op(match),
            ),
        )
    for match in GraphMatcher(patterns.activation).match_graph(graph):
        op, activation = match.get_op(patterns.layer), match.get_op(patterns.activation)
        if op not in layers and not _IsSkipLayer(activation):
            layers[op] = _Layer(
                op,
                patterns.weight(match),
                activation,
                match.get_op(patterns.bypass),
                None,
                patterns.bias_op(match),
            )
    # The last layer may have no activation: its bias is taken for one.
    final = OneofPattern([patterns.bias, patterns.folded_bias])
    for match in GraphMatcher(final).match_graph(graph):
        op = match.get_op(patterns.layer)
        layers.setdefault(op, _Layer(op, patterns.weight(match), patterns.bias_op(match)))
    for match in GraphMatcher(patterns.separable).match_graph(graph):
        op = match.get_op(patterns.layer)
        layers.setdefault(op, _Layer(op, patterns.weight(match, folded=False), op))
    return list(layers.values())


def _IsSkipLayer(activation_op: Any) -> bool:
    """Whether what looks like an activation hands statistics to a batch normalization."""
    if activation_op.type != "Identity" or len(activation_op.outputs) != 1:
        return False
    users = activation_op.outputs[0].consumers()
    if len(users) == 1 and users[0].type in ("FusedBatchNorm", "FusedBatchNormV3"):
        logging.info(
            f"Skipping quantizing {activation_op.name}, because it is the output of a conv/fc "
            "followed by a identity, feeding a fused batch norm."
        )
        return True
    return False


def _FollowedByFakeQuant(tensor: Any) -> bool:
    """Whether fake quantization is there already."""
    waiting = tensor.consumers()
    while waiting:
        op = waiting.pop()
        if op.type in _FAKE_QUANT:
            return True
        if op.type in ("Reshape", "Identity"):
            waiting.extend(user for output in op.outputs for user in output.consumers())
    return False


def _InsertQuantOp(
    context: str,
    name: str,
    producer: Any,
    consumers: Iterable[Any],
    is_training: bool,
    moving_avg: bool = True,
    init_min: float = -6.0,
    init_max: float = 6.0,
    bits: int = 8,
    symmetric: bool = False,
    ema_decay: float = 0.999,
    quant_delay: int | None = None,
    vars_collection: str = GraphKeys.GLOBAL_VARIABLES,
    narrow_range: bool = False,
    producer_scope: str | None = None,
    consumer_scope: str | None = None,
) -> None:
    """Puts fake quantization between an operation and its users."""
    consumers = list(consumers)
    if producer_scope and not producer.name.startswith(producer_scope):
        logging.info(
            f'_InsertQuantOp ignores context="{context}" name="{name}" because producer '
            f'"{producer.name}" is not in scope "{producer_scope}"'
        )
        return
    outside = [op for op in consumers if consumer_scope and not op.name.startswith(consumer_scope)]
    if outside:
        logging.info(
            f'_InsertQuantOp context="{context}" name="{name}" ignores consumer '
            f'"{outside[0].name}" because it is not in scope "{consumer_scope}"'
        )
        return
    prefix = f"{context}/{name}" if context else name
    if scope := get_name_scope():
        prefix = common.DropStringPrefix(prefix, scope + "/")
    inputs = producer.outputs[0]
    if _FollowedByFakeQuant(inputs):
        return
    arguments: dict[str, Any] = {
        "init_min": init_min,
        "init_max": init_max,
        "is_training": is_training,
        "num_bits": bits,
        "symmetric": symmetric,
        "narrow_range": narrow_range,
        "vars_collection": vars_collection,
        "name_prefix": prefix,
    }
    if moving_avg:
        quant = quant_ops.MovingAvgQuantize(inputs, ema_decay=ema_decay, **arguments)
    else:
        quant = quant_ops.LastValueQuantize(inputs, **arguments)
    if quant_delay and quant_delay > 0:
        activate = math_ops.greater_equal(
            common.CreateOrGetQuantizationStep(), quant_delay, name=prefix + "/activate_quant"
        )
        quantized = quant
        quant = cond(activate, lambda: quantized, lambda: inputs, name=prefix + "/delayed_quant")
    if consumers and common.RerouteTensor(quant, inputs, consumers) < len(consumers):
        names = ", ".join(op.name for op in consumers)
        raise ValueError(f"No inputs quantized for ops: [{names}]")


def _scope_of(name: str) -> str:
    """ "a/b" of "a/b/c"; "" of "c"."""
    return name.rpartition("/")[0]
