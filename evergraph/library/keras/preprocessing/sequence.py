"""Sequences of numbers: one length for all, pairs of neighbours, windows over time."""

import json
import random
from typing import Any

import numpy as np

from evergraph.base.export import export
from evergraph.library.keras.utils.data_utils import Sequence


@export("keras.preprocessing.sequence.pad_sequences")
def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Sequences of one length, as an array. Stands for
    `tf.keras.preprocessing.sequence.pad_sequences`.

    Args:
      sequences: a list of sequences of numbers, or of arrays of one shape.
      maxlen: the length; default: that of the longest.
      dtype: the array's element type.
      padding: whether shorter ones are filled up "pre" (before them) or "post".
      truncating: whether longer ones lose their elements "pre" (the first ones) or "post".
      value: what they are filled up with.

    Raises:
      ValueError: for other sequences and settings.
    """
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    for x in sequences:
        if not hasattr(x, "__len__"):
            raise ValueError(f"`sequences` must be a list of iterables. Found non-iterable: {x}")
    lengths = [len(x) for x in sequences]
    maxlen = np.max(lengths) if maxlen is None else maxlen
    shape = next((np.asarray(x).shape[1:] for x in sequences if len(x)), ())
    if isinstance(value, str) and np.dtype(dtype).kind not in "OU":
        raise ValueError(
            f"`dtype` {dtype} is not compatible with `value`'s type: {type(value)}\n"
            "You should set `dtype=object` for variable length strings."
        )
    padded = np.full((len(lengths), maxlen, *shape), value, dtype=dtype)
    for i, sequence in enumerate(sequences):
        if not len(sequence):
            continue
        if truncating not in ("pre", "post"):
            raise ValueError(f'Truncating type "{truncating}" not understood')
        kept = sequence[-maxlen:] if truncating == "pre" else sequence[:maxlen]
        kept = np.asarray(kept, dtype=dtype)
        if kept.shape[1:] != shape:
            raise ValueError(
                f"Shape of sample {kept.shape[1:]} of sequence at position {i} is different from "
                f"expected shape {shape}"
            )
        if padding not in ("pre", "post"):
            raise ValueError(f'Padding type "{padding}" not understood')
        if padding == "post":
            padded[i, : len(kept)] = kept
        else:
            padded[i, -len(kept) :] = kept
    return padded


@export("keras.preprocessing.sequence.make_sampling_table")
def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """With what chance the words of each rank are kept, if ranks follow Zipf's law.

    Stands for `tf.keras.preprocessing.sequence.make_sampling_table`.

    Args:
      size: the number of words.
      sampling_factor: the less, the fewer frequent words are kept.
    """
    rank = np.arange(size)
    rank[0] = 1
    inverse = rank * (np.log(rank) + 0.577) + 0.5 - 1.0 / (12.0 * rank)
    share = sampling_factor * inverse
    return np.minimum(1.0, share / np.sqrt(share))


@export("keras.preprocessing.sequence.skipgrams")
def skipgrams(
    sequence: Any,
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[Any], list[Any]]:
    """Pairs of words that stand near one another, and of words that need not.

    Stands for `tf.keras.preprocessing.sequence.skipgrams`.

    Args:
      sequence: numbers of words; 0 is no word.
      vocabulary_size: the number of numbers.
      window_size: how far apart neighbours are at the most.
      negative_samples: how many random pairs there are for each pair of neighbours.
      shuffle: whether the pairs are put in a random order.
      categorical: whether labels are [0, 1] and [1, 0] rather than 1 and 0.
      sampling_table: with what chance a word is taken, by its number.
      seed: of the order; default: from Python's `random`, as all other choices.

    Returns:
      The pairs, and the labels.
    """
    couples = []
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        start, stop = max(0, i - window_size), min(len(sequence), i + window_size + 1)
        others = (sequence[j] for j in range(start, stop) if j != i)
        couples += [[word, other] for other in others if other]
    near, far = ([0, 1], [1, 0]) if categorical else (1, 0)
    labels: list[Any] = [near for _ in couples]
    if negative_samples > 0:
        count = int(len(labels) * negative_samples)
        words = [couple[0] for couple in couples]
        random.shuffle(words)
        couples += [
            [words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)
        ]
        labels += [far] * count
    if shuffle:
        seed = random.randint(0, 10_000_000) if seed is None else seed
        for part in (couples, labels):
            random.seed(seed)
            random.shuffle(part)
    return couples, labels


def _remove_long_seq(maxlen: int, seq: Any, label: Any) -> tuple[list[Any], list[Any]]:
    """The sequences that are shorter than `maxlen`, and their labels."""
    kept = [(x, y) for x, y in zip(seq, label, strict=False) if len(x) < maxlen]
    return [x for x, _ in kept], [y for _, y in kept]


@export("keras.preprocessing.sequence.TimeseriesGenerator")
class TimeseriesGenerator(Sequence):
    """Batches of windows over time, each with the target that follows it.

    Stands for `tf.keras.preprocessing.sequence.TimeseriesGenerator`.

    Args:
      data: an array or list whose first axis is time.
      targets: as long as `data`.
      length: of windows.
      sampling_rate: every how manieth time of a window is taken.
      stride: how far apart windows begin.
      start_index, end_index: what of `data` is used; the end is among it.
      shuffle: whether windows are taken at random, from NumPy's generator.
      reverse: whether time runs backwards in windows.
      batch_size: how many windows a batch has.

    Raises:
      ValueError: `targets` has another length, or there is no window.
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
    ) -> None:
        if len(data) != len(targets):
            raise ValueError(
                f"Data and targets have to be of same length. Data length is {len(data)} while "
                f"target length is {len(targets)}"
            )
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                f"`start_index+length={self.start_index} > end_index={self.end_index}` is "
                "disallowed, as no part of the sequence would be left to be used as current step."
            )

    def __len__(self) -> int:
        """The number of batches."""
        step = self.batch_size * self.stride
        return (self.end_index - self.start_index + step) // step

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Windows and targets of a batch."""
        rows: Any
        if self.shuffle:
            size = self.batch_size
            rows = np.random.randint(self.start_index, self.end_index + 1, size=size)
        else:
            step = self.batch_size * self.stride
            start = self.start_index + step * index
            rows = range(start, min(start + step, self.end_index + 1), self.stride)
        samples = np.array(
            [self.data[row - self.length : row : self.sampling_rate] for row in rows]
        )
        targets = np.array([self.targets[row] for row in rows])
        return (samples[:, ::-1, ...] if self.reverse else samples), targets

    def get_config(self) -> dict[str, Any]:
        """The arguments, with data and targets as JSON; TypeError where JSON has no such thing."""
        config = {}
        for name in ("data", "targets"):
            value = getattr(self, name)
            if type(value).__module__ == np.__name__:
                value = value.tolist()
            try:
                config[name] = json.dumps(value)
            except TypeError:
                raise TypeError(f"{name.capitalize()} not JSON Serializable:", value) from None
        names = ("length", "sampling_rate", "stride", "start_index", "end_index")
        others = (*names, "shuffle", "reverse", "batch_size")
        return config | {name: getattr(self, name) for name in others}

    def to_json(self, **kwargs: Any) -> str:
        """The configuration as JSON.

        Args:
          **kwargs: of `json.dumps`.
        """
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )


def timeseries_generator_from_json(json_string: str) -> TimeseriesGenerator:
    """The generator of a text of `TimeseriesGenerator.to_json`."""
    config = json.loads(json_string)["config"]
    for name in ("data", "targets"):
        config[name] = json.loads(config[name])
    return TimeseriesGenerator(**config)
