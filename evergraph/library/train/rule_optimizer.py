"""Optimizers whose update is one op for each variable."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from evergraph.api import math_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.train.optimizer import Optimizer

Cast = Callable[[Any], Any]

if TYPE_CHECKING:
    _Base = Optimizer
else:
    _Base = object


class RuleUpdates(_Base):
    """What an optimizer, by this class before `Optimizer`, applies `Apply<rule>` with, and its
    sparse and resource forms.

    Classes of optimizers say which rule, which slots in which order, and what the op's other
    inputs are.
    """

    _rule: str
    _slot_order: Sequence[str] = ()

    def _rule_inputs(self, grad: Any, cast: Cast) -> list[Any]:
        """The inputs after the slots, `grad` among them; `cast` brings tensors to the variable's
        type."""
        raise NotImplementedError()

    def _rule_attrs(self) -> dict[str, Any]:
        """Attrs beside `use_locking`."""
        return {}

    def _rule_name(self) -> str:
        return self._rule

    def _hyperparameter(self, value: Any, name: str) -> Any:
        """A hyperparameter, given as a number, a tensor or a function of nothing, as a tensor."""
        return convert_to_tensor(self._call_if_callable(value), name=name)

    def _apply(self, prefix: str, var: Any, grad: Any, indices: Any = None) -> Any:
        dtype = var.dtype.base_dtype
        slots = [self.get_slot(var, name) for name in self._slot_order]
        cells = [var, *slots]
        if prefix.startswith("Resource"):
            cells = [c.handle for c in cells]
        inputs = self._rule_inputs(grad, lambda x: math_ops.cast(x, dtype))
        if indices is not None:
            at = next(i for i, x in enumerate(inputs) if x is grad)
            inputs.insert(at + 1, indices)
        result = apply_op(
            f"{prefix}Apply{self._rule_name()}",
            *cells,
            *inputs,
            use_locking=self._use_locking,
            **self._rule_attrs(),
        )
        return result.op if isinstance(result, Tensor) else result

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        return self._apply("", var, grad)

    def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
        return self._apply("Resource", var, grad)

    def _apply_sparse(self, grad: Any, var: Any) -> Any:
        return self._apply("Sparse", var, grad.values, grad.indices)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        return self._apply("ResourceSparse", var, grad, indices)
