"""Policies of layers: in which types they compute and keep variables."""

import contextlib
from collections.abc import Iterator
from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.engine import mixed_precision_global_state as state
from evergraph.library.train import loss_scale as loss_scales

USE_DEFAULT = "USE_DEFAULT"
_VARS = "_with_float32_vars"


def _types(name: str) -> tuple[str | None, str | None]:
    """The types, of what is computed and of variables, that a policy's name tells."""
    if name in ("mixed_float16", "mixed_bfloat16"):
        return name.removeprefix("mixed_"), "float32"
    base = name.removesuffix(_VARS)
    try:
        kind = None if base == "infer" else dtypes.as_dtype(base).name
    except TypeError:
        message = (
            f"Cannot convert value {name} to a mixed precision Policy. Valid policies include "
            'include those in the form "<dtype>" and "<dtype>_with_float32_vars", where <dtype> is '
            "the name of a dtype."
        )
        if base != name:
            message += (
                f" The value {name} ends with _with_float32_vars, but {base} cannot be converted "
                "to a DType"
            )
        raise ValueError(message) from None
    return kind, kind if base == name else "float32"


@export("keras.mixed_precision.experimental.Policy")
class Policy:
    """In which type a layer computes, and in which its variables are.

    Stands for `tf.keras.mixed_precision.experimental.Policy`. It is given to a layer as `dtype`.

    Args:
      name: the name of a type for both; "<type>_with_float32_vars"; "mixed_float16" or
        "mixed_bfloat16", which are the same of these types; "infer" or "infer_with_float32_vars":
        the type of the layer's first input.
      loss_scale: a LossScale, "dynamic" or a number, for models; default: "dynamic" for
        "mixed_float16", else None.

    Raises:
      TypeError: `name` is no text.
      ValueError: there is no such policy.
    """

    def __init__(self, name: str, loss_scale: Any = USE_DEFAULT) -> None:
        if isinstance(name, dtypes.DType):
            raise TypeError(
                f"'name' must be a string, not a DType. Instead, pass DType.name. Got: {name.name}"
            )
        if not isinstance(name, str):
            raise TypeError(f"'name' must be a string, but got: {name}")
        renamed = {"infer_float32_vars": "infer" + _VARS, "float32" + _VARS: "float32"}
        self._name = name = renamed.get(name, name)
        self._compute_dtype, self._variable_dtype = _types(name)
        if isinstance(loss_scale, str) and loss_scale == USE_DEFAULT:
            loss_scale = "dynamic" if name == "mixed_float16" else None
        if loss_scale and self._compute_dtype not in (None, "float16"):
            logging.warning(
                "Creating a Policy with a loss scale is only useful for float16 policies. You "
                f"passed loss_scale={loss_scale!r} for policy {name}. Consider not passing any "
                "loss_scale instead."
            )
        self._loss_scale = loss_scales.get(loss_scale)

    @property
    def name(self) -> str:
        """The name."""
        return self._name

    @property
    def variable_dtype(self) -> str | None:
        """The type of variables; None: that of the first input."""
        return self._variable_dtype

    @property
    def compute_dtype(self) -> str | None:
        """The type that is computed in; None: that of the first input."""
        return self._compute_dtype

    @property
    def should_cast_variables(self) -> bool:
        """Whether the two types differ."""
        return self._variable_dtype != self._compute_dtype

    @property
    def loss_scale(self) -> Any:
        """The LossScale of models, or None."""
        return self._loss_scale

    def __repr__(self) -> str:
        return f'<Policy "{self._name}", loss_scale={self._loss_scale}>'


def with_input_dtype(policy: Policy, dtype: Any) -> Policy:
    """The policy that one that infers becomes at an input of a type."""
    assert not policy.compute_dtype
    name = dtypes.as_dtype(dtype).name
    return Policy(name if policy.variable_dtype is None else name + _VARS)


INFER = Policy("infer")
_global_policy: Policy | None = None


@export("keras.mixed_precision.experimental.global_policy")
def global_policy() -> Policy:
    """The policy of layers that are given no type: "infer", unless `set_policy` set it.

    Stands for `tf.keras.mixed_precision.experimental.global_policy`.
    """
    return INFER if _global_policy is None else _global_policy


@export("keras.mixed_precision.experimental.set_policy")
def set_policy(policy: Any) -> None:
    """Sets the policy of layers that are given no type.

    Stands for `tf.keras.mixed_precision.experimental.set_policy`.

    Args:
      policy: a Policy that infers, or its name; None for the default.

    Raises:
      ValueError: it says a type, which TensorFlow 1 does not allow; the graph's rewriting for
        mixed precision is on.
    """
    global _global_policy
    if state.mixed_precision_graph_rewrite_is_enabled:
        raise ValueError(
            "The mixed precision policy cannot be set, because the mixed precision graph rewrite "
            "has already been enabled.\nAt most, one of the following functions can be called:\n\n"
            "  1. tf.train.experimental.enable_mixed_precision_graph_rewrite() (You called this "
            "first)\n  2. tf.keras.mixed_precision.experimental.set_policy() (You called this "
            "second)\n\nYou called both functions, which is an error, because both functions "
            "enable you to use mixed precision. The first function enables mixed precision in the "
            "graph with a graph rewrite. However it is currently not very customizable, and does "
            "not support eager. The second function is for Keras layers, but is not yet fully "
            "complete."
        )
    if policy is not None and not isinstance(policy, Policy):
        policy = Policy(policy)
    if policy is not None and policy.compute_dtype:
        raise ValueError("The global policy can only be set to a non-infer policy in TensorFlow 2")
    _global_policy = policy
    state.using_default_mixed_precision_policy = policy is None


@contextlib.contextmanager
def policy_scope(policy: Any) -> Iterator[None]:
    """In the block, `policy` is the global one."""
    old = _global_policy
    try:
        set_policy(policy)
        yield
    finally:
        set_policy(old)
