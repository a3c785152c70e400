"""`tf.contrib.eager.Network`: names, variables, errors and checkpoints, as TensorFlow 1.15 has
them with and without eager execution."""

import pytest

import evergraph as tf
from evergraph.library.eager import context

tfe = tf.contrib.eager


class Two(tfe.Network):
    """Two layers whose kernels are ones."""

    def __init__(self, name=None):
        super().__init__(name=name)
        self.first = self.track_layer(tf.layers.Dense(3, kernel_initializer=tf.ones_initializer()))
        self.last = self.track_layer(tf.layers.Dense(2, kernel_initializer=tf.ones_initializer()))

    def call(self, x):
        return self.last(self.first(x))


class Outer(tfe.Network):
    """Networks and layers with names of their own and without."""

    def __init__(self):
        super().__init__()
        self.parts = [self.track_layer(Two()) for _ in range(2)]
        self.parts.append(self.track_layer(Two(name="mine")))
        self.norm = self.track_layer(tf.layers.BatchNormalization())
        self.own = self.track_layer(tf.layers.Dense(2, name="own"))

    def call(self, x):
        return self.own(self.norm(sum(part(x) for part in self.parts)))


def names(network):
    return [variable.op.name for variable in network.variables]


@pytest.fixture
def ones():
    with tf.Graph().as_default():
        yield tf.ones([1, 4])


def test_names(ones):
    network = Two()
    with pytest.raises(ValueError, match="does not yet have a final name"):
        network.name  # noqa: B018
    output = network(ones)
    assert network.name == network.scope_name == "two"
    assert output.name == "two_2/dense_1/BiasAdd:0"
    two = ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]
    assert names(network) == [f"two/{name}" for name in two]
    outer = Outer()
    outer(ones)
    expected = [f"outer/{part}/{name}" for part in ("two", "two_1", "mine") for name in two]
    norm = [f"outer/batch_normalization/{name}" for name in ("gamma", "beta")]
    moving = [f"outer/batch_normalization/moving_{name}" for name in ("mean", "variance")]
    own = ["outer/own/kernel", "outer/own/bias"]
    assert names(outer) == expected + norm + moving + own
    assert [v.op.name for v in outer.trainable_variables] == expected + norm + own
    assert [layer.name for layer in outer.layers] == [
        "two",
        "two_1",
        "mine",
        "batch_normalization",
        "own",
    ]
    with tf.variable_scope("scope"):
        inner = Two()
    inner(ones)
    assert (inner.name, names(inner)[0]) == ("scope/two", "scope/two/dense/kernel")


def test_names_taken(ones):
    Two(name="fresh")(ones)
    with pytest.raises(ValueError, match="A Network named 'fresh' already exists"):
        Two(name="fresh")(ones)
    with pytest.raises(ValueError, match=r"Forward slashes \('/'\) are not allowed"):
        Two(name="a/b")


def test_layers_by_name_and_place(ones):
    network = Two()
    network(ones)
    assert network.get_layer("dense_1") is network.get_layer(index=1) is network.last
    for arguments, message in (
        ({"index": 2}, "layer at index 2 but model only has 2 layers"),
        ({"name": "other"}, "No such layer: other"),
        ({}, "Provide either a layer name or layer index"),
        ({"name": "dense", "index": 0}, "Exactly one of 'index' or 'name'"),
    ):
        with pytest.raises(ValueError, match=message):
            network.get_layer(**arguments)


def test_what_a_network_cannot_have(ones):
    network = Two()
    network(ones)
    with pytest.raises(TypeError, match="passed type <class 'int'>, not a tf.layers.Layer"):
        network.track_layer(3)
    with pytest.raises(ValueError, match="two Layers with the name 'dense'"):
        network.track_layer(tf.layers.Dense(2, name="dense"))
    with pytest.raises(RuntimeError, match="add_variable not supported in Network"):
        network.add_variable("v", [])
    with pytest.raises(RuntimeError, match="add_loss is not supported in Network"):
        network.add_loss(1.0)
    with pytest.raises(AttributeError, match="cannot mark Network as not trainable"):
        network.trainable = False
    with pytest.raises(NotImplementedError, match="object-based checkpointing"):
        network._gather_saveables_for_checkpoint()


def test_sequential(ones):
    network = tfe.Sequential([tf.layers.Dense(2), tf.nn.relu, tf.layers.Dropout(0.5)], name="seq")
    assert network(ones, training=True).op.type != network(ones).op.type
    assert names(network) == ["seq/dense/kernel", "seq/dense/bias"]
    assert [layer.name for layer in network.layers] == ["dense", "dropout"]
    with pytest.raises(TypeError, match="only tf.layers.Layer objects or callables; not '3'"):
        network.add(3)


def check_checkpoints(folder, x, initialize, value):
    """Saves a network and restores it into one that has variables, and one that has none."""
    network = Two()
    with pytest.raises(ValueError, match="before it was first called"):
        tfe.save_network_checkpoint(network, folder)
    network(x)
    initialize(network)
    path = tfe.save_network_checkpoint(network, folder)
    assert path.endswith("/two")
    assert tf.train.list_variables(path) == [
        ("dense/bias", [3]),
        ("dense/kernel", [4, 3]),
        ("dense_1/bias", [2]),
        ("dense_1/kernel", [3, 2]),
    ]
    later, existing = Two(name="later"), Two(name="existing")
    tfe.restore_network_checkpoint(later, path)
    later(x)
    existing(x)
    tfe.restore_network_checkpoint(existing, path)
    for restored in (later, existing):
        assert [value(v).ravel()[0] for v in restored.variables] == [2, 2, 4, 4]
    whole = f"{folder}/whole"
    path = tfe.save_network_checkpoint(network, whole, global_step=7, map_func=lambda name: name)
    assert path == f"{whole}-7"
    assert tf.train.list_variables(path)[0][0] == "two/dense/bias"
    same = r"named 'same' \('two/dense/kernel' and 'two/dense/bias'\)"
    with pytest.raises(ValueError, match=f"passed to save_network_checkpoint .* {same}"):
        tfe.save_network_checkpoint(network, folder, map_func=lambda name: "same")


def test_checkpoints(ones, tmp_path):
    with tf.Session() as session:

        def initialize(network):
            for i, variable in enumerate(network.variables):
                session.run(variable.initializer)
                session.run(variable.assign_add(tf.ones_like(variable) * (i + 1)))

        check_checkpoints(str(tmp_path), ones, initialize, session.run)


def test_checkpoints_in_eager_execution(tmp_path):
    def initialize(network):
        for i, variable in enumerate(network.variables):
            variable.assign_add(tf.ones_like(variable) * (i + 1))

    with tf.Graph().as_default(), context.eager_mode():
        check_checkpoints(str(tmp_path), tf.ones([1, 4]), initialize, lambda v: v.numpy())
