"""Estimators and optimizers made of others: `tf.contrib.estimator.forward_features` and
`clip_gradients_by_norm`."""

from collections.abc import Callable
from typing import Any

from evergraph.api import clip_ops, sparse_ops
from evergraph.base.export import export
from evergraph.graph.composite import SparseTensor, convert_to_tensor_or_sparse_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.saved_model.export_output import PredictOutput
from evergraph.library.train.optimizer import Optimizer


class _TransformGradients(Optimizer):
    """An optimizer that changes gradients before another one applies them."""

    def __init__(
        self,
        optimizer: Optimizer,
        transform_grads_fn: Callable[[Any], Any],
        name: str | None = None,
    ) -> None:
        super().__init__(use_locking=False, name=name or optimizer.get_name())
        self._optimizer = optimizer
        self._transform_grads_fn = transform_grads_fn

    def compute_gradients(self, *args: Any, **kwargs: Any) -> Any:
        """What the other optimizer computes."""
        return self._optimizer.compute_gradients(*args, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """An operation that applies changed gradients."""
        changed = self._transform_grads_fn(grads_and_vars)
        return self._optimizer.apply_gradients(changed, global_step, name)

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """A slot of the other optimizer."""
        return self._optimizer.get_slot(*args, **kwargs)

    def get_slot_names(self, *args: Any, **kwargs: Any) -> Any:
        """The names of the other optimizer's slots."""
        return self._optimizer.get_slot_names(*args, **kwargs)


@export("contrib.estimator.clip_gradients_by_norm")
def clip_gradients_by_norm(optimizer: Optimizer, clip_norm: Any) -> Optimizer:
    """An optimizer that clips gradients by their global norm. Stands for
    `tf.contrib.estimator.clip_gradients_by_norm`.

    Args:
      optimizer: what applies the clipped gradients.
      clip_norm: the norm, a positive scalar.
    """

    def clipped(grads_and_vars: Any) -> list[tuple[Any, Any]]:
        gradients, variables = zip(*grads_and_vars, strict=True)
        gradients = clip_ops.clip_by_global_norm(gradients, clip_norm)[0]
        return list(zip(gradients, variables, strict=True))

    return _TransformGradients(optimizer, clipped, f"ClipByNorm{optimizer.get_name()}")


def _checked_keys(keys: Any) -> Any:
    if keys is None:
        return None
    if isinstance(keys, str):
        return [keys]
    if not isinstance(keys, (list, tuple)):
        raise TypeError(f"keys should be either a string or a list of strings. Given: {type(keys)}")
    for key in keys:
        if not isinstance(key, str):
            raise TypeError(
                "All items in the given keys list should be a string. There exist an item with "
                f"type: {type(key)}"
            )
    return keys


def _check(keys: Any, features: dict[str, Any], predictions: Any) -> None:
    if not isinstance(predictions, dict):
        raise ValueError(
            "Predictions should be a dict to be able to forward features. Given: "
            f"{type(predictions)}"
        )
    for key in keys:
        if key not in features:
            raise ValueError(
                f'keys should be exist in features. Key "{key}" is not in features dict. features '
                f"dict has following keys: {features.keys()}. Please check arguments of "
                "forward_features."
            )
        if key in predictions:
            raise ValueError(
                f"Cannot forward feature key ({key}). Since it does exist in predictions. Existing "
                f"prediction keys: {predictions.keys()}. Please check arguments of "
                "forward_features."
            )


def _dense(key: str, feature: Any, defaults: dict[str, Any]) -> Tensor:
    feature = convert_to_tensor_or_sparse_tensor(feature)
    if key in defaults:
        if not isinstance(feature, SparseTensor):
            raise ValueError(f"Feature ({key}) is expected to be a `SparseTensor`.")
        feature = sparse_ops.sparse_tensor_to_dense(feature, default_value=defaults[key])
    if not isinstance(feature, Tensor):
        raise ValueError(
            f"Feature ({key}) should be a Tensor. Please use `keys` argument of forward_features "
            "to filter unwanted features, oradd key to argument `sparse_default_values`.Type of "
            f"features[{key}] is {type(feature)}."
        )
    return feature


@export("contrib.estimator.forward_features")
def forward_features(
    estimator: Estimator, keys: Any = None, sparse_default_values: Any = None
) -> Estimator:
    """An Estimator whose predictions have features too. Stands for
    `tf.contrib.estimator.forward_features`.

    Args:
      estimator: the other Estimator.
      keys: the name of a feature, or several; default: all.
      sparse_default_values: of sparse features by name, what stands where they have nothing.

    Raises:
      TypeError: `keys` are no strings.
      ValueError: when a graph is built: there is no such feature, a prediction has its name, or it
        is sparse.
    """
    wanted = _checked_keys(keys)

    def new_model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
        spec = estimator.model_fn(features, labels, mode, config)
        predictions = spec.predictions
        if predictions is None:
            return spec
        names = list(features) if wanted is None else wanted
        _check(names, features, predictions)
        for name in names:
            predictions[name] = _dense(name, features[name], sparse_default_values or {})
        spec = spec._replace(predictions=predictions)
        for signature in ("predict", "serving_default"):
            output = (spec.export_outputs or {}).get(signature)
            if isinstance(output, PredictOutput):
                output.outputs.update({name: predictions[name] for name in names})
        return spec

    return Estimator(new_model_fn, model_dir=estimator.model_dir, config=estimator.config)
