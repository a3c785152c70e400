"""tf.keras.backend: variables, placeholders, random values, functions of arrays, the session."""

import sys
from typing import Any

import numpy as np

from evergraph.api import array_ops, grouping, logging_ops, nn_ops, random_ops, state_ops
from evergraph.api.init_ops import random_normal_initializer, random_uniform_initializer
from evergraph.api.linalg_ops_impl import eye as identity_matrix
from evergraph.api.variables import Variable
from evergraph.autodiff.gradients import gradients as all_gradients
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.tf_inspect import getfullargspec
from evergraph.engine.session import Session
from evergraph.graph.composite import SparseTensor
from evergraph.graph.constant import constant as make_constant
from evergraph.graph.conversion import is_tensor
from evergraph.graph.defaults import control_dependencies, executing_eagerly, init_scope
from evergraph.graph.graph import reset_default_graph
from evergraph.graph.tensor import Tensor
from evergraph.library.folds import foldl as folded_left
from evergraph.library.folds import foldr as folded_right
from evergraph.library.keras.backend import floatx, learning_phase, reset_uids, track_variable
from evergraph.library.keras.functions.arrays import to_dense
from evergraph.library.keras.session import get_session, get_value, set_session
from evergraph.library.map_fn import map_fn as mapped
from evergraph.library.train.moving_averages import assign_moving_average


@export("keras.backend.clear_session")
def clear_session() -> None:
    """Begins anew: another default graph, session and names. Stands for
    `tf.keras.backend.clear_session`."""
    reset_default_graph()
    reset_uids()
    set_session(None)
    learning_phase()


@export("keras.backend.variable")
def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    """A variable with this initial value; a SparseTensor for a matrix of SciPy. Stands for
    `tf.keras.backend.variable`."""
    dtype = floatx() if dtype is None else dtype
    if hasattr(value, "tocoo"):
        matrix = value.tocoo()
        indices = np.stack([matrix.row, matrix.col], axis=1)
        return SparseTensor(indices=indices, values=matrix.data, dense_shape=matrix.shape)
    made = Variable(value, dtype=dtypes.as_dtype(dtype), name=name, constraint=constraint)
    if not executing_eagerly():
        track_variable(made)
    return made


def _filled(make: Any, shape: Any, dtype: Any, name: str | None) -> Any:
    with init_scope():
        dtype = floatx() if dtype is None else dtype
        value = make(shape=shape, dtype=dtypes.as_dtype(dtype), name=name)
        if all(value.shape.as_list()):
            return variable(value, dtype=dtype, name=name)
        return value


@export("keras.backend.zeros")
def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of zeros; a tensor if the shape is not known. Stands for
    `tf.keras.backend.zeros`."""
    return _filled(array_ops.zeros, shape, dtype, name)


@export("keras.backend.ones")
def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of ones; a tensor if the shape is not known. Stands for
    `tf.keras.backend.ones`."""
    return _filled(array_ops.ones, shape, dtype, name)


@export("keras.backend.eye")
def eye(size: int, dtype: Any = None, name: str | None = None) -> Any:
    """A variable that is an identity matrix. Stands for `tf.keras.backend.eye`."""
    dtype = floatx() if dtype is None else dtype
    return variable(identity_matrix(size, dtype=dtypes.as_dtype(dtype)), dtype, name)


def _seed(seed: Any, bound: float = 10e6) -> Any:
    """The seed, or one of NumPy's generator."""
    return np.random.randint(int(bound)) if seed is None else seed


@export("keras.backend.random_uniform_variable")
def random_uniform_variable(
    shape: Any, low: Any, high: Any, dtype: Any = None, name: str | None = None, seed: Any = None
) -> Any:
    """A variable of random values, each equally likely. Stands for
    `tf.keras.backend.random_uniform_variable`."""
    dtype = floatx() if dtype is None else dtype
    seed = _seed(seed, 10e8)
    make = random_uniform_initializer(low, high, dtype=dtypes.as_dtype(dtype), seed=seed)
    return variable(make(shape), dtype=dtype, name=name)


@export("keras.backend.random_normal_variable")
def random_normal_variable(
    shape: Any, mean: Any, scale: Any, dtype: Any = None, name: str | None = None, seed: Any = None
) -> Any:
    """A variable of random values of a normal distribution. Stands for
    `tf.keras.backend.random_normal_variable`."""
    dtype = floatx() if dtype is None else dtype
    seed = _seed(seed, 10e8)
    make = random_normal_initializer(mean, scale, dtype=dtypes.as_dtype(dtype), seed=seed)
    return variable(make(shape), dtype=dtype, name=name)


