"""Layers that networks make by themselves: of nodes on tensors of layers, of added losses and
metrics."""

from collections.abc import Sequence
from typing import Any

from google.protobuf import json_format

from evergraph.base import nest
from evergraph.graph.constant import constant
from evergraph.graph.conversion import is_tensor
from evergraph.graph.graph import get_default_graph
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.node import Node, comes_from_layers, has_history
from evergraph.library.keras.session import get_value
from evergraph.proto.framework.node_def_pb2 import NodeDef

PREFIX = "tf_op_layer_"


class TensorFlowOpLayer(Layer):
    """A node of the graph as a layer.

    Args:
      node_def: its NodeDef, as a message, in bytes or as a dict.
      name: its name.
      constants: the values of those inputs that do not come from layers, by their number.
      trainable, dtype: as of layers.
    """

    def __init__(
        self,
        node_def: Any,
        name: str,
        constants: dict[Any, Any] | None = None,
        trainable: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=PREFIX + name, trainable=trainable, dtype=dtype, autocast=False)
        if isinstance(node_def, dict):
            node_def = json_format.ParseDict(node_def, NodeDef())
        elif not isinstance(node_def, NodeDef):
            given = node_def if isinstance(node_def, bytes) else node_def.encode()
            node_def = NodeDef.FromString(given)
        self.node_def = node_def
        self.constants = {int(i): value for i, value in (constants or {}).items()}
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The node again, for other inputs."""
        values = list(nest.flatten(inputs))
        for index, value in self.constants.items():
            if not is_tensor(value):
                value = constant(value, name=self.node_def.input[index])
            values.insert(index, value)
        node = get_default_graph().create_op(
            self.node_def.op,
            values,
            name=self.node_def.name,
            attrs=dict(self.node_def.attr),
        )
        return node.outputs[0] if len(node.outputs) == 1 else node.outputs

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config["name"] = config["name"][len(PREFIX) :]
        config["node_def"] = json_format.MessageToDict(self.node_def)
        config["constants"] = {i: get_value(value) for i, value in self.constants.items()}
        return config


class AddLoss(Layer):
    """What it is called on is a loss.

    Args:
      unconditional: whether it depends on no input.
    """

    def __init__(self, unconditional: bool, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "autocast": False})
        self.unconditional = unconditional

    def call(self, inputs: Any) -> Any:
        self.add_loss(inputs, inputs=not self.unconditional)
        return inputs

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"unconditional": self.unconditional}


class AddMetric(Layer):
    """What it is called on is a metric.

    Args:
      aggregation, metric_name: as of `add_metric`.
    """

    def __init__(
        self, aggregation: Any = None, metric_name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.aggregation = aggregation
        self.metric_name = metric_name

    def call(self, inputs: Any) -> Any:
        self.add_metric(inputs, self.aggregation, self.metric_name)
        return inputs

    def get_config(self) -> dict[str, Any]:
        own = {"aggregation": self.aggregation, "metric_name": self.metric_name}
        return super().get_config() | own


def make_history(tensors: Sequence[Any]) -> None:
    """Makes layers of the nodes between tensors and the layers that they come from."""
    for tensor in nest.flatten(tensors):
        if has_history(tensor):
            continue
        node = tensor.op
        sources = [comes_from_layers(x) for x in node.inputs]
        inputs = [x for x, is_source in zip(node.inputs, sources, strict=True) if is_source]
        others = {
            i: get_value(x)
            for i, (x, is_source) in enumerate(zip(node.inputs, sources, strict=True))
            if not is_source
        }
        make_history(inputs)
        layer = TensorFlowOpLayer(node.node_def, constants=others, name=node.name)
        Node(layer, inputs, list(node.outputs))


# Layers call it on what they are given.
Layer.make_history = staticmethod(make_history)
