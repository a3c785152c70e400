"""LSTM cells of convolutions: two steps with gradients, loops over time, names of variables."""

from case_tools import Cases, fed, waves

CASES = Cases()
KINDS = {
    "Conv1DLSTMCell": ([5, 2], [3]),
    "Conv2DLSTMCell": ([5, 4, 2], [3, 2]),
    "Conv3DLSTMCell": ([3, 4, 3, 1], [2, 3, 1]),
}


def _two_steps(tf, kind, **settings):
    shape, kernel = KINDS[kind]
    cell = getattr(tf.contrib.rnn, kind)(
        input_shape=shape, output_channels=3, kernel_shape=kernel, **settings
    )
    x, feed = fed(tf, waves(2, *shape))
    with tf.variable_scope("net", initializer=tf.constant_initializer(0.125)):
        state = cell.zero_state(2, tf.float32)
        first, state = cell(x, state)
        second, state = cell(x * 2.0, state)
    grads = tf.gradients(second, [x, *tf.trainable_variables()])
    sizes = tf.constant([str(cell.output_size), str(cell.state_size)])
    names = tf.constant([v.name for v in tf.global_variables()])
    for v in tf.global_variables():
        feed[v] = waves(*v.shape.as_list())
    return [first, second, state[0], *grads, sizes, names], feed


for _kind in KINDS:
    CASES[_kind] = lambda tf, kind=_kind: _two_steps(tf, kind)
    CASES[f"{_kind}_settings"] = lambda tf, kind=_kind: _two_steps(
        tf, kind, use_bias=False, skip_connection=False, forget_bias=0.25, name="mine"
    )


def _in_a_loop(tf):
    cell = tf.contrib.rnn.ConvLSTMCell(
        conv_ndims=1, input_shape=[4, 2], output_channels=2, kernel_shape=[3], skip_connection=True
    )
    x, feed = fed(tf, waves(2, 3, 4, 2), [2, None, 4, 2])
    outputs, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    return [outputs], feed


def _wrong_shape(tf):
    return [tf.contrib.rnn.ConvLSTMCell(2, [4, 2], 3, [3])]


CASES.simple(in_a_loop_fails_with_skip=_in_a_loop, wrong_shape=_wrong_shape)
