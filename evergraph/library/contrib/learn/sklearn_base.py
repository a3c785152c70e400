"""What estimators have in common with scikit-learn's, without scikit-learn."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.base.export import export


@export("contrib.learn.NotFittedError")
class NotFittedError(ValueError, AttributeError):
    """A model is used that was not trained yet. Stands for `tf.contrib.learn.NotFittedError`."""


class BaseEstimator:
    """Parameters of an estimator are its public attributes."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name.

        Args:
          deep: whether those of parts are among them, as `part__name`.
        """
        found: dict[str, Any] = {}
        for name in vars(self):
            value = getattr(self, name)
            if name.startswith("_") or isinstance(value, Callable):
                continue
            if deep and hasattr(value, "get_params"):
                found.update({f"{name}__{k}": v for k, v in value.get_params().items()})
            found[name] = value
        return found

    def set_params(self, **params: Any) -> "BaseEstimator":
        """Sets parameters, those of parts as `part__name`.

        Raises:
          ValueError: there is no such parameter.
        """
        there = self.get_params(deep=True) if params else {}
        for key, value in params.items():
            name, _, rest = key.partition("__")
            if name not in there:
                shown = self if rest else self.__class__.__name__
                raise ValueError(
                    f"Invalid parameter {name} for estimator {shown}. Check the list of available "
                    "parameters with `estimator.get_params().keys()`."
                )
            if rest:
                there[name].set_params(**{rest: value})
            else:
                setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        params = ", ".join(f"{k}={v}" for k, v in self.get_params(deep=False).items())
        return f"{self.__class__.__name__}({params})"


class ClassifierMixin:
    """Marks classifiers."""


class RegressorMixin:
    """Marks regressors."""


class TransformerMixin:
    """Marks transformers."""


def accuracy_score(y_true: Any, y_pred: Any) -> Any:
    """The share of predictions that are right."""
    return np.average(y_true == y_pred)


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of squared differences; axes of size 1 are left out."""
    true, predicted = (v.squeeze() if v.ndim > 1 else v for v in (y_true, y_pred))
    return np.average((true - predicted) ** 2)


def train_test_split(
    *args: Any, test_size: float | None = None, train_size: float | None = None, **options: Any
) -> tuple[Any, ...]:
    """Parts of arrays to train and to test with, in random order: of each array both parts.

    Args:
      args: arrays of one length.
      test_size: the share to test with, where `train_size` is not given.
      train_size: the share to train with; default: 0.75.
      options: `random_state`, a seed.
    """
    if train_size is None:
        train_size = 0.75 if test_size is None else 1 - test_size
    count = args[0].shape[0]
    np.random.seed(options.pop("random_state", None))
    order = np.random.permutation(count)
    first = int(train_size * count)
    return tuple(x.take(part, axis=0) for x in args for part in (order[:first], order[first:]))
