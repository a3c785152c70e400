"""OptimizerV2: an optimizer whose methods are given a state with settings, slots and variables."""

from collections.abc import Mapping
from typing import Any

from evergraph.api import grouping, math_ops, variable_scope, variables
from evergraph.autodiff import gradients
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import (
    control_dependencies,
    executing_eagerly,
    get_collection,
    init_scope,
    name_scope,
)
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.library.distribute import distribution_strategy_context
from evergraph.library.distribute.reduce_util import ReduceOp
from evergraph.library.eager.backprop import GradientTape
from evergraph.library.train.optimizer import (
    GradsAndVars,
    Optimizer,
    _collected,
    _converted,
    _deduplicate_indexed_slices,
    _get_processor,
)

# Name of a setting → its tensor by dtype, under None as it was given.
Tensors = dict[str, dict[Any, Any]]


class OptimizerState:
    """What the methods of an optimizer are given at a step.

    Args:
      optimizer: whose slots and variables these are.
      tensors: the settings.
      place: where variables that serve all others go.
    """

    def __init__(self, optimizer: "OptimizerV2", tensors: Tensors, place: Any) -> None:
        self._optimizer = optimizer
        self._tensors = tensors
        self._place = place

    def create_slot(self, var: Any, val: Any, slot_name: str, optional_op_name: Any = None) -> Any:
        """The slot of `var`, made with the initial value `val` if there is none."""
        name = optional_op_name or self._optimizer.get_name()
        return self._optimizer._get_or_make_slot(var, val, slot_name, name)

    def create_slot_with_initializer(
        self,
        var: Any,
        initializer: Any,
        shape: Any,
        dtype: Any,
        slot_name: str,
        optional_op_name: Any = None,
    ) -> Any:
        """The slot of `var`, made by an initializer if there is none."""
        name = optional_op_name or self._optimizer.get_name()
        return self._optimizer._get_or_make_slot_with_initializer(
            var, initializer, shape, dtype, slot_name, name
        )

    def zeros_slot(self, var: Any, slot_name: str, optional_op_name: Any = None) -> Any:
        """The slot of `var`, made of zeros if there is none."""
        name = optional_op_name or self._optimizer.get_name()
        return self._optimizer._zeros_slot(var, slot_name, name)

    def get_slot(self, var: Any, name: str) -> Any:
        """The slot called `name` of a variable, or None."""
        return self._optimizer.get_slot(var, name)

    def get_slot_names(self) -> list[str]:
        """The names of slots that there are, sorted."""
        return self._optimizer.get_slot_names()

    def create_non_slot(self, initial_value: Any, name: str, colocate_with: Any = None) -> Any:
        """A variable that serves all variables, made once."""
        place = self._place if colocate_with is None else colocate_with
        return self._optimizer._create_non_slot_variable(initial_value, name, place)

    def get_non_slot(self, name: str) -> Any:
        """The variable of that name that serves all variables, or None."""
        with init_scope():
            return self._optimizer._get_non_slot_variable(name, graph=get_default_graph())

    def get_hyper(self, name: str, dtype: Any = None) -> Any:
        """A setting as a tensor, of the type `dtype` if that is given."""
        by_type = self._tensors[name]
        if dtype not in by_type:
            by_type[dtype] = math_ops.cast(by_type[None], dtype)
        return by_type[dtype]


