"""Writes checkpoints of TensorFlow 1.15, version 2 and 1, and their values. Run under TensorFlow
1.15.

python tests/golden/checkpoints/generate_checkpoints.py
"""

import json
import os

import numpy as np
import tensorflow as tf

tf.logging.set_verbosity("ERROR")
HERE = os.path.dirname(os.path.abspath(__file__))
VALUES = {
    "float16": [0.0, -1.5, 65504.0],
    "float32": [0.5, -2.5, 3e38],
    "float64": [0.1, -2.5, 5e-324],
    "bfloat16": [0.0, 1.5, -3.0],
    "int8": [-128, 127],
    "int16": [-32768, 32767],
    "int32": [-(2**31), 2**31 - 1],
    "int64": [-(2**63), 2**63 - 1],
    "uint8": [0, 255],
    "uint16": [0, 65535],
    "bool": [True, False],
    "complex64": [1 + 2j, -0.5j],
    "string": [b"", b"abc", b"\x00\xff\n", b"x" * 300],
}


def variables(types):
    for name in types:
        dtype = tf.as_dtype(name)
        array = np.array(VALUES[name], object if name == "string" else dtype.as_numpy_dtype)
        tf.Variable(tf.constant(array, dtype), name="scope/v_" + name)
    tf.Variable(2.5, name="scalar")
    tf.Variable(np.zeros([0, 3], np.float32), name="empty")
    tf.get_variable(
        "parts",
        partitioner=tf.fixed_size_partitioner(3),
        initializer=tf.reshape(tf.range(200.0), [100, 2]),
    )


def plain(value):
    array = np.asarray(value)
    if array.dtype == object:
        return [x.decode("latin1") for x in array.ravel()]
    if array.dtype.kind == "c":
        return [[x.real, x.imag] for x in array.ravel().tolist()]
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    return array.ravel().tolist()


def main():
    expected = {}
    for version, types in (
        (2, sorted(VALUES)),
        (1, ["bool", "float32", "float64", "int64", "string", "uint8"]),
    ):
        tf.reset_default_graph()
        variables(types)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            # The reader of version 1 reads neither slices nor all types.
            values = {v.op.name: sess.run(v) for v in tf.global_variables()}
            values["parts"] = np.arange(200.0)
            prefix = os.path.join(HERE, "v{}".format(version))  # noqa: UP032
            tf.train.Saver(write_version=version).save(
                sess, prefix, write_meta_graph=False, write_state=False
            )
        reader = tf.train.NewCheckpointReader(prefix)
        dtypes = reader.get_variable_to_dtype_map()
        expected[str(version)] = {
            name: {
                "dtype": dtypes[name].name,
                "shape": shape,
                "values": plain(values[name]),
            }
            for name, shape in reader.get_variable_to_shape_map().items()
        }
        if version == 1:  # that of version 2 has the binary keys of slices in it
            expected["text"] = reader.debug_string().decode()
    with open(os.path.join(HERE, "values.json"), "w") as f:
        json.dump(expected, f, sort_keys=True)
        f.write("\n")


if __name__ == "__main__":
    main()
