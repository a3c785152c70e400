"""tf.contrib.image's matches, components, splines and stereograms against TensorFlow."""

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf
from evergraph.kernels.stereograms import Stereogram, normalized

CASES, GOLDEN = case_runner.load("image_contrib_cases")
READ, READ_GOLDEN = case_runner.load("resampler_cases")
RANDOM = [name for name in CASES if name.startswith("stereogram_")]


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name], run=name not in RANDOM)


@pytest.mark.parametrize("name", READ)
def test_resampler(name: str) -> None:
    case_runner.check(READ[name], READ_GOLDEN[name])


@pytest.mark.parametrize("name", RANDOM)
def test_stereogram(name: str) -> None:
    """In TensorFlow's image as in ours those dots are alike that are to be, and black is where it
    is."""
    with tf.Graph().as_default(), tf.Session() as session:
        (tensor,) = CASES[name](tf)
        node = tensor.op
        ours = session.run(tensor)
        depths = session.run(node.inputs[0])
    golden = GOLDEN[name]["values"][0]
    theirs = np.array(golden["values"], np.uint8).reshape(golden["shape"])
    assert ours.shape == theirs.shape
    bounds = (node.get_attr("normalize_min"), node.get_attr("normalize_max"))
    made = Stereogram(
        image=(ours.shape[1], ours.shape[0]),
        window=tuple(d.size for d in node.get_attr("output_data_window").dim),
        dots=0,
        eyes=int(node.get_attr("eye_separation") * node.get_attr("dots_per_inch")),
        mu=node.get_attr("mu"),
        border=node.get_attr("border_level"),
        hidden=node.get_attr("hidden_surface_removal"),
    )
    dots = node.get_attr("convergence_dots_size")
    values = normalized(depths, bounds if node.get_attr("normalize") else None)
    links = Stereogram(**{**vars(made), "dots": dots}).links(values)
    rows = np.arange(len(links))[:, None]
    linked = links != np.arange(links.shape[1])
    assert linked.mean() > 0.4
    for image in (ours, theirs):
        alike = (image == image[rows, links]).all(axis=-1)
        # The squares are drawn over the dots.
        assert (alike | (image == 0).all(axis=-1) | (image[rows, links] == 0).all(axis=-1)).all()
    black = (theirs == 0).all(axis=-1)
    if dots:
        squares = [
            (y, x)
            for y, x in np.argwhere(black)
            if black[y : y + dots, x : x + dots].sum() == dots**2
        ]
        assert any((ours[y : y + dots, x : x + dots] == 0).all() for y, x in squares)
    if node.get_attr("number_colors") == 2:
        assert set(np.unique(ours)) == set(np.unique(theirs)) == {0, 255}
