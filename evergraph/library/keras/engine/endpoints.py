"""The outputs of a model as it is trained: their losses, targets and weights of examples."""

from collections.abc import Mapping, Sequence
from typing import Any

from evergraph.api import math_ops
from evergraph.api.creation import placeholder, placeholder_with_default
from evergraph.base.platform import logging
from evergraph.graph.composite import SparseTensor
from evergraph.graph.constant import constant
from evergraph.graph.conversion import is_tensor
from evergraph.graph.defaults import executing_eagerly, name_scope
from evergraph.library.keras import losses
from evergraph.library.keras.backend import floatx, image_data_format
from evergraph.library.keras.engine.node import int_shape
from evergraph.library.losses.util import squeeze_or_expand_dimensions


def check_keys(what: str, given: Mapping[str, Any], names: Sequence[str]) -> None:
    """ValueError for keys that are no names."""
    unknown = set(given).difference(names)
    if unknown:
        raise ValueError(
            f"Unknown entries in {what} dictionary: {list(unknown)}. Only expected following keys: "
            f"{list(names)}"
        )


def loss_of(loss: Any) -> Any:
    """A loss that tells its `call` and `reduction`, of a name, a function or a configuration."""
    if loss is None or isinstance(loss, losses.Loss):
        return loss
    if callable(loss) and not hasattr(loss, "__name__"):
        return loss
    function = losses.get(loss)
    if isinstance(function, losses.Loss):
        return function
    return losses.LossFunctionWrapper(
        function, reduction=losses.Reduction.SUM_OVER_BATCH_SIZE, name=function.__name__
    )


def losses_of(loss: Any, names: Sequence[str]) -> list[Any]:
    """The loss of each output, None where there is none.

    Raises:
      ValueError: a list of another length, or unknown names.
    """
    if isinstance(loss, Mapping):
        check_keys("loss", loss, names)
        for name in names:
            if name not in loss:
                logging.warning(
                    f"Output {name} missing from loss dictionary. We assume this was done on "
                    "purpose. The fit and evaluate APIs will not be expecting any data to be "
                    f"passed to {name}."
                )
        return [loss_of(loss.get(name)) for name in names]
    if isinstance(loss, Sequence) and not isinstance(loss, str):
        if len(loss) != len(names):
            raise ValueError(
                "When passing a list as loss, it should have one entry per model outputs. The "
                f"model has {len(names)} outputs, but you passed loss={loss}"
            )
        return [loss_of(one) for one in loss]
    return [loss_of(loss) for _ in names]


class Endpoint:
    """One output: what it is compared with, and how much that counts.

    Args:
      output, name: the output.
      loss: None if it is not trained.
      target: a tensor to compare with; default: a placeholder.
    """

    loss_weight: Any = 1.0
    loss_metric: Any = None
    sample_weight: Any = None
    # A tensor in place of a placeholder for weights.
    given_weight: Any = None
    mode: str | None = None

    def __init__(self, output: Any, name: str, loss: Any, target: Any) -> None:
        self.output = output
        self.name = name
        self.loss = loss
        self.fed = loss is not None and (target is None or target.op.type.startswith("Placeholder"))
        self.target = target
        if target is None and loss is not None and not executing_eagerly():
            shape = [None] * len(int_shape(output) or ())
            self.target = placeholder(output.dtype, shape, name=f"{name}_target")

    @property
    def loss_name(self) -> str:
        return self.name + "_loss"

    @property
    def weights_differ(self) -> bool:
        """Whether the nodes of the loss do not fit the mode of weights."""
        return (self.mode is None) != (self.sample_weight is None)

    def set_mode(self, mode: Any) -> None:
        """Says whether there are weights: "samplewise", "temporal" or None."""
        if self.fed:
            self.mode = mode

    def make_weight(self) -> None:
        """A placeholder for weights, if there are some."""
        self.sample_weight = self.given_weight
        if self.given_weight is not None or self.mode is None or not self.fed:
            return
        temporal = self.mode == "temporal"
        self.sample_weight = placeholder_with_default(
            constant([[1.0]] if temporal else [1.0], dtype=floatx()),
            shape=[None, None] if temporal else [None],
            name=f"{self.name}_sample_weights",
        )

    @property
    def target_shape(self) -> Any:
        """The shape that targets should have, None where the loss does not tell."""
        shape = int_shape(self.output)
        if shape is None or not isinstance(self.loss, losses.Loss):
            return None
        function = getattr(self.loss, "fn", None)
        if function is losses.sparse_categorical_crossentropy:
            if image_data_format() == "channels_first":
                return (shape[0], 1, *shape[2:])
            return (*shape[:-1], 1)
        own = function is not None and not hasattr(losses, getattr(function, "__name__", ""))
        return None if own else shape


def masked_weights(mask: Any, weights: Any, dtype: Any) -> Any:
    """The weights of examples, 0 where the mask hides them."""
    if mask is None:
        return weights
    mask = math_ops.cast(mask, dtype)
    if weights is None:
        return mask
    mask, _, weights = squeeze_or_expand_dimensions(mask, sample_weight=weights)
    return weights * mask


