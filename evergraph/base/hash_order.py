"""The order of TensorFlow's hash maps, which programs see when they print or export such a map.

It is that of `std::unordered_map` in GNU's C++ library: buckets that chain into one list, whose
newest members stand in front. Strings hash by MurmurHash64A, whole numbers are their own hashes.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from evergraph.base.murmur import hash64

_BUCKETS = (
    (3, 7, 17, 37, 79, 167, 337, 709, 1493, 3209, 6427, 12983, 26267, 53201)
    + (107897, 218971, 444487, 902483, 1832561, 3721303, 7556579, 15345007)
    + (31160981, 63278561, 128497223, 260935177, 529902037, 1076067617)
)
_SEED = 0xC70F6907
_MASK = (1 << 64) - 1


class HashOrder:
    """The order of a map's keys, which are whole numbers or bytes.

    Changes are only noted; the order is found out when somebody asks for it.
    """

    def __init__(self) -> None:
        self._size = 0
        self._buckets = 1
        # Buckets from the oldest to the newest, each with its keys from the oldest to the newest.
        self._chains: dict[int, dict[Any, int]] = {}
        self._noted: list[tuple[bool, Any]] = []

    def add(self, key: Any) -> None:
        """Notes a key that was not in the map."""
        self._noted.append((True, key))

    def remove(self, key: Any) -> None:
        """Notes that a key is gone."""
        self._noted.append((False, key))
        # A map that is never listed must not remember its whole history.
        if len(self._noted) > 1000 + 4 * self._size:
            self._settle()

    def clear(self) -> None:
        """Notes that the map is empty, which keeps its buckets."""
        self._settle()
        self._chains.clear()
        self._size = 0

    def keys(self) -> Iterator[Any]:
        """The keys as the map lists them."""
        self._settle()
        for chain in reversed(self._chains.values()):
            yield from reversed(chain)

    def _settle(self) -> None:
        for is_new, key in self._noted:
            if is_new:
                if self._size + 1 >= self._buckets:
                    self._grow()
                self._put(key, _hash(key))
                self._size += 1
            else:
                self._take(key)
        self._noted.clear()

    def _put(self, key: Any, hashed: int) -> None:
        self._chains.setdefault(hashed % self._buckets, {})[key] = hashed

    def _take(self, key: Any) -> None:
        at = _hash(key) % self._buckets
        chain = self._chains[at]
        del chain[key]
        if not chain:
            del self._chains[at]
        self._size -= 1

    def _grow(self) -> None:
        # A map that grows inserts what it lists once more.
        listed = [i for chain in reversed(self._chains.values()) for i in reversed(chain.items())]
        self._buckets = next(b for b in _BUCKETS if b > self._buckets)
        self._chains = {}
        for key, hashed in listed:
            self._put(key, hashed)


def _hash(key: Any) -> int:
    return hash64(key, _SEED) if isinstance(key, bytes) else key & _MASK


def hash_order(names: Sequence[str]) -> list[str]:
    """`names`, which were inserted in this order, as a map lists them."""
    order = HashOrder()
    for name in names:
        order.add(name.encode(errors="surrogateescape"))
    return [key.decode(errors="surrogateescape") for key in order.keys()]
