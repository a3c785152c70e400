"""Products of matrices and vectors."""

import functools
from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.errors import FailedPreconditionError, InvalidArgumentError
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import Rule, op
from evergraph.kernels.one_thread import mm
from evergraph.ops import shape_rules
from evergraph.ops.complaints import shape_text
from evergraph.ops.gradient_rules import asked, sum_to

mat_mul_op = op(
    "MatMul(a: T, b: T) -> product: T",
    "transpose_a: bool = false; transpose_b: bool = false; T: unary",
)
mat_mul_op.shape(shape_rules.matmul)


@mat_mul_op.on_failure
def check_matrices(node: Any, a: Any, b: Any) -> None:
    """Raises TensorFlow's error where the product of `a` and `b` is not defined."""
    shapes = [shape_text(m) for m in (a, b)]
    for i, matrix in enumerate((a, b)):
        if matrix.dim() != 2:
            text = f"In[{i}] is not a matrix. Instead it has shape {shapes[i]}"
            raise InvalidArgumentError(None, None, text)
    inner_a = a.shape[0 if node.attr("transpose_a") else 1]
    if inner_a != b.shape[1 if node.attr("transpose_b") else 0]:
        text = f"Matrix size-incompatible: In[0]: {shapes[0]}, In[1]: {shapes[1]}"
        raise InvalidArgumentError(None, None, text)


