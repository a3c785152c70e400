"""Cases of the core ops of random forests, and of trees as variables. See case_tools.py."""

import importlib

import numpy as np
from case_tools import Cases, fed

CASES = Cases()
case, simple = CASES.case, CASES.simple


def field(number, payload):
    return bytes([number << 3 | 2, len(payload)]) + payload


def numbers(*values):
    return np.array(values, "<f4").tobytes()


def leaf(*values):
    """A node with logits, as a message."""
    vector = field(1, numbers(*values))
    return field(1, field(1, field(1, vector)))


def split(feature, threshold, left, right):
    """A node that splits a feature, as a message."""
    inner = bytes([1 << 3, feature, 2 << 3 | 5]) + numbers(threshold)
    return field(1, field(4, inner + bytes([3 << 3, left, 4 << 3, right])))


STUMP = split(1, 0.5, 1, 2) + leaf(1.5, -2.0, 3.0) + leaf(0.25, 4.0, -1.0)
DEEP = (
    split(0, 0.0, 1, 2)
    + split(2, -0.3, 3, 4)
    + split(1, 0.2, 5, 6)
    + b"".join(leaf(i, -i) for i in range(3, 6))
    + split(2, 0.6, 7, 8)
    + leaf(7, -7)
    + leaf(8, -8)
)
EXAMPLES = np.random.RandomState(3).uniform(-1, 1, (40, 3)).astype(np.float32)
EDGES = np.array([[0, 0.5, 1], [0, np.nan, 1], [0, np.inf, 1], [0, 0.4999, 1]], np.float32)


def ops_of(tf):
    """The ops, which TensorFlow has only among its private ones."""
    ours = tf.__name__.startswith("evergraph")
    return importlib.import_module(
        "evergraph.api.generated_ops" if ours else "tensorflow.python.ops.gen_tensor_forest_ops"
    )


def handle_of(tf, name="tree"):
    return ops_of(tf).tensor_forest_tree_resource_handle_op(shared_name=name)


def in_turn(tf, *makers):
    """What functions make, one after the other at run time; operations give nothing."""
    made = []
    for make in makers:
        with tf.control_dependencies(made[-1:]):
            made.append(make())
    return [t if isinstance(t, tf.Tensor) else tf.no_op() for t in made]


def created(tf, handle, config):
    return lambda: ops_of(tf).tensor_forest_create_tree_variable(handle, config)


def looked_at(tf, handle, size, examples=EXAMPLES):
    """The size of a tree, the tree, and its logits."""
    ops = ops_of(tf)
    return [
        lambda: ops.tensor_forest_tree_is_initialized_op(handle),
        lambda: ops.tensor_forest_tree_size(handle),
        lambda: ops.tensor_forest_tree_serialize(handle),
        lambda: ops.tensor_forest_tree_predict(handle, examples, logits_dimension=size),
    ]


def tree(config, size, examples=EXAMPLES):
    def build(tf):
        handle = handle_of(tf)
        return in_turn(tf, created(tf, handle, config), *looked_at(tf, handle, size, examples))

    return build


simple(
    empty=tree(b"", 2),
    stump=tree(STUMP, 3),
    fewer_logits=tree(STUMP, 2),
    edges=tree(STUMP, 3, EDGES),
    no_examples=tree(STUMP, 3, EXAMPLES[:0]),
    deep=tree(DEEP, 2),
    one_leaf=tree(leaf(2.5), 1),
    no_tree=tree(b"\xff", 2),
    features_of_rank_1=tree(STUMP, 3, EDGES[0]),
)


@case
def first_stays(tf):
    handle = handle_of(tf)
    made = [created(tf, handle, DEEP), created(tf, handle, STUMP), *looked_at(tf, handle, 2)]
    return in_turn(tf, *made)


@case
def deserialized(tf):
    handle = handle_of(tf)
    made = [
        created(tf, handle, DEEP),
        lambda: ops_of(tf).tensor_forest_tree_deserialize(handle, STUMP),
        *looked_at(tf, handle, 3),
    ]
    return in_turn(tf, *made)


