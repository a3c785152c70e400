"""tf.contrib.grid_rnn: a step, and gradients."""

import numpy as np

CASES = {}


def cell_case(name, make, inputs=4):
    def build(tf):
        grid = tf.contrib.grid_rnn
        x = tf.constant(np.sin(np.arange(2 * inputs)).reshape(2, inputs), tf.float32, name="x")
        with tf.variable_scope("root", initializer=tf.constant_initializer(0.3)):
            cell = make(tf, grid)
            state = cell.zero_state(2, tf.float32)
            outputs, state = cell(x, state)
            tf.get_variable_scope().reuse_variables()
            outputs, state = cell(x * 2, state)
        found = list(tf.contrib.framework.nest.flatten((outputs, state)))
        grads = tf.gradients(tf.add_n([tf.reduce_sum(t) for t in found]), tf.trainable_variables())
        return found + [g for g in grads if g is not None]

    CASES[name] = build


cell_case("rnn_1", lambda tf, grid: grid.Grid1BasicRNNCell(3))
cell_case("rnn_2", lambda tf, grid: grid.Grid2BasicRNNCell(3))
cell_case("rnn_2_tied", lambda tf, grid: grid.Grid2BasicRNNCell(3, tied=True))
cell_case("rnn_2_dense", lambda tf, grid: grid.Grid2BasicRNNCell(3, non_recurrent_fn=tf.tanh))
cell_case("lstm_1_basic", lambda tf, grid: grid.Grid1BasicLSTMCell(3, forget_bias=0.5))
cell_case("lstm_2_basic", lambda tf, grid: grid.Grid2BasicLSTMCell(3))
cell_case("lstm_1", lambda tf, grid: grid.Grid1LSTMCell(3, use_peepholes=True))
cell_case("lstm_2", lambda tf, grid: grid.Grid2LSTMCell(3, use_peepholes=True))
cell_case("lstm_2_tied", lambda tf, grid: grid.Grid2LSTMCell(3, tied=True))
cell_case(
    "lstm_2_dense", lambda tf, grid: grid.Grid2LSTMCell(3, tied=True, non_recurrent_fn=tf.nn.relu)
)
cell_case("lstm_3", lambda tf, grid: grid.Grid3LSTMCell(2))
cell_case("gru_2", lambda tf, grid: grid.Grid2GRUCell(3))
cell_case(
    "lstm_2_together",
    lambda tf, grid: grid.Grid2LSTMCell(3, state_is_tuple=False, output_is_tuple=False),
)
cell_case(
    "general",
    lambda tf, grid: grid.GridRNNCell(
        3,
        num_dims=4,
        input_dims=[0, 2],
        output_dims=[1, 3],
        priority_dims=[3],
        non_recurrent_dims=[2],
        cell_fn=lambda n: tf.nn.rnn_cell.LSTMCell(n),
    ),
)
cell_case("no_dims", lambda tf, grid: grid.GridRNNCell(3, num_dims=0))
cell_case("wrong_dims", lambda tf, grid: grid.GridRNNCell(3, num_dims=2, input_dims=[2]))
cell_case("no_cell", lambda tf, grid: grid.GridRNNCell(3, cell_fn=lambda n: n))