def product_ta(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return mm(a.t(), b)


def product_tb(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return mm(a, b.t())


def product_ta_tb(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return mm(a.t(), b.t())


def product_of_few(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The product with a short column, added term by term: torch rounds such sums in another way,
    and gray images, which are made so, would differ in single pixels."""
    if a.dim() != 2 or a.shape[1] != len(b):
        return mm(a, b)  # which complains
    result = a[:, :1] * b[0]
    for k in range(1, len(b)):
        result += a[:, k : k + 1] * b[k]
    return result


@mat_mul_op.specialize
def choose_product(node: Any) -> Rule:
    few = node.inputs[1].dims in ((2, 1), (3, 1), (4, 1)) and node.attr("T") == dtypes.float32
    if few and not node.attr("transpose_a") and not node.attr("transpose_b"):
        return product_of_few
    if node.attr("transpose_a"):
        return product_ta_tb if node.attr("transpose_b") else product_ta
    return product_tb if node.attr("transpose_b") else mm


@mat_mul_op.gradient
def mat_mul_gradient(node: Any, grad: Any) -> Any:
    transpose_a, transpose_b = node.attr("transpose_a"), node.attr("transpose_b")
    a = math_ops.conj(node.inputs[0])
    b = math_ops.conj(node.inputs[1])
    product = functools.partial(apply_op, "MatMul")
    if not transpose_a and not transpose_b:
        grad_a = functools.partial(product, grad, b, transpose_b=True)
        grad_b = functools.partial(product, a, grad, transpose_a=True)
    elif not transpose_a:
        grad_a = functools.partial(product, grad, b)
        grad_b = functools.partial(product, grad, a, transpose_a=True)
    elif not transpose_b:
        grad_a = functools.partial(product, b, grad, transpose_b=True)
        grad_b = functools.partial(product, a, grad)
    else:
        grad_a = functools.partial(product, b, grad, transpose_a=True, transpose_b=True)
        grad_b = functools.partial(product, grad, a, transpose_a=True, transpose_b=True)
    return asked(node, grad_a, grad_b)


# Batches of matrices.

BATCH = "T: unary; adj_x: bool = false; adj_y: bool = false"
batch_mat_mul_op = op("BatchMatMul(x: T, y: T) -> output: T", BATCH)
batch_mat_mul_v2_op = op("BatchMatMulV2(x: T, y: T) -> output: T", BATCH)


def batches(node: Any) -> tuple[shape_rules.Dims, shape_rules.Dims]:
    """The batch dims of both inputs."""
    x = shape_rules.at_least_rank(node.inputs[0].dims, 2)
    y = shape_rules.at_least_rank(node.inputs[1].dims, 2)
    return None if x is None else x[:-2], None if y is None else y[:-2]


def matrix_dims(node: Any) -> tuple[Any, Any]:
    """The dims of each product."""
    rows, inner_x = (node.inputs[0].dims or (None, None))[-2:]
    inner_y, columns = (node.inputs[1].dims or (None, None))[-2:]
    if node.attr("adj_x"):
        rows, inner_x = inner_x, rows
    if node.attr("adj_y"):
        inner_y, columns = columns, inner_y
    shape_rules.merge_dim(inner_x, inner_y)
    return rows, columns


@batch_mat_mul_op.shape
def batch_mat_mul_shape(node: Any) -> shape_rules.Dims:
    batch = shape_rules.merge(*batches(node))
    return shape_rules.concatenate(batch, matrix_dims(node))


@batch_mat_mul_v2_op.shape
def batch_mat_mul_v2_shape(node: Any) -> shape_rules.Dims:
    x, y = batches(node)
    matrix = matrix_dims(node)
    return shape_rules.concatenate(shape_rules.broadcast(x, y), matrix)


def adjoint(x: torch.Tensor) -> torch.Tensor:
    return x.mH if x.is_complex() else x.mT


@batch_mat_mul_op.kernel
@batch_mat_mul_v2_op.kernel
def batch_product(x: torch.Tensor, y: torch.Tensor, *, adj_x: bool, adj_y: bool) -> torch.Tensor:
    return torch.matmul(adjoint(x) if adj_x else x, adjoint(y) if adj_y else y)


@batch_mat_mul_op.on_failure
@batch_mat_mul_v2_op.on_failure
def check_batches(node: Any, x: Any, y: Any) -> None:
    """Raises TensorFlow's error where the products of `x` and `y` are not defined."""
    adj_x, adj_y = node.attr("adj_x"), node.attr("adj_y")
    shapes = [shape_text(m) for m in (x, y)]
    for i, batch in enumerate((x, y)):
        if batch.dim() < 2:
            text = f"In[{i}] ndims must be >= 2: {batch.dim()}"
            raise InvalidArgumentError(None, None, text)
    try:
        torch.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    except RuntimeError:
        text = f"In[0] and In[1] must have compatible batch dimensions: {shapes[0]} vs. {shapes[1]}"
        raise InvalidArgumentError(None, None, text) from None
    inner_x, inner_y = x.shape[-2 if adj_x else -1], y.shape[-1 if adj_y else -2]
    if inner_x != inner_y:
        text = (
            f"In[0] mismatch In[1] shape: {inner_x} vs. {inner_y}: {shapes[0]} {shapes[1]} "
            f"{adj_x:d} {adj_y:d}"
        )
        raise InvalidArgumentError(None, None, text)


@batch_mat_mul_op.gradient
def batch_mat_mul_gradient(node: Any, grad: Any) -> Any:
    x, y = node.inputs
    adj_x, adj_y = node.attr("adj_x"), node.attr("adj_y")
    product = math_ops.matmul
    if not adj_x and not adj_y:
        return product(grad, y, adjoint_b=True), product(x, grad, adjoint_a=True)
    if not adj_x:
        return product(grad, y), product(grad, x, adjoint_a=True)
    if not adj_y:
        return product(y, grad, adjoint_b=True), product(x, grad)
    grad_x = product(y, grad, adjoint_a=True, adjoint_b=True)
    return grad_x, product(grad, x, adjoint_a=True, adjoint_b=True)


@batch_mat_mul_v2_op.gradient
def batch_mat_mul_v2_gradient(node: Any, grad: Any) -> Any:
    x, y = node.inputs
    grad_x, grad_y = batch_mat_mul_gradient(node, grad)
    if x.dims is not None and None not in x.dims and x.dims == y.dims:
        return grad_x, grad_y
    sx = array_ops.shape(x)
    sy = array_ops.shape(y)
    rx, ry = apply_op("BroadcastGradientArgs", sx[:-2], sy[:-2])
    return sum_to(grad_x, rx, sx), sum_to(grad_y, ry, sy)


# Matrices that the caller knows to be sparse; they are dense tensors, and so they are multiplied.

sparse_mat_mul_op = op(
    "SparseMatMul(a: Ta, b: Tb) -> product: float32",
    "transpose_a: bool = false; transpose_b: bool = false; a_is_sparse: bool = false; "
    "b_is_sparse: bool = false; Ta: float32 | bfloat16 = float32; "
    "Tb: float32 | bfloat16 = float32",
)
sparse_mat_mul_op.shape(shape_rules.matmul)
sparse_mat_mul_op.on_failure(check_matrices)


@sparse_mat_mul_op.kernel
def sparse_product(
    a: torch.Tensor, b: torch.Tensor, *, transpose_a: bool, transpose_b: bool
) -> torch.Tensor:
    a, b = a.float(), b.float()
    return mm(a.t() if transpose_a else a, b.t() if transpose_b else b)


@sparse_mat_mul_op.gradient
def sparse_mat_mul_gradient(node: Any, grad: Any) -> Any:
    a, b = node.inputs
    transpose_a, transpose_b = node.attr("transpose_a"), node.attr("transpose_b")
    sparse = {
        a: node.attr("a_is_sparse"),
        b: node.attr("b_is_sparse"),
        grad: grad.op.type == "ReluGrad",
    }

    def product(m: Any, n: Any, dtype: Any, transpose_m: bool, transpose_n: bool) -> Any:
        m_is_sparse, n_is_sparse = sparse[m], sparse[n]
        if transpose_n:
            n = array_ops.transpose(n)
        result = math_ops.matmul(
            m, n, transpose_a=transpose_m, a_is_sparse=m_is_sparse, b_is_sparse=n_is_sparse
        )
        return result if result.dtype == dtype else math_ops.cast(result, dtype)

    if not transpose_a and not transpose_b:
        grad_a = product(grad, b, a.dtype, False, True)
        return grad_a, product(a, grad, b.dtype, True, False)
    if not transpose_a:
        grad_a = product(grad, b, a.dtype, False, False)
        return grad_a, product(grad, a, b.dtype, True, False)
    if not transpose_b:
        grad_a = product(b, grad, a.dtype, False, True)
        return grad_a, product(a, grad, b.dtype, False, False)
    grad_a = product(b, grad, a.dtype, True, True)
    return grad_a, product(grad, a, b.dtype, True, True)


cross_op = op("Cross(a: T, b: T) -> product: T", "T: realnumber")


@cross_op.shape
def cross_shape(node: Any) -> shape_rules.Dims:
    a = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    b = shape_rules.at_least_rank(node.inputs[1].dims, 1)
    dims = shape_rules.merge(a, b)
    if dims is not None:
        shape_rules.with_value(dims[-1], 3)
    return dims


def check_cross(a: Any, b: Any) -> None:
    if a.shape != b.shape:
        shapes = [shape_text(m) for m in (a, b)]
        text = f"Both inputs must be of same shape: {shapes[0]} vs. {shapes[1]}"
        raise InvalidArgumentError(None, None, text)
    if a.shape[-1] != 3:
        raise FailedPreconditionError(
            None, None, "Cross-products are only defined for 3-element vectors."
        )


@cross_op.kernel
def cross(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    check_cross(a, b)
    return torch.linalg.cross(a, b, dim=-1)


@cross_op.numpy
def cross_numpy(a: Any, b: Any) -> Any:
    check_cross(a, b)
    return np.cross(a, b).astype(a.dtype)


@cross_op.gradient
def cross_gradient(node: Any, grad: Any) -> Any:
    u, v = node.inputs
    return apply_op("Cross", v, grad), apply_op("Cross", grad, u)


einsum_op = op("Einsum(inputs: N * T) -> output: T", "equation: string; N: int >= 1; T: type")
einsum_op.shape(shape_rules.unknown)


@einsum_op.kernel
def einsum(inputs: list[torch.Tensor], *, equation: str) -> torch.Tensor:
    sources, arrow, result = equation.replace(" ", "").partition("->")
    labels = "".join(dict.fromkeys(result.replace("...", "")))
    plain = result
    if arrow and len(labels) < len(result.replace("...", "")):
        plain = ("..." if "..." in result else "") + labels
    # torch sums what is under the ellipsis where the result has none.
    if "..." in sources and "..." not in plain:
        _check_no_ellipsis(sources.split(","), inputs)
    # torch may answer with a view of its input.
    product = torch.einsum(f"{sources}{arrow}{plain}", *inputs).clone()
    return product if plain == result else _spread(product, plain, result)


def _check_no_ellipsis(sources: list[str], inputs: list[torch.Tensor]) -> None:
    counts = zip(sources, inputs, strict=True)
    count = max(x.dim() - len(s) + 3 for s, x in counts if "..." in s)
    if count > 0:
        raise InvalidArgumentError(
            None,
            None,
            f"Output contains {count} broadcasting dimension(s) but no ellipsis (...) was found in "
            "the output subscripts.",
        )


def _spread(x: torch.Tensor, labels: str, result: str) -> torch.Tensor:
    """`x` along the diagonals of a larger tensor: `result` repeats some of its labels."""
    batch = x.dim() - len(labels.replace("...", ""))
    names = [*range(batch), *labels.replace("...", "")]
    before, dots, after = result.partition("...")
    wanted = [*before, *(range(batch) if dots else ()), *after]
    sizes = dict(zip(names, x.shape, strict=True))
    full = x.new_zeros([sizes[name] for name in wanted])
    strides: dict[Any, int] = {}
    for name, stride in zip(wanted, full.stride(), strict=True):
        strides[name] = strides.get(name, 0) + stride
    full.as_strided(x.shape, [strides[name] for name in names]).copy_(x)
    return full
