"""Layers made for one call: what the functions of tf.layers do."""

from typing import Any


def called(layer_class: Any, arguments: dict[str, Any], **call_arguments: Any) -> Any:
    """The output of a new layer.

    Args:
      layer_class: its class.
      arguments: those of the function, from its `locals()`: `inputs`, `name`, perhaps `reuse`, and
        what the class takes.
      **call_arguments: those of the call.
    """
    settings = {name: value for name, value in arguments.items() if name != "inputs"}
    if "reuse" in settings:
        settings |= {"_reuse": settings.pop("reuse"), "_scope": settings["name"]}
    return layer_class(**settings)(arguments["inputs"], **call_arguments)
