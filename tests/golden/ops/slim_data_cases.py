"""tf.contrib.slim: records as items; tf.contrib.layers.gdn."""

import numpy as np
from case_tools import Cases, grad_of, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple


def example(tf, **features):
    """A serialized Example."""
    kinds = {bytes: "bytes_list", int: "int64_list", float: "float_list"}
    message = tf.train.Example()
    for key, values in features.items():
        kind = kinds[type(values[0])] if values else "int64_list"
        getattr(message.features.feature[key.replace("__", "/")], kind).value.extend(values)
    return tf.constant(message.SerializeToString(deterministic=True))


def decoded(tf, features, handlers, items=None, **values):
    """The items of an Example, dense or sparse."""
    decoder = tf.contrib.slim.tfexample_decoder.TFExampleDecoder(features, handlers)
    names = list(decoder.list_items())
    return list(decoder.decode(example(tf, **values), items)) + [tf.constant(names)]


def handlers(tf):
    return tf.contrib.slim.tfexample_decoder


@case
def tensors(tf):
    h = handlers(tf)
    features = {
        "label": tf.FixedLenFeature([], tf.int64),
        "row": tf.FixedLenFeature([2, 3], tf.float32),
        "text": tf.FixedLenFeature([1], tf.string, default_value=["none"]),
        "some": tf.VarLenFeature(tf.int64),
        "sizes": tf.VarLenFeature(tf.int64),
        "sides": tf.FixedLenFeature([2], tf.int64),
        "height": tf.FixedLenFeature([1], tf.int64),
    }
    made = {
        "label": h.Tensor("label"),
        "row": h.Tensor("row", shape=[3, 2]),
        "text": h.Tensor("text"),
        "some": h.Tensor("some", default_value=-1),
        "shaped": h.Tensor("some", shape_keys="sizes"),
        "shaped_twice": h.Tensor("some", shape_keys=["height", "height"]),
        "dense": h.Tensor("row", shape_keys=["sides"]),
        "twice": h.ItemHandlerCallback(["label", "height"], lambda k: k["label"] + k["height"]),
    }
    return decoded(
        tf,
        features,
        made,
        label=[7],
        row=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        some=[1, 2, 3, 4],
        sizes=[2, 2],
        sides=[3, 2],
        height=[2],
    )


@case
def some_items(tf):
    h = handlers(tf)
    features = {"a": tf.FixedLenFeature([], tf.int64), "b": tf.VarLenFeature(tf.float32)}
    made = {"first": h.Tensor("a"), "second": h.Tensor("b"), "third": h.Tensor("b", shape=[1, -1])}
    return decoded(tf, features, made, ["third", "first"], a=[3], b=[0.5, 1.5])


@case
def boxes(tf):
    h = handlers(tf)
    features = {
        f"box/{side}": tf.VarLenFeature(tf.float32) for side in ("ymin", "xmin", "ymax", "xmax")
    }
    made = {"boxes": h.BoundingBox(["ymin", "xmin", "ymax", "xmax"], "box/")}
    return decoded(
        tf,
        features,
        made,
        box__ymin=[0.0, 0.1],
        box__xmin=[0.2, 0.3],
        box__ymax=[0.4, 0.5],
        box__xmax=[0.6, 0.7],
    )


@case
def backups(tf):
    h = handlers(tf)
    features = {"a": tf.VarLenFeature(tf.int64), "b": tf.FixedLenFeature([2], tf.int64)}
    made = {
        "empty": h.BackupHandler(h.Tensor("a"), h.Tensor("b")),
        "full": h.BackupHandler(h.Tensor("b"), h.Tensor("a")),
    }
    return decoded(tf, features, made, a=[], b=[3, 4])


@case
def sparse(tf):
    h = handlers(tf)
    features = {
        "indices": tf.VarLenFeature(tf.int64),
        "values": tf.VarLenFeature(tf.float32),
        "shape": tf.VarLenFeature(tf.int64),
    }
    made = {
        "sparse": h.SparseTensor(shape=[5]),
        "dense": h.SparseTensor("indices", "values", "shape", densify=True, default_value=-1.0),
    }
    return decoded(tf, features, made, indices=[1, 4], values=[0.5, 1.5], shape=[6])


def image(tf, encoded, form, **settings):
    item = handlers(tf).Image(**settings)
    return item.tensors_to_item({"image/encoded": encoded, "image/format": tf.constant(form)})


