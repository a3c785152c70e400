"""Names that recurrent cells and functions had in earlier versions, and their private modules."""

import subprocess
import sys

PROGRAM = """
import tensorflow as tf
from tensorflow.contrib.rnn.python.ops import core_rnn, core_rnn_cell, core_rnn_cell_impl
from tensorflow.python.ops import rnn, rnn_cell, rnn_cell_impl
from tensorflow.python.ops.rnn_cell_impl import _concat, _like_rnncell, _Linear, _zero_state_tensors

assert tf.nn.rnn is tf.nn.static_rnn is rnn.rnn is core_rnn.static_rnn
assert tf.nn.bidirectional_rnn is tf.nn.static_bidirectional_rnn is rnn.bidirectional_rnn
assert tf.nn.state_saving_rnn is tf.nn.static_state_saving_rnn
assert rnn.dynamic_rnn is tf.nn.dynamic_rnn and rnn._reverse_seq and rnn._transpose_batch_time
for name in ("RNNCell", "BasicLSTMCell", "LSTMStateTuple", "MultiRNNCell", "DropoutWrapper"):
    cell = getattr(tf.nn.rnn_cell, name)
    for module in (rnn_cell, rnn_cell_impl, core_rnn_cell, core_rnn_cell_impl, tf.contrib.rnn):
        assert getattr(module, name) is cell
for name in ("Embedding", "InputProjection", "OutputProjection"):
    wrapper = getattr(tf.contrib.rnn, name + "Wrapper")
    assert getattr(tf.nn.rnn_cell, name + "Wrapper") is wrapper
assert _like_rnncell(tf.nn.rnn_cell.GRUCell(3)) and not _like_rnncell(3)
"""


def test_names() -> None:
    """In a process of its own: it makes `import tensorflow` find evergraph."""
    program = "import evergraph; evergraph.install_as_tensorflow()\n" + PROGRAM
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-2000:]
