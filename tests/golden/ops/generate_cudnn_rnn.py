"""Writes cudnn_rnn.npz: networks of TensorFlow's cells that compute what cuDNN's do.

TensorFlow's own kernels of CudnnRNN need a GPU; the cells that it calls compatible do not. For each
network the file has the parameters in cuDNN's form, inputs, states, results and gradients.

Run with the Python that has TensorFlow 1.15: python generate_cudnn_rnn.py
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from tensorflow.contrib import cudnn_rnn

HERE = os.path.dirname(os.path.abspath(__file__))
GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1, "projected": 4}
CELLS = {
    "lstm": cudnn_rnn.CudnnCompatibleLSTMCell,
    "gru": cudnn_rnn.CudnnCompatibleGRUCell,
    "rnn_tanh": lambda n: tf.nn.rnn_cell.BasicRNNCell(n, tf.nn.tanh),
    "rnn_relu": lambda n: tf.nn.rnn_cell.BasicRNNCell(n, tf.nn.relu),
    "projected": lambda n: tf.nn.rnn_cell.LSTMCell(n, num_proj=PROJECTED, forget_bias=0.0),
}
# mode, layers, bidirectional, lengths
NETWORKS = {
    "lstm": ("lstm", 1, False, None),
    "lstm_deep": ("lstm", 3, False, None),
    "lstm_both": ("lstm", 2, True, None),
    "lstm_lengths": ("lstm", 2, False, [5, 2, 3]),
    "lstm_both_lengths": ("lstm", 2, True, [1, 5, 3]),
    "gru": ("gru", 1, False, None),
    "gru_deep": ("gru", 2, False, None),
    "gru_both": ("gru", 2, True, None),
    "gru_lengths": ("gru", 1, False, [4, 5, 1]),
    "tanh": ("rnn_tanh", 2, False, None),
    "tanh_both": ("rnn_tanh", 1, True, [2, 5, 3]),
    "relu": ("rnn_relu", 2, True, None),
    "projected": ("projected", 2, False, None),
    "projected_both": ("projected", 1, True, [3, 5, 2]),
}
TIME, BATCH, INPUT, UNITS, PROJECTED = 5, 3, 4, 2, 1


def parameters(mode, layers, directions):
    """Lists of matrices and of biases in cuDNN's order."""
    random = np.random.RandomState(len(mode) + 7 * layers + directions)
    weights, biases = [], []
    hidden = PROJECTED if mode == "projected" else UNITS
    for layer in range(layers):
        width = hidden * directions if layer else INPUT
        for _ in range(directions):
            for size in (width, hidden):
                weights += [random.randn(UNITS, size) * 0.7 for _ in range(GATES[mode])]
            if mode == "projected":
                weights.append(random.randn(PROJECTED, UNITS))
            biases += [random.randn(UNITS) * 0.7 for _ in range(2 * GATES[mode])]
    return weights, biases


def cell_values(mode, weights, biases):
    """The variables of one compatible cell, in the order in which it makes them."""
    n = GATES[mode]
    w, r, bw, br = weights[:n], weights[n : 2 * n], biases[:n], biases[n:]
    if mode in ("lstm", "projected"):
        # Its gates are input, new memory, forget, output.
        order = [0, 2, 1, 3]
        kernel = np.concatenate([np.concatenate([w[i], r[i]], 1) for i in order]).T
        bias = np.concatenate([bw[i] + br[i] for i in order])
        return [kernel, bias] + [p.T for p in weights[2 * n :]]
    if mode == "gru":
        gates = np.concatenate([np.concatenate([w[i], r[i]], 1) for i in (0, 1)]).T
        bias = np.concatenate([bw[i] + br[i] for i in (0, 1)])
        return [gates, bias, w[2].T, r[2].T, bw[2], br[2]]
    return [np.concatenate([w[0], r[0]], 1).T, bw[0] + br[0]]


def parameter_grads(mode, grads, width):
    """Gradients of a cell's variables as those of the matrices and biases in cuDNN's order."""
    if mode == "gru":
        gates, bias, wn, rn, bwn, brn = grads
        parts = np.split(gates.T, 2)
        w = [p[:, :width] for p in parts] + [wn.T]
        r = [p[:, width:] for p in parts] + [rn.T]
        b = np.split(bias, 2)
        return w + r, b + [bwn] + b + [brn]
    kernel, bias = grads[:2]
    order = [0, 2, 1, 3] if mode in ("lstm", "projected") else [0]
    parts = np.split(kernel.T, len(order))
    b = np.split(bias, len(order))
    w = [parts[i][:, :width] for i in order]
    r = [parts[i][:, width:] for i in order]
    return w + r + [p.T for p in grads[2:]], [b[i] for i in order] * 2


