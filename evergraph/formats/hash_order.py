"""The order of TensorFlow's hash maps of names, which programs see when they print such a map.

It is that of `std::unordered_map<std::string, ...>` in GNU's C++ library: MurmurHash64A over
buckets that chain into one list, whose newest members stand in front.
"""

from collections.abc import Sequence

from evergraph.base.murmur import hash64

_BUCKETS = (3, 7, 17, 37, 79, 167, 337, 709, 1493, 3209, 6427, 12983, 26267, 53201)
_SEED = 0xC70F6907


def hash_order(names: Sequence[str]) -> list[str]:
    """`names`, which were inserted in this order, as the map lists them.

    Where there are more than the table of sizes is good for, the order is that of insertion.
    """
    if len(names) >= _BUCKETS[-1]:
        return list(names)
    hashes = [hash64(name.encode(errors="surrogateescape"), _SEED) for name in names]
    listed: list[int] = []
    for buckets in _BUCKETS:
        # A map that grows inserts what it lists once more.
        waiting = [*listed, *range(len(listed), min(buckets - 1, len(names)))]
        chains: dict[int, list[int]] = {}
        for i in waiting:
            chains.setdefault(hashes[i] % buckets, []).append(i)
        listed = [i for chain in reversed(chains.values()) for i in reversed(chain)]
        if len(listed) == len(names):
            break
    return [names[i] for i in listed]
