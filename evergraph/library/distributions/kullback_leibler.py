"""The divergence between two distributions, by a table of rules for pairs of classes."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, control_flow_ops, math_ops
from evergraph.base.export import export
from evergraph.base.type_table import nearest
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions.deprecation import moved

_DIVERGENCES: dict[tuple[type, type], Callable[..., Any]] = {}


def _registered_kl(type_a: type, type_b: type) -> Callable[..., Any] | None:
    """The rule for the pair of ancestors that are nearest."""
    return nearest(_DIVERGENCES, type_a, type_b)


@export("distributions.kl_divergence", "contrib.distributions.kl_divergence")
@moved
def kl_divergence(
    distribution_a: Any, distribution_b: Any, allow_nan_stats: bool = True, name: str | None = None
) -> Tensor:
    """E_a[log a(X) - log b(X)], of shape batch_shape. Stands for `tf.distributions.kl_divergence`.

    Args:
      distribution_a, distribution_b: distributions of classes that a rule was registered for.
      allow_nan_stats: False to fail at run time where the divergence is NaN.

    Raises:
      NotImplementedError: there is no rule for the two classes.
    """
    rule = _registered_kl(type(distribution_a), type(distribution_b))
    if rule is None:
        raise NotImplementedError(
            "No KL(distribution_a || distribution_b) registered for distribution_a type "
            f"{type(distribution_a).__name__} and distribution_b type "
            f"{type(distribution_b).__name__}"
        )
    with name_scope("KullbackLeibler"):
        divergence = rule(distribution_a, distribution_b, name=name)
        if allow_nan_stats:
            return divergence
        divergence = array_ops.identity(divergence, name="kl")
        complaint = (
            f"KL calculation between {distribution_a.name} and {distribution_b.name} returned NaN "
            "values (and was called with allow_nan_stats=False). Values:"
        )
        sound = math_ops.logical_not(math_ops.reduce_any(math_ops.is_nan(divergence)))
        with control_dependencies([control_flow_ops.Assert(sound, [complaint, divergence])]):
            return array_ops.identity(divergence, name="checked_kl")


@moved
def cross_entropy(
    ref: Any, other: Any, allow_nan_stats: bool = True, name: str | None = None
) -> Tensor:
    """E_ref[-log other(X)]: the entropy of `ref` and its divergence from `other`."""
    with name_scope(name, "cross_entropy"):
        return ref.entropy() + kl_divergence(ref, other, allow_nan_stats=allow_nan_stats)


def register(dist_cls_a: type, dist_cls_b: type, kl_fn: Callable[..., Any]) -> None:
    """Make `kl_fn(a, b, name=None)` the rule for two classes and, where nearest, their children.

    Raises:
      ValueError: the two have a rule already.
    """
    key = dist_cls_a, dist_cls_b
    if key in _DIVERGENCES:
        raise ValueError(
            f"KL({dist_cls_a.__name__} || {dist_cls_b.__name__}) has already been registered to: "
            f"{_DIVERGENCES[key]}"
        )
    _DIVERGENCES[key] = kl_fn


@export("distributions.RegisterKL", "contrib.distributions.RegisterKL")
class RegisterKL:
    """Decorator of a rule `kl(a, b, name=None)` for two classes. Stands for
    `tf.distributions.RegisterKL`.

    Raises:
      TypeError: what is decorated is not callable.
      ValueError: the two classes have a rule already.
    """

    @moved
    def __init__(self, dist_cls_a: type, dist_cls_b: type) -> None:
        self._key = dist_cls_a, dist_cls_b

    def __call__(self, kl_fn: Any) -> Any:
        if not callable(kl_fn):
            raise TypeError(f"kl_fn must be callable, received: {kl_fn}")
        register(*self._key, kl_fn)
        return kl_fn


def rule(dist_cls: type) -> Callable[[Any], Any]:
    """`RegisterKL` of a class with itself, without the warning."""

    def decorate(kl_fn: Any) -> Any:
        register(dist_cls, dist_cls, kl_fn)
        return kl_fn

    return decorate
