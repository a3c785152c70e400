"""tf.keras.callbacks against TensorFlow."""

import http.server
import threading

import numpy as np
import pytest
from behaviour import Behaviour

import evergraph as tf

BEHAVIOUR = Behaviour("keras_callbacks")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)


def test_remote_monitor() -> None:
    bodies = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with http.server.HTTPServer(("localhost", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://localhost:{server.server_port}"
        logs = {"loss": np.float32(0.5)}
        tf.keras.callbacks.RemoteMonitor(root).on_epoch_end(1, logs)
        tf.keras.callbacks.RemoteMonitor(root, send_as_json=True).on_epoch_end(2, logs)
        server.shutdown()
    assert bodies == [
        ("/publish/epoch/end/", b"data=%7B%22epoch%22%3A+1%2C+%22loss%22%3A+0.5%7D"),
        ("/publish/epoch/end/", b'{"epoch": 2, "loss": 0.5}'),
    ]
    tf.keras.callbacks.RemoteMonitor(root).on_epoch_end(3, logs)  # nobody is there any more
