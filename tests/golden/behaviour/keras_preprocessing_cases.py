"""tf.keras.preprocessing: texts, sequences, images; random ones by seed."""

import json
import os
import random
import tempfile

import numpy as np
from outcomes import Cases, captured, describe, tried

CASES = Cases()
case = CASES.case
TEXTS = ["The cat sat on the mat.", "The dog -- a big DOG, sat too!", "\tA cat? a cat\n"]


@case
def words(tf, module):
    text = tf.keras.preprocessing.text
    f, trick = text.text_to_word_sequence, text.hashing_trick
    return {
        "plain": [f(t) for t in TEXTS],
        "upper": f(TEXTS[1], lower=False, filters=".,"),
        "split": f("a,b;c,,d", split=","),
        "long split": f("a!b--c", filters="!", split="--"),
        "md5": trick(TEXTS[1], 20, "md5"),
        "own": trick(TEXTS[1], 20, len, lower=False),
        "hash": all(0 < i < 9 for i in text.one_hot(TEXTS[0], 9) + trick(TEXTS[0], 9)),
    }


def of_tokenizer(tokenizer):
    tokenizer.fit_on_texts(TEXTS)
    found = {"index": tokenizer.word_index, "docs": sorted(tokenizer.index_docs.items())}
    found["counts"] = describe(tokenizer.word_counts)
    numbers = tokenizer.texts_to_sequences([*TEXTS, "a mouse sat", ["The", "mat"]])
    found["numbers"] = numbers
    found["texts"] = tokenizer.sequences_to_texts([*numbers, [99, 1, 5]])
    for mode in ("binary", "count", "freq", "tfidf", "other"):
        found[mode] = tried(tokenizer.texts_to_matrix, [*TEXTS, "mouse"], mode)
    config = tokenizer.get_config()
    found["config"] = {k: v for k, v in config.items() if not k.endswith("_docs")}
    found["keys"] = list(config)
    found["name"] = json.loads(tokenizer.to_json())["class_name"]
    return found


@case
def tokenizers(tf, module):
    make = tf.keras.preprocessing.text.Tokenizer
    found = {}
    for name, arguments in (
        ("plain", {}),
        ("few", {"num_words": 4}),
        ("unknown", {"num_words": 5, "oov_token": "<oov>"}),
        ("letters", {"char_level": True, "filters": ""}),
        ("upper", {"lower": False, "split": "a"}),
    ):
        for label, value in of_tokenizer(make(**arguments)).items():
            found[f"{name} {label}"] = value
    found["old name"] = make(nb_words=3).num_words
    found["wrong"] = tried(make, words=3)
    found["unfit"] = tried(make().texts_to_matrix, ["a"])
    found["unfit tfidf"] = tried(make(num_words=3).texts_to_matrix, ["a"], "tfidf")
    numbers = make(num_words=4)
    numbers.fit_on_sequences([[1, 2], [2, 2, 3]])
    found["of numbers"] = [dict(numbers.index_docs), numbers.document_count]
    found["tfidf of numbers"] = describe(numbers.sequences_to_matrix([[2, 1], [3]], "tfidf"))
    return found


@case
def padding(tf, module):
    f = tf.keras.preprocessing.sequence.pad_sequences
    given = [[1, 2, 3], [], [4], [5, 6, 7, 8, 9]]
    return {
        "plain": tried(f, given),
        "short": tried(f, given, 2),
        "post": tried(f, given, maxlen=4, padding="post", truncating="post", value=-1),
        "floats": tried(f, given, 4, "float32", value=0.5),
        "arrays": tried(f, [np.ones((2, 3)), np.zeros((1, 3))], dtype="float32"),
        "words": tried(f, [["a"], ["b", "c"]], dtype=object, value="-"),
        "no words": tried(f, [["a"]], value="-"),
        "shapes": tried(f, [np.ones((2, 3)), np.zeros((1, 2))]),
        "padding": tried(f, given, padding="both"),
        "truncating": tried(f, given, truncating="both"),
        "no list": tried(f, 3),
        "numbers": tried(f, [1, 2]),
    }


@case
def pairs(tf, module):
    sequence = tf.keras.preprocessing.sequence
    found = {"table": tried(sequence.make_sampling_table, 12, 1e-2)}
    table = sequence.make_sampling_table(12, 1e-1)
    for name, arguments in (
        ("plain", {}),
        ("seeded", {"seed": 3, "window_size": 1}),
        ("in order", {"shuffle": False, "categorical": True, "negative_samples": 0.5}),
        ("sampled", {"sampling_table": table, "negative_samples": 0}),
        ("categorical", {"categorical": True, "window_size": 2}),
    ):
        random.seed(5)
        found[name] = tried(sequence.skipgrams, [3, 1, 0, 7, 11, 2], 12, **arguments)
    return found


