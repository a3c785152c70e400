"""Models of Keras with the methods of scikit-learn's estimators."""

import copy
import types
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from evergraph.base import tf_inspect
from evergraph.base.export import export
from evergraph.library.keras import losses
from evergraph.library.keras.engine.sequential import Sequential
from evergraph.library.keras.utils.np_utils import to_categorical


def _takes(function: Callable[..., Any], name: str) -> bool:
    spec = tf_inspect.getfullargspec(function)
    return name in spec.args or name in spec.kwonlyargs


class BaseWrapper:
    """What classifiers and regressors share.

    Args:
      build_fn: makes a compiled model; default: the `__call__` of a derived class.
      **sk_params: arguments of it, and of `fit`, `predict` and `evaluate`.

    Raises:
      ValueError: none of these takes such an argument.
    """

    model: Any

    def __init__(self, build_fn: Any = None, **sk_params: Any) -> None:
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.check_params(sk_params)

    def _builder(self) -> Callable[..., Any]:
        if self.build_fn is None:
            return self.__call__  # type: ignore[attr-defined,no-any-return]
        is_function = isinstance(self.build_fn, (types.FunctionType, types.MethodType))
        return self.build_fn if is_function else self.build_fn.__call__  # type: ignore[no-any-return]

    def check_params(self, params: Any) -> None:
        """ValueError for arguments that nothing takes."""
        known = (
            Sequential.fit,
            Sequential.predict,
            Sequential.predict_classes,
            Sequential.evaluate,
            self._builder(),
        )
        for name in params:
            if name != "nb_epoch" and not any(_takes(function, name) for function in known):
                raise ValueError(f"{name} is not a legal parameter")

    def get_params(self, **params: Any) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**copy.deepcopy(self.sk_params), "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> Self:
        """Changes arguments; ValueError as the constructor."""
        self.check_params(params)
        self.sk_params.update(params)
        return self

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Makes a new model and trains it; gives its `History`. Other arguments are `fit`'s."""
        build = self._builder()
        self.model = build(**self.filter_sk_params(build))
        if _is_categorical(self.model.loss) and len(y.shape) != 2:
            y = to_categorical(y)
        settings = copy.deepcopy(self.filter_sk_params(Sequential.fit))
        return self.model.fit(x, y, **{**settings, **kwargs})

    def filter_sk_params(self, fn: Callable[..., Any], override: Any = None) -> dict[str, Any]:
        """Those arguments that a function takes, and the ones in `override`."""
        found = {name: value for name, value in self.sk_params.items() if _takes(fn, name)}
        return {**found, **(override or {})}


def _is_categorical(loss: Any) -> bool:
    function = losses.categorical_crossentropy
    same = loss is function or getattr(loss, "fn", None) is function
    return same or loss == "categorical_crossentropy"


@export("keras.wrappers.scikit_learn.KerasClassifier")
class KerasClassifier(BaseWrapper):
    """A model that tells classes. Stands for `tf.keras.wrappers.scikit_learn.KerasClassifier`."""

    classes_: Any
    n_classes_: int

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Trains a new model on classes, or on rows with a 1 for the class.

        Raises:
          ValueError: `y` has more axes.
        """
        y = np.array(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim in (1, 2):
            self.classes_ = np.unique(y)
            y = np.searchsorted(self.classes_, y)
        else:
            raise ValueError("Invalid shape for y: " + str(y.shape))
        self.n_classes_ = len(self.classes_)
        return super().fit(x, y, **kwargs)

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """The classes. Other arguments are those of `Sequential.predict_classes`."""
        kwargs = self.filter_sk_params(Sequential.predict_classes, kwargs)
        return self.classes_[self.model.predict_classes(x, **kwargs)]

    def predict_proba(self, x: Any, **kwargs: Any) -> Any:
        """The probabilities of the classes, two of them where the model gives one."""
        kwargs = self.filter_sk_params(Sequential.predict_proba, kwargs)
        found = self.model.predict_proba(x, **kwargs)
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

    def score(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """The accuracy. Other arguments are those of `evaluate`.

        Raises:
          ValueError: the model was compiled without it.
        """
        y = np.searchsorted(self.classes_, y)
        kwargs = self.filter_sk_params(Sequential.evaluate, kwargs)
        loss = self.model.loss
        if getattr(loss, "__name__", loss) == "categorical_crossentropy" and y.ndim != 2:
            y = to_categorical(y)
        outputs = self.model.evaluate(x, y, **kwargs)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        for name, output in zip(self.model.metrics_names, outputs, strict=True):
            if name in ("accuracy", "acc"):
                return output
        raise ValueError(
            "The model is not configured to compute accuracy. You should pass "
            '`metrics=["accuracy"]` to the `model.compile()` method.'
        )


@export("keras.wrappers.scikit_learn.KerasRegressor")
class KerasRegressor(BaseWrapper):
    """A model that tells numbers. Stands for `tf.keras.wrappers.scikit_learn.KerasRegressor`."""

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """The numbers. Other arguments are those of `predict`."""
        kwargs = self.filter_sk_params(Sequential.predict, kwargs)
        return np.squeeze(self.model.predict(x, **kwargs))

    def score(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """The loss with its sign changed. Other arguments are those of `evaluate`."""
        kwargs = self.filter_sk_params(Sequential.evaluate, kwargs)
        loss = self.model.evaluate(x, y, **kwargs)
        return -loss[0] if isinstance(loss, list) else -loss
