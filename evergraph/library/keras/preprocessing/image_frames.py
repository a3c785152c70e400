"""Batches of images that a data frame lists."""

import os
import warnings
from typing import Any

import numpy as np

from evergraph.library.keras.backend import floatx, image_data_format
from evergraph.library.keras.preprocessing.image_iterators import BatchFromFilesMixin, Iterator

WITHOUT_CLASSES = ("input", "multi_output", "raw", None)


class DataFrameIterator(BatchFromFilesMixin, Iterator):
    """Batches of the images whose files a data frame of pandas lists.

    Args:
      dataframe: the data frame.
      directory: the folder that paths begin at; default: they are whole.
      image_data_generator: what changes the images.
      x_col, y_col, weight_col: the columns of paths, of labels (a list of them for
        "multi_output") and of weights.
      target_size, color_mode, batch_size, shuffle, seed, data_format, save_to_dir, save_prefix,
        save_format, subset, interpolation, dtype: as of `DirectoryIterator`.
      classes: the labels that count, in the order of their names; default: all.
      class_mode: as of `DirectoryIterator`; or "raw" (the column) or "multi_output" (several).
      validate_filenames: whether files that are not there are left out.

    Raises:
      TypeError, ValueError: the columns do not fit the mode, or there is no such mode.
    """

    allowed_class_modes = {
        "binary",
        "categorical",
        "input",
        "multi_output",
        "raw",
        "sparse",
        None,
    }

    def __init__(
        self,
        dataframe: Any,
        directory: str | None = None,
        image_data_generator: Any = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
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
        subset: str | None = None,
        interpolation: str = "nearest",
        dtype: Any = None,
        validate_filenames: bool = True,
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
        frame = dataframe.copy()
        self.directory = directory or ""
        self.class_mode = class_mode
        self.dtype = floatx() if dtype is None else dtype
        self._check_params(frame, x_col, y_col, weight_col, classes)
        if validate_filenames:
            frame = self._with_files(frame, x_col)
        labelled = class_mode not in WITHOUT_CLASSES
        if labelled:
            frame, classes = _with_classes(frame, y_col, classes)
            self.class_indices = {name: i for i, name in enumerate(classes)}
        if self.split:
            start, stop = (int(share * len(frame)) for share in self.split)
            frame = frame.iloc[start:stop, :]
        if labelled:
            self.classes = [self._numbers(label) for label in frame[y_col]]
        self.filenames = frame[x_col].tolist()
        self._sample_weight = frame[weight_col].values if weight_col else None
        if class_mode == "multi_output":
            self._targets: Any = [np.array(frame[column].tolist()) for column in y_col]
        if class_mode == "raw":
            self._targets = frame[y_col].values
        self.samples = len(self.filenames)
        kind = "validated" if validate_filenames else "non-validated"
        of_classes = f" belonging to {len(classes)} classes" if labelled else ""
        print(f"Found {self.samples} {kind} image filenames{of_classes}.")
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _check_params(
        self, frame: Any, x_col: str, y_col: Any, weight_col: Any, classes: Any
    ) -> None:
        mode = self.class_mode
        if mode not in self.allowed_class_modes:
            raise ValueError(
                f"Invalid class_mode: {mode}; expected one of: {self.allowed_class_modes}"
            )
        if mode == "multi_output" and not isinstance(y_col, list):
            raise TypeError(
                f'If class_mode="{mode}", y_col must be a list. Received {type(y_col).__name__}.'
            )

        def all_are(column: Any, types: Any) -> bool:
            return all(isinstance(value, types) for value in frame[column])

        if not all_are(x_col, str):
            raise TypeError(f"All values in column x_col={x_col} must be strings.")
        if mode in ("binary", "sparse") and not all_are(y_col, str):
            raise TypeError(
                f'If class_mode="{mode}", y_col="{y_col}" column values must be strings.'
            )
        if mode == "binary":
            if classes and len(set(classes)) != 2:
                raise ValueError(
                    'If class_mode="binary" there must be 2 classes. '
                    f"{len(set(classes))} class/es were given."
                )
            if not classes and frame[y_col].nunique() != 2:
                raise ValueError(
                    'If class_mode="binary" there must be 2 classes. '
                    f"Found {frame[y_col].nunique()} classes."
                )
        if mode == "categorical" and not all_are(y_col, (str, list, tuple)):
            raise TypeError(
                f'If class_mode="{mode}", y_col="{y_col}" column values must be type string, list '
                "or tuple."
            )
        if classes and mode in WITHOUT_CLASSES:
            warnings.warn(f'`classes` will be ignored given the class_mode="{mode}"', stacklevel=3)
        if weight_col and not issubclass(frame[weight_col].dtype.type, np.number):
            raise TypeError(f"Column weight_col={weight_col} must be numeric.")

    def _numbers(self, label: Any) -> Any:
        """The number of a label's class, or of several in a list."""
        if isinstance(label, (list, tuple)):
            return [self.class_indices[name] for name in label]
        return self.class_indices[label]

    def _with_files(self, frame: Any, x_col: str) -> Any:
        """The rows whose files are images that are there."""

        def valid(name: str) -> bool:
            path = os.path.join(self.directory, name)
            return path.lower().endswith(self.white_list_formats) and os.path.isfile(path)

        there = frame[x_col].map(valid).astype(bool)
        missing = int((~there).sum())
        if missing:
            warnings.warn(
                f'Found {missing} invalid image filename(s) in x_col="{x_col}". These '
                "filename(s) will be ignored.",
                stacklevel=3,
            )
        return frame[there]

    @property
    def filepaths(self) -> list[str]:  # type: ignore[override]
        """The paths of the images."""
        return self._filepaths

    @property
    def labels(self) -> Any:  # type: ignore[override]
        """The labels: numbers of classes, or what the columns have."""
        return self._targets if self.class_mode in ("multi_output", "raw") else self.classes

    @property
    def sample_weight(self) -> Any:  # type: ignore[override]
        """The weights, or None."""
        return self._sample_weight


def _with_classes(frame: Any, y_col: str, classes: Any) -> tuple[Any, list[str]]:
    """The rows that have one of the classes, with no other labels, and the classes sorted."""

    def among(label: Any) -> Any:
        if isinstance(label, (list, tuple)):
            return [name for name in label if name in classes] or None
        if isinstance(label, str):
            return label if label in classes else None
        raise TypeError(f"Expect string, list or tuple but found {type(label)} in {y_col} column ")

    if classes:
        classes = set(classes)
        frame = frame.assign(**{y_col: frame[y_col].map(among)})
    else:
        parts = [v if isinstance(v, (list, tuple)) else [v] for v in frame[y_col]]
        classes = {name for part in parts for name in part}
    return frame.dropna(subset=[y_col]), sorted(classes)
