"""What is measured of images: total variation, psnr, ssim, edges, gradients."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.api.control_flow_ops import Assert, cond
from evergraph.api.image_types import convert_image_dtype
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor


@export("image.total_variation")
def total_variation(images: Any, name: str | None = None) -> Tensor:
    """The sum of the differences of neighbouring pixels, of each image. Stands for
    `tf.image.total_variation`.

    Args:
      images: [batch, height, width, channels] or [height, width, channels].
      name: a name scope for the nodes.

    Returns:
      [batch], or a scalar.

    Raises:
      ValueError: for any other rank.
    """
    with name_scope(name, "total_variation"):
        rank = images.shape.ndims
        if rank == 3:
            vertical = images[1:, :, :] - images[:-1, :, :]
            horizontal = images[:, 1:, :] - images[:, :-1, :]
            axes = None
        elif rank == 4:
            vertical = images[:, 1:, :, :] - images[:, :-1, :, :]
            horizontal = images[:, :, 1:, :] - images[:, :, :-1, :]
            axes = [1, 2, 3]
        else:
            raise ValueError("'images' must be either 3 or 4-dimensional.")
        return math_ops.reduce_sum(math_ops.abs(vertical), axis=axes) + math_ops.reduce_sum(
            math_ops.abs(horizontal), axis=axes
        )


@export("image.image_gradients")
def image_gradients(image: Any) -> tuple[Tensor, Tensor]:
    """The differences of images [batch, height, width, channels] to the pixels below and at the
    right; zeros in the last row and column. Stands for `tf.image.image_gradients`.

    Raises:
      ValueError: for any other rank.
    """
    if image.shape.ndims != 4:
        raise ValueError(
            "image_gradients expects a 4D tensor [batch_size, h, w, d], not %s.", image.shape
        )
    shape = array_ops.shape(image)
    batch, height, width, depth = array_ops.unstack(shape)
    down = image[:, 1:, :, :] - image[:, :-1, :, :]
    right = image[:, :, 1:, :] - image[:, :, :-1, :]
    last = array_ops.zeros(array_ops.stack([batch, 1, width, depth]), image.dtype)
    down = array_ops.reshape(array_ops.concat([down, last], 1), shape)
    last = array_ops.zeros(array_ops.stack([batch, height, 1, depth]), image.dtype)
    right = array_ops.reshape(array_ops.concat([right, last], 2), shape)
    return down, right


_SOBEL = [[[-1, -2, -1], [0, 0, 0], [1, 2, 1]], [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]]


@export("image.sobel_edges")
def sobel_edges(image: Any) -> Tensor:
    """How much images [batch, height, width, channels] change downwards and to the right,
    [batch, height, width, channels, 2]. Stands for `tf.image.sobel_edges`."""
    known = image.shape
    shape = array_ops.shape(image)
    filters = np.expand_dims(np.transpose(np.asarray(_SOBEL), (1, 2, 0)), -2)
    kernels = constant(filters, dtype=image.dtype)
    kernels = array_ops.tile(kernels, [1, 1, shape[-1], 1], name="sobel_filters")
    padded = array_ops.pad(image, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    edges = nn_ops.depthwise_conv2d(padded, kernels, [1, 1, 1, 1], "VALID")
    edges = array_ops.reshape(edges, shape=array_ops.concat([shape, [len(_SOBEL)]], 0))
    edges.set_shape(known.concatenate([len(_SOBEL)]))
    return edges


# Likeness of images.


def _check_alike(img1: Tensor, img2: Tensor) -> tuple[Tensor, Tensor, list[Any]]:
    """The images' shapes, and nodes that check that they fit."""
    known1 = img1.shape.with_rank_at_least(3)
    known2 = img2.shape.with_rank_at_least(3)
    known1[-3:].assert_is_compatible_with(known2[-3:])
    if known1.ndims is not None and known2.ndims is not None:
        for a, b in zip(reversed(known1.dims[:-3]), reversed(known2.dims[:-3]), strict=False):
            if not (a == 1 or b == 1 or a.is_compatible_with(b)):
                raise ValueError(f"Two images are not compatible: {known1} and {known2}")
    shape1, shape2 = array_ops.shape_n([img1, img2])
    ranks = Assert(
        math_ops.greater_equal(array_ops.size(shape1), 3), [shape1, shape2], summarize=10
    )
    sizes = Assert(
        math_ops.reduce_all(math_ops.equal(shape1[-3:], shape2[-3:])),
        [shape1, shape2],
        summarize=10,
    )
    return shape1, shape2, [ranks, sizes]


