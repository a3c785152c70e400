"""Writes MODEL.h5.xz, weights.tar.xz, saved.json: the models of saved_models.py by TensorFlow.

python tests/golden/keras/generate_saved.py
"""

import json
import lzma
import os
import tarfile
import tempfile

import saved_models
import tensorflow as tf

tf.logging.set_verbosity("FATAL")
HERE = os.path.dirname(os.path.abspath(__file__))


def saved(make):
    with tf.Graph().as_default(), tf.Session().as_default():
        tf.set_random_seed(3)
        model, data = make(tf)
        if model.optimizer:
            model.fit(*data, epochs=2, batch_size=6, verbose=0, shuffle=False)
        path = os.path.join(tempfile.mkdtemp(), make.__name__ + ".h5")
        model.save(path)
        with open(path, "rb") as f:
            data_of_file = f.read()
        with lzma.open(os.path.join(HERE, os.path.basename(path) + ".xz"), "w") as g:
            g.write(data_of_file)
        if make is saved_models.two:
            folder = os.path.dirname(path)
            model.save_weights(os.path.join(folder, "weights"))
            with tarfile.open(os.path.join(HERE, "weights.tar.xz"), "w:xz") as tar:
                for name in sorted(os.listdir(folder)):
                    if name.startswith("weights."):
                        tar.add(os.path.join(folder, name), name)
    with tf.Graph().as_default(), tf.Session().as_default():
        model = tf.keras.models.load_model(path, saved_models.own_objects(tf))
        found = saved_models.used(model, data)
        text = []
        model.summary(print_fn=text.append)
        return dict(found, summary=text)


if __name__ == "__main__":
    with open(os.path.join(HERE, "saved.json"), "w") as f:
        json.dump({m.__name__: saved(m) for m in saved_models.MODELS}, f, indent=1, sort_keys=True)
        f.write("\n")
