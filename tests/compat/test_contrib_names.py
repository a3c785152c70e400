"""Names of tf.contrib for what is elsewhere, too, and its private modules."""

import importlib

import evergraph as tf
from evergraph.compat import paths


def test_second_names() -> None:
    assert tf.contrib.eager.py_func is tf.py_function
    assert tf.contrib.eager.make_template is not tf.make_template  # it makes functions, too
    assert tf.contrib.proto.decode_proto is tf.io.decode_proto
    assert tf.contrib.proto.encode_proto is tf.io.encode_proto
    assert tf.contrib.tfprof.model_analyzer.ProfileContext is tf.contrib.tfprof.ProfileContext


def test_metrics_of_eager_execution_have_private_modules() -> None:
    own = "evergraph.library.contrib.eager.metrics"
    for name in ("metrics", "metrics_impl"):
        assert own in paths.sources(f"contrib.eager.python.{name}")
    assert importlib.import_module(own).Mean is tf.contrib.eager.metrics.Mean
