"""Convolutions of images against TensorFlow."""

from typing import Any

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf
from evergraph.kernels import conv_products

CASES, GOLDEN = case_runner.load("convolution_cases")


@pytest.mark.parametrize("name", CASES)
def test_convolution(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


@pytest.fixture
def always_products(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every convolution that can be is a product of matrices; which were."""
    monkeypatch.setattr(conv_products, "_FEW", 1 << 30)
    monkeypatch.setattr(conv_products, "_FEW_OF_POINTS", 1 << 30)
    made, plain = [], conv_products.places

    def places(*args: Any) -> Any:
        found = plain(*args)
        made.append(found)
        return found

    monkeypatch.setattr(conv_products, "places", places)
    return made


@pytest.mark.parametrize("name", CASES)
def test_convolution_as_a_product(name: str, always_products: list[Any]) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
    if name in ("same", "same_strides", "dilated", "explicit", "one_pixel_strides", "volume"):
        assert any(always_products)


def both_formats(
    images: np.ndarray, build: Any, formats: tuple[str, str] = ("NHWC", "NCHW")
) -> list[list[np.ndarray]]:
    """Results and first and second gradients of `build(x, data_format)`, channels last."""
    rank = images.ndim
    found = []
    with tf.Graph().as_default(), tf.Session() as session:
        for data_format, axes in zip(
            formats, (range(rank), (0, rank - 1, *range(1, rank - 1))), strict=True
        ):
            x = tf.constant(images.transpose(axes))
            y, w = build(x, data_format)
            dx, dw = tf.gradients(y * y, [x, w])
            (ddx,) = tf.gradients(dx * dx, [x])
            back = np.argsort(axes)
            y, dx, ddx, dw = session.run([y, dx, ddx, dw])
            found.append([*(v.transpose(back) for v in (y, dx, ddx)), dw])
    return found


def random_values(*size: int) -> np.ndarray:
    return np.random.default_rng(sum(size)).normal(size=size).astype(np.float32)


@pytest.mark.parametrize("kind", ["plain", "grouped", "explicit", "dilated", "depthwise", "volume"])
def test_channels_first(kind: str) -> None:
    """TensorFlow computes these on a GPU only; the values are those of channels last."""
    images = random_values(2, 5, 6, 4) if kind != "volume" else random_values(2, 4, 5, 3, 2)
    filters = {
        "grouped": random_values(3, 2, 2, 6),
        "depthwise": random_values(3, 2, 4, 2),
        "volume": random_values(2, 3, 2, 2, 3),
    }.get(kind, random_values(3, 2, 4, 6))

    def build(x: Any, data_format: str) -> Any:
        w = tf.constant(filters)
        first = data_format.startswith("NC")
        more = {"data_format": data_format}
        if kind == "depthwise":
            strides = [1, 1, 2, 2] if first else [1, 2, 2, 1]
            return tf.nn.depthwise_conv2d_native(x, w, strides, "SAME", **more), w
        if kind == "volume":
            strides = [1, 1, 2, 1, 1] if first else [1, 2, 1, 1, 1]
            return tf.nn.conv3d(x, w, strides, "SAME", **more), w
        padding: Any = "SAME"
        if kind == "explicit":
            padding = [[0, 0], [2, 1], [0, 1]]
            padding.insert(1 if first else 3, [0, 0])
        dilations = 2 if kind == "dilated" else 1
        return tf.nn.conv2d(x, w, 1, padding, dilations=dilations, **more), w

    formats = ("NDHWC", "NCDHW") if kind == "volume" else ("NHWC", "NCHW")
    for last, first in zip(*both_formats(images, build, formats), strict=True):
        np.testing.assert_allclose(first, last, rtol=1e-4, atol=1e-4)


def test_groups() -> None:
    """TensorFlow computes these on a GPU only: convolutions side by side."""
    with tf.Graph().as_default(), tf.Session() as session:
        x, w = tf.constant(random_values(2, 5, 6, 4)), tf.constant(random_values(3, 2, 2, 6))
        whole = tf.nn.conv2d(x, w, 1, "SAME")
        pairs = zip(tf.split(x, 2, 3), tf.split(w, 2, 3), strict=True)
        parts = tf.concat([tf.nn.conv2d(a, b, 1, "SAME") for a, b in pairs], 3)
        grads = [tf.gradients(y * y, [x, w]) for y in (whole, parts)]
        found, wanted = session.run([[whole, grads[0]], [parts, grads[1]]])
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-5, atol=1e-5)
    for a, b in zip(found[1], wanted[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_holes_are_those_of_dilations() -> None:
    """The gradients of dilated convolutions, which TensorFlow computes on a GPU only."""
    with tf.Graph().as_default(), tf.Session() as session:
        x, w = tf.constant(random_values(2, 7, 6, 3)), tf.constant(random_values(3, 2, 3, 4))
        ys = [
            tf.nn.conv2d(x, w, 1, "SAME", dilations=[2, 1]),
            tf.nn.convolution(x, w, "SAME", dilation_rate=[2, 1]),
        ]
        found, wanted = session.run([[y, *tf.gradients(y * y, [x, w])] for y in ys])
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)
