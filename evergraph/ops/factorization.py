"""Matrices as products: Cholesky, Qr, Lu, Svd, and eigenvectors of symmetric ones."""

from typing import Any

import torch

from evergraph.api import array_ops, linalg_ops, math_ops
from evergraph.api.linalg_impl import adjoint
from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.registry import op
from evergraph.kernels.dtypes import torch_dtype
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dim, Dims

cholesky_op = op("Cholesky(input: T) -> output: T", "T: linalg")
qr_op = op("Qr(input: T) -> q: T, r: T", "full_matrices: bool = false; T: linalg")
lu_op = op(
    "Lu(input: T) -> lu: T, p: output_idx_type",
    "T: linalg; output_idx_type: int32 | int64 = int32",
)
eigh_op = op("SelfAdjointEigV2(input: T) -> e: T, v: T", "compute_v: bool = true; T: linalg")
svd_op = op(
    "Svd(input: T) -> s: T, u: T, v: T",
    "compute_uv: bool = true; full_matrices: bool = false; T: linalg",
)

# The names of 2015, in graphs of that age.
_REAL = "T: float64 | float32"
batch_cholesky_op = op(
    "BatchCholesky(input: T) -> output: T", _REAL, deprecated=(13, "Use Cholesky instead.")
)
batch_cholesky_grad_op = op(
    "BatchCholeskyGrad(l: T, grad: T) -> output: T",
    "T: float32 | float64",
    deprecated=(13, "Use CholeskyGrad instead."),
)
cholesky_grad_op = op("CholeskyGrad(l: T, grad: T) -> output: T", "T: float16 | float32 | float64")
eig_op = op(
    "SelfAdjointEig(input: T) -> output: T",
    "T: float64 | float32 | float16",
    deprecated=(11, "Use SelfAdjointEigV2 instead."),
)
batch_eig_op = op(
    "BatchSelfAdjointEig(input: T) -> output: T",
    _REAL,
    deprecated=(11, "Use SelfAdjointEigV2 instead."),
)
batch_eigh_op = op(
    "BatchSelfAdjointEigV2(input: T) -> e: T, v: T",
    "compute_v: bool = true; " + _REAL,
    deprecated=(13, "Use SelfAdjointEigV2 instead."),
)
batch_svd_op = op(
    "BatchSvd(input: T) -> s: T, u: T, v: T",
    "compute_uv: bool = true; full_matrices: bool = false; "
    "T: float64 | float32 | complex64 | complex128",
    deprecated=(13, "Use Svd instead."),
)


# Shapes.

for _entry in (
    batch_cholesky_op,
    batch_cholesky_grad_op,
    batch_eig_op,
    batch_eigh_op,
    batch_svd_op,
):
    _entry.shape(shape_rules.unknown)


def _square(node: Any) -> tuple[Dims, Dim]:
    """The batch dims and the size of square matrices."""
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 2)
    if dims is None:
        return None, None
    return dims[:-2], shape_rules.merge_dim(dims[-2], dims[-1])


@cholesky_op.shape
@cholesky_grad_op.shape
def cholesky_shape(node: Any) -> Dims:
    batch, size = _square(node)
    return None if batch is None else (*batch, size, size)


@eig_op.shape
def eig_shape(node: Any) -> Dims:
    batch, size = _square(node)
    return None if batch is None else (*batch, None if size is None else size + 1, size)


@lu_op.shape
def lu_shape(node: Any) -> list[Dims]:
    batch, size = _square(node)
    return [None, None] if batch is None else [(*batch, size, size), (*batch, size)]


@eigh_op.shape
def eigh_shape(node: Any) -> list[Dims]:
    batch, size = _square(node)
    values = None if batch is None else (*batch, size)
    if not node.attr("compute_v"):
        return [values, (0,)]
    return [values, None if batch is None else (*batch, size, size)]