@export("keras.backend.constant")
def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Tensor:
    """A constant. Stands for `tf.keras.backend.constant`."""
    return make_constant(value, dtype=floatx() if dtype is None else dtype, shape=shape, name=name)


@export("keras.backend.placeholder")
def placeholder(
    shape: Any = None,
    ndim: int | None = None,
    dtype: Any = None,
    sparse: bool = False,
    name: str | None = None,
    ragged: bool = False,
) -> Any:
    """What is fed. Stands for `tf.keras.backend.placeholder`.

    Args:
      shape: its shape.
      ndim: the number of axes, in place of the shape.
      dtype: default: `floatx()`.
      sparse: whether it is a SparseTensor.
      name: its name.
      ragged: whether it is a RaggedTensor.

    Raises:
      ValueError: it is to be both.
      NotImplementedError: for RaggedTensors.
    """
    if sparse and ragged:
        raise ValueError("Cannot set both sparse and ragged to True when creating a placeholder.")
    if ragged:
        raise NotImplementedError("Ragged placeholders of tf.keras.backend.placeholder")
    if not shape and ndim:
        shape = (None,) * ndim
    make = array_ops.sparse_placeholder if sparse else array_ops.placeholder
    return make(floatx() if dtype is None else dtype, shape=shape, name=name)


@export("keras.backend.eval")
def eval(x: Any) -> Any:
    """The value of a tensor or variable. Stands for `tf.keras.backend.eval`."""
    return get_value(to_dense(x))


@export("keras.backend.update")
def update(x: Any, new_x: Any) -> Any:
    """Sets a variable. Stands for `tf.keras.backend.update`."""
    return state_ops.assign(x, new_x)


@export("keras.backend.update_add")
def update_add(x: Any, increment: Any) -> Any:
    """Adds to a variable. Stands for `tf.keras.backend.update_add`."""
    return state_ops.assign_add(x, increment)


@export("keras.backend.update_sub")
def update_sub(x: Any, decrement: Any) -> Any:
    """Subtracts from a variable. Stands for `tf.keras.backend.update_sub`."""
    return state_ops.assign_sub(x, decrement)


@export("keras.backend.moving_average_update")
def moving_average_update(x: Any, value: Any, momentum: Any) -> Any:
    """Moves a variable towards a value. Stands for
    `tf.keras.backend.moving_average_update`."""
    return assign_moving_average(x, value, momentum, zero_debias=True)


@export("keras.backend.print_tensor")
def print_tensor(x: Any, message: str = "") -> Any:
    """The same tensor, which is printed when it is computed. Stands for
    `tf.keras.backend.print_tensor`."""
    printed = logging_ops.print_v2(message, x, output_stream=sys.stdout)
    if executing_eagerly():
        return x
    with control_dependencies([printed]):
        return array_ops.identity(x)


@export("keras.backend.gradients")
def gradients(loss: Any, variables: Any) -> list[Any]:
    """The gradients of a loss. Stands for `tf.keras.backend.gradients`."""
    return all_gradients(loss, variables, colocate_gradients_with_ops=True)


class Function:
    """A function of arrays that runs a part of the graph; see `function`."""

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        updates: Any = None,
        name: str | None = None,
        **session_kwargs: Any,
    ) -> None:
        updates = updates or []
        if not isinstance(updates, (list, tuple)):
            raise TypeError("`updates` in a Keras backend function should be a list or tuple.")
        self.name = name
        self.inputs = nest.flatten(inputs, expand_composites=True)
        self._structure = outputs
        flat = nest.flatten(outputs, expand_composites=True)
        self.outputs = [array_ops.identity(x) if isinstance(x, Variable) else x for x in flat]
        with control_dependencies(self.outputs[:1]):
            steps = [
                state_ops.assign(*step) if isinstance(step, tuple) else step for step in updates
            ]
            self.updates_op = grouping.group(*steps)
        self.feed_dict = session_kwargs.pop("feed_dict", None)
        fetches = session_kwargs.pop("fetches", [])
        self.run_options = session_kwargs.pop("options", None)
        self.run_metadata = session_kwargs.pop("run_metadata", None)
        self.fetches = [
            array_ops.identity(x) for x in (fetches if isinstance(fetches, list) else [fetches])
        ]
        self.fetch_callbacks: dict[Any, Any] = {}
        if session_kwargs:
            raise ValueError(
                "Some keys in session_kwargs are not supported at this time: "
                f"{session_kwargs.keys()}"
            )

    def __call__(self, inputs: Any) -> Any:
        """The outputs for these inputs; None leaves an input out, tensors are computed first."""
        values = nest.flatten(inputs, expand_composites=True)
        session = get_session(values)
        feed = dict(self.feed_dict or {})
        for tensor, value in zip(self.inputs, values, strict=False):
            if value is None:
                continue
            if is_tensor(value):
                value = session.run(value)
            feed[tensor] = np.asarray(value, dtype=tensor.dtype.as_numpy_dtype)
        found, others, _ = session.run(
            [self.outputs, self.fetches, self.updates_op],
            feed,
            options=self.run_options,
            run_metadata=self.run_metadata,
        )
        for fetch, value in zip(self.fetches, others, strict=True):
            if fetch in self.fetch_callbacks:
                self.fetch_callbacks[fetch](value)
        return nest.pack_sequence_as(self._structure, found, expand_composites=True)