def loss_value(endpoint: Endpoint, target: Any, output: Any, weights: Any) -> Any:
    """The loss of an output, weighted and reduced."""
    loss = endpoint.loss
    with name_scope(endpoint.loss_name):
        weights = masked_weights(getattr(output, "_keras_mask", None), weights, output.dtype)
        if not hasattr(loss, "reduction"):
            return loss(target, output, sample_weight=weights)
        single = losses.weighted(loss.call(target, output), weights, losses.Reduction.NONE)
        reduction = loss.reduction
        if reduction == losses.Reduction.AUTO:
            reduction = losses.Reduction.SUM_OVER_BATCH_SIZE
        return losses.reduced(single, reduction)


def check_targets(targets: Sequence[Any], endpoints: Sequence[Endpoint]) -> None:
    """ValueError for targets of another shape than the output, where the loss needs the same."""
    for target, endpoint in zip(targets, endpoints, strict=True):
        if target is None or is_tensor(target) or isinstance(target, SparseTensor):
            continue
        function = getattr(endpoint.loss, "fn", None)
        shape = target.shape
        if function is losses.categorical_crossentropy and shape[-1] == 1:
            raise ValueError(
                f"You are passing a target array of shape {shape} while using as loss "
                "`categorical_crossentropy`. `categorical_crossentropy` expects targets to be "
                "binary matrices (1s and 0s) of shape (samples, classes). If your targets are "
                "integer classes, you can convert them to the expected format via:\n```\nfrom "
                "keras.utils import to_categorical\ny_binary = to_categorical(y_int)\n```\n\n"
                "Alternatively, you can use the loss function `sparse_categorical_crossentropy` "
                "instead, which does expect integer targets."
            )
        if function not in (
            losses.mean_squared_error,
            losses.binary_crossentropy,
            losses.categorical_crossentropy,
        ):
            continue
        wanted = endpoint.target_shape
        if any(s is not None and s != n for n, s in zip(shape[1:], wanted[1:], strict=False)):
            raise ValueError(
                f"A target array with shape {shape} was passed for an output of shape {wanted} "
                f"while using as loss `{endpoint.loss.name}`. This loss expects targets to have "
                "the same shape as the output."
            )


def set_loss_weights(endpoints: Sequence[Endpoint], given: Any) -> None:
    """Gives each output the factor of its loss.

    Raises:
      ValueError: a list of another length, or unknown names.
      TypeError: for anything else than None, a list or a dict.
    """
    if given is None:
        return
    names = [e.name for e in endpoints]
    if isinstance(given, Mapping):
        check_keys("loss_weights", given, names)
        factors = [given.get(name, 1.0) for name in names]
    elif isinstance(given, list):
        if len(given) != len(names):
            raise ValueError(
                "When passing a list as loss_weights, it should have one entry per model output. "
                f"The model has {len(names)} outputs, but you passed loss_weights={given}"
            )
        factors = given
    else:
        raise TypeError(
            f"Could not interpret loss_weights argument: {given} - expected a list of dicts."
        )
    for endpoint, factor in zip(endpoints, factors, strict=True):
        endpoint.loss_weight = factor


def set_weight_modes(endpoints: Sequence[Endpoint], given: Any) -> None:
    """Gives each output its `sample_weight_mode`.

    Raises:
      ValueError: a list of another length, or unknown or missing names.
    """
    modes = [given] * len(endpoints)
    if isinstance(given, Mapping):
        check_keys("sample_weight_mode", given, [e.name for e in endpoints])
        for endpoint in endpoints:
            if endpoint.fed and endpoint.name not in given:
                raise ValueError(
                    f"Output {endpoint.name}missing from `_sample_weight_modes` dictionary"
                )
        modes = [given.get(e.name) for e in endpoints]
    elif isinstance(given, (list, tuple)):
        if len(given) != len(endpoints):
            raise ValueError(
                "When passing a list as sample_weight_mode, it should have one entry per model "
                f"output. The model has {len(endpoints)} outputs, but you passed "
                f"{len(given)}_sample_weight_modes."
            )
        modes = list(given)
    for endpoint, mode in zip(endpoints, modes, strict=True):
        endpoint.set_mode(mode)


def targets_of(given: Any, names: Sequence[str]) -> list[Any]:
    """The tensors of `target_tensors`, one for each output, or None.

    Raises:
      ValueError: a list of another length, or unknown names.
      TypeError: for anything else than a tensor, a list or a dict.
    """
    if given is None or (isinstance(given, list) and not given):
        return [None] * len(names)
    if isinstance(given, list):
        if len(given) != len(names):
            raise ValueError(
                "When passing a list as `target_tensors`, it should have one entry per model "
                f"output. The model has {len(names)} outputs, but you passed "
                f"target_tensors={given}"
            )
        return given
    if isinstance(given, dict):
        unknown = set(given).difference(names)
        if unknown:
            raise ValueError(
                f'Unknown entry in `target_tensors` dictionary: "{unknown}". Only expected the '
                f"following keys: {list(names)}"
            )
        return [given.get(name) for name in names]
    if is_tensor(given):
        return [given]
    raise TypeError(
        "Expected `target_tensors` to be a list or tuple or dict or a single tensor, but got:",
        given,
    )
