"""tf.contrib.factorization.WALSModel: graphs, and what sweeps find."""

import importlib

import numpy as np
from case_tools import Cases

CASES = Cases()
case = CASES.case

R = np.random.RandomState(3)
A = (R.rand(5, 4) * (R.rand(5, 4) < 0.6)).astype(np.float32)
ROWS, COLS = R.randn(5, 2).astype(np.float32), R.randn(4, 2).astype(np.float32)


def sparse(tf, a):
    at = np.argwhere(a)
    return tf.SparseTensor(at, a[tuple(at.T)], a.shape)


def wals(tf, of_rows=True, transposed=False, project=None, init=True, **settings):
    if init:
        settings = {"row_init": ROWS, "col_init": COLS, **settings}
    model = tf.contrib.factorization.WALSModel(5, 4, 2, **settings)
    model.initialize_op.name  # noqa: B018
    shown = sparse(tf, A.T if transposed else A)
    if project is not None:
        function = model.project_row_factors if of_rows else model.project_col_factors
        found = [function(shown, transposed, None if project is True else tf.constant(project))]
    else:
        function = model.update_row_factors if of_rows else model.update_col_factors
        found = list(function(shown, transpose_input=transposed))
        if transposed == of_rows:
            found.pop()  # a scalar, of which TensorFlow does not know that
    prepared = [
        model.worker_init,
        model.row_update_prep_gramian_op,
        model.col_update_prep_gramian_op,
    ]
    return [*found, *prepared, model.initialize_row_update_op, model.initialize_col_update_op], None


CASES.simple(
    rows=wals,
    cols=lambda tf: wals(tf, of_rows=False),
    rows_transposed=lambda tf: wals(tf, transposed=True, regularization=0.1),
    drawn=lambda tf: wals(tf, init=False, use_scoped_vars=True),
    unweighted=lambda tf: wals(tf, row_weights=None, col_weights=None),
    weights=lambda tf: wals(tf, row_weights=[1, 2, 3, 4, 5], col_weights=[[0.5, 1, 1.5, 2]]),
    shards=lambda tf: wals(tf, init=False, num_row_shards=2, num_col_shards=3),
    no_caches=lambda tf: wals(tf, use_factors_weights_cache=False, use_gramian_cache=False),
    project=lambda tf: wals(tf, project=True),
    project_weights=lambda tf: wals(tf, of_rows=False, project=[1.0, 2.0, 3.0, 4.0]),
    wrong_weights=lambda tf: wals(tf, row_weights=-1),
)


def ops(tf):
    """The module of generated functions."""
    ours = tf.__name__ == "evergraph"
    theirs = "tensorflow.contrib.factorization.python.ops.gen_factorization_ops"
    return importlib.import_module("evergraph.api.generated_ops" if ours else theirs)


def equations(tf, transposed=False, weights=True, **given):
    n, m = ((5, 4), (4, 5))[transposed]
    indices = np.argwhere(A)
    few = np.zeros(0, np.float32)
    entries = A[tuple(indices.T)]
    arguments = {
        "factors": np.random.RandomState(4).randn(m, 3).astype(np.float32),
        "factor_weights": np.arange(m, dtype=np.float32) if weights else few,
        "unobserved_weights": 0.5,
        "input_weights": np.arange(1, n + 1, dtype=np.float32) if weights else few,
        "input_indices": indices,
        "input_values": entries,
        "entry_weights": few if weights else entries,
        "input_block_size": n,
        "input_is_transpose": transposed,
    }
    arguments.update(given)
    return list(ops(tf).wals_compute_partial_lhs_and_rhs(**arguments))


def masked(tf, ta=False, tb=False, shape_b=(2, 4), **given):
    b = np.ones(shape_b, np.float32) * [[2.0], [3.0]]
    arguments = {
        "a": tf.constant(
            np.arange(6.0).reshape(2, 3) if ta else np.arange(6.0).reshape(3, 2), tf.float32
        ),
        "b": tf.constant(b.T if tb else b, tf.float32),
        "mask_indices": [[2, 3], [0, 1], [1, 0]],
        "transpose_a": ta,
        "transpose_b": tb,
    }
    arguments.update(given)
    return [ops(tf).masked_matmul(**arguments)]


CASES.simple(
    equations=equations,
    equations_transposed=lambda tf: equations(tf, True),
    equations_of_entries=lambda tf: equations(tf, False, False),
    equations_of_vector=lambda tf: equations(tf, factors=[1.0]),
    equations_of_lengths=lambda tf: equations(tf, input_values=[1.0]),
    equations_of_both=lambda tf: equations(tf, entry_weights=[1.0]),
    equations_of_triples=lambda tf: equations(tf, input_indices=np.zeros((2, 3), np.int64)),
    masked=masked,
    masked_a=lambda tf: masked(tf, ta=True),
    masked_b=lambda tf: masked(tf, tb=True),
    masked_vector=lambda tf: masked(tf, a=[1.0]),
    masked_shapes=lambda tf: masked(tf, b=[[1.0, 2.0, 3.0]]),
    masked_triples=lambda tf: masked(tf, mask_indices=[[1, 2, 3]]),
)