@case
def windows(tf, module):
    make = tf.keras.preprocessing.sequence.TimeseriesGenerator
    data, targets = np.arange(20).reshape(10, 2), np.arange(10) * 10
    found = {}
    for name, arguments in (
        ("plain", {"batch_size": 4}),
        ("sampled", {"sampling_rate": 2, "stride": 3, "batch_size": 2}),
        ("part", {"start_index": 2, "end_index": 7, "reverse": True}),
        ("random", {"shuffle": True, "batch_size": 3}),
    ):
        made = make(data, targets, length=3, **arguments)
        np.random.seed(2)
        found[name] = [len(made), *(describe(made[i]) for i in range(len(made)))]
        found[name + " config"] = json.loads(made.to_json())
    found["lists"] = describe(make([1, 2, 3, 4], [1, 2, 3, 4], 2)[0])
    found["lengths"] = tried(make, data, targets[1:], 3)
    found["too long"] = tried(make, data, targets, 10)
    found["config"] = tried(make([{1}, {2}, {3}], [1, 2, 3], 1).get_config)
    found["base"] = isinstance(made, tf.keras.utils.Sequence)
    return found


def picture(*shape):
    """Smooth, so that rounding of interpolated values is not seen."""
    grid = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    return (np.sin(grid / 7) * 100 + 128).astype("float32")


