"""Points in the plane that a line does not part: `tf.contrib.learn.datasets.synthetic`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.library.datasets.base import Dataset

_INSTEAD = "Consider using synthetic datasets from scikits.learn."


@export("contrib.learn.datasets.synthetic.circles")
@deprecated(None, _INSTEAD)
def circles(
    n_samples: int = 100,
    noise: float | None = None,
    seed: int | None = None,
    factor: float = 0.8,
    n_classes: int = 2,
    *args: Any,
    **kwargs: Any,
) -> Dataset:
    """Points on circles, one inside the other. Stands for
    `tf.contrib.learn.datasets.synthetic.circles`.

    Args:
      n_samples: how many points.
      noise: the deviation of what is added to them.
      seed: of NumPy's generator.
      factor: by how much each circle is smaller than the one before.
      n_classes: how many circles.
    """
    if seed is not None:
        np.random.seed(seed)
    each, extras = divmod(n_samples, n_classes)
    angles = np.linspace(0, 2 * np.pi, each)
    radii = factor ** np.arange(n_classes)[:, None]
    x = np.concatenate([*(np.cos(angles) * radii), np.cos(np.random.rand(extras) * 2 * np.pi)])
    y = np.concatenate([*(np.sin(angles) * radii), np.sin(np.random.rand(extras) * 2 * np.pi)])
    labels = np.concatenate([np.repeat(np.arange(n_classes), each), np.zeros(extras)])
    return _mixed(x, y, labels, noise)


@export("contrib.learn.datasets.synthetic.spirals")
@deprecated(None, _INSTEAD)
def spirals(
    n_samples: int = 100,
    noise: float | None = None,
    seed: int | None = None,
    mode: str = "archimedes",
    n_loops: float = 2,
    *args: Any,
    **kwargs: Any,
) -> Dataset:
    """Points on two spirals, one within the other. Stands for
    `tf.contrib.learn.datasets.synthetic.spirals`.

    Args:
      n_samples: how many points.
      noise: the deviation of what is added to them.
      seed: of NumPy's generator.
      mode: "archimedes", "bernoulli" (which takes `exp_scale` too) or "fermat".
      n_loops: how often they go round.

    Raises:
      ValueError: there is no such mode.
    """
    if mode not in _RADII:
        raise ValueError(f"Cannot generate spiral with mode {mode}")
    if seed is not None:
        np.random.seed(seed)
    each, extras = divmod(n_samples, 2)
    angles = np.linspace(0, 2 * n_loops * np.pi, each)
    parts = [_spiral(mode, angles, label * np.pi, **kwargs) for label in range(2)]
    if extras:
        parts.append(_spiral(mode, np.random.rand(extras) * 2 * np.pi, **kwargs))
    x, y = np.concatenate(parts, axis=1)
    labels = np.concatenate([np.repeat(np.arange(2), each), np.zeros(extras)])
    return _mixed(x, y, labels, noise)


# How far from the middle a spiral is at an angle.
_RADII: dict[str, Callable[..., Any]] = {
    "archimedes": lambda angle, **kwargs: angle,
    "bernoulli": lambda angle, exp_scale=0.1, **kwargs: np.exp(exp_scale * angle),
    "fermat": lambda angle, **kwargs: np.sqrt(angle),
}


def _spiral(mode: str, angles: Any, offset: float = 0.0, **kwargs: Any) -> Any:
    radius = _RADII[mode](angles, **kwargs)
    points = np.stack([radius * np.cos(angles + offset), radius * np.sin(angles + offset)])
    return points / np.abs(points).max(axis=1, keepdims=True)


def _mixed(x: Any, y: Any, labels: Any, noise: float | None) -> Dataset:
    """Points in random order."""
    points = np.stack([x, y], axis=1)
    order = np.random.permutation(range(len(points)))
    if noise is not None:
        points += np.random.normal(scale=noise, size=points.shape)
    return Dataset(data=points[order], target=labels.astype(np.int32)[order])
