"""Stands in for `scipy.misc`: SciPy 1.1's image functions, on Pillow, and what moved elsewhere.

The image functions give what SciPy's gave, `bytescale`'s stretching of contrast included: every
array that is not uint8 is first stretched to the full range 0 to 255.
"""

import importlib
from collections.abc import Callable, Sequence
from typing import IO, Any

import numpy as np
from PIL import Image, ImageFilter

File = str | IO[bytes]

# Where today's SciPy keeps the rest.
MOVED = {
    "ascent": "scipy.datasets",
    "comb": "scipy.special",
    "electrocardiogram": "scipy.datasets",
    "face": "scipy.datasets",
    "factorial": "scipy.special",
    "factorial2": "scipy.special",
    "factorialk": "scipy.special",
    "logsumexp": "scipy.special",
    "pade": "scipy.interpolate",
}

RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "lanczos": Image.Resampling.LANCZOS,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "cubic": Image.Resampling.BICUBIC,
}
FILTERS = "blur contour detail emboss sharpen smooth smooth_more find_edges".split() + [
    "edge_enhance",
    "edge_enhance_more",
]
CHANNELS = {"RGB": 3, "YCbCr": 3, "RGBA": 4, "CMYK": 4}
UNKNOWN_MODE = "Mode is unknown or incompatible with input array shape."


def __getattr__(name: str) -> Any:
    if name in MOVED:
        return getattr(importlib.import_module(MOVED[name]), name)
    raise AttributeError(f"module 'scipy.misc' has no attribute {name!r}")


def bytescale(
    data: np.ndarray,
    cmin: float | None = None,
    cmax: float | None = None,
    high: int = 255,
    low: int = 0,
) -> np.ndarray:
    """Stretch an array from [cmin, cmax], by default its own range, to uint8 in [low, high].

    An array of uint8 is returned as it is. Raises ValueError for ranges that are empty or
    beyond 0 to 255.
    """
    if data.dtype == np.uint8:
        return data
    if high > 255:
        raise ValueError("`high` should be less than or equal to 255.")
    if low < 0:
        raise ValueError("`low` should be greater than or equal to 0.")
    if high < low:
        raise ValueError("`high` should be greater than or equal to `low`.")
    cmin = data.min() if cmin is None else cmin
    cmax = data.max() if cmax is None else cmax
    span = cmax - cmin
    if span < 0:
        raise ValueError("`cmax` should be larger than `cmin`.")
    scale = (high - low) / float(span or 1)
    scaled = (data - cmin) * scale + low
    return (scaled.clip(low, high) + 0.5).astype(np.uint8)


def fromimage(im: Image.Image, flatten: bool = False, mode: str | None = None) -> np.ndarray:
    """The array of a Pillow image, converted to `mode`; with `flatten`, grey in float32."""
    if not isinstance(im, Image.Image):
        raise TypeError("Input is not a PIL image.")
    if mode is not None:
        im = im if im.mode == mode else im.convert(mode)
    elif im.mode == "P":
        im = im.convert("RGBA" if "transparency" in im.info else "RGB")
    if flatten:
        im = im.convert("F")
    elif im.mode == "1":
        im = im.convert("L")
    return np.array(im)


def toimage(
    arr: Any,
    high: int = 255,
    low: int = 0,
    cmin: float | None = None,
    cmax: float | None = None,
    pal: Any = None,
    mode: str | None = None,
    channel_axis: int | None = None,
) -> Image.Image:
    """A Pillow image of an array of rank 2, or of rank 3 with an axis of 3 or 4 channels.

    The array is stretched as by `bytescale`, unless the mode is "F". `pal` is a palette, [256,
    3]. Raises ValueError for shapes and modes that do not fit.
    """
    data = np.asarray(arr)
    if np.iscomplexobj(data):
        raise ValueError("Cannot convert a complex-valued array.")
    if data.ndim == 2:
        return _plane(data, high, low, cmin, cmax, pal, mode)
    if data.ndim != 3 or not {3, 4} & set(data.shape):
        raise ValueError("'arr' does not have a suitable array shape for any mode.")
    if channel_axis is None:
        channel_axis = data.shape.index(3 if 3 in data.shape else 4)
    channels = data.shape[channel_axis]
    if channels not in (3, 4):
        raise ValueError("Channel axis dimension is not valid.")
    pixels = np.moveaxis(bytescale(data, cmin, cmax, high, low), channel_axis, 2)
    mode = mode or ("RGB" if channels == 3 else "RGBA")
    if mode not in CHANNELS:
        raise ValueError(UNKNOWN_MODE)
    if CHANNELS[mode] != channels:
        raise ValueError("Invalid array shape for mode.")
    return _image(mode, pixels)


