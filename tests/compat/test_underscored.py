"""Names with an underscore that programs take from TensorFlow, and copies of its own classes."""

import subprocess
import sys
from pathlib import Path

import pytest

import evergraph as tf
from evergraph.compat.private_ops import _as_graph_element
from evergraph.compat.underscored import (
    _from_proto_fn,
    _load_global_step_from_checkpoint_dir,
    _ready,
    _to_proto_fn,
)
from evergraph.library.feature_column import earlier_names
from evergraph.library.feature_column.columns import DenseColumn
from evergraph.library.tpu import error_handling, tpu_context
from evergraph.library.tpu.config import RunConfig

ROOT = Path(__file__).parents[2]
IMPORTS = """
import evergraph
evergraph.install_as_tensorflow()
import tensorflow
from tensorflow.contrib.tpu.proto import compilation_result_pb2
from tensorflow.contrib.tpu.python.tpu import error_handling, tpu_context
from tensorflow.python.estimator import estimator, model_fn
from tensorflow.python.framework import ops
from tensorflow.python.ops import resource_variable_ops
from tensorflow.python.training import session_manager
estimator._load_global_step_from_checkpoint_dir, ops._as_graph_element
estimator._verify_model_fn_args, model_fn._TPUEstimatorSpec, tpu_context._get_tpu_context
resource_variable_ops._to_proto_fn, resource_variable_ops._from_proto_fn, session_manager._ready
print(compilation_result_pb2.CompilationResultProto(status_code=3).status_code)
assert tensorflow.contrib.slim.init_ops.zeros_initializer() is not None
show = print  # the next line brings another one
from tensorflow.compat.v1 import *
show(estimator.Exporter.__name__, Session.__name__, train.AdamOptimizer.__name__)
"""


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_programs_import_them_and_all_names_of_version_1() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["3", "Exporter Session AdamOptimizer"]


@pytest.mark.parametrize(("resource", "kind"), [(True, "ResourceVariable"), (False, "RefVariable")])
def test_variables_of_either_kind_from_their_messages(resource: bool, kind: str) -> None:
    variable = tf.get_variable("v", [2], use_resource=resource)
    message = _to_proto_fn(variable)
    assert message.is_resource == resource
    assert type(_from_proto_fn(message)).__name__ == kind


def test_elements_that_stand_for_tensors() -> None:
    c, v = tf.constant(1.0), tf.Variable(2.0, name="v")
    r = tf.get_variable("r", [], use_resource=True)
    sparse = tf.SparseTensor([[0]], [1.0], [2])
    assert [_as_graph_element(x) for x in (c, c.op, sparse, "v", 3)] == [None] * 5
    assert [_as_graph_element(x).name for x in (v, r)] == ["v:0", "r/Read/ReadVariableOp:0"]


def test_step_of_a_folder(tmp_path: Path) -> None:
    found = _load_global_step_from_checkpoint_dir
    assert [found(str(tmp_path)), found(None), found(str(tmp_path / "none"))] == [0, 0, 0]
    v = tf.Variable(1.0)
    with tf.Session() as session:
        session.run(v.initializer)
        tf.train.Saver([v]).save(session, str(tmp_path / "m"))
        assert found(str(tmp_path)) == 0
        step = tf.train.get_or_create_global_step()
        session.run(step.assign(7))
        tf.train.Saver([v, step]).save(session, str(tmp_path / "n"))
    assert found(str(tmp_path)) == 7 and found(str(tmp_path)).dtype == "int64"


def test_ready() -> None:
    v, w = tf.get_variable("v", [2]), tf.get_variable("w", [2])
    op = tf.report_uninitialized_variables([v, w])
    with tf.Session() as session:
        assert _ready(op, session, "m") == (False, "Variables not initialized: v, w")
        assert _ready(None, session, "m") == (True, None)
        session.run(tf.global_variables_initializer())
        assert _ready(op, session, "m") == (True, None)


def test_columns_derive_from_both_names_of_a_base() -> None:
    class Column(earlier_names._DenseColumn, DenseColumn):
        name = "c"
        parse_example_spec: dict = {}
        variable_shape = tf.TensorShape([1])

        def transform_feature(self, transformation_cache, state_manager):
            return transformation_cache.get("a", state_manager)

    out = tf.feature_column.input_layer({"a": tf.constant([[1.0], [2.0]])}, [Column()])
    with tf.Session() as session:
        assert session.run(out).tolist() == [[1], [2]]


def test_error_that_tells_most() -> None:
    rendezvous = error_handling.ErrorRendezvous(3)
    with rendezvous.catch_errors("a"):
        raise tf.errors.CancelledError(None, None, "cancelled")
    with rendezvous.catch_errors("b"):
        raise tf.errors.UnavailableError(None, None, "gone")
    with rendezvous.catch_errors("c"):
        raise ValueError("why")
    rendezvous.record_done("b")
    with pytest.raises(ValueError, match="why"):
        rendezvous.raise_errors()
    calm = error_handling.ErrorRendezvous(1)
    calm.record_done("a")
    calm.raise_errors()


def test_context_without_tpus() -> None:
    context = tpu_context._get_tpu_context(RunConfig(), 8, 4, None, False, True)
    with pytest.raises(RuntimeError, match="`mode` needs to be set via contextmanager"):
        _ = context.mode
    for mode, size in (("train", 8), ("eval", 4), ("infer", None)):
        with context.with_mode(mode) as known:
            assert known.is_running_on_cpu()
            assert (known.mode, known.batch_size_for_input_fn) == (mode, size)
            assert known.batch_size_for_model_fn == known.global_batch_size == size
            assert not known.is_input_sharded_per_core()
            assert not known.is_input_broadcast_with_iterators()
            assert not known.is_input_per_host_with_iterators()
            assert not known.model_parallelism_enabled


def test_context_that_wants_tpus() -> None:
    context = tpu_context._get_tpu_context(RunConfig(), 8, 4, 2, True, False)
    with context.with_mode("eval") as known:
        assert known.is_running_on_cpu()
    with context.with_mode("infer") as known:
        assert known.is_running_on_cpu(is_export_mode=True)
    with context.with_mode("train") as known, pytest.raises(RuntimeError, match="any TPU cores"):
        known.is_running_on_cpu()


def test_copies_of_the_estimator_for_tpus_may_override(tmp_path) -> None:
    def train(self):
        return "own"

    kinds = [
        type(name, (tf.estimator.Estimator,), {"train": train})
        for name in ("TPUEstimator", "Other")
    ]
    assert kinds[0](lambda features: None, str(tmp_path)).train() == "own"
    with pytest.raises(ValueError, match="Subclasses of Estimator cannot override members"):
        kinds[1](lambda features: None, str(tmp_path))


def test_profiles_by_their_earlier_names(capsys, tmp_path) -> None:
    tf.get_variable("a", [2, 3])
    analyzer = tf.contrib.tfprof.model_analyzer
    options = dict(analyzer.TRAINABLE_VARS_PARAMS_STAT_OPTIONS)
    found = analyzer.print_model_analysis(tf.get_default_graph(), tfprof_options=options)
    assert (found.total_parameters, [child.name for child in found.children]) == (6, ["a"])
    assert "a (2x3, 6/6 params)" in capsys.readouterr().out
    tf.contrib.tfprof.tfprof_logger.write_op_log(tf.get_default_graph(), str(tmp_path))
    assert b"_trainable_variables" in (tmp_path / "tfprof_log").read_bytes()