@qr_op.shape
def qr_shape(node: Any) -> list[Dims]:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 2)
    if dims is None:
        return [None, None]
    *batch, m, n = dims
    inner = None if m is None or n is None else min(m, n)
    if node.attr("full_matrices"):
        return [(*batch, m, m), (*batch, m, n)]
    return [(*batch, m, inner), (*batch, inner, n)]


@svd_op.shape
def svd_shape(node: Any) -> list[Dims]:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 2)
    computed = node.attr("compute_uv")
    if dims is None:
        return [None, None, None] if computed else [None, (0,), (0,)]
    *batch, m, n = dims
    inner = None if m is None or n is None else min(m, n)
    if not computed:
        return [(*batch, inner), (0,), (0,)]
    if node.attr("full_matrices"):
        return [(*batch, inner), (*batch, m, m), (*batch, n, n)]
    return [(*batch, inner), (*batch, m, inner), (*batch, n, inner)]


# Kernels.


def _refuse(message: str) -> None:
    raise InvalidArgumentError(None, None, message)


def _check_square(x: torch.Tensor) -> None:
    if x.dim() < 2 or x.shape[-1] != x.shape[-2]:
        _refuse("Input matrix must be square.")


@cholesky_op.kernel
@batch_cholesky_op.kernel
def cholesky(x: torch.Tensor) -> torch.Tensor:
    _check_square(x)
    result, info = torch.linalg.cholesky_ex(x)
    if info.any():
        _refuse("Cholesky decomposition was not successful. The input might not be valid.")
    return result


@cholesky_grad_op.kernel
@batch_cholesky_grad_op.kernel
def cholesky_grad(factor: torch.Tensor, grad: torch.Tensor) -> torch.Tensor:
    """The gradient of a matrix from that of its factor, of which the lower triangle counts."""
    if factor.shape[:-2] != grad.shape[:-2]:
        _refuse("All input tensors must have the same outer dimensions.")
    _check_square(factor)
    if factor.shape != grad.shape:
        _refuse("Inputs must have the same shape.")
    middle = (factor.mT @ grad.tril()).tril()
    middle = middle - middle.diagonal(dim1=-2, dim2=-1).diag_embed() / 2
    half = torch.linalg.solve_triangular(factor.mT, middle, upper=True)
    full = torch.linalg.solve_triangular(factor, half, upper=False, left=False)
    return (full + full.mT) / 2


@qr_op.kernel
def qr(x: torch.Tensor, *, full_matrices: bool) -> Any:
    q, r = torch.linalg.qr(x, mode="complete" if full_matrices else "reduced")
    return q, r


@lu_op.kernel
def lu(x: torch.Tensor, *, output_idx_type: Any) -> Any:
    _check_square(x)
    factors, pivots, info = torch.linalg.lu_factor_ex(x)
    if info.any():
        _refuse("Input is not invertible.")
    # LAPACK tells which rows change places, one after the other; TensorFlow where rows come from.
    order = torch.lu_unpack(factors, pivots, unpack_data=False)[0].abs().argmax(-2)
    return factors.contiguous(), order.to(torch_dtype(output_idx_type))


@eigh_op.kernel
@batch_eigh_op.kernel
def eigh(x: torch.Tensor, *, compute_v: bool) -> Any:
    _check_square(x)
    if not compute_v:
        return torch.linalg.eigvalsh(x).to(x.dtype), x.new_empty(0)
    values, vectors = torch.linalg.eigh(x)
    return values.to(x.dtype), vectors.contiguous()


@eig_op.kernel
@batch_eig_op.kernel
def eig(x: torch.Tensor) -> torch.Tensor:
    """The eigenvalues in the first row, and the eigenvectors below it."""
    values, vectors = eigh(x, compute_v=True)
    return torch.cat([values.unsqueeze(-2), vectors], -2)


