"""The status object that private callers of TensorFlow pass around."""

from evergraph.base.errors import Status


class ScopedTFStatus:
    """Holds a `Status`, as `tensorflow.python.framework.c_api_util.ScopedTFStatus`."""

    def __init__(self) -> None:
        self.status = Status()
