"""Clusters: runs over several tasks, in this process and over TCP, as TensorFlow's servers do."""

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf
from evergraph.api import list_ops
from evergraph.engine import remote
from evergraph.engine.state import SessionState
from evergraph.graph.apply import apply_op
from evergraph.library.train.server_lib import free_port

ROOT = Path(__file__).resolve().parents[2]
X = np.arange(8, dtype=np.float32).reshape(4, 2)
Y = np.arange(4, dtype=np.float32)
SERVER = """
import sys
import evergraph as tf
spec = tf.train.ClusterSpec({"ps": [sys.argv[1]], "worker": [sys.argv[2]]})
tf.train.Server(spec, "ps", 0).join()
"""


def line(device: Any, optimizer: Any = None) -> tuple[Any, ...]:
    """A line through two numbers: graph, input, loss, step, training, initialization."""
    graph = tf.Graph()
    with graph.as_default(), tf.device(device):
        x = tf.placeholder(tf.float32, [None, 2], "x")
        y = tf.placeholder(tf.float32, [None], "y")
        w = tf.get_variable("w", [2, 1], initializer=tf.ones_initializer())
        loss = tf.reduce_mean(tf.square(tf.matmul(x, w)[:, 0] - y))
        step = tf.train.get_or_create_global_step()
        optimizer = optimizer or tf.train.AdamOptimizer(0.125)
        train = optimizer.minimize(loss, step)
        init = tf.global_variables_initializer()
        tf.get_variable("own", [], collections=[tf.GraphKeys.LOCAL_VARIABLES])
    return graph, {x: X, y: Y}, loss, step, train, init


def setter(spec: Any, worker: int) -> Any:
    return tf.train.replica_device_setter(cluster=spec, worker_device=f"/job:worker/task:{worker}")


@pytest.fixture
def cluster() -> tuple[Any, list[Any]]:
    """Two workers and two parameter servers of this process."""
    workers, servers = tf.test.create_local_cluster(2, 2)
    return tf.train.ClusterSpec(servers[0].server_def.cluster), workers


def test_training_over_tasks_is_training(cluster: Any) -> None:
    spec, workers = cluster
    graph, feeds, loss, _, train, init = line(None)
    with tf.Session(graph=graph) as session:
        session.run(init)
        expected = [session.run([loss, train], feeds)[0] for _ in range(4)]
    found = []
    for i in (0, 1):
        graph, feeds, loss, step, train, init = line(setter(spec, i))
        with tf.Session(workers[i].target, graph=graph) as session:
            if i == 0:
                session.run(init)
            for _ in range(2):
                found.append(session.run([loss, train], feeds)[0])
            assert session.run(step) == 2 * i + 2
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_variables_of_a_worker_are_its_own(cluster: Any) -> None:
    spec, workers = cluster
    sessions = []
    for i in (0, 1):
        graph = tf.Graph()
        with graph.as_default():
            with tf.device(f"/job:worker/task:{i}"):
                own = tf.Variable(i + 5, name="v")
            with tf.device("/job:ps/task:1"):
                shared = tf.Variable(7, name="v_of_all")
            session = tf.Session(workers[i].target)
            session.run([own.initializer, shared.initializer])
            sessions.append((session, own, shared))
    session, own, shared = sessions[0]
    session.run(shared.assign_add(own))
    assert [s.run([own, shared]) for s, own, shared in sessions] == [[5, 12], [6, 12]]


def test_a_read_of_a_reference_sees_what_its_task_wrote(cluster: Any) -> None:
    """As in one process: between the two groups of the task another one runs."""
    spec, workers = cluster
    with tf.Graph().as_default():
        with tf.device("/job:ps/task:0"):
            v = tf.Variable(1.0, use_resource=False)
        with tf.device("/job:worker/task:0"):
            late = tf.constant(2.0) * 3
            with tf.control_dependencies([v.assign(late)]):
                after = tf.identity(late)
        with tf.device("/job:ps/task:0"):
            total = v + after
        session = tf.Session(workers[0].target)
        session.run(v.initializer)
        assert session.run(total) == 12


def test_branches_and_loops_run_where_their_variables_are(cluster: Any) -> None:
    spec, workers = cluster
    with tf.Graph().as_default():
        with tf.device("/job:ps/task:0"):
            v = tf.Variable(3.0)
            w = tf.Variable(v.initialized_value() * 2)
        with tf.device("/job:worker/task:0"):
            _, total = tf.while_loop(
                lambda i, t: i < 4, lambda i, t: (i + 1, t + v), [0, tf.constant(0.0)]
            )
        session = tf.Session(workers[0].target)
        session.run(tf.global_variables_initializer())
        assert session.run([total, w]) == [12, 6]
        with tf.device("/job:ps/task:1"):
            other = tf.Variable(1.0)
        both = tf.cond(v > 2, lambda: v.assign(1.0), lambda: other.assign(2.0))
        with pytest.raises(tf.errors.UnimplementedError, match="in several"):
            session.run(both)


