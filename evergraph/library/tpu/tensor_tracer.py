"""Where TensorFlow traces tensors of TPUs; here it is never asked for."""

from typing import Any


class TensorTracer:
    """Writes down what tensors of a TPU hold. Programs ask whether it is enabled."""

    @staticmethod
    def is_enabled() -> bool:
        """False: there is no TPU to trace."""
        return False

    def trace_tpu(self, *args: Any, **kwargs: Any) -> Any:
        """Not here."""
        raise NotImplementedError("tensorflow.python.tpu.tensor_tracer.TensorTracer.trace_tpu")

    def trace_cpu(self, *args: Any, **kwargs: Any) -> Any:
        """Not here."""
        raise NotImplementedError("tensorflow.python.tpu.tensor_tracer.TensorTracer.trace_cpu")
