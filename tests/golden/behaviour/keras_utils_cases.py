"""tf.keras.utils: values, what is printed, errors."""

import re

import numpy as np
from outcomes import Cases, captured, tried

CASES = Cases()
case = CASES.case


@case
def to_categorical(tf, module):
    f = tf.keras.utils.to_categorical
    return {
        "plain": tried(f, [1, 0, 2]),
        "wider": tried(f, [1, 0], 4, "int32"),
        "column": tried(f, [[1], [2]]),
        "matrix": tried(f, [[1, 0], [2, 1]]),
        "scalar": tried(f, 2),
        "of one": tried(f, [3]),
        "too few": tried(f, [3], 2),
    }


@case
def normalize(tf, module):
    f = tf.keras.utils.normalize
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    return {
        "rows": tried(f, x),
        "columns": tried(f, x, 0),
        "first": tried(f, x, -1, 1),
        "vector": tried(f, x[0]),
    }


def bar(tf, updates, target, **arguments):
    def run():
        found = tf.keras.utils.Progbar(target, interval=0, **arguments)
        for current, values in updates:
            found.update(current, values)
        found.add(1, [("x", 1e-5)])

    # How long a line is depends on the time that it tells.
    text = re.sub("\b+", "<", captured(run))
    return re.sub(r" +(?=[<\n]|$)", "", re.sub(r"\d+(s|ms|us)\b", "TIME", text))


@case
def progress(tf, module):
    updates = [(1, [("x", 1.5), ("y", 2)]), (5, [("x", 0.5), ("y", 1)]), (9, None)]
    return {
        "bar": bar(tf, updates, 10, stateful_metrics=["y"]),
        "narrow": bar(tf, updates, 12, width=5, unit_name="sample"),
        "unknown": bar(tf, updates, None),
        "line": bar(tf, updates, 10, verbose=2),
        "none": bar(tf, updates, 10, verbose=0),
    }


@case
def sequence(tf, module):
    class Own(tf.keras.utils.Sequence):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return index * 2

    return {"items": list(Own())}


@case
def models(tf, module):
    keras = tf.keras
    a, b = keras.Input((4, 4, 1)), keras.Input((4, 4, 1))
    layer = keras.layers.Conv2D(1, (2, 3), name="conv")
    x = keras.layers.add([layer(a), layer(b)])
    model = keras.Model([a, b], x)
    kernel = np.arange(6, dtype=np.float32).reshape(2, 3, 1, 1)
    with tf.Session().as_default():
        layer.set_weights([kernel, np.zeros(1)])
        keras.utils.convert_all_kernels_in_model(model)
        turned = layer.get_weights()[0].ravel().tolist()
    return {
        "sources": [t.name for t in keras.utils.get_source_inputs(x)],
        "turned": turned,
        "no source": keras.utils.get_source_inputs(tf.constant(1.0)).name,
        "dot": tried(keras.utils.model_to_dot, model),
        "plot": tried(keras.utils.plot_model, model),
    }