@export("image.psnr")
def psnr(a: Any, b: Any, max_val: Any, name: str | None = None) -> Tensor:
    """The ratio of the largest signal to the noise between images, in decibels. Stands for
    `tf.image.psnr`.

    Args:
      a: images [..., height, width, channels].
      b: images that are to be like them.
      max_val: the largest value that a pixel may have.
      name: a name scope for the nodes.
    """
    with name_scope(name, "PSNR", [a, b]):
        max_val = convert_image_dtype(math_ops.cast(max_val, a.dtype), dtypes.float32)
        a = convert_image_dtype(a, dtypes.float32)
        b = convert_image_dtype(b, dtypes.float32)
        error = math_ops.reduce_mean(math_ops.squared_difference(a, b), [-3, -2, -1])
        ratio = math_ops.subtract(
            20 * math_ops.log(max_val) / math_ops.log(10.0),
            np.float32(10 / np.log(10)) * math_ops.log(error),
            name="psnr",
        )
        *_, checks = _check_alike(a, b)
        with control_dependencies(checks):
            return array_ops.identity(ratio)


def _likeness(x: Tensor, y: Tensor, mean: Any, max_val: Any, k1: float, k2: float) -> Any:
    """How like the brightness and how like the structure is, for each window.

    Wang, Bovik, Sheikh, Simoncelli, Image quality assessment: from error visibility to structural
    similarity, 2004.
    """
    c1 = (k1 * max_val) ** 2
    c2 = (k2 * max_val) ** 2
    mean_x = mean(x)
    mean_y = mean(y)
    both = mean_x * mean_y * 2.0
    squares = math_ops.square(mean_x) + math_ops.square(mean_y)
    luminance = (both + c1) / (squares + c1)
    both_of = mean(x * y) * 2.0
    squares_of = mean(math_ops.square(x) + math_ops.square(y))
    c2 *= 1.0  # a factor of TensorFlow's that it does not use, but for a node
    structure = (both_of - both + c2) / (squares_of - squares + c2)
    return luminance, structure


def _gauss(size: Tensor, sigma: Tensor) -> Tensor:
    """A bell [size, size, 1, 1] with the sum 1."""
    size = convert_to_tensor(size, dtypes.int32)
    sigma = convert_to_tensor(sigma)
    at = math_ops.cast(math_ops.range(size), sigma.dtype)
    at -= math_ops.cast(size - 1, sigma.dtype) / 2.0
    bell = math_ops.square(at)
    bell *= -0.5 / math_ops.square(sigma)
    bell = array_ops.reshape(bell, shape=[1, -1]) + array_ops.reshape(bell, shape=[-1, 1])
    bell = nn_ops.softmax(array_ops.reshape(bell, shape=[1, -1]))
    return array_ops.reshape(bell, shape=[size, size, 1, 1])


def _ssim_per_channel(
    img1: Tensor,
    img2: Tensor,
    max_val: Any,
    filter_size: int,
    filter_sigma: float,
    k1: float,
    k2: float,
) -> tuple[Tensor, Tensor]:
    size = constant(filter_size, dtype=dtypes.int32)
    sigma = constant(filter_sigma, dtype=img1.dtype)
    shapes = array_ops.shape_n([img1, img2])
    checks = []
    for shape in shapes:
        large = math_ops.reduce_all(math_ops.greater_equal(shape[-3:-1], size))
        checks.append(Assert(large, [shape, size], summarize=8))
    with control_dependencies(checks):
        img1 = array_ops.identity(img1)
    kernel = _gauss(size, sigma)
    kernel = array_ops.tile(kernel, multiples=[1, 1, shapes[0][-1], 1])

    def mean(x: Tensor) -> Tensor:
        shape = array_ops.shape(x)
        flat = array_ops.reshape(x, shape=array_ops.concat([[-1], shape[-3:]], 0))
        y = nn_ops.depthwise_conv2d(flat, kernel, strides=[1, 1, 1, 1], padding="VALID")
        return array_ops.reshape(y, array_ops.concat([shape[:-3], array_ops.shape(y)[1:]], 0))

    luminance, structure = _likeness(img1, img2, mean, max_val, k1, k2)
    axes = constant([-3, -2], dtype=dtypes.int32)
    ssim_val = math_ops.reduce_mean(luminance * structure, axes)
    return ssim_val, math_ops.reduce_mean(structure, axes)


