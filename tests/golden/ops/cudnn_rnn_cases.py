"""Graphs of cuDNN's recurrent networks. TensorFlow runs them on GPUs only."""

import numpy as np
from case_tools import Cases, fed

CASES = Cases()
case, simple = CASES.case, CASES.simple


def inputs(tf, cell=True, dtype=np.float32, units=2, layers=2):
    """Input, states and parameters."""
    h = tf.constant(np.zeros((layers, 3, units), dtype))
    c = tf.constant(np.zeros((layers, 3, units) if cell else (0,), dtype))
    return tf.constant(np.zeros((5, 3, 4), dtype)), h, c, tf.constant(np.zeros(56 + 48, dtype))


def graph_only(result):
    return list(result), None


simple(
    lstm=lambda tf: graph_only(
        tf.raw_ops.CudnnRNN(**named(inputs(tf), seed=3, seed2=4, dropout=0.5))
    ),
    lstm_v2=lambda tf: graph_only(
        tf.raw_ops.CudnnRNNV2(**named(inputs(tf, dtype=np.float64), is_training=False))
    ),
    lstm_v3=lambda tf: graph_only(
        tf.raw_ops.CudnnRNNV3(**named(inputs(tf), sequence_lengths=[5, 4, 3], time_major=False))
    ),
    gru_v3=lambda tf: graph_only(
        tf.raw_ops.CudnnRNNV3(
            **named(inputs(tf, cell=False), rnn_mode="gru", sequence_lengths=[5, 4, 3])
        )
    ),
    tanh_both=lambda tf: graph_only(
        tf.raw_ops.CudnnRNN(
            **named(inputs(tf, cell=False), rnn_mode="rnn_tanh", direction="bidirectional")
        )
    ),
    unknown_mode=lambda tf: graph_only(tf.raw_ops.CudnnRNN(**named(inputs(tf), rnn_mode="elman"))),
    integers=lambda tf: graph_only(tf.raw_ops.CudnnRNN(**named(inputs(tf, dtype=np.int32)))),
    size=lambda tf: (
        [
            tf.raw_ops.CudnnRNNParamsSize(
                num_layers=1, num_units=2, input_size=3, T=tf.float32, S=tf.int32, num_proj=1
            )
        ],
        None,
    ),
    size_rank=lambda tf: (
        [
            tf.raw_ops.CudnnRNNParamsSize(
                num_layers=[1], num_units=2, input_size=3, T=tf.float32, S=tf.int32
            )
        ],
        None,
    ),
    to_canonical=lambda tf: graph_only(
        sum(
            tf.raw_ops.CudnnRNNParamsToCanonical(
                num_layers=1, num_units=2, input_size=3, params=np.zeros(9, "f"), num_params=8
            ),
            [],
        )
    ),
    to_canonical_v2=lambda tf: graph_only(
        sum(
            tf.raw_ops.CudnnRNNParamsToCanonicalV2(
                num_layers=1,
                num_units=2,
                input_size=3,
                params=np.zeros(9, "f"),
                num_params_weights=9,
                num_params_biases=8,
                num_proj=1,
            ),
            [],
        )
    ),
    to_canonical_rank=lambda tf: graph_only(
        sum(
            tf.raw_ops.CudnnRNNParamsToCanonical(
                num_layers=1, num_units=2, input_size=3, params=np.zeros((9, 1), "f"), num_params=8
            ),
            [],
        )
    ),
    to_params=lambda tf: (
        [
            tf.raw_ops.CudnnRNNCanonicalToParams(
                num_layers=1,
                num_units=2,
                input_size=3,
                weights=[np.zeros((2, 3), "f")] * 2,
                biases=[np.zeros(2, "f")] * 2,
            )
        ],
        None,
    ),
    to_params_v2=lambda tf: (
        [
            tf.raw_ops.CudnnRNNCanonicalToParamsV2(
                num_layers=1,
                num_units=2,
                input_size=3,
                weights=[np.zeros((2, 3), "f")] * 3,
                biases=[np.zeros(2, "f")] * 2,
            )
        ],
        None,
    ),
)


def named(values, **attrs):
    names = ("input", "input_h", "input_c", "params")
    return dict(zip(names, values), **attrs)  # noqa: B905


def gradients(tf, op_type, values, **attrs):
    result = getattr(tf.raw_ops, op_type)(**named(values, **attrs))
    return list(result) + tf.gradients(result[0], values), None


@case
def gradient(tf):
    return gradients(tf, "CudnnRNN", inputs(tf), dropout=0.25, seed=1, seed2=2)


@case
def gradient_v2(tf):
    return gradients(
        tf, "CudnnRNNV2", inputs(tf, cell=False), rnn_mode="rnn_relu", direction="bidirectional"
    )


@case
def gradient_v3(tf):
    return gradients(
        tf, "CudnnRNNV3", inputs(tf), sequence_lengths=[5, 4, 3], input_mode="auto_select"
    )


@case
def gradient_of_inference(tf):
    return gradients(tf, "CudnnRNN", inputs(tf), is_training=False)


@case
def gradient_of_inference_v3(tf):
    return gradients(tf, "CudnnRNNV3", inputs(tf), sequence_lengths=[5, 4, 3], is_training=False)


@case
def gradient_of_last_states(tf):
    x, h, c, params = inputs(tf)
    result = tf.raw_ops.CudnnRNN(**named((x, h, c, params)))
    return list(result) + tf.gradients([result[1], result[2]], [x, params]), None


@case
def second_gradient(tf):
    x, h, c, params = inputs(tf)
    result = tf.raw_ops.CudnnRNN(**named((x, h, c, params)))
    return tf.gradients(tf.gradients(result[0], x)[0], x), None


@case
def unknown_shapes(tf):
    x, _ = fed(tf, np.zeros((5, 3, 4), "f"), None)
    h, _ = fed(tf, np.zeros((2, 3, 2), "f"), (None, None, 2))
    c, _ = fed(tf, np.zeros((2, 3, 2), "f"), None)
    params, _ = fed(tf, np.zeros(104, "f"), None)
    results = tf.raw_ops.CudnnRNN(**named((x, h, c, params), direction="bidirectional"))
    more = tf.raw_ops.CudnnRNNV3(**named((x, h, c, params), sequence_lengths=[5, 4, 3]))
    return list(results) + list(more), None
