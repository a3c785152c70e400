"""Savers do what TensorFlow's do."""

import threading
from pathlib import Path

import pytest
from behaviour import Behaviour

import evergraph as tf

CASES = Behaviour("saver")


@pytest.mark.parametrize("name", CASES.names)
def test_saver(name: str) -> None:
    CASES.check(name)


FAULTS = Behaviour("checkpoint_faults")


@pytest.mark.parametrize("name", FAULTS.names)
def test_faults(name: str) -> None:
    FAULTS.check(name)


VALUES = Behaviour("initial_values")


@pytest.mark.parametrize("name", VALUES.names)
def test_initial_values(name: str) -> None:
    VALUES.check(name)


SAVED_MODELS = Behaviour("saved_model")


@pytest.mark.parametrize("name", SAVED_MODELS.names)
def test_saved_models(name: str) -> None:
    SAVED_MODELS.check(name)


def test_signatures_that_are_not_there_are_named(tmp_path: Path) -> None:
    """TensorFlow gives a predictor of nothing."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [2])
        v = tf.get_variable("v", [2])
        sess.run(v.initializer)
        tf.saved_model.simple_save(sess, str(tmp_path / "m"), {"x": x}, {"y": x + v})
    with pytest.raises(ValueError, match='Got signature_def_key "other". Available .*default'):
        tf.contrib.predictor.from_saved_model(str(tmp_path / "m"), "other")


def test_ragged_tensors_come_back_from_signatures() -> None:
    """TensorFlow fails with an AttributeError."""
    with tf.Graph().as_default():
        ragged = tf.ragged.placeholder(tf.float32, 1)
        info = tf.saved_model.build_tensor_info(ragged)
        again = tf.saved_model.get_tensor_from_tensor_info(info)
        assert again.flat_values is ragged.flat_values
        assert again.row_splits is ragged.row_splits


def test_a_slow_saving_of_an_early_step_is_not_the_latest(tmp_path: Path) -> None:
    """A Supervisor's thread saves while the program saves its last step."""
    begun, go_on = threading.Event(), threading.Event()
    slow = threading.local()

    class Slow(tf.Session):
        def run(self, *args: object, **kwargs: object) -> object:
            if getattr(slow, "here", False) and "save/" in str(args[0]):
                begun.set()
                go_on.wait(1)
            return super().run(*args, **kwargs)

    with tf.Graph().as_default(), Slow() as sess:
        step = tf.train.get_or_create_global_step()
        advance = tf.assign_add(step, 1)
        saver = tf.train.Saver()
        sess.run(step.initializer)
        path = str(tmp_path / "model")

        def early() -> None:
            slow.here = True
            saver.save(sess, path, global_step=step)

        thread = threading.Thread(target=early)
        thread.start()
        assert begun.wait(10)
        sess.run(advance)
        threading.Timer(0.2, go_on.set).start()
        saver.save(sess, path, global_step=step)
        thread.join()
    assert tf.train.latest_checkpoint(str(tmp_path)) == path + "-1"
    assert [p.rsplit("-", 1)[1] for p in saver.last_checkpoints] == ["0", "1"]
