"""The session in which Keras's models run, and the values of variables there."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.api.creation import placeholder
from evergraph.api.variables import is_variable_initialized, variables_initializer
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.engine.session import Session
from evergraph.graph.conversion import is_tensor
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.graph import get_default_graph
from evergraph.graph.scopes import get_default_session
from evergraph.library.keras.backend import tracked_variables
from evergraph.library.train.tracking.status import set_session_provider
from evergraph.proto.protobuf.config_pb2 import ConfigProto


class _Own:
    """The session of programs that made none."""

    session: Any = None
    initializes = True


@export("keras.backend.manual_variable_initialization")
def manual_variable_initialization(value: bool) -> None:
    """Says whether the program itself initializes the variables of layers.

    Stands for `tf.keras.backend.manual_variable_initialization`.
    """
    _Own.initializes = not value


@export("keras.backend.get_session")
def get_session(op_input_list: Any = ()) -> Any:
    """The default session, or one of Keras's own; variables of layers are initialized in it, once.

    Stands for `tf.keras.backend.get_session`.
    """
    session = get_default_session()
    if session is None:
        if _Own.session is None or _Own.session.graph is not get_default_graph():
            # Devices that are not there are replaced, as by TensorFlow's Keras.
            _Own.session = Session(config=ConfigProto(allow_soft_placement=True))
        session = _Own.session
    if _Own.initializes:
        with session.graph.as_default():
            _initialize_variables(session)
    return session


@export("keras.backend.set_session")
def set_session(session: Any) -> None:
    """Makes a session that which Keras uses where there is no default one.

    Stands for `tf.keras.backend.set_session`.
    """
    _Own.session = session


def _initialize_variables(session: Any) -> None:
    """Gives the layers' variables their initial values, unless they have one."""
    new = [v for v in tracked_variables() if not getattr(v, "_keras_initialized", False)]
    if not new:
        return
    initialized = session.run([is_variable_initialized(v) for v in new])
    missing = []
    for v, is_initialized in zip(new, initialized, strict=True):
        v._keras_initialized = True
        if not is_initialized:
            missing.append(v)
    if missing:
        session.run(variables_initializer(missing))


@export("keras.backend.get_value")
def get_value(x: Any) -> Any:
    """The value of a variable or tensor; anything else as it is. Stands for
    `tf.keras.backend.get_value`."""
    if not is_tensor(x):
        return x
    return x.numpy() if executing_eagerly() else x.eval(session=get_session((x,)))


@export("keras.backend.batch_get_value")
def batch_get_value(tensors: Sequence[Any]) -> list[Any]:
    """The values of variables or tensors. Stands for `tf.keras.backend.batch_get_value`."""
    if executing_eagerly():
        return [x.numpy() for x in tensors]
    return get_session(tensors).run(tensors) if tensors else []


@export("keras.backend.set_value")
def set_value(x: Any, value: Any) -> None:
    """Sets a variable. Stands for `tf.keras.backend.set_value`."""
    batch_set_value([(x, value)])


@export("keras.backend.batch_set_value")
def batch_set_value(tuples: Sequence[tuple[Any, Any]]) -> None:
    """Sets variables, from pairs of variable and value.

    Stands for `tf.keras.backend.batch_set_value`.
    """
    assigns, feeds = [], {}
    for x, value in tuples:
        value = np.asarray(value, dtype=x.dtype.base_dtype.as_numpy_dtype)
        if executing_eagerly():
            x.assign(value)
            continue
        if not hasattr(x, "_assign_placeholder"):
            sizes = [None] * value.ndim  # variables may change their sizes
            x._assign_placeholder = placeholder(dtypes.as_dtype(x.dtype.base_dtype), sizes)
            x._assign_op = x.assign(x._assign_placeholder)
        assigns.append(x._assign_op)
        feeds[x._assign_placeholder] = value
    if assigns:
        get_session().run(assigns, feed_dict=feeds)


# Checkpoints are of the variables that models have in their session.
set_session_provider(get_session)