@export("image.ssim")
def ssim(
    img1: Any,
    img2: Any,
    max_val: Any,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """How like the structure of two images is: 1 for the same. Stands for `tf.image.ssim`.

    Args:
      img1: images [..., height, width, channels].
      img2: images to compare with.
      max_val: the largest value that a pixel may have.
      filter_size: the size of the windows.
      filter_sigma: the width of the bell that weighs the pixels of a window.
      k1: what keeps means of zero from dividing by zero.
      k2: the same for deviations.
    """
    *_, checks = _check_alike(img1, img2)
    with control_dependencies(checks):
        img1 = array_ops.identity(img1)
    max_val = convert_image_dtype(math_ops.cast(max_val, img1.dtype), dtypes.float32)
    img1 = convert_image_dtype(img1, dtypes.float32)
    img2 = convert_image_dtype(img2, dtypes.float32)
    per_channel, _ = _ssim_per_channel(img1, img2, max_val, filter_size, filter_sigma, k1, k2)
    return math_ops.reduce_mean(per_channel, [-1])


_MSSSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


@export("image.ssim_multiscale")
def ssim_multiscale(
    img1: Any,
    img2: Any,
    max_val: Any,
    power_factors: Any = _MSSSIM_WEIGHTS,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """As `tf.image.ssim`, of the images and of ever smaller copies of them. Stands for
    `tf.image.ssim_multiscale`.

    `power_factors` are the weights of the scales, the first of the images themselves. Wang,
    Simoncelli, Bovik, Multiscale structural similarity for image quality assessment, 2003.
    """
    with name_scope(None, "MS-SSIM", [img1, img2]):
        img1 = convert_to_tensor(img1, name="img1")
        img2 = convert_to_tensor(img2, name="img2")
        shape1, shape2, checks = _check_alike(img1, img2)
        with control_dependencies(checks):
            img1 = array_ops.identity(img1)
        max_val = convert_image_dtype(math_ops.cast(max_val, img1.dtype), dtypes.float32)
        images = [
            convert_image_dtype(img1, dtypes.float32),
            convert_image_dtype(img2, dtypes.float32),
        ]
        heads = [shape[:-3] for shape in (shape1, shape2)]
        tails = [shape[-3:] for shape in (shape1, shape2)]
        divisor = constant([2, 2, 1], dtype=dtypes.int32)
        scores = []
        for k in range(len(power_factors)):
            with name_scope(None, f"Scale{k}", images):
                if k > 0:
                    images, tails = _halved(images, heads, tails, divisor)
                per_channel, structure = _ssim_per_channel(
                    *images, max_val, filter_size, filter_sigma, k1, k2
                )
                scores.append(nn_ops.relu(structure))
        # Of the smallest scale the whole likeness counts.
        scores.pop()
        stacked = array_ops.stack([*scores, nn_ops.relu(per_channel)], axis=-1)
        product = math_ops.reduce_prod(math_ops.pow(stacked, power_factors), [-1])
        return math_ops.reduce_mean(product, [-1])


def _halved(images: list[Tensor], heads: Any, tails: Any, divisor: Tensor) -> tuple[Any, Any]:
    """Images of half the height and width, and the last three numbers of their shapes."""
    flat = [
        array_ops.reshape(x, array_ops.concat([[-1], tail], 0))
        for x, tail in zip(images, tails, strict=True)
    ]
    remainder = tails[0] % divisor
    odd = math_ops.reduce_any(math_ops.not_equal(remainder, 0))

    def padded() -> list[Tensor]:
        padding = array_ops.pad(array_ops.expand_dims(remainder, -1), [[1, 0], [1, 0]])
        return [array_ops.pad(x, padding, mode="SYMMETRIC") for x in flat]

    even = cond(odd, padded, lambda: flat)
    window = [1, 2, 2, 1]
    small = [nn_ops.avg_pool(x, ksize=window, strides=window, padding="VALID") for x in even]
    tails = [shape[1:] for shape in array_ops.shape_n(small)]
    images = [
        array_ops.reshape(x, array_ops.concat([head, tail], 0))
        for x, head, tail in zip(small, heads, tails, strict=True)
    ]
    return images, tails
