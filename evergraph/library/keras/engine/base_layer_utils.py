"""What runs between the calls of layers: the call that is under way, and a variable made in it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from evergraph.api import variables
from evergraph.api.variables import VariableAggregation, VariableSynchronization
from evergraph.base import dtypes
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.defaults import init_scope


class CallContext(threading.local):
    """The innermost layer whose `call` is running, with its inputs and its `training`."""

    def __init__(self) -> None:
        super().__init__()
        self.layer: Any = None
        self.inputs: Any = None
        self.training: Any = None

    @property
    def in_call(self) -> bool:
        return self.layer is not None

    @contextmanager
    def enter(self, layer: Any, inputs: Any, training: Any) -> Iterator[None]:
        """The call of `layer`, in the block."""
        outer = self.layer, self.inputs, self.training
        self.layer, self.inputs, self.training = layer, inputs, training
        try:
            yield
        finally:
            self.layer, self.inputs, self.training = outer


_call_context = CallContext()


def call_context() -> CallContext:
    """The call under way in this thread."""
    return _call_context


def make_variable(
    name: str,
    shape: Any = None,
    dtype: Any = dtypes.float32,
    initializer: Any = None,
    trainable: bool | None = None,
    caching_device: Any = None,
    validate_shape: bool = True,
    constraint: Any = None,
    use_resource: bool | None = None,
    collections: Any = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
    partitioner: Any = None,
) -> Any:
    """A new variable in the present name scope, without the sharing of `tf.get_variable`.

    A resource variable unless `use_resource` says no; `partitioner` is not used.
    """
    initial_value, variable_dtype = initializer, None
    if initializer is None or callable(initializer):
        with init_scope():
            made = initializer() if isinstance(initializer, type) else initializer
        variable_dtype = dtype.base_dtype

        def initial_value() -> Any:
            return made(shape, dtype=dtype)

    static_shape = TensorShape(shape)
    return variables.VariableV1(
        initial_value=initial_value,
        name=name,
        trainable=trainable,
        caching_device=caching_device,
        dtype=variable_dtype,
        validate_shape=validate_shape,
        constraint=constraint,
        use_resource=True if use_resource is None else use_resource,
        collections=collections,
        synchronization=synchronization,
        aggregation=aggregation,
        shape=static_shape if static_shape else None,
    )
