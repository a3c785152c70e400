"""Inputs that ops refuse, or take in their own way: what they give, or how they complain.

A family is a text of expressions, one a line; `given(x)` is a tensor whose shape is known at run
time only.
"""

import numpy as np
from outcomes import Cases, tried

CASES = Cases()

FAMILIES = {
    "scatter": """
tf.scatter_nd(given([[0],[2]]), given([[1,2],[3,4]]), given([4,3]))
tf.scatter_nd(given([[0],[2]]), given([1,2,3]), given([4]))
tf.scatter_nd(np.zeros([2,0], np.int32), [[1],[2]], [1])
tf.scatter_nd([[0]], [1], 2)
tf.scatter_nd(given([[0]]), given([1]), given(2))
tf.scatter_nd(given([[0]]), given([1]), given([[2]]))
tf.scatter_nd(given(0), given([1]), given([2]))
tf.scatter_nd(given([0]), given(1), given([2]))
tf.scatter_nd(given([0]), given([1]), given([2,1]))
tf.scatter_nd(given([0]), given([1,2]), given([2,2]))
tf.scatter_nd(given(np.zeros([1,1], np.int32)), given([1]), given([0]))
tf.scatter_nd(given(np.zeros([0,1], np.int32)), given(np.zeros([0,5], np.int32)), given([3,2]))
tf.tensor_scatter_update(5, np.zeros([0], np.int32), 6)
tf.tensor_scatter_update(given([[1,2],[3,4]]), given([[1]]), given([9,9]))
tf.tensor_scatter_update(given([[5,6]]), given([0]), given([6,1]))
""",
    "unique": """
tf.unique(np.array([1.5, np.nan, np.nan, -0., 0.]))
tf.unique_with_counts(np.array([1.5, np.nan, 3, 3, np.nan, -0., 0.], np.float32))
tf.unique_with_counts([[1]])
tf.raw_ops.UniqueV2(x=[[1,2],[1,2],[3,4]], axis=[0]).y.shape
tf.raw_ops.UniqueV2(x=[[1,2],[1,2],[3,4]], axis=[2])
tf.raw_ops.UniqueV2(x=given([[1,2],[1,2],[3,4]]), axis=0)
tf.raw_ops.UniqueV2(x=[[1,2],[1,2],[3,4]], axis=[[1]])
tf.raw_ops.UniqueV2(x=np.zeros([0,2]), axis=[1])
tf.raw_ops.UniqueV2(x=np.zeros([2,0]), axis=[0])
""",
    "one_hot": """
tf.one_hot([1], 3, on_value=[1.], off_value=0.)
tf.one_hot([1], 3, on_value=given(1.), off_value=given([0.]))
""",
    "blocks": """
tf.space_to_batch([[[[1],[2]],[[3],[4]]]], [[0,0]], 2)
tf.space_to_batch_nd(given([[1,2]]), given([2]), given([[0,0]]))
tf.batch_to_space_nd(given([[1,2]]), given([2]), given([[0,0]]))
tf.depth_to_space(given(np.zeros([2,2,4])), 2)
""",
    "padding": """
tf.tile(given([[1,2]]), given([[2,3]]))
tf.pad(given([[1,2],[3,4]]), given([1,1]))
tf.pad([1], [[1,1]], constant_values=[1])
""",
    "choices": """
tf.where(given([[True,False]]), given([[1,2],[3,4]]), given([[5,6],[7,8]]))
tf.where(given([True,False]), given([1,2]), given([1]))
tf.where(given([True,False]), given([[1],[2]]), given([[1]]))
tf.batch_gather([[1,2],[3,4]], 0)
""",
    "slices": """
tf.strided_slice([[1,2]], [0,0], [2])
tf.strided_slice(given([[1,2]]), given([0,0]), given([2]))
tf.slice([[1,2,3]], [0,1], [1,-2])
""",
    "shapes": """
tf.reshape(given([1,2]), given(2))
tf.transpose([[1,2]], [0,-1])
tf.transpose(given([[1,2]]), given([0,-1]))
tf.fill(given(2), 9)
tf.fill(given([2]), given([9]))
tf.fill(given([-1]), 9)
tf.reverse_sequence(given([[1,2]]), given([1]), seq_axis=5, batch_axis=0)
tf.roll(given([1,2]), given([[1]]), given([[0]]))
""",
    "diagonals": """
tf.matrix_band_part([1,2], 0, 5)
tf.matrix_band_part([[1,2]], [0], 1)
""",
    "others": """
tf.searchsorted([[1,3,5]], [[0],[1]])
tf.extract_image_patches(np.zeros([1,4,4,1]), [2,3,3,1], [1,2,2,1], [1,1,1,1], "SAME")
tf.dynamic_stitch([[0,-1]], [[1,2]])
tf.dynamic_stitch([[0],[-2,-1]], [[1],[2,3]])
""",
    "text": """
tf.string_split(given("a b"))
tf.string_split(given([["a b"]]))
tf.substr(["hello"], [0], [1,1])
tf.substr(["h\u00e9llo"], 9, 2, unit="UTF8_CHAR")
tf.substr(["hello"], 9, 2)
tf.substr(["abc"], 1, -1)
tf.strings.upper(["ab"], encoding="x")
tf.strings.unsorted_segment_join(["a","b","c"], [0,3,0], 3)
tf.strings.unsorted_segment_join(["a","b","c"], [0,-1,0], 3)
tf.raw_ops.DecodePaddedRaw(input_bytes=["abcd"], fixed_length=-2, out_type=tf.int16)
tf.cast(["a"], tf.float32)
""",
    "sparse": """
tf.sparse_reduce_sum(sparse(), axis=[])
tf.sparse_reduce_max(sparse(), axis=[], keep_dims=True)
tf.sparse_reduce_sum_sparse(sparse(), axis=[])
tf.sparse_split(sp_input=sparse(), num_split=2, axis=-1)
tf.sparse_slice(sparse(), [1], [9,9])
tf.sparse_softmax(tf.SparseTensor([[0]], [1.], [2]))
tf.sparse_transpose(sparse(), [0])
tf.sparse_tensor_dense_matmul(tf.SparseTensor([[0,0]], [1+2j], [1,1]), [[2+1j]], adjoint_a=True)
""",
    "images": """
tf.nn.conv2d(given(np.zeros([6,7,3])), given(np.zeros([2,2,3,1])), [1,1,1,1], "SAME")
tf.nn.max_pool(given(np.zeros([6,7,3], np.float32)), [1,2,2,1], [1,1,1,1], "SAME")
tf.nn.avg_pool(given(np.zeros([6,7,3])), [1,2,2,1], [1,1,1,1], "SAME")
tf.nn.max_pool3d(given(np.zeros([6,7,3], np.float32)), [1,2,2,2,1], [1,1,1,1,1], "SAME")
tf.nn.avg_pool3d(given(np.zeros([1,4,4,4,2], np.float32)), [1,2,2,2,2], [1,1,2,1,1], "VALID")
tf.nn.max_pool3d(given(np.zeros([1,4,4,4,2], np.float32)), [1,2,2,2,1], [1,1,2,1,2], "VALID")
tf.nn.depthwise_conv2d_native(given(np.zeros([6,7,3])), given(np.zeros([2,2,3,1])), [1]*4, "SAME")
tf.nn.dilation2d(given(np.zeros([6,7,3])), given(np.zeros([2,2,3])), [1]*4, [1]*4, "SAME")
tf.nn.fused_batch_norm(*[given(np.zeros(s, np.float32)) for s in ([6,7,3], [3], [3])])
tf.nn.lrn(given(np.zeros([6,7,3], np.float32)))
""",
    "numbers": """
tf.Assert(given([True,False]), ["m"])
tf.cumsum([1,2], axis=[0])
tf.linspace(given([1.]), 2., 3)
tf.range(given([1]), 5)
tf.unravel_index([[5]], [2,3])
tf.linalg.lu(np.array([[1j,0],[2,1]]))
tf.linalg.norm(given([[3.,0],[0,4]]), ord=2, axis=[-2,-1])
tf.linalg.norm(given([[[3.,0]],[[0,4]]]), ord=2, axis=[0,2], keepdims=True).shape
""",
    "unsigned": """
tf.argmax(np.array([7,250,9], np.uint16))
tf.argmin(given(np.array([[7,250,9],[3,300,1]], np.uint32)), axis=1)
tf.argmax(tf.zeros([0,3], tf.uint16), axis=0)
tf.nn.relu6(np.array([7,250,5], np.uint16))
tf.segment_sum(given(np.array([7,250,65530,9], np.uint16)), [0,0,2,2])
tf.segment_min(given(np.array([7,250,65530,9], np.uint16)), [0,0,2,2])
tf.sparse_segment_sum(given(np.array([7,250,65530,9], np.uint16)), [0,1,0], [0,0,1])
tf.unsorted_segment_min(given(np.array([7,250,65530], np.uint16)), [0,0,2], 4)
tf.unsorted_segment_prod(given(np.array([7,250,65530], np.uint32)), [0,0,2], 4)
tf.linalg.trace(given(np.array([[7,250],[65530,9]], np.uint16)))
""",
    "quotients": """
tf.realdiv([7,-7], [2,2])
tf.truncatediv([7.,-7], [2.,2])
tf.truncatediv(given(np.array([7.,-7])), 2.)
tf.truncatediv([7,-7], [2,2])
""",
}