@svd_op.kernel
@batch_svd_op.kernel
def svd(x: torch.Tensor, *, compute_uv: bool, full_matrices: bool) -> Any:
    if not compute_uv:
        return torch.linalg.svdvals(x).to(x.dtype), x.new_empty(0), x.new_empty(0)
    u, s, vh = torch.linalg.svd(x, full_matrices=full_matrices)
    return s.to(x.dtype), u.contiguous(), vh.mH.resolve_conj().contiguous()


# Gradients.


@cholesky_op.gradient
def cholesky_gradient(node: Any, grad: Any) -> Any:
    factor = node.outputs[0]
    num_rows = array_ops.shape(factor)[-1]
    batch_shape = array_ops.shape(factor)[:-2]
    eye = linalg_ops.eye(num_rows, batch_shape=batch_shape, dtype=factor.dtype)
    inverse = apply_op("MatrixTriangularSolve", factor, eye)
    middle = math_ops.matmul(factor, grad, adjoint_a=True)
    middle = array_ops.matrix_set_diag(middle, 0.5 * array_ops.matrix_diag_part(middle))
    middle = array_ops.matrix_band_part(middle, -1, 0)
    product = math_ops.matmul(inverse, middle, adjoint_a=True)
    grad_a = math_ops.matmul(product, inverse)
    grad_a += adjoint(grad_a)
    return grad_a * 0.5


@qr_op.gradient
def qr_gradient(node: Any, dq: Any, dr: Any) -> Any:
    q, r = node.outputs
    if q.dtype.is_complex:
        raise NotImplementedError(f"QrGrad not implemented for dtype: {q.dtype}")
    if r.dims is None or None in r.dims[-2:]:
        raise NotImplementedError("QrGrad not implemented with dynamic shapes.")
    if r.dims[-2] != r.dims[-1]:
        raise NotImplementedError(
            "QrGrad not implemented when ncols > nrows or full_matrices is true and ncols != nrows."
        )

    def solved(x: Any) -> Any:
        rhs = adjoint(x)
        return adjoint(apply_op("MatrixTriangularSolve", r, rhs, lower=False, adjoint=False))

    qdq = math_ops.matmul(q, dq, adjoint_a=True)
    qdq_ = qdq - adjoint(qdq)
    rdr = math_ops.matmul(r, dr, adjoint_b=True)
    rdr_ = rdr - adjoint(rdr)
    tril = array_ops.matrix_band_part(qdq_ + rdr_, -1, 0)
    grad_a = math_ops.matmul(q, dr + solved(tril))
    grad_b = solved(dq - math_ops.matmul(q, qdq))
    return grad_a + grad_b


@eigh_op.gradient
def eigh_gradient(node: Any, grad_e: Any, grad_v: Any) -> Any:
    e = node.outputs[0]
    with control_dependencies([grad_e, grad_v]):
        if node.attr("compute_v"):
            v = node.outputs[1]
            gaps = array_ops.expand_dims(e, -2) - array_ops.expand_dims(e, -1)
            f = array_ops.matrix_set_diag(math_ops.reciprocal(gaps), array_ops.zeros_like(e))
            inner = array_ops.matrix_diag(grad_e) + f * math_ops.matmul(v, grad_v, adjoint_a=True)
        else:
            _, v = linalg_ops.self_adjoint_eig(node.inputs[0])
            inner = array_ops.matrix_diag(grad_e)
        grad_a = math_ops.matmul(v, math_ops.matmul(inner, v, adjoint_b=True))
        # Only the lower triangle is read.
        grad_a = array_ops.matrix_band_part(grad_a + adjoint(grad_a), -1, 0)
        diagonal = 0.5 * array_ops.matrix_diag_part(grad_a)
        return array_ops.matrix_set_diag(grad_a, diagonal)


