"""A model whose parts a tf.train.Checkpoint keeps: written, and gone on with. Runs under
TensorFlow 1.15 and here.

python objects.py write|read tensorflow|evergraph FOLDER
"""

import importlib
import json
import os
import sys

import numpy as np

XS = np.linspace(-1.0, 1.0, 24, dtype=np.float32).reshape(8, 3)


def build(tf, start):
    """The objects by name, what trains them, and the loss. `start` is in all initial values."""
    v = tf.get_variable("v", initializer=np.float32([start, 0.5]))
    with tf.variable_scope("resources", use_resource=True):
        w = tf.get_variable("w", initializer=np.float32([[start], [0.25]]))
    words = tf.get_variable("words", initializer=tf.constant([b"a", b"bc"]), trainable=False)
    layer = tf.layers.Dense(2, kernel_initializer=tf.constant_initializer(start))
    loss = tf.reduce_mean(tf.square(tf.matmul(layer(tf.constant(XS)) * v, w) - 1.0))
    step = tf.train.create_global_step()
    optimizer = tf.train.AdamOptimizer(0.05)
    train = optimizer.minimize(loss, step)
    listed = tf.contrib.checkpoint.List([w, tf.contrib.checkpoint.Mapping(again=v)])
    names = {"v": v, "w/1": w, "words": words, "layer": layer, "listed": listed, "step": step}
    return dict(names, optimizer=optimizer), train, loss


def checkpoint_of(tf, objects):
    checkpoint = tf.train.Checkpoint()
    for name in sorted(objects):
        setattr(checkpoint, name, objects[name])
    return checkpoint


def steps(session, train, loss):
    losses = []
    for _ in range(3):
        losses.append(float(session.run(loss)))
        session.run(train)
    return losses


def write(tf, folder):
    """A checkpoint of exact values, one after three steps, and one of a Saver."""
    with tf.Graph().as_default(), tf.Session() as session:
        objects, train, loss = build(tf, 1.0)
        checkpoint = checkpoint_of(tf, objects)
        session.run(tf.global_variables_initializer())
        checkpoint.save(os.path.join(folder, "model"), session)
        steps(session, train, loss)
        checkpoint.save(os.path.join(folder, "model"), session)
        saver = tf.train.Saver(save_relative_paths=True)
        path = os.path.join(folder, "names")
        saver.save(session, path, latest_filename="names.state", write_meta_graph=False)


def read(tf, folder):
    """What the checkpoints give to another model of the same objects, and how that goes on."""
    found = {}
    for name in ("model-1", "model-2", "names"):
        path = os.path.join(folder, name)
        with tf.Graph().as_default(), tf.Session() as session:
            if name == "model-2":
                # The objects come after the restore.
                checkpoint = tf.train.Checkpoint()
                status = checkpoint.restore(path)
                objects, train, loss = build(tf, 2.0)
                for key in sorted(objects):
                    setattr(checkpoint, key, objects[key])
            else:
                objects, train, loss = build(tf, 2.0)
                checkpoint = checkpoint_of(tf, objects)
                status = checkpoint.restore(path)
            if name != "names":
                status.assert_consumed()
            status.initialize_or_restore(session)
            values = session.run([objects["w/1"], objects["words"], objects["step"]])
            found[name] = [str(v.tolist()) if v.dtype == object else v.tolist() for v in values]
            found[name + " losses"] = steps(session, train, loss)
        with tf.Graph().as_default(), tf.Session() as session:
            # And by names.
            objects, train, loss = build(tf, 2.0)
            tf.train.Saver(tf.global_variables()).restore(session, path)
            found[name + " saver"] = steps(session, train, loss)
    path = os.path.join(folder, "model-2")
    found["keys"] = str(tf.train.list_variables(path))
    found["dot"] = tf.contrib.checkpoint.dot_graph_from_checkpoint(path)
    found["latest"] = os.path.basename(tf.train.latest_checkpoint(folder))
    return found


if __name__ == "__main__":
    action, library, folder = sys.argv[1:]
    tf = importlib.import_module(library)
    result = {"write": write, "read": read}[action](tf, folder)
    if result:
        print(json.dumps(result))
