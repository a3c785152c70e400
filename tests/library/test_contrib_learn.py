"""tf.contrib.learn against TensorFlow: model functions, arrays, monitors, experiments."""

from collections.abc import Iterator

import numpy as np
import pytest
from behaviour import Behaviour

import evergraph as tf
from evergraph.library.contrib.learn import saving_monitors

BEHAVIOUR = Behaviour("contrib_learn")
DATA = Behaviour("learn_data")
EXPORT = Behaviour("learn_export")


@pytest.fixture(autouse=True)
def _no_writers_left() -> Iterator[None]:
    yield
    tf.summary.FileWriterCache.clear()


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)


@pytest.mark.parametrize("name", DATA.names)
def test_data_as_tensorflow(name: str) -> None:
    DATA.check(name)


@pytest.mark.parametrize("name", EXPORT.names)
def test_exports_as_tensorflow(name: str) -> None:
    EXPORT.check(name)


def test_metrics_of_validation_are_logged_as_their_type_writes_them(monkeypatch) -> None:
    monitor = tf.contrib.learn.monitors.ValidationMonitor(x=1, every_n_steps=2)
    metrics = {"loss": np.float32(0.1), "global_step": np.int64(3)}
    monkeypatch.setattr(monitor, "_has_new_checkpoint", lambda step: True)
    monkeypatch.setattr(monitor, "_evaluate_estimator", lambda: metrics)
    told = []
    monkeypatch.setattr(
        saving_monitors.logging, "info", lambda text, *args: told.append(text % args)
    )
    monitor.set_estimator(object())
    monitor.every_n_step_end(2, {})
    assert told == ["Validation (step 2): loss = 0.1, global_step = 3"]
