"""Strategies against TensorFlow."""

import json
import threading

import numpy as np
import pytest
from behaviour import Behaviour

import evergraph as tf
from evergraph.library.train.server_lib import free_port

BEHAVIOUR = Behaviour("strategies")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)


def test_keras_models_train_in_one_replica_alone() -> None:
    with tf.Graph().as_default(), tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"]).scope():
        model = tf.keras.Sequential(
            [tf.keras.layers.Dense(1, input_shape=(2,)), tf.keras.layers.BatchNormalization()]
        )
        with pytest.raises(NotImplementedError, match="several replicas"):
            model.compile("sgd", "mse")


def test_estimators_train_over_the_tasks_of_a_cluster(tmp_path, monkeypatch) -> None:
    cluster = {job: [f"localhost:{free_port()}"] for job in ("ps", "chief")}
    x = np.random.RandomState(0).rand(32, 2).astype(np.float32)

    def input_fn():
        return tf.data.Dataset.from_tensor_slices(({"x": x}, x.sum(1))).repeat().batch(8)

    def model_fn(features, labels, mode):
        loss = tf.losses.mean_squared_error(labels, tf.layers.dense(features["x"], 1)[:, 0])
        step = tf.train.get_global_step()
        assert "/job:ps/task:0" in step.device
        train_op = tf.train.AdamOptimizer(0.1).minimize(loss, step)
        return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)

    estimators = {}
    for job in cluster:
        task = {"cluster": cluster, "task": {"type": job, "index": 0}}
        monkeypatch.setenv("TF_CONFIG", json.dumps(task))
        config = tf.estimator.RunConfig(str(tmp_path))
        estimators[job] = tf.estimator.Estimator(model_fn, config=config)
    specs = tf.estimator.TrainSpec(input_fn, max_steps=20), tf.estimator.EvalSpec(input_fn)
    parameters = (estimators["ps"], *specs)
    threading.Thread(target=tf.estimator.train_and_evaluate, args=parameters, daemon=True).start()
    tf.estimator.train_and_evaluate(estimators["chief"], *specs)
    assert estimators["chief"].get_variable_value("global_step") == 20


def test_a_standard_server_is_of_the_task_of_tf_config(monkeypatch) -> None:
    address = f"localhost:{free_port()}"
    task = {"cluster": {"worker": [address]}, "task": {"type": "worker"}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(task))
    server = tf.contrib.distribute.run_standard_tensorflow_server()
    assert server.target == f"grpc://{address}"
    with tf.Graph().as_default(), tf.Session(server.target) as session:
        assert session.run(tf.constant(3)) == 3
