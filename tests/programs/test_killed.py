"""Training that is killed goes on from its last checkpoint."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import evergraph as tf

PROGRAM = """
import sys, time
import evergraph as tf

step = tf.train.get_or_create_global_step()
x = tf.get_variable("x", [], initializer=tf.zeros_initializer())
tf.summary.scalar("x", x)
op = tf.group(tf.assign_add(x, 0.5), tf.assign_add(step, 1))
with tf.train.MonitoredTrainingSession(
    checkpoint_dir=sys.argv[1],
    save_checkpoint_steps=5,
    save_summaries_steps=1,
    hooks=[tf.train.StopAtStepHook(last_step=int(sys.argv[2]))],
) as session:
    while not session.should_stop():
        session.run(op)
        time.sleep(0.01)
"""

ESTIMATOR = """
import sys, time
import evergraph as tf

def model(features, labels, mode):
    x = tf.get_variable("x", [], initializer=tf.zeros_initializer())
    tf.summary.scalar("x", x)
    step = tf.train.get_or_create_global_step()
    op = tf.group(tf.assign_add(x, 0.5), tf.assign_add(step, 1))
    return tf.estimator.EstimatorSpec(mode, loss=tf.reduce_sum(features) + x, train_op=op)

class Slowly(tf.train.SessionRunHook):
    def after_run(self, context, values):
        time.sleep(0.01)

config = tf.estimator.RunConfig(sys.argv[1], save_checkpoints_steps=5, save_summary_steps=1)
data = lambda: tf.data.Dataset.from_tensors([1.0]).repeat()
tf.estimator.Estimator(model, config=config).train(data, [Slowly()], max_steps=int(sys.argv[2]))
"""


@pytest.fixture(autouse=True)
def _no_writers_left() -> Iterator[None]:
    yield
    tf.summary.FileWriterCache.clear()


@pytest.mark.parametrize("source", [PROGRAM, ESTIMATOR], ids=["session", "estimator"])
def test_killed_training_goes_on(source: str, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    program = tmp_path / "train.py"
    program.write_text(source)
    root = str(Path(tf.__file__).resolve().parents[1])
    environment = {**os.environ, "PYTHONPATH": root}
    child = subprocess.Popen([sys.executable, program, logs, "100000"], env=environment)
    try:
        end = time.monotonic() + 120
        while not (logs / "model.ckpt-10.index").exists():
            assert child.poll() is None and time.monotonic() < end, "no checkpoint was written"
            time.sleep(0.02)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    path = tf.train.latest_checkpoint(str(logs))
    assert path is not None
    before = tf.train.load_variable(path, "global_step")
    assert before >= 5
    last = before + 7
    again = [sys.executable, program, logs, str(last)]
    subprocess.run(again, env=environment, check=True, timeout=120)
    path = tf.train.latest_checkpoint(str(logs))
    assert path == str(logs / f"model.ckpt-{last}")
    assert tf.train.load_variable(path, "global_step") == last
    assert tf.train.load_variable(path, "x") == 0.5 * last
    # What the killed process wrote of summaries is read, up to where it was cut.
    files = sorted(logs.glob("events*"), key=lambda file: file.stat().st_mtime)
    assert len(files) == 2
    steps = []
    try:
        for event in tf.train.summary_iterator(str(files[0])):
            steps.append(event.step)
    except tf.errors.DataLossError:
        pass
    assert steps
