"""`tensorflow` and what is below it resolve to evergraph."""

import functools
import importlib
import sys
from types import ModuleType
from unittest import mock

import pytest

import evergraph
from evergraph.base import dtypes, errors
from evergraph.compat import importer, paths


@pytest.fixture(autouse=True)
def installed():
    """Install for one test only."""
    evergraph.install_as_tensorflow()
    yield
    sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, importer.TensorFlowFinder)]
    for name in [name for name in sys.modules if name.partition(".")[0] in paths.ROOTS]:
        del sys.modules[name]


def load(name):
    return importlib.import_module(name)


def test_public_modules_are_the_same_objects():
    assert load("tensorflow") is sys.modules["evergraph.tf"]
    assert load("tensorflow").__version__ == evergraph.__version__ == "1.15.5"
    assert load("tensorflow.errors") is sys.modules["evergraph.tf.errors"]
    assert load("tensorflow.compat.v1.errors") is sys.modules["evergraph.tf.errors"]
    assert load("tensorflow_core") is load("tensorflow_core._api.v1.v1") is load("tensorflow")
    assert load("tensorflow_core._api.v1.errors") is load("tensorflow.errors")
    assert load("tensorflow").float32 is evergraph.float32


def test_private_modules():
    private = load("tensorflow.python.framework.dtypes")
    assert private.float32 is dtypes.float32
    assert load("tensorflow_core.python.framework.dtypes") is private
    assert load("tensorflow.python").framework.dtypes is private
    assert load("tensorflow").python.framework.dtypes is private
    assert "float32" in dir(private)
    namespace = {}
    exec("from tensorflow.python.framework.errors_impl import *", namespace)
    assert namespace["NotFoundError"] is errors.NotFoundError
    assert load("tensorflow.python.framework.errors").NotFoundError is errors.NotFoundError


def test_modules_below_have_all_their_names():
    """However it is reached: as a name of the module above it too."""
    from tensorflow.python.keras import layers

    assert layers.Dense is importlib.import_module("tensorflow.python.keras.layers").Dense


def test_keras_where_it_was_in_contrib():
    tf = load("tensorflow")
    assert tf.contrib.keras.layers.Dense is tf.keras.layers.Dense
    assert load("tensorflow.contrib.keras").models is tf.keras.models
    assert load("tensorflow.contrib.keras.layers") is tf.keras.layers
    assert load("tensorflow.contrib.keras.api.keras.datasets.cifar10") is tf.keras.datasets.cifar10
    assert load("tensorflow.contrib.keras.python.keras.utils") is tf.keras.utils


def test_private_modules_of_keras_are_parted_as_tensorflows():
    from tensorflow.python.keras.applications import vgg16
    from tensorflow.python.keras.layers import convolutional, core, pooling, wrappers
    from tensorflow.python.keras.preprocessing import image, sequence, text

    keras = load("tensorflow").keras
    assert core.Activation is keras.layers.Activation
    assert convolutional.UpSampling2D is keras.layers.UpSampling2D
    assert convolutional.Deconv2D is keras.layers.Conv2DTranspose
    assert pooling.GlobalMaxPool2D is keras.layers.GlobalMaxPooling2D
    assert wrappers.Bidirectional is keras.layers.Bidirectional
    assert image.load_img is keras.preprocessing.image.load_img
    assert image.ImageDataGenerator is keras.preprocessing.image.ImageDataGenerator
    assert sequence.pad_sequences is keras.preprocessing.sequence.pad_sequences
    assert text.Tokenizer is keras.preprocessing.text.Tokenizer
    assert vgg16.VGG16 is keras.applications.VGG16


def test_private_modules_of_keras_have_the_public_names():
    from tensorflow.python.keras.models import Model, Sequential

    keras = load("tensorflow").keras
    assert Model is keras.models.Model and Sequential is keras.Sequential


def test_modules_that_others_import():
    from tensorflow.python.ops import rnn_cell_impl
    from tensorflow.python.ops.rnn import array_ops
    from tensorflow.python.ops.rnn import rnn_cell_impl as imported
    from tensorflow.python.training import optimizer

    assert imported is rnn_cell_impl and hasattr(array_ops, "concat")
    assert optimizer.resource_variable_ops.__name__ == "tensorflow.python.ops.resource_variable_ops"
    assert not hasattr(optimizer, "nothing_of_the_kind")


