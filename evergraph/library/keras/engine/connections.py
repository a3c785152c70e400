"""Where a layer stands in a network: its calls, and their inputs and outputs."""

from typing import Any


def _masks(tensors: Any) -> Any:
    if isinstance(tensors, list):
        return [getattr(x, "_keras_mask", None) for x in tensors]
    return getattr(tensors, "_keras_mask", None)


class Connected:
    """The attributes of a layer that tell of its calls in a network of Keras.

    Only calls whose inputs come from `tf.keras.Input` are kept, as in TensorFlow.
    """

    name: str
    _inbound_nodes: list[Any]
    _outbound_nodes: list[Any]

    @property
    def inbound_nodes(self) -> list[Any]:
        """The calls of this layer."""
        return self._inbound_nodes

    @property
    def outbound_nodes(self) -> list[Any]:
        """The calls of other layers that take outputs of this one."""
        return self._outbound_nodes

    def _get_node_attribute(self, node_index: int, attribute: str, what: str) -> Any:
        """What the call of that number has; without the list around a single value."""
        calls = self._inbound_nodes
        if not calls:
            raise RuntimeError(f"The layer has never been called and thus has no defined {what}.")
        if node_index >= len(calls):
            raise ValueError(
                f"Asked to get {what} at node {node_index}, but the layer has only {len(calls)} "
                "inbound nodes."
            )
        values = getattr(calls[node_index], attribute)
        return values[0] if isinstance(values, list) and len(values) == 1 else values

    def get_input_at(self, node_index: int) -> Any:
        """The input of a call: a tensor, or a structure of tensors.

        Raises:
          RuntimeError, ValueError: there was no call, or no such call.
        """
        return self._get_node_attribute(node_index, "input_tensors", "input")

    def get_output_at(self, node_index: int) -> Any:
        """The output of a call; raises as `get_input_at`."""
        return self._get_node_attribute(node_index, "output_tensors", "output")

    def get_input_shape_at(self, node_index: int) -> Any:
        """The shape of a call's input as a tuple, or several; raises as `get_input_at`."""
        return self._get_node_attribute(node_index, "input_shapes", "input shape")

    def get_output_shape_at(self, node_index: int) -> Any:
        """The shape of a call's output as a tuple, or several; raises as `get_input_at`."""
        return self._get_node_attribute(node_index, "output_shapes", "output shape")

    @property
    def input(self) -> Any:
        """The input of the first call; AttributeError without one."""
        if not self._inbound_nodes:
            raise AttributeError(f"Layer {self.name} is not connected, no input to return.")
        return self.get_input_at(0)

    @property
    def output(self) -> Any:
        """The output of the first call; AttributeError without one."""
        if not self._inbound_nodes:
            raise AttributeError(f"Layer {self.name} has no inbound nodes.")
        return self.get_output_at(0)

    def get_input_mask_at(self, node_index: int) -> Any:
        """The mask of a call's input, or several; raises as `get_input_at`."""
        return _masks(self.get_input_at(node_index))

    def get_output_mask_at(self, node_index: int) -> Any:
        """The mask of a call's output, or several; raises as `get_input_at`."""
        return _masks(self.get_output_at(node_index))

    @property
    def input_mask(self) -> Any:
        """The mask of the first call's input; AttributeError without one."""
        return _masks(self.input)

    @property
    def output_mask(self) -> Any:
        """The mask of the first call's output; AttributeError without one."""
        return _masks(self.output)

    @property
    def input_shape(self) -> Any:
        """The shape of the inputs, if it is the same in all calls, else AttributeError."""
        return self._get_common_shape("input")

    @property
    def output_shape(self) -> Any:
        """The shape of the outputs, if it is the same in all calls, else AttributeError."""
        return self._get_common_shape("output")

    def _get_common_shape(self, side: str) -> Any:
        if not self._inbound_nodes:
            raise AttributeError(
                f"The layer has never been called and thus has no defined {side} shape."
            )
        shapes = [getattr(node, f"{side}_shapes") for node in self._inbound_nodes]
        if len(set(map(str, shapes))) > 1:
            raise AttributeError(
                f'The layer "{self.name} has multiple inbound nodes, with different {side} shapes. '
                f'Hence the notion of "{side} shape" is ill-defined for the layer. '
                f"Use `get_{side}_shape_at(node_index)` instead."
            )
        return shapes[0]
