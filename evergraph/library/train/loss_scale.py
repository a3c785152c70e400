"""What losses are multiplied by, so that small gradients are not lost in float16."""

from abc import ABC, abstractmethod
from typing import Any

from evergraph.api import control_flow_ops, grouping, math_ops, variable_scope
from evergraph.api.cond import cond
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.trackable import Trackable, TrackableReference
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import Tensor
from evergraph.library.distribute import distribution_strategy_context
from evergraph.library.distribute.reduce_util import ReduceOp


def _graph_key() -> Any:
    return None if executing_eagerly() else get_default_graph()


@export("train.experimental.LossScale")
class LossScale(Trackable, ABC):
    """What a loss is multiplied by and its gradients are divided by; calling it gives the scale.
    Stands for `tf.train.experimental.LossScale`."""

    def __init__(self) -> None:
        self._weights: dict[tuple[str, Any], Any] = {}

    @abstractmethod
    def __call__(self) -> Tensor:
        """The scale, a scalar of float32."""

    @abstractmethod
    def update(self, grads: Any) -> tuple[Any, Any]:
        """Adapts the scale to gradients.

        Args:
          grads: a nest of gradients that were divided by the scale; None is passed over.

        Returns:
          The operation that updates the scale (None when executing eagerly), and whether the
          gradients should be applied.
        """

    def _add_weight(self, name: str, initial_value: Any, dtype: Any = None) -> Any:
        """A variable that checkpoints hold under `name`."""
        made = variable_scope.variable(
            initial_value=initial_value,
            name=name,
            dtype=dtype,
            trainable=False,
            use_resource=True,
        )
        key = (name, _graph_key())
        if key in self._weights:
            raise RuntimeError(f"Duplicate variables detected. {key}")
        self._weights[key] = made
        self._handle_deferred_dependencies(name=name, trackable=made)
        return made

    @property
    def _checkpoint_dependencies(self) -> list[TrackableReference]:
        graph = _graph_key()
        return super()._checkpoint_dependencies + [
            TrackableReference(name, made)
            for (name, key), made in sorted(self._weights.items(), key=lambda item: item[0][0])
            if key == graph
        ]

    def _lookup_dependency(self, name: str) -> Any:
        found = super()._lookup_dependency(name)
        return self._weights.get((name, _graph_key())) if found is None else found

    @abstractmethod
    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LossScale":
        """A scale of `get_config`'s arguments."""
        return cls(**config)


@export("train.experimental.FixedLossScale")
class FixedLossScale(LossScale):
    """Always the same. Stands for `tf.train.experimental.FixedLossScale`.

    Args:
      loss_scale_value: the scale.

    Raises:
      ValueError: it is less than 1, or no number.
    """

    def __init__(self, loss_scale_value: float) -> None:
        super().__init__()
        if not isinstance(loss_scale_value, (int, float)):
            raise ValueError("loss_scale_value must be a Python int or float.")
        if loss_scale_value < 1:
            raise ValueError("loss_scale_value must be at least 1.")
        self._loss_scale_value = float(loss_scale_value)

    def __call__(self) -> Tensor:
        return convert_to_tensor(self._loss_scale_value)

    def update(self, grads: Any) -> tuple[Any, Any]:
        """Nothing to do; gradients are always applied."""
        return control_flow_ops.no_op(), True

    def __repr__(self) -> str:
        return f"FixedLossScale({self._loss_scale_value})"

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {"loss_scale_value": self._loss_scale_value}


def _all_finite(grads: Any) -> Tensor:
    finite = [math_ops.reduce_all(math_ops.is_finite(g)) for g in grads if g is not None]
    return math_ops.reduce_all(finite)


def _op(assigned: Any) -> Any:
    """An assignment, as branches give it."""
    return assigned if executing_eagerly() else assigned.op


