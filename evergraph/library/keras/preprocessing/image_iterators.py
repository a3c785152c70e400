"""Batches of images: from arrays, and from folders of files."""

import os
import threading
import warnings
from typing import Any, Self

import numpy as np

from evergraph.base.export import export
from evergraph.library.keras.backend import floatx, image_data_format
from evergraph.library.keras.preprocessing.image_files import (
    CHANNELS,
    array_to_img,
    image_files,
    img_to_array,
    load_img,
)
from evergraph.library.keras.utils.data_utils import Sequence


@export("keras.preprocessing.image.Iterator")
class Iterator(Sequence):
    """Batches without end, in a random order or not. Stands for
    `tf.keras.preprocessing.image.Iterator`.

    Args:
      n: the number of images.
      batch_size: how many a batch has.
      shuffle: whether the order is random, and another in each epoch.
      seed: NumPy's generator gets it, and the number of batches so far, before each batch.
    """

    white_list_formats = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None) -> None:
        self.n = n
        self.batch_size = batch_size
        self.seed = seed
        self.shuffle = shuffle
        self.batch_index = 0
        self.total_batches_seen = 0
        self.lock = threading.Lock()
        self.index_array: Any = None
        self.index_generator = self._flow_index()

    def _set_index_array(self) -> None:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _seed_next(self) -> None:
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)

    def __getitem__(self, idx: int) -> Any:
        if idx >= len(self):
            raise ValueError(
                f"Asked to retrieve element {idx}, but the Sequence has length {len(self)}"
            )
        self._seed_next()
        self.total_batches_seen += 1
        if self.index_array is None:
            self._set_index_array()
        start = self.batch_size * idx
        chosen = self.index_array[start : start + self.batch_size]
        return self._get_batches_of_transformed_samples(chosen)

    def __len__(self) -> int:
        """The number of batches of an epoch."""
        return (self.n + self.batch_size - 1) // self.batch_size

    def on_epoch_end(self) -> None:
        """Makes a new order."""
        self._set_index_array()

    def reset(self) -> None:
        """Begins the epoch again."""
        self.batch_index = 0

    def _flow_index(self) -> Any:
        self.reset()
        while True:
            self._seed_next()
            if self.batch_index == 0:
                self._set_index_array()
            start = (self.batch_index * self.batch_size) % self.n if self.n else 0
            more = self.n > start + self.batch_size
            self.batch_index = self.batch_index + 1 if more else 0
            self.total_batches_seen += 1
            yield self.index_array[start : start + self.batch_size]

    def __iter__(self) -> Self:  # type: ignore[override]
        return self

    def __next__(self, *args: Any, **kwargs: Any) -> Any:
        return self.next(*args, **kwargs)

    def next(self) -> Any:
        """The next batch."""
        with self.lock:
            chosen = next(self.index_generator)
        # Images are made outside of the lock, so that threads make batches side by side.
        return self._get_batches_of_transformed_samples(chosen)

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        """The batch of the images of these numbers. A derived class defines it."""
        raise NotImplementedError


def _save_batch(iterator: Any, batch: Any, index_array: Any, bound: float) -> None:
    """Writes the images of a batch into the folder that was asked for."""
    if not iterator.save_to_dir:
        return
    for image, number in zip(batch, index_array, strict=True):
        name = f"{iterator.save_prefix}_{number}_{np.random.randint(bound)}.{iterator.save_format}"
        picture = array_to_img(image, iterator.data_format, scale=True)
        picture.save(os.path.join(iterator.save_to_dir, name))