def test_feature_columns():
    columns = load("tensorflow.python.feature_column.feature_column_lib")
    assert columns.numeric_column is evergraph.feature_column.numeric_column
    models = load("tensorflow.python.feature_column.feature_column")
    assert models.linear_model is evergraph.feature_column.linear_model


def test_messages():
    graph_pb2 = load("tensorflow.core.framework.graph_pb2")
    assert graph_pb2 is load("evergraph.proto.framework.graph_pb2")
    assert graph_pb2.GraphDef().node == []


def test_missing_names():
    private = load("tensorflow.python.framework.dtypes")
    with pytest.raises(NotImplementedError, match=r"tensorflow\.python\.framework\.dtypes\.gone"):
        _ = private.gone
    assert not hasattr(private, "gone")
    with pytest.raises(ImportError, match="gone"):
        exec("from tensorflow.python.framework.dtypes import gone")
    with pytest.raises(ModuleNotFoundError, match=r"tensorflow\.python\.gone"):
        load("tensorflow.python.gone")
    with pytest.raises(ImportError, match="gone"):
        exec("from tensorflow import gone")
    with pytest.raises(ModuleNotFoundError, match="tensorflow_core"):
        load("tensorflow_core.gone")


def test_modules_that_have_no_source_yet():
    known = load("tensorflow.contrib.tpu.python.tpu.tpu_embedding")
    with pytest.raises(NotImplementedError, match="tpu_embedding.TPUEmbedding"):
        _ = known.TPUEmbedding
    with pytest.raises(ImportError, match="TPUEmbedding"):
        exec("from tensorflow.contrib.tpu.python.tpu.tpu_embedding import TPUEmbedding")


def test_patching_reaches_the_library_and_is_undone():
    private = load("tensorflow.python.framework.dtypes")
    original = dtypes.as_dtype
    with mock.patch.object(private, "as_dtype", 1):
        assert dtypes.as_dtype == private.as_dtype == 1
    assert dtypes.as_dtype is private.as_dtype is original
    private._OURS = 5
    assert private._OURS == 5 and not hasattr(dtypes, "_OURS")
    del private._OURS
    assert not hasattr(private, "_OURS")


def test_sources_are_searched_in_order(monkeypatch):
    for name, names in (("first", {"a": 1}), ("second", {"a": 2, "b": 3})):
        module = ModuleType(f"evergraph.{name}")
        module.__spec__ = importlib.machinery.ModuleSpec(module.__name__, None)
        vars(module).update(names)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(
        paths.MODULES, "python.made.up", ("evergraph.none", "evergraph.first", "evergraph.second")
    )
    private = load("tensorflow.python.made.up")
    assert (private.a, private.b) == (1, 3)
    assert load("tensorflow.python.made").up is private


def test_contrib_package_holds_private_modules(monkeypatch):
    monkeypatch.setitem(paths.MODULES, "errors.python.ops.private", ("evergraph.base.errors",))
    private = load("tensorflow.errors.python.ops.private")
    assert private.NotFoundError is errors.NotFoundError
    assert load("tensorflow.errors") is sys.modules["evergraph.tf.errors"]


def test_installing_twice_is_once():
    evergraph.install_as_tensorflow()
    finders = [f for f in sys.meta_path if isinstance(f, importer.TensorFlowFinder)]
    assert len(finders) == 1


def test_another_tensorflow_is_not_replaced(monkeypatch):
    monkeypatch.setattr(sys, "meta_path", [])
    monkeypatch.setitem(sys.modules, "tensorflow", ModuleType("tensorflow"))
    with pytest.raises(RuntimeError, match="imported already"):
        evergraph.install_as_tensorflow()


def test_ipython_extension():
    sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, importer.TensorFlowFinder)]
    evergraph.load_ipython_extension(None)
    assert load("tensorflow") is sys.modules["evergraph.tf"]


