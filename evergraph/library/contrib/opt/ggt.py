"""GGT: Adagrad with a full matrix of low rank."""

from collections import OrderedDict
from typing import Any

from evergraph.api import array_ops, grouping, linalg_ops, math_ops, state_ops
from evergraph.api.cond import cond
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.contrib.optimizer_v2.optimizer_v2 import OptimizerState, OptimizerV2


@export("contrib.opt.GGTOptimizer")
class GGTOptimizer(OptimizerV2):
    """Adagrad with a full matrix, from the last moments only (Agarwal et al. 2018).

    All gradients together, in the order of the variables' names, are one vector::

      m = beta1 * m + (1 - beta1) * gradient
      M = the last `window` m as columns, divided by sqrt(min(t, window))
      U, sigma = the eigenvectors and eigenvalues of M'M + svd_eps * I
      step = M U (sqrt(sigma) + sigma_eps) ** -3 U'M'm
      and, where the least sqrt(sigma) exceeds eps: + (m - M U 1 / sigma U'M'm) / least sqrt(sigma)

    Stands for `tf.contrib.opt.GGTOptimizer`.

    Args:
      learning_rate, beta1, eps, svd_eps, sigma_eps: see above.
      use_locking: not used.
      name: the name of the updates.
      window: how many moments are kept.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        use_locking: bool = False,
        name: str = "GGT",
        window: Any = 10,
        eps: Any = 1e-4,
        svd_eps: Any = 1e-6,
        sigma_eps: Any = 1e-2,
    ) -> None:
        super().__init__(use_locking, name)
        self._set_hyper("lr", learning_rate)
        self._set_hyper("beta1", beta1)
        self._set_hyper("window", window)
        self._set_hyper("eps", eps)
        self._set_hyper("svd_eps", svd_eps)
        self._set_hyper("sigma_eps", sigma_eps)
        # Name of a variable → where its gradient begins, and how long it is.
        self.index_dict: dict[str, int] = {}
        self.shape_dict: dict[str, int] = {}
        self._variables: list[Any] = []

    def _create_vars(self, var_list: Any, state: OptimizerState) -> None:
        sizes = {v.name: v.get_shape().num_elements() for v in var_list}
        self.shape_dict = OrderedDict(sorted(sizes.items()))
        length = 0
        for name, size in self.shape_dict.items():
            self.index_dict[name] = length
            length += size
        dtype = var_list[0].dtype.base_dtype
        state.create_non_slot(math_ops.cast(0.0, dtype=dtype), name="global_step")
        window = state.get_hyper("window")
        state.create_non_slot(array_ops.zeros([window, length], dtype=dtype), name="grad_buffer")
        state.create_non_slot(array_ops.zeros((length,), dtype=dtype), name="moment1")
        state.create_non_slot(array_ops.zeros((length,), dtype=dtype), name="flat_grad")

    def _apply_sparse(self, grad: Any, var: Any, state: Any = None) -> Any:
        raise NotImplementedError("Sparse gradient updates are not supported.")

    def _prepare(self, state: OptimizerState) -> None:  # type: ignore[override]
        self._variables = []

    def _span(self, var: Any) -> tuple[int, int]:
        start = self.index_dict[var.name]
        return start, start + self.shape_dict[var.name]

    def _apply_dense(self, grad: Any, var: Any, state: OptimizerState) -> Any:  # type: ignore[override]
        self._variables.append(var)
        flat = array_ops.reshape(grad, [-1])
        return state_ops.scatter_update(
            state.get_non_slot("flat_grad"), math_ops.range(*self._span(var)), flat
        )

    _resource_apply_dense = _apply_dense

    def _finish(self, state: OptimizerState) -> Any:  # type: ignore[override]
        dtype = self._variables[0].dtype.base_dtype
        step = state_ops.assign_add(state.get_non_slot("global_step"), 1.0)
        beta1 = state.get_hyper("beta1", dtype=dtype)
        moment, flat_grad = state.get_non_slot("moment1"), state.get_non_slot("flat_grad")
        moment = moment.assign(beta1 * moment + (1.0 - beta1) * flat_grad)
        window = state.get_hyper("window")
        row = math_ops.floormod(math_ops.cast(step - 1.0, dtypes.int32), window)
        rows = state_ops.scatter_update(state.get_non_slot("grad_buffer"), row, moment)

        eps = state.get_hyper("eps", dtype=dtype)
        svd_eps = state.get_hyper("svd_eps", dtype=dtype)
        sigma_eps = state.get_hyper("sigma_eps", dtype=dtype)
        rate = state.get_hyper("lr", dtype=dtype)
        count = math_ops.minimum(
            convert_to_tensor(step), convert_to_tensor(math_ops.cast(window, dtype=dtype))
        )
        count = math_ops.sqrt(count)
        column = array_ops.expand_dims(moment, -1)
        m = array_ops.transpose(math_ops.divide(rows, count))
        products = math_ops.matmul(m, m, transpose_a=True)
        damping = math_ops.cast(linalg_ops.eye(window), dtype=dtype) * svd_eps
        sigma, u, _ = linalg_ops.svd(products + damping)
        roots = math_ops.sqrt(sigma)
        least = math_ops.reduce_min(roots)
        inverse = math_ops.divide(
            math_ops.cast(1.0, dtype=dtype), math_ops.pow(roots + sigma_eps, 3)
        )

        def projected(diagonal: Any) -> Any:
            """M U diag U'M'm."""
            inner = math_ops.matmul(
                u, math_ops.matmul(m, column, transpose_a=True), transpose_a=True
            )
            return math_ops.matmul(m, math_ops.matmul(u, math_ops.matmul(diagonal, inner)))

        nothing = array_ops.expand_dims(array_ops.zeros(flat_grad.get_shape(), dtype=dtype), -1)
        head = projected(array_ops.diag(inverse))
        reciprocal = math_ops.divide(math_ops.cast(1.0, dtype=dtype), sigma)
        tail = math_ops.divide(column - projected(array_ops.diag(reciprocal)), least)
        move = cond(
            least > eps,
            lambda: math_ops.add(head, tail),
            lambda: math_ops.add(nothing, head),
        )
        updates = []
        for var in self._variables:
            start, end = self._span(var)
            part = array_ops.reshape(move[start:end], var.get_shape())
            updates.append(state_ops.assign_sub(var, rate * part))
        return grouping.group(updates)
