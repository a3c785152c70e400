"""Estimators, their configuration, and input from memory against TensorFlow."""

from collections.abc import Iterator

import pytest
from behaviour import Behaviour, module

import evergraph as tf

BEHAVIOUR = Behaviour("estimator")


@pytest.fixture(autouse=True)
def _no_writers_left() -> Iterator[None]:
    yield
    tf.summary.FileWriterCache.clear()


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)


HOOKS = """CheckpointSaverHook CheckpointSaverListener FeedFnHook FinalOpsHook GlobalStepWaiterHook
LoggingTensorHook NanLossDuringTrainingError NanTensorHook ProfilerHook SecondOrStepTimer
SessionRunArgs SessionRunContext SessionRunHook SessionRunValues StepCounterHook StopAtStepHook
SummarySaverHook"""


def test_hooks_are_those_of_train() -> None:
    private = [module("python.estimator.hooks.basic_session_run_hooks")]
    private.append(module("python.estimator.hooks.session_run_hook"))
    for name in HOOKS.split():
        hook = getattr(tf.train, name)
        assert getattr(tf.estimator, name) is hook
        assert hook in [getattr(m, name, None) for m in private]