OLD_NAMES = """
contrib.framework.python.ops.arg_scope contrib.rnn.python.ops.core_rnn_cell.LSTMStateTuple
contrib.legacy_seq2seq.python.ops.seq2seq.sequence_loss nn.seq2seq.sequence_loss_by_example
python.pywrap_tensorflow.NewCheckpointReader batch_svd batch_cholesky batch_matrix_band_part
concat_v2 compat.v1.disable_v2_behavior compat.v1.disable_eager_execution
""".split()


@pytest.mark.parametrize("name", OLD_NAMES)
def test_names_that_programs_reach_through_attributes(name):
    assert callable(functools.reduce(getattr, name.split("."), load("tensorflow")))


def test_tensorflow_1_behaviour_comes_back():
    evergraph.enable_resource_variables()
    evergraph.enable_control_flow_v2()
    evergraph.enable_v2_tensorshape()
    evergraph.disable_v2_behavior()
    assert not evergraph.resource_variables_enabled()
    assert not evergraph.control_flow_v2_enabled()
    assert evergraph.TensorShape([3])[0] == evergraph.Dimension(3)


def test_slim_by_its_many_names():
    slim = load("tensorflow.contrib.slim")
    layers = load("tensorflow.contrib.layers.python.layers.layers")
    assert (
        slim.conv2d
        is layers.conv2d
        is slim.layers.conv2d
        is load("tensorflow").contrib.layers.conv2d
    )
    assert slim.get_or_create_global_step is load("tensorflow").train.get_or_create_global_step
    nets = load("tensorflow.contrib.slim.nets")
    private = "tensorflow.contrib.slim.python.slim"
    assert load(f"{private}.nets.inception_v3").inception_v3 is nets.inception.inception_v3
    assert load(f"{private}.learning").train is slim.learning.train
    assert load(f"{private}.data.dataset").Dataset is slim.dataset.Dataset
    assert load("tensorflow.python.layers.layers").conv2d is load("tensorflow.layers").conv2d


def test_learn_by_its_many_names():
    learn, private = load("tensorflow.contrib.learn"), "tensorflow.contrib.learn.python"
    assert learn.SKCompat is load(private).SKCompat is load(f"{private}.learn").SKCompat
    estimators = load(f"{private}.learn.estimators")
    assert estimators.estimator.SKCompat is estimators.SKCompat is learn.SKCompat
    assert estimators.model_fn.ModelFnOps is learn.ModelFnOps
    assert estimators.constants.ProblemType is learn.ProblemType
    runner = load(f"{private}.learn.learn_runner")
    assert runner.run is learn.learn_runner.run
    text = load(f"{private}.learn.preprocessing.text")
    assert text.VocabularyProcessor is learn.preprocessing.VocabularyProcessor
    monitors = load(f"{private}.learn.monitors")
    assert monitors.ValidationMonitor is learn.monitors.ValidationMonitor
    assert load(f"{private}.learn.datasets").load_iris is learn.datasets.load_iris


def test_private_modules_of_contribs_optimizers():
    opt = load("tensorflow").contrib.opt
    training = "tensorflow.contrib.opt.python.training"
    assert load(f"{training}.agn_optimizer").AGNOptimizer is opt.AGNOptimizer
    assert load(f"{training}.lazy_adam_optimizer").LazyAdamOptimizer is opt.LazyAdamOptimizer
    assert callable(load(f"{training}.matrix_functions").matrix_square_root)
    adam = load("tensorflow.contrib.optimizer_v2.adam").AdamOptimizer
    assert adam is load("tensorflow").contrib.optimizer_v2.AdamOptimizer


def test_private_names_of_other_folders():
    outputs = load("tensorflow.python.estimator.export.export_output")
    assert outputs.PredictOutput is load("tensorflow").estimator.export.PredictOutput
    fn_args = load("tensorflow.python.estimator.util").fn_args
    assert fn_args(lambda a, b=1: a) == ("a", "b")
    store = load("tensorflow.python.ops.variable_scope").EagerVariableStore
    assert store is load("tensorflow").contrib.eager.EagerVariableStore
