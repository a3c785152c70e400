"""ImageDataGenerator: images changed at random, normalized, and put into batches."""

import warnings
from typing import Any

import numpy as np

from evergraph.base.export import export
from evergraph.library.keras.backend import floatx, image_data_format
from evergraph.library.keras.preprocessing.image_frames import DataFrameIterator
from evergraph.library.keras.preprocessing.image_iterators import (
    DirectoryIterator,
    NumpyArrayIterator,
)
from evergraph.library.keras.preprocessing.image_transforms import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    flip_axis,
    random_factors,
    scipy_module,
)

NOT_FIT = (
    "This ImageDataGenerator specifies `{}`, but it hasn't been fit on any training data. Fit it "
    "first by calling `.fit(numpy_data)`."
)


def _implied(setting: str, other: str) -> None:
    warnings.warn(
        f"This ImageDataGenerator specifies `{setting}`, which overrides setting of `{other}`.",
        stacklevel=3,
    )


@export("keras.preprocessing.image.ImageDataGenerator")
class ImageDataGenerator:
    """Batches of images that are changed at random. Stands for
    `tf.keras.preprocessing.image.ImageDataGenerator`.

    Random choices come from NumPy's generator.

    Args:
      featurewise_center, featurewise_std_normalization: whether the mean and deviation of each
        channel of all images are made 0 and 1, see `fit`.
      samplewise_center, samplewise_std_normalization: the same for each image by itself.
      zca_whitening: whether pixels are made uncorrelated, see `fit`.
      zca_epsilon: is added to the variances for it.
      rotation_range: how many degrees images are turned at the most.
      width_shift_range, height_shift_range: how far they are moved: a share of the size, or a
        number of pixels from 1 on, or a list of numbers to choose from.
      brightness_range: two factors between which brightness is changed.
      shear_range: how many degrees they are sheared at the most.
      zoom_range: two factors between which sizes are changed, or by how much they differ from 1.
      channel_shift_range: how much is added to channels at the most.
      fill_mode, cval: what is outside of an image, as of `apply_affine_transform`.
      horizontal_flip, vertical_flip: whether half of the images are turned over.
      rescale: a factor for all values.
      preprocessing_function: from an image, already changed, to what is used.
      data_format: of the images; default: that of `set_image_data_format`.
      validation_split: the share of images in the subset "validation".
      dtype: of the batches; default: `floatx()`.

    Raises:
      ValueError: for other settings.
    """

    interpolation_order = 1

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: Any = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Any = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: Any = None,
        preprocessing_function: Any = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        dtype: Any = None,
    ) -> None:
        self.featurewise_center = featurewise_center
        self.samplewise_center = samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.shear_range = shear_range
        self.channel_shift_range = channel_shift_range
        self.fill_mode = fill_mode
        self.cval = cval
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.dtype = floatx() if dtype is None else dtype
        self.data_format = image_data_format() if data_format is None else data_format
        if self.data_format not in ("channels_last", "channels_first"):
            raise ValueError(
                '`data_format` should be `"channels_last"` (channel after row and column) or '
                f'`"channels_first"` (channel before row and column). Received: {data_format}'
            )
        first = self.data_format == "channels_first"
        self.channel_axis, self.row_axis, self.col_axis = (1, 2, 3) if first else (3, 1, 2)
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(
                "`validation_split` must be strictly between 0 and 1.  Received: "
                f"{validation_split}"
            )
        self._validation_split = validation_split
        self.mean: Any = None
        self.std: Any = None
        self.principal_components: Any = None
        self.zoom_range = _two_factors(zoom_range)
        self._settle()
        two = isinstance(brightness_range, (tuple, list)) and len(brightness_range) == 2
        if brightness_range is not None and not two:
            raise ValueError(
                "`brightness_range should be tuple or list of two floats. "
                f"Received: {brightness_range}"
            )
        self.brightness_range = brightness_range

    def _settle(self) -> None:
        """Settings that follow from others."""
        if self.zca_whitening:
            if not self.featurewise_center:
                self.featurewise_center = True
                _implied("zca_whitening", "featurewise_center")
            if self.featurewise_std_normalization:
                self.featurewise_std_normalization = False
                _implied("zca_whitening", "featurewise_std_normalization")
        for kind in ("featurewise", "samplewise"):
            setting, other = f"{kind}_std_normalization", f"{kind}_center"
            if getattr(self, setting) and not getattr(self, other):
                setattr(self, other, True)
                _implied(setting, other)

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Batches of images in an array; arguments as of `NumpyArrayIterator`."""
        return NumpyArrayIterator(
            x,
            y,
            self,
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            dtype=self.dtype,
        )

    def flow_from_directory(
        self,
        directory: str,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: Any = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
    ) -> DirectoryIterator:
        """Batches of images in the folders of a folder; arguments as of `DirectoryIterator`."""
        return DirectoryIterator(
            directory,
            self,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            data_format=self.data_format,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            follow_links=follow_links,
            subset=subset,
            interpolation=interpolation,
            dtype=self.dtype,
        )

    def flow_from_dataframe(
        self,
        dataframe: Any,
        directory: str | None = None,
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
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        validate_filenames: bool = True,
        **kwargs: Any,
    ) -> DataFrameIterator:
        """Batches of images that a data frame lists; arguments as of `DataFrameIterator`.

        The earlier arguments `has_ext`, `sort` and `drop_duplicates` are taken with a warning.
        """
        for name, advice in EARLIER.items():
            if name in kwargs:
                warnings.warn(f"{name} is deprecated, {advice}", DeprecationWarning, stacklevel=2)
        if class_mode == "other":
            warnings.warn(
                '`class_mode` "other" is deprecated, please use `class_mode` "raw".',
                DeprecationWarning,
                stacklevel=2,
            )
            class_mode = "raw"
        return DataFrameIterator(
            dataframe,
            directory,
            self,
            x_col=x_col,
            y_col=y_col,
            weight_col=weight_col,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            data_format=self.data_format,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            interpolation=interpolation,
            validate_filenames=validate_filenames,
            dtype=self.dtype,
        )

    def standardize(self, x: Any) -> Any:
        """The image normalized, in place where that can be."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + 1e-6
        if self.featurewise_center and _fit(self.mean, "featurewise_center"):
            x -= self.mean
        if self.featurewise_std_normalization and _fit(self.std, "featurewise_std_normalization"):
            x /= self.std + 1e-6
        if self.zca_whitening and _fit(self.principal_components, "zca_whitening"):
            flat = np.reshape(x, (-1, np.prod(x.shape[-3:])))
            x = np.reshape(np.dot(flat, self.principal_components), x.shape)
        return x

    def get_random_transform(self, img_shape: Any, seed: int | None = None) -> dict[str, Any]:
        """Random parameters of `apply_transform`, for an image of this shape.

        Args:
          img_shape: the shape.
          seed: for NumPy's generator.
        """
        if seed is not None:
            np.random.seed(seed)
        turn = self.rotation_range
        theta = np.random.uniform(-turn, turn) if turn else 0
        tx = _random_shift(self.height_shift_range, img_shape[self.row_axis - 1])
        ty = _random_shift(self.width_shift_range, img_shape[self.col_axis - 1])
        slant = self.shear_range
        shear = np.random.uniform(-slant, slant) if slant else 0
        zx, zy = random_factors(self.zoom_range)
        # Chances are drawn even where nothing is turned over, as in TensorFlow.
        flip_horizontal = (np.random.random() < 0.5) * self.horizontal_flip
        flip_vertical = (np.random.random() < 0.5) * self.vertical_flip
        added = self.channel_shift_range
        intensity = np.random.uniform(-added, added) if added != 0 else None
        bounds = self.brightness_range
        brightness = None if bounds is None else np.random.uniform(*bounds)
        return {
            "theta": theta,
            "tx": tx,
            "ty": ty,
            "shear": shear,
            "zx": zx,
            "zy": zy,
            "flip_horizontal": flip_horizontal,
            "flip_vertical": flip_vertical,
            "channel_shift_intensity": intensity,
            "brightness": brightness,
        }

    def apply_transform(self, x: Any, transform_parameters: dict[str, Any]) -> Any:
        """The image changed by these parameters.

        Args:
          x: an image.
          transform_parameters: `theta`, `tx`, `ty`, `shear`, `zx`, `zy` (see
            `apply_affine_transform`), `flip_horizontal`, `flip_vertical`,
            `channel_shift_intensity`, `brightness`; what is not there is not changed.
        """
        given = transform_parameters
        row, column, channel = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        x = apply_affine_transform(
            x,
            **{name: given.get(name, 0) for name in ("theta", "tx", "ty", "shear")},
            zx=given.get("zx", 1),
            zy=given.get("zy", 1),
            row_axis=row,
            col_axis=column,
            channel_axis=channel,
            fill_mode=self.fill_mode,
            cval=self.cval,
            order=self.interpolation_order,
        )
        if given.get("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, given["channel_shift_intensity"], channel)
        if given.get("flip_horizontal", False):
            x = flip_axis(x, column)
        if given.get("flip_vertical", False):
            x = flip_axis(x, row)
        if given.get("brightness") is not None:
            x = apply_brightness_shift(x, given["brightness"])
        return x

    def random_transform(self, x: Any, seed: int | None = None) -> Any:
        """The image changed at random; `seed` is for NumPy's generator."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Finds mean, deviation and components of images, for the settings that need them.

        Args:
          x: images, of rank 4.
          augment: whether they are changed at random before.
          rounds: how often each is changed for that.
          seed: for NumPy's generator.

        Raises:
          ValueError: for another rank.
          ImportError: for `zca_whitening` without SciPy.
        """
        x = np.asarray(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(
                f"Input to `.fit()` should have rank 4. Got array with shape: {x.shape}"
            )
        axis = self.channel_axis
        if x.shape[axis] not in (1, 3, 4):
            warnings.warn(
                "Expected input to be images (as Numpy array) following the data format "
                f'convention "{self.data_format}" (channels on axis {axis}), i.e. expected either '
                f"1, 3 or 4 channels on axis {axis}. However, it was passed an array with shape "
                f"{x.shape} ({x.shape[axis]} channels).",
                stacklevel=2,
            )
        if seed is not None:
            np.random.seed(seed)
        x = np.copy(x)
        if self.rescale:
            x *= self.rescale
        if augment:
            changed = [self.random_transform(image) for _ in range(rounds) for image in x]
            x = np.array(changed, dtype=self.dtype)
        if self.featurewise_center:
            self.mean = self._by_channel(np.mean, x)
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = self._by_channel(np.std, x)
            x /= self.std + 1e-6
        if self.zca_whitening:
            linalg = scipy_module("linalg", "Using zca_whitening requires")
            flat = np.reshape(x, (x.shape[0], -1))
            u, s, _ = linalg.svd(np.dot(flat.T, flat) / flat.shape[0])
            scale = 1.0 / np.sqrt(s[np.newaxis] + self.zca_epsilon)
            self.principal_components = (u * scale).dot(u.T)

    def _by_channel(self, function: Any, x: Any) -> Any:
        """A figure for each channel, in a shape that goes with an image."""
        found = function(x, axis=(0, self.row_axis, self.col_axis))
        shape = [1, 1, 1]
        shape[self.channel_axis - 1] = x.shape[self.channel_axis]
        return np.reshape(found, shape)


EARLIER = {
    "has_ext": "filenames in the dataframe have to match the exact filenames in disk.",
    "sort": "batches will be created in thesame order than the filenames provided if shuffleis set "
    "to False.",
    "drop_duplicates": "you can drop duplicates by using the pandas.DataFrame.drop_duplicates "
    "method.",
}


def _two_factors(zoom_range: Any) -> list[Any]:
    if isinstance(zoom_range, (float, int)):
        return [1 - zoom_range, 1 + zoom_range]
    if len(zoom_range) == 2 and all(isinstance(factor, (float, int)) for factor in zoom_range):
        return [zoom_range[0], zoom_range[1]]
    raise ValueError(
        f"`zoom_range` should be a float or a tuple or list of two floats. Received: {zoom_range}"
    )


def _fit(found: Any, setting: str) -> bool:
    """Whether `fit` has found what a setting needs; a warning if not."""
    if found is None:
        warnings.warn(NOT_FIT.format(setting), stacklevel=3)
    return found is not None


def _random_shift(bounds: Any, size: int) -> Any:
    """How far to move: one of several numbers, or up to a bound, either way; see the class."""
    if not bounds:
        return 0
    try:
        found = np.random.choice(bounds)
        found *= np.random.choice([-1, 1])
    except ValueError:  # a float, from which NumPy does not choose
        found = np.random.uniform(-bounds, bounds)
    return found * size if np.max(bounds) < 1 else found
