"""Ops under the names of 2015 and 2016, as GraphDefs of that age hold them."""

import numpy as np
from case_tools import Cases, waves

CASES = Cases()
simple = CASES.simple

MATRICES = np.float64(waves(2, 3, 3))
SYMMETRIC = np.matmul(MATRICES, MATRICES.transpose(0, 2, 1)) + np.diag([1.0, 2.0, 3.5])
SIDES = np.float64(waves(2, 3, 2))
FACTORS = np.tril(MATRICES) + 2 * np.eye(3)


def older(tf, op, inputs, outputs=1, producer=5, dtype=True, **attrs):
    """The outputs of an op which stands in a GraphDef of version `producer`, and the feed."""
    graph_def = tf.compat.v1.GraphDef()
    graph_def.versions.producer = producer
    feed = {}
    for i, value in enumerate(inputs):
        node = graph_def.node.add(name=f"x{i}", op="Placeholder")
        value = np.asarray(value)
        node.attr["dtype"].type = tf.as_dtype(value.dtype).as_datatype_enum
        for size in value.shape:
            node.attr["shape"].shape.dim.add(size=size)
        feed[f"x{i}:0"] = value
    node = graph_def.node.add(name="y", op=op)
    node.input.extend(name[:-2] for name in sorted(feed))
    if dtype:
        node.attr["T"].type = graph_def.node[0].attr["dtype"].type
    for name, value in attrs.items():
        if isinstance(value, bool):
            node.attr[name].b = value
        else:
            node.attr[name].i = value
    found = tf.import_graph_def(
        graph_def, return_elements=[f"y:{i}" for i in range(outputs)], name=""
    )
    return found, feed


def unsigned(tf, result):
    """Eigenvectors and singular vectors may point either way."""
    outputs, feed = result
    return [tf.abs(y) for y in outputs], feed


simple(
    cholesky=lambda tf: older(tf, "BatchCholesky", [SYMMETRIC]),
    cholesky_removed=lambda tf: older(tf, "BatchCholesky", [SYMMETRIC], producer=13),
    determinant=lambda tf: older(tf, "BatchMatrixDeterminant", [SYMMETRIC], producer=12),
    inverse=lambda tf: older(tf, "BatchMatrixInverse", [FACTORS], adjoint=True),
    solve=lambda tf: older(tf, "BatchMatrixSolve", [FACTORS, SIDES]),
    solve_adjoint=lambda tf: older(tf, "BatchMatrixSolve", [FACTORS, SIDES], adjoint=True),
    least_squares=lambda tf: older(tf, "BatchMatrixSolveLs", [SIDES, SIDES, np.float64(0.1)]),
    triangular=lambda tf: older(tf, "BatchMatrixTriangularSolve", [FACTORS, SIDES]),
    eig=lambda tf: unsigned(tf, older(tf, "SelfAdjointEig", [SYMMETRIC])),
    eig_one=lambda tf: unsigned(tf, older(tf, "SelfAdjointEig", [SYMMETRIC[0]])),
    eig_none=lambda tf: older(tf, "SelfAdjointEig", [np.zeros((0, 0))]),
    eig_rank=lambda tf: older(tf, "SelfAdjointEig", [np.zeros(3)]),
    eig_removed=lambda tf: older(tf, "SelfAdjointEig", [SYMMETRIC], producer=11),
    batch_eig=lambda tf: unsigned(tf, older(tf, "BatchSelfAdjointEig", [SYMMETRIC])),
    batch_eig_v2=lambda tf: unsigned(tf, older(tf, "BatchSelfAdjointEigV2", [SYMMETRIC], 2)),
    svd=lambda tf: unsigned(tf, older(tf, "BatchSvd", [SIDES], 3)),
    svd_values=lambda tf: older(tf, "BatchSvd", [SIDES], compute_uv=False),
    batch_cholesky_grad=lambda tf: older(tf, "BatchCholeskyGrad", [FACTORS, MATRICES]),
    cholesky_grad=lambda tf: older(tf, "CholeskyGrad", [FACTORS, MATRICES], producer=134),
    cholesky_grad_one=lambda tf: older(
        tf, "CholeskyGrad", [np.float32(FACTORS[0]), np.float32(MATRICES[0])], producer=134
    ),
    cholesky_grad_batches=lambda tf: older(
        tf, "CholeskyGrad", [FACTORS, MATRICES[:1]], producer=134
    ),
    cholesky_grad_oblong=lambda tf: older(tf, "CholeskyGrad", [SIDES, SIDES], producer=134),
    fft=lambda tf: (older(tf, "BatchFFT", [np.ones((2, 3), np.complex64)], dtype=False)[0], None),
    ifft_3d=lambda tf: (
        older(tf, "BatchIFFT3D", [np.ones((2, 3), np.complex64)], dtype=False)[0],
        None,
    ),
    fft_removed=lambda tf: older(
        tf, "BatchFFT2D", [np.ones((2, 3), np.complex64)], producer=15, dtype=False
    ),
    crop=lambda tf: older(tf, "RandomCrop", [waves(9, 8, 3), np.int64([3, 2])], seed=3, seed2=7),
    crop_width=lambda tf: older(
        tf, "RandomCrop", [waves(9, 8, 3), np.int64([9, 2])], seed=3, seed2=7
    ),
    crop_whole=lambda tf: older(tf, "RandomCrop", [waves(4, 3, 2), np.int64([4, 3])], seed2=7),
    crop_high=lambda tf: older(tf, "RandomCrop", [waves(4, 3, 2), np.int64([5, 3])], seed2=7),
    crop_size=lambda tf: older(tf, "RandomCrop", [waves(4, 3, 2), np.int64([4, 3, 2])], seed2=7),
    crop_rank=lambda tf: older(tf, "RandomCrop", [waves(4, 3), np.int64([4, 3])], seed2=7),
    crop_removed=lambda tf: older(tf, "RandomCrop", [waves(4, 3, 2), np.int64([4, 3])], producer=8),
    debug_identity=lambda tf: older(tf, "DebugGradientIdentity", [waves(2, 3)], producer=134),
)
