"""Private names and modules that public programs import lead to what evergraph has."""

import pytest

import evergraph as tf
from evergraph.compat import paths
from evergraph.compat.importer import find_loader


def _module(path):
    return find_loader(f"tensorflow.{path}", path).create_module(
        type("Spec", (), {"name": f"tensorflow.{path}"})
    )


@pytest.mark.parametrize(
    ("path", "name", "public"),
    [
        ("python.training.queue_runner", "QueueRunner", tf.train.QueueRunner),
        ("python.training.queue_runner", "add_queue_runner", tf.train.add_queue_runner),
        ("python.keras", "Model", tf.keras.Model),
        (
            "python.keras.saving.model_config",
            "model_from_config",
            tf.keras.models.model_from_config,
        ),
    ],
)
def test_modules_that_have_public_names(path, name, public):
    assert getattr(_module(path), name) is public


def test_private_functions():
    with tf.Graph().as_default() as graph:
        shape = _module("python.framework.constant_op")._tensor_shape_tensor_conversion_function(
            tf.TensorShape([2, 3])
        )
        assert shape.op.name == "shape_as_tensor" and shape.dtype == tf.int32
        assert _module("python.framework.ops")._get_graph_from_inputs([shape]) is graph
        variable = tf.Variable(3.0)
        value = _module("python.ops.metrics_impl")._aggregate_variable(variable, ["kept"])
        assert tf.get_collection("kept") == [value]
    run_config = _module("contrib.learn.python.learn.run_config")
    assert len(run_config._DEFAULT_UID_WHITE_LIST) == 8
    assert paths.sources("python.keras.datasets.mnist") == [
        "evergraph.library.keras.datasets.mnist"
    ]


def test_slim_shows_modules_that_it_uses():
    slim = tf.contrib.slim
    assert slim.learning.tf_saver.Saver is tf.train.Saver
    assert slim.learning.supervisor.Supervisor is tf.train.Supervisor
    for nets in (slim.nets.resnet_v1, slim.nets.resnet_v2):
        assert nets.resnet_utils.Block is slim.nets.resnet_utils.Block
    exports = tf.contrib.learn.utils.saved_model_export_utils
    assert exports.make_export_strategy is tf.contrib.learn.make_export_strategy


def test_model_analysis_by_its_earlier_name(capsys):
    analyzer = tf.contrib.tfprof.model_analyzer
    with tf.Graph().as_default() as graph:
        tf.matmul(tf.ones([2, 3]), tf.get_variable("w", [3, 4]))
        found = analyzer.print_model_analysis(
            graph, tfprof_options=analyzer.TRAINABLE_VARS_PARAMS_STAT_OPTIONS
        )
        assert found.total_parameters == 12
        operations = analyzer.print_model_analysis(graph, tfprof_options=analyzer.FLOAT_OPS_OPTIONS)
    assert operations.total_float_ops == 73
    assert "w (3x4, 12/12 params)" in capsys.readouterr().out
    assert analyzer.PRINT_ALL_TIMING_MEMORY["min_micros"] == 1
