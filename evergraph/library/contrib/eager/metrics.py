"""tf.contrib.eager.metrics: metrics that are objects, for eager execution and graphs."""

import re
from collections.abc import Iterable
from typing import Any

from evergraph.api import array_ops, check_ops, grouping, init_ops, math_ops, variable_scope
from evergraph.api.smart_cond import smart_cond
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.trackable import Trackable
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library import summary_ops_v2
from evergraph.library.eager import context, function

_TO_REPLACE = re.compile("[^A-Za-z0-9.]")


@export("contrib.eager.metrics.Metric")
class Metric(Trackable):
    """A metric's variables, their update and its value. Stands for
    `tf.contrib.eager.metrics.Metric`.

    A subclass defines `build`, which adds variables, `call`, which updates them, and `result`. Call
    the object to update it.

    Args:
      name: its name, and in graphs that of its variables; by default the class'.
      use_global_variables: whether the variables of graphs are global; else they are local.
    """

    def __init__(self, name: str | None = None, use_global_variables: bool = False) -> None:
        self._built = False
        self._vars: list[Any] = []
        self._initial_values: dict[Any, Any] = {}
        self._updates: list[Any] = []
        self._use_global_variables = use_global_variables
        name = name or type(self).__name__
        scope_name = _TO_REPLACE.sub("_", name)
        with variable_scope.variable_scope(scope_name, use_resource=True, reuse=False) as scope:
            unique = scope.name[scope.name.rfind(scope_name) + len(scope_name) :]
            self._name = name + unique
            self._scope = scope
        self._build = self.build

        def build_once(*args: Any, **kwargs: Any) -> None:
            self._build(*args, **kwargs)
            self._built = True

        self.build = build_once  # type: ignore[method-assign]
        if executing_eagerly():
            self._construction_scope: Any = context.eager_mode
        else:
            self._construction_scope = get_default_graph().as_default
            # One operation for all updates.
            self.call = function.defun(self.call)  # type: ignore[method-assign]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Updates the metric; in graphs, the operation that does so. Arguments as of `call`."""
        if not self._built:
            with variable_scope.variable_scope(self._scope), self._construction_scope():
                self.build(*args, **kwargs)
            self._built = True
        return self.call(*args, **kwargs)

    @property
    def name(self) -> str:
        """The name."""
        return self._name

    @property
    def variables(self) -> list[Any]:
        """The variables."""
        return self._vars

    def init_variables(self) -> Any:
        """Sets the variables to how they began; in graphs, the operation that does so."""
        if not executing_eagerly():
            return grouping.group([v.initializer for v in self._vars])
        for v in self._vars:
            v.assign(self._initial_values[v])
        return None

    def build(self, *args: Any, **kwargs: Any) -> None:
        """Adds variables; is given what the first call is given."""
        raise NotImplementedError("Metrics must define a build() member function")

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Updates the variables."""
        raise NotImplementedError("Metrics must define a call() member function")

    def result(self) -> Any:
        """The value."""
        raise NotImplementedError("Metrics must define a result() member function")

    def value(self) -> Any:
        """The value in graphs; in eager execution, the method that gives it."""
        return self.result if executing_eagerly() else self.result()

    def aggregate(self, metrics: Iterable["Metric"]) -> None:
        """Adds the variables of other metrics to this one's.

        Raises:
          TypeError: one is of another class.
          ValueError: one has other variables.
        """
        metrics = list(metrics)
        for m in metrics:
            if type(self) is not type(m):
                raise TypeError(
                    f"All metrics must be the same type, '{type(self)}' != '{type(m)}'."
                )
        for i, v in enumerate(self._vars):
            if any(m._vars[i].name != v.name for m in metrics):
                raise ValueError("All metrics must have variables in the same order.")
            v.assign_add(math_ops.add_n([m._vars[i] for m in metrics]))

    def add_variable(
        self, name: str, shape: Any = None, dtype: Any = None, initializer: Any = None
    ) -> Any:
        """A new variable, for `build`.

        Raises:
          RuntimeError: the metric is built already.
        """
        if self._built:
            raise RuntimeError("Can't call add_variable() except in build().")
        collections = None
        if not executing_eagerly():
            is_global = self._use_global_variables
            first = GraphKeys.GLOBAL_VARIABLES if is_global else GraphKeys.LOCAL_VARIABLES
            collections = [first, GraphKeys.METRIC_VARIABLES]
        v = self._add_variable_with_custom_getter(
            name=name,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            trainable=False,
            collections=collections,
            use_resource=True,
            getter=variable_scope.get_variable,
            overwrite=True,
        )
        self._vars.append(v)
        if executing_eagerly():
            self._initial_values[v] = v.value()
        return v


@export("contrib.eager.metrics.Mean")
class Mean(Metric):
    """The weighted mean of values. Stands for `tf.contrib.eager.metrics.Mean`.

    Args:
      name: see `Metric`.
      dtype: what is added up in.
      use_global_variables: see `Metric`.
    """

    def __init__(
        self,
        name: str | None = None,
        dtype: Any = dtypes.float64,
        use_global_variables: bool = False,
    ) -> None:
        super().__init__(name=name, use_global_variables=use_global_variables)
        self.dtype = dtype

    def build(self, *args: Any, **kwargs: Any) -> None:
        """Adds the sum and the weight of all."""
        zeros = {"shape": (), "dtype": self.dtype, "initializer": init_ops.zeros_initializer}
        self.numer = self.add_variable(name="numer", **zeros)
        self.denom = self.add_variable(name="denom", **zeros)

    def call(self, values: Any, weights: Any = None) -> Any:
        """Counts `values` with their weights, by default 1 each.

        Args:
          values: numbers.
          weights: numbers that `values` can be multiplied by.

        Returns:
          The arguments, for metrics of the same; values are added up where there are no weights.
        """
        if weights is None:
            count = array_ops.identity(array_ops.size(values))
            self.denom.assign_add(math_ops.cast(count, self.dtype))
            values = math_ops.reduce_sum(values)
            self.numer.assign_add(math_ops.cast(values, self.dtype))
            return values
        weights = math_ops.cast(weights, self.dtype)
        self.denom.assign_add(math_ops.reduce_sum(weights))
        values = math_ops.cast(values, self.dtype) * weights
        self.numer.assign_add(math_ops.reduce_sum(values))
        return values, weights

    def result(self, write_summary: Any = True) -> Any:
        """The mean.

        Args:
          write_summary: whether it also goes to the default summary writer; a bool or a tensor.
        """
        if not isinstance(write_summary, Tensor):
            write_summary = convert_to_tensor(write_summary)
        mean = self.numer / self.denom

        def write() -> Any:
            summary_ops_v2.scalar(name=self.name, tensor=mean)
            return mean

        smart_cond(write_summary, write, lambda: mean, name="")
        return mean


class _Matches(Mean):
    """The weighted share of predictions that are right."""

    def __init__(self, name: str | None = None, dtype: Any = dtypes.float64) -> None:
        super().__init__(name=name, dtype=dtype)

    def _compared(self, labels: Any, predictions: Any) -> tuple[Any, Any]:
        """What is to be equal."""
        raise NotImplementedError()

    def call(self, labels: Any, predictions: Any, weights: Any = None) -> Any:
        """Counts predictions.

        Args:
          labels, predictions: tensors; see the class.
          weights: numbers, one a prediction; by default 1 each.

        Returns:
          Labels and predictions as they were compared, and the weights if there are any.

        Raises:
          InvalidArgumentError: shapes differ.
        """
        compared = self._compared(labels, predictions)
        matches = math_ops.cast(math_ops.equal(*compared), self.dtype)
        super().call(matches, weights=weights)
        return compared if weights is None else (*compared, weights)


def _assert_same_shape(labels: Any, predictions: Any) -> None:
    check_ops.assert_equal(
        array_ops.shape(labels),
        array_ops.shape(predictions),
        message="Shapes of labels and predictions are unequal",
    )


@export("contrib.eager.metrics.Accuracy")
class Accuracy(_Matches):
    """How often predictions are the labels. Stands for `tf.contrib.eager.metrics.Accuracy`.

    Args:
      name, dtype: see `Mean`.
    """

    def _compared(self, labels: Any, predictions: Any) -> tuple[Any, Any]:
        _assert_same_shape(labels, predictions)
        return labels, predictions


@export("contrib.eager.metrics.CategoricalAccuracy")
class CategoricalAccuracy(_Matches):
    """How often the largest of the last axis of predictions is where that of labels is.

    Stands for `tf.contrib.eager.metrics.CategoricalAccuracy`.

    Args:
      name, dtype: see `Mean`.
    """

    def _compared(self, labels: Any, predictions: Any) -> tuple[Any, Any]:
        _assert_same_shape(labels, predictions)
        return math_ops.argmax(labels, axis=-1), math_ops.argmax(predictions, axis=-1)


@export("contrib.eager.metrics.BinaryAccuracy")
class BinaryAccuracy(_Matches):
    """How often predictions are above a threshold where labels are true, and only there.

    Stands for `tf.contrib.eager.metrics.BinaryAccuracy`.

    Args:
      threshold: the threshold.
      name, dtype: see `Mean`.
    """

    def __init__(
        self, threshold: Any, name: str | None = None, dtype: Any = dtypes.float64
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.threshold = threshold

    def _compared(self, labels: Any, predictions: Any) -> tuple[Any, Any]:
        _assert_same_shape(labels, predictions)
        predictions = convert_to_tensor(predictions) > self.threshold
        return math_ops.cast(labels, dtypes.bool), predictions


@export("contrib.eager.metrics.SparseAccuracy")
class SparseAccuracy(_Matches):
    """How often the largest of the last axis of predictions is where the label says.

    Stands for `tf.contrib.eager.metrics.SparseAccuracy`.

    Args:
      name, dtype: see `Mean`.
    """

    def _compared(self, labels: Any, predictions: Any) -> tuple[Any, Any]:
        check_ops.assert_equal(
            array_ops.shape(labels),
            array_ops.shape(predictions)[0],
            message="First axis of labels and predictions is unequal",
        )
        predictions = math_ops.argmax(predictions, axis=-1)
        return math_ops.cast(labels, dtypes.int64), predictions
