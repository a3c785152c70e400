"""The switch for TensorFlow 2 behaviour; off unless a program turns it on."""


class _Switch:
    """One flag, held by an object so that it can be set without module globals."""

    def __init__(self) -> None:
        self.on = False


_switch = _Switch()


def enable() -> None:
    """Turn TensorFlow 2 behaviour on."""
    _switch.on = True


def disable() -> None:
    """Turn TensorFlow 2 behaviour off, which is the default."""
    _switch.on = False


def enabled() -> bool:
    """Whether TensorFlow 2 behaviour is on."""
    return _switch.on
