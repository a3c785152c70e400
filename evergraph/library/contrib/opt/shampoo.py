"""Shampoo: a preconditioner for each axis of a variable, and powers of matrices by iteration."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, linalg_ops, math_ops, state_ops
from evergraph.api.cond import cond
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, name_scope
from evergraph.library.train.optimizer import Optimizer


def GetParam(var: Any, timestep: Any) -> Any:
    """A setting at a step: `var`, or what it gives for the step."""
    return var(timestep) if callable(var) else var


def matrix_square_root(
    mat_a: Any, mat_a_size: Any, iter_count: int = 100, ridge_epsilon: float = 1e-4
) -> Any:
    """The square root of a symmetric matrix without negative eigenvalues, by Newton's iteration
    (Higham, "Stable iterations for the matrix square root", 2.6).

    Args:
      mat_a: the matrix.
      mat_a_size: how many rows it has.
      iter_count: the largest number of iterations; they end when the error grows.
      ridge_epsilon: what is added to the diagonal.
    """
    identity = linalg_ops.eye(math_ops.cast(mat_a_size, dtypes.int32))
    mat_a = mat_a + ridge_epsilon * identity
    norm = math_ops.sqrt(math_ops.reduce_sum(mat_a * mat_a))

    def goes_on(i: Any, y: Any, old_y: Any, z: Any, old_z: Any, err: Any, old_err: Any) -> Any:
        return math_ops.logical_and(i < iter_count, err < old_err)

    def better(i: Any, y: Any, old_y: Any, z: Any, old_z: Any, err: Any, old_err: Any) -> Any:
        iterate = 0.5 * (3.0 * identity - math_ops.matmul(z, y))
        new_y = math_ops.matmul(y, iterate)
        new_z = math_ops.matmul(iterate, z)
        root = new_y * math_ops.sqrt(norm)
        residual = mat_a - math_ops.matmul(root, root)
        new_err = math_ops.sqrt(math_ops.reduce_sum(residual * residual)) / norm
        return i + 1, new_y, y, new_z, z, new_err, err

    start = mat_a / norm
    found = while_loop(goes_on, better, [0, start, start, identity, identity, norm, norm + 1.0])
    return found[2] * math_ops.sqrt(norm)


def _matrix_power(mat_m: Any, p: float) -> Any:
    """`mat_m` to the power of a positive integer."""
    assert p == int(p) and p > 0
    power = None
    while p > 0:
        if p % 2 == 1:
            power = math_ops.matmul(mat_m, power) if power is not None else mat_m
        p //= 2
        mat_m = math_ops.matmul(mat_m, mat_m)
    return power


def matrix_inverse_pth_root(
    mat_g: Any,
    mat_g_size: Any,
    alpha: float,
    iter_count: int = 100,
    epsilon: float = 1e-6,
    ridge_epsilon: float = 1e-6,
) -> Any:
    """`mat_g ** alpha` of a symmetric matrix without negative eigenvalues, by the iteration 3.2 of
    Guo and Higham, "A Schur-Newton Method for the Matrix p-th Root and its Inverse".

    Args:
      mat_g: the matrix.
      mat_g_size: how many rows it has.
      alpha: -1 / p of a positive integer p.
      iter_count: the largest number of iterations.
      epsilon: how far from the identity an iterate may be to be good enough.
      ridge_epsilon: what is added to the diagonal.
    """
    identity = linalg_ops.eye(math_ops.cast(mat_g_size, dtypes.int32))

    def goes_on(i: Any, mat_m: Any, mat_x: Any) -> Any:
        is_early = i < iter_count
        off = math_ops.reduce_max(math_ops.abs(mat_m - identity))
        return math_ops.logical_and(is_early, off > epsilon)

    def better(i: Any, mat_m: Any, mat_x: Any) -> Any:
        step = (1 - alpha) * identity + alpha * mat_m
        power = -1.0 / alpha
        return (
            i + 1,
            math_ops.matmul(_matrix_power(step, power), mat_m),
            math_ops.matmul(mat_x, step),
        )

    if mat_g_size == 1:
        return math_ops.pow(mat_g + ridge_epsilon, alpha)
    damped = mat_g + ridge_epsilon * identity
    z = (1 - 1 / alpha) / (2 * linalg_ops.norm(damped))
    return while_loop(goes_on, better, [0, damped * z, identity * math_ops.pow(z, -alpha)])[2]


@export("contrib.opt.ShampooOptimizer")
class ShampooOptimizer(Optimizer):
    """Adagrad with a matrix for each axis of a variable (Gupta, Koren and Singer 2018).

    With the gradient g of a variable of rank n, for each axis j::

      gbar = gbar_decay * gbar + gbar_weight * g
      mat_j = mat_gbar_decay * mat_j + mat_gbar_weight * (g with g over all axes but j)
      var -= learning_rate * (gbar contracted with all mat_j ** (-alpha / n))

    Stands for `tf.contrib.opt.ShampooOptimizer`. Numbers may be functions of the step.

    Args:
      global_step: a variable, or a number: how many steps there were.
      max_matrix_size: axes that are longer have a diagonal in the matrix' place.
      gbar_decay, gbar_weight, mat_gbar_decay, mat_gbar_weight, learning_rate: see above.
      svd_interval: how often powers are computed.
      precond_update_interval: how often matrices are updated.
      epsilon: what is added to the matrices' diagonals.
      alpha: the power of all matrices together.
      use_iterative_root: whether powers are computed by iteration instead of by decomposition.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates and slots.
    """

    def __init__(
        self,
        global_step: Any = 0,
        max_matrix_size: int = 768,
        gbar_decay: Any = 0.0,
        gbar_weight: Any = 1.0,
        mat_gbar_decay: Any = 1.0,
        mat_gbar_weight: Any = 1.0,
        learning_rate: Any = 1.0,
        svd_interval: Any = 1,
        precond_update_interval: Any = 1,
        epsilon: float = 1e-4,
        alpha: Any = 0.5,
        use_iterative_root: bool = False,
        use_locking: bool = False,
        name: str = "Shampoo",
    ) -> None:
        super().__init__(use_locking, name)
        self._global_step = math_ops.cast(global_step, dtypes.float32)
        self._max_matrix_size = max_matrix_size
        self._gbar_decay = gbar_decay
        self._gbar_weight = gbar_weight
        self._mat_gbar_decay = mat_gbar_decay
        self._mat_gbar_weight = mat_gbar_weight
        self._learning_rate = learning_rate
        self._svd_interval = svd_interval
        self._precond_update_interval = precond_update_interval
        self._epsilon = epsilon
        self._alpha = alpha
        self._use_iterative_root = use_iterative_root

    def _create_slots(self, var_list: Any) -> None:
        for v in var_list:
            with colocate_with(v):
                self._zeros_slot(v, "gbar", self._name)
                for i, d in enumerate(v.get_shape()):
                    size = convert_to_tensor(d)
                    if d <= self._max_matrix_size:
                        zeros = array_ops.zeros_like(linalg_ops.eye(size))
                        if self._svd_interval > 1:
                            self._get_or_make_slot(v, linalg_ops.eye(size), f"H_{i}", self._name)
                    else:
                        zeros = array_ops.zeros([size])
                    self._get_or_make_slot(v, zeros, f"Gbar_{i}", self._name)

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        return self._apply_gradient(grad, var)

    def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
        return self._apply_gradient(grad, var)

    def _apply_sparse(self, grad: Any, var: Any) -> Any:
        return self._apply_rows(grad.values, grad.indices, var)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        return self._apply_rows(grad, indices, var)

    def _apply_rows(self, values: Any, indices: Any, var: Any) -> Any:
        if var.get_shape()[0] > self._max_matrix_size and self._gbar_decay == 0.0:
            return self._apply_gradient(values, var, indices)
        dense = array_ops.scatter_nd(
            array_ops.expand_dims(indices, axis=1),
            values,
            array_ops.shape(var, out_type=indices.dtype),
        )
        return self._apply_gradient(dense, var)

    def _weighted_average(self, var: Any, weight: Any, weight_t: Any, rest: Any) -> Any:
        """`var = weight * var + rest`; without a weight nobody reads the variable again."""
        if weight == 0.0:
            return rest
        if weight == 1.0:
            return state_ops.assign_add(var, rest)
        return var.assign_add((weight_t - 1) * var + rest)

    def _compute_power(self, mat_g: Any, size: Any, alpha: Any, keep: Callable[[Any], Any]) -> Any:
        """`mat_g ** alpha`, kept in a slot."""
        with name_scope("matrix_iterative_power"):
            if self._use_iterative_root:
                root = matrix_square_root(mat_g, size, 100, self._epsilon)
                power = matrix_inverse_pth_root(root, size, 2 * alpha, 100, 1e-6, ridge_epsilon=0.0)
            elif size == 1:
                power = math_ops.pow(mat_g + self._epsilon, alpha)
            else:
                eye = linalg_ops.eye(math_ops.cast(size, dtypes.int32))
                d, u, v = linalg_ops.svd(mat_g + self._epsilon * eye, full_matrices=True)
                powers = math_ops.pow(math_ops.maximum(d, self._epsilon), alpha)
                power = math_ops.matmul(v * powers, array_ops.transpose(u))
            return keep(power)

    def _apply_gradient(self, grad: Any, var: Any, indices: Any = None) -> Any:
        """The update by a gradient of all rows, or of the rows `indices`."""
        step = self._global_step + 1
        gbar = self.get_slot(var, "gbar")
        gbar_decay, gbar_weight = (
            GetParam(self._gbar_decay, step),
            GetParam(self._gbar_weight, step),
        )
        if indices is None:
            conditioned = self._weighted_average(
                gbar, self._gbar_decay, gbar_decay, gbar_weight * grad
            )
        else:
            if self._gbar_decay != 0.0:
                logging.warning(f"Not applying momentum for variable: {var.name}")
            conditioned = grad
        sizes = var.get_shape().as_list()
        matrices = [self.get_slot(var, f"Gbar_{i}") for i in range(len(sizes))]
        decay, weight = GetParam(self._mat_gbar_decay, step), GetParam(self._mat_gbar_weight, step)
        alpha = -GetParam(self._alpha, step) / len(sizes)
        svd_interval = GetParam(self._svd_interval, step)
        interval = GetParam(self._precond_update_interval, step)
        for i, (size, mat_g) in enumerate(zip(sizes, matrices, strict=True)):
            axes = [axis for axis in range(len(sizes)) if axis != i]
            if size <= self._max_matrix_size:

                def outer(i: int = i, mat_g: Any = mat_g, axes: list[int] = axes) -> Any:
                    scale = weight * interval
                    product = math_ops.tensordot(
                        grad, grad, axes=(axes, axes), name=f"grad_outer_{i}"
                    )
                    return self._weighted_average(
                        mat_g, self._mat_gbar_decay, decay, scale * product
                    )

                is_due = math_ops.mod(step, interval) < 1
                updated = cond(is_due, outer, lambda mat_g=mat_g: mat_g) / float(size)
                factor = self._power_of_axis(var, i, updated, size, alpha, step, svd_interval)
                # The axis in front goes, that of the matrix comes last: after all axes they are
                # in order again.
                conditioned = math_ops.tensordot(
                    conditioned, factor, axes=([0], [0]), name=f"precond_{i}"
                )
            else:
                squares = grad * grad
                if axes:
                    normalizer = 1.0 if indices is not None else float(size)
                    squares = math_ops.reduce_sum(squares, axis=axes) / normalizer
                if i == 0 and indices is not None:
                    assert self._mat_gbar_decay == 1.0
                    diagonal = array_ops.gather(
                        state_ops.scatter_add(mat_g, indices, weight * squares), indices
                    )
                else:
                    diagonal = self._weighted_average(
                        mat_g, self._mat_gbar_decay, decay, weight * squares
                    )
                factor = array_ops.where(
                    math_ops.greater(diagonal, 0),
                    math_ops.pow(diagonal, alpha),
                    array_ops.zeros_like(diagonal),
                )
                turned = array_ops.transpose(conditioned, perm=[*range(1, len(sizes)), 0])
                conditioned = turned * factor
        rate = GetParam(self._learning_rate, step)
        if indices is not None:
            return state_ops.scatter_add(var, indices, -rate * conditioned)
        return state_ops.assign_sub(var, rate * conditioned)

    def _power_of_axis(
        self, var: Any, i: int, mat_g: Any, size: int, alpha: Any, step: Any, interval: Any
    ) -> Any:
        """The matrix of axis `i` to the power of `alpha`, computed anew when that is due."""
        if self._svd_interval == 1:
            return self._compute_power(mat_g, size, alpha, lambda power: power)

        def keep(power: Any) -> Any:
            return state_ops.assign(self.get_slot(var, f"H_{i}"), power)

        return cond(
            math_ops.mod(step, interval) < 1,
            lambda: self._compute_power(mat_g, size, alpha, keep),
            lambda: self.get_slot(var, f"H_{i}"),
        )