@export("keras.backend.function")
def function(
    inputs: Any, outputs: Any, updates: Any = None, name: str | None = None, **kwargs: Any
) -> Function:
    """A function of arrays that runs a part of the graph. Stands for
    `tf.keras.backend.function`.

    Args:
      inputs: the tensors that are fed.
      outputs: a structure of tensors, whose values it gives.
      updates: operations that run after the first output, or pairs of a variable and its value.
      name: not used.
      **kwargs: `feed_dict`, `fetches`, `options`, `run_metadata`, as for `Session.run`.

    Raises:
      ValueError: for any other argument.
      NotImplementedError: eagerly.
    """
    if executing_eagerly():
        raise NotImplementedError("tf.keras.backend.function with eager execution")
    known = (*getfullargspec(Session.run).args, "inputs", "outputs", "updates", "name")
    for key in kwargs:
        if key not in known:
            raise ValueError(
                f'Invalid argument "{key}" passed to K.function with TensorFlow backend'
            )
    return Function(inputs, outputs, updates=updates, **kwargs)


@export("keras.backend.dropout")
def dropout(x: Any, level: Any, noise_shape: Any = None, seed: Any = None) -> Tensor:
    """`x` with a random share of 0, the others scaled up. Stands for
    `tf.keras.backend.dropout`."""
    return nn_ops.dropout_v2(x, rate=level, noise_shape=noise_shape, seed=_seed(seed))


@export("keras.backend.random_normal")
def random_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Random values of a normal distribution. Stands for `tf.keras.backend.random_normal`."""
    dtype = floatx() if dtype is None else dtype
    return random_ops.random_normal(shape, mean=mean, stddev=stddev, dtype=dtype, seed=_seed(seed))


@export("keras.backend.random_uniform")
def random_uniform(
    shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Random values, each equally likely. Stands for `tf.keras.backend.random_uniform`."""
    dtype = floatx() if dtype is None else dtype
    return random_ops.random_uniform(
        shape, minval=minval, maxval=maxval, dtype=dtype, seed=_seed(seed)
    )


@export("keras.backend.random_binomial")
def random_binomial(shape: Any, p: Any = 0.0, dtype: Any = None, seed: Any = None) -> Tensor:
    """1 with a probability, else 0. Stands for `tf.keras.backend.random_binomial`."""
    dtype = floatx() if dtype is None else dtype
    chosen = random_ops.random_uniform(shape, dtype=dtype, seed=_seed(seed)) <= p
    return array_ops.where(
        chosen, array_ops.ones(shape, dtype=dtype), array_ops.zeros(shape, dtype=dtype)
    )


@export("keras.backend.truncated_normal")
def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Random values of a normal distribution within two deviations. Stands for
    `tf.keras.backend.truncated_normal`."""
    dtype = floatx() if dtype is None else dtype
    return random_ops.truncated_normal(shape, mean, stddev, dtype=dtype, seed=_seed(seed))


@export("keras.backend.map_fn")
def map_fn(fn: Any, elems: Any, name: str | None = None, dtype: Any = None) -> Any:
    """A function of each element. Stands for `tf.keras.backend.map_fn`."""
    return mapped(fn, elems, name=name, dtype=dtype)


@export("keras.backend.foldl")
def foldl(fn: Any, elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """A function of what came so far and the next element. Stands for
    `tf.keras.backend.foldl`."""
    return folded_left(fn, elems, initializer=initializer, name=name)


@export("keras.backend.foldr")
def foldr(fn: Any, elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """As `foldl`, from the last element on. Stands for `tf.keras.backend.foldr`."""
    return folded_right(fn, elems, initializer=initializer, name=name)