@case
def deserialized_from_none(tf):
    handle = handle_of(tf)
    made = [
        created(tf, handle, DEEP),
        lambda: ops_of(tf).tensor_forest_tree_deserialize(handle, b"\xff"),
        *looked_at(tf, handle, 3),
    ]
    return in_turn(tf, *made)


@case
def not_initialized(tf):
    return [ops_of(tf).tensor_forest_tree_is_initialized_op(handle_of(tf))]


@case
def size_of_nothing(tf):
    return [ops_of(tf).tensor_forest_tree_size(handle_of(tf))]


@case
def nothing_else_there(tf):
    other, handle = handle_of(tf, "other"), handle_of(tf)
    ops = ops_of(tf)
    return in_turn(
        tf, created(tf, other, DEEP), lambda: ops.tensor_forest_tree_predict(handle, EDGES, 3)
    )


@case
def unknown_examples(tf):
    handle = handle_of(tf)
    examples, feed = fed(tf, EXAMPLES, (None, 3))
    made = in_turn(tf, created(tf, handle, DEEP), *looked_at(tf, handle, 2, examples))
    return made, feed


@case
def handles_of_any_shape(tf):
    handle = tf.placeholder(tf.resource, [2])
    return [ops_of(tf).tensor_forest_tree_is_initialized_op(handle)]


def library_of(tf):
    ours = tf.__name__.startswith("evergraph")
    return importlib.import_module(
        f"{'evergraph.library' if ours else 'tensorflow.python.ops'}.tensor_forest_ops"
    )


class Two:
    """What tells how many trees a forest has."""

    n_trees = 2


@case
def forest_variables(tf):
    forest = library_of(tf).ForestVariables(Two, [DEEP, STUMP])
    ops, saved = ops_of(tf), tf.get_collection(tf.GraphKeys.SAVEABLE_OBJECTS)
    names = [s.name for s in saved] + [spec.name for s in saved for spec in s.specs]
    create = [r.create for r in tf.get_collection(tf.GraphKeys.RESOURCES)]
    with tf.control_dependencies(create):
        sizes = [ops.tensor_forest_tree_size(forest[i]) for i in range(2)]
    tf.train.Saver()
    return [tf.constant(names), *sizes]


@case
def forest_of_empty_trees(tf):
    forest = library_of(tf).ForestVariables(Two)
    with tf.control_dependencies([r.create for r in tf.get_collection(tf.GraphKeys.RESOURCES)]):
        return [ops_of(tf).tensor_forest_tree_size(forest[1])]


@case
def named_tree_variable(tf):
    with tf.name_scope("in"):
        return [tf.shape(library_of(tf).tree_variable(STUMP, None, "box"))]


def scattered(indices, deltas, dims=(3, 2)):
    """A ref variable after some was added in its parts."""

    def build(tf):
        variable = tf.Variable(np.arange(np.prod(dims), dtype=np.float32).reshape(dims))
        add = tf.contrib.tensor_forest.tensor_forest_ops.scatter_add_ndim
        with tf.control_dependencies([variable.initializer]):
            added = add(variable._ref(), np.array(indices, np.int32), np.array(deltas, np.float32))
        with tf.control_dependencies([added]):
            return [tf.identity(variable._ref())]

    return build


simple(
    scatters_elements=scattered([[0, 1], [2, 0], [0, 1]], [1, 2, 3.5]),
    scatters_rows=scattered([[1], [1]], [[1, 2], [3, 4.5]]),
    scatters_blocks=scattered([[1, 0], [0, 2]], [[1, 2], [3, 4]], (2, 3, 2)),
    scatters_nothing=scattered(np.zeros((0, 2)), []),
    scatters_at_a_list=scattered([1, 2], [1, 2]),
    scatters_too_few=scattered([[1, 1], [2, 1]], [1]),
    scatters_too_deep=scattered([[1, 1], [2, 1]], [[1], [1]]),
)
