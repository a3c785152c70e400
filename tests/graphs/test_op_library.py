"""OpDefLibrary makes the nodes that TensorFlow's makes, and complains in its words."""

import pytest
from behaviour import Behaviour

import evergraph as tf
from evergraph.base import ag_ctx

BEHAVIOUR = Behaviour("op_library")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)


def test_messages_tell_of_autograph() -> None:
    x = tf.constant(True)
    for status, words in (
        (ag_ctx.Status.UNSPECIFIED, "not allowed in Graph execution"),
        (ag_ctx.Status.ENABLED, "AutoGraph did not convert this function"),
        (ag_ctx.Status.DISABLED, "AutoGraph is disabled in this function"),
    ):
        with pytest.raises(TypeError, match=words), ag_ctx.ControlStatusCtx(status):
            bool(x)
        with pytest.raises(TypeError, match=words), ag_ctx.ControlStatusCtx(status):
            iter(x).__next__()
    assert ag_ctx.control_status_ctx().status is ag_ctx.Status.UNSPECIFIED
