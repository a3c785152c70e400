"""How the nodes and tensors of a graph are found by their names."""

from typing import Any

from evergraph.base.compat import as_str, bytes_or_text_types
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


class ElementTable:
    """The part of a graph that finds elements."""

    _nodes: list[Operation]
    _nodes_by_name: dict[str, Operation]

    def get_operations(self) -> list[Operation]:
        """All nodes, in the order of their making."""
        return list(self._nodes)

    def as_graph_element(
        self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True
    ) -> Any:
        """The Tensor or Operation that `obj` is or names. Stands for `tf.Graph.as_graph_element`.

        Raises:
          TypeError: `obj` is of a type that cannot be converted.
          ValueError: `obj` is of another graph, or not of an allowed kind.
          KeyError: no such name.
        """
        if isinstance(obj, Tensor) and allow_tensor:
            if obj._op._graph is not self:
                raise ValueError(f"Tensor {obj} is not an element of this graph.")
            return obj
        if isinstance(obj, Operation) and allow_operation:
            if obj._graph is not self:
                raise ValueError(f"Operation {obj} is not an element of this graph.")
            return obj
        return self._element_by_name(obj, allow_tensor, allow_operation)

    _as_graph_element_locked = as_graph_element

    def _element_by_name(self, obj: Any, allow_tensor: bool, allow_operation: bool) -> Any:
        if allow_tensor and allow_operation:
            types = "Tensor or Operation"
        elif allow_tensor:
            types = "Tensor"
        elif allow_operation:
            types = "Operation"
        else:
            raise ValueError("allow_tensor and allow_operation can't both be False.")
        converter = getattr(obj, "_as_graph_element", None)
        if callable(converter):
            return self.as_graph_element(converter(), allow_tensor, allow_operation)
        if not isinstance(obj, bytes_or_text_types):
            raise TypeError(f"Can not convert a {type(obj).__name__} into a {types}.")
        name = as_str(obj)
        if ":" in name and allow_tensor:
            return self._tensor_by_name(name)
        if ":" not in name and allow_operation:
            if name not in self._nodes_by_name:
                raise KeyError(f"The name {name!r} refers to an Operation not in the graph.")
            return self._nodes_by_name[name]
        if ":" in name:
            raise ValueError(f"Name {name!r} appears to refer to a Tensor, not a {types}.")
        if name in self._nodes_by_name:
            raise ValueError(
                f"The name {name!r} refers to an Operation, not a {types}. Tensor names must be of "
                'the form "<op_name>:<output_index>".'
            )
        raise ValueError(
            f"The name {name!r} looks like an (invalid) Operation name, not a {types}. Tensor "
            'names must be of the form "<op_name>:<output_index>".'
        )

    def _tensor_by_name(self, name: str) -> Tensor:
        op_name, _, index_text = name.partition(":")
        try:
            index = int(index_text)  # TensorFlow reads "x: 0" and "x:-1" too
        except ValueError:
            raise ValueError(
                f"The name {name!r} looks a like a Tensor name, but is not a valid one. Tensor "
                'names must be of the form "<op_name>:<output_index>".'
            ) from None
        op = self._nodes_by_name.get(op_name)
        if op is None:
            raise KeyError(
                f"The name {name!r} refers to a Tensor which does not exist. The operation, "
                f"{op_name!r}, does not exist in the graph."
            )
        try:
            return op._outputs[index]
        except IndexError:
            raise KeyError(
                f"The name {name!r} refers to a Tensor which does not exist. The operation, "
                f"{op_name!r}, exists but only has {len(op._outputs)} outputs."
            ) from None

    def get_operation_by_name(self, name: str) -> Operation:
        """The operation called `name`. Raises KeyError, or ValueError for a tensor's name."""
        if not isinstance(name, (str, bytes)):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, allow_tensor=False, allow_operation=True)

    _get_operation_by_name_unsafe = get_operation_by_name
    _get_operation_by_tf_operation = get_operation_by_name

    def get_tensor_by_name(self, name: str) -> Tensor:
        """The tensor called `name` ("op:0"). Raises KeyError, or ValueError for an operation's
        name."""
        if not isinstance(name, (str, bytes)):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, allow_tensor=True, allow_operation=False)
