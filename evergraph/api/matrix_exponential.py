"""The exponential of matrices: `tf.linalg.expm`."""

from typing import Any

from evergraph.api import array_ops, linalg_ops, math_ops
from evergraph.api.control_flow_ops import while_loop
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

# Padé approximants: coefficients from the lowest by degree; that of the highest power is 1.
_COEFFICIENTS = {
    3: [120.0, 60.0, 12.0],
    5: [30240.0, 15120.0, 3360.0, 420.0, 30.0],
    7: [17297280.0, 8648640.0, 1995840.0, 277200.0, 25200.0, 1512.0, 56.0],
    9: [
        17643225600.0,
        8821612800.0,
        2075673600.0,
        302702400.0,
        30270240.0,
        2162160.0,
        110880.0,
        3960.0,
        90.0,
    ],
    13: [
        64764752532480000.0,
        32382376266240000.0,
        7771770303897600.0,
        1187353796428800.0,
        129060195264000.0,
        10559470521600.0,
        670442572800.0,
        33522128640.0,
        1323241920.0,
        40840800.0,
        960960.0,
        16380.0,
        182.0,
    ],
}
# Up to which norm of the matrix an approximant of each degree is good enough; above the last the
# matrix is halved until it is below `largest`, and what comes out squared as often.
_SINGLE = ({3: 4.258730016922831e-001, 5: 1.880152677804762e000}, 7, 3.925724783138660)
_DOUBLE = (
    {
        3: 1.495585217958292e-002,
        5: 2.539398330063230e-001,
        7: 9.504178996162932e-001,
        9: 2.097847961257068e000,
    },
    13,
    5.371920351148152,
)
_TIERS = {
    dtypes.float16: _SINGLE,
    dtypes.float32: _SINGLE,
    dtypes.complex64: _SINGLE,
    dtypes.float64: _DOUBLE,
    dtypes.complex128: _DOUBLE,
}


def _plus(total: Any, terms: list[tuple[Tensor, Tensor]]) -> Tensor:
    for factor, matrix in terms:
        product = factor * matrix
        total = product if total is None else total + product
    return total


def _approximant(matrix: Tensor, degree: int) -> tuple[Tensor, Tensor]:
    """The odd and the even part of the approximant's polynomial."""
    b = [constant(x, matrix.dtype) for x in _COEFFICIENTS[degree]]
    order = array_ops.shape(matrix)[-2]
    batch_shape = array_ops.shape(matrix)[:-2]
    one = linalg_ops.eye(order, batch_shape=batch_shape, dtype=matrix.dtype)
    powers = {0: one, 2: math_ops.matmul(matrix, matrix)}
    if degree == 13:
        return _approximant_13(matrix, powers, b)
    if degree > 3:
        powers[4] = math_ops.matmul(powers[2], powers[2])
    for i in range(6, degree, 2):
        powers[i] = math_ops.matmul(powers[i - 2], powers[2])
    high = sorted(powers, reverse=True)
    odd = _plus(powers[high[0]], [(b[i + 1], powers[i]) for i in high[1:]])
    u = math_ops.matmul(matrix, odd)
    return u, _plus(None, [(b[i], powers[i]) for i in high])


def _approximant_13(
    matrix: Tensor, powers: dict[int, Tensor], b: list[Tensor]
) -> tuple[Tensor, Tensor]:
    powers[4] = math_ops.matmul(powers[2], powers[2])
    powers[6] = sixth = math_ops.matmul(powers[4], powers[2])
    high, low = (4, 2), (6, 4, 2, 0)
    odd = math_ops.matmul(sixth, _plus(sixth, [(b[i + 7], powers[i]) for i in high]))
    odd = _plus(odd, [(b[i + 1], powers[i]) for i in low])
    u = math_ops.matmul(matrix, odd)
    even = math_ops.matmul(sixth, _plus(None, [(b[i + 6], powers[i]) for i in (6, *high)]))
    return u, _plus(even, [(b[i], powers[i]) for i in low])


def _choice(norm: Tensor, bounds: list[float], cases: list[Tensor]) -> Tensor:
    """The case of each matrix: the first whose bound is above its norm, else the last."""
    if not bounds:
        return cases[0]
    small = math_ops.less(norm, constant(bounds[0], norm.dtype))
    return array_ops.where(small, cases[0], _choice(norm, bounds[1:], cases[1:]))


@export("linalg.expm")
def matrix_exponential(input: Any, name: str | None = None) -> Tensor:
    """The exponential of square matrices, by scaling and squaring. Stands for `tf.linalg.expm`.

    Args:
      input: [..., n, n], float or complex.
      name: a name scope for the nodes.

    Raises:
      ValueError: another dtype.
    """
    with name_scope(name, "matrix_exponential", [input]):
        matrix = convert_to_tensor(input, name="input")
        if matrix.shape[-2:] == [0, 0]:
            return matrix
        batch_shape: Any = matrix.shape[:-2]
        if not batch_shape.is_fully_defined():
            batch_shape = array_ops.shape(matrix)[:-2]
        matrix_shape = array_ops.shape(matrix)[-2:]
        matrix = array_ops.reshape(matrix, array_ops.concat(([-1], matrix_shape), axis=0))
        result = _exponential(matrix)
        if matrix.shape.is_fully_defined():
            return array_ops.reshape(result, batch_shape.concatenate(result.shape[-2:]))
        matrix_shape = array_ops.shape(result)[-2:]
        return array_ops.reshape(result, array_ops.concat((batch_shape, matrix_shape), axis=0))


def _exponential(matrix: Tensor) -> Tensor:
    """The exponential of a batch [b, n, n]."""
    sizes = math_ops.abs(matrix)
    rows = array_ops.size(array_ops.shape(matrix)) - 2
    norm = math_ops.reduce_max(math_ops.reduce_sum(sizes, axis=rows), axis=-1)
    if matrix.dtype not in _TIERS:
        raise ValueError(f"tf.linalg.expm does not support matrices of type {matrix.dtype}")
    bounds, degree, largest = _TIERS[matrix.dtype]
    exponent = math_ops.log(norm / constant(largest, norm.dtype))
    exponent = exponent / math_ops.log(constant(2.0, norm.dtype))
    squarings = math_ops.maximum(math_ops.floor(exponent), 0)
    parts = [_approximant(matrix, small) for small in bounds]
    scale = math_ops.pow(constant(2.0, dtype=matrix.dtype), math_ops.cast(squarings, matrix.dtype))
    parts.append(_approximant(matrix / scale[..., None, None], degree))
    u, v = (_choice(norm, list(bounds.values()), list(cases)) for cases in zip(*parts, strict=True))
    above = u + v
    result = linalg_ops.matrix_solve(-u + v, above)
    most = math_ops.reduce_max(squarings)

    def squared(i: Any, x: Any) -> Any:
        following = i + 1
        more = math_ops.less(i, squarings)
        return following, array_ops.where(more, math_ops.matmul(x, x), x)

    start = constant(0.0, norm.dtype)
    return while_loop(lambda i, _: math_ops.less(i, most), squared, [start, result])[1]
