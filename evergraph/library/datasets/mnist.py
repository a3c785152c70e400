"""MNIST as TensorFlow's tutorials read it: `input_data.read_data_sets` and its batches."""

import gzip
import os
from typing import IO, Any

import numpy as np

from evergraph.api.random_seed import get_seed
from evergraph.base import dtypes
from evergraph.base.export import export, export_constant
from evergraph.base.platform import gfile
from evergraph.library.datasets import mnist_files
from evergraph.library.datasets.base import Datasets

DEFAULT_SOURCE_URL = mnist_files.MIRRORS[0]
export_constant(__name__, "DEFAULT_SOURCE_URL", "contrib.learn.datasets.mnist.DEFAULT_SOURCE_URL")

FAKE_EXAMPLES = 10000
PIXELS = 784


def _read_idx(file: IO[bytes], magic: int, rank: int, kind: str) -> np.ndarray:
    """The array of bytes in a gzipped IDX file."""
    print("Extracting", file.name)
    with gzip.GzipFile(fileobj=file) as stream:
        found = int.from_bytes(stream.read(4), "big")
        if found != magic:
            raise ValueError(f"Invalid magic number {found} in MNIST {kind} file: {file.name}")
        shape = tuple(np.frombuffer(stream.read(4 * rank), ">u4").tolist())
        return np.frombuffer(stream.read(int(np.prod(shape))), np.uint8).reshape(shape)


@export("contrib.learn.datasets.mnist.extract_images")
def extract_images(f: IO[bytes]) -> np.ndarray:
    """Read the images of an open, gzipped IDX file: uint8, [number, rows, columns, 1].

    Stands for `tf.contrib.learn.datasets.mnist.extract_images`.

    Raises:
      ValueError: If it is not a file of images.
    """
    return _read_idx(f, 2051, 3, "image")[..., np.newaxis]


@export("contrib.learn.datasets.mnist.extract_labels")
def extract_labels(f: IO[bytes], one_hot: bool = False, num_classes: int = 10) -> np.ndarray:
    """Read the labels of an open, gzipped IDX file.

    They are uint8, [number], or with `one_hot` float64, [number, num_classes]. Stands for
    `tf.contrib.learn.datasets.mnist.extract_labels`.

    Raises:
      ValueError: If it is not a file of labels.
    """
    labels = _read_idx(f, 2049, 1, "label")
    return dense_to_one_hot(labels, num_classes) if one_hot else labels


@export("contrib.learn.datasets.mnist.dense_to_one_hot")
def dense_to_one_hot(labels_dense: np.ndarray, num_classes: int) -> np.ndarray:
    """One-hot rows, float64 [number, num_classes], of class numbers.

    Stands for `tf.contrib.learn.datasets.mnist.dense_to_one_hot`.
    """
    one_hot = np.zeros((labels_dense.shape[0], num_classes))
    one_hot[np.arange(labels_dense.shape[0]), labels_dense.ravel()] = 1
    return one_hot


