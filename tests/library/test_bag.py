"""Drawing many numbers at once gives what drawing one after another gives."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evergraph.kernels.bag import Bag


@given(st.integers(1, 300), st.lists(st.integers(1, 300), max_size=4), st.integers(0, 2**32))
def test_as_one_after_another(size, counts, seed):
    random = np.random.RandomState(seed % 2**32)
    bag, numbers = Bag(), list(range(size))
    bag.add(np.arange(size // 2))
    bag.add(np.arange(size // 2, size))
    for count in counts:
        count = min(count, len(numbers))
        words = random.randint(0, 2**32, count, np.uint32)
        expected = []
        for word in words.tolist():
            place = word % len(numbers)
            expected.append(numbers[place])
            numbers[place] = numbers[-1]
            numbers.pop()
        assert bag.draw(words).tolist() == expected
        assert len(bag) == len(numbers)
        bag.add(np.arange(5) + 1000)
        numbers += range(1000, 1005)
