"""Seeds one after another."""

import hashlib
from typing import Any

from evergraph.base.export import export


@export("contrib.distributions.SeedStream")
class SeedStream:
    """Calls give seeds that look independent, made of one seed. Stands for
    `tf.contrib.distributions.SeedStream`.

    Args:
      seed: an int, None for seeds that are None, or another stream, whose seed is taken.
      salt: a word that tells this stream from others of the same seed.
    """

    def __init__(self, seed: Any, salt: str) -> None:
        self._seed = seed.original_seed if isinstance(seed, SeedStream) else seed
        self._salt = salt
        self._counter = 0

    def __call__(self) -> int | None:
        """The next seed."""
        self._counter += 1
        if self._seed is None:
            return None
        text = str((self._seed, self._counter, self._salt))
        return int(hashlib.sha512(text.encode("utf-8")).hexdigest(), 16)

    @property
    def original_seed(self) -> Any:
        """The seed that it is made of."""
        return self._seed

    @property
    def salt(self) -> str:
        """The word."""
        return self._salt
