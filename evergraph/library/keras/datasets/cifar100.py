"""Small photographs of a hundred kinds: `tf.keras.datasets.cifar100`."""

from evergraph.base.export import export
from evergraph.library.keras.datasets.parts import Split, cifar

_ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
_HASH = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"


@export("keras.datasets.cifar100.load_data")
def load_data(label_mode: str = "fine") -> Split:
    """50,000 and 10,000 photographs, uint8 [n, 32, 32, 3], and
    their kinds, [n, 1]. Stands for `tf.keras.datasets.cifar100.load_data`.

    Args:
      label_mode: "fine" for 100 kinds, "coarse" for 20.

    Raises:
      ValueError: another mode.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError('`label_mode` must be one of `"fine"`, `"coarse"`.')
    batch = cifar("cifar-100-python", _ORIGIN, _HASH)
    return batch("train", f"{label_mode}_labels"), batch("test", f"{label_mode}_labels")