def figures(x):
    """A digest of an image, the same for results that differ by rounding only."""
    x = np.asarray(x)
    weights = np.arange(x.size).reshape(x.shape) / x.size + 1
    sums = [float(np.sum(np.abs(x))), float(np.sum(np.abs(x * weights)))]
    ends = x.reshape(-1)[:: max(1, x.size // 7)]
    rounded = [float("%.3g" % v) for v in [*sums, *ends]]  # noqa: UP031
    return [str(x.dtype), list(x.shape), rounded]


def transformed(f, *arguments, **more):
    np.random.seed(4)
    try:
        return figures(f(*arguments, **more))
    except Exception:
        return tried(f, *arguments, **more)


@case
def transforms(tf, module):
    image = tf.keras.preprocessing.image
    x, first = picture(9, 7, 3), picture(3, 9, 7)
    last = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    affine = image.apply_affine_transform
    return {
        "rotation": transformed(image.random_rotation, x, 40, **last),
        "rotation first": transformed(image.random_rotation, first, 40),
        "shift": transformed(image.random_shift, x, 0.3, 0.2, fill_mode="constant", cval=9, **last),
        "shear": transformed(image.random_shear, x, 20, fill_mode="reflect", **last),
        "zoom": transformed(image.random_zoom, x, (0.5, 1.5), fill_mode="wrap", **last),
        "no zoom": transformed(image.random_zoom, x, (1, 1), **last),
        "zoom wrong": transformed(image.random_zoom, x, (1, 1, 2), **last),
        "channels": transformed(image.random_channel_shift, x, 50, channel_axis=2),
        "channel": transformed(image.apply_channel_shift, first, -20.5),
        "brightness": transformed(image.apply_brightness_shift, x, 0.5),
        "random brightness": transformed(image.random_brightness, x, (0.5, 2)),
        "brightness wrong": transformed(image.random_brightness, x, (0.5,)),
        "all": transformed(affine, x, 30, 1, 2, 10, 0.8, 1.2),
        "order": transformed(affine, x, theta=30, order=0),
        "nothing": affine(x) is x,
    }


def written(folder):
    """A folder of pictures in two classes."""
    from PIL import Image

    for i in range(7):
        name = os.path.join(folder, "cats" if i % 2 else "dogs", "deep" if i > 4 else "")
        os.makedirs(name, exist_ok=True)
        pixels = picture(6 + i, 5, 3).astype("uint8")
        Image.fromarray(pixels).save(os.path.join(name, "p%d.png" % i))  # noqa: UP031
    open(os.path.join(folder, "dogs", "notes.txt"), "w").close()
    return folder


@case
def files(tf, module):
    image = tf.keras.preprocessing.image
    folder = written(tempfile.mkdtemp())
    path = os.path.join(folder, "cats", "p1.png")
    found = {}
    for name, arguments in (
        ("plain", {}),
        ("grey", {"color_mode": "grayscale"}),
        ("old grey", {"grayscale": True}),
        ("alpha", {"color_mode": "rgba"}),
        ("size", {"target_size": (4, 3)}),
        ("box", {"target_size": (4, 3), "interpolation": "box"}),
        ("mode", {"color_mode": "cmyk"}),
        ("method", {"target_size": (4, 3), "interpolation": "cubic"}),
    ):
        try:
            picture_ = image.load_img(path, **arguments)
            array = image.img_to_array(picture_)
            found[name] = [picture_.mode, list(picture_.size), describe(array)]
        except ValueError as error:
            found[name] = str(error)
    x = picture(4, 3, 3)
    for name, value, arguments in (
        ("array", x, {}),
        ("unscaled", x, {"scale": False}),
        ("first", picture(3, 4, 5), {"data_format": "channels_first"}),
        ("one channel", picture(4, 3, 1), {}),
        ("deep", picture(4, 3, 1) * 9, {"scale": False}),
        ("four", picture(4, 3, 4), {}),
        ("two", picture(4, 3, 2), {}),
        ("rank", picture(4, 3), {}),
        ("format", x, {"data_format": "last"}),
    ):
        try:
            made = image.array_to_img(value, **arguments)
            found["img " + name] = [made.mode, list(made.size), np.asarray(made).tolist()]
        except ValueError as error:
            found["img " + name] = str(error)
    found["matrix"] = tried(image.img_to_array, picture(2, 3))
    found["matrix first"] = tried(image.img_to_array, picture(2, 3), "channels_first")
    found["doubles"] = tried(image.img_to_array, picture(2, 3, 1), None, "float64")
    found["vector"] = tried(image.img_to_array, picture(2))
    found["no format"] = tried(image.img_to_array, x, "last")
    image.save_img(os.path.join(folder, "new.png"), x)
    found["saved"] = describe(image.img_to_array(image.load_img(os.path.join(folder, "new.png"))))
    return found


SETTINGS = {
    "plain": {},
    "rescale": {"rescale": 1 / 255.0},
    "turned": {"rotation_range": 30, "shear_range": 10.0, "fill_mode": "reflect"},
    "moved": {"width_shift_range": 0.2, "height_shift_range": 0.3, "cval": 5.0},
    "pixels": {"width_shift_range": 2, "height_shift_range": [-1, 0, 2]},
    "many": {"zoom_range": 0.4, "horizontal_flip": True, "vertical_flip": True},
    "zoomed": {"zoom_range": [0.8, 1.0], "channel_shift_range": 30.0},
    "brighter": {"brightness_range": (0.5, 1.5)},
    "samples": {"samplewise_center": True, "samplewise_std_normalization": True},
    "features": {"featurewise_center": True, "featurewise_std_normalization": True},
    "white": {"zca_whitening": True, "zca_epsilon": 1e-1},
    "first": {"data_format": "channels_first", "rotation_range": 20, "horizontal_flip": True},
    "own": {"preprocessing_function": lambda x: x[::-1] * 2, "dtype": "float64"},
}


@case
def generators(tf, module):
    image = tf.keras.preprocessing.image
    found = {}
    x, y = picture(7, 8, 6, 3), np.arange(7)
    for name, arguments in SETTINGS.items():
        made = image.ImageDataGenerator(**arguments)
        given = x.transpose(0, 3, 1, 2) if name == "first" else x
        if name in ("features", "white"):
            made.fit(given / 255, seed=1)
            given = given / 255
        flow = made.flow(given, y, batch_size=3, seed=11)
        batches = [next(flow) for _ in range(4)]
        found[name] = [[figures(a), b.tolist()] for a, b in batches]
        found[name + " by number"] = figures(flow[1][0])
        one = made.random_transform(given[0].copy(), seed=2)
        found[name + " one"] = figures(one)
    return found


@case
def generator_errors(tf, module):
    image = tf.keras.preprocessing.image
    make = image.ImageDataGenerator
    x, y = picture(6, 4, 4, 3), np.arange(6)
    flow = make(validation_split=0.5).flow
    same = np.array([0, 1, 1, 0, 1, 0])
    augmented = make(featurewise_center=True, rotation_range=20)
    augmented.fit(x, augment=True, rounds=2, seed=3)
    parts = [
        flow(x, same, subset=s, shuffle=False, batch_size=9) for s in ("training", "validation")
    ]
    weighted = flow([x, [y, y + 1]], y, sample_weight=y * 2, shuffle=False, batch_size=2)
    batch = next(weighted)
    return {
        "format": tried(make, data_format="last"),
        "split": tried(make, validation_split=1),
        "zoom": tried(make, zoom_range=(1, 2, 3)),
        "brightness": tried(make, brightness_range=2),
        "rank": tried(make().fit, x[0]),
        "flow rank": tried(flow, x[0]),
        "labels": tried(flow, x, y[1:]),
        "weights": tried(flow, x, y, sample_weight=y[1:]),
        "others": tried(flow, [x, y[1:]]),
        "subset": tried(flow, x, y, subset="test"),
        "classes": tried(flow, x, y, subset="training"),
        "parts": [[p.n, figures(p[0][0]), p[0][1].tolist()] for p in parts],
        "weighted": [describe(batch[0][1:]), describe(batch[1:])],
        "number": tried(weighted.__getitem__, 5),
        "length": [len(weighted), weighted.n, weighted.batch_size],
        "mean": figures(augmented.mean),
        "implied": make(zca_whitening=True, featurewise_std_normalization=True).__dict__[
            "featurewise_std_normalization"
        ],
        "only images": figures(next(flow(x, batch_size=2, shuffle=False))),
        "base": isinstance(weighted, tf.keras.utils.Sequence),
        "unfit": figures(make(featurewise_center=True).standardize(x[0].copy())),
    }


@case
def directories(tf, module):
    image = tf.keras.preprocessing.image
    folder = written(tempfile.mkdtemp())
    found = {}
    for name, arguments in (
        ("plain", {}),
        ("grey", {"color_mode": "grayscale", "class_mode": "binary"}),
        (
            "sparse",
            {"class_mode": "sparse", "classes": ["dogs", "cats"], "interpolation": "box"},
        ),
        ("input", {"class_mode": "input", "shuffle": False}),
        ("none", {"class_mode": None, "color_mode": "rgba"}),
        ("training", {"subset": "training"}),
        ("validation", {"subset": "validation"}),
        ("wrong", {"class_mode": "raw"}),
        ("colours", {"color_mode": "cmyk"}),
        ("subset", {"subset": "test"}),
    ):
        made = image.ImageDataGenerator(horizontal_flip=True, validation_split=0.4)

        def flow(made=made, arguments=arguments):
            given = dict({"target_size": (5, 4), "batch_size": 3, "seed": 7}, **arguments)
            return made.flow_from_directory(folder, **given)

        kept = []
        try:
            found[name + " printed"] = captured(lambda: kept.append(flow()))  # noqa: B023
        except ValueError as error:
            found[name] = str(error.args).split("expected one of")[0]
            continue
        files_ = [f.replace(os.sep, "/") for f in kept[0].filenames]
        found[name + " files"] = [files_, kept[0].classes.tolist(), kept[0].class_indices]
        batches = [next(kept[0]) for _ in range(2)]
        found[name] = [
            [figures(part) for part in (b if isinstance(b, tuple) else (b,))] for b in batches
        ]
    out = tempfile.mkdtemp()
    made = image.ImageDataGenerator().flow_from_directory(
        folder, target_size=(5, 4), save_to_dir=out, save_prefix="new", batch_size=2, seed=1
    )
    next(made)
    found["saved"] = sorted(os.listdir(out))
    return found


@case
def frames(tf, module):
    import pandas

    image = tf.keras.preprocessing.image
    folder = written(tempfile.mkdtemp())
    frame = pandas.DataFrame(
        {
            "filename": ["cats/p1.png", "dogs/p0.png", "cats/no.png", "cats/p3.png", "dogs/p2.png"],
            "class": ["cat", "dog", "cat", "cat", "dog"],
            "several": [["a", "b"], ["b"], ["c"], ["a"], ["c", "a"]],
            "size": [1.5, 2.5, 3.5, 4.5, 5.5],
        }
    )
    found = {}
    for name, arguments in (
        ("plain", {}),
        ("sparse", {"class_mode": "sparse", "weight_col": "size"}),
        ("several", {"y_col": "several"}),
        ("some", {"y_col": "several", "classes": ["a", "b"]}),
        ("raw", {"class_mode": "raw", "y_col": "size"}),
        ("other", {"class_mode": "other", "y_col": "size", "has_ext": True}),
        ("outputs", {"class_mode": "multi_output", "y_col": ["size", "class"]}),
        ("none", {"class_mode": None}),
        ("binary", {"class_mode": "binary", "subset": "validation"}),
        ("no list", {"class_mode": "multi_output", "y_col": "size"}),
        ("numbers", {"y_col": "size"}),
        ("numbers sparse", {"class_mode": "sparse", "y_col": "size"}),
        ("one class", {"class_mode": "binary", "classes": ["cat"]}),
        ("paths", {"x_col": "size"}),
        ("weights", {"weight_col": "class"}),
    ):
        made = image.ImageDataGenerator(validation_split=0.5)
        kept = []

        def flow(made=made, arguments=arguments, kept=kept):
            given = dict({"target_size": (5, 4), "batch_size": 3, "seed": 7}, **arguments)
            kept.append(made.flow_from_dataframe(frame, folder, **given))

        try:
            found[name + " printed"] = captured(flow)
        except (ValueError, TypeError) as error:
            found[name] = [type(error).__name__, str(error).split("<class")[0]]
            continue
        batch = next(kept[0])
        parts = batch if isinstance(batch, tuple) else (batch,)
        found[name] = [kept[0].filenames, figures(parts[0]), describe(list(parts[1:]))]
    return found