def _plane(
    data: np.ndarray,
    high: int,
    low: int,
    cmin: float | None,
    cmax: float | None,
    pal: Any,
    mode: str | None,
) -> Image.Image:
    """The image of an array of rank 2."""
    if mode == "F":
        return _image(mode, data.astype(np.float32))
    if mode == "1":
        # As SciPy did, whose rows of bytes Pillow reads as rows of bits.
        return _image(mode, data > high)
    if mode in (None, "L", "P"):
        image = _image("L", bytescale(data, cmin, cmax, high, low))
        if pal is None and mode == "P":
            pal = np.repeat(np.arange(256, dtype=np.uint8)[:, np.newaxis], 3, axis=1)
        if pal is not None:
            image.putpalette(np.asarray(pal, np.uint8).tobytes())
        return image
    if mode != "I":
        raise ValueError(UNKNOWN_MODE)
    cmin = data.min() if cmin is None else cmin
    cmax = data.max() if cmax is None else cmax
    data = (data * 1.0 - cmin) * (high - low) / (cmax - cmin) + low
    return _image(mode, data.astype(np.uint32))


def _image(mode: str, pixels: np.ndarray) -> Image.Image:
    """The image whose bytes are those of an array [height, width, ...]."""
    return Image.frombytes(mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes())


def imread(name: File, flatten: bool = False, mode: str | None = None) -> np.ndarray:
    """Read an image file; the arguments are those of `fromimage`."""
    return fromimage(Image.open(name), flatten=flatten, mode=mode)


def imsave(name: File, arr: Any, format: str | None = None) -> None:
    """Write an array, with its channels last, to an image file."""
    toimage(arr, channel_axis=2).save(name, format)


def imresize(
    arr: Any,
    size: int | float | Sequence[int],
    interp: str = "bilinear",
    mode: str | None = None,
) -> np.ndarray:
    """Resize an image: to so many percent (int), by a factor (float), or to (height, width)."""
    image = toimage(arr, mode=mode)
    if isinstance(size, int | np.signedinteger):
        size = size / 100.0
    if isinstance(size, float | np.floating):
        width, height = (int(length) for length in np.array(image.size) * size)
    else:
        height, width = size[:2]
    return fromimage(image.resize((width, height), RESAMPLING[interp]))


def imrotate(arr: Any, angle: float, interp: str = "bilinear") -> np.ndarray:
    """Rotate an image counter-clockwise by `angle` degrees; its size stays."""
    return fromimage(toimage(np.asarray(arr)).rotate(angle, RESAMPLING[interp]))


def imfilter(arr: Any, ftype: str) -> np.ndarray:
    """Apply one of Pillow's filters, by name: "blur", "contour", "emboss", "sharpen", ..."""
    if ftype not in FILTERS:
        raise ValueError("Unknown filter type.")
    return fromimage(toimage(arr).filter(getattr(ImageFilter, ftype.upper())))


def imshow(arr: Any) -> None:
    """Show an array in the system's image viewer."""
    toimage(arr).show()


def central_diff_weights(Np: int, ndiv: int = 1) -> np.ndarray:
    """The weights of an `Np`-point central formula for the derivative of order `ndiv`."""
    if Np < ndiv + 1:
        raise ValueError("Number of points must be at least the derivative order + 1.")
    if Np % 2 == 0:
        raise ValueError("The number of points must be odd.")
    points = np.arange(Np) - Np // 2
    powers = np.vander(points.astype(float), increasing=True)
    return np.prod(np.arange(1.0, ndiv + 1)) * np.linalg.inv(powers)[ndiv]


def derivative(
    func: Callable[..., Any],
    x0: float,
    dx: float = 1.0,
    n: int = 1,
    args: tuple[Any, ...] = (),
    order: int = 3,
) -> Any:
    """The `n`-th derivative of `func` at `x0`, by central differences over `order` points."""
    if order < n + 1:
        raise ValueError(
            "'order' (the number of points used to compute the derivative), must be at least "
            "the derivative order 'n' + 1."
        )
    if order % 2 == 0:
        raise ValueError(
            "'order' (the number of points used to compute the derivative) must be odd."
        )
    weights = central_diff_weights(order, n)
    half = order // 2
    terms = (w * func(x0 + (k - half) * dx, *args) for k, w in enumerate(weights))
    return sum(terms) / dx**n
