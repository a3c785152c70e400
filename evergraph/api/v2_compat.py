"""Switches of TensorFlow 2's behaviour: what TensorFlow 1 does can always be asked for."""

from evergraph.api.control_flow_v2_toggles import disable_control_flow_v2
from evergraph.api.variable_store import disable_resource_variables
from evergraph.base.export import export
from evergraph.base.tensor_shape import disable_v2_tensorshape


@export("disable_tensor_equality")
def disable_tensor_equality() -> None:
    """Nothing: tensors are always compared by identity. Stands for
    `tf.disable_tensor_equality`."""


@export("disable_v2_behavior")
def disable_v2_behavior() -> None:
    """TensorFlow 1's variables, shapes and control flow, which are the default. Stands for
    `tf.disable_v2_behavior`."""
    disable_v2_tensorshape()
    disable_resource_variables()
    disable_control_flow_v2()
