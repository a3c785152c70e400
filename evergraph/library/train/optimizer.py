"""Optimizer: computes gradients of a loss and applies them to variables."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from evergraph.api import array_ops, grouping, math_ops, state_ops, variable_scope, variables
from evergraph.api.resource_variable_ops import (
    BaseResourceVariable,
    assign_add_variable_op,
    is_resource_variable,
)
from evergraph.autodiff import gradients
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.trackable import Trackable, TrackableReference
from evergraph.graph.composite import IndexedSlices, convert_to_tensor_or_indexed_slices
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import (
    colocate_with,
    control_dependencies,
    executing_eagerly,
    get_collection,
    get_collection_ref,
    init_scope,
    name_scope,
)
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.distribute import distribution_strategy_context
from evergraph.library.distribute.distribute_lib import get_loss_reduction
from evergraph.library.distribute.reduce_util import ReduceOp
from evergraph.library.distribute.values import DistributedValues, container_of
from evergraph.library.eager.backprop import GradientTape
from evergraph.library.train import slot_creator

GradsAndVars = Iterable[tuple[Any, Any]]


def get_filtered_grad_fn(grad_fn: Callable[..., Any]) -> Callable[..., list[tuple[Any, Any]]]:
    """`grad_fn` without the variables that have no gradient."""

    def filtered_grad_fn(*args: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        return [(g, v) for g, v in grad_fn(*args, **kwargs) if g is not None]

    return filtered_grad_fn


def _deduplicate_indexed_slices(values: Any, indices: Any) -> tuple[Tensor, Tensor]:
    """The slices of equal indices added up, and the distinct indices."""
    unique_indices, positions = array_ops.unique(indices)
    summed = math_ops.unsorted_segment_sum(values, positions, array_ops.shape(unique_indices)[0])
    return summed, unique_indices


def _var_key(var: Any) -> Any:
    """What slots are kept under."""
    return (var.op.graph, var.op.name) if hasattr(var, "op") else var._unique_id


def _key_of(graph: Any) -> Any:
    """What variables for all variables are kept under: eager execution knows no graphs."""
    return None if graph is None or graph.runs_at_once else graph


class _RefVariableProcessor:
    """Updates a ref variable."""

    def __init__(self, v: Any) -> None:
        self._v = v

    def __str__(self) -> str:
        return f"<_RefVariableProcessor({self._v})>"

    def target(self) -> Any:
        """What to differentiate by."""
        return self._v._ref()

    def update_op(self, optimizer: "Optimizer", g: Any, *state: Any) -> Any:
        """The node that applies gradient `g`, and the constraint after it.

        The optimizer's method is given `state`, too.
        """
        if isinstance(g, Tensor):
            return _constrained(self._v, optimizer._apply_dense(g, self._v, *state))
        assert isinstance(g, IndexedSlices), (
            "Gradient ",
            g,
            " is neither a tensor nor IndexedSlices.",
        )
        _refuse_constraint(self._v)
        return optimizer._apply_sparse_duplicate_indices(g, self._v, *state)


class _DenseResourceVariableProcessor:
    """Updates a resource variable."""

    def __init__(self, v: Any) -> None:
        self._v = v

    def target(self) -> Any:
        return self._v

    def update_op(self, optimizer: "Optimizer", g: Any, *state: Any) -> Any:
        if isinstance(g, IndexedSlices):
            _refuse_constraint(self._v)
            return optimizer._resource_apply_sparse_duplicate_indices(
                g.values, self._v, g.indices, *state
            )
        return _constrained(self._v, optimizer._resource_apply_dense(g, self._v, *state))


class _TensorProcessor:
    """Stands for a plain tensor: it has a gradient, but cannot be updated."""

    def __init__(self, v: Any) -> None:
        self._v = v

    def target(self) -> Any:
        return self._v

    def update_op(self, optimizer: "Optimizer", g: Any, *state: Any) -> Any:
        raise NotImplementedError("Trying to update a Tensor ", self._v)


def _constrained(v: Any, update_op: Any) -> Any:
    if v.constraint is None:
        return update_op
    with control_dependencies([update_op]):
        return v.assign(v.constraint(v))


def _refuse_constraint(v: Any) -> None:
    if v.constraint is not None:
        raise RuntimeError("Cannot use a constraint function on a sparse variable.")


def _get_processor(v: Any) -> Any:
    if v.op.type == "VarHandleOp":
        return _DenseResourceVariableProcessor(v)
    if isinstance(v, variables.Variable):
        return _RefVariableProcessor(v)
    if isinstance(v, Tensor):
        return _TensorProcessor(v)
    raise NotImplementedError("Trying to optimize unsupported type ", v)


@export("train.Optimizer")
class Optimizer(Trackable):
    """Base class of optimizers. Stands for `tf.train.Optimizer`.

    Use a subclass such as `tf.train.GradientDescentOptimizer`; a subclass of one's own defines
    `_apply_dense` and `_apply_sparse` (and `_resource_apply_dense`, `_resource_apply_sparse` for
    resource variables), and may define `_create_slots`, `_prepare` and `_finish`.

    Args:
      use_locking: whether updates hold the variables' locks.
      name: the name scope of the updates, and the name of slots.

    Raises:
      ValueError: `name` is empty.
    """

    # With a slot, this class is the `__base__` of those that have another one before it; programs
    # look for classes whose `__base__` is Optimizer.
    __slots__ = ("_use_locking",)

    GATE_NONE = 0
    GATE_OP = 1
    GATE_GRAPH = 2

    def __init__(self, use_locking: bool, name: str) -> None:
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking = use_locking
        self._name = name
        # Slot name → key of variable → slot.
        self._slots: dict[str, dict[Any, Any]] = {}
        self._non_slot_dict: dict[Any, Any] = {}
        self._deferred_slot_restorations: dict[str, dict[Any, list[Any]]] = {}

    def get_name(self) -> str:
        """The optimizer's name."""
        return self._name

    def minimize(
        self,
        loss: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Operation:
        """An operation that updates the variables so that `loss` becomes less.

        Args:
          loss: a tensor, or a function without arguments that gives one.
          global_step: a variable that is one more after each update.
          var_list: the variables; default: those in TRAINABLE_VARIABLES.
          gate_gradients: GATE_NONE, GATE_OP or GATE_GRAPH: whether gradients wait for one another.
          aggregation_method: how gradients from several uses are added up.
          colocate_gradients_with_ops: whether gradients are where the forward nodes are.
          name: the operation's name.
          grad_loss: the gradient of `loss` itself; default: ones.

        Raises:
          ValueError: no variable has a gradient, or one is not a Variable.
        """
        grads_and_vars = self.compute_gradients(
            loss,
            var_list=var_list,
            gate_gradients=gate_gradients,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
            grad_loss=grad_loss,
        )
        if all(g is None for g, _ in grads_and_vars):
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not "
                f"support gradients, between variables {[str(v) for _, v in grads_and_vars]} and "
                f"loss {loss}."
            )
        return self.apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Any, Any]]:
        """Pairs of gradient (a tensor, IndexedSlices or None) and variable.

        Arguments as of `minimize`. Raises TypeError or ValueError on arguments of no use.
        """
        by_function = callable(loss)
        if executing_eagerly():
            return self._executed_gradients(loss, var_list, grad_loss)
        if by_function:
            loss = loss()
            if var_list is None:
                var_list = _trainable_before(loss)
        loss = self._scale_loss(loss)
        if gate_gradients not in (Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH):
            raise ValueError(
                "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, "
                f"Optimizer.GATE_GRAPH.  Not {gate_gradients}"
            )
        self._assert_valid_dtypes([loss])
        if grad_loss is not None:
            self._assert_valid_dtypes([grad_loss])
        if var_list is None:
            var_list = variables.trainable_variables() + get_collection(
                GraphKeys.TRAINABLE_RESOURCE_VARIABLES
            )
        else:
            var_list = nest.flatten(var_list)
        var_list = var_list + get_collection(GraphKeys._STREAMING_MODEL_PORTS)
        processors = [_get_processor(v) for v in var_list]
        if not var_list:
            raise ValueError("No variables to optimize.")
        grads = gradients.gradients(
            loss,
            [p.target() for p in processors],
            grad_ys=grad_loss,
            gate_gradients=gate_gradients == Optimizer.GATE_OP,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gate_gradients == Optimizer.GATE_GRAPH:
            grads = grouping.tuple(grads)
        grads_and_vars = list(zip(grads, var_list, strict=True))
        self._assert_valid_dtypes(
            [v for g, v in grads_and_vars if g is not None and v.dtype != dtypes.resource]
        )
        return grads_and_vars

    def _executed_gradients(self, loss: Any, var_list: Any, grad_loss: Any) -> GradsAndVars:
        """The gradients in eager execution."""
        if not callable(loss):
            raise RuntimeError(
                "`loss` passed to Optimizer.compute_gradients should be a function when eager "
                "execution is enabled."
            )
        with GradientTape() as tape:
            if var_list is not None:
                tape.watch(var_list)
            loss_value = self._scale_loss(loss())
        if var_list is None:
            var_list = tape.watched_variables()
        var_list = nest.flatten(var_list)
        grads = tape.gradient(loss_value, var_list, grad_loss)
        return list(zip(grads, var_list, strict=True))

    @staticmethod
    def _scale_loss(loss_value: Any) -> Any:
        """A loss as a replica's part of the mean of all, where the mean is asked for."""
        graph = vars(get_default_graph())
        graph["_is_loss_scaled_by_optimizer"] = False
        if get_loss_reduction() == ReduceOp.MEAN:
            replicas = distribution_strategy_context.get_strategy().num_replicas_in_sync
            if replicas > 1:
                loss_value *= 1.0 / replicas
                graph["_is_loss_scaled_by_optimizer"] = True
        return loss_value

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
        if distribution_strategy_context.has_strategy():
            return self._apply_in_replica(grads_and_vars, global_step, name)
        pairs = tuple(grads_and_vars)
        if not pairs:
            raise ValueError("No variables provided.")
        converted = [(_converted(g), v, _get_processor(v)) for g, v in pairs]
        var_list = [v for g, v, _ in converted if g is not None]
        if not var_list:
            raise ValueError(
                f"No gradients provided for any variable: {[str(v) for _, v, _ in converted]}."
            )
        with init_scope():
            self._create_slots(var_list)
        update_ops = []
        with name_scope(name, self._name) as scope:
            self._prepare()
            for grad, var, processor in converted:
                if grad is None:
                    continue
                with name_scope("update_" + var.op.name), colocate_with(var):
                    update_ops.append(processor.update_op(self, grad))
            if global_step is None:
                apply_updates = self._finish(update_ops, scope)
            else:
                with control_dependencies([self._finish(update_ops, "update")]):
                    apply_updates = _incremented(global_step, scope)
            if executing_eagerly():
                return None  # type: ignore[return-value]
            return _collected(apply_updates)

    def _apply_in_replica(
        self, grads_and_vars: GradsAndVars, global_step: Any, name: str | None
    ) -> Any:
        """`apply_gradients` in a replica of a strategy: all replicas' gradients together."""
        if distribution_strategy_context.in_cross_replica_context():
            raise RuntimeError(
                "Use `_distributed_apply()` instead of `apply_gradients()` in a cross-replica "
                "context."
            )
        pairs = get_filtered_grad_fn(lambda: grads_and_vars)()
        context = distribution_strategy_context.get_replica_context()
        return context.merge_call(self._distributed_apply, args=(pairs, global_step, name))

    def _distributed_apply(
        self,
        distribution: Any,
        grads_and_vars: Any,
        global_step: Any = None,
        name: str | None = None,
    ) -> Any:
        """Applies the sums of replicas' gradients on all devices, outside of replicas.

        Args:
          distribution: the strategy.
          grads_and_vars: pairs of the replicas' gradients and their variable.
          global_step, name: as of `apply_gradients`.
        """
        extended = distribution.extended
        reduced = extended.batch_reduce_to(ReduceOp.SUM, grads_and_vars)
        var_list = [v for _, v in grads_and_vars]
        with init_scope():
            self._create_slots(var_list)

        def update(v: Any, g: Any) -> Any:
            processor = _get_processor(v)
            with name_scope("update_" + v.op.name):
                return processor.update_op(self, _converted(g))

        with name_scope(name, self._name) as scope:
            self._prepare()
            update_ops = [
                op
                for g, v in zip(reduced, var_list, strict=True)
                for op in extended.update(v, update, args=(g,), group=False)
            ]
            finished = extended.update_non_slot(
                extended.non_slot_devices(var_list),
                lambda optimizer, ops: optimizer._finish(ops, "update"),
                args=(self, update_ops),
                group=False,
            )
            if global_step is None:
                apply_updates = distribution.group(finished, name=scope)
            else:
                with control_dependencies(finished):
                    apply_updates = extended.update(
                        global_step, state_ops.assign_add, args=(1,), kwargs={"name": scope}
                    )
        return apply_updates if executing_eagerly() else _collected(apply_updates)

    # Slots and other variables of the optimizer.

    def get_slot(self, var: Any, name: str) -> Any:
        """The slot called `name` of a variable, or None."""
        named_slots = self._slots.get(name)
        if not named_slots:
            return None
        container = container_of(var)
        if container is None:
            return named_slots.get(_var_key(var))
        # A replica's copy of a variable has a copy of its slot.
        eager = container.graph.runs_at_once
        key = _var_key(container.primary) if eager else (container.graph, container._shared_name)
        slot = named_slots.get(key)
        return None if slot is None else slot.get(device=var.device)

    def get_slot_names(self) -> list[str]:
        """The names of slots that there are, sorted."""
        return sorted(self._slots)

    def variables(self) -> list[Any]:
        """The optimizer's own variables in the default graph, sorted by name."""
        graph = get_default_graph()
        found = list(self._non_slot_variables())
        for named_slots in self._slots.values():
            found.extend(named_slots.values())
        return sorted((v for v in found if v.op.graph is graph), key=lambda v: v.name)

    def _create_non_slot_variable(self, initial_value: Any, name: str, colocate_with: Any) -> Any:
        """A variable that serves all variables, made once for each graph."""
        key = (name, _key_of(colocate_with.graph))
        v = self._non_slot_dict.get(key)
        if v is None:
            strategy = distribution_strategy_context.get_strategy()
            with strategy.extended.colocate_vars_with(colocate_with):
                v = variable_scope.variable(
                    initial_value,
                    name=name,
                    trainable=False,
                    use_resource=is_resource_variable(colocate_with),
                )
            # Not a part in general, but of those that the optimizer has in this graph.
            self._handle_deferred_dependencies(name=name, trackable=v)
            self._non_slot_dict[key] = v
        return v

    @property
    def _checkpoint_dependencies(self) -> list[TrackableReference]:
        graph = _key_of(get_default_graph())
        own = [
            TrackableReference(name, v)
            for (name, of), v in sorted(self._non_slot_dict.items(), key=lambda item: item[0][0])
            if of == graph
        ]
        return super()._checkpoint_dependencies + own

    def _lookup_dependency(self, name: str) -> Any:
        found = super()._lookup_dependency(name)
        if found is None:
            found = self._non_slot_dict.get((name, _key_of(get_default_graph())))
        return found

    def _get_non_slot_variable(self, name: str, graph: Any = None) -> Any:
        found = self._non_slot_dict.get((name, _key_of(graph)))
        return found.get() if isinstance(found, DistributedValues) else found

    def _non_slot_variables(self) -> Iterable[Any]:
        return self._non_slot_dict.values()

    def _slot_dict(self, slot_name: str) -> dict[Any, Any]:
        return self._slots.setdefault(slot_name, {})

    def _slot(self, var: Any, slot_name: str, make: Callable[[], Any]) -> Any:
        named_slots = self._slot_dict(slot_name)
        key = _var_key(var)
        if key not in named_slots:
            slot = make()
            self._restore_slot_variable(slot_name=slot_name, variable=var, slot_variable=slot)
            named_slots[key] = slot
        return named_slots[key]

    def _restore_slot_variable(self, slot_name: str, variable: Any, slot_variable: Any) -> None:
        """Gives a new slot what restores had for it, the newest restore first."""
        waiting = self._deferred_slot_restorations.get(slot_name, {}).pop(_var_key(variable), [])
        for position in sorted(waiting, key=lambda p: p.restore_uid, reverse=True):
            position.restore(slot_variable)

    def _create_or_restore_slot_variable(
        self, slot_variable_position: Any, slot_name: str, variable: Any
    ) -> None:
        """Restores a slot; one that is not there yet, as soon as it is made, which is now in eager
        execution."""
        key = _var_key(variable)
        slot = self._slot_dict(slot_name).get(key)
        graph = get_default_graph()
        if (
            slot is None
            and graph.runs_at_once
            and slot_variable_position.is_simple_variable()
            # Whoever watches the variables that are made is not to see those of an optimizer.
            and not graph._variable_creator_stack
        ):
            slot = self._zeros_slot(variable, slot_name, self._name)
        if slot is not None:
            slot_variable_position.restore(slot)
        else:
            slots = self._deferred_slot_restorations.setdefault(slot_name, {})
            slots.setdefault(key, []).append(slot_variable_position)

    def _get_or_make_slot(self, var: Any, val: Any, slot_name: str, op_name: str) -> Any:
        """The slot of `var`, made with the initial value `val` if there is none."""
        return self._slot(var, slot_name, lambda: slot_creator.create_slot(var, val, op_name))

    def _get_or_make_slot_with_initializer(
        self, var: Any, initializer: Any, shape: Any, dtype: Any, slot_name: str, op_name: str
    ) -> Any:
        """The slot of `var`, made by an initializer if there is none."""
        return self._slot(
            var,
            slot_name,
            lambda: slot_creator.create_slot_with_initializer(
                var, initializer, shape, dtype, op_name
            ),
        )

    def _zeros_slot(self, var: Any, slot_name: str, op_name: str) -> Any:
        """The slot of `var`, made of zeros if there is none."""
        return self._slot(var, slot_name, lambda: slot_creator.create_zeros_slot(var, op_name))

    # For subclasses.

    def _assert_valid_dtypes(self, tensors: Sequence[Any]) -> None:
        valid = self._valid_dtypes()
        for t in tensors:
            dtype = t.dtype.base_dtype
            if dtype not in valid:
                raise ValueError(f"Invalid type {dtype!r} for {t.name}, expected: {list(valid)}.")

    def _valid_dtypes(self) -> set[Any]:
        """Element types that losses and variables may have."""
        return {dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64}

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        """Makes the slots of the variables; nothing here."""

    def _prepare(self) -> None:
        """Makes what all updates share, such as the learning rate's tensor; nothing here."""

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        """The update of a ref variable."""
        raise NotImplementedError()

    def _resource_apply_dense(self, grad: Any, handle: Any) -> Any:
        """The update of a resource variable (which is given, not its handle)."""
        raise NotImplementedError()

    def _resource_apply_sparse_duplicate_indices(self, grad: Any, handle: Any, indices: Any) -> Any:
        """The update of rows of a resource variable, where rows may occur several times."""
        summed, unique_indices = _deduplicate_indexed_slices(values=grad, indices=indices)
        return self._resource_apply_sparse(summed, handle, unique_indices)

    def _resource_apply_sparse(self, grad: Any, handle: Any, indices: Any) -> Any:
        """The update of distinct rows of a resource variable."""
        raise NotImplementedError()

    def _apply_sparse_duplicate_indices(self, grad: Any, var: Any) -> Any:
        """The update of rows of a ref variable, where rows may occur several times."""
        summed, unique_indices = _deduplicate_indexed_slices(
            values=grad.values, indices=grad.indices
        )
        return self._apply_sparse(
            IndexedSlices(indices=unique_indices, values=summed, dense_shape=grad.dense_shape),
            var,
        )

    def _apply_sparse(self, grad: Any, var: Any) -> Any:
        """The update of distinct rows of a ref variable."""
        raise NotImplementedError()

    def _finish(self, update_ops: list[Any], name_scope: str) -> Any:
        """The operation that is done when all updates are; may add updates of its own."""
        return grouping.group(*update_ops, name=name_scope)

    def _call_if_callable(self, param: Any) -> Any:
        return param() if callable(param) else param


def _converted(g: Any) -> Any:
    """A gradient as a tensor, IndexedSlices or None."""
    if g is None:
        return None
    try:
        g = convert_to_tensor_or_indexed_slices(g)
    except TypeError:
        raise TypeError(
            f"Gradient must be convertible to a Tensor or IndexedSlices, or None: {g}"
        ) from None
    if not isinstance(g, (Tensor, IndexedSlices)):
        raise TypeError(f"Gradient must be a Tensor, IndexedSlices, or None: {g}")
    return g


def _collected(apply_updates: Any) -> Any:
    """An update as an operation that TRAIN_OP knows of."""
    if isinstance(apply_updates, Tensor):
        apply_updates = apply_updates.op
    train_op = get_collection_ref(GraphKeys.TRAIN_OP)
    if not any(apply_updates is known for known in train_op):
        train_op.append(apply_updates)
    return apply_updates


def _incremented(global_step: Any, name: str) -> Any:
    with colocate_with(global_step):
        if isinstance(global_step, BaseResourceVariable):
            one = convert_to_tensor(1, dtype=global_step.dtype)
            return assign_add_variable_op(global_step.handle, one, name=name)
        return state_ops.assign_add(global_step, 1, name=name)


def _trainable_before(loss: Tensor) -> list[Any]:
    """The trainable variables that `loss` depends on."""
    seen: set[Operation] = set()
    stack = [loss.op]
    while stack:
        op = stack.pop()
        if op not in seen:
            seen.add(op)
            stack.extend(t.op for t in op.inputs)
    return [v for v in variables.trainable_variables() if v.op in seen]
