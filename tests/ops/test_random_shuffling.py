"""Orders of seeded shuffles; those expected are of TensorFlow 1.15.5."""

from itertools import islice

from evergraph.kernels.random_shuffling import WordSource, shuffled

SEEDS = (87654321, 3)  # op seed 3


def numbers(n):
    return lambda: iter(range(n))


def test_random_shuffle_queue():
    # tf.RandomShuffleQueue(50, 0, seed=11) of 0..19
    source, left, order = WordSource(87654321, 11), list(range(20)), []
    while left:
        place = source.next() % len(left)
        left[place], left[-1] = left[-1], left[place]
        order.append(left.pop())
    assert order == [11, 19, 7, 10, 15, 8, 14, 18, 13, 3, 17, 5, 16, 9, 1, 4, 12, 2, 6, 0]


def test_an_iterator_of_a_reshuffled_data_set_has_seeds_of_its_own():
    # Dataset.range(20).shuffle(7, seed=3)
    source = WordSource(*WordSource(*SEEDS).seeds())
    assert list(shuffled(numbers(20), 7, source)) == [
        5,
        2,
        0,
        6,
        10,
        8,
        3,
        9,
        11,
        1,
        7,
        15,
        18,
        13,
        19,
        16,
        17,
        4,
        12,
        14,
    ]
    # Dataset.range(10).shuffle(100, seed=3)
    source = WordSource(*WordSource(*SEEDS).seeds())
    assert list(shuffled(numbers(10), 100, source)) == [4, 7, 2, 6, 8, 0, 3, 1, 5, 9]
    # Dataset.range(10).repeat(3).shuffle(4, seed=3)
    source = WordSource(*WordSource(*SEEDS).seeds())
    assert list(shuffled(lambda: iter(list(range(10)) * 3), 4, source)) == [
        0,
        3,
        2,
        1,
        4,
        7,
        6,
        9,
        8,
        1,
        0,
        2,
        5,
        6,
        5,
        7,
        4,
        3,
        8,
        9,
        1,
        3,
        0,
        5,
        7,
        8,
        9,
        4,
        6,
        2,
    ]


def test_without_reshuffling_the_seeds_are_used_as_they_are():
    # Dataset.range(10).shuffle(4, seed=3, reshuffle_each_iteration=False).repeat(3)
    epochs = [list(shuffled(numbers(10), 4, WordSource(*SEEDS))) for _ in range(3)]
    assert sum(epochs, []) == [
        3,
        4,
        2,
        0,
        7,
        5,
        6,
        8,
        9,
        1,
        3,
        4,
        2,
        0,
        7,
        5,
        6,
        8,
        9,
        1,
        3,
        4,
        2,
        0,
        7,
        5,
        6,
        8,
        9,
        1,
    ]


def test_shuffle_and_repeat():
    # Dataset.range(10).shuffle(4, seed=3).repeat(3), which TensorFlow fuses, and
    # Dataset.range(10).apply(tf.data.experimental.shuffle_and_repeat(4, 3, seed=3))
    want = [
        3,
        4,
        2,
        0,
        7,
        5,
        6,
        8,
        9,
        1,
        2,
        1,
        0,
        6,
        7,
        5,
        4,
        3,
        9,
        8,
        2,
        0,
        3,
        6,
        4,
        1,
        7,
        8,
        9,
        5,
    ]
    assert list(shuffled(numbers(10), 4, WordSource(*SEEDS), 3)) == want
    endless = shuffled(numbers(10), 4, WordSource(*SEEDS), -1)
    assert list(islice(endless, 20)) == want[:20]


def test_empty_inputs_end():
    for count in (1, 3, -1):
        assert list(shuffled(numbers(0), 4, WordSource(*SEEDS), count)) == []


def test_words_are_those_of_the_stream():
    source, stream = WordSource(5, 6), WordSource(5, 6)._stream
    assert [source.next() for _ in range(1000)] == stream.words(1000).tolist()
