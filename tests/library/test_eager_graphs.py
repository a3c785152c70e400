"""Eager execution around graphs: what belongs to the default graph, and restores by object."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import evergraph as tf
from evergraph.library.eager import context
from evergraph.library.testing import eager_test, googletest


def _layer_names() -> list[str]:
    layer = tf.layers.Dense(1)
    layer(tf.zeros([1, 1]))
    return [
        tf.keras.layers.Dense(1).name,
        layer.name,
        layer.kernel.name,
        tf.keras.Sequential().name,
    ]


def test_blocks_within_a_graph_have_its_collections() -> None:
    for _ in range(2):
        with tf.Graph().as_default() as graph, context.eager_mode():
            assert _layer_names() == ["dense_1", "dense_1", "dense/kernel:0", "sequential"]
            tf.add_to_collection("a", 1)
            assert graph.get_collection("a") == tf.get_collection("a") == [1]
            step = tf.train.get_or_create_global_step()
            step.assign_add(1)
            assert tf.train.get_or_create_global_step() is step and step.numpy() == 1
            tf.set_random_seed(7)
            np.testing.assert_allclose(tf.random_uniform([]).numpy(), 0.8344538)
        assert graph.get_collection(tf.GraphKeys.GLOBAL_STEP) == [step]


def test_eager_main_runs_tests_eagerly(monkeypatch: Any) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(
        googletest, "main", lambda argv: seen.append((argv, tf.executing_eagerly()))
    )
    tf.reset_default_graph()
    try:
        eager_test.main(["x"])
    finally:
        tf.disable_eager_execution()
    assert seen == [(["x"], True)]
    assert not tf.executing_eagerly()


def test_graph_mode_outside_of_graphs_is_no_functions() -> None:
    tf.reset_default_graph()
    with context.eager_mode(), context.graph_mode():
        graph = tf.get_default_graph()
        with tf.init_scope():
            assert tf.get_default_graph() is graph


def test_slots_are_named_by_variables() -> None:
    with tf.Graph().as_default(), context.eager_mode():
        for suffixes in (["Adam", "Adam_1"], ["Adam_2", "Adam_3"]):
            w = tf.Variable(1.0, name="w")
            optimizer = tf.train.AdamOptimizer(0.1)
            optimizer.minimize(lambda w=w: w * w)
            names = [f"w/{suffix}:0" for suffix in suffixes]
            assert [v.name for v in optimizer.variables()] == [
                "beta1_power:0",
                "beta2_power:0",
                *names,
            ]
            keras = tf.keras.optimizers.RMSprop(0.1, momentum=0.9)
            keras.minimize(lambda w=w: w * w, [w])
            assert [v.name for v in keras.variables()] == [
                "RMSprop/iter:0",
                "RMSprop/w/rms:0",
                "RMSprop/w/momentum:0",
            ]


def _trained() -> SimpleNamespace:
    v = tf.Variable(2.0, name="v")
    optimizer = tf.train.AdamOptimizer(0.5)
    root = tf.train.Checkpoint(v=v, optimizer=optimizer)
    return SimpleNamespace(v=v, optimizer=optimizer, root=root)


def test_slots_are_restored_before_they_are_needed(tmp_path: Path) -> None:
    with tf.Graph().as_default(), context.eager_mode():
        old = _trained()
        old.optimizer.minimize(lambda: old.v * old.v)
        path = old.root.save(str(tmp_path / "ckpt"))
        new = _trained()
        status = new.root.restore(path)
        slots = [new.optimizer.get_slot(new.v, name).numpy() for name in ("m", "v")]
        np.testing.assert_allclose(slots, [0.4, 0.016], rtol=1e-4)
        status.assert_existing_objects_matched()
        with pytest.raises(AssertionError, match="beta1_power"):
            status.assert_consumed()
        new.optimizer.minimize(lambda: new.v * new.v)
        status.assert_consumed()
        np.testing.assert_allclose(new.v.numpy(), 1.008714, rtol=1e-5)
        np.testing.assert_allclose(
            new.optimizer._get_beta_accumulators()[0].numpy(), 0.729, rtol=1e-5
        )


def test_savers_files_are_restored_by_objects(tmp_path: Path) -> None:
    with tf.Graph().as_default():
        saved = _trained()
        train = saved.optimizer.minimize(saved.v * saved.v)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(train)
            path = tf.train.Saver().save(session, str(tmp_path / "model"))
    with tf.Graph().as_default(), context.eager_mode():
        new = _trained()
        new.optimizer.minimize(lambda: new.v * new.v)
        new.v.assign(9.0)
        status = new.root.restore(path)
        np.testing.assert_allclose(new.v.numpy(), 1.5, rtol=1e-5)
        np.testing.assert_allclose(new.optimizer.get_slot(new.v, "m").numpy(), 0.4, rtol=1e-5)
        with pytest.raises(AssertionError, match="save_counter|not restored"):
            status.assert_consumed()
        new.root.later = tf.Variable(0.0, name="v/Adam_1")
        np.testing.assert_allclose(new.root.later.numpy(), 0.016, rtol=1e-4)


def test_replicas_train_and_restore(tmp_path: Path) -> None:
    with tf.Graph().as_default(), context.eager_mode():
        strategy = tf.distribute.MirroredStrategy(["/cpu:0"])
        with strategy.scope():
            new = _trained()
            for _ in range(3):
                strategy.experimental_run_v2(lambda: new.optimizer.minimize(lambda: new.v * new.v))
            path = new.root.save(str(tmp_path / "ckpt"))
            names = [name for name, _ in tf.train.list_variables(path)]
            assert "v/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE" in names
            new.v.assign(7.0)
            new.root.restore(path)
            np.testing.assert_allclose(new.v.numpy(), 0.5369798, rtol=1e-5)
            powers = [v.numpy() for v in new.optimizer._get_beta_accumulators()]
            np.testing.assert_allclose(powers, [0.6560999, 0.9960061], rtol=1e-5)
