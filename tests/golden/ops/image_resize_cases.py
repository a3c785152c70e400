"""Images resized, turned, cropped, padded; element types of images."""

import importlib

import numpy as np
from case_tools import Cases, fed, floats, grad_of, waves

CASES = Cases()


def picture(*shape):
    """Small whole numbers, as floats; no two neighbours alike."""
    return (np.arange(np.prod(shape), dtype=np.int64) * 37 % 101).astype(np.float32).reshape(shape)


SIZES = [[3, 4], [5, 7], [11, 13], [1, 1], [10, 14], [2, 20]]
OPS = {
    "bilinear": ("resize_bilinear", "ResizeBilinear"),
    "bicubic": ("resize_bicubic", "ResizeBicubic"),
    "nearest": ("resize_nearest_neighbor", "ResizeNearestNeighbor"),
}


def all_sizes(name, **kwargs):
    def build(tf):
        resize = getattr(tf.image, name)
        return [resize(tf.constant(picture(2, 5, 7, 3)), size, **kwargs) for size in SIZES]

    return build


def gradients(name, size, **kwargs):
    def build(tf):
        x = tf.constant(picture(2, 5, 7, 2))
        return grad_of(tf, getattr(tf.image, name)(x, size, **kwargs), [x])

    return build


for _name, (_function, _) in OPS.items():
    for _label, _kwargs in (
        ("plain", {}),
        ("corners", {"align_corners": True}),
        ("centers", {"half_pixel_centers": True}),
    ):
        CASES[f"{_name}_{_label}"] = all_sizes(_function, **_kwargs)
        for _size in ([3, 4], [11, 13]):
            CASES[f"{_name}_{_label}_gradient_{_size[0]}"] = gradients(_function, _size, **_kwargs)
    CASES[_name + "_both"] = lambda tf, f=_function: [
        getattr(tf.image, f)(
            picture(1, 2, 2, 1), [3, 3], align_corners=True, half_pixel_centers=True
        )
    ]
    CASES[_name + "_large"] = lambda tf, f=_function: [
        getattr(tf.image, f)(picture(1, 200, 150, 1), [7, 9])
    ]
    CASES[_name + "_types"] = lambda tf, f=_function: [
        getattr(tf.image, f)(tf.constant(picture(1, 3, 4, 1), t), [5, 3])
        for t in (tf.uint8, tf.int8, tf.int16, tf.uint16, tf.int32, tf.int64, tf.half, tf.float64)
    ]

