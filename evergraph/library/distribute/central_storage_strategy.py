"""Where TensorFlow has `CentralStorageStrategy`."""

from evergraph.library.distribute.parameter_server_strategy import CentralStorageStrategy

__all__ = ["CentralStorageStrategy"]
