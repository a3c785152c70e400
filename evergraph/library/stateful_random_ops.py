"""Generators of random numbers whose state is a variable: `tf.random.experimental`."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops, variables
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.train.tracking.tracking import AutoTrackable

RNG_ALG_PHILOX, RNG_ALG_THREEFRY = 1, 2
DEFAULT_ALGORITHM = RNG_ALG_PHILOX
_SIZES = {RNG_ALG_PHILOX: 3, RNG_ALG_THREEFRY: 2}
_SPAN = 1 << 64


def non_deterministic_ints(shape: Any, dtype: Any = dtypes.int64) -> Tensor:
    """Whole numbers by chance, which no seed determines."""
    found: Tensor = apply_op("NonDeterministicInts", shape=shape, dtype=dtype)
    return found


def _signed(n: int) -> int:
    """A number of 64 bits with its sign."""
    return n - _SPAN if n >= _SPAN // 2 else n


def _get_state_size(alg: Any) -> int:
    if alg not in _SIZES:
        raise ValueError(f"Unsupported algorithm id: {alg}")
    return _SIZES[alg]


@export("random.experimental.create_rng_state")
def create_rng_state(seed: Any, algorithm: int) -> np.ndarray:
    """The state of a generator with a seed, int64. Stands for
    `tf.random.experimental.create_rng_state`.

    Args:
      seed: a whole number, whose lowest 64 bits come first; or numbers of 64 bits.
      algorithm: 1 for Philox.

    Raises:
      ValueError: there is no such algorithm, or the seed has several axes.
    """
    size = _get_state_size(algorithm)
    parts = [seed >> 64 * i & _SPAN - 1 for i in range(size)] if isinstance(seed, int) else seed
    state = np.asarray([_signed(n) for n in parts], np.int64)
    if state.ndim != 1:
        raise ValueError(f"seed should only have one dimension; got shape: {state.shape}")
    return np.pad(state[:size], [(max(size - len(state), 0), 0)])


def _shape_tensor(shape: Any) -> Tensor:
    empty = isinstance(shape, (tuple, list)) and not shape
    return convert_to_tensor(shape, dtype=dtypes.int64 if empty else None, name="shape")


def _state_tensor(state: Any, size: int | None) -> Tensor:
    """A part of a state as a tensor; `size`: its length, None for a scalar."""
    if isinstance(state, list):
        state = [_signed(n) for n in state]
    found = convert_to_tensor(state, dtype=dtypes.int64)
    found.shape.assert_is_compatible_with([] if size is None else [size])
    return found


@export("random.experimental.Generator")
class Generator(AutoTrackable):
    """A generator of random numbers. Its state is a resource variable: in graphs, turn resource
    variables on. Stands for `tf.random.experimental.Generator`.

    Args:
      copy_from: a generator to begin at the state of; or
      state: a vector of int64, and
      alg: the algorithm: 1 for Philox, the only one that draws.
    """

    def __init__(self, copy_from: Any = None, state: Any = None, alg: int | None = None) -> None:
        if copy_from is not None:
            assert (alg or state) is None
            state, alg = copy_from.state, copy_from.algorithm
        else:
            assert alg is not None and state is not None
            state = _state_tensor(state, _get_state_size(alg))
        self._state_var = variables.Variable(state, dtype=dtypes.int64, trainable=False)
        self._alg_var = alg

    @classmethod
    def from_state(cls, state: Any, alg: int) -> "Generator":
        """A generator with this state."""
        return cls(alg=alg, state=state)

    @classmethod
    def from_seed(cls, seed: Any, alg: int | None = None) -> "Generator":
        """A generator with the state that `create_rng_state` makes of a seed."""
        alg = DEFAULT_ALGORITHM if alg is None else alg
        return cls(state=create_rng_state(seed, alg), alg=alg)

    @classmethod
    def from_non_deterministic_state(cls, alg: int | None = None) -> "Generator":
        """A generator with a state by chance."""
        alg = DEFAULT_ALGORITHM if alg is None else alg
        return cls(state=non_deterministic_ints([_get_state_size(alg)]), alg=alg)

    @classmethod
    def from_key_counter(cls, key: Any, counter: Any, alg: int) -> "Generator":
        """A generator with a key and a counter, two int64 for Philox."""
        return cls(state=_joined(key, counter, alg), alg=alg)

    def reset(self, state: Any) -> None:
        """Lets the generator be at this state."""
        self._state_var.assign(_state_tensor(state, _get_state_size(self.algorithm)))

    def reset_from_seed(self, seed: Any) -> None:
        """Lets the generator be as a new one of `from_seed`."""
        self._state_var.assign(create_rng_state(seed, self.algorithm))

    def reset_from_key_counter(self, key: Any, counter: Any) -> None:
        """Lets the generator be as a new one of `from_key_counter`."""
        self._state_var.assign(_joined(key, counter, self.algorithm))

    @property
    def state(self) -> Any:
        """The state's variable."""
        return self._state_var

    @property
    def algorithm(self) -> Any:
        """The algorithm's number."""
        return self._alg_var

    @property
    def key(self) -> Tensor:
        """The key, the last number of the state."""
        _get_state_size(self.algorithm)
        found: Tensor = self._state_var[-1]
        return found

    def skip(self, delta: Any) -> None:
        """Goes on as if `delta` values had been drawn."""
        apply_op("RngSkip", self.state.handle, self.algorithm, delta)

    def _draw(self, op_type: str, *args: Any, **kwargs: Any) -> Any:
        return apply_op(op_type, self.state.handle, self.algorithm, *args, **kwargs)

    def _scaled(
        self, op_type: str, scope: str, shape: Any, mean: Any, stddev: Any, dtype: Any
    ) -> Tensor:
        shape = _shape_tensor(shape)
        mean = convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype=dtype, name="stddev")
        values = self._draw(op_type, shape, dtype=dtype)
        return math_ops.add(values * stddev, mean, name=scope)

    def normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = dtypes.float32,
        name: str | None = None,
    ) -> Tensor:
        """Normal values.

        Args:
          shape: of the result.
          mean, stddev: tensors of `dtype`, which are broadcast.
          dtype: float16, bfloat16, float32 or float64.
          name: the last node's name.
        """
        with name_scope(name, "stateful_normal", [shape, mean, stddev]) as scope:
            return self._scaled("StatefulStandardNormalV2", scope, shape, mean, stddev, dtype)

    def truncated_normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = dtypes.float32,
        name: str | None = None,
    ) -> Tensor:
        """Normal values that are no further than two deviations from the mean; see `normal`."""
        with name_scope(name, "truncated_normal", [shape, mean, stddev]) as scope:
            return self._scaled("StatefulTruncatedNormal", scope, shape, mean, stddev, dtype)

    def uniform(
        self,
        shape: Any,
        minval: Any = 0,
        maxval: Any = None,
        dtype: Any = dtypes.float32,
        name: str | None = None,
    ) -> Tensor:
        """Uniform values that are not less than `minval`, and less than `maxval`.

        Args:
          shape: of the result.
          minval, maxval: of `dtype`; `maxval` is 1 for floats.
          dtype: a float type, int32 or int64.
          name: the last node's name.

        Raises:
          ValueError: there is no `maxval` for whole numbers.
        """
        dtype = dtypes.as_dtype(dtype)
        if maxval is None:
            if dtype.is_integer:
                raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
            maxval = 1
        with name_scope(name, "stateful_uniform", [shape, minval, maxval]) as scope:
            shape = _shape_tensor(shape)
            minval = convert_to_tensor(minval, dtype=dtype, name="min")
            maxval = convert_to_tensor(maxval, dtype=dtype, name="max")
            if dtype.is_integer:
                return self._draw("StatefulUniformInt", shape, minval, maxval, name=scope)
            values = self._draw("StatefulUniform", shape, dtype=dtype)
            return math_ops.add(values * (maxval - minval), minval, name=scope)

    def uniform_full_int(
        self, shape: Any, dtype: Any = dtypes.uint64, name: str | None = None
    ) -> Tensor:
        """Uniform values of all that a type of whole numbers, of 32 or 64 bits, has."""
        with name_scope(name, "stateful_uniform_full_int", [shape]) as scope:
            shape = _shape_tensor(shape)
            return self._draw(
                "StatefulUniformFullInt", shape, dtype=dtypes.as_dtype(dtype), name=scope
            )

    def binomial(
        self,
        shape: Any,
        counts: Any,
        probs: Any,
        dtype: Any = dtypes.int32,
        name: str | None = None,
    ) -> Tensor:
        """How many of so many trials succeed.

        Args:
          shape: the shape of the result, a vector.
          counts: the number of trials: a scalar, or one for each of the first axis.
          probs: with what probability a trial succeeds, as `counts`.
          dtype: the type of the values.
          name: a name for the node.
        """
        with name_scope(name, "binomial", [shape, counts, probs]) as scope:
            counts = convert_to_tensor(counts, name="counts")
            probs = convert_to_tensor(probs, name="probs")
            shape = _shape_tensor(shape)
            return self._draw(
                "StatefulRandomBinomial",
                shape,
                counts,
                probs,
                dtype=dtypes.as_dtype(dtype),
                name=scope,
            )

    def _keys(self, count: Any) -> Tensor:
        _get_state_size(self.algorithm)
        return self.uniform_full_int([count], dtype=dtypes.int64)

    def make_seeds(self, count: Any = 1) -> Tensor:
        """Seeds for stateless ops, int64 [2, count]."""
        keys = self._keys(count)
        return array_ops.stack([keys, array_ops.zeros_like(keys)])

    def split(self, count: int = 1) -> "list[Generator]":
        """New generators whose keys this one draws. Only where ops are executed eagerly."""
        keys: Any = self._keys(count)
        zeros = [0] * (_get_state_size(self.algorithm) - 1)
        return [Generator(state=[*zeros, int(key)], alg=self.algorithm) for key in keys.numpy()]


def _joined(key: Any, counter: Any, alg: Any) -> Tensor:
    """The state of a key and a counter."""
    counter = _state_tensor(counter, _get_state_size(alg) - 1)
    key = array_ops.reshape(_state_tensor(key, None), [1])
    return array_ops.concat([counter, key], 0)


_kept: list[Generator] = []


@export("random.experimental.get_global_generator")
def get_global_generator() -> Generator:
    """The generator that `set_global_generator` was given; else one with a state by chance, made
    now. Stands for `tf.random.experimental.get_global_generator`."""
    if not _kept:
        _kept.append(Generator.from_non_deterministic_state())
    return _kept[0]


@export("random.experimental.set_global_generator")
def set_global_generator(generator: Generator) -> None:
    """Sets what `get_global_generator` gives. Stands for
    `tf.random.experimental.set_global_generator`."""
    _kept[:] = [generator]