CASES.simple(
    area=all_sizes("resize_area"),
    area_corners=all_sizes("resize_area", align_corners=True),
    area_large=lambda tf: [tf.image.resize_area(picture(1, 200, 150, 1), [7, 9])],
    bilinear_half_gradient=lambda tf: grad_of_type(tf, tf.float16),
    bilinear_double_gradient=lambda tf: grad_of_type(tf, tf.float64),
    bicubic_no_gradient=lambda tf: tf.gradients(
        tf.image.resize_bicubic(*two_of(tf, tf.constant(picture(1, 2, 2, 1), tf.half))), CONSTANTS
    ),
    unknown_size=lambda tf: [
        tf.image.resize_bilinear(picture(1, 2, 3, 1), tf.placeholder_with_default([4, 5], [None])),
        tf.image.resize_images(picture(2, 3, 1), tf.placeholder_with_default([4, 5], [2])),
    ],
    bad_size_rank=lambda tf: [tf.image.resize_bilinear(picture(1, 2, 3, 1), 4)],
    bad_size_count=lambda tf: [tf.image.resize_bilinear(picture(1, 2, 3, 1), [4, 3, 2])],
    bad_size_negative=lambda tf: [
        tf.image.resize_bilinear(picture(1, 2, 3, 1), tf.placeholder_with_default([4, -3], [2]))
    ],
    bad_size_zero=lambda tf: [tf.image.resize_bilinear(picture(1, 2, 3, 1), [4, 0])],
    bad_rank=lambda tf: [tf.image.resize_area(picture(2, 3, 1), [4, 3])],
    bad_empty=lambda tf: [tf.image.resize_bicubic(picture(1, 0, 3, 1), [4, 3])],
    bad_fed=lambda tf: [
        tf.image.resize_nearest_neighbor(
            tf.placeholder_with_default(picture(2, 3, 1), None), [4, 3]
        )
    ],
    images_methods=lambda tf: [
        tf.image.resize_images(picture(5, 7, 3), [3, 9], method) for method in range(4)
    ],
    images_names=lambda tf: [
        tf.image.resize(picture(1, 5, 7, 3), [3, 9], method, align_corners=True, name="mine")
        for method in ("bilinear", "nearest", "bicubic", "area")
    ],
    images_same=lambda tf: [
        tf.image.resize_images(picture(5, 7, 3).astype(np.uint8), [5, 7]),
        tf.image.resize_images(picture(1, 5, 7, 3), (5, 7)),
    ],
    images_aspect=lambda tf: [
        tf.image.resize_images(picture(5, 7, 3), [10, 9], preserve_aspect_ratio=True),
        tf.image.resize_images(picture(1, 5, 7, 3), [3, 30], preserve_aspect_ratio=True),
    ],
    images_bad_method=lambda tf: [tf.image.resize_images(picture(5, 7, 3), [3, 9], 7)],
    images_bad_rank=lambda tf: [tf.image.resize_images(picture(5, 7), [3, 9])],
    images_bad_size=lambda tf: [tf.image.resize_images(picture(5, 7, 3), [3, 9, 1])],
    images_bad_size_type=lambda tf: [tf.image.resize_images(picture(5, 7, 3), [3.5, 9])],
    images_unknown=lambda tf: [tf.image.resize_images(tf.placeholder(tf.float32), [3, 9])],
    with_pad=lambda tf: [
        tf.image.resize_image_with_pad(picture(5, 7, 3), 10, 9),
        tf.image.resize_image_with_pad(picture(2, 5, 7, 3), 3, 30, method=1),
        tf.image.resize_image_with_pad(picture(2, 6, 3, 3), 3, 30, align_corners=True),
    ],
    with_pad_bad=lambda tf: [tf.image.resize_image_with_pad(picture(5, 7, 3), 0, 9)],
    crop_or_pad=lambda tf: [
        tf.image.resize_image_with_crop_or_pad(picture(5, 7, 3), 8, 4),
        tf.image.resize_image_with_crop_or_pad(picture(2, 5, 7, 3), 2, 10),
        tf.image.resize_with_crop_or_pad(picture(5, 7, 3), 5, 7),
    ],
    crop_or_pad_bad=lambda tf: [tf.image.resize_image_with_crop_or_pad(picture(5, 7, 3), 8, -4)],
    pad=lambda tf: [
        tf.image.pad_to_bounding_box(picture(2, 3, 1), 1, 2, 5, 6),
        tf.image.pad_to_bounding_box(picture(1, 2, 3, 1), 0, 0, 2, 3),
    ],
    pad_bad=lambda tf: [tf.image.pad_to_bounding_box(picture(2, 3, 1), 1, 2, 5, 4)],
    pad_negative=lambda tf: [tf.image.pad_to_bounding_box(picture(2, 3, 1), -1, 2, 5, 8)],
    pad_rank=lambda tf: [tf.image.pad_to_bounding_box(picture(2, 3), 1, 2, 5, 8)],
    crop=lambda tf: [
        tf.image.crop_to_bounding_box(picture(5, 6, 1), 1, 2, 3, 4),
        tf.image.crop_to_bounding_box(picture(2, 5, 6, 1), 0, 0, 5, 6),
    ],
    crop_bad=lambda tf: [tf.image.crop_to_bounding_box(picture(5, 6, 1), 1, 2, 3, 5)],
    crop_nothing=lambda tf: [tf.image.crop_to_bounding_box(picture(5, 6, 1), 1, 2, 0, 1)],
    central=lambda tf: [
        tf.image.central_crop(picture(5, 8, 1), 0.5),
        tf.image.central_crop(picture(2, 5, 8, 1), 0.33),
        tf.image.central_crop(picture(5, 8, 1), 1.0),
    ],
    central_bad=lambda tf: [tf.image.central_crop(picture(5, 8, 1), 0.0)],
    central_rank=lambda tf: [tf.image.central_crop(picture(1, 1, 5, 8, 1), 0.5)],
    flips=lambda tf: [
        tf.image.flip_left_right(picture(3, 4, 2)),
        tf.image.flip_up_down(picture(3, 4, 2)),
        tf.image.flip_left_right(picture(2, 3, 4, 2)),
        tf.image.flip_up_down(picture(2, 3, 4, 2)),
    ],
    flip_bad=lambda tf: [tf.image.flip_left_right(picture(3, 4))],
    flip_five=lambda tf: [tf.image.flip_up_down(picture(1, 1, 1, 3, 4))],
    flip_empty=lambda tf: [tf.image.flip_up_down(picture(0, 3, 4))],
    random_flips=lambda tf: [
        tf.image.random_flip_left_right(picture(3, 4, 2), seed=3),
        tf.image.random_flip_up_down(picture(3, 4, 2), seed=4),
        tf.image.random_flip_left_right(picture(5, 3, 4, 2), seed=5),
        tf.image.random_flip_up_down(picture(5, 3, 4, 2).astype(np.uint8), seed=6),
    ],
    turns=lambda tf: (
        [tf.image.rot90(picture(3, 4, 2), k) for k in range(-1, 5)]
        + [tf.image.rot90(picture(2, 3, 4, 2), k) for k in range(4)]
    ),
    turn_bad=lambda tf: [tf.image.rot90(picture(3, 4, 2), [1])],
    transposed=lambda tf: [
        tf.image.transpose_image(picture(3, 4, 2)),
        tf.image.transpose(picture(2, 3, 4, 2), name="mine"),
    ],
    dtypes=lambda tf: [
        tf.image.convert_image_dtype(tf.constant([0, 1, 100, 127], a), b)
        for a in (tf.uint8, tf.int8, tf.int16, tf.int32, tf.int64)
        for b in (tf.uint8, tf.int8, tf.int16, tf.int32, tf.float32, tf.float64)
    ],
    dtypes_of_floats=lambda tf: [
        tf.image.convert_image_dtype(tf.constant([0, 0.1, 0.5, 0.999, 1.0], a), b)
        for a in (tf.float16, tf.float32, tf.float64)
        for b in (tf.uint8, tf.int8, tf.int16, tf.uint16, tf.float32, tf.float64)
    ],
    dtypes_saturated=lambda tf: [
        tf.image.convert_image_dtype(tf.constant([-0.5, 0.4, 1.5]), tf.uint8, True, "mine"),
        tf.image.convert_image_dtype(tf.constant([5, 400], tf.int16), tf.uint8, saturate=True),
    ],
    dtypes_not_saturated=lambda tf: [
        tf.image.convert_image_dtype(tf.constant([-5, 40], tf.int8), tf.uint8, True)
    ],
    dtypes_bad=lambda tf: [tf.image.convert_image_dtype([1, 2], tf.string)],
)
CONSTANTS = []


