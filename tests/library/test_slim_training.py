"""tf.contrib.slim's training steps against TensorFlow; its loops of training and evaluation."""

from pathlib import Path

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf

slim = tf.contrib.slim
CASES, GOLDEN = case_runner.load("slim_training_cases")


@pytest.mark.parametrize("name", CASES)
def test_slim_training(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


def regression() -> tuple[tf.Tensor, tf.Tensor]:
    """The loss of a line through points, and the prediction."""
    x = tf.constant(np.array([[0.0], [1.0], [2.0], [3.0]], np.float32))
    y = 2 * x + 1
    predicted = slim.fully_connected(
        x, 1, activation_fn=None, weights_initializer=tf.zeros_initializer(), scope="line"
    )
    return tf.losses.mean_squared_error(y, predicted), predicted


def train(folder: Path | None, steps: int, **settings: object) -> float:
    """The last loss of that many steps."""
    with tf.Graph().as_default():
        loss, _ = regression()
        tf.summary.scalar("loss", loss)
        step = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1))
        logdir = None if folder is None else str(folder)
        return slim.learning.train(
            step, logdir, number_of_steps=steps, log_every_n_steps=10, **settings
        )


def test_train_and_go_on(tmp_path: Path) -> None:
    # The loss of each step is that before it: 21 with all weights 0, as the mean of 1, 9, 25, 49.
    assert train(tmp_path, 1) == pytest.approx(21.0)
    assert tf.train.latest_checkpoint(str(tmp_path)).endswith("model.ckpt-1")
    assert train(tmp_path, 300) < 1e-3
    assert tf.train.latest_checkpoint(str(tmp_path)).endswith("model.ckpt-300")
    kept = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(tmp_path)))
    np.testing.assert_allclose(kept.get_tensor("line/weights"), [[2.0]], atol=0.05)
    events = list(tmp_path.glob("events*"))
    assert events


def test_train_without_folder() -> None:
    assert train(None, 1) == pytest.approx(21.0)


def test_train_with_init_fn() -> None:
    with tf.Graph().as_default():
        loss, _ = regression()
        (weights,) = slim.get_variables_by_name("weights")
        op = tf.assign(weights, [[2.0]])
        step = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1))
        first = slim.learning.train(
            step, None, number_of_steps=1, init_fn=lambda session: session.run(op)
        )
    assert first == pytest.approx(1.0)


def test_loss_that_is_no_number() -> None:
    with tf.Graph().as_default():
        w = tf.get_variable("w", initializer=1.0)
        step = slim.learning.create_train_op(
            w * np.float32("nan"), tf.train.GradientDescentOptimizer(0.1)
        )
        with pytest.raises(tf.errors.InvalidArgumentError, match="LossTensor is inf or nan"):
            slim.learning.train(step, None, number_of_steps=1)


def test_evaluate_once_and_in_a_loop(tmp_path: Path) -> None:
    train(tmp_path / "train", 5)
    path = tf.train.latest_checkpoint(str(tmp_path / "train"))
    with tf.Graph().as_default():
        loss, _ = regression()
        tf.train.get_or_create_global_step()
        tf.summary.scalar("value", loss)
        found = slim.evaluation.evaluate_once(
            "",
            path,
            str(tmp_path / "eval"),
            num_evals=3,
            eval_op=loss,
            final_op=loss,
        )
    with tf.Graph().as_default():
        loss, _ = regression()
        tf.train.get_or_create_global_step()
        again = slim.evaluation.evaluation_loop(
            "",
            str(tmp_path / "train"),
            str(tmp_path / "eval"),
            eval_op=loss,
            final_op=loss,
            summary_op=None,
            max_number_of_evaluations=1,
            eval_interval_secs=0,
        )
    assert found == pytest.approx(again)
    assert 0 < found < 21
    assert list((tmp_path / "eval").glob("events*"))


def test_no_checkpoint_in_time(tmp_path: Path) -> None:
    found = slim.evaluation.wait_for_new_checkpoint(str(tmp_path), timeout=0.0)
    assert found is None
    assert list(slim.evaluation.checkpoints_iterator(str(tmp_path), timeout=0.0)) == []


def test_queue_runners_are_not_nested() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        queue = tf.FIFOQueue(2, tf.float32)
        enqueue = queue.enqueue(1.0)
        tf.train.add_queue_runner(tf.train.QueueRunner(queue, [enqueue]))
        taken = queue.dequeue()
        with slim.queues.QueueRunners(session):
            assert session.run(taken) == 1.0
            with pytest.raises(slim.queues.NestedQueueRunnerError):
                slim.queues.QueueRunners(session).__enter__()
