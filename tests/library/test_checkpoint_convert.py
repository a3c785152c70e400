"""Checkpoints with old names of recurrent cells' variables are written again with today's."""

from pathlib import Path

import evergraph as tf
from evergraph.library.contrib.rnn import checkpoint_convert

OLD = [
    "model/multi_rnn_cell/cell_0/basic_lstm_cell/weights",
    "rnn/gru_cell/gates/biases",
    "nas_rnn/recurrent_weights",
    "embedding_attention_decoder/attention_decoder/Attention_0/Linear/Bias",
    "softmax/weights",
]
# What TensorFlow's own tool makes of these names.
NEW = [
    "model/multi_rnn_cell/cell_0/basic_lstm_cell/kernel",
    "rnn/gru_cell/gates/bias",
    "nas_rnn/recurrent_kernel",
    "embedding_attention_decoder/attention_decoder/Attention_0/bias",
    "softmax/weights",
]


def test_names(tmp_path: Path) -> None:
    old, new = str(tmp_path / "old"), str(tmp_path / "new")
    with tf.Graph().as_default(), tf.Session() as session:
        for i, name in enumerate(OLD):
            tf.Variable(float(i), name=name)
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, old)
    checkpoint_convert.main(["", old, new])
    reader = tf.train.NewCheckpointReader(new)
    assert sorted(reader.get_variable_to_shape_map()) == sorted(NEW)
    assert [reader.get_tensor(name) for name in NEW] == [0.0, 1.0, 2.0, 3.0, 4.0]