@export("contrib.optimizer_v2.OptimizerV2")
class OptimizerV2(Optimizer):
    """Base class of optimizers with a state. Stands for `tf.contrib.optimizer_v2.OptimizerV2`.

    A subclass calls `_set_hyper` for each of its settings: numbers, tensors, or functions that are
    called whenever gradients are applied. It makes its variables in
    `_create_vars(var_list, state)`; `_prepare`, `_apply_dense`, `_apply_sparse` (and the forms of
    resource variables) and `_finish` are given the state last.

    Args:
      use_locking: whether updates hold the variables' locks.
      name: the name scope of the updates, and the name of slots.

    Raises:
      RuntimeError: the class defines `_create_slots`.
      ValueError: `name` is empty.
    """

    def __init__(self, use_locking: bool, name: str) -> None:
        if type(self)._create_slots is not Optimizer._create_slots:
            raise RuntimeError(
                "Override _create_vars instead of _create_slots when descending from OptimizerV2 "
                f"(class {type(self).__name__})"
            )
        super().__init__(use_locking, name)
        self._hyper: dict[str, tuple[bool, Any]] = {}
        self._static_tensors: dict[Any, Tensors] = {}

    def _set_hyper(self, name: str, value: Any) -> None:
        variable = executing_eagerly() and isinstance(value, variables.Variable)
        self._hyper[name] = (callable(value) or variable, value)

    def minimize(  # type: ignore[override]
        self,
        loss: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = Optimizer.GATE_OP,
        aggregation_method: int | None = None,
        name: str | None = None,
        grad_loss: Any = None,
        stop_gradients: Any = None,
        scale_loss_by_num_replicas: bool = False,
    ) -> Operation:
        """An operation that updates the variables so that `loss` becomes less.

        Args:
          loss: a tensor, or a function without arguments that gives one.
          global_step, var_list, gate_gradients, aggregation_method, name, grad_loss: see
            `tf.train.Optimizer.minimize`.
          stop_gradients: tensors that gradients do not go through.
          scale_loss_by_num_replicas: whether the loss is a replica's part of the mean of all.

        Raises:
          ValueError: no variable has a gradient, or one is not a Variable.
        """
        grads_and_vars = self.compute_gradients(
            loss,
            var_list=var_list,
            gate_gradients=gate_gradients,
            aggregation_method=aggregation_method,
            grad_loss=grad_loss,
            stop_gradients=stop_gradients,
            scale_loss_by_num_replicas=scale_loss_by_num_replicas,
        )
        if all(g is None for g, _ in grads_and_vars):
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not "
                f"support gradients, between variables {[str(v) for _, v in grads_and_vars]} and "
                f"loss {loss}."
            )
        return self.apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def compute_gradients(  # type: ignore[override]
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = Optimizer.GATE_OP,
        aggregation_method: int | None = None,
        grad_loss: Any = None,
        stop_gradients: Any = None,
        scale_loss_by_num_replicas: bool = False,
    ) -> list[tuple[Any, Any]]:
        """Pairs of gradient (a tensor, IndexedSlices or None) and variable.

        Arguments as of `minimize`. Raises TypeError or ValueError on arguments of no use, and
        RuntimeError when the loss is no function in eager execution.
        """
        replicas = 1
        if scale_loss_by_num_replicas:
            replicas = distribution_strategy_context.get_strategy().num_replicas_in_sync

        def scaled(value: Any) -> Any:
            return value * (1.0 / replicas) if replicas > 1 else value

        if callable(loss):
            with GradientTape() as tape:
                if var_list is not None:
                    tape.watch(var_list)
                value = scaled(loss())
            if var_list is None:
                var_list = tape.watched_variables()
            return list(zip(tape.gradient(value, var_list, grad_loss), var_list, strict=True))
        if executing_eagerly():
            raise RuntimeError(
                "`loss` passed to Optimizer.compute_gradients should be a function when eager "
                "execution is enabled."
            )
        loss = scaled(loss)
        if gate_gradients not in (Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH):
            raise ValueError(
                "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, "
                f"Optimizer.GATE_GRAPH.  Not {gate_gradients}"
            )
        self._assert_valid_dtypes([loss] if grad_loss is None else [loss, grad_loss])
        if var_list is None:
            var_list = variables.trainable_variables() + get_collection(
                GraphKeys.TRAINABLE_RESOURCE_VARIABLES
            )
        else:
            var_list = nest.flatten(var_list)
        var_list = var_list + get_collection(GraphKeys._STREAMING_MODEL_PORTS)
        targets = [_get_processor(v).target() for v in var_list]
        if not var_list:
            raise ValueError("No variables to optimize.")
        grads = gradients.gradients(
            loss,
            targets,
            grad_ys=grad_loss,
            gate_gradients=gate_gradients == Optimizer.GATE_OP,
            aggregation_method=aggregation_method,
            stop_gradients=stop_gradients,
        )
        if gate_gradients == Optimizer.GATE_GRAPH:
            grads = grouping.tuple(grads)
        pairs = list(zip(grads, var_list, strict=True))
        self._assert_valid_dtypes(
            [v for g, v in pairs if g is not None and v.dtype != dtypes.resource]
        )
        return pairs

    def apply_gradients(
        self, grads_and_vars: GradsAndVars, global_step: Any = None, name: str | None = None
    ) -> Operation:
        """An operation that applies gradients, as `compute_gradients` gives them.

        Args:
          grads_and_vars: pairs of gradient and variable.
          global_step: a variable that is one more after each update.
          name: the operation's name.

        Raises:
          TypeError: a gradient is of no such type.
          ValueError: there is no variable, or none has a gradient.
        """
        pairs = tuple(grads_and_vars)
        if not pairs:
            raise ValueError("No variables provided.")
        with_gradient = tuple((g, v) for g, v in pairs if g is not None)
        if not with_gradient:
            raise ValueError(
                f"No gradients provided for any variable: {[str(v) for _, v in pairs]}."
            )
        context = distribution_strategy_context.get_replica_context()
        return context.merge_call(  # type: ignore[no-any-return]
            self._distributed_apply,
            args=(with_gradient,),
            kwargs={"global_step": global_step, "name": name},
        )

    def _distributed_apply(
        self,
        distribution: Any,
        grads_and_vars: Any,
        global_step: Any = None,
        name: str | None = None,
    ) -> Any:
        extended = distribution.extended
        reduced = extended.batch_reduce_to(ReduceOp.SUM, grads_and_vars)
        var_list = [v for _, v in grads_and_vars]
        place = extended.non_slot_devices(var_list)
        with name_scope(name, self._name) as scope:
            state = OptimizerState(self, self._setting_tensors(), place)
        with init_scope():
            self._create_vars(var_list, state)

        def update(v: Any, g: Any) -> Any:
            g = _converted(g)
            processor = _get_processor(v)
            with name_scope("update_" + ("" if executing_eagerly() else v.op.name)):
                return processor.update_op(self, g, state)

        with name_scope(scope):
            self._prepare(state)
            update_ops = [
                op
                for g, v in zip(reduced, var_list, strict=True)
                for op in extended.update(v, update, args=(g,), group=False)
            ]
            updates = grouping.group(update_ops)
            with control_dependencies([updates] if updates is not None else []):
                finished = extended.update_non_slot(place, lambda: self._finish(state), group=False)
            if finished == (None,):
                finished = (updates,)
            if global_step is None:
                applied = distribution.group(finished, name=scope)
            else:
                with control_dependencies([op for op in finished if op is not None]):

                    def increment(step: Any, name: str) -> Any:
                        return step.assign_add(1, read_value=False, name=name)

                    applied = extended.update(global_step, increment, args=(scope,))
        return applied if executing_eagerly() else _collected(applied)

    def _setting_tensors(self) -> Tensors:
        """The settings as tensors: functions are called anew, all others are kept for the graph."""
        with init_scope():
            key = get_default_graph()
            if key not in self._static_tensors:
                self._static_tensors[key] = {
                    name: {None: convert_to_tensor(value, name=name)}
                    for name, (dynamic, value) in sorted(self._hyper.items())
                    if not dynamic
                }
        changing = {
            name: {None: convert_to_tensor(value() if callable(value) else value, name=name)}
            for name, (dynamic, value) in sorted(self._hyper.items())
            if dynamic
        }
        return changing | self._static_tensors[key]

    def _get_per_graph_state(self) -> Any:
        with init_scope():
            tensors: Mapping[str, Any] = self._static_tensors.get(get_default_graph(), {})
        return OptimizerState(self, dict(tensors), None)

    def _create_non_slot_variable(self, initial_value: Any, name: str, colocate_with: Any) -> Any:
        key = (name, get_default_graph())
        if key not in self._non_slot_dict:
            strategy = distribution_strategy_context.get_strategy()
            with strategy.extended.colocate_vars_with(colocate_with):
                v = variable_scope.variable(initial_value, name=name, trainable=False)
            self._handle_deferred_dependencies(name=name, trackable=v)
            self._non_slot_dict[key] = v
        return self._non_slot_dict[key]

    # For subclasses.

    def _create_vars(self, var_list: Any, state: OptimizerState) -> None:
        """Makes slots and other variables; nothing here."""

    def _prepare(self, state: OptimizerState) -> None:  # type: ignore[override]
        """Makes what all updates share; nothing here."""

    def _apply_dense(self, grad: Any, var: Any, state: OptimizerState) -> Any:  # type: ignore[override]
        """The update of a ref variable."""
        raise NotImplementedError()

    def _resource_apply_dense(  # type: ignore[override]
        self, grad: Any, handle: Any, state: OptimizerState
    ) -> Any:
        """The update of a resource variable (which is given, not its handle)."""
        raise NotImplementedError()

    def _resource_apply_sparse_duplicate_indices(  # type: ignore[override]
        self, grad: Any, handle: Any, indices: Any, state: OptimizerState
    ) -> Any:
        """The update of rows of a resource variable, where rows may occur several times."""
        summed, unique_indices = _deduplicate_indexed_slices(values=grad, indices=indices)
        return self._resource_apply_sparse(summed, handle, unique_indices, state)

    def _resource_apply_sparse(  # type: ignore[override]
        self, grad: Any, handle: Any, indices: Any, state: OptimizerState
    ) -> Any:
        """The update of distinct rows of a resource variable."""
        raise NotImplementedError()

    def _apply_sparse_duplicate_indices(  # type: ignore[override]
        self, grad: Any, var: Any, state: OptimizerState
    ) -> Any:
        """The update of rows of a ref variable, where rows may occur several times."""
        summed, unique_indices = _deduplicate_indexed_slices(
            values=grad.values, indices=grad.indices
        )
        return self._apply_sparse(
            IndexedSlices(indices=unique_indices, values=summed, dense_shape=grad.dense_shape),
            var,
            state,
        )

    def _apply_sparse(self, grad: Any, var: Any, state: OptimizerState) -> Any:  # type: ignore[override]
        """The update of distinct rows of a ref variable."""
        raise NotImplementedError()

    def _finish(self, state: OptimizerState) -> Any:  # type: ignore[override]
        """What is done when all updates are, or None."""
        return None