def _family(text):
    def case(tf, module):
        def given(value):
            return tf.placeholder_with_default(np.asarray(value), None)

        def sparse():
            return tf.SparseTensor([[0, 1], [1, 0], [2, 2]], [1.0, 2.0, 3.0], [3, 4])

        found = {}
        scope = {"tf": tf, "np": np, "given": given, "sparse": sparse}
        for line in text.strip().split("\n"):
            with tf.Graph().as_default(), tf.Session() as session:

                def made(line=line, session=session):
                    result = eval(line, dict(scope))
                    if type(result).__name__ == "TensorShape":
                        return result
                    return session.run(result)

                found[line] = tried(made)
        return found

    return case


@CASES.case
def attrs_at_once(tf, module):
    context = module("python.eager.context")
    images = np.zeros([1, 2, 2, 1], np.float32)
    with context.eager_mode():
        return {
            label: tried(call)
            for label, call in [
                ("size", lambda: tf.space_to_depth(images, 1)),
                ("text", lambda: tf.nn.conv2d(images, images, [1, 1, 1, 1], "FOO")),
                ("unit", lambda: tf.strings.length("abc", unit="Z")),
                ("parts", lambda: tf.split([1, 2], 0)),
                ("result", lambda: tf.argmax([1], output_type=tf.float32)),
                ("number", lambda: tf.string_to_number(["1"], tf.float16)),
                ("axis", lambda: tf.gather([1, 2], [0], axis=1.5)),
                ("order", lambda: tf.transpose([1], [0.0])),
                ("kind", lambda: tf.as_string(["a"])),
                ("rounded", lambda: tf.floor([1, 2])),
            ]
        }


