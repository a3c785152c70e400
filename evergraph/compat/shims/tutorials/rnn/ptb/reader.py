"""The text of the Penn Treebank as numbers, and batches of it: `tutorials.rnn.ptb.reader`."""

import collections
import os
from collections.abc import Iterator, Sequence

import numpy as np

from evergraph.api import array_ops, check_ops
from evergraph.base import dtypes
from evergraph.base.platform.gfile import GFile
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.train.input import range_input_producer


def _read_words(filename: str) -> list[str]:
    """The words of a file; the end of a line is the word <eos>."""
    with GFile(filename, "r") as file:
        return file.read().replace("\n", "<eos>").split()


def _build_vocab(filename: str) -> dict[str, int]:
    """The number of each word of a file: the most frequent is 0, ties go by the alphabet."""
    count = collections.Counter(_read_words(filename))
    return {word: i for i, word in enumerate(sorted(count, key=lambda w: (-count[w], w)))}


def _file_to_word_ids(filename: str, word_to_id: dict[str, int]) -> list[int]:
    """The numbers of a file's words, but for those that have none."""
    return [word_to_id[word] for word in _read_words(filename) if word in word_to_id]


def ptb_raw_data(data_path: str) -> tuple[list[int], list[int], list[int], int]:
    """The words of ptb.train.txt, ptb.valid.txt and ptb.test.txt as numbers.

    Args:
      data_path: the folder of the files.

    Returns:
      The numbers of the three files, and how many different words the first one has.
    """
    paths = [os.path.join(data_path, f"ptb.{part}.txt") for part in ("train", "valid", "test")]
    word_to_id = _build_vocab(paths[0])
    train, valid, test = (_file_to_word_ids(path, word_to_id) for path in paths)
    return train, valid, test, len(word_to_id)


def ptb_producer(
    raw_data: Sequence[int], batch_size: int, num_steps: int, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The next batch of sequences, and the words that follow, at each run.

    The text is cut into `batch_size` long rows; a batch is the next `num_steps` columns. A queue
    counts: start its threads with `tf.train.start_queue_runners`.

    Args:
      raw_data: the numbers of the words.
      batch_size: how many rows.
      num_steps: how many words of each row.
      name: a name scope for the nodes.

    Returns:
      Two int32 tensors [batch_size, num_steps], the second one word ahead.

    At run time: InvalidArgumentError if the text is too short for one batch.
    """
    with name_scope(name, "PTBProducer", [raw_data, batch_size, num_steps]):
        words = convert_to_tensor(raw_data, name="raw_data", dtype=dtypes.int32)
        length = array_ops.size(words) // batch_size
        rows = array_ops.reshape(words[0 : batch_size * length], [batch_size, length])
        batches = (length - 1) // num_steps
        enough = check_ops.assert_positive(
            batches, message="epoch_size == 0, decrease batch_size or num_steps"
        )
        with control_dependencies([enough]):
            batches = array_ops.identity(batches, name="epoch_size")
        i = range_input_producer(batches, shuffle=False).dequeue()
        x = array_ops.strided_slice(rows, [0, i * num_steps], [batch_size, (i + 1) * num_steps])
        x.set_shape([batch_size, num_steps])
        y = array_ops.strided_slice(
            rows, [0, i * num_steps + 1], [batch_size, (i + 1) * num_steps + 1]
        )
        y.set_shape([batch_size, num_steps])
        return x, y


def ptb_iterator(
    raw_data: Sequence[int], batch_size: int, num_steps: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The same batches as arrays, for programs older than queues.

    Raises:
      ValueError: the text is too short for one batch.
    """
    length = len(raw_data) // batch_size
    rows = np.array(raw_data[: batch_size * length], np.int32).reshape(batch_size, length)
    batches = (length - 1) // num_steps
    if batches == 0:
        raise ValueError("epoch_size == 0, decrease batch_size or num_steps")
    for start in range(0, batches * num_steps, num_steps):
        yield rows[:, start : start + num_steps], rows[:, start + 1 : start + num_steps + 1]