@case
def images(tf):
    pixels = tf.constant(np.arange(24).reshape(2, 4, 3), tf.uint8)
    png = tf.image.encode_png(pixels)
    return [
        image(tf, png, "png"),
        image(tf, png, "PNG", dtype=tf.float32, shape=[2, 4, 3]),
        image(tf, tf.image.encode_jpeg(pixels), "jpeg", dct_method="INTEGER_ACCURATE"),
        image(tf, png, "png", channels=1),
    ], None


@case
def raw_images(tf):
    raw = tf.constant(np.arange(24, dtype=np.uint8).tobytes())
    return [image(tf, raw, "raw", shape=[2, 4, 3])], None


simple(
    three_keys=lambda tf: [handlers(tf).BoundingBox(["a", "b", "c"])],
    shape_twice=lambda tf: [handlers(tf).Tensor("a", shape_keys="b", shape=[1])],
    no_handler=lambda tf: [handlers(tf).BackupHandler(3, handlers(tf).Tensor("a"))],
    no_backup=lambda tf: [handlers(tf).BackupHandler(handlers(tf).Tensor("a"), 3)],
)


# Normalization.


def gdn(tf, *shape, **settings):
    x = tf.constant(waves(*shape))
    y = tf.contrib.layers.gdn(x, **settings)
    # Weights of 0 are at their bound, where the last bit of TensorFlow's square root decides.
    beta, _ = tf.trainable_variables()
    return grad_of(tf, y, [x, beta])


simple(
    gdn_images=lambda tf: gdn(tf, 2, 3, 4, 5),
    gdn_inverse=lambda tf: gdn(tf, 2, 3, 4, inverse=True, name="n"),
    gdn_volumes=lambda tf: gdn(tf, 1, 2, 3, 4, 5, gamma_init=0.5, beta_min=0.25),
    gdn_format=lambda tf: gdn(tf, 2, 3, 4, 5, data_format="NHWC"),
    gdn_unknown=lambda tf: [tf.contrib.layers.gdn(tf.placeholder(tf.float32, [2, 3, None]))],
    gdn_rank=lambda tf: gdn(tf, 2, 3),
)


@case
def gdn_first(tf):
    x = tf.placeholder(tf.float32, [2, 3, 4])
    return [tf.contrib.layers.gdn(x, data_format="channels_first")], None


# Queues.


simple(
    no_files=lambda tf: [tf.contrib.slim.parallel_reader.get_data_files([])],
)


def record_files(tf, count):
    """Names of files that need not be there, as the graph is not run."""
    return [f"/nowhere/{i}" for i in range(count)]


@case
def parallel_read(tf):
    s = tf.contrib.slim
    key, value = s.parallel_reader.parallel_read(
        record_files(tf, 3), tf.TFRecordReader, num_epochs=2, num_readers=2, seed=5
    )
    again = s.parallel_reader.parallel_read(
        record_files(tf, 1), tf.TFRecordReader, shuffle=False, capacity=7, scope="s"
    )
    once = s.parallel_reader.single_pass_read(record_files(tf, 2), tf.WholeFileReader)
    return [key, value] + list(again) + list(once), None


@case
def data_provider(tf):
    s = tf.contrib.slim
    decoder = s.tfexample_decoder.TFExampleDecoder(
        {"a": tf.FixedLenFeature([2], tf.int64)}, {"first": s.tfexample_decoder.Tensor("a")}
    )
    dataset = s.dataset.Dataset(
        record_files(tf, 2), tf.TFRecordReader, decoder, 10, {"first": "Numbers."}, more=3
    )
    provider = s.dataset_data_provider.DatasetDataProvider(dataset, num_readers=2, seed=3)
    facts = [sorted(provider.list_items()), provider.num_samples(), dataset.more]
    return provider.get(["first", "record_key"]) + [tf.constant(str(facts))], None


@case
def unknown_item(tf):
    provider = tf.contrib.slim.data_provider.DataProvider({"a": tf.constant(1)}, 1)
    return provider.get(["a", "b"])


@case
def items_of_text(tf):
    return tf.contrib.slim.data_provider.DataProvider({"a": tf.constant(1)}, 1).get("a")


@case
def prefetched(tf):
    make = tf.contrib.slim.prefetch_queue.prefetch_queue
    x, y = tf.constant(waves(2, 3)), tf.placeholder_with_default(waves(4), [None])
    first = make([x, tf.constant(1)], capacity=3, num_threads=2).dequeue()
    second = make({"b": x, "a": y}, dynamic_pad=True, name="q", shared_name="s").dequeue()
    return list(first) + [second["a"], second["b"]], None