@export("contrib.learn.datasets.mnist.DataSet")
class DataSet:
    """Images with their labels, handed out in batches.

    `images` [number, rows, columns, 1] and `labels` [number, ...] are arrays. With `reshape` the
    images become [number, rows * columns]. `dtype` float32 scales them from [0, 255] to [0, 1];
    uint8 leaves them. `fake_data` stands for 10,000 made-up examples, with `one_hot` labels or
    not. Making a DataSet seeds NumPy's global generator, from `seed` or the graph's, for it is
    that generator which shuffles. Stands for `tf.contrib.learn.datasets.mnist.DataSet`.

    Raises:
      TypeError: If `dtype` is neither uint8 nor float32.
    """

    def __init__(
        self,
        images: Any,
        labels: Any,
        fake_data: bool = False,
        one_hot: bool = False,
        dtype: Any = dtypes.float32,
        reshape: bool = True,
        seed: int | None = None,
    ) -> None:
        graph_seed, op_seed = get_seed(seed)
        np.random.seed(graph_seed if seed is None else op_seed)
        dtype = dtypes.as_dtype(dtype).base_dtype
        if dtype not in (dtypes.uint8, dtypes.float32):
            raise TypeError(f"Invalid image dtype {dtype!r}, expected uint8 or float32")
        if fake_data:
            self._num_examples = FAKE_EXAMPLES
            self.one_hot = one_hot
        else:
            assert images.shape[0] == labels.shape[0], (
                f"images.shape: {images.shape} labels.shape: {labels.shape}"
            )
            self._num_examples = images.shape[0]
            images = self._prepare(images, dtype, reshape)
        self._images = images
        self._labels = labels
        self._epochs_completed = 0
        self._index_in_epoch = 0

    @staticmethod
    def _prepare(images: np.ndarray, dtype: dtypes.DType, reshape: bool) -> np.ndarray:
        """The images in the shape and type that the user asked for."""
        if reshape:
            assert images.shape[3] == 1
            images = images.reshape(images.shape[0], images.shape[1] * images.shape[2])
        if dtype == dtypes.float32:
            images = np.multiply(images.astype(np.float32), np.float32(1.0 / 255.0))
        return images

    @property
    def images(self) -> Any:
        """The images, in the order in which batches are taken."""
        return self._images

    @property
    def labels(self) -> Any:
        """The labels, in the order of the images."""
        return self._labels

    @property
    def num_examples(self) -> int:
        """How many images there are."""
        return self._num_examples

    @property
    def epochs_completed(self) -> int:
        """How often all examples have been handed out."""
        return self._epochs_completed

    def next_batch(
        self, batch_size: int, fake_data: bool = False, shuffle: bool = True
    ) -> tuple[Any, Any]:
        """The next images and labels: the first `batch_size` that this epoch has left.

        A batch that the epoch cannot fill is completed from the next one. With `shuffle` each
        epoch has its own order.
        """
        if fake_data:
            label = [1] + [0] * 9 if self.one_hot else 0
            return [[1] * PIXELS for _ in range(batch_size)], [label] * batch_size
        start = self._index_in_epoch
        if shuffle and start == 0 and self._epochs_completed == 0:
            self._shuffle()
        if start + batch_size <= self._num_examples:
            self._index_in_epoch = end = start + batch_size
            return self._images[start:end], self._labels[start:end]
        images, labels = self._images[start:], self._labels[start:]
        self._epochs_completed += 1
        if shuffle:
            self._shuffle()
        self._index_in_epoch = end = batch_size - len(images)
        return (
            np.concatenate((images, self._images[:end]), axis=0),
            np.concatenate((labels, self._labels[:end]), axis=0),
        )

    def _shuffle(self) -> None:
        """Put the examples into a random order."""
        order = np.arange(self._num_examples)
        np.random.shuffle(order)
        self._images = self._images[order]
        self._labels = self._labels[order]


@export("contrib.learn.datasets.mnist.read_data_sets")
def read_data_sets(
    train_dir: str,
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: Any = dtypes.float32,
    reshape: bool = True,
    validation_size: int = 5000,
    seed: int | None = None,
    source_url: str = DEFAULT_SOURCE_URL,
) -> Datasets:
    """Read MNIST's four files from a folder, downloading those that it lacks.

    Returns `Datasets(train, validation, test)`, each a `DataSet` made with `dtype`, `reshape`
    and `seed`; validation is the first `validation_size` images of the training file. With
    `fake_data` nothing is read. Files from `source_url` are taken as they are; those of the
    default one are checked, and looked for on other mirrors too. Stands for
    `tf.contrib.learn.datasets.mnist.read_data_sets` and
    `tensorflow.examples.tutorials.mnist.input_data.read_data_sets`.

    Raises:
      FileNotFoundError: If files are missing and no mirror answers.
      ValueError: If `validation_size` is negative or larger than the training file.
    """
    if fake_data:
        options = {"fake_data": True, "one_hot": one_hot, "dtype": dtype, "seed": seed}
        return Datasets(*(DataSet([], [], **options) for _ in range(3)))
    given = source_url and source_url != DEFAULT_SOURCE_URL
    mirrors = (source_url,) if given else None
    parts = []
    for name in mnist_files.NAMES:
        mnist_files.download_if_missing(name, train_dir, mirrors)
        with gfile.Open(os.path.join(train_dir, name), "rb") as file:
            parts.append(
                extract_images(file) if "images" in name else extract_labels(file, one_hot=one_hot)
            )
    images, labels, test_images, test_labels = parts
    if not 0 <= validation_size <= len(images):
        raise ValueError(
            f"Validation size should be between 0 and {len(images)}. Received: {validation_size}."
        )
    options = {"dtype": dtype, "reshape": reshape, "seed": seed}
    train = DataSet(images[validation_size:], labels[validation_size:], **options)
    validation = DataSet(images[:validation_size], labels[:validation_size], **options)
    test = DataSet(test_images, test_labels, **options)
    return Datasets(train=train, validation=validation, test=test)


@export("contrib.learn.datasets.mnist.load_mnist")
def load_mnist(train_dir: str = "MNIST-data") -> Datasets:
    """`read_data_sets` with its defaults. Stands for
    `tf.contrib.learn.datasets.mnist.load_mnist`."""
    return read_data_sets(train_dir)
