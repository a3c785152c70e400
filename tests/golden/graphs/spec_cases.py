"""What specs say of values, asked the same way of TensorFlow 1.15 and of evergraph."""

import numpy as np

EXPRESSIONS = """
sparse._type_spec
slices._type_spec
short_slices._type_spec
type_spec.type_spec_from_value(unknown)
type_spec.type_spec_from_value([unknown, unknown])
type_spec.type_spec_from_value(3)
type_spec.type_spec_from_value(value)
type_spec.type_spec_from_value(object)
nest.flatten([sparse, slices], expand_composites=True)
nest.flatten(short_slices._type_spec, expand_composites=True)
nest.flatten_with_joined_string_paths({'a': sparse, 'b': slices}, expand_composites=True)
nest.map_structure(lambda x: x, sparse, expand_composites=True).shape
nest.assert_same_structure(sparse, tf.SparseTensorSpec(None, tf.float32), expand_composites=True)
nest.assert_same_structure(sparse, tf.SparseTensorSpec(None, tf.int32), expand_composites=True)
nest.assert_same_structure(sparse, [1], expand_composites=True)
tf.TensorSpec.from_tensor(unknown)
tf.TensorSpec([2, 3]).is_compatible_with(unknown)
tf.TensorSpec([2, 4]).is_compatible_with(unknown)
tf.TensorSpec([2])._to_components([1.0, 2.0]).shape
tf.TensorSpec([3])._to_components([1.0, 2.0])
tf.TensorSpec([2], tf.int32)._to_components('a')
tf.TensorSpec([2])._from_tensor_list([tf.constant([1.0, 2.0])]).shape
tf.TensorSpec([2])._from_tensor_list([tf.constant([1.0, 2.0, 3.0])])
tf.TensorSpec([2])._from_tensor_list([])
tf.TensorSpec([2]).value_type.__name__
sparse._type_spec._batch(4)
sparse._type_spec._unbatch()
tf.SparseTensorSpec([])._unbatch()
sparse._type_spec._flat_tensor_specs
sparse._type_spec.is_compatible_with(tf.SparseTensorSpec(None, tf.float32))
sparse._type_spec.is_compatible_with(tf.SparseTensorSpec(None, tf.int32))
tf.SparseTensorSpec([2])._from_components([np.zeros([1, 1]), np.zeros(1), np.zeros(1)])
slices._type_spec.most_specific_compatible_type(
    tf.IndexedSlicesSpec([7, 2], tf.float32, tf.int32, tf.int32, [1]))
""".strip().replace("(\n    ", "(")


def outcomes(tf, nest, type_spec):
    """The text of each expression's result, or of its error."""
    found = {}
    with tf.Graph().as_default():
        scope = {
            "nest": nest,
            "np": np,
            "short_slices": tf.IndexedSlices(tf.constant([[1.0, 2.0]]), tf.constant([1])),
            "slices": tf.IndexedSlices(
                tf.constant([[1.0, 2.0]]), tf.constant([1]), tf.constant([5, 2])
            ),
            "sparse": tf.SparseTensor([[0]], [1.0], [3]),
            "tf": tf,
            "type_spec": type_spec,
            "unknown": tf.placeholder(tf.float32, [None, 3]),
            "value": tf.SparseTensorValue(np.array([[0]]), np.array([1.0]), np.array([3])),
        }
        for expression in EXPRESSIONS.split("\n"):
            try:
                found[expression] = str(eval(expression, scope))
            except Exception as error:
                found[expression] = f"raises {type(error).__name__}: {error}"
    return found