@export("keras.preprocessing.image.NumpyArrayIterator")
class NumpyArrayIterator(Iterator):
    """Batches of images in an array. Stands for
    `tf.keras.preprocessing.image.NumpyArrayIterator`.

    Args:
      x: images, or a pair of these and of other inputs.
      y: labels, or None.
      image_data_generator: what changes the images.
      batch_size, shuffle, seed: as of `Iterator`.
      sample_weight: weights, or None.
      data_format: of the images; default: that of `set_image_data_format`.
      save_to_dir, save_prefix, save_format: where changed images are written, if anywhere.
      subset: "training" or "validation", by the generator's `validation_split`; default: all.
      dtype: of the batches; default: `floatx()`.

    Raises:
      ValueError: the lengths differ, or there is no such subset.
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: Any,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        dtype: Any = None,
    ) -> None:
        self.dtype = floatx() if dtype is None else dtype
        self.data_format = image_data_format() if data_format is None else data_format
        others: list[Any] = []
        if type(x) in (tuple, list):
            x, more = x
            others = [np.asarray(part) for part in (more if type(more) is list else [more])]
        for part in others:
            if len(x) != len(part):
                raise ValueError(
                    "All of the arrays in `x` should have the same length. Found a pair with: "
                    f"len(x[0]) = {len(x)}, len(x[?]) = {len(part)}"
                )
        for name, what, value in (("y", "labels", y), ("sample_weight", "", sample_weight)):
            if value is not None and len(x) != len(value):
                what = f"`{name}` ({what})" if what else f"`{name}`"
                raise ValueError(
                    f"`x` (images tensor) and {what} should have the same length. Found: "
                    f"x.shape = {np.asarray(x).shape}, {name}.shape = {np.asarray(value).shape}"
                )
        if subset is not None:
            part = _subset(subset, int(len(x) * image_data_generator._validation_split), y)
            x, others = x[part], [np.asarray(other[part]) for other in others]
            y = None if y is None else y[part]
        self.x = np.asarray(x, dtype=self.dtype)
        self.x_misc = others
        self._check_images()
        self.y = None if y is None else np.asarray(y)
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        self.image_data_generator = image_data_generator
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        super().__init__(self.x.shape[0], batch_size, shuffle, seed)

    def _check_images(self) -> None:
        shape = self.x.shape
        if len(shape) != 4:
            raise ValueError(
                "Input data in `NumpyArrayIterator` should have rank 4. You passed an array with "
                "shape",
                shape,
            )
        axis = 3 if self.data_format == "channels_last" else 1
        if shape[axis] not in (1, 3, 4):
            warnings.warn(
                "NumpyArrayIterator is set to use the data format convention "
                f'"{self.data_format}" (channels on axis {axis}), i.e. expected either 1, 3, or 4 '
                f"channels on axis {axis}. However, it was passed an array with shape {shape} "
                f"({shape[axis]} channels).",
                stacklevel=3,
            )

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        generator = self.image_data_generator
        batch = np.zeros((len(index_array), *self.x.shape[1:]), dtype=self.dtype)
        for i, number in enumerate(index_array):
            image = self.x[number]
            parameters = generator.get_random_transform(image.shape)
            image = generator.apply_transform(image.astype(self.dtype), parameters)
            batch[i] = generator.standardize(image)
        _save_batch(self, batch, index_array, 1e4)
        inputs = [batch, *(other[index_array] for other in self.x_misc)]
        found: tuple[Any, ...] = (inputs if self.x_misc else batch,)
        if self.y is None:
            return found[0]
        found += (self.y[index_array],)
        return found if self.sample_weight is None else (*found, self.sample_weight[index_array])


def _subset(subset: str, count: int, y: Any) -> slice:
    """Which images belong to the subset, if the first `count` are for validation."""
    if subset not in ("training", "validation"):
        raise ValueError("Invalid subset name:", subset, '; expected "training" or "validation".')
    if y is not None and not np.array_equal(np.unique(y[:count]), np.unique(y[count:])):
        raise ValueError(
            "Training and validation subsets have different number of classes after the split. If "
            "your numpy arrays are sorted by the label, you might want to shuffle them."
        )
    return slice(None, count) if subset == "validation" else slice(count, None)


class BatchFromFilesMixin:
    """Batches of images in files, whose paths are `filepaths`."""

    classes: Any
    class_mode: Any
    class_indices: dict[Any, int]
    dtype: Any
    filepaths: Any
    labels: Any
    sample_weight: Any

    def set_processing_attrs(
        self,
        image_data_generator: Any,
        target_size: Any,
        color_mode: str,
        data_format: str,
        save_to_dir: str | None,
        save_prefix: str,
        save_format: str,
        subset: str | None,
        interpolation: str,
    ) -> None:
        """Takes what says how images are read.

        Raises:
          ValueError: there is no such mode of colours or subset.
        """
        self.image_data_generator = image_data_generator
        self.target_size = tuple(target_size)
        if color_mode not in CHANNELS:
            raise ValueError(
                "Invalid color mode:", color_mode, '; expected "rgb", "rgba", or "grayscale".'
            )
        self.color_mode = color_mode
        self.data_format = data_format
        channels = CHANNELS[color_mode]
        last = data_format == "channels_last"
        self.image_shape = (*self.target_size, channels) if last else (channels, *self.target_size)
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        self.interpolation = interpolation
        self.split: Any = None
        if subset is not None:
            share = image_data_generator._validation_split
            splits = {"validation": (0, share), "training": (share, 1)}
            if subset not in splits:
                raise ValueError(
                    f'Invalid subset name: {subset};expected "training" or "validation"'
                )
            self.split = splits[subset]
        self.subset = subset

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        generator = self.image_data_generator
        batch = np.zeros((len(index_array), *self.image_shape), dtype=self.dtype)
        for i, number in enumerate(index_array):
            picture = load_img(
                self.filepaths[number],
                color_mode=self.color_mode,
                target_size=self.target_size,
                interpolation=self.interpolation,
            )
            image = img_to_array(picture, data_format=self.data_format, dtype="float32")
            if generator:
                parameters = generator.get_random_transform(image.shape)
                image = generator.standardize(generator.apply_transform(image, parameters))
            batch[i] = image
        _save_batch(self, batch, index_array, 1e7)
        if self.class_mode is None:
            return batch
        labels = self._labels_of(batch, index_array)
        if self.sample_weight is None:
            return batch, labels
        return batch, labels, self.sample_weight[index_array]

    def _labels_of(self, batch: Any, index_array: Any) -> Any:
        match self.class_mode:
            case "input":
                return batch.copy()
            case "multi_output":
                return [output[index_array] for output in self.labels]
            case "raw":
                return self.labels[index_array]
        chosen = [self.classes[number] for number in index_array]
        if self.class_mode != "categorical":
            return np.array(chosen, dtype=self.dtype)
        found = np.zeros((len(batch), len(self.class_indices)), dtype=self.dtype)
        for row, numbers in zip(found, chosen, strict=True):
            row[numbers] = 1.0
        return found


@export("keras.preprocessing.image.DirectoryIterator")
class DirectoryIterator(BatchFromFilesMixin, Iterator):
    """Batches of images in the folders of a folder, which are the classes.

    Stands for `tf.keras.preprocessing.image.DirectoryIterator`.

    Args:
      directory: the folder.
      image_data_generator: what changes the images.
      target_size: height and width of the images.
      color_mode: "rgb", "rgba" or "grayscale".
      classes: the names of the folders, in the order of their numbers; default: all, sorted.
      class_mode: what labels are: "categorical" (rows with one 1), "binary" or "sparse" (numbers),
        "input" (the images), or None for none.
      batch_size, shuffle, seed: as of `Iterator`.
      data_format: of the batches; default: that of `set_image_data_format`.
      save_to_dir, save_prefix, save_format: where changed images are written, if anywhere.
      follow_links: whether links to folders are followed.
      subset: "training" or "validation", by the generator's `validation_split`; default: all.
      interpolation: as of `load_img`.
      dtype: of the batches; default: `floatx()`.

    Raises:
      ValueError: there is no such mode or subset.
    """

    allowed_class_modes = {"categorical", "binary", "sparse", "input", None}
    sample_weight = None

    def __init__(
        self,
        directory: str,
        image_data_generator: Any,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: Any = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        dtype: Any = None,
    ) -> None:
        self.set_processing_attrs(
            image_data_generator,
            target_size,
            color_mode,
            image_data_format() if data_format is None else data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
        )
        self.directory = directory
        if class_mode not in self.allowed_class_modes:
            raise ValueError(
                f"Invalid class_mode: {class_mode}; expected one of: {self.allowed_class_modes}"
            )
        self.class_mode = class_mode
        self.dtype = floatx() if dtype is None else dtype
        names = classes or [
            name
            for name in sorted(os.listdir(directory))
            if os.path.isdir(os.path.join(directory, name))
        ]
        self.num_classes = len(names)
        self.class_indices = {name: i for i, name in enumerate(names)}
        self.filenames: list[str] = []
        numbers: list[int] = []
        for name in names:
            found = self._files_of(os.path.join(directory, name), follow_links)
            self.filenames += found
            numbers += [self.class_indices[name]] * len(found)
        self.samples = len(self.filenames)
        self.classes = np.array(numbers, dtype="int32")
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        self._filepaths = [os.path.join(directory, name) for name in self.filenames]
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _files_of(self, folder: str, follow_links: bool) -> list[str]:
        """The images of a class, as paths from the folder above."""
        found = list(image_files(folder, self.white_list_formats, follow_links))
        if self.split:
            start, stop = (int(share * len(found)) for share in self.split)
            found = found[start:stop]
        name = os.path.basename(folder)
        return [
            os.path.join(name, os.path.relpath(os.path.join(root, file), folder))
            for root, file in found
        ]

    @property
    def filepaths(self) -> list[str]:  # type: ignore[override]
        """The paths of the images."""
        return self._filepaths

    @property
    def labels(self) -> Any:  # type: ignore[override]
        """The number of each image's class."""
        return self.classes
