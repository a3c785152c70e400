"""Data sets by name: `tf.contrib.learn.datasets`."""

from collections.abc import Callable
from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export, export_constant
from evergraph.library.datasets.base import load_boston, load_iris
from evergraph.library.datasets.mnist import load_mnist
from evergraph.library.datasets.synthetic import circles, spirals

DATASETS: dict[str, Callable[..., Any]] = {
    "iris": load_iris,
    "boston": load_boston,
    "mnist": load_mnist,
}
SYNTHETIC: dict[str, Callable[..., Any]] = {"circles": circles, "spirals": spirals}
for _name in ("DATASETS", "SYNTHETIC"):
    export_constant(__name__, _name, f"contrib.learn.datasets.{_name}")


@export("contrib.learn.datasets.load_dataset")
@deprecated(None, "Please use tf.data.")
def load_dataset(name: str, size: str = "small", test_with_fake_data: bool = False) -> Any:
    """One of DATASETS. Stands for `tf.contrib.learn.datasets.load_dataset`.

    Args:
      name: "iris", "boston" or "mnist".
      size, test_with_fake_data: not used: they are of a data set that is not here, "dbpedia".

    Raises:
      ValueError: there is none of this name.
    """
    if name not in DATASETS:
        raise ValueError(f"Name of dataset is not found: {name}")
    return DATASETS[name]()


@export("contrib.learn.datasets.make_dataset")
@deprecated(None, "Please use tf.data.")
def make_dataset(
    name: str,
    n_samples: int = 100,
    noise: float | None = None,
    seed: int | None = 42,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """One of SYNTHETIC. Stands for `tf.contrib.learn.datasets.make_dataset`.

    Args:
      name: "circles" or "spirals".
      n_samples, noise, seed: as of these.
      kwargs: what else the function takes.

    Raises:
      ValueError: there is none of this name.
    """
    if name not in SYNTHETIC:
        raise ValueError(f"Synthetic dataset not found or not implemeted: {name}")
    return SYNTHETIC[name](*args, n_samples=n_samples, noise=noise, seed=seed, **kwargs)
