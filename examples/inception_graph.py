"""Writes Inception-v3 as one frozen graph that takes a JPEG file and gives its features.

    evergraph run examples/inception_graph.py --output=tensorflow_inception_graph.pb
    evergraph run examples/inception_graph.py --checkpoint=inception_v3.ckpt --output=...

The graph has the names of the one that was published in 2015, as programs for transfer learning
use them: `DecodeJpeg/contents:0` is the file's content, `pool_3/_reshape:0` the 2048 numbers before
the last layer, `softmax:0` the probabilities of classes. The network is slim's; the weights are
those of a checkpoint of slim's Inception-v3, such as the published one, or else random.
"""

import numpy as np
import tensorflow as tf
from tensorflow.contrib import slim
from tensorflow.contrib.slim.nets import inception

flags = tf.app.flags
flags.DEFINE_string("output", "tensorflow_inception_graph.pb", "the file to write")
flags.DEFINE_string("checkpoint", "", "a checkpoint of slim's Inception-v3")
flags.DEFINE_string("save", "", "where to save a checkpoint of the weights, if anywhere")
flags.DEFINE_integer("classes", 1001, "classes of the last layer")
flags.DEFINE_integer("seed", 2015, "of the weights, where there is no checkpoint")
FLAGS = flags.FLAGS

SIDE = 299
FEATURES = 2048


def prepared():
    """The content of a JPEG file as an image of 299 x 299, numbers from -1 to 1."""
    contents = tf.placeholder(tf.string, [], name="DecodeJpeg/contents")
    image = tf.image.decode_jpeg(contents, channels=3, name="DecodeJpeg")
    images = tf.expand_dims(tf.cast(image, tf.float32, name="Cast"), 0, name="ExpandDims")
    images = tf.image.resize_bilinear(images, [SIDE, SIDE], name="ResizeBilinear")
    return tf.multiply(tf.subtract(images, 128.0, name="Sub"), 1 / 128.0, name="Mul")


def network(images):
    """The features and the probabilities of images."""
    with slim.arg_scope(inception.inception_v3_arg_scope()):
        logits, ends = inception.inception_v3(images, FLAGS.classes, is_training=False)
    mixed = ends["Mixed_7c"]
    pool = tf.reduce_mean(mixed, [1, 2], keepdims=True, name="pool_3")
    tf.reshape(pool, [1, FEATURES], name="pool_3/_reshape")
    return tf.nn.softmax(logits, name="softmax")


def filled(variables):
    """Gives variables random weights that keep the size of what goes through: He et al. 2015."""
    random = np.random.RandomState(FLAGS.seed)
    for variable in variables:
        shape = variable.shape.as_list()
        if variable.op.name.endswith("weights"):
            value = random.standard_normal(shape) * np.sqrt(2.0 / np.prod(shape[:-1]))
        elif variable.op.name.endswith("moving_variance"):
            value = 0.5 + random.uniform(size=shape)
        else:
            value = 0.1 * random.standard_normal(shape)
        variable.load(value.astype(np.float32))


def main(_):
    probabilities = network(prepared())
    saver = tf.train.Saver(slim.get_model_variables())
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        if FLAGS.checkpoint:
            saver.restore(session, FLAGS.checkpoint)
        else:
            filled(slim.get_model_variables())
        if FLAGS.save:
            saver.save(session, FLAGS.save, write_meta_graph=False)
        wanted = [probabilities.op.name, "pool_3/_reshape"]
        frozen = tf.graph_util.convert_variables_to_constants(session, session.graph_def, wanted)
    with tf.gfile.GFile(FLAGS.output, "wb") as file:
        file.write(frozen.SerializeToString())
    print("%d nodes written to %s" % (len(frozen.node), FLAGS.output))  # noqa: UP031


if __name__ == "__main__":
    tf.app.run()