def test_errors_are_of_their_node(cluster: Any) -> None:
    spec, workers = cluster
    graph, feeds, loss, _, _, _ = line(setter(spec, 0))
    with tf.Session(workers[0].target, graph=graph) as session:
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized"):
            session.run(loss, feeds)
        x = next(iter(feeds))
        with pytest.raises(ValueError, match=r"Cannot feed value of shape \(4, 1\) for Tensor 'x"):
            session.run(loss, {**feeds, x: X[:, :1]})
        missing = session.run(graph.get_tensor_by_name("x:0"), {x: X})
        np.testing.assert_array_equal(missing, X)


def test_a_device_of_no_task_is_refused(cluster: Any) -> None:
    spec, workers = cluster
    with tf.Graph().as_default(), tf.device("/job:ps/task:7"):
        one = tf.constant(1.0)
        with pytest.raises(tf.errors.InvalidArgumentError, match="Cannot assign a device"):
            tf.Session(workers[0].target).run(one)


def test_tasks_receive_what_a_shape_rule_misjudges(cluster: Any) -> None:
    with tf.Graph().as_default(), tf.device("/job:ps/task:0"):
        elements = list_ops.tensor_list_from_tensor([[1.0], [2.0]], element_shape=None)
        shape = apply_op("TensorListElementShape", elements, shape_type=tf.int32)
        with tf.device("/job:worker/task:0"):
            received = tf.identity(shape)
        with tf.Session(cluster[1][0].target) as session:
            assert session.run(received) == -1


def test_queues_of_a_task_block(cluster: Any) -> None:
    spec, workers = cluster
    found: list[Any] = []
    with tf.Graph().as_default():
        with tf.device("/job:ps/task:0"):
            queue = tf.FIFOQueue(4, tf.string, shared_name="words")
            put, got = queue.enqueue("word"), queue.dequeue()
        first, second = (tf.Session(w.target) for w in workers)
        taker = threading.Thread(target=lambda: found.append(first.run(got)))
        taker.start()
        time.sleep(0.05)
        assert not found
        second.run(put)
        taker.join(10)
    assert found == [b"word"]


def test_processes() -> None:
    addresses = [f"localhost:{free_port()}" for _ in range(2)]
    spec = tf.train.ClusterSpec({"ps": addresses[:1], "worker": addresses[1:]})
    server = tf.train.Server(spec, "worker", 0)
    graph, feeds, loss, step, train, init = line(setter(spec, 0))
    with graph.as_default(), tf.device("/job:ps/task:0"):
        text = tf.string_join([tf.as_string(step), b"\xff"])
        bad = tf.check_numerics(tf.log(tf.cast(step, tf.float32) - 9), "no number")
    path = [sys.executable, "-c", SERVER, *addresses]
    process = subprocess.Popen(path, cwd=ROOT)
    try:
        with tf.Session(server.target, graph=graph) as session:
            session.run(init)  # waits for the other process
            losses = [session.run([loss, train], feeds)[0] for _ in range(3)]
            assert session.run([step, text]) == [3, b"3\xff"]
            with pytest.raises(tf.errors.InvalidArgumentError, match="no number") as caught:
                session.run(bad)
            assert caught.value.op is bad.op
            process.kill()
            process.wait()
            with pytest.raises(tf.errors.UnavailableError):
                session.run(train, feeds)
    finally:
        process.kill()
    graph, feeds, loss, _, train, init = line(None)
    with tf.Session(graph=graph) as session:
        session.run(init)
        np.testing.assert_allclose(losses, [session.run([loss, train], feeds)[0] for _ in range(3)])


def test_damaged_messages_end_a_connection_alone() -> None:
    address = f"localhost:{free_port()}"
    remote.Listener(address, SessionState())
    peer = remote.RemotePeer(address, "/job:a/task:0")
    connection = peer.connection()
    connection._socket.sendall(b"\0" * 7 + b"\3" + b"abc")
    with pytest.raises((EOFError, OSError)):
        connection.receive()
    graph = tf.Graph()
    with graph.as_default():
        tf.constant([1, 2], name="c")
    run = peer.prepare(graph.as_graph_def(), [], ["c:0"], [])
    np.testing.assert_array_equal(run.run([])[0], [1, 2])


def test_a_port_in_use_is_refused() -> None:
    address = f"localhost:{free_port()}"
    remote.Listener(address, SessionState())
    with pytest.raises(tf.errors.UnknownError, match="Could not start gRPC server"):
        remote.Listener(address, SessionState())