def two_of(tf, x):
    CONSTANTS[:] = [x]
    return x, [3, 3]


def grad_of_type(tf, dtype):
    x = tf.constant(picture(1, 3, 4, 2), dtype)
    return grad_of(tf, tf.image.resize_bilinear(x, [5, 3]), [x])


FILTERS = "lanczos1 lanczos3 lanczos5 gaussian box triangle keyscubic mitchellcubic".split()


def filtered(kernel, antialias):
    def build(tf):
        x = tf.constant(picture(2, 5, 7, 3))
        results = []
        for size in ([3, 4], [11, 13]):
            y = tf.raw_ops.ScaleAndTranslate(
                images=x,
                size=size,
                scale=[size[0] / 5.0, size[1] / 7.0],
                translation=[0.0, 0.5],
                kernel_type=kernel,
                antialias=antialias,
            )
            results += grad_of(tf, y, [x])[0]
        return results

    return build


for _kernel in FILTERS:
    CASES["filter_" + _kernel] = filtered(_kernel, True)
    CASES[f"filter_{_kernel}_sharp"] = filtered(_kernel, False)
CASES["filter_unknown"] = filtered("cubic", True)


@CASES.case
def second_version(tf):
    ours = tf.__name__ == "evergraph"
    from_two = importlib.import_module(
        "evergraph.api.image_resizing" if ours else "tensorflow.python.ops.image_ops"
    )
    x = tf.constant(picture(1, 6, 5, 2))
    methods = "bilinear nearest bicubic area lanczos3 lanczos5 gaussian mitchellcubic".split()
    results = [from_two.resize_images_v2(x, [4, 7], method) for method in methods]
    results += [from_two.resize_images_v2(x, [4, 3], m, antialias=True) for m in methods]
    return results


@CASES.case
def of_unknown_shape(tf):
    x, feed = fed(tf, picture(5, 7, 3), [None, None, 3])
    return [
        tf.image.resize_images(x, [3, 4]),
        tf.image.resize_images(x, [10, 4], preserve_aspect_ratio=True),
        tf.image.resize_image_with_crop_or_pad(x, 8, 4),
        tf.image.resize_image_with_pad(x, 8, 4),
        tf.image.pad_to_bounding_box(x, 1, 2, 9, 10),
        tf.image.crop_to_bounding_box(x, 1, 2, 2, 3),
        tf.image.central_crop(x, 0.5),
        tf.image.flip_left_right(x),
        tf.image.random_flip_up_down(x, seed=2),
        tf.image.rot90(x),
        tf.image.transpose(x),
    ], feed


@CASES.case
def of_unknown_rank(tf):
    x, feed = fed(tf, picture(5, 7, 3), None)
    return [
        tf.image.resize_image_with_crop_or_pad(x, 8, 4),
        tf.image.pad_to_bounding_box(x, 1, 2, 9, 10),
        tf.image.crop_to_bounding_box(x, 1, 2, 2, 3),
        tf.image.flip_left_right(x),
        tf.image.random_flip_up_down(x, seed=2),
        tf.image.transpose(x),
    ], feed


@CASES.case
def of_unknown_targets(tf):
    x = tf.constant(waves(5, 7, 3))
    height, width = tf.placeholder_with_default(8, []), tf.placeholder_with_default(4, [])
    return [
        tf.image.resize_image_with_crop_or_pad(x, height, width),
        tf.image.pad_to_bounding_box(x, 1, 2, height, 10),
        tf.image.crop_to_bounding_box(x, 1, 2, 2, width),
        tf.image.resize_image_with_pad(x, height, width),
    ]


@CASES.case
def too_small_at_run_time(tf):
    height = tf.placeholder_with_default(3, [])
    return [tf.image.pad_to_bounding_box(floats(5, 7, 3), 1, 2, height, 10)]
