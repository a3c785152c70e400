"""Where TensorFlow has `MirroredStrategy`."""

from evergraph.library.distribute.one_device_strategy import MirroredStrategy

__all__ = ["MirroredStrategy"]
