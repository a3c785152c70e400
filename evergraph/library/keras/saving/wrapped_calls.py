"""Functions in place of a layer's `call`: how they take `training`, and what losses they give."""

import types
from collections.abc import Callable
from typing import Any

from evergraph.api.smart_cond import smart_cond
from evergraph.base import tf_inspect
from evergraph.base.decorator import make_decorator
from evergraph.library.keras import backend


def training_index(call: Any) -> int:
    """The place of `training` among the positional arguments of a call, -1 if it has none."""
    names = tf_inspect.getfullargspec(call).args
    if tf_inspect.ismethod(call):
        names = names[1:]
    return names.index("training") if "training" in names else -1


def training_of(index: int, args: Any, kwargs: dict[str, Any]) -> Any:
    """The value of `training` in a call, None if it is not given."""
    return args[index] if 0 <= index < len(args) else kwargs.get("training")


def set_training(value: Any, index: int, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Sets `training` in the arguments of a call."""
    if 0 <= index < len(args):
        args[index] = value
    else:
        kwargs["training"] = value


def remove_training(index: int, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Takes `training` out of the arguments of a call."""
    if 0 <= index < len(args):
        args.pop(index)
    else:
        kwargs.pop("training", None)


def with_training(
    original_call: Any, wrapped_call: Any, expects_training: bool, default: Any
) -> tuple[Any, Any]:
    """Makes the value of `training` known to a function that is made for True and for False.

    Args:
      original_call: the layer's call, which tells the arguments.
      wrapped_call: the function.
      expects_training: whether the layer takes `training` at all.
      default: its value where it is not given; None and False stand for the learning phase.

    Returns:
      A function that calls `wrapped_call` with a bool, once for each branch if the value is a
      tensor, and its FullArgSpec; or `wrapped_call` and None where `training` means nothing.
    """
    if not expects_training:
        return wrapped_call, None

    def wrap_with_training_arg(*args: Any, **kwargs: Any) -> Any:
        index = training_index(original_call)
        training = training_of(index, args, kwargs)
        if training is None:
            training = default or backend.learning_phase()
        given, named = list(args), dict(kwargs)

        def called(value: bool) -> Any:
            set_training(value, index, given, named)
            return wrapped_call(*given, **named)

        return smart_cond(training, lambda: called(True), lambda: called(False))

    spec = tf_inspect.getfullargspec(original_call)
    defaults, only = list(spec.defaults or ()), list(spec.kwonlyargs)
    only_defaults = dict(spec.kwonlydefaults or {})
    if "training" in spec.args:
        place = spec.args.index("training") - len(spec.args)
        if len(defaults) >= -place and defaults[place] is None:
            defaults[place] = default
    else:
        only.append("training")
        only_defaults["training"] = default
    return wrap_with_training_arg, spec._replace(
        defaults=defaults, kwonlyargs=only, kwonlydefaults=only_defaults
    )


def use_wrapped_call(
    layer: Any, function: Any, default_training: Any = None, as_method: bool = False
) -> Callable[..., Any]:
    """A `call` by a function of the inputs that gives outputs and losses: the losses are added.

    Args:
      layer: the layer.
      function: a `tf.function`.
      default_training: see `with_training`.
      as_method: whether the result is bound to the layer.
    """
    original = getattr(function, "original_call", function)
    called, spec = with_training(original, function, layer._expects_training_arg, default_training)

    def return_outputs_and_add_losses(*args: Any, **kwargs: Any) -> Any:
        inputs, *others = args[1:] if as_method else args
        outputs, losses = called(inputs, *others, **kwargs)
        layer.add_loss(losses, inputs)
        return outputs

    made = make_decorator(
        function, return_outputs_and_add_losses, decorator_name="call", decorator_argspec=spec
    )
    return types.MethodType(made, layer) if as_method else made