def split(items, count):
    size = len(items) // count
    return [items[i * size : (i + 1) * size] for i in range(count)]


def state_of(mode, h, c):
    return tf.nn.rnn_cell.LSTMStateTuple(c, h) if mode in ("lstm", "projected") else h


def network(mode, layers, both, lengths):
    directions = 2 if both else 1
    weights, biases = parameters(mode, layers, directions)
    random = np.random.RandomState(5)
    x = tf.constant(random.randn(TIME, BATCH, INPUT), tf.float32)
    hidden = PROJECTED if mode == "projected" else UNITS
    h, c = (
        tf.constant(random.randn(layers * directions, BATCH, size), tf.float32)
        for size in (hidden, UNITS)
    )
    starts = [state_of(mode, h[i], c[i]) for i in range(layers * directions)]
    cells = [CELLS[mode](UNITS) for _ in starts]
    if both:
        output, fw, bw = tf.contrib.rnn.stack_bidirectional_dynamic_rnn(
            cells[0::2],
            cells[1::2],
            x,
            starts[0::2],
            starts[1::2],
            sequence_length=lengths,
            time_major=True,
        )
        finals = [s for pair in zip(fw, bw) for s in pair]  # noqa: B905
    else:
        output, finals = tf.nn.dynamic_rnn(
            tf.nn.rnn_cell.MultiRNNCell(cells), x, lengths, tuple(starts), time_major=True
        )
    values = []
    for w, b in zip(split(weights, len(cells)), split(biases, len(cells))):  # noqa: B905
        values += cell_values(mode, w, b)
    variables = [v for cell in cells for v in cell.variables]
    # Cells of the GRU list their variables as they were made, like `cell_values`.
    names = [
        "gates/kernel",
        "gates/bias",
        "input_projection/kernel",
        "hidden_projection/kernel",
        "input_projection/bias",
        "hidden_projection/bias",
    ]
    if mode == "gru":
        variables = [
            next(v for v in cell.variables if name in v.name) for cell in cells for name in names
        ]
    with_cell = mode in ("lstm", "projected")
    last_h = tf.stack([s.h if with_cell else s for s in finals])
    last_c = tf.stack([s.c for s in finals]) if with_cell else tf.constant(0.0)
    record = {"x": x, "h": h, "c": c, "output": output, "last_h": last_h, "last_c": last_c}
    total = weighted(output) + weighted(last_h) + (weighted(last_c) if with_cell else 0)
    wanted = [x, h] + ([c] if with_cell else [])
    for name, grad in zip(("x_grad", "h_grad", "c_grad"), tf.gradients(total, wanted)):  # noqa: B905
        record[name] = grad
    grads = tf.gradients(total, variables)
    with tf.Session() as session:
        for variable, value in zip(variables, values):  # noqa: B905
            session.run(tf.assign(variable, value))
        record, grads = session.run([record, grads])
    all_grads = [], []
    for i, own in enumerate(split(grads, len(cells))):
        width = INPUT if i < directions else hidden * directions
        for found, more in zip(all_grads, parameter_grads(mode, own, width)):  # noqa: B905
            found.extend(more)
    record["params"] = np.concatenate([p.reshape(-1) for p in weights + biases])
    record["params_grad"] = np.concatenate([p.reshape(-1) for p in all_grads[0] + all_grads[1]])
    return {name: np.asarray(value, np.float32) for name, value in record.items()}


def weighted(x):
    """A sum in which every element counts differently."""
    size = tf.cast(tf.reshape(tf.range(tf.size(x)), tf.shape(x)), x.dtype)
    return tf.reduce_sum(x * tf.cos(size))


def main():
    found = {}
    for name, (mode, layers, both, lengths) in NETWORKS.items():
        with tf.Graph().as_default():
            for key, value in network(mode, layers, both, lengths).items():
                found[name + "/" + key] = value
    np.savez_compressed(os.path.join(HERE, "cudnn_rnn.npz"), **found)


if __name__ == "__main__":
    main()
