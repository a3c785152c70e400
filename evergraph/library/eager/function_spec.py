"""How calls of `tf.function` and its like bind arguments: `FunctionSpec`."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.base import nest, tf_inspect
from evergraph.base.decorator import unwrap
from evergraph.graph.composite import CompositeTensor
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor


class FunctionSpec:
    """How the arguments of calls are bound to those of a Python function."""

    def __init__(
        self, fullargspec: Any, is_method: bool, input_signature: Sequence[Any] | None
    ) -> None:
        self.fullargspec = fullargspec
        self.is_method = is_method
        self.arg_names = list(fullargspec.args[1:] if is_method else fullargspec.args)
        self.vararg_name = fullargspec.varargs
        defaults = list(fullargspec.defaults or ())
        first = len(self.arg_names) - len(defaults)
        self._defaults = {first + i: value for i, value in enumerate(defaults)}
        self.input_signature = None
        self.flat_input_signature: tuple[Any, ...] = ()
        if input_signature is None:
            return
        if fullargspec.kwonlyargs:
            raise ValueError(
                "Cannot define a TensorFlow function from a Python function with keyword "
                "arguments when input_signature is provided."
            )
        if not isinstance(input_signature, (tuple, list)):
            raise TypeError(
                "input_signature must be either a tuple or a list, received "
                + str(type(input_signature))
            )
        self.input_signature = tuple(input_signature)
        self.flat_input_signature = tuple(nest.flatten(input_signature, expand_composites=True))

    @staticmethod
    def from_function_and_signature(
        python_function: Any, input_signature: Sequence[Any] | None
    ) -> "FunctionSpec":
        """The FunctionSpec of a Python function; keywords that a partial sets are none of its
        arguments."""
        spec = tf_inspect.getfullargspec(python_function)
        _, plain = unwrap(python_function)
        if isinstance(plain, functools.partial) and (spec.defaults or spec.kwonlydefaults):
            defaults = list(spec.defaults or ())
            values = dict(zip(spec.args[len(spec.args) - len(defaults) :], defaults, strict=True))
            names = [a for a in spec.args if a not in plain.keywords]
            spec = spec._replace(
                args=names,
                defaults=[values[a] for a in names if a in values],
                kwonlyargs=[],
                kwonlydefaults={},
            )
        return FunctionSpec(spec, tf_inspect.ismethod(python_function), input_signature)

    def canonicalize_function_inputs(
        self, *args: Any, **kwargs: Any
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """All positional arguments, defaults among them, and the remaining keyword arguments.

        Raises:
          AssertionError: arguments are missing.
          TypeError: there are arguments beside those of the input signature.
          ValueError: arguments do not fit the input signature.
        """
        signature = self.input_signature
        if signature is not None:
            self._check_covered(args, kwargs, signature)
        if not kwargs and self._defaults and min(self._defaults) > len(args):
            known = sorted(self._defaults)
            raise AssertionError(f"Not enough arguments ({args}, {known}, {self.arg_names})")
        positions = {name: i for i, name in enumerate(self.arg_names)}
        values = {i: v for i, v in self._defaults.items() if i >= len(args)}
        for name in list(kwargs):
            if name in positions:
                values[positions[name]] = kwargs.pop(name)
        inputs = (*args, *(values[i] for i in sorted(values)))
        if signature is None:
            return _with_tensors(inputs), kwargs
        return _in_signature(inputs, signature, self.flat_input_signature), {}

    def _check_covered(
        self, args: Sequence[Any], kwargs: dict[str, Any], signature: Sequence[Any]
    ) -> None:
        if len(args) > len(signature):
            raise TypeError(
                "When input_signature is provided, only pass arguments covered by it. Received "
                f"{len(args)} argument(s)."
            )
        for name in kwargs:
            if name not in self.arg_names:
                raise TypeError(f"Function got an unexpected keyword argument {name}")
            if self.arg_names.index(name) >= len(signature):
                raise TypeError(
                    "When input_signature is provided, only pass arguments covered by it. "
                    f"Received argument {name}."
                )


def _with_tensors(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments with constants for NumPy arrays."""
    flat = nest.flatten(inputs)
    if not any(type(x) is np.ndarray for x in flat):
        return inputs
    made = [constant(x) if type(x) is np.ndarray else x for x in flat]
    return nest.pack_sequence_as(inputs, made)


def _in_signature(inputs: Sequence[Any], signature: Any, flat: Sequence[Any]) -> Any:
    """Arguments as tensors that fit specs."""
    shown = ",\n    ".join
    described = (
        f"  inputs: (\n    {shown(map(str, inputs))})\n"
        f"  input_signature: (\n    {shown(map(str, signature))})"
    )
    try:
        given = nest.flatten_up_to(signature, inputs[: len(signature)], expand_composites=True)
    except ValueError:
        raise ValueError(
            f"Structure of Python function inputs does not match input_signature:\n{described}"
        ) from None
    tensors = []
    for value, spec in zip(given, flat, strict=True):
        if not isinstance(value, (Tensor, CompositeTensor)):
            try:
                value = convert_to_tensor(value, preferred_dtype=spec.dtype)
            except ValueError:
                raise ValueError(
                    "When input_signature is provided, all inputs to the Python function must be "
                    f"convertible to tensors:\n{described}"
                ) from None
        tensors.append(value)
    if any(not spec.is_compatible_with(t) for spec, t in zip(flat, tensors, strict=True)):
        raise ValueError(f"Python inputs incompatible with input_signature:\n{described}")
    return nest.pack_sequence_as(signature, tensors, expand_composites=True)