def _assign_if_finite(variable: Any, value: Tensor) -> Any:
    return cond(
        math_ops.is_finite(value), lambda: _op(variable.assign(value)), control_flow_ops.no_op
    )


@export("train.experimental.DynamicLossScale")
class DynamicLossScale(LossScale):
    """Grows while gradients are finite and shrinks where they are not. Stands for
    `tf.train.experimental.DynamicLossScale`.

    Args:
      initial_loss_scale: the first scale.
      increment_period: after how many steps with finite gradients it grows.
      multiplier: what it grows and shrinks by.
    """

    def __init__(
        self,
        initial_loss_scale: float = 2**15,
        increment_period: int = 2000,
        multiplier: float = 2.0,
    ) -> None:
        super().__init__()
        self._initial_loss_scale = float(initial_loss_scale)
        self._increment_period = int(increment_period)
        self._multiplier = float(multiplier)
        self._current_loss_scale = self._add_weight(
            "current_loss_scale", self._initial_loss_scale, dtypes.float32
        )
        self._num_good_steps = self._add_weight("good_steps", 0, dtypes.int64)

    @property
    def initial_loss_scale(self) -> float:
        """The first scale."""
        return self._initial_loss_scale

    @property
    def increment_period(self) -> int:
        """After how many steps with finite gradients the scale grows."""
        return self._increment_period

    @property
    def multiplier(self) -> float:
        """What the scale grows and shrinks by."""
        return self._multiplier

    def __call__(self) -> Tensor:
        return convert_to_tensor(self._current_loss_scale)

    def update(self, grads: Any) -> tuple[Any, Any]:
        """Lets the scale grow or shrink; gradients are applied where all are finite."""
        is_finite = self._finite_everywhere(nest.flatten(grads))
        return cond(is_finite, self._grown, self._shrunk), is_finite

    def _finite_everywhere(self, grads: Any) -> Tensor:
        if not distribution_strategy_context.has_strategy():
            return _all_finite(grads)
        strategy = distribution_strategy_context.get_cross_replica_context()
        finite = strategy.extended.call_for_each_replica(
            lambda grads: math_ops.cast(_all_finite(grads), dtypes.float32), args=(grads,)
        )
        count = strategy.reduce(ReduceOp.SUM, finite, axis=None)
        return math_ops.equal(count, strategy.num_replicas_in_sync)

    def _grown(self) -> Any:
        def more() -> Any:
            scale = self._current_loss_scale * self._multiplier
            return grouping.group(
                _assign_if_finite(self._current_loss_scale, scale), self._num_good_steps.assign(0)
            )

        return cond(
            self._num_good_steps + 1 >= self._increment_period,
            more,
            lambda: _op(self._num_good_steps.assign_add(1)),
        )

    def _shrunk(self) -> Any:
        scale = math_ops.maximum(self._current_loss_scale / self._multiplier, 1)
        return grouping.group(
            self._num_good_steps.assign(0), self._current_loss_scale.assign(scale)
        )

    def __repr__(self) -> str:
        values = dict(self.get_config())
        if executing_eagerly():
            scale, steps = self._current_loss_scale.numpy(), self._num_good_steps.numpy()
            values = {"current_loss_scale": float(scale), "num_good_steps": int(steps), **values}
        return f"DynamicLossScale({', '.join(f'{name}={v}' for name, v in values.items())})"

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            "initial_loss_scale": self.initial_loss_scale,
            "increment_period": self.increment_period,
            "multiplier": self.multiplier,
        }


def get(identifier: Any) -> LossScale | None:
    """A scale of a number, "dynamic", or a scale. Raises ValueError for other things."""
    if isinstance(identifier, (int, float)):
        return FixedLossScale(identifier)
    if isinstance(identifier, str) and identifier == "dynamic":
        return DynamicLossScale()
    if identifier is None or isinstance(identifier, LossScale):
        return identifier
    raise ValueError(f"Could not interpret loss scale identifier: {identifier}")