@svd_op.gradient
def svd_gradient(node: Any, grad_s: Any, grad_u: Any, grad_v: Any) -> Any:
    a = node.inputs[0]
    a_shape = a.get_shape().with_rank_at_least(2)
    grad_s_mat = array_ops.matrix_diag(grad_s)
    if not node.attr("compute_uv"):
        _, u, v = linalg_ops.svd(a, compute_uv=True)
        grad_a = math_ops.matmul(u, math_ops.matmul(grad_s_mat, v, adjoint_b=True))
        grad_a.set_shape(a_shape)
        return grad_a
    if a.dtype.is_complex:
        raise NotImplementedError(
            "SVD gradient is not implemented for complex types and compute_uv=True."
        )
    u_shape = grad_u.get_shape().with_rank_at_least(2)
    v_shape = grad_v.get_shape().with_rank_at_least(2)
    rows = a_shape.dims[-2].merge_with(u_shape[-2])
    columns = a_shape.dims[-1].merge_with(v_shape[-2])
    batch = a_shape[:-2].merge_with(u_shape[:-2]).merge_with(v_shape[:-2])
    a_shape = batch.concatenate([rows, columns])
    m, n = a_shape.dims[-2].value, a_shape.dims[-1].value
    if m is None or n is None:
        raise NotImplementedError(
            "SVD gradient has not been implemented for input with unknown inner matrix shape."
        )
    s, u, v = node.outputs
    # Tall matrices are done as the transposed ones.
    tall = m > n
    if tall:
        m, n, u, v, grad_u, grad_v = n, m, v, u, grad_v, grad_u
    with control_dependencies([grad_s, grad_u, grad_v]):
        full = node.attr("full_matrices")
        if full and abs(m - n) > 1:
            raise NotImplementedError(
                "svd gradient is not implemented for abs(m - n) > 1 when full_matrices is True"
            )
        grad_a = _wide_svd_gradient((s, u, v), (grad_s_mat, grad_u, grad_v), m, n, full)
        if tall:
            grad_a = array_ops.matrix_transpose(grad_a)
        grad_a.set_shape(a_shape)
        return grad_a


def _wide_svd_gradient(outputs: Any, grads: Any, m: int, n: int, full: bool) -> Any:
    """The gradient of an m by n matrix with m <= n, whose singular values differ."""
    s, u, v = outputs
    grad_s_mat, grad_u, grad_v = grads
    s_mat = array_ops.matrix_diag(s)
    s2 = math_ops.square(s)
    s_shape = array_ops.shape(s)
    eye = linalg_ops.eye(s_shape[-1], batch_shape=s_shape[:-1], dtype=s.dtype)
    gaps = array_ops.expand_dims(s2, -2) - array_ops.expand_dims(s2, -1) + eye
    f = array_ops.matrix_set_diag(math_ops.reciprocal(gaps), array_ops.zeros_like(s))
    s_inv_mat = array_ops.matrix_diag(math_ops.reciprocal(s))
    v1 = v[..., :, :m]
    grad_v1 = grad_v[..., :, :m]
    u_gu = math_ops.matmul(u, grad_u, adjoint_a=True)
    v_gv = math_ops.matmul(v1, grad_v1, adjoint_a=True)
    f_u = f * u_gu
    f_v = f * v_gv
    middle = grad_s_mat + math_ops.matmul(f_u + adjoint(f_u), s_mat)
    middle += math_ops.matmul(s_mat, f_v + adjoint(f_v))
    term1 = math_ops.matmul(u, math_ops.matmul(middle, v1, adjoint_b=True))
    if m == n:
        return term1
    gv1t = array_ops.matrix_transpose(grad_v1)
    gv1t_v1 = math_ops.matmul(gv1t, v1)
    outside = gv1t - math_ops.matmul(gv1t_v1, v1, adjoint_b=True)
    if full:
        v2 = v[..., :, m:n]
        grad_v2 = grad_v[..., :, m:n]
        v1t_gv2 = math_ops.matmul(v1, grad_v2, adjoint_a=True)
        outside -= math_ops.matmul(v1t_gv2, v2, adjoint_b=True)
    u_s_inv = math_ops.matmul(u, s_inv_mat)
    return term1 + math_ops.matmul(u_s_inv, outside)