@CASES.case
def uninitialized(tf, module):
    found = {}
    for label, use in [
        ("read", lambda v: v.read_value()),
        ("add", lambda v: v.assign_add([1.0, 1.0])),
        ("gather", lambda v: tf.gather(v, [0])),
        ("scatter", lambda v: tf.scatter_add(v, [0], [1.0])),
        ("slice", lambda v: v[0].assign(1.0)),
        ("shape", lambda v: tf.raw_ops.VariableShape(input=v.handle)),
        ("descent", lambda v: tf.train.GradientDescentOptimizer(1.0).apply_gradients([(v * 0, v)])),
        (
            "applied",
            lambda v: tf.train.GradientDescentOptimizer(1.0).apply_gradients(
                [(tf.constant([1.0, 1]), v)]
            ),
        ),
    ]:
        for others in (False, True):
            with tf.Graph().as_default(), tf.Session() as s:
                v = tf.Variable([1.0, 2], use_resource=True, name="v")
                other = tf.Variable([1.0], use_resource=True, name="other")
                if others:
                    s.run(other.initializer)
                found["%s, %s" % (label, others)] = tried(lambda v=v, u=use: s.run(u(v)))  # noqa: UP031
    return found


for _name, _text in FAMILIES.items():
    CASES[_name] = _family(_text)
