"""Writes boosted.json.xz: what TensorFlow 1.15's estimators of boosted trees build and give; and
boosted.tar.xz, the model directories half way.

python3.7 tests/golden/library/generate_boosted.py
"""

import json
import lzma
import os
import tarfile
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import boosted_models
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))

if __name__ == "__main__":
    tf.logging.set_verbosity(tf.logging.ERROR)
    golden = {}
    for name in boosted_models.models(tf):
        golden[name] = boosted_models.results(tf, name, tempfile.mkdtemp())
        for mode in ("train", "eval", "infer"):
            golden[name][mode] = boosted_models.graph(tf, name, mode)
    with lzma.open(os.path.join(HERE, "boosted.json.xz"), "wt") as out:
        json.dump(golden, out, sort_keys=True)
    with tarfile.open(os.path.join(HERE, "boosted.tar.xz"), "w:xz") as archive:
        for name in ("classes of numbers", "numbers in memory"):
            folder = tempfile.mkdtemp()
            make, labels, batch = boosted_models.models(tf, folder)[name]
            make().train(boosted_models.input_fn(tf, labels, batch), steps=14)
            for file in sorted(os.listdir(folder)):
                if file == "checkpoint" or file.startswith("model.ckpt-14") and "meta" not in file:
                    archive.add(os.path.join(folder, file), name.replace(" ", "_") + "/" + file)
