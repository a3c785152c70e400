"""tf.contrib.image: matches, components, stereograms, splines."""

import numpy as np
from case_tools import Cases, fed, grad_of, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple


def spots(*shape):
    n = np.arange(int(np.prod(shape)), dtype=np.int64)
    return (n * n * 7 % 13 // 5).astype(np.int32).reshape(shape)


def matched(tf, distances, rows, **options):
    return list(tf.contrib.image.bipartite_match(np.float32(distances), rows, **options))


def components(tf, images):
    return [tf.contrib.image.connected_components(images)]


simple(
    match=lambda tf: matched(tf, waves(4, 3), -1.0),
    match_ties=lambda tf: matched(tf, np.ones((5, 4)), [-1.0]),
    match_some_ties=lambda tf: matched(tf, spots(6, 5), -1.0),
    match_rows=lambda tf: matched(tf, waves(4, 6), 2.0, top_k=3),
    match_best=lambda tf: matched(tf, waves(4, 6), 4.0, top_k=1, name="m"),
    match_nothing=lambda tf: matched(tf, np.zeros((0, 3)), -1.0),
    match_too_many_rows=lambda tf: matched(tf, waves(2, 3), 3.0),
    match_rank=lambda tf: matched(tf, waves(3), 3.0),
    match_two_counts=lambda tf: matched(tf, waves(2, 3), [1.0, 2.0]),
    components=lambda tf: components(tf, tf.constant(spots(3, 9, 11))),
    components_of_one=lambda tf: components(tf, tf.constant(spots(7, 10) > 0)),
    components_full=lambda tf: components(tf, tf.ones([2, 3, 3])),
    components_empty=lambda tf: components(tf, tf.zeros([2, 3, 3], tf.uint8)),
    components_of_text=lambda tf: components(tf, [["a", "b", ""], ["b", "b", "a"]]),
    components_rank=lambda tf: components(tf, tf.zeros([4])),
)


@case
def components_spiral(tf):
    """One component that comes back to itself in many ways."""
    n = 21
    image = np.zeros((n, n), bool)
    for k in range(0, n, 2):
        image[k, k % 4 : n - k % 4] = True
        image[k:, k] = True
    return components(tf, tf.constant(image))


@case
def components_of_unknown_size(tf):
    x, feed = fed(tf, spots(1, 5, 4), [None, None, None])
    return components(tf, x), feed


def places(*shape):
    return waves(*shape) * 3 + np.arange(shape[1], dtype=np.float32)[:, None]


def splined(tf, order, weight=0.0):
    points, values, queries = (
        # Solutions of equations are not the same to many places.
        tf.constant(np.float64(v))
        for v in (places(2, 5, 2), waves(2, 5, 3), places(2, 4, 2) + 0.25)
    )
    y = tf.contrib.image.interpolate_spline(points, values, queries, order, weight)
    return grad_of(tf, y, [values, queries])


for _order in range(1, 6):
    CASES["spline_" + str(_order)] = lambda tf, order=_order: splined(tf, order)
simple(
    spline_regularized=lambda tf: splined(tf, 2, 0.125),
    spline_of_unknown_depth=lambda tf: [
        tf.contrib.image.interpolate_spline(
            tf.placeholder(tf.float32, [1, 5, None]), waves(1, 5, 3), places(1, 4, 2), 1
        )
    ],
    spline_of_unknown_values=lambda tf: [
        tf.contrib.image.interpolate_spline(
            places(1, 5, 2), tf.placeholder(tf.float32, [1, 5, None]), places(1, 4, 2), 1
        )
    ],
)


@case
def spline_of_unknown_counts(tf):
    x, feed = fed(tf, places(1, 5, 2), [None, None, 2])
    return [tf.contrib.image.interpolate_spline(x, waves(1, 5, 2), places(1, 3, 2), 1)], feed


def warped(tf, **options):
    image = tf.constant(np.float64(waves(2, 5, 6, 3) + 1))
    source = np.float64([[[1, 1], [3, 4], [0, 3]]] * 2)
    target = source + waves(2, 3, 2)
    return list(tf.contrib.image.sparse_image_warp(image, source, target, **options))


simple(
    warp=warped,
    warp_corners=lambda tf: warped(tf, num_boundary_points=1, name="w"),
    warp_edges=lambda tf: warped(tf, num_boundary_points=3, interpolation_order=1),
    warp_regularized=lambda tf: warped(tf, num_boundary_points=2, regularization_weight=0.01),
)


def stereogram(tf, depths, **options):
    found = tf.contrib.image.single_image_random_dot_stereograms(depths, **options)
    return [found]


SMALL = {
    "output_image_shape": [80, 24, 1],
    "output_data_window": [70, 14],
    "dots_per_inch": 16,
    "convergence_dots_size": 3,
}
DEPTHS = np.float32([[0, 0, 1, 2, 1], [0, 3, 3, 1, 0], [2, 2, 0, 0, 0]])
# Dots are random: a test has them from here, and compares what must be alike.
STEREOGRAMS = {
    "plain": dict(SMALL),
    "black": dict(SMALL, number_colors=2),
    "visible": dict(SMALL, hidden_surface_removal=False),
    "coloured": dict(SMALL, number_colors=300, output_image_shape=[60, 20, 3]),
    "without_dots": dict(SMALL, convergence_dots_size=0, border_level=0.5, mu=0.25),
    "normal": dict(SMALL, normalize_max=2.5, normalize_min=0.5),
    "as_they_are": dict(SMALL, normalize=False, eye_separation=1.75),
}
for _name, _options in STEREOGRAMS.items():
    CASES["stereogram_" + _name] = lambda tf, o=_options: stereogram(tf, DEPTHS, **o)
